//! What a sentence is about: the set of its content words, as numbers that can be compared fast. Never shows a word again.

use crate::stop_words::STOP_WORDS;
use crate::word_set::hash;

/// A sentence as the ranking sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Terms {
    /// Its length in words, all of them counted; in scripts without spaces, in pairs of characters.
    pub(crate) words: usize,
    /// Hashes of its different content words, sorted.
    pub(crate) content: Vec<u64>,
    /// Hashes of its different words, stop words and affixes included, sorted: for telling whether two sentences say the same.
    pub(crate) all: Vec<u64>,
}

/// Letters that must be left of a word when an affix is taken off.
const STEM_LETTERS_MIN: usize = 3;

/// Proclitics, longest first: and, so, with, as, for, each with the article.
const PREFIXES: &[&str] = &["وبال", "وكال", "فبال", "وال", "بال", "كال", "فال", "ولل", "لل", "ال", "و"];

/// Endings of number, gender and possession, longest first.
const SUFFIXES: &[&str] =
    &["هما", "كما", "تين", "تان", "يات", "ها", "هم", "هن", "ان", "ات", "ون", "ين", "وا", "يه", "نا", "ه", "ي"];

impl Terms {
    /// Reads one sentence.
    pub(crate) fn of(sentence: &str) -> Self {
        let key = warraq_text::fold_key(sentence);
        let mut terms = Terms::default();
        for word in warraq_text::words(&key) {
            if word.text.chars().next().is_some_and(is_written_without_spaces) {
                terms.push_pairs(word.text);
                continue;
            }
            terms.words += 1;
            let whole = hash(word.text);
            terms.all.push(whole);
            if !STOP_WORDS.contains_hash(whole) {
                terms.content.push(hash(stem(word.text)));
            }
        }
        for hashes in [&mut terms.all, &mut terms.content] {
            hashes.sort_unstable();
            hashes.dedup();
        }
        terms
    }

    /// Where no space tells words apart, every two neighbouring characters are one.
    fn push_pairs(&mut self, run: &str) {
        self.words += run.chars().count().div_ceil(2);
        for (before, after) in run.chars().zip(run.chars().skip(1)) {
            let pair = (u64::from(u32::from(before)) << 32) | u64::from(u32::from(after));
            self.all.push(pair);
            self.content.push(pair);
        }
    }
}

/// How many numbers two sorted lists share.
pub(crate) fn shared(left: &[u64], right: &[u64]) -> usize {
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    let mut count = 0;
    while let (Some(&one), Some(&other)) = (left.peek(), right.peek()) {
        if one <= other {
            left.next();
        }
        if other <= one {
            right.next();
        }
        count += usize::from(one == other);
    }
    count
}

/// Takes common Arabic affixes off a folded word, after the light stemmer of Larkey, Ballesteros and Connell
/// ("Light Stemming for Arabic Information Retrieval", 2007, light10). Other words stay as they are.
fn stem(key: &str) -> &str {
    if !key.starts_with(|first| matches!(first, 'ء'..='ي')) {
        return key;
    }
    let mut stem =
        PREFIXES.iter().find_map(|prefix| key.strip_prefix(prefix).filter(|rest| is_long_enough(rest))).unwrap_or(key);
    for _ in 0..2 {
        let shorter = SUFFIXES.iter().find_map(|suffix| stem.strip_suffix(suffix).filter(|rest| is_long_enough(rest)));
        match shorter {
            Some(shorter) => stem = shorter,
            None => break,
        }
    }
    stem
}

fn is_long_enough(rest: &str) -> bool {
    rest.chars().nth(STEM_LETTERS_MIN - 1).is_some()
}

/// Chinese and Japanese, Thai, Lao, Burmese, Khmer.
fn is_written_without_spaces(character: char) -> bool {
    matches!(character,
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_and_affixes_meet() {
        for (left, right) in
            [("المباحثات", "ومباحثاتهما"), ("السوريّة", "سورية"), ("أمـــريكا", "امريكا"), ("Oil", "oil")]
        {
            assert_eq!(Terms::of(left).content, Terms::of(right).content, "{left} {right}");
        }
    }

    #[test]
    fn short_words_keep_their_letters() {
        assert_eq!(stem("الي"), "الي");
        assert_eq!(stem("وطن"), "وطن");
        assert_eq!(stem("walked"), "walked");
    }

    #[test]
    fn stop_words_count_as_words_only() {
        let terms = Terms::of("في هذا البيت");
        assert_eq!((terms.words, terms.content.len(), terms.all.len()), (3, 1, 3));
    }

    #[test]
    fn scripts_without_spaces_have_a_length() {
        assert_eq!(Terms::of("外交部长今天抵达北京").words, 5);
        assert_eq!(Terms::of("外交部长今天抵达北京").content.len(), 9);
    }

    #[test]
    fn shared_counts_each_once() {
        assert_eq!(shared(&[1, 3, 5, 9], &[2, 3, 4, 9, 10]), 2);
        assert_eq!(shared(&[], &[1]), 0);
    }
}
