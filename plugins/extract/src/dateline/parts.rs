//! One part of a dateline and what ties it to the next. Does not judge whether the parts make a dateline.

use std::ops::Range;

use crate::agency::{self, Credit};
use crate::byline;
use crate::dates::Date;
use crate::document::Document;
use crate::entities::Kind;
use crate::entities::lexicon::Lexicon;

/// What a part is.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// An agency, a paper, or agencies in general.
    Credit(Credit),
    /// A place of the lists, or capitals in Latin script.
    Place,
    /// `عواصم`: several capitals, no place.
    Capitals,
    /// A date; its ISO form if it is a whole day.
    Date(Option<String>),
    /// Someone with a given name.
    Person,
    /// Words that may be someone's name by their number and nothing else.
    Name,
    /// A word or two of which nothing is known.
    Unknown,
    /// `من`, `مراسل`: belongs to a dateline and tells nothing.
    Filler,
}

/// What stands behind a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    Colon,
    Dash,
    Open,
    Close,
    Comma,
    Space,
    End,
    /// Something that no dateline goes across.
    Stop,
}

/// A part, where it stands, and what is behind it.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) part: Part,
    pub(super) words: Range<usize>,
    pub(super) separator: Separator,
    /// Does a bracket close behind it, before the separator?
    pub(super) closed: bool,
    /// Byte behind the separator, without the white space that follows.
    pub(super) end: usize,
}

/// Longest place name in words.
const PLACE_WORDS_MAX: usize = 4;
/// Longest run of words between separators that is looked at as a whole.
const RUN_WORDS_MAX: usize = 4;

/// The part that begins at word `index` of a line that ends at byte `line_end`.
pub(super) fn read(document: &Document<'_>, index: usize, line_end: usize, dates: &[Date]) -> Option<Step> {
    let (part, end) = part_at(document, index, line_end, dates)?;
    let (separator, closed, behind) = separator(document, end - 1, line_end);
    Some(Step { part, words: index..end, separator, closed, end: behind })
}

fn part_at(document: &Document<'_>, index: usize, line_end: usize, dates: &[Date]) -> Option<(Part, usize)> {
    let key = document.keys.at(index);
    let start = document.words[index].range.start;
    if let Ok(found) = dates.binary_search_by_key(&start, |date| date.range.start)
        && !dates[found].relative
    {
        return Some(date(document, index, &dates[found]));
    }
    if matches!(key, "عواصم" | "العواصم" | "متابعات" | "متابعه") {
        let more = matches!(document.keys.at(index + 1), "عالميه" | "عربيه" | "دوليه" | "العربيه" | "العالميه");
        return Some((Part::Capitals, index + 1 + usize::from(more)));
    }
    let credit = agency::at(document, index);
    let place = place_at(document, index);
    match (credit, place) {
        // `الرياض` is a paper and a city, `الشرق الأوسط` a paper and a region: a city is a place, a paper of full weight is a paper.
        (Some(credit), place) if !credit.weak || place.is_none_or(|end| end < credit.words.end) => {
            let end = credit.words.end;
            return Some((Part::Credit(credit), end));
        }
        (_, Some(end)) => return Some((Part::Place, end)),
        _ => {}
    }
    if matches!(key, "من" | "في" | "خاص" | "مراسل" | "مراسلنا" | "مكتب" | "الموافق" | "يوم" | "وكاله" | "صحيفه")
    {
        return Some((Part::Filler, index + 1));
    }
    run_at(document, index, line_end)
}

/// A date of the text; only one with day, month and year dates a story.
fn date(document: &Document<'_>, index: usize, date: &Date) -> (Part, usize) {
    let end = document.words_in(&date.range).end.max(index + 1);
    let whole = date.iso.clone().filter(|iso| iso.len() == "2015-07-14".len());
    (Part::Date(whole), end)
}

/// The end of the longest place of the lists that begins at word `index`.
fn place_at(document: &Document<'_>, index: usize) -> Option<usize> {
    let lexicon = Lexicon::get();
    let mut node = 0;
    let mut found = None;
    for at in index..(index + PLACE_WORDS_MAX).min(document.words.len()) {
        if at > index && !is_space(document.gap_after(at - 1)) {
            break;
        }
        let Some((next, name)) = lexicon.step(node, lexicon.word(&document.keys[at]).id) else { break };
        node = next;
        if name.is_some_and(|name| name.kind == Kind::Place && !name.weak) {
            found = Some(at + 1);
        }
    }
    found
}

/// The words up to the next separator: a person, capitals in Latin script, or nothing that is known.
fn run_at(document: &Document<'_>, index: usize, line_end: usize) -> Option<(Part, usize)> {
    let mut end = index + 1;
    while end - index < RUN_WORDS_MAX && end < document.words.len() && is_space(document.gap_after(end - 1)) {
        end += 1;
    }
    let (separator, ..) = separator(document, end - 1, line_end);
    if matches!(separator, Separator::Space | Separator::Stop) {
        return None;
    }
    let words = || document.words[index..end].iter().map(|word| word.text);
    if words().all(|word| word.len() >= 2 && word.chars().all(|letter| letter.is_ascii_uppercase())) {
        // `U`, `II` and the like are no city on their own.
        return words().any(|word| word.len() >= 3).then_some((Part::Place, end));
    }
    if byline::person_at(document, &(index..end)) {
        return Some((Part::Person, end));
    }
    if byline::may_be_person(document, &(index..end)) {
        return Some((Part::Name, end));
    }
    let capitals = words().all(|word| word.starts_with(char::is_uppercase));
    let foreign = words().all(|word| word.is_ascii());
    let likely = if foreign { capitals && end - index <= 3 } else { end - index == 1 };
    (likely && !document.keys[index].bytes().any(|byte| byte.is_ascii_digit())).then_some((Part::Unknown, end))
}

/// What stands behind word `index` on its line; also the byte behind it.
fn separator(document: &Document<'_>, index: usize, line_end: usize) -> (Separator, bool, usize) {
    let start = document.words[index].range.end;
    let next = document.words.get(index + 1).map_or(document.body.len(), |word| word.range.start).min(line_end);
    let gap = &document.body[start..next.max(start)];
    let closed = gap.contains([')', ']']);
    let behind = |marks: &[char]| {
        let at = gap.rfind(marks).unwrap_or(0);
        start + at + gap[at..].chars().next().map_or(0, char::len_utf8)
    };
    if next >= line_end && !gap.contains(':') {
        return (Separator::End, closed, line_end);
    }
    let dashes: &[char] = &['-', '–', '—', '―', 'ـ', '/', '|', '•', '_'];
    let separator = if gap.contains(['.', '؟', '?', '!', '؛', ';']) && !gap.contains(':') {
        (Separator::Stop, start)
    } else if gap.contains(':') {
        (Separator::Colon, behind(&[':']))
    } else if gap.contains(dashes) {
        (Separator::Dash, behind(dashes))
    } else if closed {
        (Separator::Close, behind(&[')', ']']))
    } else if gap.contains(['(', '[']) {
        (Separator::Open, start)
    } else if gap.contains(['،', ',']) {
        (Separator::Comma, start)
    } else {
        (Separator::Space, start)
    };
    (separator.0, closed, separator.1)
}

fn is_space(gap: &str) -> bool {
    !gap.is_empty() && gap.chars().all(|character| matches!(character, ' ' | '\u{A0}' | '\u{200E}' | '\u{200F}'))
}
