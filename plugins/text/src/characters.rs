//! What a single character is: how it folds, and whether it makes words. Knows nothing of the characters around it.
//!
//! Everything below U+0800 (Latin, Greek, Cyrillic, Hebrew, Arabic) is answered from a table that is filled once from the slow
//! functions here; the rest is rare enough in news to be asked each time.

use std::sync::LazyLock;

use unicode_normalization::char::{decompose_canonical, decompose_compatible};
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

pub(crate) const TATWEEL: char = '\u{0640}';
pub(crate) const ZERO_WIDTH_JOINER: char = '\u{200D}';
const ZERO_WIDTH_NON_JOINER: char = '\u{200C}';

/// Folds to nothing.
pub(crate) const DROPPED: char = '\u{10FFFF}';
/// Folds to something else than one character, or is not in the table: ask [`fold_slowly`].
pub(crate) const NOT_IN_TABLE: char = '\u{10FFFE}';

/// Characters below this have a table entry.
const TABLE_SIZE: usize = 0x800;

const BEGINS_WORD: u8 = 1;
const CONTINUES_WORD: u8 = 2;

pub(crate) struct Table {
    folds: [char; TABLE_SIZE],
    words: [u8; TABLE_SIZE],
}

pub(crate) static TABLE: LazyLock<Box<Table>> = LazyLock::new(|| {
    let mut table = Box::new(Table { folds: [DROPPED; TABLE_SIZE], words: [0; TABLE_SIZE] });
    for (code, character) in ('\0'..='\u{7FF}').enumerate() {
        let (mut first, mut count) = (DROPPED, 0);
        fold_slowly(character, |to| {
            first = if count == 0 { to } else { NOT_IN_TABLE };
            count += 1;
        });
        table.folds[code] = first;
        table.words[code] =
            u8::from(begins_word(character)) * BEGINS_WORD + u8::from(continues_word(character)) * CONTINUES_WORD;
    }
    table
});

impl Table {
    /// The one character that `character` folds to, or [`DROPPED`], or [`NOT_IN_TABLE`].
    #[inline]
    pub(crate) fn fold(&self, character: char) -> char {
        self.folds.get(character as usize).copied().unwrap_or(NOT_IN_TABLE)
    }

    /// Can a word begin with it?
    #[inline]
    pub(crate) fn begins_word(&self, character: char) -> bool {
        match self.words.get(character as usize) {
            Some(bits) => bits & BEGINS_WORD != 0,
            None => begins_word(character),
        }
    }

    /// Can a word go on with it?
    #[inline]
    pub(crate) fn continues_word(&self, character: char) -> bool {
        match self.words.get(character as usize) {
            Some(bits) => bits & CONTINUES_WORD != 0,
            None => continues_word(character),
        }
    }
}

/// Gives `push` what a character folds to when it stands alone.
pub(crate) fn fold_slowly(character: char, mut push: impl FnMut(char)) {
    match character {
        '\0'..='\u{7F}' => push(character.to_ascii_lowercase()),
        '\u{85}' | '\u{2028}' | '\u{2029}' => push('\n'),
        // A zero width space is where a browser may break a line: a word ends there.
        '\u{200B}' => push(' '),
        '…' => (0..3).for_each(|_| push('.')),
        _ if is_invisible(character) => {}
        _ if character.is_whitespace() => push(' '),
        // Signs of recitation between the letters of the Quran, the ones that are no marks by category included.
        '\u{06D6}'..='\u{06ED}' => {}
        // Presentation forms: the letters and letter pairs a typesetter would have joined himself. What lies in between are
        // signs and whole phrases such as U+FDFA; those would turn one character into eighteen, so they stay what they are.
        '\u{FB50}'..='\u{FBB1}' | '\u{FBD3}'..='\u{FD3D}' | '\u{FD50}'..='\u{FDC7}' | '\u{FE70}'..='\u{FEFC}' => {
            // Lone marks decompose to a mark on a space, which is no space in the text.
            decompose_compatible(character, |part| {
                if part != ' ' {
                    push_alike(part, &mut push);
                }
            });
        }
        // Hangul syllables stay whole: CLEAN is composed, and their letters are not marks.
        '\u{AC00}'..='\u{D7A3}' | '\u{3400}'..='\u{9FFF}' => push(character),
        // The hamza carriers come apart here into a letter and a mark, like é.
        _ => decompose_canonical(character, |part| push_alike(part, &mut push)),
    }
}

/// Letters that readers and keyboards take for one another become the same.
fn push_alike(part: char, push: &mut impl FnMut(char)) {
    match part {
        TATWEEL => {}
        'ٱ' => push('ا'),
        'ة' => push('ه'),
        'ى' | 'ی' => push('ي'),
        'ک' => push('ك'),
        'ς' => push('σ'),
        '\u{0660}'..='\u{0669}' => push(char::from(b'0' + (part as u32 - 0x0660) as u8)),
        '\u{06F0}'..='\u{06F9}' => push(char::from(b'0' + (part as u32 - 0x06F0) as u8)),
        _ if is_optional_mark(part) => {}
        _ => part.to_lowercase().for_each(push),
    }
}

/// Marks that readers do without. In Indic scripts, Thai or Thaana a nonspacing mark is a vowel, and words differ by it alone.
fn is_optional_mark(character: char) -> bool {
    matches!(character,
        '\u{0300}'..='\u{077F}' | '\u{0860}'..='\u{08FF}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
        && character.general_category() == GeneralCategory::NonspacingMark
}

/// Soft hyphen, joiners, direction marks and byte order marks: they have no width and no meaning for a match.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200C}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206F}' | '\u{FEFF}')
}

/// [`char::is_alphabetic`], which is slow for Arabic, with the letters of Arabic, Persian and Urdu looked at first.
pub fn is_letter(character: char) -> bool {
    matches!(character, '\u{620}'..='\u{63F}' | '\u{641}'..='\u{64A}' | '\u{671}'..='\u{6D3}')
        || character.is_alphabetic()
}

/// Marks of any script, dropped by folding or not.
pub(crate) fn is_mark(character: char) -> bool {
    character.general_category_group() == GeneralCategoryGroup::Mark
}

/// Pictures that a zero width joiner can tie together, and the selector that may stand between.
pub(crate) fn is_picture(character: char) -> bool {
    matches!(character,
        '\u{FE0F}' | '\u{2190}'..='\u{21FF}' | '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}'
        | '\u{1F000}'..='\u{1FAFF}')
}

fn begins_word(character: char) -> bool {
    // Some marks count as alphabetic.
    character.is_alphanumeric() && character != TATWEEL && (character.is_ascii() || !is_mark(character))
}

fn continues_word(character: char) -> bool {
    character.is_alphanumeric()
        || matches!(character, ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER)
        || (!character.is_ascii() && is_mark(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_what_the_standard_says() {
        assert!(('\0'..='\u{FFFF}').all(|character| is_letter(character) == character.is_alphabetic()));
    }

    #[test]
    fn table_says_what_the_slow_functions_say() {
        for character in '\0'..='\u{FFF}' {
            let mut folded = String::new();
            fold_slowly(character, |to| folded.push(to));
            match TABLE.fold(character) {
                DROPPED => assert_eq!(folded, "", "{character:?}"),
                NOT_IN_TABLE => assert!(character > '\u{7FF}' || folded.chars().count() > 1, "{character:?}"),
                to => assert_eq!(folded, to.to_string(), "{character:?}"),
            }
            assert_eq!(TABLE.begins_word(character), begins_word(character));
            assert_eq!(TABLE.continues_word(character), continues_word(character));
        }
    }
}
