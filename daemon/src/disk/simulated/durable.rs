//! Syncs, and what a power cut leaves: never more than was there, never less than was synced, and between the two anything that
//! one of the file systems we know may leave.

use std::collections::{BTreeMap, BTreeSet};

use rustix::io::Errno;

use super::{Dice, Directory, Disk, Folders, Handle, Needs, ROOT, State};

/// A disk writes so much at a time, or not at all.
const SECTOR_BYTES: usize = 512;

/// How much order a disk keeps among what is not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// None: each change of a folder and each sector of a file is kept or lost by itself.
    Strict,
    /// Changes of folders survive in their order up to some point; a file that was not synced may be empty or cut.
    Journal,
}

/// A change of folders that is not durable. A rename is one change: it is kept or lost whole.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Added { folder: u64, name: Vec<u8>, inode: u64 },
    Removed { folder: u64, name: Vec<u8>, inode: u64 },
    Moved { from: u64, name: Vec<u8>, to: u64, new_name: Vec<u8>, inode: u64 },
}

impl Disk {
    /// The power goes and comes back. Whoever had something open has it no more.
    pub(crate) fn cut_power(&self) {
        let mut state = self.lock();
        state.boot += 1;
        (state.plan, state.sync_fails) = (None, None);
        state.lose_changes();
        state.lose_content();
    }

    /// Is what the disk has of this file other than what is read, for good, since a sync has failed?
    pub(crate) fn has_given_up(&self, inode: u64) -> bool {
        self.lock().files.get(&inode).is_some_and(|file| file.given_up)
    }
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
        self.may_sync()?;
        let pending = std::mem::take(&mut self.pending);
        let concerned = self.concerned(&pending, folder);
        for (change, concerned) in pending.into_iter().zip(concerned) {
            match change {
                change if concerned => self.keep(change),
                // As seen on btrfs: the new name is durable, and a power cut may bring the old one back beside it.
                Change::Moved { from, name, to, new_name, inode } if to == folder => {
                    self.durable.entry(to).or_default().insert(new_name, inode);
                    self.pending.push(Change::Removed { folder: from, name, inode });
                }
                change => self.pending.push(change),
            }
        }
        Ok(())
    }

    /// Which changes become durable whole with a sync of this folder: those in it, and the making of every folder that these need.
    fn concerned(&self, pending: &[Change], folder: u64) -> Vec<bool> {
        let mut needed = BTreeSet::new();
        let mut concerned: Vec<bool> = pending
            .iter()
            .rev()
            .map(|change| {
                let is_file = |inode: &u64| self.files.contains_key(inode);
                // A journal is written in order: all that came before is durable too.
                let within = self.mode == Mode::Journal
                    || match change {
                        Change::Added { folder: changed, inode, .. } => *changed == folder || needed.contains(inode),
                        Change::Removed { folder: changed, .. } => *changed == folder,
                        Change::Moved { from, to, inode, .. } => {
                            *from == folder || needed.contains(inode) || *to == folder && !is_file(inode)
                        }
                    };
                if let Change::Added { folder: into, .. } | Change::Moved { to: into, .. } = change
                    && (within || *into == folder)
                {
                    needed.insert(*into);
                }
                within
            })
            .collect();
        concerned.reverse();
        concerned
    }

    fn sync_everything(&mut self) -> Result<(), Errno> {
        if let Err(error) = self.may_sync() {
            for file in self.files.values_mut().filter(|file| file.durable.is_some()) {
                if self.dice.percent(50) {
                    (file.given_up, file.untold) = (true, true);
                }
            }
            return Err(error);
        }
        self.pending.clear();
        self.durable = self.live.clone();
        let named: BTreeSet<u64> = self.live.values().flat_map(|entries| entries.values().copied()).collect();
        self.files.retain(|inode, file| named.contains(inode) || file.writers > 0);
        self.files.values_mut().filter(|file| !file.given_up).for_each(|file| file.durable = None);
        Ok(())
    }

    fn sync_file(&mut self, inode: u64) -> Result<(), Errno> {
        let may = self.may_sync();
        let file = self.file(inode);
        if let Err(error) = may {
            file.given_up = file.durable.is_some();
            return Err(error);
        }
        if std::mem::take(&mut file.untold) {
            self.strikes.all += 1;
            return Err(Errno::IO);
        }
        if !file.given_up {
            file.durable = None;
        }
        Ok(())
    }

    /// Makes one change durable. The folders it is about are made so too: no file system forgets those alone.
    fn keep(&mut self, change: Change) {
        match change {
            Change::Added { folder, name, inode } => {
                self.durable.entry(folder).or_default().insert(name, inode);
                if !self.files.contains_key(&inode) {
                    self.durable.entry(inode).or_default();
                }
            }
            Change::Removed { folder, name, inode } => {
                if self.durable.get(&inode).is_some_and(|entries| !entries.is_empty()) {
                    return self.pending.push(Change::Removed { folder, name, inode });
                }
                self.durable.remove(&inode);
                forget(&mut self.durable, folder, &name, inode);
            }
            Change::Moved { from, name, to, new_name, inode } => {
                forget(&mut self.durable, from, &name, inode);
                self.durable.entry(to).or_default().insert(new_name, inode);
                if !self.files.contains_key(&inode) {
                    self.durable.entry(inode).or_default();
                }
            }
        }
    }

    /// Keeps a legal part of what was not synced in the folders, and shows only that from now on.
    fn lose_changes(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        let (kept_in_order, odds) = (self.dice.below(pending.len() + 1), *self.dice.pick(&[0, 25, 50, 75, 90, 100]));
        // Where the lost renames of a file began: a later one that is kept takes it away from there.
        let mut origins: BTreeMap<u64, (u64, Vec<u8>)> = BTreeMap::new();
        for (index, change) in pending.into_iter().enumerate() {
            let kept = match self.mode {
                Mode::Strict => self.dice.percent(odds),
                Mode::Journal => index < kept_in_order,
            };
            let possible = match &change {
                Change::Added { folder, name, .. } => self.is_free(*folder, name),
                Change::Moved { to, new_name, .. } => self.is_free(*to, new_name),
                Change::Removed { .. } => true,
            };
            match change {
                change if kept && possible => {
                    if let Change::Moved { inode, .. } = &change
                        && let Some((folder, name)) = origins.remove(inode)
                    {
                        forget(&mut self.durable, folder, &name, *inode);
                    }
                    self.keep(change);
                }
                Change::Moved { from, name, inode, .. } => {
                    origins.entry(inode).or_insert((from, name));
                }
                Change::Added { .. } | Change::Removed { .. } => {}
            }
        }
        // A folder that could not be removed since it is not empty stays.
        self.pending.clear();
        let mut reached = vec![ROOT];
        self.live.clear();
        while let Some(folder) = reached.pop() {
            let entries = self.durable.get(&folder).cloned().unwrap_or_default();
            reached.extend(entries.values().filter(|inode| !self.files.contains_key(inode)));
            self.live.insert(folder, entries);
        }
        self.durable = self.live.clone();
    }

    fn is_free(&self, folder: u64, name: &[u8]) -> bool {
        self.durable.get(&folder).is_some_and(|entries| !entries.contains_key(name))
    }

    /// Keeps a legal part of what was not synced in the files.
    fn lose_content(&mut self) {
        let named: BTreeSet<u64> = self.live.values().flat_map(|entries| entries.values().copied()).collect();
        self.files.retain(|inode, _| named.contains(inode));
        for file in self.files.values_mut() {
            if let Some(durable) = file.durable.take() {
                let written = std::mem::take(&mut file.content);
                file.content = match self.mode {
                    Mode::Strict => part(&durable, written, &mut self.dice),
                    Mode::Journal => start(written, &mut self.dice),
                };
            }
            (file.given_up, file.untold, file.writers) = (false, false, 0);
        }
    }
}

fn forget(folders: &mut Folders, folder: u64, name: &[u8], inode: u64) {
    if let Some(entries) = folders.get_mut(&folder)
        && entries.get(name) == Some(&inode)
    {
        entries.remove(name);
    }
}

/// All of it, nothing, or its beginning.
fn start(mut written: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    match dice.below(3) {
        0 => {}
        1 => written.clear(),
        _ => written.truncate(dice.below(written.len() + 1)),
    }
    written
}

/// What was there before, a beginning of what was written, or any sectors of it.
fn part(before: &[u8], mut written: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    match dice.below(3) {
        0 => before.to_vec(),
        1 => start(written, dice),
        _ => {
            for (index, sector) in written.chunks_mut(SECTOR_BYTES).enumerate() {
                if dice.percent(50) {
                    let before = before.get(index * SECTOR_BYTES..).unwrap_or_default();
                    let old = before.len().min(sector.len());
                    sector[..old].copy_from_slice(&before[..old]);
                    sector[old..].fill(0);
                }
            }
            written
        }
    }
}
