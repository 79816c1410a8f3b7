//! HTML entities that a feed or a careless extractor left in plain text. Not an HTML parser: no tags, and no entity without its
//! semicolon.

use std::borrow::Cow;

/// Text that was escaped more often than this stays escaped.
const PASSES_MAX: usize = 3;

/// The longest entity we know, in bytes, `&` and `;` included.
const ENTITY_BYTES_MAX: usize = 10;

/// Those that turn up in news, among the 2,231 of HTML.
const NAMED: &[(&str, char)] = &[
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{A0}'),
    ("shy", '\u{AD}'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("bdquo", '„'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("sbquo", '‚'),
    ("hellip", '…'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("bull", '•'),
    ("middot", '·'),
    ("ensp", '\u{2002}'),
    ("emsp", '\u{2003}'),
    ("thinsp", '\u{2009}'),
    ("zwnj", '\u{200C}'),
    ("zwj", '\u{200D}'),
    ("lrm", '\u{200E}'),
    ("rlm", '\u{200F}'),
    ("copy", '©'),
    ("reg", '®'),
    ("trade", '™'),
    ("deg", '°'),
    ("euro", '€'),
    ("pound", '£'),
    ("times", '×'),
    ("frac12", '½'),
    ("eacute", 'é'),
    ("egrave", 'è'),
    ("agrave", 'à'),
    ("ccedil", 'ç'),
    ("ouml", 'ö'),
    ("uuml", 'ü'),
];

/// The text with its entities decoded; unknown ones stay as they are.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    let mut decoded = Cow::Borrowed(text);
    for _ in 0..PASSES_MAX {
        match decode_once(&decoded) {
            Some(next) => decoded = Cow::Owned(next),
            None => break,
        }
    }
    decoded
}

/// `None` when there was nothing to decode.
fn decode_once(text: &str) -> Option<String> {
    let mut decoded = String::new();
    let mut taken = 0;
    for (start, _) in text.match_indices('&') {
        if let Some((character, length)) = entity(&text.as_bytes()[start..]) {
            decoded.push_str(&text[taken..start]);
            decoded.push(character);
            taken = start + length;
        }
    }
    if taken == 0 {
        return None;
    }
    decoded.push_str(&text[taken..]);
    Some(decoded)
}

/// The character and the length in bytes of the entity that `bytes` begin with.
fn entity(bytes: &[u8]) -> Option<(char, usize)> {
    let end = bytes.iter().take(ENTITY_BYTES_MAX).position(|&byte| byte == b';')?;
    let name = std::str::from_utf8(bytes.get(1..end)?).ok()?;
    let character = match name.strip_prefix('#') {
        Some(number) => numbered(number)?,
        None => NAMED.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((character, end + 1))
}

fn numbered(number: &str) -> Option<char> {
    let (digits, radix) = number.strip_prefix(['x', 'X']).map_or((number, 10), |digits| (digits, 16));
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let code = u32::from_str_radix(digits, radix).ok()?;
    if let 0x80..=0x9F = code {
        // HTML itself reads these as windows-1252, since that is what their authors meant.
        let byte = [code as u8];
        let (character, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte);
        return character.chars().next().filter(|character| !character.is_control());
    }
    char::from_u32(code).filter(|character| !character.is_control())
}
