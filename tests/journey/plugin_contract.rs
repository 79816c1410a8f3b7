//! A plugin that does not keep the contract is refused before it sees an article, in a message that names the file, what was found
//! and what was wanted.

use std::fs;

use crate::support::{Shop, hostile};

/// `run` and `check` end with 78 and say these texts in one line; nothing has been taken from the inbox.
#[track_caller]
fn check(chain: &str, said: &[&str]) {
    let shop = Shop::configured(chain);
    shop.write("story.txt", "story");
    for finished in [shop.spawn(&["--drain"]).finish(), shop.check()] {
        assert_eq!(finished.code, Some(78), "{}", finished.log);
        let messages: Vec<&str> = finished.log.lines().filter(|line| line.starts_with("warraq: ")).collect();
        assert!(messages.len() == 1 && said.iter().all(|text| messages[0].contains(text)), "{said:?}\n{messages:#?}");
    }
    assert_eq!(shop.listing("inbox"), ["story.txt"]);
    assert_eq!(shop.decided(), 0);
}

/// As `check`, for a plugin among those written in C.
#[track_caller]
fn check_hostile(name: &str, said: &[&str]) {
    let file = hostile::folder().join(format!("lib{name}.so")).display().to_string();
    let said: Vec<&str> = [name, &file].into_iter().chain(said.iter().copied()).collect();
    check(&format!("[[plugin]]\nname = '{name}'\n"), &said);
}

/// As `check`, for a file with this content.
#[track_caller]
fn check_content(content: &[u8], said: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("libodd.so");
    fs::write(&file, content).unwrap();
    let file = file.display().to_string();
    let said: Vec<&str> = [file.as_str()].into_iter().chain(said.iter().copied()).collect();
    check(&format!("[[plugin]]\nname = 'odd'\nfile = '{file}'\n"), &said);
}

#[test]
fn a_plugin_that_is_not_there() {
    check("[[plugin]]\nname = 'absent'\n", &["plugin absent: no such shared object", "libabsent.so", "absent.so"]);
    check("[[plugin]]\nname = 'absent'\nfile = '/nowhere/odd.so'\n", &["plugin absent", "/nowhere/odd.so"]);
}

#[test]
fn files_that_are_no_shared_objects() {
    check_content(b"", &["plugin odd", "not a shared object"]);
    check_content(b"#!/bin/sh\necho hello\n", &["plugin odd", "not a shared object"]);
    check_content(b"\x7FELF", &["plugin odd", "not a shared object"]);
}

#[test]
fn a_plugin_that_was_cut_off() {
    let whole = fs::read(hostile::folder().join("libpuppet.so")).unwrap();
    check_content(&whole[..whole.len() / 2], &["plugin odd"]);
}

#[test]
fn a_shared_object_that_is_no_plugin() {
    check_hostile("without_symbols", &["does not export warraq_manifest_v1", "not a Warraq plugin"]);
    check_hostile("without_vtable", &["does not export warraq_plugin_v1"]);
}

#[test]
fn another_version_of_the_abi() {
    check_hostile("manifest_of_another_abi", &["found ABI version 2, wanted 1"]);
    check_hostile("vtable_of_another_abi", &["vtable says ABI version 2, wanted 1"]);
}

#[test]
fn a_vtable_that_is_not_whole() {
    check_hostile("vtable_too_small", &["vtable has 8 bytes, wanted at least 64"]);
    check_hostile("without_process", &["vtable leaves out process"]);
}

#[test]
fn a_manifest_that_is_wrong() {
    check_hostile("manifest_not_json", &["its manifest does not read", "line 1 column 1"]);
    check_hostile("stateful_per_worker", &["its manifest says stateful, so its threading must be \"serial\""]);
}

#[test]
fn fields_that_nobody_may_write() {
    let shop = Shop::configured("[[plugin]]\nname = 'writes_read_only'\n");
    let finished = shop.check();
    assert_eq!(finished.code, Some(78));
    for said in ["it writes `source`, which is read only", "names the field `Not A Name`, wanted"] {
        assert!(finished.log.contains(said), "{}", finished.log);
    }
}

#[test]
fn a_value_that_its_schema_refuses() {
    let puppet = |config: &str| format!("[[plugin]]\nname = 'puppet'\n[plugin.config]\n{config}\n");
    check(&puppet("strings = 0"), &["plugin puppet", "config.strings: found 0, wanted at least 1"]);
    check(&puppet("strings = 10"), &["plugin puppet", "config.strings: found 10, wanted at most 9"]);
    check(&puppet("strings = 'three'"), &["plugin puppet", "config.strings: found \"three\", wanted integer"]);
    check(&puppet("string = 3"), &["plugin puppet", "config.string: unknown key, did you mean `strings`?"]);
}

#[test]
fn a_plugin_that_cannot_begin() {
    check("[[plugin]]\nname = 'create_fails'\n", &["plugin create_fails does not start: the model file is missing"]);
    check("[[plugin]]\nname = 'start_fails'\n", &["plugin start_fails does not start: the index is locked"]);
}

#[test]
fn a_plugin_that_panics_at_its_start() {
    for moment in ["create", "start"] {
        let chain = format!("[[plugin]]\nname = 'hostile_plugins'\n[plugin.config]\npanic_at = '{moment}'\n");
        check(&chain, &["plugin hostile_plugins does not start", &format!("told to panic in {moment}")]);
    }
}

#[test]
fn every_bad_plugin_is_named_at_once() {
    let chain = "[[plugin]]\nname = 'absent'\n[[plugin]]\nname = 'manifest_not_json'\n[[plugin]]\nname = 'puppet'\n\
                 [[plugin]]\nname = 'manifest_of_another_abi'\n";
    let finished = Shop::configured(chain).check();
    assert_eq!(finished.code, Some(78));
    let lines: Vec<&str> = finished.log.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:#?}");
    for (line, name) in lines.iter().zip(["absent", "manifest_not_json", "manifest_of_another_abi"]) {
        assert!(line.starts_with(&format!("warraq: plugin {name}: ")), "{line}");
    }
}

#[test]
fn check_says_the_same_to_scripts() {
    let finished = Shop::configured("[[plugin]]\nname = 'absent'\n").warraq(&["check", "--json"]);
    assert_eq!(finished.code, Some(78));
    let said: serde_json::Value = serde_json::from_str(&finished.output).unwrap();
    assert_eq!(said["ok"], false);
    assert!(said["problems"][0].as_str().unwrap().starts_with("plugin absent: "), "{said}");
}
