//! The Rust mirror of `include/warraq_plugin.h`; the header is the reference and explains every function.
//!
//! There is no logic here and there are no dependencies: only types whose layout is pinned at compile time, so that host and
//! plugins built years apart still agree. `tests/header.rs` checks the mirror against the header with a C compiler.
#![allow(missing_docs, reason = "the header documents every item, and a second copy would drift from it")]

use core::ffi::c_void;
use core::mem::{offset_of, size_of};

pub const ABI_MAJOR: u32 = 1;
/// The C header itself, for templates and tools that write plugins in other languages.
pub const HEADER: &str = include_str!("../include/warraq_plugin.h");

pub const PLUGIN_SYMBOL: &str = "warraq_plugin_v1";
pub const MANIFEST_SYMBOL: &str = "warraq_manifest_v1";

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Slice {
    pub data: *const u8,
    pub len: usize,
}

/// Opaque to plugins.
#[repr(C)]
pub struct Article {
    _opaque: [u8; 0],
}

pub mod value_type {
    pub const NULL: u32 = 0;
    pub const TEXT: u32 = 1;
    pub const INTEGER: u32 = 2;
    pub const FLOAT: u32 = 3;
    pub const BOOLEAN: u32 = 4;
    pub const BYTES: u32 = 5;
    pub const JSON: u32 = 6;
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Value {
    pub kind: u32,
    pub reserved: u32,
    pub data: ValueData,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub union ValueData {
    pub slice: Slice,
    pub integer: i64,
    pub real: f64,
}

pub mod field {
    pub const ID: u32 = 1;
    pub const SOURCE: u32 = 2;
    pub const BODY: u32 = 3;
    pub const FOLD: u32 = 4;
    pub const LANGUAGE: u32 = 5;
    pub const HEADLINE: u32 = 6;
    pub const SUBHEADS: u32 = 7;
    pub const BYLINE: u32 = 8;
    pub const DATELINE: u32 = 9;
    pub const PUBLISHED: u32 = 10;
    pub const AGENCIES: u32 = 11;
    pub const FURNITURE: u32 = 12;
    pub const ENTITIES: u32 = 13;
    pub const DATES: u32 = 14;
    pub const QUOTES: u32 = 15;
    pub const FIGURES: u32 = 16;
    pub const KEYWORDS: u32 = 17;
    pub const SUMMARY: u32 = 18;
    pub const RELATED: u32 = 19;
    /// The first id given to an interned name.
    pub const CUSTOM: u32 = 256;

    /// The fixed fields in id order, from 1.
    pub const NAMES: [&str; 19] = [
        "id",
        "source",
        "body",
        "fold",
        "language",
        "headline",
        "subheads",
        "byline",
        "dateline",
        "published",
        "agencies",
        "furniture",
        "entities",
        "dates",
        "quotes",
        "figures",
        "keywords",
        "summary",
        "related",
    ];
}

pub const OK: i32 = 0;
pub const EMISSING: i32 = -1;
pub const ETYPE: i32 = -2;
pub const EDENIED: i32 = -3;
pub const ELIMIT: i32 = -4;
pub const EFIELD: i32 = -5;

pub mod verdict {
    pub const PASS: i32 = 0;
    pub const DROP: i32 = 1;
    pub const HOLD: i32 = 2;
    pub const RETRY: i32 = 3;
    pub const REJECT: i32 = 4;
    pub const BROKEN: i32 = 5;
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub code: i32,
    pub retry_after_ms: u32,
}

pub mod level {
    pub const TRACE: i32 = 0;
    pub const DEBUG: i32 = 1;
    pub const INFO: i32 = 2;
    pub const WARN: i32 = 3;
    pub const ERROR: i32 = 4;
}

pub mod outcome {
    pub const PUBLISHED: u32 = 1;
    pub const DUPLICATE: u32 = 2;
    pub const QUARANTINED: u32 = 3;
    pub const IN_FLIGHT: u32 = 4;
}

#[repr(C)]
pub struct Host {
    pub size: u32,
    pub abi: u32,
    pub context: *mut c_void,
    pub extension: unsafe extern "C" fn(*mut c_void, Slice) -> *const c_void,
    pub fail: unsafe extern "C" fn(*mut c_void, Slice),
    pub field: unsafe extern "C" fn(*mut c_void, Slice) -> u32,
    pub get: unsafe extern "C" fn(*const Article, u32, *mut Value) -> i32,
    pub set: unsafe extern "C" fn(*mut Article, u32, *const Value) -> i32,
    pub reason: unsafe extern "C" fn(*mut Article, Slice, Slice) -> i32,
    pub refer: unsafe extern "C" fn(*mut Article, Slice) -> i32,
    pub note: unsafe extern "C" fn(*mut Article, Slice) -> i32,
    pub remaining_us: unsafe extern "C" fn(*const Article) -> i64,
}

/// Each function is an `Option` because a plugin written in C may leave one out; the host checks before the first call.
#[repr(C)]
pub struct Plugin {
    pub size: u32,
    pub abi: u32,
    pub create: Option<unsafe extern "C" fn(*const Host, Slice) -> *mut c_void>,
    pub start: Option<unsafe extern "C" fn(*mut c_void) -> i32>,
    pub process: Option<unsafe extern "C" fn(*mut c_void, *const *mut Article, u32, *mut Verdict) -> i32>,
    pub flush: Option<unsafe extern "C" fn(*mut c_void) -> i32>,
    pub stop: Option<unsafe extern "C" fn(*mut c_void)>,
    pub destroy: Option<unsafe extern "C" fn(*mut c_void)>,
    pub extension: Option<unsafe extern "C" fn(*mut c_void, Slice) -> *const c_void>,
}

pub const EXTENSION_LOG: &str = "warraq.log/1";

#[repr(C)]
pub struct Log {
    pub size: u32,
    pub reserved: u32,
    pub enabled: unsafe extern "C" fn(*mut c_void, i32) -> i32,
    pub message: unsafe extern "C" fn(*mut c_void, i32, Slice),
}

#[repr(C)]
pub struct Settlement {
    pub size: u32,
    pub outcome: u32,
    pub sequence: u64,
    pub id: Slice,
    pub note: Slice,
}

pub const EXTENSION_SETTLE: &str = "warraq.settle/1";

#[repr(C)]
pub struct Settle {
    pub size: u32,
    pub reserved: u32,
    pub checkpoint: Option<unsafe extern "C" fn(*mut c_void) -> u64>,
    pub settled: Option<unsafe extern "C" fn(*mut c_void, *const Settlement) -> i32>,
}

// Layout of the 64-bit ABI. A change here is a change of the ABI: members may be appended, nothing else.
#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<Slice>() == 16);
    assert!(size_of::<Value>() == 24 && offset_of!(Value, data) == 8);
    assert!(size_of::<Verdict>() == 8);
    assert!(size_of::<Host>() == 88 && offset_of!(Host, context) == 8 && offset_of!(Host, remaining_us) == 80);
    assert!(size_of::<Plugin>() == 64 && offset_of!(Plugin, create) == 8 && offset_of!(Plugin, extension) == 56);
    assert!(size_of::<Log>() == 24);
    assert!(size_of::<Settlement>() == 48 && offset_of!(Settlement, id) == 16);
    assert!(size_of::<Settle>() == 24);
};
