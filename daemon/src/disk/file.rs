//! An open file: read once and whole, or written in place. Knows nothing of names.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::FileExt as _;

use rustix::fs::{FlockOperation, Timespec, Timestamps};
use rustix::io::Errno;

use super::Stat;
#[cfg(test)]
use super::simulated;

/// An open file.
pub struct OpenFile(Kept);

enum Kept {
    Real(File),
    #[cfg(test)]
    Simulated(simulated::Handle),
}

impl OpenFile {
    pub(super) fn real(file: File) -> Self {
        OpenFile(Kept::Real(file))
    }

    #[cfg(test)]
    pub(super) fn simulated(handle: simulated::Handle) -> Self {
        OpenFile(Kept::Simulated(handle))
    }

    /// A simulated writer has it open, or no more.
    #[cfg(test)]
    pub(crate) fn hold(&self, open: bool) {
        match &self.0 {
            Kept::Real(_) => unreachable!("real files are held by opening them"),
            Kept::Simulated(handle) => handle.hold(open),
        }
    }

    /// What the disk says of it now.
    pub fn look(&self) -> Result<Stat, Errno> {
        match &self.0 {
            Kept::Real(file) => rustix::fs::fstat(file).map(Stat::from),
            #[cfg(test)]
            Kept::Simulated(handle) => handle.look(),
        }
    }

    /// Reads on to its end, or so many bytes; `expected` is how much it probably is.
    pub fn read(&self, expected: u64, bytes_max: u64) -> Result<Vec<u8>, Errno> {
        match &self.0 {
            Kept::Real(file) => {
                let mut content = Vec::with_capacity(expected as usize + 1);
                file.take(bytes_max).read_to_end(&mut content).map_err(|error| errno(&error))?;
                Ok(content)
            }
            #[cfg(test)]
            Kept::Simulated(handle) => handle.read(bytes_max),
        }
    }

    /// Does a writer hold it open? Where the system does not tell, the answer is no.
    ///
    /// Asks for a read lease, which the kernel refuses while anybody has the file open for writing, and gives it back. Leases are
    /// for the file's owner or with CAP_LEASE; otherwise the answer is no. A lease that is broken in the instant we hold it sends
    /// SIGIO, which `lifecycle` takes.
    pub fn has_writer(&self) -> bool {
        match &self.0 {
            Kept::Real(file) => match lease(file, libc::F_RDLCK) {
                Ok(()) => {
                    let _ = lease(file, libc::F_UNLCK);
                    false
                }
                Err(error) => error == Errno::AGAIN,
            },
            #[cfg(test)]
            Kept::Simulated(handle) => handle.has_writer(),
        }
    }

    /// Makes its content durable.
    pub fn sync(&self) -> Result<(), Errno> {
        match &self.0 {
            Kept::Real(file) => rustix::fs::fsync(file),
            #[cfg(test)]
            Kept::Simulated(handle) => handle.sync(),
        }
    }

    /// Writes on where the last such call ended. What is written is not durable before a sync.
    pub fn write(&self, content: &[u8]) -> Result<(), Errno> {
        match &self.0 {
            Kept::Real(file) => (&mut &*file).write_all(content).map_err(|error| errno(&error)),
            #[cfg(test)]
            Kept::Simulated(handle) => handle.append(content),
        }
    }

    /// Sets when its content changed last, as the disk tells it: seconds since 1970, and nanoseconds.
    pub fn set_modified(&self, (seconds, nanoseconds): (i64, u64)) -> Result<(), Errno> {
        match &self.0 {
            Kept::Real(file) => {
                let modified = Timespec { tv_sec: seconds, tv_nsec: i64::try_from(nanoseconds).unwrap_or(0) };
                rustix::fs::futimens(file, &Timestamps { last_access: modified, last_modification: modified })
            }
            #[cfg(test)]
            Kept::Simulated(_) => Ok(()),
        }
    }

    /// Writes at a place in it.
    pub fn write_at(&self, content: &[u8], offset: u64) -> Result<(), Errno> {
        match &self.0 {
            Kept::Real(file) => file.write_all_at(content, offset).map_err(|error| errno(&error)),
            #[cfg(test)]
            Kept::Simulated(handle) => handle.write_at(content, offset),
        }
    }

    /// Cuts it, or fills it up with zeros, to this size.
    pub fn resize(&self, bytes: u64) -> Result<(), Errno> {
        match &self.0 {
            Kept::Real(file) => file.set_len(bytes).map_err(|error| errno(&error)),
            #[cfg(test)]
            Kept::Simulated(handle) => handle.resize(bytes),
        }
    }

    /// Takes the lock on it, which the kernel takes back when the file is closed, however that comes about.
    pub fn try_lock(&self) -> Result<(), Errno> {
        match &self.0 {
            Kept::Real(file) => rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive),
            #[cfg(test)]
            Kept::Simulated(_) => Ok(()),
        }
    }
}

impl std::fmt::Debug for OpenFile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Kept::Real(file) => file.fmt(formatter),
            #[cfg(test)]
            Kept::Simulated(_) => formatter.write_str("simulated"),
        }
    }
}

/// What the system said, of whatever the standard library makes of it.
pub(super) fn errno(error: &std::io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

fn lease(file: &File, kind: i32) -> Result<(), Errno> {
    let fd = file.as_fd().as_raw_fd();
    // SAFETY: F_SETLEASE takes an integer and touches no memory of ours; the descriptor is open.
    #[expect(unsafe_code, reason = "no crate at hand offers leases")]
    let answer = unsafe { libc::fcntl(fd, libc::F_SETLEASE, kind) };
    if answer == 0 { Ok(()) } else { Err(errno(&std::io::Error::last_os_error())) }
}
