//! Sentinels: a file is complete when another one, of its name with an ending, is there. Such a file is never taken for an article.
//!
//! A feeder writes the file, then the sentinel. The sentinel is removed when its file is ours, and that is the feeder's word that the
//! name is free again. A crash between the two leaves a sentinel without its file. It does no harm: a sentinel that is older than
//! the last change of a file is not about that change, so a new file of the same name still waits for a new sentinel. It is
//! removed when it has been alone for long enough; sooner would be wrong, since a feeder may move both in, the sentinel first.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::io::Errno;

use crate::disk::{Kind, Stat};
use crate::shop::Folder;

/// The sentinels of one inbox.
#[derive(Debug)]
pub(super) struct Sentinels {
    ending: Vec<u8>,
    /// How long one may be without the other before that is told.
    wait: Duration,
}

/// What there is to say of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// It is complete, says the sentinel of this name.
    Complete(Sentinel),
    /// It is not.
    Waiting,
    /// It is not, and has not been for long.
    WaitingLong,
}

/// A sentinel that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentinel {
    name: Vec<u8>,
    stat: Stat,
}

impl Sentinels {
    pub(super) fn new(ending: &[u8], wait: Duration) -> Self {
        Sentinels { ending: ending.to_owned(), wait }
    }

    /// The name of the file that a sentinel is about; `None` if the name is no sentinel's.
    pub(super) fn file_of<'name>(&self, name: &'name [u8]) -> Option<&'name [u8]> {
        name.strip_suffix(&*self.ending).filter(|file| !file.is_empty())
    }

    /// Is a file complete?
    pub(super) fn word_on(&self, inbox: &Folder, name: &[u8], file: &Stat) -> Word {
        let sentinel = [name, &self.ending].concat();
        // Not to be had is as good as not there; a name that is too long for having a sentinel is told of like the rest.
        if let Ok(stat) = inbox.look(&sentinel)
            && stat.kind == Kind::RegularFile
            && stat.changed >= file.modified.min(file.changed)
        {
            return Word::Complete(Sentinel { name: sentinel, stat });
        }
        if age(file) >= self.wait { Word::WaitingLong } else { Word::Waiting }
    }

    /// Removes a sentinel whose file has been missing for long. `Ok(true)` if it did.
    pub(super) fn tidy(&self, inbox: &Folder, name: &[u8]) -> Result<bool, Errno> {
        let Some(file) = self.file_of(name) else { return Ok(false) };
        let stat = match inbox.look(name) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok(false),
            Err(error) => return Err(error),
        };
        if stat.kind != Kind::RegularFile || age(&stat) < self.wait || inbox.look(file) != Err(Errno::NOENT) {
            return Ok(false);
        }
        Sentinel { name: name.to_owned(), stat }.remove(inbox).map(|()| true)
    }
}

impl Sentinel {
    /// Its name, for messages.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// Removes it, unless another has taken its place: that one is about a file that is still to be taken.
    pub fn remove(&self, inbox: &Folder) -> Result<(), Errno> {
        match inbox.look(&self.name) {
            Ok(stat) if stat != self.stat => Ok(()),
            Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(error),
            Ok(_) => match inbox.remove(&self.name) {
                Err(Errno::NOENT) => Ok(()),
                removed => removed,
            },
        }
    }
}

/// Time since the last change; none if that lies in the future.
fn age(stat: &Stat) -> Duration {
    let (seconds, nanoseconds) = stat.changed;
    let since = Duration::new(u64::try_from(seconds).unwrap_or(0), u32::try_from(nanoseconds).unwrap_or(0));
    SystemTime::now().duration_since(UNIX_EPOCH + since).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    const NEVER: Duration = Duration::from_secs(86_400);

    fn folder(root: &Path) -> Folder {
        Folder::open(root).unwrap()
    }

    fn word(root: &Path, name: &str, wait: Duration) -> Word {
        let folder = folder(root);
        let stat = folder.look(name.as_bytes()).unwrap();
        Sentinels::new(b".ready", wait).word_on(&folder, name.as_bytes(), &stat)
    }

    /// Writes until the file is newer than the other: the clock of a file system may stand still for some milliseconds.
    fn write_after(path: &Path, other: &Path) {
        loop {
            fs::write(path, "x").unwrap();
            if fs::metadata(path).unwrap().modified().unwrap() > fs::metadata(other).unwrap().modified().unwrap() {
                return;
            }
        }
    }

    #[test]
    fn a_file_is_complete_with_its_sentinel() {
        let root = tempfile::tempdir().unwrap();
        let (file, sentinel) = (root.path().join("a.txt"), root.path().join("a.txt.ready"));
        fs::write(&file, "x").unwrap();
        assert_eq!(word(root.path(), "a.txt", NEVER), Word::Waiting);
        assert_eq!(word(root.path(), "a.txt", Duration::ZERO), Word::WaitingLong);
        fs::create_dir(&sentinel).unwrap();
        assert_eq!(word(root.path(), "a.txt", NEVER), Word::Waiting, "a folder is no sentinel");
        fs::remove_dir(&sentinel).unwrap();
        fs::write(&sentinel, "").unwrap();
        let Word::Complete(found) = word(root.path(), "a.txt", NEVER) else { panic!() };
        assert_eq!(found.name(), b"a.txt.ready");
        // A changed mode or an old time of change, as `cp -p` leaves, takes nothing back.
        let old = fs::FileTimes::new().set_modified(SystemTime::now() - NEVER);
        fs::File::options().write(true).open(&file).unwrap().set_times(old).unwrap();
        assert!(matches!(word(root.path(), "a.txt", NEVER), Word::Complete(_)));
    }

    #[test]
    fn an_old_sentinel_says_nothing_of_a_newer_file() {
        let root = tempfile::tempdir().unwrap();
        let (file, sentinel) = (root.path().join("a.txt"), root.path().join("a.txt.ready"));
        fs::write(&sentinel, "").unwrap();
        write_after(&file, &sentinel);
        assert_eq!(word(root.path(), "a.txt", NEVER), Word::Waiting);
        write_after(&sentinel, &file);
        assert!(matches!(word(root.path(), "a.txt", NEVER), Word::Complete(_)));
    }

    #[test]
    fn a_sentinel_without_its_file_is_removed_when_it_is_old() {
        let root = tempfile::tempdir().unwrap();
        let sentinel = root.path().join("a.txt.ready");
        fs::write(&sentinel, "").unwrap();
        let tidy = |wait| Sentinels::new(b".ready", wait).tidy(&folder(root.path()), b"a.txt.ready");
        assert_eq!(tidy(NEVER), Ok(false));
        fs::write(root.path().join("a.txt"), "x").unwrap();
        assert_eq!(tidy(Duration::ZERO), Ok(false));
        fs::remove_file(root.path().join("a.txt")).unwrap();
        assert_eq!((tidy(Duration::ZERO), sentinel.exists()), (Ok(true), false));
        assert_eq!(tidy(Duration::ZERO), Ok(false));
    }

    #[test]
    fn another_sentinel_of_the_same_name_is_not_removed() {
        let root = tempfile::tempdir().unwrap();
        let (file, sentinel) = (root.path().join("a.txt"), root.path().join("a.txt.ready"));
        fs::write(&file, "x").unwrap();
        fs::write(&sentinel, "").unwrap();
        let Word::Complete(seen) = word(root.path(), "a.txt", NEVER) else { panic!() };
        fs::rename(&sentinel, root.path().join("moved")).unwrap();
        fs::write(&sentinel, "").unwrap();
        seen.remove(&folder(root.path())).unwrap();
        assert!(sentinel.exists());
    }

    #[test]
    fn names() {
        let sentinels = Sentinels::new(b".ready", NEVER);
        assert_eq!(sentinels.file_of(b"a.txt.ready"), Some(&b"a.txt"[..]));
        assert_eq!((sentinels.file_of(b".ready"), sentinels.file_of(b"a.txt")), (None, None));
    }
}
