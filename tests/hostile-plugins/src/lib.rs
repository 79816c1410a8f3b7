//! A plugin that panics where it is told to: at the marker in a body, when it is made, or when it starts. Everything else passes,
//! counted, so that a record shows whether the instance that made it was a new one. It never catches its own panics.

#![forbid(unsafe_code)]

use serde::Deserialize;
use warraq_plugin::{Article, Error, Field, Host, Plugin, Verdict};

/// The word in a body that makes it panic.
const MARKER: &str = "PANIC";

/// When it panics besides at the marker.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Moment {
    /// Never.
    Never,
    /// When it is made.
    Create,
    /// When it starts.
    Start,
}

/// Its settings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    panic_at: Moment,
}

/// The plugin.
#[derive(Debug)]
pub struct Panics {
    config: Config,
    seen: Field,
    articles: i64,
}

impl Plugin for Panics {
    type Config = Config;

    fn create(config: Config, host: Host) -> Result<Self, Error> {
        assert!(config.panic_at != Moment::Create, "told to panic in create");
        let seen = host.field("articles_seen").ok_or_else(|| Error::new("the host refuses the field"))?;
        Ok(Panics { config, seen, articles: 0 })
    }

    fn start(&mut self) -> Result<(), Error> {
        assert!(self.config.panic_at != Moment::Start, "told to panic in start");
        Ok(())
    }

    fn process(&mut self, article: &mut Article<'_>) -> Result<Verdict, Error> {
        assert!(!article.text(Field::BODY).unwrap_or("").contains(MARKER), "the body says {MARKER}");
        self.articles += 1;
        article.set_integer(self.seen, self.articles)?;
        Ok(Verdict::Pass)
    }
}

warraq_plugin::export!(
    Panics,
    manifest = r#"{ "id": "hostile_plugins", "version": "0.1.0", "abi": 1, "reads": ["body"], "writes": ["articles_seen"],
        "config_schema": { "type": "object", "properties": { "panic_at": { "type": "string",
            "enum": ["never", "create", "start"], "default": "never", "description": "When it panics besides at the marker." } } } }"#
);
