//! Where a line quotes somebody. Pairs marks only; who speaks is not asked here.

use std::ops::Range;

/// The outermost quotations of a line that are at most `bytes_max` long, marks included, in order and not overlapping.
/// Marks that find no partner are ignored. Linear in the length of the line.
pub(crate) fn quotations(line: &str, bytes_max: usize) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let (mut angled, mut curled, mut single) = (Vec::new(), Vec::new(), Vec::new());
    let mut straight: Vec<usize> = Vec::new();
    let mut before = ' ';
    let mut from = 0;
    while let Some(length) = line[from..].find(['«', '»', '“', '”', '"', '\'']) {
        let offset = from + length;
        if let Some(last) = line[from..offset].chars().next_back() {
            before = last;
        }
        let mark = line[offset..].chars().next().unwrap_or(' ');
        from = offset + mark.len_utf8();
        let opened = match mark {
            '«' => open(&mut angled, offset),
            '“' => open(&mut curled, offset),
            '»' => angled.pop(),
            '”' => curled.pop(),
            '"' => straight_mark(&mut straight, offset, before, line[from..].starts_with(char::is_alphanumeric)),
            // An apostrophe has a letter on both sides.
            _ if !before.is_alphanumeric() && single.is_empty() => open(&mut single, offset),
            _ if !line[from..].starts_with(char::is_alphanumeric) => single.pop(),
            _ => None,
        };
        if let Some(start) = opened.filter(|start| from - start <= bytes_max) {
            while found.pop_if(|inner| inner.start >= start || inner.end > start).is_some() {}
            found.push(start..from);
        }
        before = mark;
    }
    found
}

/// Both ends look the same, and one mark too many must not turn all that follows inside out: after a space and before a word a
/// mark opens, whatever was open; elsewhere it closes what is open, or opens before a word.
fn straight_mark(marks: &mut Vec<usize>, offset: usize, before: char, word_follows: bool) -> Option<usize> {
    if word_follows && (before.is_whitespace() || matches!(before, '(' | '[' | ':')) {
        marks.clear();
        return open(marks, offset);
    }
    match marks.pop() {
        None if word_follows => open(marks, offset),
        closed => closed,
    }
}

fn open(marks: &mut Vec<usize>, offset: usize) -> Option<usize> {
    marks.push(offset);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &[&str]) {
        let found: Vec<&str> = quotations(line, 60).into_iter().map(|range| &line[range]).collect();
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn outermost_pairs() {
        check("قال «نعم «داعش» هنا» ثم “لا”", &["«نعم «داعش» هنا»", "“لا”"]);
        check("he 'said so' and didn't", &["'said so'"]);
        check("\"a\" b \"c\"", &["\"a\"", "\"c\""]);
        check("عاد\". وقال لـ\"رويترز\" إن \"الاتفاق\" قريب", &["\"رويترز\"", "\"الاتفاق\""]);
    }

    #[test]
    fn partners_missing() {
        check("»القاعدة» و «داعش", &[]);
        check("« «داعش»", &["«داعش»"]);
        check("", &[]);
    }

    #[test]
    fn too_long_is_no_pair() {
        check(&format!("«{} «داعش»»", "و".repeat(40)), &["«داعش»"]);
    }
}
