//! A long run in bad weather: files dropped in every way, plugins that misbehave, kills, stops and reloads at random
//! moments, a disk that is full now and then, a consumer that comes when it likes. At the end everything is drained and
//! counted.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a command, and what it leaves out must be said")]

mod consumer;
mod disk;
mod driver;
mod feeder;
mod mix;
mod trend;

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;

use crate::census::{Census, Verdict};
use crate::running::Sample;
use crate::site::{Plan, Room, Site, may_mount};
use crate::stand::Means;
use crate::told::Word;
pub use disk::Fills;
pub use driver::Lives;
pub use trend::Comparison;

/// What may be asked of it.
#[derive(Clone, Debug, Args)]
pub struct Arguments {
    /// How long files are dropped and the daemon is killed
    #[arg(long, value_name = "N", default_value_t = 30.0)]
    pub minutes: f64,
    /// Files a second, if the daemon keeps up
    #[arg(long, value_name = "N", default_value_t = 250)]
    pub pace: u32,
    /// The size of the disk
    #[arg(long, value_name = "MIB", default_value_t = 256)]
    pub mebibytes: u64,
    /// Leave the shop behind
    #[arg(long)]
    pub keep: bool,
}

/// What came out.
#[derive(Clone, Debug)]
pub struct Report {
    /// How the daemon lived and died.
    pub lives: Lives,
    /// How often the disk was full, and for how long.
    pub fills: Fills,
    /// What the daemon needed, early and late. `None` if the run was too short.
    pub needs: Option<Comparison>,
    /// The largest memory of this process, in KiB.
    pub own_kibibytes: u64,
    /// What is wrong.
    pub verdict: Verdict,
    /// From the first file to the verdict.
    pub took: Duration,
}

/// What all who take part in it share.
struct Soak<'a> {
    site: &'a Site,
    arguments: &'a Arguments,
    seed: u64,
    books: Mutex<Census>,
    /// No kills and no deadly articles for a while. Set by the driver, read by the feeder.
    calm: AtomicBool,
    /// Nothing new. Set by the driver or by whoever fails, read by all.
    over: AtomicBool,
    /// Everything has been drained. Set by the driver, read by the consumer.
    drained: AtomicBool,
    begin: Instant,
}

/// As in the configuration below.
const SETTLE: Duration = Duration::from_secs(1);
const SHOP: &str = "ballast_mebibytes = 4";
const CONFIG: &str = r#"
[[inbox]]
settle_seconds = 1
rescan_seconds = 2
[claim]
in_hand_submissions_max = 100
free_bytes_min = 1048576
free_inodes_min = 100
[chain]
workers = 4
# An article may ask each of four instances, and new ones after a failure.
retries_max = 30
[ledger]
batch_milliseconds = 10
[lifecycle]
drain_seconds = 3
[log]
level = "warn,warraq::lifecycle=info"
"#;

/// Says whether all was well.
pub fn run(means: &Means, seed: u64, own: &Arguments) -> io::Result<bool> {
    let report = attack(means, seed, own)?;
    println!("{report}");
    Ok(report.is_good())
}

/// All of it.
pub fn attack(means: &Means, seed: u64, arguments: &Arguments) -> io::Result<Report> {
    let room = match may_mount() {
        Ok(()) => Room::Memory { mebibytes: arguments.mebibytes },
        Err(why) => {
            eprintln!("SKIPPED: the disk is never full; {why}");
            Room::Folder
        }
    };
    let plan = Plan { plugins: &["storm", "memory"], shop: SHOP, config: CONFIG, room };
    let mut site = Site::new(means, &plan)?;
    if arguments.keep {
        println!("{}", site.keep().display());
    }
    let soak = Soak {
        site: &site,
        arguments,
        seed,
        books: Mutex::new(Census::new(&site.root().join("census.db"))?),
        calm: AtomicBool::new(false),
        over: AtomicBool::new(false),
        drained: AtomicBool::new(false),
        begin: Instant::now(),
    };
    let (lives, trend, fills) = soak.weather(room)?;
    let verdict = soak.books()?.verdict(&site)?;
    Ok(Report {
        needs: trend.compare(lives.took),
        lives,
        fills,
        own_kibibytes: Sample::of(std::process::id()).map_or(0, |sample| sample.peak_kibibytes),
        verdict,
        took: soak.begin.elapsed(),
    })
}

impl Soak<'_> {
    /// Everybody at once, until everything has been drained.
    fn weather(&self, room: Room) -> io::Result<(Lives, trend::Trend, Fills)> {
        thread::scope(|scope| {
            let feeder = scope.spawn(|| self.unless_it_fails(|| feeder::Feeder::new(self).run()));
            let disk = scope.spawn(|| self.unless_it_fails(|| disk::fill(self, room)));
            let consumer = scope.spawn(|| self.unless_it_fails(|| consumer::consume(self)));
            let driver = driver::Driver::new(self);
            let joined = |_| io::Error::other("somebody panicked");
            let lived = self.unless_it_fails(|| {
                let driver = driver.drive()?;
                feeder.join().map_err(joined)??;
                let fills = disk.join().map_err(joined)??;
                Ok((driver.drain()?, fills))
            });
            self.over.store(true, Ordering::Release);
            self.drained.store(true, Ordering::Release);
            consumer.join().map_err(joined)??;
            lived.map(|((lives, trend), fills)| (lives, trend, fills))
        })
    }

    /// If one of us fails, nobody shall go on for half an hour.
    fn unless_it_fails<T>(&self, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        work().inspect_err(|error| {
            eprintln!("ends early: {error}");
            self.over.store(true, Ordering::Release);
        })
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    fn is_calm(&self) -> bool {
        self.calm.load(Ordering::Acquire)
    }

    fn books(&self) -> io::Result<MutexGuard<'_, Census>> {
        Ok(self.books.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How long it shall take, without the end.
    fn whole(&self) -> Duration {
        Duration::from_secs_f64(self.arguments.minutes * 60.0)
    }
}

impl Report {
    /// Nothing was lost, nothing grows, and nothing ended the daemon but we and the articles that do.
    pub fn is_good(&self) -> bool {
        let explained = self.lives.unexplained(&self.verdict.asked) == 0;
        // Who sleeps is in hand at many a kill, and again while it is run alone. Nobody else may be taken for deadly.
        let sleeps = |word: &String| [Word::Slow, Word::Long].iter().any(|slow| slow.name() == word);
        let just = self.verdict.blamed.keys().all(sleeps);
        self.verdict.is_good() && explained && just && self.needs.as_ref().is_none_or(Comparison::is_flat)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}\n{}", self.lives, self.fills)?;
        match &self.needs {
            Some(needs) => write!(formatter, "{needs}")?,
            None => writeln!(formatter, "too short to say whether anything grows")?,
        }
        writeln!(formatter, "this program's own memory: {} KiB at most", self.own_kibibytes)?;
        let unexplained = self.lives.unexplained(&self.verdict.asked);
        write!(formatter, "{}\nunexplained ends: {unexplained}; in {:.0} s", self.verdict, self.took.as_secs_f32())
    }
}
