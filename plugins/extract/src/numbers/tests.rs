use super::*;

fn numbers(text: &str) -> Vec<(String, f64)> {
    let document = Document::new(text);
    find(&document).into_iter().map(|number| (document.text(&number.range).to_owned(), number.value)).collect()
}

fn check(cases: &[(&str, f64)]) {
    for (text, value) in cases {
        assert_eq!(numbers(text), [((*text).to_owned(), *value)]);
    }
}

#[test]
fn in_digits() {
    check(&[
        ("18", 18.0),
        ("١٤", 14.0),
        ("۱۲", 12.0),
        ("1,200", 1200.0),
        ("1.900.000", 1_900_000.0),
        ("12٬500", 12_500.0),
        ("4.5 ألف", 4500.0),
        ("4,5", 4.5),
        ("200 ألف", 200_000.0),
        ("2.5 مليون", 2_500_000.0),
        ("1.9", 1.9),
        ("3 million", 3_000_000.0),
    ]);
    assert_eq!(numbers("لـ20 و7 الـ24 25م"), [("20".into(), 20.0), ("7".into(), 7.0), ("24".into(), 24.0)]);
}

#[test]
fn in_words() {
    check(&[
        ("ستة", 6.0),
        ("عشرة", 10.0),
        ("أحد عشر", 11.0),
        ("اثني عشر", 12.0),
        ("ثلاثة عشر", 13.0),
        ("ثماني عشرة", 18.0),
        ("عشرين", 20.0),
        ("خمسة وعشرين", 25.0),
        ("واحد وستين", 61.0),
        ("سبعين", 70.0),
        ("مئة", 100.0),
        ("مائة", 100.0),
        ("مئتي", 200.0),
        ("ثلاثمائة", 300.0),
        ("ثلاث مئة", 300.0),
        ("مئة وخمسة وعشرين", 125.0),
        ("ألف", 1000.0),
        ("ألفين", 2000.0),
        ("ثلاثة آلاف", 3000.0),
        ("ألفين وثلاثمئة وأربعة", 2304.0),
        ("خمسة عشر ألف", 15_000.0),
        ("مئة ألف", 100_000.0),
        ("مليون ومئتي ألف", 1_200_000.0),
        ("مليوني", 2_000_000.0),
        ("خمسة و عشرين", 25.0),
        ("twenty five", 25.0),
        ("three thousand", 3000.0),
        ("two hundred", 200.0),
        ("twenty-five", 25.0),
    ]);
    assert_eq!(numbers("لثلاثة دبلوماسيين وأربعة")[0], ("ثلاثة".into(), 3.0));
}

#[test]
fn numbers_side_by_side_stay_apart() {
    assert_eq!(numbers("ثلاثة، أربعة").len(), 2);
    assert_eq!(numbers("خمسة ستة").len(), 2);
    assert_eq!(numbers("ستة وسبعة").len(), 2);
    assert_eq!(numbers("عشرون\nألف").len(), 2);
    assert_eq!(numbers("10 11").len(), 2);
}

#[test]
fn vague_words_are_no_numbers() {
    for text in ["آلاف الأشخاص", "مئات الآلاف", "عشرات", "ملايين", "أحد أمراء التنظيم", "إحدى المدن", "بضعة آلاف"]
    {
        assert_eq!(numbers(text), [], "{text}");
    }
}

#[test]
fn hostile() {
    assert_eq!(numbers(&"1,".repeat(50_000)).len(), 25_000);
    assert!(!numbers(&"ألف ".repeat(50_000)).is_empty());
    assert!(!numbers(&"مئة وخمسة و".repeat(20_000)).is_empty());
    for text in ["", "و", "و و", "وَستة", "99999999999999999999999", "1.2.3.4", "1,000,000,000,000,000,000"] {
        numbers(text);
    }
}

#[test]
fn every_word_is_its_own_match_key() {
    for word in WORDS.iter().flat_map(|(_, words)| words.split(' ')) {
        assert_eq!(warraq_text::fold_key(word), word);
    }
}
