//! What was dropped and what became of it, for as many articles as you like: every file, record, refusal and original
//! gets a row in a small database, so that memory does not grow with them, and at the end queries find what is wrong.
//! It believes nothing the daemon says of itself but the ledger's table `outcome`.

mod seen;
mod verdict;

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::io;
use std::path::Path;

use rusqlite::{Connection, params};

use crate::check::Sort;
use crate::told::{Fate, Told, Word};
pub use verdict::Verdict;

/// The books of whoever drops files and takes records.
#[derive(Debug)]
pub struct Census {
    connection: Connection,
}

/// A file to be dropped.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Its name, each once.
    pub name: Vec<u8>,
    /// Its articles.
    pub articles: Vec<Told>,
    /// The articles are lines, and each has a position.
    pub several: bool,
}

const SCHEMA: &str = "
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE file (
        name    BLOB PRIMARY KEY,
        digest  INTEGER NOT NULL,
        state   TEXT NOT NULL DEFAULT 'dropped'         -- or 'waits', in the inbox still, or 'void', not to be counted
    ) WITHOUT ROWID;
    CREATE TABLE article (
        token    INTEGER NOT NULL,                      -- once more in a copy
        name     BLOB NOT NULL,
        position INTEGER NOT NULL,                      -- -1 in a file of one
        word     TEXT NOT NULL,
        key      INTEGER,
        part     INTEGER NOT NULL                       -- digest of its line
    );
    CREATE TABLE word (word TEXT PRIMARY KEY, fault TEXT) WITHOUT ROWID;
    CREATE TABLE record (target BLOB NOT NULL, id TEXT NOT NULL, token INTEGER NOT NULL);
    CREATE TABLE refusal (target BLOB NOT NULL, id TEXT NOT NULL, fault TEXT NOT NULL, digest INTEGER NOT NULL);
    CREATE TABLE original (name BLOB NOT NULL, digest INTEGER NOT NULL);
    CREATE TABLE defect (sort INTEGER NOT NULL, text TEXT NOT NULL);
";

/// Of a file of one, in place of a position.
const ALONE: i64 = -1;

impl Census {
    /// New books in this file. What they hold is worth nothing after a crash of ours.
    pub fn new(path: &Path) -> io::Result<Self> {
        let connection = Connection::open(path).map_err(io::Error::other)?;
        connection.execute_batch(SCHEMA).map_err(io::Error::other)?;
        for word in Word::all() {
            let fault = if let Fate::Refused(fault) = word.fate() { Some(fault) } else { None };
            connection
                .execute("INSERT INTO word VALUES (?1, ?2)", params![word.name(), fault])
                .map_err(io::Error::other)?;
        }
        Ok(Census { connection })
    }

    /// Does many things at once, which is a hundred times faster.
    pub fn together<T>(&mut self, work: impl FnOnce(&mut Self) -> io::Result<T>) -> io::Result<T> {
        self.connection.execute_batch("BEGIN").map_err(io::Error::other)?;
        let done = work(self)?;
        self.connection.execute_batch("COMMIT").map_err(io::Error::other)?;
        Ok(done)
    }

    /// Writes a file down, before it is dropped.
    pub fn enter(&self, parcel: &Parcel) -> io::Result<()> {
        self.execute(
            "INSERT INTO file (name, digest) VALUES (?1, ?2)",
            params![parcel.name, digest(&parcel.content())],
        )?;
        for (index, told) in parcel.articles.iter().enumerate() {
            let position = if parcel.several { index as i64 } else { ALONE };
            let part = if parcel.several { digest(&told.line()) } else { 0 };
            self.execute(
                "INSERT INTO article VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![told.token.cast_signed(), parcel.name, position, told.word.name(), told.key, part],
            )?;
        }
        Ok(())
    }

    /// What becomes of this file is not to be counted.
    pub fn void(&self, name: &[u8]) -> io::Result<()> {
        self.execute("UPDATE file SET state = 'void' WHERE name = ?1", [name])
    }

    /// These are still in the inbox, so they must not have an outcome.
    pub fn wait(&self, inbox: &Path) -> io::Result<u64> {
        let mut waiting = 0;
        for entry in fs::read_dir(inbox)? {
            let name = seen::name_of(&entry?.path());
            self.execute("UPDATE file SET state = 'waits' WHERE name = ?1", [name])?;
            waiting += 1;
        }
        Ok(waiting)
    }

    /// Something that must not be was seen on the way.
    pub fn defect(&self, sort: Sort, text: &str) -> io::Result<()> {
        self.execute("INSERT INTO defect VALUES (?1, ?2)", params![sort as i64, text])
    }

    fn execute(&self, sql: &str, values: impl rusqlite::Params) -> io::Result<()> {
        let done = self.connection.prepare_cached(sql).and_then(|mut statement| statement.execute(values));
        done.map(|_| ()).map_err(io::Error::other)
    }
}

impl Parcel {
    /// A file of one.
    pub fn one(name: String, told: Told) -> Self {
        Parcel { name: name.into_bytes(), articles: vec![told], several: false }
    }

    /// What the file holds.
    pub fn content(&self) -> Vec<u8> {
        match self.articles.as_slice() {
            [told] if !self.several => told.file(),
            several => several.iter().map(Told::line).collect::<Vec<_>>().join(&b'\n'),
        }
    }
}

/// Tells contents apart, within one run of this program.
fn digest(content: &[u8]) -> i64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish().cast_signed()
}
