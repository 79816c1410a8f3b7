//! Which points are tried, and what was found at each. A point is a call, counted over all threads of a run: `renameat2:17` is the
//! 17th `renameat2` on a file of the shop, `any:203` the 203rd call of any kind.

mod trial;

use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

pub use trial::{Deed, Point, Report, Step, Trial};

use crate::calls::{Effect, Kind, by_name};
use crate::stand::{Means, Mode, Stand};
use crate::supervisor::Act;
use crate::workload::Workload;
use nix::errno::Errno;

/// What a sweep needs.
#[derive(Debug)]
pub struct Sweep {
    /// Binary, plugin, folder.
    pub means: Means,
    /// What is dropped.
    pub workload: Workload,
    /// How many trials run side by side; each mostly waits.
    pub jobs: usize,
    /// Of all points only so many, chosen by the seed; `None`: all.
    pub points: Option<usize>,
    /// Chooses them.
    pub seed: u64,
    /// End when something was found.
    pub until_bad: bool,
}

/// How many calls of each kind a run makes, over all threads.
pub type Counts = BTreeMap<&'static str, usize>;

/// Threads get in each other's way differently each time, so a run may make more calls than the recorded ones did.
const SURPLUS: usize = 2;
/// How many runs are recorded; the largest count of each kind is taken.
const RECORDINGS: usize = 3;

impl Sweep {
    /// Kills before every call that changes a file, with and without a consumer that empties the outbox before the restart.
    pub fn d1(&self) -> io::Result<Vec<Trial>> {
        let mut trials = Vec::new();
        for (name, count) in self.record(false)? {
            for ordinal in 1..=count + SURPLUS {
                for consumer in [false, true] {
                    let steps = vec![Step { deed: Deed::Kill, point: Point::Nth { name, ordinal } }];
                    trials.push(Trial { steps, consumer, serve: false });
                }
            }
        }
        Ok(self.sample(trials))
    }

    /// Kills within a run, then within the recovery from that.
    pub fn d2(&self, count: usize) -> io::Result<Vec<Trial>> {
        let total: usize = self.record(false)?.values().sum();
        let mut random = Random(self.seed);
        let mut kill = |below: usize| {
            let ordinal = 1 + random.below(below.max(1));
            (Step { deed: Deed::Kill, point: Point::Any { ordinal } }, ordinal)
        };
        let mut trials = Vec::new();
        for number in 0..count {
            let (first, done) = kill(total);
            // What is left after a kill is about what had not been done, and opening and recovering besides.
            let (second, _) = kill(total - done + total / 4);
            trials.push(Trial { steps: vec![first, second], consumer: number % 2 == 1, serve: false });
        }
        Ok(trials)
    }

    /// Has each call fail with each error it may return, or write half.
    pub fn d3(&self) -> io::Result<Vec<Trial>> {
        let mut trials = Vec::new();
        for (name, count) in self.record(true)? {
            for deed in by_name(name).map(deeds).unwrap_or_default() {
                for ordinal in 1..=count {
                    let steps = vec![Step { deed, point: Point::Nth { name, ordinal } }];
                    trials.push(Trial { steps, consumer: ordinal % 2 == 1, serve: false });
                }
            }
        }
        Ok(self.sample(trials))
    }

    /// Asks it to stop at each call, in turn as a service manager does, as a person does, and twice; while it drains the inbox and
    /// while it would run on.
    pub fn d12(&self) -> io::Result<Vec<Trial>> {
        let deeds = [Deed::Terminate, Deed::TerminateTwice, Deed::Terminate, Deed::Interrupt];
        let mut trials = Vec::new();
        for (name, count) in self.record(true)? {
            for ordinal in 1..=count {
                for serve in [false, true] {
                    let deed = deeds[(ordinal + usize::from(serve)) % deeds.len()];
                    let steps = vec![Step { deed, point: Point::Nth { name, ordinal } }];
                    trials.push(Trial { steps, consumer: ordinal % 2 == 1, serve });
                }
            }
        }
        Ok(self.sample(trials))
    }

    /// Runs the trials, several side by side, and calls `each` as they end.
    pub fn run(&self, trials: &[Trial], each: impl Fn(usize, &Report) + Sync) -> io::Result<Vec<Report>> {
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::with_capacity(trials.len()));
        let work = || -> io::Result<()> {
            while let Some(trial) = trials.get(next.fetch_add(1, Ordering::Relaxed)) {
                let failed = |error| io::Error::other(format!("{trial} could not be tried: {error}"));
                let report = trial.run(&self.means, &self.workload, false).map_err(failed)?;
                if self.until_bad && !report.findings.is_empty() {
                    next.store(trials.len(), Ordering::Relaxed);
                }
                let mut done = done.lock().map_err(|_| io::Error::other("another job panicked"))?;
                each(done.len() + 1, &report);
                done.push(report);
            }
            Ok(())
        };
        thread::scope(|scope| {
            let jobs: Vec<_> = (0..self.jobs.max(1)).map(|_| scope.spawn(work)).collect();
            jobs.into_iter().try_for_each(|job| job.join().map_err(|_| io::Error::other("a job panicked"))?)
        })?;
        done.into_inner().map_err(|_| io::Error::other("a job panicked"))
    }

    /// Counts the calls of runs to which nothing is done; those must be right, too.
    fn record(&self, looks: bool) -> io::Result<Counts> {
        let mut most = Counts::new();
        for _ in 0..RECORDINGS {
            let mut counts = Counts::new();
            let stand = Stand::new(&self.means, &self.workload)?;
            let end = stand.run_supervised(Mode::Drain, looks, |call| {
                *counts.entry(call.kind.name).or_insert(0) += 1;
                Act::Go
            })?;
            let findings = crate::check::at_rest(&stand, &self.workload, false);
            if !end.status.success() || !findings.is_empty() {
                let said = format!("an undisturbed run is wrong already: {}, {findings:#?}", end.status);
                return Err(io::Error::other(format!("{said}\n{}", stand.log())));
            }
            for (name, count) in counts {
                let most = most.entry(name).or_insert(0);
                *most = count.max(*most);
            }
        }
        Ok(most)
    }

    fn sample(&self, mut trials: Vec<Trial>) -> Vec<Trial> {
        let Some(points) = self.points else { return trials };
        let mut random = Random(self.seed);
        let mut chosen = Vec::new();
        while chosen.len() < points && !trials.is_empty() {
            chosen.push(trials.swap_remove(random.below(trials.len())));
        }
        chosen
    }
}

/// Errors a call of this kind may return, as far as they differ for the caller.
fn deeds(kind: &Kind) -> Vec<Deed> {
    let fail = |errors: &[Errno]| errors.iter().map(|&error| Deed::Fail(error)).collect::<Vec<_>>();
    match kind.name {
        "write" | "pwrite64" => {
            let mut deeds = fail(&[Errno::EIO, Errno::ENOSPC, Errno::EDQUOT, Errno::EINTR]);
            deeds.push(Deed::Shorten);
            deeds
        }
        "open" | "openat" => fail(&[Errno::EIO, Errno::ENOSPC, Errno::EMFILE, Errno::ENFILE, Errno::EINTR]),
        "read" | "pread64" => fail(&[Errno::EIO, Errno::EINTR]),
        "getdents64" | "stat" | "lstat" | "newfstatat" | "statx" | "unlink" | "unlinkat" | "rmdir" => {
            fail(&[Errno::EIO])
        }
        "flock" => fail(&[Errno::EINTR]),
        "ftruncate" => fail(&[Errno::EIO, Errno::EINTR]),
        _ if kind.effect == Effect::Sync => fail(&[Errno::EIO, Errno::ENOSPC, Errno::EDQUOT]),
        _ if kind.effect == Effect::Change => fail(&[Errno::EIO, Errno::ENOSPC]),
        _ => Vec::new(),
    }
}

/// Numbers that look random and are the same for the same seed (Steele and others, SplitMix, 2014).
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::KINDS;

    #[test]
    fn what_syncs_may_fail() {
        for kind in KINDS.iter().filter(|kind| kind.effect == Effect::Sync) {
            assert!(deeds(kind).contains(&Deed::Fail(Errno::EIO)));
        }
    }
}
