//! The folders of one instance: opened once, locked by one process, on one file system. Knows nothing of what lies in them.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use thiserror::Error;

use crate::config;
use crate::disk::OpenFile;
use crate::halt::Halt;
use crate::mount::{Place, System};

pub use crate::disk::Folder;

const LOCK: &[u8] = b"lock";
/// Made for a moment at the start, on file systems of which little is known.
const PROBE: &[u8] = b"probe";
const PROBE_RENAMED: &[u8] = b"probe-renamed";

/// How long to wait for the lock: a process that has been killed holds it until the kernel is done with it.
const LOCK_WAIT: Duration = Duration::from_secs(1);
const LOCK_POLL: Duration = Duration::from_millis(20);

/// The folders, open and locked.
#[derive(Debug)]
pub struct Shop {
    /// Private: ledger, claim and stage folders.
    pub spool: Folder,
    /// Files taken from the inbox that are not archived yet; the record of accepted work.
    pub claim: Folder,
    /// Copies of files from inboxes that cannot be renamed from, until they are accepted.
    pub copies: Folder,
    /// Records and quarantine folders that are written but not yet visible.
    pub stage: Folder,
    /// Published records.
    pub outbox: Folder,
    /// What was refused, with reasons.
    pub quarantine: Folder,
    /// Originals of what is finished.
    pub archive: Folder,
    /// Held for life; released by the kernel however we end.
    _lock: OpenFile,
}

/// Why the folders cannot be used.
#[derive(Debug, Error)]
pub enum ShopError {
    /// One cannot be made or opened.
    #[error("cannot {doing} {}: {error}", path.display())]
    Folder {
        /// What was being done.
        doing: &'static str,
        /// To which path.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// Renames between two of them would not be atomic.
    #[error(
        "{} and {} are on different file systems or mounts; put all folders of a shop on one",
        first.display(), second.display()
    )]
    FileSystems {
        /// The spool.
        first: PathBuf,
        /// The folder that is elsewhere.
        second: PathBuf,
    },
    /// What is written there may not be on any disk when we are told that it is.
    #[error(
        "{} is on {system}, where a sync promises nothing; put the shop on a local disk, and for a share as inbox set its path and \
         claim = \"copy\"",
        path.display()
    )]
    Network {
        /// The spool.
        path: PathBuf,
        /// What kind of file system.
        system: System,
    },
    /// A file that is in the way would be overwritten.
    #[error("{} is on {system}, which cannot rename a file without replacing another; put the shop on a local disk", path.display())]
    Replaces {
        /// The spool.
        path: PathBuf,
        /// What kind of file system.
        system: System,
    },
    /// We have no right to take files out of it.
    #[error(
        "{} does not let files be taken out of it: {error}; make it writable for the daemon, or set claim = \"copy\" for it",
        path.display()
    )]
    Rights {
        /// The inbox.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// Files cannot be taken out of it from where it is.
    #[error("{} {problem}", path.display())]
    Inbox {
        /// The inbox.
        path: PathBuf,
        /// Why, and what to do about it.
        problem: String,
    },
    /// Another daemon works here.
    #[error("another warraq works on {}; stop it first, or use another shop", spool.display())]
    Locked {
        /// The spool of both.
        spool: PathBuf,
    },
}

impl Shop {
    /// Makes the folders where missing, opens them and takes the lock.
    pub fn open(config: &config::Shop) -> Result<Self, ShopError> {
        let spool = Folder::make(&config.spool, 0o700)?;
        let lock = lock(&spool)?;
        let shop = Shop {
            claim: Folder::make(&config.spool.join("claim"), 0o700)?,
            copies: Folder::make(&config.spool.join("copy"), 0o700)?,
            stage: Folder::make(&config.spool.join("stage"), 0o700)?,
            outbox: Folder::make(&config.outbox, 0o770)?,
            quarantine: Folder::make(&config.quarantine, 0o770)?,
            archive: Folder::make(&config.archive, 0o770)?,
            spool,
            _lock: lock,
        };
        shop.check_places()?;
        Ok(shop)
    }

    /// Everything is renamed between these folders, and a sync of one must reach a disk for all.
    fn check_places(&self) -> Result<(), ShopError> {
        let spool = self.spool.path();
        let home = place(&self.spool)?;
        for other in [&self.outbox, &self.quarantine, &self.archive] {
            if !place(other)?.can_rename_to(&home) {
                return Err(ShopError::FileSystems { first: spool.to_owned(), second: other.path().to_owned() });
            }
        }
        if home.system.is_network() {
            return Err(ShopError::Network { path: spool.to_owned(), system: home.system });
        }
        if !home.system.is_local_disk() && replaces_by_rename(&self.spool) {
            return Err(ShopError::Replaces { path: spool.to_owned(), system: home.system });
        }
        if home.system.hides_changes() {
            let (spool, system) = (spool.display(), home.system);
            tracing::warn!(
                %spool,
                %system,
                "the spool is not on a local disk: whether its syncs reach one is for what is behind it to say; what is lost by a \
                 kill is nothing, what is lost by a power cut is unknown"
            );
        }
        Ok(())
    }

    /// The folders of a shop on a simulated disk, made if missing.
    #[cfg(test)]
    pub(crate) fn simulated(root: &Folder) -> Result<Self, Errno> {
        let spool = root.subfolder(b"spool", 0)?;
        Ok(Shop {
            claim: spool.subfolder(b"claim", 0)?,
            copies: spool.subfolder(b"copy", 0)?,
            stage: spool.subfolder(b"stage", 0)?,
            outbox: root.subfolder(b"outbox", 0)?,
            quarantine: root.subfolder(b"quarantine", 0)?,
            archive: root.subfolder(b"archive", 0)?,
            _lock: spool.edit_file(LOCK, true)?,
            spool,
        })
    }

    /// Where the ledger lies.
    pub fn ledger_path(&self) -> PathBuf {
        self.spool.path().join("ledger.db")
    }
}

impl Folder {
    /// Opens a directory, which is made, with its parents, if missing.
    pub fn make(path: &Path, mode: u32) -> Result<Self, ShopError> {
        let fail = |doing, error: std::io::Error| ShopError::Folder { doing, path: path.to_owned(), error };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(mode)
            .create(path)
            .map_err(|error| fail("make the folder", error))?;
        Folder::open(path).map_err(|error| fail("open the folder", error.into()))
    }
}

impl From<ShopError> for Halt {
    /// For a folder that was there at the start and is not to be had any more.
    fn from(error: ShopError) -> Self {
        match error {
            ShopError::Folder { doing, path, error } => {
                Halt::Folder { doing, path, error: Errno::from_io_error(&error).unwrap_or(Errno::IO) }
            }
            ShopError::FileSystems { second: path, .. }
            | ShopError::Network { path, .. }
            | ShopError::Replaces { path, .. }
            | ShopError::Rights { path, .. }
            | ShopError::Inbox { path, .. }
            | ShopError::Locked { spool: path } => Halt::Folder { doing: "use", path, error: Errno::BUSY },
        }
    }
}

fn lock(spool: &Folder) -> Result<OpenFile, ShopError> {
    let fail = |doing, error: Errno| ShopError::Folder { doing, path: spool.join(LOCK), error: error.into() };
    let lock = spool.edit_file(LOCK, true).map_err(|error| fail("open the lock", error))?;
    let began = Instant::now();
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(Errno::WOULDBLOCK) if began.elapsed() < LOCK_WAIT => std::thread::sleep(LOCK_POLL),
            Err(Errno::WOULDBLOCK) => return Err(ShopError::Locked { spool: spool.path().to_owned() }),
            Err(error) => return Err(fail("take the lock", error)),
        }
    }
}

/// Does the file system not know of renames that replace nothing? Tried, since it depends on the program behind it. What cannot be
/// tried, on a full disk for one, will be seen by the first claim.
fn replaces_by_rename(spool: &Folder) -> bool {
    let renamed = spool.create(PROBE).and_then(|_| spool.rename(PROBE, spool, PROBE_RENAMED));
    for left in [PROBE, PROBE_RENAMED] {
        let _ = spool.remove(left);
    }
    matches!(renamed, Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP))
}

fn place(folder: &Folder) -> Result<Place, ShopError> {
    let failed =
        |error: Errno| ShopError::Folder { doing: "look at", path: folder.path().to_owned(), error: error.into() };
    Place::of(folder).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(root: &Path) -> config::Shop {
        config::Shop {
            spool: root.join("spool"),
            outbox: root.join("outbox"),
            quarantine: root.join("quarantine"),
            archive: root.join("archive"),
            ballast_bytes: 0,
        }
    }

    #[test]
    fn second_opening_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let first = Shop::open(&config(root.path())).unwrap();
        assert!(matches!(Shop::open(&config(root.path())), Err(ShopError::Locked { .. })));
        drop(first);
        assert!(Shop::open(&config(root.path())).is_ok());
    }

    #[test]
    fn lists_what_is_there() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::make(root.path(), 0o700).unwrap();
        fs::write(root.path().join("a"), "").unwrap();
        fs::create_dir(root.path().join("b")).unwrap();
        let mut names: Vec<_> = folder.names().unwrap().map(Result::unwrap).collect();
        names.sort();
        assert_eq!(names, [b"a".to_vec(), b"b".to_vec()]);
    }
}
