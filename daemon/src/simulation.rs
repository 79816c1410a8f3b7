//! The protocol, on a disk that forgets: the real claim, books, recovery and poison do what a seed says, beside feeders, a consumer,
//! kills, power cuts, full disks and failing syncs, and after every recovery a model checks from outside that nothing is lost,
//! nothing doubled and nothing half-written. Never touches a real folder, but for the ledger's, in memory where there is such.
//!
//! The ledger is the real one. Its commits are atomic and durable here, which is SQLite's promise and not tried. A kill comes before
//! or after any changing operation, so also right before and right after a commit; a commit that reached the disk although the call
//! never returned is the second of these.
//!
//! - `WARRAQ_SIMULATION_STEPS`: how many steps, 100,000 if not said. Ten times as many:
//!   `WARRAQ_SIMULATION_STEPS=1000000 cargo test -p warraq --lib simulation`
//! - `WARRAQ_SIMULATION_SEED`: where to begin. A failure says with which seed it comes again at once.

mod fold;
mod life;
mod model;
mod story;
mod world;

use std::any::Any;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use world::{Events, World};

const STEPS: u64 = 100_000;
const SEED: u64 = 1;
/// A world grows, and checking it with it; so each gets so many steps and a seed of its own.
const STEPS_PER_WORLD: u64 = 500;

/// What must have happened in a run of [`STEPS`], or it has shown nothing.
const EVENTS: [&str; 15] = [
    "claim undone by a cut",
    "duplicate",
    "gave up waiting",
    "halt",
    "kill",
    "kill in a recovery",
    "no room",
    "original lost by a failed sync",
    "power cut",
    "power cut in a recovery, or while down",
    "published",
    "record seen again after a cut",
    "recovery",
    "refused",
    "refused for its deaths",
];

#[test]
fn nothing_lost_nothing_doubled_nothing_half_written() {
    let number = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().expect("a number"));
    let steps = number("WARRAQ_SIMULATION_STEPS").unwrap_or(STEPS);
    let seed = number("WARRAQ_SIMULATION_SEED").unwrap_or(SEED);
    let mut events = Events::new();
    for (world, begun) in (0..steps).step_by(STEPS_PER_WORLD as usize).enumerate() {
        for (event, count) in live(seed + world as u64, STEPS_PER_WORLD.min(steps - begun), begun) {
            *events.entry(event).or_default() += count;
        }
    }
    let _ = writeln!(std::io::stderr(), "{steps} steps: {events:?}");
    for event in EVENTS.iter().filter(|_| steps >= STEPS) {
        assert!(events.get(event).is_some_and(|count| *count > 0), "never in {steps} steps: {event}");
    }
}

/// The life of one world; at its end it comes to rest.
fn live(seed: u64, steps: u64, begun: u64) -> Events {
    let mut world = World::new(seed);
    for step in 0..steps {
        let last = step + 1 == steps;
        let end = catch_unwind(AssertUnwindSafe(|| if last { world.rest() } else { world.step() }));
        if let Err(end) = end {
            panic!(
                "after {} steps, in world {seed} at step {step}: {}\n  {}\nagain: WARRAQ_SIMULATION_SEED={seed} \
                 WARRAQ_SIMULATION_STEPS={STEPS_PER_WORLD} cargo test -p warraq --lib simulation",
                begun + step,
                said(&*end),
                world.log.make_contiguous().join("\n  ")
            );
        }
    }
    world.events()
}

fn said(end: &(dyn Any + Send)) -> &str {
    let text = end.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| end.downcast_ref::<&str>().copied()).unwrap_or("no word")
}
