//! The summarise plugin: tells an article in a few of its own sentences. Never writes a word that is not in the body.
//!
//! The journey: `candidates` finds the sentences that may stand in a summary, `terms` what each is about, `openers` which of them
//! lean on the one before, `rank` scores them, `choose` takes the best that fit, `summary` puts them together.

#![forbid(unsafe_code)]

mod candidates;
mod choose;
mod openers;
mod rank;
mod stop_words;
mod summary;
mod terms;
mod word_set;

use std::ops::Range;

use serde::Deserialize;
use warraq_plugin::{Article, Error, Field, Host, Plugin, Verdict};

pub use summary::{ENGINE, Known, Limits, Sentence, Summary, summarise};

/// The plugin; it keeps nothing from one article to the next.
pub struct Summarise {
    limits: Limits,
}

/// The keys of `[plugin.config]`, with the bounds and defaults of the manifest.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Sentences of a summary, 1 to 20.
    pub sentences: usize,
    /// Longest summary, in code points.
    pub characters_max: usize,
}

/// What we need of an item of `subheads`: its span in code points.
#[derive(Deserialize)]
struct Subhead {
    start: usize,
    end: usize,
}

/// What we need of `dateline`.
#[derive(Deserialize)]
struct Dateline {
    text: String,
}

impl Plugin for Summarise {
    type Config = Config;

    fn create(config: Config, _host: Host) -> Result<Self, Error> {
        Ok(Summarise { limits: Limits { sentences: config.sentences, characters_max: config.characters_max } })
    }

    fn process(&mut self, article: &mut Article<'_>) -> Result<Verdict, Error> {
        let subheads: Vec<Range<usize>> = article
            .json::<Vec<Subhead>>(Field::SUBHEADS)?
            .unwrap_or_default()
            .into_iter()
            .map(|subhead| subhead.start..subhead.end)
            .collect();
        // JSON null and an unset field are the same to us.
        let dateline = article.json::<Option<Dateline>>(Field::DATELINE)?.flatten();
        let known = Known {
            language: article.text(Field::LANGUAGE),
            headline: article.text(Field::HEADLINE),
            byline: article.text(Field::BYLINE),
            dateline: dateline.as_ref().map(|dateline| dateline.text.as_str()),
            subheads: &subheads,
        };
        let summary = summarise(article.text(Field::BODY).unwrap_or(""), &known, self.limits);
        match summary {
            Some(summary) => article.set_json(Field::SUMMARY, &summary)?,
            None => article.unset(Field::SUMMARY)?,
        }
        Ok(Verdict::Pass)
    }
}

warraq_plugin::export!(Summarise, manifest = include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifest_agrees_with_the_crate() {
        let manifest: serde_json::Value = serde_json::from_str(include_str!("../manifest.json")).unwrap();
        assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
        let properties = manifest["config_schema"]["properties"].as_object().unwrap();
        let defaults: serde_json::Map<_, _> =
            properties.iter().map(|(key, property)| (key.clone(), property["default"].clone())).collect();
        let config: Config = serde_json::from_value(defaults.into()).unwrap();
        assert_eq!((config.sentences, config.characters_max), (3, 1200));
    }
}
