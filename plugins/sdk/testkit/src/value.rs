//! Articles as a test writes them, and values as a plugin is given and gives them. No pointer and no C here.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;

/// The value of one field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// UTF-8 text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A finite number.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// Any bytes.
    Bytes(Vec<u8>),
    /// One JSON value.
    Json(serde_json::Value),
}

/// An article to put before a plugin, with an id of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Article {
    pub(crate) id: String,
    pub(crate) fields: BTreeMap<String, Value>,
}

impl Article {
    /// An article with this body, as if it had come in a file of its own.
    pub fn new(body: impl Into<String>) -> Self {
        let body = body.into();
        let id = new_id();
        let source = json!({
            "name": format!("{id}.txt"), "bytes": body.len(), "digest": "blake3:0000", "media_type": "text/plain",
            "charset": "utf-8", "received": "2024-05-01T12:00:00Z", "index": 0,
        });
        Article { id, fields: BTreeMap::new() }.json("source", source).text("body", body)
    }

    /// The same article under another id: a second copy.
    pub fn copy(&self) -> Self {
        Article { id: new_id(), fields: self.fields.clone() }
    }

    /// The same article under this id, such as `5e0c91aa-0000000042`; what stands before the dash is the ledger.
    #[must_use]
    pub fn with_id(self, id: &str) -> Self {
        assert!(is_id(id), "{id} is no article id");
        Article { id: id.to_owned(), ..self }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Sets a text field.
    pub fn text(self, field: &str, text: impl Into<String>) -> Self {
        self.set(field, Value::Text(text.into()))
    }

    /// Sets a JSON field.
    pub fn json(self, field: &str, json: serde_json::Value) -> Self {
        self.set(field, Value::Json(json))
    }

    /// Sets a field.
    pub fn set(mut self, field: &str, value: Value) -> Self {
        self.fields.insert(field.to_owned(), value);
        self
    }

    /// Unsets a field.
    pub fn unset(mut self, field: &str) -> Self {
        self.fields.remove(field);
        self
    }

    /// What a field is set to.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.fields.get(field)
    }
}

impl Value {
    /// Its size, as the host counts it against its limit.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Value::Text(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::Json(json) => json.to_string().len(),
            Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => 8,
        }
    }
}

/// Ids of one process rise, like those of one ledger.
fn new_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("7e57c0de-{:010}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Is this the one spelling of an article id, `5e0c91aa-0000000042` or `5e0c91aa-0000000042.7`?
pub(crate) fn is_id(text: &str) -> bool {
    let (submission, position) =
        text.split_once('.').map_or((text, None), |(submission, position)| (submission, Some(position)));
    let is_position = |position: &str| position.parse::<u32>().is_ok_and(|number| number.to_string() == position);
    let is_submission = |(epoch, number): (&str, &str)| {
        u32::from_str_radix(epoch, 16).is_ok_and(|value| format!("{value:08x}") == epoch)
            && number.parse::<u64>().is_ok_and(|value| format!("{value:010}") == number)
    };
    submission.split_once('-').is_some_and(is_submission) && position.is_none_or(is_position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_one_spelling() {
        assert!(is_id("5e0c91aa-0000000042") && is_id("5e0c91aa-0000000042.7") && is_id(Article::new("").id()));
        for wrong in ["", "5e0c91aa", "5e0c91aa-42", "5E0C91AA-0000000042", "5e0c91aa-0000000042.", "x-0000000042"] {
            assert!(!is_id(wrong), "{wrong}");
        }
    }
}
