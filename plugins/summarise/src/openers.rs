//! Sentences that lean on the one before by their first words: "He added that ...". Sees no more than those words.

use std::sync::LazyLock;

use warraq_text::{Word, fold_key};

use crate::word_set::WordSet;

/// Pronouns, demonstratives and connectives that point back, as match keys.
const ARABIC_BACK: &str = "\
     هو هي هم هما هن هذا هذه ذلك تلك هولاء اوليك هكذا كذلك لذلك بذلك لهذا لذا لكن لكنه لكنها لكنهم انه \
     انها انهم لانه لانها كانه منه منها فيه فيها عليه عليها كما ايضا ثم بينما بل حيث اذ مما الا غير بيد";

/// As [`ARABIC_BACK`].
const PERSIAN_BACK: &str = "\
     او وي انها ايشان اين ان همچنين اما ولي همين بنابراين سپس نيز";

/// As [`ARABIC_BACK`].
const ENGLISH_BACK: &str = "\
     he she it they this that these those his her its their but however and also then instead therefore \
     thus meanwhile such";

/// Verbs of speech; without a subject behind them, somebody named before is speaking.
const ARABIC_SPEECH: &str = "\
     قال قالت قالوا يقول تقول اضاف اضافت اضافوا يضيف تابع تابعت يتابع اوضح اوضحت يوضح اكد اكدت اكدوا يوكد \
     اشار اشارت يشير ذكر ذكرت لفت لفتت شدد شددت اردف اردفت استطرد استدرك نوه نوهت بين بينت راي رات اعتبر \
     اعتبرت زاد زادت مضي ختم اعرب اعربت كشف كشفت اعلن اعلنت صرح صرحت افاد افادت اعترف دعا دعت طالب طالبت \
     حذر حذرت نفي نفت توقع توقعت اتهم اتهمت";

/// What follows such a verb when its subject is left out.
const ARABIC_AFTER_SPEECH: &str = "\
     ان انه انها انهم انهما اننا انني بان بانه بانها الي علي في من عن قايلا قايله موضحا موضحه مشيرا مضيفا \
     متوجها مخاطبا خلال حول ايضا كذلك بالقول يقول";

static SETS: LazyLock<Sets> = LazyLock::new(|| Sets {
    arabic_back: WordSet::of(&[ARABIC_BACK]),
    arabic_speech: WordSet::of(&[ARABIC_SPEECH]),
    arabic_after_speech: WordSet::of(&[ARABIC_AFTER_SPEECH]),
    persian_back: WordSet::of(&[PERSIAN_BACK]),
    english_back: WordSet::of(&[ENGLISH_BACK]),
});

struct Sets {
    arabic_back: WordSet,
    arabic_speech: WordSet,
    arabic_after_speech: WordSet,
    persian_back: WordSet,
    english_back: WordSet,
}

/// Letters looked at: more than the two words that count ever have.
const LETTERS_MAX: usize = 64;

/// Does this sentence need the one before to be understood?
///
/// `language` is BCP 47; an unknown language is read as Arabic, whose words meet no other text but by its script.
pub(crate) fn leans_on_previous(sentence: &str, language: Option<&str>) -> bool {
    let end = sentence.char_indices().nth(LETTERS_MAX).map_or(sentence.len(), |(offset, _)| offset);
    let key = fold_key(&sentence[..end]);
    let mut words = warraq_text::words(&key);
    let Some(first) = words.next() else { return false };
    let language = language.unwrap_or("ar").split('-').next().unwrap_or("ar");
    match language {
        "ar" => leans_in_arabic(&key, &first, words.next().map_or("", |word| word.text)),
        "fa" => SETS.persian_back.contains(first.text),
        "en" => SETS.english_back.contains(first.text),
        _ => false,
    }
}

fn leans_in_arabic(key: &str, first: &Word, second: &str) -> bool {
    // And, so: they are written as one with the word.
    let bare = first.text.strip_prefix(['و', 'ف']).unwrap_or(first.text);
    let is_in = |set: &WordSet| set.contains(first.text) || set.contains(bare);
    let speech_begins = key[first.range.end..].trim_start().starts_with([':', '«', '"', '“', '\'', '”', '»']);
    is_in(&SETS.arabic_back)
        || is_in(&SETS.arabic_speech) && (speech_begins || SETS.arabic_after_speech.contains(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_match_keys() {
        for list in [ARABIC_BACK, PERSIAN_BACK, ENGLISH_BACK, ARABIC_SPEECH, ARABIC_AFTER_SPEECH] {
            assert_eq!(fold_key(list), list);
        }
    }

    #[test]
    fn leaning_sentences() {
        for sentence in [
            "وأضاف أن الوزير سيزور العاصمة.",
            "وقالت في بيان إن الطريق مفتوح.",
            "وتابع: لن نتراجع.",
            "وأردف قائلاً «لن نتراجع».",
            "وهو ما نفته الشركة.",
            "لكنّه استبعد ذلك.",
            "كما زار المصنع.",
        ] {
            assert!(leans_on_previous(sentence, Some("ar")), "{sentence}");
        }
        assert!(leans_on_previous("He said no.", Some("en-GB")));
        assert!(leans_on_previous("وی گفت", Some("fa")));
    }

    #[test]
    fn standing_sentences() {
        for sentence in [
            "أعلن البنك المركزي رفع الفائدة.",
            "وأضاف المتحدث أن العمل جار.",
            "وصل الوزير.",
            "في بيروت، تظاهر المئات.",
            "",
        ] {
            assert!(!leans_on_previous(sentence, None), "{sentence}");
        }
        assert!(!leans_on_previous("This is not read as English.", Some("nl")));
    }
}
