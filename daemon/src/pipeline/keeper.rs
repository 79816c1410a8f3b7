//! The task that keeps the books: gathers decisions into batches, has them settled, and sends parked articles on.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep_until;

use super::{Job, Pipeline, Said, Traveller};
use crate::article::ArticleId;
use crate::books::{Books, Decided, Decision, Settled};
use crate::fault::Fault;
use crate::halt::Halt;
use crate::space::Wait;

/// Longest time an article is held for another before its plugin is asked again.
const HOLD_MAX: Duration = Duration::from_secs(30);
/// How often an article may be held for that long before the plugin is taken for broken.
const LONG_WAITS_MAX: u32 = 20;

/// How long to wait for another article when nothing is in hand: longer than it takes to claim one, too short to be
/// noticed.
const QUIET: Duration = Duration::from_millis(3);

/// Articles that wait: for another's outcome, for time, or for a worker.
#[derive(Default)]
struct Parked {
    held: HashMap<ArticleId, Vec<Traveller>>,
    /// When to look again at an article that is held by this owner, or at this one that asked for time.
    later: BTreeMap<(Instant, u64), Wake>,
    ready: VecDeque<Traveller>,
    count: u64,
}

enum Wake {
    Owner(ArticleId),
    Traveller(Box<Traveller>),
}

impl Parked {
    fn hold(&mut self, traveller: Traveller, owner: ArticleId) {
        if !self.held.contains_key(&owner) {
            self.at(Instant::now() + HOLD_MAX, Wake::Owner(owner));
        }
        self.held.entry(owner).or_default().push(traveller);
    }

    fn at(&mut self, when: Instant, wake: Wake) {
        self.count += 1;
        self.later.insert((when, self.count), wake);
    }

    /// The owner has its outcome: whoever waited for it is asked again.
    fn release(&mut self, owner: ArticleId) {
        let held = self.held.remove(&owner).into_iter().flatten();
        self.ready.extend(held.map(|traveller| Traveller { waited_for: Some(owner), ..traveller }));
    }

    /// The owner has no outcome yet, but it is time to ask again.
    fn ask_again(&mut self, owner: ArticleId) {
        let held = self.held.remove(&owner).into_iter().flatten();
        self.ready.extend(held.map(|traveller| Traveller { long_waits: traveller.long_waits + 1, ..traveller }));
    }

    /// Makes ready whatever is due and says when to look next.
    fn wake(&mut self) -> Option<Instant> {
        while let Some(first) = self.later.first_entry() {
            if first.key().0 > Instant::now() {
                return Some(first.key().0);
            }
            match first.remove() {
                Wake::Owner(owner) => self.ask_again(owner),
                Wake::Traveller(traveller) => self.ready.push_back(*traveller),
            }
        }
        None
    }
}

/// What the keeper of the books wakes up for.
enum Event {
    /// Workers have said so many words more; none, if they have all gone.
    Said(usize),
    /// What has been said so far is to be settled now.
    Batch,
    /// There is room for a job, and an article that waits for it.
    Permit(mpsc::OwnedPermit<Job>),
    /// An inbox has nothing more to give.
    Intake(Result<(), Halt>),
    /// A parked article's time has come.
    Due,
}

/// What was said and is not settled yet.
struct Batch {
    said: Vec<Said>,
    first: Instant,
    last: Instant,
}

impl Batch {
    fn new() -> Self {
        Batch { said: Vec::new(), first: Instant::now(), last: Instant::now() }
    }

    /// So many words have come.
    fn grew(&mut self, by: usize) {
        self.last = Instant::now();
        if self.said.len() == by {
            self.first = self.last;
        }
    }
}

/// The task that keeps the books and sends parked articles on.
pub(super) struct Keeper {
    books: Books,
    jobs: mpsc::Sender<Job>,
    /// How much the workers have still to say of what they took from the queue. Raised by them, lowered here.
    coming: Arc<AtomicUsize>,
    parked: Parked,
    pipeline: Arc<Pipeline>,
}

impl Keeper {
    pub(super) fn new(
        books: Books,
        jobs: mpsc::Sender<Job>,
        coming: Arc<AtomicUsize>,
        pipeline: Arc<Pipeline>,
    ) -> Self {
        Keeper { books, jobs, coming, parked: Parked::default(), pipeline }
    }

    /// Runs until every inbox has ended and nothing is in hand, or until it is abandoned, which never cuts a batch off.
    pub(super) async fn run(
        mut self,
        mut sayings: mpsc::Receiver<Said>,
        mut intakes: JoinSet<Result<(), Halt>>,
    ) -> Result<(), Halt> {
        let articles_max = self.pipeline.config.ledger.batch_articles_max;
        let mut batch = Batch::new();
        loop {
            let due = self.parked.wake();
            if intakes.is_empty() && self.pipeline.tally.in_hand() == 0 {
                return Ok(());
            }
            let end = self.end_of(&batch);
            let missing = articles_max - batch.said.len();
            let event = tokio::select! {
                count = sayings.recv_many(&mut batch.said, missing), if missing > 0 => Event::Said(count),
                () = sleep_until(end.into()), if !batch.said.is_empty() => Event::Batch,
                permit = self.jobs.clone().reserve_owned(), if !self.parked.ready.is_empty() => {
                    Event::Permit(permit.map_err(|_| Halt::Gone("every worker"))?)
                }
                Some(intake) = intakes.join_next(), if !intakes.is_empty() => {
                    Event::Intake(intake.map_err(|_| Halt::Gone("an inbox reader"))?)
                }
                () = self.pipeline.stop.abandoned() => return Ok(()),
                () = sleep_until(due.unwrap_or_else(Instant::now).into()), if due.is_some() => Event::Due,
            };
            match event {
                Event::Said(0) => {
                    // What they said last may say why.
                    self.keep(batch.said, true).await?;
                    return Err(Halt::Gone("every worker"));
                }
                Event::Said(count) => batch.grew(count),
                Event::Batch => match self.keep(std::mem::take(&mut batch.said), sayings.is_empty()).await? {
                    Some(keeper) => self = keeper,
                    None => return Ok(()),
                },
                Event::Permit(permit) => {
                    if let Some(traveller) = self.parked.ready.pop_front() {
                        permit.send(Job::Resume(Box::new(traveller)));
                    }
                }
                Event::Intake(end) => end?,
                Event::Due => {}
            }
        }
    }

    /// When a batch is to be settled: at once if it is full, after `batch_milliseconds` while a worker has something in
    /// hand, and very soon if there is nothing that could join it. That a worker has just taken a job may be
    /// overlooked; then a batch is smaller, no more.
    fn end_of(&self, batch: &Batch) -> Instant {
        let ledger = &self.pipeline.config.ledger;
        if batch.said.len() >= ledger.batch_articles_max {
            return batch.last;
        }
        let until = batch.first + ledger.batch_wait;
        let coming = self.coming.load(Ordering::Acquire) > batch.said.len();
        if coming || !self.is_queue_empty() || !self.parked.ready.is_empty() {
            return until;
        }
        until.min(batch.last + QUIET)
    }

    fn is_queue_empty(&self) -> bool {
        self.jobs.capacity() == self.jobs.max_capacity()
    }

    /// Settles what a batch has decided and parks what it has not. Unless it is the last for now, what it has published is made durable
    /// by the sync of the next. `None` if there was no room for it until we were abandoned.
    async fn keep(mut self, batch: Vec<Said>, last: bool) -> Result<Option<Self>, Halt> {
        self.coming.fetch_sub(batch.len(), Ordering::AcqRel);
        let (mut decided, mut held, mut finished) = (Vec::new(), Vec::new(), Vec::new());
        for said in batch {
            match said {
                Said::Decided(article) => decided.push(article),
                Said::Held(traveller, owner, plugin) => held.push((traveller, owner, plugin)),
                Said::Later(traveller, after) => {
                    self.parked.at(Instant::now() + after, Wake::Traveller(Box::new(traveller)));
                }
                Said::Finished(submission) => finished.push(submission),
                Said::Halt(halt) => return Err(halt),
            }
        }
        let (runtime, stop) = (Handle::current(), Arc::clone(&self.pipeline.stop));
        tokio::task::spawn_blocking(move || {
            let wait: &mut Wait<'_> = &mut |pause| {
                runtime.block_on(async {
                    tokio::select! { () = tokio::time::sleep(pause) => true, () = stop.abandoned() => false }
                })
            };
            if self.settle(decided, wait)? == Settled::GivenUp {
                return Ok(None);
            }
            let mut refused = Vec::new();
            for (traveller, owner, plugin) in held {
                refused.extend(self.hold(traveller, owner, plugin)?);
            }
            if self.settle(refused, wait)? == Settled::GivenUp {
                return Ok(None);
            }
            if last && self.books.retire_published(wait)? == Settled::GivenUp {
                return Ok(None);
            }
            for submission in finished {
                if self.books.finish(&submission, wait)? == Settled::GivenUp {
                    return Ok(None);
                }
            }
            Ok(Some(self))
        })
        .await
        .map_err(|_| Halt::Gone("the keeper of the books"))?
    }

    fn settle(&mut self, decided: Vec<Decided>, wait: &mut Wait<'_>) -> Result<Settled, Halt> {
        if decided.is_empty() {
            return Ok(Settled::Done);
        }
        let ids: Vec<ArticleId> = decided.iter().map(|decided| decided.id).collect();
        let settled = self.books.settle(decided, wait)?;
        if settled == Settled::Done {
            ids.into_iter().for_each(|id| self.parked.release(id));
        }
        Ok(settled)
    }

    /// Parks an article until its owner has its outcome. A plugin that waits for what has happened already, or for what never
    /// does, is broken.
    fn hold(&mut self, traveller: Traveller, owner: ArticleId, plugin: String) -> Result<Option<Decided>, Halt> {
        let waited_already = traveller.waited_for == Some(owner);
        if waited_already || traveller.long_waits >= LONG_WAITS_MAX {
            let why = if waited_already { "which has its outcome" } else { "which gets no outcome" };
            let fault = Fault::PluginBroken { plugin, detail: format!("it holds the article for {owner}, {why}") };
            return Ok(Some(Decided {
                id: traveller.article.id,
                submission: traveller.submission,
                decision: Decision::Refuse { fault, part: traveller.part },
                notes: traveller.article.notes,
            }));
        }
        // The owner may have been settled while this word was on its way.
        if self.books.is_settled(owner)? {
            self.parked.ready.push_back(Traveller { waited_for: Some(owner), ..traveller });
        } else {
            self.parked.hold(traveller, owner);
        }
        Ok(None)
    }
}
