//! The struct that a plugin reads its settings into is the schema that operators see, and the macro makes a whole manifest of it.
#![allow(clippy::unwrap_used, reason = "tests")]

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use warraq_plugin::{Article, Error, Exported, Field, Host, NoSettings, Plugin, Settings, Verdict};
use warraq_plugin::{Part, manifest_join, manifest_len};
use warraq_testkit::{Article as Draft, Harness, check};

#[derive(Deserialize, Serialize, Settings)]
#[serde(deny_unknown_fields)]
struct Config {
    /// How many, with a "quoted" word
    /// and a second line.
    #[setting(default = 3, min = 1, max = 9)]
    count: usize,
    /// A share.
    #[setting(default = -0.5, min = -1.0, max = 1.0)]
    share: f64,
    /// On or off.
    #[setting(default = true)]
    on: bool,
    /// Where to.
    #[setting(default = "a\\b")]
    path: std::path::PathBuf,
    /// Words.
    #[setting(default = ["و", "b"])]
    words: Vec<String>,
    /// How.
    #[setting(default = "fast", one_of = ["fast", "well"])]
    mode: Mode,
    /// An offset.
    #[setting(default = -5)]
    offset: i64,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Fast,
    Well,
}

struct Sets {
    config: Config,
    field: Field,
}

impl Plugin for Sets {
    type Config = Config;

    fn create(config: Config, host: Host) -> Result<Self, Error> {
        Ok(Sets { config, field: host.field("my_field").ok_or("no field")? })
    }

    fn process(&mut self, article: &mut Article<'_>) -> Result<Verdict, Error> {
        article.set_json(self.field, &self.config)?;
        Ok(Verdict::Pass)
    }
}

warraq_plugin::export!(
    Sets,
    id = "sets",
    reads = ["body", "language"],
    writes = ["my_field"],
    capabilities = ["net"],
    deadline_ms = 1_500,
    threading = "serial",
    stateful = true,
);

#[test]
fn the_manifest_is_whole() {
    let manifest: Value = serde_json::from_str(Sets::MANIFEST).unwrap();
    let expected = json!({
        "id": "sets", "version": env!("CARGO_PKG_VERSION"), "abi": 1, "license": "MIT OR Apache-2.0",
        "description": env!("CARGO_PKG_DESCRIPTION"), "reads": ["body", "language"], "writes": ["my_field"],
        "capabilities": ["net"], "deadline_ms": 1500, "threading": "serial", "stateful": true,
        "config_schema": { "type": "object", "properties": {
            "count": { "type": "integer", "minimum": 1, "maximum": 9, "default": 3,
                "description": "How many, with a \"quoted\" word and a second line." },
            "share": { "type": "number", "minimum": -1.0, "maximum": 1.0, "default": -0.5, "description": "A share." },
            "on": { "type": "boolean", "default": true, "description": "On or off." },
            "path": { "type": "string", "default": "a\\b", "description": "Where to." },
            "words": { "type": "array", "default": ["و", "b"], "description": "Words." },
            "mode": { "type": "string", "default": "fast", "enum": ["fast", "well"], "description": "How." },
            "offset": { "type": "integer", "default": -5, "description": "An offset." },
        } },
    });
    assert_eq!(manifest, expected);
}

#[test]
fn texts_are_escaped() {
    const PARTS: &[Part] = &[Part::Text("a\"\\\n")];
    const BYTES: [u8; manifest_len(PARTS)] = manifest_join(PARTS);
    assert_eq!(serde_json::from_slice::<String>(&BYTES).unwrap(), "a\"\\ ");
    assert_eq!(serde_json::from_str::<Value>(NoSettings::SCHEMA).unwrap()["properties"], json!({}));
}

#[test]
fn defaults_and_bounds_create_it() {
    check::<Sets>();
    let mut harness = Harness::of::<Sets>(json!({ "mode": "well", "count": 9 }));
    let answer = harness.process(&Draft::new("نص"));
    let expected = json!({ "count": 9, "share": -0.5, "on": true, "path": "a\\b", "words": ["و", "b"], "mode": "well", "offset": -5 });
    assert_eq!(answer.json("my_field"), Some(&expected));
}
