//! UTF-8 that may have been cut at either end, or hold a rare bad byte. It never takes text of an 8-bit encoding for UTF-8.

use std::borrow::Cow;

/// A character has four bytes, so a cut leaves three at most.
const CUT_BYTES_MAX: usize = 3;
/// So many damaged places are still UTF-8 (decoded with U+FFFD there), in a text of any length ...
const ERRORS_MAX: usize = 2;
/// ... and in a long one, one in so many bytes.
const BYTES_PER_ERROR_MIN: usize = 1000;
/// And so many good characters beyond ASCII must stand against each: a lone byte such as `é` in ASCII is another encoding.
const WITNESSES_PER_ERROR_MIN: usize = 20;
/// Text of an 8-bit encoding hardly ever forms characters of UTF-8: where so many per cent of the bytes beyond ASCII do, it is none.
const WELL_FORMED_PERCENT_MIN: usize = 90;
/// Fewer bytes beyond ASCII than this prove nothing.
const BYTES_TO_JUDGE: usize = 16;

/// The text, without characters cut at the ends; `None` if it is not UTF-8.
pub(super) fn decode(bytes: &[u8]) -> Option<Cow<'_, str>> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some(Cow::Borrowed(text));
    }
    let whole = trim_cut_ends(bytes);
    let mut errors = 0;
    let mut witnesses = 0;
    for chunk in whole.utf8_chunks() {
        errors += usize::from(!chunk.invalid().is_empty());
        witnesses += chunk.valid().bytes().filter(|byte| *byte >= 0xC0).count();
    }
    let cut = usize::from(whole.len() != bytes.len());
    let sound = witnesses >= cut
        && witnesses >= errors * WITNESSES_PER_ERROR_MIN
        && errors <= ERRORS_MAX.max(bytes.len() / BYTES_PER_ERROR_MIN);
    sound.then(|| String::from_utf8_lossy(whole))
}

/// Is this UTF-8, though too damaged to be read as such? To read it in an 8-bit encoding would garble all of it.
pub(super) fn is_damaged(bytes: &[u8]) -> bool {
    let beyond_ascii = |bytes: &[u8]| bytes.iter().filter(|byte| **byte >= 0x80).count();
    let well_formed = bytes.utf8_chunks().map(|chunk| beyond_ascii(chunk.valid().as_bytes())).sum::<usize>();
    let all = beyond_ascii(bytes);
    all >= BYTES_TO_JUDGE && well_formed * 100 >= all * WELL_FORMED_PERCENT_MIN
}

/// How badly it fails, for a person.
pub(super) fn damage(bytes: &[u8]) -> String {
    let errors = bytes.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count();
    let first = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    format!("as UTF-8 it is broken in {errors} places, the first at byte {first}")
}

fn trim_cut_ends(bytes: &[u8]) -> &[u8] {
    let head = bytes.iter().take(CUT_BYTES_MAX).take_while(|byte| matches!(byte, 0x80..=0xBF)).count();
    let bytes = &bytes[head..];
    let tail = match bytes.utf8_chunks().last() {
        // Only the start of a character: a wrong byte is not a cut.
        Some(chunk) if is_start(chunk.invalid()) => chunk.invalid().len(),
        _ => 0,
    };
    &bytes[..bytes.len() - tail]
}

/// Whether these bytes begin a character that goes on.
fn is_start(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}
