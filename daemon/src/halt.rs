//! The reasons to stop: we can no longer keep our word. What reached the disk is unknown, and recovery rereads it.

use std::path::PathBuf;

use rustix::io::Errno;
use thiserror::Error;

use crate::ledger::LedgerError;

/// Why the daemon stops claiming and ends with an error.
#[derive(Debug, Error)]
pub enum Halt {
    /// The ledger could not be read or written.
    #[error("the ledger failed: {0}")]
    Ledger(#[from] LedgerError),
    /// A folder of the shop could not be used.
    #[error("{doing} {}: {error}", path.display())]
    Folder {
        /// What was being done.
        doing: &'static str,
        /// To which path.
        path: PathBuf,
        /// What the system said.
        error: Errno,
    },
    /// A file stands where ours belongs, with other content.
    #[error("{} exists with other content than ours; two ledgers share this folder, or it was tampered with", path.display())]
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
    #[error("{0} ended unexpectedly")]
    Gone(&'static str),
}

impl Halt {
    /// What a person can do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Halt::Ledger(_) | Halt::Folder { .. } => {
                "mend it and start the daemon again; it recovers from what is on disk"
            }
            Halt::Conflict { .. } => "move it away and start the daemon again",
            Halt::Plugin { .. } => "mend the plugin, or change its on_failure, and start the daemon again",
            Halt::Gone(_) => "please report it; start the daemon again, it recovers from what is on disk",
        }
    }

    /// Was it for lack of room, or of quota, and nothing else? Then nothing was done, and it can be tried again.
    pub fn is_lack_of_room(&self) -> bool {
        match self {
            Halt::Folder { error, .. } => matches!(*error, Errno::NOSPC | Errno::DQUOT),
            Halt::Ledger(error) => error.is_full(),
            _ => false,
        }
    }
}
