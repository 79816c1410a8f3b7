//! No plugin takes the daemon down or an article with it: whatever it does wrong costs the article in hand, and the next is published.

use std::fs;

use crate::support::{Finished, PASSING, Shop};

/// A rust plugin that panics at a word, and counts.
const PANICKING: &str = "[[plugin]]\nname = 'hostile_plugins'\n";

/// Runs one article, whose first line says what the plugin does with it, between two good ones; it is refused.
#[track_caller]
fn check(chain: &str, text: &str, fault: &str, said: &str) -> Finished {
    let shop = Shop::configured(chain);
    shop.write("0-good.txt", "a good story");
    shop.write("bad.txt", text);
    shop.write("z-good.txt", "another good story");
    let finished = shop.drain();
    shop.assert_books(2, 0, 1);
    let reason = shop.reason_of(&shop.row_of("bad.txt"));
    assert_eq!((&reason["stage"], &reason["fault"]), (&"chain".into(), &fault.into()), "{reason}");
    assert!(reason["reason"].as_str().unwrap().contains(said), "{said}\n{reason}");
    assert!(chain.contains(reason["plugin"].as_str().unwrap()), "{reason}");
    finished
}

#[track_caller]
fn check_puppet(text: &str, fault: &str, said: &str) {
    check(PASSING, text, fault, said);
}

#[test]
fn an_answer_that_is_none() {
    check_puppet("!nonzero", "plugin-broken", "plugin puppet failed twice on it: process() returned 7");
    check_puppet("!verdict 99", "plugin-broken", "it gave the unknown verdict 99");
    check_puppet("!verdict -1", "plugin-broken", "it gave the unknown verdict -1");
    check_puppet("!verdict 5", "plugin-broken", "it gave no reason");
}

#[test]
fn a_refusal_with_a_code() {
    check_puppet("!reject too-odd", "rejected", "plugin puppet refused it: the article asked for it (too-odd)");
    // A code that is none is as good as no code.
    check_puppet("!reject Not A Code", "rejected", "it gave no reason (unspecified)");
}

#[test]
fn what_the_manifest_does_not_declare_is_denied() {
    for (line, answer) in [
        ("!write-undeclared", -3),
        ("!write-read-only", -3),
        ("!read-undeclared", -3),
        ("!note-without-state", -3),
        ("!write-wrong-type", -2),
        ("!write-broken-json", -2),
        ("!write-no-utf-8", -2),
    ] {
        check_puppet(line, "rejected", &format!("the host answered {answer} (told)"));
    }
}

#[test]
fn edits_beside_another_verdict_than_pass_are_not_kept() {
    check_puppet("!edit-then-retry", "rejected", "the host answered -1 (told)");
}

#[test]
fn an_original_that_was_never_published() {
    check_puppet(
        "!drop 00000001-0000000001",
        "rejected",
        "00000001-0000000001 as the original, which is not a published",
    );
    check_puppet("!drop", "rejected", "it gave no reason (unspecified)");
    check_puppet("!drop ../../etc/passwd", "rejected", "refer answered -2 (referred)");
}

#[test]
fn an_original_that_was_published() {
    let shop = Shop::configured(PASSING);
    shop.write("first.txt", "story");
    shop.drain();
    let first = shop.row_of("first.txt").id;
    shop.write("second.txt", format!("!drop {first}"));
    shop.drain();
    // A duplicate is no original.
    shop.write("third.txt", format!("!drop {}", shop.row_of("second.txt").id));
    shop.drain();
    shop.assert_books(1, 1, 1);
    assert_eq!(shop.row_of("second.txt").original, Some(first));
    assert_eq!(shop.row_of("third.txt").kind, "quarantined");
}

#[test]
fn asking_again_and_again() {
    check_puppet("!retry 1", "retries-exhausted", "plugin puppet asked to try again 3 times: it never works");
    let shop = Shop::configured(PASSING).variable("WARRAQ__CHAIN__RETRIES_MAX", "0");
    shop.write("bad.txt", "!retry 3600000");
    shop.drain();
    shop.assert_books(0, 0, 1);
}

#[test]
fn waiting_for_nobody() {
    check_puppet("!hold", "plugin-broken", "it said HOLD and named no article");
}

/// Symptom: an article goes round and round between worker and books, a core is busy, and a drain never ends. Cause: HOLD on an
/// article that has its outcome is answered by asking again at once, and nothing counts how often.
#[test]
fn waiting_for_ever_for_an_article_that_is_settled() {
    let shop = Shop::configured(PASSING);
    shop.write("first.txt", "story");
    shop.drain();
    shop.write("bad.txt", format!("!hold {}", shop.row_of("first.txt").id));
    shop.write("good.txt", "a good story");
    shop.drain();
    shop.assert_books(2, 0, 1);
}

#[test]
fn articles_go_on_while_one_is_held() {
    let shop = Shop::configured(PASSING).variable("WARRAQ__LIFECYCLE__DRAIN_SECONDS", "0.1");
    let daemon = shop.start();
    shop.move_in("held.txt", "!hold 00000001-0000000001");
    daemon.wait_until("it is claimed", || !shop.listing("spool/claim").is_empty());
    for number in 0..5 {
        shop.move_in(format!("{number}.txt"), format!("story {number}"));
    }
    daemon.wait_until("the others are published", || shop.decided() == 5);
    daemon.stop();
    assert_eq!(shop.listing("spool/claim").len(), 1, "held, not lost");
    assert_eq!(shop.listing("outbox").len(), 5);
}

#[test]
fn a_panic_costs_the_article_and_not_the_daemon() {
    let finished = check(PANICKING, "the word is PANIC", "plugin-broken", "panic: the body says PANIC");
    assert!(finished.log.contains("trying again with a new instance"), "{}", finished.log);
}

#[test]
fn after_a_panic_there_is_a_new_instance() {
    let shop = Shop::configured(PANICKING).variable("WARRAQ__CHAIN__WORKERS", "1");
    let daemon = shop.start();
    for (number, text) in ["one", "two", "PANIC", "three"].into_iter().enumerate() {
        shop.move_in(format!("{number}.txt"), text);
        daemon.wait_until("it is decided", || shop.decided() == number + 1);
    }
    daemon.stop();
    shop.assert_books(3, 0, 1);
    let seen = |number: usize| shop.record_of(format!("{number}.txt"))["articles_seen"].clone();
    assert_eq!([seen(0), seen(1), seen(3)], [1, 2, 1]);
}

#[test]
fn many_panics_among_many_articles() {
    let shop = Shop::configured(PANICKING);
    for number in 0..60 {
        shop.write(format!("{number}.txt"), format!("{} {number}", if number % 4 == 0 { "PANIC" } else { "story" }));
    }
    shop.drain();
    shop.assert_books(45, 0, 15);
}

#[test]
fn skip_goes_on_without_the_plugin_and_says_so() {
    for (text, fault) in [("!nonzero", "failed twice"), ("!retry 1", "asked to try again")] {
        let shop = Shop::configured(&format!("{PASSING}on_failure = 'skip'\n{PANICKING}"));
        shop.write("bad.txt", text);
        shop.write("good.txt", "story");
        let finished = shop.drain();
        shop.assert_books(2, 0, 0);
        assert_eq!(shop.record_of("bad.txt").trace(), [("puppet", "skipped"), ("hostile_plugins", "pass")]);
        assert_eq!(shop.record_of("good.txt").trace(), [("puppet", "pass"), ("hostile_plugins", "pass")]);
        let line = finished.log.lines().find(|line| line.contains("going on without the plugin"));
        assert!(line.is_some_and(|line| line.contains(fault)), "{}", finished.log);
    }
    // A verdict is no failure.
    let shop = Shop::configured(&format!("{PASSING}on_failure = 'skip'\n"));
    shop.write("bad.txt", "!reject odd");
    shop.drain();
    shop.assert_books(0, 0, 1);
}

#[test]
fn halt_stops_the_daemon_and_loses_nothing() {
    let chain = |on_failure: &str| format!("{PASSING}on_failure = '{on_failure}'\n");
    let shop = Shop::configured(&chain("halt"));
    shop.write("bad.txt", "!nonzero");
    let finished = shop.spawn(&["--drain"]).finish();
    assert_eq!(finished.code, Some(74), "{}", finished.log);
    assert!(finished.log.contains("its on_failure is \"halt\"") && finished.log.contains("puppet"), "{}", finished.log);
    assert_eq!((shop.decided(), shop.listing("spool/claim").len()), (0, 1));
    shop.configure(&chain("quarantine"));
    shop.write("good.txt", "a good story");
    shop.drain();
    shop.assert_books(1, 0, 1);
}

#[test]
fn a_plugin_replaced_under_a_running_daemon() {
    let shop = Shop::configured("");
    let plugin = shop.outside("plugin.so");
    fs::copy(crate::support::hostile::folder().join("libpuppet.so"), &plugin).unwrap();
    shop.configure(&format!("{PASSING}file = '{}'\n", plugin.display()));
    let daemon = shop.start();
    // Written over in place, which would crash whoever has the file mapped.
    fs::write(&plugin, vec![0; 1 << 20]).unwrap();
    shop.move_in("story.txt", "story");
    daemon.wait_until("it is published", || shop.decided() == 1);
    daemon.stop();
    shop.assert_books(1, 0, 0);
}
