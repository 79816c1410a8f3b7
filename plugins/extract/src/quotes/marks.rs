//! Quotation marks into pairs, however they were typed: mixed up, glued, nested, one missing. Never pairs across a line.

use std::ops::Range;

/// Nested quotations deeper than this lose their outermost.
const DEPTH_MAX: usize = 8;
/// A longer stretch between two marks is a pairing gone wrong.
const PAIR_BYTES_MAX: usize = 16 * 1024;
/// Letters of a word that consists of proclitics (و, بـ).
const PROCLITICS_MAX: usize = 2;

/// What stands between two marks, and the marks with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    /// From the opening mark to behind the closing one, in bytes.
    pub(super) outer: Range<usize>,
    /// What the marks enclose, trimmed.
    pub(super) inner: Range<usize>,
}

/// The outermost pairs of a text, in order. `restarts` says whether a new report begins in a range, which tells an unclosed
/// quotation from one with another inside.
pub(super) fn pairs(body: &str, lines: &[Range<usize>], restarts: impl Fn(&Range<usize>) -> bool) -> Vec<Pair> {
    let mut found = Vec::new();
    for line in lines {
        pair_line(body, line, &restarts, &mut found);
    }
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Angle,
    Curly,
    Straight,
    Single,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Open,
    Close,
    Either,
}

#[derive(Clone, Copy)]
struct Mark {
    family: Family,
    side: Side,
    at: usize,
    width: usize,
}

fn mark(character: char) -> Option<(Family, Side)> {
    Some(match character {
        '«' => (Family::Angle, Side::Open),
        '»' => (Family::Angle, Side::Close),
        '“' | '„' => (Family::Curly, Side::Open),
        '”' => (Family::Curly, Side::Close),
        '"' => (Family::Straight, Side::Either),
        '\'' => (Family::Single, Side::Either),
        '‘' => (Family::Single, Side::Open),
        '’' => (Family::Single, Side::Close),
        _ => return None,
    })
}

fn pair_line(body: &str, line: &Range<usize>, restarts: &impl Fn(&Range<usize>) -> bool, found: &mut Vec<Pair>) {
    let mut open: Vec<Mark> = Vec::new();
    let first = found.len();
    let mut skip_to = line.start;
    for (offset, character) in body[line.clone()].char_indices() {
        let at = line.start + offset;
        let Some((mut family, side)) = mark(character).filter(|_| at >= skip_to) else { continue };
        let mut width = character.len_utf8();
        if character == '\'' && body[at + 1..line.end].starts_with('\'') {
            (family, width) = (Family::Straight, 2);
        }
        skip_to = at + width;
        let mark = Mark { family, side, at, width };
        let before = &body[line.start..at];
        let after = &body[at + width..line.end];
        let opener = open.iter().rposition(|other| other.family == family);
        match role(&mark, before, after, opener.is_some()) {
            Some(Side::Open) => {
                if open.last().is_some_and(|last| restarts(&(last.at..at))) {
                    open.clear();
                }
                if open.len() == DEPTH_MAX {
                    open.remove(0);
                }
                open.push(mark);
            }
            Some(Side::Close) => {
                if let Some(opener) = opener {
                    close(body, open[opener], mark, first, found);
                    open.truncate(opener);
                }
            }
            _ => {}
        }
    }
}

/// Opens, closes, or neither: by the glyph, corrected by the spaces around it.
fn role(mark: &Mark, before: &str, after: &str, is_open: bool) -> Option<Side> {
    let left = before.chars().next_back();
    let right = after.chars().next();
    let latin = |side: Option<char>| side.is_some_and(|character| character.is_alphabetic() && !is_arabic(character));
    if mark.family == Family::Single && latin(left) && (latin(right) || !is_open) {
        return None;
    }
    let proclitic = ends_in_proclitic(before);
    let free_left = left.is_none_or(|left| left.is_whitespace() || "([:،-–—/|«“".contains(left));
    let free_right = right.is_none_or(|right| right.is_whitespace() || ".،,؛;:!?؟)]»”…-".contains(right));
    let looks_open = (free_left || proclitic) && !free_right;
    let looks_closed = !free_left && !proclitic && free_right;
    match mark.side {
        Side::Open if looks_closed && is_open => Some(Side::Close),
        Side::Open => Some(Side::Open),
        Side::Close if is_open => {
            Some(if looks_open && right.is_some_and(char::is_alphanumeric) { Side::Open } else { Side::Close })
        }
        Side::Close => (!free_right).then_some(Side::Open),
        Side::Either if is_open => Some(if looks_open { Side::Open } else { Side::Close }),
        Side::Either => (!looks_closed).then_some(Side::Open),
    }
}

fn is_arabic(character: char) -> bool {
    matches!(character, '\u{0600}'..='\u{06FF}')
}

/// Does the text end in «و», «بـ» and the like, glued to the mark?
fn ends_in_proclitic(before: &str) -> bool {
    let mut letters = 0;
    for character in before.chars().rev() {
        match character {
            '\u{0640}' if letters == 0 => return true,
            'و' | 'ف' | 'ب' | 'ل' | 'ك' => letters += 1,
            _ if character.is_alphanumeric() => return false,
            _ => break,
        }
        if letters > PROCLITICS_MAX {
            return false;
        }
    }
    letters > 0
}

/// Keeps a pair and drops the pairs within it. Pairs of a line come in order of their closing marks.
fn close(body: &str, opener: Mark, closer: Mark, first: usize, found: &mut Vec<Pair>) {
    if closer.at - opener.at > PAIR_BYTES_MAX {
        return;
    }
    let within = opener.at + opener.width..closer.at;
    let text = &body[within.clone()];
    let start = within.start + (text.len() - text.trim_start().len());
    let inner = start..start + text.trim().len();
    while found.len() > first && found[found.len() - 1].outer.start > opener.at {
        found.pop();
    }
    if !inner.is_empty() {
        found.push(Pair { outer: opener.at..closer.at + closer.width, inner });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inner(line: &str) -> Vec<&str> {
        let whole = 0..line.len();
        pairs(line, std::slice::from_ref(&whole), |_| false).into_iter().map(|pair| &line[pair.inner]).collect()
    }

    #[test]
    fn plain_nested_and_glued() {
        assert_eq!(inner("قال «نعم» ثم «لا»"), ["نعم", "لا"]);
        assert_eq!(inner("أن «الحرب على «التنظيم» مستمرة»."), ["الحرب على «التنظيم» مستمرة"]);
        assert_eq!(inner("وأضاف أن«العمل مستمر»"), ["العمل مستمر"]);
        assert_eq!(inner("قال \"إن \"الحزب\" قوي\" أمس"), ["إن \"الحزب\" قوي"]);
        assert_eq!(inner("قال: 'نعم' ثم 'لا'."), ["نعم", "لا"]);
        assert_eq!(inner("قال ''نعم'' ثم"), ["نعم"]);
        assert_eq!(inner("« مسافة »"), ["مسافة"]);
    }

    #[test]
    fn wrong_and_missing_marks() {
        assert_eq!(inner("المرتبطة بـ»الجماعة» هناك"), ["الجماعة"]);
        assert_eq!(inner("تنظيمي “الأول” و”الثاني” في"), ["الأول", "الثاني"]);
        assert_eq!(inner("في الريف الشرقي». وقال «نعم»"), ["نعم"]);
        assert_eq!(inner("قال «نعم. ثم قال «لا»"), ["لا"]);
        assert_eq!(inner("It's the dogs' “own” day"), ["own"]);
        assert_eq!(inner("«»''\"\""), Vec::<&str>::new());
    }

    #[test]
    fn an_unclosed_quotation_ends_where_a_new_report_begins() {
        let line = "قال «نعم. وأضاف «لا» ثم».";
        let whole = 0..line.len();
        let found = pairs(line, std::slice::from_ref(&whole), |_| true);
        assert_eq!(&line[found[0].inner.clone()], "لا");
    }

    #[test]
    fn hostile_marks_stay_linear() {
        for unit in ["«", "»", "\"", "'", "“ ", " ”x", "و»", "«»"] {
            let line = unit.repeat(200_000 / unit.len());
            inner(&line);
        }
    }
}
