//! The sentences that may stand in a summary. Leaves out headings, datelines and bylines; never judges what is said.

use std::ops::Range;

use warraq_text::CodePoints;

use crate::openers::leans_on_previous;
use crate::terms::{Terms, shared};

/// Sentences looked at, from the start of the body; news says what matters long before that.
pub(crate) const CANDIDATES_MAX: usize = 500;

/// Words below which a line is a label, not a sentence.
const WORDS_MIN: usize = 4;

/// Words up to which a line of its own without a full stop is a heading.
const HEADING_WORDS_MAX: usize = 15;

/// Share of a sentence's words that stand in the headline, from which it only repeats it.
const HEADLINE_SHARE: f64 = 0.8;

/// Share of a sentence's characters, white space aside, that must be letters; tables and lists of results stay below.
const LETTERS_SHARE_MIN: f64 = 0.6;

/// Sentences at whose start a dateline is looked for: the first, or the one after a headline and an overline.
const DATELINE_SENTENCES_MAX: usize = 5;

/// One sentence of the body.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// Its bytes in the body.
    pub(crate) range: Range<usize>,
    /// Which sentence of the body it is; two that follow one another have neighbouring numbers.
    pub(crate) number: usize,
    /// Its length in code points.
    pub(crate) characters: usize,
    /// What it is about.
    pub(crate) terms: Terms,
    /// Does it need the sentence before?
    pub(crate) leans: bool,
    /// Does it end in a colon or a question mark, so that what matters comes after it?
    pub(crate) points_ahead: bool,
    /// A heading or a table row by its looks: for use where there is nothing better.
    pub(crate) poor: bool,
}

/// The candidates of a body, in order.
pub(crate) fn candidates(body: &str, points: &CodePoints, known: &crate::Known) -> Vec<Candidate> {
    let sentences = warraq_text::sentences(body);
    let dateline = known.dateline.and_then(|dateline| find_dateline(body, &sentences, dateline));
    let headline = known.headline.map(Terms::of);
    let byline = known.byline.map(Terms::of);
    let repeats = |terms: &Terms| {
        headline.as_ref().is_some_and(|headline| is_mostly_in(terms, headline))
            || byline.as_ref().is_some_and(|byline| byline.all == terms.all)
    };
    let mut found = Vec::new();
    for (number, sentence) in sentences.iter().take(CANDIDATES_MAX).enumerate() {
        let Some(range) = trimmed(body, sentence, dateline.as_ref()) else { continue };
        let [start, end] = points.span(&range);
        if known.subheads.iter().any(|subhead| subhead.start < end && start < subhead.end) {
            continue;
        }
        let text = &body[range.clone()];
        let terms = Terms::of(text);
        if terms.words < WORDS_MIN || repeats(&terms) {
            continue;
        }
        found.push(Candidate {
            number,
            characters: end - start,
            leans: leans_on_previous(text, known.language),
            points_ahead: text.ends_with([':', '؟', '?', '？', '：']),
            poor: is_heading(body, &range, terms.words) || !is_mostly_letters(text),
            terms,
            range,
        });
    }
    found
}

/// The bytes of the dateline, with what separates it from the sentence, if one of the first sentences begins with it.
fn find_dateline(body: &str, sentences: &[Range<usize>], dateline: &str) -> Option<Range<usize>> {
    let dateline = dateline.trim();
    let start = sentences
        .iter()
        .take(DATELINE_SENTENCES_MAX)
        .map(|sentence| sentence.start)
        .find(|&start| !dateline.is_empty() && body[start..].starts_with(dateline))?;
    let end = start + dateline.len();
    Some(start..end + skipped(&body[end..], is_separator))
}

/// The sentence without dateline, bullet and dash before it; `None` if nothing is left.
fn trimmed(body: &str, sentence: &Range<usize>, dateline: Option<&Range<usize>>) -> Option<Range<usize>> {
    let start = match dateline {
        Some(dateline) if dateline.start <= sentence.start && sentence.start < dateline.end => dateline.end,
        _ => sentence.start,
    };
    if start >= sentence.end {
        return None;
    }
    let start = start + skipped(&body[start..sentence.end], is_separator);
    (start < sentence.end).then_some(start..sentence.end)
}

fn skipped(text: &str, skip: fn(char) -> bool) -> usize {
    text.find(|character| !skip(character)).unwrap_or(text.len())
}

/// What stands between a dateline and its sentence, or before an item of a list.
fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '-' | '–'
                | '—'
                | '―'
                | 'ـ'
                | ':'
                | '،'
                | ','
                | '؛'
                | ';'
                | '.'
                | '/'
                | '|'
                | '•'
                | '●'
                | '▪'
                | '■'
                | '◆'
                | '·'
                | '*'
                | '#'
                | '_'
        )
}

/// Does it say nearly nothing that the headline does not say?
fn is_mostly_in(terms: &Terms, headline: &Terms) -> bool {
    let both = shared(&terms.all, &headline.all) as f64;
    !terms.all.is_empty() && both >= HEADLINE_SHARE * terms.all.len() as f64
}

/// A short line of its own that does not end like a sentence.
fn is_heading(body: &str, range: &Range<usize>, words: usize) -> bool {
    let begins_line =
        range.start == 0 || body[..range.start].trim_end_matches([' ', '\t', '-', '•', '*']).ends_with('\n');
    let after = body[range.end..].trim_start_matches([' ', '\t']);
    words <= HEADING_WORDS_MAX
        && begins_line
        && (after.is_empty() || after.starts_with('\n'))
        && !body[range.clone()].trim_end_matches(is_closer).ends_with(is_sentence_end)
}

fn is_sentence_end(character: char) -> bool {
    matches!(character, '.' | '؟' | '?' | '!' | '…' | '۔' | '。' | '！' | '？' | '।' | ':')
}

fn is_closer(character: char) -> bool {
    matches!(character, '»' | '”' | '’' | '"' | '\'' | ')' | ']')
}

fn is_mostly_letters(text: &str) -> bool {
    let (mut letters, mut all) = (0usize, 0usize);
    for character in text.chars().filter(|character| !character.is_whitespace()) {
        all += 1;
        letters += usize::from(!character.is_ascii_punctuation() && !is_digit(character));
    }
    letters as f64 >= LETTERS_SHARE_MIN * all as f64
}

/// The digits that news is written with; the standard library's look-up of all others costs more than the rest of the ranking.
fn is_digit(character: char) -> bool {
    matches!(character, '0'..='9' | '\u{0660}'..='\u{0669}' | '\u{06F0}'..='\u{06F9}')
}
