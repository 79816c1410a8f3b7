//! Who wrote the story, where a line says so: `كتب: …`, `بقلم …`, `By …`. Never takes a sentence about writing for one.

use std::ops::Range;

use crate::agency;
use crate::document::Document;
use crate::entities::lexicon::{Class, Lexicon};

/// Words of a name, and of several joined by "and".
const NAME_WORDS_MAX: usize = 8;

/// The author's name as the text has it, if this line is a byline or begins with one, and the end of the byline in bytes.
pub(crate) fn at_line(document: &Document<'_>, line: &Range<usize>) -> Option<(Range<usize>, usize)> {
    let words = document.words_in(line);
    let cue = cue_words(document, words.start)?;
    let marked = document.gap_after(words.start + cue - 1).contains([':', '-', '–', '/', '|']);
    let first = words.start + cue;
    let mut end = first;
    while end < words.end && end - first < NAME_WORDS_MAX {
        let gap = document.gap_after(end);
        let title = gap.starts_with('.') && document.keys[end].chars().count() == 1;
        end += 1;
        if !title && gap.contains([':', '-', '–', '/', '|', '(', '\n', '.', '؟', '،', ',', 'ـ']) {
            break;
        }
    }
    // A comma goes on within a byline (`By X, Staff Writer`), everything else is behind it.
    let whole_line =
        end == words.end && document.text(&(document.words[end - 1].range.end..line.end)).trim_matches(END).is_empty();
    let closed = document.gap_after(end - 1).contains([':', '-', '–', '(', 'ـ', '|', '/']) || whole_line;
    let comma = document.gap_after(end - 1).starts_with([',', '،']) && words.len() <= NAME_WORDS_MAX + 2;
    if first >= end || !(closed || comma) || !is_name(document, first..end, marked) {
        return None;
    }
    let name = document.words[first].range.start..document.words[end - 1].range.end;
    let behind = if whole_line || comma { line.end } else { name.end + separator_length(document, end - 1) };
    Some((name, behind.min(line.end)))
}

const END: [char; 6] = [' ', '.', ':', '-', '–', '\u{A0}'];

/// How many words of `كتب`, `تقرير وتصوير`, `By` begin here.
fn cue_words(document: &Document<'_>, index: usize) -> Option<usize> {
    let next = document.keys.at(index + 1);
    Some(match document.keys.at(index) {
        "كتب" | "كتبت" | "كتبه" | "بقلم" | "اعداد" | "تقرير" | "بواسطه" | "تحقيق" | "حاوره" | "حاورته" | "حاورها"
        | "حوار" => 1 + usize::from(matches!(next, "وتصوير" | "واعداد" | "وحوار")),
        "by" => 1,
        _ => return None,
    })
}

/// Two words or more, none of which belongs to a sentence, and the first a given name, a Latin capital or, behind a colon, anything.
fn is_name(document: &Document<'_>, words: Range<usize>, marked: bool) -> bool {
    if words.len() < 2 {
        return false;
    }
    let lexicon = Lexicon::get();
    let no_name = words.clone().any(|index| {
        let key = &document.keys[index];
        matches!(
            key,
            "في" | "الي"
                | "عن"
                | "من"
                | "ان"
                | "انه"
                | "عبر"
                | "هذا"
                | "هذه"
                | "التي"
                | "الذي"
                | "ما"
                | "لا"
                | "قد"
                | "the"
                | "to"
                | "of"
                | "in"
                | "on"
                | "an"
        ) || document.words[index].text == "على"
            || key.bytes().any(|byte| byte.is_ascii_digit())
    });
    let first = document.words[words.start].text;
    let latin = first.starts_with(|letter: char| letter.is_ascii_alphabetic());
    let begins = if latin {
        words.clone().all(|index| {
            let text = document.words[index].text;
            text == "and" || text.starts_with(char::is_uppercase)
        })
    } else {
        is_given(lexicon, &document.keys[words.start]) || (marked && !document.keys[words.start].starts_with("ال"))
    };
    begins && !no_name
}

/// Is this match key a given name?
pub(crate) fn is_given(lexicon: &Lexicon, key: &str) -> bool {
    let classes = lexicon.word(key).classes;
    classes.has(Class::Given) || classes.has(Class::GivenWeak)
}

/// The person who stands in a dateline between two separators (`عوض الفهمي- سبق- أضم:`): two to four words that begin with a given
/// name and hold no agency.
pub(crate) fn person_at(document: &Document<'_>, words: &Range<usize>) -> bool {
    (2..=4).contains(&words.len())
        && is_given(Lexicon::get(), &document.keys[words.start])
        && is_name(document, words.clone(), true)
        && words.clone().all(|index| agency::at(document, index).is_none_or(|credit| credit.weak))
}

/// Two or three Arabic words that could be a name for all we know: no article on the first, no word of a sentence, no agency.
pub(crate) fn may_be_person(document: &Document<'_>, words: &Range<usize>) -> bool {
    (2..=3).contains(&words.len())
        && !document.words[words.start].text.is_ascii()
        && is_name(document, words.clone(), true)
        && words.clone().all(|index| agency::at(document, index).is_none())
}

/// Bytes of the separator behind a word, with its spaces.
fn separator_length(document: &Document<'_>, index: usize) -> usize {
    let gap = document.gap_after(index);
    let end = gap
        .rfind([':', '-', '–', '|', '/', 'ـ'])
        .map_or(0, |at| at + gap[at..].chars().next().map_or(0, char::len_utf8));
    gap[..end].len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn byline(text: &str) -> Option<&str> {
        let document = Document::new(text);
        let (name, end) = at_line(&document, &document.lines[0])?;
        assert!(name.end <= end && text.is_char_boundary(end));
        Some(&text[name])
    }

    #[test]
    fn bylines() {
        assert_eq!(byline("كتب: محمد عبد العظيم"), Some("محمد عبد العظيم"));
        assert_eq!(byline("كتب - أحمد علي: قال الوزير إن"), Some("أحمد علي"));
        assert_eq!(byline("كتبت فاطمة حسن\nنص"), Some("فاطمة حسن"));
        assert_eq!(byline("بقلم: د. خالد منتصر"), Some("د. خالد منتصر"));
        assert_eq!(byline("بقلم خالد منتصر"), Some("خالد منتصر"));
        assert_eq!(byline("إعداد: سمير عطا الله"), Some("سمير عطا الله"));
        assert_eq!(byline("By John Smith"), Some("John Smith"));
        assert_eq!(byline("By Jane Doe and John Smith, Staff Writers"), Some("Jane Doe and John Smith"));
    }

    #[test]
    fn sentences_about_writing() {
        for text in [
            "كتب الرئيس في تغريدة: إن الأمر انتهى",
            "كتب ترامب على تويتر: لا",
            "كتب ترامب: لا",
            "كتب محمد صلاح في حسابه أنه سيعود",
            "تقرير الوزارة: ارتفاع الأسعار",
            "By the end of the year",
            "By Friday, things",
            "كتب",
            "بقلم:",
            "حوار مع الوزير",
        ] {
            assert_eq!(byline(text), None, "{text}");
        }
    }
}
