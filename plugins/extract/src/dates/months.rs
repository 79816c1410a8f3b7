//! Names of months in news: every Gregorian set of the Arab world, the Hijri months with their spellings, English. Knows no days.
//!
//! The names are match keys (hamza carriers, ى and ة folded), so `أغسطس` and `اغسطس` are one entry.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::LazyLock;

use crate::dates::Calendar;
use crate::document::Document;
use crate::entities::lexicon::WordHasher;

/// A month where it stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Month {
    /// Which calendar the name belongs to.
    pub(crate) calendar: Calendar,
    /// 1 to 12.
    pub(crate) number: u32,
    /// Index of the first piece behind the name.
    pub(crate) end: usize,
    /// Bytes of a proclitic (`ويوليو`) before the name in its first piece.
    pub(crate) proclitic: usize,
    /// Is it also a common word or a number, so that only day and year together make it a month?
    pub(crate) doubtful: bool,
    /// Was the word that says which year glued to it (`تموزالماضي`)?
    pub(crate) qualified: bool,
}

/// One word, or the first of two.
struct Name {
    calendar: Calendar,
    number: u32,
    doubtful: bool,
    /// The second word; empty if the first is the whole name.
    second: &'static str,
}

const GREGORIAN: [&[&str]; 12] = [
    &["يناير", "جانفي", "كانون الثاني", "كانون ثاني", "كانون ثان", "january", "jan"],
    &["فبراير", "فيفري", "شباط", "اشباط", "february", "feb"],
    &["مارس", "اذار", "march", "mar"],
    &["ابريل", "افريل", "نيسان", "april", "apr"],
    &["مايو", "ماي", "ايار", "مايس", "may"],
    &["يونيو", "يونيه", "جوان", "حزيران", "june", "jun"],
    &["يوليو", "يوليه", "يوليوز", "جويليه", "تموز", "july", "jul"],
    &["اغسطس", "اغسطوس", "اوت", "غشت", "اغشت", "اب", "august", "aug"],
    &["سبتمبر", "شتنبر", "شتمبر", "ايلول", "september", "sept", "sep"],
    &["اكتوبر", "تشرين الاول", "تشرين اول", "october", "oct"],
    &["نوفمبر", "نونبر", "نوفنبر", "تشرين الثاني", "تشرين ثاني", "تشرين ثان", "november", "nov"],
    &["ديسمبر", "دجنبر", "دجمبر", "ديسنبر", "كانون الاول", "كانون اول", "december", "dec"],
];

/// The months of the Libyan calendar of 1979 to 2011 are everyday words: the summer, the water, the sowing.
const LIBYAN: [&str; 12] = [
    "اي النار",
    "النوار",
    "الربيع",
    "الطير",
    "الماء",
    "الصيف",
    "ناصر",
    "هانيبال",
    "الفاتح",
    "التمور",
    "الحرث",
    "الكانون",
];

const HIJRI: [&[&str]; 12] = [
    &["محرم", "المحرم"],
    // Also the number nought: `3 صفر` is a score.
    &["صفر"],
    &["ربيع الاول", "ربيع اول"],
    &["ربيع الاخر", "ربيع الثاني", "ربيع اخر", "ربيع ثاني", "ربيع ثان"],
    &["جمادي الاولي", "جمادي الاول", "جماد الاول", "جماد الاولي", "جمادي اولي", "جماد اول"],
    &[
        "جمادي الاخره",
        "جمادي الثانيه",
        "جمادي الاخر",
        "جمادي الثاني",
        "جماد الاخر",
        "جماد الاخره",
        "جماد الثاني",
        "جماد الثانيه",
        "جماد اخر",
        "جماد ثاني",
    ],
    &["رجب"],
    &["شعبان"],
    &["رمضان"],
    &["شوال"],
    &["ذو القعده", "ذي القعده", "ذا القعده", "ذوالقعده", "ذيالقعده", "ذي قعده", "ذو قعده"],
    &["ذو الحجه", "ذي الحجه", "ذا الحجه", "ذوالحجه", "ذيالحجه", "ذي حجه", "ذو حجه"],
];

/// What can be glued behind a month or follow it, and says which year is meant without naming it.
pub(crate) const QUALIFIERS: [&str; 8] =
    ["الماضي", "الجاري", "المقبل", "القادم", "الحالي", "الفائت", "المنصرم", "الفايت"];

type Names = HashMap<&'static str, Vec<Name>, BuildHasherDefault<WordHasher>>;

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut names = Names::default();
    let mut add = |calendar, number: usize, name: &'static str, doubtful| {
        let (first, second) = name.split_once(' ').unwrap_or((name, ""));
        let number = number as u32 + 1;
        names.entry(first).or_default().push(Name { calendar, number, doubtful, second });
    };
    for (number, forms) in GREGORIAN.iter().enumerate() {
        forms.iter().for_each(|form| add(Calendar::Gregorian, number, form, false));
    }
    for (number, form) in LIBYAN.iter().enumerate() {
        add(Calendar::Gregorian, number, form, true);
    }
    for (number, forms) in HIJRI.iter().enumerate() {
        forms.iter().for_each(|form| add(Calendar::Hijri, number, form, *form == "صفر"));
    }
    names
});

/// The month that begins at piece `index`.
pub(crate) fn month_at(document: &Document<'_>, index: usize) -> Option<Month> {
    let key = document.piece_keys.at(index);
    if key.len() < 3 {
        // The shortest name has two Arabic letters (`آب`).
        return None;
    }
    let text = document.text(&document.pieces.get(index)?.range);
    if key.as_bytes()[0].is_ascii_lowercase() {
        // `may` and `march` are verbs; a month is written with a capital.
        return named(document, index, key, 0).filter(|_| text.starts_with(|first: char| first.is_ascii_uppercase()));
    }
    named(document, index, key, 0).or_else(|| {
        let proclitic = key.chars().next().filter(|first| matches!(first, 'و' | 'ف' | 'ب' | 'ل' | 'ك'))?.len_utf8();
        // Marks on the proclitic (`وَيوليو`) would shift the offset; such a month is not found rather than cut wrongly.
        text.starts_with(&key[..proclitic]).then(|| named(document, index, &key[proclitic..], proclitic))?
    })
}

fn named(document: &Document<'_>, index: usize, key: &str, proclitic: usize) -> Option<Month> {
    let (names, glued) = match NAMES.get(key) {
        Some(names) => (names, false),
        None => (NAMES.get(QUALIFIERS.iter().find_map(|qualifier| key.strip_suffix(qualifier))?)?, true),
    };
    let month = |name: &Name, end, qualified| Month {
        calendar: name.calendar,
        number: name.number,
        end,
        proclitic,
        doubtful: name.doubtful,
        qualified,
    };
    let second = document.piece_keys.at(index + 1);
    if !glued && is_space(gap(document, index)) {
        for name in names.iter().filter(|name| !name.second.is_empty()) {
            match second.strip_prefix(name.second) {
                Some("") => return Some(month(name, index + 2, false)),
                Some(rest) if QUALIFIERS.contains(&rest) => return Some(month(name, index + 2, true)),
                _ => {}
            }
        }
    }
    names.iter().find(|name| name.second.is_empty()).map(|name| month(name, index + 1, glued))
}

/// What stands between piece `index` and the next.
pub(crate) fn gap<'a>(document: &Document<'a>, index: usize) -> &'a str {
    let start = document.pieces.get(index).map_or(document.body.len(), |piece| piece.range.end);
    let end = document.pieces.get(index + 1).map_or(document.body.len(), |piece| piece.range.start);
    &document.body[start..end]
}

/// White space on one line, and at least some.
pub(crate) fn is_space(gap: &str) -> bool {
    !gap.is_empty() && gap.chars().all(|character| character.is_whitespace() && character != '\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<(u32, Calendar, usize)> {
        month_at(&Document::new(text), 0).map(|month| (month.number, month.calendar, month.end))
    }

    #[test]
    fn every_name_is_its_own_match_key() {
        for name in GREGORIAN.iter().chain(&HIJRI).flat_map(|forms| forms.iter()).chain(&LIBYAN) {
            assert_eq!(warraq_text::fold_key(name), **name);
        }
    }

    #[test]
    fn one_and_two_words() {
        use Calendar::{Gregorian, Hijri};
        assert_eq!(number("أغسطس"), Some((8, Gregorian, 1)));
        assert_eq!(number("آب"), Some((8, Gregorian, 1)));
        assert_eq!(number("كانون الثاني 2015"), Some((1, Gregorian, 2)));
        assert_eq!(number("تشرين الأول"), Some((10, Gregorian, 2)));
        assert_eq!(number("تشرين"), None);
        assert_eq!(number("تشرين\nالأول"), None);
        assert_eq!(number("جمادى الآخرة"), Some((6, Hijri, 2)));
        assert_eq!(number("جمادي الثاني"), Some((6, Hijri, 2)));
        assert_eq!(number("ذي الحجة"), Some((12, Hijri, 2)));
        assert_eq!(number("ويوليو"), Some((7, Gregorian, 1)));
        assert_eq!(number("تموزالماضي"), Some((7, Gregorian, 1)));
        assert_eq!(number("فبراير"), Some((2, Gregorian, 1)));
        assert_eq!((number("May"), number("may")), (Some((5, Gregorian, 1)), None));
    }
}
