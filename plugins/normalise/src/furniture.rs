//! Furniture: lines that belong to the page an article was copied from, not to the article. Takes whole lines only, lists every
//! one it takes, and never judges a line by its length or its lack of a full stop: headlines and subheads look like that too.
//!
//! A line is furniture when all of it, folded and without punctuation and numbers, stands in `lexicon`; when it begins like
//! a pointer to another article; or when it is nothing but a weekday and dates. Labels are believed near the head or the tail of
//! the text, where pages put them; only pointers such as `اقرأ أيضا:` are also believed in the middle.

mod dates;
mod lexicon;

use serde::Serialize;
use warraq_text::{fold_key, words};

use lexicon::{LEXICON, Reach};

/// Lines (blank ones not counted) at the beginning of a text that are its head.
const HEAD_LINES: usize = 6;

/// Lines (blank ones not counted) at the end of a text that are its tail.
const TAIL_LINES: usize = 12;

/// A line of more bytes is a paragraph, whatever it begins with.
const LINE_BYTES_MAX: usize = 400;

/// A line of more words is a paragraph, whatever it begins with.
const LINE_WORDS_MAX: usize = 32;

/// One line taken off the body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Furniture {
    /// The line as it stood in the CLEAN text.
    pub text: String,
    /// What it is for: `share-label`, `comments-label`, `back-to-top`, `read-also`, `breadcrumb`, `page-date`, `publish-date`,
    /// `print-label`, `tags-label`, `newsletter-label`, `follow-label`, `contact-line`, `advertisement`, `navigation`,
    /// `counter`, `copyright` or `end-mark`.
    pub kind: &'static str,
    /// Why we think so: `line`, `prefix`, `breadcrumb`, `share-bar` or `dates`.
    pub rule: &'static str,
}

/// The body without furniture, and the furniture in order. If no words would be left, nothing is taken.
pub fn take_off(clean: &str) -> (String, Vec<Furniture>) {
    let lines_total = clean.lines().filter(|line| !line.is_empty()).count();
    let mut body = String::with_capacity(clean.len());
    let mut furniture = Vec::new();
    let mut index = 0;
    let mut blank = false;
    for line in clean.lines() {
        if line.is_empty() {
            blank = true;
            continue;
        }
        let near_edge = index < HEAD_LINES || index + TAIL_LINES >= lines_total;
        index += 1;
        if let Some((kind, rule)) = judge(line, near_edge) {
            furniture.push(Furniture { text: line.to_owned(), kind, rule });
            continue;
        }
        if !body.is_empty() {
            body.push_str(if blank { "\n\n" } else { "\n" });
        }
        body.push_str(line);
        blank = false;
    }
    if words(&body).next().is_none() {
        return (clean.to_owned(), Vec::new());
    }
    (body, furniture)
}

/// Kind and rule of a line that is furniture.
fn judge(line: &str, near_edge: bool) -> Option<(&'static str, &'static str)> {
    if line.len() > LINE_BYTES_MAX {
        return None;
    }
    let key = fold_key(line);
    let mut line_words: Vec<&str> = words(&key).take(LINE_WORDS_MAX + 1).map(|word| word.text).collect();
    if line_words.len() > LINE_WORDS_MAX || line_words.is_empty() {
        return None;
    }
    if let Some(kind) = prefix(&line_words, &key, near_edge) {
        return Some((kind, "prefix"));
    }
    if near_edge {
        if is_breadcrumb(&line_words, &key) {
            return Some(("breadcrumb", "breadcrumb"));
        }
        if let Some(kind) = dates::dates_only(&line_words, &key) {
            return Some((kind, "dates"));
        }
    }
    // Counters change, labels stay: `التعليقات (3)`.
    line_words.retain(|word| !word.chars().all(char::is_numeric));
    let label = line_words.join(" ");
    if let Some(&(kind, reach)) = LEXICON.lines.get(&label) {
        return (near_edge || reach == Reach::Anywhere).then_some((kind, "line"));
    }
    let is_bar = near_edge
        && line_words.iter().all(|word| LEXICON.share_words.contains(*word))
        && line_words.iter().any(|word| LEXICON.networks.contains(*word));
    is_bar.then_some(("share-label", "share-bar"))
}

/// Kind of a line that begins like furniture and goes on with something else.
fn prefix(line_words: &[&str], key: &str, near_edge: bool) -> Option<&'static str> {
    // All prefixes with the same first word; there are few.
    let candidates = LEXICON.prefixes.get(line_words.first()?.to_owned())?;
    let found = candidates.iter().find(|candidate| {
        line_words.len() > candidate.words.len()
            && candidate.words.iter().zip(line_words).all(|(wanted, word)| wanted == word)
            && (near_edge || candidate.reach == Reach::Anywhere)
            && (!candidate.wants_separator || separator_follows(key, candidate.words.len()))
    })?;
    Some(found.kind)
}

/// Does a mark that separates a label from what it labels stand behind this many words?
fn separator_follows(key: &str, count: usize) -> bool {
    let end = words(key).nth(count - 1).map_or(key.len(), |word| word.range.end);
    key[end..]
        .trim_start()
        .starts_with([':', '|', '؛', '-', '–', '—', '«', '"', '“', '.', '…', '>', '»', '←', '⬅', '('])
}

/// `الرئيسية / أخبار / ...`: the way from the front page to this one.
fn is_breadcrumb(line_words: &[&str], key: &str) -> bool {
    // Folded spelling: الرئيسية, الصفحة الرئيسية, أنت هنا, أنت الآن في.
    let starts: &[&[&str]] = &[
        &["الرييسيه"],
        &["الصفحه", "الرييسيه"],
        &["انت", "هنا"],
        &["انت", "الان", "في"],
        &["home"],
        &["you", "are", "here"],
    ];
    let Some(start) = starts.iter().find(|start| line_words.starts_with(start)) else { return false };
    let Some(last) = words(key).nth(start.len() - 1) else { return false };
    key[last.range.end..].trim_start().starts_with(['/', '\\', '|', '»', '«', '>', '<', '›', '‹', '→', '←', ':'])
}

#[cfg(test)]
mod tests;
