//! A state on disk, to make starts short. It may be missing, old or damaged: the ledger has it all, so it is never mended, only made
//! anew.
//!
//! One file: a line that says what it is, then the state as JSON. It is written beside and renamed, so that a whole one is there
//! whenever there is one; the checksum tells what a power cut may have left.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::bridge::say;
use crate::{Error, Level};

/// What the first line must say.
const FORMAT: &str = "warraq.snapshot/1";

/// Rows after which a snapshot is made even if nobody asks for one.
const DUE_ROWS_MIN: u64 = 10_000;

pub(super) struct Snapshot {
    path: PathBuf,
    /// The ledger it is of: what the ids of its articles begin with. `None` until the first is seen.
    ledger: Option<String>,
    /// Ledger position of the snapshot on disk.
    saved: u64,
    /// What is in memory belongs to another ledger, and must not be saved any more.
    foreign: bool,
}

#[derive(Serialize, Deserialize)]
struct Head {
    format: String,
    ledger: Option<String>,
    sequence: u64,
    checksum: String,
}

impl Snapshot {
    pub(super) fn in_folder(folder: &Path) -> Result<Self, Error> {
        let say =
            |error: std::io::Error| Error::new(format!("cannot keep a snapshot in {}: {error}", folder.display()));
        fs::create_dir_all(folder).map_err(say)?;
        Ok(Snapshot { path: folder.join("state.snapshot"), ledger: None, saved: 0, foreign: false })
    }

    /// The state on disk with its ledger position, if there is one that can be used.
    pub(super) fn load<S: DeserializeOwned>(&mut self) -> Option<(u64, S)> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
            Err(error) => return self.refuse(&error.to_string()),
        };
        let (head, state) = text.split_once('\n').unwrap_or_default();
        let read = serde_json::from_str::<Head>(head).map_err(|error| error.to_string()).and_then(|head| {
            if head.format != FORMAT || head.checksum != checksum(state.as_bytes()) {
                return Err(format!("format {}, and the checksum does not fit or it is cut off", head.format));
            }
            Ok((head, serde_json::from_str(state).map_err(|error| error.to_string())?))
        });
        match read {
            Ok((head, state)) => {
                (self.ledger, self.saved) = (head.ledger, head.sequence);
                Some((head.sequence, state))
            }
            Err(problem) => self.refuse(&problem),
        }
    }

    /// Is it time, though nobody has asked? So rarely that replaying a long ledger does not save it over and over.
    pub(super) fn is_due(&self, sequence: u64) -> bool {
        sequence - self.saved >= DUE_ROWS_MIN.max(self.saved / 2)
    }

    pub(super) fn save(&mut self, sequence: u64, state: &impl Serialize) -> Result<(), Error> {
        if sequence == self.saved || self.foreign {
            return Ok(());
        }
        let state = serde_json::to_string(state)?;
        let checksum = checksum(state.as_bytes());
        let head = Head { format: FORMAT.to_owned(), ledger: self.ledger.clone(), sequence, checksum };
        self.replace(&format!("{}\n{state}", serde_json::to_string(&head)?))
            .map_err(|error| Error::new(format!("cannot save {}: {error}", self.path.display())))?;
        self.saved = sequence;
        Ok(())
    }

    /// An article of another ledger than the snapshot's: an operator has begun anew. The error makes the host replace the
    /// instance, and the next one finds no snapshot.
    pub(super) fn check_ledger(&mut self, id: &str) -> Result<(), Error> {
        let Some((ledger, _)) = id.split_once('-') else { return Ok(()) };
        match &self.ledger {
            None => self.ledger = Some(ledger.to_owned()),
            Some(known) if known == ledger => {}
            Some(_) => {
                self.foreign = true;
                match fs::remove_file(&self.path) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                    _ => {}
                }
                return Err(Error::new("the snapshot is of another ledger; it was removed, to be made anew"));
            }
        }
        Ok(())
    }

    fn refuse<T>(&self, problem: &str) -> Option<T> {
        let path = self.path.display();
        say(Level::Warn, &format!("the snapshot {path} is of no use, all notes are replayed instead: {problem}"));
        None
    }

    /// Two instances may live at a time while the daemon reloads, so each writes under a name of its own.
    fn replace(&self, text: &str) -> std::io::Result<()> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.path.with_extension(format!("{}-{number}.part", std::process::id()));
        let written = File::create(&unfinished).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&unfinished, &self.path)).inspect_err(|_| {
            let _ = fs::remove_file(&unfinished);
        })
    }
}

/// FNV-1a, 64 bits: against damage, not against malice.
fn checksum(bytes: &[u8]) -> String {
    let hash = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{hash:016x}")
}
