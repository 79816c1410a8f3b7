//! Turns the bytes of one submission into articles, whatever their encoding and wrapping. It touches no file, clock or
//! channel. What does not read as text becomes a [`Fault`] that says what was found; only of a few dozen bytes can garbage
//! pass for a text.

mod charset;
mod format;
mod json;
mod markup;
#[cfg(test)]
mod tests;

use crate::article::Document;
use crate::fault::Fault;

/// What a submission may hold at most. Its bytes are already bounded by the caller.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Articles in one submission; one more refuses the whole of it.
    pub articles_max: usize,
}

/// What one submission holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// `text/plain` (Markdown too), `application/json` or `application/x-ndjson`.
    pub media_type: &'static str,
    /// The WHATWG name in lower case, such as `windows-1256`.
    pub charset: &'static str,
    /// The format can hold several articles, so each has a position, even if there is only one.
    pub several: bool,
    /// Never empty; order and number depend on the bytes and the name alone.
    pub articles: Vec<Piece>,
}

/// One article, or why it could not be read. One bad piece leaves its neighbours alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where the format holds several: this article alone, as UTF-8, so that it can be dropped again on its own.
    pub original: Option<Vec<u8>>,
    /// The article.
    pub document: Result<Document, Fault>,
}

/// Decodes a submission called `name`. Content decides; the extension only settles what content leaves open.
pub fn decode(name: &[u8], bytes: &[u8], limits: &Limits) -> Result<Decoded, Fault> {
    if bytes.is_empty() {
        return Err(Fault::Empty);
    }
    if let Some(found) = format::binary(bytes) {
        return Err(Fault::UnsupportedFormat(found));
    }
    let charset::Text { text, charset } = charset::decode(bytes)?;
    if is_blank(&text) {
        return Err(Fault::NoText("only white space".to_owned()));
    }
    let extension = Extension::of(name);
    if let Some(found) = markup::unsupported(&text, extension == Extension::Markdown) {
        return Err(Fault::UnsupportedFormat(found));
    }
    if let Some(shape) = json::shape(&text, extension) {
        let articles = json::decode(&text, shape, limits)?;
        return Ok(Decoded {
            media_type: shape.media_type(),
            charset,
            several: articles.several,
            articles: articles.pieces,
        });
    }
    let document = Document { text: text.into_owned(), ..Document::default() };
    let articles = vec![Piece { original: None, document: Ok(document) }];
    Ok(Decoded { media_type: "text/plain", charset, several: false, articles })
}

/// The few extensions that settle something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extension {
    Json,
    JsonLines,
    Markdown,
    Other,
}

impl Extension {
    /// Names are bytes, so this never asks for UTF-8.
    fn of(name: &[u8]) -> Extension {
        let extension = name.rsplit(|byte| *byte == b'.').next().unwrap_or_default().to_ascii_lowercase();
        match extension.as_slice() {
            b"json" | b"jsonld" => Extension::Json,
            b"jsonl" | b"ndjson" | b"jsonlines" => Extension::JsonLines,
            b"md" | b"markdown" => Extension::Markdown,
            _ => Extension::Other,
        }
    }
}

/// Whether a reader would see nothing: white space, byte order marks and direction marks only.
fn is_blank(text: &str) -> bool {
    let invisible = |character: char| {
        let mark = matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}');
        character.is_whitespace() || mark || matches!(character, '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().all(invisible)
}
