//! Sentences of news text.

use std::ops::Range;

/// The sentences of a text as byte ranges, trimmed of white space; no sentence crosses a line end.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        split_line(text, line_start..line_start + line.len(), &mut found);
        line_start += line.len();
    }
    found
}

fn split_line(text: &str, line: Range<usize>, found: &mut Vec<Range<usize>>) {
    let mut start = line.start;
    let mut characters = text[line.clone()].char_indices().peekable();
    let mut before = ' ';
    while let Some((offset, character)) = characters.next() {
        let next = characters.peek().map_or('\n', |&(_, next)| next);
        if ends_sentence(before, character, next) {
            let mut end = line.start + offset + character.len_utf8();
            while let Some(&(offset, closer)) = characters.peek() {
                if !matches!(closer, '»' | '”' | '"' | '\'' | '’' | ')' | ']' | '.' | '!' | '؟' | '?' | '…') {
                    break;
                }
                end = line.start + offset + closer.len_utf8();
                characters.next();
            }
            push_trimmed(text, start..end, found);
            start = end;
        }
        before = character;
    }
    push_trimmed(text, start..line.end, found);
}

fn ends_sentence(before: char, character: char, next: char) -> bool {
    match character {
        '؟' | '?' | '!' | '…' | '۔' | '。' => true,
        '.' => {
            !(before.is_numeric() && next.is_numeric()) && !before.is_whitespace()
                || (before == ' ' && next.is_whitespace())
        }
        _ => false,
    }
}

fn push_trimmed(text: &str, range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let piece = &text[range.clone()];
    let start = range.start + (piece.len() - piece.trim_start().len());
    let end = range.end - (piece.len() - piece.trim_end().len());
    if start < end {
        found.push(start..end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_news() {
        let text = "قال كيري 4.5 ألف. وأضاف «نعم.» ثم\nسطر";
        let parts: Vec<&str> = sentences(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(parts, ["قال كيري 4.5 ألف.", "وأضاف «نعم.»", "ثم", "سطر"]);
    }
}
