//! Words: runs of letters, marks and digits. Knows no grammar: proclitics stay on.

use std::ops::Range;

use crate::characters::{TABLE, Table};

/// One word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// The word as it stands.
    pub text: &'a str,
    /// Its bytes in the text.
    pub range: Range<usize>,
}

/// The words of `text` in order: longest runs of letters, marks, digits, tatweel and joiners that begin with a letter or digit.
/// An apostrophe between two Latin letters belongs to the word (`don't`).
pub fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let table: &'static Table = &TABLE;
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + text[rest..].find(|character| table.begins_word(character))?;
        let end = word_end(table, text, start);
        rest = end;
        Some(Word { text: &text[start..end], range: start..end })
    })
}

fn word_end(table: &Table, text: &str, start: usize) -> usize {
    let mut before = ' ';
    let mut characters = text[start..].char_indices();
    while let Some((offset, character)) = characters.next() {
        let goes_on = table.continues_word(character)
            || matches!(character, '\'' | '’')
                && is_latin(before)
                && characters.clone().next().is_some_and(|(_, after)| is_latin(after));
        if !goes_on {
            return start + offset;
        }
        before = character;
    }
    text.len()
}

fn is_latin(character: char) -> bool {
    matches!(character, 'a'..='z' | 'A'..='Z' | 'À'..='ɏ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        words(text).map(|word| word.text).collect()
    }

    #[test]
    fn arabic_words_keep_their_marks() {
        assert_eq!(texts("أنّ «داعش»، تقدّمٍ."), ["أنّ", "داعش", "تقدّمٍ"]);
    }

    #[test]
    fn tatweel_dash_is_no_word() {
        assert_eq!(texts("دمشق ــ الوطن"), ["دمشق", "الوطن"]);
        assert_eq!(texts("الـ24 ساعة"), ["الـ24", "ساعة"]);
    }

    #[test]
    fn apostrophes_and_quotes() {
        assert_eq!(texts("'Don't' l’été 'لا' x'2"), ["Don't", "l’été", "لا", "x", "2"]);
    }

    #[test]
    fn other_scripts() {
        assert_eq!(texts("می\u{200C}خواهم हिन्दी 漢字 😀 ـ ً"), ["می\u{200C}خواهم", "हिन्दी", "漢字"]);
        assert_eq!(texts(""), [""; 0]);
    }
}
