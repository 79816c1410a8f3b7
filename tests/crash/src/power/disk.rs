//! A disk that remembers: a FUSE file system with one file in memory, which keeps every write and every flush in the order in which
//! they came. A loop device on that file turns whatever a file system makes durable into such a flush.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use fuser::{
    BackgroundSession, Config, Errno, FileAttr, FileHandle, FileType, Filesystem, Generation, INodeNo, LockOwner,
    MountOption, OpenFlags, ReplyAttr, ReplyData, ReplyEmpty, ReplyEntry, ReplyWrite, Request, WriteFlags,
};

use super::pages::Pages;
use super::rig;

/// What came to the disk.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// Bytes that may or may not have reached the medium until the next flush.
    Write { offset: u64, data: Vec<u8> },
    /// Everything before it has reached the medium.
    Flush,
}

/// A mounted disk. Unmounted when dropped.
pub(super) struct Disk {
    folder: PathBuf,
    tape: Tape,
    /// Answers the kernel. Ends by itself once the folder is unmounted and nobody has the file open.
    _session: BackgroundSession,
}

/// What came to the disk so far; its clones are the same one.
#[derive(Clone, Debug)]
pub(super) struct Tape(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    content: Pages,
    events: Vec<Event>,
}

const FILE: &str = "disk.img";
const FILE_NODE: INodeNo = INodeNo(2);
/// Nothing of it ever changes behind the kernel's back.
const FOR_EVER: Duration = Duration::from_secs(3600);

impl Disk {
    /// Mounts a disk with this content on a folder.
    pub(super) fn mount(content: Pages, folder: &Path) -> io::Result<Self> {
        let tape = Tape(Arc::new(Mutex::new(State { content, events: Vec::new() })));
        let mut config = Config::default();
        config.mount_options = vec![MountOption::FSName("warraq-power".to_owned())];
        let session = fuser::spawn_mount(Face(tape.clone()), folder, &config)?;
        Ok(Disk { folder: folder.to_owned(), tape, _session: session })
    }

    /// The file for the loop device.
    pub(super) fn file(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    pub(super) fn tape(&self) -> Tape {
        self.tape.clone()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        rig::unmount(&self.folder);
    }
}

impl Tape {
    /// How much has come so far. What has been seen before this call had been seen when the tape was so long.
    pub(super) fn length(&self) -> usize {
        self.state().events.len()
    }

    /// All that came.
    pub(super) fn events(&self) -> Vec<Event> {
        self.state().events.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the kernel sees of it.
struct Face(Tape);

impl Face {
    fn attributes(&self, node: INodeNo) -> FileAttr {
        let (kind, perm, size) = match node {
            FILE_NODE => (FileType::RegularFile, 0o600, self.0.state().content.bytes),
            _ => (FileType::Directory, 0o700, 0),
        };
        FileAttr {
            ino: node,
            size,
            blocks: size / 512,
            atime: UNIX_EPOCH,
            mtime: UNIX_EPOCH,
            ctime: UNIX_EPOCH,
            crtime: UNIX_EPOCH,
            kind,
            perm,
            nlink: 1,
            uid: 0,
            gid: 0,
            rdev: 0,
            blksize: 4096,
            flags: 0,
        }
    }
}

impl Filesystem for Face {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        if parent == INodeNo::ROOT && name == FILE {
            reply.entry(&FOR_EVER, &self.attributes(FILE_NODE), Generation(0));
        } else {
            reply.error(Errno::ENOENT);
        }
    }

    fn getattr(&self, _: &Request, node: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        reply.attr(&FOR_EVER, &self.attributes(node));
    }

    fn read(
        &self,
        _: &Request,
        _: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let data = self.0.state().content.read(offset, size as usize);
        reply.data(&data);
    }

    fn write(
        &self,
        _: &Request,
        _: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let mut state = self.0.state();
        state.content.write(offset, data);
        state.events.push(Event::Write { offset, data: data.to_owned() });
        drop(state);
        reply.written(data.len() as u32);
    }

    /// A close. It makes nothing durable.
    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    fn fsync(&self, _: &Request, _: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        self.0.state().events.push(Event::Flush);
        reply.ok();
    }
}
