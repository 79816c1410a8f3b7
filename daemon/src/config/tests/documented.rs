//! `config/warraq.toml` is the documentation of every key; it must say what raw.rs does.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::super::*;
use super::Case;

fn shipped() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/warraq.toml")).unwrap()
}

/// Every section that holds keys, as a file writes it, with what its name is in a problem.
const SECTIONS: [(&str, &str); 11] = [
    ("[shop]", "shop"),
    ("[[inbox]]", "inbox[0]"),
    ("[claim]", "claim"),
    ("[decode]", "decode"),
    ("[chain]", "chain"),
    ("[ledger]", "ledger"),
    ("[plugins]", "plugins"),
    ("[[plugin]]", "plugin[0]"),
    ("[lifecycle]", "lifecycle"),
    ("[retention]", "retention"),
    ("[log]", "log"),
];

/// The keys that raw.rs knows, as it lists them when it meets an unknown one.
fn known_keys() -> BTreeMap<&'static str, Vec<String>> {
    let mut known = BTreeMap::new();
    for (header, name) in SECTIONS {
        let problems = Case::new(&format!("{header}\n0000000000 = 1")).problems();
        let key = format!("{name}.0000000000: ");
        let line = problems.iter().find(|line| line.contains(&key)).unwrap_or_else(|| panic!("{problems:?}"));
        let (_, keys) = line.split_once("wanted one of: ").unwrap();
        known.insert(header, keys.split(", ").map(str::to_owned).collect());
    }
    known
}

/// The shipped file's lines by section; lines of one that is repeated come together.
fn shipped_sections(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut sections: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut header = String::new();
    for line in text.lines() {
        if line.starts_with('[') {
            header = line.to_owned();
        }
        sections.entry(header.clone()).or_default().push(line.to_owned());
    }
    sections
}

#[test]
fn the_shipped_file_equals_the_defaults() {
    assert_eq!(Case::new(&shipped()).config(), Case::new("").config());
}

#[test]
fn every_section_is_checked_here() {
    let line = &Case::new("zzzzzzzz = 1").problems()[0];
    let (_, sections) = line.split_once("wanted one of: ").unwrap();
    let ours: Vec<&str> = SECTIONS.iter().map(|(header, _)| header.trim_matches(['[', ']'])).collect();
    assert_eq!(sections, ours.join(", "));
    assert_eq!(raw::SECTIONS[..], ours);
}

#[test]
fn every_key_is_in_the_shipped_file_under_a_comment() {
    let text = shipped();
    let sections = shipped_sections(&text);
    for (header, keys) in known_keys() {
        let lines = &sections[header];
        for key in keys {
            let is_key = |line: &String| {
                let line = line.strip_prefix("# ").unwrap_or(line);
                line.starts_with(&format!("{key} = ")) || line == format!("[plugin.{key}]")
            };
            let position = lines.iter().position(is_key).unwrap_or_else(|| panic!("{header} {key} is not documented"));
            assert!(lines[position - 1].starts_with("# "), "{header} {key} has no comment above it");
        }
    }
}

#[test]
fn every_bound_is_in_the_comment_of_its_key() {
    let text = shipped();
    let sections = shipped_sections(&text);
    let mut bounds_seen = 0;
    for (header, keys) in known_keys() {
        for key in keys {
            // A value of no type that any key has, so that the problem says what is wanted.
            let problems = Case::new(&format!("{header}\n{key} = true")).problems();
            let Some((_, bounds)) = problems
                .iter()
                .find_map(|line| line.rsplit_once("wanted "))
                .and_then(|(_, wanted)| wanted.split_once("number, ").or_else(|| wanted.split_once("seconds, ")))
            else {
                continue;
            };
            let lines = &sections[header];
            let position =
                lines.iter().position(|line| line.trim_start_matches("# ").starts_with(&format!("{key} = "))).unwrap();
            let comment: Vec<&String> =
                lines[..position].iter().rev().take_while(|line| line.starts_with('#')).collect();
            assert!(comment.iter().any(|line| line.contains(bounds)), "{header} {key}: {bounds} is not in {comment:?}");
            bounds_seen += 1;
        }
    }
    assert_eq!(bounds_seen, 21, "a key with bounds is missing here, or this test no longer finds them");
}

/// Whatever is put in place of a value, loading ends with a configuration or with problems, never with a panic.
#[test]
fn no_value_is_a_surprise() {
    const ODD: [&str; 18] = [
        "true",
        "-1",
        "0",
        "''",
        "'x'",
        "'/'",
        "'.'",
        "'..'",
        "'\\u0000'",
        "\"\\u0000\"",
        "[]",
        "['']",
        "[[1]]",
        "{}",
        "{ a = 1 }",
        "nan",
        "1e308",
        "1979-05-27",
    ];
    let whole = shipped();
    for (header, keys) in known_keys() {
        for key in keys {
            for value in ODD {
                let case = Case::new(&format!("{header}\n{key} = {value}"));
                let environment = format!("WARRAQ__{}__{key}", header.trim_matches(['[', ']'])).to_uppercase();
                let variable = Case::new(&whole).variable(&environment, value.trim_matches('\''));
                for outcome in [case.load(), variable.load()] {
                    assert!(outcome.is_ok() || !outcome.unwrap_err().problems().is_empty(), "{header} {key} = {value}");
                }
            }
        }
        for value in ODD {
            let _ = Case::new(&format!("{} = {value}", header.trim_matches(['[', ']']))).load();
        }
    }
}
