//! Waiting, which is looking again and again until a deadline. Nothing here assumes how long anything takes.

use std::thread;
use std::time::{Duration, Instant};

/// Seconds after which a test gives up; a slow machine sets more.
const PATIENCE: &str = "WARRAQ_TEST_PATIENCE_SECONDS";
const PATIENCE_SECONDS: u64 = 60;
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Looks until `condition` holds; on giving up, `state` says how things stand.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut condition: impl FnMut() -> bool, state: impl Fn() -> String) {
    let patience = std::env::var(PATIENCE).ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(PATIENCE_SECONDS);
    let deadline = Instant::now() + Duration::from_secs(patience);
    while !condition() {
        assert!(Instant::now() < deadline, "waited {patience} seconds for: {what}\n{}", state());
        thread::sleep(LOOK_EVERY);
    }
}
