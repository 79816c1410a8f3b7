//! One worker thread: reads a file, decodes it and walks its articles through a lane. Decides nothing; it says what came out.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use super::{Job, Said, Traveller};
use crate::article::ArticleId;
use crate::books::{Decided, Decision, Room, Submission, Tally};
use crate::chain::{Article, Chain, Walk, walk};
use crate::claim;
use crate::config::Config;
use crate::decode::{self, Decoded};
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
    pub(super) tally: Arc<Tally>,
    pub(super) said: mpsc::Sender<Said>,
}

impl Worker {
    pub(super) fn run(mut self, queue: &Mutex<mpsc::Receiver<Job>>) {
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
    fn file(&mut self, unfinished: Unfinished, room: Room) -> Result<(), KeeperGone> {
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
        decoded: Decoded,
        submission: &Arc<Submission>,
        decided: &HashSet<ArticleId>,
    ) -> Result<(), KeeperGone> {
        let Submission { claimed, digest, bytes, .. } = &**submission;
        let file = File { name: &claimed.name, bytes: *bytes, digest, received: &claimed.received };
        for (index, piece) in (0..).zip(decoded.articles) {
            let id = ArticleId { submission: claimed.id, position: decoded.several.then_some(index) };
            if decided.contains(&id) {
                continue;
            }
            match piece.document {
                Ok(document) => {
                    let source = Source::new(&file, decoded.media_type, decoded.charset, index, document.url.clone());
                    let article = Article::new(id, source, document);
                    self.walk(Traveller { article, submission: Arc::clone(submission), part: piece.original })?;
                }
                Err(fault) => self.refuse(id, Arc::clone(submission), fault, piece.original)?,
            }
        }
        Ok(())
    }

    fn walk(&mut self, traveller: Traveller) -> Result<(), KeeperGone> {
        let Traveller { mut article, submission, part } = traveller;
        let id = article.id;
        let decision = match walk(&mut self.lane, &mut article, self.config.chain.retries_max) {
            Walk::Passed => Decision::Publish { record: record::encode(&article, self.chain.names()) },
            Walk::Duplicate { of, plugin, detail } => Decision::Duplicate { of, plugin, detail },
            Walk::Refused(fault) => Decision::Refuse { fault, part },
            Walk::Held { owner } => {
                return self.say(Said::Held(Traveller { article, submission, part }, owner));
            }
            Walk::Later { after } => {
                return self.say(Said::Later(Traveller { article, submission, part }, after));
            }
            Walk::Halted { plugin, detail } => {
                let halt = Halt::Plugin { plugin, article: id.to_string(), detail };
                return self.say(Said::Halt(halt));
            }
        };
        self.say(Said::Decided(Decided { id, submission, decision, notes: article.notes }))
    }

    fn say(&self, said: Said) -> Result<(), KeeperGone> {
        self.said.blocking_send(said).map_err(|_| KeeperGone)
    }

    fn refuse(
        &self,
        id: ArticleId,
        submission: Arc<Submission>,
        fault: Fault,
        part: Option<Vec<u8>>,
    ) -> Result<(), KeeperGone> {
        let decision = Decision::Refuse { fault, part };
        self.say(Said::Decided(Decided { id, submission, decision, notes: Vec::new() }))
    }
}
