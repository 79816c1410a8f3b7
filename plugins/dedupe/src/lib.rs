//! The dedupe plugin: drops articles that were published before, word for word or nearly, and lists what the others share with
//! earlier ones. Its state is a fold of the notes it left on published articles; it keeps no file.
//!
//! The article's journey: `sketch` (words to codes) → `index` (who shares keys) → `compare` (how much) → `veto` (same event?) →
//! `passages` (what exactly) → `note` (what is left for the next start). `engine` knows the order.

#![forbid(unsafe_code)]

pub mod align;
pub mod compare;
pub mod engine;
mod hash;
pub mod index;
pub mod note;
pub mod passages;
#[cfg(test)]
mod random;
pub mod shingles;
pub mod sketch;
mod spelling;
mod veto;
mod vocabulary;

use serde::Deserialize;
use warraq_plugin::{Article, Error, Field, Host, Level, Outcome, Plugin, Settlement, Verdict};

use engine::{Config, Engine, Fate, Judgement};

/// The plugin.
pub struct Dedupe {
    engine: Engine,
    host: Host,
}

/// What is read of `source`.
#[derive(Deserialize)]
struct Source {
    #[serde(default)]
    name: String,
}

impl Plugin for Dedupe {
    type Config = Config;

    fn create(config: Config, host: Host) -> Result<Self, Error> {
        if config.related_jaccard > config.near_jaccard {
            return Err(Error::new("related_jaccard is larger than near_jaccard"));
        }
        Ok(Dedupe { engine: Engine::new(config), host })
    }

    fn start(&mut self) -> Result<(), Error> {
        self.engine.ready();
        let (near, in_flight, published) = self.engine.index().sizes();
        self.host.log(
            Level::Info,
            &format!("index ready: {published} published, {near} of them for near matches, {in_flight} in flight"),
        );
        Ok(())
    }

    fn process(&mut self, article: &mut Article<'_>) -> Result<Verdict, Error> {
        let source: Option<Source> = article.json(Field::SOURCE)?;
        let name = source.map_or_else(String::new, |source| source.name);
        let judgement = self.engine.judge(article.id(), &name, article.text(Field::BODY).unwrap_or(""));
        match judgement {
            Judgement::Pass { related, note } => {
                article.set_json(Field::RELATED, &related)?;
                if let Some(note) = note {
                    article.note(&note)?;
                }
                Ok(Verdict::Pass)
            }
            Judgement::Drop { code, detail, of } => Ok(Verdict::Drop { code: code.to_owned(), detail, of }),
            Judgement::Hold { owner } => Ok(Verdict::Hold { owner }),
        }
    }

    fn settled(&mut self, settlement: &Settlement<'_>) -> Result<(), Error> {
        let fate = match settlement.outcome {
            Outcome::Published => Fate::Published,
            Outcome::Duplicate | Outcome::Quarantined => Fate::Gone,
            Outcome::InFlight => Fate::InFlight,
        };
        self.engine
            .settle(settlement.sequence, settlement.id, fate, settlement.note)
            .map_err(|error| Error::new(format!("{error} on {}", settlement.id)))
    }
}

warraq_plugin::export!(Dedupe, manifest = include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_agrees_with_the_code() {
        let manifest: serde_json::Value = serde_json::from_str(include_str!("../manifest.json")).unwrap();
        assert_eq!(manifest["id"], env!("CARGO_PKG_NAME"));
        assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(manifest["stateful"], true);
        for (key, property) in manifest["config_schema"]["properties"].as_object().unwrap() {
            assert!(!property["default"].is_null() && property["description"].is_string(), "{key}");
        }
        engine::tests::defaults();
    }
}
