//! An article that takes the whole daemon down is refused after three deaths, and nobody pays for it but itself.

use std::fs;

use crate::support::{PASSING, Shop, wait_until};

/// A plugin that ends the process at a word.
const ABORTING: &str = "[[plugin]]\nname = 'aborts'\n";

/// Starts it again and again, as a supervisor does, until a run drains the inbox; says how many died before.
fn drain_with_restarts(shop: &Shop) -> usize {
    for deaths in 0..10 {
        let finished = shop.spawn(&["--drain"]).finish();
        match finished.code {
            None => shop.take_records(),
            code => {
                assert_eq!(code, Some(0), "{}", finished.log);
                return deaths;
            }
        }
    }
    panic!("it died ten times");
}

/// How often each suspect was in hand at a death, by the number behind its file or its position in one.
fn suspicions(shop: &Shop) -> Vec<(String, i64)> {
    let ledger = rusqlite::Connection::open(shop.folder("spool/ledger.db")).unwrap();
    let mut query = ledger.prepare("SELECT id, count FROM attempt ORDER BY id").unwrap();
    query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

#[test]
fn refused_after_three_deaths_and_the_others_are_published() {
    let shop = Shop::configured(ABORTING).variable("WARRAQ__CHAIN__WORKERS", "4");
    for number in 0..20 {
        shop.write(format!("{number}.txt"), format!("story {number}"));
    }
    shop.write("10-bad.txt", "a story with ABORT in it");
    assert_eq!(drain_with_restarts(&shop), 3);
    shop.take_records();
    shop.assert_books(20, 0, 1);
    let reason = shop.reason_of(&shop.row_of("10-bad.txt"));
    assert_eq!((&reason["stage"], &reason["fault"]), (&"chain".into(), &"stopped-the-daemon".into()), "{reason}");
    assert_eq!(reason["reason"], "the daemon died 3 times while it was busy with it");
    assert!(reason["advice"].as_str().unwrap().contains("drop the file again"), "{reason}");
    assert_eq!(suspicions(&shop), []);
}

#[test]
fn of_a_file_with_many_articles_the_guilty_one_pays() {
    let shop = Shop::configured(ABORTING).variable("WARRAQ__LEDGER__BATCH_ARTICLES_MAX", "3");
    let word = |number| if number == 13 { "ABORT" } else { "story" };
    let lines: String = (0..20).map(|number| format!("{{\"body\":\"{} {number}\"}}\n", word(number))).collect();
    shop.write("feed.jsonl", lines);
    shop.write("other.txt", "another story");
    assert_eq!(drain_with_restarts(&shop), 3);
    shop.take_records();
    shop.assert_books(20, 0, 1);
    let row = shop.rows().into_iter().find(|row| row.kind == "quarantined").unwrap();
    assert!(row.id.ends_with(".13"), "{row:?}");
    let part = fs::read_to_string(shop.folder("quarantine").join(row.target).join("article-13")).unwrap();
    assert!(part.contains("ABORT 13"), "{part}");
}

#[test]
fn two_of_them_are_told_apart() {
    let shop = Shop::configured(ABORTING).variable("WARRAQ__CHAIN__WORKERS", "2");
    for number in 0..6 {
        shop.write(format!("{number}.txt"), format!("{} {number}", if number < 2 { "ABORT" } else { "story" }));
    }
    // The first death may be counted against both, since both may have been in hand.
    let deaths = drain_with_restarts(&shop);
    assert!((5..=6).contains(&deaths), "{deaths}");
    shop.assert_books(4, 0, 2);
}

#[test]
fn an_innocent_in_hand_at_a_kill_is_cleared() {
    let shop = Shop::configured(PASSING).variable("WARRAQ__CHAIN__WORKERS", "2");
    for number in 0..8 {
        shop.write(format!("{number}.txt"), format!("!sleep 300\nstory {number}"));
    }
    let daemon = shop.start();
    daemon.wait_until("one is in hand", || is_noted(&shop));
    daemon.kill();
    let daemon = shop.start();
    daemon.wait_for_log("in hand when the last run died");
    assert!((1..=2).contains(&suspicions(&shop).len()));
    daemon.wait_until("all are decided", || shop.decided() == 8);
    daemon.stop();
    shop.assert_books(8, 0, 0);
    assert_eq!(suspicions(&shop), []);
}

#[test]
fn a_stop_past_its_deadline_blames_nobody() {
    let shop = Shop::configured(PASSING).variable("WARRAQ__LIFECYCLE__DRAIN_SECONDS", "0");
    shop.write("slow.txt", "!sleep 900\nstory");
    let daemon = shop.start();
    daemon.wait_until("it is in hand", || is_noted(&shop));
    daemon.stop();
    assert!(!is_noted(&shop));
    shop.drain();
    shop.assert_books(1, 0, 0);
}

/// Does any worker say that it has something in hand?
fn is_noted(shop: &Shop) -> bool {
    let noted = || fs::read(shop.folder("spool/slots")).unwrap_or_default();
    wait_until("the notes are there", || !noted().is_empty(), String::new);
    noted().iter().any(|byte| *byte != 0)
}
