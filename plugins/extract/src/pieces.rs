//! Words cut where letters meet digits: feeds glue them (`14 تموزالماضي`, `26شوال`, `الـ24`). Knows no months and no numbers.

use std::ops::Range;

use warraq_text::Word;

use crate::document::Keys;

/// A run of letters or a run of digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Its bytes in the body.
    pub(crate) range: Range<usize>,
    /// Index of the word it belongs to.
    pub(crate) word: usize,
    /// Its value, if it is a run of digits that fits.
    pub(crate) digits: Option<u64>,
}

/// The pieces of `words` and their match keys.
pub(crate) fn pieces(words: &[Word<'_>], keys: &Keys) -> (Vec<Piece>, Keys) {
    let mut found = Vec::with_capacity(words.len() + words.len() / 8);
    let mut piece_keys = Keys::default();
    for (index, word) in words.iter().enumerate() {
        let key = &keys[index];
        let digits = key.bytes().filter(u8::is_ascii_digit).count();
        if digits == 0 || digits == key.len() {
            piece_keys.push(key);
            found.push(Piece { range: word.range.clone(), word: index, digits: key.parse().ok() });
            continue;
        }
        for part in parts(word.text) {
            let key = warraq_text::fold_key(&word.text[part.clone()]);
            let range = word.range.start + part.start..word.range.start + part.end;
            found.push(Piece { range, word: index, digits: key.parse().ok() });
            piece_keys.push(&key);
        }
    }
    (found, piece_keys)
}

/// Cuts a word at each border between digits and anything else.
fn parts(word: &str) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut before = None;
    for (offset, character) in word.char_indices() {
        let digit = is_digit(character);
        if before != Some(digit) {
            parts.push(offset..offset);
        }
        if let Some(part) = parts.last_mut() {
            part.end = offset + character.len_utf8();
        }
        before = Some(digit);
    }
    parts
}

/// The digits of European, Arabic and Persian text: those that the match key turns into ASCII.
fn is_digit(character: char) -> bool {
    matches!(character, '0'..='9' | '٠'..='٩' | '۰'..='۹')
}

#[cfg(test)]
mod tests {
    use crate::document::Document;

    #[test]
    fn cuts_at_digits_only() {
        let document = Document::new("الـ24 ساعة، 14تموزالماضي و٢٠١٥م ۱۲ 7 99999999999999999999999");
        let texts: Vec<_> = document.pieces.iter().map(|piece| document.text(&piece.range)).collect();
        assert_eq!(
            texts,
            ["الـ", "24", "ساعة", "14", "تموزالماضي", "و", "٢٠١٥", "م", "۱۲", "7", "99999999999999999999999"]
        );
        let digits: Vec<_> = document.pieces.iter().filter_map(|piece| piece.digits).collect();
        assert_eq!(digits, [24, 14, 2015, 12, 7]);
        assert_eq!(document.piece_keys.at(0), "ال");
        assert_eq!(document.pieces[4].word, 2);
    }
}
