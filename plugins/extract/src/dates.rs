//! Dates as a text writes them, with what they are in ISO 8601. Never takes a year alone, a score or a number for a date, and never
//! adds a year the text does not give.
//!
//! `iso` has as much as the text: `2015-07-14`, `2012-06`, and `--07-14` (the truncated form of ISO 8601:2000) for a day without a
//! year. It is always Gregorian: a Hijri day is converted by Umm al-Qura, a Hijri month (which lies in two Gregorian ones) or a
//! Hijri day without a year has none. `26 شوال 1436 هـ الموافق 11 أغسطس 2015` is two dates with one `iso`, that of the Gregorian.

mod calendar;
mod months;
mod named;
mod numeric;
mod relative;

use std::cell::OnceCell;
use std::ops::Range;

use serde::Serialize;

use crate::document::Document;

/// A date in the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Date {
    /// The words, with weekday and era mark.
    pub text: String,
    /// First code point of the body.
    pub start: usize,
    /// Code point behind the last.
    pub end: usize,
    /// ISO 8601, Gregorian; `None` if the text alone does not give it.
    pub iso: Option<String>,
    /// The calendar the words are of.
    pub calendar: Calendar,
    /// Is it counted from the day of writing (`أمس`)?
    #[serde(skip_serializing_if = "is_false")]
    pub relative: bool,
    /// The same place in bytes.
    #[serde(skip)]
    pub(crate) range: Range<usize>,
}

/// A calendar that news is dated by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Calendar {
    /// January to December, under any of their names.
    Gregorian,
    /// The Islamic lunar calendar.
    Hijri,
}

/// A date on its way into the record: bytes and numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Hit {
    range: Range<usize>,
    calendar: Calendar,
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    relative: bool,
    /// The same day in the other calendar, as the text says.
    twin: Option<(i32, u32, u32)>,
}

/// Two calendars that name the same day in a text differ by at most this if both are printed right.
const TWIN_DAYS_MAX: i64 = 2;

/// Every date of the body, in order.
pub(crate) fn find(document: &Document<'_>) -> Vec<Date> {
    // Only a date in digits asks for it.
    let style = OnceCell::new();
    let mut hits: Vec<Hit> = Vec::new();
    let mut index = 0;
    while index < document.pieces.len() {
        let found = named::at(document, index)
            .or_else(|| numeric::at(document, index, &style))
            .or_else(|| relative::at(document, index));
        match found {
            Some((hit, end)) => {
                index = end.max(index + 1);
                if hits.last().is_none_or(|last| last.range.end <= hit.range.start) {
                    hits.push(hit);
                }
            }
            None => index += 1,
        }
    }
    for second in 1..hits.len() {
        pair(document, &mut hits, second);
    }
    hits.into_iter().map(|hit| hit.into_date(document)).collect()
}

/// Does a month's name begin with word `index`?
pub(crate) fn is_month(document: &Document<'_>, index: usize) -> bool {
    let piece = document.pieces.partition_point(|piece| piece.word < index);
    months::month_at(document, piece).is_some()
}

/// A day given in both calendars: the Hijri half takes the Gregorian day, a Gregorian half without a year takes the year.
fn pair(document: &Document<'_>, hits: &mut [Hit], second: usize) {
    let (before, after) = hits.split_at_mut(second);
    let (Some(first), Some(second)) = (before.last_mut(), after.first_mut()) else { return };
    let (hijri, gregorian) = match (first.calendar, second.calendar) {
        (Calendar::Hijri, Calendar::Gregorian) => (&*first, &*second),
        (Calendar::Gregorian, Calendar::Hijri) => (&*second, &*first),
        _ => return,
    };
    let Some(said) = Link::between(document, first.range.end..second.range.start) else { return };
    let (Some(month), Some(day), Some(_)) = (gregorian.month, gregorian.day, hijri.day) else { return };
    let near =
        |day_of, candidate| calendar::days_between(day_of, candidate).is_some_and(|days| days.abs() <= TWIN_DAYS_MAX);
    let twin = match (gregorian.year, hijri.gregorian()) {
        // Where the text says "corresponding to", the Gregorian half is believed even against the table.
        (Some(year), _) if said == Link::Corresponds => Some((year, month, day)),
        (Some(year), Some(converted)) => Some((year, month, day)).filter(|&candidate| near(converted, candidate)),
        (None, Some(converted)) => {
            let mut candidates = (converted.0 - 1..=converted.0 + 1).map(|year| (year, month, day));
            candidates.find(|&candidate| near(converted, candidate))
        }
        (_, None) => None,
    };
    if let Some(twin) = twin {
        first.twin = Some(twin);
        second.twin = Some(twin);
    }
}

/// What ties two dates that follow each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    /// `الموافق`, corresponding to.
    Corresponds,
    /// Punctuation only.
    Beside,
}

impl Link {
    /// Longest text between two halves of one date: `الموافق يوم` with spaces and a comma.
    const BYTES_MAX: usize = 48;

    fn between(document: &Document<'_>, range: Range<usize>) -> Option<Link> {
        if range.len() > Self::BYTES_MAX || document.text(&range).contains('\n') {
            return None;
        }
        let mut link = Link::Beside;
        for word in document.words_in(&range) {
            match &document.keys[word] {
                "الموافق" | "الموافقه" | "موافق" | "المصادف" | "للموافق" | "والموافق" | "corresponding" =>
                {
                    link = Link::Corresponds;
                }
                "ل" | "يوم" | "ليوم" | "to" => {}
                _ => return None,
            }
        }
        Some(link)
    }
}

impl Hit {
    /// The day in the Gregorian calendar, if day, month and year are known.
    fn gregorian(&self) -> Option<(i32, u32, u32)> {
        let (year, month, day) = (self.year?, self.month?, self.day?);
        match self.calendar {
            Calendar::Gregorian => Some((year, month, day)),
            Calendar::Hijri => calendar::hijri_to_gregorian(year, month, day),
        }
    }

    fn iso(&self) -> Option<String> {
        if let Some((year, month, day)) = self.twin.or_else(|| self.gregorian()) {
            return Some(format!("{year:04}-{month:02}-{day:02}"));
        }
        match (self.calendar, self.year, self.month, self.day) {
            (Calendar::Gregorian, Some(year), Some(month), None) => Some(format!("{year:04}-{month:02}")),
            (Calendar::Gregorian, None, Some(month), Some(day)) => Some(format!("--{month:02}-{day:02}")),
            _ => None,
        }
    }

    fn into_date(self, document: &Document<'_>) -> Date {
        let [start, end] = document.span(&self.range);
        Date {
            text: document.text(&self.range).to_owned(),
            start,
            end,
            iso: self.iso(),
            calendar: self.calendar,
            relative: self.relative,
            range: self.range,
        }
    }
}

/// The same range, begun earlier if a weekday stands right before it.
fn with_weekday(document: &Document<'_>, range: Range<usize>, first_piece: usize) -> Range<usize> {
    let Some(before) = first_piece.checked_sub(1) else { return range };
    let gap = months::gap(document, before);
    let near = !gap.is_empty() && gap.chars().all(|character| matches!(character, ' ' | '\u{A0}' | '،' | ','));
    if near && is_weekday(&document.piece_keys[before]) {
        document.pieces[before].range.start..range.end
    } else {
        range
    }
}

fn is_weekday(key: &str) -> bool {
    matches!(
        key,
        "السبت"
            | "الاحد"
            | "الاثنين"
            | "الثلاثاء"
            | "الثلثاء"
            | "الاربعاء"
            | "الخميس"
            | "الجمعه"
            | "الاثنان"
            | "saturday"
            | "sunday"
            | "monday"
            | "tuesday"
            | "wednesday"
            | "thursday"
            | "friday"
    )
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests;
