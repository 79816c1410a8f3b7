//! CLEAN: the text people read. A handful of safe repairs; never touches quotes, digits, marks, tatweel or punctuation.
//!
//! The order matters: wrong decoding is undone while the characters that betray it are still there, entities before the spaces
//! they may stand for, and composition at the end, when nothing that was dropped can stand between a letter and its mark.

mod entities;
mod mojibake;

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

const SOFT_HYPHEN: char = '\u{00AD}';
const ZERO_WIDTH_SPACE: char = '\u{200B}';
const ZERO_WIDTH_NON_JOINER: char = '\u{200C}';
const ZERO_WIDTH_JOINER: char = '\u{200D}';

/// CLEAN from decoded text, wrong decoding undone.
pub fn clean(raw: &str) -> String {
    clean_as_decoded(&mojibake::repair(raw.trim_start_matches('\u{FEFF}')))
}

/// CLEAN from text that is known to be decoded rightly: line ends to LF; entities decoded; byte order marks, soft hyphens, stray
/// controls and direction marks without a partner off; every space an ordinary one, runs squeezed, none at line edges; at most
/// one blank line together; NFC.
pub fn clean_as_decoded(text: &str) -> String {
    let text = entities::decode(text);
    let text = if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n")) } else { text };
    let mut cleaned = String::with_capacity(text.len());
    let mut blank_lines = 0;
    for line in text.split(is_line_end) {
        let before = cleaned.len();
        if before > 0 {
            cleaned.push_str(if blank_lines > 0 { "\n\n" } else { "\n" });
        }
        let start = cleaned.len();
        let wants_composing = push_line(line, &mut cleaned);
        if cleaned.len() == start {
            cleaned.truncate(before);
            blank_lines += 1;
            continue;
        }
        if wants_composing {
            compose(&mut cleaned, start);
        }
        blank_lines = 0;
    }
    cleaned
}

fn is_line_end(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Appends one line without what is not to be seen; says whether it holds anything that may not be composed.
fn push_line(line: &str, cleaned: &mut String) -> bool {
    let start = cleaned.len();
    let mut wants_composing = false;
    let mut space = false;
    // Found when the first direction control turns up; most lines have none.
    let mut pairs = None;
    for (offset, character) in line.char_indices() {
        match character {
            '!'..='~' | '\u{0620}'..='\u{064A}' | '\u{0660}'..='\u{066F}' => {}
            ' ' => {
                space = true;
                continue;
            }
            ZERO_WIDTH_SPACE | ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER => {
                if space || cleaned.len() == start {
                    continue;
                }
            }
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
                let pairs: &mut Vec<usize> = pairs.get_or_insert_with(|| paired_controls(line));
                if pairs.binary_search(&offset).is_err() {
                    continue;
                }
            }
            _ if is_dropped(character) => continue,
            _ if character.is_whitespace() || character == '\t' => {
                space = true;
                continue;
            }
            _ => wants_composing |= character >= '\u{0300}' && !matches!(character, '\u{2010}'..='\u{2027}'),
        }
        if space {
            drop_dangling(cleaned, start);
            if cleaned.len() > start {
                cleaned.push(' ');
            }
            space = false;
        }
        cleaned.push(character);
    }
    drop_dangling(cleaned, start);
    wants_composing
}

/// What has no place in a text: byte order marks, soft hyphens, word joiners, controls, lone direction marks, object slots.
fn is_dropped(character: char) -> bool {
    matches!(character,
        '\0'..='\u{8}' | '\u{E}'..='\u{1F}' | '\u{7F}'..='\u{84}' | '\u{86}'..='\u{9F}' | SOFT_HYPHEN | '\u{061C}'
        | '\u{200E}' | '\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{206A}'..='\u{206F}' | '\u{FEFF}'
        | '\u{FFF9}'..='\u{FFFC}')
}

/// A zero width space or non-joiner before a space or a line end divides nothing.
fn drop_dangling(cleaned: &mut String, start: usize) {
    while cleaned.len() > start && cleaned.ends_with([ZERO_WIDTH_SPACE, ZERO_WIDTH_NON_JOINER]) {
        cleaned.pop();
    }
}

/// Offsets of the direction controls of a line that open and close each other, sorted.
fn paired_controls(line: &str) -> Vec<usize> {
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut paired = Vec::new();
    for (offset, character) in line.char_indices() {
        match character {
            '\u{202A}' | '\u{202B}' | '\u{202D}' | '\u{202E}' => open.push((offset, false)),
            '\u{2066}'..='\u{2068}' => open.push((offset, true)),
            '\u{202C}' | '\u{2069}' => {
                let isolate = character == '\u{2069}';
                if let Some((start, _)) = open.pop_if(|&mut (_, is_isolate)| is_isolate == isolate) {
                    paired.extend([start, offset]);
                }
            }
            _ => {}
        }
    }
    paired.sort_unstable();
    paired
}

/// Brings what begins at `start` into NFC.
fn compose(cleaned: &mut String, start: usize) {
    if is_nfc_quick(cleaned[start..].chars()) != IsNormalized::Yes {
        let composed: String = cleaned[start..].nfc().collect();
        cleaned.truncate(start);
        cleaned.push_str(&composed);
    }
}

#[cfg(test)]
mod tests;
