//! The summary itself: what goes in, what comes out, and the steps in between. Never holds text that is not in the body.

use std::ops::Range;

use serde::Serialize;
use warraq_text::CodePoints;

use crate::candidates::candidates;
use crate::choose::{Budget, Choice, choose, cut_to};
use crate::rank::rank;

/// Method and its version; it changes when the same article may get another summary.
pub const ENGINE: &str = "warraq-lead-rank/1";

/// What the steps before us found out about the body.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// BCP 47.
    pub language: Option<&'a str>,
    /// Its line, if it stands in the body, and sentences that say no more are left out.
    pub headline: Option<&'a str>,
    /// Left out.
    pub byline: Option<&'a str>,
    /// As written; a sentence that begins with it begins behind it.
    pub dateline: Option<&'a str>,
    /// Spans in code points; left out.
    pub subheads: &'a [Range<usize>],
}

/// How much a summary may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Sentences, at least 1.
    pub sentences: usize,
    /// Code points of [`Summary::text`].
    pub characters_max: usize,
}

/// The record's `summary`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The sentences, joined by a space.
    pub text: String,
    /// In the order of the body; they do not overlap.
    pub sentences: Vec<Sentence>,
    /// [`ENGINE`].
    pub engine: &'static str,
}

/// One sentence of the body.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sentence {
    /// The body from `start` to `end`.
    pub text: String,
    /// First code point in the body.
    pub start: usize,
    /// Code point behind the last.
    pub end: usize,
    /// From 0 to 1, comparable within one article.
    pub score: f64,
}

/// The sentences that tell `body` in short; `None` if it holds no sentence.
///
/// Time is linear in the length of the body times the number of sentences asked for.
pub fn summarise(body: &str, known: &Known, limits: Limits) -> Option<Summary> {
    let points = CodePoints::new(body);
    let candidates = candidates(body, &points, known);
    let ranked = rank(&candidates, known.headline);
    let budget = Budget { sentences: limits.sentences, characters: limits.characters_max };
    let mut chosen = choose(&ranked, budget);
    if chosen.is_empty() {
        // All are longer than a summary may be: the beginning of the best is better than nothing.
        let best = ranked.iter().max_by(|left, right| left.score.total_cmp(&right.score))?;
        let range = cut_to(body, &best.candidate.range, limits.characters_max);
        chosen.push(Choice { range, score: best.score });
    }
    Some(assemble(body, &points, chosen))
}

fn assemble(body: &str, points: &CodePoints, mut chosen: Vec<Choice>) -> Summary {
    chosen.sort_by_key(|choice| choice.range.start);
    let sentences: Vec<Sentence> = chosen
        .into_iter()
        .map(|choice| {
            let [start, end] = points.span(&choice.range);
            Sentence { text: body[choice.range].to_owned(), start, end, score: rounded(choice.score) }
        })
        .collect();
    let texts: Vec<&str> = sentences.iter().map(|sentence| sentence.text.as_str()).collect();
    Summary { text: texts.join(" "), sentences, engine: ENGINE }
}

/// Three digits: what comes behind means nothing.
fn rounded(score: f64) -> f64 {
    (score * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests;
