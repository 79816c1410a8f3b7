//! FOLD: the match key of a text, with a map back to where each byte came from.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// A folded text and the map to its source.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    /// The match key.
    pub text: String,
    /// For each byte of `text`, the source byte its character came from; one more entry for the end.
    origin: Vec<u32>,
    /// Source length in bytes of the character each byte came from.
    source_len: usize,
}

impl Folded {
    /// The bytes of the source that a range of the folded text came from: it reaches from the first character of the range up to
    /// the first character after it, less what folding dropped there.
    pub fn source(&self, range: &Range<usize>, source: &str) -> Range<usize> {
        if range.is_empty() {
            let at = self.origin.get(range.start).map_or(self.source_len, |&at| at as usize);
            return at..at;
        }
        let start = self.origin[range.start] as usize;
        let last = self.origin[range.end - 1] as usize;
        let width = source[last..].chars().next().map_or(0, char::len_utf8);
        start..last + width
    }
}

/// Folds a CLEAN text: marks, tatweel and invisible characters off, hamza carriers and look-alike letters together, digits to
/// ASCII, lower case. Characters that are not folded stay, white space and punctuation too.
pub fn fold(text: &str) -> Folded {
    let mut folded = Folded {
        text: String::with_capacity(text.len()),
        origin: Vec::with_capacity(text.len()),
        source_len: text.len(),
    };
    for (offset, character) in text.char_indices() {
        fold_character(character, |to| {
            folded.text.push(to);
            folded.origin.extend(std::iter::repeat_n(offset as u32, to.len_utf8()));
        });
    }
    folded
}

fn fold_character(character: char, mut push: impl FnMut(char)) {
    match character {
        'ا'..='غ' | 'ف'..='ي' | 'آ' | 'أ' | 'ؤ' | 'إ' | 'ئ' | 'ء' | 'ٱ' | 'ی' | 'ک' => {
            push(match character {
                'آ' | 'أ' | 'إ' | 'ٱ' => 'ا',
                'ؤ' => 'و',
                'ئ' | 'ى' | 'ی' => 'ي',
                'ة' => 'ه',
                'ک' => 'ك',
                other => other,
            })
        }
        '\u{0640}'
        | '\u{00AD}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2066}'..='\u{2069}'
        | '\u{061C}'
        | '\u{FEFF}' => {}
        '0'..='9' | 'a'..='z' | ' ' => push(character),
        '\u{0660}'..='\u{0669}' => push(char::from(b'0' + (character as u32 - 0x0660) as u8)),
        '\u{06F0}'..='\u{06F9}' => push(char::from(b'0' + (character as u32 - 0x06F0) as u8)),
        '\u{FB50}'..='\u{FDCF}' | '\u{FE70}'..='\u{FEFC}' => {
            for part in std::iter::once(character).nfkc() {
                if !matches!(part, '\u{FB50}'..='\u{FEFC}') {
                    fold_character(part, &mut push as &mut dyn FnMut(char));
                }
            }
        }
        _ if character.general_category() == GeneralCategory::NonspacingMark => {}
        _ => character.to_lowercase().for_each(push),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_what_readers_take_for_the_same() {
        assert_eq!(fold("أنّ إلى مدرسةٌ الـــرياض ٢٦ ﻻ").text, "ان الي مدرسه الرياض 26 لا");
    }

    #[test]
    fn maps_back_to_the_source() {
        let text = "قال «تقدّمٍ» ثم";
        let folded = fold(text);
        let at = folded.text.find("تقدم").unwrap();
        assert_eq!(&text[folded.source(&(at..at + "تقدم".len()), text)], "تقدّم");
    }
}
