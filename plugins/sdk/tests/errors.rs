//! Errors out of `process` become the verdicts that their kinds mean.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::{self, ErrorKind};
use std::time::Duration;

use serde_json::json;
use warraq_plugin::{Article, Error, Fate, Field, Host, Plugin, RETRY_AFTER, Verdict};
use warraq_testkit::{Article as Draft, Harness};

struct Fails;

impl Plugin for Fails {
    type Config = serde_json::Value;

    fn create(_config: serde_json::Value, _host: Host) -> Result<Self, Error> {
        Ok(Fails)
    }

    fn process(&mut self, article: &mut Article<'_>) -> Result<Verdict, Error> {
        let number = || "x".parse::<u8>();
        match article.text(Field::BODY).unwrap_or("") {
            "timeout" => Err(io::Error::from(ErrorKind::TimedOut))?,
            "refused" => Err(io::Error::from(ErrorKind::ConnectionRefused)).transient(Duration::from_secs(60))?,
            "not found" => Err(io::Error::from(ErrorKind::NotFound))?,
            "no number" => drop(number()?),
            "permanent" => drop(number().permanent("no-number")?),
            "deadline" => drop(article.time_left()?),
            "large" => article.set_text(Field::HEADLINE, &"x".repeat(100 << 20))?,
            _ => {}
        }
        Ok(Verdict::Pass)
    }
}

warraq_plugin::export!(
    Fails,
    manifest = r#"{ "id": "fails", "version": "1.0.0", "abi": 1, "reads": ["body"], "writes": ["headline"] }"#
);

#[test]
fn kinds_become_verdicts() {
    let mut harness = Harness::of::<Fails>(json!({}));
    let mut ask = |body: &str| harness.process(&Draft::new(body));
    assert_eq!(ask("timeout").retry_after(), Some(RETRY_AFTER));
    assert_eq!(ask("refused").retry_after(), Some(Duration::from_secs(60)));
    assert_eq!(ask("not found").broken(), Some("entity not found"));
    assert_eq!(ask("no number").broken(), Some("invalid digit found in string"));
    assert_eq!(ask("permanent").rejected(), Some("no-number"));
    assert_eq!(ask("large").rejected(), Some("too-large"));
    assert!(ask("deadline").passed() && ask("fine").passed());
    harness.expire_deadline();
    assert_eq!(harness.process(&Draft::new("deadline")).retry_after(), Some(RETRY_AFTER));
}
