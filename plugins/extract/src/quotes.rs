//! Quotes: what somebody is quoted with, word for word, and who said it where the text says so. Never a name in quotation marks.

mod marks;
mod reports;

use std::ops::Range;

use serde::Serialize;

use crate::document::Document;
use crate::entities::lexicon::{Class, Classes};
use crate::entities::tokens::Token;
use crate::entities::{Entity, Kind};
use marks::{Pair, pairs};
use reports::{Report, reports};

/// Words of somebody.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Quote {
    /// The words, without the marks around them.
    pub(crate) text: String,
    /// First code point.
    pub(crate) start: usize,
    /// Behind the last code point.
    pub(crate) end: usize,
    /// Who said it: the fullest form of the name in the article, or the role as written.
    pub(crate) speaker: Option<String>,
    /// The verb of saying as written.
    pub(crate) cue: Option<String>,
    /// Word for word; indirect speech is not looked for.
    pub(crate) direct: bool,
}

/// The direct quotes of a document, in order.
pub(crate) fn find(document: &Document<'_>, tokens: &[Token], entities: &[Entity]) -> Vec<Quote> {
    let pairs = pairs(document.body, &document.lines, |range| restarts(document, tokens, range));
    let quoted: Vec<Range<usize>> = pairs.iter().map(|pair| document.words_in(&pair.inner)).collect();
    let long: Vec<Range<usize>> = quoted.iter().filter(|words| words.len() > 1).cloned().collect();
    let reports = reports(document, tokens, entities, &long);
    let mut mentions: Vec<(&Range<usize>, &Entity)> =
        entities.iter().flat_map(|entity| entity.ranges.iter().map(move |range| (range, entity))).collect();
    mentions.sort_by_key(|(range, _)| range.start);
    let reader = Reader { document, tokens, mentions, pairs: &pairs, reports: &reports };
    pairs.iter().zip(&quoted).enumerate().filter_map(|(index, (pair, words))| reader.read(index, pair, words)).collect()
}

/// Names and terms in quotation marks have no more words.
const TERM_WORDS_MAX: usize = 4;
/// Fewer words without a verb of saying are a title or a slogan.
const UNATTRIBUTED_WORDS_MIN: usize = 6;
/// Words between a verb of saying and what it governs.
const GOVERNED_WORDS_MAX: usize = 45;
/// Words before a colon that can be a speaker.
const BEFORE_COLON_WORDS_MAX: usize = 8;

/// Does a new sentence with a verb of saying begin in this range, so that a quotation open before it was never closed?
fn restarts(document: &Document<'_>, tokens: &[Token], range: &Range<usize>) -> bool {
    let words = document.words_in(range);
    // Only the last sentence before the new mark counts.
    let from = words.end.saturating_sub(GOVERNED_WORDS_MAX).max(words.start + 1);
    (from..words.end).rev().any(|at| {
        tokens[at].behind.is_some_and(|reading| reading.word.classes.any(FINITE))
            && document.gap_after(at - 1).contains(['.', '!', '؟', '?'])
    })
}

const FINITE: Classes = Classes::of(&[Class::CueMasculine, Class::CueFeminine]);

struct Reader<'a, 'b> {
    document: &'a Document<'b>,
    tokens: &'a [Token],
    /// Every mention with its entity, in order. Mentions do not overlap.
    mentions: Vec<(&'a Range<usize>, &'a Entity)>,
    pairs: &'a [Pair],
    reports: &'a [Report],
}

/// What introduces a quote.
struct Source {
    speaker: Option<String>,
    cue: Option<String>,
}

impl Reader<'_, '_> {
    fn read(&self, index: usize, pair: &Pair, words: &Range<usize>) -> Option<Quote> {
        if words.is_empty() {
            return None;
        }
        let source = self.source_before(index, words).or_else(|| self.source_behind(pair, words));
        let named = words.start > 0 && self.is_naming(words.start - 1);
        let clausal = words.clone().any(|at| self.is_clausal(at));
        let fits = if words.len() <= TERM_WORDS_MAX {
            let last = &self.document.keys[words.end - 1];
            let ends_indefinite =
                words.len() > 1 && !last.starts_with("ال") && !last.contains(|letter: char| letter.is_ascii_digit());
            source.is_some() && !named && !self.is_entity(pair, words) && (clausal || ends_indefinite)
        } else {
            !named && (source.is_some() || (clausal && words.len() >= UNATTRIBUTED_WORDS_MIN))
        };
        if !fits {
            return None;
        }
        let source = source.unwrap_or(Source { speaker: None, cue: None });
        let [start, end] = self.document.span(&pair.inner);
        let text = self.document.text(&pair.inner).to_owned();
        Some(Quote { text, start, end, speaker: source.speaker, cue: source.cue, direct: true })
    }

    /// The last verb of saying before the quote, if no full stop lies between; else a speaker and a colon.
    fn source_before(&self, index: usize, words: &Range<usize>) -> Option<Source> {
        let open = self.pairs[index].outer.start;
        let last = self.reports.partition_point(|report| report.words.start < words.start);
        let report = last.checked_sub(1).map(|last| &self.reports[last]);
        if let Some(report) = report.filter(|report| words.start - report.words.end <= GOVERNED_WORDS_MAX)
            && self.same_sentence(self.document.words[report.words.end - 1].range.end, index)
        {
            return Some(self.source(report));
        }
        let before = self.document.body[..open].trim_end();
        if !before.ends_with(':') {
            return None;
        }
        self.speaker_before_colon(words.start).map(|speaker| Source { speaker, cue: None })
    }

    /// «...»، قال فلان: a verb of saying without a conjunction right behind the quote.
    fn source_behind(&self, pair: &Pair, words: &Range<usize>) -> Option<Source> {
        let at = words.end;
        let token = self.tokens.get(at)?;
        let gap = &self.document.body[pair.outer.end.min(self.document.words[at].range.start)..];
        let gap = &gap[..self.document.words[at].range.start.saturating_sub(pair.outer.end)];
        let close = gap.chars().all(|character| matches!(character, ' ' | '،' | ',' | '-' | '–' | '—'));
        if !close || !token.whole.classes.any(FINITE) && !token.whole.classes.has(Class::CueAccording) {
            return None;
        }
        let first = self.reports.partition_point(|report| report.words.start < at);
        self.reports.get(first).filter(|report| report.words.start == at).map(|report| self.source(report))
    }

    fn source(&self, report: &Report) -> Source {
        let start = self.document.words[report.words.start].range.start;
        let end = self.document.words[report.words.end - 1].range.end;
        let cue = self.document.body[start..end].split_whitespace().collect::<Vec<_>>().join(" ");
        Source { speaker: report.speaker.clone(), cue: Some(cue) }
    }

    /// Is there no end of sentence from `from` to the opening of this quote? What other quotes hold does not count.
    fn same_sentence(&self, from: usize, index: usize) -> bool {
        let mut end = self.pairs[index].outer.start;
        for other in self.pairs[..index].iter().rev() {
            if ends_sentence(&self.document.body[other.outer.end.max(from).min(end)..end]) {
                return false;
            }
            if other.outer.start < from {
                return true;
            }
            end = other.outer.start;
        }
        !ends_sentence(&self.document.body[from.min(end)..end])
    }

    /// The person or organisation in the few words before a colon, back to the sentence start; `Some(None)` if only a colon is clear.
    fn speaker_before_colon(&self, at: usize) -> Option<Option<String>> {
        let from = at.saturating_sub(BEFORE_COLON_WORDS_MAX);
        let start = (from..at)
            .rev()
            .find(|&word| word == 0 || self.document.gap_after(word - 1).contains(['\n', '.', '«', '»', '"', '“', '”']))
            .unwrap_or(from);
        let range = self.document.words.get(start)?.range.start..self.document.words[at].range.start;
        let mut within =
            self.mentions_in(&range).iter().map(|(_, entity)| *entity).filter(|entity| entity.kind != Kind::Place);
        let only = within.next().filter(|first| within.all(|other| std::ptr::eq(*first, other)));
        Some(only.map(|entity| entity.name.clone()))
    }

    fn is_naming(&self, at: usize) -> bool {
        let naming = self.tokens[at].classes().any(Classes::of(&[
            Class::Naming,
            Class::Affiliation,
            Class::OrganisationHead,
            Class::PlaceTrigger,
            Class::PlaceHead,
        ]));
        // «بـ» and «و» in front of the mark: a name goes on the sentence.
        let key = &self.document.keys[at];
        naming || matches!(key, "ب" | "ل" | "ك" | "و" | "ال")
    }

    /// Is it one name from mark to mark?
    fn is_entity(&self, pair: &Pair, words: &Range<usize>) -> bool {
        let until = self.document.words[words.start].range.end;
        words.len() == 1 || self.mentions_in(&(0..until)).last().is_some_and(|(range, _)| range.end >= pair.inner.end)
    }

    /// The mentions that begin in a range of bytes.
    fn mentions_in(&self, range: &Range<usize>) -> &[(&Range<usize>, &Entity)] {
        let start = self.mentions.partition_point(|(mention, _)| mention.start < range.start);
        let end = self.mentions.partition_point(|(mention, _)| mention.start < range.end);
        &self.mentions[start..end.max(start)]
    }

    /// A word that makes a sentence of what it stands in: particle, pronoun, verb.
    fn is_clausal(&self, at: usize) -> bool {
        const WORDS: [&str; 46] = [
            "لم",
            "لن",
            "لا",
            "ليس",
            "ليست",
            "قد",
            "لقد",
            "سوف",
            "ان",
            "انه",
            "انها",
            "انني",
            "اننا",
            "هناك",
            "هذا",
            "هذه",
            "هو",
            "هي",
            "هم",
            "نحن",
            "انا",
            "انت",
            "كان",
            "كانت",
            "يجب",
            "يمكن",
            "ينبغي",
            "من",
            "ما",
            "اذا",
            "لو",
            "لكن",
            "لدينا",
            "علينا",
            "كل",
            "كما",
            "عندما",
            "حتي",
            "سيكون",
            "ستكون",
            "يكون",
            "تكون",
            "كلما",
            "فيما",
            "بل",
            "ولا",
        ];
        let key = &self.document.keys[at];
        WORDS.contains(&key)
            || key.starts_with("سي") && key.chars().count() > 4
            || self.tokens[at].classes().any(FINITE)
    }
}

/// Is there a full stop in this gap? A stop between digits or letters is none.
fn ends_sentence(text: &str) -> bool {
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next_is_free = characters.peek().is_none_or(|next| next.is_whitespace());
        match character {
            '\n' | '؟' | '?' | '!' => return true,
            '.' if next_is_free => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests;
