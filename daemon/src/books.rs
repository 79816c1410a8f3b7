//! Keeps the books: takes decided articles in batches and gives each its one outcome, durably.
//!
//! The order below is the promise "nothing lost, nothing doubled, nothing half-written": stage, sync, commit, publish, sync,
//! retire. A crash between any two steps is put right by `recover`. Lack of room is waited for; no other failure is tried again.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use rustix::io::Errno;

use crate::article::{ArticleId, shown};
use crate::chain::Chain;
use crate::claim::{self, Claimed, NAME_BYTES_MAX};
use crate::fault::Fault;
use crate::halt::Halt;
use crate::ledger::{Entry, Fate, Ledger, NewEntry};
use crate::outbox;
use crate::plugin::{Outcome, Settlement};
use crate::quarantine::{self, Reason};
use crate::shop::{Folder, Shop};
use crate::space::{Space, Wait};

/// A file in hand, from the moment it was read until all its articles have their outcome.
#[derive(Debug)]
pub struct Submission {
    /// The claim.
    pub claimed: Claimed,
    /// BLAKE3 of its bytes in hex; empty if it could not be read.
    pub digest: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// How many articles it holds.
    pub articles: u32,
    /// How many of them have no outcome yet. Counted down here only.
    pub undecided: AtomicU32,
    /// Room in the pipeline, given back when the last article lets go of the submission.
    pub room: Option<Room>,
}

/// A share of what may be in hand at a time.
#[derive(Debug)]
pub struct Room {
    /// One of `claim.in_hand_submissions_max`.
    pub submission: tokio::sync::OwnedSemaphorePermit,
    /// Of `claim.in_hand_bytes_max`.
    pub bytes: tokio::sync::OwnedSemaphorePermit,
}

/// An article with its decision, not yet durable.
#[derive(Debug)]
pub struct Decided {
    /// The article.
    pub id: ArticleId,
    /// Its file.
    pub submission: Arc<Submission>,
    /// What was decided.
    pub decision: Decision,
    /// Notes of stateful plugins, by plugin name.
    pub notes: Vec<(String, Vec<u8>)>,
}

/// What shall become of an article.
#[derive(Debug)]
pub enum Decision {
    /// Publish this record.
    Publish {
        /// The JSON.
        record: Vec<u8>,
    },
    /// It repeats a published article.
    Duplicate {
        /// That article.
        of: ArticleId,
        /// The plugin that says so.
        plugin: String,
        /// Its sentence.
        detail: String,
    },
    /// Refuse it.
    Refuse {
        /// Why.
        fault: Fault,
        /// Its own part of a file that holds several articles.
        part: Option<Vec<u8>>,
    },
}

/// What has passed through, since the start.
#[derive(Debug, Default)]
pub struct Tally {
    /// Files claimed, or found claimed at the start.
    pub submissions: AtomicU64,
    /// Files finished.
    pub retired: AtomicU64,
    /// Articles with a record.
    pub published: AtomicU64,
    /// Articles that repeat another.
    pub duplicate: AtomicU64,
    /// Articles refused.
    pub quarantined: AtomicU64,
}

impl Tally {
    /// Files accepted and not finished.
    pub fn in_hand(&self) -> u64 {
        // Retired first: read the other way round, a file that ends in between could count below zero.
        let retired = self.retired.load(Ordering::Acquire);
        self.submissions.load(Ordering::Acquire) - retired
    }
}

impl Tally {
    /// Forgets what is in hand: it is claimed still, and recovery counts it again.
    pub fn let_go(&self) {
        self.submissions.store(self.retired.load(Ordering::Acquire), Ordering::Release);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |counter: &AtomicU64| counter.load(Ordering::Acquire);
        write!(
            formatter,
            "{} published, {} duplicate, {} quarantined, {} files in hand",
            of(&self.published),
            of(&self.duplicate),
            of(&self.quarantined),
            self.in_hand()
        )
    }
}

/// The keeper of the books. There is one, on one thread.
pub struct Books {
    /// The folders.
    pub shop: Arc<Shop>,
    /// The ledger.
    pub ledger: Ledger,
    /// Told of every outcome.
    pub chain: Arc<Chain>,
    /// Counts what is done.
    pub tally: Arc<Tally>,
    /// Asked for room when a write finds none.
    pub space: Arc<Space>,
    /// A sync of everything has found no room. Set here only, for the rest of the run.
    pub distrusts_sync: bool,
    /// What the last batch has left to the sync of the next.
    pub published: Published,
}

/// What is visible and not yet known to be so after a power cut.
#[derive(Debug, Default)]
pub struct Published {
    /// Files all of whose articles have their outcome, each with the last.
    finished: Vec<(Arc<Submission>, Entry)>,
    /// Something was put there.
    outbox: bool,
    quarantine: bool,
}

impl Published {
    fn add(&mut self, submission: Arc<Submission>, entry: Entry) {
        self.outbox |= matches!(entry.fate, Fate::Published);
        self.quarantine |= matches!(entry.fate, Fate::Quarantined { .. });
        if submission.undecided.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.finished.push((submission, entry));
        }
    }

    fn sync(&mut self, shop: &Shop) -> Result<(), Halt> {
        if std::mem::take(&mut self.outbox) {
            shop.outbox.sync()?;
        }
        if std::mem::take(&mut self.quarantine) {
            shop.quarantine.sync()?;
        }
        Ok(())
    }
}

/// Whether it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// All of it is durable and visible.
    Done,
    /// There was no room, and whoever waited for it gave up. The files are claimed still; nothing more may be settled.
    GivenUp,
}

impl Books {
    /// Gives every article of a batch its outcome. When this is done, the outcomes are durable and visible, and stateful plugins have
    /// been told. That what is visible stays so is left to the next sync, which is the next batch's or [`Books::retire_published`]'s;
    /// until then its files stay claimed. While the disk is full it calls `wait` and tries again; any other failure is the end.
    pub fn settle(&mut self, batch: Vec<Decided>, wait: &mut Wait<'_>) -> Result<Settled, Halt> {
        let batch = self.check_originals(batch)?;
        let entries: Vec<Entry> = batch.iter().map(entry_for).collect();
        let space = Arc::clone(&self.space);
        let Some(()) = space.insist(wait, false, || self.stage_all(&batch))? else { return Ok(Settled::GivenUp) };
        // A sync that fails says so once, whichever file it was about, and the next one says that all is well. Our own files are
        // made anew when there is room; the originals are not, so each of them is asked by itself. If one is lost, that is the end.
        if self.distrusts_sync {
            batch.iter().try_for_each(|decided| claim::sync(&self.shop, &decided.submission.claimed))?;
            self.published.sync(&self.shop)?;
        }
        if self.retire_all(wait)? == Settled::GivenUp {
            return Ok(Settled::GivenUp);
        }
        // What is staged stays there while a commit waits for room: it is durable, and right whether the ledger, read again after
        // a crash, has taken the commit or not.
        let Some(sequences) = space.insist(wait, true, || self.commit(&batch, &entries))? else {
            return Ok(Settled::GivenUp);
        };
        let shown = space.insist(wait, true, || entries.iter().try_for_each(|entry| publish(&self.shop, entry)))?;
        let Some(()) = shown else { return Ok(Settled::GivenUp) };
        for ((decided, entry), sequence) in batch.into_iter().zip(entries).zip(sequences) {
            self.tell(&decided, &entry, sequence);
            self.published.add(decided.submission, entry);
        }
        space.went_through();
        Ok(Settled::Done)
    }

    /// Makes durable what was published, and retires its files. To be called when no batch follows for now.
    pub fn retire_published(&mut self, wait: &mut Wait<'_>) -> Result<Settled, Halt> {
        self.published.sync(&self.shop)?;
        self.retire_all(wait)
    }

    /// Retires the files of what was published and is durable.
    fn retire_all(&mut self, wait: &mut Wait<'_>) -> Result<Settled, Halt> {
        for (submission, last) in std::mem::take(&mut self.published).finished {
            let retired = self.space.insist(wait, true, || retire(&self.shop, &submission.claimed, &last))?;
            let Some(()) = retired else { return Ok(Settled::GivenUp) };
            self.tally.retired.fetch_add(1, Ordering::AcqRel);
        }
        Ok(Settled::Done)
    }

    /// Retires a file all of whose articles had their outcome before.
    pub fn finish(&self, submission: &Submission, wait: &mut Wait<'_>) -> Result<Settled, Halt> {
        if let Some(last) = self.ledger.entries(submission.claimed.id)?.last() {
            let retired = self.space.insist(wait, true, || retire(&self.shop, &submission.claimed, last))?;
            let Some(()) = retired else { return Ok(Settled::GivenUp) };
        }
        self.tally.retired.fetch_add(1, Ordering::AcqRel);
        self.space.went_through();
        Ok(Settled::Done)
    }

    /// Has this article its outcome?
    pub fn is_settled(&self, id: ArticleId) -> Result<bool, Halt> {
        Ok(self.ledger.entry(id)?.is_some())
    }

    /// A duplicate must name a published article. A plugin that names another does not get its way silently.
    fn check_originals(&self, batch: Vec<Decided>) -> Result<Vec<Decided>, Halt> {
        let mut here = HashSet::new();
        let mut checked = Vec::with_capacity(batch.len());
        for mut decided in batch {
            if let Decision::Duplicate { of, plugin, .. } = &decided.decision
                && !here.contains(of)
                && !self.ledger.entry(*of)?.is_some_and(|entry| entry.fate == Fate::Published)
            {
                let detail = format!("it names {of} as the original, which is not a published article");
                let fault = Fault::Rejected { plugin: plugin.clone(), code: "unknown-original".to_owned(), detail };
                decided.decision = Decision::Refuse { fault, part: None };
            }
            if matches!(decided.decision, Decision::Publish { .. }) {
                here.insert(decided.id);
            }
            checked.push(decided);
        }
        Ok(checked)
    }

    /// Writes what shall become visible and makes it durable, or leaves nothing of it behind.
    fn stage_all(&mut self, batch: &[Decided]) -> Result<(), Halt> {
        let staged = self.stage_and_sync(batch);
        if staged.as_ref().is_err_and(Halt::is_lack_of_room) {
            for decided in batch {
                quarantine::discard_staged(&self.shop, decided.id.to_string().as_bytes())?;
            }
        }
        staged
    }

    fn stage_and_sync(&mut self, batch: &[Decided]) -> Result<(), Halt> {
        for decided in batch {
            self.stage(decided)?;
        }
        self.sync_all().inspect_err(|halt| self.distrusts_sync |= halt.is_lack_of_room())
    }

    fn stage(&self, decided: &Decided) -> Result<(), Halt> {
        match &decided.decision {
            Decision::Publish { record } => outbox::stage(&self.shop, decided.id, record),
            Decision::Duplicate { .. } => Ok(()),
            Decision::Refuse { fault, part } => {
                let Submission { claimed, bytes, .. } = &*decided.submission;
                let original = original_name(&claimed.name, decided.id);
                let reason = Reason::new(decided.id, fault, &claimed.name, &claimed.received, *bytes, &original);
                let part = part.as_deref().map(|part| (original.as_slice(), part));
                quarantine::stage(&self.shop, decided.id, &reason, part)
            }
        }
    }

    /// Claims, stage files and their directory entries are on the disk when this returns. One call for all of them: cheaper
    /// than a sync per file on every file system measured.
    fn sync_all(&self) -> Result<(), Halt> {
        self.shop.spool.sync_file_system()
    }

    fn commit(&mut self, batch: &[Decided], entries: &[Entry]) -> Result<Vec<u64>, Halt> {
        let rows: Vec<NewEntry<'_>> = batch
            .iter()
            .zip(entries)
            .map(|(decided, entry)| NewEntry {
                entry,
                name: &decided.submission.claimed.name,
                digest: &decided.submission.digest,
                bytes: decided.submission.bytes,
                received: &decided.submission.claimed.received,
                notes: &decided.notes,
            })
            .collect();
        Ok(self.ledger.commit(&rows)?)
    }

    /// Counts an outcome, says it in the log and tells the stateful plugins.
    fn tell(&self, decided: &Decided, entry: &Entry, sequence: u64) {
        let (id, name) = (decided.id.to_string(), shown(&decided.submission.claimed.name));
        let (outcome, counter) = match &entry.fate {
            Fate::Published => {
                tracing::info!(id, name, record = shown(&entry.target), "article published");
                (Outcome::Published, &self.tally.published)
            }
            Fate::Duplicate { of, reason } => {
                tracing::info!(id, name, %of, reason, "article is a duplicate");
                (Outcome::Duplicate, &self.tally.duplicate)
            }
            Fate::Quarantined { fault, reason } => {
                tracing::warn!(id, name, fault, reason, folder = shown(&entry.target), "article quarantined");
                (Outcome::Quarantined, &self.tally.quarantined)
            }
        };
        counter.fetch_add(1, Ordering::AcqRel);
        for (plugin, note) in &decided.notes {
            self.chain.settled(plugin, &Settlement { sequence, id: &id, outcome, note });
        }
    }
}

/// Makes a committed outcome visible. Doing it again is harmless.
pub fn publish(shop: &Shop, entry: &Entry) -> Result<(), Halt> {
    match entry.fate {
        Fate::Published => outbox::publish(shop, entry.id, &entry.target),
        Fate::Duplicate { .. } => Ok(()),
        Fate::Quarantined { .. } => quarantine::publish(shop, entry.id, &entry.target),
    }
}

/// Moves the original of a finished file to where it stays: beside the reason if the whole file was refused, else the archive.
pub fn retire(shop: &Shop, claimed: &Claimed, last: &Entry) -> Result<(), Halt> {
    if matches!(last.fate, Fate::Quarantined { .. })
        && last.id.position.is_none()
        && let Some(folder) = quarantine::open(shop, &last.target)?
    {
        return claim::retire(shop, claimed, &folder, &original_name(&claimed.name, last.id));
    }
    let day = claimed.received.get(..10).unwrap_or("undated");
    let archive = || claim::retire(shop, claimed, &archive_folder(shop, day)?, &archive_name(claimed));
    match archive() {
        // Retention may have removed the folder of that day, which was empty, between the two steps.
        Err(Halt::Folder { error: Errno::NOENT, .. }) => archive(),
        done => done,
    }
}

fn entry_for(decided: &Decided) -> Entry {
    let Submission { claimed, articles, .. } = &*decided.submission;
    let (fate, target) = match &decided.decision {
        Decision::Publish { .. } => (Fate::Published, outbox::record_name(&claimed.name, decided.id)),
        Decision::Duplicate { of, plugin, detail } => {
            (Fate::Duplicate { of: *of, reason: format!("plugin {plugin}: {detail}") }, Vec::new())
        }
        Decision::Refuse { fault, .. } => {
            let fate = Fate::Quarantined { fault: fault.code().to_owned(), reason: fault.to_string() };
            (fate, quarantine::folder_name(&claimed.name, decided.id))
        }
    };
    Entry { id: decided.id, articles: *articles, fate, target }
}

/// The original's name in the quarantine: its own, unless that is the reason's.
fn original_name(name: &[u8], id: ArticleId) -> Vec<u8> {
    match id.position {
        None if name != quarantine::REASON => name.to_owned(),
        None => b"original.reason.json".to_vec(),
        Some(position) => format!("article-{position}").into_bytes(),
    }
}

fn archive_folder(shop: &Shop, day: &str) -> Result<Folder, Halt> {
    shop.archive
        .subfolder(day.as_bytes(), 0o770)
        .map_err(|error| shop.archive.halt("cannot make", day.as_bytes(), error))
}

/// `<id>.<name>`, cut to the longest name there may be.
fn archive_name(claimed: &Claimed) -> Vec<u8> {
    let mut name = [claimed.id.to_string().as_bytes(), b".", &claimed.name].concat();
    name.truncate(NAME_BYTES_MAX);
    name
}
