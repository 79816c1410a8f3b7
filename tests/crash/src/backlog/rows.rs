//! A ledger of many rows, made by the daemon and filled by us.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use super::GROWTH_KIBIBYTES_MAX;
use super::files::drop_caches;
use crate::running::Sample;
use crate::site::{Plan, Room, Site};
use crate::stand::Means;
use crate::told::Told;

/// What came out.
#[derive(Clone, Debug)]
pub struct Report {
    /// Rows of the ledger.
    pub rows: usize,
    /// Its size.
    pub bytes: u64,
    /// From the start of the process until it is ready, with an empty ledger.
    pub ready_empty: Duration,
    /// The same with the large one.
    pub ready: Duration,
    /// The same with nothing in the system's caches, if they could be emptied; in memory that changes nothing.
    pub ready_cold: Option<Duration>,
    /// A daemon with an empty ledger that has worked off some files.
    pub empty: Sample,
    /// The same with the large one.
    pub full: Sample,
    /// Of each round, with an empty ledger and with the large one.
    pub rounds: Vec<[Pace; 2]>,
    /// All files that were worked off, and all that should have been.
    pub worked_off: [usize; 2],
}

/// How fast files were worked off.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Articles a second.
    pub articles: f64,
    /// Processor time of an article, in microseconds. The machine's other work does not change it much.
    pub cpu_microseconds: f64,
}

const CONFIG: &str = r#"
[[inbox]]
settle_seconds = 0
rescan_seconds = 3600
[claim]
outbox_records_max = 0
[log]
level = "warn,warraq::lifecycle=info"
"#;
const PLAN: Plan<'static> = Plan { plugins: &["noop"], shop: "", config: CONFIG, room: Room::Folder };

const PATIENCE: Duration = Duration::from_secs(300);
/// Rounds of both, in turn: the machine has other work.
const ROUNDS: usize = 5;
/// Files that a daemon has worked off before its memory is looked at.
const WORKED_OFF: usize = 1_000;

/// What the daemon writes for an article that is published, with values like its own.
const FILL: &str = "
    INSERT INTO outcome (sequence, id, submission, articles, kind, target, name, digest, bytes, received)
    WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < ?1)
    SELECT number, printf('%08x-%010d', epoch, number), number, 1, 'published',
           CAST(printf('%09d.%08x-%010d.json', number, epoch, number) AS BLOB),
           CAST(printf('%09d.txt', number) AS BLOB),
           lower(hex(randomblob(32))), 5000, '2026-01-01T00:00:00.000000Z'
    FROM numbers, meta";

/// Fills a ledger and compares it with an empty one.
pub fn attack(means: &Means, rows: usize, compared: usize) -> io::Result<Report> {
    let (empty, full) = (Site::new(means, &PLAN)?, Site::new(means, &PLAN)?);
    let ready_empty = start_and_stop(&empty)?;
    start_and_stop(&full)?;
    fill(&full.ledger(), rows).map_err(io::Error::other)?;
    let ready_cold = drop_caches().then(|| start_and_stop(&full)).transpose()?;
    let ready = start_and_stop(&full)?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push([pace(&empty, compared)?, pace(&full, compared)?]);
    }
    let (sample_empty, sample_full) = (sample(&empty)?, sample(&full)?);
    let all = 2 * (ROUNDS * compared + WORKED_OFF);
    let rows_now = count(&empty.ledger())? + count(&full.ledger())?;
    Ok(Report {
        rows,
        bytes: fs::metadata(full.ledger())?.len(),
        ready_empty,
        ready,
        ready_cold,
        empty: sample_empty,
        full: sample_full,
        rounds,
        worked_off: [rows_now - rows, all],
    })
}

fn start_and_stop(site: &Site) -> io::Result<Duration> {
    let mut daemon = site.serve()?;
    let ready = daemon.ready(PATIENCE)?;
    daemon.stop(PATIENCE)?;
    Ok(ready)
}

/// In bulk: no log, no sync; write-ahead logging again at the end, as the daemon left it.
fn fill(ledger: &Path, rows: usize) -> rusqlite::Result<()> {
    let ledger = Connection::open(ledger)?;
    ledger.execute_batch("PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")?;
    ledger.execute(FILL, params![rows as i64])?;
    ledger.execute_batch("PRAGMA journal_mode = WAL")
}

fn count(ledger: &Path) -> io::Result<usize> {
    let count = Connection::open(ledger)
        .and_then(|ledger| ledger.query_row("SELECT count(*) FROM outcome", [], |row| row.get::<_, i64>(0)));
    count.map(|count| count.unsigned_abs() as usize).map_err(io::Error::other)
}

fn pace(site: &Site, files: usize) -> io::Result<Pace> {
    drop_files(site, files)?;
    let (begin, used) = (Instant::now(), cpu_of_children()?);
    let mut daemon = site.drain()?;
    match daemon.wait(PATIENCE)? {
        Some(status) if status.success() => Ok(Pace {
            articles: files as f64 / begin.elapsed().as_secs_f64(),
            cpu_microseconds: (cpu_of_children()? - used).as_secs_f64() * 1e6 / files as f64,
        }),
        end => Err(io::Error::other(format!("it should have worked off {files} files: {end:?}; {}", daemon.said()?))),
    }
}

/// Processor time of children that have been waited for.
fn cpu_of_children() -> io::Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // Fields 16 and 17 of proc_pid_stat(5), in hundredths of a second; those after the name begin with the third.
    let fields = stat.rsplit(") ").next().unwrap_or_default().split_whitespace().skip(16 - 3).take(2);
    let ticks: u64 = fields.map(|field| field.parse::<u64>().unwrap_or(0)).sum();
    Ok(Duration::from_millis(ticks * 10))
}

/// What a daemon needs that has worked off some files.
fn sample(site: &Site) -> io::Result<Sample> {
    drop_files(site, WORKED_OFF)?;
    let mut daemon = site.serve()?;
    let folders = [site.inbox(), site.shop().join("spool/claim")];
    daemon.until(PATIENCE, "done", |_| {
        Ok(folders.iter().all(|folder| fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())))
    })?;
    thread::sleep(Duration::from_millis(200));
    let sample = daemon.sample().ok_or_else(|| io::Error::other("the daemon has ended"))?;
    daemon.stop(PATIENCE)?;
    Ok(sample)
}

fn drop_files(site: &Site, files: usize) -> io::Result<()> {
    (0..files as u64)
        .try_for_each(|token| fs::write(site.inbox().join(format!("{token:09}.txt")), Told::plain(token).file()))
}

impl Report {
    /// The pace with the large ledger, of that with an empty one: the median of the rounds.
    pub fn pace(&self) -> f64 {
        self.median(|[empty, full]| full.articles / empty.articles)
    }

    /// Processor time of an article with the large ledger, of that with an empty one: the median of the rounds.
    pub fn cpu(&self) -> f64 {
        self.median(|[empty, full]| full.cpu_microseconds / empty.cpu_microseconds)
    }

    fn median(&self, ratio: impl Fn(&[Pace; 2]) -> f64) -> f64 {
        let mut ratios: Vec<f64> = self.rounds.iter().map(ratio).collect();
        ratios.sort_by(f64::total_cmp);
        ratios.get(ratios.len() / 2).copied().unwrap_or(0.0)
    }

    /// By how much more memory it takes with the large ledger, in KiB.
    pub fn growth_kibibytes(&self) -> u64 {
        self.full.peak_kibibytes.saturating_sub(self.empty.peak_kibibytes)
    }

    /// Every file has its row, and memory does not grow with the ledger.
    pub fn is_good(&self) -> bool {
        let [found, wanted] = self.worked_off;
        found == wanted && self.growth_kibibytes() < GROWTH_KIBIBYTES_MAX
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { rows, bytes, ready_empty, ready, empty, full, worked_off: [found, wanted], .. } = self;
        let mebibytes = bytes >> 20;
        write!(
            formatter,
            "{rows} rows, {mebibytes} MiB: ready after {ready:.1?}, with an empty ledger {ready_empty:.1?}"
        )?;
        if let Some(cold) = &self.ready_cold {
            write!(formatter, ", after emptying the caches {cold:.1?}")?;
        }
        let (empty_peak, peak) = (empty.peak_kibibytes, full.peak_kibibytes);
        writeln!(formatter, "\npeak memory: {empty_peak} KiB with an empty ledger, {peak} KiB with the large one")?;
        for round in &self.rounds {
            let [[empty, full], [empty_cpu, full_cpu]] =
                [round.map(|pace| pace.articles), round.map(|pace| pace.cpu_microseconds)];
            writeln!(
                formatter,
                "{empty:.0} and {full:.0} articles/s, {empty_cpu:.0} and {full_cpu:.0} us of CPU each"
            )?;
        }
        let (pace, cpu) = (self.pace(), self.cpu());
        write!(formatter, "with the large ledger {pace:.2} of the pace and {cpu:.2} of the CPU; ")?;
        write!(formatter, "{found} rows for {wanted} files")
    }
}
