//! However a file gets into the inbox it is taken once and whole; what is not finished, or not a file, is left alone.

use std::fs::{self, File, FileTimes};
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, SystemTime};

use crate::support::{Daemon, Mounted, PASSING, Shop};

/// Starts on an empty inbox, so that everything comes while the daemon looks.
fn running() -> (Shop, Daemon) {
    let shop = Shop::configured(PASSING);
    let daemon = shop.start();
    (shop, daemon)
}

/// Waits until so many articles have their outcome, stops and audits: all of them are published.
#[track_caller]
fn all_are_published(shop: &Shop, daemon: Daemon, count: usize) {
    daemon.wait_until("every file is decided", || shop.decided() >= count);
    let finished = daemon.stop();
    let tally = format!("{count} published, 0 duplicate, 0 quarantined, 0 files in hand");
    assert!(finished.log.contains(&tally), "{}", finished.log);
    shop.assert_books(count, 0, 0);
}

/// Proves that the daemon has looked at the inbox after now: a file placed now is published, though it had to settle first.
#[track_caller]
fn after_another_file(shop: &Shop, daemon: &Daemon) {
    let before = shop.decided();
    shop.write(format!("another-{before}.txt"), format!("another file, number {before}"));
    daemon.wait_until("the other file is published", || shop.decided() > before);
}

/// Longer than one write or read.
fn long_story(number: usize) -> String {
    (0..5000).map(|line| format!("Line {line} of story {number} tells a little more.\n")).collect()
}

#[test]
fn files_that_are_moved_in() {
    let (shop, daemon) = running();
    for number in 0..10 {
        shop.move_in(format!("{number}.txt"), format!("story {number}"));
    }
    all_are_published(&shop, daemon, 10);
    assert!((0..10).all(|number| shop.record_of(format!("{number}.txt")).body() == format!("story {number}")));
}

#[test]
fn a_file_moved_in_need_not_settle() {
    let shop = Shop::configured(PASSING).variable("WARRAQ__INBOX__SETTLE_SECONDS", "3600");
    let daemon = shop.start();
    shop.move_in("moved.txt", "moved in, so complete");
    all_are_published(&shop, daemon, 1);
}

#[test]
fn files_that_are_copied_in() {
    let (shop, daemon) = running();
    for number in 0..10 {
        shop.write(format!("{number}.txt"), long_story(number));
    }
    all_are_published(&shop, daemon, 10);
    for number in 0..10 {
        assert_eq!(shop.record_of(format!("{number}.txt")).body(), long_story(number));
    }
}

#[test]
fn a_slow_writer_is_waited_for() {
    let (shop, daemon) = running();
    let mut writer = File::create(shop.inbox("slow.txt")).unwrap();
    writer.write_all(b"the first half, ").unwrap();
    after_another_file(&shop, &daemon);
    after_another_file(&shop, &daemon);
    assert_eq!(shop.listing("inbox"), ["slow.txt"]);
    writer.write_all(b"the second half").unwrap();
    drop(writer);
    all_are_published(&shop, daemon, 3);
    assert_eq!(shop.record_of("slow.txt").body(), "the first half, the second half");
}

#[test]
fn unfinished_names_are_not_touched_until_renamed() {
    let (shop, daemon) = running();
    let unfinished = [".hidden.txt", "a.txt.part", "b.tmp", "c.crdownload", "d.filepart", "e.txt~"];
    for name in unfinished {
        shop.write(name, format!("the story of {name}"));
    }
    after_another_file(&shop, &daemon);
    assert_eq!(shop.listing("inbox"), unfinished);
    for name in unfinished {
        fs::rename(shop.inbox(name), shop.inbox(format!("done{name}.txt"))).unwrap();
    }
    all_are_published(&shop, daemon, 1 + unfinished.len());
}

#[test]
fn configured_names_are_not_touched() {
    let shop = Shop::configured(PASSING).variable("WARRAQ__INBOX__IGNORE", "Thumbs.db,draft-*");
    for name in ["Thumbs.db", "draft-1.txt", "story.txt"] {
        shop.write(name, name);
    }
    shop.drain();
    shop.assert_books(1, 0, 0);
    assert_eq!(shop.listing("inbox"), ["Thumbs.db", "draft-1.txt"]);
}

#[test]
fn a_hard_link_is_taken_and_the_other_name_stays() {
    let (shop, daemon) = running();
    fs::write(shop.outside("kept.txt"), "one file, two names").unwrap();
    fs::hard_link(shop.outside("kept.txt"), shop.inbox("linked.txt")).unwrap();
    all_are_published(&shop, daemon, 1);
    assert_eq!(fs::read_to_string(shop.outside("kept.txt")).unwrap(), "one file, two names");
}

#[test]
fn files_present_at_start() {
    let shop = Shop::configured(PASSING);
    for number in 0..10 {
        shop.write(format!("{number}.txt"), format!("story {number}"));
    }
    all_are_published(&shop, shop.start(), 10);
}

#[test]
fn nested_folders_are_left_alone() {
    let shop = Shop::configured(PASSING);
    fs::create_dir_all(shop.inbox("folder/deeper")).unwrap();
    fs::write(shop.inbox("folder/a.txt"), "a").unwrap();
    fs::write(shop.inbox("folder/deeper/b.txt"), "b").unwrap();
    let daemon = shop.start();
    after_another_file(&shop, &daemon);
    fs::write(shop.inbox("folder/c.txt"), "c").unwrap();
    after_another_file(&shop, &daemon);
    all_are_published(&shop, daemon, 2);
    assert_eq!(shop.listing("inbox"), ["folder"]);
    assert_eq!(shop.listing("inbox/folder"), ["a.txt", "c.txt", "deeper"]);
    assert_eq!(shop.listing("inbox/folder/deeper"), ["b.txt"]);
}

#[test]
fn an_old_file_and_one_from_the_future() {
    let (shop, daemon) = running();
    let year = Duration::from_secs(365 * 24 * 3600);
    for (name, time) in [("old.txt", SystemTime::now() - year), ("future.txt", SystemTime::now() + year)] {
        let file = File::create(shop.inbox(name)).unwrap();
        (&file).write_all(name.as_bytes()).unwrap();
        file.set_times(FileTimes::new().set_modified(time).set_accessed(time)).unwrap();
    }
    all_are_published(&shop, daemon, 2);
    let age = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() as i64;
    let day = &shop.listing("archive")[0];
    for name in shop.listing(&format!("archive/{day}")) {
        let modified = fs::metadata(shop.folder("archive").join(day).join(name)).unwrap().mtime();
        assert!((age - modified).abs() > 300 * 24 * 3600, "the original keeps its times");
    }
}

#[test]
fn a_thousand_files_with_the_same_first_line() {
    let (shop, daemon) = running();
    let text = |number: usize| format!("عاجل\nthe rest of story {number}");
    for number in 0..1000 {
        if number % 2 == 0 {
            shop.write(format!("{number:04}.txt"), text(number));
        } else {
            shop.move_in(format!("{number:04}.txt"), text(number));
        }
    }
    all_are_published(&shop, daemon, 1000);
    for record in shop.records() {
        let number: usize = record.source_name().trim_end_matches(".txt").parse().unwrap();
        assert_eq!(record.body(), text(number));
    }
}

#[test]
fn the_same_name_again_and_again() {
    let (shop, daemon) = running();
    for number in 0..20 {
        shop.move_in("story.txt", format!("version {number}"));
        daemon.wait_until("it is taken", || shop.listing("inbox").is_empty());
    }
    all_are_published(&shop, daemon, 20);
    let mut bodies: Vec<String> = shop.records().iter().map(|record| record.body().to_owned()).collect();
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), 20);
}

#[test]
fn two_inboxes_feed_one_outbox() {
    let shop = Shop::configured(&format!("[[inbox]]\npath = 'inbox'\n[[inbox]]\npath = 'second'\n{PASSING}"));
    let daemon = shop.start();
    shop.write("a.txt", "from the first");
    fs::write(shop.folder("second").join("b.txt"), "from the second").unwrap();
    all_are_published(&shop, daemon, 2);
    assert_eq!(shop.listing("second"), [""; 0]);
}

#[test]
fn an_inbox_that_is_looked_at_instead_of_watched() {
    let shop = Shop::configured(PASSING)
        .variable("WARRAQ__INBOX__WATCH", "poll")
        .variable("WARRAQ__INBOX__POLL_SECONDS", "0.1")
        .variable("WARRAQ__INBOX__RESCAN_SECONDS", "86400");
    let daemon = shop.start();
    shop.write("a.txt", "copied in");
    daemon.wait_until("it is published", || shop.decided() == 1);
    shop.move_in("b.txt", "moved in");
    assert_eq!(daemon.log().matches("looked at regularly").count(), 1, "{}", daemon.log());
    all_are_published(&shop, daemon, 2);
}

/// On a file system of a program, changes that are made behind it give no event.
#[test]
fn changes_that_no_event_tells_of_are_found() {
    let shop = Shop::configured(&format!("[[inbox]]\npath = 'inbox'\nclaim = 'copy'\npoll_seconds = 0.1\n{PASSING}"))
        .variable("WARRAQ__INBOX__RESCAN_SECONDS", "86400");
    let (behind, inbox) = (shop.outside("behind"), shop.folder("inbox"));
    fs::create_dir(&behind).unwrap();
    let Some(mounted) = Mounted::program(&behind, &inbox) else { return };
    let daemon = shop.start();
    fs::write(behind.join("a.txt"), "came from behind").unwrap();
    daemon.wait_until("it is published", || shop.decided() == 1);
    let said = daemon.log().contains("looked at regularly") && daemon.log().contains("system=FUSE");
    let finished = daemon.stop();
    assert!(said, "{}", finished.log);
    drop(mounted);
    assert!(fs::read_dir(&behind).unwrap().next().is_none());
    shop.assert_books(1, 0, 0);
}
