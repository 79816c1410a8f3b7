//! One worker thread: reads a file, decodes it and walks its articles through a lane. Decides nothing; it says what came out.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use super::{Alone, Job, Said, Traveller};
use crate::article::ArticleId;
use crate::books::{Decided, Decision, Room, Submission};
use crate::chain::{Article, Chain, Walk, walk};
use crate::claim::{self, Claimed, ReadError};
use crate::config::Config;
use crate::decode::{self, Decoded, Piece};
use crate::fault::{Fault, Stage};
use crate::halt::Halt;
use crate::plugin::Lane;
use crate::poison::{Slot, Suspicion};
use crate::record;
use crate::recover::Unfinished;
use crate::shop::Shop;
use crate::source::{File, Source};

/// Nobody listens any more: the pipeline has ended.
struct KeeperGone;

/// One thread that reads, decodes and walks articles through its lane.
pub(super) struct Worker {
    pub(super) lane: Lane,
    pub(super) config: Arc<Config>,
    pub(super) shop: Arc<Shop>,
    pub(super) chain: Arc<Chain>,
    pub(super) said: mpsc::Sender<Said>,
    /// How much the workers have still to say of what they took from the queue. Raised here, lowered by the keeper of
    /// the books, who hardly waits for more when there is none.
    pub(super) coming: Arc<AtomicUsize>,
    /// Where this worker notes what it is on.
    pub(super) slot: Slot,
}

impl Worker {
    pub(super) fn run(mut self, queue: &Mutex<mpsc::Receiver<Job>>) {
        let (said, slot) = (self.said.clone(), self.slot.clone());
        // A panic here is a fault of ours, in no known state: the daemon stops and recovers.
        let end = std::panic::catch_unwind(AssertUnwindSafe(|| {
            loop {
                if said.is_closed() {
                    break;
                }
                // One idle worker waits in the queue, the others for the lock; the one that gets a job lets go of it.
                let job = queue.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
                self.coming.fetch_add(1, Ordering::AcqRel);
                let heard = match job {
                    Some(Job::File(unfinished, room, alone)) => self.file(unfinished, room, alone),
                    Some(Job::Resume(traveller)) => self.walk(*traveller),
                    None => break,
                };
                if heard.is_err() {
                    break;
                }
            }
        }));
        if end.is_err() {
            slot.keep();
            let _ = said.blocking_send(Said::Halt(Halt::Gone("a worker thread")));
        }
    }

    /// Reads and decodes a file and walks each of its articles that has no outcome yet; those first that are suspected of having
    /// ended the daemon.
    fn file(&mut self, unfinished: Unfinished, room: Room, mut alone: Option<Alone>) -> Result<(), KeeperGone> {
        let Unfinished { claimed, decided, suspects } = unfinished;
        let whole = ArticleId { submission: claimed.id, position: None };
        let Content { digest, bytes, decoded } = match self.read(&claimed, suspects.get(&whole)) {
            Ok(content) => content,
            Err(halt) => return self.say(Said::Halt(halt)),
        };
        let Decoded { media_type, charset, several, articles } = decoded;
        let count = articles.len() as u32;
        let id = |index| ArticleId { submission: claimed.id, position: several.then_some(index) };
        let to_do = (0..).zip(articles).map(|(index, piece)| (index, id(index), piece));
        let (first, then): (Vec<_>, Vec<_>) =
            to_do.filter(|(_, id, _)| !decided.contains(id)).partition(|(_, id, _)| suspects.contains_key(id));
        let suspected = first.len();
        let submission = Arc::new(Submission {
            undecided: AtomicU32::new((suspected + then.len()) as u32),
            articles: count,
            claimed,
            digest,
            bytes,
            room: Some(room),
        });
        if suspected + then.len() == 0 {
            return self.say(Said::Finished(submission));
        }
        self.coming.fetch_add(suspected + then.len() - 1, Ordering::AcqRel);
        let Submission { claimed, digest, bytes, .. } = &*submission;
        let file = File { name: &claimed.name, bytes: *bytes, digest, received: &claimed.received };
        for (done, (index, id, Piece { document, original })) in first.into_iter().chain(then).enumerate() {
            if done == suspected {
                drop(alone.take());
            }
            let condemned = suspects.get(&id).and_then(Suspicion::fault);
            let submission = Arc::clone(&submission);
            match condemned.map_or(document, Err) {
                Ok(document) => {
                    let source = Source::new(&file, media_type, charset, index, document.url.clone());
                    self.walk(Traveller::new(Article::new(id, source, document), submission, original))?;
                }
                Err(fault) => {
                    let decision = Decision::Refuse { fault, part: original };
                    self.say(Said::Decided(Decided { id, submission, decision, notes: Vec::new() }))?;
                }
            }
        }
        Ok(())
    }

    /// Reads and decodes a file. One that is refused whole counts as one article that is.
    fn read(&self, claimed: &Claimed, suspicion: Option<&Suspicion>) -> Result<Content, Halt> {
        let limits = decode::Limits { articles_max: self.config.decode.articles_max };
        let condemned = suspicion.filter(|suspicion| suspicion.stage == Stage::Decode).and_then(Suspicion::fault);
        self.slot.hold(ArticleId { submission: claimed.id, position: None }, Stage::Decode);
        match claim::read(&self.shop, claimed, self.config.decode.submission_bytes_max) {
            Ok(content) => Ok(Content {
                digest: blake3::hash(&content).to_hex().to_string(),
                bytes: content.len() as u64,
                decoded: condemned
                    .map_or_else(|| decode::decode(&claimed.name, &content, &limits), Err)
                    .unwrap_or_else(refused),
            }),
            Err(ReadError::Halt(halt)) => Err(halt),
            Err(ReadError::Fault(fault)) => {
                let bytes = if let Fault::TooLarge { bytes, .. } = fault { bytes } else { 0 };
                Ok(Content { digest: String::new(), bytes, decoded: refused(fault) })
            }
        }
    }

    fn walk(&mut self, mut traveller: Traveller) -> Result<(), KeeperGone> {
        let id = traveller.article.id;
        self.slot.hold(id, Stage::Chain);
        let end = walk(&mut self.lane, &mut traveller.article, self.config.chain.retries_max);
        let decision = match end {
            Walk::Passed => Decision::Publish { record: record::encode(&traveller.article, self.chain.names()) },
            Walk::Duplicate { of, plugin, detail } => Decision::Duplicate { of, plugin, detail },
            Walk::Refused(fault) => Decision::Refuse { fault, part: traveller.part },
            Walk::Held { owner, plugin } => return self.say(Said::Held(traveller, owner, plugin)),
            Walk::Later { after, .. } => return self.say(Said::Later(traveller, after)),
            Walk::Halted { plugin, detail } => {
                let halt = Halt::Plugin { plugin, article: id.to_string(), detail };
                return self.say(Said::Halt(halt));
            }
        };
        self.say(Said::Decided(Decided {
            id,
            submission: traveller.submission,
            decision,
            notes: traveller.article.notes,
        }))
    }

    fn say(&self, said: Said) -> Result<(), KeeperGone> {
        // What the article waits for from here on, a place in the channel or another article, is none of its doing.
        self.slot.clear();
        self.said.blocking_send(said).map_err(|_| KeeperGone)
    }
}

/// What a claimed file holds.
struct Content {
    digest: String,
    bytes: u64,
    decoded: Decoded,
}

fn refused(fault: Fault) -> Decoded {
    let piece = Piece { original: None, document: Err(fault) };
    Decoded { media_type: "application/octet-stream", charset: "", several: false, articles: vec![piece] }
}
