//! Finds the encoding of a submission and decodes it. The order of tests matters: a byte order mark, then UTF-16 without
//! one (most Arabic UTF-16 is also valid UTF-8), then UTF-8, then the guess of a detector, checked. It never returns text
//! that the evidence does not support.

mod census;
mod legacy;
mod utf16;
mod utf8;

use std::borrow::Cow;

use encoding_rs::{Encoding, ISO_2022_JP, UTF_16BE, UTF_16LE};

use crate::fault::Fault;

/// Control characters that a text may hold besides line ends and tabs: news wires frame each item with a few.
const CONTROLS_MAX: usize = 4;
/// As [`CONTROLS_MAX`], for long texts: one control character in so many bytes.
const BYTES_PER_CONTROL_MIN: usize = 100;

/// Decoded text, its byte order mark taken off.
#[derive(Debug)]
pub(super) struct Text<'a> {
    pub(super) text: Cow<'a, str>,
    /// The WHATWG name in lower case.
    pub(super) charset: &'static str,
}

/// Decodes, or says what was found instead of text.
pub(super) fn decode(bytes: &[u8]) -> Result<Text<'_>, Fault> {
    let text = find(bytes).map_err(Fault::Encoding)?;
    refuse_controls(&text)?;
    Ok(text)
}

fn find(bytes: &[u8]) -> Result<Text<'_>, String> {
    if let [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] = bytes {
        return Err("UTF-32, by its byte order mark".to_owned());
    }
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => {
            let text =
                utf8::decode(rest).ok_or_else(|| format!("UTF-8 byte order mark, but {}", utf8::damage(rest)))?;
            return Ok(Text { text, charset: "utf-8" });
        }
        [0xFF, 0xFE, rest @ ..] => return utf16::decode(rest, UTF_16LE),
        [0xFE, 0xFF, rest @ ..] => return utf16::decode(rest, UTF_16BE),
        _ => {}
    }
    if let Some(text) = utf16::without_mark(bytes) {
        return Ok(text);
    }
    if let Some(text) = utf8::decode(bytes) {
        return Ok(iso_2022_jp(bytes).unwrap_or(Text { text, charset: "utf-8" }));
    }
    if utf8::is_damaged(bytes) {
        return Err(evidence(bytes));
    }
    legacy::decode(bytes).ok_or_else(|| evidence(bytes))
}

/// Japanese mail's encoding is ASCII with escape sequences, so it is valid UTF-8 and must be looked for.
fn iso_2022_jp(bytes: &[u8]) -> Option<Text<'_>> {
    if !bytes.is_ascii() || !bytes.windows(2).any(|pair| pair == b"\x1b$") {
        return None;
    }
    let text = ISO_2022_JP.decode_without_bom_handling(bytes).0;
    // A cut leaves one half character at the end.
    let errors = text.matches('\u{fffd}').count();
    (errors <= 1 && !text.is_ascii()).then_some(Text { text, charset: "iso-2022-jp" })
}

/// Text holds no NUL and hardly any other control character; what does is a binary format that we do not know by name.
fn refuse_controls(text: &Text<'_>) -> Result<(), Fault> {
    let bytes = text.text.as_bytes();
    let charset = text.charset;
    if bytes.contains(&0) {
        let first = bytes.iter().take_while(|byte| **byte != 0).count();
        let count = bytes.iter().filter(|byte| **byte == 0).count();
        return Err(Fault::Encoding(format!(
            "{count} NUL of {} bytes read as {charset}, the first at {first}",
            bytes.len()
        )));
    }
    let control = |byte: &&u8| (**byte < 0x20 && !matches!(**byte, b'\t'..=b'\r')) || **byte == 0x7F;
    let count = bytes.iter().filter(control).count();
    if count > CONTROLS_MAX + bytes.len() / BYTES_PER_CONTROL_MIN {
        return Err(Fault::Encoding(format!("{count} control characters in {} bytes read as {charset}", bytes.len())));
    }
    Ok(())
}

/// What a person can see in bytes that are no text.
fn evidence(bytes: &[u8]) -> String {
    let length = bytes.len();
    let first = bytes[0];
    if bytes.iter().all(|byte| *byte == first) {
        return format!("{length} bytes, all 0x{first:02X}");
    }
    let nul = bytes.iter().filter(|byte| **byte == 0).count();
    if nul > 0 {
        return format!("{nul} of {length} bytes are NUL");
    }
    let high = bytes.iter().filter(|byte| **byte >= 0x80).count();
    format!("{high} of {length} bytes are not ASCII; {}", utf8::damage(bytes))
}

/// The lower-case spelling of an encoding's name, as a constant.
fn label(encoding: &'static Encoding) -> &'static str {
    const LABELS: [&str; 36] = [
        "utf-8",
        "utf-16le",
        "utf-16be",
        "big5",
        "euc-jp",
        "euc-kr",
        "gb18030",
        "gbk",
        "ibm866",
        "iso-2022-jp",
        "iso-8859-10",
        "iso-8859-13",
        "iso-8859-14",
        "iso-8859-15",
        "iso-8859-16",
        "iso-8859-2",
        "iso-8859-3",
        "iso-8859-4",
        "iso-8859-5",
        "iso-8859-6",
        "iso-8859-7",
        "iso-8859-8",
        "iso-8859-8-i",
        "koi8-r",
        "koi8-u",
        "shift_jis",
        "windows-1250",
        "windows-1251",
        "windows-1252",
        "windows-1253",
        "windows-1254",
        "windows-1255",
        "windows-1256",
        "windows-1257",
        "windows-1258",
        "windows-874",
    ];
    let name = encoding.name();
    LABELS.into_iter().find(|label| label.eq_ignore_ascii_case(name)).unwrap_or(name)
}
