//! What a plugin says of itself: JSON in its file, read without running any of its code.

use object::{Object, ObjectSymbol};
use serde::Deserialize;
use serde_json::{Map, Value};
use warraq_abi as abi;

/// The manifest. Keys that are not known are ignored, so that newer plugins load in older daemons.
#[derive(Clone, Debug, Deserialize)]
pub struct Manifest {
    /// The plugin's own name.
    pub id: String,
    /// Its version, as it stands in the record's trace.
    pub version: String,
    /// The ABI major version it was built for.
    pub abi: u32,
    /// Fields it reads.
    #[serde(default)]
    pub reads: Vec<String>,
    /// Fields it writes; what it writes it may also read.
    #[serde(default)]
    pub writes: Vec<String>,
    /// How its instances may be called.
    #[serde(default)]
    pub threading: Threading,
    /// It leaves notes and is told of every outcome.
    #[serde(default)]
    pub stateful: bool,
    /// How long one article may take, in milliseconds, unless the configuration says otherwise.
    #[serde(default = "deadline_ms")]
    pub deadline_ms: u64,
    /// JSON Schema (a subset) of its configuration.
    #[serde(default)]
    pub config_schema: ConfigSchema,
}

/// How instances may be called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Threading {
    /// Every worker has an instance of its own.
    #[default]
    PerWorker,
    /// One instance for all workers, one call at a time.
    Serial,
}

/// The subset of JSON Schema that a manifest may use: an object of scalars and lists of text.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ConfigSchema {
    /// The keys of the plugin's configuration.
    #[serde(default)]
    pub properties: Map<String, Value>,
}

fn deadline_ms() -> u64 {
    5_000
}

/// Reads the manifest out of the bytes of a shared object.
pub(super) fn read(file: &[u8]) -> Result<Manifest, String> {
    let bytes = symbol_bytes(file, abi::MANIFEST_SYMBOL)?;
    // A C string literal brings its NUL along.
    let text = bytes.strip_suffix(&[0]).unwrap_or(bytes);
    serde_json::from_slice(text).map_err(|error| format!("its manifest does not read: {error}"))
}

/// The bytes behind an exported data symbol.
fn symbol_bytes<'file>(file: &'file [u8], name: &str) -> Result<&'file [u8], String> {
    use object::ObjectSection as _;
    let elf = object::File::parse(file).map_err(|error| format!("not a shared object: {error}"))?;
    let symbol = elf
        .dynamic_symbols()
        .find(|symbol| symbol.is_definition() && symbol.name() == Ok(name))
        .ok_or_else(|| format!("it does not export {name}, so it is not a Warraq plugin"))?;
    let section = symbol.section_index().and_then(|index| elf.section_by_index(index).ok());
    section
        .and_then(|section| section.data_range(symbol.address(), symbol.size()).ok().flatten())
        .ok_or_else(|| format!("its symbol {name} points outside of the file"))
}

impl ConfigSchema {
    /// The configuration with every default filled in, or everything that is wrong with it, one sentence each.
    pub(super) fn complete(&self, given: &Map<String, Value>) -> Result<Map<String, Value>, Vec<String>> {
        let mut faults = Vec::new();
        for key in given.keys().filter(|key| !self.properties.contains_key(*key)) {
            let known: Vec<&str> = self.properties.keys().map(String::as_str).collect();
            let near = crate::config::nearest(key, &known);
            let hint = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
            faults.push(format!("config.{key}: unknown key{hint}"));
        }
        let mut complete = Map::new();
        for (key, rules) in &self.properties {
            match given.get(key).or_else(|| rules.get("default")) {
                Some(value) => match check(value, rules) {
                    Ok(()) => {
                        complete.insert(key.clone(), value.clone());
                    }
                    Err(fault) => faults.push(format!("config.{key}: {fault}")),
                },
                None => faults.push(format!("config.{key}: missing, and it has no default")),
            }
        }
        if faults.is_empty() { Ok(complete) } else { Err(faults) }
    }
}

/// Checks one value against `type`, `minimum`, `maximum` and `enum`.
fn check(value: &Value, rules: &Value) -> Result<(), String> {
    let wanted = rules.get("type").and_then(Value::as_str).unwrap_or("any");
    let fits = match wanted {
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "array" => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
        _ => true,
    };
    if !fits {
        return Err(format!("found {value}, wanted {}", if wanted == "array" { "a list of strings" } else { wanted }));
    }
    let bound = |name: &str| rules.get(name).and_then(Value::as_f64);
    if let (Some(number), Some(minimum)) = (value.as_f64(), bound("minimum"))
        && number < minimum
    {
        return Err(format!("found {value}, wanted at least {minimum}"));
    }
    if let (Some(number), Some(maximum)) = (value.as_f64(), bound("maximum"))
        && number > maximum
    {
        return Err(format!("found {value}, wanted at most {maximum}"));
    }
    if let Some(allowed) = rules.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        return Err(format!("found {value}, wanted one of {}", Value::Array(allowed.clone())));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> ConfigSchema {
        serde_json::from_value(json!({ "properties": {
            "sentences": { "type": "integer", "minimum": 1, "maximum": 20, "default": 3 },
            "mode": { "type": "string", "enum": ["a", "b"], "default": "a" },
        }}))
        .unwrap()
    }

    fn complete(given: Value) -> Result<Value, Vec<String>> {
        schema().complete(given.as_object().unwrap()).map(Value::Object)
    }

    #[test]
    fn defaults_are_filled_in() {
        assert_eq!(complete(json!({ "sentences": 5 })), Ok(json!({ "sentences": 5, "mode": "a" })));
    }

    #[test]
    fn all_faults_at_once() {
        let faults = complete(json!({ "sentenses": 5, "sentences": 99, "mode": 7 })).unwrap_err();
        assert_eq!(
            faults,
            [
                "config.sentenses: unknown key, did you mean `sentences`?",
                "config.mode: found 7, wanted string",
                "config.sentences: found 99, wanted at most 20",
            ]
        );
    }

    #[test]
    fn not_a_plugin() {
        assert!(read(b"hello").unwrap_err().starts_with("not a shared object"));
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(read(&own).unwrap_err().contains("does not export warraq_manifest_v1"));
    }
}
