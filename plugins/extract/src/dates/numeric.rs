//! Dates in digits only: `25/3/2017`, `2017-03-25`, `٤-١٠-١٤٣٦`. Two digits are never a year.

use std::cell::OnceCell;

use crate::dates::months::gap;
use crate::dates::{Calendar, Hit, calendar, named, with_weekday};
use crate::document::Document;

/// What the text around tells about how its dates are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    /// Is the day before the month wherever both could be meant? So it is in Arabic; in English it depends on the country.
    day_first: bool,
    /// Are years like 1394 lunar? In Persian they are solar, and a calendar of their own.
    hijri: bool,
}

impl Style {
    /// Words that are looked at to tell the script; more would tell no more.
    const WORDS_MAX: usize = 400;

    pub(super) fn of(document: &Document<'_>) -> Style {
        let words = || {
            let words = document.words.iter().take(Self::WORDS_MAX).map(|word| word.text);
            words.filter(|word| word.starts_with(warraq_text::is_letter))
        };
        let looked_at = words().count();
        let arabic = words().filter(|word| word.contains(|letter| matches!(letter, '\u{621}'..='\u{64A}'))).count();
        let persian = words().filter(|word| word.contains(['پ', 'چ', 'ژ', 'گ', 'ک', 'ی', 'ٹ', 'ڈ', 'ے'])).count();
        Style { day_first: arabic * 2 >= looked_at, hijri: persian * 10 <= looked_at }
    }
}

/// Hijri years in numeric dates; nobody dates a Gregorian event of these years in digits.
const HIJRI_YEARS: std::ops::RangeInclusive<u64> = 1300..=1500;
const YEARS: std::ops::RangeInclusive<u64> = 1300..=2199;

/// The numeric date that begins at piece `index`, and the first piece behind it.
pub(super) fn at(document: &Document<'_>, index: usize, style: &OnceCell<Style>) -> Option<(Hit, usize)> {
    let digits = |at: usize| document.pieces.get(at)?.digits;
    let (first, second, third) = (digits(index)?, digits(index + 1)?, digits(index + 2)?);
    let separator = separator(gap(document, index))?;
    if self::separator(gap(document, index + 1)) != Some(separator) || !stands_alone(document, index) {
        return None;
    }
    let style = *style.get_or_init(|| Style::of(document));
    let width = |at: usize| document.body[document.pieces[at].range.clone()].chars().count();
    let (year, month, day) = match (width(index), width(index + 1), width(index + 2)) {
        (4, 1..=2, 1..=2) => (first, second, Some(third)),
        (1..=2, 1..=2, 4) => day_and_month(first, second, style).map(|(month, day)| (third, month, day))?,
        _ => return None,
    };
    let era = named::era_at(document, index + 3);
    let calendar = era.unwrap_or(if HIJRI_YEARS.contains(&year) { Calendar::Hijri } else { Calendar::Gregorian });
    if !YEARS.contains(&year) || (calendar == Calendar::Hijri && !(style.hijri && HIJRI_YEARS.contains(&year))) {
        return None;
    }
    let (year, month) = (i32::try_from(year).ok()?, u32::try_from(month).ok()?);
    let day = day.and_then(|day| u32::try_from(day).ok());
    let exists = day.is_none_or(|day| match calendar {
        Calendar::Gregorian => calendar::gregorian_day_exists(Some(year), month, day),
        Calendar::Hijri => calendar::hijri_day_exists(Some(year), month, day),
    });
    if !exists {
        return None;
    }
    let end = index + 3 + usize::from(era.is_some());
    let range = document.pieces[index].range.start..document.pieces[end - 1].range.end;
    // `3/4/2017` outside of Arabic is one of two days: no day is better than the wrong one.
    let known = day.is_some();
    let hit = Hit {
        range: with_weekday(document, range, index),
        calendar,
        year: known.then_some(year),
        month: known.then_some(month),
        day,
        relative: false,
        twin: None,
    };
    Some((hit, end))
}

/// Month and day of `first/second/year`; the day is `None` where it cannot be told which is which.
fn day_and_month(first: u64, second: u64, style: Style) -> Option<(u64, Option<u64>)> {
    match (first, second) {
        (1..=31, 1..=12) if style.day_first || first > 12 || first == second => Some((second, Some(first))),
        (1..=12, 13..=31) => Some((first, Some(second))),
        (1..=12, 1..=12) => Some((second, None)),
        _ => None,
    }
}

/// The one mark between two numbers of a date, with any spaces and direction marks around it.
fn separator(gap: &str) -> Option<char> {
    let bare = gap.trim_matches(|character| matches!(character, ' ' | '\u{A0}' | '\u{200E}' | '\u{200F}'));
    let mut characters = bare.chars();
    let mark = characters.next().filter(|mark| matches!(mark, '/' | '-' | '.' | '–'))?;
    // `5. 6. 2015` may be three items of a list.
    let tight = mark != '.' || gap.len() == 1;
    (characters.next().is_none() && tight).then_some(mark)
}

/// Not part of a longer chain of numbers (a telephone, a version), a path or an address.
fn stands_alone(document: &Document<'_>, index: usize) -> bool {
    let range = document.pieces[index].range.start..document.pieces[index + 2].range.end;
    let before = document.body[..range.start].chars().next_back().unwrap_or(' ');
    let mut after = document.body[range.end..].chars();
    let (next, then) = (after.next().unwrap_or(' '), after.next().unwrap_or(' '));
    let glued_before =
        matches!(before, '/' | '-' | '.' | '_' | '=' | '&' | ':' | '+' | '#') || before.is_ascii_alphabetic();
    let glued_after =
        matches!(next, '/' | '-' | '.' | '_' | ':') && (then.is_ascii_alphanumeric() || then.is_numeric());
    let chain_before =
        index > 0 && document.pieces[index - 1].digits.is_some() && separator(gap(document, index - 1)).is_some();
    !(glued_before || glued_after || chain_before)
}
