//! The machine around a disk: file systems made, mounted and unmounted where nobody else sees them. Its mounts are in a mount
//! namespace of the thread that makes it, and the loop devices let go of their file at the unmount: however a run ends, the kernel
//! tidies up.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use clap::ValueEnum;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

use super::pages::Pages;

/// The file systems that are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum FileSystem {
    /// As `mkfs.ext4` makes it.
    Ext4,
    /// As `mkfs.xfs` makes it.
    Xfs,
    /// As `mkfs.btrfs` makes it.
    Btrfs,
}

/// A place for disks and shops. Gone, with all mounts in it, when dropped.
pub(super) struct Rig {
    folder: PathBuf,
}

/// A mounted file system. Unmounted when dropped.
pub(super) struct Mounted {
    point: PathBuf,
}

/// The smallest that `mkfs.xfs` makes is 300 MiB.
const DISK_BYTES: u64 = 320 << 20;
/// Of the memory that holds images and shops.
const MEMORY: &str = "size=2g,mode=0700";
const PREFIX: &str = "warraq-power-";
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
/// An unmount may find somebody looking, such as a desktop. Tried so often, then it is left to the kernel.
const UNMOUNT_TRIES: usize = 50;
const UNMOUNT_PAUSE: Duration = Duration::from_millis(20);

impl FileSystem {
    /// Its name, as `mount -t` takes it.
    pub fn name(self) -> &'static str {
        match self {
            FileSystem::Ext4 => "ext4",
            FileSystem::Xfs => "xfs",
            FileSystem::Btrfs => "btrfs",
        }
    }

    fn make(self) -> Command {
        let mut command = Command::new(format!("mkfs.{}", self.name()));
        match self {
            // Whatever the kernel would zero later, in the background, is zero here.
            FileSystem::Ext4 => command.args(["-q", "-F", "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0"]),
            FileSystem::Xfs | FileSystem::Btrfs => command.args(["-q", "-f", "-K"]),
        };
        command
    }

    fn options(self) -> &'static str {
        match self {
            FileSystem::Ext4 | FileSystem::Xfs => "loop",
            FileSystem::Btrfs => "loop,nodiscard",
        }
    }
}

impl Rig {
    /// In a new folder below `beside`, for this thread and those it starts.
    pub(super) fn new(beside: &Path) -> io::Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        if !rustix::process::geteuid().is_root() {
            return Err(io::Error::other("mounting needs root"));
        }
        remove_stale(beside);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = beside.join(format!("{PREFIX}{}-{number}", std::process::id()));
        unshare(CloneFlags::CLONE_NEWNS).map_err(|error| failed("a mount namespace", error))?;
        let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
        mount(None::<&str>, "/", None::<&str>, private, None::<&str>)
            .map_err(|error| failed("private mounts", error))?;
        fs::create_dir(&folder)?;
        let rig = Rig { folder };
        mount(Some("warraq-power"), &rig.folder, Some("tmpfs"), MsFlags::empty(), Some(MEMORY))
            .map_err(|error| failed("a file system in memory", error))?;
        rig.boot(0)?;
        mount(Some(&rig.boot_id()), BOOT_ID, None::<&str>, MsFlags::MS_BIND, None::<&str>)
            .map_err(|error| failed("a boot id of our own", error))?;
        Ok(rig)
    }

    fn boot_id(&self) -> PathBuf {
        self.folder.join("boot-id")
    }

    /// Where shops may be made.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Has the machine another boot id from now on, as after a power cut: what is started in this namespace sees it.
    pub(super) fn boot(&self, number: u64) -> io::Result<()> {
        fs::write(self.boot_id(), format!("00000000-0000-4000-8000-{number:012x}\n"))
    }

    /// A disk with a new file system.
    pub(super) fn format(&self, file_system: FileSystem) -> io::Result<Pages> {
        let path = self.folder.join(format!("new.{}", file_system.name()));
        let file = File::options().create(true).truncate(true).read(true).write(true).open(&path)?;
        file.set_len(DISK_BYTES)?;
        run(file_system.make().arg(&path))?;
        let content = Pages::load(&file);
        fs::remove_file(&path)?;
        content
    }

    /// A file with this content. Its space is given back when it is removed.
    pub(super) fn image(&self, content: &Pages) -> io::Result<PathBuf> {
        let path = self.folder.join("image");
        let _ = fs::remove_file(&path);
        content.store(&File::create_new(&path)?)?;
        Ok(path)
    }

    /// A new folder to mount a disk on.
    pub(super) fn mount_point(&self) -> io::Result<PathBuf> {
        let folder = self.folder.join("disk");
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        unmount(Path::new(BOOT_ID));
        unmount(&self.folder);
        let _ = fs::remove_dir(&self.folder);
    }
}

impl Mounted {
    /// Mounts what is in a file, through a loop device.
    pub(super) fn new(file_system: FileSystem, file: &Path, point: &Path) -> io::Result<Self> {
        let mut command = Command::new("mount");
        run(command.args(["-t", file_system.name(), "-o", file_system.options()]).arg(file).arg(point))?;
        Ok(Mounted { point: point.to_owned() })
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        unmount(&self.point);
    }
}

/// The kernel remembers which btrfs it saw on which device and takes an older copy on another for a mistake.
pub(super) fn forget(file_system: FileSystem) {
    if file_system == FileSystem::Btrfs {
        let _ = run(Command::new("btrfs").args(["device", "scan", "--forget"]));
    }
}

/// Unmounts, if need be as soon as nobody looks any more.
pub(super) fn unmount(point: &Path) {
    for _ in 0..UNMOUNT_TRIES {
        if run(Command::new("umount").arg(point)).is_ok() {
            return;
        }
        thread::sleep(UNMOUNT_PAUSE);
    }
    let _ = run(Command::new("umount").arg("--lazy").arg(point));
}

/// Folders of runs that were killed. What was mounted there went with their namespace.
fn remove_stale(beside: &Path) {
    for entry in fs::read_dir(beside).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('-').next());
        if process.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            let _ = fs::remove_dir(entry.path());
        }
    }
}

fn run(command: &mut Command) -> io::Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|error| failed(&program, error))?;
    if output.status.success() {
        return Ok(());
    }
    Err(failed(&program, String::from_utf8_lossy(&output.stderr).trim()))
}

fn failed(what: &str, why: impl std::fmt::Display) -> io::Error {
    io::Error::other(format!("{what}: {why}"))
}
