//! From a configured plugin to a checked vtable. Nothing in the file runs before its manifest has been read and accepted.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs;
use std::io::Write as _;
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, IntoRawFd};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use rustix::fs::MemfdFlags;
use thiserror::Error;
use warraq_abi as abi;

use super::fields::FieldNames;
use super::manifest::{self, Manifest, Threading};
use crate::config::{self, OnFailure};

/// A plugin that may be instantiated.
pub struct Plugin {
    /// Its name in the configuration, which logs, records and reasons use.
    pub name: String,
    /// The file it was read from.
    pub file: PathBuf,
    /// BLAKE3 of the file, in hex.
    pub digest: String,
    /// What it says of itself.
    pub manifest: Manifest,
    /// What to do when it fails on an article twice.
    pub on_failure: OnFailure,
    /// How long one article may take.
    pub deadline: Duration,
    /// Its complete configuration as JSON.
    pub(super) config: String,
    /// Ids of the fields it may read (and those it may write).
    pub(super) reads: Vec<u32>,
    /// Ids of the fields it may write.
    pub(super) writes: Vec<u32>,
    /// Its functions; the library behind it is never closed.
    pub(super) vtable: &'static abi::Plugin,
}

/// Why a plugin cannot be used. Always names it; the text says what was found and what was wanted.
#[derive(Debug, Error)]
#[error("plugin {name}: {problem}")]
pub struct LoadError {
    /// The plugin's name in the configuration.
    pub name: String,
    /// What is wrong, with the file.
    pub problem: String,
}

/// RTLD_NODELETE of glibc on Linux; unloading Rust code in-process is unsound.
const RTLD_NODELETE: i32 = 0x1000;

/// Finds, checks and opens one plugin. Everything wrong with it is reported, one error each.
pub fn load(wanted: &config::Plugin, directories: &[PathBuf], names: &FieldNames) -> Result<Plugin, Vec<LoadError>> {
    let fail = |problem: String| vec![LoadError { name: wanted.name.clone(), problem }];
    let file = find(wanted, directories).map_err(fail)?;
    let shown = file.display();
    let bytes = fs::read(&file).map_err(|error| fail(format!("cannot read {shown}: {error}")))?;
    let manifest = manifest::read(&bytes).map_err(|problem| fail(format!("{shown}: {problem}")))?;
    let config = check_manifest(&manifest, wanted, names).map_err(|problems| {
        problems.into_iter().flat_map(|problem| fail(format!("{shown}: {problem}"))).collect::<Vec<_>>()
    })?;
    let ids = |fields: &[String]| fields.iter().filter_map(|field| names.id(field)).collect::<Vec<_>>();
    let writes = ids(&manifest.writes);
    let reads = ids(&manifest.reads).into_iter().chain(writes.iter().copied()).collect();
    let digest = blake3::hash(&bytes);
    let vtable = open_once(&wanted.name, &bytes, digest).map_err(|problem| fail(format!("{shown}: {problem}")))?;
    Ok(Plugin {
        name: wanted.name.clone(),
        digest: digest.to_hex().to_string(),
        on_failure: wanted.on_failure,
        deadline: wanted.deadline.unwrap_or(Duration::from_millis(manifest.deadline_ms)),
        config,
        reads,
        writes,
        vtable,
        manifest,
        file,
    })
}

/// `file` as configured, else `lib<name>.so` or `<name>.so` in the first directory that has it.
fn find(wanted: &config::Plugin, directories: &[PathBuf]) -> Result<PathBuf, String> {
    let candidates: Vec<PathBuf> = match &wanted.file {
        Some(file) if file.is_absolute() => vec![file.clone()],
        Some(file) => directories.iter().map(|directory| directory.join(file)).collect(),
        None => {
            let names = [format!("lib{}.so", wanted.name), format!("{}.so", wanted.name)];
            directories.iter().flat_map(|directory| names.iter().map(|name| directory.join(name))).collect()
        }
    };
    candidates.iter().find(|candidate| candidate.is_file()).cloned().ok_or_else(|| {
        let looked = candidates.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
        format!("no such shared object; looked for {looked}. Set plugins.directories or the plugin's `file`")
    })
}

/// Everything that can be checked before any of the plugin's code runs; returns the complete configuration as JSON.
fn check_manifest(manifest: &Manifest, wanted: &config::Plugin, names: &FieldNames) -> Result<String, Vec<String>> {
    let mut problems = Vec::new();
    if manifest.abi != abi::ABI_MAJOR {
        problems.push(format!(
            "found ABI version {}, wanted {}; rebuild the plugin with this version's SDK or header",
            manifest.abi,
            abi::ABI_MAJOR
        ));
    }
    if manifest.stateful && manifest.threading != Threading::Serial {
        problems.push("its manifest says stateful, so its threading must be \"serial\"".to_owned());
    }
    for field in manifest.reads.iter().chain(&manifest.writes).filter(|field| names.id(field).is_none()) {
        problems.push(format!("its manifest names the field `{field}`, wanted [a-z][a-z0-9_]*, at most 64 bytes"));
    }
    for field in manifest.writes.iter().filter(|field| matches!(field.as_str(), "id" | "source")) {
        problems.push(format!("its manifest says it writes `{field}`, which is read only"));
    }
    let config = manifest.config_schema.complete(&wanted.config).unwrap_or_else(|faults| {
        problems.extend(faults);
        serde_json::Map::new()
    });
    if problems.is_empty() { Ok(serde_json::Value::Object(config).to_string()) } else { Err(problems) }
}

/// A library is never closed, so one that was opened before is used again: reloading an unchanged plugin costs nothing.
fn open_once(name: &str, bytes: &[u8], digest: blake3::Hash) -> Result<&'static abi::Plugin, String> {
    static OPENED: Mutex<BTreeMap<[u8; 32], &'static abi::Plugin>> = Mutex::new(BTreeMap::new());
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(vtable) = opened.get(digest.as_bytes()) {
        return Ok(vtable);
    }
    let vtable = open(name, bytes)?;
    opened.insert(*digest.as_bytes(), vtable);
    Ok(vtable)
}

/// Opens the very bytes whose manifest was read, from an anonymous file that nobody else can change: overwriting the plugin's
/// file cannot crash us, and the loader cannot hand out an older file of the same name.
fn open(name: &str, bytes: &[u8]) -> Result<&'static abi::Plugin, String> {
    let path = private_copy(name, bytes).map_err(|error| format!("cannot make a private copy: {error}"))?;
    // SAFETY: this runs the file's constructors. The operator configured the file, and its manifest was accepted.
    let library = unsafe { Library::open(Some(&path), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) }
        .map_err(|error| format!("the loader refused it: {}", innermost(&error)))?;
    // Never closed: threads and thread-locals of the plugin may outlive every instance.
    let library = ManuallyDrop::new(library);
    // SAFETY: the symbol is the exported vtable, a static of type `abi::Plugin`, by the contract that the manifest names.
    let symbol = unsafe { library.get::<*const abi::Plugin>(abi::PLUGIN_SYMBOL.as_bytes()) }
        .map_err(|_| format!("it does not export {}", abi::PLUGIN_SYMBOL))?;
    let vtable: *const abi::Plugin = *symbol;
    check_vtable(vtable)
}

fn check_vtable(vtable: *const abi::Plugin) -> Result<&'static abi::Plugin, String> {
    let prefix = vtable.cast::<u32>();
    if prefix.is_null() || !vtable.is_aligned() {
        return Err(format!("its {} is not a vtable", abi::PLUGIN_SYMBOL));
    }
    // SAFETY: every vtable of every version begins with two u32.
    let (size, version) = unsafe { (*prefix, *prefix.add(1)) };
    if version != abi::ABI_MAJOR {
        return Err(format!("its vtable says ABI version {version}, wanted {}", abi::ABI_MAJOR));
    }
    if (size as usize) < size_of::<abi::Plugin>() {
        return Err(format!("its vtable has {size} bytes, wanted at least {}", size_of::<abi::Plugin>()));
    }
    // SAFETY: it is large enough for all our members and, being part of a library that is never closed, lives for ever.
    let vtable = unsafe { &*vtable };
    for (member, present) in [
        ("create", vtable.create.is_some()),
        ("process", vtable.process.is_some()),
        ("destroy", vtable.destroy.is_some()),
    ] {
        if !present {
            return Err(format!("its vtable leaves out {member}"));
        }
    }
    Ok(vtable)
}

fn private_copy(name: &str, bytes: &[u8]) -> Result<PathBuf, std::io::Error> {
    let label = CString::new(format!("warraq-plugin-{name}")).unwrap_or_default();
    let mut copy = fs::File::from(rustix::fs::memfd_create(label.as_c_str(), MemfdFlags::CLOEXEC)?);
    copy.write_all(bytes)?;
    let path = Path::new("/proc/self/fd").join(copy.as_raw_fd().to_string());
    // Kept open for ever: the loader remembers libraries by path, so the number must not come again.
    let _ = copy.into_raw_fd();
    Ok(path)
}

/// libloading's own text only says that dlopen failed; the loader's text is the cause.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
