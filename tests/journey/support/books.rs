//! The ledger, read from beside, and the audit that ends every journey: the books balance, and the folders say the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use super::{Record, Shop};

/// One row of the ledger.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) submission: i64,
    /// In its submission, in all.
    pub(crate) articles: i64,
    /// `published`, `duplicate` or `quarantined`.
    pub(crate) kind: String,
    pub(crate) original: Option<String>,
    pub(crate) fault: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) target: String,
    pub(crate) name: Vec<u8>,
}

impl Row {
    /// The whole file was refused, so the original lies beside the reason.
    fn keeps_original(&self) -> bool {
        self.kind == "quarantined" && !self.id.contains('.')
    }
}

impl Shop {
    /// What the ledger says, in the order of decision; nothing before there is one.
    pub(crate) fn rows(&self) -> Vec<Row> {
        self.read_rows().unwrap_or_default()
    }

    fn read_rows(&self) -> rusqlite::Result<Vec<Row>> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let ledger = Connection::open_with_flags(self.folder("spool/ledger.db"), flags)?;
        ledger.busy_timeout(std::time::Duration::from_secs(10))?;
        let mut query = ledger.prepare(
            "SELECT id, submission, articles, kind, original, fault, reason, target, name FROM outcome ORDER BY sequence",
        )?;
        let rows = query.query_map([], |row| {
            Ok(Row {
                id: row.get(0)?,
                submission: row.get(1)?,
                articles: row.get(2)?,
                kind: row.get(3)?,
                original: row.get(4)?,
                fault: row.get(5)?,
                reason: row.get(6)?,
                target: String::from_utf8(row.get(7)?).unwrap(),
                name: row.get(8)?,
            })
        })?;
        rows.collect()
    }

    /// The one row of a file of one article.
    #[track_caller]
    pub(crate) fn row_of(&self, name: impl AsRef<[u8]>) -> Row {
        let rows: Vec<Row> = self.rows().into_iter().filter(|row| row.name == name.as_ref()).collect();
        assert_eq!(rows.len(), 1, "{} has {rows:?}", String::from_utf8_lossy(name.as_ref()));
        rows.into_iter().next().unwrap()
    }

    /// How many articles have their outcome.
    pub(crate) fn decided(&self) -> usize {
        self.rows().len()
    }

    /// Every record, in the outbox or taken from it, checked.
    #[track_caller]
    pub(crate) fn records(&self) -> Vec<Record> {
        self.record_paths().values().map(|path| Record::read(path)).collect()
    }

    /// The one record of a file of one article.
    #[track_caller]
    pub(crate) fn record_of(&self, name: impl AsRef<[u8]>) -> Record {
        let row = self.row_of(name);
        let paths = self.record_paths();
        Record::read(paths.get(&row.target).unwrap_or_else(|| panic!("no record for {row:?}")))
    }

    /// The reason beside a refused article.
    #[track_caller]
    pub(crate) fn reason_of(&self, row: &Row) -> Value {
        let path = self.folder("quarantine").join(&row.target).join("reason.json");
        let text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_slice(&text).unwrap()
    }

    /// Takes every record out of the outbox, as a consumer does. A record that comes a second time is doubled.
    #[track_caller]
    pub(crate) fn take_records(&self) {
        fs::create_dir_all(self.folder("taken")).unwrap();
        for name in self.listing("outbox") {
            let (from, to) = (self.folder("outbox").join(&name), self.folder("taken").join(&name));
            assert!(!to.exists(), "{name} was published twice");
            Record::read(&from);
            fs::rename(from, to).unwrap();
        }
    }

    fn record_paths(&self) -> BTreeMap<String, PathBuf> {
        let mut paths = BTreeMap::new();
        for folder in ["outbox", "taken"] {
            for name in self.listing(folder) {
                let path = self.folder(folder).join(&name);
                assert_eq!(paths.insert(name, path), None, "a record lies in the outbox after it was taken");
            }
        }
        paths
    }

    /// At rest: nothing is in hand, the counts are these, and every outcome in the ledger has its file and every file its outcome.
    #[track_caller]
    pub(crate) fn assert_books(&self, published: usize, duplicate: usize, quarantined: usize) {
        let rows = self.rows();
        let count = |kind: &str| rows.iter().filter(|row| row.kind == kind).count();
        let counts = (count("published"), count("duplicate"), count("quarantined"));
        assert_eq!(counts, (published, duplicate, quarantined), "published, duplicate, quarantined of {rows:#?}");
        assert_eq!(self.listing("spool/claim"), [""; 0], "claimed and not finished");
        assert_eq!(self.listing("spool/stage"), [""; 0], "staged and not published");
        self.audit_submissions(&rows);
        self.audit_records(&rows);
        self.audit_quarantine(&rows);
    }

    /// Each submission has one row for each of its articles, and its original is kept once.
    #[track_caller]
    fn audit_submissions(&self, rows: &[Row]) {
        let mut submissions: BTreeMap<i64, Vec<&Row>> = BTreeMap::new();
        rows.iter().for_each(|row| submissions.entry(row.submission).or_default().push(row));
        for rows in submissions.values() {
            assert!(rows.iter().all(|row| row.articles as usize == rows.len()), "articles and rows differ: {rows:#?}");
        }
        let mut archived: Vec<String> = Vec::new();
        for day in self.listing("archive") {
            archived.extend(self.listing(&format!("archive/{day}")));
        }
        let archived: BTreeSet<&str> = archived.iter().filter_map(|name| name.split('.').next()).collect();
        let expected: BTreeSet<&str> = submissions
            .values()
            .filter(|rows| !rows[0].keeps_original())
            .filter_map(|rows| rows[0].id.split('.').next())
            .collect();
        assert_eq!(archived, expected, "originals in the archive");
    }

    /// Each published row has its record, each record its row, each duplicate a published original.
    #[track_caller]
    fn audit_records(&self, rows: &[Row]) {
        let published: BTreeMap<&str, &Row> =
            rows.iter().filter(|row| row.kind == "published").map(|row| (row.target.as_str(), row)).collect();
        let records = self.records();
        let files: BTreeSet<&str> = records.iter().map(|record| record.file.as_str()).collect();
        assert_eq!(files, published.keys().copied().collect(), "records and published rows");
        for record in &records {
            assert_eq!(record.id(), published[record.file.as_str()].id);
            assert_eq!(record["schema"], "warraq.record/1");
        }
        let ids: BTreeSet<&str> = published.values().map(|row| row.id.as_str()).collect();
        for row in rows.iter().filter(|row| row.kind == "duplicate") {
            assert!(ids.contains(row.original.as_deref().unwrap()), "{row:?} names no published article");
        }
    }

    /// Each refused row has its folder with the reason and the original, and nothing else lies in the quarantine.
    #[track_caller]
    fn audit_quarantine(&self, rows: &[Row]) {
        let refused: Vec<&Row> = rows.iter().filter(|row| row.kind == "quarantined").collect();
        let mut targets: Vec<&str> = refused.iter().map(|row| row.target.as_str()).collect();
        targets.sort_unstable();
        assert_eq!(self.listing("quarantine"), targets, "folders in the quarantine");
        for row in refused {
            let reason = self.reason_of(row);
            assert_eq!(reason["schema"], "warraq.reason/1");
            assert_eq!(reason["id"], *row.id);
            assert_eq!(reason["fault"].as_str(), row.fault.as_deref());
            assert_eq!(reason["reason"].as_str(), row.reason.as_deref());
            for key in ["name", "stage", "advice", "received", "original"] {
                assert!(reason[key].as_str().is_some_and(|text| !text.is_empty()), "{key} of {reason}");
            }
            assert!(reason["bytes"].is_u64(), "{reason}");
            let beside = self.names(&format!("quarantine/{}", row.target));
            assert!(beside.len() == 2 && beside.contains(&b"reason.json".to_vec()), "{:?}", self.listing("quarantine"));
        }
    }
}
