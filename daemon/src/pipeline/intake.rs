//! Feeds the pipeline: what the last run left unfinished, then what settles in the inboxes. Claims only while there is room.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;

use super::{Alone, Job, Limits, Pipeline};
use crate::article::{SubmissionId, shown};
use crate::claim::{self, Claim};
use crate::halt::Halt;
use crate::inbox::{HOME_EVERY, Hints, Inbox, Pass, Take};
use crate::recover::Unfinished;

/// How often to look whether there is room again for claiming.
const LOOK_FOR_ROOM: Duration = Duration::from_secs(1);
/// After how many claims to look whether there is room for more.
const CLAIMS_PER_LOOK: usize = 32;

/// Sends what the last run left unfinished through the chain again.
pub(super) struct Resume {
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) jobs: mpsc::Sender<Job>,
    pub(super) room: Arc<Limits>,
    /// Set when files may be claimed.
    pub(super) open: watch::Sender<bool>,
}

impl Resume {
    /// First what the last run may have died of, one at a time and nothing beside it: if we die again, it is clear of what.
    pub(super) async fn run(self, unfinished: Vec<Unfinished>) -> Result<(), Halt> {
        let (suspects, others): (Vec<_>, Vec<_>) =
            unfinished.into_iter().partition(|unfinished| !unfinished.suspects.is_empty());
        for suspect in suspects {
            let (alone, over) = oneshot::channel();
            if !self.send(suspect, Some(alone)).await {
                return Ok(());
            }
            tokio::select! {
                // An error says that the worker let go of its end, which is how it says that it is over.
                _ = over => {}
                () = self.pipeline.stop.stopped() => return Ok(()),
            }
        }
        self.open.send_replace(true);
        for other in others {
            if !self.send(other, None).await {
                break;
            }
        }
        Ok(())
    }

    /// `false` when the pipeline ends.
    async fn send(&self, unfinished: Unfinished, alone: Option<Alone>) -> bool {
        let room = tokio::select! {
            room = self.room.room(0) => room,
            () = self.pipeline.stop.stopped() => None,
        };
        let Some(room) = room else { return false };
        self.pipeline.tally.submissions.fetch_add(1, Ordering::AcqRel);
        self.jobs.send(Job::File(unfinished, room, alone)).await.is_ok()
    }
}

/// Feeds the pipeline from one inbox.
pub(super) struct Intake {
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) jobs: mpsc::Sender<Job>,
    pub(super) room: Arc<Limits>,
    /// The last submission number given, shared by all inboxes.
    pub(super) number: Arc<AtomicU64>,
    pub(super) epoch: u32,
    /// Waited for before the first claim.
    pub(super) gate: watch::Receiver<bool>,
    /// The last pass was cut off for lack of room.
    pub(super) short: AtomicBool,
}

impl Intake {
    pub(super) async fn run(mut self, mut inbox: Inbox, hints: Hints) -> Result<(), Halt> {
        // An error says that it will never open, which happens only when stopping.
        if self.gate.wait_for(|open| *open).await.is_err() {
            return Ok(());
        }
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
            if this.pipeline.stop.is_stopping() {
                return Ok(());
            }
            let short = this.short.load(Ordering::Acquire);
            if this.pipeline.drain {
                // Whoever waits for the end must not take an inbox that cannot be read for an empty one.
                if pass.failed.is_some() {
                    return pass.failed.map_or(Ok(()), Err);
                }
                if pass.waiting == 0 && !short {
                    inbox.say_end(&pass);
                    return Ok(());
                }
            }
            let pause = if short { LOOK_FOR_ROOM } else { inbox.pause(&pass) };
            inbox = match this.wait(inbox, &mut hints, pause, short).await? {
                Some(inbox) => inbox,
                None => return Ok(()),
            };
        }
    }

    /// Waits for a hint, but no longer than `pause`, nor after something has happened to the inbox itself. `None` when stopping.
    async fn wait(
        &self,
        mut inbox: Inbox,
        hints: &mut ReceiverStream<()>,
        pause: Duration,
        short: bool,
    ) -> Result<Option<Inbox>, Halt> {
        let end = Instant::now() + pause;
        loop {
            tokio::select! {
                _ = hints.next(), if !short => return Ok(Some(inbox)),
                () = tokio::time::sleep_until(end.min(Instant::now() + HOME_EVERY)) => {}
                () = self.pipeline.stop.stopped() => return Ok(None),
            }
            if Instant::now() >= end {
                return Ok(Some(inbox));
            }
            let look = move || (inbox.has_moved(), inbox);
            let (moved, back) = tokio::task::spawn_blocking(look).await.map_err(|_| Halt::Gone("the inbox reader"))?;
            inbox = back;
            if moved {
                return Ok(Some(inbox));
            }
        }
    }

    /// Walks through the inbox once and claims what has settled, as long as there is room.
    fn pass(&self, inbox: &mut Inbox, handle: &Handle) -> Result<Pass, Halt> {
        let (mut halt, mut refused) = (None, Vec::new());
        let mut looked = 0_usize;
        self.short.store(false, Ordering::Release);
        let pass = inbox.pass(|folder, settled| {
            if looked.is_multiple_of(CLAIMS_PER_LOOK) && !self.pipeline.space.may_claim() {
                self.short.store(true, Ordering::Release);
                return Take::Stop;
            }
            looked += 1;
            let (name, sentinel) = (settled.name().to_vec(), settled.sentinel().cloned());
            let bytes_max = self.pipeline.config.decode.submission_bytes_max;
            let bytes = folder.look(&name).map_or(0, |stat| stat.size.min(bytes_max));
            let room = handle.block_on(async {
                tokio::select! { room = self.room.room(bytes) => room, () = self.pipeline.stop.stopped() => None }
            });
            let Some(room) = room.filter(|_| !self.pipeline.stop.is_stopping()) else { return Take::Stop };
            let id = SubmissionId { epoch: self.epoch, number: self.number.fetch_add(1, Ordering::AcqRel) + 1 };
            match claim::claim(&self.pipeline.shop, folder, settled, id) {
                Ok(Claim::Claimed(claimed)) => {
                    if let Some(Err(error)) = sentinel.map(|sentinel| sentinel.remove(folder)) {
                        tracing::warn!(name = shown(&name), %error, "cannot remove the sentinel of a file that was taken");
                    }
                    self.pipeline.tally.submissions.fetch_add(1, Ordering::AcqRel);
                    let job = Job::File(Unfinished::new(claimed), room, None);
                    if handle.block_on(self.jobs.send(job)).is_ok() { Take::Next } else { Take::Stop }
                }
                Ok(Claim::Gone) => Take::Next,
                Ok(Claim::Refused(error)) => {
                    refused.push((name, error));
                    Take::Next
                }
                Err(error) if error.is_lack_of_room() => {
                    self.pipeline.space.claim_failed(&error);
                    self.short.store(true, Ordering::Release);
                    Take::Stop
                }
                Err(error) => {
                    halt = Some(error);
                    Take::Stop
                }
            }
        });
        for (name, error) in refused {
            inbox.say_left_alone(
                &name,
                &format!(
                    "cannot take it: {error}; make the inbox writable and not sticky, or set claim = \"copy\" for it"
                ),
            );
        }
        halt.map_or(Ok(pass), Err)
    }
}
