//! A disk in memory that forgets what was not synced. Only tests see it.
//!
//! What processes see (`live`) changes at once. What survives a power cut (`durable`) changes by a sync only; `pending` holds the
//! difference of the folders, in order, and each file the difference of its content. Every changing operation passes one gate,
//! at which a test may have the process killed, the disk full or a sync fail. How syncs and cuts work is in `durable`.

mod dice;
mod durable;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;

use super::{Free, Kind, Stat};

pub(crate) use dice::Dice;
use durable::Change;
pub(crate) use durable::Mode;

/// A disk. Clones are the same disk.
#[derive(Clone)]
pub(crate) struct Disk(Arc<Mutex<State>>);

/// An open directory.
#[derive(Clone)]
pub(crate) struct Directory {
    disk: Disk,
    inode: u64,
}

/// An open file.
#[derive(Clone)]
pub(crate) struct Handle {
    disk: Disk,
    inode: u64,
}

/// What a process ends with that is killed at an operation.
pub(crate) struct Killed;

/// What goes wrong once, so many changing operations from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The process is killed before the operation is done.
    KillBefore,
    /// The process is killed when the operation is done.
    KillAfter,
    /// The operation fails.
    Fail(Errno),
}

/// The entries of every folder, by inode.
type Folders = BTreeMap<u64, BTreeMap<Vec<u8>, u64>>;

struct State {
    mode: Mode,
    live: Folders,
    durable: Folders,
    pending: Vec<Change>,
    files: BTreeMap<u64, File>,
    last_inode: u64,
    /// Seconds since 1970. Stands still but for the tests.
    clock: i64,
    boot: u128,
    /// Allocating operations that still find room; `None` if there is plenty.
    room: Option<u32>,
    plan: Option<(u32, Fault)>,
    /// The next sync of a file, a folder or everything fails with this.
    sync_fails: Option<Errno>,
    /// Whoever acts now is not the process under test: nothing goes wrong for him.
    others: bool,
    dice: Dice,
    strikes: Strikes,
}

/// How often something has gone wrong on purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Strikes {
    /// In any way.
    pub(crate) all: u64,
    /// A sync that failed, and not for lack of room.
    pub(crate) syncs: u64,
}

#[derive(Clone, Default)]
struct File {
    content: Vec<u8>,
    /// What is on the disk, where it is not the content.
    durable: Option<Vec<u8>>,
    /// A sync that failed has given its content up: no sync writes it any more.
    given_up: bool,
    /// Nobody who asked for this file alone has been told so yet.
    untold: bool,
    changed: i64,
    modified: i64,
    writers: u32,
}

const ROOT: u64 = 1;

/// What an operation needs of the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    Room,
    /// It is in place, and a failure of it is passed on to the next operation: a note that cannot be written costs a warning, and
    /// an innocent article a run alone, which no model can foresee.
    Place,
}

impl Disk {
    /// An empty disk.
    pub(crate) fn new(mode: Mode, clock: i64, seed: u64) -> Self {
        let root = Folders::from([(ROOT, BTreeMap::new())]);
        Disk(Arc::new(Mutex::new(State {
            mode,
            live: root.clone(),
            durable: root,
            pending: Vec::new(),
            files: BTreeMap::new(),
            last_inode: ROOT,
            clock,
            boot: 1,
            room: None,
            plan: None,
            sync_fails: None,
            others: false,
            dice: Dice::new(seed),
            strikes: Strikes::default(),
        })))
    }

    /// Its first directory.
    pub(crate) fn root(&self) -> Directory {
        Directory { disk: self.clone(), inode: ROOT }
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, seconds: i64) {
        self.lock().clock += seconds;
    }

    /// From now on so many operations that need room find it; `None`: all of them.
    pub(crate) fn set_room(&self, operations: Option<u32>) {
        self.lock().room = operations;
    }

    /// Has this go wrong at the changing operation after so many; `None` takes it back.
    pub(crate) fn plan(&self, fault: Option<(u32, Fault)>) {
        self.lock().plan = fault;
    }

    /// The next sync fails.
    pub(crate) fn fail_next_sync(&self, error: Option<Errno>) {
        self.lock().sync_fails = error;
    }

    /// Does what somebody else does on this disk: nothing goes wrong for him.
    pub(crate) fn by_others<T>(&self, act: impl FnOnce() -> T) -> T {
        self.lock().others = true;
        let done = act();
        self.lock().others = false;
        done
    }

    /// How often something has gone wrong on purpose so far.
    pub(crate) fn strikes(&self) -> Strikes {
        self.lock().strikes
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The gate: does a changing operation, unless something is planned for it.
    fn change<T>(&self, needs: Needs, operation: impl FnOnce(&mut State) -> Result<T, Errno>) -> Result<T, Errno> {
        let mut state = self.lock();
        if state.others {
            return operation(&mut state);
        }
        let fault = state.due_fault();
        match fault {
            Some(Fault::KillBefore) => {
                drop(state);
                kill();
            }
            Some(Fault::Fail(_)) if needs == Needs::Place => state.plan = fault.map(|fault| (0, fault)),
            Some(Fault::Fail(error)) => {
                state.strikes.all += 1;
                return Err(error);
            }
            Some(Fault::KillAfter) | None => {}
        }
        if needs == Needs::Room
            && let Some(room) = &mut state.room
        {
            match room.checked_sub(1) {
                Some(less) => *room = less,
                None => {
                    state.strikes.all += 1;
                    return Err(Errno::NOSPC);
                }
            }
        }
        let done = operation(&mut state);
        drop(state);
        if fault == Some(Fault::KillAfter) {
            kill();
        }
        done
    }
}

fn kill() -> ! {
    let end: Box<dyn Any + Send> = Box::new(Killed);
    resume_unwind(end)
}

impl State {
    fn due_fault(&mut self) -> Option<Fault> {
        match &mut self.plan {
            Some((0, fault)) => {
                let fault = *fault;
                self.plan = None;
                Some(fault)
            }
            Some((left, _)) => {
                *left -= 1;
                None
            }
            None => None,
        }
    }

    /// Fails a sync that shall fail.
    fn may_sync(&mut self) -> Result<(), Errno> {
        let Some(error) = self.sync_fails.take_if(|_| !self.others) else { return Ok(()) };
        self.strikes.all += 1;
        self.strikes.syncs += u64::from(error != Errno::NOSPC);
        Err(error)
    }

    fn entry(&self, folder: u64, name: &[u8]) -> Result<u64, Errno> {
        self.folder(folder)?.get(name).copied().ok_or(Errno::NOENT)
    }

    /// A directory that has been removed while it was open has no entries and takes none.
    fn folder(&self, folder: u64) -> Result<&BTreeMap<Vec<u8>, u64>, Errno> {
        self.live.get(&folder).ok_or(Errno::NOENT)
    }

    fn add(&mut self, folder: u64, name: &[u8], inode: u64) -> Result<(), Errno> {
        let entries = self.live.get_mut(&folder).ok_or(Errno::NOENT)?;
        if entries.contains_key(name) {
            return Err(Errno::EXIST);
        }
        entries.insert(name.to_vec(), inode);
        Ok(())
    }

    fn new_inode(&mut self) -> u64 {
        self.last_inode += 1;
        self.last_inode
    }

    fn file(&mut self, inode: u64) -> &mut File {
        self.files.get_mut(&inode).expect("whoever has it open keeps it there")
    }

    fn stat(&self, inode: u64) -> Stat {
        match self.files.get(&inode) {
            Some(file) => Stat {
                kind: Kind::RegularFile,
                inode,
                size: file.content.len() as u64,
                modified: (file.modified, 0),
                changed: (file.changed, 0),
            },
            None => Stat { kind: Kind::Directory, inode, size: 0, modified: (0, 0), changed: (0, 0) },
        }
    }

    /// Changes a file's content, which a power cut may take back.
    fn write(&mut self, inode: u64, change: impl FnOnce(&mut Vec<u8>)) {
        let clock = self.clock;
        let file = self.file(inode);
        if file.durable.is_none() {
            file.durable = Some(file.content.clone());
        }
        change(&mut file.content);
        file.given_up = false;
        (file.changed, file.modified) = (clock, clock);
    }
}

impl Directory {
    pub(super) fn names(&self) -> Result<Vec<Vec<u8>>, Errno> {
        Ok(self.disk.lock().folder(self.inode)?.keys().cloned().collect())
    }

    pub(super) fn look(&self, name: &[u8]) -> Result<Stat, Errno> {
        let state = self.disk.lock();
        Ok(state.stat(state.entry(self.inode, name)?))
    }

    pub(super) fn folder(&self, name: &[u8]) -> Result<Directory, Errno> {
        let state = self.disk.lock();
        let inode = state.entry(self.inode, name)?;
        if state.live.contains_key(&inode) {
            Ok(Directory { disk: self.disk.clone(), inode })
        } else {
            Err(Errno::NOTDIR)
        }
    }

    pub(super) fn make_folder(&self, name: &[u8]) -> Result<(), Errno> {
        if self.disk.lock().folder(self.inode)?.contains_key(name) {
            return Err(Errno::EXIST);
        }
        self.disk.change(Needs::Room, |state| {
            let inode = state.new_inode();
            state.add(self.inode, name, inode)?;
            state.live.insert(inode, BTreeMap::new());
            state.pending.push(Change::Added { folder: self.inode, name: name.to_vec(), inode });
            Ok(())
        })
    }

    pub(super) fn create(&self, name: &[u8]) -> Result<Handle, Errno> {
        let inode = self.disk.change(Needs::Room, |state| {
            let inode = state.new_inode();
            state.add(self.inode, name, inode)?;
            let clock = state.clock;
            state.files.insert(inode, File { changed: clock, modified: clock, ..File::default() });
            state.pending.push(Change::Added { folder: self.inode, name: name.to_vec(), inode });
            Ok(inode)
        })?;
        Ok(Handle { disk: self.disk.clone(), inode })
    }

    pub(super) fn open_file(&self, name: &[u8], make: bool) -> Result<Handle, Errno> {
        let found = self.disk.lock().entry(self.inode, name);
        match found {
            Err(Errno::NOENT) if make => self.create(name),
            found => Ok(Handle { disk: self.disk.clone(), inode: found? }),
        }
    }

    pub(super) fn rename(&self, name: &[u8], to: &Directory, new_name: &[u8]) -> Result<(), Errno> {
        self.disk.change(Needs::Room, |state| {
            let inode = state.entry(self.inode, name)?;
            state.add(to.inode, new_name, inode)?;
            state.live.get_mut(&self.inode).expect("it has the entry").remove(name);
            let clock = state.clock;
            if let Some(file) = state.files.get_mut(&inode) {
                file.changed = clock;
            }
            let (from, name, to, new_name) = (self.inode, name.to_vec(), to.inode, new_name.to_vec());
            state.pending.push(Change::Moved { from, name, to, new_name, inode });
            Ok(())
        })
    }

    pub(super) fn remove(&self, name: &[u8]) -> Result<(), Errno> {
        self.disk.change(Needs::Nothing, |state| {
            let inode = state.entry(self.inode, name)?;
            if state.live.contains_key(&inode) {
                return Err(Errno::ISDIR);
            }
            state.take_away(self.inode, name, inode);
            Ok(())
        })
    }

    pub(super) fn remove_folder(&self, name: &[u8]) -> Result<(), Errno> {
        self.disk.change(Needs::Nothing, |state| {
            let inode = state.entry(self.inode, name)?;
            match state.live.get(&inode) {
                None => return Err(Errno::NOTDIR),
                Some(entries) if !entries.is_empty() => return Err(Errno::NOTEMPTY),
                Some(_) => state.live.remove(&inode),
            };
            state.take_away(self.inode, name, inode);
            Ok(())
        })
    }

    pub(super) fn free(&self) -> Result<Free, Errno> {
        let bytes = if self.disk.lock().room.is_some() { 0 } else { u64::MAX };
        Ok(Free { bytes, inodes: None })
    }

    pub(super) fn boot(&self) -> [u8; 16] {
        self.disk.lock().boot.to_be_bytes()
    }
}

impl State {
    fn take_away(&mut self, folder: u64, name: &[u8], inode: u64) {
        self.live.get_mut(&folder).expect("it has the entry").remove(name);
        self.pending.push(Change::Removed { folder, name: name.to_vec(), inode });
    }
}

impl Handle {
    pub(super) fn look(&self) -> Result<Stat, Errno> {
        Ok(self.disk.lock().stat(self.inode))
    }

    /// Whoever writes it has it open, or no more.
    pub(crate) fn hold(&self, open: bool) {
        let mut state = self.disk.lock();
        let file = state.file(self.inode);
        file.writers = if open { file.writers + 1 } else { file.writers.saturating_sub(1) };
    }

    pub(super) fn read(&self, bytes_max: u64) -> Result<Vec<u8>, Errno> {
        let mut state = self.disk.lock();
        let content = &state.file(self.inode).content;
        Ok(content[..content.len().min(usize::try_from(bytes_max).unwrap_or(usize::MAX))].to_vec())
    }

    pub(super) fn has_writer(&self) -> bool {
        self.disk.lock().files.get(&self.inode).is_some_and(|file| file.writers > 0)
    }

    /// Writes at the end, in two pieces: whatever cuts it off leaves a part.
    pub(crate) fn append(&self, content: &[u8]) -> Result<(), Errno> {
        let (first, second) = content.split_at(content.len() / 2);
        for piece in [first, second] {
            self.disk.change(Needs::Room, |state| {
                state.write(self.inode, |content| content.extend_from_slice(piece));
                Ok(())
            })?;
        }
        Ok(())
    }

    pub(super) fn write_at(&self, bytes: &[u8], offset: u64) -> Result<(), Errno> {
        let offset = offset as usize;
        self.disk.change(Needs::Place, |state| {
            state.write(self.inode, |content| {
                content.resize(content.len().max(offset + bytes.len()), 0);
                content[offset..offset + bytes.len()].copy_from_slice(bytes);
            });
            Ok(())
        })
    }

    pub(super) fn resize(&self, bytes: u64) -> Result<(), Errno> {
        self.disk.change(Needs::Place, |state| {
            state.write(self.inode, |content| content.resize(bytes as usize, 0));
            Ok(())
        })
    }
}
