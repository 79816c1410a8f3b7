//! Days counted from the day of writing: `أمس`, `مساء أول من أمس`, `أمس الجمعة`. Never resolved: the day of writing is not known here.

use crate::dates::months::{gap, is_space};
use crate::dates::{Calendar, Hit, is_weekday};
use crate::document::Document;

/// The relative day whose central word (`أمس`, `غدا`) is at piece `index`, and the first piece behind it.
pub(super) fn at(document: &Document<'_>, index: usize) -> Option<(Hit, usize)> {
    let key = document.piece_keys.at(index);
    if !matches!(key, "امس" | "الامس" | "بالامس" | "غدا" | "yesterday" | "tomorrow") {
        return None;
    }
    let near = |at: usize| is_space(gap(document, at));
    let mut first = index;
    let before = |first: usize, back: usize| {
        let at = first.checked_sub(back)?;
        (at..first).all(near).then(|| &document.piece_keys[at])
    };
    if key == "امس" {
        match (before(first, 2), before(first, 1)) {
            (Some("اول"), Some("من")) => first -= 2,
            (_, Some("اول")) => first -= 1,
            _ => {}
        }
    }
    if matches!(before(first, 1), Some("صباح" | "مساء" | "ظهر" | "عصر" | "فجر" | "ليل" | "ليله" | "يوم"))
    {
        first -= 1;
    }
    let mut end = index + 1;
    if near(end - 1) && matches!(document.piece_keys.at(end), "الاول") {
        end += 1;
    }
    if near(end - 1) && is_weekday(document.piece_keys.at(end)) {
        end += 1;
    }
    let range = document.pieces[first].range.start..document.pieces[end - 1].range.end;
    let hit =
        Hit { range, calendar: Calendar::Gregorian, year: None, month: None, day: None, relative: true, twin: None };
    Some((hit, end))
}
