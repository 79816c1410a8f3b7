//! One shop in a folder of its own: filled, run, killed, its outbox emptied by a consumer, run again. It never looks whether the
//! result is right.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::supervisor::{Act, Call, End, Patience, supervise};
use crate::workload::Workload;

/// What every stand needs.
#[derive(Debug)]
pub struct Means {
    /// Held open, so that one and the same is run to the end, whatever is built meanwhile.
    daemon: File,
    /// The folder with the plugins' files.
    plugins: PathBuf,
    /// We made that folder, and remove it when dropped.
    compiled: bool,
    folder: PathBuf,
    /// How files leave the inbox.
    claim: Claim,
}

/// How files leave the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// By a rename.
    Rename,
    /// By a copy, and the removal of the original.
    Copy,
}

/// A shop and its surroundings. Removed when dropped, unless kept.
#[derive(Debug)]
pub struct Stand {
    daemon: PathBuf,
    root: PathBuf,
    kept: bool,
}

/// How long a run may take before it counts as hung. Without faults it takes a fraction of a second.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How long a run that does not end by itself may change nothing before it is asked to stop. Less than `rescan_seconds` below, since
/// each look at the inbox makes sure that it is there.
const IDLE: Duration = Duration::from_millis(600);

/// What a run is started for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// To end when the inbox is empty.
    Drain,
    /// To run until it is told to stop.
    Serve,
}

impl Claim {
    /// Within the section of the inbox, which is the last of [`CONFIG`].
    fn setting(self) -> &'static str {
        match self {
            Claim::Rename => "",
            Claim::Copy => "claim = \"copy\"\n",
        }
    }
}

/// Small batches, so that a run has many moments; two workers, so that they get in each other's way.
const CONFIG: &str = r#"
[claim]
in_hand_submissions_max = 8
[chain]
workers = 2
[ledger]
batch_articles_max = 4
batch_milliseconds = 3
[lifecycle]
drain_seconds = 5
[[inbox]]
settle_seconds = 0
rescan_seconds = 1
"#;

/// In memory, if possible.
pub fn default_folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}

impl Means {
    /// The binary, the folder with the plugins (none: `once` is compiled into one), and the folder where stands are made. A file
    /// system in memory is fastest, and loses nothing when a process is killed.
    pub fn new(daemon: &Path, plugins: Option<&Path>, folder: &Path) -> io::Result<Self> {
        let daemon = File::open(daemon).map_err(|error| named(daemon, &error))?;
        let folder = fs::canonicalize(folder).map_err(|error| named(folder, &error))?;
        let compiled = plugins.is_none();
        let plugins = match plugins {
            Some(plugins) => fs::canonicalize(plugins).map_err(|error| named(plugins, &error))?,
            None => compile(&folder)?,
        };
        Ok(Means { daemon, plugins, compiled, folder, claim: Claim::Rename })
    }
}

impl Means {
    /// With another way out of the inbox.
    pub fn claiming(mut self, claim: Claim) -> Self {
        self.claim = claim;
        self
    }

    /// The path by which the daemon is started.
    pub fn daemon(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}/fd/{}", std::process::id(), self.daemon.as_raw_fd()))
    }

    /// Where stands are made.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the plugins' files lie.
    pub fn plugins(&self) -> &Path {
        &self.plugins
    }

    /// The same, with stands made elsewhere. Must not outlive this one.
    pub fn in_folder(&self, folder: &Path) -> io::Result<Self> {
        let (daemon, plugins) = (self.daemon.try_clone()?, self.plugins.clone());
        Ok(Means { daemon, plugins, compiled: false, folder: folder.to_owned(), claim: self.claim })
    }
}

impl Drop for Means {
    fn drop(&mut self) {
        if self.compiled {
            let _ = fs::remove_dir_all(&self.plugins);
        }
    }
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Makes a number for names, each once.
fn number() -> u32 {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

/// Compiles `plugin/once.c` against the header that ships.
fn compile(folder: &Path) -> io::Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = folder.join(format!("warraq-crash-plugins-{}-{}", std::process::id(), number()));
    fs::create_dir_all(&target)?;
    let built = Command::new("cc")
        .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-fvisibility=hidden", "-O1", "-fPIC", "-shared", "-I"])
        .arg(here.join("../../plugins/abi/include"))
        .arg(here.join("plugin/once.c"))
        .arg("-o")
        .arg(target.join("libonce.so"))
        .output()?;
    if !built.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&built.stderr).into_owned()));
    }
    Ok(target)
}

impl Stand {
    /// A shop whose inbox holds the files.
    pub fn new(means: &Means, workload: &Workload) -> io::Result<Self> {
        let stand = Stand::empty(means, workload)?;
        fs::create_dir(stand.shop().join("inbox"))?;
        for delivery in &workload.deliveries {
            fs::write(stand.shop().join("inbox").join(OsStr::from_bytes(&delivery.name)), &delivery.content)?;
        }
        Ok(stand)
    }

    /// A shop that is an empty folder, so that something may be mounted on it.
    pub fn empty(means: &Means, workload: &Workload) -> io::Result<Self> {
        let root = means.folder.join(format!("warraq-crash-{}-{}", std::process::id(), number()));
        let stand = Stand { daemon: means.daemon(), root, kept: false };
        fs::create_dir_all(stand.shop())?;
        fs::create_dir_all(stand.taken())?;
        let plugins = &means.plugins;
        let folders = format!("[shop]\ndirectory = {:?}\n[plugins]\ndirectories = [{plugins:?}]\n", stand.shop());
        let chain: String = workload.plugins.iter().map(|name| format!("[[plugin]]\nname = {name:?}\n")).collect();
        fs::write(stand.root.join("warraq.toml"), folders + CONFIG + means.claim.setting() + &chain)?;
        Ok(stand)
    }

    /// The shop's folder, with inbox, spool, outbox, quarantine and archive.
    pub fn shop(&self) -> PathBuf {
        self.root.join("shop")
    }

    /// Where the consumer puts what it takes: a folder each time.
    pub fn taken(&self) -> PathBuf {
        self.root.join("taken")
    }

    /// What the daemon said on stderr, in all its runs.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.root.join("log")).unwrap_or_default()).into_owned()
    }

    /// Leaves the folder behind for a person to look at.
    pub fn keep(&mut self) -> &Path {
        self.kept = true;
        &self.root
    }

    /// Runs the daemon, asking `decide` at every call on a file of the shop.
    pub fn run_supervised(&self, mode: Mode, looks: bool, decide: impl FnMut(&Call) -> Act) -> io::Result<End> {
        let patience = Patience { whole: PATIENCE, idle: (mode == Mode::Serve).then_some(IDLE) };
        supervise(self.command(mode)?, &self.shop(), looks, patience, decide)
    }

    /// Starts the daemon and leaves it alone.
    pub fn spawn(&self, mode: Mode) -> io::Result<Child> {
        self.command(mode)?.spawn()
    }

    /// Runs the daemon until the inbox is empty.
    pub fn run(&self) -> io::Result<End> {
        let mut child = self.command(Mode::Drain)?.spawn()?;
        let begin = Instant::now();
        let mut hung = false;
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(End { status, hung });
            }
            if begin.elapsed() > PATIENCE && !hung {
                hung = true;
                child.kill()?;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// What a consumer does that never waits for the daemon: takes everything that is in the outbox.
    pub fn consume(&self) -> io::Result<()> {
        let round = fs::read_dir(self.taken())?.count();
        let to = self.taken().join(round.to_string());
        fs::create_dir(&to)?;
        let Ok(records) = fs::read_dir(self.shop().join("outbox")) else { return Ok(()) };
        for record in records {
            let record = record?;
            fs::rename(record.path(), to.join(record.file_name()))?;
        }
        Ok(())
    }

    fn command(&self, mode: Mode) -> io::Result<Command> {
        let log = File::options().create(true).append(true).open(self.root.join("log"))?;
        let mut command = Command::new(&self.daemon);
        command.arg0("warraq");
        command.arg("--config").arg(self.root.join("warraq.toml")).arg("run");
        command.args((mode == Mode::Drain).then_some("--drain"));
        command.env_clear().env("RUST_BACKTRACE", "1").current_dir(&self.root);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        Ok(command)
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_dir_all(&self.root);
        }
    }
}
