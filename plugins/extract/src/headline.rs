//! The headline, if the body has one, and the headings within it. Never makes a headline out of the first sentence of a story.
//!
//! A first line is a headline only if everything says so: it is short, ends without a stop, and something clearly longer comes
//! behind it. A lead that was cut short is thus sometimes taken; a body that begins with its story never is.

use std::ops::Range;

use serde::Serialize;

use crate::dates::Date;
use crate::document::Document;
use crate::{byline, dateline};

/// A heading within the body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subhead {
    /// The line.
    pub text: String,
    /// First code point of the body.
    pub start: usize,
    /// Code point behind the last.
    pub end: usize,
}

/// Longest headline, in words and characters; leads of news are longer.
const HEADLINE_WORDS_MAX: usize = 22;
const HEADLINE_CHARACTERS_MAX: usize = 140;
/// A headline that asks, calls or breaks off is short; a first sentence of an opinion that does so is not.
const QUESTION_CHARACTERS_MAX: usize = 70;
/// Longest heading within the text.
const SUBHEAD_WORDS_MAX: usize = 12;
const SUBHEAD_CHARACTERS_MAX: usize = 90;
/// A line this long is a paragraph, whatever stands above it.
const PARAGRAPH_CHARACTERS: usize = 120;

/// The line of the body that is its headline.
pub(crate) fn find(document: &Document<'_>, dates: &[Date]) -> Option<Range<usize>> {
    let first = document.lines.first()?;
    let words = document.words_in(first);
    let characters = characters(document, first);
    let short = (2..=HEADLINE_WORDS_MAX).contains(&words.len()) && characters <= HEADLINE_CHARACTERS_MAX;
    let text = document.text(first);
    let asks = ends_with_stop(text) || text.ends_with("..");
    if !short
        || ends_like_a_sentence(text)
        || is_list_item(text)
        || begins_a_story(document, words.start)
        || (asks && characters > QUESTION_CHARACTERS_MAX)
    {
        return None;
    }
    let of_the_head = byline::at_line(document, first).is_some() || dateline::is_whole_line(document, first, dates);
    // Below stand at most a byline and a dateline before the story begins.
    let story = document.lines.iter().skip(1).take(4).any(|line| is_paragraph_under(document, line, characters));
    (story && !of_the_head).then(|| first.clone())
}

/// The lines within the body that head what follows.
pub(crate) fn subheads(document: &Document<'_>) -> Vec<Range<usize>> {
    let start = document.story_start();
    let from = document.lines.partition_point(|line| line.end <= start);
    let mut found = Vec::new();
    for lines in document.lines.get(from..).unwrap_or_default().windows(3) {
        let [before, line, after] = lines else { continue };
        if is_subhead(document, before, line, after) {
            found.push(line.clone());
        }
    }
    found
}

/// As the record has them.
pub(crate) fn to_subheads(document: &Document<'_>) -> Vec<Subhead> {
    let subhead = |line: &Range<usize>| {
        let [start, end] = document.span(line);
        Subhead { text: document.text(line).to_owned(), start, end }
    };
    document.subheads.iter().map(subhead).collect()
}

fn is_subhead(document: &Document<'_>, before: &Range<usize>, line: &Range<usize>, after: &Range<usize>) -> bool {
    let text = document.text(line);
    let words = document.words_in(line);
    let characters = characters(document, line);
    let short = (2..=SUBHEAD_WORDS_MAX).contains(&words.len()) && characters <= SUBHEAD_CHARACTERS_MAX;
    // The paragraph above has ended: a line that breaks off goes on in the next one.
    let above = ends_with_stop(document.text(before)) || self::characters(document, before) >= PARAGRAPH_CHARACTERS;
    short
        && above
        && !ends_like_a_sentence(text)
        && !is_list_item(text)
        // `وسألته: ما الأمر؟` is speech.
        && !(text.contains(':') && text.ends_with(['؟', '?']))
        && is_paragraph_under(document, after, characters)
        && !begins_a_story(document, words.start)
}

/// Is this line a paragraph, and clearly longer than the heading above it?
fn is_paragraph_under(document: &Document<'_>, line: &Range<usize>, heading_characters: usize) -> bool {
    let characters = characters(document, line);
    let stopped = ends_with_stop(document.text(line));
    characters >= PARAGRAPH_CHARACTERS.max(heading_characters * 3 / 2)
        || (stopped && characters * 2 >= heading_characters * 3)
}

/// `.`, `:`, `،` and their like; `؟`, `!` and closing quotation marks end headlines too.
fn ends_like_a_sentence(text: &str) -> bool {
    let bare = text.trim_end_matches(['»', '”', '"', '\'', '’', ')', ' ']);
    // Three dots and a cut leave a headline open.
    !bare.ends_with("..") && bare.ends_with(['.', '،', ',', '؛', ';', ':', '۔'])
}

fn ends_with_stop(text: &str) -> bool {
    text.trim_end_matches(['»', '”', '"', '\'', '’', ')', ' ', '\u{A0}']).ends_with(['.', '؟', '?', '!', '…', '۔', ':'])
}

fn is_list_item(text: &str) -> bool {
    text.starts_with(['-', '–', '•', '*', '·', '/', '=', '_', '+', '#', '@', '●', '■', '◄', '►']) || is_numbered(text)
}

/// `1- `, `2. `, `3)`; but `29.5 million` is no item.
fn is_numbered(text: &str) -> bool {
    let rest = text.trim_start_matches(char::is_numeric);
    let mut characters = rest.chars();
    rest.len() < text.len()
        && characters.next().is_some_and(|mark| matches!(mark, '-' | '.' | ')' | '–' | ':'))
        && characters.next().is_none_or(|next| !next.is_numeric())
}

/// A verb of saying in the past opens the story itself (`قال وزير …`): headlines use the present or no verb.
fn begins_a_story(document: &Document<'_>, first: usize) -> bool {
    matches!(
        document.keys.at(first),
        "قال"
            | "قالت"
            | "اعلن"
            | "اعلنت"
            | "اكد"
            | "اكدت"
            | "ذكر"
            | "ذكرت"
            | "افاد"
            | "افادت"
            | "كشف"
            | "كشفت"
            | "صرح"
            | "صرحت"
            | "اوضح"
            | "اوضحت"
            | "اضاف"
            | "اضافت"
            | "واضاف"
            | "وقال"
            | "واكد"
            | "وقالت"
            | "واضافت"
            | "واوضح"
            | "واشار"
            | "وتابع"
            | "وكان"
            | "وكانت"
            | "اشار"
            | "تابع"
            | "ياتي"
            | "وياتي"
            | "يذكر"
            | "انتهي"
            | "المصدر"
    )
}

fn characters(document: &Document<'_>, line: &Range<usize>) -> usize {
    let [start, end] = document.span(line);
    end - start
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORY: &str = "قال مسؤولون أمس إن الطرق في شمال البلاد فتحت من جديد بعد ثلاثة أيام من الثلوج التي قطعت القرى عن المدن \
                         القريبة، وأضافوا أن فرق الصيانة تعمل ليلا ونهارا.";

    fn headline(text: &str) -> Option<&str> {
        let document = Document::new(text);
        find(&document, &[]).map(|range| &text[range])
    }

    #[test]
    fn headlines() {
        for line in [
            "فتح الطرق في شمال البلاد",
            "هل تفتح الطرق؟",
            "الطرق .. إلى متى",
            "Roads open again in the north",
            "قرى «معزولة»",
            "29.5 مليون لفتح الطرق",
        ] {
            assert_eq!(headline(&format!("{line}\n\n{STORY}")), Some(line));
            assert_eq!(headline(&format!("{line}\n{STORY}")), Some(line));
        }
        assert_eq!(headline(&format!("فتح الطرق\nكتب: محمد أحمد\nدمشق - سانا\n{STORY}")), Some("فتح الطرق"));
    }

    #[test]
    fn what_is_no_headline() {
        let long = format!("{STORY}\n{STORY}");
        let texts = [
            long.as_str(),
            STORY,
            "",
            "عنوان",
            "سطر قصير\nسطر قصير آخر\nوثالث",
            "الطرق مفتوحة.\nقال مسؤولون أمس إن الطرق في شمال البلاد فتحت.",
        ];
        for text in texts {
            assert_eq!(headline(text), None, "{text}");
        }
        for line in ["دمشق - سانا:", "كتب: محمد أحمد", "قال وزير النقل أمس إن الطرق مفتوحة", "الطرق مفتوحة،", "رويترز"]
        {
            assert_eq!(headline(&format!("{line}\n{STORY}")), None, "{line}");
        }
    }

    #[test]
    fn headings_within() {
        let text = format!(
            "{STORY}\nثلوج في كل مكان\n{STORY}\n- بند في قائمة\n{STORY}\nثلاثة أيام:\n{STORY}\nوسألته: ما الأمر؟\n{STORY}\nخاتمة قصيرة"
        );
        let document = Document::new(&text);
        let found: Vec<_> = subheads(&document).into_iter().map(|line| document.text(&line)).collect();
        assert_eq!(found, ["ثلوج في كل مكان"]);
    }
}
