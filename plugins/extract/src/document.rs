//! One body, read once: what every finder of this crate needs to look at. Never holds a finding.

use std::ops::Range;

use warraq_text::{CodePoints, Folded, Word};

/// A body with its words, sentences and match key.
pub struct Document<'a> {
    /// CLEAN text; every range of this crate counts bytes of it.
    pub body: &'a str,
    /// Its words in order.
    pub words: Vec<Word<'a>>,
    /// The match key of each word, same order as `words`.
    pub keys: Vec<String>,
    /// Its sentences in order.
    pub sentences: Vec<Range<usize>>,
    points: CodePoints<'a>,
}

impl<'a> Document<'a> {
    /// Reads `body` once.
    pub fn new(body: &'a str) -> Self {
        let words: Vec<Word<'a>> = warraq_text::words(body).collect();
        let keys = words.iter().map(|word| fold(word.text).text).collect();
        Document { body, words, keys, sentences: warraq_text::sentences(body), points: CodePoints::new(body) }
    }

    /// The code point span of a byte range, as the record counts.
    pub fn span(&self, range: &Range<usize>) -> [usize; 2] {
        self.points.span(range)
    }
}

fn fold(text: &str) -> Folded {
    warraq_text::fold(text)
}
