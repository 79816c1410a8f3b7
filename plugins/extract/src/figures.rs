//! Casualty figures: how many were killed, wounded, missing, detained or displaced, and who. Never takes a distance, a duration, a
//! score or people that nothing happened to for one, and never counts `بينهم طفلان` (a part of the figure before) again.
//!
//! A number is a casualty figure if the noun it counts says so (`7 جرحى`), if an event stands right before it (`مقتل ستة`), if an
//! event stands a little before it and it counts people (`قتل في الغارة 14 جنديا`), or if a verb behind it tells the people's fate
//! (`14 جنديا قتلوا`). Duals count two without a numeral. A figure told twice is two figures: each has its place in the text.

mod counts;
mod events;
mod people;
mod words;

use std::ops::Range;

use serde::Serialize;

use crate::document::Document;

use counts::{Count, counts};
use events::{Before, event_before, fate_behind, is_illness, toll_before};
use people::{Noun, People, group_behind, same_phrase};
pub use words::Kind;

/// One casualty figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// The words: number, `at least`, people and the part named behind (`بينهم طفلان`).
    pub text: String,
    /// First code point of the body.
    pub start: usize,
    /// Code point behind the last.
    pub end: usize,
    /// How many.
    pub number: u64,
    /// What happened to them.
    pub kind: Kind,
    /// Who they are, as the text says.
    pub who: Option<String>,
    /// Does the text say that there may be more?
    #[serde(skip_serializing_if = "is_false")]
    pub at_least: bool,
}

/// Every casualty figure of the body, in order.
pub(crate) fn find(document: &Document<'_>) -> Vec<Figure> {
    let mut found: Vec<Finding> = Vec::new();
    // Words up to here were counted as a part of the figure before.
    let mut part_of_last = 0;
    for count in counts(document) {
        if count.words.start < part_of_last {
            continue;
        }
        let people = People::behind(document, &count);
        let before = event_before(document, &count);
        if before == Before::Including {
            if let Some(last) = found.last_mut() {
                last.take_in(document, &count, &people);
            }
            part_of_last = people.words.end;
            continue;
        }
        // `بينهم أربعة أطفال وثلاث نساء`
        let goes_on = count.joined && count.words.start == part_of_last && part_of_last > 0;
        let kind = kind_of(document, &count, &people, before);
        if goes_on && !matches!(before, Before::Event(_, 0)) {
            part_of_last = people.words.end;
        } else if let Some(kind) = kind.or_else(|| chained(document, &count, &people, found.last())) {
            found.push(Finding::new(document, &count, &people, kind));
        }
    }
    found.into_iter().map(|finding| finding.into_figure(document)).collect()
}

fn kind_of(document: &Document<'_>, count: &Count, people: &People, before: Before) -> Option<Kind> {
    if let Noun::Victim(kind) = people.noun {
        if kind == Kind::Casualties && before == Before::Nothing && !toll_before(document, count.words.start) {
            return None;
        }
        let infected = kind == Kind::Wounded && is_illness(document, people.words.end);
        return (!infected).then_some(kind);
    }
    if people.noun == Noun::Thing || is_year(document, count, people) {
        return None;
    }
    if let Before::Event(kind, between) = before {
        let known = people.noun == Noun::Person;
        let fits = match (people.noun, kind) {
            (Noun::Person, _) => !count.implied || between == 0,
            (Noun::Missing, Kind::Killed | Kind::Wounded | Kind::Casualties | Kind::Displaced) => between == 0,
            // `مقتل 20 سائحا` with a noun that is in no list; things are rather destroyed or seized than killed.
            (Noun::Unknown, Kind::Killed | Kind::Casualties) => between == 0 && !is_thing_by_form(document, people),
            _ => false,
        };
        let ill = kind == Kind::Wounded && is_illness(document, people.words.end);
        if fits && (known || !is_share(document, count)) && !ill {
            return Some(kind);
        }
    }
    if people.noun == Noun::Person && !count.implied { fate_behind(document, people.words.end) } else { None }
}

/// `2015` without people behind it.
fn is_year(document: &Document<'_>, count: &Count, people: &People) -> bool {
    let digits = document.text(&count.bytes).chars().count() == 4;
    digits && (1900..=2100).contains(&count.number) && matches!(people.noun, Noun::Missing | Noun::Unknown)
}

/// `3 في المئة`, `5 %`.
fn is_share(document: &Document<'_>, count: &Count) -> bool {
    document.gap_after(count.words.end - 1).contains(['%', '٪'])
        || (document.keys.at(count.words.end) == "في"
            && matches!(document.keys.at(count.words.end + 1), "المايه" | "الميه"))
}

/// Plurals in -at are mostly things.
fn is_thing_by_form(document: &Document<'_>, people: &People) -> bool {
    document.keys.at(people.words.start).ends_with("ات")
}

/// `مقتل 10 مدنيين و5 جنود`: people joined to the figure right before share its kind.
fn chained(document: &Document<'_>, count: &Count, people: &People, last: Option<&Finding>) -> Option<Kind> {
    let last = last?;
    let near = count.words.start >= last.words.end && count.words.start - last.words.end <= 2;
    let joined = count.joined && near && people.noun == Noun::Person;
    (joined && (last.words.end..=count.words.start).all(|at| same_phrase(document, at))).then_some(last.kind)
}

/// A figure on its way into the record.
struct Finding {
    kind: Kind,
    number: u64,
    at_least: bool,
    words: Range<usize>,
    bytes: Range<usize>,
    who: Option<String>,
}

impl Finding {
    fn new(document: &Document<'_>, count: &Count, people: &People, kind: Kind) -> Finding {
        let (start, said) = at_least_before(document, count);
        let mut words = count.words.start..people.words.end.max(count.words.end);
        let mut bytes = start..document.words[words.end - 1].range.end;
        let mut who = (!people.words.is_empty()).then(|| noun_text(document, &people.words, count));
        if let Some(group) = group_behind(document, words.end) {
            words.end = document.words_in(&group).end;
            bytes.end = group.end;
            let group = document.text(&group);
            who = Some(match who {
                Some(noun) => format!("{noun} {group}"),
                None => group.trim_start_matches("من").trim_start().to_owned(),
            });
        }
        Finding { kind, number: count.number, at_least: said || people.at_least, words, bytes, who }
    }

    /// `، بينهم طفلان`: the part named behind a figure belongs to its text.
    fn take_in(&mut self, document: &Document<'_>, count: &Count, people: &People) {
        let near = count.words.start >= self.words.end && count.words.start - self.words.end <= 2;
        if near {
            self.words.end = people.words.end.max(count.words.end);
            self.bytes.end = document.words[self.words.end - 1].range.end;
        }
    }

    fn into_figure(self, document: &Document<'_>) -> Figure {
        let [start, end] = document.span(&self.bytes);
        Figure {
            text: document.text(&self.bytes).to_owned(),
            start,
            end,
            number: self.number,
            kind: self.kind,
            who: self.who,
            at_least: self.at_least,
        }
    }
}

/// Where a figure begins, with `أكثر من` and its like, and whether they say that it is a lower bound.
fn at_least_before(document: &Document<'_>, count: &Count) -> (usize, bool) {
    let first = count.words.start;
    let key = |back: usize| first.checked_sub(back).map_or("", |at| &document.keys[at]);
    let spaced = |back: usize| (1..=back).all(|step| document.gap_after(first - step).trim().is_empty());
    let length = match (key(1), key(2), key(3), key(4)) {
        ("عن", "يقل", "لا", "ما" | "لما" | "بما" | "عما") => 4,
        ("عن", "يقل", "لا", _) => 3,
        ("علي" | "عن", "يزيد", "ما" | "لما", _) | ("من", "الاقل", "علي", _) => 3,
        ("علي" | "عن", "يزيد", _, _) => 2,
        ("من", "اكثر" | "لاكثر" | "باكثر" | "واكثر", _, _) | ("least", "at", _, _) | ("than", "more", _, _) => {
            2
        }
        _ => 0,
    };
    if length == 0 || !spaced(length) {
        return (count.bytes.start, false);
    }
    (document.words[first - length].range.start, true)
}

/// The noun with its adjectives, without `على الأقل` at the end.
fn noun_text(document: &Document<'_>, words: &Range<usize>, count: &Count) -> String {
    let tail = words.len() > 2 && document.keys.at(words.end - 1) == "الاقل";
    let last = if tail { words.end - 3 } else { words.end - 1 };
    let start = if count.implied { count.bytes.start } else { document.words[words.start].range.start };
    document.text(&(start..document.words[last].range.end)).to_owned()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests;
