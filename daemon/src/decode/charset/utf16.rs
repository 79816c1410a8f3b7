//! UTF-16 with and without a byte order mark. It never takes 8-bit text for UTF-16: what it finds must read as text.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use super::census::Census;
use super::{Text, label};

/// How much of the start the parity test reads.
const PARITY_BYTES_MAX: usize = 4096;
/// Units from which on the spread of East Asian bytes means something.
const EAST_ASIAN_UNITS_MIN: usize = 16;
/// One damaged unit in so many is tolerated after a byte order mark.
const UNITS_PER_ERROR_MIN: usize = 1000;
/// And so many private or unassigned characters; icon fonts leave a few.
const ODD_PERCENT_MAX: usize = 5;

/// Decodes what follows a byte order mark. A last half unit is dropped: the file was cut there.
pub(super) fn decode<'a>(bytes: &'a [u8], encoding: &'static Encoding) -> Result<Text<'a>, String> {
    let text = units(bytes, encoding);
    let errors = text.chars().filter(|character| *character == '\u{fffd}').count();
    let odd_percent = Census::of(&text).odd_percent();
    if errors * UNITS_PER_ERROR_MIN > text.len() || odd_percent > ODD_PERCENT_MAX {
        let name = encoding.name();
        return Err(format!(
            "{name} byte order mark, but {errors} half pairs and {odd_percent} % that are no characters"
        ));
    }
    Ok(Text { text, charset: label(encoding) })
}

/// Finds UTF-16 by its high bytes, which all lie at one parity and take few values, and requires that it reads as text.
pub(super) fn without_mark(bytes: &[u8]) -> Option<Text<'_>> {
    // In any script, UTF-16 with a space, a digit or a line end in it has bytes that no ASCII text has. Without any of them,
    // repeated short lines can look like a column of high bytes.
    let is_plain_ascii = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    if bytes.iter().all(is_plain_ascii) {
        return None;
    }
    let certain = by_zero_bytes(bytes);
    let (bytes, encoding) = match certain.or_else(|| by_few_high_bytes(bytes)) {
        Some(encoding) => aligned(bytes, encoding),
        None => (bytes, by_east_asian_high_bytes(bytes)?),
    };
    let text = units(bytes, encoding);
    let census = Census::of(&text);
    let sound = if certain.is_some() { census.odd_percent() == 0 } else { census.reads_as_text() };
    sound.then_some(Text { text, charset: label(encoding) })
}

/// A cut inside the first unit shifts the parity: then the other byte order, one byte later, has the spaces.
fn aligned<'a>(bytes: &'a [u8], encoding: &'static Encoding) -> (&'a [u8], &'static Encoding) {
    let other = if encoding == UTF_16LE { UTF_16BE } else { UTF_16LE };
    let sample = &bytes[..bytes.len().min(PARITY_BYTES_MAX)];
    let spaces = |bytes, encoding| units(bytes, encoding).matches(' ').count();
    if spaces(&sample[1..], other) > spaces(sample, encoding) { (&bytes[1..], other) } else { (bytes, encoding) }
}

fn units<'a>(bytes: &'a [u8], encoding: &'static Encoding) -> Cow<'a, str> {
    encoding.decode_without_bom_handling(&bytes[..bytes.len() & !1]).0
}

/// The parity test, for scripts of few blocks (Latin, Greek, Cyrillic, Hebrew, Arabic). Tuned on 1,280 windows of Arabic news
/// of 30 to 5,000 bytes in four encodings; no 8-bit window passed.
fn by_few_high_bytes(bytes: &[u8]) -> Option<&'static Encoding> {
    let bytes = &bytes[..bytes.len().min(PARITY_BYTES_MAX) & !1];
    let units = bytes.len() / 2;
    if units < 2 {
        return None;
    }
    let high = [0, 1]
        .map(|parity| bytes.chunks_exact(2).filter(|pair| matches!(pair[parity], 0 | 3..=6 | 0x20 | 0xFE)).count());
    // Nearly every text ends here, and counting is all that it costs.
    if high.into_iter().all(|count| count * 100 < units * 90) {
        return None;
    }
    let mut seen = [[false; 256]; 2];
    for (index, byte) in bytes.iter().enumerate() {
        seen[index % 2][usize::from(*byte)] = true;
    }
    let distinct = seen.map(|values| values.into_iter().filter(|value| *value).count());
    let is_high = |parity: usize| {
        let few = distinct[parity] <= 6 && high[parity] * 100 >= units * 95;
        high[parity] * 100 >= units * 90 && distinct[parity] < distinct[1 - parity] && (seen[parity][0] || few)
    };
    [(1, UTF_16LE), (0, UTF_16BE)].into_iter().find_map(|(parity, encoding)| is_high(parity).then_some(encoding))
}

/// At least half of all units are ASCII, every NUL at one parity: this is certain, whatever the text is (a table, a list).
fn by_zero_bytes(bytes: &[u8]) -> Option<&'static Encoding> {
    let pairs = bytes[..bytes.len().min(PARITY_BYTES_MAX)].chunks_exact(2);
    let units = pairs.len();
    let mut little = 0;
    let mut big = 0;
    for pair in pairs {
        match pair {
            [b'\t' | b'\n' | b'\r' | b' '..=b'~', 0] => little += 1,
            [0, b'\t' | b'\n' | b'\r' | b' '..=b'~'] => big += 1,
            _ => {}
        }
    }
    match (little * 2 >= units, big * 2 >= units) {
        (true, false) if big == 0 => Some(UTF_16LE),
        (false, true) if little == 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// For scripts of many blocks, where low bytes are spread evenly and high bytes are those of Han, Kana or Hangul. The
/// East Asian 8-bit encodings have such bytes too, but neither NUL nor so many of 30 and FF (punctuation and Kana).
fn by_east_asian_high_bytes(bytes: &[u8]) -> Option<&'static Encoding> {
    let pairs = bytes[..bytes.len().min(PARITY_BYTES_MAX)].chunks_exact(2);
    let units = pairs.len();
    let percent = |parity: usize, test: fn(u8) -> bool| {
        pairs.clone().filter(|pair| test(pair[parity])).count() * 100 / units.max(1)
    };
    let han = |parity| {
        let is_high = |byte| matches!(byte, 0 | 0x30 | 0x4E..=0x9F | 0xFF);
        let common = percent(parity, |byte| matches!(byte, 0 | 0x30 | 0xFF));
        common >= 2 && percent(parity, is_high) >= 95 && percent(1 - parity, is_high) <= 70
    };
    let hangul = |parity| {
        let is_high = |byte| matches!(byte, 0 | 0x30 | 0xAC..=0xD7);
        percent(parity, |byte| byte == 0) >= 5 && percent(parity, is_high) >= 95 && percent(1 - parity, is_high) <= 70
    };
    let is_high = |parity| units >= EAST_ASIAN_UNITS_MIN && (han(parity) || hangul(parity));
    [(1, UTF_16LE), (0, UTF_16BE)].into_iter().find_map(|(parity, encoding)| is_high(parity).then_some(encoding))
}
