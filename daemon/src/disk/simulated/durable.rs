//! Syncs, and what a power cut leaves.

use super::{Directory, Handle, Needs, State};
use rustix::io::Errno;

/// How much order a disk keeps among what is not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// None: each change of a folder and each block of a file is kept or lost by itself.
    Strict,
    /// Changes of folders survive in their order up to some point; a file that was not synced may be empty or cut.
    Journal,
}

/// A change of folders that is not durable.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Added { folder: u64, name: Vec<u8>, inode: u64 },
    Removed { folder: u64, name: Vec<u8>, inode: u64 },
    Moved { from: u64, name: Vec<u8>, to: u64, new_name: Vec<u8>, inode: u64 },
}

impl Directory {
    pub(in crate::disk) fn sync(&self) -> Result<(), Errno> {
        self.disk.change(Needs::Nothing, |state| state.sync_folder(self.inode))
    }

    pub(in crate::disk) fn sync_file_system(&self) -> Result<(), Errno> {
        self.disk.change(Needs::Nothing, State::sync_everything)
    }
}

impl Handle {
    pub(in crate::disk) fn sync(&self) -> Result<(), Errno> {
        self.disk.change(Needs::Nothing, |state| state.sync_file(self.inode))
    }
}

impl State {
    fn sync_folder(&mut self, folder: u64) -> Result<(), Errno> {
        if let Some(error) = self.sync_fails.take() {
            return Err(error);
        }
        let pending = std::mem::take(&mut self.pending);
        for change in pending {
            let concerned = match &change {
                Change::Added { folder: changed, .. } | Change::Removed { folder: changed, .. } => *changed == folder,
                Change::Moved { from, .. } => *from == folder,
            };
            match change {
                _ if concerned || self.mode == Mode::Journal => self.keep(change),
                // As seen on btrfs: the new name is durable, the old one may come back. One file has two names then.
                Change::Moved { from, name, to, new_name, inode }
                    if to == folder && self.files.contains_key(&inode) =>
                {
                    self.durable.entry(to).or_default().insert(new_name, inode);
                    self.pending.push(Change::Removed { folder: from, name, inode });
                }
                change @ Change::Moved { to, .. } if to == folder => self.keep(change),
                change => self.pending.push(change),
            }
        }
        Ok(())
    }

    fn sync_everything(&mut self) -> Result<(), Errno> {
        if let Some(error) = self.sync_fails.take() {
            return Err(error);
        }
        self.pending.clear();
        self.durable = self.live.clone();
        for file in self.files.values_mut() {
            file.durable = None;
        }
        Ok(())
    }

    fn sync_file(&mut self, inode: u64) -> Result<(), Errno> {
        if let Some(error) = self.sync_fails.take() {
            return Err(error);
        }
        let file = self.file(inode);
        if std::mem::take(&mut file.given_up) {
            return Err(Errno::IO);
        }
        file.durable = None;
        Ok(())
    }

    /// Makes one change durable.
    fn keep(&mut self, change: Change) {
        match change {
            Change::Added { folder, name, inode } => {
                self.durable.entry(folder).or_default().insert(name, inode);
                if !self.files.contains_key(&inode) {
                    self.durable.entry(inode).or_default();
                }
            }
            Change::Removed { folder, name, inode } => {
                let entries = self.durable.entry(folder).or_default();
                if entries.get(&name) == Some(&inode) {
                    entries.remove(&name);
                }
            }
            Change::Moved { from, name, to, new_name, inode } => {
                let entries = self.durable.entry(from).or_default();
                if entries.get(&name) == Some(&inode) {
                    entries.remove(&name);
                }
                self.durable.entry(to).or_default().insert(new_name, inode);
            }
        }
    }
}
