//! The fields of an article as the chain carries them, and the names behind their ids. Knows nothing of records or plugins.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use warraq_abi as abi;

/// The value of one field.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue {
    /// UTF-8 text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A finite number.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// Any bytes; never published.
    Bytes(Vec<u8>),
    /// One JSON value, checked to parse.
    Json(String),
}

impl FieldValue {
    /// Its size in bytes, for limits.
    pub fn bytes(&self) -> usize {
        match self {
            FieldValue::Text(text) | FieldValue::Json(text) => text.len(),
            FieldValue::Bytes(bytes) => bytes.len(),
            FieldValue::Integer(_) | FieldValue::Float(_) | FieldValue::Boolean(_) => 8,
        }
    }
}

/// The fields that are set, few enough that a linear look-up is the fastest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields {
    set: Vec<(u32, FieldValue)>,
}

impl Fields {
    /// The value of a field, if it is set.
    pub fn get(&self, field: u32) -> Option<&FieldValue> {
        self.set.iter().find(|(id, _)| *id == field).map(|(_, value)| value)
    }

    /// The text of a field, if it is set and a text.
    pub fn text(&self, field: u32) -> Option<&str> {
        match self.get(field) {
            Some(FieldValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The JSON of a field, if it is set and JSON.
    pub fn json(&self, field: u32) -> Option<&str> {
        match self.get(field) {
            Some(FieldValue::Json(json)) => Some(json),
            _ => None,
        }
    }

    /// Sets or, with `None`, unsets a field.
    pub fn set(&mut self, field: u32, value: Option<FieldValue>) {
        let at = self.set.iter().position(|(id, _)| *id == field);
        match (at, value) {
            (Some(at), Some(value)) => self.set[at].1 = value,
            (None, Some(value)) => self.set.push((field, value)),
            (Some(at), None) => {
                self.set.swap_remove(at);
            }
            (None, None) => {}
        }
    }

    /// Size of all fields together, in bytes.
    pub fn bytes(&self) -> usize {
        self.set.iter().map(|(_, value)| value.bytes()).sum()
    }

    /// The fields that plugins gave names of their own, by id.
    pub fn custom(&self) -> impl Iterator<Item = (u32, &FieldValue)> {
        self.set.iter().filter(|(id, _)| *id >= abi::field::CUSTOM).map(|(id, value)| (*id, value))
    }
}

/// Names of custom fields to ids, shared by all plugins of a chain.
#[derive(Debug, Default)]
pub struct FieldNames {
    custom: RwLock<(Vec<String>, HashMap<String, u32>)>,
}

impl FieldNames {
    /// How many custom fields one chain may have.
    const CUSTOM_MAX: usize = 4096;
    /// Longest name, in bytes.
    const NAME_BYTES_MAX: usize = 64;
    /// Keys of the record that no plugin may set.
    const RESERVED: [&str; 2] = ["schema", "trace"];

    /// The id of a name, a new one for a name not seen before; `None` if the name is not legal or there are too many.
    pub fn id(&self, name: &str) -> Option<u32> {
        if let Some(fixed) = abi::field::NAMES.iter().position(|known| *known == name) {
            return Some(fixed as u32 + 1);
        }
        if !Self::is_legal(name) {
            return None;
        }
        let mut custom = self.custom.write().unwrap_or_else(PoisonError::into_inner);
        let (names, ids) = &mut *custom;
        if let Some(&id) = ids.get(name) {
            return Some(id);
        }
        if names.len() == Self::CUSTOM_MAX {
            return None;
        }
        let id = abi::field::CUSTOM + names.len() as u32;
        names.push(name.to_owned());
        ids.insert(name.to_owned(), id);
        Some(id)
    }

    /// The name of a custom field.
    pub fn custom_name(&self, id: u32) -> Option<String> {
        let custom = self.custom.read().unwrap_or_else(PoisonError::into_inner);
        custom.0.get(id.checked_sub(abi::field::CUSTOM)? as usize).cloned()
    }

    fn is_legal(name: &str) -> bool {
        name.len() <= Self::NAME_BYTES_MAX
            && name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
            && !Self::RESERVED.contains(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_and_custom_names() {
        let names = FieldNames::default();
        assert_eq!(names.id("body"), Some(abi::field::BODY));
        assert_eq!(names.id("sentiment"), Some(abi::field::CUSTOM));
        assert_eq!(names.id("sentiment"), Some(abi::field::CUSTOM));
        assert_eq!(names.id("score"), Some(abi::field::CUSTOM + 1));
        assert_eq!(names.custom_name(abi::field::CUSTOM + 1).as_deref(), Some("score"));
        for illegal in ["", "Score", "trace", "schema", "a-b", "9a", &"a".repeat(65)] {
            assert_eq!(names.id(illegal), None, "{illegal}");
        }
    }

    #[test]
    fn unset_removes() {
        let mut fields = Fields::default();
        fields.set(3, Some(FieldValue::Text("a".into())));
        fields.set(3, Some(FieldValue::Text("bc".into())));
        assert_eq!((fields.text(3), fields.bytes()), (Some("bc"), 2));
        fields.set(3, None);
        assert_eq!(fields.get(3), None);
    }
}
