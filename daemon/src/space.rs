//! How much room there is, and what to do for lack of it: claiming pauses below the watermarks, and a disk that is full makes the
//! keeper of the books wait rather than end the daemon. Never decides about an article, and never removes anything but its ballast.
//!
//! The ballast is a file of no content that is let go when what is already decided needs room to be finished.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::books::Tally;
use crate::config::Config;
use crate::halt::Halt;
use crate::shop::Shop;

const BALLAST: &[u8] = b"ballast";
/// What must be free to open the ledger: for its shared index, and for what its log has not put away. SQLite calls a lack of it
/// an I/O error, as it does a broken disk, so this is looked at before.
const BEGIN_BYTES: u64 = 1 << 20;
/// How long to wait before a write that found no room is tried again: at first, and at most. It doubles in between.
const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// How long nothing is claimed after a claim itself found no room.
const CLAIM_PAUSE: Duration = Duration::from_secs(10);
/// How often the records in the outbox are counted at most; 100,000 of them take some 50 ms.
const COUNT_EVERY: Duration = Duration::from_secs(3);

/// The room on the file system of the shop.
#[derive(Debug)]
pub struct Space {
    shop: Arc<Shop>,
    tally: Arc<Tally>,
    limits: Limits,
    state: Mutex<State>,
}

/// What must be free, and what may be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Limits {
    free_bytes_min: u64,
    free_inodes_min: u64,
    /// 0 is no limit.
    outbox_records_max: u64,
    /// 0 is none.
    ballast_bytes: u64,
}

#[derive(Debug)]
struct State {
    /// The keeper of the books waits for room. Set and unset by him.
    keeper_waits: bool,
    /// Nothing is claimed before this, since a claim found no room.
    claim_after: Option<Instant>,
    /// What was said last in the log, so that each change is said once.
    said: Option<Shortage>,
    /// The ballast is there.
    ballast: bool,
    counted: Option<Counted>,
}

/// What was in the outbox when it was counted.
#[derive(Clone, Copy, Debug)]
struct Counted {
    at: Instant,
    records: u64,
    /// The tally then: what has been published since is at most in the outbox too.
    published: u64,
}

/// What there is too little, or too much, of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shortage {
    Full,
    Bytes { free: u64 },
    Inodes { free: u64 },
    Outbox { records: u64 },
}

/// How long to wait before looking again whether there is room to begin.
pub const LOOK_AGAIN: Duration = PAUSE_MIN;

/// Is there room to open the ledger and to recover? The ballast of the run before is let go for it.
pub fn is_room_to_begin(shop: &Shop) -> bool {
    // Where the system does not tell, a write will.
    let is_enough = || shop.spool.free().map_or(true, |free| free.bytes >= BEGIN_BYTES);
    is_enough() || shop.spool.remove(BALLAST).is_ok() && is_enough()
}

/// Waits so long; `false` says to give up waiting.
pub type Wait<'a> = dyn FnMut(Duration) -> bool + 'a;

impl Space {
    /// The room of a shop. Makes the ballast, if there is room for it.
    pub fn open(shop: &Arc<Shop>, tally: &Arc<Tally>, config: &Config, drain: bool) -> Arc<Self> {
        let limits = Limits {
            free_bytes_min: config.claim.free_bytes_min,
            free_inodes_min: config.claim.free_inodes_min,
            // Whoever drains an inbox wants all of it, and nobody may be taking records away meanwhile.
            outbox_records_max: if drain { 0 } else { config.claim.outbox_records_max },
            ballast_bytes: config.shop.ballast_bytes,
        };
        let state = State { keeper_waits: false, claim_after: None, said: None, ballast: false, counted: None };
        let space = Space { shop: Arc::clone(shop), tally: Arc::clone(tally), limits, state: Mutex::new(state) };
        if limits.ballast_bytes == 0 {
            space.remove_ballast();
        }
        space.restore_ballast(&mut space.lock());
        Arc::new(space)
    }

    /// Is there room for one more file? Says in the log when the answer changes.
    pub fn may_claim(&self) -> bool {
        let mut state = self.lock();
        self.restore_ballast(&mut state);
        let found = self.shortage(&mut state);
        let same = |left: &Shortage, right: &Shortage| std::mem::discriminant(left) == std::mem::discriminant(right);
        match (&state.said, &found) {
            (None, None) => {}
            (Some(before), Some(now)) if same(before, now) => {}
            (_, Some(shortage)) => self.say(shortage),
            (Some(_), None) => tracing::info!("there is room again; going on"),
        }
        state.said = found;
        found.is_none()
    }

    /// A claim found no room.
    pub fn claim_failed(&self, error: &Halt) {
        tracing::debug!(%error, "no room for a claim");
        self.lock().claim_after = Some(Instant::now() + CLAIM_PAUSE);
    }

    /// Does a step that writes, again and again until there is room for it. What fails for another reason ends it. With `may_let_go`,
    /// the ballast is given up for it. `None`: `wait` gave up.
    pub fn insist<T>(
        &self,
        wait: &mut Wait<'_>,
        may_let_go: bool,
        mut step: impl FnMut() -> Result<T, Halt>,
    ) -> Result<Option<T>, Halt> {
        let mut pause = PAUSE_MIN;
        loop {
            match step() {
                Err(halt) if halt.is_lack_of_room() => {
                    self.keeper_waits(&halt);
                    if may_let_go && self.let_go() {
                        continue;
                    }
                    if !wait(pause) {
                        return Ok(None);
                    }
                    pause = (pause * 2).min(PAUSE_MAX);
                }
                done => return done.map(Some),
            }
        }
    }

    /// A batch went through: if the keeper waited, he does no more.
    pub fn went_through(&self) {
        let mut state = self.lock();
        if std::mem::take(&mut state.keeper_waits) {
            state.said = None;
            tracing::info!("there is room again; going on");
        }
    }

    fn keeper_waits(&self, error: &Halt) {
        let mut state = self.lock();
        if !state.keeper_waits {
            tracing::error!(%error, "no room on the disk; claiming nothing and trying again until there is");
            state.keeper_waits = true;
            state.said = Some(Shortage::Full);
        }
    }

    /// Gives the ballast up; `false` if there was none.
    fn let_go(&self) -> bool {
        let mut state = self.lock();
        let had = std::mem::take(&mut state.ballast);
        if had {
            self.remove_ballast();
        }
        had
    }

    fn shortage(&self, state: &mut State) -> Option<Shortage> {
        let now = Instant::now();
        if state.keeper_waits || state.claim_after.is_some_and(|after| now < after) {
            return Some(Shortage::Full);
        }
        state.claim_after = None;
        // Where the system does not tell, a write will.
        if let Ok(free) = self.shop.spool.free() {
            if free.bytes < self.limits.free_bytes_min {
                return Some(Shortage::Bytes { free: free.bytes });
            }
            if let Some(free) = free.inodes.filter(|inodes| *inodes < self.limits.free_inodes_min) {
                return Some(Shortage::Inodes { free });
            }
        }
        let records = self.outbox_records(state, now)?;
        (records >= self.limits.outbox_records_max).then_some(Shortage::Outbox { records })
    }

    /// How many records are in the outbox at most; `None` if that is no matter. Counts only when it could be too many.
    fn outbox_records(&self, state: &mut State, now: Instant) -> Option<u64> {
        let limit = self.limits.outbox_records_max;
        if limit == 0 {
            return None;
        }
        let published = self.tally.published.load(Ordering::Acquire);
        let at_most = |counted: &Counted| counted.records + published.saturating_sub(counted.published);
        if let Some(counted) = &state.counted
            && (at_most(counted) < limit || now.duration_since(counted.at) < COUNT_EVERY)
        {
            return Some(at_most(counted));
        }
        let names = self.shop.outbox.names().ok()?;
        let records = names.count() as u64;
        state.counted = Some(Counted { at: now, records, published });
        Some(records)
    }

    fn say(&self, shortage: &Shortage) {
        let Limits { free_bytes_min, free_inodes_min, outbox_records_max, .. } = self.limits;
        match *shortage {
            Shortage::Full => tracing::error!("no room on the disk; claiming nothing until there is"),
            Shortage::Bytes { free } => {
                tracing::error!(
                    free,
                    free_bytes_min,
                    "little room left on the disk; claiming nothing until there is more"
                );
            }
            Shortage::Inodes { free } => {
                tracing::error!(
                    free,
                    free_inodes_min,
                    "few inodes left on the disk; claiming nothing until there are more"
                );
            }
            Shortage::Outbox { records } => {
                tracing::warn!(
                    records,
                    outbox_records_max,
                    "the outbox is full; claiming nothing until records are taken"
                );
            }
        }
    }

    /// Makes the ballast, unless that would take what claiming needs.
    fn restore_ballast(&self, state: &mut State) {
        let Limits { ballast_bytes, free_bytes_min, .. } = self.limits;
        if state.ballast || state.keeper_waits || ballast_bytes == 0 {
            return;
        }
        state.ballast = self.has_ballast()
            || self.shop.spool.free().is_ok_and(|free| free.bytes >= ballast_bytes.saturating_add(free_bytes_min))
                && self
                    .shop
                    .spool
                    .reserve(BALLAST, ballast_bytes)
                    .inspect_err(|error| {
                        tracing::debug!(%error, "no ballast");
                        self.remove_ballast();
                    })
                    .is_ok();
    }

    fn has_ballast(&self) -> bool {
        self.shop.spool.look(BALLAST).is_ok_and(|stat| stat.size == self.limits.ballast_bytes)
    }

    fn remove_ballast(&self) {
        // Not there is as good.
        let _ = self.shop.spool.remove(BALLAST);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
