//! The hand that takes files out of an inbox during one pass: asks for room, gives numbers, and hands on what is claimed. Here it claims
//! by renaming; `copying` is the other way.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::runtime::Handle;

use super::super::{Job, Room};
use super::Intake;
use crate::article::{SubmissionId, shown};
use crate::claim::{self, Claim, Claimed};
use crate::halt::Halt;
use crate::inbox::{Sentinel, Take, Taker};
use crate::recover::Unfinished;
use crate::settle::Settled;
use crate::shop::Folder;

/// After how many claims to look whether there is room for more.
const CLAIMS_PER_LOOK: usize = 32;

/// What one pass over an inbox takes with, and what is to be said after it.
pub(super) struct Hand<'pass> {
    pub(super) intake: &'pass Intake,
    handle: &'pass Handle,
    /// Files that have been asked room for.
    looked: usize,
    /// What went wrong with a file; it is tried again.
    pub(super) trouble: Option<Halt>,
    /// Why the daemon has to stop.
    pub(super) halt: Option<Halt>,
    /// What stays in the inbox, and why.
    pub(super) left: Vec<(Vec<u8>, String)>,
}

impl<'pass> Hand<'pass> {
    pub(super) fn new(intake: &'pass Intake, handle: &'pass Handle) -> Self {
        Hand { intake, handle, looked: 0, trouble: None, halt: None, left: Vec::new() }
    }

    /// Is there room on the disk for one more file?
    pub(super) fn may_claim(&mut self) -> bool {
        if self.looked.is_multiple_of(CLAIMS_PER_LOOK) && !self.intake.pipeline.space.may_claim() {
            self.intake.short.store(true, Ordering::Release);
            return false;
        }
        self.looked += 1;
        true
    }

    /// Waits for room in hand. `None` when stopping.
    pub(super) fn room(&self, bytes: u64) -> Option<Room> {
        let stop = &self.intake.pipeline.stop;
        let room = self.handle.block_on(async {
            tokio::select! { room = self.intake.room.room(bytes) => room, () = stop.stopped() => None }
        });
        room.filter(|_| !stop.is_stopping())
    }

    /// Room in hand, if there is some at once.
    pub(super) fn room_now(&self, bytes: u64) -> Option<Room> {
        let room = async { tokio::time::timeout(Duration::ZERO, self.intake.room.room(bytes)).await };
        self.handle.block_on(room).ok().flatten().filter(|_| !self.intake.pipeline.stop.is_stopping())
    }

    /// The size of a file as far as it counts, which is as far as it is read.
    pub(super) fn bytes(&self, inbox: &Folder, name: &[u8]) -> u64 {
        let bytes_max = self.intake.pipeline.config.decode.submission_bytes_max;
        inbox.look(name).map_or(0, |stat| stat.size.min(bytes_max))
    }

    pub(super) fn next_id(&self) -> SubmissionId {
        let number = self.intake.number.fetch_add(1, Ordering::AcqRel) + 1;
        SubmissionId { epoch: self.intake.epoch, number }
    }

    /// Hands on a file that is ours.
    pub(super) fn send(&self, claimed: Claimed, room: Room) -> Take {
        self.intake.pipeline.tally.submissions.fetch_add(1, Ordering::AcqRel);
        let job = Job::File(Unfinished::new(claimed), room, None);
        if self.handle.block_on(self.intake.jobs.send(job)).is_ok() { Take::Next } else { Take::Stop }
    }

    /// Taking has failed: it is tried again if it was for lack of room only.
    pub(super) fn failed(&mut self, error: Halt) -> Take {
        if error.is_lack_of_room() {
            self.intake.pipeline.space.claim_failed(&error);
            self.intake.short.store(true, Ordering::Release);
        } else {
            self.halt = Some(error);
        }
        Take::Stop
    }
}

/// Removes the sentinel of a file that was taken. If that fails, it is tidied up later.
pub(super) fn remove_sentinel(inbox: &Folder, sentinel: Option<&Sentinel>) {
    if let Some(sentinel) = sentinel
        && let Err(error) = sentinel.remove(inbox)
    {
        tracing::warn!(name = shown(sentinel.name()), %error, "cannot remove the sentinel of a file that was taken");
    }
}

/// Claims by renaming.
pub(super) struct Renaming<'pass> {
    pub(super) hand: Hand<'pass>,
}

impl Taker for Renaming<'_> {
    fn take(&mut self, inbox: &Folder, settled: Settled) -> Take {
        if !self.hand.may_claim() {
            return Take::Stop;
        }
        let (name, sentinel) = (settled.name().to_vec(), settled.sentinel().cloned());
        let Some(room) = self.hand.room(self.hand.bytes(inbox, &name)) else { return Take::Stop };
        match claim::claim(&self.hand.intake.pipeline.shop, inbox, settled, self.hand.next_id()) {
            Ok(Claim::Claimed(claimed)) => {
                remove_sentinel(inbox, sentinel.as_ref());
                self.hand.send(claimed, room)
            }
            Ok(Claim::Gone) => Take::Next,
            Ok(Claim::Refused(error)) => {
                let advice = "make the inbox writable and not sticky, or set claim = \"copy\" for it";
                self.hand.left.push((name, format!("cannot take it: {error}; {advice}")));
                Take::Next
            }
            Err(error) => self.hand.failed(error),
        }
    }
}
