//! Where the story was written and who sent it, as the head of its first paragraph says: `دمشق ــ الوطن ــ وكالات:`,
//! `عواصم (وكالات)`, `CAIRO (Reuters) -`. A story that begins without one has none; a place in its first sentence is no dateline.
//!
//! The head is read part by part (agency, place, date, person) as long as separators tie the parts; what was read is a dateline only
//! if the parts make one and it is closed by a colon, a dash, a bracket or the end of the line.

mod parts;

use std::ops::Range;

use serde::Serialize;

use crate::agency::Credit;
use crate::dates::Date;
use crate::document::Document;
use parts::{Part, Separator, Step};

/// Where and from whom the story was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dateline {
    /// The words, with what closes them.
    pub text: String,
    /// The first place named; `None` if there is none or only "capitals".
    pub place: Option<String>,
    /// The agencies and papers, one name for all spellings of each.
    pub agencies: Vec<String>,
}

/// When the story was published, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Published {
    /// ISO 8601, a whole day.
    pub date: String,
    /// Always `dateline`: a date elsewhere on the page is that of the page or of an event.
    pub basis: &'static str,
}

/// A dateline on its way into the record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// Bytes, with what closes it.
    pub(crate) range: Range<usize>,
    /// Bytes of the first place.
    pub(crate) place: Option<Range<usize>>,
    /// Agencies and papers in order.
    pub(crate) credits: Vec<Credit>,
    /// The day in it, if it is whole.
    pub(crate) day: Option<String>,
    /// A person in it, who wrote the story.
    pub(crate) person: Option<Range<usize>>,
}

/// Most words of a dateline.
const WORDS_MAX: usize = 16;
/// Lines below the headline in which a dateline can stand.
const LINES_MAX: usize = 3;
/// A place alone (`القاهرة:`) is a dateline only in front of this many bytes of text: headlines begin like that too.
const PARAGRAPH_BYTES: usize = 200;

/// The dateline of the body: at the head of one of the first lines below headline and byline.
pub(crate) fn find(document: &Document<'_>, dates: &[Date]) -> Option<Found> {
    let above = document.headline.as_ref().map_or(0, |headline| headline.end);
    let from = document.lines.partition_point(|line| line.end <= above);
    for line in document.lines.iter().skip(from).take(LINES_MAX) {
        // A byline may stand before it on the same line (`كتب محمد - القاهرة:`) or have a line of its own.
        let byline = document.byline.as_ref().filter(|byline| line.start <= byline.start && byline.end <= line.end);
        let rest = byline.map_or(line.start, |byline| byline.end)..line.end;
        if let Some(found) = at_line(document, &rest, dates) {
            return Some(found);
        }
        if line.len() >= PARAGRAPH_BYTES {
            break;
        }
    }
    None
}

/// Is the line a dateline and nothing else?
pub(crate) fn is_whole_line(document: &Document<'_>, line: &Range<usize>, dates: &[Date]) -> bool {
    at_line(document, line, dates).is_some_and(|found| found.range.end >= line.end)
}

/// The dateline that a line begins with.
pub(crate) fn at_line(document: &Document<'_>, line: &Range<usize>, dates: &[Date]) -> Option<Found> {
    let words = document.words_in(line);
    let last = words.end.min(words.start + WORDS_MAX);
    let mut steps: Vec<Step> = Vec::new();
    let mut best = None;
    let mut index = words.start;
    while index < last {
        let Some(step) = parts::read(document, index, line.end, dates) else { break };
        index = step.words.end;
        let end = step.end;
        let stops = step.separator == Separator::Stop;
        steps.push(step);
        if is_dateline(&steps, line.end - end) {
            best = Some((steps.len(), end));
        }
        if stops {
            break;
        }
    }
    let (count, end) = best?;
    Some(Found::new(document, line, &steps[..count], end))
}

/// Do these parts make a dateline when it is closed behind the last of them, with `rest` bytes of the line to come?
fn is_dateline(steps: &[Step], rest: usize) -> bool {
    let Some(last) = steps.last() else { return false };
    let has = |wanted: fn(&Part) -> bool| steps.iter().any(|step| wanted(&step.part));
    let strong = has(|part| matches!(part, Part::Credit(credit) if !credit.weak));
    let weak = has(|part| matches!(part, Part::Credit(credit) if credit.weak));
    let place = has(|part| matches!(part, Part::Place));
    let generic = has(|part| matches!(part, Part::Capitals));
    let date = has(|part| matches!(part, Part::Date(_)));
    let person = has(|part| matches!(part, Part::Person));
    let name = has(|part| matches!(part, Part::Name));
    let unknown = has(|part| matches!(part, Part::Unknown));
    let commas = steps.iter().any(|step| step.separator == Separator::Comma);
    // `«الاقتصادية» من الرياض`: a word like "from" ties as a separator does.
    let spaces = steps.windows(2).any(|pair| {
        let tied = pair.iter().any(|step| matches!(step.part, Part::Filler));
        pair[0].separator == Separator::Space && !tied
    });
    let firm = matches!(last.separator, Separator::Colon | Separator::End);
    let bracketed = last.separator == Separator::Close || (last.closed && last.separator == Separator::Dash);
    let closed = match last.separator {
        Separator::Colon | Separator::End | Separator::Dash => true,
        // `عواصم (وكالات)` and `عكاظ (جدة)`: the bracket closes what began outside of it.
        Separator::Close => {
            steps.len() > 1 && (strong || firm) && matches!(last.part, Part::Credit(_) | Part::Place | Part::Date(_))
        }
        _ => false,
    };
    if !closed || matches!(last.part, Part::Filler) {
        return false;
    }
    if name {
        // `فلان الفلاني ـ جدة` on a line of its own, `فلان الفلاني- سبق- جدة:` in front of the story.
        let own_line = last.separator == Separator::End;
        return (strong && firm || place && own_line) && !commas && !spaces && !unknown;
    }
    if unknown {
        // A word we do not know is a place where an agency stands beside it: `البوليل (وكالات) -`, `سبق - أضم:`.
        let beside = firm || (last.closed && matches!(last.part, Part::Credit(_)) && last.separator == Separator::Dash);
        return strong && beside && !spaces;
    }
    if person {
        return (strong || weak || place) && (firm || strong) && !(spaces && weak && !strong);
    }
    if strong {
        let loose = commas && last.separator == Separator::Dash && !bracketed;
        return place || !loose;
    }
    if weak {
        let filler = has(|part| matches!(part, Part::Filler));
        return (place || generic) && (firm || !filler) && !commas && !spaces && last.separator != Separator::Close;
    }
    if date && (place || generic) {
        return true;
    }
    if generic {
        return matches!(last.separator, Separator::Colon | Separator::Dash);
    }
    place && !spaces && matches!(last.separator, Separator::Colon | Separator::Dash) && rest >= PARAGRAPH_BYTES
}

impl Found {
    fn new(document: &Document<'_>, line: &Range<usize>, steps: &[Step], end: usize) -> Found {
        let first_word = steps.first().map_or(line.start, |step| document.words[step.words.start].range.start);
        let before = &document.body[line.start..first_word];
        let start = before.find(['(', '«', '"', '“', '[']).map_or(first_word, |at| line.start + at);
        let mut found = Found { range: start..end, ..Found::default() };
        let mut unknown = None;
        for step in steps {
            let bytes = document.words[step.words.start].range.start..document.words[step.words.end - 1].range.end;
            match &step.part {
                Part::Credit(credit) => found.credits.push(credit.clone()),
                Part::Place => found.place = found.place.or(Some(bytes)),
                Part::Unknown => unknown = unknown.or(Some(bytes)),
                Part::Person | Part::Name => found.person = found.person.or(Some(bytes)),
                Part::Date(day) => found.day = found.day.or_else(|| day.clone()),
                Part::Capitals | Part::Filler => {}
            }
        }
        found.place = found.place.or(unknown);
        found
    }

    /// As the record has it.
    pub(crate) fn to_dateline(&self, document: &Document<'_>) -> Dateline {
        let mut agencies: Vec<String> = Vec::new();
        for credit in &self.credits {
            if !agencies.iter().any(|name| name == credit.name) {
                agencies.push(credit.name.to_owned());
            }
        }
        let place = self.place.as_ref().map(|place| document.text(place).to_owned());
        Dateline { text: document.text(&self.range).to_owned(), place, agencies }
    }

    /// The day it gives for publication.
    pub(crate) fn to_published(&self) -> Option<Published> {
        Some(Published { date: self.day.clone()?, basis: "dateline" })
    }
}

#[cfg(test)]
mod tests;
