//! Finds the article that ends the daemon: each worker notes what it has in hand, and the next start counts a death against what
//! was noted. It never counts one after a power cut, nor against an article that no worker was on.
//!
//! The notes are in `spool/slots`, one record a worker, written without any sync: they outlive the process, which is all they are
//! for. What has a death to its name is run alone, so that the next death is surely its own and an innocent is cleared by its
//! outcome. After [`DEATHS_MAX`] deaths it is refused unread. A `kill -9` by a person is a death like any other; a stop past its
//! deadline or a halt is none, since the notes are wiped on the way out.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::io::Errno;

use crate::article::{ArticleId, SubmissionId};
use crate::disk::OpenFile;
use crate::fault::{Fault, Stage};
use crate::halt::Halt;
use crate::ledger::Ledger;
use crate::recover::Unfinished;
use crate::shop::Shop;

/// An article that was in hand at so many deaths of the daemon is refused.
pub const DEATHS_MAX: u32 = 3;

const FILE: &[u8] = b"slots";
const RECORD_BYTES: usize = 64;
/// More workers than there may be; the rest of a longer file is none of ours.
const RECORDS_MAX: u64 = 4096;
const MAGIC: [u8; 4] = *b"WqS1";
/// In a record, for an article of a file that holds one.
const NO_POSITION: u32 = u32::MAX;

/// What was in hand at one or more deaths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suspicion {
    /// How many.
    pub deaths: u32,
    /// What was being done to it at the last.
    pub stage: Stage,
}

impl Suspicion {
    /// The fault it is refused for, if it was there too often.
    pub fn fault(&self) -> Option<Fault> {
        (self.deaths >= DEATHS_MAX).then_some(Fault::StoppedTheDaemon { deaths: self.deaths, stage: self.stage })
    }
}

/// Suspects by article, as a file that is to be run again carries them.
pub type Suspects = HashMap<ArticleId, Suspicion>;

/// One death of the daemon, with something in a worker's hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Death {
    /// What it was; the whole file, without a position, while that was being read and decoded.
    pub id: ArticleId,
    /// What was being done to it.
    pub stage: Stage,
    /// Which run of the daemon died. Counting the same run twice changes nothing.
    pub run: u64,
}

/// Counts the death of the last run, if it died, against what its workers had in hand, and marks what is suspected among the
/// unfinished files.
pub fn judge(shop: &Shop, ledger: &mut Ledger, unfinished: &mut [Unfinished]) -> Result<(), Halt> {
    let claimed: HashSet<SubmissionId> = unfinished.iter().map(|unfinished| unfinished.claimed.id).collect();
    let mut deaths = last_deaths(shop);
    deaths.retain(|death| claimed.contains(&death.id.submission));
    if !deaths.is_empty() {
        ledger.count_deaths(&deaths)?;
        for Death { id, stage, .. } in &deaths {
            tracing::warn!(%id, stage = stage.word(), "in hand when the last run died; running it alone");
        }
    }
    // Forgotten only when counted: cut off before this line, the next start counts the same deaths again, to no effect.
    wipe(shop);
    let suspicions = ledger.suspicions()?;
    let gone: Vec<ArticleId> = suspicions.keys().copied().filter(|id| !claimed.contains(&id.submission)).collect();
    ledger.forget_suspicions(&gone)?;
    for unfinished in unfinished {
        let ours = suspicions.iter().filter(|(id, _)| id.submission == unfinished.claimed.id);
        unfinished.suspects = ours.map(|(id, suspicion)| (*id, *suspicion)).collect();
    }
    Ok(())
}

/// The notes of all workers of a run.
#[derive(Debug)]
pub struct Slots {
    notes: Mutex<Notes>,
    boot: [u8; 16],
    run: u64,
}

#[derive(Debug)]
struct Notes {
    /// `None` once the run is over, or if nothing can be noted here.
    file: Option<OpenFile>,
    /// Workers whose note shall outlive the run's orderly end: what they had in hand made them panic.
    kept: HashSet<u64>,
    workers: u64,
    /// That a note could not be written was said.
    said: bool,
}

impl Slots {
    /// Empty notes for so many workers. Where the system lets us note nothing, nobody is ever suspected.
    pub fn open(shop: &Shop, workers: usize) -> Arc<Self> {
        // Where the system does not tell of boots, a death is taken for a power cut.
        let boot = shop.spool.boot();
        let workers = workers as u64;
        let file = boot.and_then(|_| {
            let file = shop.spool.edit_file(FILE, true).and_then(|file| {
                blank(&file, workers * RECORD_BYTES as u64)?;
                Ok(file)
            });
            file.inspect_err(
                |error| tracing::warn!(%error, "cannot note what is in hand; no article is suspected if we die"),
            )
            .ok()
        });
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Arc::new(Slots {
            notes: Mutex::new(Notes { file, kept: HashSet::new(), workers, said: false }),
            boot: boot.unwrap_or_default(),
            run: u64::try_from(since.as_nanos()).unwrap_or(u64::MAX),
        })
    }

    /// One worker's note.
    pub fn slot(self: &Arc<Self>, worker: usize) -> Slot {
        Slot { slots: Arc::clone(self), worker: worker as u64 }
    }

    /// The run ends in order: whatever is in hand is not to blame.
    pub fn close(&self) {
        let mut notes = self.lock();
        let cleared: Vec<u64> = (0..notes.workers).filter(|worker| !notes.kept.contains(worker)).collect();
        if let Some(file) = notes.file.take() {
            for worker in cleared {
                let _ = file.write_at(&[0; RECORD_BYTES], worker * RECORD_BYTES as u64);
            }
        }
    }

    fn write(&self, worker: u64, record: &[u8; RECORD_BYTES]) {
        let mut notes = self.lock();
        let Some(file) = &notes.file else { return };
        let written = file.write_at(record, worker * RECORD_BYTES as u64);
        // Gone on with: a note that stays where it should have been wiped blames an innocent until the next one takes its place.
        if let Err(error) = written
            && !std::mem::replace(&mut notes.said, true)
        {
            tracing::warn!(%error, "cannot note what is in hand; the wrong article may be suspected if we die");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One worker's note of what it has in hand.
#[derive(Clone, Debug)]
pub struct Slot {
    slots: Arc<Slots>,
    worker: u64,
}

impl Slot {
    /// Notes an article, or a whole file while it is read and decoded. Takes about a microsecond.
    pub fn hold(&self, id: ArticleId, stage: Stage) {
        let death = Death { id, stage, run: self.slots.run };
        self.slots.write(self.worker, &record(&death, &self.slots.boot));
    }

    /// The worker's hand is empty.
    pub fn clear(&self) {
        self.slots.write(self.worker, &[0; RECORD_BYTES]);
    }

    /// What is in hand made the worker panic: though the daemon stops in order, this counts as a death.
    pub fn keep(&self) {
        self.slots.lock().kept.insert(self.worker);
    }
}

/// What the workers of the last run had in hand when it died. Nothing that cannot be read is held against anybody.
fn last_deaths(shop: &Shop) -> Vec<Death> {
    let Some(boot) = shop.spool.boot() else { return Vec::new() };
    let read = shop.spool.open_file(FILE).and_then(|file| file.read(0, RECORDS_MAX * RECORD_BYTES as u64));
    let content = read.unwrap_or_else(|error| {
        if error != Errno::NOENT {
            tracing::warn!(%error, "cannot read what was in hand when the last run ended");
        }
        Vec::new()
    });
    content.chunks_exact(RECORD_BYTES).filter_map(|bytes| death(bytes, &boot)).collect()
}

fn wipe(shop: &Shop) {
    if let Ok(file) = shop.spool.edit_file(FILE, false) {
        let _ = blank(&file, 0);
    }
}

/// Empties all records there are, and makes room for so many bytes of them. The file never shrinks: on a full disk there may be no
/// room to let it grow again, and nobody would be suspected.
fn blank(file: &OpenFile, bytes_min: u64) -> Result<(), Errno> {
    let bytes = file.look()?.size.clamp(bytes_min, RECORDS_MAX * RECORD_BYTES as u64);
    file.write_at(&vec![0; bytes as usize], 0)
}

/// Magic, boot id, run, epoch, number, position, stage, padding; the first 8 bytes of the BLAKE3 of all that at the end. Numbers
/// are little-endian.
fn record(death: &Death, boot: &[u8; 16]) -> [u8; RECORD_BYTES] {
    let mut record = [0; RECORD_BYTES];
    let ArticleId { submission, position } = death.id;
    record[..4].copy_from_slice(&MAGIC);
    record[4..20].copy_from_slice(boot);
    record[20..28].copy_from_slice(&death.run.to_le_bytes());
    record[28..32].copy_from_slice(&submission.epoch.to_le_bytes());
    record[32..40].copy_from_slice(&submission.number.to_le_bytes());
    record[40..44].copy_from_slice(&position.unwrap_or(NO_POSITION).to_le_bytes());
    record[44] = matches!(death.stage, Stage::Chain).into();
    let checksum = blake3::hash(&record[..56]);
    record[56..].copy_from_slice(&checksum.as_bytes()[..8]);
    record
}

/// The death a record tells of; `None` for an empty or torn record and for one of another boot.
fn death(record: &[u8], boot: &[u8; 16]) -> Option<Death> {
    let intact = record.starts_with(&MAGIC) && record[56..] == blake3::hash(&record[..56]).as_bytes()[..8];
    if !intact || record[4..20] != *boot {
        return None;
    }
    let long = |from: usize| u64::from_le_bytes(record[from..from + 8].try_into().expect("eight bytes are eight"));
    let short = |from: usize| u32::from_le_bytes(record[from..from + 4].try_into().expect("four bytes are four"));
    let submission = SubmissionId { epoch: short(28), number: long(32) };
    let position = Some(short(40)).filter(|position| *position != NO_POSITION);
    let stage = if record[44] == 0 { Stage::Decode } else { Stage::Chain };
    Some(Death { id: ArticleId { submission, position }, stage, run: long(20) })
}

#[cfg(test)]
mod tests;
