//! Gathers the layers of the configuration (files, drop-ins, environment) and merges them, later over earlier.
//! It never looks at a value: whether it will do is decided in raw.rs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ::config::{ConfigError, FileFormat, Format, Map, Source, Value, ValueKind};

use super::problem::{Problems, quoted};
use super::raw::SECTIONS;

/// `WARRAQ__CHAIN__WORKERS=4` is `workers = 4` in `[chain]`.
pub(super) const ENVIRONMENT_PREFIX: &str = "WARRAQ__";
const ENVIRONMENT_SEPARATOR: &str = "__";

/// The folder of drop-ins beside the file.
const DROP_INS: &str = "conf.d";
/// A configuration is a page of text; a larger file is something else.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What one source said.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) origin: String,
    pub(super) entries: Map<String, Value>,
}

/// The main file, then its drop-ins in name order. An optional file may be missing, and so may the drop-in folder.
pub(super) fn files(main: &Path, optional: bool, problems: &mut Problems) -> Vec<Layer> {
    let mut layers: Vec<Layer> = file(main, optional, problems).into_iter().collect();
    let folder = main.parent().unwrap_or(Path::new("/")).join(DROP_INS);
    layers.extend(drop_ins(&folder, problems).iter().filter_map(|path| file(path, false, problems)));
    layers
}

/// One layer for all variables together. A key of `[[inbox]]` has no number here: it is meant for every inbox.
pub(super) fn environment(variables: &[(String, String)], problems: &mut Problems) -> Option<Layer> {
    let mut sections: Map<String, Map<String, Value>> = Map::new();
    for (name, value) in variables {
        let Some(path) = name.strip_prefix(ENVIRONMENT_PREFIX) else { continue };
        let path = path.to_lowercase();
        match path.split(ENVIRONMENT_SEPARATOR).collect::<Vec<_>>()[..] {
            ["plugin", ..] => {
                problems.add(name, "plugin", "the plugins are a list with names, wanted in a file ([[plugin]])")
            }
            [section, key] if !section.is_empty() && !key.is_empty() => {
                let value = Value::new(Some(name), value.as_str());
                sections.entry(section.to_owned()).or_default().insert(key.to_owned(), value);
            }
            _ => problems.add(name, "", format!("found {}, wanted WARRAQ__SECTION__KEY", quoted(name))),
        }
    }
    let entries: Map<String, Value> =
        sections.into_iter().map(|(section, keys)| section_value(section, keys)).collect();
    (!entries.is_empty()).then(|| Layer { origin: "environment".to_owned(), entries })
}

/// All layers as one table. Lists are replaced as a whole, tables are joined key by key.
pub(super) fn merge(files: &[Layer], environment: Option<&Layer>) -> Result<Map<String, Value>, ConfigError> {
    let mut builder = ::config::Config::builder();
    for layer in files {
        builder = builder.add_source(layer.clone());
    }
    let mut every_inbox = None;
    if let Some(mut layer) = environment.cloned() {
        every_inbox = layer.entries.remove("inbox");
        builder = builder.add_source(layer);
    }
    let mut merged = builder.build()?.cache.into_table()?;
    // A configuration that names no inbox has one, with all defaults.
    merged.entry("inbox".to_owned()).or_insert_with(|| vec![Value::new(None, ValueKind::Table(Map::new()))].into());
    if let Some(overlay) = every_inbox {
        lay_over_inboxes(&mut merged, overlay);
    }
    Ok(merged)
}

/// One value of a merged table, if somebody wrote it.
pub(super) fn value<'a>(merged: &'a Map<String, Value>, section: &str, key: &str) -> Option<&'a Value> {
    match &merged.get(section)?.kind {
        ValueKind::Table(entries) => entries.get(key),
        _ => None,
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    /// Known sections only: the library reads a key at the top as a path, and `"inbox[999999999]"` would make it allocate that
    /// many entries. An unknown one is in the list of problems already.
    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        let known = self.entries.iter().filter(|(key, _)| SECTIONS.contains(&key.as_str()));
        Ok(known.map(|(key, value)| (key.clone(), value.clone())).collect())
    }
}

fn section_value(section: String, keys: Map<String, Value>) -> (String, Value) {
    let table = Value::new(None, ValueKind::Table(keys));
    let value = if section == "inbox" { Value::new(None, ValueKind::Array(vec![table])) } else { table };
    (section, value)
}

fn lay_over_inboxes(merged: &mut Map<String, Value>, overlay: Value) {
    let ValueKind::Array(overlay) = overlay.kind else { return };
    let Some(ValueKind::Table(keys)) = overlay.into_iter().next().map(|entry| entry.kind) else { return };
    let Some(ValueKind::Array(inboxes)) = merged.get_mut("inbox").map(|inboxes| &mut inboxes.kind) else { return };
    for inbox in inboxes {
        if let ValueKind::Table(inbox) = &mut inbox.kind {
            inbox.extend(keys.clone());
        }
    }
}

fn drop_ins(folder: &Path, problems: &mut Problems) -> Vec<PathBuf> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Vec::new();
        }
        Err(error) => {
            problems.add(&folder.to_string_lossy(), "", format!("cannot be read: {error}"));
            return Vec::new();
        }
    };
    let mut paths = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => paths.push(entry.path()),
            Err(error) => problems.add(&folder.to_string_lossy(), "", format!("cannot be read: {error}")),
        }
    }
    // Editors leave .#50-local.toml and the like beside the file.
    let hidden = |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml") && !hidden(path));
    paths.sort();
    paths
}

fn file(path: &Path, optional: bool, problems: &mut Problems) -> Option<Layer> {
    let origin = path.to_string_lossy().into_owned();
    let text = match read(path) {
        Ok(text) => text,
        Err(error) if optional && error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            problems.add(&origin, "", format!("cannot be read: {error}"));
            return None;
        }
    };
    match FileFormat::Toml.parse(Some(&origin), text.strip_prefix('\u{feff}').unwrap_or(&text)) {
        Ok(entries) => Some(Layer { origin, entries }),
        Err(error) => {
            let (place, what) = place_and_message(&error.to_string());
            problems.add(&format!("{origin}{place}"), "", format!("not valid TOML: {what}"));
            None
        }
    }
}

fn read(path: &Path) -> io::Result<String> {
    let metadata = fs::metadata(path)?;
    // A FIFO would hang the start, a device could fill the memory.
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    if metadata.len() > FILE_BYTES_MAX {
        let text = format!("{} bytes, wanted at most {FILE_BYTES_MAX}", metadata.len());
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
    }
    fs::read_to_string(path)
}

/// The parser draws a picture: `TOML parse error at line 3, column 7`, the line with a mark under it, then what is wrong.
/// We need `:3:7` and the last part on one line.
fn place_and_message(error: &str) -> (String, String) {
    let mut lines = error.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let Some((line, column)) = first.split_once("at line ").and_then(|(_, place)| place.split_once(", column ")) else {
        return (String::new(), error.lines().collect::<Vec<_>>().join(" "));
    };
    let is_picture = |line: &str| {
        line.split_once('|').is_some_and(|(number, _)| number.trim().bytes().all(|byte| byte.is_ascii_digit()))
    };
    let message: Vec<&str> = lines.filter(|line| !is_picture(line)).collect();
    (format!(":{line}:{column}"), message.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_taken_out_of_the_picture() {
        let picture = "TOML parse error at line 3, column 7\n  |\n3 | path = \n  |       ^\nstring values must be quoted\nexpected x\n";
        assert_eq!(place_and_message(picture), (":3:7".into(), "string values must be quoted; expected x".into()));
        assert_eq!(place_and_message("number\ntoo large"), (String::new(), "number too large".into()));
    }
}
