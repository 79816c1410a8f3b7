//! From inbox to spool by one atomic rename; from here a file has exactly one owner. Also its way out again, when finished.
//!
//! The claim folder is the record of accepted work: an entry is `<id>.<name>`, or a folder `<id>.d` with the file inside when
//! that would be too long. After the one read here, nothing looks at the file's content again.
//!
//! A file with several hard links is taken by its name in the inbox, as any other; the other names stay where they are. Whoever holds
//! one can change what lies in the archive later. The record cannot be changed by it, nor what the ledger says: both come from
//! the one read, with the digest. Copying such files would protect the archived bytes, at the price of a second way to claim.

pub mod copy;

use std::time::Duration;

use rustix::io::Errno;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::article::SubmissionId;
use crate::disk::{Kind, OpenFile, Stat};
use crate::fault::Fault;
use crate::halt::Halt;
use crate::settle::{Settled, Signature};
use crate::shop::{Folder, Shop};

/// Longest name of a directory entry, in bytes.
pub const NAME_BYTES_MAX: usize = 255;

/// How often and how long to wait for a writer that went on after the claim, before the file is refused.
const WRITER_WAITS: u32 = 50;
const WRITER_WAIT: Duration = Duration::from_millis(100);

/// A file that is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// Its identity.
    pub id: SubmissionId,
    /// Its name in the inbox, as bytes.
    pub name: Vec<u8>,
    /// When it was claimed, RFC 3339 in UTC.
    pub received: String,
}

/// How a claim ended.
#[derive(Debug)]
pub enum Claim {
    /// It is ours.
    Claimed(Claimed),
    /// Somebody took it away in the meantime.
    Gone,
    /// The inbox does not let us take it.
    Refused(Errno),
}

/// Takes a settled file out of the inbox.
pub fn claim(shop: &Shop, inbox: &Folder, settled: Settled, id: SubmissionId) -> Result<Claim, Halt> {
    let name = settled.name().to_vec();
    let long = long_home(id, &name);
    let made = long.as_ref().map(|long| make_long(shop, long)).transpose()?;
    let (folder, entry) = match &made {
        Some(made) => (made, name.clone()),
        None => (&shop.claim, short_home(id, &name)),
    };
    let renamed = inbox.rename(&name, folder, &entry);
    // NOENT says that the file is gone, or our folder. The file cannot be asked, since it may be there again; the folder is.
    let asked =
        (renamed == Err(Errno::NOENT) && made.is_none()).then(|| make_long(shop, &long_folder(id))).transpose()?;
    if renamed.is_err() && (made.is_some() || asked.is_some()) {
        // Nothing was accepted. What cannot be removed now is removed at the next start.
        let _ = shop.claim.remove_folder(&long_folder(id));
    }
    match renamed {
        Ok(()) => {
            let stat = folder.look(&entry).map_err(|error| shop.claim.halt("cannot look at", &entry, error))?;
            Ok(Claim::Claimed(Claimed { id, name, received: changed_at(&stat) }))
        }
        Err(Errno::NOENT) => Ok(Claim::Gone),
        Err(error @ (Errno::PERM | Errno::ACCESS | Errno::BUSY | Errno::ROFS | Errno::XDEV)) => {
            Ok(Claim::Refused(error))
        }
        Err(error) => Err(shop.claim.halt("cannot claim into", &entry, error)),
    }
}

fn make_long(shop: &Shop, long: &[u8]) -> Result<Folder, Halt> {
    shop.claim.subfolder(long, 0o700).map_err(|error| shop.claim.halt("cannot make", long, error))
}

/// What lies in the claim folder: work accepted and not finished when the last run ended.
pub fn unfinished(shop: &Shop) -> Result<Vec<Claimed>, Halt> {
    let failed = |error| shop.claim.halt("cannot list", b"", error);
    let mut found = Vec::new();
    for entry in shop.claim.names().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        match claimed_from(shop, &entry)? {
            Some(claimed) => found.push(claimed),
            None => {
                tracing::warn!(entry = %crate::article::shown(&entry), "the claim folder holds something that is not ours")
            }
        }
    }
    found.sort_by_key(|claimed| claimed.id);
    Ok(found)
}

/// Why a claimed file was not read.
#[derive(Debug)]
pub enum ReadError {
    /// It is the file's own fault.
    Fault(Fault),
    /// The system lacks something; the file stays claimed.
    Halt(Halt),
}

/// Reads a claimed file, once.
pub fn read(shop: &Shop, claimed: &Claimed, bytes_max: u64) -> Result<Vec<u8>, ReadError> {
    let failed = |error| not_read(shop, claimed, error);
    let file = open(shop, claimed).map_err(failed)?;
    let mut waits = 0;
    while file.has_writer() {
        waits += 1;
        if waits > WRITER_WAITS {
            return Err(ReadError::Fault(Fault::ChangedWhileRead));
        }
        std::thread::sleep(WRITER_WAIT);
    }
    let before = file.look().map_err(failed)?;
    if before.kind != Kind::RegularFile {
        return Err(ReadError::Fault(Fault::Unreadable("it is not a regular file".to_owned())));
    }
    let size = before.size;
    if size > bytes_max {
        return Err(ReadError::Fault(Fault::TooLarge { bytes: size, limit: bytes_max }));
    }
    let bytes = file.read(size, bytes_max + 1).map_err(failed)?;
    let after = file.look().map_err(failed)?;
    if Signature::of(&before) != Signature::of(&after) || bytes.len() as u64 != size {
        return Err(ReadError::Fault(Fault::ChangedWhileRead));
    }
    if bytes.is_empty() {
        return Err(ReadError::Fault(Fault::Empty));
    }
    Ok(bytes)
}

/// Whose fault it is: a lack of descriptors, memory or room says nothing of the file.
fn not_read(shop: &Shop, claimed: &Claimed, error: Errno) -> ReadError {
    match error {
        Errno::MFILE | Errno::NFILE | Errno::NOMEM | Errno::NOSPC | Errno::DQUOT | Errno::INTR | Errno::AGAIN => {
            ReadError::Halt(shop.claim.halt("cannot read", claimed.id.to_string().as_bytes(), error))
        }
        _ => ReadError::Fault(Fault::Unreadable(error.to_string())),
    }
}

/// Makes a claimed file durable by itself. An error of the disk that nobody was told yet is told here.
pub fn sync(shop: &Shop, claimed: &Claimed) -> Result<(), Halt> {
    open(shop, claimed)
        .and_then(|file| file.sync())
        .map_err(|error| shop.claim.halt("cannot make durable", claimed.id.to_string().as_bytes(), error))
}

/// Moves a finished file out of the claim folder, to `folder` under `name`. Doing it again is harmless.
pub fn retire(shop: &Shop, claimed: &Claimed, folder: &Folder, name: &[u8]) -> Result<(), Halt> {
    let (from, entry) = home(shop, claimed)
        .map_err(|error| shop.claim.halt("cannot open", claimed.id.to_string().as_bytes(), error))?;
    let source = from.as_ref().unwrap_or(&shop.claim);
    match source.rename(&entry, folder, name) {
        Ok(()) => {}
        Err(Errno::NOENT) => {
            source.has_left(&entry).map_err(|error| folder.halt("cannot move the original to", name, error))?;
        }
        Err(Errno::EXIST) => return Err(Halt::Conflict { path: folder.join(name) }),
        Err(error) => return Err(folder.halt("cannot move the original to", name, error)),
    }
    if from.is_some() {
        let folder = long_folder(claimed.id);
        shop.claim.remove_folder(&folder).map_err(|error| shop.claim.halt("cannot remove", &folder, error))?;
    }
    Ok(())
}

/// Where a claimed file lies: the folder made for it if its name is long, and its name there.
fn home(shop: &Shop, claimed: &Claimed) -> Result<(Option<Folder>, Vec<u8>), Errno> {
    match long_home(claimed.id, &claimed.name) {
        Some(folder) => Ok((Some(shop.claim.existing_subfolder(&folder)?), claimed.name.clone())),
        None => Ok((None, short_home(claimed.id, &claimed.name))),
    }
}

fn short_home(id: SubmissionId, name: &[u8]) -> Vec<u8> {
    [id.to_string().as_bytes(), b".", name].concat()
}

/// The name of the folder for a file whose name is too long to have the id put before it.
fn long_home(id: SubmissionId, name: &[u8]) -> Option<Vec<u8>> {
    (short_home(id, name).len() > NAME_BYTES_MAX).then(|| long_folder(id))
}

fn long_folder(id: SubmissionId) -> Vec<u8> {
    format!("{id}.d").into_bytes()
}

fn claimed_from(shop: &Shop, entry: &[u8]) -> Result<Option<Claimed>, Halt> {
    let Some(dot) = entry.iter().position(|&byte| byte == b'.') else { return Ok(None) };
    let id = std::str::from_utf8(&entry[..dot]).ok().and_then(|id| id.parse().ok());
    let Some(id) = id else { return Ok(None) };
    let failed = |error| shop.claim.halt("cannot look at", entry, error);
    let outer = shop.claim.look(entry).map_err(failed)?;
    let under_its_name = Claimed { id, name: entry[dot + 1..].to_vec(), received: changed_at(&outer) };
    // Not every folder is one of ours for a long name: a feeder may have put one where his file was, just before the claim.
    if outer.kind != Kind::Directory || entry != long_folder(id) {
        return Ok(Some(under_its_name));
    }
    let folder = shop.claim.existing_subfolder(entry).map_err(failed)?;
    let Some(inner) = folder.names().map_err(failed)?.next() else {
        // The claim of a long name was cut off between making the folder and the rename: nothing was accepted.
        shop.claim.remove_folder(entry).map_err(failed)?;
        return Ok(None);
    };
    let name = inner.map_err(failed)?;
    if long_home(id, &name).is_none() {
        return Ok(Some(under_its_name));
    }
    let received = changed_at(&folder.look(&name).map_err(failed)?);
    Ok(Some(Claimed { id, name, received }))
}

fn open(shop: &Shop, claimed: &Claimed) -> Result<OpenFile, Errno> {
    let (folder, entry) = home(shop, claimed)?;
    folder.as_ref().unwrap_or(&shop.claim).open_file(&entry)
}

/// The change time, which the claiming rename sets: the same after a restart.
fn changed_at(stat: &Stat) -> String {
    let at = OffsetDateTime::from_unix_timestamp(stat.changed.0).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(&Rfc3339).unwrap_or_else(|_| "1970-01-01T00:00:00Z".to_owned())
}

#[cfg(test)]
mod tests;
