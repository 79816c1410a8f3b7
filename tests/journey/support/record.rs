//! A record as a consumer sees it, and what holds for every record whatever the chain: the schema, and spans that say the text.

use std::ops::Deref;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::Value;

/// A record, read from a file.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// The name of its file.
    pub(crate) file: String,
    json: Value,
}

impl Record {
    /// Reads a record, which must be whole and right.
    #[track_caller]
    pub(crate) fn read(path: &Path) -> Self {
        let text = std::fs::read(path).unwrap();
        let json = serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let record = Record { file: path.file_name().unwrap().to_string_lossy().into_owned(), json };
        record.check_schema();
        record.check_spans();
        record
    }

    pub(crate) fn body(&self) -> &str {
        self["body"].as_str().unwrap()
    }

    pub(crate) fn id(&self) -> &str {
        self["id"].as_str().unwrap()
    }

    pub(crate) fn source_name(&self) -> &str {
        self["source"]["name"].as_str().unwrap()
    }

    /// The plugins it has passed, with their verdicts.
    pub(crate) fn trace(&self) -> Vec<(&str, &str)> {
        let steps = self["trace"].as_array().unwrap();
        steps.iter().map(|step| (step["plugin"].as_str().unwrap(), step["verdict"].as_str().unwrap())).collect()
    }

    #[track_caller]
    fn check_schema(&self) {
        static VALIDATOR: OnceLock<jsonschema::Validator> = OnceLock::new();
        let validator = VALIDATOR.get_or_init(|| {
            let schema: Value = serde_json::from_str(include_str!("../../../daemon/record.schema.json")).unwrap();
            jsonschema::validator_for(&schema).unwrap()
        });
        let faults: Vec<String> =
            validator.iter_errors(&self.json).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(faults.is_empty(), "{}: {}\n{}", self.file, faults.join("\n"), self.json);
    }

    #[track_caller]
    fn check_spans(&self) {
        let body: Vec<char> = self.body().chars().collect();
        let parts = self.json.as_object().unwrap().iter().filter(|(key, _)| *key != "body");
        parts.for_each(|(key, part)| check_spans(part, &body, &format!("{} {key}", self.file)));
    }
}

impl Deref for Record {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.json
    }
}

/// Wherever a start and an end stand together they lie in the body, and a text beside them is what the body says there.
#[track_caller]
fn check_spans(part: &Value, body: &[char], place: &str) {
    match part {
        Value::Array(items) => items.iter().for_each(|item| check_spans(item, body, place)),
        Value::Object(members) => {
            if let (Some(start), Some(end)) = (members.get("start"), members.get("end")) {
                let said = slice(body, start, end, place);
                if let Some(text) = members.get("text") {
                    assert_eq!(*text, *said, "{place}: {part}");
                }
            }
            for mention in members.get("mentions").and_then(Value::as_array).into_iter().flatten() {
                assert!(!slice(body, &mention[0], &mention[1], place).is_empty(), "{place}: {part}");
            }
            members.values().for_each(|member| check_spans(member, body, place));
        }
        _ => {}
    }
}

#[track_caller]
fn slice(body: &[char], start: &Value, end: &Value, place: &str) -> String {
    let range = start.as_u64().unwrap() as usize..end.as_u64().unwrap() as usize;
    body.get(range.clone()).unwrap_or_else(|| panic!("{place}: {range:?} of {}", body.len())).iter().collect()
}
