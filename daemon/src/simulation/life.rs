//! One run of the daemon on the simulated disk: the real claim, read, decode, books, recovery and poison, in the order in which
//! the pipeline has them done, one step at a time. Only the threads and the plugins are played.

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use super::fold::{self, Answer, Fold};
use super::story::{self, LIMITS};
use crate::article::{ArticleId, SubmissionId};
use crate::books::{Books, Decided, Decision, Published, Settled, Submission, Tally};
use crate::chain::Chain;
use crate::claim::{self, Claim, ReadError};
use crate::config::Config;
use crate::decode::{self, Decoded, Piece};
use crate::disk::Folder;
use crate::disk::simulated::Dice;
use crate::fault::{Fault, Stage};
use crate::halt::Halt;
use crate::ledger::Ledger;
use crate::poison::{self, Slots, Suspicion};
use crate::recover::{Unfinished, recover};
use crate::settle::{Look, Settle};
use crate::shop::Shop;
use crate::space::{Space, Wait};

const WORKERS: usize = 2;
const FILE_BYTES_MAX: u64 = 1 << 20;

/// A run.
pub(super) struct Life {
    shop: Arc<Shop>,
    inbox: Folder,
    books: Books,
    settle: Settle,
    slots: Arc<Slots>,
    /// The last submission number given.
    number: u64,
    fold: Fold,
    jobs: VecDeque<Unfinished>,
    workers: [Worker; WORKERS],
    /// Articles whose owner has its outcome.
    ready: VecDeque<Traveller>,
    held: HashMap<ArticleId, Vec<Traveller>>,
    decided: Vec<Decided>,
    finished: Vec<Arc<Submission>>,
}

/// What one worker is on.
#[derive(Default)]
struct Worker {
    travellers: VecDeque<Traveller>,
    /// How many of them are suspected of having ended the daemon: nothing else is done while there are any.
    alone: usize,
    /// A plugin does not answer.
    hangs: bool,
    /// What a death now may be counted against.
    in_hand: Option<ArticleId>,
}

/// An article on its way.
struct Traveller {
    id: ArticleId,
    submission: Arc<Submission>,
    text: Result<String, Fault>,
    part: Option<Vec<u8>>,
}

/// What is published of an article.
pub(super) fn record(id: ArticleId, key: &str) -> Vec<u8> {
    let filling = format!("{id} says {key}\n").repeat(key.len() % 7 * 4 + 1);
    format!("{{\n{filling}}}\n").into_bytes()
}

impl Life {
    /// Starts: the ledger is opened, recovery runs, the last death is judged, the plugin is told what it has missed.
    pub(super) fn begin(root: &Folder, ledger: &Path, config: &Config, checkpoint: &Fold) -> Result<Self, Halt> {
        let open = |error| root.halt("cannot open", b"", error);
        let shop = Arc::new(Shop::simulated(root).map_err(open)?);
        let inbox = root.existing_subfolder(b"inbox").map_err(open)?;
        let mut ledger = Ledger::open(ledger)?;
        let mut recovery = recover(&shop, &ledger)?;
        poison::judge(&shop, &mut ledger, &mut recovery.unfinished)?;
        let fold = checkpoint.clone().replay(&ledger);
        let chain = Chain::load(config, Arc::new(ledger.notes()), 0).map_err(|_| Halt::Gone("a chain of nothing"))?;
        let tally = Arc::new(Tally::default());
        let space = Space::open(&shop, &tally, config, true);
        let slots = Slots::open(&shop, WORKERS);
        let books = Books {
            shop: Arc::clone(&shop),
            ledger,
            chain: Arc::new(chain),
            tally,
            space,
            distrusts_sync: false,
            published: Published::default(),
        };
        let (suspects, others): (VecDeque<_>, VecDeque<_>) =
            recovery.unfinished.into_iter().partition(|unfinished| !unfinished.suspects.is_empty());
        Ok(Life {
            shop,
            inbox,
            books,
            settle: Settle::new(Duration::from_secs(2)),
            slots,
            number: recovery.last_submission,
            fold,
            jobs: suspects.into_iter().chain(others).collect(),
            workers: Default::default(),
            ready: VecDeque::new(),
            held: HashMap::new(),
            decided: Vec::new(),
            finished: Vec::new(),
        })
    }

    /// Looks through the inbox and claims up to so many files.
    pub(super) fn claim(&mut self, count: usize, dice: &mut Dice) -> Result<usize, Halt> {
        if self.has_suspects() {
            return Ok(0);
        }
        let names: Vec<_> = self.inbox.names().unwrap().map(Result::unwrap).filter(|name| name[0] != b'.').collect();
        let mut claimed = 0;
        for name in names {
            if claimed == count {
                break;
            }
            let Look::Settled(settled) = self.settle.look(&self.inbox, &name, dice.percent(50)) else { continue };
            self.number += 1;
            let id = SubmissionId { epoch: self.books.ledger.epoch(), number: self.number };
            if let Claim::Claimed(taken) = claim::claim(&self.shop, &self.inbox, settled, id)? {
                self.jobs.push_back(Unfinished::new(taken));
                claimed += 1;
            }
        }
        Ok(claimed)
    }

    /// One worker does one thing. `false` if there is nothing to do.
    pub(super) fn work(&mut self, may_hang: bool, dice: &mut Dice) -> Result<bool, Halt> {
        let first = dice.below(WORKERS);
        for worker in (0..WORKERS).map(|index| (first + index) % WORKERS) {
            let others_alone = self.workers.iter().enumerate().any(|(other, busy)| other != worker && busy.alone > 0);
            if self.workers[worker].hangs || others_alone {
                continue;
            }
            if !self.workers[worker].travellers.is_empty() {
                self.walk(worker, may_hang, dice)?;
                return Ok(true);
            }
            if let Some(traveller) = self.ready.pop_front() {
                self.workers[worker].travellers.push_back(traveller);
                return Ok(true);
            }
            let others_idle = self.workers.iter().all(|worker| worker.travellers.is_empty());
            let suspected = self.jobs.front().is_some_and(|job| !job.suspects.is_empty());
            if (!suspected || others_idle)
                && let Some(job) = self.jobs.pop_front()
            {
                self.read(worker, job)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Settles the first so many decisions.
    pub(super) fn settle(&mut self, count: usize, wait: &mut Wait<'_>) -> Result<Settled, Halt> {
        let batch: Vec<Decided> = self.decided.drain(..count.min(self.decided.len())).collect();
        if !batch.is_empty() {
            let settled: Vec<_> = batch.iter().map(|decided| (decided.id, published_key(decided))).collect();
            if self.books.settle(batch, wait)? == Settled::GivenUp {
                return Ok(Settled::GivenUp);
            }
            let sequence = self.books.ledger.last_sequence()?;
            for (id, key) in settled {
                self.fold.settled(id, key.as_deref(), sequence);
                self.ready.extend(self.held.remove(&id).into_iter().flatten());
            }
        }
        if self.decided.is_empty() && self.books.retire_published(wait)? == Settled::GivenUp {
            return Ok(Settled::GivenUp);
        }
        for submission in std::mem::take(&mut self.finished) {
            if self.books.finish(&submission, wait)? == Settled::GivenUp {
                return Ok(Settled::GivenUp);
            }
        }
        Ok(Settled::Done)
    }

    /// Whatever a plugin did not answer to, it answers now.
    pub(super) fn wake(&mut self) {
        self.workers.iter_mut().for_each(|worker| worker.hangs = false);
    }

    pub(super) fn is_decided(&self) -> bool {
        !self.decided.is_empty() || !self.finished.is_empty()
    }

    /// The run ends in order, or in a halt: nobody is to blame.
    pub(super) fn close(&self) {
        self.slots.close();
    }

    /// What a death now may be counted against.
    pub(super) fn in_hand(&self) -> impl Iterator<Item = ArticleId> {
        self.workers.iter().filter_map(|worker| worker.in_hand)
    }

    pub(super) fn checkpoint(&self) -> Fold {
        self.fold.checkpoint()
    }

    fn has_suspects(&self) -> bool {
        self.workers.iter().any(|worker| worker.alone > 0) || self.jobs.iter().any(|job| !job.suspects.is_empty())
    }

    /// Reads and decodes a file. Suspects among its articles come first.
    fn read(&mut self, worker: usize, job: Unfinished) -> Result<(), Halt> {
        let Unfinished { claimed, decided, suspects } = job;
        let whole = ArticleId { submission: claimed.id, position: None };
        let condemned = suspects.get(&whole).filter(|suspicion| suspicion.stage == Stage::Decode);
        let condemned = condemned.and_then(Suspicion::fault);
        self.hold(worker, whole, Stage::Decode);
        let read = claim::read(&self.shop, &claimed, FILE_BYTES_MAX);
        self.clear(worker);
        let (digest, bytes, decoded) = match read {
            Ok(content) => {
                let decoded = condemned.map_or_else(|| decode::decode(&claimed.name, &content, &LIMITS), Err);
                (blake3::hash(&content).to_hex().to_string(), content.len() as u64, decoded.unwrap_or_else(refused))
            }
            Err(ReadError::Fault(fault)) => (String::new(), 0, refused(fault)),
            Err(ReadError::Halt(halt)) => return Err(halt),
        };
        let Decoded { several, articles, .. } = decoded;
        let id = |index| ArticleId { submission: claimed.id, position: several.then_some(index) };
        let pieces = (0..).zip(articles).map(|(index, piece)| (id(index), piece)).collect::<Vec<_>>();
        let count = pieces.len() as u32;
        let (first, then): (Vec<_>, Vec<_>) =
            pieces.into_iter().filter(|(id, _)| !decided.contains(id)).partition(|(id, _)| suspects.contains_key(id));
        let (alone, undecided) = (first.len(), AtomicU32::new((first.len() + then.len()) as u32));
        let submission = Arc::new(Submission { claimed, digest, bytes, articles: count, undecided, room: None });
        if first.is_empty() && then.is_empty() {
            self.finished.push(submission);
            return Ok(());
        }
        let travellers = first.into_iter().chain(then).map(|(id, Piece { document, original })| {
            let condemned = suspects.get(&id).and_then(Suspicion::fault);
            let text = condemned.map_or(document, Err).map(|document| document.text);
            Traveller { id, submission: Arc::clone(&submission), text, part: original }
        });
        self.workers[worker].travellers = travellers.collect();
        self.workers[worker].alone = alone;
        Ok(())
    }

    /// Walks a worker's next article past the plugin.
    fn walk(&mut self, worker: usize, may_hang: bool, dice: &mut Dice) -> Result<(), Halt> {
        let Some(traveller) = self.workers[worker].travellers.front() else { return Ok(()) };
        let id = traveller.id;
        let Ok(text) = &traveller.text else {
            let Some(Traveller { text: Err(fault), submission, part, .. }) = self.next(worker) else { return Ok(()) };
            let decision = Decision::Refuse { fault, part };
            self.decided.push(Decided { id, submission, decision, notes: Vec::new() });
            return Ok(());
        };
        let key = story::key_in(text);
        self.hold(worker, id, Stage::Chain);
        if may_hang && (dice.percent(4) || story::is_cursed(&key)) {
            self.workers[worker].hangs = true;
            return Ok(());
        }
        let answer = self.fold.ask(id, &key);
        self.clear(worker);
        let Some(traveller) = self.next(worker) else { return Ok(()) };
        let (decision, notes) = match answer {
            Answer::Pass => {
                let notes = vec![(fold::NAME.to_owned(), key.clone().into_bytes())];
                (Decision::Publish { record: record(id, &key) }, notes)
            }
            Answer::Duplicate(of) => {
                let (plugin, detail) = (fold::NAME.to_owned(), "the same key".to_owned());
                (Decision::Duplicate { of, plugin, detail }, Vec::new())
            }
            Answer::Hold(owner) => {
                if self.books.is_settled(owner)? {
                    self.ready.push_back(traveller);
                } else {
                    self.held.entry(owner).or_default().push(traveller);
                }
                return Ok(());
            }
        };
        self.decided.push(Decided { id, submission: traveller.submission, decision, notes });
        Ok(())
    }

    fn next(&mut self, worker: usize) -> Option<Traveller> {
        let worker = &mut self.workers[worker];
        worker.alone = worker.alone.saturating_sub(1);
        worker.travellers.pop_front()
    }

    fn hold(&mut self, worker: usize, id: ArticleId, stage: Stage) {
        self.workers[worker].in_hand = Some(id);
        self.slots.slot(worker).hold(id, stage);
    }

    fn clear(&mut self, worker: usize) {
        self.slots.slot(worker).clear();
        self.workers[worker].in_hand = None;
    }
}

fn refused(fault: Fault) -> Decoded {
    let piece = Piece { original: None, document: Err(fault) };
    Decoded { media_type: "", charset: "", several: false, articles: vec![piece] }
}

fn published_key(decided: &Decided) -> Option<String> {
    let published = matches!(decided.decision, Decision::Publish { .. });
    published.then(|| String::from_utf8_lossy(&decided.notes[0].1).into_owned())
}
