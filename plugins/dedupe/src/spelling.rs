//! Is one word another spelling or inflection of the other? Asked of a text on one side and only a code on the other, so the
//! likely variants of the text are made and their codes compared. It errs towards no.

use crate::sketch;

/// A word shorter than this, in letters, has no variants by a changed letter: حسن is not حسين.
const EDITED_LETTERS_MIN: usize = 5;

/// Words longer than this, in letters, have no variants. Bounds the work.
const LETTERS_MAX: usize = 24;

/// What can be written in front of a word, longest first; folded.
const PREFIXES: [&str; 16] =
    ["وال", "بال", "كال", "فال", "ولل", "ال", "لل", "وب", "ول", "و", "ف", "ب", "ل", "ك", "س", ""];

/// Endings of number, case, gender and possession, longest first; folded.
const SUFFIXES: [&str; 17] =
    ["هما", "يات", "ات", "ين", "ون", "ان", "وا", "ها", "هم", "هن", "نا", "يه", "ه", "ا", "ي", "ت", ""];

/// Letters a stem must keep when an ending is taken off; the case ending ا alone is safe with fewer.
const STEM_LETTERS_MIN: usize = 4;

const ARABIC: &str = "ابتثجحخدذرزسشصضطظعغفقكلمنهويءپچژگڤ";
const LATIN: &str = "abcdefghijklmnopqrstuvwxyz";

/// Does a variant of the folded word `text` have this code?
pub(crate) fn is_variant(text: &str, code: u32) -> bool {
    let letters: Vec<char> = text.chars().take(LETTERS_MAX + 1).collect();
    if letters.len() > LETTERS_MAX || letters.iter().any(|letter| letter.is_numeric()) {
        return false;
    }
    inflected(text, code) || (letters.len() >= EDITED_LETTERS_MIN && edited(&letters, code))
}

/// The word with other proclitics or another ending.
fn inflected(text: &str, code: u32) -> bool {
    let without_prefix =
        PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix).filter(|rest| has_letters(rest, 3)));
    [Some(text), without_prefix].into_iter().flatten().any(|word| {
        let stem = SUFFIXES.iter().find_map(|suffix| {
            let letters_min = if *suffix == "ا" { 3 } else { STEM_LETTERS_MIN };
            word.strip_suffix(suffix).filter(|stem| suffix.is_empty() || has_letters(stem, letters_min))
        });
        let stem = stem.unwrap_or(word);
        let suffixes =
            SUFFIXES.iter().filter(|suffix| has_letters(stem, STEM_LETTERS_MIN) || matches!(**suffix, "" | "ا"));
        suffixes
            .into_iter()
            .any(|suffix| PREFIXES.iter().any(|prefix| sketch::code(&format!("{prefix}{stem}{suffix}")) == code))
            || PREFIXES.iter().any(|prefix| sketch::code(&format!("{prefix}{word}")) == code)
    })
}

fn has_letters(text: &str, letters_min: usize) -> bool {
    text.chars().nth(letters_min - 1).is_some()
}

/// The word with one letter left out, put in, changed, or two neighbours swapped.
fn edited(letters: &[char], code: u32) -> bool {
    let alphabet = match letters[0] {
        'a'..='z' => LATIN,
        '\u{0600}'..='\u{06FF}' => ARABIC,
        _ => "",
    };
    let is = |letters: &[char]| sketch::code(&letters.iter().collect::<String>()) == code;
    let mut word = letters.to_vec();
    for at in 0..letters.len() {
        let letter = word.remove(at);
        if is(&word) {
            return true;
        }
        word.insert(at, letter);
        if at > 0 {
            word.swap(at - 1, at);
            if is(&word) {
                return true;
            }
            word.swap(at - 1, at);
        }
        for other in alphabet.chars() {
            word[at] = other;
            if is(&word) {
                return true;
            }
        }
        word[at] = letter;
    }
    (0..=letters.len()).any(|at| {
        alphabet.chars().any(|other| {
            word.insert(at, other);
            let found = is(&word);
            word.remove(at);
            found
        })
    })
}

#[cfg(test)]
mod tests {
    use warraq_text::fold_key;

    use super::*;

    fn variants(left: &str, right: &str) -> bool {
        is_variant(&fold_key(left), sketch::code(&fold_key(right)))
    }

    #[test]
    fn spellings_and_inflections_are_variants_both_ways() {
        for (left, right) in [
            ("الأميركي", "الأمريكي"),
            ("دوجلاس", "دوغلاس"),
            ("المسئولين", "المسؤولين"),
            ("صحافية", "صحفية"),
            ("مليارات", "مليار"),
            ("المركز", "بالمركز"),
            ("جانبا", "جانب"),
            ("كبيرا", "كبيرة"),
            ("عدد", "عددا"),
            ("منتزه", "متنزه"),
            ("بالمائة", "بالمئة"),
            ("colour", "color"),
        ] {
            assert!(variants(left, right) && variants(right, left), "{left} {right}");
        }
    }

    #[test]
    fn other_words_are_not() {
        for (left, right) in [
            ("حسن", "حسين"),
            ("الكويت", "البحرين"),
            ("فرنسا", "ألمانيا"),
            ("سعد", "سعود"),
            ("مصر", "قطر"),
            ("18", "19"),
            ("2015", "2016"),
            ("العراق", "الأردن"),
            ("cat", "cut"),
        ] {
            assert!(!variants(left, right) && !variants(right, left), "{left} {right}");
        }
    }
}
