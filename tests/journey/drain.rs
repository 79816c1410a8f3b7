//! Told to stop, the daemon finishes what is in hand and leaves the rest for the next start; and a shop has one daemon.

use std::fs;

use crate::support::{PASSING, Shop};

/// An article that waits for a file to be there, asking again in an hour: in hand, and not to be finished.
fn waiting(shop: &Shop) -> String {
    format!("!wait-for {}\nthe story that waits", shop.outside("go").display())
}

#[test]
fn drain_of_an_empty_inbox() {
    let shop = Shop::configured(PASSING);
    let finished = shop.drain();
    assert!(finished.log.contains("0 published, 0 duplicate, 0 quarantined, 0 files in hand"), "{}", finished.log);
    assert_eq!(finished.output, "", "stdout is for data");
    shop.assert_books(0, 0, 0);
}

#[test]
fn drain_makes_the_folders() {
    let shop = Shop::configured(PASSING);
    fs::remove_dir(shop.folder("inbox")).unwrap();
    shop.drain();
    for folder in ["inbox", "outbox", "quarantine", "archive", "spool/claim", "spool/stage"] {
        assert!(shop.folder(folder).is_dir(), "{folder}");
    }
}

#[test]
fn drain_waits_for_what_has_not_settled() {
    let shop = Shop::configured(PASSING).variable("WARRAQ__INBOX__SETTLE_SECONDS", "1.5");
    shop.write("fresh.txt", "written this very moment");
    shop.drain();
    shop.assert_books(1, 0, 0);
}

#[test]
fn terminate_finishes_what_is_in_hand() {
    let shop = Shop::configured(PASSING)
        .variable("WARRAQ__CHAIN__WORKERS", "2")
        .variable("WARRAQ__CLAIM__IN_HAND_SUBMISSIONS_MAX", "10");
    for number in 0..40 {
        shop.write(format!("{number:02}.txt"), format!("!sleep 50\nstory {number}"));
    }
    let daemon = shop.start();
    daemon.wait_until("some are in hand", || !shop.listing("spool/claim").is_empty());
    let finished = daemon.stop();
    let decided = shop.decided();
    shop.assert_books(decided, 0, 0);
    let tally = format!("{decided} published, 0 duplicate, 0 quarantined, 0 files in hand");
    assert!(finished.log.contains(&tally), "{}", finished.log);
    assert_eq!(shop.listing("inbox").len(), 40 - decided, "what was not taken stays");
    assert!(decided < 40, "it did not work off the inbox first");
    shop.drain();
    shop.assert_books(40, 0, 0);
}

#[test]
fn interrupt_is_a_word_to_stop_too() {
    let shop = Shop::configured(PASSING);
    let daemon = shop.start();
    daemon.interrupt();
    let finished = daemon.finish();
    assert_eq!(finished.code, Some(0), "{}", finished.log);
}

#[test]
fn what_does_not_finish_in_time_is_resumed_at_the_next_start() {
    let shop = Shop::configured(PASSING).variable("WARRAQ__LIFECYCLE__DRAIN_SECONDS", "0.2");
    shop.write("waits.txt", waiting(&shop));
    shop.write("good.txt", "a good story");
    let daemon = shop.start();
    daemon.wait_until("one is decided, one is held", || shop.decided() == 1 && shop.listing("inbox").is_empty());
    let finished = daemon.stop();
    assert!(finished.log.contains("deadline is over"), "{}", finished.log);
    assert_eq!(shop.listing("spool/claim").len(), 1);
    fs::write(shop.outside("go"), "").unwrap();
    shop.drain();
    shop.assert_books(2, 0, 0);
}

#[test]
fn a_second_signal_ends_the_wait() {
    let shop = Shop::configured(PASSING).variable("WARRAQ__LIFECYCLE__DRAIN_SECONDS", "3600");
    shop.write("waits.txt", waiting(&shop));
    let daemon = shop.start();
    daemon.wait_until("it is claimed", || shop.listing("inbox").is_empty());
    daemon.terminate();
    daemon.wait_for_log("finishing what is in hand");
    assert!(daemon.is_running());
    let finished = daemon.stop();
    assert!(finished.log.contains("second signal"), "{}", finished.log);
    fs::write(shop.outside("go"), "").unwrap();
    shop.drain();
    shop.assert_books(1, 0, 0);
}

#[test]
fn nothing_is_claimed_after_the_word_to_stop() {
    let shop = Shop::configured(PASSING).variable("WARRAQ__LIFECYCLE__DRAIN_SECONDS", "3600");
    shop.write("waits.txt", waiting(&shop));
    let daemon = shop.start();
    daemon.wait_until("it is claimed", || shop.listing("inbox").is_empty());
    daemon.terminate();
    daemon.wait_for_log("finishing what is in hand");
    shop.move_in("late.txt", "too late for this run");
    daemon.stop();
    assert_eq!(shop.listing("inbox"), ["late.txt"]);
    fs::write(shop.outside("go"), "").unwrap();
    shop.drain();
    shop.assert_books(2, 0, 0);
}

#[test]
fn a_second_daemon_is_turned_away() {
    let shop = Shop::configured(PASSING);
    let daemon = shop.start();
    let finished = shop.spawn(&[]).finish();
    assert_eq!(finished.code, Some(75), "{}", finished.log);
    let message = format!("another warraq works on {}", shop.folder("spool").display());
    assert!(finished.log.contains(&message), "{}", finished.log);
    shop.write("story.txt", "the first goes on");
    daemon.wait_until("it is published", || shop.decided() == 1);
    daemon.stop();
    shop.assert_books(1, 0, 0);
    // The lock dies with its owner, however that ends.
    shop.start().kill();
    shop.drain();
}

#[test]
fn a_folder_that_cannot_be_made() {
    let shop = Shop::configured(PASSING);
    fs::write(shop.folder("outbox"), "a file, where a folder belongs").unwrap();
    shop.write("story.txt", "story");
    let finished = shop.spawn(&["--drain"]).finish();
    assert_eq!(finished.code, Some(73), "{}", finished.log);
    assert!(finished.log.contains(&shop.folder("outbox").display().to_string()), "{}", finished.log);
    assert_eq!(shop.listing("inbox"), ["story.txt"]);
}

#[test]
fn a_ledger_of_another_version_is_not_touched() {
    let shop = Shop::configured(PASSING);
    shop.drain();
    let ledger = rusqlite::Connection::open(shop.folder("spool/ledger.db")).unwrap();
    ledger.pragma_update(None, "user_version", 99).unwrap();
    drop(ledger);
    shop.write("story.txt", "story");
    let finished = shop.spawn(&["--drain"]).finish();
    assert_eq!(finished.code, Some(74), "{}", finished.log);
    assert!(finished.log.contains("found ledger format 99, wanted "), "{}", finished.log);
    assert_eq!(shop.listing("inbox"), ["story.txt"]);
}

#[test]
fn a_consumer_may_take_the_outbox_folder_away() {
    let shop = Shop::configured(PASSING);
    shop.write("a.txt", "a");
    shop.drain();
    fs::rename(shop.folder("outbox"), shop.outside("taken away")).unwrap();
    shop.write("b.txt", "b");
    shop.drain();
    assert_eq!(shop.listing("outbox").len(), 1);
    assert_eq!(shop.decided(), 2);
}
