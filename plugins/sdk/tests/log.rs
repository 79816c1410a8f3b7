//! What a plugin says through `log`, `tracing` or a thread of its own reaches the daemon's log, with its level and fields.
#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::json;
use warraq_plugin::{Article, Error, Field, Host, Level, Plugin, Verdict};
use warraq_testkit::{Article as Draft, Harness, check};

struct Talks;

impl Plugin for Talks {
    type Config = serde_json::Value;

    fn create(_config: serde_json::Value, _host: Host) -> Result<Self, Error> {
        log::info!("made");
        Ok(Talks)
    }

    fn process(&mut self, article: &mut Article<'_>) -> Result<Verdict, Error> {
        let characters = article.text(Field::BODY).unwrap_or("").chars().count();
        let span = tracing::info_span!("not carried over");
        let _entered = span.enter();
        tracing::warn!(characters, kind = "short", "looked at");
        let spoke = std::thread::spawn(|| log::error!("from a thread of its own")).join();
        spoke.map_err(|_| "the thread panicked")?;
        Ok(Verdict::Pass)
    }
}

warraq_plugin::export!(Talks, manifest = r#"{ "id": "talks", "version": "1.0.0", "abi": 1, "reads": ["body"] }"#);

// One test: a message from a thread of the plugin's own goes to any instance that lives.
#[test]
fn macros_reach_the_log() {
    let mut harness = Harness::of::<Talks>(json!({}));
    harness.process(&Draft::new("نص"));
    let said = |level, message: &str| (level, message.to_owned());
    let expected = [
        said(Level::Info, "log: made"),
        said(Level::Warn, "log: looked at characters=2 kind=\"short\""),
        said(Level::Error, "log: from a thread of its own"),
    ];
    assert_eq!(harness.log(), expected);
    drop(harness);
    check::<Talks>();
}
