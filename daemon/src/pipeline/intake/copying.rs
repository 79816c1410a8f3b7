//! Claims by copying, for an inbox that cannot be renamed from: copies in batches, accepts each batch in one step, releases the originals,
//! and forgets those that are gone. The order is that of `claim::copy`.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::io::Errno;

use super::super::Room;
use super::hand::{Hand, remove_sentinel};
use crate::article::{SubmissionId, shown};
use crate::claim::copy::{self, Copy, Released};
use crate::config;
use crate::halt::Halt;
use crate::inbox::{Sentinel, Take, Taker};
use crate::ledger::{Original, Originals};
use crate::mount::Place;
use crate::settle::Settled;
use crate::shop::{Folder, Shop};

/// How many files are copied before they are accepted together.
const COPIES_MAX: usize = 64;
/// And how long the first of them may wait for that.
const COPY_WAIT: Duration = Duration::from_millis(50);
/// How often to look which originals are gone, and to try again to remove those that should be.
const TIDY_EVERY: Duration = Duration::from_secs(60);
/// How many originals to look at between two looks at the ledger.
const TIDY_AT_A_TIME: usize = 1000;
/// How many originals are remembered that were in another folder at the same path: a share that may be mounted again.
const ELSEWHERE_MAX: usize = 100_000;

/// What is known of one inbox that is copied from, from one pass to the next.
pub(super) struct Copies {
    shop: Arc<Shop>,
    inbox: config::Inbox,
    originals: Originals,
    /// Copied and not yet accepted.
    copied: Vec<Copied>,
    /// When the first of those was.
    since: Instant,
    /// Accepted and not yet claimed, for lack of room.
    accepted: VecDeque<Copied>,
    /// Their originals were removed, so that a file of the same name is another. Until they are forgotten.
    released: HashSet<SubmissionId>,
    /// Where the inbox is; set at the beginning of each pass.
    place: Option<Place>,
    tidied: Option<Instant>,
    /// This pass releases and forgets.
    is_tidying: bool,
    /// That originals cannot be removed has been said.
    said_kept: bool,
    /// An original could not be removed, though nothing is said against it. Taken at the end of each pass.
    trouble: Option<(Vec<u8>, Errno)>,
    /// A sync has failed: what was to be made durable by it may not be, and a second one would not say so. Nothing is forgotten any
    /// more in this run.
    distrusts_sync: bool,
}

struct Copied {
    original: Original,
    room: Room,
    sentinel: Option<Sentinel>,
}

/// Claims by copying.
pub(super) struct Copying<'pass> {
    pub(super) hand: Hand<'pass>,
    pub(super) copies: &'pass mut Copies,
}

impl Copies {
    pub(super) fn open(shop: &Arc<Shop>, inbox: &config::Inbox) -> Result<Self, Halt> {
        Ok(Copies {
            originals: Originals::open(&shop.ledger_path(), &inbox.path)?,
            shop: Arc::clone(shop),
            inbox: inbox.clone(),
            copied: Vec::new(),
            since: Instant::now(),
            accepted: VecDeque::new(),
            released: HashSet::new(),
            place: None,
            tidied: None,
            is_tidying: false,
            said_kept: false,
            trouble: None,
            distrusts_sync: false,
        })
    }

    fn place(&self) -> &Place {
        self.place.as_ref().expect("a pass begins with the place")
    }

    /// Was this file taken before? Also finishes what is left of taking it.
    fn was_taken(&mut self, inbox: &Folder, name: &[u8]) -> Result<bool, Halt> {
        if let Some(id) = copy::aside_of(name) {
            if self.is_tidying {
                self.finish_aside(inbox, id)?;
            }
            return Ok(true);
        }
        let Some(original) = self.originals.find(name)? else { return Ok(false) };
        let Ok(stat) = inbox.look(name) else { return Ok(false) };
        let still = if self.released.contains(&original.id) {
            None
        } else {
            copy::is_still(inbox, self.place(), &original, &stat)
        };
        let Some(now) = still else {
            // What is left of the one before has to be finished while it is remembered: another takes its place there.
            self.finish_aside(inbox, original.id)?;
            return Ok(copy::has_aside(inbox, original.id));
        };
        if now != original {
            self.originals.remember(std::slice::from_ref(&now))?;
        }
        if self.is_tidying {
            self.release(inbox, &now);
        }
        Ok(true)
    }

    /// Accepts what is copied, claims it and releases the originals. Nothing is accepted if it fails before that.
    fn flush(&mut self, inbox: &Folder, hand: &Hand<'_>) -> Result<Take, Halt> {
        let mut take = Take::Next;
        if !self.copied.is_empty() {
            let originals: Vec<Original> = self.copied.iter().map(|copied| copied.original.clone()).collect();
            if let Err(error) = copy::accept(&self.shop, &mut self.originals, &originals) {
                if error.is_lack_of_room() {
                    self.discard()?;
                }
                return Err(error);
            }
            self.accepted.extend(self.copied.drain(..));
        }
        while let Some(Copied { original, .. }) = self.accepted.front() {
            let claimed = copy::claim(&self.shop, original.id, &original.name)?;
            let Some(Copied { original, room, sentinel }) = self.accepted.pop_front() else { break };
            // Whether it is sent or not, it is ours, and the original is done with.
            if hand.send(claimed, room) == Take::Stop {
                take = Take::Stop;
            }
            if self.release(inbox, &original) {
                remove_sentinel(inbox, sentinel.as_ref());
            }
        }
        Ok(take)
    }

    fn discard(&mut self) -> Result<(), Halt> {
        self.copied.drain(..).try_for_each(|copied| copy::discard(&self.shop, copied.original.id))
    }

    /// Removes an original, if that is wanted. Says whether it is gone.
    fn release(&mut self, inbox: &Folder, original: &Original) -> bool {
        if !self.inbox.removes_originals {
            return false;
        }
        match copy::release(inbox, self.place(), original) {
            Released::Removed => {
                self.released.insert(original.id);
                true
            }
            Released::Changed | Released::Open => false,
            Released::Kept(error) => {
                self.kept(&original.name, error);
                false
            }
        }
    }

    /// A release was cut off: finishes it.
    fn finish_aside(&mut self, inbox: &Folder, id: SubmissionId) -> Result<(), Halt> {
        if !copy::has_aside(inbox, id) {
            return Ok(());
        }
        match self.originals.find_taken_as(id)? {
            Some(original) => {
                if let Released::Kept(error) = copy::release_aside(inbox, self.place(), &original) {
                    self.kept(&original.name, error);
                }
            }
            None => {
                let inbox = self.inbox.path.display();
                tracing::warn!(%inbox, %id, "a file in the inbox is named as those that are being removed, and is not known here");
            }
        }
        Ok(())
    }

    fn kept(&mut self, name: &[u8], error: Errno) {
        if !copy::is_refusal(error) {
            self.trouble = Some((name.to_owned(), error));
            // The next pass tries again.
            self.tidied = None;
        } else if !std::mem::replace(&mut self.said_kept, true) {
            let (inbox, name) = (self.inbox.path.display(), shown(name));
            tracing::warn!(
                %inbox,
                name,
                %error,
                advice = "set after_copy = \"keep\" for it if that is meant",
                "originals cannot be removed from the inbox; they stay there and are not taken again"
            );
        }
    }

    /// Forgets originals that are gone.
    fn tidy(&mut self, inbox: &Folder) -> Result<(), Halt> {
        let here = self.place().inode;
        let (mut gone, mut elsewhere, mut after) = (Vec::new(), Vec::new(), Vec::new());
        let mut released = HashSet::new();
        loop {
            let some = self.originals.after(&after, TIDY_AT_A_TIME)?;
            let Some(last) = some.last() else { break };
            after.clone_from(&last.name);
            for original in some {
                if self.released.contains(&original.id) {
                    released.insert(original.id);
                }
                if original.folder != here {
                    elsewhere.push(original);
                } else if inbox.look(&original.name) == Err(Errno::NOENT) && !copy::has_aside(inbox, original.id) {
                    gone.push(original);
                }
            }
        }
        self.released = released;
        elsewhere.sort_by_key(|original| original.id);
        gone.extend(elsewhere.drain(..elsewhere.len().saturating_sub(ELSEWHERE_MAX)));
        if gone.is_empty() || self.distrusts_sync {
            return Ok(());
        }
        // A power cut must not bring back the original of something forgotten, nor undo the claim of its copy. An inbox whose file
        // system cannot sync a folder, or lets nobody, has nothing that could be waited for. Nothing else rests on this sync: if
        // it fails, what was taken stays remembered, and all goes on.
        match rustix::fs::fsync(inbox) {
            Ok(()) | Err(Errno::INVAL | Errno::ROFS | Errno::NOTSUP | Errno::NOSYS | Errno::BADF) => {}
            Err(error) => {
                let inbox = self.inbox.path.display();
                tracing::warn!(%inbox, %error, "the inbox cannot be made durable; what was taken from it stays remembered");
                self.distrusts_sync = true;
                return Ok(());
            }
        }
        self.shop.copies.sync_file_system().inspect_err(|error| self.distrusts_sync |= error.is_lack_of_room())?;
        self.originals.forget(&gone)?;
        for original in gone {
            self.released.remove(&original.id);
        }
        Ok(())
    }
}

impl Copying<'_> {
    fn flush(&mut self, inbox: &Folder) -> Take {
        match self.copies.flush(inbox, &self.hand) {
            Ok(take) => take,
            Err(error) => self.hand.failed(error),
        }
    }

    fn copy(&mut self, inbox: &Folder, settled: &Settled, room: Room) -> Take {
        let (id, name) = (self.hand.next_id(), settled.name());
        let bytes_max = self.hand.intake.pipeline.config.decode.submission_bytes_max;
        match copy::copy(&self.copies.shop, inbox, self.copies.place(), name, id, bytes_max) {
            Ok(Copy::Copied(original)) => {
                if self.copies.copied.is_empty() {
                    self.copies.since = Instant::now();
                }
                self.copies.copied.push(Copied { original, room, sentinel: settled.sentinel().cloned() });
                if self.copies.copied.len() >= COPIES_MAX || self.copies.since.elapsed() >= COPY_WAIT {
                    return self.flush(inbox);
                }
                Take::Next
            }
            Ok(Copy::Changed) => Take::Later,
            Ok(Copy::Gone) => Take::Next,
            Ok(Copy::Failed(error)) => {
                self.hand.left.push((name.to_vec(), format!("cannot read it now: {error}")));
                self.hand.trouble = Some(inbox.halt("cannot read", name, error));
                Take::Next
            }
            Ok(Copy::Refused(why)) => {
                self.hand.left.push((name.to_vec(), why));
                Take::Next
            }
            Err(error) => self.hand.failed(error),
        }
    }
}

impl Taker for Copying<'_> {
    fn begin(&mut self, _inbox: &Folder, place: &Place) {
        self.copies.place = Some(*place);
        self.copies.is_tidying = self.copies.tidied.is_none_or(|tidied| tidied.elapsed() >= TIDY_EVERY);
    }

    fn is_done(&mut self, inbox: &Folder, name: &[u8]) -> bool {
        match self.copies.was_taken(inbox, name) {
            Ok(was_taken) => was_taken,
            Err(error) => {
                self.hand.failed(error);
                true
            }
        }
    }

    fn take(&mut self, inbox: &Folder, settled: Settled) -> Take {
        if self.hand.halt.is_some() || !self.hand.may_claim() {
            return Take::Stop;
        }
        let bytes = self.hand.bytes(inbox, settled.name());
        // Whoever waits for room must not sit on files that would give some back if they went on.
        let room = self
            .hand
            .room_now(bytes)
            .or_else(|| if self.flush(inbox) == Take::Stop { None } else { self.hand.room(bytes) });
        match room {
            Some(room) => self.copy(inbox, &settled, room),
            None => Take::Stop,
        }
    }

    fn end(&mut self, inbox: &Folder, whole: bool) {
        let may_tidy = self.hand.halt.is_none() && self.flush(inbox) != Take::Stop && whole && self.copies.is_tidying;
        if may_tidy {
            match self.copies.tidy(inbox) {
                Ok(()) if self.copies.trouble.is_none() => self.copies.tidied = Some(Instant::now()),
                Ok(()) => {}
                Err(error) => drop(self.hand.failed(error)),
            }
        }
        if let Some((name, error)) = self.copies.trouble.take() {
            self.hand.trouble = Some(inbox.halt("cannot remove", &name, error));
            self.hand.left.push((name, format!("it was taken and cannot be removed now: {error}")));
        }
    }
}
