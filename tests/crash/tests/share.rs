//! The share of the sweeps that every test run can afford, and proof that the checker sees what it should. Says so aloud where
//! the system does not permit tracing.
#![expect(clippy::print_stderr, reason = "a test that does nothing must say so")]
#![expect(clippy::unwrap_used, reason = "the allowance for tests does not reach their helpers")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crash_harness::check::{Sort, at_rest};
use crash_harness::mutants;
use crash_harness::stand::{Claim, Means, Stand, default_folder};
use crash_harness::summary::Summary;
use crash_harness::supervisor::is_permitted;
use crash_harness::sweep::{Report, Sweep, Trial};
use crash_harness::workload::Workload;

/// How many points of each sweep. With the binaries of a debug build, each takes about a tenth of a second of one core.
const KILLS: usize = 240;
const PAIRS: usize = 60;
const ERRORS: usize = 240;
const STOPS: usize = 120;
const COPIES: usize = 100;

#[test]
fn killed_before_any_change() {
    sweep(KILLS, |sweep| sweep.d1().unwrap());
}

#[test]
fn killed_again_while_recovering() {
    sweep(PAIRS, |sweep| sweep.d2(PAIRS).unwrap());
}

#[test]
fn any_call_fails() {
    sweep(ERRORS, |sweep| sweep.d3().unwrap());
}

#[test]
fn asked_to_stop_at_any_call() {
    sweep(STOPS, |sweep| sweep.d12().unwrap());
}

#[test]
fn killed_while_files_are_copied_out_of_the_inbox() {
    sweep_with(means().claiming(Claim::Copy), COPIES, |sweep| sweep.d1().unwrap());
}

fn sweep(points: usize, trials: impl Fn(&Sweep) -> Vec<Trial>) {
    sweep_with(means(), points, trials);
}

fn sweep_with(means: Means, points: usize, trials: impl Fn(&Sweep) -> Vec<Trial>) {
    if let Err(why) = is_permitted() {
        eprintln!("SKIPPED: nothing was killed and nothing checked; {why}");
        return;
    }
    let sweep = Sweep { means, workload: Workload::once(), jobs: 2, points: Some(points), seed: 7, until_bad: false };
    let reports = sweep.run(&trials(&sweep), |_, _| ()).unwrap();
    let bad: Vec<&Report> = reports.iter().filter(|report| !report.findings.is_empty()).collect();
    let summary = Summary::of(&reports);
    let said: Vec<String> = bad.iter().map(|report| format!("{}: {:#?}", report.trial, report.findings)).collect();
    assert!(bad.is_empty(), "{}\n{summary}", said.join("\n"));
    assert!(summary.reached() * 2 > points, "too few points were reached:\n{summary}");
}

#[test]
fn every_mutant_keeps_up_with_the_source() {
    let mutants = mutants::all().unwrap();
    assert!(mutants.len() >= 12, "only {} mutants", mutants.len());
    let behind: Vec<String> = mutants
        .iter()
        .filter_map(|mutant| Some(format!("{}: {}", mutant.name, mutant.check(&mutants::home()).err()?)))
        .collect();
    assert!(behind.is_empty(), "{}", behind.join("\n"));
}

/// What is done to a shop that was right, and what must be found then.
type Case = (&'static str, Sort, fn(&Path));

#[test]
fn the_checker_sees_what_is_wrong() {
    let (means, workload) = (means(), Workload::once());
    let cases: [Case; 12] = [
        ("a record is gone", Sort::Lost, |root| fs::remove_file(first(root, "shop/outbox")).unwrap()),
        ("a record was seen before", Sort::Doubled, |root| {
            let record = first(root, "shop/outbox");
            fs::create_dir(root.join("taken/0")).unwrap();
            fs::copy(&record, root.join("taken/0").join(record.file_name().unwrap())).unwrap();
        }),
        ("a record of nobody", Sort::Doubled, |root| fs::write(root.join("shop/outbox/x.json"), "{}").unwrap()),
        ("a record is cut", Sort::Partial, |root| cut(&first(root, "shop/outbox"))),
        ("a stage file is left", Sort::LeftOver, |root| fs::write(root.join("shop/spool/stage/x"), "").unwrap()),
        ("a claim is left", Sort::LeftOver, |root| fs::write(root.join("shop/spool/claim/x"), "").unwrap()),
        ("a file is left", Sort::LeftOver, |root| fs::write(root.join("shop/inbox/x"), "").unwrap()),
        ("an original is gone", Sort::Lost, |root| fs::remove_file(first(&first(root, "shop/archive"), ".")).unwrap()),
        ("an original is cut", Sort::Partial, |root| cut(&first(&first(root, "shop/archive"), "."))),
        ("a reason is gone", Sort::Partial, |root| {
            fs::remove_file(first(root, "shop/quarantine").join("reason.json")).unwrap();
        }),
        ("a row is gone", Sort::Lost, |root| alter(root, "DELETE FROM outcome WHERE kind = 'quarantined'")),
        ("a duplicate of itself", Sort::Wrong, |root| {
            alter(root, "UPDATE outcome SET original = id WHERE kind = 'duplicate'");
        }),
    ];
    for (what, sort, tamper) in cases {
        let stand = Stand::new(&means, &workload).unwrap();
        assert!(stand.run().unwrap().status.success(), "{}", stand.log());
        assert_eq!(at_rest(&stand, &workload, false), [], "{}", stand.log());
        tamper(stand.shop().parent().unwrap());
        let findings = at_rest(&stand, &workload, false);
        assert!(findings.iter().any(|finding| finding.sort == sort), "{what}: {findings:#?}");
    }
}

/// The first entry of a folder that is not hidden, in the order of names.
fn first(root: &Path, folder: &str) -> PathBuf {
    fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path()).min().unwrap()
}

fn cut(file: &Path) {
    File::options().write(true).open(file).unwrap().set_len(10).unwrap();
}

fn alter(root: &Path, sql: &str) {
    let ledger = rusqlite::Connection::open(root.join("shop/spool/ledger.db")).unwrap();
    ledger.execute_batch(&format!("PRAGMA foreign_keys = OFF; {sql}")).unwrap();
}

fn means() -> Means {
    Means::new(&daemon(), None, &default_folder()).unwrap()
}

/// `WARRAQ_DAEMON`, or the binary that cargo has built for this run beside this test, or builds now.
fn daemon() -> PathBuf {
    if let Some(given) = std::env::var_os("WARRAQ_DAEMON") {
        return given.into();
    }
    let built = std::env::current_exe().unwrap().parent().unwrap().with_file_name("warraq");
    if !built.exists() {
        let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
        let status =
            Command::new(env!("CARGO")).args(["build", "-p", "warraq", "--profile", profile]).status().unwrap();
        assert!(status.success(), "the daemon does not build");
    }
    built
}
