//! Each state that a crash can leave behind in the spool, made by hand: one test a row of the recovery table.

use std::fs;

use rusqlite::Connection;

use crate::support::{PASSING, Shop};

/// A stage file that cannot come from the chain, to be told apart from what is made anew. Whole, since it may be published.
fn staged_record(id: &str) -> String {
    let source = serde_json::json!({ "name": "story.txt", "bytes": 5, "digest": format!("blake3:{}", "0".repeat(64)),
        "media_type": "text/plain", "charset": "utf-8", "received": "2016-07-15T00:00:00Z", "index": 0 });
    let mut record =
        serde_json::json!({ "schema": "warraq.record/1", "id": id, "source": source, "body": "made before" });
    for key in ["language", "headline", "byline", "dateline", "published", "summary"] {
        record[key] = serde_json::Value::Null;
    }
    for key in
        ["subheads", "agencies", "furniture", "entities", "dates", "quotes", "figures", "keywords", "related", "trace"]
    {
        record[key] = serde_json::json!([]);
    }
    record.to_string()
}

/// A shop with a ledger, in which states can be made.
struct Spool {
    shop: Shop,
    epoch: u32,
}

impl Spool {
    fn new() -> Self {
        let shop = Shop::configured(PASSING);
        shop.drain();
        let epoch = ledger(&shop).query_row("SELECT epoch FROM meta", [], |row| row.get(0)).unwrap();
        Spool { shop, epoch }
    }

    fn id(&self, number: u64) -> String {
        format!("{:08x}-{number:010}", self.epoch)
    }

    fn target(&self, number: u64) -> String {
        format!("story.{}.json", self.id(number))
    }

    fn claim(&self, number: u64, text: &str) {
        fs::write(self.shop.folder("spool/claim").join(format!("{}.story.txt", self.id(number))), text).unwrap();
    }

    fn stage(&self, number: u64) -> String {
        let record = staged_record(&self.id(number));
        fs::write(self.shop.folder("spool/stage").join(self.id(number)), &record).unwrap();
        record
    }

    fn row(&self, number: u64) {
        self.row_of_article(number, &self.id(number), 1, "story.txt");
    }

    fn row_of_article(&self, number: u64, id: &str, articles: u32, name: &str) {
        let target = format!("{}.{id}.json", name.split('.').next().unwrap());
        let sql = "INSERT INTO outcome (id, submission, articles, kind, target, name, digest, bytes, received)
                   VALUES (?1, ?2, ?3, 'published', ?4, ?5, '', 5, '2016-07-15T00:00:00Z')";
        let values = rusqlite::params![id, number, articles, target.as_bytes(), name.as_bytes()];
        ledger(&self.shop).execute(sql, values).unwrap();
    }

    fn archive(&self, number: u64) {
        let day = self.shop.folder("archive/2016-07-15");
        fs::create_dir_all(&day).unwrap();
        fs::write(day.join(format!("{}.story.txt", self.id(number))), "story").unwrap();
    }

    fn published(&self, number: u64) -> String {
        fs::read_to_string(self.shop.folder("outbox").join(self.target(number))).unwrap()
    }
}

fn ledger(shop: &Shop) -> Connection {
    Connection::open(shop.folder("spool/ledger.db")).unwrap()
}

#[test]
fn claim_without_row_and_stage_runs_again() {
    let spool = Spool::new();
    spool.claim(7, "story");
    spool.shop.drain();
    spool.shop.assert_books(1, 0, 0);
    let record = spool.shop.record_of("story.txt");
    assert_eq!((record.id(), record.body()), (&*spool.id(7), "story"));
}

#[test]
fn claim_with_stage_and_without_row_runs_again() {
    let spool = Spool::new();
    spool.claim(7, "story");
    fs::write(spool.shop.folder("spool/stage").join(spool.id(7)), "{\"half\": ").unwrap();
    spool.shop.drain();
    spool.shop.assert_books(1, 0, 0);
    assert_eq!(spool.shop.record_of("story.txt").body(), "story");
}

#[test]
fn claim_with_half_a_refusal_and_without_row_runs_again() {
    let spool = Spool::new();
    spool.claim(7, "!reject odd");
    let folder = spool.shop.folder("spool/stage").join(spool.id(7));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("reason.json"), "{").unwrap();
    spool.shop.drain();
    spool.shop.assert_books(0, 0, 1);
}

#[test]
fn claim_with_row_and_stage_is_published_and_retired() {
    let spool = Spool::new();
    spool.claim(7, "story");
    spool.row(7);
    let record = spool.stage(7);
    spool.shop.drain();
    spool.shop.assert_books(1, 0, 0);
    assert_eq!(spool.published(7), record, "what was committed is published, not made anew");
}

#[test]
fn claim_with_row_and_without_stage_is_retired() {
    let spool = Spool::new();
    spool.claim(7, "story");
    spool.row(7);
    spool.shop.drain();
    // The record was published before, and a consumer has taken it.
    assert_eq!(spool.shop.listing("outbox"), [""; 0]);
    assert_eq!(spool.shop.listing("spool/claim"), [""; 0]);
    let day = &spool.shop.listing("archive")[0];
    assert_eq!(spool.shop.listing(&format!("archive/{day}")), [format!("{}.story.txt", spool.id(7))]);
}

#[test]
fn row_and_stage_without_claim_are_published() {
    let spool = Spool::new();
    spool.archive(7);
    spool.row(7);
    let record = spool.stage(7);
    spool.shop.drain();
    spool.shop.assert_books(1, 0, 0);
    assert_eq!(spool.published(7), record);
}

#[test]
fn a_record_that_stands_under_both_names_is_published_once() {
    for linked in [true, false] {
        let spool = Spool::new();
        spool.archive(7);
        spool.row(7);
        let record = spool.stage(7);
        let (staged, target) =
            (spool.shop.folder("spool/stage").join(spool.id(7)), spool.shop.folder("outbox").join(spool.target(7)));
        // Two links of one file, as a power cut can leave them: a rename between them does nothing and says it worked.
        if linked {
            fs::hard_link(staged, target).unwrap();
        } else {
            fs::write(target, &record).unwrap();
        }
        spool.shop.drain();
        spool.shop.assert_books(1, 0, 0);
        assert_eq!(spool.published(7), record);
    }
}

#[test]
fn another_file_in_the_place_of_a_record_stops_the_daemon() {
    let spool = Spool::new();
    spool.archive(7);
    spool.row(7);
    let record = spool.stage(7);
    let target = spool.shop.folder("outbox").join(spool.target(7));
    fs::write(&target, "something else").unwrap();
    let finished = spool.shop.spawn(&["--drain"]).finish();
    assert_eq!(finished.code, Some(74), "{}", finished.log);
    assert!(finished.log.contains(&spool.target(7)) && finished.log.contains("other content"), "{}", finished.log);
    assert_eq!(fs::read_to_string(&target).unwrap(), "something else", "nothing is overwritten");
    fs::remove_file(target).unwrap();
    spool.shop.drain();
    spool.shop.assert_books(1, 0, 0);
    assert_eq!(spool.published(7), record);
}

#[test]
fn row_alone_is_finished() {
    let spool = Spool::new();
    spool.archive(7);
    spool.row(7);
    spool.shop.write("next.txt", "the next story");
    spool.shop.drain();
    assert_eq!(spool.shop.listing("outbox"), [format!("next.{}.json", spool.id(8))], "numbers go on after the last");
}

#[test]
fn stage_alone_is_removed_and_the_file_in_the_inbox_runs() {
    let spool = Spool::new();
    spool.stage(7);
    fs::create_dir(spool.shop.folder("spool/stage").join(spool.id(8))).unwrap();
    spool.shop.write("story.txt", "story");
    spool.shop.drain();
    spool.shop.assert_books(1, 0, 0);
    assert_eq!(spool.shop.record_of("story.txt").body(), "story");
}

#[test]
fn the_decided_articles_of_a_file_are_not_run_again() {
    let spool = Spool::new();
    let lines: String = ["a", "b", "c", "d"].map(|text| format!("{{\"body\":\"{text}\"}}\n")).concat();
    fs::write(spool.shop.folder("spool/claim").join(format!("{}.feed.jsonl", spool.id(7))), lines).unwrap();
    for position in [0, 2] {
        spool.row_of_article(7, &format!("{}.{position}", spool.id(7)), 4, "feed.jsonl");
    }
    spool.shop.drain();
    let expected = [1, 3].map(|position| format!("feed.{}.{position}.json", spool.id(7)));
    assert_eq!(spool.shop.listing("outbox"), expected);
    assert_eq!(spool.shop.decided(), 4);
    assert_eq!(spool.shop.listing("spool/claim"), [""; 0]);
}

/// Symptom: the daemon ends at every start. Cause: a file was decided in part, then `articles_max` was lowered, so the rest of it
/// is refused as a whole, and the count of what is still undecided falls below zero.
#[test]
fn a_limit_lowered_under_a_half_decided_file_is_survived() {
    let spool = Spool::new();
    let lines = "{\"body\":\"a\"}\n".repeat(4);
    fs::write(spool.shop.folder("spool/claim").join(format!("{}.feed.jsonl", spool.id(7))), lines).unwrap();
    for position in [0, 2] {
        spool.row_of_article(7, &format!("{}.{position}", spool.id(7)), 4, "feed.jsonl");
    }
    spool.shop.configure(&format!("[decode]\narticles_max = 2\n{PASSING}"));
    spool.shop.drain();
    assert_eq!(spool.shop.listing("spool/claim"), [""; 0]);
}

#[test]
fn the_claim_of_a_long_name_cut_off_between_its_two_steps() {
    let spool = Spool::new();
    let name = "و".repeat(125) + ".txtx";
    let claim = spool.shop.folder("spool/claim");
    fs::create_dir(claim.join(format!("{}.d", spool.id(7)))).unwrap();
    fs::create_dir(claim.join(format!("{}.d", spool.id(8)))).unwrap();
    fs::write(claim.join(format!("{}.d", spool.id(8))).join(&name), "a long name").unwrap();
    spool.shop.write(&name, "still in the inbox");
    spool.shop.drain();
    spool.shop.assert_books(2, 0, 0);
}

#[test]
fn the_claim_of_another_ledger_is_run() {
    let spool = Spool::new();
    let other = format!("{:08x}-0000000007", spool.epoch ^ 1);
    fs::write(spool.shop.folder("spool/claim").join(format!("{other}.story.txt")), "story").unwrap();
    spool.row(7);
    spool.archive(7);
    spool.shop.drain();
    assert_eq!(spool.shop.listing("outbox"), [format!("story.{other}.json")]);
    assert_eq!(spool.shop.listing("spool/claim"), [""; 0]);
}

#[test]
fn what_is_not_ours_in_the_spool_is_left_and_said() {
    let spool = Spool::new();
    fs::write(spool.shop.folder("spool/claim/notes.txt"), "left by somebody").unwrap();
    spool.shop.write("story.txt", "story");
    let finished = spool.shop.drain();
    assert_eq!(spool.shop.listing("spool/claim"), ["notes.txt"]);
    assert_eq!(spool.shop.listing("outbox").len(), 1);
    assert!(finished.log.contains("not ours") && finished.log.contains("notes.txt"), "{}", finished.log);
}
