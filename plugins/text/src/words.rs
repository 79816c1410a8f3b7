//! Words: runs of letters, marks and digits.

use std::ops::Range;

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// One word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// The word as it stands.
    pub text: &'a str,
    /// Its bytes in the text.
    pub range: Range<usize>,
}

/// The words of `text` in order: longest runs of letters, marks, digits, tatweel and joiners that begin with a letter or digit.
pub fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + text[rest..].find(begins)?;
        let end = text[start..].find(|character| !continues(character)).map_or(text.len(), |length| start + length);
        rest = end;
        Some(Word { text: &text[start..end], range: start..end })
    })
}

const TATWEEL: char = '\u{0640}';

fn begins(character: char) -> bool {
    character.is_alphanumeric() && character != TATWEEL
}

fn continues(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric();
    }
    character.is_alphanumeric()
        || matches!(character, '\u{200C}' | '\u{200D}')
        || character.general_category_group() == GeneralCategoryGroup::Mark
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
}
