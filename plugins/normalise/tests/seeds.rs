//! The five seed articles: every labelled line of furniture is taken off and named, and nothing else is.

#![expect(clippy::unwrap_used, reason = "a seed that cannot be read is a failed test")]

use std::path::Path;

use normalise::{clean, furniture, language};
use warraq_text::fold_key;

fn squeezed_key(line: &str) -> String {
    fold_key(line).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn each_seed(check: impl Fn(&str, &str, &serde_json::Value)) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds");
    let expected: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap();
    let seeds = expected["seeds"].as_object().unwrap();
    assert_eq!(seeds.len(), 5);
    for (name, labels) in seeds {
        check(name, &std::fs::read_to_string(folder.join(name)).unwrap(), labels);
    }
}

#[test]
fn furniture_is_what_the_labels_say() {
    each_seed(|name, raw, labels| {
        let (_, furniture) = furniture::take_off(&clean::clean(raw));
        let found: Vec<(&str, String)> = furniture.iter().map(|line| (line.kind, squeezed_key(&line.text))).collect();
        let expected: Vec<(&str, String)> = labels["furniture"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| (line["kind"].as_str().unwrap(), squeezed_key(line["text"].as_str().unwrap())))
            .collect();
        assert_eq!(found, expected, "{name}");
    });
}

#[test]
fn every_other_line_survives() {
    each_seed(|name, raw, labels| {
        let (body, _) = furniture::take_off(&clean::clean(raw));
        let furniture: Vec<String> = labels["furniture"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| squeezed_key(line["text"].as_str().unwrap()))
            .collect();
        let kept: Vec<String> = body.lines().map(squeezed_key).filter(|line| !line.is_empty()).collect();
        let mut wanted: Vec<String> = raw.lines().map(squeezed_key).filter(|line| !line.is_empty()).collect();
        wanted.retain(|line| !furniture.contains(line));
        assert_eq!(kept, wanted, "{name}");
        assert_eq!(clean::clean(&body), body, "{name}");
        assert_eq!(language::language("", &body), Some("ar"), "{name}");
    });
}
