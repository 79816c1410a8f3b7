//! The ledger as anybody may read it: the table `outcome`. Opened only while no daemon runs.

use std::error::Error;

use rusqlite::{Connection, OpenFlags};

use crate::stand::Stand;

/// All of it.
pub(super) struct Ledger {
    pub(super) rows: Vec<Row>,
}

/// One row.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) sequence: i64,
    pub(super) id: String,
    pub(super) kind: Kind,
    /// The record's name in the outbox or the folder's in the quarantine.
    pub(super) target: Vec<u8>,
    /// The file's name in the inbox.
    pub(super) name: Vec<u8>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Published,
    Duplicate { original: String },
    Quarantined { fault: String },
}

impl Ledger {
    pub(super) fn read(stand: &Stand) -> Result<Self, Box<dyn Error>> {
        let path = stand.shop().join("spool/ledger.db");
        // For writing, since SQLite must be able to take in what its log still holds.
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        if sound != "ok" {
            return Err(sound.into());
        }
        let mut query = connection
            .prepare("SELECT sequence, id, kind, original, fault, target, name FROM outcome ORDER BY sequence")?;
        let rows = query.query_map([], |row| {
            let kind = match row.get::<_, String>(2)?.as_str() {
                "published" => Kind::Published,
                "duplicate" => Kind::Duplicate { original: row.get(3)? },
                _ => Kind::Quarantined { fault: row.get(4)? },
            };
            Ok(Row { sequence: row.get(0)?, id: row.get(1)?, kind, target: row.get(5)?, name: row.get(6)? })
        })?;
        Ok(Ledger { rows: rows.collect::<Result<_, _>>()? })
    }

    pub(super) fn row(&self, id: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.id == id)
    }
}

impl Row {
    /// `<epoch>-<number>.<position>`, the last for files of several.
    pub(super) fn position(&self) -> Option<usize> {
        self.id.split_once('.').and_then(|(_, position)| position.parse().ok())
    }

    /// `<epoch>-<number>`.
    pub(super) fn submission(&self) -> &str {
        self.id.split_once('.').map_or(&self.id, |(submission, _)| submission)
    }
}
