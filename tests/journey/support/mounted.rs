//! Something that is mounted for as long as a test needs it. Takes root; without, that is said aloud.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::skipped;

/// A mount, which ends when this is dropped.
pub(crate) struct Mounted(PathBuf);

impl Mounted {
    /// `None`, and said aloud, if this process may not mount.
    pub(crate) fn new(options: &[&str], source: &str, path: &Path) -> Option<Self> {
        let mounted = Command::new("mount").args(options).arg(source).arg(path).output();
        if !mounted.is_ok_and(|mounted| mounted.status.success()) {
            skipped("an inbox or shop on a file system of its own, since this process may not mount one");
            return None;
        }
        Some(Mounted(path.to_owned()))
    }

    /// A small file system in memory.
    pub(crate) fn memory(path: &Path, mebibytes: u32) -> Option<Self> {
        Mounted::new(&["-t", "tmpfs", "-o", &format!("size={mebibytes}m")], "tmpfs", path)
    }

    /// Another folder, seen through a program: on FUSE.
    pub(crate) fn program(source: &Path, path: &Path) -> Option<Self> {
        let mounted = Command::new("bindfs").arg(source).arg(path).output();
        if !mounted.is_ok_and(|mounted| mounted.status.success()) {
            skipped("a folder on FUSE, since there is no bindfs or this process may not mount");
            return None;
        }
        Some(Mounted(path.to_owned()))
    }

    /// Another folder, as it is.
    pub(crate) fn folder(source: &Path, path: &Path) -> Option<Self> {
        Mounted::new(&["--bind"], source.to_str().unwrap(), path)
    }

    pub(crate) fn make_read_only(&self) {
        let again = Command::new("mount").args(["-o", "remount,ro"]).arg(&self.0).status();
        assert!(again.unwrap().success());
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Whoever still holds it open must not keep it for ever; a test that fails has the daemon still running.
        let options: &[&str] = if std::thread::panicking() { &["-l"] } else { &[] };
        let unmounted = Command::new("umount").args(options).arg(&self.0).status();
        assert!(unmounted.is_ok_and(|unmounted| unmounted.success()) || std::thread::panicking());
    }
}
