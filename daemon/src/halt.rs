//! The reasons to stop: we can no longer keep our word. What reached the disk is unknown, and recovery rereads it.

use std::path::PathBuf;

use rustix::io::Errno;
use thiserror::Error;

use crate::ledger::LedgerError;

/// Why the daemon stops claiming and ends with an error.
#[derive(Debug, Error)]
pub enum Halt {
    /// The ledger could not be read or written.
    #[error("the ledger failed: {0}; restart the daemon, it recovers from what is on disk")]
    Ledger(#[from] LedgerError),
    /// A folder of the shop could not be used.
    #[error("{doing} {}: {error}; mend it and restart the daemon, it recovers from what is on disk", path.display())]
    Folder {
        /// What was being done.
        doing: &'static str,
        /// To which path.
        path: PathBuf,
        /// What the system said.
        error: Errno,
    },
    /// A file stands where ours belongs, with other content.
    #[error("{} exists with other content than ours; two ledgers share this folder, or it was tampered with. Move it away and restart", path.display())]
    Conflict {
        /// The file in the way.
        path: PathBuf,
    },
    /// A plugin with `on_failure = "halt"` failed.
    #[error("plugin {plugin} failed on article {article} and its on_failure is \"halt\": {detail}")]
    Plugin {
        /// Which plugin.
        plugin: String,
        /// On which article.
        article: String,
        /// What it said last.
        detail: String,
    },
    /// A thread or task of the pipeline is gone.
    #[error("{0} ended unexpectedly; restart the daemon")]
    Gone(&'static str),
}

impl Halt {
    /// Was it for lack of room, or of quota, and nothing else? Then nothing was done, and it can be tried again.
    pub fn is_lack_of_room(&self) -> bool {
        match self {
            Halt::Folder { error, .. } => matches!(*error, Errno::NOSPC | Errno::DQUOT),
            Halt::Ledger(error) => error.is_full(),
            _ => false,
        }
    }
}
