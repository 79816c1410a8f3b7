//! The table `original`: what an inbox may still hold of what was taken by copying. Decides nothing; `claim::copy` does.
//!
//! A file that is remembered here has been taken. Only the file that is remembered: one that has changed, or another one of its name,
//! is a new submission. It is known by its name, its inode, its size and the times of change of content and of inode, to the
//! nanosecond; the second one no writer can set. Where only that one differs, the digest decides. Not by its device: the number of
//! one is given anew at each mount of a network or FUSE file system, and a share that was mounted again would be taken a second
//! time. Where inodes have no steady numbers either, 0 stands for all of them.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::{Ledger, LedgerError, connect};
use crate::article::SubmissionId;

/// The originals of one inbox. Writes beside the keeper of the books, by a connection of its own.
#[derive(Debug)]
pub struct Originals {
    connection: Connection,
    path: PathBuf,
    /// The path of the inbox, as bytes.
    inbox: Vec<u8>,
}

/// A file that was taken by copying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// As what it was taken.
    pub id: SubmissionId,
    /// Its name in the inbox, as bytes.
    pub name: Vec<u8>,
    /// The inode of the inbox: another folder at the same path says nothing about what became of this file.
    pub folder: u64,
    /// Which file it is and how it was.
    pub state: State,
    /// BLAKE3 of its bytes in hex.
    pub digest: String,
}

/// What changes whenever the file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// 0 where inodes have no steady numbers.
    pub inode: u64,
    /// In bytes.
    pub size: u64,
    /// When its content changed last: seconds since 1970, and nanoseconds.
    pub modified: (i64, u64),
    /// When its content or its inode changed last.
    pub changed: (i64, u64),
}

/// As part of the ledger's format 3.
pub(super) const SCHEMA: &str = "
    -- What an inbox may still hold of what was taken by copying: under each name the last file taken. Gone with the file.
    CREATE TABLE original (
        inbox       BLOB    NOT NULL,                   -- its path
        name        BLOB    NOT NULL,                   -- name in the inbox
        id          TEXT    NOT NULL UNIQUE,            -- as what it was taken
        folder      INTEGER NOT NULL,                   -- inode of the inbox
        inode       INTEGER NOT NULL,
        size        INTEGER NOT NULL,
        modified    TEXT    NOT NULL,                   -- seconds.nanoseconds since 1970
        changed     TEXT    NOT NULL,
        digest      TEXT    NOT NULL,
        PRIMARY KEY (inbox, name)
    ) STRICT, WITHOUT ROWID;
";

const SELECT: &str = "SELECT id, name, folder, inode, size, modified, changed, digest FROM original";

impl Ledger {
    /// The name of the original that was taken by copying as this submission; `None` if there is no such.
    pub fn original_name(&self, id: SubmissionId) -> Result<Option<Vec<u8>>, LedgerError> {
        let found = self
            .connection
            .prepare_cached("SELECT name FROM original WHERE id = ?1")
            .and_then(|mut query| query.query_row([id.to_string()], |row| row.get(0)).optional());
        found.map_err(|error| self.named(error))
    }
}

impl Originals {
    /// Of an inbox. The ledger must be there.
    pub fn open(ledger: &Path, inbox: &Path) -> Result<Self, LedgerError> {
        let connection = connect(ledger)?;
        Ok(Originals { connection, path: ledger.to_owned(), inbox: inbox.as_os_str().as_bytes().to_vec() })
    }

    /// The last file that was taken under a name.
    pub fn find(&self, name: &[u8]) -> Result<Option<Original>, LedgerError> {
        let found = self
            .connection
            .prepare_cached(&format!("{SELECT} WHERE inbox = ?1 AND name = ?2"))
            .and_then(|mut query| query.query_row(params![self.inbox, name], |row| Ok(self.read(row))).optional());
        found.map_err(|error| self.named(error))?.transpose()
    }

    /// The file that was taken as this submission.
    pub fn find_taken_as(&self, id: SubmissionId) -> Result<Option<Original>, LedgerError> {
        let found =
            self.connection.prepare_cached(&format!("{SELECT} WHERE inbox = ?1 AND id = ?2")).and_then(|mut query| {
                query.query_row(params![self.inbox, id.to_string()], |row| Ok(self.read(row))).optional()
            });
        found.map_err(|error| self.named(error))?.transpose()
    }

    /// The next so many after a name, in the order of names.
    pub fn after(&self, name: &[u8], count: usize) -> Result<Vec<Original>, LedgerError> {
        let found = self
            .connection
            .prepare_cached(&format!("{SELECT} WHERE inbox = ?1 AND name > ?2 ORDER BY name LIMIT ?3"))
            .and_then(|mut query| {
                let rows = query.query_map(params![self.inbox, name, count], |row| Ok(self.read(row)))?;
                rows.collect::<Result<Vec<_>, _>>()
            });
        found.map_err(|error| self.named(error))?.into_iter().collect()
    }

    /// Remembers files as taken: all of them durably when this returns, or none. This is the point at which they are accepted.
    pub fn remember(&mut self, originals: &[Original]) -> Result<(), LedgerError> {
        let inbox = &self.inbox;
        let written = in_transaction(&mut self.connection, |connection| {
            let mut insert = connection.prepare_cached(
                "INSERT OR REPLACE INTO original (inbox, name, id, folder, inode, size, modified, changed, digest)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?;
            for Original { id, name, folder, state, digest } in originals {
                insert.execute(params![
                    inbox,
                    name,
                    id.to_string(),
                    folder.cast_signed(),
                    state.inode.cast_signed(),
                    state.size,
                    time(state.modified),
                    time(state.changed),
                    digest
                ])?;
            }
            Ok(())
        });
        written.map_err(|error| self.named(error))
    }

    /// Forgets files that are gone for good.
    pub fn forget(&mut self, originals: &[Original]) -> Result<(), LedgerError> {
        let inbox = &self.inbox;
        let written = in_transaction(&mut self.connection, |connection| {
            let mut delete = connection.prepare_cached("DELETE FROM original WHERE inbox = ?1 AND id = ?2")?;
            originals.iter().try_for_each(|original| delete.execute(params![inbox, original.id.to_string()]).map(drop))
        });
        written.map_err(|error| self.named(error))
    }

    fn read(&self, row: &Row<'_>) -> Result<Original, LedgerError> {
        let damaged = |problem| LedgerError::Damaged { path: self.path.clone(), problem };
        let columns = || -> rusqlite::Result<_> {
            let (id, modified, changed): (String, String, String) = (row.get(0)?, row.get(5)?, row.get(6)?);
            let (folder, inode): (i64, i64) = (row.get(2)?, row.get(3)?);
            let (name, size, digest) = (row.get(1)?, row.get(4)?, row.get(7)?);
            Ok((id, name, folder.cast_unsigned(), inode.cast_unsigned(), size, modified, changed, digest))
        };
        let (id, name, folder, inode, size, modified, changed, digest) =
            columns().map_err(|error| self.named(error))?;
        match (id.parse(), time_from(&modified), time_from(&changed)) {
            (Ok(id), Some(modified), Some(changed)) => {
                Ok(Original { id, name, folder, state: State { inode, size, modified, changed }, digest })
            }
            _ => Err(damaged(format!("the original of {id} makes no sense"))),
        }
    }

    fn named(&self, error: rusqlite::Error) -> LedgerError {
        LedgerError::Sqlite { path: self.path.clone(), error }
    }
}

fn in_transaction(
    connection: &mut Connection,
    write: impl FnOnce(&Connection) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    // Asks for the right to write at once: two that have begun to read could not both go on to write.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    write(&transaction)?;
    transaction.commit()
}

fn time((seconds, nanoseconds): (i64, u64)) -> String {
    format!("{seconds}.{nanoseconds:09}")
}

fn time_from(text: &str) -> Option<(i64, u64)> {
    let (seconds, nanoseconds) = text.split_once('.')?;
    Some((seconds.parse().ok()?, nanoseconds.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPOCH: u32 = 7;

    fn original(name: &[u8], number: u64, size: u64) -> Original {
        let state = State { inode: u64::MAX - 1, size, modified: (-5, 999_999_999), changed: (1, 5) };
        Original {
            id: SubmissionId { epoch: EPOCH, number },
            name: name.to_vec(),
            folder: u64::MAX,
            state,
            digest: "abc".to_owned(),
        }
    }

    fn open(folder: &tempfile::TempDir, inbox: &str) -> Originals {
        let ledger = folder.path().join("ledger.db");
        drop(Ledger::open(&ledger).unwrap());
        Originals::open(&ledger, Path::new(inbox)).unwrap()
    }

    #[test]
    fn what_is_remembered_is_found_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (original(b"a\xFF\n.txt", 1, 3), original(b"b.txt", 2, 0));
        open(&folder, "/in").remember(&[first.clone(), second.clone()]).unwrap();

        let mut originals = open(&folder, "/in");
        assert_eq!(originals.find(&first.name).unwrap(), Some(first.clone()));
        assert_eq!(originals.find_taken_as(second.id).unwrap(), Some(second.clone()));
        assert_eq!(originals.after(b"", 1).unwrap(), std::slice::from_ref(&first));
        assert_eq!(originals.after(&first.name, 10).unwrap(), std::slice::from_ref(&second));
        assert_eq!(open(&folder, "/other").find(&first.name).unwrap(), None);
        let ledger = Ledger::open(&folder.path().join("ledger.db")).unwrap();
        assert_eq!(ledger.original_name(first.id).unwrap(), Some(first.name.clone()));

        originals.forget(std::slice::from_ref(&first)).unwrap();
        assert_eq!((originals.find(&first.name).unwrap(), ledger.original_name(first.id).unwrap()), (None, None));
        assert_eq!(originals.find(&second.name).unwrap(), Some(second));
    }

    #[test]
    fn a_name_stands_for_the_last_file_taken_under_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut originals = open(&folder, "/in");
        let (first, second) = (original(b"a.txt", 1, 3), original(b"a.txt", 2, 4));
        originals.remember(std::slice::from_ref(&first)).unwrap();
        originals.remember(std::slice::from_ref(&second)).unwrap();
        assert_eq!(originals.find(b"a.txt").unwrap(), Some(second));
        assert_eq!(originals.find_taken_as(first.id).unwrap(), None);
    }

    #[test]
    fn two_inboxes_and_the_ledger_write_side_by_side() {
        let folder = tempfile::tempdir().unwrap();
        let (mut one, mut two) = (open(&folder, "/one"), open(&folder, "/two"));
        let ledger = Ledger::open(&folder.path().join("ledger.db")).unwrap();
        for number in 1..50 {
            one.remember(&[original(b"a.txt", number, 1)]).unwrap();
            two.remember(&[original(b"a.txt", 100 + number, 1)]).unwrap();
            assert!(ledger.original_name(SubmissionId { epoch: EPOCH, number }).unwrap().is_some());
        }
    }
}
