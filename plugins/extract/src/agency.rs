//! Who sent or printed the story: news agencies and papers by their names in datelines and credits. A paper that is only quoted in
//! the text (`ذكرت صحيفة …`) is no credit and is never looked for there.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use serde::Serialize;

use crate::document::Document;

/// A credit as it stands in the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Agency {
    /// The words.
    pub text: String,
    /// First code point of the body.
    pub start: usize,
    /// Code point behind the last.
    pub end: usize,
    /// One name for all its spellings.
    pub name: String,
}

/// A name of the list at some place of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credit {
    /// Bytes.
    pub(crate) range: Range<usize>,
    /// Words, as indexes of [`Document::words`].
    pub(crate) words: Range<usize>,
    /// One name for all its spellings.
    pub(crate) name: &'static str,
    /// Is the form also an everyday word?
    pub(crate) weak: bool,
}

impl Credit {
    /// As the record has it.
    pub(crate) fn to_agency(&self, document: &Document<'_>) -> Agency {
        let [start, end] = document.span(&self.range);
        Agency { text: document.text(&self.range).to_owned(), start, end, name: self.name.to_owned() }
    }
}

/// Longest form of the list in words.
const WORDS_MAX: usize = 5;
/// Words of a last line that is nothing but credits.
const CREDIT_WORDS_MAX: usize = 10;

struct Form {
    name: &'static str,
    weak: bool,
}

static FORMS: LazyLock<HashMap<String, Form>> = LazyLock::new(|| {
    let mut forms = HashMap::new();
    let lines = include_str!("../data/agencies.txt").lines();
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with(['#', '['])) {
        let name = line.split('|').next().unwrap_or(line).trim_start_matches('~');
        // A later `~` takes back what an earlier form of the same key promised.
        for form in line.split('|') {
            let key = warraq_text::fold_key(form.trim_start_matches('~')).replace('-', " ");
            forms.insert(key, Form { name, weak: form.starts_with('~') });
        }
    }
    forms
});

/// The longest agency or paper whose name begins at word `index`.
pub(crate) fn at(document: &Document<'_>, index: usize) -> Option<Credit> {
    let mut key = String::new();
    let mut found = None;
    for end in index..(index + WORDS_MAX).min(document.words.len()) {
        if end > index {
            if !is_glue(document.gap_after(end - 1), document.keys.at(end - 1)) {
                break;
            }
            key.push(' ');
        }
        key.push_str(&document.keys[end]);
        if let Some(form) = FORMS.get(key.as_str()) {
            let range = document.words[index].range.start..document.words[end].range.end;
            found = Some(Credit { range, words: index..end + 1, name: form.name, weak: form.weak });
        }
    }
    // `AP`, `AA` and `ANI` are credits only in capitals.
    found.filter(|credit| {
        let text = document.text(&credit.range);
        !text.is_ascii() || text == "dpa" || text.starts_with(|first: char| first.is_ascii_uppercase())
    })
}

/// The credits that close the body: a last line of nothing else (`(رويترز)`, `المصدر: وكالات`), or a last bracket.
pub(crate) fn closing(document: &Document<'_>) -> Vec<Credit> {
    let Some(line) = document.lines.last() else { return Vec::new() };
    let words = document.words_in(line);
    if document.lines.len() > 1 && words.len() <= CREDIT_WORDS_MAX {
        let credits = only_credits(document, words.clone(), true);
        if !credits.is_empty() {
            return credits;
        }
    }
    let text = document.text(line);
    let bare = text.trim_end_matches(['.', ' ', '"', '»']);
    let bracket = bare.ends_with(')').then(|| bare.rfind('(')).flatten();
    let Some(open) = bracket else { return Vec::new() };
    let inside = document.words_in(&(line.start + open..line.start + bare.len()));
    if inside.len() > CREDIT_WORDS_MAX { Vec::new() } else { only_credits(document, inside, false) }
}

/// The credits among these words, if there is nothing else but `المصدر`, a time and `انتهى`.
fn only_credits(document: &Document<'_>, words: Range<usize>, own_line: bool) -> Vec<Credit> {
    let mut credits: Vec<Credit> = Vec::new();
    let mut source_said = false;
    let mut index = words.start;
    while index < words.end {
        if let Some(credit) = at(document, index).filter(|credit| credit.words.end <= words.end) {
            index = credit.words.end;
            credits.push(credit);
            continue;
        }
        match &document.keys[index] {
            "المصدر" | "مصدر" | "المصادر" | "نقلا" | "source" => source_said = true,
            "عن" | "انتهي" | "تمت" | "ت" | "م" | "جمت" | "قمت" if own_line => {}
            "و" => {}
            time if own_line && time.bytes().all(|byte| byte.is_ascii_digit()) => {}
            _ => return Vec::new(),
        }
        index += 1;
    }
    let strong = source_said || credits.iter().any(|credit| !credit.weak);
    if strong { credits } else { Vec::new() }
}

/// What may stand within a name: a space, the dots of initials, a hyphen.
fn is_glue(gap: &str, before: &str) -> bool {
    let initials = before.chars().count() <= 2;
    gap.chars().all(|character| {
        matches!(character, ' ' | '\u{A0}') || (initials && character == '.') || (character == '-' && gap.len() == 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_at(text: &str) -> Option<(&'static str, usize)> {
        at(&Document::new(text), 0).map(|credit| (credit.name, credit.words.end))
    }

    fn closing_names(text: &str) -> Vec<&'static str> {
        closing(&Document::new(text)).into_iter().map(|credit| credit.name).collect()
    }

    #[test]
    fn one_name_for_every_spelling() {
        for text in ["أ ف ب", "ا.ف.ب", "أ. ف. ب.", "فرانس برس", "وكالة الصحافة الفرنسية", "أ.ف.ب"]
        {
            assert_eq!(name_at(text).map(|found| found.0), Some("فرانس برس"), "{text}");
        }
        assert_eq!(name_at("وكالات الأنباء:"), Some(("وكالات", 2)));
        assert_eq!(name_at("الشرق الأوسط»"), Some(("الشرق الأوسط", 2)));
        assert_eq!(name_at("ITAR-TASS"), Some(("TASS", 2)));
        assert_eq!((name_at("AP"), name_at("ap")), (Some(("AP", 1)), None));
        assert_eq!(name_at("قال وزير"), None);
    }

    #[test]
    fn everyday_words_are_weak() {
        for text in ["الوطن", "اليوم", "الحياة", "العربية", "الرياض", "المدينة"] {
            assert!(at(&Document::new(text), 0).is_some_and(|credit| credit.weak), "{text}");
        }
        for text in ["رويترز", "واس", "عكاظ", "الوئام"] {
            assert!(at(&Document::new(text), 0).is_some_and(|credit| !credit.weak), "{text}");
        }
    }

    #[test]
    fn credits_at_the_end() {
        assert_eq!(closing_names("قال الوزير.\n(رويترز)"), ["رويترز"]);
        assert_eq!(closing_names("قال الوزير.\nالمصدر: وكالات + الوطن"), ["وكالات", "الوطن"]);
        assert_eq!(closing_names("قال الوزير إن الأمر انتهى (أ ف ب، رويترز)."), ["فرانس برس", "رويترز"]);
        assert_eq!(closing_names("قال.\n// انتهى // 20:15 ت م واس"), ["واس"]);
        assert_eq!(closing_names("قال الوزير.\nوذكرت رويترز أن الأمر انتهى."), [""; 0]);
        assert_eq!(closing_names("قال الوزير.\nاليوم"), [""; 0]);
        assert_eq!(closing_names(""), [""; 0]);
    }
}
