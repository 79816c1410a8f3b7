//! Every fault of `faulty/faulty.c` is found, each by the sentence that names it: an examination that cannot fail is worth nothing.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::Command;

use warraq_testkit::{Subject, examine};

/// Set in the process that is to die of a fault; holds the path of the plugin.
const VICTIM: &str = "WARRAQ_TESTKIT_VICTIM";

/// Faults as `faulty.c` counts them, with what is said of them.
const FOUND: [(u32, &str); 21] = [
    (6, "get() was called with an article after its process() had returned"),
    (7, "get() was called on another thread than process()"),
    (8, "it reads byline, which the manifest does not declare"),
    (9, "it sets body, which the manifest does not declare"),
    (10, "it sets headline to a value of a wrong type"),
    (11, "it sets headline to a value of a wrong type, or that is not well formed"),
    (12, "process() left a verdict unwritten"),
    (13, "the unknown verdict 42"),
    (14, "HOLD names no article"),
    (15, "an article is referred to itself"),
    (16, "REJECT without reason()"),
    (17, "create() failed and did not say why"),
    (18, "leaves memory behind"),
    (19, "leaves an open file behind"),
    (20, "asked twice about one article, it answers differently"),
    (21, "it offers the extension \"warraq.nonsense/9\""),
    (22, "it does not offer warraq.settle/1"),
    (23, "told of each outcome twice, it answers otherwise"),
    (24, "with a note in flight handed back, it answers a copy otherwise"),
    (25, "its checkpoint reaches"),
    (26, "it leaves a note, and the manifest does not say stateful"),
];

/// Faults that end the process, with its last words.
const FATAL: [(u32, &str); 5] = [
    (1, "it used a value of an article after process() had returned or the field was set again"),
    (2, "it used a value of an article after process() had returned or the field was set again"),
    (3, "it used a value of an article past its end"),
    (4, "it used its configuration after create() had returned"),
    (5, "it looked into an article"),
];

#[test]
fn a_plugin_without_a_fault_passes() {
    assert_eq!(findings(&compile(0)), [""; 0]);
}

#[test]
fn faults_are_found_and_named() {
    for (fault, sentence) in FOUND {
        let found = findings(&compile(fault));
        assert!(
            found.iter().any(|finding| finding.contains(sentence)),
            "fault {fault}: wanted {sentence:?} in {found:?}"
        );
    }
}

#[test]
fn memory_that_was_lent_cannot_be_kept() {
    for (fault, sentence) in FATAL {
        let victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "victim", "--nocapture"])
            .env(VICTIM, compile(fault))
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&victim.stderr);
        assert!(!victim.status.success() && words.contains(sentence), "fault {fault}: {:?} {words}", victim.status);
    }
}

/// The process that dies; does nothing unless it was started for that.
#[test]
fn victim() {
    if let Some(plugin) = std::env::var_os(VICTIM) {
        findings(Path::new(&plugin));
    }
}

fn findings(plugin: &Path) -> Vec<String> {
    examine(&Subject::file(plugin).unwrap(), &[])
}

fn compile(fault: u32) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // Under a name of its own first: another run of the tests may be loading the same.
    let unfinished = folder.join(format!("faulty{fault}.so.{}", std::process::id()));
    let built = Command::new("cc")
        .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-fvisibility=hidden", "-O0", "-fPIC", "-shared", "-pthread"])
        .arg(format!("-DFAULT={fault}"))
        .arg("-I")
        .arg(here.join("../../abi/include"))
        .arg(here.join("tests/faulty/faulty.c"))
        .arg("-o")
        .arg(&unfinished)
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let plugin = folder.join(format!("faulty{fault}.so"));
    std::fs::rename(unfinished, &plugin).unwrap();
    plugin
}
