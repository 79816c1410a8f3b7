//! Memory that a plugin is lent, and that is taken away when the loan ends: each piece ends at a page nobody may touch, and is made
//! untouchable itself once it is over. Whoever still reads it dies at once, with a sentence that says what was read.
//!
//! Never hands out the same addresses again while they are among the last [`KEPT_MAX`].

use std::collections::VecDeque;
use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once, OnceLock, PoisonError};

use warraq_abi as abi;

/// Pieces that stay untouchable after their end, before their addresses may be used again.
const KEPT_MAX: usize = 2_048;

/// Pieces that the fault handler can know at a time, lent or over.
const KNOWN_MAX: usize = 8_192;

/// What a piece of memory holds, for the sentence that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    Value = 1,
    Configuration = 2,
    Settlement = 3,
    Arrays = 4,
    Question = 5,
    Host = 6,
    Handle = 7,
}

/// A piece of memory lent to the plugin; dropping it ends the loan.
#[derive(Debug)]
pub(crate) struct Guarded {
    mapping: Mapping,
    data: NonNull<u8>,
    len: usize,
    place: usize,
}

#[derive(Debug)]
struct Mapping {
    start: usize,
    bytes: usize,
}

/// Addresses without memory behind them: a handle that the plugin may pass back and never look into.
pub(crate) struct Handles {
    start: usize,
    next: AtomicUsize,
}

/// Start, end and what it holds of every piece the fault handler knows. Atomics only: a signal handler may not wait.
static KNOWN: [[AtomicUsize; 3]; KNOWN_MAX] = [const { [const { AtomicUsize::new(0) }; 3] }; KNOWN_MAX];
static NEXT_PLACE: AtomicUsize = AtomicUsize::new(0);
/// Added to what a piece holds once its loan is over.
const OVER: usize = 16;

/// Who watched faults before us: Rust's own handler, which tells a stack overflow.
static BEFORE: OnceLock<libc::sigaction> = OnceLock::new();

static KEPT: Mutex<VecDeque<Mapping>> = Mutex::new(VecDeque::new());

// SAFETY: the memory belongs to this value alone, wherever it is.
unsafe impl Send for Guarded {}

impl Guarded {
    /// A copy of `bytes` whose end is the end of what may be read.
    pub(crate) fn new(bytes: &[u8], holds: Holds) -> Self {
        watch_faults();
        let page = page_bytes();
        let body = bytes.len().div_ceil(page).max(1) * page;
        let mapping = Mapping::reserve(body + page);
        let end = mapping.start + body;
        // SAFETY: the first `body` bytes of a fresh mapping of ours.
        let opened = unsafe { libc::mprotect(mapping.start as *mut c_void, body, libc::PROT_READ | libc::PROT_WRITE) };
        assert_eq!(opened, 0, "no memory to lend to the plugin");
        let data = NonNull::new((end - bytes.len()) as *mut u8).expect("a mapping is never at 0");
        // SAFETY: the room was just opened and is large enough; nobody else knows of it.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), data.as_ptr(), bytes.len()) };
        // Place 0 is that of the handles, which last.
        let place = 1 + NEXT_PLACE.fetch_add(1, Ordering::Relaxed) % (KNOWN_MAX - 1);
        know(place, &mapping, holds);
        Guarded { mapping, data, len: bytes.len(), place }
    }

    /// A copy of plain items. `Item` must have no padding that matters and no destructor.
    pub(crate) fn array<Item>(items: &[Item], holds: Holds) -> Self {
        // SAFETY: any initialised memory may be copied byte by byte; the copy is only used through pointers to `Item`.
        let bytes = unsafe { std::slice::from_raw_parts(items.as_ptr().cast::<u8>(), size_of_val(items)) };
        Guarded::new(bytes, holds)
    }

    /// Where it is, for the plugin to read or write.
    pub(crate) fn pointer<Item>(&self) -> *mut Item {
        self.data.as_ptr().cast()
    }

    /// As a slice of the ABI; an empty one is NULL, which the header allows.
    pub(crate) fn slice(&self) -> abi::Slice {
        let data = if self.len == 0 { std::ptr::null() } else { self.data.as_ptr().cast_const() };
        abi::Slice { data, len: self.len }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and whoever was lent it may not use it any more.
        unsafe { libc::mprotect(self.mapping.start as *mut c_void, self.mapping.bytes, libc::PROT_NONE) };
        let known = &KNOWN[self.place];
        if known[0].load(Ordering::Relaxed) == self.mapping.start {
            known[2].fetch_add(OVER, Ordering::Relaxed);
        }
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back(Mapping { start: self.mapping.start, bytes: self.mapping.bytes });
        if kept.len() > KEPT_MAX
            && let Some(oldest) = kept.pop_front()
        {
            // SAFETY: nothing of ours lies there any more.
            unsafe { libc::munmap(oldest.start as *mut c_void, oldest.bytes) };
        }
    }
}

impl Handles {
    const BYTES: usize = 1 << 24;

    pub(crate) fn new() -> Self {
        watch_faults();
        let mapping = Mapping::reserve(Self::BYTES);
        know(0, &mapping, Holds::Handle);
        Handles { start: mapping.start, next: AtomicUsize::new(0) }
    }

    /// A handle that was not given out among the last million.
    pub(crate) fn next(&self) -> *mut abi::Article {
        let offset = self.next.fetch_add(16, Ordering::Relaxed) % Self::BYTES;
        (self.start + offset) as *mut abi::Article
    }
}

impl Mapping {
    fn reserve(bytes: usize) -> Self {
        // SAFETY: a fresh anonymous mapping touches nothing that exists.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                bytes,
                libc::PROT_NONE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        assert_ne!(start, libc::MAP_FAILED, "no address space to lend to the plugin");
        Mapping { start: start as usize, bytes }
    }
}

/// Runs `act` while no other thread holds the lock of this file.
pub(crate) fn quiet<T>(act: impl FnOnce() -> T) -> T {
    let _lock = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    act()
}

fn know(place: usize, mapping: &Mapping, holds: Holds) {
    let known = &KNOWN[place];
    known[0].store(mapping.start, Ordering::Relaxed);
    known[1].store(mapping.start + mapping.bytes, Ordering::Relaxed);
    known[2].store(holds as usize, Ordering::Relaxed);
}

fn page_bytes() -> usize {
    // SAFETY: no preconditions.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}

/// Sees to it that a fault on lent memory says so before the process ends.
fn watch_faults() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: all zeroes is a valid sigaction; the handler below uses nothing but atomics, write and sigaction.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = on_fault as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            let mut before: libc::sigaction = std::mem::zeroed();
            libc::sigaction(libc::SIGSEGV, &raw const action, &raw mut before);
            let _ = BEFORE.set(before);
        }
    });
}

extern "C" fn on_fault(signal: i32, info: *mut libc::siginfo_t, _context: *mut c_void) {
    // SAFETY: the kernel hands a valid siginfo to a SA_SIGINFO handler.
    let address = unsafe { (*info).si_addr() } as usize;
    for known in &KNOWN {
        let [start, end, holds] = [0, 1, 2].map(|index| known[index].load(Ordering::Relaxed));
        if (start..end).contains(&address) {
            say(sentence(holds));
            break;
        }
    }
    // Back to how it was: the same instruction faults again, and whoever watched before us has the last word.
    // SAFETY: as in `watch_faults`.
    unsafe {
        match BEFORE.get() {
            Some(before) => libc::sigaction(signal, before, std::ptr::null_mut()),
            None => libc::signal(signal, libc::SIG_DFL) as i32,
        };
    }
}

fn sentence(holds: usize) -> &'static str {
    match holds {
        1 => "it used a value of an article past its end; text has a length and no NUL",
        2 => "it used its configuration past its end; text has a length and no NUL",
        3 => "it used a settlement, its id or its note past the end",
        4 => "it used the arrays of process() past their end",
        5 => "it used the id of an extension past its end; text has a length and no NUL",
        6 => "it used the table of the host past its size",
        7 => "it looked into an article; only the functions of warraq_host may",
        17 => "it used a value of an article after process() had returned or the field was set again",
        18 => "it used its configuration after create() had returned",
        19 => "it used a settlement, its id or its note after settled() had returned",
        20 => "it used the arrays of process() after process() had returned",
        22 => "it used the host after destroy() had returned",
        _ => "it used the id of an extension after the call had ended",
    }
}

fn say(sentence: &str) {
    for part in ["\nwarraq-testkit: the plugin broke the contract: ", sentence, "\n"] {
        // SAFETY: write is allowed in a signal handler; there is nothing to do if it fails.
        unsafe { libc::write(2, part.as_ptr().cast(), part.len()) };
    }
}
