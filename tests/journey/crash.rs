//! Killed at any moment and started again, the daemon loses nothing, doubles nothing and shows nothing half-written.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::support::{Daemon, Moments, PASSING, Shop, wait_until};

const FILES: usize = 200;

/// Batches so small that a run has many moments.
fn shop_with_small_batches() -> Shop {
    Shop::configured(PASSING)
        .variable("WARRAQ__LEDGER__BATCH_ARTICLES_MAX", "3")
        .variable("WARRAQ__CLAIM__IN_HAND_SUBMISSIONS_MAX", "20")
        .variable("WARRAQ__INBOX__SETTLE_SECONDS", "0")
}

/// Every third file is one that is refused, so that quarantine folders are cut off too.
fn text(number: usize) -> String {
    if number.is_multiple_of(3) { format!("!reject odd\nstory {number}") } else { format!("story {number}") }
}

#[track_caller]
fn assert_all_stories_once(shop: &Shop) {
    let refused = (0..FILES).filter(|number| number.is_multiple_of(3)).count();
    shop.assert_books(FILES - refused, 0, refused);
    let names: BTreeSet<Vec<u8>> = shop.rows().into_iter().map(|row| row.name).collect();
    assert_eq!(names.len(), FILES, "each file has its row");
    for record in shop.records() {
        let number: usize = record.source_name().trim_end_matches(".txt").parse().unwrap();
        assert_eq!(record.body(), text(number));
    }
    assert_eq!(shop.listing("inbox"), [""; 0]);
}

fn fill(shop: &Shop) {
    for number in 0..FILES {
        shop.write(format!("{number}.txt"), text(number));
    }
}

/// Kills the run some moments after so many articles are decided.
fn kill_after(shop: &Shop, daemon: Daemon, decided: usize, moments: usize) {
    daemon.wait_until("some are decided", || shop.decided() >= decided);
    // A moment is one look at the ledger: long enough to land anywhere in a batch.
    (0..moments).for_each(|_| drop(shop.rows()));
    daemon.kill();
}

#[test]
fn killed_at_several_moments_of_a_run() {
    for seed in [1, 2] {
        let mut random = Moments(seed);
        let shop = shop_with_small_batches();
        fill(&shop);
        for target in [0, 1, 20, 60, 110, 160] {
            kill_after(&shop, shop.start(), target, random.below(8));
            // The consumer never waits for the daemon.
            shop.take_records();
        }
        shop.drain();
        assert_all_stories_once(&shop);
    }
}

#[test]
fn killed_before_it_is_ready() {
    let mut random = Moments(3);
    let shop = shop_with_small_batches();
    fill(&shop);
    for _ in 0..8 {
        let daemon = shop.spawn(&[]);
        let looks = random.below(40);
        (0..looks).for_each(|_| drop(shop.rows()));
        daemon.kill();
        shop.take_records();
    }
    shop.drain();
    assert_all_stories_once(&shop);
}

#[test]
fn killed_while_files_arrive_and_records_are_taken() {
    let shop = shop_with_small_batches();
    let mut random = Moments(4);
    let fed = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            (0..FILES).for_each(|number| shop.move_in(format!("{number}.txt"), text(number)));
            fed.store(true, Ordering::Release);
        });
        for target in [5, 40, 80, 120] {
            kill_after(&shop, shop.start(), target, random.below(8));
            shop.take_records();
        }
    });
    assert!(fed.load(Ordering::Acquire));
    let daemon = shop.start();
    daemon.wait_until("everything is decided", || {
        shop.take_records();
        shop.decided() == FILES
    });
    daemon.stop();
    assert_all_stories_once(&shop);
}

#[test]
fn a_consumer_that_reads_at_once_sees_whole_records_only() {
    let shop = shop_with_small_batches();
    let daemon = shop.start();
    thread::scope(|scope| {
        scope.spawn(|| (0..FILES).for_each(|number| shop.move_in(format!("{number}.txt"), text(number))));
        wait_until(
            "everything is decided",
            || {
                shop.take_records();
                shop.decided() == FILES
            },
            || daemon.log(),
        );
    });
    daemon.stop();
    assert_all_stories_once(&shop);
}

#[test]
fn a_file_of_many_articles_resumes_after_the_last_decided() {
    let shop = shop_with_small_batches();
    let lines: String = (0..100).map(|number| format!("{{\"body\":\"!sleep 5\\nstory {number}\"}}\n")).collect();
    shop.write("feed.jsonl", lines);
    for target in [1, 30, 60] {
        kill_after(&shop, shop.start(), target, 0);
        shop.take_records();
    }
    let before = shop.decided();
    shop.drain();
    shop.assert_books(100, 0, 0);
    assert!(before >= 60, "what was decided before the kill is not decided again");
    let indices: BTreeSet<u64> =
        shop.records().iter().map(|record| record["source"]["index"].as_u64().unwrap()).collect();
    assert_eq!(indices, (0..100).collect());
}
