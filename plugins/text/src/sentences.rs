//! Sentences of news text. Splits where a reader stops, never looks at meaning.
//!
//! Decisions, for news rather than for grammar:
//! - A line end ends a sentence: feeds put paragraphs, headings and datelines on lines of their own.
//! - A stop glued to the next Arabic word ends a sentence (`المنازل.وكان`); one between Latin letters or digits does not.
//! - A stop inside a quotation does not end a sentence, so that no summary opens a quotation it does not close; but a quotation
//!   of more than `QUOTE_BYTES_MAX` is a speech, and its sentences count. A stop that ends the quotation ends the sentence too,
//!   unless a comma follows.
//! - Dots that mark a cut or a pause end a sentence only where white space follows and they are glued to the word before; the
//!   free-standing two dots of headlines (`كيري .. موسكو`) are a dash.

mod quotations;

use std::ops::Range;

use crate::characters::{TABLE, is_mark};

/// Longest quotation (about 400 letters of Arabic) that is kept in one sentence.
const QUOTE_BYTES_MAX: usize = 800;

/// How far back from a stop an abbreviation is looked for.
const ABBREVIATION_CHARACTERS_MAX: usize = 16;

/// Latin abbreviations that go on after their stop; single letters do so anyway.
const LATIN_ABBREVIATIONS: &[&str] = &[
    "Mr", "Mrs", "Ms", "Dr", "Prof", "St", "Gen", "Lt", "Col", "Capt", "Sgt", "Maj", "Adm", "Sen", "Rep", "Gov", "Rev",
    "Hon", "Pres", "No", "Nos", "vs", "Fig", "cf", "Mt", "Ft", "Jan", "Feb", "Aug", "Sept", "Oct", "Nov", "Dec", "M",
    "Mme", "al", "approx", "e.g", "i.e",
];

/// The sentences of a text as byte ranges, trimmed of white space, in order; pieces without a letter or digit are left out.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        split_line(line, start, &mut found);
        start += line.len();
    }
    found
}

fn split_line(line: &str, line_start: usize, found: &mut Vec<Range<usize>>) {
    let mut quoted = quotations::quotations(line, QUOTE_BYTES_MAX).into_iter().peekable();
    let mut start = 0;
    let mut offset = 0;
    while let Some(length) = line[offset..].find(is_stop) {
        let stop = offset + length;
        let stops_end = end_of_run(line, stop, is_stop);
        let (end, open) = end_of_closers(line, stops_end);
        while quoted.next_if(|quote| quote.end <= stop).is_some() {}
        let inside = quoted.peek().is_some_and(|quote| quote.start < stop && end < quote.end);
        if !inside && ends_sentence(&Stop { line, start, stop, stops_end, end, opens_next: open }) {
            push(line, line_start, start..end, found);
            start = end;
        }
        offset = end;
    }
    push(line, line_start, start..line.len(), found);
}

/// A run of stops and what stands around it.
struct Stop<'a> {
    line: &'a str,
    /// Where the sentence began.
    start: usize,
    /// First byte of the run.
    stop: usize,
    /// End of the run.
    stops_end: usize,
    /// End of the run and of the quotation marks and brackets that close behind it.
    end: usize,
    /// Is the next character a quotation mark that opens?
    opens_next: bool,
}

fn ends_sentence(at: &Stop) -> bool {
    let stops = &at.line[at.stop..at.stops_end];
    let before = at.line[at.start..at.stop].chars().next_back();
    let after = at.line[at.end..].chars().next().unwrap_or('\n');
    if at.line[at.end..].trim_start().starts_with(['،', ',', '؛', ';', ':']) {
        return false;
    }
    let Some(before) = before else { return false };
    if stops == "." {
        return one_dot_ends(at, before, after);
    }
    if stops.chars().all(|stop| matches!(stop, '.' | '…')) {
        return !before.is_whitespace()
            && !is_opener(before)
            && (after.is_whitespace() || (at.end > at.stops_end && !after.is_alphanumeric()) || at.opens_next);
    }
    // A question mark in a web address.
    !(before.is_ascii_graphic() && after.is_ascii_alphanumeric())
}

fn one_dot_ends(at: &Stop, before: char, after: char) -> bool {
    if is_opener(before) {
        return false;
    }
    if before.is_whitespace() {
        return after.is_whitespace() || (after.is_alphabetic() && !after.is_ascii()) || at.opens_next;
    }
    if after.is_numeric() && before.is_numeric() || is_latin(before) && (is_latin(after) || after.is_ascii_digit()) {
        return false;
    }
    if at.end > at.stops_end {
        return true;
    }
    let rest = at.line[at.end..].trim_start();
    if rest.is_empty() {
        return true;
    }
    // Lower case goes on: `p.m. on Friday`.
    !(rest.starts_with(|next: char| next.is_ascii_lowercase())
        || is_list_number(&at.line[at.start..at.stop])
        || is_abbreviation(&at.line[at.start..at.stop]))
}

/// `1. ` at the start of a line.
fn is_list_number(sentence: &str) -> bool {
    sentence.len() <= 8 && sentence.trim_start().chars().all(char::is_numeric)
}

/// Does this text end in something that is abbreviated with a stop?
fn is_abbreviation(sentence: &str) -> bool {
    let start = sentence
        .char_indices()
        .rev()
        .take(ABBREVIATION_CHARACTERS_MAX)
        .take_while(|&(_, character)| character == '.' || TABLE.continues_word(character))
        .last()
        .map_or(sentence.len(), |(offset, _)| offset);
    let (before, word) = sentence.split_at(start);
    if word.starts_with(is_latin) {
        let initial = word.rsplit('.').next().unwrap_or(word);
        return initial.len() == 1 && initial.starts_with(is_latin) || LATIN_ABBREVIATIONS.contains(&word);
    }
    let last = word.rsplit('.').next().unwrap_or(word);
    let mut letters = last.chars().filter(|&character| character != 'ـ' && !is_mark(character));
    match (letters.next(), letters.next(), letters.next()) {
        // Of the hijri or Christian era, when a year stands before: `2015 م.` ends like any word.
        (Some('م' | 'ه'), None, None) => !before.trim_end().ends_with(char::is_numeric),
        (Some(letter), None, None) => letter.is_alphabetic(),
        // And Dr, and Prof., and Eng.
        (Some('و'), Some('د' | 'أ' | 'م'), None) => true,
        _ => false,
    }
}

/// The end of the closing marks at `offset`, and whether a quotation mark that opens stands there.
fn end_of_closers(line: &str, offset: usize) -> (usize, bool) {
    let mut end = offset;
    let mut characters = line[offset..].chars().peekable();
    while let Some(character) = characters.next() {
        let before_word = characters.peek().is_some_and(|&next| next.is_alphanumeric());
        match character {
            '»' | ')' | ']' | '}' => {}
            // These are written at both ends.
            '"' | '\'' | '”' | '’' if !before_word => {}
            '"' | '\'' | '”' | '’' | '«' | '“' | '‘' => return (end, true),
            _ => return (end, false),
        }
        end += character.len_utf8();
        // `…”.` has its stop behind the mark.
        end = end_of_run(line, end, is_stop);
        characters = line[end..].chars().peekable();
    }
    (end, false)
}

fn end_of_run(line: &str, offset: usize, belongs: fn(char) -> bool) -> usize {
    line[offset..].find(|character| !belongs(character)).map_or(line.len(), |length| offset + length)
}

fn is_stop(character: char) -> bool {
    matches!(character, '.' | '؟' | '?' | '!' | '…' | '۔' | '。' | '！' | '？' | '।' | '؞')
}

fn is_opener(character: char) -> bool {
    matches!(character, '(' | '[' | '{' | '«' | '“' | '‘')
}

fn is_latin(character: char) -> bool {
    matches!(character, 'a'..='z' | 'A'..='Z' | 'À'..='ɏ')
}

fn push(line: &str, line_start: usize, range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let piece = &line[range.clone()];
    let start = range.start + (piece.len() - piece.trim_start().len());
    let end = range.end - (piece.len() - piece.trim_end().len());
    if start < end && piece.contains(|character| TABLE.begins_word(character)) {
        found.push(line_start + start..line_start + end);
    }
}

#[cfg(test)]
mod tests;
