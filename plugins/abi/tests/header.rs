//! The header and its Rust mirror agree: constants and layout are printed by a C program and compared with the mirror's.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;
use std::mem::{offset_of, size_of};
use std::path::Path;
use std::process::Command;

use warraq_abi as abi;

/// Compiles `main` against the header as C99, runs it and returns what it printed.
fn run_c(main: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (source, program) = (folder.join("layout.c"), folder.join("layout"));
    std::fs::write(
        &source,
        format!("#include <stdio.h>\n#include \"warraq_plugin.h\"\nint main(void) {{\n{main}return 0;\n}}\n"),
    )
    .unwrap();
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("include");
    let built = Command::new("cc")
        .args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"])
        .args([&include, &source])
        .arg("-o")
        .arg(&program)
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    String::from_utf8(Command::new(program).output().unwrap().stdout).unwrap()
}

#[test]
fn layout_and_constants_agree() {
    let mut program = String::new();
    let mut expected = String::new();
    let mut check = |expression: &str, value: i64| {
        writeln!(program, "printf(\"{expression} %lld\\n\", (long long)({expression}));").unwrap();
        writeln!(expected, "{expression} {value}").unwrap();
    };
    macro_rules! offsets {
        ($c:literal, $rust:ty, $($c_member:ident $rust_member:ident),*) => {
            check(concat!("sizeof(", $c, ")"), size_of::<$rust>() as i64);
            $(check(concat!("offsetof(", $c, ", ", stringify!($c_member), ")"), offset_of!($rust, $rust_member) as i64);)*
        };
    }
    offsets!("warraq_slice", abi::Slice, data data, len len);
    offsets!("warraq_value", abi::Value, type kind, reserved reserved, as data);
    offsets!("warraq_verdict", abi::Verdict, code code, retry_after_ms retry_after_ms);
    offsets!("warraq_host", abi::Host, size size, abi abi, context context, extension extension, fail fail, field field,
        get get, set set, reason reason, refer refer, note note, remaining_us remaining_us);
    offsets!("warraq_plugin", abi::Plugin, size size, abi abi, create create, start start, process process, flush flush,
        stop stop, destroy destroy, extension extension);
    offsets!("warraq_log", abi::Log, size size, reserved reserved, enabled enabled, message message);
    offsets!("warraq_settlement", abi::Settlement, size size, outcome outcome, sequence sequence, id id, note note);
    offsets!("warraq_settle", abi::Settle, size size, reserved reserved, checkpoint checkpoint, settled settled);

    check("WARRAQ_ABI_MAJOR", abi::ABI_MAJOR.into());
    for (index, name) in abi::field::NAMES.iter().enumerate() {
        check(&format!("WARRAQ_FIELD_{}", name.to_uppercase()), index as i64 + 1);
    }
    check("WARRAQ_FIELD_CUSTOM", abi::field::CUSTOM.into());
    {
        use abi::value_type::*;
        for (name, value) in [
            ("NULL", NULL),
            ("TEXT", TEXT),
            ("INTEGER", INTEGER),
            ("FLOAT", FLOAT),
            ("BOOLEAN", BOOLEAN),
            ("BYTES", BYTES),
            ("JSON", JSON),
        ] {
            check(&format!("WARRAQ_{name}"), value.into());
        }
    }
    {
        use abi::verdict::*;
        for (name, value) in
            [("PASS", PASS), ("DROP", DROP), ("HOLD", HOLD), ("RETRY", RETRY), ("REJECT", REJECT), ("BROKEN", BROKEN)]
        {
            check(&format!("WARRAQ_{name}"), value.into());
        }
    }
    {
        use abi::level::*;
        for (name, value) in [("TRACE", TRACE), ("DEBUG", DEBUG), ("INFO", INFO), ("WARN", WARN), ("ERROR", ERROR)] {
            check(&format!("WARRAQ_{name}"), value.into());
        }
    }
    {
        use abi::outcome::*;
        for (name, value) in
            [("PUBLISHED", PUBLISHED), ("DUPLICATE", DUPLICATE), ("QUARANTINED", QUARANTINED), ("IN_FLIGHT", IN_FLIGHT)]
        {
            check(&format!("WARRAQ_{name}"), value.into());
        }
    }
    for (name, value) in [
        ("OK", abi::OK),
        ("EMISSING", abi::EMISSING),
        ("ETYPE", abi::ETYPE),
        ("EDENIED", abi::EDENIED),
        ("ELIMIT", abi::ELIMIT),
        ("EFIELD", abi::EFIELD),
    ] {
        check(&format!("WARRAQ_{name}"), value.into());
    }
    assert_eq!(run_c(&program), expected);
}

#[test]
fn header_is_clean_cpp11() {
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("include");
    let source = Path::new(env!("CARGO_TARGET_TMPDIR")).join("header.cpp");
    std::fs::write(&source, "#include \"warraq_plugin.h\"\nint main() { return 0; }\n").unwrap();
    let built = Command::new("c++")
        .args(["-std=c++11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-I"])
        .args([&include, &source])
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}
