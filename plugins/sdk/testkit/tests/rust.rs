//! A Rust plugin by its type: what an author's own tests look like, and a panic that is found.
#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::json;
use warraq_plugin::{Article, Error, Field, Host, Level, Plugin, Verdict};
use warraq_testkit::{Harness, Subject, check, examine};

/// Refuses short articles, and panics at a word if it is told one.
struct Short {
    config: Config,
    host: Host,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    characters_min: usize,
    panics_at: String,
}

impl Plugin for Short {
    type Config = Config;

    fn create(config: Config, host: Host) -> Result<Self, Error> {
        Ok(Short { config, host })
    }

    fn process(&mut self, article: &mut Article<'_>) -> Result<Verdict, Error> {
        let body = article.text(Field::BODY).unwrap_or("");
        assert!(self.config.panics_at.is_empty() || !body.contains(&self.config.panics_at), "the word");
        let characters = body.chars().count();
        if characters < self.config.characters_min {
            self.host.log(Level::Debug, "refused");
            return Ok(Verdict::reject("too-short", format!("{characters} characters")));
        }
        Ok(Verdict::Pass)
    }
}

warraq_plugin::export!(
    Short,
    manifest = r#"{ "id": "short", "version": "1.0.0", "abi": 1, "reads": ["body"], "config_schema": { "properties": {
        "characters_min": { "type": "integer", "minimum": 0, "default": 5, "description": "Shortest article." },
        "panics_at": { "type": "string", "default": "", "description": "A word." } } } }"#
);

#[test]
fn keeps_the_contract() {
    check::<Short>();
}

#[test]
fn short_articles_are_refused() {
    let mut harness = Harness::of::<Short>(json!({ "characters_min": 3 }));
    assert_eq!(harness.process(&warraq_testkit::Article::new("نص")).rejected(), Some("too-short"));
    assert!(harness.process(&warraq_testkit::Article::new("نصوص")).passed());
    assert_eq!(harness.log(), [(Level::Debug, "refused".to_owned())]);
}

#[test]
fn a_panic_is_found() {
    let found = examine(&Subject::of::<Short>().config(json!({ "panics_at": "council" })), &[]);
    assert!(found.iter().any(|finding| finding.contains("it panicked in process()")), "{found:?}");
}

#[test]
#[should_panic(expected = "short does not start: invalid type: string")]
fn a_plugin_that_does_not_start_says_why() {
    Harness::of::<Short>(json!({ "characters_min": "many" }));
}
