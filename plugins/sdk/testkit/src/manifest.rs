//! What a plugin says of itself, read as the daemon reads it but judged more strictly: what the daemon forgives is found here.

use object::{Object, ObjectSection, ObjectSymbol};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use warraq_abi as abi;

/// The manifest, as far as the kit needs it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) abi: u32,
    #[serde(default)]
    pub(crate) reads: Vec<String>,
    #[serde(default)]
    pub(crate) writes: Vec<String>,
    #[serde(default = "per_worker")]
    pub(crate) threading: String,
    #[serde(default)]
    pub(crate) stateful: bool,
    #[serde(default = "deadline_ms")]
    pub(crate) deadline_ms: u64,
    #[serde(default)]
    pub(crate) config_schema: Schema,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Schema {
    #[serde(default)]
    pub(crate) properties: Map<String, Value>,
}

fn per_worker() -> String {
    "per-worker".to_owned()
}

fn deadline_ms() -> u64 {
    5_000
}

impl Manifest {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| format!("the manifest does not read: {error}"))
    }

    /// The text of the manifest in a shared object, without running any of its code.
    pub(crate) fn text_in(file: &[u8]) -> Result<String, String> {
        let name = abi::MANIFEST_SYMBOL;
        let elf = object::File::parse(file).map_err(|error| format!("not a shared object: {error}"))?;
        let symbol = elf
            .dynamic_symbols()
            .find(|symbol| symbol.is_definition() && symbol.name() == Ok(name))
            .ok_or_else(|| format!("it does not export {name}"))?;
        let bytes = symbol
            .section_index()
            .and_then(|index| elf.section_by_index(index).ok())
            .and_then(|section| section.data_range(symbol.address(), symbol.size()).ok().flatten())
            .ok_or_else(|| format!("its symbol {name} points outside of the file"))?;
        let bytes = bytes.strip_suffix(&[0]).unwrap_or(bytes);
        String::from_utf8(bytes.to_vec()).map_err(|_| "the manifest is not UTF-8".to_owned())
    }

    pub(crate) fn may_read(&self, field: &str) -> bool {
        field == "id" || self.reads.iter().any(|read| read == field) || self.may_write(field)
    }

    pub(crate) fn may_write(&self, field: &str) -> bool {
        self.writes.iter().any(|write| write == field)
    }

    /// Everything that is wrong with it, one sentence each.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut want = |is_so: bool, fault: String| {
            if !is_so {
                faults.push(format!("manifest: {fault}"));
            }
        };
        let id_begins = self.id.starts_with(|first: char| first.is_ascii_lowercase());
        let id_goes_on =
            self.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte));
        want(id_begins && id_goes_on && self.id.len() <= 64, format!("the id {:?} is not [a-z][a-z0-9_-]*", self.id));
        want(!self.version.is_empty(), "the version is empty".to_owned());
        want(self.abi == abi::ABI_MAJOR, format!("the abi is {}, wanted {}", self.abi, abi::ABI_MAJOR));
        want(self.deadline_ms > 0, "deadline_ms is 0".to_owned());
        for field in self.reads.iter().chain(&self.writes) {
            want(is_field_name(field), format!("{field:?} is not a field name"));
        }
        for field in ["id", "source", "schema", "trace"] {
            want(!self.may_write(field), format!("nobody may write {field}"));
        }
        want(
            matches!(self.threading.as_str(), "per-worker" | "serial"),
            format!("threading {:?} is neither per-worker nor serial", self.threading),
        );
        want(!self.stateful || self.threading == "serial", "stateful needs threading = serial".to_owned());
        for (key, rules) in &self.config_schema.properties {
            faults.extend(property_faults(rules).into_iter().map(|fault| format!("manifest: config {key}: {fault}")));
        }
        faults
    }
}

impl Schema {
    /// The defaults with `given` over them. A key that has neither is left out.
    pub(crate) fn complete(&self, given: &Map<String, Value>) -> Map<String, Value> {
        let mut complete: Map<String, Value> = self
            .properties
            .iter()
            .filter_map(|(key, rules)| Some((key.clone(), rules.get("default")?.clone())))
            .collect();
        complete.extend(given.clone());
        complete
    }

    /// Every value worth trying: each bound, each allowed value, and what only the schema forbids to be strange.
    pub(crate) fn edges(&self) -> Vec<(String, Value)> {
        let mut edges = Vec::new();
        for (key, rules) in &self.properties {
            let mut values: Vec<Value> =
                ["minimum", "maximum"].iter().filter_map(|edge| rules.get(edge).cloned()).collect();
            values.extend(rules.get("enum").and_then(Value::as_array).cloned().unwrap_or_default());
            match rules.get("type").and_then(Value::as_str) {
                Some("boolean") => values.extend([json!(true), json!(false)]),
                Some("string") if rules.get("enum").is_none() => values.extend([json!(""), json!("ورّاق\u{0}\n/../")]),
                Some("array") => values.extend([json!([]), json!(["", "ورّاق"])]),
                _ => {}
            }
            edges.extend(values.into_iter().map(|value| (key.clone(), value)));
        }
        edges
    }
}

/// Is it a name that the host would intern?
pub(crate) fn is_field_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && !matches!(name, "schema" | "trace")
}

fn property_faults(rules: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    if rules.get("description").and_then(Value::as_str).is_none_or(str::is_empty) {
        faults.push("it has no description".to_owned());
    }
    let kind = rules.get("type").and_then(Value::as_str).unwrap_or("");
    if !matches!(kind, "integer" | "number" | "string" | "boolean" | "array") {
        faults.push(format!("its type is {kind:?}, wanted integer, number, string, boolean or array"));
    }
    let Some(default) = rules.get("default") else { return faults };
    let fits = match kind {
        "integer" => default.is_i64() || default.is_u64(),
        "number" => default.is_number(),
        "string" => default.is_string(),
        "boolean" => default.is_boolean(),
        _ => default.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
    };
    let bound = |name: &str| rules.get(name).and_then(Value::as_f64);
    let number = default.as_f64().unwrap_or(0.0);
    let in_bounds = bound("minimum").is_none_or(|minimum| number >= minimum)
        && bound("maximum").is_none_or(|maximum| number <= maximum)
        && rules.get("enum").and_then(Value::as_array).is_none_or(|allowed| allowed.contains(default));
    if !fits || !in_bounds {
        faults.push(format!("its default {default} does not fit its own rules"));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_daemon_would_refuse_is_found() {
        let manifest = json!({
            "id": "Short", "version": "", "abi": 2, "reads": ["Body"], "writes": ["id"], "stateful": true, "deadline_ms": 0,
            "config_schema": { "properties": { "count": { "type": "integer", "minimum": 3, "default": 1 } } },
        });
        assert_eq!(Manifest::parse(&manifest.to_string()).unwrap().faults().len(), 9);
    }
}
