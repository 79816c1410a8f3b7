//! The four steps that ship pass the examination, as the shared objects that the daemon opens.
#![allow(clippy::unwrap_used, reason = "tests")]

fn check(name: &str) {
    // Cargo puts the shared objects of dev-dependencies beside the test's own executable.
    let folder = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    warraq_testkit::check_file(folder.join(format!("lib{name}.so")));
}

#[test]
fn normalise() {
    check("normalise");
}

#[test]
fn dedupe() {
    check("dedupe");
}

#[test]
fn extract() {
    check("extract");
}

#[test]
fn summarise() {
    check("summarise");
}
