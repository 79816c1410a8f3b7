//! Reads typed values out of one table of the merged configuration and remembers which keys it was asked for, so that
//! whatever is left over is a key nobody knows. It never stops at the first problem and knows no key by name.

use std::ops::RangeInclusive;
use std::time::Duration;

use ::config::{Map, Value, ValueKind};

use super::layers::ENVIRONMENT_PREFIX;
use super::problem::{Problems, join, nearest, quoted};

/// Where a value came from that nobody wrote.
pub(super) const BUILT_IN: &str = "built-in default";

/// A piece of text with the place to blame for it.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) origin: String,
    pub(super) key: String,
}

/// One table that is being read.
pub(super) struct Table<'a> {
    origin: String,
    path: String,
    entries: Map<String, Value>,
    known: Vec<&'static str>,
    problems: &'a mut Problems,
}

/// Reads a whole layer: `body` asks for every section it knows, what it did not ask for is reported.
pub(super) fn read<T>(
    origin: &str,
    entries: Map<String, Value>,
    problems: &mut Problems,
    body: impl FnOnce(&mut Table<'_>) -> T,
) -> T {
    let mut table = Table { origin: origin.to_owned(), path: String::new(), entries, known: Vec::new(), problems };
    let read = body(&mut table);
    table.report_unknown();
    read
}

impl Table<'_> {
    /// `[name]`; an absent section is an empty one.
    pub(super) fn section<T>(&mut self, name: &'static str, body: impl FnOnce(&mut Table<'_>) -> T) -> T {
        let entries = match self.take(name) {
            None => Map::new(),
            Some(Value { kind: ValueKind::Table(entries), .. }) => entries,
            Some(value) => {
                self.wrong(name, &value, &format!("a section [{name}]"));
                Map::new()
            }
        };
        self.enter(join(&self.path, name), entries, body)
    }

    /// `[[name]]`, or `None` when it is not given at all.
    pub(super) fn list<T>(
        &mut self,
        name: &'static str,
        count: RangeInclusive<usize>,
        mut body: impl FnMut(&mut Table<'_>) -> T,
    ) -> Option<Vec<T>> {
        let value = self.take(name)?;
        let wanted = format!("a list, each entry under [[{name}]]");
        let origin = value.origin().unwrap_or(&self.origin).to_owned();
        let ValueKind::Array(values) = value.kind else {
            self.wrong(name, &value, &wanted);
            return None;
        };
        if !count.contains(&values.len()) {
            let text = format!("found {} entries, wanted {} to {}", values.len(), count.start(), count.end());
            self.problems.add(&origin, &join(&self.path, name), text);
        }
        let mut read = Vec::new();
        for (position, value) in values.into_iter().take(*count.end()).enumerate() {
            let ValueKind::Table(entries) = value.kind else {
                self.wrong(name, &value, &wanted);
                continue;
            };
            read.push(self.enter(format!("{name}[{position}]"), entries, &mut body));
        }
        Some(read)
    }

    /// A whole number within bounds.
    pub(super) fn integer<T: TryFrom<i64>>(&mut self, key: &'static str, bounds: RangeInclusive<i64>, default: T) -> T {
        let Some(value) = self.take(key) else { return default };
        let number = match &value.kind {
            ValueKind::I64(number) => Some(*number),
            ValueKind::String(text) if from_environment(&value) => text.trim().parse().ok(),
            _ => None,
        };
        match number.filter(|number| bounds.contains(number)).and_then(|number| T::try_from(number).ok()) {
            Some(number) => number,
            None => {
                self.wrong(key, &value, &format!("a whole number, {} to {}", bounds.start(), bounds.end()));
                default
            }
        }
    }

    /// A time in seconds, with or without a fraction.
    pub(super) fn seconds(&mut self, key: &'static str, bounds: RangeInclusive<f64>, default: Duration) -> Duration {
        self.optional_seconds(key, bounds).unwrap_or(default)
    }

    /// As `seconds`, for a key without a default.
    pub(super) fn optional_seconds(&mut self, key: &'static str, bounds: RangeInclusive<f64>) -> Option<Duration> {
        let value = self.take(key)?;
        let number = match &value.kind {
            ValueKind::Float(number) => Some(*number),
            #[expect(clippy::cast_precision_loss, reason = "bounds are far below 2^53")]
            ValueKind::I64(number) => Some(*number as f64),
            ValueKind::String(text) if from_environment(&value) => text.trim().parse().ok(),
            _ => None,
        };
        // `contains` is false for NaN.
        match number.filter(|number| bounds.contains(number)).map(Duration::try_from_secs_f64) {
            Some(Ok(duration)) => Some(duration),
            _ => {
                self.wrong(key, &value, &format!("seconds, {} to {}", bounds.start(), bounds.end()));
                None
            }
        }
    }

    /// Text, or `None` when it is not given or is something else.
    pub(super) fn optional_text(&mut self, key: &'static str) -> Option<Written> {
        let value = self.take(key)?;
        self.written(key, value)
    }

    /// Text with a default; `None` only when something else was given.
    pub(super) fn text(&mut self, key: &'static str, default: &str) -> Option<Written> {
        match self.take(key) {
            Some(value) => self.written(key, value),
            None => Some(Written { text: default.to_owned(), origin: BUILT_IN.to_owned(), key: join(&self.path, key) }),
        }
    }

    /// One word of a few.
    pub(super) fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&str, T)], default: T) -> T {
        let Some(value) = self.take(key) else { return default };
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let text = match &value.kind {
            ValueKind::String(text) => text.as_str(),
            _ => "",
        };
        match choices.iter().find(|(word, _)| *word == text) {
            Some((_, choice)) => *choice,
            None => {
                let hint = nearest(text, &words).map(|near| format!(", did you mean \"{near}\"?")).unwrap_or_default();
                self.wrong(key, &value, &format!("one of \"{}\"{hint}", words.join("\", \"")));
                default
            }
        }
    }

    /// A list of texts (comma-separated in the environment), empty by default.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<Written> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let values = match value.kind {
            ValueKind::Array(values) => values,
            ValueKind::String(ref text) if from_environment(&value) => {
                let origin = value.origin().map(str::to_owned);
                let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
                parts.map(|part| Value::new(origin.as_ref(), part)).collect()
            }
            _ => {
                self.wrong(key, &value, "a list of texts");
                return Vec::new();
            }
        };
        values.into_iter().filter_map(|value| self.written(key, value)).collect()
    }

    /// A table that somebody else checks, handed on as JSON.
    pub(super) fn json(&mut self, key: &'static str) -> serde_json::Map<String, serde_json::Value> {
        let Some(value) = self.take(key) else { return serde_json::Map::new() };
        let ValueKind::Table(entries) = value.kind else {
            self.wrong(key, &value, "a table");
            return serde_json::Map::new();
        };
        let path = join(&self.path, key);
        entries.into_iter().map(|(name, value)| (name.clone(), self.json_value(&join(&path, &name), value))).collect()
    }

    /// Whether the key is given, whatever its type.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Where to point for a key that is not there.
    pub(super) fn complain(&mut self, key: &str, text: impl Into<String>) {
        self.problems.add(&self.origin, &join(&self.path, key), text);
    }

    /// Where to point for a text that is there, but will not do.
    pub(super) fn complain_about(&mut self, written: &Written, text: &str) {
        self.problems.add(&written.origin, &written.key, format!("found {}, {text}", quoted(&written.text)));
    }

    fn take(&mut self, key: &'static str) -> Option<Value> {
        self.known.push(key);
        self.entries.remove(key)
    }

    fn enter<T>(&mut self, path: String, entries: Map<String, Value>, body: impl FnOnce(&mut Table<'_>) -> T) -> T {
        let origin = entries.values().find_map(Value::origin).unwrap_or(&self.origin).to_owned();
        let mut table = Table { origin, path, entries, known: Vec::new(), problems: self.problems };
        let read = body(&mut table);
        table.report_unknown();
        read
    }

    fn report_unknown(self) {
        for (key, value) in &self.entries {
            self.problems.unknown_key(value.origin().unwrap_or(&self.origin), &self.path, key, &self.known);
        }
    }

    fn written(&mut self, key: &str, value: Value) -> Option<Written> {
        let origin = value.origin().unwrap_or(&self.origin).to_owned();
        match value.kind {
            ValueKind::String(text) => Some(Written { text, origin, key: join(&self.path, key) }),
            _ => {
                self.wrong(key, &value, "text in quotes");
                None
            }
        }
    }

    fn wrong(&mut self, key: &str, value: &Value, wanted: &str) {
        let origin = value.origin().unwrap_or(&self.origin);
        self.problems.add(origin, &join(&self.path, key), format!("found {}, wanted {wanted}", describe(&value.kind)));
    }

    fn json_value(&mut self, path: &str, value: Value) -> serde_json::Value {
        let origin = value.origin().unwrap_or(&self.origin).to_owned();
        match value.kind {
            ValueKind::Nil => serde_json::Value::Null,
            ValueKind::Boolean(flag) => flag.into(),
            ValueKind::I64(number) => number.into(),
            ValueKind::U64(number) => number.into(),
            ValueKind::String(text) => text.into(),
            ValueKind::Array(values) => values.into_iter().map(|value| self.json_value(path, value)).collect(),
            ValueKind::Table(entries) => entries
                .into_iter()
                .map(|(name, value)| (name.clone(), self.json_value(&join(path, &name), value)))
                .collect(),
            ValueKind::Float(number) if number.is_finite() => number.into(),
            ValueKind::Float(_) | ValueKind::I128(_) | ValueKind::U128(_) => {
                let found = describe(&value.kind);
                self.problems.add(&origin, path, format!("found {found}, wanted a number that JSON can hold"));
                serde_json::Value::Null
            }
        }
    }
}

/// Only in the environment is everything text; in a file `"5"` is not a number.
fn from_environment(value: &Value) -> bool {
    value.origin().is_some_and(|origin| origin.starts_with(ENVIRONMENT_PREFIX))
}

fn describe(kind: &ValueKind) -> String {
    match kind {
        ValueKind::Nil => "nothing".to_owned(),
        ValueKind::Boolean(flag) => flag.to_string(),
        ValueKind::String(text) => format!("the text {}", quoted(text)),
        ValueKind::Table(_) => "a table".to_owned(),
        ValueKind::Array(_) => "a list".to_owned(),
        number => format!("the number {number}"),
    }
}
