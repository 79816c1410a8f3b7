//! The five seeds: three sentences each, word for word, none of them furniture, headline or dateline.

#![expect(clippy::unwrap_used, reason = "clippy lets only the test functions themselves unwrap")]

use std::ops::Range;
use std::path::Path;

use serde_json::Value;
use summarise::{Known, Limits, Summary, summarise};

const LIMITS: Limits = Limits { sentences: 3, characters_max: 1200 };

/// A seed as it comes from the steps before this plugin.
struct Article {
    body: String,
    headline: Option<String>,
    dateline: Option<String>,
    subheads: Vec<Range<usize>>,
}

impl Article {
    /// Cuts the labelled furniture out of the file and moves the spans along.
    fn read(name: &str, labels: &Value) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds");
        let raw: Vec<char> = std::fs::read_to_string(folder.join(name)).unwrap().chars().collect();
        let furniture: Vec<Range<usize>> = labels["furniture"].as_array().unwrap().iter().map(span).collect();
        let kept = |at: &usize| !furniture.iter().any(|cut| cut.contains(at));
        let full: String = (0..raw.len()).filter(kept).map(|at| raw[at]).collect();
        let trimmed = full.chars().take_while(|character| character.is_whitespace()).count();
        let moved = |at: usize| (0..at).filter(kept).count() - trimmed;
        Article {
            body: full.trim().to_owned(),
            headline: labels["title"]["text"].as_str().map(str::to_owned),
            dateline: labels["dateline"]["text"].as_str().map(str::to_owned),
            subheads: labels["subheads"]
                .as_array()
                .unwrap()
                .iter()
                .map(span)
                .map(|subhead| moved(subhead.start)..moved(subhead.end))
                .collect(),
        }
    }

    fn summary(&self) -> Summary {
        let known = Known {
            language: Some("ar"),
            headline: self.headline.as_deref(),
            byline: None,
            dateline: self.dateline.as_deref(),
            subheads: &self.subheads,
        };
        summarise(&self.body, &known, LIMITS).unwrap()
    }
}

fn span(label: &Value) -> Range<usize> {
    let at = |key: &str| usize::try_from(label[key].as_u64().unwrap()).unwrap();
    at("start")..at("end")
}

#[test]
fn three_sentences_word_for_word() {
    for_each_seed(|name, article| {
        let summary = article.summary();
        let body: Vec<char> = article.body.chars().collect();
        assert_eq!(summary.sentences.len(), 3, "{name}");
        let mut end = 0;
        for sentence in &summary.sentences {
            assert!(end <= sentence.start, "{name}: out of order");
            assert_eq!(body[sentence.start..sentence.end].iter().collect::<String>(), sentence.text, "{name}");
            assert!(sentence.score > 0.0 && sentence.score <= 1.0, "{name}");
            end = sentence.end;
        }
        let texts: Vec<&str> = summary.sentences.iter().map(|sentence| sentence.text.as_str()).collect();
        assert_eq!(summary.text, texts.join(" "));
        assert!(summary.text.chars().count() <= LIMITS.characters_max);
    });
}

#[test]
fn neither_headline_nor_subhead_nor_dateline() {
    for_each_seed(|name, article| {
        for sentence in article.summary().sentences {
            assert_ne!(Some(&sentence.text), article.headline.as_ref(), "{name}");
            assert!(article.dateline.as_ref().is_none_or(|dateline| !sentence.text.contains(dateline)), "{name}");
            let overlaps = |subhead: &Range<usize>| subhead.start < sentence.end && sentence.start < subhead.end;
            assert!(!article.subheads.iter().any(overlaps), "{name}");
        }
    });
}

fn for_each_seed(check: impl Fn(&str, &Article)) {
    let labels: Value = serde_json::from_str(include_str!("../../../seeds/expected.json")).unwrap();
    let seeds = labels["seeds"].as_object().unwrap();
    assert_eq!(seeds.len(), 5);
    for (name, labels) in seeds {
        let article = Article::read(name, labels);
        check(name, &article);
    }
}
