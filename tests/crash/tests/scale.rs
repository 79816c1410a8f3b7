//! The share of the large runs that every test run can afford: a burst, a backlog, a ledger, bad weather. Asserts what
//! does not depend on the machine's speed. Says so aloud where it may not do what a test is about.
#![expect(clippy::print_stderr, reason = "a test that does nothing must say so")]
#![expect(clippy::unwrap_used, reason = "the allowance for tests does not reach their helpers")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crash_harness::backlog::{files, rows};
use crash_harness::burst::{self, ShortQueues};
use crash_harness::census::{Census, Parcel};
use crash_harness::check::Sort;
use crash_harness::site::{Plan, Room, Site};
use crash_harness::soak;
use crash_harness::stand::{Means, default_folder};
use crash_harness::told::{Told, Word};

const BURST: usize = 3_000;
const BACKLOG: usize = 20_000;
/// A debug build works on them for so long; what it has not taken then must still be in the inbox.
const BACKLOG_SECONDS: u64 = 10;
const ROWS: usize = 100_000;
const COMPARED: usize = 500;
const SOAK_MINUTES: f64 = 0.4;
const SEED: u64 = 7;

#[test]
fn a_burst_that_the_event_queue_cannot_hold() {
    if let Err(why) = ShortQueues::are_permitted() {
        eprintln!("SKIPPED: no event queue ran over; {why}");
        return;
    }
    let report = burst::attack(&means(), BURST, false).unwrap();
    assert!(report.is_good(), "{report:#?}");
}

#[test]
fn a_backlog_costs_no_memory() {
    let report = files::attack(&means(), BACKLOG, BACKLOG_SECONDS, Room::Folder).unwrap();
    assert!(report.is_good(), "{report}");
}

#[test]
fn a_large_ledger_costs_no_memory() {
    let report = rows::attack(&means(), ROWS, COMPARED).unwrap();
    assert!(report.is_good(), "{report}");
}

#[test]
fn bad_weather() {
    let arguments = soak::Arguments { minutes: SOAK_MINUTES, pace: 60, mebibytes: 64, keep: false };
    let report = soak::attack(&means(), SEED, &arguments).unwrap();
    assert!(report.is_good(), "{report}");
    assert!(report.lives.ends.values().sum::<u64>() > 3, "{report}");
}

/// What is done to a shop that was right, and what must be found then.
type Case = (&'static str, Sort, fn(&Path));

#[test]
fn the_census_sees_what_is_wrong() {
    let means = means();
    let cases: [Case; 16] = [
        ("a record is gone", Sort::Lost, |shop| fs::remove_file(first(&shop.join("outbox"))).unwrap()),
        ("a record is there twice", Sort::Doubled, |shop| {
            fs::copy(first(&shop.join("outbox")), shop.join("outbox/x")).unwrap();
        }),
        ("a record is cut", Sort::Partial, |shop| cut(&first(&shop.join("outbox")))),
        ("a record has lost a word", Sort::Partial, |shop| {
            let record = first(&shop.join("outbox"));
            let shorter = fs::read_to_string(&record).unwrap().replacen("token ", "", 1);
            fs::write(record, shorter).unwrap();
        }),
        ("a stage file is left", Sort::LeftOver, |shop| fs::write(shop.join("spool/stage/x"), "").unwrap()),
        ("a claim is left", Sort::LeftOver, |shop| fs::write(shop.join("spool/claim/x"), "").unwrap()),
        ("an original is gone", Sort::Lost, |shop| fs::remove_file(first(&first(&shop.join("archive")))).unwrap()),
        ("an original is cut", Sort::Lost, |shop| cut(&first(&first(&shop.join("archive"))))),
        ("an original of nothing", Sort::Doubled, |shop| {
            fs::write(first(&shop.join("archive")).join("x"), "").unwrap()
        }),
        ("a refusal is gone", Sort::Lost, |shop| fs::remove_dir_all(first(&shop.join("quarantine"))).unwrap()),
        ("a reason is cut", Sort::Partial, |shop| cut(&first(&shop.join("quarantine")).join("reason.json"))),
        ("a row is gone", Sort::Lost, |shop| alter(shop, "DELETE FROM outcome WHERE kind = 'quarantined'")),
        ("a second row", Sort::Doubled, |shop| {
            alter(
                shop,
                "INSERT INTO outcome (id, submission, articles, kind, target, name, digest, bytes, received)
                 SELECT 'x' || id, submission, articles, kind, target, name, digest, bytes, received FROM outcome
                 WHERE kind = 'published'",
            );
        }),
        ("a duplicate of itself", Sort::Wrong, |shop| {
            alter(shop, "UPDATE outcome SET original = id WHERE kind = 'duplicate'");
        }),
        ("another fault", Sort::Wrong, |shop| {
            alter(shop, "UPDATE outcome SET fault = 'empty' WHERE fault = 'rejected'")
        }),
        ("published, both of a key", Sort::Doubled, |shop| {
            alter(
                shop,
                "UPDATE outcome SET kind = 'published', original = NULL, reason = NULL WHERE kind = 'duplicate'",
            );
        }),
    ];
    for (what, sort, tamper) in cases {
        let (site, mut census) = decided(&means);
        tamper(&site.shop());
        let verdict = census.verdict(&site).unwrap();
        assert!(verdict.broken.contains_key(&sort), "{what}: {verdict}");
    }
    let (site, mut census) = decided(&means);
    let verdict = census.verdict(&site).unwrap();
    assert!(verdict.is_good(), "{verdict}");
    assert_eq!(verdict.outcomes.len(), 4, "{verdict}");
}

/// A shop with some of each outcome, all of it decided.
fn decided(means: &Means) -> (Site, Census) {
    let config = "[[inbox]]\nsettle_seconds = 0\n";
    let plan = Plan { plugins: &["storm", "memory"], shop: "", config, room: Room::Folder };
    let site = Site::new(means, &plan).unwrap();
    let census = Census::new(&site.root().join("census.db")).unwrap();
    let told = |token, word, key| Told { word, key, token };
    let several = vec![told(5, Word::Pass, None), told(6, Word::Cut, None), told(7, Word::Pass, Some(1))];
    let parcels = [
        Parcel::one("1.txt".to_owned(), Told::plain(1)),
        Parcel::one("2.txt".to_owned(), told(2, Word::Reject, None)),
        Parcel::one("3.txt".to_owned(), told(3, Word::Pass, Some(1))),
        Parcel::one("4.txt".to_owned(), told(4, Word::Pass, Some(1))),
        Parcel { name: b"5.jsonl".to_vec(), articles: several, several: true },
    ];
    for parcel in parcels {
        census.enter(&parcel).unwrap();
        let name = String::from_utf8(parcel.name.clone()).unwrap();
        fs::write(site.inbox().join(name), parcel.content()).unwrap();
    }
    let mut daemon = site.drain().unwrap();
    let end = daemon.wait(Duration::from_secs(60)).unwrap();
    assert!(end.is_some_and(|status| status.success()), "{}", daemon.said().unwrap());
    (site, census)
}

/// The first entry of a folder, in the order of names.
fn first(folder: &Path) -> PathBuf {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).min().unwrap()
}

fn cut(file: &Path) {
    File::options().write(true).open(file).unwrap().set_len(10).unwrap();
}

fn alter(shop: &Path, sql: &str) {
    let ledger = rusqlite::Connection::open(shop.join("spool/ledger.db")).unwrap();
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
