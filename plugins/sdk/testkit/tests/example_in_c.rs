//! The example in C, built by its own Makefile: it keeps the contract, and does what it says.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use warraq_testkit::{Article, Harness, Value, check_file};

#[test]
#[expect(clippy::print_stderr, reason = "what is skipped is said aloud")]
fn breaking() {
    if Command::new("make").arg("--version").output().is_err() {
        eprintln!("SKIPPED: there is no make");
        return;
    }
    let plugin = build();
    check_file(&plugin);
    let mut harness = Harness::file(&plugin, json!({}));
    for (headline, expected) in [("عاجل: زلزال", true), ("Breaking: quake", true), ("عا", false), ("زلزال عاجل", false)]
    {
        let answer = harness.process(&Article::new("نص").text("headline", headline));
        assert_eq!(answer.get("breaking"), Some(&Value::Boolean(expected)), "{headline}");
    }
    let without = harness.process(&Article::new("نص"));
    assert_eq!(without.get("breaking"), Some(&Value::Boolean(false)));
}

fn build() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/breaking_c");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let built = Command::new("make").arg("-C").arg(folder).arg(format!("BUILD={}", target.display())).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    target.join("libbreaking.so")
}
