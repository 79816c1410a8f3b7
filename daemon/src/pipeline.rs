//! The one file that knows the order: inbox → claim → decode → chain → books, joined by bounded channels.
//!
//! Files are claimed only while there is room in hand, so the inbox is the only queue. Workers are threads of their own: plugins
//! never run on tokio's. The keeper of the books is one task, and nothing is decided anywhere else.

mod intake;
mod keeper;
mod worker;

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use crate::article::ArticleId;
use crate::books::{Books, Decided, Room, Submission, Tally};
use crate::chain::{Article, Chain};
use crate::config::Config;
use crate::halt::Halt;
use crate::inbox::{Hints, Inbox};
use crate::plugin::InstanceError;
use crate::poison::Slots;
use crate::recover::Unfinished;
use crate::retention::{PASS_EVERY, Retention};
use crate::shop::Shop;
use crate::space::Space;
use intake::{Intake, Resume};
use keeper::Keeper;
use worker::Worker;

/// The ABI promises plugins 2 MiB of stack; the rest is ours.
const WORKER_STACK_BYTES: usize = 4 * 1024 * 1024;

/// How the pipeline is asked to end.
#[derive(Debug)]
pub struct Stop {
    asked: watch::Sender<Asked>,
}

/// How urgently it is asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    GoOn,
    Stop,
    Abandon,
}

impl Default for Stop {
    fn default() -> Self {
        Stop { asked: watch::Sender::new(Asked::GoOn) }
    }
}

impl Stop {
    /// Claim nothing more, finish what is in hand, end.
    pub fn stop(&self) {
        self.raise(Asked::Stop);
    }

    /// End as soon as no batch is being settled; what is in hand stays claimed.
    pub fn abandon(&self) {
        self.raise(Asked::Abandon);
    }

    fn raise(&self, to: Asked) {
        self.asked.send_if_modified(|asked| std::mem::replace(asked, to.max(*asked)) < to);
    }

    fn is_stopping(&self) -> bool {
        *self.asked.borrow() >= Asked::Stop
    }

    fn is_abandoned(&self) -> bool {
        *self.asked.borrow() == Asked::Abandon
    }

    async fn stopped(&self) {
        self.reached(Asked::Stop).await;
    }

    async fn abandoned(&self) {
        self.reached(Asked::Abandon).await;
    }

    async fn reached(&self, wanted: Asked) {
        // The sender is ours, so the wait cannot fail.
        let _ = self.asked.subscribe().wait_for(|asked| *asked >= wanted).await;
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
    /// Asked before claiming.
    pub space: Arc<Space>,
    /// End when the inboxes are empty and everything is settled.
    pub drain: bool,
}

/// Work for a worker.
enum Job {
    /// A file that has just been claimed, or that a run before this one left unfinished.
    File(Unfinished, Room, Option<Alone>),
    /// An article that was held or asked for time.
    Resume(Box<Traveller>),
}

/// While a worker has this, nothing else is given out: it is busy with what the daemon may have died of.
type Alone = oneshot::Sender<()>;

/// An article between its file and its decision.
struct Traveller {
    article: Article,
    submission: Arc<Submission>,
    /// Its own part of a file that holds several articles, to lie beside the reason if it is refused.
    part: Option<Vec<u8>>,
    /// For whom it was held last, once that article had its outcome.
    waited_for: Option<ArticleId>,
    /// How often it was held for longer than is reasonable.
    long_waits: u32,
}

impl Traveller {
    fn new(article: Article, submission: Arc<Submission>, part: Option<Vec<u8>>) -> Self {
        Traveller { article, submission, part, waited_for: None, long_waits: 0 }
    }
}

/// What a worker has to say.
enum Said {
    Decided(Decided),
    /// A file all of whose articles had their outcome before.
    Finished(Arc<Submission>),
    /// To be parked until this article has its outcome; with the plugin that said so.
    Held(Traveller, ArticleId, String),
    Later(Traveller, Duration),
    Halt(Halt),
}

impl Pipeline {
    /// Runs until told to stop or, when draining, until there is nothing left. On [`Halt`] nothing more may be written.
    pub async fn run(
        self,
        inboxes: Vec<(Inbox, Hints)>,
        books: Books,
        unfinished: Vec<Unfinished>,
        last_submission: u64,
    ) -> Result<(), Halt> {
        let room = Arc::new(Limits::new(&self.config));
        let (jobs, job_queue) = mpsc::channel(self.config.claim.in_hand_submissions_max);
        let (said, sayings) = mpsc::channel(self.config.ledger.batch_articles_max * 2);
        let slots = Slots::open(&self.shop, self.config.chain.workers);
        let coming = Arc::new(AtomicUsize::new(0));
        let workers = self.start_workers(job_queue, said, &coming, &slots)?;

        let number = Arc::new(AtomicU64::new(last_submission));
        let epoch = books.ledger.epoch();
        let mut intakes = tokio::task::JoinSet::new();
        let pipeline = Arc::new(self);
        let (open, gate) = watch::channel(false);
        let resume = Resume { pipeline: Arc::clone(&pipeline), jobs: jobs.clone(), room: Arc::clone(&room), open };
        intakes.spawn(resume.run(unfinished));
        for (inbox, hints) in inboxes {
            let intake = Intake {
                pipeline: Arc::clone(&pipeline),
                jobs: jobs.clone(),
                room: Arc::clone(&room),
                number: Arc::clone(&number),
                epoch,
                gate: gate.clone(),
                short: AtomicBool::new(false),
            };
            intakes.spawn(intake.run(inbox, hints));
        }
        let retention = tokio::spawn(retain(Arc::clone(&pipeline), gate));
        let keeper = Keeper::new(books, jobs, coming, Arc::clone(&pipeline));
        let end = keeper.run(sayings, intakes).await;
        // Nobody dies here: what workers are on is not to blame for a deadline or a full disk.
        slots.close();
        room.close();
        pipeline.stop.stop();
        // Ends at its next removal, or has had a panic, which is on stderr.
        let _ = retention.await;
        // A worker that is stuck in a plugin is not waited for.
        if end.is_ok() && !pipeline.stop.is_abandoned() {
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
        said: mpsc::Sender<Said>,
        coming: &Arc<AtomicUsize>,
        slots: &Arc<Slots>,
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
                said: said.clone(),
                coming: Arc::clone(coming),
                slot: slots.slot(index),
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

/// Removes what was kept long enough, now and again, once nothing that the last run left behind has to be taken care of.
async fn retain(pipeline: Arc<Pipeline>, mut gate: watch::Receiver<bool>) {
    if pipeline.drain || gate.wait_for(|open| *open).await.is_err() {
        return;
    }
    let retention = Arc::new(Retention::new(&pipeline.shop, &pipeline.config.retention));
    while !pipeline.stop.is_stopping() {
        let (retention, stop, runtime) = (Arc::clone(&retention), Arc::clone(&pipeline.stop), Handle::current());
        let pass = move || {
            retention.pass(OffsetDateTime::now_utc(), &mut |pause| {
                runtime.block_on(async {
                    tokio::select! { () = tokio::time::sleep(pause) => true, () = stop.stopped() => false }
                })
            })
        };
        if tokio::task::spawn_blocking(pass).await.is_err() {
            return;
        }
        tokio::select! { () = tokio::time::sleep(PASS_EVERY) => {}, () = pipeline.stop.stopped() => {} }
    }
}

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
