//! Words as the finders of names see them: with what the lists know, and with proclitics taken off. Decides nothing.

use super::lexicon::{Class, Classes, Lexicon, Name, Word};
use crate::document::Document;

/// One word of the body.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// The whole word.
    pub(crate) whole: Word,
    /// The word behind its proclitics, where the lists know that word.
    pub(crate) behind: Option<Reading>,
    /// Nothing but spaces lies between the word before and this one.
    pub(crate) joined: bool,
}

/// A word behind proclitics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) word: Word,
    /// Letters of the key that are proclitics.
    pub(crate) skip: usize,
    /// The article lost its alef behind ل (للكرملين).
    pub(crate) merged_article: bool,
}

impl Token {
    /// What the word can be, proclitics on or off.
    pub(crate) fn classes(&self) -> Classes {
        match self.behind {
            Some(reading) if self.whole.is_plain() => reading.word.classes,
            _ => self.whole.classes,
        }
    }

    pub(crate) fn has(&self, class: Class) -> bool {
        self.classes().has(class)
    }

    /// In no list, with or without proclitics.
    pub(crate) fn is_unknown(&self) -> bool {
        self.whole.is_plain() && self.behind.is_none()
    }
}

/// All words of the document.
pub(crate) fn tokens(document: &Document<'_>) -> Vec<Token> {
    let lexicon = Lexicon::get();
    let mut end = 0;
    (0..document.words.len())
        .map(|index| {
            let range = &document.words[index].range;
            let gap = &document.body[end..range.start];
            let joined = index > 0 && gap.len() <= GAP_BYTES_MAX && gap.chars().all(joins);
            end = range.end;
            let key = &document.keys[index];
            let mut whole = lexicon.word(key);
            // «على» and «إلى» fold to the name علي; a final alef maqsura tells them apart.
            if key == "علي" && document.words[index].text.ends_with('ى') {
                whole.classes = Classes::of(&[Class::Common, Class::PrepositionStop]);
                whole.begins_name = false;
            }
            let behind = if whole.is_plain() { behind_proclitics(key, lexicon) } else { None };
            let behind = behind.filter(|_| !(key.ends_with("علي") && document.words[index].text.ends_with('ى')));
            Token { whole, behind, joined }
        })
        .collect()
}

/// Spaces between two words of one name; more is a gap in the layout.
const GAP_BYTES_MAX: usize = 4;

fn joins(character: char) -> bool {
    matches!(character, ' ' | '\u{00A0}' | '-' | '\u{0640}')
}

/// Letters that must remain behind proclitics: shorter words are mostly accidents.
const LETTERS_MIN: usize = 3;

/// Longest key that is looked at for proclitics.
const KEY_BYTES_MAX: usize = 64;

fn behind_proclitics(key: &str, lexicon: &Lexicon) -> Option<Reading> {
    if key.len() > KEY_BYTES_MAX {
        return None;
    }
    let look = |noun: &str, skip, merged_article| {
        let word = lexicon.word(noun);
        let long_enough = noun.chars().nth(LETTERS_MIN - 1).is_some();
        (!word.is_plain() && long_enough).then_some(Reading { word, skip, merged_article })
    };
    let preposition = |base: &str, taken: usize| {
        let merged = base.strip_prefix("لل").and_then(|noun| look(&format!("ال{noun}"), taken + 1, true));
        merged.or_else(|| base.strip_prefix(['ب', 'ل', 'ك']).and_then(|noun| look(noun, taken + 1, false)))
    };
    match key.strip_prefix(['و', 'ف']) {
        Some(rest) => look(rest, 1, false).or_else(|| preposition(rest, 1)),
        None => preposition(key, 0),
    }
}

/// A known name in the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) name: Name,
    /// How many words it has.
    pub(crate) length: usize,
    /// Letters of the first word that are proclitics.
    pub(crate) skip: usize,
}

/// Words of the longest known name.
const NAME_WORDS_MAX: usize = 9;

/// The longest known name that begins with the word at `at`, proclitics aside.
pub(crate) fn longest_name(tokens: &[Token], at: usize) -> Option<Found> {
    let token = &tokens[at];
    let whole = walk(tokens, at, token.whole, 0);
    let behind = token.behind.and_then(|reading| walk(tokens, at, reading.word, reading.skip));
    match (whole, behind) {
        (Some(whole), Some(behind)) => Some(if behind.length > whole.length { behind } else { whole }),
        (whole, behind) => whole.or(behind),
    }
}

fn walk(tokens: &[Token], at: usize, first: Word, skip: usize) -> Option<Found> {
    if !first.begins_name {
        return None;
    }
    let lexicon = Lexicon::get();
    let mut found = None;
    let (mut node, mut name) = lexicon.step(0, first.id)?;
    let mut length = 1;
    loop {
        if let Some(name) = name {
            found = Some(Found { name, length, skip });
        }
        let Some(next) = tokens.get(at + length).filter(|next| next.joined && length < NAME_WORDS_MAX) else { break };
        let Some(step) = lexicon.step(node, next.whole.id) else { break };
        (node, name) = step;
        length += 1;
    }
    found
}

/// Bytes of the first `letters` letters of a word as it stands, with the marks and tatweel that hang on them.
pub(crate) fn letters_width(word: &str, letters: usize) -> usize {
    if letters == 0 {
        return 0;
    }
    let mut seen = 0;
    for (offset, character) in word.char_indices() {
        if is_letter(character) {
            if seen == letters {
                return offset;
            }
            seen += 1;
        }
    }
    0
}

fn is_letter(character: char) -> bool {
    !matches!(
        character,
        '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{0640}' | '\u{06D6}'..='\u{06ED}' | '\u{200B}'..='\u{200F}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(word: &str) -> Option<usize> {
        let document = Document::new(word);
        tokens(&document)[0].behind.map(|reading| reading.skip)
    }

    #[test]
    fn proclitics_come_off_known_words_only() {
        assert_eq!(reading("وباريس"), Some(1));
        assert_eq!(reading("بسوريا"), Some(1));
        assert_eq!(reading("وبسوريا"), Some(2));
        assert_eq!(reading("للكرملين"), Some(1));
        assert_eq!(reading("لندن"), None);
        assert_eq!(reading("لوكاشيفيتش"), None);
    }

    #[test]
    fn widths_count_marks() {
        assert_eq!(letters_width("وَباريس", 1), "وَ".len());
        assert_eq!(letters_width("و", 1), 0);
    }

    #[test]
    fn longest_wins() {
        let document = Document::new("صحيفة واشنطن بوست");
        let tokens = tokens(&document);
        assert_eq!(longest_name(&tokens, 0).map(|found| found.length), Some(3));
        assert_eq!(longest_name(&tokens, 1).map(|found| found.length), Some(2));
    }
}
