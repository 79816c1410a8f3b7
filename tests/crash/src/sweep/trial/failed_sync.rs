//! A sync that was made to fail, and what must not happen after it.

use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use nix::errno::Errno;

use super::Deed;
use crate::check::{Finding, Sort};
use crate::supervisor::Call;

/// The folder of the ledger, and its files.
const SPOOL: &str = "spool";
const LEDGER: &str = "spool/ledger.db";
const STAGE: &str = "spool/stage";

/// A sync that failed.
pub(super) struct FailedSync {
    name: &'static str,
    file: PathBuf,
    /// A sync of everything that found the disk full. The staged files may be lost then, but they can be made again.
    found_it_full: bool,
    /// The staged files have been made again since.
    staged_again: bool,
    /// And the sync after that went through.
    pub(super) made_good: bool,
}

impl FailedSync {
    pub(super) fn of(call: &Call, deed: Deed) -> Self {
        let full = matches!(deed, Deed::Fail(Errno::ENOSPC | Errno::EDQUOT)) && call.kind.name == "syncfs";
        let (name, file) = (call.kind.name, call.file.clone());
        FailedSync { name, file, found_it_full: full, staged_again: false, made_good: false }
    }

    /// What must not happen after it: it is tried again, or something is published. Only what was staged on a full disk may be, once
    /// it has been made again.
    pub(super) fn broken_by(&mut self, call: &Call) -> Option<Finding> {
        let again = call.kind.name == self.name && call.file == self.file && !self.is_of_sqlite();
        let stages = ["openat", "mkdirat"].contains(&call.kind.name) && call.matters && call.file.starts_with(STAGE);
        self.staged_again |= self.found_it_full && stages;
        self.made_good |= self.staged_again && again;
        if self.made_good {
            return None;
        }
        let published = call.kind.name.starts_with("rename") && call.file.starts_with(STAGE) && !self.is_of_spool();
        let text = format!("{} {} after a failed {}", call.kind.name, call.file.display(), self.name);
        (again || published).then_some(Finding { sort: Sort::Unsynced, text })
    }

    /// SQLite makes it. When the ledger is closed, it syncs once more what each commit had synced before, to tidy up; a failure
    /// then loses nothing and is not told. So for these it counts only that nothing is published any more.
    pub(super) fn is_of_sqlite(&self) -> bool {
        self.file.as_os_str().as_bytes().starts_with(LEDGER.as_bytes()) || self.is_of_spool()
    }

    /// SQLite takes no notice when it cannot sync the folder its files are in. The daemon syncs the whole file system of that
    /// folder before each commit, so nothing rests on it.
    fn is_of_spool(&self) -> bool {
        self.name == "fsync" && self.file.as_os_str() == SPOOL
    }
}
