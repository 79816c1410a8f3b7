//! Byte offsets to Unicode code points: spans in the record count code points, Rust counts bytes.

use std::ops::Range;

/// Converts byte offsets of one text to code points, in constant time per lookup.
///
/// It keeps one number per `STEP` bytes and counts at most that many bytes from there.
pub struct CodePoints<'a> {
    text: &'a str,
    /// Code points before byte `index * STEP`, counting a character at its first byte.
    before: Vec<u32>,
}

impl<'a> CodePoints<'a> {
    /// Bytes between two stored counts.
    const STEP: usize = 64;

    /// Indexes `text` in one pass.
    pub fn new(text: &'a str) -> Self {
        let mut before = Vec::with_capacity(text.len() / Self::STEP + 1);
        let mut count = 0u32;
        for chunk in text.as_bytes().chunks(Self::STEP) {
            before.push(count);
            count += starts(chunk);
        }
        if text.len().is_multiple_of(Self::STEP) {
            before.push(count);
        }
        CodePoints { text, before }
    }

    /// Code points before byte `offset`, which must be a character boundary of the text.
    pub fn at(&self, offset: usize) -> usize {
        debug_assert!(self.text.is_char_boundary(offset));
        let step = offset / Self::STEP;
        self.before[step] as usize + starts(&self.text.as_bytes()[step * Self::STEP..offset]) as usize
    }

    /// The code point span of a byte range.
    pub fn span(&self, range: &Range<usize>) -> [usize; 2] {
        [self.at(range.start), self.at(range.end)]
    }
}

/// How many characters begin in these bytes: all bytes but UTF-8 continuations.
fn starts(bytes: &[u8]) -> u32 {
    bytes.iter().map(|&byte| u32::from((byte as i8) >= -0x40)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_like_chars() {
        let text = "قال «كيري» a😀b ".repeat(40);
        let points = CodePoints::new(&text);
        for (count, (offset, _)) in text.char_indices().enumerate() {
            assert_eq!(points.at(offset), count);
        }
        assert_eq!(points.at(text.len()), text.chars().count());
    }

    #[test]
    fn empty_text_and_exact_steps() {
        assert_eq!(CodePoints::new("").at(0), 0);
        let text = "x".repeat(CodePoints::STEP * 2);
        assert_eq!(CodePoints::new(&text).at(text.len()), text.len());
    }
}
