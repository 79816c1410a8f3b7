//! An inbox that is copied from: every file is taken once and only once, whether its original can be removed or not, and however often
//! the daemon is killed in between.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime};

use rusqlite::Connection;

use crate::support::{Moments, Mounted, PASSING, Shop, skipped};

fn config(after_copy: &str) -> String {
    format!("[[inbox]]\npath = 'inbox'\nclaim = 'copy'\nafter_copy = '{after_copy}'\n{PASSING}")
}

fn shop(after_copy: &str) -> Shop {
    Shop::configured(&config(after_copy)).variable("WARRAQ__INBOX__SETTLE_SECONDS", "0")
}

fn fill(shop: &Shop, files: usize) {
    for number in 0..files {
        shop.write(format!("{number}.txt"), format!("story {number}"));
    }
}

/// How many originals the ledger remembers.
fn remembered(shop: &Shop) -> usize {
    let ledger = Connection::open(shop.folder("spool/ledger.db")).unwrap();
    ledger.query_row("SELECT count(*) FROM original", [], |row| row.get(0)).unwrap()
}

#[test]
fn originals_are_removed_and_then_forgotten() {
    let shop = shop("remove");
    fill(&shop, 150);
    let long = "ل".repeat(120) + "abc.txt";
    shop.write(&long, "a name of 247 bytes");
    shop.write("empty.txt", "");
    let old = SystemTime::now() - Duration::from_secs(365 * 24 * 3600);
    fs::File::options().write(true).open(shop.inbox("7.txt")).unwrap().set_modified(old).unwrap();
    shop.drain();
    shop.assert_books(151, 0, 1);
    let archived = shop.folder("archive").join(&shop.listing("archive")[0]);
    let seven = fs::read_dir(archived).unwrap().map(Result::unwrap);
    let seven = seven.into_iter().find(|entry| entry.file_name().to_string_lossy().ends_with(".7.txt")).unwrap();
    assert_eq!(seven.metadata().unwrap().modified().unwrap(), old, "the original keeps its time");
    assert_eq!((shop.listing("inbox"), shop.listing("spool/copy")), (vec![], vec![]));
    shop.drain();
    assert_eq!((remembered(&shop), shop.decided()), (0, 152));
}

#[test]
fn originals_that_are_kept_are_taken_once() {
    let shop = shop("keep");
    fill(&shop, 5);
    for _ in 0..3 {
        shop.drain();
        shop.assert_books(5, 0, 0);
        assert_eq!((shop.listing("inbox").len(), remembered(&shop)), (5, 5));
    }
    // One that changes, and another in the place of one, are new; one that is gone is forgotten.
    shop.write("0.txt", "another story");
    shop.move_in("1.txt", "story 9");
    fs::remove_file(shop.inbox("2.txt")).unwrap();
    // Whoever sets a mode or makes a backup by links changes nothing.
    fs::set_permissions(shop.inbox("3.txt"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::hard_link(shop.inbox("4.txt"), shop.outside("backup")).unwrap();
    for _ in 0..2 {
        shop.drain();
        shop.assert_books(7, 0, 0);
        assert_eq!(remembered(&shop), 4);
    }
}

#[test]
fn a_ledger_from_before_copying_goes_on() {
    let shop = shop("keep");
    shop.write("a.txt", "a");
    shop.configure(PASSING);
    shop.drain();
    let ledger = Connection::open(shop.folder("spool/ledger.db")).unwrap();
    ledger.execute_batch("DROP TABLE original; PRAGMA user_version = 2").unwrap();
    drop(ledger);
    shop.configure(&config("keep"));
    shop.write("b.txt", "b");
    shop.drain();
    shop.drain();
    shop.assert_books(2, 0, 0);
    assert_eq!(remembered(&shop), 1);
}

#[test]
fn a_running_daemon_takes_what_comes() {
    let shop = shop("remove");
    let daemon = shop.start();
    for number in 0..20 {
        shop.move_in("story.txt", format!("version {number}"));
        daemon.wait_until("it is published", || shop.decided() == number + 1);
        daemon.wait_until("it is removed", || shop.listing("inbox").is_empty());
    }
    fill(&shop, 100);
    daemon.wait_until("all are published", || shop.decided() == 120);
    daemon.stop();
    shop.assert_books(120, 0, 0);
    assert_eq!(shop.listing("inbox"), [""; 0]);
}

/// The feeder never waits: it puts the next version in the place of the last, at any moment.
#[test]
fn a_version_that_was_put_there_last_is_never_lost() {
    let shop = shop("remove");
    let daemon = shop.start();
    for number in 0..300 {
        shop.move_in("story.txt", format!("version {number:03}"));
    }
    daemon.wait_until("the last one is taken", || shop.listing("inbox").is_empty());
    let last = || shop.records().iter().any(|record| record.body() == "version 299");
    daemon.wait_until("the last one is published", last);
    daemon.stop();
    shop.assert_books(shop.decided(), 0, 0);
    let mut bodies: Vec<String> = shop.records().iter().map(|record| record.body().to_owned()).collect();
    bodies.sort();
    let taken = bodies.len();
    bodies.dedup();
    assert_eq!(bodies.len(), taken, "no version is taken twice");
}

#[test]
fn the_same_file_dropped_twice_is_two_submissions() {
    let shop = shop("remove");
    let daemon = shop.start();
    let time = SystemTime::now() - Duration::from_secs(3600);
    for number in 1..=5 {
        // As `cp -p` does: the same name, size, content and time of change.
        fs::write(shop.outside("story"), "the same story").unwrap();
        fs::File::options().write(true).open(shop.outside("story")).unwrap().set_modified(time).unwrap();
        fs::rename(shop.outside("story"), shop.inbox("story.txt")).unwrap();
        daemon.wait_until("it is published", || shop.decided() == number && shop.listing("inbox").is_empty());
    }
    daemon.stop();
    shop.assert_books(5, 0, 0);
}

#[test]
fn a_file_that_is_too_large_is_not_copied() {
    let shop = shop("remove").variable("WARRAQ__DECODE__SUBMISSION_BYTES_MAX", "1024");
    shop.write("large.txt", "x".repeat(1025));
    shop.write("small.txt", "small");
    let finished = shop.drain();
    shop.assert_books(1, 0, 0);
    assert_eq!(shop.listing("inbox"), ["large.txt"]);
    assert!(finished.log.contains("it has 1025 bytes"), "{}", finished.log);
}

#[test]
fn with_sentinels() {
    let shop = shop("remove").variable("WARRAQ__INBOX__SENTINEL", ".ready");
    for name in ["a.txt", "a.txt.ready", "b.txt"] {
        shop.write(name, name);
    }
    shop.drain();
    shop.assert_books(1, 0, 0);
    assert_eq!(shop.listing("inbox"), ["b.txt"]);
}

/// Killed often, at moments that differ, with a consumer that takes every record at once.
#[track_caller]
fn is_killed(after_copy: &str, files: usize) {
    for seed in [1, 2] {
        let mut random = Moments(seed);
        let shop = shop(after_copy)
            .variable("WARRAQ__LEDGER__BATCH_ARTICLES_MAX", "7")
            .variable("WARRAQ__CLAIM__IN_HAND_SUBMISSIONS_MAX", "10");
        fill(&shop, files);
        for _ in 0..25 {
            let before = shop.decided();
            let daemon = shop.spawn(&[]);
            // Some runs get far and some do not even begin.
            let (wanted, looks) = (before + random.below(12), random.below(30));
            daemon.wait_until("some are decided", || shop.decided() >= wanted.min(files));
            (0..looks).for_each(|_| drop(shop.rows()));
            daemon.kill();
            shop.take_records();
        }
        shop.drain();
        shop.drain();
        shop.assert_books(files, 0, 0);
        assert_eq!(shop.listing("spool/copy"), [""; 0]);
        let left = if after_copy == "keep" { files } else { 0 };
        assert_eq!((shop.names("inbox").len(), remembered(&shop)), (left, left));
    }
}

#[test]
fn killed_again_and_again_while_originals_are_removed() {
    is_killed("remove", 200);
}

#[test]
fn killed_again_and_again_while_originals_are_kept() {
    is_killed("keep", 200);
}

#[test]
fn what_a_crash_leaves_behind_is_put_right() {
    let shop = shop("keep");
    shop.write("a.txt", "a");
    shop.drain();
    shop.configure(&config("remove"));
    let id = shop.row_of("a.txt").id;
    let next = id.replace("0000000001", "0000000002");
    // A copy that was not accepted, whose original is in the inbox; and one whose original was being removed and was replaced just
    // before that.
    fs::write(shop.folder("spool/copy").join(&next), "half of ").unwrap();
    shop.write("b.txt", "half of b, and the rest");
    fs::remove_file(shop.inbox("a.txt")).unwrap();
    shop.write(format!(".warraq.{id}"), "another a, renamed aside");
    shop.drain();
    shop.drain();
    shop.assert_books(3, 0, 0);
    assert_eq!((shop.listing("inbox"), shop.listing("spool/copy")), (vec![], vec![]));
    let bodies: Vec<String> = shop.records().iter().map(|record| record.body().to_owned()).collect();
    assert!(bodies.contains(&"another a, renamed aside".to_owned()), "{bodies:?}");
}

#[test]
fn an_inbox_on_another_file_system() {
    let shop = shop("remove");
    let inbox = shop.folder("inbox");
    let Some(mounted) = Mounted::memory(&inbox, 16) else { return };
    fill(&shop, 20);
    shop.drain();
    shop.assert_books(20, 0, 0);
    assert_eq!(shop.listing("inbox"), [""; 0]);
    // What was configured before cannot work here, and says what does.
    shop.configure(PASSING);
    let finished = shop.spawn(&["--drain"]).finish();
    assert_eq!(finished.code, Some(78), "{}", finished.log);
    assert!(
        finished.log.contains("another file system") && finished.log.contains("claim = \"copy\""),
        "{}",
        finished.log
    );
    drop(mounted);
}

#[test]
fn an_inbox_that_cannot_be_written_to() {
    let shop = shop("remove");
    let inbox = shop.folder("inbox");
    let Some(mounted) = Mounted::memory(&inbox, 16) else { return };
    fill(&shop, 20);
    mounted.make_read_only();
    for _ in 0..3 {
        let finished = shop.drain();
        shop.assert_books(20, 0, 0);
        assert_eq!(finished.log.matches("originals cannot be removed").count(), 1, "{}", finished.log);
    }
    assert_eq!(shop.listing("inbox").len(), 20);
    drop(mounted);
}

/// Copies need room where renaming needs none: for lack of it everything waits, and nothing is lost.
#[test]
fn a_disk_that_is_full_is_waited_for() {
    const FILES: usize = 24;
    let shop = shop("remove")
        .variable("WARRAQ__CLAIM__FREE_BYTES_MIN", "0")
        .variable("WARRAQ__CLAIM__FREE_INODES_MIN", "0")
        .variable("WARRAQ__SHOP__BALLAST_MEBIBYTES", "0");
    fs::remove_dir(shop.folder("inbox")).unwrap();
    let folder = shop.folder("");
    let Some(mounted) = Mounted::memory(&folder, 24) else { return };
    fs::create_dir(shop.outside("inbox")).unwrap();
    std::os::unix::fs::symlink(shop.outside("inbox"), shop.folder("inbox")).unwrap();
    let text = |number: usize| format!("story {number} ").repeat(10_000);
    (0..FILES).for_each(|number| shop.write(format!("{number}.txt"), text(number)));
    fs::write(shop.folder("filler"), vec![0; 22 << 20]).unwrap();
    let daemon = shop.start();
    daemon.wait_for_log("no room on the disk");
    assert!(shop.decided() < FILES);
    fs::remove_file(shop.folder("filler")).unwrap();
    daemon.wait_until("all are published", || shop.decided() == FILES);
    daemon.wait_until("all originals are removed", || shop.listing("inbox").is_empty());
    daemon.stop();
    shop.assert_books(FILES, 0, 0);
    assert_eq!(shop.listing("spool/copy"), [""; 0]);
    assert!((0..FILES).all(|number| shop.record_of(format!("{number}.txt")).body().trim() == text(number).trim()));
    drop(mounted);
}

#[test]
fn a_shop_on_a_file_system_that_cannot_keep_the_promise_is_refused() {
    let shop = Shop::configured(PASSING);
    let (behind, folder) = (shop.outside("behind"), shop.folder(""));
    fs::create_dir(&behind).unwrap();
    let Some(_mounted) = Mounted::program(&behind, &folder) else { return };
    let finished = shop.spawn(&["--drain"]).finish();
    let left = shop.listing("spool");
    assert_eq!(finished.code, Some(78), "{}", finished.log);
    assert!(finished.log.contains("cannot rename a file without replacing another"), "{}", finished.log);
    assert!(!left.iter().any(|name| name.contains("probe")), "{left:?}");
}

/// A share that is not mounted at a start must not make the daemon forget what it took from it.
#[test]
fn a_share_that_was_away_is_not_taken_again() {
    let shop = shop("keep");
    let (inbox, device) = (shop.folder("inbox"), shop.outside("device"));
    fs::create_dir(&device).unwrap();
    let Some(_device) = Mounted::memory(&device, 16) else { return };
    fs::create_dir(device.join("share")).unwrap();
    let mount = || Mounted::folder(&device.join("share"), &inbox).unwrap();
    let mounted = mount();
    fill(&shop, 3);
    shop.drain();
    drop(mounted);
    shop.drain();
    assert_eq!((shop.listing("inbox").len(), remembered(&shop)), (0, 3));
    let mounted = mount();
    shop.drain();
    shop.assert_books(3, 0, 0);
    drop(mounted);
}

#[test]
fn the_files_of_others_in_a_sticky_inbox() {
    let Some(shop) = shop("remove").run_by_nobody() else { return };
    if !rustix::process::geteuid().is_root() {
        return skipped("a sticky inbox, which takes root to make");
    }
    let inbox = shop.folder("inbox");
    std::os::unix::fs::chown(&inbox, Some(0), Some(0)).unwrap();
    fs::set_permissions(&inbox, fs::Permissions::from_mode(0o1777)).unwrap();
    fill(&shop, 3);
    for _ in 0..2 {
        shop.drain();
        shop.assert_books(3, 0, 0);
    }
    assert_eq!(shop.listing("inbox").len(), 3);
    // By renaming nothing of it can be had, which is said at the start.
    shop.configure(PASSING);
    let finished = shop.drain();
    assert!(finished.log.contains("the inbox is sticky"), "{}", finished.log);
    assert_eq!((finished.log.matches("cannot take it").count(), shop.decided()), (3, 3));
    // And one in which nobody else may write is refused.
    fs::set_permissions(&inbox, fs::Permissions::from_mode(0o755)).unwrap();
    let finished = shop.spawn(&["--drain"]).finish();
    assert_eq!(finished.code, Some(78), "{}", finished.log);
    assert!(finished.log.contains("claim = \"copy\""), "{}", finished.log);
}
