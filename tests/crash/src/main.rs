//! The command line: which sweep, on which daemon, and the table at the end. Exit code 1 if any promise was broken.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a command")]

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, Subcommand};

use crash_harness::stand::{Claim, Means, default_folder};
use crash_harness::summary::Summary;
use crash_harness::supervisor;
use crash_harness::sweep::{Report, Sweep, Trial};
use crash_harness::workload::Workload;
use crash_harness::{backlog, burst, mutants, power, soak};

/// Kills the daemon, or has its calls fail, at every point of a run, and checks that nothing is lost, doubled or half-written
#[derive(Debug, Parser)]
#[command(name = "crash-harness")]
struct Arguments {
    /// The daemon's binary; by default `warraq` beside this one
    #[arg(long, global = true, value_name = "PATH")]
    daemon: Option<PathBuf>,
    /// Where the plugins that ship lie: they are the chain then. By default the chain is one plugin, compiled with cc
    #[arg(long, global = true, value_name = "DIR")]
    plugins: Option<PathBuf>,
    /// Where shops are made; by default in memory, if /dev/shm is there
    #[arg(long, global = true, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Try only so many points, chosen by the seed
    #[arg(long, global = true, value_name = "N")]
    points: Option<usize>,
    /// Chooses points
    #[arg(long, global = true, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// How many trials run side by side
    #[arg(long, global = true, value_name = "N", default_value_t = 3)]
    jobs: usize,
    /// Files are copied out of the inbox instead of renamed
    #[arg(long, global = true)]
    copying: bool,
    /// End when something was found
    #[arg(long, global = true)]
    until_bad: bool,
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Debug, Subcommand)]
enum What {
    /// SIGKILL before every call that changes a file, with and without a consumer
    D1,
    /// SIGKILL in a run and again in its recovery, 200 pairs unless --points says otherwise
    D2,
    /// Errors of every call, then a restart without
    D3,
    /// Power loss on real file systems, replayed from a log of what reached the disk (root, FUSE and loop devices)
    D4(power::Arguments),
    /// The protocol changed for the worse, one way at a time: each change must be found
    D6(mutants::Arguments),
    /// An event queue of 16 and a burst of files: all must be found (root, for the queue's length)
    D7(burst::Arguments),
    /// A large backlog and a large ledger: how soon it starts, how much memory it takes
    D8(backlog::Arguments),
    /// Kills, plugins that misbehave, a disk that is full now and then, and a consumer, for as long as you like
    D9(soak::Arguments),
    /// SIGTERM, SIGINT or two SIGTERMs at every call, while it drains and while it would run on
    D12,
    /// One trial again, such as kill@renameat2:17+consumer; the folder is left behind
    Replay {
        /// As printed beside a bad point
        trial: Trial,
    },
}

/// Points of D2 unless told otherwise.
const PAIRS: usize = 200;
/// How much of the daemon's log is shown for a bad point, in bytes.
const LOG_BYTES_MAX: usize = 4000;
/// How many bad points are shown whole.
const SHOWN_MAX: usize = 20;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("crash-harness: {error}");
            ExitCode::from(2)
        }
    }
}

/// Says whether all was well.
fn run(arguments: &Arguments) -> io::Result<bool> {
    if let What::D6(own) = &arguments.what {
        return mutants::run(own);
    }
    let beside = std::env::current_exe()?.with_file_name("warraq");
    let folder = arguments.folder.clone().unwrap_or_else(default_folder);
    let means = Means::new(arguments.daemon.as_ref().unwrap_or(&beside), arguments.plugins.as_deref(), &folder)?;
    let means = means.claiming(if arguments.copying { Claim::Copy } else { Claim::Rename });
    match &arguments.what {
        What::D4(own) => return power::run(&means, arguments.seed, own),
        What::D7(own) => return burst::run(&means, own),
        What::D8(own) => return backlog::run(&means, own),
        What::D9(own) => return soak::run(&means, arguments.seed, own),
        What::D6(_) | What::D1 | What::D2 | What::D3 | What::D12 | What::Replay { .. } => {}
    }
    supervisor::is_permitted().map_err(io::Error::other)?;
    let workload = if arguments.plugins.is_some() { Workload::shipped() } else { Workload::once() };
    let sweep = Sweep {
        means,
        workload,
        jobs: arguments.jobs,
        points: arguments.points,
        seed: arguments.seed,
        until_bad: arguments.until_bad,
    };
    let trials = match &arguments.what {
        What::D1 => sweep.d1()?,
        What::D2 => sweep.d2(arguments.points.unwrap_or(PAIRS))?,
        What::D3 => sweep.d3()?,
        What::D12 => sweep.d12()?,
        What::Replay { trial } => return replay(&sweep, trial),
        What::D4(_) | What::D6(_) | What::D7(_) | What::D8(_) | What::D9(_) => unreachable!("ran above"),
    };
    let begin = Instant::now();
    let reports = sweep.run(&trials, |done, _| progress(done, trials.len()))?;
    let bad: Vec<&Report> = reports.iter().filter(|report| !report.findings.is_empty()).collect();
    bad.iter().take(SHOWN_MAX).for_each(|report| show(report));
    bad.iter().skip(SHOWN_MAX).for_each(|report| println!("BAD {} {}", report.trial, report.findings[0]));
    if arguments.until_bad && !bad.is_empty() {
        println!("found after {} points", reports.len());
    }
    let summary = Summary::of(&reports);
    println!(
        "{summary}{} bad points; {} articles each; {:.0} s",
        bad.len(),
        sweep.workload.articles(),
        begin.elapsed().as_secs_f32()
    );
    Ok(bad.is_empty() && summary.reached() > 0)
}

fn replay(sweep: &Sweep, trial: &Trial) -> io::Result<bool> {
    let report = trial.run(&sweep.means, &sweep.workload, true)?;
    show(&report);
    Ok(report.findings.is_empty())
}

fn show(report: &Report) {
    let verdict = if report.findings.is_empty() { "GOOD" } else { "BAD" };
    println!("{verdict} {} at {:?}", report.trial, report.reached);
    report.findings.iter().for_each(|finding| println!("    {finding}"));
    match &report.kept {
        Some(kept) => println!("    left in {}", kept.display()),
        None => println!("    again: crash-harness replay {}", report.trial),
    }
    let log = &report.log;
    let from = (log.len().saturating_sub(LOG_BYTES_MAX)..=log.len()).find(|&at| log.is_char_boundary(at));
    from.into_iter().flat_map(|from| log[from..].lines()).for_each(|line| println!("    | {line}"));
}

fn progress(done: usize, all: usize) {
    if io::stderr().is_terminal() || done.is_multiple_of(100) {
        eprintln!("{done} of {all}");
    }
}
