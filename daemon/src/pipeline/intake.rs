//! Feeds the pipeline: what the last run left unfinished, then what settles in the inboxes. Claims only while there is room.

mod copying;
mod hand;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;

use super::{Alone, Job, Limits, Pipeline};
use crate::halt::Halt;
use crate::inbox::{HOME_EVERY, Hints, Inbox, Pass};
use crate::recover::Unfinished;
use copying::{Copies, Copying};
use hand::{Hand, Renaming};

/// How often to look whether there is room again for claiming.
const LOOK_FOR_ROOM: Duration = Duration::from_secs(1);
/// How often a drain looks again at files that cannot be had, and how long it waits in between, before it gives up.
const TROUBLES_MAX: u32 = 3;
const TROUBLE_PAUSE: Duration = Duration::from_millis(300);

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
        let mut copies =
            if inbox.is_copied() { Some(Copies::open(&self.pipeline.shop, inbox.config())?) } else { None };
        let this = Arc::new(self);
        let mut troubles = 0;
        loop {
            let walker = Arc::clone(&this);
            let handle = Handle::current();
            // Folders are read and renamed in on a thread that may block.
            let (pass, back) = tokio::task::spawn_blocking(move || {
                let pass = walker.pass(&mut inbox, copies.as_mut(), &handle);
                (pass, (inbox, copies))
            })
            .await
            .map_err(|_| Halt::Gone("the inbox reader"))?;
            (inbox, copies) = back;
            let mut pass = pass?;
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
                    let Some(trouble) = pass.trouble.take() else {
                        inbox.say_end(&pass);
                        return Ok(());
                    };
                    // Whatever it is, it may be over in a moment; but the end of a drain does not wait for ever.
                    troubles += 1;
                    if troubles > TROUBLES_MAX {
                        return Err(trouble);
                    }
                    pass.look_again = Some(TROUBLE_PAUSE);
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
    fn pass(&self, inbox: &mut Inbox, copies: Option<&mut Copies>, handle: &Handle) -> Result<Pass, Halt> {
        self.short.store(false, Ordering::Release);
        let hand = Hand::new(self, handle);
        let (mut pass, hand) = match copies {
            None => {
                let mut renaming = Renaming { hand };
                (inbox.pass(&mut renaming), renaming.hand)
            }
            Some(copies) => {
                let mut copying = Copying { hand, copies };
                (inbox.pass(&mut copying), copying.hand)
            }
        };
        for (name, why) in hand.left {
            inbox.say_left_alone(&name, &why);
        }
        pass.trouble = pass.trouble.or(hand.trouble);
        hand.halt.map_or(Ok(pass), Err)
    }
}
