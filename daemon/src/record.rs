//! The record in the outbox, `warraq.record/1`. Pure: fields in, JSON out; `record.schema.json` describes it.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use warraq_abi::field;

use crate::article::ArticleId;
use crate::chain::Article;
use crate::plugin::{FieldNames, FieldValue, Fields};

/// The record's name and version, its first key.
pub const SCHEMA: &str = "warraq.record/1";

/// The JSON Schema of the record.
pub const JSON_SCHEMA: &str = include_str!("../record.schema.json");

/// The record of an article that has passed the chain: one line of JSON.
pub fn encode(article: &Article, names: &FieldNames) -> Vec<u8> {
    let mut record =
        serde_json::to_vec(&Record { article, names }).expect("strings, numbers and checked JSON serialise");
    record.push(b'\n');
    record
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
