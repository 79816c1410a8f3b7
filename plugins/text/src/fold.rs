//! FOLD: the match key of a text, with a map back to where each character came from. Never shown to anyone.
//!
//! What is folded, and why nothing else is: two spellings of one word must have one key (marks, tatweel, hamza carriers, ى ة,
//! presentation forms, digits, case, accents, decomposed input), and two words should not. Punctuation and quotes stay, since
//! sentences and speech are found by them. Persian ی and ک fold to ي and ك in *every* text: keyboards mix them into Arabic, a
//! word must not change its key with the language of the document around it, and within Persian nothing falls together by it.
//! The letters of Urdu (ہ ے ٹ ڈ ڑ) stay.

use std::ops::Range;

use crate::characters::{DROPPED, NOT_IN_TABLE, TABLE, TATWEEL, ZERO_WIDTH_JOINER, fold_slowly, is_mark, is_picture};

/// A folded text and the map to its source.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    /// The match key.
    pub text: String,
    /// Where the distance between a character and its source changes, in order.
    runs: Vec<Run>,
    /// Source length in bytes.
    source_len: usize,
}

/// Bytes of the key up to the next run.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// First byte of the run in the key.
    folded: usize,
    /// The source byte it came from.
    source: usize,
    /// Does the source go on in step (`true`), or did all of the run come from the character at `source`?
    in_step: bool,
}

/// Folds a CLEAN text: marks, tatweel and invisible characters off, hamza carriers and look-alike letters together, digits to
/// ASCII, lower case. Characters that are not folded stay, white space and punctuation too. Folding twice changes nothing more.
///
/// A free-standing run of tatweel is a dash (`دمشق ــ الوطن`) and becomes `-`. Linear in the length of the text.
pub fn fold(text: &str) -> Folded {
    let mut key = String::with_capacity(text.len());
    let mut runs: Vec<Run> = Vec::new();
    let mut run = Run { folded: 0, source: 0, in_step: true };
    for_each_folded(text, |offset, width, to| {
        let folded = key.len();
        let in_step = to.len_utf8() == width;
        let goes_on =
            if run.in_step { in_step && offset - run.source == folded - run.folded } else { offset == run.source };
        if !goes_on {
            runs.push(run);
            run = Run { folded, source: offset, in_step };
        }
        key.push(to);
    });
    runs.push(run);
    Folded { text: key, runs, source_len: text.len() }
}

/// The text of [`fold`] for those who need no way back.
pub fn fold_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for_each_folded(text, |_, _, to| key.push(to));
    key
}

impl Folded {
    /// The bytes of `source` (the text that was folded) that a range of the key came from: from the first character of the range
    /// to the last, with the marks and tatweel that hang on the last. An empty range gives an empty one. Whatever the range, the
    /// answer lies on character boundaries.
    pub fn source(&self, range: &Range<usize>, source: &str) -> Range<usize> {
        let start = self.origin(range.start, source);
        if range.is_empty() {
            return start..start;
        }
        let last = self.origin(range.end - 1, source);
        let mut rest = source[last..].chars();
        let mut end = last + rest.next().map_or(0, char::len_utf8);
        while let Some(next) = rest.next().filter(|&next| next == TATWEEL || (!next.is_ascii() && is_mark(next))) {
            end += next.len_utf8();
        }
        start..end
    }

    /// Start of the source character that byte `at` of the key came from.
    fn origin(&self, at: usize, source: &str) -> usize {
        let mut origin = match self.runs.partition_point(|run| run.folded <= at) {
            _ if at >= self.text.len() => self.source_len,
            0 => 0,
            after => {
                let run = self.runs[after - 1];
                if run.in_step { run.source + (at - run.folded) } else { run.source }
            }
        }
        .min(source.len());
        while !source.is_char_boundary(origin) {
            origin -= 1;
        }
        origin
    }
}

/// Calls `emit(offset, width, character)` for every character of the key, with offset and width of its source in bytes.
fn for_each_folded(text: &str, mut emit: impl FnMut(usize, usize, char)) {
    let table = &**TABLE;
    let mut before = ' ';
    // Where a run of tatweel began that has no letter before it, until we see what comes after.
    let mut dash = None;
    for (offset, character) in text.char_indices() {
        let to = table.fold(character);
        if to == DROPPED && character == TATWEEL {
            if before != TATWEEL && !table.continues_word(before) {
                dash = Some(offset);
            }
            before = character;
            continue;
        }
        if let Some(dash) = dash.take().filter(|_| !table.continues_word(character)) {
            emit(dash, TATWEEL.len_utf8(), '-');
        }
        match to {
            DROPPED => {}
            NOT_IN_TABLE if character == ZERO_WIDTH_JOINER => {
                let after = text[offset + ZERO_WIDTH_JOINER.len_utf8()..].chars().next();
                if is_picture(before) && after.is_some_and(|after| is_picture(after) && !is_mark(after)) {
                    emit(offset, ZERO_WIDTH_JOINER.len_utf8(), character);
                }
            }
            NOT_IN_TABLE => fold_slowly(character, |to| emit(offset, character.len_utf8(), to)),
            to => emit(offset, character.len_utf8(), to),
        }
        before = character;
    }
    if let Some(dash) = dash {
        emit(dash, TATWEEL.len_utf8(), '-');
    }
}

#[cfg(test)]
mod tests;
