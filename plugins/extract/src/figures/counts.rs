//! What is counted out in the text: numbers, and nouns whose form is a number. Does not know what happened to anyone.

use std::ops::Range;

use crate::document::Document;
use crate::figures::words::{Grammar, Role, roles, roles_with_proclitic};
use crate::numbers;

/// A number, or a noun whose form is a number.
pub(super) struct Count {
    pub(super) number: u64,
    /// Its words; of a dual, the noun itself.
    pub(super) words: Range<usize>,
    pub(super) bytes: Range<usize>,
    pub(super) joined: bool,
    /// Is the noun itself the number (`طفلان`)?
    pub(super) implied: bool,
}

/// Every count of the body in order.
pub(super) fn counts(document: &Document<'_>) -> Vec<Count> {
    let mut found = Vec::new();
    let mut behind = 0;
    let mut numbers = numbers::find(document).into_iter().peekable();
    for index in 0..document.words.len() {
        if let Some(number) = numbers.next_if(|number| number.words.start == index) {
            behind = number.words.end;
            if let Some(value) = number.whole().filter(|&value| value > 0) {
                found.push(Count {
                    number: value,
                    words: number.words,
                    bytes: number.range,
                    joined: number.joined,
                    implied: false,
                });
            }
        } else if index > behind || (index == behind && behind == 0) {
            found.extend(implied_count(document, index));
        }
    }
    found
}

/// `طفلان` is two, and `شخص` behind `مقتل` is one.
fn implied_count(document: &Document<'_>, index: usize) -> Option<Count> {
    let key = &document.keys[index];
    let (noun, joined) = match key.strip_prefix('و').filter(|rest| !roles(rest).is_empty()) {
        Some(rest) if roles(key).is_empty() => (rest, true),
        _ => (key, false),
    };
    let number = roles(noun).iter().find_map(|role| match role {
        Role::Person(Grammar::Two) | Role::Victim(_, Grammar::Two) => Some(2),
        Role::Person(Grammar::One) => single(document, index, noun).then_some(1),
        _ => None,
    })?;
    let word = &document.words[index];
    let start = if joined { word.range.start + 'و'.len_utf8() } else { word.range.start };
    let bytes = start..word.range.end;
    document.body.is_char_boundary(start).then_some(Count {
        number,
        words: index..index + 1,
        bytes,
        joined,
        implied: true,
    })
}

/// One person: only the plainest nouns, right behind an event, with nothing that makes the noun the head of a name or a title.
fn single(document: &Document<'_>, index: usize, noun: &str) -> bool {
    let plain = matches!(
        noun,
        "شخص"
            | "مدني"
            | "جندي"
            | "طفل"
            | "طفله"
            | "امراه"
            | "شرطي"
            | "عسكري"
            | "مسلح"
            | "شاب"
            | "عامل"
    );
    let event = index > 0
        && document.gap_after(index - 1).trim().is_empty()
        // An execution may still be to come, or be put off.
        && !document.keys[index - 1].ends_with("اعدام")
        && roles_with_proclitic(&document.keys[index - 1]).iter().any(|role| matches!(role, Role::Event(_)));
    let next = document.keys.at(index + 1);
    plain && event && !next.starts_with("ال") && !roles(next).contains(&Role::Person(Grammar::One))
}
