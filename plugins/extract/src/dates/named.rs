//! Dates whose month is a name: `14 تموز`, `حزيران عام 2012`, `9 أيلول/ سبتمبر`, `July 4th, 2015`. Month names are known elsewhere.

use std::ops::Range;

use crate::dates::months::{Month, QUALIFIERS, gap, is_space, month_at};
use crate::dates::{Calendar, Hit, calendar, with_weekday};
use crate::document::Document;

/// The date whose month name is at piece `index`, and the first piece behind it.
pub(super) fn at(document: &Document<'_>, index: usize) -> Option<(Hit, usize)> {
    let month = month_at(document, index)?;
    let (month_end, mut end_byte) = second_name(document, &month);
    let mut end = month_end;
    let before = day_before(document, index, &month);
    if before == Day::Impossible {
        return None;
    }
    let mut day = before.found();
    if day.is_none()
        && let Some((number, behind)) = day_after(document, end)
    {
        day = Some((number, index));
        end = behind;
        end_byte = document.pieces[behind - 1].range.end;
    }
    let year = year_after(document, end, month.calendar);
    if let Some(year) = &year {
        end = year.end;
        end_byte = document.pieces[year.end - 1].range.end;
    }
    let number = year.map(|year| year.number);
    let enough = match day {
        Some(_) => number.is_some() || !month.doubtful,
        None => number.is_some() && !month.doubtful,
    };
    if !enough || !exists(&month, number, day.map(|(day, _)| day)) {
        return None;
    }
    if number.is_none() && !month.qualified && is_space(gap(document, end - 1)) {
        // `14 تموز الماضي`, but not `من تموز الماضي` across a bracket or a line.
        if QUALIFIERS.contains(&document.piece_keys.at(end)) {
            end_byte = document.pieces[end].range.end;
            end += 1;
        }
    }
    let first = day.map_or(index, |(_, first)| first);
    let start = document.pieces[first].range.start + if first == index { month.proclitic } else { 0 };
    let range = if month.proclitic == 0 || first < index {
        with_weekday(document, start..end_byte, first)
    } else {
        start..end_byte
    };
    let hit = Hit {
        range,
        calendar: month.calendar,
        year: number,
        month: Some(month.number),
        day: day.map(|(day, _)| day),
        relative: false,
        twin: None,
    };
    Some((hit, end))
}

fn exists(month: &Month, year: Option<i32>, day: Option<u32>) -> bool {
    day.is_none_or(|day| match month.calendar {
        Calendar::Gregorian => calendar::gregorian_day_exists(year, month.number, day),
        Calendar::Hijri => calendar::hijri_day_exists(year, month.number, day),
    })
}

/// The same month under its other name (`أيلول/ سبتمبر`, `أيلول (سبتمبر)`) or an honorific (`رمضان المبارك`): the first piece
/// behind it and the byte where it ends.
fn second_name(document: &Document<'_>, month: &Month) -> (usize, usize) {
    let plain = (month.end, document.pieces[month.end - 1].range.end);
    let between = gap(document, month.end - 1);
    if between.len() > 4 || between.contains('\n') {
        return plain;
    }
    if month.calendar == Calendar::Hijri {
        let honorific = is_space(between)
            && matches!(
                document.piece_keys.at(month.end),
                "المبارك" | "المعظم" | "المكرم" | "الحرام" | "الخير" | "الاغر"
            );
        return if honorific { (month.end + 1, document.pieces[month.end].range.end) } else { plain };
    }
    let Some(other) = month_at(document, month.end)
        .filter(|other| other.number == month.number && other.calendar == month.calendar && other.proclitic == 0)
    else {
        return plain;
    };
    let end = document.pieces[other.end - 1].range.end;
    let closes = between.contains('(') && document.body[end..].starts_with(')');
    (other.end, end + usize::from(closes))
}

/// What stands where a day would stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Day {
    /// Nothing that looks like one.
    None,
    /// The day and its first piece.
    Found(u32, usize),
    /// A number that is no day (`32 يناير`): then this is no date at all.
    Impossible,
}

impl Day {
    fn found(self) -> Option<(u32, usize)> {
        if let Day::Found(day, first) = self { Some((day, first)) } else { None }
    }
}

fn day_before(document: &Document<'_>, month: usize, name: &Month) -> Day {
    if name.proclitic > 0 {
        // `10 ويوليو` is two things.
        return Day::None;
    }
    let mut at = month;
    let mut of = false;
    while at > 0 && month - at < 2 && is_space(gap(document, at - 1)) {
        match &document.piece_keys[at - 1] {
            "من" | "شهر" | "of" => at -= 1,
            _ => break,
        }
        of = true;
    }
    let Some(last) = at.checked_sub(1) else { return Day::None };
    let between = gap(document, last);
    let glue = if of { is_space(between) } else { is_glue(between) };
    if !glue {
        return Day::None;
    }
    if let Some(number) = document.pieces[last].digits {
        return day_in_digits(document, last, number, at == month && between.is_empty());
    }
    let suffix = matches!(&document.piece_keys[last], "th" | "st" | "nd" | "rd");
    if suffix && last > 0 && gap(document, last - 1).is_empty() {
        return document.pieces[last - 1]
            .digits
            .map_or(Day::None, |number| day_in_digits(document, last - 1, number, false));
    }
    day_in_words(document, last, of)
}

fn day_in_digits(document: &Document<'_>, piece: usize, number: u64, glued: bool) -> Day {
    let range = &document.pieces[piece].range;
    let digits = document.body[range.clone()].chars().count();
    if digits > 3 || part_of_number(document, piece) {
        // A year or an amount that happens to stand before the month.
        return Day::None;
    }
    match u32::try_from(number) {
        Ok(day @ 1..=31) => Day::Found(day, piece),
        // `500 يوليو` may be an amount and then a month, `32 يوليو` is a misprint.
        _ if digits <= 2 || glued => Day::Impossible,
        _ => Day::None,
    }
}

/// Is the number only the tail of one, as in `1.200 يوليو` or `3:14 مايو`?
fn part_of_number(document: &Document<'_>, piece: usize) -> bool {
    let Some(before) = piece.checked_sub(1) else { return false };
    document.pieces[before].digits.is_some() && matches!(gap(document, before), "." | "," | "٫" | "٬" | ":")
}

/// Ordinals: `الأول من يوليو`, `الحادي والعشرين من`. The words are the pieces up to `last`.
fn day_in_words(document: &Document<'_>, last: usize, of: bool) -> Day {
    let key = |back: usize| last.checked_sub(back).map_or("", |index| &document.piece_keys[index]);
    let (day, words) = match (unit(key(1)), key(0)) {
        (Some(unit), "عشر") if unit < 10 => (10 + unit, 2),
        (Some(unit), "والعشرين" | "والعشرون") if unit < 10 => (20 + unit, 2),
        (Some(1), "والثلاثين" | "والثلاثون") => (31, 2),
        (_, "العشرين" | "العشرون") => (20, 1),
        (_, "الثلاثين" | "الثلاثون") => (30, 1),
        (_, "غره") => (1, 1),
        // `أول يوليو`; but `أول شهر يوليو` is its beginning.
        (_, "اول") if !of => return Day::Found(1, last),
        (_, word) => match unit(word) {
            Some(unit) => (unit, 1),
            None => return Day::None,
        },
    };
    let first = last + 1 - words;
    let spaced = (first..last).all(|index| is_space(gap(document, index)));
    // The first half, third or week of a month is no day.
    let share = matches!(
        key(words),
        "النصف"
            | "نصف"
            | "الاسبوع"
            | "اسبوع"
            | "الثلث"
            | "الربع"
            | "العشر"
            | "القسم"
            | "الجزء"
            | "الاسبوعين"
            | "للنصف"
            | "بالنصف"
    );
    if spaced && !share && (of || day != 1) { Day::Found(day, first) } else { Day::None }
}

fn unit(key: &str) -> Option<u32> {
    Some(match key {
        "الاول" | "الحادي" | "الواحد" => 1,
        "الثاني" => 2,
        "الثالث" => 3,
        "الرابع" => 4,
        "الخامس" => 5,
        "السادس" => 6,
        "السابع" => 7,
        "الثامن" => 8,
        "التاسع" => 9,
        "العاشر" => 10,
        _ => return None,
    })
}

/// `July 4, 2015` and `يوليو 4، 2015`: a day behind the month. Without a year behind it only an English month takes one.
fn day_after(document: &Document<'_>, end: usize) -> Option<(u32, usize)> {
    let english = document.piece_keys.at(end - 1).starts_with(|first: char| first.is_ascii_lowercase());
    let between = gap(document, end - 1);
    let near = is_space(between) || (english && between.trim_start_matches('.').chars().all(char::is_whitespace));
    if !near || between.contains('\n') {
        return None;
    }
    let day = u32::try_from(document.pieces.get(end)?.digits?).ok().filter(|day| (1..=31).contains(day))?;
    let mut behind = end + 1;
    let suffix = matches!(document.piece_keys.at(behind), "th" | "st" | "nd" | "rd");
    if suffix && gap(document, end).is_empty() {
        behind += 1;
    }
    let continued = matches!(gap(document, behind - 1).chars().next(), Some('.' | ':' | '/' | '%'))
        && document
            .pieces
            .get(behind)
            .is_some_and(|next| next.digits.is_some() && gap(document, behind - 1).len() == 1);
    let year = || year_after(document, behind, Calendar::Gregorian).is_some();
    (!continued && (english || year())).then_some((day, behind))
}

/// A year behind a month.
#[derive(Clone, Debug)]
struct Year {
    number: i32,
    /// First piece behind it and its era mark.
    end: usize,
}

/// Years that are believed without an era mark or a word for "year" before them.
const GREGORIAN_YEARS: Range<i32> = 1700..2101;
const HIJRI_YEARS: Range<i32> = 1300..1501;

fn year_after(document: &Document<'_>, mut at: usize, calendar: Calendar) -> Option<Year> {
    let mut said = false;
    let first = at;
    // The bracket of a second name may stand before it: `أيلول (سبتمبر) 2016`.
    let glued = |at: usize| is_glue(gap(document, at - 1).trim_start_matches(if at == first { ')' } else { ' ' }));
    while at < first + 2 && glued(at) {
        match document.piece_keys.at(at) {
            "عام" | "العام" | "لعام" | "للعام" | "سنه" | "السنه" | "لسنه" => said = true,
            "من" | "of" => {}
            _ => break,
        }
        at += 1;
    }
    if !glued(at) {
        return None;
    }
    let piece = document.pieces.get(at)?;
    let number = i32::try_from(piece.digits?).ok()?;
    let digits = document.body[piece.range.clone()].chars().count();
    let era = era_at(document, at + 1);
    if era.is_some_and(|era| era != calendar) {
        return None;
    }
    let usual = if calendar == Calendar::Hijri { HIJRI_YEARS } else { GREGORIAN_YEARS };
    let likely = usual.contains(&number) && (said || !counts_something(document, at + 1));
    let marked = (said || era.is_some()) && (1..=2199).contains(&number) && (3..=4).contains(&digits);
    (digits <= 4 && (likely || marked)).then_some(Year { number, end: at + 1 + usize::from(era.is_some()) })
}

/// The era mark at piece `at`, which may be glued to its year: `2015م`, `1436 هـ`.
pub(super) fn era_at(document: &Document<'_>, at: usize) -> Option<Calendar> {
    let between = gap(document, at.checked_sub(1)?);
    if !between.is_empty() && !is_space(between) {
        return None;
    }
    match document.piece_keys.at(at) {
        "م" | "ميلادي" | "ميلاديه" | "الميلادي" | "الميلاديه" | "للميلاد" => {
            Some(Calendar::Gregorian)
        }
        "ه" | "هجري" | "هجريه" | "الهجري" | "الهجريه" | "للهجره" => Some(Calendar::Hijri),
        _ => None,
    }
}

/// Is the number before piece `at` an amount: `في مايو 2000 ريال`?
fn counts_something(document: &Document<'_>, at: usize) -> bool {
    gap(document, at - 1).contains(['%', '٪'])
        || matches!(
            document.piece_keys.at(at),
            "ريال"
                | "دولار"
                | "دولارا"
                | "جنيه"
                | "دينار"
                | "درهم"
                | "يورو"
                | "ليره"
                | "ريالا"
                | "شخص"
                | "شخصا"
                | "الف"
                | "مليون"
                | "مليار"
                | "طن"
                | "برميل"
                | "متر"
                | "نقطه"
                | "قتيل"
                | "سياره"
                | "حاله"
                | "people"
                | "dollars"
        )
}

/// What may stand between the parts of one date: spaces and one light mark, on one line.
fn is_glue(gap: &str) -> bool {
    let mut marks = 0;
    gap.chars().all(|character| {
        marks += u32::from(matches!(character, '/' | '-' | '–' | '،' | ',' | '.'));
        marks <= 1
            && matches!(character, ' ' | '\u{A0}' | '\u{200E}' | '\u{200F}' | '/' | '-' | '–' | '،' | ',' | '.' | 'ـ')
    })
}
