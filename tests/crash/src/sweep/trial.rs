//! One trial: what is done to which runs of the daemon, and what was found afterwards. Its text form replays it.

mod failed_sync;

use std::fmt;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::str::FromStr;

use nix::errno::Errno;
use rustix::process::Signal;

use crate::calls::{Effect, by_name};
use crate::check::{self, Finding, Sort};
use crate::stand::{Means, Mode, Stand};
use crate::supervisor::{Act, Call, End};
use crate::workload::Workload;
use failed_sync::FailedSync;

/// What is done, in text `EIO@fsync:3+consumer`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// One for each run that is disturbed; an undisturbed run follows.
    pub steps: Vec<Step>,
    /// Does a consumer empty the outbox after each disturbed run?
    pub consumer: bool,
    /// Are the disturbed runs of the kind that does not end by itself?
    pub serve: bool,
}

/// What is done to one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub deed: Deed,
    /// When.
    pub point: Point,
}

/// What is done to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// The process is killed before it.
    Kill,
    /// It fails.
    Fail(Errno),
    /// It does half.
    Shorten,
    /// The process is asked to stop, as a service manager does.
    Terminate,
    /// The process is asked to stop, as a person at a terminal does.
    Interrupt,
    /// It is asked to stop, and so many calls later it is asked again.
    TerminateTwice,
}

/// A call of a run, counted from 1 over all threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// The so-manieth of a kind.
    Nth {
        /// The kind.
        name: &'static str,
        /// Which.
        ordinal: usize,
    },
    /// The so-manieth of any kind.
    Any {
        /// Which.
        ordinal: usize,
    },
}

/// What a trial showed.
#[derive(Debug)]
pub struct Report {
    /// The trial.
    pub trial: Trial,
    /// The calls at which something was done; fewer than steps if a run ended before its point.
    pub reached: Vec<String>,
    /// What must not be.
    pub findings: Vec<Finding>,
    /// Where it was left for a person to look at.
    pub kept: Option<PathBuf>,
    /// What the daemon said, if something was found.
    pub log: String,
}

/// What happened in one disturbed run.
struct Disturbed {
    end: End,
    /// The kind of the call and its file, in text.
    reached: Option<String>,
    findings: Vec<Finding>,
}

impl Trial {
    /// Carries it out. `keep`: leaves the folder behind.
    pub fn run(&self, means: &Means, workload: &Workload, keep: bool) -> io::Result<Report> {
        let mut stand = Stand::new(means, workload)?;
        let (mut reached, mut findings) = (Vec::new(), Vec::new());
        let mode = if self.serve { Mode::Serve } else { Mode::Drain };
        for step in &self.steps {
            let run = step.disturb(&stand, mode)?;
            findings.extend(run.findings);
            match step.deed {
                Deed::Kill => {}
                deed if deed.is_signal() => findings.extend(left_in_hand(&stand)),
                _ if run.reached.is_some() && run.end.status.success() => findings.extend(left_in_inbox(&stand)),
                _ => {}
            }
            reached.extend(run.reached);
            findings.extend(check::at_kill(&stand));
            if self.consumer {
                stand.consume()?;
            }
        }
        let end = stand.run()?;
        if !end.status.success() {
            findings.push(Finding { sort: Sort::Stuck, text: format!("the restart ended with {}", end.status) });
        }
        findings.extend(check::at_rest(&stand, workload, self.may_make_unreadable()));
        let log = if findings.is_empty() { String::new() } else { stand.log() };
        let kept = keep.then(|| stand.keep().to_owned());
        Ok(Report { trial: self.clone(), reached, findings, kept, log })
    }

    /// An input error of the disk is a reason to refuse a file; a lack of descriptors or an interruption is none.
    fn may_make_unreadable(&self) -> bool {
        self.steps.iter().any(|step| step.deed == Deed::Fail(Errno::EIO))
    }
}

impl Step {
    fn disturb(&self, stand: &Stand, mode: Mode) -> io::Result<Disturbed> {
        let (mut count, mut reached, mut findings) = (0, None, Vec::new());
        let mut changed = false;
        let mut failed_sync: Option<FailedSync> = None;
        let mut calls_to_second =
            (self.deed == Deed::TerminateTwice).then(|| self.point.ordinal() % SECOND_SIGNAL_CALLS);
        let end = stand.run_supervised(mode, self.deed != Deed::Kill, |call| {
            findings.extend(failed_sync.as_mut().and_then(|failed| failed.broken_by(call)));
            changed |= call.matters;
            if reached.is_some() {
                return second_signal(&mut calls_to_second);
            }
            if !self.point.counts(call) {
                return Act::Go;
            }
            count += 1;
            if count != self.point.ordinal() || !self.deed.fits(call) {
                return Act::Go;
            }
            reached = Some(format!("{} {}", call.kind.name, call.file.display()));
            if call.kind.effect == Effect::Sync && matches!(self.deed, Deed::Fail(_)) {
                failed_sync = Some(FailedSync::of(call, self.deed));
            }
            self.deed.act()
        })?;
        let ended = |text| Finding { sort: Sort::Stuck, text };
        match (self.deed, &reached, end.status.signal()) {
            _ if end.hung => findings.push(ended("the disturbed run did not end".to_owned())),
            (Deed::Kill, Some(_), Some(libc::SIGKILL)) => {}
            (Deed::Kill, Some(_), _) => findings.push(ended(format!("killed, but ended with {}", end.status))),
            // Before it has done anything, it may not have got round to listening.
            (Deed::Terminate | Deed::TerminateTwice, Some(_), Some(libc::SIGTERM)) if !changed => {}
            (Deed::Interrupt, Some(_), Some(libc::SIGINT)) if !changed => {}
            (deed, Some(_), _) if deed.is_signal() && !end.status.success() => {
                findings.push(ended(format!("asked to stop, it ended with {}", end.status)));
            }
            (_, None, _) if end.status.success() => {}
            (_, _, None) if reached.is_some() && end.status.code() != Some(101) => {}
            _ => findings.push(ended(format!("the disturbed run ended with {}", end.status))),
        }
        if failed_sync.is_some_and(|failed| !failed.is_of_sqlite() && !failed.made_good) && end.status.success() {
            findings.push(Finding { sort: Sort::Unsynced, text: "a sync failed and the run succeeded".to_owned() });
        }
        Ok(Disturbed { end, reached, findings })
    }
}

/// The second signal comes within so many calls of the first.
const SECOND_SIGNAL_CALLS: usize = 40;

/// Counts down to it.
fn second_signal(calls_to_second: &mut Option<usize>) -> Act {
    match calls_to_second {
        None => Act::Go,
        Some(0) => {
            *calls_to_second = None;
            Act::Send(Signal::TERM)
        }
        Some(calls) => {
            *calls -= 1;
            Act::Go
        }
    }
}

impl Deed {
    fn act(self) -> Act {
        match self {
            Deed::Kill => Act::Kill,
            Deed::Fail(error) => Act::Fail(error),
            Deed::Shorten => Act::Shorten,
            Deed::Terminate | Deed::TerminateTwice => Act::Send(Signal::TERM),
            Deed::Interrupt => Act::Send(Signal::INT),
        }
    }

    /// Does it ask the process to stop?
    pub fn is_signal(self) -> bool {
        matches!(self, Deed::Terminate | Deed::Interrupt | Deed::TerminateTwice)
    }

    /// A file that is only looked at needs no room.
    fn fits(self, call: &Call) -> bool {
        self != Deed::Fail(Errno::ENOSPC) || call.matters
    }
}

impl Point {
    fn counts(&self, call: &Call) -> bool {
        match self {
            Point::Nth { name, .. } => call.kind.name == *name,
            Point::Any { .. } => true,
        }
    }

    fn ordinal(&self) -> usize {
        match self {
            Point::Nth { ordinal, .. } | Point::Any { ordinal } => *ordinal,
        }
    }

    /// The kind's name, or `any`.
    pub fn name(&self) -> &'static str {
        match self {
            Point::Nth { name, .. } => name,
            Point::Any { .. } => "any",
        }
    }
}

/// A run that says it has drained the inbox must have.
fn left_in_inbox(stand: &Stand) -> Option<Finding> {
    let left = std::fs::read_dir(stand.shop().join("inbox")).map_or(0, Iterator::count);
    let text = format!("the run succeeded and left {left} files in the inbox");
    (left > 0).then_some(Finding { sort: Sort::LeftOver, text })
}

/// A run that stops in order leaves nothing half done, unless it says so.
fn left_in_hand(stand: &Stand) -> Option<Finding> {
    let left = |folder: &str| std::fs::read_dir(stand.shop().join(folder)).map_or(0, Iterator::count);
    let (claims, stage) = (left("spool/claim"), left("spool/stage"));
    let text = format!("it stopped in order and left {claims} claims and {stage} stage files");
    (claims + stage > 0 && !stand.log().contains(LEFT_IN_HAND)).then_some(Finding { sort: Sort::LeftOver, text })
}

/// What the daemon says when it could not finish what it has in hand.
const LEFT_IN_HAND: &str = "stays claimed for the next start";

impl fmt::Display for Trial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = self.steps.iter().map(ToString::to_string).collect();
        parts.extend(self.consumer.then(|| "consumer".to_owned()));
        parts.extend(self.serve.then(|| "serve".to_owned()));
        formatter.write_str(&parts.join("+"))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.deed {
            Deed::Kill => write!(formatter, "kill")?,
            Deed::Fail(error) => write!(formatter, "{error:?}")?,
            Deed::Shorten => write!(formatter, "short")?,
            Deed::Terminate => write!(formatter, "term")?,
            Deed::Interrupt => write!(formatter, "int")?,
            Deed::TerminateTwice => write!(formatter, "twice")?,
        }
        write!(formatter, "@{}:{}", self.point.name(), self.point.ordinal())
    }
}

impl FromStr for Trial {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut trial = Trial { steps: Vec::new(), consumer: false, serve: false };
        for part in text.split('+') {
            match part {
                "consumer" => trial.consumer = true,
                "serve" => trial.serve = true,
                step => trial.steps.push(step.parse()?),
            }
        }
        Ok(trial)
    }
}

impl FromStr for Step {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = || format!("`{text}`: wanted something like kill@renameat2:17, EIO@fsync:3 or kill@any:203");
        let (deed, point) = text.split_once('@').ok_or_else(wanted)?;
        let (name, ordinal) = point.split_once(':').ok_or_else(wanted)?;
        let ordinal = ordinal.parse().map_err(|_| wanted())?;
        let deed = match deed {
            "kill" => Deed::Kill,
            "short" => Deed::Shorten,
            "term" => Deed::Terminate,
            "int" => Deed::Interrupt,
            "twice" => Deed::TerminateTwice,
            error => Deed::Fail(ERRORS.into_iter().find(|known| format!("{known:?}") == error).ok_or_else(wanted)?),
        };
        let point = match name {
            "any" => Point::Any { ordinal },
            name => Point::Nth { name: by_name(name).ok_or_else(wanted)?.name, ordinal },
        };
        Ok(Step { deed, point })
    }
}

/// Those that a trial may name.
const ERRORS: [Errno; 6] = [Errno::EIO, Errno::ENOSPC, Errno::EDQUOT, Errno::EINTR, Errno::EMFILE, Errno::ENFILE];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trials_read_back() {
        for text in [
            "kill@renameat2:17",
            "kill@any:3+kill@any:40+consumer",
            "EIO@fsync:3",
            "short@write:1+consumer",
            "term@any:9+serve",
            "twice@openat:2+consumer+serve",
        ] {
            assert_eq!(text.parse::<Trial>().unwrap().to_string(), text);
        }
        for text in ["", "kill", "kill@nothing:1", "EODD@fsync:1", "kill@fsync:"] {
            assert!(text.parse::<Trial>().is_err(), "{text}");
        }
    }
}
