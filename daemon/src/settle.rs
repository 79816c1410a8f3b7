//! Waits until the writer of a file has finished. Only looks at files; never changes one.
//!
//! Two things speak: the file has been quiet for a while, and nobody has it open for writing. The second is asked by a read lease,
//! which knows of the writers on this machine only. On NFS and SMB it knows nothing at all: there the kernel refuses a lease unless the
//! server has granted a delegation, writer or not, so it is not asked, and the quiet time alone decides. Where others write through
//! a network, make that longer than any pause of theirs, or have them move files in, or use sentinels.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::io::Errno;

use crate::disk::{Kind, Stat};
use crate::inbox::Sentinel;
use crate::mount::System;
use crate::shop::Folder;

/// How many unfinished files are remembered. A file that is not remembered still settles, by its change time.
const REMEMBERED_MAX: usize = 4096;

/// When to look again at a file that is being written.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A regular file that nobody writes any more: the permission to claim it.
#[derive(Debug)]
pub struct Settled {
    name: Vec<u8>,
    /// The file that said so, to be removed when this one is ours.
    sentinel: Option<Sentinel>,
}

/// What one look at a name showed.
#[derive(Debug)]
pub enum Look {
    /// Complete.
    Settled(Settled),
    /// Not yet; look again after this time.
    Wait(Duration),
    /// Not a regular file: it stays where it is.
    LeftAlone(&'static str),
    /// It cannot be looked at.
    Failed(Errno),
    /// No longer there.
    Gone,
}

/// Files that were seen and had not settled yet.
#[derive(Debug)]
pub struct Settle {
    quiet: Duration,
    seen: HashMap<Vec<u8>, (Signature, Instant)>,
    /// A refused lease says that there is a writer. Set for the file system that the files are on.
    asks_for_writers: bool,
}

/// Changes whenever the file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    inode: u64,
    size: u64,
    modified: (i64, u64),
    changed: (i64, u64),
}

impl Settled {
    /// The file's name in the inbox.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// The file that said that this one is complete.
    pub fn sentinel(&self) -> Option<&Sentinel> {
        self.sentinel.as_ref()
    }

    /// As it is, on the word of a sentinel.
    pub fn by(self, sentinel: Sentinel) -> Self {
        Settled { sentinel: Some(sentinel), ..self }
    }
}

impl Settle {
    /// Files settle when unchanged for `quiet`.
    pub fn new(quiet: Duration) -> Self {
        Settle { quiet, seen: HashMap::new(), asks_for_writers: true }
    }

    /// The files are on such a file system from now on.
    pub fn is_on(&mut self, system: System) {
        self.asks_for_writers = !system.is_network();
    }

    /// Looks at one name. `arrived_whole` says that it was moved into the folder, so there is nothing to wait for.
    pub fn look(&mut self, inbox: &Folder, name: &[u8], arrived_whole: bool) -> Look {
        let stat = match inbox.look(name) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Look::Gone,
            Err(error) => return Look::Failed(error),
        };
        if let Some(kind) = other_than_regular(&stat) {
            return Look::LeftAlone(kind);
        }
        if !arrived_whole && let Some(rest) = self.rest(name, Signature::of(&stat)) {
            return Look::Wait(rest);
        }
        if self.asks_for_writers && is_being_written(inbox, name) {
            return Look::Wait(self.quiet.max(LOOK_AGAIN));
        }
        self.seen.remove(name);
        Look::Settled(Settled { name: name.to_owned(), sentinel: None })
    }

    /// How long the file must still stay unchanged; `None` if it has been long enough.
    fn rest(&mut self, name: &[u8], signature: Signature) -> Option<Duration> {
        // The change time cannot be set by the writer, so an old one is proof. After a clock jump it is no help, and our own
        // clock decides.
        if let Some(age) = signature.age()
            && age >= self.quiet
        {
            return None;
        }
        if self.seen.len() >= REMEMBERED_MAX && !self.seen.contains_key(name) {
            return Some(self.quiet);
        }
        let now = Instant::now();
        let entry = self.seen.entry(name.to_owned()).or_insert((signature, now));
        if entry.0 != signature {
            *entry = (signature, now);
        }
        let rest = self.quiet.saturating_sub(entry.1.elapsed());
        (!rest.is_zero()).then_some(rest)
    }

    /// Forgets names that have not been looked at for long; called once per pass over the inbox.
    pub fn forget_stale(&mut self) {
        let limit = (self.quiet * 4).max(Duration::from_secs(60));
        self.seen.retain(|_, (_, since)| since.elapsed() < limit);
    }
}

impl Signature {
    /// The signature of a file as it stands.
    pub fn of(stat: &Stat) -> Self {
        let Stat { inode, size, modified, changed, .. } = *stat;
        Signature { inode, size, modified, changed }
    }

    /// Time since the last change of content or name; `None` if that lies in the future.
    fn age(&self) -> Option<Duration> {
        let (seconds, nanoseconds) = self.changed;
        let changed = UNIX_EPOCH + Duration::new(u64::try_from(seconds).ok()?, u32::try_from(nanoseconds).ok()?);
        SystemTime::now().duration_since(changed).ok()
    }
}

fn other_than_regular(stat: &Stat) -> Option<&'static str> {
    match stat.kind {
        Kind::RegularFile => None,
        Kind::Directory => Some("a directory"),
        Kind::Symlink => Some("a symbolic link"),
        Kind::Fifo => Some("a named pipe"),
        Kind::Socket => Some("a socket"),
        _ => Some("a device"),
    }
}

/// Does a writer hold the file open? Where the system does not tell, the answer is no, and the quiet time alone decides.
fn is_being_written(inbox: &Folder, name: &[u8]) -> bool {
    inbox.open_file(name).is_ok_and(|file| file.has_writer())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn folder(root: &tempfile::TempDir) -> Folder {
        Folder::make(root.path(), 0o700).unwrap()
    }

    #[test]
    fn waits_for_quiet() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("a"), "x").unwrap();
        let mut settle = Settle::new(Duration::from_secs(3600));
        assert!(matches!(settle.look(&folder(&root), b"a", false), Look::Wait(_)));
        assert!(matches!(settle.look(&folder(&root), b"a", true), Look::Settled(_)));
        let mut at_once = Settle::new(Duration::ZERO);
        assert!(matches!(at_once.look(&folder(&root), b"a", false), Look::Settled(_)));
        assert!(matches!(at_once.look(&folder(&root), b"b", false), Look::Gone));
    }

    #[test]
    fn a_writer_holds_it_up() {
        let root = tempfile::tempdir().unwrap();
        let writer = fs::File::create(root.path().join("a")).unwrap();
        let mut settle = Settle::new(Duration::ZERO);
        assert!(matches!(settle.look(&folder(&root), b"a", true), Look::Wait(_)));
        drop(writer);
        assert!(matches!(settle.look(&folder(&root), b"a", true), Look::Settled(_)));
    }

    #[test]
    fn other_kinds_are_left_alone() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("d")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", root.path().join("l")).unwrap();
        let mut settle = Settle::new(Duration::ZERO);
        assert!(matches!(settle.look(&folder(&root), b"d", false), Look::LeftAlone("a directory")));
        assert!(matches!(settle.look(&folder(&root), b"l", false), Look::LeftAlone("a symbolic link")));
    }
}
