//! A large shop in a place of its own: a plain folder, or a small file system that can be full. Makes the configuration
//! and the plugins, and starts the daemon. It never looks whether what the daemon does is right.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::running::Running;
use crate::stand::Means;

/// What is to be made.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// Names of C files in `plugin/`, in the order of the chain.
    pub plugins: &'a [&'a str],
    /// More keys of the section `[shop]`, as TOML.
    pub shop: &'a str,
    /// The other sections of the configuration, as TOML.
    pub config: &'a str,
    /// Where the shop lies.
    pub room: Room,
}

/// Where a shop lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// In a folder like any other.
    Folder,
    /// On a file system in memory of this size. Root.
    Memory {
        /// Its size.
        mebibytes: u64,
    },
    /// On ext4 in a file of this size, with room for so many files. Root.
    Ext4 {
        /// Its size.
        mebibytes: u64,
        /// How many files it can hold.
        inodes: u64,
    },
}

/// A shop and its surroundings. Removed when dropped, unless kept.
#[derive(Debug)]
pub struct Site {
    root: PathBuf,
    daemon: PathBuf,
    mounted: bool,
    kept: bool,
}

impl Site {
    /// Makes it. The inbox is there, the rest is the daemon's to make.
    pub fn new(means: &Means, plan: &Plan<'_>) -> io::Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let root = means.folder().join(format!("warraq-scale-{}-{number}", std::process::id()));
        fs::create_dir_all(root.join("shop"))?;
        let mut site = Site { root, daemon: means.daemon(), mounted: false, kept: false };
        site.mount(plan.room)?;
        fs::create_dir_all(site.inbox())?;
        fs::create_dir_all(site.taken())?;
        let plugins = site.root.join("plugins");
        fs::create_dir(&plugins)?;
        plan.plugins.iter().try_for_each(|name| compile(name, &plugins))?;
        let (shop, more) = (site.shop(), plan.shop);
        let folders = format!("[shop]\ndirectory = {shop:?}\n{more}\n[plugins]\ndirectories = [{plugins:?}]\n");
        let chain: String = plan.plugins.iter().map(|name| format!("[[plugin]]\nname = {name:?}\n")).collect();
        fs::write(site.config(), folders + plan.config + &chain)?;
        Ok(site)
    }

    fn mount(&mut self, room: Room) -> io::Result<()> {
        let image = self.root.join("disk.img");
        match room {
            Room::Folder => return Ok(()),
            Room::Memory { mebibytes } => {
                let size = format!("size={mebibytes}m");
                command(Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(self.shop()))?;
            }
            Room::Ext4 { mebibytes, inodes } => {
                fs::File::create(&image)?.set_len(mebibytes << 20)?;
                let inodes = inodes.to_string();
                command(Command::new("mkfs.ext4").args(["-q", "-F", "-N", &inodes]).arg(&image))?;
                command(Command::new("mount").args(["-o", "loop"]).arg(&image).arg(self.shop()))?;
            }
        }
        self.mounted = true;
        Ok(())
    }

    /// Everything of it.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The shop's folder.
    pub fn shop(&self) -> PathBuf {
        self.root.join("shop")
    }

    /// Where files are dropped.
    pub fn inbox(&self) -> PathBuf {
        self.shop().join("inbox")
    }

    /// Where a consumer puts records to look at them.
    pub fn taken(&self) -> PathBuf {
        self.shop().join("taken")
    }

    /// The ledger. To be opened only while no daemon runs.
    pub fn ledger(&self) -> PathBuf {
        self.shop().join("spool/ledger.db")
    }

    /// The configuration.
    pub fn config(&self) -> PathBuf {
        self.root.join("warraq.toml")
    }

    /// What the daemon says, in all its runs.
    pub fn log(&self) -> PathBuf {
        self.root.join("log")
    }

    /// Leaves all of it behind for a person to look at.
    pub fn keep(&mut self) -> &Path {
        self.kept = true;
        &self.root
    }

    /// Starts a daemon that runs until it is told to stop.
    pub fn serve(&self) -> io::Result<Running> {
        self.start(&[])
    }

    /// Starts a daemon that ends when the inbox is empty.
    pub fn drain(&self) -> io::Result<Running> {
        self.start(&["--drain"])
    }

    fn start(&self, options: &[&str]) -> io::Result<Running> {
        let mut command = Command::new(&self.daemon);
        command.arg("--config").arg(self.config()).arg("run").args(options).current_dir(&self.root);
        Running::start(&mut command, self.log())
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        if self.mounted {
            // Lazily: somebody may still look at it.
            let _ = Command::new("umount").arg("--lazy").arg(self.shop()).status();
        }
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// May this process mount things? The reason if not.
pub fn may_mount() -> Result<(), String> {
    if !rustix::process::geteuid().is_root() {
        return Err("it takes root to mount a file system".to_owned());
    }
    for program in ["mount", "umount"] {
        Command::new(program).arg("--version").output().map_err(|error| format!("{program}: {error}"))?;
    }
    Ok(())
}

/// Compiles `plugin/<name>.c` against the header that ships.
fn compile(name: &str, folder: &Path) -> io::Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut cc = Command::new("cc");
    cc.args(["-std=c99", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Werror", "-fvisibility=hidden", "-O1"]);
    cc.args(["-fPIC", "-shared", "-I"]).arg(here.join("../../plugins/abi/include"));
    cc.arg(here.join("plugin").join(format!("{name}.c"))).arg("-o").arg(folder.join(format!("lib{name}.so")));
    command(&mut cc)
}

/// Runs a command to its end. What it says is the error.
fn command(command: &mut Command) -> io::Result<()> {
    let output = command.output().map_err(|error| io::Error::other(format!("{command:?}: {error}")))?;
    let said = || io::Error::other(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)));
    if output.status.success() { Ok(()) } else { Err(said()) }
}
