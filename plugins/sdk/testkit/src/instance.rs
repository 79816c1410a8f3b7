//! A live instance of the plugin and the host it sees. Every pointer it gets is memory that ends with the call.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};

use warraq_abi as abi;
use warraq_plugin::{Outcome, Settlement};

use crate::answer::{Answer, Verdict};
use crate::desk::{self, Laid, Mood, copy};
use crate::findings::Findings;
use crate::guarded::{Guarded, Holds};
use crate::subject::Subject;
use crate::value::Article;

/// What a verdict holds before the plugin has written it.
pub(crate) const UNWRITTEN: i32 = i32::MIN + 7;

/// What the host offers to an instance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offers {
    pub(crate) extensions: bool,
    pub(crate) fields: bool,
}

/// Everything there is, as in the daemon.
pub(crate) const ALL: Offers = Offers { extensions: true, fields: true };

/// A live instance; dropping it stops and destroys it.
pub(crate) struct Instance {
    subject: Subject,
    raw: NonNull<c_void>,
    settle: Option<&'static abi::Settle>,
    started: bool,
    findings: Findings,
    /// After `raw`, which may use both until destroy() has returned.
    _table: Guarded,
    host: Box<HostSide>,
}

// SAFETY: the ABI lets calls on one instance move between threads as long as they do not overlap, which `&mut self` ensures.
unsafe impl Send for Instance {}

/// What is behind the context pointer of the host's table.
struct HostSide {
    offers: Offers,
    findings: Findings,
    /// The call that is running, with what fail() said in it.
    call: Mutex<(&'static str, String)>,
    log: Mutex<Vec<(i32, String)>>,
}

/// Read while a plugin is called.
static CALLS: RwLock<()> = RwLock::new(());

/// Runs `act` while no plugin is called, so that no plugin holds a lock.
pub(crate) fn quiet<T>(act: impl FnOnce() -> T) -> T {
    let _none = CALLS.write().unwrap_or_else(PoisonError::into_inner);
    act()
}

pub(crate) fn calling() -> RwLockReadGuard<'static, ()> {
    CALLS.read().unwrap_or_else(PoisonError::into_inner)
}

impl Instance {
    /// Creates an instance with this configuration text; the error is the plugin's own.
    pub(crate) fn create(subject: &Subject, config: &str, offers: Offers, findings: &Findings) -> Result<Self, String> {
        let calling = calling();
        let host = Box::new(HostSide {
            offers,
            findings: findings.clone(),
            call: Mutex::new(("create", String::new())),
            log: Mutex::default(),
        });
        let table = Guarded::array(&[host_table(&host)], Holds::Host);
        let lent = Guarded::new(config.as_bytes(), Holds::Configuration);
        let create = subject.vtable.create.expect("looked at when it was loaded");
        // SAFETY: the table and what is behind its context live until after `destroy`; the configuration is borrowed.
        let raw = unsafe { create(table.pointer::<abi::Host>(), lent.slice()) };
        drop((lent, calling));
        let Some(raw) = NonNull::new(raw) else { return Err(host.failure()) };
        host.enter("");
        let findings = findings.clone();
        let mut instance =
            Instance { subject: subject.clone(), raw, settle: None, started: false, findings, _table: table, host };
        instance.settle = instance.find_settle();
        Ok(instance)
    }

    pub(crate) fn start(&mut self) -> Result<(), String> {
        let _calling = calling();
        if let Some(start) = self.subject.vtable.start {
            self.host.enter("start");
            // SAFETY: `raw` is what `create` returned, and no other call on it is running.
            let answer = unsafe { start(self.raw.as_ptr()) };
            self.told(answer)?;
        }
        self.started = true;
        Ok(())
    }

    /// Puts articles before the plugin in one call.
    pub(crate) fn process(&mut self, articles: &[&Article], mood: Mood) -> Vec<Answer> {
        let _calling = calling();
        self.host.enter("process");
        let manifest = &self.subject.manifest;
        let laid: Vec<Laid> =
            articles.iter().map(|article| Laid::lay(manifest, article, mood, &self.findings)).collect();
        let handles: Vec<*mut abi::Article> = laid.iter().map(|laid| laid.handle).collect();
        let handles = Guarded::array(&handles, Holds::Arrays);
        let empty = abi::Verdict { code: UNWRITTEN, retry_after_ms: 0xDEAD_BEEF };
        let written = Guarded::array(&vec![empty; articles.len()], Holds::Arrays);
        let process = self.subject.vtable.process.expect("looked at when it was loaded");
        // SAFETY: as in `start`; both arrays hold as many items as is said.
        let answer = unsafe {
            process(self.raw.as_ptr(), handles.pointer(), articles.len() as u32, written.pointer::<abi::Verdict>())
        };
        self.host.enter("");
        let answers = laid.into_iter().enumerate().map(|(index, laid)| {
            // SAFETY: the array is ours again; nobody wrote past its end, or the guard would have been hit.
            let verdict = unsafe { *written.pointer::<abi::Verdict>().add(index) };
            let broken = abi::Verdict { code: abi::verdict::BROKEN, retry_after_ms: 0 };
            let answer_of = laid.conclude(if answer == 0 { verdict } else { broken });
            if answer == 0 {
                return answer_of;
            }
            Answer { verdict: Verdict::Broken { detail: format!("process() returned {answer}") }, ..answer_of }
        });
        let answers = answers.collect();
        desk::tidy();
        answers
    }

    pub(crate) fn flush(&mut self) -> Result<(), String> {
        let _calling = calling();
        let Some(flush) = self.subject.vtable.flush else { return Ok(()) };
        self.host.enter("flush");
        // SAFETY: as in `start`.
        let answer = unsafe { flush(self.raw.as_ptr()) };
        self.told(answer)
    }

    /// The ledger position its checkpoint reaches; 0 for plugins without state.
    pub(crate) fn checkpoint(&mut self) -> u64 {
        let _calling = calling();
        match self.settle.and_then(|settle| settle.checkpoint) {
            // SAFETY: as in `start`.
            Some(checkpoint) => unsafe { checkpoint(self.raw.as_ptr()) },
            None => 0,
        }
    }

    pub(crate) fn settled(&mut self, settlement: &Settlement<'_>) -> Result<(), String> {
        let outcome = match settlement.outcome {
            Outcome::Published => abi::outcome::PUBLISHED,
            Outcome::Duplicate => abi::outcome::DUPLICATE,
            Outcome::Quarantined => abi::outcome::QUARANTINED,
            Outcome::InFlight => abi::outcome::IN_FLIGHT,
        };
        self.settled_raw(settlement.sequence, settlement.id, outcome, settlement.note)
    }

    pub(crate) fn settled_raw(&mut self, sequence: u64, id: &str, outcome: u32, note: &[u8]) -> Result<(), String> {
        let _calling = calling();
        let Some(settled) = self.settle.and_then(|settle| settle.settled) else { return Ok(()) };
        self.host.enter("settled");
        let (id, note) = (Guarded::new(id.as_bytes(), Holds::Settlement), Guarded::new(note, Holds::Settlement));
        let settlement = abi::Settlement {
            size: size_of::<abi::Settlement>() as u32,
            outcome,
            sequence,
            id: id.slice(),
            note: note.slice(),
        };
        // SAFETY: any initialised struct may be copied byte by byte.
        let bytes =
            unsafe { std::slice::from_raw_parts((&raw const settlement).cast::<u8>(), size_of::<abi::Settlement>()) };
        let lent = Guarded::new(bytes, Holds::Settlement);
        // SAFETY: as in `start`; the settlement and its slices are borrowed for the call.
        let answer = unsafe { settled(self.raw.as_ptr(), lent.pointer()) };
        self.told(answer)
    }

    /// Asks the plugin for an extension; its address, or 0.
    pub(crate) fn extension(&self, id: &[u8]) -> usize {
        let _calling = calling();
        let Some(extension) = self.subject.vtable.extension else { return 0 };
        let id = Guarded::new(id, Holds::Question);
        // SAFETY: as in `start`; the id is borrowed for the call.
        unsafe { extension(self.raw.as_ptr(), id.slice()) as usize }
    }

    pub(crate) fn log(&self) -> Vec<(i32, String)> {
        self.host.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn find_settle(&self) -> Option<&'static abi::Settle> {
        if !self.subject.manifest.stateful {
            return None;
        }
        let address = self.extension(abi::EXTENSION_SETTLE.as_bytes()) as *const abi::Settle;
        // SAFETY: NULL or a table of the plugin that begins with its size.
        let settle = unsafe { address.as_ref() };
        let settle = settle.filter(|settle| {
            settle.size as usize >= size_of::<abi::Settle>() && settle.checkpoint.is_some() && settle.settled.is_some()
        });
        if settle.is_none() {
            self.findings.add(format!("the manifest says stateful, but it does not offer {}", abi::EXTENSION_SETTLE));
        }
        settle
    }

    fn told(&self, answer: i32) -> Result<(), String> {
        let failure = if answer == 0 { String::new() } else { self.host.failure() };
        self.host.enter("");
        if answer == 0 { Ok(()) } else { Err(failure) }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _calling = calling();
        if let (true, Some(stop)) = (self.started, self.subject.vtable.stop) {
            self.host.enter("stop");
            // SAFETY: start() succeeded, and no other call is running.
            unsafe { stop(self.raw.as_ptr()) };
            self.host.look_for_panic();
        }
        let destroy = self.subject.vtable.destroy.expect("looked at when it was loaded");
        self.host.enter("destroy");
        // SAFETY: the last call on what create() returned.
        unsafe { destroy(self.raw.as_ptr()) };
        self.host.look_for_panic();
    }
}

impl HostSide {
    fn enter(&self, call: &'static str) {
        *self.call.lock().unwrap_or_else(PoisonError::into_inner) = (call, String::new());
    }

    /// What fail() said in the call that is running; a call that failed must have said something.
    fn failure(&self) -> String {
        let (call, text) = self.call.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if text.is_empty() {
            self.findings.add(format!("{call}() failed and did not say why with fail()"));
        }
        if text.starts_with("panic: ") {
            self.findings.add(format!("it panicked in {call}(): {text}"));
        }
        text
    }

    fn look_for_panic(&self) {
        let (call, text) = self.call.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !text.is_empty() {
            self.findings.add(format!("{call}() said: {text}"));
        }
    }
}

fn host_table(side: &HostSide) -> abi::Host {
    abi::Host {
        size: size_of::<abi::Host>() as u32,
        abi: abi::ABI_MAJOR,
        context: std::ptr::from_ref(side).cast_mut().cast(),
        extension: host_extension,
        fail: host_fail,
        field: host_field,
        get: desk::get,
        set: desk::set,
        reason: desk::reason,
        refer: desk::refer,
        note: desk::note,
        remaining_us: desk::remaining_us,
    }
}

/// # Safety
/// `context` must be that of a table made by [`Instance::create`] whose plugin has not been destroyed.
unsafe fn side<'a>(context: *mut c_void) -> &'a HostSide {
    // SAFETY: promised by the caller; the box does not move.
    unsafe { &*context.cast::<HostSide>() }
}

unsafe extern "C" fn host_extension(context: *mut c_void, id: abi::Slice) -> *const c_void {
    static LOG: abi::Log =
        abi::Log { size: size_of::<abi::Log>() as u32, reserved: 0, enabled: log_enabled, message: log_message };
    // SAFETY: the context is ours; the id is borrowed for this call.
    let (side, id) = unsafe { (side(context), copy(id)) };
    if side.offers.extensions && id == abi::EXTENSION_LOG.as_bytes() {
        return (&raw const LOG).cast();
    }
    std::ptr::null()
}

unsafe extern "C" fn host_fail(context: *mut c_void, why: abi::Slice) {
    // SAFETY: as in `host_extension`.
    let (side, why) = unsafe { (side(context), copy(why)) };
    let mut call = side.call.lock().unwrap_or_else(PoisonError::into_inner);
    if matches!(call.0, "" | "process") {
        side.findings
            .add("fail() was called outside of create, start, flush, stop and settled; use reason() in process()");
    }
    call.1 = String::from_utf8(why).unwrap_or_else(|_| {
        side.findings.add("fail() with a text that is not UTF-8");
        "not UTF-8".to_owned()
    });
}

unsafe extern "C" fn host_field(context: *mut c_void, name: abi::Slice) -> u32 {
    // SAFETY: as in `host_extension`.
    let (side, name) = unsafe { (side(context), copy(name)) };
    if !side.offers.fields {
        return 0;
    }
    let id = std::str::from_utf8(&name).map_or(0, desk::field_id);
    if id == 0 {
        side.findings.add(format!("field() with {:?}, which is no field name", String::from_utf8_lossy(&name)));
    }
    id
}

unsafe extern "C" fn log_enabled(_context: *mut c_void, level: i32) -> i32 {
    i32::from((abi::level::TRACE..=abi::level::ERROR).contains(&level))
}

unsafe extern "C" fn log_message(context: *mut c_void, level: i32, message: abi::Slice) {
    // SAFETY: as in `host_extension`.
    let (side, message) = unsafe { (side(context), copy(message)) };
    match String::from_utf8(message) {
        Ok(message) => side.log.lock().unwrap_or_else(PoisonError::into_inner).push((level, message)),
        Err(_) => side.findings.add("it logs a message that is not UTF-8"),
    }
}
