//! First step of the chain: the text people read, the key machines match, the language, and what was page and not article.
//! Never drops a line without listing it in `furniture`.
//!
//! `clean` repairs, `furniture` separates, `language` names; this file only carries their answers to the article.

#![forbid(unsafe_code)]

pub mod clean;
pub mod furniture;
pub mod language;

use serde::Deserialize;
use warraq_plugin::{Article, Error, Field, Host, Plugin, Verdict};

/// The settings, as the manifest describes them.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Take furniture off?
    pub furniture: bool,
    /// Undo wrong decoding?
    pub repair_encoding: bool,
}

/// The plugin.
pub struct Normalise {
    config: Config,
}

impl Plugin for Normalise {
    type Config = Config;

    fn create(config: Config, _host: Host) -> Result<Self, Error> {
        Ok(Normalise { config })
    }

    fn process(&mut self, article: &mut Article<'_>) -> Result<Verdict, Error> {
        let headline = article.text(Field::HEADLINE).map(|headline| self.clean(headline).replace('\n', " "));
        let cleaned = self.clean(article.text(Field::BODY).unwrap_or_default());
        let (body, furniture) =
            if self.config.furniture { furniture::take_off(&cleaned) } else { (cleaned, Vec::new()) };
        if warraq_text::words(&body).next().is_none() {
            return Ok(Verdict::reject(
                "no-text",
                "nothing is left of the body after cleaning that has a letter or digit",
            ));
        }
        match headline.as_deref() {
            Some("") => article.unset(Field::HEADLINE)?,
            Some(headline) => article.set_text(Field::HEADLINE, headline)?,
            None => {}
        }
        if let Some(language) = language::language(headline.as_deref().unwrap_or_default(), &body) {
            article.set_text(Field::LANGUAGE, language)?;
        }
        article.set_text(Field::FOLD, &warraq_text::fold_key(&body))?;
        article.set_json(Field::FURNITURE, &furniture)?;
        article.set_text(Field::BODY, &body)?;
        Ok(Verdict::Pass)
    }
}

impl Normalise {
    fn clean(&self, raw: &str) -> String {
        if self.config.repair_encoding { clean::clean(raw) } else { clean::clean_as_decoded(raw) }
    }
}

warraq_plugin::export!(Normalise, manifest = include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifest_fits_the_code() {
        let manifest: serde_json::Value = serde_json::from_str(include_str!("../manifest.json")).unwrap();
        assert_eq!(manifest["id"], env!("CARGO_PKG_NAME"));
        assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
        let properties = manifest["config_schema"]["properties"].as_object().unwrap();
        let defaults: serde_json::Map<_, _> =
            properties.iter().map(|(name, schema)| (name.clone(), schema["default"].clone())).collect();
        let config: Config = serde_json::from_value(defaults.into()).unwrap();
        assert!(config.furniture && config.repair_encoding);
    }
}
