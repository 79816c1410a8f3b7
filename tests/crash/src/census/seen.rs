//! What can be seen in a shop's folders, written down and, if asked for, taken away: records, refusals and originals.
//! May be done while the daemon runs: whatever is visible must be whole.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rusqlite::params;
use serde_json::Value;

use super::{Census, digest};
use crate::check::Sort;
use crate::site::Site;
use crate::told::Told;

/// How many entries of a folder are taken in one go, so that nobody else waits long for the books.
const AT_A_TIME: usize = 1000;

impl Census {
    /// Takes up to so many records out of the outbox, by a rename as a consumer should, and looks at them then. Says
    /// how many.
    pub fn take_records(&mut self, site: &Site, limit: usize) -> io::Result<usize> {
        let mut taken = Vec::new();
        for entry in listing(&site.shop().join("outbox"))?.take(limit) {
            let from = entry?.path();
            let to = site.taken().join(name_of_os(&from));
            fs::rename(&from, &to)?;
            taken.push(to);
        }
        self.together(|census| taken.iter().try_for_each(|path| census.record(path)))?;
        taken.iter().try_for_each(fs::remove_file)?;
        Ok(taken.len())
    }

    /// Takes up to so many originals out of the archive. Says how many.
    pub fn take_originals(&mut self, site: &Site, limit: usize) -> io::Result<usize> {
        let mut taken = Vec::new();
        for day in listing(&site.shop().join("archive"))? {
            let originals = listing(&day?.path())?.take(limit);
            taken.extend(originals.map(|original| Ok(original?.path())).collect::<io::Result<Vec<_>>>()?);
        }
        self.together(|census| taken.iter().try_for_each(|path| census.original(path)))?;
        taken.iter().try_for_each(fs::remove_file)?;
        Ok(taken.len())
    }

    /// Takes up to so many refusals out of the quarantine, but not those whose original has not come yet. Says how
    /// many.
    pub fn take_refusals(&mut self, site: &Site, limit: usize) -> io::Result<usize> {
        let mut taken = Vec::new();
        for folder in listing(&site.shop().join("quarantine"))?.take(limit) {
            let folder = folder?.path();
            if listing(&folder)?.count() > 1 {
                taken.push(folder);
            }
        }
        self.together(|census| taken.iter().try_for_each(|path| census.refusal(path)))?;
        taken.iter().try_for_each(fs::remove_dir_all)?;
        Ok(taken.len())
    }

    /// Takes everything there is to be seen.
    pub fn take_all(&mut self, site: &Site) -> io::Result<()> {
        while self.take_records(site, AT_A_TIME)? > 0 {}
        while self.take_originals(site, AT_A_TIME)? > 0 {}
        while self.take_refusals(site, AT_A_TIME)? > 0 {}
        Ok(())
    }

    fn record(&self, path: &Path) -> io::Result<()> {
        let name = name_of(path);
        match read_record(path)? {
            Some((id, token)) => self.execute("INSERT INTO record VALUES (?1, ?2, ?3)", params![name, id, token]),
            None => self.defect(Sort::Partial, &format!("{} is no whole record", name.escape_ascii())),
        }
    }

    fn original(&self, path: &Path) -> io::Result<()> {
        self.execute("INSERT INTO original VALUES (?1, ?2)", params![name_of(path), digest(&fs::read(path)?)])
    }

    /// A folder with a whole reason and the original, and nothing else.
    fn refusal(&self, path: &Path) -> io::Result<()> {
        let name = name_of(path);
        let partial = |what: &str| self.defect(Sort::Partial, &format!("{}: {what}", name.escape_ascii()));
        let Ok(reason) = fs::read(path.join("reason.json")) else { return partial("no reason.json") };
        let reason: Value = match serde_json::from_slice(&reason) {
            Ok(reason) => reason,
            Err(error) => return partial(&format!("reason.json: {error}")),
        };
        let (Some(id), Some(fault)) = (reason["id"].as_str(), reason["fault"].as_str()) else {
            return partial("the reason has no id or fault");
        };
        let files = listing(path)?.map(|file| Ok(file?.path())).collect::<io::Result<Vec<_>>>()?;
        let originals: Vec<&PathBuf> = files.iter().filter(|file| !file.ends_with("reason.json")).collect();
        let [original] = originals.as_slice() else {
            return partial(&format!("{} originals", originals.len()));
        };
        let digest = digest(&fs::read(original)?);
        self.execute("INSERT INTO refusal VALUES (?1, ?2, ?3, ?4)", params![name, id, fault, digest])
    }
}

/// No article's token.
const NOBODY: i64 = -1;

/// The id of a record and the token of its article, or `NOBODY` if it has not the whole text of one. `None` if it is no
/// record.
fn read_record(path: &Path) -> io::Result<Option<(String, i64)>> {
    let Ok(record) = serde_json::from_slice::<Value>(&fs::read(path)?) else { return Ok(None) };
    let told = record["body"].as_str().and_then(Told::with_body);
    let token = told.map_or(NOBODY, |told| told.token.cast_signed());
    Ok(record["id"].as_str().map(|id| (id.to_owned(), token)))
}

/// The entries of a folder; of none, if it does not exist.
fn listing(folder: &Path) -> io::Result<impl Iterator<Item = io::Result<fs::DirEntry>> + use<>> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(Some(entries).into_iter().flatten()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None.into_iter().flatten()),
        Err(error) => Err(error),
    }
}

pub(super) fn name_of(path: &Path) -> Vec<u8> {
    name_of_os(path).as_bytes().to_vec()
}

fn name_of_os(path: &Path) -> &OsStr {
    path.file_name().unwrap_or_default()
}
