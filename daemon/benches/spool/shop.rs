//! A shop, its articles and the real daemon on it. Measures nothing but how long a run takes.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::place::Place;

/// The size of an article, as the promise names it.
pub const ARTICLE_BYTES: usize = 5_000;

/// What every shop needs.
pub struct Means {
    /// The daemon that is measured.
    daemon: PathBuf,
    /// Another build of it, to be measured in turn.
    pub beside: Option<PathBuf>,
    /// The folder with the plugin that does nothing.
    plugins: TempDir,
}

impl Means {
    /// Compiles the plugin with `cc`.
    pub fn new(beside: Option<PathBuf>) -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = tempfile::tempdir().unwrap();
        let built = Command::new("cc")
            .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-O2", "-fPIC", "-shared", "-I"])
            .arg(here.join("../plugins/abi/include"))
            .arg(here.join("benches/spool/noop.c"))
            .arg("-o")
            .arg(folder.path().join("libnoop.so"))
            .status()
            .unwrap();
        assert!(built.success(), "cc cannot compile the plugin");
        Means { daemon: PathBuf::from(env!("CARGO_BIN_EXE_warraq")), beside, plugins: folder }
    }
}

/// A shop with its inbox, never removed before the place is.
pub struct Shop {
    daemon: PathBuf,
    root: PathBuf,
}

impl Shop {
    /// Settings are TOML, beside the folders, the log and the chain.
    pub fn new(place: &Place, means: &Means, name: &str, settings: &str) -> Self {
        let shop = Shop { daemon: means.daemon.clone(), root: place.folder(name) };
        fs::create_dir(shop.root.join("inbox")).unwrap();
        fs::create_dir(shop.root.join("source")).unwrap();
        let fixed = format!(
            "shop.directory = {:?}\nplugins.directories = [{:?}]\nlog.level = \"error\"\n",
            shop.root,
            means.plugins.path()
        );
        fs::write(shop.root.join("settings.toml"), fixed + settings + "\n[[plugin]]\nname = \"noop\"\n").unwrap();
        shop
    }

    /// The same shop for another build of the daemon.
    pub fn run_by(self, daemon: &Path) -> Self {
        Shop { daemon: daemon.to_owned(), ..self }
    }

    pub fn inbox(&self) -> PathBuf {
        self.root.join("inbox")
    }

    pub fn outbox(&self) -> PathBuf {
        self.root.join("outbox")
    }

    /// A folder beside the inbox, from which files are moved in.
    pub fn source(&self) -> PathBuf {
        self.root.join("source")
    }

    /// Fills the inbox; all of it is on the disk afterwards, so that nobody else pays for it.
    pub fn fill(&self, articles: usize) {
        write_articles(&self.inbox(), articles);
    }

    /// Runs the daemon until the inbox is empty, and says how long that took, start and stop included.
    pub fn drain(&self, articles: usize) -> Duration {
        let began = Instant::now();
        let status = self.command().arg("--drain").status().unwrap();
        let took = began.elapsed();
        assert!(status.success(), "the daemon failed: {status}");
        let records = fs::read_dir(self.outbox()).unwrap().count();
        assert_eq!(records, articles, "every article has its record");
        took
    }

    /// Starts the daemon.
    pub fn start(&self) -> Daemon {
        fs::create_dir_all(self.outbox()).unwrap();
        Daemon(self.command().spawn().unwrap())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.daemon);
        command.arg("--config").arg(self.root.join("settings.toml")).arg("run");
        command.env_clear().stdin(Stdio::null()).stdout(Stdio::null());
        command
    }
}

/// A daemon at work. Killed when dropped.
pub struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Writes articles into a folder, and waits until the disk has them.
pub fn write_articles(folder: &Path, articles: usize) {
    for number in 0..articles {
        fs::write(folder.join(format!("article-{number:06}.txt")), article(number)).unwrap();
    }
    rustix::fs::syncfs(File::open(folder).unwrap()).unwrap();
}

/// One article, like no other.
pub fn article(number: usize) -> Vec<u8> {
    let sentence =
        "قال متحدث باسم الوزارة اليوم إن المشروع يسير وفق الجدول المقرر، وإن العمل فيه يتم في العام المقبل. ";
    let mut text = format!("خبر رقم {number}\n\n");
    while text.len() + sentence.len() <= ARTICLE_BYTES {
        text.push_str(sentence);
    }
    text.into_bytes()
}
