//! Power loss on real file systems. The daemon runs on a disk that remembers every write and every flush; from that, disks are made
//! as a power cut may have left them, and the daemon has to put each of them right.
//!
//! What a disk was told before a flush is on it afterwards. Of what it was told since, any part may be.

mod disk;
mod feeder;
mod image;
mod pages;
mod recording;
mod rig;
mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;

use crate::check::{Finding, Sort};
use crate::random::Random;
use crate::stand::{Means, default_folder};
use crate::workload::Workload;
use image::Image;
use recording::Recording;
pub use rig::FileSystem;
use rig::{Mounted, Rig};
use trial::Verdict;

/// What may be asked of it.
#[derive(Clone, Debug, Args)]
pub struct Arguments {
    /// How many disks of each file system
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub images: usize,
    /// On which file systems
    #[arg(long, value_name = "NAMES", value_delimiter = ',', default_value = "ext4,xfs,btrfs")]
    pub file_systems: Vec<FileSystem>,
    /// Where the recordings of bad images are kept
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub recordings: PathBuf,
    /// One image again, such as 17:34:torn-2, of the recording that was kept
    #[arg(long, value_name = "IMAGE", requires = "recording")]
    pub replay: Option<String>,
    /// That recording
    #[arg(long, value_name = "FILE")]
    pub recording: Option<PathBuf>,
}

/// Images of one recording. The more recordings, the more the runs differ; the more images, the closer each is looked at.
const IMAGES_PER_RECORDING: usize = 40;
/// One that drains, one in which the daemon is killed, and one on what a cut has left.
const RECORDINGS_MIN: usize = 3;
/// Of so many recordings one is on what a cut has left.
const CUT_AGAIN_EVERY: usize = 3;
/// How much of the daemon's log is shown for a bad image, in lines.
const LOG_LINES_MAX: usize = 30;
/// How many bad images are told whole.
const TOLD_MAX: usize = 10;

/// What came of the images of a file system.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How many were tried.
    pub images: usize,
    /// How many could not be mounted; the daemon was not tried on them.
    pub unmountable: usize,
    /// At how many the daemon broke a promise; recordings in which it ended as it should not count as well.
    pub bad: usize,
    /// Which.
    pub broken: BTreeMap<Sort, usize>,
    /// The first bad images with their findings and the daemon's log, and those that could not be mounted.
    pub told: Vec<String>,
    /// The time that the images took, without the recordings.
    pub spent: Duration,
}

/// Says whether all was well.
#[expect(clippy::print_stdout, reason = "it is a command")]
pub fn run(means: &Means, seed: u64, own: &Arguments) -> io::Result<bool> {
    if let (Some(image), Some(recording)) = (&own.replay, &own.recording) {
        return replay(means, image, recording);
    }
    let tallies = thread::scope(|scope| {
        let tried = own.file_systems.iter().map(|&file_system| {
            let job = move || try_images(means, file_system, seed, own.images, &own.recordings);
            (file_system, scope.spawn(job))
        });
        let tried: Vec<_> = tried.collect();
        let join = |(file_system, job): (FileSystem, thread::ScopedJoinHandle<'_, io::Result<Tally>>)| {
            let tally = job.join().map_err(|_| io::Error::other("a job panicked"))?;
            Ok((file_system, tally?))
        };
        tried.into_iter().map(join).collect::<io::Result<Vec<_>>>()
    })?;
    println!("{}", heading());
    for (file_system, tally) in &tallies {
        println!("{:<8}{tally}", file_system.name());
    }
    for (file_system, tally) in &tallies {
        tally.told.iter().for_each(|told| println!("{} {told}", file_system.name()));
    }
    Ok(tallies.iter().all(|(_, tally)| tally.bad == 0 && tally.images > tally.unmountable))
}

/// Why it cannot be tried here, if it cannot.
pub fn is_possible(file_system: FileSystem) -> io::Result<()> {
    apart(|| {
        let rig = Rig::new(&default_folder())?;
        let disk = disk::Disk::mount(rig.format(file_system)?, &rig.mount_point()?)?;
        let point = rig.folder().join("point");
        std::fs::create_dir(&point)?;
        let mounted = Mounted::new(file_system, &disk.file(), &point)?;
        drop(mounted);
        Ok(())
    })
}

/// Records runs and tries images of them.
pub fn try_images(
    means: &Means,
    file_system: FileSystem,
    seed: u64,
    images: usize,
    recordings: &Path,
) -> io::Result<Tally> {
    apart(|| {
        let rig = Rig::new(means.folder())?;
        let means = means.in_folder(rig.folder())?;
        let workload = Workload::once();
        let mut tally = Tally::default();
        let runs = images.div_ceil(IMAGES_PER_RECORDING).max(RECORDINGS_MIN);
        let mut earlier = None;
        for run in 0..runs {
            let seed = seed + run as u64;
            let again = earlier.take().filter(|_| run % CUT_AGAIN_EVERY == CUT_AGAIN_EVERY - 1);
            let again = again.map(|earlier| cut_again(&rig, &means, &workload, &earlier, seed)).transpose()?.flatten();
            let recording = match again {
                Some(recording) => recording,
                None => Recording::new(&rig, &means, &workload, file_system, seed)?,
            };
            let count = (run + 1) * images / runs - run * images / runs;
            let bad = tally.bad;
            tally.add(&rig, &means, &workload, &recording, &Image::choose(&recording, count))?;
            if tally.bad > bad {
                recording.save(&recordings.join(format!("{}-{seed}.recording", file_system.name())))?;
            }
            earlier = Some(recording);
        }
        Ok(tally)
    })
}

/// A run on one of the disks that a run before left behind, so that the power fails in a recovery from a power cut.
fn cut_again(
    rig: &Rig,
    means: &Means,
    workload: &Workload,
    earlier: &Recording,
    seed: u64,
) -> io::Result<Option<Recording>> {
    let images = Image::choose(earlier, IMAGES_PER_RECORDING);
    // A torn one could be a disk that cannot be mounted.
    let images: Vec<&Image> = images.iter().filter(|image| !image.is_torn()).collect();
    if images.is_empty() {
        return Ok(None);
    }
    let image = images[Random::of(seed, &[7]).below(images.len())];
    Recording::after(rig, means, workload, (earlier, image), seed)
}

/// One image of a recording that was kept.
#[expect(clippy::print_stdout, reason = "it is a command")]
fn replay(means: &Means, image: &str, recording: &Path) -> io::Result<bool> {
    let image: Image = image.parse().map_err(io::Error::other)?;
    apart(|| {
        let recording = Recording::load(recording)?;
        let rig = Rig::new(means.folder())?;
        let means = means.in_folder(rig.folder())?;
        let mut tally = Tally::default();
        tally.add(&rig, &means, &Workload::once(), &recording, &[image])?;
        println!("{}\n{:<8}{tally}", heading(), recording.file_system.name());
        tally.told.iter().for_each(|told| println!("{told}"));
        Ok(tally.bad == 0 && tally.unmountable == 0)
    })
}

/// On a thread of its own, which has its own mounts.
fn apart<T: Send>(job: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
    thread::scope(|scope| scope.spawn(job).join().map_err(|_| io::Error::other("the job panicked"))?)
}

fn heading() -> String {
    let sorts: String = Sort::ALL.iter().map(|sort| format!(" {:>9}", sort.heading())).collect();
    format!("{:<8}{:>7} {:>11} {:>7}{sorts} {:>8}", "", "images", "unmountable", "bad", "ms each")
}

impl Tally {
    fn add(
        &mut self,
        rig: &Rig,
        means: &Means,
        workload: &Workload,
        recording: &Recording,
        images: &[Image],
    ) -> io::Result<()> {
        if let Some((how, log)) = &recording.stuck {
            let finding = Finding { sort: Sort::Stuck, text: how.clone() };
            self.count_bad(&format!("recording {}", recording.seed), &[finding], log);
        }
        let mut durable = (0, recording.base.clone());
        for image in images {
            let begin = Instant::now();
            let content = image.content(recording, &mut durable);
            let verdict = trial::run(rig, means, workload, recording, image, &content)?;
            self.count(image, verdict);
            self.spent += begin.elapsed();
        }
        Ok(())
    }

    fn count(&mut self, image: &Image, verdict: Verdict) {
        self.images += 1;
        match verdict {
            Verdict::Unmountable(why) => {
                self.unmountable += 1;
                self.tell(|| format!("{image} cannot be mounted: {why}"));
            }
            Verdict::Tried { findings, .. } if findings.is_empty() => {}
            Verdict::Tried { findings, log } => self.count_bad(&image.to_string(), &findings, &log),
        }
    }

    fn count_bad(&mut self, name: &str, findings: &[Finding], log: &str) {
        self.bad += 1;
        for sort in findings.iter().map(|finding| finding.sort).collect::<BTreeSet<Sort>>() {
            *self.broken.entry(sort).or_insert(0) += 1;
        }
        let findings: String = findings.iter().map(|finding| format!("\n    {finding}")).collect();
        let lines: Vec<&str> = log.lines().collect();
        let last = &lines[lines.len().saturating_sub(LOG_LINES_MAX)..];
        let last: String = last.iter().map(|line| format!("\n    | {line}")).collect();
        self.tell(|| format!("BAD {name}{findings}{last}"));
    }

    fn tell(&mut self, what: impl FnOnce() -> String) {
        if self.told.len() < TOLD_MAX {
            self.told.push(what());
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:>7} {:>11} {:>7}", self.images, self.unmountable, self.bad)?;
        for sort in Sort::ALL {
            write!(formatter, " {:>9}", self.broken.get(&sort).copied().unwrap_or(0))?;
        }
        write!(formatter, " {:>8}", self.spent.as_millis() / self.images.max(1) as u128)
    }
}
