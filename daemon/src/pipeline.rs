//! The one file that knows the order: inbox → claim → decode → chain → books, joined by bounded channels.
//!
//! Files are claimed only while there is room in hand, so the inbox is the only queue. Workers are threads of their own: plugins
//! never run on tokio's. The keeper of the books is one task, and nothing is decided anywhere else.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;

use crate::article::{ArticleId, SubmissionId, shown};
use crate::books::{Books, Decided, Decision, Room, Submission, Tally};
use crate::chain::{Article, Chain, Walk, walk};
use crate::claim::{self, Claim};
use crate::config::Config;
use crate::decode;
use crate::fault::Fault;
use crate::halt::Halt;
use crate::inbox::{Hints, Inbox, Take};
use crate::plugin::{InstanceError, Lane};
use crate::record::{self, Source};
use crate::recover::Unfinished;
use crate::shop::Shop;

/// Longest time an article is held for another before its plugin is asked again.
const HOLD_MAX: Duration = Duration::from_secs(30);

/// How the pipeline is asked to end.
#[derive(Debug, Default)]
pub struct Stop {
    stopping: AtomicBool,
    changed: Notify,
}

impl Stop {
    /// Claim nothing more, finish what is in hand, end.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.changed.notify_waiters();
    }

    /// Has somebody asked?
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Waits until somebody asks.
    pub async fn stopped(&self) {
        let changed = self.changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        if !self.is_stopping() {
            changed.await;
        }
    }
}

/// Everything a run needs.
pub struct Pipeline {
    /// Values already valid.
    pub config: Arc<Config>,
    /// The folders.
    pub shop: Arc<Shop>,
    /// The plugins.
    pub chain: Arc<Chain>,
    /// Counts what passes.
    pub tally: Arc<Tally>,
    /// Tells it to end.
    pub stop: Arc<Stop>,
    /// End when the inboxes are empty and everything is settled.
    pub drain: bool,
}

/// Work for a worker.
enum Job {
    /// A file that has just been claimed, or that a run before this one left unfinished.
    File(Unfinished, Room),
    /// An article that was held or asked for time.
    Resume(Traveller),
}

/// An article between its file and its decision.
struct Traveller {
    article: Article,
    submission: Arc<Submission>,
    /// Its own part of a file that holds several articles, to lie beside the reason if it is refused.
    part: Option<Vec<u8>>,
}

/// What a worker has to say.
enum Said {
    Decided(Decided),
    Held(Traveller, ArticleId),
    Later(Traveller, Duration),
    Halt(Halt),
}

impl Pipeline {
    /// Runs until told to stop or, when draining, until there is nothing left. On [`Halt`] nothing more may be written.
    pub async fn run(self, books: Books, unfinished: Vec<Unfinished>, last_submission: u64) -> Result<(), Halt> {
        let room = Arc::new(Limits::new(&self.config));
        let (jobs, job_queue) = mpsc::channel(self.config.claim.in_hand_submissions_max);
        let (said, sayings) = mpsc::channel(self.config.ledger.batch_articles_max * 2);
        let workers = self.start_workers(job_queue, &said)?;
        drop(said);

        let number = Arc::new(AtomicU64::new(last_submission));
        let epoch = books.ledger.epoch();
        let mut intakes = tokio::task::JoinSet::new();
        let pipeline = Arc::new(self);
        intakes.spawn(resume(Arc::clone(&pipeline), unfinished, jobs.clone(), Arc::clone(&room)));
        for inbox in &pipeline.config.inboxes {
            let (inbox, hints) = Inbox::open(inbox).map_err(|_| Halt::Gone("an inbox"))?;
            let intake = Intake {
                pipeline: Arc::clone(&pipeline),
                jobs: jobs.clone(),
                room: Arc::clone(&room),
                number: Arc::clone(&number),
                epoch,
            };
            intakes.spawn(intake.run(inbox, hints));
        }
        let keeper = Keeper { books, jobs, parked: Parked::default(), pipeline: Arc::clone(&pipeline) };
        let end = keeper.run(sayings, intakes).await;
        room.close();
        pipeline.stop.stop();
        if end.is_ok() {
            // The keeper has let go of the job channel, so every worker ends at its next look.
            tokio::task::spawn_blocking(move || workers.into_iter().for_each(|worker| drop(worker.join())))
                .await
                .map_err(|_| Halt::Gone("the workers"))?;
        }
        end
    }

    fn start_workers(
        &self,
        queue: mpsc::Receiver<Job>,
        said: &mpsc::Sender<Said>,
    ) -> Result<Vec<thread::JoinHandle<()>>, Halt> {
        let queue = Arc::new(Mutex::new(queue));
        let mut workers = Vec::new();
        for index in 0..self.config.chain.workers {
            let lane = self.chain.lane().map_err(|InstanceError { name, problem }| Halt::Plugin {
                plugin: name,
                article: "(none)".to_owned(),
                detail: problem,
            })?;
            let worker = Worker {
                lane,
                config: Arc::clone(&self.config),
                shop: Arc::clone(&self.shop),
                chain: Arc::clone(&self.chain),
                tally: Arc::clone(&self.tally),
                said: said.clone(),
            };
            let queue = Arc::clone(&queue);
            let thread = thread::Builder::new()
                .name(format!("worker-{index}"))
                .stack_size(WORKER_STACK_BYTES)
                .spawn(move || worker.run(&queue))
                .map_err(|_| Halt::Gone("a worker thread"))?;
            workers.push(thread);
        }
        Ok(workers)
    }
}

/// The ABI promises plugins 2 MiB of stack.
const WORKER_STACK_BYTES: usize = 4 * 1024 * 1024;

/// What may be in hand at a time.
struct Limits {
    submissions: Arc<Semaphore>,
    /// In KiB: a semaphore counts to 2^32 at most in one request.
    kibibytes: Arc<Semaphore>,
    kibibytes_max: u32,
}

impl Limits {
    fn new(config: &Config) -> Self {
        let kibibytes_max = u32::try_from(config.claim.in_hand_bytes_max / 1024).unwrap_or(u32::MAX).max(1);
        Limits {
            submissions: Arc::new(Semaphore::new(config.claim.in_hand_submissions_max)),
            kibibytes: Arc::new(Semaphore::new(kibibytes_max as usize)),
            kibibytes_max,
        }
    }

    /// Waits for room; `None` when the pipeline ends.
    async fn room(&self, bytes_max: u64) -> Option<Room> {
        let kibibytes = u32::try_from(bytes_max / 1024 + 1).unwrap_or(u32::MAX).min(self.kibibytes_max);
        Some(Room {
            submission: Arc::clone(&self.submissions).acquire_owned().await.ok()?,
            bytes: Arc::clone(&self.kibibytes).acquire_many_owned(kibibytes).await.ok()?,
        })
    }

    fn close(&self) {
        self.submissions.close();
        self.kibibytes.close();
    }
}

/// Sends what the last run left unfinished through the chain again, before anything of its kind is claimed.
async fn resume(
    pipeline: Arc<Pipeline>,
    unfinished: Vec<Unfinished>,
    jobs: mpsc::Sender<Job>,
    room: Arc<Limits>,
) -> Result<(), Halt> {
    for unfinished in unfinished {
        let room = tokio::select! {
            room = room.room(0) => room,
            () = pipeline.stop.stopped() => None,
        };
        let Some(room) = room else { break };
        pipeline.tally.submissions.fetch_add(1, Ordering::AcqRel);
        if jobs.send(Job::File(unfinished, room)).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// Feeds the pipeline from one inbox.
struct Intake {
    pipeline: Arc<Pipeline>,
    jobs: mpsc::Sender<Job>,
    room: Arc<Limits>,
    number: Arc<AtomicU64>,
    epoch: u32,
}

impl Intake {
    async fn run(self, mut inbox: Inbox, hints: Hints) -> Result<(), Halt> {
        let mut hints = ReceiverStream::new(hints);
        let this = Arc::new(self);
        loop {
            let walker = Arc::clone(&this);
            let handle = Handle::current();
            // Folders are read and renamed in on a thread that may block.
            let (back, pass) = tokio::task::spawn_blocking(move || {
                let pass = walker.pass(&mut inbox, &handle);
                (inbox, pass)
            })
            .await
            .map_err(|_| Halt::Gone("the inbox reader"))?;
            inbox = back;
            let pass = pass?;
            if this.pipeline.stop.is_stopping() || (this.pipeline.drain && pass.waiting == 0) {
                return Ok(());
            }
            tokio::select! {
                _ = hints.next() => {}
                () = tokio::time::sleep(inbox.pause(&pass)) => {}
                () = this.pipeline.stop.stopped() => return Ok(()),
            }
        }
    }

    /// Walks through the inbox once and claims what has settled, as long as there is room.
    fn pass(&self, inbox: &mut Inbox, handle: &Handle) -> Result<crate::inbox::Pass, Halt> {
        let (mut halt, mut refused) = (None, Vec::new());
        let pass = inbox.pass(|folder, settled| {
            let name = settled.name().to_vec();
            let bytes_max = self.pipeline.config.decode.submission_bytes_max;
            let bytes = rustix::fs::statat(folder, &*name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW)
                .map_or(0, |stat| stat.st_size.unsigned_abs().min(bytes_max));
            let room = handle.block_on(async {
                tokio::select! { room = self.room.room(bytes) => room, () = self.pipeline.stop.stopped() => None }
            });
            let Some(room) = room.filter(|_| !self.pipeline.stop.is_stopping()) else { return Take::Stop };
            let id = SubmissionId { epoch: self.epoch, number: self.number.fetch_add(1, Ordering::AcqRel) + 1 };
            match claim::claim(&self.pipeline.shop, folder, settled, id) {
                Ok(Claim::Claimed(claimed)) => {
                    self.pipeline.tally.submissions.fetch_add(1, Ordering::AcqRel);
                    let job = Job::File(Unfinished { claimed, decided: HashSet::new() }, room);
                    if handle.block_on(self.jobs.send(job)).is_ok() { Take::Next } else { Take::Stop }
                }
                Ok(Claim::Gone) => Take::Next,
                Ok(Claim::Refused(error)) => {
                    refused.push((name, error));
                    Take::Next
                }
                Err(error) => {
                    halt = Some(error);
                    Take::Stop
                }
            }
        });
        for (name, error) in refused {
            inbox.say_left_alone(&name, &format!("cannot take it: {error}; make the inbox writable and not sticky"));
        }
        halt.map_or(Ok(pass), Err)
    }
}

/// One thread that reads, decodes and walks articles through its lane.
struct Worker {
    lane: Lane,
    config: Arc<Config>,
    shop: Arc<Shop>,
    chain: Arc<Chain>,
    tally: Arc<Tally>,
    said: mpsc::Sender<Said>,
}

impl Worker {
    fn run(mut self, queue: &Mutex<mpsc::Receiver<Job>>) {
        let said = self.said.clone();
        // A panic here is a fault of ours, in no known state: the daemon stops and recovers.
        let end = std::panic::catch_unwind(AssertUnwindSafe(|| {
            loop {
                // One idle worker waits in the queue, the others for the lock; the one that gets a job lets go of it.
                let job = queue.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
                let heard = match job {
                    Some(Job::File(unfinished, room)) => self.file(unfinished, room),
                    Some(Job::Resume(traveller)) => self.walk(traveller),
                    None => break,
                };
                if heard.is_err() {
                    break;
                }
            }
        }));
        if end.is_err() {
            let _ = said.blocking_send(Said::Halt(Halt::Gone("a worker thread")));
        }
    }

    /// Reads and decodes a file and walks each of its articles.
    fn file(&mut self, unfinished: Unfinished, room: Room) -> Result<(), mpsc::error::SendError<Said>> {
        let Unfinished { claimed, decided } = unfinished;
        let limits = decode::Limits { articles_max: self.config.decode.articles_max };
        let (digest, bytes, decoded) = match claim::read(&self.shop, &claimed, self.config.decode.submission_bytes_max)
        {
            Ok(content) => {
                let decoded = decode::decode(&claimed.name, &content, &limits);
                (blake3::hash(&content).to_hex().to_string(), content.len() as u64, decoded)
            }
            Err(Fault::TooLarge { bytes, limit }) => (String::new(), bytes, Err(Fault::TooLarge { bytes, limit })),
            Err(fault) => (String::new(), 0, Err(fault)),
        };
        let articles = decoded.as_ref().map_or(1, |decoded| decoded.articles.len() as u32);
        let submission = Arc::new(Submission {
            undecided: AtomicU32::new(articles - decided.len() as u32),
            claimed,
            digest,
            bytes,
            articles,
            room: Some(room),
        });
        self.tally.accepted.fetch_add(u64::from(articles) - decided.len() as u64, Ordering::AcqRel);
        match decoded {
            Ok(decoded) => self.articles(decoded, &submission, &decided),
            Err(fault) => {
                let id = ArticleId { submission: submission.claimed.id, position: None };
                self.refuse(id, submission, fault, None)
            }
        }
    }

    fn articles(
        &mut self,
        decoded: decode::Decoded,
        submission: &Arc<Submission>,
        decided: &HashSet<ArticleId>,
    ) -> Result<(), mpsc::error::SendError<Said>> {
        let Submission { claimed, digest, bytes, .. } = &**submission;
        for (index, piece) in (0..).zip(decoded.articles) {
            let id = ArticleId { submission: claimed.id, position: decoded.several.then_some(index) };
            if decided.contains(&id) {
                continue;
            }
            match piece.document {
                Ok(document) => {
                    let source = Source {
                        name: shown(&claimed.name),
                        name_bytes: std::str::from_utf8(&claimed.name).err().map(|_| record::base64(&claimed.name)),
                        bytes: *bytes,
                        digest: format!("blake3:{digest}"),
                        media_type: decoded.media_type.to_owned(),
                        charset: Some(decoded.charset.to_owned()),
                        received: claimed.received.clone(),
                        index,
                        url: document.url.clone(),
                    };
                    let article = Article::new(id, source, document);
                    self.walk(Traveller { article, submission: Arc::clone(submission), part: piece.original })?;
                }
                Err(fault) => self.refuse(id, Arc::clone(submission), fault, piece.original)?,
            }
        }
        Ok(())
    }

    fn walk(&mut self, traveller: Traveller) -> Result<(), mpsc::error::SendError<Said>> {
        let Traveller { mut article, submission, part } = traveller;
        let id = article.id;
        let decision = match walk(&mut self.lane, &mut article, self.config.chain.retries_max) {
            Walk::Passed => Decision::Publish { record: record::encode(&article, self.chain.names()) },
            Walk::Duplicate { of, plugin, detail } => Decision::Duplicate { of, plugin, detail },
            Walk::Refused(fault) => Decision::Refuse { fault, part },
            Walk::Held { owner } => {
                return self.said.blocking_send(Said::Held(Traveller { article, submission, part }, owner));
            }
            Walk::Later { after } => {
                return self.said.blocking_send(Said::Later(Traveller { article, submission, part }, after));
            }
            Walk::Halted { plugin, detail } => {
                let halt = Halt::Plugin { plugin, article: id.to_string(), detail };
                return self.said.blocking_send(Said::Halt(halt));
            }
        };
        self.said.blocking_send(Said::Decided(Decided { id, submission, decision, notes: article.notes }))
    }

    fn refuse(
        &self,
        id: ArticleId,
        submission: Arc<Submission>,
        fault: Fault,
        part: Option<Vec<u8>>,
    ) -> Result<(), mpsc::error::SendError<Said>> {
        let decision = Decision::Refuse { fault, part };
        self.said.blocking_send(Said::Decided(Decided { id, submission, decision, notes: Vec::new() }))
    }
}

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
        self.at(Instant::now() + HOLD_MAX, Wake::Owner(owner));
        self.held.entry(owner).or_default().push(traveller);
    }

    fn at(&mut self, when: Instant, wake: Wake) {
        self.count += 1;
        self.later.insert((when, self.count), wake);
    }

    fn release(&mut self, owner: ArticleId) {
        self.ready.extend(self.held.remove(&owner).into_iter().flatten());
    }

    /// Makes ready whatever is due and says when to look next.
    fn wake(&mut self) -> Option<Instant> {
        while let Some(first) = self.later.first_entry() {
            if first.key().0 > Instant::now() {
                return Some(first.key().0);
            }
            match first.remove() {
                Wake::Owner(owner) => self.release(owner),
                Wake::Traveller(traveller) => self.ready.push_back(*traveller),
            }
        }
        None
    }
}

/// What the keeper of the books wakes up for.
enum Event {
    Batch(Vec<Said>),
    /// There is room for a job, and an article that waits for it.
    Permit(mpsc::OwnedPermit<Job>),
    /// An inbox has nothing more to give.
    Intake(Result<(), Halt>),
    /// A parked article's time has come.
    Due,
}

/// The task that keeps the books and sends parked articles on.
struct Keeper {
    books: Books,
    jobs: mpsc::Sender<Job>,
    parked: Parked,
    pipeline: Arc<Pipeline>,
}

impl Keeper {
    async fn run(
        mut self,
        sayings: mpsc::Receiver<Said>,
        mut intakes: tokio::task::JoinSet<Result<(), Halt>>,
    ) -> Result<(), Halt> {
        let ledger = &self.pipeline.config.ledger;
        let batches = ReceiverStream::new(sayings).chunks_timeout(ledger.batch_articles_max, ledger.batch_wait);
        tokio::pin!(batches);
        loop {
            let due = self.parked.wake();
            if intakes.is_empty() && self.pipeline.tally.in_hand() == 0 {
                return Ok(());
            }
            let event = tokio::select! {
                batch = batches.next() => Event::Batch(batch.ok_or(Halt::Gone("every worker"))?),
                permit = self.jobs.clone().reserve_owned(), if !self.parked.ready.is_empty() => {
                    Event::Permit(permit.map_err(|_| Halt::Gone("every worker"))?)
                }
                Some(intake) = intakes.join_next(), if !intakes.is_empty() => {
                    Event::Intake(intake.map_err(|_| Halt::Gone("an inbox reader"))?)
                }
                () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now).into()), if due.is_some() => Event::Due,
            };
            match event {
                Event::Batch(batch) => self = self.keep(batch).await?,
                Event::Permit(permit) => {
                    if let Some(traveller) = self.parked.ready.pop_front() {
                        permit.send(Job::Resume(traveller));
                    }
                }
                Event::Intake(end) => end?,
                Event::Due => {}
            }
        }
    }

    /// Settles what a batch has decided and parks what it has not.
    async fn keep(mut self, batch: Vec<Said>) -> Result<Self, Halt> {
        let (mut decided, mut held) = (Vec::new(), Vec::new());
        for said in batch {
            match said {
                Said::Decided(article) => decided.push(article),
                Said::Held(traveller, owner) => held.push((traveller, owner)),
                Said::Later(traveller, after) => {
                    self.parked.at(Instant::now() + after, Wake::Traveller(Box::new(traveller)));
                }
                Said::Halt(halt) => return Err(halt),
            }
        }
        let settled: Vec<ArticleId> = decided.iter().map(|decided| decided.id).collect();
        tokio::task::spawn_blocking(move || {
            if !decided.is_empty() {
                self.books.settle(decided)?;
            }
            for (traveller, owner) in held {
                // The owner may have been settled while this word was on its way.
                if self.books.is_settled(owner)? {
                    self.parked.ready.push_back(traveller);
                } else {
                    self.parked.hold(traveller, owner);
                }
            }
            for id in settled {
                self.parked.release(id);
            }
            Ok(self)
        })
        .await
        .map_err(|_| Halt::Gone("the keeper of the books"))?
    }
}
