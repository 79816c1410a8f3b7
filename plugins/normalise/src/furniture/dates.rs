//! Lines that are nothing but dates: the day the page was looked at, or the day it was published. A date inside a sentence is none
//! of our business, and neither is a bare date on a line of its own, which may be the article's.

use std::collections::HashMap;
use std::sync::LazyLock;

use warraq_text::{fold_key, words};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Part {
    Weekday,
    Gregorian,
    Hijri,
    /// Says that a time of day follows or went before.
    Clock,
    /// Says that the article was published or changed then.
    Published,
    /// Goes with any of these.
    Filler,
}

static PARTS: LazyLock<HashMap<String, Part>> = LazyLock::new(|| {
    let mut parts = HashMap::new();
    for &(part, list) in WORDS {
        for word in words(&fold_key(list)) {
            // The first list that has a word keeps it.
            parts.entry(word.text.to_owned()).or_insert(part);
        }
    }
    parts
});

/// Ordinary spellings; the second words of two-word months stand under `Filler`, since two calendars share them.
const WORDS: &[(Part, &str)] = &[
    (
        Part::Weekday,
        "السبت الأحد الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة saturday sunday monday tuesday wednesday thursday friday sat sun \
         mon tue tues wed thu thurs fri شنبه یکشنبه دوشنبه جمعه",
    ),
    (
        Part::Gregorian,
        "يناير فبراير مارس أبريل إبريل مايو يونيو يونيه يوليو يوليه أغسطس سبتمبر أكتوبر نوفمبر ديسمبر كانون شباط آذار نيسان أيار \
         حزيران تموز آب أيلول تشرين جانفي فيفري أفريل ماي جوان جويلية أوت يوليوز غشت شتنبر نونبر دجنبر january february march april may \
         june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec",
    ),
    (Part::Hijri, "محرم المحرم صفر ربيع جمادى جمادي رجب شعبان رمضان شوال ذو ذي هـ هجري هجرية"),
    (Part::Clock, "الساعة ساعة صباحا مساء ظهرا ليلا ص بتوقيت توقيت غرينتش جرينتش غرينيتش gmt utc am pm est"),
    (Part::Published, "نشر النشر نشرت تاريخ بتاريخ تحديث التحديث آخر published updated posted update last date"),
    (
        Part::Filler,
        "الأول الثاني الآخر الآخرة الأولى الثانية القعدة الحجة الفرد المكرم المعظم المبارك الخير م ميلادي ميلادية الموافق ل لـ من في \
         يوم اليوم و عام سنة شهر ت مكة المكرمة القاهرة on at the of",
    ),
];

/// The kind of a line that holds nothing but dates and times, and enough of them to be no headline: a weekday, both calendars, a
/// time of day or a word that says what happened then, along with a number and a month (or a date in figures).
pub(crate) fn dates_only(line_words: &[&str], key: &str) -> Option<&'static str> {
    let mut seen = 0u32;
    let mut numbers = 0;
    for word in line_words {
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            numbers += 1;
            continue;
        }
        // `1438هـ`, `2017م`, `10th`
        let word = word.trim_start_matches(|character: char| character.is_ascii_digit());
        seen |= 1 << (*PARTS.get(word)? as u32);
    }
    let has = |part: Part| seen & 1 << (part as u32) != 0;
    let month = has(Part::Gregorian) || has(Part::Hijri);
    let telling = has(Part::Weekday)
        || has(Part::Published)
        || has(Part::Clock)
        || key.contains(':')
        || has(Part::Gregorian) && has(Part::Hijri);
    if !telling || numbers == 0 || !(month || numbers >= 3) {
        return None;
    }
    Some(if has(Part::Published) { "publish-date" } else { "page-date" })
}
