//! The protocol, on a disk that forgets: the real claim, books, recovery and poison do what a seed says, beside feeders, a consumer,
//! kills, power cuts, full disks and failing syncs, and after every recovery a model checks from outside that nothing is lost,
//! nothing doubled and nothing half-written. Never touches a real folder, but for the ledger's, in memory where there is such.
//!
//! The ledger is the real one. Its commits are atomic and durable here, which is SQLite's promise and not tried. A kill comes before
//! or after any changing operation, so also right before and right after a commit; a commit that reached the disk although the call
//! never returned is the second of these.
//!
//! - `WARRAQ_SIMULATION_STEPS`: how many steps, 20,000 if not said. Many more:
//!   `WARRAQ_SIMULATION_STEPS=1000000 cargo test -p warraq --lib simulation`
//! - `WARRAQ_SIMULATION_SEED`: where to begin. A failure says with which seed it comes again at once.

mod fold;
mod life;
mod model;
mod story;
mod world;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use world::World;

const STEPS: u64 = 20_000;
const SEED: u64 = 1;
/// A world grows, and checking it with it; so each gets so many steps and a seed of its own.
const STEPS_PER_WORLD: u64 = 500;

#[test]
fn nothing_lost_nothing_doubled_nothing_half_written() {
    let number = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().expect("a number"));
    let steps = number("WARRAQ_SIMULATION_STEPS").unwrap_or(STEPS);
    let seed = number("WARRAQ_SIMULATION_SEED").unwrap_or(SEED);
    for (world, begun) in (0..steps).step_by(STEPS_PER_WORLD as usize).enumerate() {
        let seed = seed + world as u64;
        live(seed, STEPS_PER_WORLD.min(steps - begun), begun);
    }
}

/// The life of one world.
fn live(seed: u64, steps: u64, begun: u64) {
    let mut world = World::new(seed);
    for step in 0..steps {
        let last = step + 1 == steps;
        let end = catch_unwind(AssertUnwindSafe(|| if last { world.rest() } else { world.step() }));
        if let Err(end) = end {
            let log: Vec<String> = world.log.drain(..).collect();
            panic!(
                "after {} steps, in world {seed} at step {step}: {}\n  {}\nagain: WARRAQ_SIMULATION_SEED={seed} \
                 WARRAQ_SIMULATION_STEPS={STEPS_PER_WORLD} cargo test -p warraq --lib simulation",
                begun + step,
                said(&*end),
                log.join("\n  ")
            );
        }
    }
}

fn said(end: &(dyn Any + Send)) -> &str {
    let text = end.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| end.downcast_ref::<&str>().copied()).unwrap_or("no word")
}
