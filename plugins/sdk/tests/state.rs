//! A state is a fold of the ledger: each row counts once, what is in flight is tentative, what was refused is forgotten, and a
//! snapshot only makes starts shorter.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::json;
use warraq_plugin::{Article, Error, Field, Fold, Host, Memory, Plugin, Seen, State, Verdict};
use warraq_testkit::{Article as Draft, Harness, check};

#[derive(Deserialize)]
struct Config {
    folder: String,
}

/// Counts published articles by language, and refusals.
#[derive(Default, Serialize, Deserialize)]
struct Counts {
    published: BTreeMap<String, i64>,
    refused: i64,
}

impl State for Counts {
    type Note = String;

    fn published(&mut self, _id: &str, language: &String) {
        *self.published.entry(language.clone()).or_default() += 1;
    }

    fn refused(&mut self, _id: &str, _language: &String) {
        self.refused += 1;
    }
}

struct Counter {
    fold: Fold<Counts>,
    count: Field,
    refused: Field,
    flying: Field,
}

impl Plugin for Counter {
    type Config = Config;

    fn create(config: Config, host: Host) -> Result<Self, Error> {
        let field = |name| host.field(name).ok_or("the host has no room for a field");
        let (count, refused, flying) = (field("count")?, field("refused")?, field("flying")?);
        Ok(Counter { fold: Fold::in_folder(config.folder)?, count, refused, flying })
    }

    fn process(&mut self, article: &mut Article<'_>) -> Result<Verdict, Error> {
        let language = article.text(Field::LANGUAGE).unwrap_or("und").to_owned();
        let counts = self.fold.published();
        article.set_integer(self.count, counts.published.get(&language).copied().unwrap_or(0))?;
        article.set_integer(self.refused, counts.refused)?;
        self.fold.forget(article)?;
        article.set_integer(self.flying, i64::try_from(self.fold.in_flight().count()).unwrap_or(i64::MAX))?;
        self.fold.note(article, language)?;
        Ok(Verdict::Pass)
    }

    fn memory(&mut self) -> Option<&mut dyn Memory> {
        Some(&mut self.fold)
    }
}

warraq_plugin::export!(
    Counter,
    manifest = r#"{ "id": "counter", "version": "1.0.0", "abi": 1, "reads": ["language"], "writes": ["count", "refused", "flying"],
        "threading": "serial", "stateful": true, "config_schema": { "properties": { "folder": {
            "type": "string", "default": "", "enum": [""], "description": "Where the snapshot lies." } } } }"#
);

mod once {
    use super::*;

    /// Lets each headline through once.
    pub(super) struct Once(Seen);

    impl Plugin for Once {
        type Config = Config;

        fn create(config: Config, _host: Host) -> Result<Self, Error> {
            Ok(Once(Seen::in_folder(config.folder)?))
        }

        fn process(&mut self, article: &mut Article<'_>) -> Result<Verdict, Error> {
            let Some(headline) = article.text(Field::HEADLINE).map(str::to_owned) else { return Ok(Verdict::Pass) };
            self.0.claim(article, &headline, "same-headline")
        }

        fn memory(&mut self) -> Option<&mut dyn Memory> {
            Some(&mut self.0)
        }
    }

    impl warraq_plugin::Exported for Once {
        const MANIFEST: &'static str = r#"{ "id": "once", "version": "1.0.0", "abi": 1, "reads": ["headline"],
            "threading": "serial", "stateful": true, "config_schema": { "properties": { "folder": {
                "type": "string", "default": "", "enum": [""], "description": "Where the snapshot lies." } } } }"#;
    }
}
use once::Once;

fn arabic() -> Draft {
    Draft::new("نص").text("language", "ar")
}

fn titled(headline: usize) -> Draft {
    Draft::new("نص").text("headline", headline.to_string())
}

fn counted(harness: &mut Harness) -> (Option<i64>, Option<i64>) {
    let answer = harness.process(&arabic());
    (answer.integer("count"), answer.integer("refused"))
}

#[test]
fn both_keep_the_contract() {
    check::<Counter>();
    check::<Once>();
}

#[test]
fn each_row_counts_once() {
    let mut harness = Harness::of::<Counter>(json!({}));
    let articles = [arabic(), arabic(), arabic(), arabic()];
    for article in &articles {
        assert!(harness.process(article).passed());
    }
    harness.publish(&articles[0]);
    harness.publish(&articles[1]);
    harness.refuse(&articles[2]);
    assert_eq!(counted(&mut harness), (Some(2), Some(1)));
    assert_eq!(harness.process(&arabic()).integer("flying"), Some(2), "the fourth and the question before");
    harness.tell_again();
    harness.restart();
    harness.tell_again();
    assert_eq!(counted(&mut harness), (Some(2), Some(1)), "what is in flight does not count");
    harness.crash();
    assert_eq!(counted(&mut harness), (Some(2), Some(1)));
}

#[test]
fn a_key_in_flight_is_tentative() {
    let mut harness = Harness::of::<Once>(json!({}));
    let (first, second) = (titled(1), titled(1));
    assert!(harness.process(&first).passed() && harness.process(&first).passed(), "it does not wait for itself");
    assert_eq!(harness.process(&second).held_for(), Some(first.id()));
    harness.restart();
    assert_eq!(harness.process(&second).held_for(), Some(first.id()), "the note was handed back");
    harness.refuse(&first);
    assert!(harness.process(&second).passed(), "what was refused is forgotten");
    harness.publish(&second);
    assert_eq!(harness.process(&titled(1)).duplicate_of(), Some(second.id()));
    harness.restart();
    assert_eq!(harness.process(&titled(1)).duplicate_of(), Some(second.id()));
}

#[test]
fn a_snapshot_makes_the_replay_short_and_changes_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = Harness::of::<Counter>(json!({ "folder": folder.path() }));
    for round in 1..=3 {
        let article = arabic();
        harness.process(&article);
        harness.publish(&article);
        harness.flush();
        harness.crash();
        assert_eq!(harness.checkpoint(), round);
        assert_eq!(counted(&mut harness), (Some(round as i64), Some(0)));
        harness.crash();
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing unfinished is left over");
}

#[test]
fn a_damaged_snapshot_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.snapshot");
    let mut harness = Harness::of::<Counter>(json!({ "folder": folder.path() }));
    let damages: [fn(&Path, &str); 5] = [
        |file, text| std::fs::write(file, &text[..text.len() / 2]).unwrap(),
        |file, text| std::fs::write(file, text.replace("\"ar\":", "\"fa\":")).unwrap(),
        |file, text| std::fs::write(file, text.replace("snapshot/1", "snapshot/2")).unwrap(),
        |file, _| std::fs::write(file, b"\xFF\xFE\n{}").unwrap(),
        |file, _| std::fs::write(file, "").unwrap(),
    ];
    for (round, damage) in damages.into_iter().enumerate() {
        let article = arabic();
        harness.process(&article);
        harness.publish(&article);
        harness.flush();
        damage(&file, &std::fs::read_to_string(&file).unwrap());
        // Told nothing yet, a new instance begins at 0; a restart then replays everything.
        let mut other = Harness::of::<Counter>(json!({ "folder": folder.path() }));
        assert_eq!(other.checkpoint(), 0);
        assert!(other.log().iter().any(|(_, line)| line.contains("is of no use")), "{:?}", other.log());
        harness.crash();
        assert_eq!(counted(&mut harness), (Some(round as i64 + 1), Some(0)));
        harness.crash();
    }
}

#[test]
fn a_snapshot_of_another_ledger_is_thrown_away() {
    let folder = tempfile::tempdir().unwrap();
    let settings = || json!({ "folder": folder.path() });
    let mut former = Harness::of::<Once>(settings());
    let article = titled(1);
    former.process(&article);
    former.publish(&article);
    drop(former);
    let mut harness = Harness::of::<Once>(settings());
    let newcomer = titled(1).with_id("00000001-0000000001");
    assert!(harness.process(&newcomer).broken().unwrap().contains("another ledger"));
    harness.crash();
    assert!(harness.process(&newcomer).passed());
}

/// Random walks against the plainest model there is: what is published under a key is one article.
#[test]
fn never_twice_whatever_happens() {
    for seed in 1..=20 {
        let folder = tempfile::tempdir().unwrap();
        let mut harness = Harness::of::<Once>(json!({ "folder": folder.path() }));
        let mut random = Random(seed);
        let mut flying: Vec<(usize, Draft)> = Vec::new();
        let mut published: BTreeMap<usize, String> = BTreeMap::new();
        for _ in 0..200 {
            match random.below(12) {
                0 => harness.restart(),
                1 => {
                    harness.crash();
                    flying.clear();
                }
                2 => harness.tell_again(),
                3 => harness.flush(),
                4..=6 if !flying.is_empty() => {
                    let (key, article) = flying.swap_remove(random.below(flying.len()));
                    match random.below(3) {
                        0 => harness.refuse(&article),
                        1 => harness.duplicate(&article),
                        _ => {
                            harness.publish(&article);
                            assert!(
                                published.insert(key, article.id().to_owned()).is_none(),
                                "seed {seed}: key {key} twice"
                            );
                        }
                    }
                }
                _ => {
                    let key = random.below(8);
                    let article = titled(key);
                    let answer = harness.process(&article);
                    let owner = flying.iter().find(|(other, _)| *other == key).map(|(_, article)| article.id());
                    match published.get(&key) {
                        Some(of) => assert_eq!(answer.duplicate_of(), Some(of.as_str()), "seed {seed}"),
                        None => assert_eq!(answer.held_for(), owner, "seed {seed}"),
                    }
                    if answer.passed() {
                        flying.push((key, article));
                    }
                }
            }
        }
        let keys: BTreeSet<usize> = flying.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys.len(), flying.len(), "seed {seed}: two in flight under one key");
    }
}

/// Numerical Recipes' generator: enough to walk about.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}
