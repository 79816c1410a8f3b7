//! The durable log of every article's fate, in SQLite. Its commit is the only point at which anything is decided.

mod deaths;
mod originals;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Row, params};
use thiserror::Error;

use crate::article::{ArticleId, SubmissionId};
use crate::plugin::{NoteSource, Outcome, Settlement};

pub use originals::{Original, Originals, State};

/// The ledger, open for writing. There is one per shop.
#[derive(Debug)]
pub struct Ledger {
    connection: Connection,
    path: PathBuf,
    epoch: u32,
}

/// What the ledger says of one article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The article.
    pub id: ArticleId,
    /// How many articles its submission holds in all.
    pub articles: u32,
    /// Its fate.
    pub fate: Fate,
    /// Name of its record in the outbox or its folder in the quarantine; empty for duplicates.
    pub target: Vec<u8>,
}

/// An article's one fate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its record is in the outbox.
    Published,
    /// It repeats a published article.
    Duplicate {
        /// That article.
        of: ArticleId,
        /// Which plugin said so, and why.
        reason: String,
    },
    /// It was refused.
    Quarantined {
        /// The fault's stable word.
        fault: String,
        /// The fault in words.
        reason: String,
    },
}

/// A row to be written.
#[derive(Debug)]
pub struct NewEntry<'a> {
    /// What the ledger shall say.
    pub entry: &'a Entry,
    /// The file's name in the inbox, as bytes.
    pub name: &'a [u8],
    /// BLAKE3 of the file in hex; empty if it could not be read.
    pub digest: &'a str,
    /// The file's size.
    pub bytes: u64,
    /// When it was claimed, RFC 3339.
    pub received: &'a str,
    /// The notes of stateful plugins, by plugin name.
    pub notes: &'a [(String, Vec<u8>)],
}

/// The ledger cannot be used.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// SQLite refused.
    #[error("{}: {error}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        error: rusqlite::Error,
    },
    /// Written by a version with another format.
    #[error("{}: found ledger format {found}, wanted {FORMAT}; use the version of warraq that wrote it", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What it says.
        found: i64,
    },
    /// A row makes no sense.
    #[error("{}: {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// Kept in SQLite's `user_version`. A ledger of an older format is brought up to this one when it is opened.
const FORMAT: i64 = 3;
/// The oldest format that can be: without the table `original`.
const FORMAT_WITHOUT_ORIGINALS: i64 = 2;

/// How long a reader or a backup may hold us up.
const BUSY: Duration = Duration::from_secs(10);

const SCHEMA: &str = "
    CREATE TABLE meta (
        epoch       INTEGER NOT NULL                    -- part of every id made with this ledger
    ) STRICT;

    -- One row per article, in the order of decision. The unique id makes a second outcome impossible.
    CREATE TABLE outcome (
        sequence    INTEGER PRIMARY KEY,
        id          TEXT    NOT NULL UNIQUE,
        submission  INTEGER NOT NULL,
        articles    INTEGER NOT NULL,                   -- in the submission, in all
        kind        TEXT    NOT NULL CHECK (kind IN ('published', 'duplicate', 'quarantined')),
        original    TEXT    CHECK ((original IS NOT NULL) = (kind = 'duplicate')),
        fault       TEXT    CHECK ((fault IS NOT NULL) = (kind = 'quarantined')),
        reason      TEXT    CHECK ((reason IS NOT NULL) = (kind <> 'published')),
        target      BLOB    NOT NULL,                   -- name in outbox or quarantine
        name        BLOB    NOT NULL,                   -- name in the inbox
        digest      TEXT    NOT NULL,
        bytes       INTEGER NOT NULL,
        received    TEXT    NOT NULL,
        decided     TEXT    NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
    ) STRICT;
    CREATE INDEX outcome_submission ON outcome (submission);

    -- What stateful plugins want to be told again after a restart.
    CREATE TABLE note (
        sequence    INTEGER NOT NULL REFERENCES outcome,
        plugin      TEXT    NOT NULL,
        note        BLOB    NOT NULL,
        PRIMARY KEY (plugin, sequence)
    ) STRICT, WITHOUT ROWID;

    -- What was in hand when the daemon died: an article, or a file that was being decoded. Gone with the outcome.
    CREATE TABLE attempt (
        id          TEXT    PRIMARY KEY,
        count       INTEGER NOT NULL,                   -- of deaths
        stage       TEXT    NOT NULL,                   -- at the last of them
        run         TEXT    NOT NULL,                   -- that died last; one run counts once
        last        TEXT    NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
    ) STRICT, WITHOUT ROWID;
";

impl Ledger {
    /// Opens the ledger, which is made if missing.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let named = |error| LedgerError::Sqlite { path: path.to_owned(), error };
        let mut connection = connect(path)?;
        let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(named)?;
        match found {
            FORMAT => {}
            0 => create(&mut connection).map_err(named)?,
            FORMAT_WITHOUT_ORIGINALS => add_originals(&mut connection).map_err(named)?,
            found => return Err(LedgerError::Format { path: path.to_owned(), found }),
        }
        let epoch = connection.query_row("SELECT epoch FROM meta", [], |row| row.get(0)).map_err(named)?;
        Ok(Ledger { connection, path: path.to_owned(), epoch })
    }

    /// Part of every id made with this ledger.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The highest submission number that has an outcome; 0 if none.
    pub fn last_submission(&self) -> Result<u64, LedgerError> {
        self.query_number("SELECT coalesce(max(submission), 0) FROM outcome")
    }

    /// The highest sequence; 0 if the ledger is empty.
    pub fn last_sequence(&self) -> Result<u64, LedgerError> {
        self.query_number("SELECT coalesce(max(sequence), 0) FROM outcome")
    }

    /// What is known of one article.
    pub fn entry(&self, id: ArticleId) -> Result<Option<Entry>, LedgerError> {
        let found = self
            .connection
            .prepare_cached(&format!("{SELECT_ENTRY} WHERE id = ?1"))
            .and_then(|mut query| query.query_row([id.to_string()], |row| Ok(self.read(row))).optional());
        found.map_err(|error| self.named(error))?.transpose()
    }

    /// What is known of the articles of one submission, in the order of decision.
    pub fn entries(&self, submission: SubmissionId) -> Result<Vec<Entry>, LedgerError> {
        let found = self
            .connection
            .prepare_cached(&format!("{SELECT_ENTRY} WHERE submission = ?1 ORDER BY sequence"))
            .and_then(|mut query| {
                query.query_map([submission.number], |row| Ok(self.read(row)))?.collect::<Result<Vec<_>, _>>()
            });
        let found: Vec<Entry> = found.map_err(|error| self.named(error))?.into_iter().collect::<Result<_, _>>()?;
        // A claim of another ledger may have the same number.
        Ok(found.into_iter().filter(|entry| entry.id.submission == submission).collect())
    }

    /// The latest entries with the names of their files, newest first.
    pub fn latest(&self, count: usize) -> Result<Vec<(Vec<u8>, Entry)>, LedgerError> {
        let sql = "SELECT id, articles, kind, original, fault, reason, target, name FROM outcome ORDER BY sequence DESC LIMIT ?1";
        let found = self.connection.prepare_cached(sql).and_then(|mut query| {
            query.query_map([count], |row| Ok((row.get(7)?, self.read(row))))?.collect::<Result<Vec<_>, _>>()
        });
        let found = found.map_err(|error| self.named(error))?;
        found.into_iter().map(|(name, entry)| Ok((name, entry?))).collect()
    }

    /// Writes a batch in one transaction: all of it is durable when this returns, or none. Returns the sequence of each entry.
    pub fn commit(&mut self, batch: &[NewEntry<'_>]) -> Result<Vec<u64>, LedgerError> {
        let written = write(&mut self.connection, batch).map_err(|error| self.named(error));
        match written {
            Err(error) if error.is_full() && !self.connection.is_autocommit() => {
                let problem = format!("a commit that found no room cannot be taken back: {error}");
                Err(LedgerError::Damaged { path: self.path.clone(), problem })
            }
            written => written,
        }
    }

    /// Reads the notes of stateful plugins, from any thread, beside the writer.
    pub fn notes(&self) -> Notes {
        Notes { path: self.path.clone() }
    }

    fn query_number(&self, sql: &str) -> Result<u64, LedgerError> {
        self.connection.query_row(sql, [], |row| row.get(0)).map_err(|error| self.named(error))
    }

    fn read(&self, row: &Row<'_>) -> Result<Entry, LedgerError> {
        self.read_columns(row)
            .map_err(|error| self.named(error))?
            .map_err(|problem| LedgerError::Damaged { path: self.path.clone(), problem })
    }

    fn read_columns(&self, row: &Row<'_>) -> rusqlite::Result<Result<Entry, String>> {
        let id: String = row.get(0)?;
        let kind: String = row.get(2)?;
        let original: Option<String> = row.get(3)?;
        let (fault, reason): (Option<String>, Option<String>) = (row.get(4)?, row.get(5)?);
        let fate = match (kind.as_str(), original.map(|original| original.parse()), fault, reason) {
            ("published", ..) => Fate::Published,
            ("duplicate", Some(Ok(of)), _, Some(reason)) => Fate::Duplicate { of, reason },
            ("quarantined", _, Some(fault), Some(reason)) => Fate::Quarantined { fault, reason },
            _ => return Ok(Err(format!("the row of {id} makes no sense"))),
        };
        let (articles, target) = (row.get(1)?, row.get(6)?);
        Ok(id.parse().map_err(|_| format!("`{id}` is not an id")).map(|id| Entry { id, articles, fate, target }))
    }

    fn named(&self, error: rusqlite::Error) -> LedgerError {
        LedgerError::Sqlite { path: self.path.clone(), error }
    }
}

impl LedgerError {
    /// The disk is full, and the transaction that found it so has been taken back.
    pub fn is_full(&self) -> bool {
        matches!(self, LedgerError::Sqlite { error, .. } if error.sqlite_error_code() == Some(ErrorCode::DiskFull))
    }
}

const SELECT_ENTRY: &str = "SELECT id, articles, kind, original, fault, reason, target FROM outcome";

/// Opens the file, made if missing, so that a commit that returned is on the disk.
fn connect(path: &Path) -> Result<Connection, LedgerError> {
    let named = |error| LedgerError::Sqlite { path: path.to_owned(), error };
    let connection = Connection::open(path).map_err(named)?;
    connection.busy_timeout(BUSY).map_err(named)?;
    // FULL: a commit that returned is on the disk. WAL: one sync per commit, and readers never wait.
    // SQLite answers with the mode that is in force, which is not always the one asked for, and it may fail only after it has
    // given that answer: so every answer is read, to the end.
    let modes = connection
        .prepare("PRAGMA journal_mode = WAL")
        .and_then(|mut switch| switch.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>())
        .map_err(named)?;
    if modes != ["wal"] {
        let problem = format!("cannot switch to write-ahead logging, the mode is {modes:?}");
        return Err(LedgerError::Damaged { path: path.to_owned(), problem });
    }
    connection.pragma_update(None, "synchronous", "FULL").map_err(named)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(named)?;
    Ok(connection)
}

fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(SCHEMA)?;
    transaction.execute_batch(originals::SCHEMA)?;
    // SQLite's generator is seeded by the system's; an id must only differ between ledgers, not be a secret.
    transaction.execute("INSERT INTO meta (epoch) VALUES (abs(random()) % 4294967295 + 1)", [])?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()
}

/// From format 2 to 3, in one step.
fn add_originals(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(originals::SCHEMA)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()
}

fn write(connection: &mut Connection, batch: &[NewEntry<'_>]) -> rusqlite::Result<Vec<u64>> {
    let transaction = connection.transaction()?;
    let mut sequences = Vec::with_capacity(batch.len());
    {
        let mut outcome = transaction.prepare_cached(
            "INSERT INTO outcome (id, submission, articles, kind, original, fault, reason, target, name, digest, bytes, received)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?;
        let mut note = transaction.prepare_cached("INSERT INTO note (sequence, plugin, note) VALUES (?1, ?2, ?3)")?;
        // Having an outcome clears an article of every suspicion, and its file of the suspicion that it cannot be decoded.
        let mut cleared = transaction.prepare_cached("DELETE FROM attempt WHERE id IN (?1, ?2)")?;
        for NewEntry { entry, name, digest, bytes, received, notes } in batch {
            let (kind, original, fault, reason) = match &entry.fate {
                Fate::Published => ("published", None, None, None),
                Fate::Duplicate { of, reason } => ("duplicate", Some(of.to_string()), None, Some(reason)),
                Fate::Quarantined { fault, reason } => ("quarantined", None, Some(fault), Some(reason)),
            };
            outcome.execute(params![
                entry.id.to_string(),
                entry.id.submission.number,
                entry.articles,
                kind,
                original,
                fault,
                reason,
                entry.target,
                name,
                digest,
                bytes,
                received
            ])?;
            let sequence = transaction.last_insert_rowid();
            for (plugin, bytes) in *notes {
                note.execute(params![sequence, plugin, bytes])?;
            }
            cleared.execute([entry.id.to_string(), entry.id.submission.to_string()])?;
            sequences.push(sequence.unsigned_abs());
        }
    }
    transaction.commit()?;
    Ok(sequences)
}

/// A reader of notes. Opens the ledger anew for each replay.
#[derive(Clone, Debug)]
pub struct Notes {
    path: PathBuf,
}

impl NoteSource for Notes {
    fn replay(
        &self,
        plugin: &str,
        after: u64,
        until: u64,
        each: &mut dyn FnMut(&Settlement<'_>) -> Result<(), String>,
    ) -> Result<(), String> {
        let said = |error: rusqlite::Error| format!("cannot read the notes in {}: {error}", self.path.display());
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags).map_err(said)?;
        connection.busy_timeout(BUSY).map_err(said)?;
        let mut query = connection
            .prepare(
                "SELECT note.sequence, id, kind, note FROM note JOIN outcome USING (sequence)
                 WHERE plugin = ?1 AND note.sequence > ?2 AND note.sequence <= ?3 ORDER BY note.sequence",
            )
            .map_err(said)?;
        let mut rows = query.query(params![plugin, after, until]).map_err(said)?;
        while let Some(row) = rows.next().map_err(said)? {
            let kind: String = row.get(2).map_err(said)?;
            let outcome = match kind.as_str() {
                "published" => Outcome::Published,
                "duplicate" => Outcome::Duplicate,
                _ => Outcome::Quarantined,
            };
            let id: String = row.get(1).map_err(said)?;
            let note = row.get_ref(3).and_then(|note| Ok(note.as_blob()?)).map_err(said)?;
            each(&Settlement { sequence: row.get(0).map_err(said)?, id: &id, outcome, note })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
