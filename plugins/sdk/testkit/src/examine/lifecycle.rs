//! A thousand lives, each left at another point, and what they leave behind: memory, threads and open files.

use std::thread;
use std::time::{Duration, Instant};

use crate::child::findings_in_child;
use crate::desk;
use crate::examine::Case;
use crate::instance::{ALL, Instance};

/// Instances made and destroyed between two looks at the figures.
const LIVES: usize = 1_000;

/// The first lives fill caches that stay.
const LIVES_BEFORE: usize = 50;

/// Instances whose making takes long are made less often than [`LIVES`], but not less often than this.
const LIVES_MIN: usize = 20;

/// Time for one look.
const LOOK_MAX: Duration = Duration::from_secs(3);

/// Growth is a leak if it is there a second time: what a plugin keeps for all its instances is made once.
const LOOKS: usize = 2;

/// Growth for each life that is too much, in bytes. Only each third life is used, and the smallest piece of memory takes 32.
const LEAK_BYTES: usize = 8;

#[derive(Clone, Copy, Debug)]
struct Figures {
    heap_bytes: usize,
    threads: usize,
    files: usize,
}

pub(crate) fn examine(case: &Case<'_>) {
    for finding in findings_in_child(|| leaks(case)) {
        case.findings.add(finding);
    }
}

/// What the instances leave behind, and what else was found on the way.
fn leaks(case: &Case<'_>) -> Vec<String> {
    lives_on_a_thread(case, LIVES_BEFORE);
    let (mut heap, mut threads, mut files) = (true, true, true);
    for _ in 0..LOOKS {
        let before = Figures::now();
        let lived = lives_on_a_thread(case, LIVES);
        let after = Figures::now();
        heap &= after.heap_bytes.saturating_sub(before.heap_bytes) >= LEAK_BYTES * lived;
        threads &= after.threads.saturating_sub(before.threads) >= lived;
        files &= after.files.saturating_sub(before.files) >= lived;
        if !(heap || threads || files) {
            break;
        }
    }
    for (leaks, what) in [(heap, "memory"), (threads, "a thread"), (files, "an open file")] {
        if leaks {
            case.findings.add(format!("each instance leaves {what} behind"));
        }
    }
    case.findings.take()
}

/// On a thread of its own: what the allocator keeps at hand for a thread counts as used until the thread ends.
fn lives_on_a_thread(case: &Case<'_>, count: usize) -> usize {
    let lived = thread::scope(|scope| scope.spawn(|| lives(case, count)).join()).unwrap_or(count);
    desk::clear();
    lived
}

/// Makes and destroys instances: one third only created, one third started, one third used. Returns how many.
fn lives(case: &Case<'_>, count: usize) -> usize {
    let (config, article) = (case.config(), case.plain().remove(0));
    let began = Instant::now();
    for life in 0..count {
        if life >= LIVES_MIN && began.elapsed() > LOOK_MAX {
            return life;
        }
        let Ok(mut instance) = Instance::create(case.subject, &config, ALL, &case.findings) else { return life.max(1) };
        if life % 3 > 0 && instance.start().is_ok() && life % 3 > 1 {
            case.ask(&mut instance, &article);
            if let Err(why) = instance.flush() {
                case.findings.add(format!("flush() failed: {why}"));
            }
        }
    }
    count
}

impl Figures {
    fn now() -> Self {
        let entries = |folder: &str| std::fs::read_dir(folder).map_or(0, Iterator::count);
        // SAFETY: mallinfo2 only reads the allocator's own books.
        let heap = unsafe { libc::mallinfo2() };
        Figures {
            // Large pieces are mapped on their own and counted apart.
            heap_bytes: heap.uordblks + heap.hblkhd,
            threads: entries("/proc/self/task"),
            files: entries("/proc/self/fd"),
        }
    }
}
