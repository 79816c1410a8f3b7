//! JSON and JSON Lines: finds the articles in them. It keeps slices of the text, never a tree of it, so that memory stays
//! a small multiple of the input.

mod fields;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::de::{Deserializer, Error, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{Extension, Limits, Piece};
use crate::fault::Fault;
use fields::Object;

/// The longest key by which a text that is not called `.json` is known as JSON, in bytes.
const FIRST_KEY_BYTES_MAX: usize = 100;

/// How the articles lie in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One JSON value.
    Whole,
    /// One value a line.
    Lines,
}

impl Shape {
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Shape::Whole => "application/json",
            Shape::Lines => "application/x-ndjson",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Shape::Whole => "JSON",
            Shape::Lines => "JSON Lines",
        }
    }
}

/// The pieces, and whether they have positions.
#[derive(Debug)]
pub(super) struct Articles {
    pub(super) several: bool,
    pub(super) pieces: Vec<Piece>,
}

/// Whether the text is JSON, by its beginning; the extension decides for what does not look like it.
pub(super) fn shape(text: &str, extension: Extension) -> Option<Shape> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first_is_object = lines.next().is_some_and(|line| line.starts_with('{') && is_json(line));
    let more = lines.next().is_some_and(|line| line.starts_with('{'));
    match extension {
        _ if first_is_object && more => Some(Shape::Lines),
        Extension::JsonLines if !first_is_object && is_json(text) => Some(Shape::Whole),
        Extension::JsonLines => Some(Shape::Lines),
        Extension::Json => Some(Shape::Whole),
        Extension::Markdown | Extension::Other => looks_like_json(text).then_some(Shape::Whole),
    }
}

/// The articles in the text.
pub(super) fn decode(text: &str, shape: Shape, limits: &Limits) -> Result<Articles, Fault> {
    match shape {
        Shape::Whole => whole(text, limits),
        Shape::Lines => Ok(Articles { several: true, pieces: lines(text, limits)? }),
    }
}

fn whole(text: &str, limits: &Limits) -> Result<Articles, Fault> {
    let value: &RawValue = serde_json::from_str(text).map_err(|error| malformed(Shape::Whole, text, 1, &error))?;
    let Some(object) = Object::read(value) else {
        return Ok(Articles { several: true, pieces: array(value, limits)? });
    };
    let Some(list) = object.list() else {
        return Ok(Articles { several: false, pieces: vec![Piece { original: None, document: object.document() }] });
    };
    Ok(Articles { several: true, pieces: array(list, limits)? })
}

/// One piece for each element of an array that holds at least one object.
fn array(value: &RawValue, limits: &Limits) -> Result<Vec<Piece>, Fault> {
    let mut pieces = Vec::new();
    let mut objects = 0;
    let mut count = 0;
    each_element(value, |element| {
        count += 1;
        if count > limits.articles_max {
            return false;
        }
        let object = Object::read(element);
        objects += usize::from(object.is_some());
        let document = object.map_or_else(|| Err(no_object(element, None)), |object| object.document());
        pieces.push(Piece { original: Some(element.get().as_bytes().to_vec()), document });
        true
    });
    if count > limits.articles_max {
        return Err(Fault::TooManyArticles { limit: limits.articles_max });
    }
    if objects == 0 {
        return Err(Fault::NoText(format!("{}, wanted is an object or an array of objects", kind(value))));
    }
    Ok(pieces)
}

fn lines(text: &str, limits: &Limits) -> Result<Vec<Piece>, Fault> {
    let mut pieces = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        if pieces.len() == limits.articles_max {
            return Err(Fault::TooManyArticles { limit: limits.articles_max });
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        let document = match serde_json::from_str::<&RawValue>(line) {
            Ok(value) => {
                Object::read(value).map_or_else(|| Err(no_object(value, Some(index + 1))), |object| object.document())
            }
            Err(error) => Err(malformed(Shape::Lines, line, index + 1, &error)),
        };
        pieces.push(Piece { original: Some(line.as_bytes().to_vec()), document });
    }
    // Every line broken is one broken file, such as an object written over many lines and cut.
    let broken = |piece: &Piece| matches!(piece.document, Err(Fault::Malformed { .. }));
    match pieces.iter().all(broken).then(|| pieces.swap_remove(0).document) {
        Some(Err(fault)) => Err(fault),
        _ => Ok(pieces),
    }
}

/// Hands each element of an array to `take` until that says `false`; does nothing for other values.
fn each_element<'a>(value: &'a RawValue, take: impl FnMut(&'a RawValue) -> bool) {
    struct Elements<F>(F);

    impl<'de, F: FnMut(&'de RawValue) -> bool> Visitor<'de> for Elements<F> {
        type Value = ();

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an array")
        }

        fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
            while let Some(element) = elements.next_element()? {
                if !(self.0)(element) {
                    return Err(A::Error::custom("enough"));
                }
            }
            Ok(())
        }
    }

    // The value was read once already, so the only errors are "not an array" and "enough".
    let _ = serde_json::Deserializer::from_str(value.get()).deserialize_seq(Elements(take));
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// `{"key":` or `[{"key":`, spaces aside: no prose begins so.
fn looks_like_json(text: &str) -> bool {
    let start = text.trim_start();
    let start = start.strip_prefix('[').map_or(start, str::trim_start);
    let Some(key) = start.strip_prefix('{').and_then(|rest| rest.trim_start().strip_prefix('"')) else { return false };
    let Some((key, rest)) = key.split_once('"') else { return false };
    key.len() <= FIRST_KEY_BYTES_MAX && !key.contains('\n') && rest.trim_start().starts_with(':')
}

/// `first_line` is the number of the text's first line in the submission. Columns count characters, as editors do.
fn malformed(shape: Shape, text: &str, first_line: usize, error: &serde_json::Error) -> Fault {
    let line = text.split('\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let until = line.as_bytes().iter().take(error.column());
    let column = until.filter(|byte| !matches!(byte, 0x80..=0xBF)).count().max(1);
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    let line = first_line + error.line().saturating_sub(1);
    Fault::Malformed { format: shape.name(), detail: format!("line {line}, column {column}: {message}") }
}

fn no_object(value: &RawValue, line: Option<usize>) -> Fault {
    let place = line.map_or_else(String::new, |line| format!("line {line} is "));
    Fault::NoText(format!("{place}{}, not an object", kind(value)))
}

fn kind(value: &RawValue) -> &'static str {
    match value.get().as_bytes().first() {
        Some(b'[') => "an array without objects",
        Some(b'{') => "an object",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "true or false",
        Some(b'n') => "null",
        _ => "a number",
    }
}
