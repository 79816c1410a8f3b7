//! One body, read once: what every finder of this crate needs to look at. Never decides what a finding is.

use std::ops::{Index, Range};

use warraq_text::{CodePoints, Word};

use crate::pieces::{Piece, pieces};

/// A body with its words, sentences and match key. Every range counts bytes of the body.
pub(crate) struct Document<'a> {
    /// CLEAN text.
    pub(crate) body: &'a str,
    /// Its words in order.
    pub(crate) words: Vec<Word<'a>>,
    /// The match key of each word, same order as `words`.
    pub(crate) keys: Keys,
    /// Its words cut where letters meet digits, in order.
    pub(crate) pieces: Vec<Piece>,
    /// The match key of each piece, same order as `pieces`.
    pub(crate) piece_keys: Keys,
    /// Its sentences in order.
    pub(crate) sentences: Vec<Range<usize>>,
    /// Its lines in order, trimmed; blank lines are left out.
    pub(crate) lines: Vec<Range<usize>>,
    /// The line that is the headline; set by `headline::find`.
    pub(crate) headline: Option<Range<usize>>,
    /// Lines that are headings within the text; set by `headline::subheads`.
    pub(crate) subheads: Vec<Range<usize>>,
    /// The line or part of a line that says who wrote; set by `byline::find`.
    pub(crate) byline: Option<Range<usize>>,
    /// Where and from whom the story was sent, separators included; set by `dateline::find`.
    pub(crate) dateline: Option<Range<usize>>,
    points: CodePoints<'a>,
}

impl<'a> Document<'a> {
    /// Reads `body` once. The parts above the story (headline, byline, dateline) are not yet looked for.
    pub(crate) fn new(body: &'a str) -> Self {
        let words: Vec<Word<'a>> = warraq_text::words(body).collect();
        let keys: Keys = words.iter().map(|word| warraq_text::fold_key(word.text)).collect();
        let (pieces, piece_keys) = pieces(&words, &keys);
        Document {
            body,
            words,
            keys,
            pieces,
            piece_keys,
            sentences: warraq_text::sentences(body),
            lines: lines(body),
            headline: None,
            subheads: Vec::new(),
            byline: None,
            dateline: None,
            points: CodePoints::new(body),
        }
    }

    /// The code point span of a byte range, as the record counts.
    pub(crate) fn span(&self, range: &Range<usize>) -> [usize; 2] {
        self.points.span(range)
    }

    /// The text of a byte range.
    pub(crate) fn text(&self, range: &Range<usize>) -> &'a str {
        &self.body[range.clone()]
    }

    /// The words that begin within a byte range, as indexes of `words`.
    pub(crate) fn words_in(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.words.partition_point(|word| word.range.start < range.start);
        let end = self.words.partition_point(|word| word.range.start < range.end);
        start..end.max(start)
    }

    /// What stands between word `index` and the next one; up to the end of the body after the last word.
    pub(crate) fn gap_after(&self, index: usize) -> &'a str {
        let start = self.words.get(index).map_or(self.body.len(), |word| word.range.end);
        let end = self.words.get(index + 1).map_or(self.body.len(), |word| word.range.start);
        &self.body[start..end]
    }

    /// Where the story itself begins: behind headline, byline and dateline.
    pub(crate) fn story_start(&self) -> usize {
        [&self.headline, &self.byline, &self.dateline].into_iter().flatten().map(|part| part.end).max().unwrap_or(0)
    }
}

/// Match keys in one piece of memory, by index.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    text: String,
    ends: Vec<usize>,
}

impl Keys {
    /// Adds a key at the end.
    pub(crate) fn push(&mut self, key: &str) {
        self.text.push_str(key);
        self.ends.push(self.text.len());
    }

    /// The key at `index`; empty beyond the end, so that a look ahead needs no bounds of its own.
    pub(crate) fn at(&self, index: usize) -> &str {
        let Some(&end) = self.ends.get(index) else { return "" };
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start..end]
    }
}

/// The same as [`Keys::at`]: no article may bring a finder down because it ends where the finder still looks ahead.
impl Index<usize> for Keys {
    type Output = str;

    fn index(&self, index: usize) -> &str {
        self.at(index)
    }
}

impl<S: AsRef<str>> FromIterator<S> for Keys {
    fn from_iter<I: IntoIterator<Item = S>>(items: I) -> Self {
        let mut keys = Keys::default();
        items.into_iter().for_each(|key| keys.push(key.as_ref()));
        keys
    }
}

fn lines(body: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in body.split_inclusive('\n') {
        let trimmed = line.trim();
        if !trimmed.is_empty() {
            let begin = start + (line.len() - line.trim_start().len());
            found.push(begin..begin + trimmed.len());
        }
        start += line.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lines_and_ranges() {
        let document = Document::new("  الأولى \n\n قال أحمد: لا.\n");
        assert_eq!(
            document.lines.iter().map(|line| document.text(line)).collect::<Vec<_>>(),
            ["الأولى", "قال أحمد: لا."]
        );
        assert_eq!((&document.keys[0], document.keys.at(2), document.keys.at(99)), ("الاولي", "احمد", ""));
        assert_eq!(document.words_in(&document.lines[1]), 1..4);
        assert_eq!(document.gap_after(2), ": ");
        assert_eq!(document.gap_after(3), ".\n");
        assert_eq!(document.gap_after(9), "");
        assert_eq!(document.story_start(), 0);
    }

    #[test]
    fn empty_bodies() {
        for body in ["", "\n \n", "ًٌَ", "،،،"] {
            let document = Document::new(body);
            assert_eq!((document.words.len(), document.keys.at(0), document.pieces.len()), (0, "", 0));
        }
    }
}
