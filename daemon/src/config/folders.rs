//! Where every folder of a shop is, and that no two of them are the same or inside each other.
//! It looks at names only and never at the disk: what a symbolic link does is found out when the folders are opened.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use super::Shop;
use super::problem::{Problems, quoted};
use super::raw::RawShop;
use super::table::{BUILT_IN, Written};

/// Turns names into places under one directory.
pub(super) struct Base {
    directory: PathBuf,
    /// With `--shop` even an absolute name ends up under the directory, by its last part.
    keep_inside: bool,
}

/// A folder that is in use, with the place to blame for it.
pub(super) struct Folder {
    pub(super) path: PathBuf,
    written: Written,
}

impl Base {
    /// `--shop DIR` if given, else `shop.directory`.
    pub(super) fn new(option: Option<&Path>, raw: &RawShop, problems: &mut Problems) -> Option<Self> {
        if let Some(directory) = option {
            return match std::path::absolute(directory) {
                Ok(directory) => Some(Base { directory, keep_inside: true }),
                Err(error) => {
                    problems.add("--shop", "", format!("found {}: {error}", quoted(&directory.to_string_lossy())));
                    None
                }
            };
        }
        let written = raw.directory.as_ref()?;
        let directory = PathBuf::from(&written.text);
        if !directory.is_absolute() {
            complain(written, "wanted an absolute path", problems);
            return None;
        }
        plain(written, problems).map(|directory| Base { directory, keep_inside: false })
    }

    /// The place a name stands for.
    pub(super) fn folder(&self, written: &Written, problems: &mut Problems) -> Option<Folder> {
        let name = plain(written, problems)?;
        let outside = self.keep_inside && name.is_absolute();
        let name = if outside { Path::new(name.file_name().unwrap_or(OsStr::new(""))) } else { &name };
        Some(Folder { path: self.directory.join(name), written: written.clone() })
    }
}

/// The four folders of a shop; `None` if one of them is not known.
pub(super) fn shop(base: &Base, raw: &RawShop, folders: &mut Vec<Folder>, problems: &mut Problems) -> Option<Shop> {
    let mut place = |written: &Option<Written>| {
        let folder = base.folder(written.as_ref()?, problems)?;
        let path = folder.path.clone();
        folders.push(folder);
        Some(path)
    };
    // All four are looked at before the first missing one ends it.
    let four = [place(&raw.spool), place(&raw.outbox), place(&raw.quarantine), place(&raw.archive)];
    let [Some(spool), Some(outbox), Some(quarantine), Some(archive)] = four else { return None };
    Some(Shop { spool, outbox, quarantine, archive, ballast_bytes: raw.ballast_mebibytes << 20 })
}

/// An article must not come out where it went in, nor be archived into the inbox.
pub(super) fn check_apart(folders: &[Folder], problems: &mut Problems) {
    for (position, later) in folders.iter().enumerate() {
        for earlier in &folders[..position] {
            // Blame what somebody wrote, not what was built in.
            let (blamed, other) = if later.written.origin == BUILT_IN { (earlier, later) } else { (later, earlier) };
            let relation = if blamed.path == other.path {
                "the same folder as"
            } else if blamed.path.starts_with(&other.path) {
                "inside"
            } else if other.path.starts_with(&blamed.path) {
                "around"
            } else {
                continue;
            };
            let text = format!(
                "found {}, {relation} {} ({}), wanted folders apart",
                quoted(&blamed.path.to_string_lossy()),
                other.written.key,
                quoted(&other.path.to_string_lossy()),
            );
            problems.add(&blamed.written.origin, &blamed.written.key, text);
        }
    }
}

/// Whoever can drop an article must not be able to drop code.
pub(super) fn check_code(code: &Path, written: &Written, folders: &[Folder], problems: &mut Problems) {
    for folder in folders.iter().filter(|folder| code.starts_with(&folder.path)) {
        complain(
            written,
            &format!("inside {}, wanted a folder that only the administrator writes to", folder.written.key),
            problems,
        );
    }
}

/// A path relative to where it was written: the folder of the file, or the working directory for a variable or an option.
pub(super) fn beside_origin(written: &Written, problems: &mut Problems) -> Option<PathBuf> {
    let path = plain(written, problems)?;
    let origin = Path::new(&written.origin);
    let path = match origin.parent() {
        Some(folder) if origin.is_absolute() => folder.join(path),
        _ => path,
    };
    match std::path::absolute(path) {
        Ok(path) => Some(path),
        Err(error) => {
            complain(written, &error.to_string(), problems);
            None
        }
    }
}

/// The path without `.` and trailing slashes. `..` is refused: what it means depends on links, and comparing names would lie.
fn plain(written: &Written, problems: &mut Problems) -> Option<PathBuf> {
    let path = Path::new(&written.text);
    if written.text.trim().is_empty() || written.text.contains('\0') {
        complain(written, "wanted a path", problems);
        return None;
    }
    if path.components().any(|component| component == Component::ParentDir) {
        complain(written, "wanted a path without `..`", problems);
        return None;
    }
    Some(path.components().filter(|component| *component != Component::CurDir).collect())
}

fn complain(written: &Written, text: &str, problems: &mut Problems) {
    problems.add(&written.origin, &written.key, format!("found {}, {text}", quoted(&written.text)));
}
