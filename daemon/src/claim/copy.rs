//! Takes a file by copying, where it cannot be renamed out of the inbox: and exactly once, whatever happens to its original then.
//!
//! 1. **copy** to `spool/copy/<id>`, from a file that was the same before and after
//! 2. **sync** all copies of a batch at once
//! 3. **remember** the originals in the ledger, in one transaction. *From here the files are accepted*
//! 4. **claim**: rename each copy to its place in the claim folder
//! 5. **release** each original: remove it, if that is wanted and permitted
//!
//! | copy | remembered | original | at the next start |
//! |---|---|---|---|
//! | yes | no | yes | remove the copy; the original is taken anew |
//! | yes | yes | yes or no | claim the copy |
//! | no | yes | yes | it was taken: release the original, or leave it |
//! | no | yes | no | forget the original |
//!
//! An original is forgotten only after its removal, and the claim of its copy, are on the disk: a power cut that brings it back must
//! find it remembered.
//!
//! Removing by name could hit another file that came under the same name in between. So the original is first renamed aside, to
//! a name that only we use, and looked at there; what is not the file that was copied goes back and is a new submission.

use rustix::fs::AtFlags;
use rustix::io::Errno;

use super::{Claimed, changed_at, long_home, short_home};
use crate::article::SubmissionId;
use crate::disk::{Kind, Stat};
use crate::halt::Halt;
use crate::ledger::{Ledger, Original, Originals, State};
use crate::mount::Place;
use crate::shop::{Folder, Shop};

/// What the name of an original that is being released begins with; its id follows.
const ASIDE: &[u8] = b".warraq.";

/// How copying ended.
#[derive(Debug)]
pub enum Copy {
    /// There is a copy, not yet accepted.
    Copied(Original),
    /// It changed meanwhile.
    Changed,
    /// Somebody took it away in the meantime.
    Gone,
    /// It stays in the inbox, for this reason.
    Refused(String),
    /// It could not be read. It may be another time.
    Failed(Errno),
}

/// What became of an original.
#[derive(Debug, PartialEq, Eq)]
pub enum Released {
    /// It is no longer in the inbox.
    Removed,
    /// It is another file, or has changed: a new submission.
    Changed,
    /// Somebody has it open for writing. It is out of the way, and is looked at again.
    Open,
    /// The inbox does not let us remove it.
    Kept(Errno),
}

/// Copies a settled file out of the inbox, which is at `place`.
pub fn copy(
    shop: &Shop,
    inbox: &Folder,
    place: &Place,
    name: &[u8],
    id: SubmissionId,
    bytes_max: u64,
) -> Result<Copy, Halt> {
    let file = match inbox.open_file(name) {
        Ok(file) => file,
        Err(error) => return not_read(inbox, name, error),
    };
    let before = match file.look() {
        Ok(stat) if stat.kind != Kind::RegularFile => return Ok(Copy::Gone),
        Ok(stat) => stat,
        Err(error) => return not_read(inbox, name, error),
    };
    if before.size > bytes_max {
        return Ok(Copy::Refused(format!(
            "it has {} bytes, and decode.submission_bytes_max is {bytes_max}",
            before.size
        )));
    }
    let read = file.read(before.size, bytes_max + 1).and_then(|bytes| Ok((file.look()?, bytes)));
    let (after, bytes) = match read {
        Ok(read) => read,
        Err(error) => return not_read(inbox, name, error),
    };
    if before != after || bytes.len() as u64 != before.size {
        return Ok(Copy::Changed);
    }
    let copy = copy_name(id);
    let written = shop.copies.create(&copy).and_then(|file| {
        file.write(&bytes)?;
        // The archive keeps the times of originals, where it can.
        let _ = file.set_modified(before.modified);
        Ok(())
    });
    if let Err(error) = written {
        discard(shop, id)?;
        return Err(shop.copies.halt("cannot write", &copy, error));
    }
    let (state, digest) = (state(place, &before), digest(&bytes));
    Ok(Copy::Copied(Original { id, name: name.to_owned(), folder: place.inode, state, digest }))
}

/// Accepts copies: when this is done they are, durably; if it fails, none is.
pub fn accept(shop: &Shop, originals: &mut Originals, copies: &[Original]) -> Result<(), Halt> {
    // By a descriptor of its own: a failed sync is told to each that asks, once, and the keeper of the books must hear of it too.
    shop.copies.sync_file_system()?;
    Ok(originals.remember(copies)?)
}

/// Puts an accepted copy into the claim folder. Doing it again is harmless.
pub fn claim(shop: &Shop, id: SubmissionId, name: &[u8]) -> Result<Claimed, Halt> {
    let long = long_home(id, name);
    let made = long.as_ref().map(|long| shop.claim.subfolder(long, 0o700)).transpose();
    let made = made.map_err(|error| shop.claim.halt("cannot make the folder of", name, error))?;
    let entry = if long.is_some() { name.to_owned() } else { short_home(id, name) };
    let folder = made.as_ref().unwrap_or(&shop.claim);
    match shop.copies.rename(&copy_name(id), folder, &entry) {
        Ok(()) => {}
        // A power cut can leave one file under both names, and then a rename does nothing.
        Err(Errno::EXIST) => discard(shop, id)?,
        Err(error) => return Err(shop.claim.halt("cannot claim into", &entry, error)),
    }
    let stat = folder.look(&entry).map_err(|error| shop.claim.halt("cannot look at", &entry, error))?;
    Ok(Claimed { id, name: name.to_owned(), received: changed_at(&stat) })
}

/// Removes a copy that was not accepted.
pub fn discard(shop: &Shop, id: SubmissionId) -> Result<(), Halt> {
    match shop.copies.remove(&copy_name(id)) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(shop.copies.halt("cannot remove", &copy_name(id), error)),
    }
}

/// At start: claims what was accepted and removes what was not. Durable when this returns, so a number is never given twice.
pub fn recover(shop: &Shop, ledger: &Ledger) -> Result<(), Halt> {
    let failed = |error| shop.copies.halt("cannot list", b"", error);
    for name in shop.copies.names().map_err(failed)? {
        let name = name.map_err(failed)?;
        let id = std::str::from_utf8(&name).ok().and_then(|name| name.parse().ok());
        let Some(id) = id else {
            tracing::warn!(name = %crate::article::shown(&name), "the copy folder holds something that is not ours");
            continue;
        };
        match ledger.original_name(id)? {
            Some(original) => drop(claim(shop, id, &original)?),
            None => discard(shop, id)?,
        }
    }
    shop.copies.sync()
}

/// Is what lies in the inbox still the original? If all that has changed is when its inode did, its content tells: a backup that links
/// it, or whoever sets its owner or mode, does not make it a new submission. Then the answer is what to remember of it now.
pub fn is_still(inbox: &Folder, place: &Place, original: &Original, stat: &Stat) -> Option<Original> {
    let found = state(place, stat);
    let but_for_inode = State { changed: original.state.changed, ..found };
    if stat.kind != Kind::RegularFile || but_for_inode != original.state {
        return None;
    }
    let still = Original { state: found, folder: place.inode, ..original.clone() };
    if found == original.state {
        return Some(still);
    }
    match inbox.open_file(&original.name).and_then(|file| file.read(stat.size, stat.size + 1)) {
        Ok(bytes) => (digest(&bytes) == original.digest).then_some(still),
        // Not to be had now is no reason for taking it again.
        Err(_) => Some(original.clone()),
    }
}

/// Removes the original of an accepted copy.
pub fn release(inbox: &Folder, place: &Place, original: &Original) -> Released {
    match inbox.look(&original.name) {
        Ok(stat) if stat.kind == Kind::RegularFile && state(place, &stat) == original.state => {}
        Ok(_) => return Released::Changed,
        Err(Errno::NOENT) => return Released::Removed,
        Err(error) => return Released::Kept(error),
    }
    let aside = aside(original.id);
    match rename(inbox, &original.name, &aside) {
        Ok(()) => release_aside(inbox, place, original),
        Err(Errno::NOENT) => Released::Removed,
        Err(error) => Released::Kept(error),
    }
}

/// Finishes what [`release`] has begun: removes what was renamed aside, or puts it back if it is not what was copied.
pub fn release_aside(inbox: &Folder, place: &Place, original: &Original) -> Released {
    let aside = aside(original.id);
    let stat = match inbox.look(&aside) {
        Ok(stat) => stat,
        Err(Errno::NOENT) => return Released::Removed,
        Err(error) => return Released::Kept(error),
    };
    // The rename has changed the time of change of the inode.
    let renamed = State { changed: original.state.changed, ..state(place, &stat) };
    let is_ours = stat.kind == Kind::RegularFile && renamed == original.state;
    // It is not put back before it is closed: it would be taken again even if nothing was written.
    if is_ours && !place.system.is_network() && inbox.open_file(&aside).is_ok_and(|file| file.has_writer()) {
        return Released::Open;
    }
    let done = if is_ours { inbox.remove(&aside) } else { put_back(inbox, &aside, &original.name) };
    match done {
        Ok(()) | Err(Errno::NOENT) if is_ours => Released::Removed,
        Ok(()) | Err(Errno::NOENT) => Released::Changed,
        Err(error) => Released::Kept(error),
    }
}

/// Is there something that was renamed aside?
pub fn has_aside(inbox: &Folder, id: SubmissionId) -> bool {
    inbox.look(&aside(id)) != Err(Errno::NOENT)
}

/// Whose original a name in the inbox stands for, if it was renamed aside.
pub fn aside_of(name: &[u8]) -> Option<SubmissionId> {
    std::str::from_utf8(name.strip_prefix(ASIDE)?).ok()?.parse().ok()
}

/// What changes whenever the file does, as far as its file system can tell.
fn state(place: &Place, stat: &Stat) -> State {
    let Stat { inode, size, modified, changed, .. } = *stat;
    State { inode: if place.system.has_steady_inodes() { inode } else { 0 }, size, modified, changed }
}

fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

fn aside(id: SubmissionId) -> Vec<u8> {
    [ASIDE, id.to_string().as_bytes()].concat()
}

fn copy_name(id: SubmissionId) -> Vec<u8> {
    id.to_string().into_bytes()
}

/// Within the inbox, to a name that nobody else uses. NFS, SMB and FUSE may not know how not to replace what is there.
fn rename(inbox: &Folder, name: &[u8], to: &[u8]) -> Result<(), Errno> {
    match inbox.rename(name, inbox, to) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => rustix::fs::renameat(inbox, name, inbox, to),
        renamed => renamed,
    }
}

/// As [`rename`], to a name that others use: never over what is there.
fn put_back(inbox: &Folder, name: &[u8], to: &[u8]) -> Result<(), Errno> {
    match inbox.rename(name, inbox, to) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            rustix::fs::linkat(inbox, name, inbox, to, AtFlags::empty())?;
            inbox.remove(name)
        }
        renamed => renamed,
    }
}

/// Does the system say that it will not let us, rather than that it cannot now?
pub fn is_refusal(error: Errno) -> bool {
    matches!(error, Errno::PERM | Errno::ACCESS | Errno::ROFS | Errno::BUSY)
}

/// Whose fault it is: a lack of descriptors or memory says nothing of the file, and anything else is a matter of the inbox, which may
/// be at the other end of a network.
fn not_read(inbox: &Folder, name: &[u8], error: Errno) -> Result<Copy, Halt> {
    match error {
        Errno::NOENT | Errno::LOOP | Errno::STALE => Ok(Copy::Gone),
        Errno::MFILE | Errno::NFILE | Errno::NOMEM => Err(inbox.halt("cannot read", name, error)),
        error if is_refusal(error) => Ok(Copy::Refused(format!("cannot read it: {error}"))),
        error => Ok(Copy::Failed(error)),
    }
}

#[cfg(test)]
mod tests;
