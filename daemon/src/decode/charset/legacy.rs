//! Text in an 8-bit or East Asian encoding without any mark. A detector guesses; it never has the last word, since it names
//! an encoding for any bytes at all.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_8859_6, WINDOWS_1256};

use super::census::Census;
use super::{Text, label};

/// How much the detector reads, of words with a byte beyond ASCII. It does about 10 MB/s, and names Arabic from 100 bytes on.
const DETECT_BYTES_MAX: usize = 2048;
/// Arabic bytes without one that ISO-8859-6 lacks, before that speaks for it: in Windows's encoding one letter in ten is such.
const ISO_8859_6_WITNESSES_MIN: usize = 100;
/// Bytes that mean nothing in the guessed encoding: one, and one more in so many.
const BYTES_PER_ERROR_MIN: usize = 1000;

/// The text in the most likely encoding in which it reads as text.
pub(super) fn decode(bytes: &[u8]) -> Option<Text<'_>> {
    // One byte over and over is a bad disk or an empty flash cell, yet it is a letter in most encodings.
    if bytes.contains(&0) || bytes.iter().all(|byte| *byte == bytes[0]) {
        return None;
    }
    let guess = arabic(bytes, guess(bytes));
    [guess, WINDOWS_1256].into_iter().find_map(|encoding| {
        let text = encoding.decode_without_bom_handling(bytes).0;
        let errors = text.matches('\u{fffd}').count();
        let sound = errors <= 1 + bytes.len() / BYTES_PER_ERROR_MIN && Census::of(&text).reads_as_text();
        sound.then_some(Text { text, charset: label(encoding) })
    })
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let mut left = DETECT_BYTES_MAX;
    // A space is never the second half of a character, so words can be taken apart in East Asian encodings too.
    for word in bytes.split_inclusive(|byte| matches!(byte, b' ' | b'\n')).filter(|word| !word.is_ascii()) {
        let part = &word[..word.len().min(left)];
        detector.feed(part, false);
        left -= part.len();
        if left == 0 {
            break;
        }
    }
    detector.guess(None, Utf8Detection::Deny)
}

/// Decides between the two Arabic encodings, which share half of their letters. ISO-8859-6 has no quotation marks and no
/// Persian letters, and nothing where Windows has `ف`, `ق` and `ك`: such a byte shows Windows, none of them in many the other.
fn arabic(bytes: &[u8], guess: &'static Encoding) -> &'static Encoding {
    if guess != ISO_8859_6 && guess != WINDOWS_1256 {
        return guess;
    }
    let mut high = bytes.iter().filter(|byte| **byte >= 0x80);
    if high.clone().any(|byte| !is_iso_8859_6(*byte)) {
        return WINDOWS_1256;
    }
    if high.nth(ISO_8859_6_WITNESSES_MIN).is_some() { ISO_8859_6 } else { guess }
}

fn is_iso_8859_6(byte: u8) -> bool {
    matches!(byte, 0xA0 | 0xA4 | 0xAC | 0xAD | 0xBB | 0xBF | 0xC1..=0xDA | 0xE0..=0xF2)
}
