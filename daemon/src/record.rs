//! The record in the outbox, `warraq.record/1`. Pure: fields in, JSON out; `record.schema.json` describes it.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use warraq_abi::field;

use crate::article::{ArticleId, shown};
use crate::chain::Article;
use crate::plugin::{FieldNames, FieldValue, Fields};

/// The record's name and version, its first key.
pub const SCHEMA: &str = "warraq.record/1";

/// The JSON Schema of the record.
pub const JSON_SCHEMA: &str = include_str!("../record.schema.json");

/// Where an article came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// The file's name for people.
    pub name: String,
    /// The file's name in base64, where it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_bytes: Option<String>,
    /// The file's size.
    pub bytes: u64,
    /// `blake3:` and the hash of the file in hex.
    pub digest: String,
    /// What the file was read as.
    pub media_type: String,
    /// The encoding it was read in, a WHATWG label.
    pub charset: Option<String>,
    /// When it was claimed, RFC 3339 in UTC.
    pub received: String,
    /// Position in the file, from 0.
    pub index: u32,
    /// The article's address, if the file gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What one plugin did with the article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TraceStep {
    /// Its name in the configuration.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// `pass`, or `skipped` when it failed and the article went on without it.
    pub verdict: &'static str,
    /// How long it took.
    pub microseconds: u64,
}

/// What is known of a file before anything in it is understood.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Its name, as bytes.
    pub name: &'a [u8],
    /// Its size.
    pub bytes: u64,
    /// BLAKE3 of it in hex.
    pub digest: &'a str,
    /// When it was claimed, RFC 3339 in UTC.
    pub received: &'a str,
}

impl Source {
    /// The source of the article at `index` in a file.
    pub fn new(file: &File<'_>, media_type: &str, charset: &str, index: u32, url: Option<String>) -> Self {
        Source {
            name: shown(file.name),
            name_bytes: std::str::from_utf8(file.name).err().map(|_| base64(file.name)),
            bytes: file.bytes,
            digest: format!("blake3:{}", file.digest),
            media_type: media_type.to_owned(),
            charset: Some(charset.to_owned()),
            received: file.received.to_owned(),
            index,
            url,
        }
    }

    /// As the `source` field of an article.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a struct of strings and numbers serialises")
    }
}

/// The record of an article that has passed the chain: one line of JSON.
pub fn encode(article: &Article, names: &FieldNames) -> Vec<u8> {
    let mut record =
        serde_json::to_vec(&Record { article, names }).expect("strings, numbers and checked JSON serialise");
    record.push(b'\n');
    record
}

/// Base64 with the standard alphabet and padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |group, &byte| group << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for index in 0..4 {
            let letter = ALPHABET[(group >> (18 - 6 * index)) as usize & 63];
            text.push(if index <= chunk.len() { letter.into() } else { '=' });
        }
    }
    text
}

struct Record<'a> {
    article: &'a Article,
    names: &'a FieldNames,
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let Article { id, source, fields, trace, .. } = self.article;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema", SCHEMA)?;
        map.serialize_entry("id", &Shown(id))?;
        map.serialize_entry("source", source)?;
        map.serialize_entry("language", &fields.text(field::LANGUAGE))?;
        map.serialize_entry("headline", &fields.text(field::HEADLINE))?;
        map.serialize_entry("subheads", &list(fields, field::SUBHEADS))?;
        map.serialize_entry("byline", &fields.text(field::BYLINE))?;
        map.serialize_entry("dateline", &object(fields, field::DATELINE))?;
        map.serialize_entry("published", &object(fields, field::PUBLISHED))?;
        map.serialize_entry("agencies", &list(fields, field::AGENCIES))?;
        map.serialize_entry("body", fields.text(field::BODY).unwrap_or(""))?;
        map.serialize_entry("furniture", &list(fields, field::FURNITURE))?;
        map.serialize_entry("entities", &list(fields, field::ENTITIES))?;
        map.serialize_entry("dates", &list(fields, field::DATES))?;
        map.serialize_entry("quotes", &list(fields, field::QUOTES))?;
        map.serialize_entry("figures", &list(fields, field::FIGURES))?;
        map.serialize_entry("keywords", &list(fields, field::KEYWORDS))?;
        map.serialize_entry("summary", &object(fields, field::SUMMARY))?;
        map.serialize_entry("related", &list(fields, field::RELATED))?;
        for (id, value) in fields.custom() {
            if let Some(name) = self.names.custom_name(id)
                && !matches!(value, FieldValue::Bytes(_))
            {
                map.serialize_entry(&name, &Custom(value))?;
            }
        }
        map.serialize_entry("trace", trace)?;
        map.end()
    }
}

struct Shown<'a>(&'a ArticleId);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

struct Custom<'a>(&'a FieldValue);

impl Serialize for Custom<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            FieldValue::Text(text) => serializer.serialize_str(text),
            FieldValue::Integer(integer) => serializer.serialize_i64(*integer),
            FieldValue::Float(real) => serializer.serialize_f64(*real),
            FieldValue::Boolean(boolean) => serializer.serialize_bool(*boolean),
            FieldValue::Json(json) => raw(json).serialize(serializer),
            FieldValue::Bytes(_) => serializer.serialize_none(),
        }
    }
}

fn object(fields: &Fields, id: u32) -> Option<&RawValue> {
    fields.json(id).map(raw)
}

fn list(fields: &Fields, id: u32) -> &RawValue {
    raw(fields.json(id).unwrap_or("[]"))
}

fn raw(json: &str) -> &RawValue {
    serde_json::from_str(json).expect("JSON fields are checked when a plugin sets them")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_the_standard() {
        // The test vectors of RFC 4648, section 10.
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
