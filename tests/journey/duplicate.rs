//! The same article twice is one record and one duplicate that names it, whenever and however the second comes.

use crate::support::{Daemon, REMEMBERING, Shop, seeds};

fn seed(index: usize) -> String {
    seeds().swap_remove(index).1
}

/// The article with a few words changed here and there, as another desk would.
fn nearly(text: &str) -> String {
    text.replacen("موسع", "واسع", 1).replacen("وأوضح", "وبين", 1).replacen("تحقيق النجاح", "النجاح", 1)
}

#[track_caller]
fn publish(shop: &Shop, daemon: &Daemon, name: &str, text: &str) {
    let before = shop.decided();
    shop.move_in(name, text);
    daemon.wait_until("it is decided", || shop.decided() > before);
}

/// The file of this name is a duplicate of that one.
#[track_caller]
fn assert_duplicate(shop: &Shop, name: &str, of: &str) {
    let row = shop.row_of(name);
    assert_eq!((row.kind.as_str(), row.original), ("duplicate", Some(shop.row_of(of).id)), "{name}");
    assert!(row.reason.is_some_and(|reason| reason.starts_with("plugin dedupe: ")), "{name}");
}

#[test]
fn the_same_bytes_twice() {
    let shop = Shop::configured(REMEMBERING);
    let daemon = shop.start();
    publish(&shop, &daemon, "first.txt", &seed(1));
    publish(&shop, &daemon, "second.txt", &seed(1));
    publish(&shop, &daemon, "third.txt", &seed(1));
    let finished = daemon.stop();
    shop.assert_books(1, 2, 0);
    assert_duplicate(&shop, "second.txt", "first.txt");
    assert_duplicate(&shop, "third.txt", "first.txt");
    assert!(finished.log.contains("article is a duplicate"), "{}", finished.log);
}

#[test]
fn copies_that_lie_in_the_inbox_at_start() {
    let shop = Shop::configured(REMEMBERING).variable("WARRAQ__CHAIN__WORKERS", "8");
    for (seed, (_, text)) in seeds().into_iter().enumerate() {
        for copy in 0..6 {
            shop.write(format!("{seed}-{copy}.txt"), &text);
        }
    }
    shop.drain();
    shop.assert_books(5, 25, 0);
    for seed in 0..5 {
        let published: Vec<_> =
            (0..6).filter(|copy| shop.row_of(format!("{seed}-{copy}.txt")).kind == "published").collect();
        assert_eq!(published.len(), 1, "one copy of seed {seed} is published");
        for copy in (0..6).filter(|copy| *copy != published[0]) {
            assert_duplicate(&shop, &format!("{seed}-{copy}.txt"), &format!("{seed}-{}.txt", published[0]));
        }
    }
}

#[test]
fn copies_in_one_file() {
    let shop = Shop::configured(REMEMBERING);
    let line = format!("{}\n", serde_json::json!({ "body": seed(1) }));
    shop.write("all.jsonl", line.repeat(10));
    shop.drain();
    shop.assert_books(1, 9, 0);
}

#[test]
fn across_a_restart() {
    let shop = Shop::configured(REMEMBERING);
    shop.write("first.txt", seed(1));
    shop.drain();
    shop.write("second.txt", seed(1));
    shop.write("other.txt", seed(2));
    shop.drain();
    shop.assert_books(2, 1, 0);
    assert_duplicate(&shop, "second.txt", "first.txt");
}

#[test]
fn after_a_kill_and_without_the_record() {
    let shop = Shop::configured(REMEMBERING);
    let daemon = shop.start();
    publish(&shop, &daemon, "first.txt", &seed(1));
    daemon.kill();
    let daemon = shop.start();
    // A consumer takes the record, and the memory must not depend on it.
    shop.take_records();
    publish(&shop, &daemon, "second.txt", &seed(1));
    daemon.kill();
    let daemon = shop.start();
    publish(&shop, &daemon, "third.txt", &seed(1));
    daemon.stop();
    shop.assert_books(1, 2, 0);
    assert_duplicate(&shop, "second.txt", "first.txt");
    assert_duplicate(&shop, "third.txt", "first.txt");
}

#[test]
fn across_a_reload() {
    let shop = Shop::configured(REMEMBERING);
    let daemon = shop.start();
    publish(&shop, &daemon, "first.txt", &seed(1));
    daemon.hang_up();
    daemon.wait_until_ready(2);
    publish(&shop, &daemon, "second.txt", &seed(1));
    daemon.stop();
    shop.assert_books(1, 1, 0);
    assert_duplicate(&shop, "second.txt", "first.txt");
}

#[test]
fn copies_dropped_while_it_is_killed_again_and_again() {
    let shop = Shop::configured(REMEMBERING).variable("WARRAQ__LEDGER__BATCH_ARTICLES_MAX", "4");
    for number in 0..20 {
        for copy in ["a", "b", "c"] {
            shop.write(format!("{number}-{copy}.txt"), story(number));
        }
    }
    for decided in [1, 15, 30, 45] {
        let daemon = shop.start();
        daemon.wait_until("some are decided", || shop.decided() >= decided);
        daemon.kill();
        shop.take_records();
    }
    shop.drain();
    shop.assert_books(20, 40, 0);
    for number in 0..20 {
        let kinds = ["a", "b", "c"].map(|copy| shop.row_of(format!("{number}-{copy}.txt")).kind);
        assert_eq!(kinds.iter().filter(|kind| *kind == "published").count(), 1, "story {number}: {kinds:?}");
    }
}

/// Words of one story only, so that it is near no other.
fn story(number: usize) -> String {
    (0..400).map(|word| format!("w{number}x{word} ")).collect()
}

#[test]
fn a_few_words_changed() {
    let shop = Shop::configured(REMEMBERING);
    let (text, changed) = (seed(1), nearly(&seed(1)));
    assert_ne!(text, changed);
    shop.write("a.txt", text);
    shop.drain();
    shop.write("b.txt", changed);
    shop.drain();
    shop.assert_books(1, 1, 0);
    assert_duplicate(&shop, "b.txt", "a.txt");
}

#[test]
fn the_same_text_in_another_wrapping() {
    let shop = Shop::configured(REMEMBERING);
    let text = seed(1);
    shop.write("a.txt", &text);
    shop.drain();
    let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    shop.write("b.txt", utf_16);
    shop.write("c.json", serde_json::json!({ "articleBody": text }).to_string());
    shop.write("d.txt", text.replace('\n', "\r\n"));
    shop.drain();
    shop.assert_books(1, 3, 0);
    ["b.txt", "c.json", "d.txt"].iter().for_each(|name| assert_duplicate(&shop, name, "a.txt"));
}

#[test]
fn different_articles_are_all_published() {
    let shop = Shop::configured(REMEMBERING);
    for (name, text) in seeds() {
        shop.write(name, text);
    }
    for number in 0..20 {
        shop.write(format!("{number}.txt"), story(number));
    }
    shop.drain();
    shop.assert_books(25, 0, 0);
}
