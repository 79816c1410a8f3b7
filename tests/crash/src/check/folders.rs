//! The folders: records in the outbox and with the consumer, refusals in the quarantine, originals there and in the archive.
//! Whatever is accounted for is taken off the list, so that at the end the lists must be empty.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::ledger::{Kind, Ledger, Row};
use super::{Findings, Place, Sort};
use crate::stand::Stand;
use crate::workload::{Article, Delivery};

/// Longest name of a directory entry, in bytes.
const NAME_BYTES_MAX: usize = 255;

/// Nothing may be left where work is done.
pub(super) fn check_working_folders(stand: &Stand, findings: &mut Findings) {
    for folder in ["inbox", "spool/claim", "spool/copy", "spool/stage"] {
        for entry in listing(&stand.shop().join(folder)) {
            findings.add(Sort::LeftOver, format!("{}", entry.display()));
        }
    }
}

/// Every visible record by its name: those in the outbox and those the consumer took.
pub(super) struct Records(BTreeMap<Vec<u8>, Vec<Value>>);

impl Records {
    /// `may_reappear`: what the consumer took does not count again where it stands in the outbox, the same byte for byte.
    pub(super) fn read(stand: &Stand, may_reappear: bool, findings: &mut Findings) -> Self {
        let mut records: BTreeMap<Vec<u8>, Vec<Value>> = BTreeMap::new();
        let mut known: BTreeSet<(Vec<u8>, Vec<u8>)> = BTreeSet::new();
        let taken: Vec<PathBuf> = listing(&stand.taken()).into_iter().flat_map(|round| listing(&round)).collect();
        let visible = listing(&stand.shop().join("outbox"));
        for (path, is_taken) in taken.iter().map(|path| (path, true)).chain(visible.iter().map(|path| (path, false))) {
            let bytes = fs::read(path).map_err(|error| error.to_string());
            match bytes.and_then(|bytes| Ok((parse(&bytes)?, bytes))) {
                Ok((record, bytes)) => {
                    let entry = (name_of(path), bytes);
                    if !may_reappear || is_taken || !known.contains(&entry) {
                        records.entry(entry.0.clone()).or_default().push(record);
                    }
                    known.insert(entry);
                }
                Err(error) => findings.add(Sort::Partial, format!("{}: {error}", path.display())),
            }
        }
        Records(records)
    }

    /// The one record of a published article.
    pub(super) fn take(&mut self, place: &Place<'_>, row: &Row, article: &Article, findings: &mut Findings) {
        match self.0.remove(&row.target).unwrap_or_default().as_slice() {
            [] => findings.add(Sort::Lost, format!("{place} is published, but its record is nowhere")),
            [record] => {
                if record["id"] != row.id || record["body"] != article.body {
                    findings.add(Sort::Partial, format!("{place}: the record has another id or body: {record}"));
                }
            }
            records => findings.add(Sort::Doubled, format!("{place} was visible {} times", records.len())),
        }
    }

    pub(super) fn check_nothing_left(&self, findings: &mut Findings) {
        for name in self.0.keys() {
            findings.add(Sort::Doubled, format!("a record without a row: {}", name.escape_ascii()));
        }
    }
}

/// Every file in the quarantine's folders, by folder and name, and in the archive's, by name.
pub(super) struct Originals {
    refused: BTreeMap<Vec<u8>, BTreeMap<Vec<u8>, Vec<u8>>>,
    archived: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Originals {
    pub(super) fn read(stand: &Stand, findings: &mut Findings) -> Self {
        let refused = listing(&stand.shop().join("quarantine"))
            .into_iter()
            .map(|folder| (name_of(&folder), contents(&listing(&folder), findings)))
            .collect();
        let days = listing(&stand.shop().join("archive"));
        let files: Vec<PathBuf> = days.iter().flat_map(|day| listing(day)).collect();
        let archived = contents(&files, findings);
        if archived.len() != files.len() {
            findings.add(Sort::Doubled, "the archive has one name on two days");
        }
        Originals { refused, archived }
    }

    /// The folder of a refused article: a whole reason and the original, nothing else.
    pub(super) fn take_refusal(
        &mut self,
        place: &Place<'_>,
        row: &Row,
        article: &Article,
        fault: &str,
        findings: &mut Findings,
    ) {
        let Some(mut folder) = self.refused.remove(&row.target) else {
            return findings.add(Sort::Lost, format!("{place} is refused, but its folder is nowhere"));
        };
        match folder
            .remove(b"reason.json".as_slice())
            .ok_or("no reason.json".to_owned())
            .and_then(|bytes| parse(&bytes))
        {
            Ok(reason) if reason["id"] == row.id && reason["fault"] == fault => {}
            Ok(reason) => findings.add(Sort::Partial, format!("{place}: the reason is another's: {reason}")),
            Err(error) => findings.add(Sort::Partial, format!("{place}: reason.json: {error}")),
        }
        let wanted = if row.position().is_some() { &article.part } else { &place.delivery.content };
        match folder.into_iter().collect::<Vec<_>>().as_slice() {
            [] => findings.add(Sort::Lost, format!("{place} is refused, but its original is not there")),
            [(_, content)] if content == wanted => {}
            [(name, _)] => findings.add(Sort::Partial, format!("{place}: {} differs", name.escape_ascii())),
            files => findings.add(Sort::Doubled, format!("{place}: {} originals in the quarantine", files.len())),
        }
    }

    /// The original of a file that was not refused as a whole is in the archive, as it was dropped.
    pub(super) fn take_archived(&mut self, delivery: &Delivery, ledger: &Ledger, findings: &mut Findings) {
        let Some(row) = ledger.rows.iter().find(|row| row.name == delivery.name) else { return };
        let whole = row.position().is_none() && matches!(row.kind, Kind::Quarantined { .. });
        let mut name = [row.submission().as_bytes(), b".", &delivery.name].concat();
        name.truncate(NAME_BYTES_MAX);
        let place = Place { delivery, position: None };
        match (self.archived.remove(&name), whole) {
            (None, true) => {}
            (Some(content), false) if content == delivery.content => {}
            (None, false) => findings.add(Sort::Lost, format!("the original of {place} is not in the archive")),
            (Some(_), false) => findings.add(Sort::Partial, format!("the original of {place} was altered")),
            (Some(_), true) => findings.add(Sort::Doubled, format!("{place} is in quarantine and archive")),
        }
    }

    pub(super) fn check_nothing_left(&self, findings: &mut Findings) {
        for name in self.refused.keys().chain(self.archived.keys()) {
            findings.add(Sort::Doubled, format!("a refusal or original without a row: {}", name.escape_ascii()));
        }
    }
}

/// The entries of a folder, in the order of their names; of none, if it does not exist.
fn listing(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path()).collect();
    entries.sort();
    entries
}

fn contents(files: &[PathBuf], findings: &mut Findings) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut contents = BTreeMap::new();
    for file in files {
        match fs::read(file) {
            Ok(content) => drop(contents.insert(name_of(file), content)),
            Err(error) => findings.add(Sort::Partial, format!("{}: {error}", file.display())),
        }
    }
    contents
}

fn name_of(path: &Path) -> Vec<u8> {
    path.file_name().map(|name| name.as_bytes().to_vec()).unwrap_or_default()
}

fn parse(bytes: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}
