//! Many files in the inbox before the start.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::GROWTH_KIBIBYTES_MAX;
use crate::census::{Census, Parcel, Verdict};
use crate::running::{Running, Sample};
use crate::site::{Plan, Room, Site};
use crate::stand::Means;
use crate::told::Told;

/// What came out.
#[derive(Clone, Debug)]
pub struct Report {
    /// Files in the inbox at the start.
    pub files: usize,
    /// From the start of the process until the first file had left the inbox.
    pub first_claim: Duration,
    /// The same with nothing in the system's caches, if they could be emptied and lie on a disk.
    pub first_claim_cold: Option<Duration>,
    /// A daemon with an empty inbox, after a while.
    pub idle: Sample,
    /// This daemon, soon after its first claim and at the end.
    pub early: Sample,
    /// At the end.
    pub late: Sample,
    /// How long it worked.
    pub worked: Duration,
    /// What is wrong; of those articles only that have left the inbox.
    pub verdict: Verdict,
}

/// Everything else as it is by default, but nobody takes records away here.
const CONFIG: &str = r#"
[[inbox]]
rescan_seconds = 3600
[claim]
outbox_records_max = 0
[log]
level = "warn,warraq::lifecycle=info"
"#;
const PLAN: Plan<'static> = Plan { plugins: &["noop"], shop: "", config: CONFIG, room: Room::Folder };

const PATIENCE: Duration = Duration::from_secs(120);
/// How long a daemon with nothing to do is left alone before it is looked at.
const IDLE: Duration = Duration::from_secs(3);
/// When the working daemon is looked at for the first time, after its first claim.
const EARLY: Duration = Duration::from_millis(500);
/// Between the first and the last look, so many descriptors more are no growth: one for each file that a worker reads.
const DESCRIPTORS_MORE_MAX: u64 = 8;

/// Has the daemon work so long on so many files.
pub fn attack(means: &Means, files: usize, work_seconds: u64, room: Room) -> io::Result<Report> {
    let idle = idle(means)?;
    let site = Site::new(means, &Plan { room, ..PLAN })?;
    let mut census = Census::new(&site.root().join("census.db"))?;
    census.together(|census| (1..=files as u64).try_for_each(|token| drop_file(census, &site.inbox(), token)))?;
    let cold = match room {
        Room::Ext4 { .. } if drop_caches() => {
            let (mut daemon, time) = start(&site)?;
            daemon.stop(PATIENCE)?;
            Some(time)
        }
        _ => None,
    };
    let (mut daemon, first_claim) = start(&site)?;
    thread::sleep(EARLY);
    let early = sample(&daemon)?;
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(work_seconds) && fs::read_dir(site.inbox())?.next().is_some() {
        thread::sleep(Duration::from_millis(100));
    }
    // What has left the inbox last is decided before it stops.
    let (late, worked) = (sample(&daemon)?, begin.elapsed() + EARLY);
    daemon.stop(PATIENCE)?;
    census.together(|census| census.wait(&site.inbox()))?;
    let verdict = census.verdict(&site)?;
    Ok(Report { files, first_claim, first_claim_cold: cold, idle, early, late, worked, verdict })
}

/// A daemon with nothing to do.
fn idle(means: &Means) -> io::Result<Sample> {
    let site = Site::new(means, &PLAN)?;
    let mut daemon = site.serve()?;
    daemon.ready(PATIENCE)?;
    thread::sleep(IDLE);
    let idle = sample(&daemon)?;
    daemon.stop(PATIENCE)?;
    Ok(idle)
}

fn drop_file(census: &Census, inbox: &Path, token: u64) -> io::Result<()> {
    let name = format!("{token:09}.txt");
    let parcel = Parcel::one(name.clone(), Told::plain(token));
    census.enter(&parcel)?;
    fs::write(inbox.join(name), parcel.content())
}

/// A daemon, and the time from the start of the process until the first file has left the inbox.
fn start(site: &Site) -> io::Result<(Running, Duration)> {
    // Nobody else changes that folder.
    let changed = || fs::metadata(site.inbox())?.modified();
    let before = changed()?;
    let mut daemon = site.serve()?;
    let first_claim = daemon.until(PATIENCE, "claiming", |_| Ok(changed()? != before))?;
    Ok((daemon, first_claim))
}

fn sample(daemon: &Running) -> io::Result<Sample> {
    daemon.sample().ok_or_else(|| io::Error::other("the daemon has ended"))
}

/// Empties the system's caches. `false` where we may not.
pub(super) fn drop_caches() -> bool {
    rustix::fs::sync();
    fs::write("/proc/sys/vm/drop_caches", "3").is_ok()
}

impl Report {
    /// By how much the most memory it ever took exceeds that of a daemon with nothing to do, in KiB.
    pub fn growth_kibibytes(&self) -> u64 {
        self.late.peak_kibibytes.saturating_sub(self.idle.peak_kibibytes)
    }

    /// Nothing is wrong, and neither memory nor descriptors grow with the backlog.
    pub fn is_good(&self) -> bool {
        self.verdict.is_good()
            && self.growth_kibibytes() < GROWTH_KIBIBYTES_MAX
            && self.late.descriptors <= self.early.descriptors + DESCRIPTORS_MORE_MAX
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { files, first_claim, idle, early, late, worked, verdict, .. } = self;
        write!(formatter, "{files} files: first claim after {first_claim:.2?}")?;
        if let Some(cold) = &self.first_claim_cold {
            write!(formatter, ", {cold:.2?} with cold caches")?;
        }
        let pace = verdict.articles as f64 / worked.as_secs_f64();
        writeln!(formatter, "; {pace:.0} articles/s for {:.0} s", worked.as_secs_f32())?;
        let (idle_peak, peak, growth) = (idle.peak_kibibytes, late.peak_kibibytes, self.growth_kibibytes());
        writeln!(formatter, "peak memory: {idle_peak} KiB with nothing to do, {peak} KiB here, {growth} more")?;
        writeln!(
            formatter,
            "resident {} and {} KiB, descriptors {} and {}, threads {} and {}, early and late",
            early.resident_kibibytes,
            late.resident_kibibytes,
            early.descriptors,
            late.descriptors,
            early.threads,
            late.threads
        )?;
        write!(formatter, "{verdict}")
    }
}
