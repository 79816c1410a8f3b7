//! One worker thread: reads a file, decodes it and walks its articles through a lane. Decides nothing; it says what came out.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use super::{Job, Said, Traveller};
use crate::article::ArticleId;
use crate::books::{Decided, Decision, Room, Submission};
use crate::chain::{Article, Chain, Walk, walk};
use crate::claim::{self, Claimed};
use crate::config::Config;
use crate::decode::{self, Decoded, Piece};
use crate::fault::Fault;
use crate::halt::Halt;
use crate::plugin::Lane;
use crate::record::{self, File, Source};
use crate::recover::Unfinished;
use crate::shop::Shop;

/// Nobody listens any more: the pipeline has ended.
struct KeeperGone;

/// One thread that reads, decodes and walks articles through its lane.
pub(super) struct Worker {
    pub(super) lane: Lane,
    pub(super) config: Arc<Config>,
    pub(super) shop: Arc<Shop>,
    pub(super) chain: Arc<Chain>,
    pub(super) said: mpsc::Sender<Said>,
}

impl Worker {
    pub(super) fn run(mut self, queue: &Mutex<mpsc::Receiver<Job>>) {
        let said = self.said.clone();
        // A panic here is a fault of ours, in no known state: the daemon stops and recovers.
        let end = std::panic::catch_unwind(AssertUnwindSafe(|| {
            loop {
                if said.is_closed() {
                    break;
                }
                // One idle worker waits in the queue, the others for the lock; the one that gets a job lets go of it.
                let job = queue.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
                let heard = match job {
                    Some(Job::File(unfinished, room)) => self.file(unfinished, room),
                    Some(Job::Resume(traveller)) => self.walk(*traveller),
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

    /// Reads and decodes a file and walks each of its articles that has no outcome yet.
    fn file(&mut self, unfinished: Unfinished, room: Room) -> Result<(), KeeperGone> {
        let Unfinished { claimed, decided } = unfinished;
        let Content { digest, bytes, decoded } = self.read(&claimed);
        let id = |index| ArticleId { submission: claimed.id, position: decoded.several.then_some(index) };
        let to_do = (0..decoded.articles.len() as u32).filter(|index| !decided.contains(&id(*index))).count();
        let submission = Arc::new(Submission {
            undecided: AtomicU32::new(to_do as u32),
            articles: decoded.articles.len() as u32,
            claimed,
            digest,
            bytes,
            room: Some(room),
        });
        if to_do == 0 {
            return self.say(Said::Finished(submission));
        }
        let Submission { claimed, digest, bytes, .. } = &*submission;
        let file = File { name: &claimed.name, bytes: *bytes, digest, received: &claimed.received };
        for (index, Piece { document, original }) in (0..).zip(decoded.articles) {
            let id = ArticleId { submission: claimed.id, position: decoded.several.then_some(index) };
            if decided.contains(&id) {
                continue;
            }
            let submission = Arc::clone(&submission);
            match document {
                Ok(document) => {
                    let source = Source::new(&file, decoded.media_type, decoded.charset, index, document.url.clone());
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
    fn read(&self, claimed: &Claimed) -> Content {
        let limits = decode::Limits { articles_max: self.config.decode.articles_max };
        match claim::read(&self.shop, claimed, self.config.decode.submission_bytes_max) {
            Ok(content) => Content {
                digest: blake3::hash(&content).to_hex().to_string(),
                bytes: content.len() as u64,
                decoded: decode::decode(&claimed.name, &content, &limits).unwrap_or_else(refused),
            },
            Err(fault) => {
                let bytes = if let Fault::TooLarge { bytes, .. } = fault { bytes } else { 0 };
                Content { digest: String::new(), bytes, decoded: refused(fault) }
            }
        }
    }

    fn walk(&mut self, mut traveller: Traveller) -> Result<(), KeeperGone> {
        let id = traveller.article.id;
        let decision = match walk(&mut self.lane, &mut traveller.article, self.config.chain.retries_max) {
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
