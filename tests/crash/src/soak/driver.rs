//! Starts the daemon again and again and ends it in every way; at the end it lets it finish. Every end is accounted
//! for: by us, or by an article that says it does that.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::Soak;
use super::trend::Trend;
use crate::check::Sort;
use crate::random::Random;
use crate::running::Running;
use crate::told::Word;

/// How the daemon lived and died.
#[derive(Clone, Debug, Default)]
pub struct Lives {
    /// Ends by their cause.
    pub ends: BTreeMap<&'static str, u64>,
    /// How often it was told to read its configuration again.
    pub reloads: u64,
    /// Runs that could not note what they had in hand, since the disk was full. A death then is nobody's.
    pub without_notes: u64,
    /// How long this went on, without the end.
    pub took: Duration,
    /// How long the end took, when all that was left was drained.
    pub draining: Duration,
}

/// Ends that only articles may bring about.
const ABORTED: &str = "aborted";
const CRASHED: &str = "crashed";
const LEFT: &str = "left";
/// How many of these an article can bring about before it is refused.
const DEATHS_MAX: u64 = 3;
/// Exit code of whoever cannot keep his word (EX_IOERR of sysexits.h), and what he says when that is for lack of room.
const IO_ERROR: i32 = 74;
const FULL: [&str; 2] = ["No space left on device", "disk is full"];
/// In the log, when no death can be held against anybody.
const NO_NOTES: &str = "cannot note what is in hand";

/// Starts and ends it.
pub(super) struct Driver<'a> {
    soak: &'a Soak<'a>,
    random: Random,
    lives: Lives,
    trend: Trend,
    calm_at: Instant,
}

/// How a life is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plan {
    Kill,
    Stop,
    /// Read the configuration again somewhere on the way, then be killed.
    Reload,
    /// A long life without harm, then stop.
    Calm,
}

/// Longest life that ends with a kill; shorter in a short run, which has at least so many.
const LIFE_MAX: Duration = Duration::from_secs(8);
const LIVES_MIN: u32 = 8;
/// Some die in their first moments, while they recover.
const SHORT_LIFE_MILLISECONDS: usize = 150;
/// So often, there is a life without harm, of this length. Where it cannot last for long, there is none.
const CALM_EVERY: Duration = Duration::from_secs(240);
const CALM: Duration = Duration::from_secs(45);
/// `lifecycle.drain_seconds` is 3; what is beyond is the system's slowness.
const STOP_PATIENCE: Duration = Duration::from_secs(30);
const SAMPLE_EVERY: Duration = Duration::from_millis(250);
/// Younger processes have not got what they need yet.
const SAMPLED_AFTER: Duration = Duration::from_millis(700);
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// At the end, what changes nothing for so long hangs, and is killed. Longer than an article may sleep.
const HUNG_AFTER: Duration = Duration::from_secs(6);
/// At the end, each article that hangs takes three of these at most.
const DRAINS_MAX: u32 = 200;

impl<'a> Driver<'a> {
    pub(super) fn new(soak: &'a Soak<'a>) -> Self {
        let random = Random::of(soak.seed, &[5]);
        Driver { soak, random, lives: Lives::default(), trend: Trend::default(), calm_at: Instant::now() }
    }

    /// One life after another.
    pub(super) fn drive(mut self) -> io::Result<Self> {
        while self.soak.begin.elapsed() < self.soak.whole() && !self.soak.is_over() {
            let plan = self.plan();
            self.soak.calm.store(plan == Plan::Calm, Ordering::Release);
            self.live(plan)?;
        }
        self.lives.took = self.soak.begin.elapsed();
        self.soak.calm.store(false, Ordering::Release);
        self.soak.over.store(true, Ordering::Release);
        Ok(self)
    }

    fn plan(&mut self) -> Plan {
        if self.calm_at.elapsed() > CALM_EVERY {
            self.calm_at = Instant::now();
            return Plan::Calm;
        }
        match self.random.below(100) {
            0..10 => Plan::Stop,
            10..22 => Plan::Reload,
            _ => Plan::Kill,
        }
    }

    fn live(&mut self, plan: Plan) -> io::Result<()> {
        let short = self.random.percent(20);
        let length = match plan {
            Plan::Calm => CALM,
            _ if short => self.random.pause(SHORT_LIFE_MILLISECONDS),
            _ => self.random.pause(LIFE_MAX.min(self.soak.whole() / LIVES_MIN).as_millis() as usize),
        };
        let mut reload_at = (plan == Plan::Reload).then(|| self.random.pause(length.as_millis().max(1) as usize));
        let mut daemon = self.soak.site.serve()?;
        let mut sampled = Instant::now();
        while daemon.age() < length && self.soak.begin.elapsed() < self.soak.whole() {
            if let Some(status) = daemon.ended()? {
                return self.ended_by_itself(&daemon, status);
            }
            if reload_at.take_if(|at| daemon.age() > *at).is_some() {
                daemon.signal(Signal::SIGHUP);
                self.lives.reloads += 1;
            }
            if daemon.age() > SAMPLED_AFTER && sampled.elapsed() > SAMPLE_EVERY {
                sampled = Instant::now();
                if let Some(sample) = daemon.sample() {
                    self.trend.add(self.soak.begin.elapsed(), sample);
                }
            }
            thread::sleep(LOOK_EVERY);
        }
        match plan {
            Plan::Stop | Plan::Calm => self.stop(&mut daemon),
            Plan::Kill | Plan::Reload => self.kill(&mut daemon),
        }
    }

    fn kill(&mut self, daemon: &mut Running) -> io::Result<()> {
        match daemon.ended()? {
            Some(status) => self.ended_by_itself(daemon, status),
            None if daemon.kill()? => self.count("killed"),
            None => self.count("killed when it had just ended"),
        }
    }

    fn stop(&mut self, daemon: &mut Running) -> io::Result<()> {
        if let Some(status) = daemon.ended()? {
            return self.ended_by_itself(daemon, status);
        }
        daemon.signal(Signal::SIGTERM);
        match daemon.wait(STOP_PATIENCE)? {
            Some(status) if status.success() => self.count("stopped"),
            Some(status) => self.ended_by_itself(daemon, status),
            None => {
                let text = format!("told to stop, it ran on for {STOP_PATIENCE:?}");
                self.soak.books()?.defect(Sort::Stuck, &text)?;
                daemon.kill().map(drop)
            }
        }
    }

    /// Only articles may do that, each in its own way; and a signal of ours that comes before it listens to any.
    fn ended_by_itself(&mut self, daemon: &Running, status: ExitStatus) -> io::Result<()> {
        match (status.signal(), status.code()) {
            (Some(libc::SIGTERM | libc::SIGHUP), _) if !daemon.has_been_ready()? => {
                self.count("told before it listened")
            }
            (_, Some(IO_ERROR)) if found_no_room(daemon)? => self.count("found no room when it recovered"),
            (Some(libc::SIGABRT), _) => self.count(ABORTED),
            (Some(libc::SIGSEGV), _) => self.count(CRASHED),
            (_, Some(0)) => self.count(LEFT),
            _ => self.soak.books()?.defect(Sort::Stuck, &format!("the daemon ended by itself, {status}")),
        }
    }

    fn count(&mut self, end: &'static str) -> io::Result<()> {
        *self.lives.ends.entry(end).or_insert(0) += 1;
        Ok(())
    }

    /// Lets it work until nothing is left. What hangs is killed, until it is known for what it is.
    pub(super) fn drain(mut self) -> io::Result<(Lives, Trend)> {
        let begin = Instant::now();
        for _ in 0..DRAINS_MAX {
            let mut daemon = self.soak.site.drain()?;
            match self.watch(&mut daemon)? {
                Some(status) if status.success() && left(self.soak)? == 0 => {
                    self.lives.draining = begin.elapsed();
                    self.check_log()?;
                    return Ok((self.lives, self.trend));
                }
                Some(status) => self.ended_by_itself(&daemon, status)?,
                None => self.kill(&mut daemon)?,
            }
        }
        let text = format!("{} files are left after {DRAINS_MAX} runs", left(self.soak)?);
        self.soak.books()?.defect(Sort::Stuck, &text)?;
        Ok((self.lives, self.trend))
    }

    /// How it ended; `None` if it changes nothing any more.
    fn watch(&self, daemon: &mut Running) -> io::Result<Option<ExitStatus>> {
        let (mut last, mut since) = (u64::MAX, Instant::now());
        while since.elapsed() < HUNG_AFTER {
            if let Some(status) = daemon.wait(LOOK_EVERY)? {
                return Ok(Some(status));
            }
            let left = left(self.soak)?;
            if left != last {
                (last, since) = (left, Instant::now());
            }
        }
        Ok(None)
    }

    /// A panic is a defect, wherever it is.
    fn check_log(&mut self) -> io::Result<()> {
        for line in BufReader::new(File::open(self.soak.site.log())?).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            if line.contains("panicked at") {
                self.soak.books()?.defect(Sort::Stuck, &line)?;
            }
            self.lives.without_notes += u64::from(line.contains(NO_NOTES));
        }
        Ok(())
    }
}

/// Recovery ends for lack of room rather than try a sync again. Whoever has begun waits for room instead.
fn found_no_room(daemon: &Running) -> io::Result<bool> {
    let said = daemon.said()?;
    Ok(!daemon.has_been_ready()? && FULL.iter().any(|full| said.contains(full)))
}

/// Files that are not done with.
fn left(soak: &Soak<'_>) -> io::Result<u64> {
    let mut left = 0;
    for folder in ["inbox", "spool/claim"] {
        match fs::read_dir(soak.site.shop().join(folder)) {
            Ok(entries) => left += entries.count() as u64,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(left)
}

impl Lives {
    /// Ends that no article can have brought about, given how many there were of each word.
    pub(super) fn unexplained(&self, asked: &BTreeMap<String, u64>) -> u64 {
        let own = [(ABORTED, Word::Abort), (CRASHED, Word::Crash), (LEFT, Word::Leave)];
        let count = |(end, word): (&str, Word)| {
            let explained = asked.get(word.name()).copied().unwrap_or(0) * DEATHS_MAX;
            self.ends.get(end).copied().unwrap_or(0).saturating_sub(explained)
        };
        own.into_iter().map(count).sum::<u64>().saturating_sub(self.without_notes)
    }
}

impl fmt::Display for Lives {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.0} s, then {:.1} s to drain; ", self.took.as_secs_f32(), self.draining.as_secs_f32())?;
        let ends: Vec<String> = self.ends.iter().map(|(end, count)| format!("{end} {count}")).collect();
        write!(formatter, "{}; told to reload {} times; ", ends.join(", "), self.reloads)?;
        write!(formatter, "{} runs could not note what they had in hand", self.without_notes)
    }
}
