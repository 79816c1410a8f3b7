//! The only harness: a temporary shop that files are placed in, that the real binary works on, and whose folders are looked at
//! afterwards. It decides nothing about what is right; the modules do.

pub(crate) mod books;
pub(crate) mod daemon;
pub(crate) mod hostile;
mod mounted;
pub(crate) mod record;
mod wait;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) use daemon::{Daemon, Finished};
pub(crate) use mounted::Mounted;
pub(crate) use record::Record;
pub(crate) use wait::wait_until;

/// The chain that takes everything as it is, by a plugin of a few lines of C.
pub(crate) const PASSING: &str = "[[plugin]]\nname = 'puppet'\n";
/// The chain that cleans, and remembers what it has seen.
pub(crate) const REMEMBERING: &str = "[[plugin]]\nname = 'normalise'\n[[plugin]]\nname = 'dedupe'\n";

/// Somebody without any rights of his own.
const NOBODY: u32 = 65534;

/// Says aloud that a test, or a part of it, was not made.
#[expect(clippy::print_stderr, reason = "what is left out is said aloud")]
pub(crate) fn skipped(why: &str) {
    eprintln!("SKIPPED: {why}");
}

/// Numbers that look random and are the same in every run (Knuth's MMIX generator).
pub(crate) struct Moments(pub(crate) u64);

impl Moments {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % bound
    }
}

/// The folders of one instance, in a temporary place, with the way to start it.
pub(crate) struct Shop {
    root: tempfile::TempDir,
    variables: Vec<(String, String)>,
    options: Vec<String>,
    user: Option<u32>,
}

impl Shop {
    /// With the configuration that is built in, all plugins that ship and short waits.
    pub(crate) fn new() -> Self {
        let shop = Shop { root: tempfile::tempdir().unwrap(), variables: Vec::new(), options: Vec::new(), user: None };
        fs::create_dir_all(shop.folder("inbox")).unwrap();
        shop.variable("WARRAQ__INBOX__SETTLE_SECONDS", "0.2")
    }

    /// With a configuration file, which `configure` may change later.
    pub(crate) fn configured(text: &str) -> Self {
        let mut shop = Shop::new();
        shop.configure(text);
        shop.options = vec!["--config".to_owned(), shop.config().display().to_string()];
        shop
    }

    /// Adds a variable to the environment of the daemon.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Has the daemon run by somebody who is not root, to whom everything here is given. `None`, and said aloud, where that cannot be.
    pub(crate) fn run_by_nobody(mut self) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return Some(self);
        }
        let tried = Command::new(env!("CARGO_BIN_EXE_warraq")).arg("--version").uid(NOBODY).gid(NOBODY).output();
        if !tried.is_ok_and(|tried| tried.status.success()) {
            skipped("the daemon's binary lies where only root may reach it");
            return None;
        }
        for path in [self.root.path().to_owned(), self.directory(), self.folder("inbox")] {
            std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        self.user = Some(NOBODY);
        Some(self)
    }

    /// Replaces the configuration file.
    pub(crate) fn configure(&self, text: &str) {
        fs::write(self.config(), text).unwrap();
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.root.path().join("warraq.toml")
    }

    /// A place beside the folders, on the same file system.
    pub(crate) fn outside(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// `inbox`, `outbox`, `quarantine`, `archive`, `spool`, `spool/claim`, `spool/stage`; and `taken`, for consumed records.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.directory().join(name)
    }

    fn directory(&self) -> PathBuf {
        self.root.path().join("shop")
    }

    /// Writes a file into the inbox as `cp` does: opened there, written, closed.
    pub(crate) fn write(&self, name: impl AsRef<OsStr>, content: impl AsRef<[u8]>) {
        fs::write(self.inbox(name), content).unwrap();
    }

    /// Moves a finished file into the inbox.
    pub(crate) fn move_in(&self, name: impl AsRef<OsStr>, content: impl AsRef<[u8]>) {
        let finished = tempfile::NamedTempFile::new_in(self.root.path()).unwrap();
        fs::write(finished.path(), content).unwrap();
        fs::rename(finished.into_temp_path().keep().unwrap(), self.inbox(name)).unwrap();
    }

    /// The path of a name in the inbox.
    pub(crate) fn inbox(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.folder("inbox").join(name.as_ref())
    }

    /// The names that lie in a folder, sorted; none if it is not there.
    pub(crate) fn names(&self, folder: &str) -> Vec<Vec<u8>> {
        let Ok(entries) = fs::read_dir(self.folder(folder)) else { return Vec::new() };
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().as_bytes().to_vec()).collect();
        names.sort();
        names
    }

    /// As `names`, for people.
    pub(crate) fn listing(&self, folder: &str) -> Vec<String> {
        self.names(folder).iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect()
    }

    /// Starts the daemon and waits until it is ready.
    pub(crate) fn start(&self) -> Daemon {
        let daemon = self.spawn(&[]);
        daemon.wait_until_ready(1);
        daemon
    }

    /// Starts `warraq run` with more options, and waits for nothing.
    pub(crate) fn spawn(&self, more: &[&str]) -> Daemon {
        let mut command = self.command();
        command.arg("run").arg("--shop").arg(self.directory()).args(more);
        Daemon::spawn(command, self.root.path())
    }

    /// Works off the inbox and comes back; the run must succeed.
    pub(crate) fn drain(&self) -> Finished {
        let finished = self.spawn(&["--drain"]).finish();
        assert_eq!(finished.code, Some(0), "{}", finished.log);
        finished
    }

    /// Runs another command of the binary to its end.
    pub(crate) fn warraq(&self, words: &[&str]) -> Finished {
        let mut command = self.command();
        command.args(words);
        Daemon::spawn(command, self.root.path()).finish()
    }

    /// As [`Shop::warraq`], for this shop.
    pub(crate) fn check(&self) -> Finished {
        let directory = self.directory().display().to_string();
        self.warraq(&["check", "--shop", &directory])
    }

    fn command(&self) -> Command {
        let executable = std::env::current_exe().unwrap();
        let plugins =
            [executable.parent().unwrap(), hostile::folder()].map(|folder| folder.display().to_string()).join(",");
        let mut command = Command::new(env!("CARGO_BIN_EXE_warraq"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("TMPDIR", self.root.path()).env("WARRAQ__PLUGINS__DIRECTORIES", plugins);
        command.envs(self.variables.iter().map(|(name, value)| (name, value))).args(&self.options);
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command
    }
}

/// The five articles that ship: name and content.
pub(crate) fn seeds() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seeds");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    paths.sort();
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}
