//! Third step of the chain: what a reader would underline. Never changes the body, and never writes what the body does not say.
//!
//! [`extract`] is the whole of it, pure: the finders each look at one `Document`; this file asks them in order and
//! carries their answers to the article. Every span counts Unicode code points of the body, end exclusive.

#![forbid(unsafe_code)]

pub mod agency;
mod byline;
pub mod dateline;
pub mod dates;
mod document;
mod entities;
pub mod figures;
mod head;
pub mod headline;
mod keywords;
mod numbers;
mod pieces;
mod quotes;

use serde::{Deserialize, Serialize};
use warraq_plugin::{Article, Error, Field, Host, Plugin, Verdict};

use agency::Agency;
use dateline::{Dateline, Published};
use dates::Date;
use document::Document;
use figures::Figure;
use headline::Subhead;

/// What was found in one body, in the shape of the record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Extract {
    /// The headline given by the decoder, or else the body's own; `None` if there is none.
    pub headline: Option<String>,
    /// Headings within the body.
    pub subheads: Vec<Subhead>,
    /// Who wrote it, where the text says so.
    pub byline: Option<String>,
    /// Where and from whom it was sent.
    pub dateline: Option<Dateline>,
    /// When it was published, if the dateline says so.
    pub published: Option<Published>,
    /// Agencies and papers in dateline and closing credits.
    pub agencies: Vec<Agency>,
    /// People, places and organisations.
    pub(crate) entities: Vec<entities::Entity>,
    /// Absolute and relative dates.
    pub dates: Vec<Date>,
    /// Quotations, with speakers where they can be told.
    pub(crate) quotes: Vec<quotes::Quote>,
    /// Casualty figures.
    pub figures: Vec<Figure>,
    /// What the body is about.
    pub(crate) keywords: Vec<keywords::Keyword>,
}

/// Reads a CLEAN body; `given_headline` is what the decoder knew before. Takes time linear in the length of the body.
pub fn extract(body: &str, given_headline: Option<&str>) -> Extract {
    let mut document = Document::new(body);
    let dates = dates::find(&document);
    let head = head::read(&mut document, &dates, given_headline);
    let document = &document;
    let tokens = entities::tokens::tokens(document);
    let entities = entities::find(document, &tokens);
    let dateline = head.dateline.as_ref();
    Extract {
        headline: head.headline,
        subheads: headline::to_subheads(document),
        byline: head.byline,
        dateline: dateline.map(|found| found.to_dateline(document)),
        published: dateline.and_then(dateline::Found::to_published),
        agencies: agencies(document, dateline),
        quotes: quotes::find(document, &tokens, &entities),
        figures: figures::find(document),
        keywords: keywords::find(document, &tokens, &entities),
        entities,
        dates,
    }
}

/// The credits of the dateline, then those that close the body.
fn agencies(document: &Document<'_>, dateline: Option<&dateline::Found>) -> Vec<Agency> {
    let head = dateline.map_or(0, |found| found.range.end);
    let closing = agency::closing(document).into_iter().filter(|credit| credit.range.start >= head);
    let credits = dateline.into_iter().flat_map(|found| found.credits.iter().cloned()).chain(closing);
    credits.map(|credit| credit.to_agency(document)).collect()
}

/// The settings: none yet.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {}

/// The plugin.
pub struct Extractor;

impl Plugin for Extractor {
    type Config = Config;

    fn create(_config: Config, _host: Host) -> Result<Self, Error> {
        Ok(Extractor)
    }

    fn process(&mut self, article: &mut Article<'_>) -> Result<Verdict, Error> {
        let found = extract(article.text(Field::BODY).unwrap_or_default(), article.text(Field::HEADLINE));
        if let Some(headline) = &found.headline {
            article.set_text(Field::HEADLINE, headline)?;
        }
        if let Some(byline) = &found.byline {
            article.set_text(Field::BYLINE, byline)?;
        }
        if let Some(dateline) = &found.dateline {
            article.set_json(Field::DATELINE, dateline)?;
        }
        if let Some(published) = &found.published {
            article.set_json(Field::PUBLISHED, published)?;
        }
        article.set_json(Field::SUBHEADS, &found.subheads)?;
        article.set_json(Field::AGENCIES, &found.agencies)?;
        article.set_json(Field::ENTITIES, &found.entities)?;
        article.set_json(Field::DATES, &found.dates)?;
        article.set_json(Field::QUOTES, &found.quotes)?;
        article.set_json(Field::FIGURES, &found.figures)?;
        article.set_json(Field::KEYWORDS, &found.keywords)?;
        Ok(Verdict::Pass)
    }
}

warraq_plugin::export!(Extractor, manifest = include_str!("../manifest.json"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifest_fits_the_code() {
        let manifest: serde_json::Value = serde_json::from_str(include_str!("../manifest.json")).unwrap();
        assert_eq!(manifest["id"], env!("CARGO_PKG_NAME"));
        assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
        let record = serde_json::to_value(extract("", None)).unwrap();
        for field in record.as_object().unwrap().keys() {
            assert!(manifest["writes"].as_array().unwrap().iter().any(|written| written == field), "{field}");
        }
        assert!(serde_json::from_value::<Config>(serde_json::json!({})).is_ok());
        assert!(serde_json::from_value::<Config>(serde_json::json!({ "unknown": 1 })).is_err());
    }

    /// Any text passes: no panic, spans within the body, an answer in linear time.
    #[test]
    fn any_text_passes() {
        let line = "كلمة و14 قتيلا ".repeat(40_000);
        let texts = [
            "",
            " ",
            "\n\n",
            "ًٌَُّ",
            "«»",
            "😀👨‍👩‍👧 😀",
            "The roads are open. No more.",
            "این یک متن فارسی است که در ۱۴ تیر ۱۳۹۴ نوشته شد.",
            "\u{202E}قلب\u{202C}",
            "ﻻ ﻣﺼﺮ",
            "漢字 हिन्दी",
            "\0",
            line.as_str(),
        ];
        for text in texts {
            let found = extract(text, None);
            let characters = text.chars().count();
            for (start, end) in found
                .dates
                .iter()
                .map(|date| (date.start, date.end))
                .chain(found.figures.iter().map(|figure| (figure.start, figure.end)))
            {
                assert!(start < end && end <= characters);
            }
        }
    }
}
