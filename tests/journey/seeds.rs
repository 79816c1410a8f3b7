//! Five real articles through the four plugins that ship, by `run` and by `demo`.

use std::fs;

use crate::support::{Shop, seeds};

#[test]
fn five_articles_become_five_records() {
    let shop = Shop::new();
    for (name, content) in seeds() {
        shop.write(name, content);
    }
    shop.drain();
    shop.assert_books(5, 0, 0);
    assert_eq!(shop.listing("inbox"), [""; 0]);
    for (name, content) in seeds() {
        let record = shop.record_of(&name);
        assert_eq!(record.file, format!("{}.{}.json", name.trim_end_matches(".txt"), record.id()));
        assert_eq!(record["source"]["bytes"], content.len());
        assert_eq!(record["source"]["digest"], format!("blake3:{}", blake3::hash(content.as_bytes()).to_hex()));
        assert_eq!(record["source"]["charset"], "utf-8");
        assert_eq!(record["source"]["media_type"], "text/plain");
        let expected = [("normalise", "pass"), ("dedupe", "pass"), ("extract", "pass"), ("summarise", "pass")];
        assert_eq!(record.trace(), expected);
        assert!(record.body().contains("موسكو") || record.body().contains("روسي"), "{}", record.body());
        assert!(!record["summary"]["sentences"].as_array().unwrap().is_empty());
    }
}

#[test]
fn originals_are_archived_byte_for_byte() {
    let shop = Shop::new();
    for (name, content) in seeds() {
        shop.write(name, content);
    }
    shop.drain();
    let days = shop.listing("archive");
    for (name, content) in seeds() {
        let archived = format!("{}.{name}", shop.row_of(&name).id);
        let found: Vec<_> =
            days.iter().filter_map(|day| fs::read(shop.folder("archive").join(day).join(&archived)).ok()).collect();
        assert_eq!(found, [content.into_bytes()], "{archived}");
    }
}

#[test]
fn demo_shows_five_outcomes() {
    let shop = Shop::new();
    let finished = shop.warraq(&["demo"]);
    assert_eq!(finished.code, Some(0), "{}", finished.log);
    for (name, _) in seeds() {
        let line = finished.output.lines().find(|line| line.starts_with(&name));
        assert!(line.is_some_and(|line| line.contains("published")), "{}", finished.output);
    }
    assert!(
        finished.output.contains("5 published, 0 duplicate, 0 quarantined, 0 files in hand"),
        "{}",
        finished.output
    );
}

#[test]
fn demo_keeps_its_folder_where_told_and_only_in_an_empty_one() {
    let shop = Shop::new();
    let place = shop.outside("kept");
    let words = ["demo", "--keep", place.to_str().unwrap()];
    assert_eq!(shop.warraq(&words).code, Some(0));
    assert_eq!(fs::read_dir(place.join("outbox")).unwrap().count(), 5);
    let again = shop.warraq(&words);
    assert_eq!(again.code, Some(71), "{}", again.log);
    assert!(again.log.contains("is not empty"), "{}", again.log);
    assert_eq!(fs::read_dir(place.join("outbox")).unwrap().count(), 5);
}

#[test]
fn try_prints_a_record_and_touches_nothing() {
    let shop = Shop::new();
    let (name, content) = seeds().swap_remove(2);
    let file = shop.outside(&name);
    fs::write(&file, &content).unwrap();
    let path = file.to_str().unwrap();
    let finished = shop.warraq(&["try", path, path, "--json"]);
    assert_eq!(finished.code, Some(0), "{}", finished.log);
    let lines: Vec<serde_json::Value> =
        finished.output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "neither is a duplicate of the other");
    assert!(lines.iter().all(|record| record["source"]["name"] == *name));
    assert_eq!(fs::read_to_string(file).unwrap(), content);
    assert!(!shop.folder("spool").exists() && !shop.folder("outbox").exists());
}
