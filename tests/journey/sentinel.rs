//! With sentinels a file is taken when its sentinel is there and not before; no sentinel is ever taken for an article, stays behind
//! for good, or speaks for a file that is newer than itself.

use std::fs;

use crate::support::{PASSING, Shop};

fn shop() -> Shop {
    Shop::configured(&format!("[[inbox]]\npath = 'inbox'\nsentinel = '.ready'\n{PASSING}"))
        .variable("WARRAQ__INBOX__SETTLE_SECONDS", "3600")
}

/// Writes until the file has a later time than the other: the clock of a file system may stand still for some milliseconds.
fn write_after(shop: &Shop, name: &str, other: &str, content: &str) {
    let time = |name: &str| fs::metadata(shop.inbox(name)).unwrap().modified().unwrap();
    loop {
        shop.write(name, content);
        if time(name) > time(other) {
            return;
        }
    }
}

#[test]
fn a_file_is_taken_with_its_sentinel_and_not_before() {
    let shop = shop();
    let daemon = shop.start();
    shop.write("a.txt", "the first half, ");
    shop.write("b.txt", "complete");
    shop.write("b.txt.ready", "");
    daemon.wait_until("the complete one is published", || shop.decided() == 1);
    daemon.wait_until("its sentinel is gone", || shop.listing("inbox") == ["a.txt"]);
    shop.write("a.txt", "the first half, the second half");
    shop.move_in("c.txt", "moved in");
    shop.move_in("c.txt.ready", "the sentinel may hold something");
    daemon.wait_until("the next one is published", || shop.decided() == 2);
    shop.write("a.txt.ready", "");
    daemon.wait_until("all are published", || shop.decided() == 3 && shop.listing("inbox").is_empty());
    daemon.stop();
    shop.assert_books(3, 0, 0);
    assert_eq!(shop.record_of("a.txt").body(), "the first half, the second half");
}

#[test]
fn draining_takes_what_is_complete_and_says_what_is_not() {
    let shop = shop();
    for name in ["a.txt", "a.txt.ready", "b.txt", "c.txt.ready", "d.txt.part", "d.txt.part.ready"] {
        shop.write(name, name);
    }
    let finished = shop.drain();
    shop.assert_books(1, 0, 0);
    assert_eq!(shop.record_of("a.txt").body(), "a.txt");
    assert_eq!(shop.listing("inbox"), ["b.txt", "c.txt.ready", "d.txt.part", "d.txt.part.ready"]);
    assert!(finished.log.contains("files without a sentinel stay in the inbox"), "{}", finished.log);
}

#[test]
fn what_waits_for_long_is_said_once() {
    let shop = shop().variable("WARRAQ__INBOX__SENTINEL_WAIT_SECONDS", "0");
    let daemon = shop.start();
    shop.write("a.txt", "waits");
    daemon.wait_for_log("it has no sentinel");
    for number in 0..3 {
        shop.write(format!("{number}.txt"), number.to_string());
        shop.write(format!("{number}.txt.ready"), "");
        daemon.wait_until("it is published", || shop.decided() == number + 1);
    }
    let log = daemon.stop().log;
    assert_eq!(
        log.lines().filter(|line| line.contains("it has no sentinel") && line.contains("name=\"a.txt\"")).count(),
        1,
        "{log}"
    );
    assert_eq!(shop.listing("inbox"), ["a.txt"]);
}

/// What a crash leaves behind that comes after the file was taken and before its sentinel was removed.
#[test]
fn a_sentinel_without_its_file_is_removed_and_said() {
    let shop = shop().variable("WARRAQ__INBOX__SENTINEL_WAIT_SECONDS", "0");
    shop.write("a.txt.ready", "a sentinel is no article");
    shop.write("b.txt", "b");
    shop.write("b.txt.ready", "");
    let finished = shop.drain();
    shop.assert_books(1, 0, 0);
    assert_eq!(shop.listing("inbox"), [""; 0]);
    let removed =
        |line: &&str| line.contains("removed a sentinel whose file is missing") && line.contains("a.txt.ready");
    assert_eq!(finished.log.lines().filter(removed).count(), 1, "{}", finished.log);
}

#[test]
fn a_sentinel_that_was_left_behind_does_not_speak_for_the_next_file() {
    let shop = shop();
    shop.write("a.txt.ready", "");
    write_after(&shop, "a.txt", "a.txt.ready", "the first half, ");
    shop.drain();
    assert_eq!((shop.decided(), shop.listing("inbox").len()), (0, 2));
    shop.write("a.txt", "the first half, the second half");
    write_after(&shop, "a.txt.ready", "a.txt", "");
    shop.drain();
    shop.assert_books(1, 0, 0);
    assert_eq!(shop.record_of("a.txt").body(), "the first half, the second half");
    assert_eq!(shop.listing("inbox"), [""; 0]);
}

#[test]
fn killed_again_and_again() {
    const FILES: usize = 120;
    let shop = shop()
        .variable("WARRAQ__CLAIM__IN_HAND_SUBMISSIONS_MAX", "5")
        .variable("WARRAQ__LEDGER__BATCH_ARTICLES_MAX", "3")
        .variable("WARRAQ__INBOX__SENTINEL_WAIT_SECONDS", "0");
    for number in 0..FILES {
        shop.write(format!("{number}.txt"), format!("story {number}"));
        shop.write(format!("{number}.txt.ready"), "");
    }
    for target in [1, 30, 60, 90] {
        let daemon = shop.start();
        daemon.wait_until("some are decided", || shop.decided() >= target);
        daemon.kill();
    }
    shop.drain();
    shop.assert_books(FILES, 0, 0);
    assert_eq!(shop.listing("inbox"), [""; 0]);
}
