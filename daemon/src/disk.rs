//! The one door to the disk for everything that bears the promise: the dozen operations on folders and files that claims, stages,
//! publication and recovery are made of. Decides nothing, retries nothing and keeps nothing in mind between two calls.
//!
//! Each is one system call, or one and its `open`. Names are single entries of an open folder, never paths, and no link is
//! followed. Behind the same door the tests put a disk that forgets (`simulated`): a production build has no trace of it.

mod file;
#[cfg(test)]
pub(crate) mod simulated;

use std::fmt;
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, FallocateFlags, FileType, Mode, OFlags, RenameFlags};
use rustix::io::{Errno, retry_on_intr};

pub use file::OpenFile;
pub use rustix::fs::FileType as Kind;

use crate::halt::Halt;

/// Changes whenever the machine is started anew.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// An open directory and the path it was opened by, which is used in messages only.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    place: Place,
}

enum Place {
    Real(OwnedFd),
    #[cfg(test)]
    Simulated(simulated::Directory),
}

/// What the disk says of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub kind: Kind,
    /// Which one it is, whatever its name.
    pub inode: u64,
    /// In bytes.
    pub size: u64,
    /// When its content changed last: seconds since 1970, and nanoseconds.
    pub modified: (i64, u64),
    /// When its content or its name changed last, which no writer can set.
    pub changed: (i64, u64),
}

/// What is left on a file system for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Free {
    /// Bytes.
    pub bytes: u64,
    /// Inodes; `None` on a file system that makes them as it goes.
    pub inodes: Option<u64>,
}

impl Folder {
    /// Opens the directory at a path. The only operation that takes one.
    pub fn open(path: &Path) -> Result<Self, Errno> {
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(CWD, path, flags, Mode::empty())?;
        Ok(Folder { path: path.to_owned(), place: Place::Real(fd) })
    }

    /// A directory of a simulated disk.
    #[cfg(test)]
    pub(crate) fn simulated(path: &Path, directory: simulated::Directory) -> Self {
        Folder { path: path.to_owned(), place: Place::Simulated(directory) }
    }

    /// The path it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of an entry, for messages.
    pub fn join(&self, name: &[u8]) -> PathBuf {
        self.path.join(std::ffi::OsStr::from_bytes(name))
    }

    /// The halt that says what could not be done to an entry.
    pub fn halt(&self, doing: &'static str, name: &[u8], error: Errno) -> Halt {
        Halt::Folder { doing, path: if name.is_empty() { self.path.clone() } else { self.join(name) }, error }
    }

    /// The names in it as they stand now, without `.` and `..`, in no order. Reads as it goes: a million names cost no memory.
    pub fn names(&self) -> Result<impl Iterator<Item = Result<Vec<u8>, Errno>> + use<>, Errno> {
        match &self.place {
            Place::Real(fd) => Ok(Names::Real(Dir::read_from(fd)?)),
            #[cfg(test)]
            Place::Simulated(directory) => Ok(Names::Simulated(directory.names()?.into_iter())),
        }
    }

    /// What the disk says of an entry; of a link itself, not of what it points to.
    pub fn look(&self, name: &[u8]) -> Result<Stat, Errno> {
        match &self.place {
            Place::Real(fd) => rustix::fs::statat(fd, name, AtFlags::SYMLINK_NOFOLLOW).map(Stat::from),
            #[cfg(test)]
            Place::Simulated(directory) => directory.look(name),
        }
    }

    /// A folder inside this one, made if missing.
    pub fn subfolder(&self, name: &[u8], mode: u32) -> Result<Self, Errno> {
        let made = match &self.place {
            Place::Real(fd) => rustix::fs::mkdirat(fd, name, Mode::from_raw_mode(mode)),
            #[cfg(test)]
            Place::Simulated(directory) => directory.make_folder(name),
        };
        match made {
            Ok(()) | Err(Errno::EXIST) => self.existing_subfolder(name),
            Err(error) => Err(error),
        }
    }

    /// A folder inside this one that must be there.
    pub fn existing_subfolder(&self, name: &[u8]) -> Result<Self, Errno> {
        let place = match &self.place {
            Place::Real(fd) => {
                let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                Place::Real(retry_on_intr(|| rustix::fs::openat(fd, name, flags, Mode::empty()))?)
            }
            #[cfg(test)]
            Place::Simulated(directory) => Place::Simulated(directory.folder(name)?),
        };
        Ok(Folder { path: self.join(name), place })
    }

    /// A folder inside this one; `None` if there is none of that name.
    pub fn found_subfolder(&self, name: &[u8]) -> Result<Option<Self>, Errno> {
        match self.existing_subfolder(name) {
            Ok(folder) => Ok(Some(folder)),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens a file for reading. Never waits, whatever it is.
    pub fn open_file(&self, name: &[u8]) -> Result<OpenFile, Errno> {
        match &self.place {
            Place::Real(fd) => open_real(fd, name, OFlags::RDONLY | OFlags::NONBLOCK),
            #[cfg(test)]
            Place::Simulated(directory) => directory.open_file(name, false).map(OpenFile::simulated),
        }
    }

    /// Opens a file of ours for reading and writing anywhere in it; with `make`, one that may be missing.
    pub fn edit_file(&self, name: &[u8], make: bool) -> Result<OpenFile, Errno> {
        match &self.place {
            Place::Real(fd) => open_real(fd, name, OFlags::RDWR | if make { OFlags::CREATE } else { OFlags::empty() }),
            #[cfg(test)]
            Place::Simulated(directory) => directory.open_file(name, make).map(OpenFile::simulated),
        }
    }

    /// Makes an empty file that must not exist yet.
    pub fn create(&self, name: &[u8]) -> Result<OpenFile, Errno> {
        match &self.place {
            Place::Real(fd) => {
                let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let file = rustix::fs::openat(fd, name, flags, Mode::from_raw_mode(0o640))?;
                Ok(OpenFile::real(File::from(file)))
            }
            #[cfg(test)]
            Place::Simulated(directory) => directory.create(name).map(OpenFile::simulated),
        }
    }

    /// Moves an entry into a folder of the same file system, in one step. What stands there already is never replaced.
    pub fn rename(&self, name: &[u8], to: &Folder, new_name: &[u8]) -> Result<(), Errno> {
        match (&self.place, &to.place) {
            (Place::Real(from), Place::Real(to)) => {
                rustix::fs::renameat_with(from, name, to, new_name, RenameFlags::NOREPLACE)
            }
            #[cfg(test)]
            (Place::Simulated(from), Place::Simulated(to)) => from.rename(name, to, new_name),
            #[cfg(test)]
            _ => Err(Errno::XDEV),
        }
    }

    /// What it means that a rename from here found nothing: the entry was moved before, which is `Ok`; or it is here, and the folder
    /// it should go to has been removed.
    pub fn has_left(&self, name: &[u8]) -> Result<(), Errno> {
        match self.look(name) {
            Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Err(Errno::NOENT),
        }
    }

    /// Removes an entry that is no folder.
    pub fn remove(&self, name: &[u8]) -> Result<(), Errno> {
        match &self.place {
            Place::Real(fd) => rustix::fs::unlinkat(fd, name, AtFlags::empty()),
            #[cfg(test)]
            Place::Simulated(directory) => directory.remove(name),
        }
    }

    /// Removes a folder, which must be empty.
    pub fn remove_folder(&self, name: &[u8]) -> Result<(), Errno> {
        match &self.place {
            Place::Real(fd) => rustix::fs::unlinkat(fd, name, AtFlags::REMOVEDIR),
            #[cfg(test)]
            Place::Simulated(directory) => directory.remove_folder(name),
        }
    }

    /// Makes the entries of this folder durable.
    pub fn sync(&self) -> Result<(), Halt> {
        let synced = match &self.place {
            Place::Real(fd) => rustix::fs::fsync(fd),
            #[cfg(test)]
            Place::Simulated(directory) => directory.sync(),
        };
        synced.map_err(|error| self.halt("cannot make durable", b"", error))
    }

    /// Makes everything on this folder's file system durable.
    pub fn sync_file_system(&self) -> Result<(), Halt> {
        let synced = match &self.place {
            Place::Real(fd) => rustix::fs::syncfs(fd),
            #[cfg(test)]
            Place::Simulated(directory) => directory.sync_file_system(),
        };
        synced.map_err(|error| self.halt("cannot make durable", b"", error))
    }

    /// What is left on this folder's file system.
    pub fn free(&self) -> Result<Free, Errno> {
        match &self.place {
            Place::Real(fd) => {
                let system = rustix::fs::fstatvfs(fd)?;
                Ok(Free {
                    bytes: system.f_bavail.saturating_mul(system.f_frsize),
                    inodes: (system.f_files != 0).then_some(system.f_favail),
                })
            }
            #[cfg(test)]
            Place::Simulated(directory) => directory.free(),
        }
    }

    /// Makes a file, or empties it, and takes so much room for it.
    pub fn reserve(&self, name: &[u8], bytes: u64) -> Result<(), Errno> {
        match &self.place {
            Place::Real(fd) => {
                let flags = OFlags::CREATE | OFlags::TRUNC | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let file = rustix::fs::openat(fd, name, flags, Mode::from_raw_mode(0o600))?;
                rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, bytes)
            }
            #[cfg(test)]
            Place::Simulated(_) => Err(Errno::OPNOTSUPP),
        }
    }

    /// Which start of the machine this is. `None` where the system does not tell.
    pub fn boot(&self) -> Option<[u8; 16]> {
        match &self.place {
            Place::Real(_) => {
                let text = std::fs::read_to_string(BOOT_ID).ok()?;
                let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
                u128::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 32).map(u128::to_be_bytes)
            }
            #[cfg(test)]
            Place::Simulated(directory) => Some(directory.boot()),
        }
    }
}

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.place {
            Place::Real(fd) => fd.as_fd(),
            #[cfg(test)]
            Place::Simulated(_) => unreachable!("a simulated folder is used through this door only"),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Real(fd) => fd.fmt(formatter),
            #[cfg(test)]
            Place::Simulated(_) => formatter.write_str("simulated"),
        }
    }
}

impl From<rustix::fs::Stat> for Stat {
    fn from(stat: rustix::fs::Stat) -> Self {
        Stat {
            kind: FileType::from_raw_mode(stat.st_mode),
            inode: stat.st_ino,
            size: stat.st_size.unsigned_abs(),
            modified: (stat.st_mtime, stat.st_mtime_nsec),
            changed: (stat.st_ctime, stat.st_ctime_nsec),
        }
    }
}

/// The names in a folder, read as they are asked for.
enum Names {
    Real(Dir),
    #[cfg(test)]
    Simulated(std::vec::IntoIter<Vec<u8>>),
}

impl Iterator for Names {
    type Item = Result<Vec<u8>, Errno>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Names::Real(entries) => loop {
                match entries.next()? {
                    Ok(entry) if matches!(entry.file_name().to_bytes(), b"." | b"..") => {}
                    entry => return Some(entry.map(|entry| entry.file_name().to_bytes().to_vec())),
                }
            },
            #[cfg(test)]
            Names::Simulated(names) => names.next().map(Ok),
        }
    }
}

fn open_real(folder: &OwnedFd, name: &[u8], flags: OFlags) -> Result<OpenFile, Errno> {
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = retry_on_intr(|| rustix::fs::openat(folder, name, flags, Mode::from_raw_mode(0o600)))?;
    Ok(OpenFile::real(File::from(file)))
}
