//! What is kept of an article: codes of its folded words, where they stand, and one digest of them all. Never the text itself.

use std::ops::Range;

use warraq_text::{CodePoints, fold, words};

use crate::hash;

/// Words of one article that are kept for near matches and passages. The digest covers every word; a passage further down
/// than this is not found, and an article that long is no near duplicate of any. Bounds the work on one article and the size of its note (about 6 bytes a word).
pub const SKETCH_WORDS_MAX: usize = 10_000;

/// Set in the code of a word that is written in digits.
pub(crate) const DIGITS: u32 = 1 << 31;

/// Names that are written in one word or in two: «عبدالعزيز», «عبد العزيز»; «ابوظبي», «ابو ظبي». The word is split where the
/// first part ends if the rest begins as given and has at least so many letters. Folded forms.
const GLUED: [(&str, &str, usize); 2] = [("عبد", "ال", 4), ("ابو", "", 3)];

/// One letter in front of a glued name.
const PROCLITICS: [char; 5] = ['و', 'ف', 'ب', 'ل', 'ك'];

/// The sketch of one body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sketch {
    /// 128 bits of all folded words; equal for equal words, whatever the punctuation, marks or spelling of hamza.
    pub digest: [u8; 16],
    /// One code per word, the first [`SKETCH_WORDS_MAX`].
    pub codes: Box<[u32]>,
    /// Spans of the same words.
    pub spans: Spans,
}

/// The words of one body with their texts, for as long as the body is in hand.
#[derive(Clone, Debug)]
pub struct Reading {
    /// What will be kept.
    pub sketch: Sketch,
    /// The folded text.
    folded: String,
    /// Where each word of the sketch stands in it, in bytes.
    ranges: Vec<Range<usize>>,
}

impl Reading {
    /// Reads a body. A text without any word has no sketch: there is nothing to compare.
    pub fn of(body: &str) -> Option<Reading> {
        let folded = fold(body);
        let points = CodePoints::new(body);
        let mut sequence = hash::Sequence::new();
        let (mut codes, mut ranges, mut spans) = (Vec::new(), Vec::new(), SpansBuilder::default());
        let mut any = false;
        for_each_token(&folded.text, |range| {
            let text = &folded.text[range.clone()];
            let hash = hash::word(text.as_bytes());
            sequence.push(hash);
            any = true;
            if codes.len() < SKETCH_WORDS_MAX {
                let [start, end] = points.span(&folded.source(&range, body));
                spans.push(start as u32, end as u32);
                codes.push(code_of(text, hash));
                ranges.push(range);
            }
        });
        let sketch = Sketch { digest: sequence.digest(), codes: codes.into(), spans: spans.finish() };
        any.then_some(Reading { sketch, folded: folded.text, ranges })
    }

    /// The folded text of a word of the sketch.
    pub(crate) fn word(&self, index: usize) -> &str {
        &self.folded[self.ranges[index].clone()]
    }
}

/// The code of a folded word, as it stands in sketches.
pub(crate) fn code(text: &str) -> u32 {
    code_of(text, hash::word(text.as_bytes()))
}

fn code_of(text: &str, hash: u64) -> u32 {
    let digits = if text.bytes().all(|byte| byte.is_ascii_digit()) { DIGITS } else { 0 };
    ((hash >> 33) as u32) | digits
}

/// Calls `each` with the byte range of every token: words, split where letters meet digits and where a name is glued.
fn for_each_token(folded: &str, mut each: impl FnMut(Range<usize>)) {
    for word in words(folded) {
        let mut start = word.range.start;
        let mut before = None;
        for (offset, byte) in word.text.bytes().enumerate() {
            let digit = byte.is_ascii_digit();
            if before.is_some_and(|before| before != digit) {
                each_part(folded, start..word.range.start + offset, &mut each);
                start = word.range.start + offset;
            }
            before = Some(digit);
        }
        each_part(folded, start..word.range.end, &mut each);
    }
}

fn each_part(folded: &str, range: Range<usize>, each: &mut impl FnMut(Range<usize>)) {
    match glued(&folded[range.clone()]) {
        Some(first) => {
            each(range.start..range.start + first);
            each(range.start + first..range.end);
        }
        None => each(range),
    }
}

/// Length in bytes of the first part of a glued name.
fn glued(word: &str) -> Option<usize> {
    let bare = word.strip_prefix(PROCLITICS).filter(|bare| begins_glued(bare)).unwrap_or(word);
    let proclitic = word.len() - bare.len();
    GLUED.iter().find_map(|&(first, next, letters)| {
        let rest = bare.strip_prefix(first)?;
        (rest.starts_with(next) && rest.chars().count() >= letters).then_some(proclitic + first.len())
    })
}

fn begins_glued(word: &str) -> bool {
    GLUED.iter().any(|(first, _, _)| word.starts_with(first))
}

/// Code point spans of successive words, packed: two variable-length numbers a word, the distance from the end of the word
/// before and the length. About two bytes a word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spans(Box<[u8]>);

impl Spans {
    /// Takes packed bytes from a note; `None` unless they are exactly `count` spans.
    pub(crate) fn from_packed(bytes: &[u8], count: usize) -> Option<Spans> {
        let mut rest = bytes;
        let mut at = 0u32;
        for _ in 0..2 * count {
            at = at.checked_add(take_number(&mut rest)?)?;
        }
        rest.is_empty().then(|| Spans(bytes.into()))
    }

    pub(crate) fn packed(&self) -> &[u8] {
        &self.0
    }

    /// The spans, `[start, end)`.
    pub fn unpack(&self) -> Vec<[u32; 2]> {
        let mut rest = &*self.0;
        let mut at = 0;
        let mut spans = Vec::with_capacity(self.0.len() / 2);
        while let (Some(distance), Some(length)) = (take_number(&mut rest), take_number(&mut rest)) {
            spans.push([at + distance, at + distance + length]);
            at += distance + length;
        }
        spans
    }
}

#[derive(Default)]
struct SpansBuilder {
    packed: Vec<u8>,
    end: u32,
}

impl SpansBuilder {
    /// Spans come in order and do not overlap; one that did (a character folded to two words) would be cut to what is new.
    fn push(&mut self, start: u32, end: u32) {
        let start = start.max(self.end);
        let end = end.max(start);
        put_number(&mut self.packed, start - self.end);
        put_number(&mut self.packed, end - start);
        self.end = end;
    }

    fn finish(self) -> Spans {
        Spans(self.packed.into())
    }
}

/// Appends a number, seven bits a byte, least first (LEB128).
pub(crate) fn put_number(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Takes a number off the front; `None` if it is cut short or larger than 32 bits.
pub(crate) fn take_number(bytes: &mut &[u8]) -> Option<u32> {
    let mut number = 0u32;
    for shift in (0..35).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let part = u32::from(byte & 0x7f);
        if shift == 28 && part > 0x0f {
            return None;
        }
        number |= part << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(body: &str) -> Vec<String> {
        let reading = Reading::of(body).unwrap();
        (0..reading.sketch.codes.len()).map(|index| reading.word(index).to_owned()).collect()
    }

    #[test]
    fn one_spelling_for_names_and_numbers() {
        assert_eq!(tokens("وعبدالعزيز وعبد العزيز"), ["وعبد", "العزيز", "وعبد", "العزيز"]);
        assert_eq!(tokens("أبوظبي أبو ظبي أبواب عبدالله"), ["ابو", "ظبي", "ابو", "ظبي", "ابواب", "عبد", "الله"]);
        assert_eq!(tokens("الـ24 و2012م F16"), ["ال", "24", "و", "2012", "م", "f", "16"]);
    }

    #[test]
    fn digest_sees_words_only() {
        let digest = |body| Reading::of(body).unwrap().sketch.digest;
        assert_eq!(digest("قال «أحمدُ»: نعم، ٢٦!"), digest("قال احمد نعم 26"));
        assert_ne!(digest("قال احمد نعم 26"), digest("قال احمد نعم 27"));
    }

    #[test]
    fn spans_count_code_points_of_the_body() {
        let body = "😀 قال «تقدّمٌ» 24ساعة a😀b";
        let characters: Vec<char> = body.chars().collect();
        let reading = Reading::of(body).unwrap();
        let found: Vec<String> = reading
            .sketch
            .spans
            .unpack()
            .iter()
            .map(|&[start, end]| characters[start as usize..end as usize].iter().collect())
            .collect();
        assert_eq!(found, ["قال", "تقدّمٌ", "24", "ساعة", "a", "b"]);
    }

    #[test]
    fn any_text_passes() {
        for body in ["", " \n", "؟!…", "😀😀", "\u{64b}\u{650}", "ــــ"] {
            assert!(Reading::of(body).is_none(), "{body:?}");
        }
        for body in ["這是中文", "این یک متن فارسی است", "don't", "ﷺ ﻻ", "e\u{301}a", "½", "عبد", "ابو", "وابو"]
        {
            let sketch = Reading::of(body).unwrap().sketch;
            assert_eq!(sketch.codes.len(), sketch.spans.unpack().len(), "{body:?}");
        }
        let long = Reading::of(&"كلمة أخرى 12 ".repeat(60_000)).unwrap().sketch;
        assert_eq!(long.codes.len(), SKETCH_WORDS_MAX);
        assert!(Reading::of(&"س".repeat(1 << 20)).is_some());
    }

    #[test]
    fn numbers_read_back() {
        for number in [0, 1, 0x7f, 0x80, 0x3fff, 0x4000, u32::MAX] {
            let mut bytes = Vec::new();
            put_number(&mut bytes, number);
            assert_eq!(take_number(&mut &bytes[..]), Some(number));
            assert_eq!(take_number(&mut &bytes[..bytes.len() - 1]), None);
        }
        assert_eq!(take_number(&mut &[0xff, 0xff, 0xff, 0xff, 0x1f][..]), None);
    }
}
