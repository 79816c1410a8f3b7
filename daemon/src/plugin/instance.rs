//! A live instance of a plugin, and the functions it may call outside of an article.

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::Arc;

use warraq_abi as abi;

use super::borrow::{bytes, slice, text};
use super::contract::{Answer, Outcome, Settlement};
use super::desk::{self, Desk, REASON_BYTES_MAX};
use super::fields::{FieldNames, Fields};
use super::load::Plugin;

/// A live instance of a plugin. Dropping it stops and destroys it.
pub(super) struct Instance {
    plugin: Arc<Plugin>,
    raw: NonNull<c_void>,
    settle: Option<&'static abi::Settle>,
    started: bool,
    /// Last, since the plugin may use it until `destroy` has returned.
    host: Box<HostSide>,
}

// SAFETY: the ABI lets calls on one instance move between threads as long as they do not overlap, which `&mut self` ensures.
unsafe impl Send for Instance {}

/// The table a plugin instance gets, with what is behind its context pointer.
struct HostSide {
    table: abi::Host,
    plugin: Arc<Plugin>,
    names: Arc<FieldNames>,
    /// Text of the last `fail`, for the call that is running.
    failure: RefCell<String>,
}

impl Instance {
    /// Creates an instance; the error is the plugin's own text.
    pub(super) fn create(plugin: Arc<Plugin>, names: Arc<FieldNames>) -> Result<Self, String> {
        let mut host =
            Box::new(HostSide { table: host_table(), plugin: Arc::clone(&plugin), names, failure: RefCell::default() });
        host.table.context = (&raw mut *host).cast();
        let create = plugin.vtable.create.ok_or("its vtable leaves out create")?;
        // SAFETY: the table lives in a box that the instance keeps until after `destroy`; the configuration is borrowed.
        let raw = unsafe { create(&raw const host.table, slice(plugin.config.as_bytes())) };
        let Some(raw) = NonNull::new(raw) else { return Err(host.take_failure()) };
        let mut instance = Instance { plugin, raw, settle: None, started: false, host };
        if instance.plugin.manifest.stateful {
            instance.settle = Some(instance.find_settle()?);
        }
        Ok(instance)
    }

    /// Last step before articles come.
    pub(super) fn start(&mut self) -> Result<(), String> {
        if let Some(start) = self.plugin.vtable.start {
            // SAFETY: `raw` is what `create` returned and no other call on it is running.
            let answer = unsafe { start(self.raw.as_ptr()) };
            self.check(answer)?;
        }
        self.started = true;
        Ok(())
    }

    /// Lets the plugin look at one article.
    pub(super) fn process(&mut self, fields: &Fields, bytes_max: usize) -> Answer {
        let mut desk = Desk::new(&self.plugin, fields, bytes_max);
        let Some(process) = self.plugin.vtable.process else { return Answer::broken("its vtable leaves out process") };
        let article: *mut abi::Article = (&raw mut desk).cast();
        let mut verdict = abi::Verdict { code: i32::MIN, retry_after_ms: 0 };
        // SAFETY: `raw` is a started instance with no other call running; article and verdict outlive the call, and the plugin
        // reaches the desk only through the functions of `desk`.
        let answer = unsafe { process(self.raw.as_ptr(), &raw const article, 1, &raw mut verdict) };
        if answer != 0 {
            return Answer::broken(&format!("process() returned {answer}"));
        }
        desk.conclude(verdict)
    }

    /// The ledger position its checkpoint reaches; 0 for plugins without state.
    pub(super) fn checkpoint(&mut self) -> u64 {
        match self.settle.and_then(|settle| settle.checkpoint) {
            // SAFETY: as in `start`.
            Some(checkpoint) => unsafe { checkpoint(self.raw.as_ptr()) },
            None => 0,
        }
    }

    /// Tells a stateful plugin of one outcome.
    pub(super) fn settled(&mut self, settlement: &Settlement<'_>) -> Result<(), String> {
        let Some(settled) = self.settle.and_then(|settle| settle.settled) else { return Ok(()) };
        let settlement = abi::Settlement {
            size: size_of::<abi::Settlement>() as u32,
            outcome: match settlement.outcome {
                Outcome::Published => abi::outcome::PUBLISHED,
                Outcome::Duplicate => abi::outcome::DUPLICATE,
                Outcome::Quarantined => abi::outcome::QUARANTINED,
                Outcome::InFlight => abi::outcome::IN_FLIGHT,
            },
            sequence: settlement.sequence,
            id: slice(settlement.id.as_bytes()),
            note: slice(settlement.note),
        };
        // SAFETY: as in `start`; the settlement is borrowed for the call.
        let answer = unsafe { settled(self.raw.as_ptr(), &raw const settlement) };
        self.check(answer)
    }

    fn find_settle(&self) -> Result<&'static abi::Settle, String> {
        let id = abi::EXTENSION_SETTLE;
        let missing = || format!("its manifest says stateful, but it does not offer {id}");
        let extension = self.plugin.vtable.extension.ok_or_else(missing)?;
        // SAFETY: `raw` is what `create` returned; the answer is NULL or a table as long-lived as the library, for ever.
        let settle = unsafe { extension(self.raw.as_ptr(), slice(id.as_bytes())).cast::<abi::Settle>().as_ref() };
        settle.filter(|settle| settle.size as usize >= size_of::<abi::Settle>()).ok_or_else(missing)
    }

    fn check(&self, answer: i32) -> Result<(), String> {
        if answer == 0 { Ok(()) } else { Err(self.host.take_failure()) }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let (true, Some(stop)) = (self.started, self.plugin.vtable.stop) {
            // SAFETY: `start` succeeded and no other call is running.
            unsafe { stop(self.raw.as_ptr()) };
        }
        if let Some(destroy) = self.plugin.vtable.destroy {
            // SAFETY: the last call on what `create` returned.
            unsafe { destroy(self.raw.as_ptr()) };
        }
    }
}

impl HostSide {
    fn take_failure(&self) -> String {
        let failure = self.failure.take();
        if failure.is_empty() { "it gave no reason".to_owned() } else { failure }
    }
}

fn host_table() -> abi::Host {
    abi::Host {
        size: size_of::<abi::Host>() as u32,
        abi: abi::ABI_MAJOR,
        context: std::ptr::null_mut(),
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

unsafe extern "C" fn host_extension(_context: *mut c_void, id: abi::Slice) -> *const c_void {
    static LOG: abi::Log =
        abi::Log { size: size_of::<abi::Log>() as u32, reserved: 0, enabled: log_enabled, message: log_message };
    // SAFETY: the id is borrowed for this call.
    match unsafe { text(&id) } {
        Some(abi::EXTENSION_LOG) => (&raw const LOG).cast(),
        _ => std::ptr::null(),
    }
}

unsafe extern "C" fn host_fail(context: *mut c_void, why: abi::Slice) {
    // SAFETY: the context is ours; the text is borrowed for this call.
    let (host, why) = unsafe { (host(context), bytes(&why)) };
    let kept = &why[..why.len().min(REASON_BYTES_MAX)];
    *host.failure.borrow_mut() = String::from_utf8_lossy(kept).into_owned();
}

unsafe extern "C" fn host_field(context: *mut c_void, name: abi::Slice) -> u32 {
    // SAFETY: as in `host_fail`.
    let (host, name) = unsafe { (host(context), text(&name)) };
    name.and_then(|name| host.names.id(name)).unwrap_or(0)
}

unsafe extern "C" fn log_enabled(_context: *mut c_void, level: i32) -> i32 {
    i32::from(match level {
        abi::level::ERROR => tracing::enabled!(tracing::Level::ERROR),
        abi::level::WARN => tracing::enabled!(tracing::Level::WARN),
        abi::level::INFO => tracing::enabled!(tracing::Level::INFO),
        abi::level::DEBUG => tracing::enabled!(tracing::Level::DEBUG),
        _ => tracing::enabled!(tracing::Level::TRACE),
    })
}

unsafe extern "C" fn log_message(context: *mut c_void, level: i32, message: abi::Slice) {
    // SAFETY: as in `host_fail`.
    let (host, message) = unsafe { (host(context), bytes(&message)) };
    let plugin = host.plugin.name.as_str();
    let text = String::from_utf8_lossy(&message[..message.len().min(REASON_BYTES_MAX)]);
    match level {
        abi::level::ERROR => tracing::error!(plugin, text = %text.escape_debug(), "plugin says"),
        abi::level::WARN => tracing::warn!(plugin, text = %text.escape_debug(), "plugin says"),
        abi::level::INFO => tracing::info!(plugin, text = %text.escape_debug(), "plugin says"),
        abi::level::DEBUG => tracing::debug!(plugin, text = %text.escape_debug(), "plugin says"),
        _ => tracing::trace!(plugin, text = %text.escape_debug(), "plugin says"),
    }
}

/// # Safety
/// `context` must be the context of a table made by [`Instance::create`] whose plugin has not been destroyed.
unsafe fn host<'a>(context: *mut c_void) -> &'a HostSide {
    // SAFETY: promised by the caller; the box does not move.
    unsafe { &*context.cast::<HostSide>() }
}
