//! Example without state: says how many minutes an article takes to read. Changes nothing else.

#![forbid(unsafe_code)]

use serde::Deserialize;
use warraq_plugin::{Article, Error, Field, Host, Plugin, Settings, Verdict};

/// The settings, as operators see them.
#[derive(Deserialize, Settings)]
pub struct Config {
    /// How many words people read in a minute.
    #[setting(default = 180, min = 1, max = 10_000)]
    words_per_minute: usize,
}

/// The plugin.
pub struct ReadingTime {
    config: Config,
    minutes: Field,
}

impl Plugin for ReadingTime {
    type Config = Config;

    fn create(config: Config, host: Host) -> Result<Self, Error> {
        let minutes = host.field("reading_minutes").ok_or("the host has no room for a field")?;
        Ok(ReadingTime { config, minutes })
    }

    fn process(&mut self, article: &mut Article<'_>) -> Result<Verdict, Error> {
        let words = article.text(Field::BODY).unwrap_or("").split_whitespace().count();
        let minutes = words.div_ceil(self.config.words_per_minute);
        article.set_integer(self.minutes, i64::try_from(minutes).unwrap_or(i64::MAX))?;
        Ok(Verdict::Pass)
    }
}

warraq_plugin::export!(ReadingTime, id = "reading_time", reads = ["body"], writes = ["reading_minutes"]);

#[cfg(test)]
mod tests {
    use serde_json::json;
    use warraq_testkit::{Article, Harness, check};

    use super::*;

    #[test]
    fn keeps_the_contract() {
        check::<ReadingTime>();
    }

    #[test]
    fn minutes_are_rounded_up() {
        let mut harness = Harness::of::<ReadingTime>(json!({ "words_per_minute": 2 }));
        for (body, minutes) in [("", 0), ("كلمة", 1), ("كلمة وكلمة", 1), ("كلمة وكلمة وكلمة", 2)]
        {
            assert_eq!(harness.process(&Article::new(body)).integer("reading_minutes"), Some(minutes), "{body}");
        }
    }
}
