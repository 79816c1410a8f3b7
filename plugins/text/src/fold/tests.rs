//! What folds to what, and that the map holds for any text at all.

use unicode_normalization::UnicodeNormalization;

use super::*;

fn check(text: &str, key: &str) {
    assert_eq!(fold(text).text, key, "{text:?}");
    assert_eq!(fold_key(text), key, "{text:?}");
}

#[test]
fn what_readers_take_for_the_same() {
    check("أنّ إلى مدرسةٌ الـــرياض ٢٦ ﻻ", "ان الي مدرسه الرياض 26 لا");
    check("أ إ آ ؤ ئ ٱلحمد ء", "ا ا ا و ي الحمد ء");
    check("٢٦ ۲۶ 26", "26 26 26");
    check("کتاب یوم", "كتاب يوم");
    check("هٰذا ۖ ۚ ۞ قُرْآنٌ", "هذا    قران");
    check("Straße ÉCOLE İstanbul ΟΔΟΣ οδος", "straße ecole istanbul οδοσ οδοσ");
}

#[test]
fn presentation_forms_but_no_phrases() {
    check("ﻻ ﻣﺼﺮ ﷲ ﷺ ﷽", "لا مصر ﷲ ﷺ ﷽");
    check("ﹰﹱﱞ", "");
}

#[test]
fn composed_and_decomposed_are_one() {
    for text in ["أإآؤئۀ", "é ệ Å й ΐ", "क़ が", "مُؤَدِّبٌ"] {
        let (composed, decomposed): (String, String) = (text.nfc().collect(), text.nfd().collect());
        assert_eq!(fold_key(&composed), fold_key(&decomposed), "{text}");
    }
}

#[test]
fn invisible_characters() {
    check("ا\u{200F}ب \u{202B}ج\u{202C} \u{2066}د\u{2069} \u{061C}ه\u{FEFF}", "اب ج د ه");
    check("می\u{200C}خواهم co\u{AD}op", "ميخواهم coop");
    check("a\u{200B}b\u{A0}c\u{202F}d\u{85}e", "a b c d\ne");
    check("👨\u{200D}👩\u{200D}👧 ❤\u{FE0F} ب\u{200D}", "👨\u{200D}👩\u{200D}👧 ❤\u{FE0F} ب");
}

#[test]
fn punctuation_stays() {
    check("، ؛ ؟ ۔ « » “ ” ‘ ’ ' \" – —", "، ؛ ؟ ۔ « » “ ” ‘ ’ ' \" – —");
    check("نعم…لا", "نعم...لا");
}

#[test]
fn free_standing_tatweel_is_a_dash() {
    check("دمشق ــ الوطن", "دمشق - الوطن");
    check("ــ الوطن ــ", "- الوطن -");
    check("١٤٣٨ هـ الـ 24 الـ24 بـ«أسد»", "1438 ه ال 24 ال24 ب«اسد»");
}

#[test]
fn vowels_of_other_scripts_stay() {
    check("हिन्दी ที่ ދިވެހި", "हिन्दी ที่ ދިވެހި");
    check("שָׁלוֹם", "שלום");
}

#[test]
fn maps_back_to_the_source_with_its_marks() {
    let text = "قال «تقدّمٍ» ثم ﻻ … ٢٦ نهاية";
    let folded = fold(text);
    for (key, source) in [("تقدم", "تقدّمٍ"), ("لا", "ﻻ"), ("ا ...", "ﻻ …"), ("..", "…"), ("6", "٦"), ("نهايه", "نهاية")]
    {
        let at = folded.text.find(key).unwrap();
        assert_eq!(&text[folded.source(&(at..at + key.len()), text)], source);
    }
    let end = folded.text.len();
    assert_eq!(folded.source(&(end..end), text), text.len()..text.len());
    assert_eq!(fold("").source(&(0..0), ""), 0..0);
}

/// Characters that are hard on a map: every width, dropped, spread, joined and combining ones.
const TRICKY: &[char] = &[
    'ا',
    'أ',
    'ؤ',
    'ة',
    'ى',
    'ی',
    'ک',
    'ل',
    '\u{64B}',
    '\u{651}',
    '\u{670}',
    '\u{654}',
    '\u{6D6}',
    'ـ',
    'ـ',
    ' ',
    '\n',
    '٢',
    '۶',
    '7',
    'A',
    'É',
    'İ',
    'ß',
    'Σ',
    '\u{301}',
    '\u{FEFB}',
    '\u{FDFA}',
    '\u{FE70}',
    '\u{FC5E}',
    '…',
    '\u{A0}',
    '\u{AD}',
    '\u{200B}',
    '\u{200C}',
    '\u{200D}',
    '\u{200F}',
    '\u{202B}',
    '\u{FEFF}',
    '👨',
    '❤',
    '\u{FE0F}',
    '漢',
    '각',
    'が',
    'क',
    '\u{958}',
    '\u{93F}',
    '«',
    '.',
    '\0',
    '\u{10FFFF}',
];

#[test]
fn holds_for_any_text() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as usize % below
    };
    for _ in 0..20_000 {
        let text: String = (0..random(24)).map(|_| TRICKY[random(TRICKY.len())]).collect();
        let folded = fold(&text);
        assert_eq!(folded.text, fold_key(&text), "{text:?}");
        assert_eq!(fold_key(&folded.text), folded.text, "{text:?}");
        let mut reached = 0;
        for (offset, character) in folded.text.char_indices() {
            let span = folded.source(&(offset..offset + character.len_utf8()), &text);
            assert!(span.start < span.end && span.start >= reached, "{text:?} {offset}");
            assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end), "{text:?} {offset}");
            // A joiner is kept for its neighbours' sake.
            assert!(
                character == ZERO_WIDTH_JOINER || fold_key(&text[span.clone()]).contains(character),
                "{text:?} {offset}"
            );
            reached = span.start;
        }
        // Ranges that make no sense give no sense, but no panic.
        let (start, end) = (random(40), random(40));
        let span = folded.source(&(start..end), &text);
        assert!(text.get(span.start.min(span.end)..span.end).is_some(), "{text:?} {start}..{end}");
    }
}
