//! More files at once than the event queue holds: first while the daemon is stopped, so that the queue's word of its
//! overflow is all it has to go by, then while it runs. Says what became of them; `census` says what is wrong.
#![expect(clippy::print_stdout, reason = "it is a command")]

mod queue;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use nix::sys::signal::Signal;

use crate::census::{Census, Parcel, Verdict};
use crate::running::Running;
use crate::site::{Plan, Room, Site};
use crate::stand::Means;
use crate::told::Told;
pub use queue::ShortQueues;
use queue::{Seen, Witness, is_watched};

/// What may be asked of it.
#[derive(Clone, Debug, Args)]
pub struct Arguments {
    /// How many files are moved in
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    files: usize,
    /// Leave the shop behind
    #[arg(long)]
    keep: bool,
}

/// What came out.
#[derive(Clone, Debug)]
pub struct Report {
    /// The two halves of the burst: while the daemon was stopped, and while it ran.
    pub halves: [Half; 2],
    /// The daemon's largest resident memory before the burst and after it, in KiB.
    pub peak_kibibytes: [u64; 2],
    /// What is wrong.
    pub verdict: Verdict,
}

/// One half of the burst.
#[derive(Clone, Copy, Debug)]
pub struct Half {
    /// How long the renames took.
    pub moving: Duration,
    /// From the last rename, or from when the daemon went on, until nothing was in the inbox or claimed.
    pub settling: Duration,
    /// What lay in the queue of the witness.
    pub seen: Seen,
}

/// The length of the event queue.
const QUEUE: usize = 16;
/// What is worked off before, so that the daemon has the memory that it works with.
const WARM_UP: usize = 2_000;
/// How much memory the burst may cost.
pub const GROWTH_KIBIBYTES_MAX: u64 = 20 * 1024;
/// How long nothing may change in an inbox that is not empty.
const PATIENCE: Duration = Duration::from_secs(60);

/// Nothing but the overflow may tell: no listing now and then, no file that waits to be looked at again.
const CONFIG: &str = r#"
[[inbox]]
settle_seconds = 0
rescan_seconds = 86400
[claim]
outbox_records_max = 0
[log]
level = "warn,warraq::lifecycle=info"
"#;

/// Says whether all was well.
pub fn run(means: &Means, own: &Arguments) -> io::Result<bool> {
    ShortQueues::are_permitted().map_err(io::Error::other)?;
    let report = attack(means, own.files, own.keep)?;
    for (half, when) in report.halves.iter().zip(["stopped", "running"]) {
        let Half { moving, settling, seen } = half;
        println!("{when}: moved in within {moving:.1?}, settled after {settling:.1?}; a queue of {QUEUE} {seen:?}");
    }
    let [before, after] = report.peak_kibibytes;
    println!("peak memory before and after: {before} and {after} KiB\n{}", report.verdict);
    Ok(report.is_good())
}

/// Moves so many files in.
pub fn attack(means: &Means, files: usize, keep: bool) -> io::Result<Report> {
    let plan = Plan { plugins: &["noop"], shop: "", config: CONFIG, room: Room::Folder };
    let mut site = Site::new(means, &plan)?;
    if keep {
        println!("{}", site.keep().display());
    }
    let mut burst = Burst { census: Census::new(&site.root().join("census.db"))?, token: 0, site: &site };
    let (mut daemon, witness) = burst.start()?;
    let warm_up = burst.make(WARM_UP)?;
    burst.move_in(&warm_up)?;
    burst.settled(&mut daemon)?;
    wait_idle(&daemon)?;
    let before = peak(&daemon)?;
    let halves = [
        burst.while_stopped(&mut daemon, &witness, files / 2)?,
        burst.while_running(&mut daemon, &witness, files - files / 2)?,
    ];
    let after = peak(&daemon)?;
    daemon.stop(PATIENCE)?;
    let verdict = burst.census.verdict(&site)?;
    Ok(Report { halves, peak_kibibytes: [before, after], verdict })
}

impl Report {
    /// All were found, at no cost, and the queue did overflow both times.
    pub fn is_good(&self) -> bool {
        let [before, after] = self.peak_kibibytes;
        let overflowed = self.halves.iter().all(|half| half.seen.overflow);
        self.verdict.is_good() && overflowed && after <= before + GROWTH_KIBIBYTES_MAX
    }
}

struct Burst<'a> {
    census: Census,
    /// Given last.
    token: u64,
    site: &'a Site,
}

impl Burst<'_> {
    /// The daemon and a witness, both with short queues.
    fn start(&self) -> io::Result<(Running, Witness)> {
        let short = ShortQueues::of(QUEUE)?;
        let witness = Witness::of(&self.site.inbox())?;
        let mut daemon = self.site.serve()?;
        daemon.ready(PATIENCE)?;
        drop(short);
        if !is_watched(daemon.pid(), &self.site.inbox())? {
            return Err(io::Error::other("the daemon does not watch its inbox; there is no queue that could overflow"));
        }
        Ok((daemon, witness))
    }

    /// Makes files beside the inbox.
    fn make(&mut self, files: usize) -> io::Result<Vec<PathBuf>> {
        let folder = self.site.shop().join("next");
        fs::create_dir_all(&folder)?;
        let Burst { census, token, .. } = self;
        census.together(|census| (0..files).map(|_| make(census, &folder, token)).collect())
    }

    fn move_in(&self, files: &[PathBuf]) -> io::Result<Duration> {
        let (inbox, begin) = (self.site.inbox(), Instant::now());
        for file in files {
            fs::rename(file, inbox.join(file.file_name().unwrap_or_default()))?;
        }
        Ok(begin.elapsed())
    }

    /// The queue is filled with what tells nothing, openings of files that are none of the daemon's business. After
    /// that there is no room for the word of any file.
    fn while_stopped(&mut self, daemon: &mut Running, witness: &Witness, files: usize) -> io::Result<Half> {
        let files = self.make(files)?;
        let ignored = [".first", ".second"].map(|name| self.site.inbox().join(name));
        ignored.iter().try_for_each(|file| fs::write(file, ""))?;
        wait_idle(daemon)?;
        witness.read();
        daemon.signal(Signal::SIGSTOP);
        wait_stopped(daemon)?;
        // Two in turn, since the kernel makes one event of several that are the same.
        for file in ignored.iter().cycle().take(QUEUE * 3) {
            File::open(file)?;
        }
        let moving = self.move_in(&files)?;
        let seen = witness.read();
        let begin = Instant::now();
        daemon.signal(Signal::SIGCONT);
        self.settled(daemon)?;
        Ok(Half { moving, settling: begin.elapsed(), seen })
    }

    fn while_running(&mut self, daemon: &mut Running, witness: &Witness, files: usize) -> io::Result<Half> {
        let files = self.make(files)?;
        wait_idle(daemon)?;
        witness.read();
        let moving = self.move_in(&files)?;
        let begin = Instant::now();
        let seen = witness.read();
        self.settled(daemon)?;
        Ok(Half { moving, settling: begin.elapsed(), seen })
    }

    /// Waits until nothing is in the inbox or claimed. An error if it does not come to that.
    fn settled(&self, daemon: &mut Running) -> io::Result<()> {
        let folders = [self.site.inbox(), self.site.shop().join("spool/claim")];
        let (mut last, mut since) = (usize::MAX, Instant::now());
        loop {
            let left = folders.iter().map(|folder| visible(folder)).sum::<io::Result<usize>>()?;
            if left == 0 {
                return Ok(());
            }
            if left != last {
                (last, since) = (left, Instant::now());
            }
            if let Some(status) = daemon.ended()? {
                return Err(io::Error::other(format!("the daemon ended, {status}; {}", daemon.said()?)));
            }
            if since.elapsed() > PATIENCE {
                let text = format!("{left} files were never found, or never settled; {}", daemon.said()?);
                return Err(io::Error::other(text));
            }
            thread::sleep(Duration::from_millis(100));
        }
    }
}

fn make(census: &Census, folder: &Path, token: &mut u64) -> io::Result<PathBuf> {
    *token += 1;
    let parcel = Parcel::one(format!("{token:09}.txt"), Told::plain(*token));
    census.enter(&parcel)?;
    let file = folder.join(format!("{token:09}.txt"));
    fs::write(&file, parcel.content())?;
    Ok(file)
}

/// How many entries are there that are not hidden.
fn visible(folder: &Path) -> io::Result<usize> {
    let mut count = 0;
    for entry in fs::read_dir(folder)? {
        count += usize::from(!entry?.file_name().as_encoded_bytes().starts_with(b"."));
    }
    Ok(count)
}

fn peak(daemon: &Running) -> io::Result<u64> {
    daemon.sample().map(|sample| sample.peak_kibibytes).ok_or_else(|| io::Error::other("the daemon has ended"))
}

/// Waits until the daemon has used no processor time for a while, so that no look at the inbox is under way.
fn wait_idle(daemon: &Running) -> io::Result<()> {
    let begin = Instant::now();
    let (mut last, mut since) = (String::new(), Instant::now());
    while since.elapsed() < Duration::from_millis(500) {
        if begin.elapsed() > PATIENCE {
            return Err(io::Error::other("the daemon is never idle"));
        }
        let used = fields(&PathBuf::from(format!("/proc/{}", daemon.pid())), 11..13)?;
        if used != last {
            (last, since) = (used, Instant::now());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Waits until none of its threads runs.
fn wait_stopped(daemon: &Running) -> io::Result<()> {
    let begin = Instant::now();
    while !is_stopped(daemon)? {
        if begin.elapsed() > PATIENCE {
            return Err(io::Error::other("the daemon does not stop"));
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

fn is_stopped(daemon: &Running) -> io::Result<bool> {
    for task in fs::read_dir(format!("/proc/{}/task", daemon.pid()))? {
        if fields(&task?.path(), 0..1)? != "T" {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Fields of the file `stat` after the name, which may hold anything; the first is the third of proc_pid_stat(5).
fn fields(process: &Path, which: std::ops::Range<usize>) -> io::Result<String> {
    let stat = fs::read_to_string(process.join("stat"))?;
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split_whitespace().collect();
    fields.get(which).map(|fields| fields.join(" ")).ok_or_else(|| io::Error::other("/proc is not as it was"))
}
