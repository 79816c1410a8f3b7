//! What CLEAN repairs, and above all what it leaves alone.

use super::*;

fn check(raw: &str, expected: &str) {
    assert_eq!(clean(raw), expected, "{raw:?}");
    assert_eq!(clean(expected), expected, "cleaning twice changes {expected:?}");
}

#[test]
fn what_people_read_stays() {
    for text in [
        "قال: «نعم»، “لا”؛ 'ربما' \"حقا\"؟ ٢٦ ۲۶ 26 4.5٪ ۔ …",
        "الـــرياض دمشق ــ الوطن هٰذا مُؤدَّبٌ أإآؤئ ٱلحمد",
        "ﻻ ﻣﺼﺮ ﷺ ﷲ کتاب یہ ہے",
        "می\u{200C}خواهم 👨\u{200D}👩\u{200D}👧 ❤\u{FE0F} بـ\u{200D}",
        "É – — C’est 漢字 हिन्दी x² ½ ﬁ",
        "\u{2067}كيري\u{2069} (\u{202A}+1 202\u{202C})",
    ] {
        check(text, text);
    }
}

#[test]
fn lines_and_spaces() {
    check("\u{FEFF}أ\r\nب\rج\u{85}د\u{2028}ه", "أ\nب\nج\nد\nه");
    check("\n\n أ  \u{A0}ب\t\u{202F}ج \n \n\n\u{A0}\nد\n\n", "أ ب ج\n\nد");
    check("", "");
    check(" \n\u{A0}\u{FEFF}\n", "");
}

#[test]
fn invisible_characters() {
    check("co\u{AD}op \u{200F}ا\u{200E} \u{202B}ب \u{2066}ج\u{202C} د\0\u{7}\u{9C}\u{FFFC}", "coop ا ب ج د");
    check("ا\u{200C} \u{200B}ب\u{200B}ج\u{200B}\u{200C}", "ا ب\u{200B}ج");
}

#[test]
fn composed() {
    check("ا\u{654} ا\u{653} e\u{301} م\u{64E}\u{651}", "أ آ é م\u{64E}\u{651}");
    check("م\u{651}\u{64E}", "م\u{64E}\u{651}");
    check("ا\u{AD}\u{654}", "أ");
}

#[test]
fn entities_left_over() {
    check("&laquo;نعم&raquo;&nbsp;&amp;&#1594;&#x645;&hellip; &quot;A&quot;", "«نعم» &غم… \"A\"");
    check(
        "&amp;quot;A&amp;quot; AT&T &unknown; &#0; &#55296; &; & &#147;x&#148;",
        "\"A\" AT&T &unknown; &#0; &#55296; &; & “x”",
    );
}

#[test]
fn any_text() {
    const TRICKY: &[char] = &[
        'ا', 'ل', '\u{654}', '\u{651}', '\u{64E}', 'e', '\u{301}', ' ', ' ', '\n', '\n', '\r', '\u{A0}', '\u{85}',
        '\u{AD}', '\u{200B}', '\u{200C}', '\u{200D}', '\u{200F}', '\u{202A}', '\u{202B}', '\u{202C}', '\u{2067}',
        '\u{2069}', '\u{FEFF}', '\0', '👨', '漢', '\u{1100}', '\u{1161}', 'Ø', '§', 'ظ', 'Ç', '"', '.',
    ];
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as usize % below
    };
    for _ in 0..20_000 {
        let raw: String = (0..random(24)).map(|_| TRICKY[random(TRICKY.len())]).collect();
        let once = clean_as_decoded(&raw);
        assert_eq!(clean_as_decoded(&once), once, "{raw:?}");
        assert!(!once.contains("  ") && !once.contains("\n\n\n") && once.trim() == once, "{raw:?} {once:?}");
        clean(&raw);
    }
    for long in ["\u{202A}", "\u{202C}", "&", "&amp;", "\u{651}", "Ø§", "\r", " \u{200B}"] {
        clean(&long.repeat(1_000_000 / long.len()));
    }
}
