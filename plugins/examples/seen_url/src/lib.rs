//! Example with state: lets one article for each address (`source.url`) through. The set of addresses is exactly what was published,
//! after any crash, because it is made of the notes in the ledger. It never looks at the text.

#![forbid(unsafe_code)]

use std::path::PathBuf;

use serde::Deserialize;
use warraq_plugin::{Article, Error, Field, Host, Memory, Plugin, Seen, Settings, Verdict};

/// The settings, as operators see them.
#[derive(Deserialize, Settings)]
pub struct Config {
    /// Folder for a snapshot, used by nothing else, so that a start does not replay every note. Empty for none.
    #[setting(default = "")]
    folder: PathBuf,
}

/// The plugin.
pub struct SeenUrl {
    seen: Seen,
}

/// What is read of `source`.
#[derive(Deserialize)]
struct Source {
    url: Option<String>,
}

impl Plugin for SeenUrl {
    type Config = Config;

    fn create(config: Config, _host: Host) -> Result<Self, Error> {
        Ok(SeenUrl { seen: Seen::in_folder(config.folder)? })
    }

    fn process(&mut self, article: &mut Article<'_>) -> Result<Verdict, Error> {
        let source: Option<Source> = article.json(Field::SOURCE)?;
        match source.and_then(|source| source.url) {
            Some(url) => self.seen.claim(article, &url, "same-url"),
            None => Ok(Verdict::Pass),
        }
    }

    fn memory(&mut self) -> Option<&mut dyn Memory> {
        Some(&mut self.seen)
    }
}

warraq_plugin::export!(SeenUrl, id = "seen_url", reads = ["source"], threading = "serial", stateful = true);

#[cfg(test)]
mod tests {
    use serde_json::json;
    use warraq_testkit::{Article, Harness, Subject, examine};

    use super::*;

    fn from(url: &str) -> Article {
        Article::new("نص").json("source", json!({ "name": "a.json", "url": url }))
    }

    #[test]
    fn keeps_the_contract() {
        let subject = Subject::of::<SeenUrl>();
        let own = [from("https://example.org/1"), from("https://example.org/2")];
        assert_eq!(examine(&subject, &own), [""; 0]);
    }

    #[test]
    fn one_article_for_each_address() {
        let mut harness = Harness::of::<SeenUrl>(json!({}));
        let (first, second) = (from("https://example.org/1"), from("https://example.org/1"));
        assert!(harness.process(&first).passed());
        assert_eq!(harness.process(&second).held_for(), Some(first.id()));
        harness.publish(&first);
        assert_eq!(harness.process(&second).duplicate_of(), Some(first.id()));
        harness.crash();
        assert_eq!(harness.process(&second).duplicate_of(), Some(first.id()));
        assert!(harness.process(&from("https://example.org/2")).passed());
        assert!(harness.process(&Article::new("no address")).passed());
    }
}
