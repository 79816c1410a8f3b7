//! Takes records, originals and refusals away at moments of its own choosing. It never waits for the daemon.

use std::io;
use std::sync::atomic::Ordering;
use std::thread;

use super::Soak;
use crate::random::Random;

/// Longest pause between two visits, in milliseconds.
const PAUSE_MILLISECONDS: usize = 900;
/// How many of a kind are taken at a visit, at most.
const TAKEN_MAX: usize = 2_000;

/// Until everything has been drained.
pub(super) fn consume(soak: &Soak<'_>) -> io::Result<()> {
    let mut random = Random::of(soak.seed, &[3]);
    while !soak.drained.load(Ordering::Acquire) {
        let limit = 1 + random.below(TAKEN_MAX);
        match random.below(4) {
            0 => soak.books()?.take_originals(soak.site, limit)?,
            1 => soak.books()?.take_refusals(soak.site, limit)?,
            _ => soak.books()?.take_records(soak.site, limit)?,
        };
        thread::sleep(random.pause(PAUSE_MILLISECONDS));
    }
    Ok(())
}
