//! The note left on a published article: its sketch as bytes. Never trusts what it reads back.
//!
//! Version 1: the byte 1; 16 bytes digest; length and bytes of the source's display name; number of words; four bytes little
//! endian for each word's code; the packed spans up to the end. Lengths and numbers are LEB128. About 6 bytes a word.

use std::fmt;

use crate::sketch::{SKETCH_WORDS_MAX, Sketch, Spans, put_number, take_number};

const VERSION: u8 = 1;

/// Longest display name kept, in bytes; file systems allow 255, and 3 bytes may stand for each byte that is not UTF-8.
const NAME_BYTES_MAX: usize = 768;

/// A note, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Display name of the file the article came in.
    pub source_name: Box<str>,
    /// Its words.
    pub sketch: Sketch,
}

/// The bytes are no note of this plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteError {
    /// Written by a later version.
    Version(u8),
    /// Cut short, or with a length or text in it that cannot be.
    Malformed,
}

impl fmt::Display for NoteError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoteError::Version(version) => {
                write!(formatter, "a note of version {version}; this plugin reads version {VERSION}")
            }
            NoteError::Malformed => formatter.write_str("a malformed note"),
        }
    }
}

impl std::error::Error for NoteError {}

/// Writes a note.
pub fn encode(source_name: &str, sketch: &Sketch) -> Vec<u8> {
    let name = cut(source_name, NAME_BYTES_MAX);
    let mut bytes = Vec::with_capacity(32 + name.len() + 4 * sketch.codes.len() + sketch.spans.packed().len());
    bytes.push(VERSION);
    bytes.extend_from_slice(&sketch.digest);
    put_number(&mut bytes, name.len() as u32);
    bytes.extend_from_slice(name.as_bytes());
    put_number(&mut bytes, sketch.codes.len() as u32);
    for code in &sketch.codes {
        bytes.extend_from_slice(&code.to_le_bytes());
    }
    bytes.extend_from_slice(sketch.spans.packed());
    bytes
}

fn cut(text: &str, bytes_max: usize) -> &str {
    let mut end = text.len().min(bytes_max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Reads a note.
pub fn decode(bytes: &[u8]) -> Result<Note, NoteError> {
    match bytes.split_first() {
        Some((&VERSION, rest)) => decode_version_1(rest).ok_or(NoteError::Malformed),
        Some((&version, _)) => Err(NoteError::Version(version)),
        None => Err(NoteError::Malformed),
    }
}

fn decode_version_1(mut bytes: &[u8]) -> Option<Note> {
    let digest = take(&mut bytes, 16)?.try_into().ok()?;
    let name_length = take_number(&mut bytes)? as usize;
    if name_length > NAME_BYTES_MAX {
        return None;
    }
    let source_name = std::str::from_utf8(take(&mut bytes, name_length)?).ok()?.into();
    let count = take_number(&mut bytes)? as usize;
    if !(1..=SKETCH_WORDS_MAX).contains(&count) {
        return None;
    }
    let (codes, _) = take(&mut bytes, 4 * count)?.as_chunks::<4>();
    let codes = codes.iter().map(|&code| u32::from_le_bytes(code)).collect();
    let spans = Spans::from_packed(bytes, count)?;
    Some(Note { source_name, sketch: Sketch { digest, codes, spans } })
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::sketch::Reading;

    fn note() -> Vec<u8> {
        encode("خبر.txt", &Reading::of("قال «أحمد»: نعم، ٢٦ مرة").unwrap().sketch)
    }

    #[test]
    fn reads_back() {
        let sketch = Reading::of("قال «أحمد»: نعم، ٢٦ مرة").unwrap().sketch;
        let expected = Note { source_name: "خبر.txt".into(), sketch };
        assert_eq!(decode(&note()), Ok(expected));
    }

    #[test]
    fn long_names_are_cut_at_a_character() {
        let sketch = Reading::of("نعم").unwrap().sketch;
        let read = decode(&encode(&"ب".repeat(500), &sketch)).unwrap();
        assert_eq!(read.source_name.len(), NAME_BYTES_MAX);
    }

    #[test]
    fn every_cut_and_every_addition_is_refused() {
        let whole = note();
        for length in 0..whole.len() {
            assert_eq!(decode(&whole[..length]), Err(NoteError::Malformed), "{length}");
        }
        let mut longer = whole;
        longer.push(0);
        assert_eq!(decode(&longer), Err(NoteError::Malformed));
    }

    #[test]
    fn other_versions_are_named() {
        let mut bytes = note();
        bytes[0] = 2;
        assert_eq!(decode(&bytes), Err(NoteError::Version(2)));
    }

    #[test]
    fn noise_never_panics() {
        let mut random = Random::new(7);
        for _ in 0..20_000 {
            let mut bytes = note();
            for _ in 0..=random.below(4) {
                let at = random.below(bytes.len());
                bytes[at] = random.below(256) as u8;
            }
            bytes.truncate(random.below(bytes.len() + 1));
            if let Ok(note) = decode(&bytes) {
                assert_eq!(note.sketch.codes.len(), note.sketch.spans.unpack().len());
            }
        }
    }
}
