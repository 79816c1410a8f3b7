//! The length of the kernel's event queues, made short for a while, and a witness who sees one overflow.

use std::fs;
use std::io::{self, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::linux::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::fs::inotify;

const LENGTH: &str = "/proc/sys/fs/inotify/max_queued_events";

/// Queues that are made now are short. They keep that length; later ones have the old one again once this is dropped.
#[derive(Debug)]
pub struct ShortQueues {
    guardian: Child,
}

impl ShortQueues {
    /// May this process do that? The reason if not.
    pub fn are_permitted() -> Result<(), String> {
        let found = fs::read_to_string(LENGTH).map_err(|error| format!("{LENGTH}: {error}"))?;
        fs::write(LENGTH, found).map_err(|error| format!("{LENGTH}: {error}"))
    }

    /// Makes them hold so many events. A process of its own puts the old length back as soon as we let go of it, even
    /// if we are killed.
    pub fn of(events: usize) -> io::Result<Self> {
        let old = fs::read_to_string(LENGTH)?;
        let guardian = Command::new("sh")
            .args(["-c", r#"read _; echo "$1" > "$2""#, "sh", old.trim(), LENGTH])
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let short = ShortQueues { guardian };
        fs::write(LENGTH, events.to_string())?;
        Ok(short)
    }
}

impl Drop for ShortQueues {
    fn drop(&mut self) {
        drop(self.guardian.stdin.take().map(|mut stdin| stdin.write_all(b"\n")));
        let _ = self.guardian.wait();
    }
}

/// A queue beside the daemon's, of the same length and on the same folder, that nobody reads until we ask.
#[derive(Debug)]
pub(super) struct Witness {
    queue: OwnedFd,
}

/// What lay in a queue.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// Events of files.
    pub events: usize,
    /// The queue said that it had overflowed.
    pub overflow: bool,
}

impl Witness {
    /// Begins to watch.
    pub(super) fn of(folder: &Path) -> io::Result<Self> {
        let queue = inotify::init(inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK)?;
        inotify::add_watch(&queue, folder, inotify::WatchFlags::MOVED_TO | inotify::WatchFlags::ONLYDIR)?;
        Ok(Witness { queue })
    }

    /// Empties the queue.
    pub(super) fn read(&self) -> Seen {
        let mut seen = Seen::default();
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = inotify::Reader::new(&self.queue, &mut buffer);
        // An error says that there is nothing more.
        while let Ok(event) = reader.next() {
            if event.events().contains(inotify::ReadFlags::QUEUE_OVERFLOW) {
                seen.overflow = true;
            } else {
                seen.events += 1;
            }
        }
        seen
    }
}

/// Does the process watch this folder?
pub(super) fn is_watched(pid: u32, folder: &Path) -> io::Result<bool> {
    let inode = format!("ino:{:x} ", fs::metadata(folder)?.st_ino());
    for entry in fs::read_dir(format!("/proc/{pid}/fdinfo"))? {
        // A descriptor may be closed meanwhile.
        let Ok(information) = fs::read_to_string(entry?.path()) else { continue };
        if information.lines().any(|line| line.starts_with("inotify ") && line.contains(&inode)) {
            return Ok(true);
        }
    }
    Ok(false)
}
