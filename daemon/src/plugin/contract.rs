//! The host's side of the ABI: instances, the functions they may call, and the desk an article lies on while they look at it.
//!
//! Nothing of an article is changed here; edits are collected and handed back with the verdict.

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::Arc;
use std::time::{Duration, Instant};

use warraq_abi::{self as abi, value_type};

use super::fields::{FieldNames, FieldValue, Fields};
use super::load::Plugin;
use crate::article::ArticleId;

/// Longest reason text that is kept, in bytes.
const REASON_BYTES_MAX: usize = 4 * 1024;
/// Largest note, in bytes.
const NOTE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What a plugin answered for one article.
#[derive(Debug, Default)]
pub struct Answer {
    /// Its verdict, already checked.
    pub verdict: Verdict,
    /// Its edits; to be applied only on [`Verdict::Pass`].
    pub edits: Vec<(u32, Option<FieldValue>)>,
    /// Its note, if it left one.
    pub note: Option<Vec<u8>>,
}

/// A verdict with what belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    #[default]
    Pass,
    /// A duplicate of this published article.
    Drop {
        /// The plugin's sentence.
        detail: String,
        /// The published article.
        of: ArticleId,
    },
    /// Ask again when this article has its outcome.
    Hold {
        /// The article to wait for.
        owner: ArticleId,
    },
    /// Ask again later.
    Retry {
        /// How long to wait.
        after: Duration,
        /// The plugin's sentence.
        detail: String,
    },
    /// It will never work.
    Reject {
        /// The plugin's short code.
        code: String,
        /// The plugin's sentence.
        detail: String,
    },
    /// The instance is unusable.
    Broken {
        /// What it said last.
        detail: String,
    },
}

/// What became of an article, as stateful plugins are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its record is in the outbox.
    Published,
    /// It was a duplicate.
    Duplicate,
    /// It was refused.
    Quarantined,
    /// Not settled yet; a restarted plugin gets its note back.
    InFlight,
}

/// One article's outcome for one stateful plugin.
#[derive(Clone, Copy, Debug)]
pub struct Settlement<'a> {
    /// Position in the ledger; 0 while in flight.
    pub sequence: u64,
    /// The article.
    pub id: &'a str,
    /// What became of it.
    pub outcome: Outcome,
    /// The note the plugin left on it.
    pub note: &'a [u8],
}

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
        let mut desk = Desk {
            plugin: &self.plugin,
            fields,
            bytes_max,
            began: Instant::now(),
            edits: Vec::new(),
            reason: None,
            refer: None,
            note: None,
        };
        let Some(process) = self.plugin.vtable.process else { return Answer::broken("its vtable leaves out process") };
        let article: *mut abi::Article = (&raw mut desk).cast();
        let mut verdict = abi::Verdict { code: i32::MIN, retry_after_ms: 0 };
        // SAFETY: `raw` is a started instance with no other call running; article and verdict outlive the call, and the plugin
        // reaches the desk only through the functions below.
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

impl Answer {
    pub(super) fn broken(detail: &str) -> Self {
        Answer { verdict: Verdict::Broken { detail: detail.to_owned() }, ..Answer::default() }
    }
}

/// What `warraq_article` points to: one article in front of one plugin, for one call.
struct Desk<'a> {
    plugin: &'a Plugin,
    fields: &'a Fields,
    bytes_max: usize,
    began: Instant,
    edits: Vec<(u32, Option<FieldValue>)>,
    reason: Option<(String, String)>,
    refer: Option<ArticleId>,
    note: Option<Vec<u8>>,
}

impl Desk<'_> {
    /// The staged value if there is one, else the article's.
    fn current(&self, field: u32) -> Option<&FieldValue> {
        match self.edits.iter().find(|(id, _)| *id == field) {
            Some((_, staged)) => staged.as_ref(),
            None => self.fields.get(field),
        }
    }

    fn stage(&mut self, field: u32, value: Option<FieldValue>) -> i32 {
        if !self.plugin.writes.contains(&field) {
            return abi::EDENIED;
        }
        if value.as_ref().is_some_and(|value| !fits(field, value)) {
            return abi::ETYPE;
        }
        let staged: usize = self.edits.iter().filter_map(|(_, value)| value.as_ref()).map(FieldValue::bytes).sum();
        if self.fields.bytes() + staged + value.as_ref().map_or(0, FieldValue::bytes) > self.bytes_max {
            return abi::ELIMIT;
        }
        match self.edits.iter_mut().find(|(id, _)| *id == field) {
            Some(edit) => edit.1 = value,
            None => self.edits.push((field, value)),
        }
        abi::OK
    }

    /// Turns the plugin's verdict into ours; what makes no sense is BROKEN.
    fn conclude(self, verdict: abi::Verdict) -> Answer {
        let (code, detail) = self.reason.unwrap_or_else(|| ("unspecified".to_owned(), "it gave no reason".to_owned()));
        let verdict = match (verdict.code, self.refer) {
            (abi::verdict::PASS, _) => Verdict::Pass,
            (abi::verdict::DROP, Some(of)) => Verdict::Drop { detail, of },
            (abi::verdict::DROP, None) | (abi::verdict::REJECT, _) => Verdict::Reject { code, detail },
            (abi::verdict::HOLD, Some(owner)) => Verdict::Hold { owner },
            (abi::verdict::HOLD, None) => Verdict::Broken { detail: "it said HOLD and named no article".to_owned() },
            (abi::verdict::RETRY, _) => {
                Verdict::Retry { after: Duration::from_millis(verdict.retry_after_ms.into()), detail }
            }
            (abi::verdict::BROKEN, _) => Verdict::Broken { detail },
            (unknown, _) => Verdict::Broken { detail: format!("it gave the unknown verdict {unknown}") },
        };
        let passes = verdict == Verdict::Pass;
        Answer {
            verdict,
            edits: if passes { self.edits } else { Vec::new() },
            note: if passes { self.note } else { None },
        }
    }
}

/// Fixed fields have the type that the header gives them, so that the record always has the same shape.
fn fits(field: u32, value: &FieldValue) -> bool {
    match field {
        abi::field::BODY | abi::field::FOLD | abi::field::LANGUAGE | abi::field::HEADLINE | abi::field::BYLINE => {
            matches!(value, FieldValue::Text(_))
        }
        _ if field < abi::field::CUSTOM => matches!(value, FieldValue::Json(_)),
        _ => true,
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
        get: article_get,
        set: article_set,
        reason: article_reason,
        refer: article_refer,
        note: article_note,
        remaining_us: article_remaining_us,
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

unsafe extern "C" fn article_get(article: *const abi::Article, field: u32, out: *mut abi::Value) -> i32 {
    // SAFETY: the article is the desk of the call that is running; `out` is the plugin's to lend.
    let (desk, out) = unsafe { (&*article.cast::<Desk<'_>>(), &mut *out) };
    *out = abi::Value { kind: value_type::NULL, reserved: 0, data: abi::ValueData { integer: 0 } };
    if field == 0 {
        return abi::EFIELD;
    }
    if field != abi::field::ID && !desk.plugin.reads.contains(&field) {
        return abi::EDENIED;
    }
    let Some(value) = desk.current(field) else { return abi::EMISSING };
    (out.kind, out.data) = match value {
        FieldValue::Text(text) => (value_type::TEXT, abi::ValueData { slice: slice(text.as_bytes()) }),
        FieldValue::Json(json) => (value_type::JSON, abi::ValueData { slice: slice(json.as_bytes()) }),
        FieldValue::Bytes(bytes) => (value_type::BYTES, abi::ValueData { slice: slice(bytes) }),
        FieldValue::Integer(integer) => (value_type::INTEGER, abi::ValueData { integer: *integer }),
        FieldValue::Float(real) => (value_type::FLOAT, abi::ValueData { real: *real }),
        FieldValue::Boolean(boolean) => (value_type::BOOLEAN, abi::ValueData { integer: i64::from(*boolean) }),
    };
    abi::OK
}

unsafe extern "C" fn article_set(article: *mut abi::Article, field: u32, value: *const abi::Value) -> i32 {
    // SAFETY: the article is the desk of the call that is running, which is on this thread; the value is borrowed.
    let (desk, value) = unsafe { (&mut *article.cast::<Desk<'_>>(), &*value) };
    if field == 0 {
        return abi::EFIELD;
    }
    // SAFETY: the kind says which member of the union the plugin set, and a slice is borrowed for this call.
    let copied = unsafe {
        match value.kind {
            value_type::NULL => return desk.stage(field, None),
            value_type::TEXT => text(&value.data.slice).map(|text| FieldValue::Text(text.to_owned())),
            value_type::JSON => json(&value.data.slice).map(|json| FieldValue::Json(json.to_owned())),
            value_type::BYTES => Some(FieldValue::Bytes(bytes(&value.data.slice).to_vec())),
            value_type::INTEGER => Some(FieldValue::Integer(value.data.integer)),
            value_type::FLOAT => Some(value.data.real).filter(|real| real.is_finite()).map(FieldValue::Float),
            value_type::BOOLEAN => match value.data.integer {
                0 => Some(FieldValue::Boolean(false)),
                1 => Some(FieldValue::Boolean(true)),
                _ => None,
            },
            _ => None,
        }
    };
    match copied {
        Some(copied) => desk.stage(field, Some(copied)),
        None => abi::ETYPE,
    }
}

unsafe extern "C" fn article_reason(article: *mut abi::Article, code: abi::Slice, detail: abi::Slice) -> i32 {
    // SAFETY: as in `article_set`.
    let (desk, code, detail) = unsafe { (&mut *article.cast::<Desk<'_>>(), text(&code), bytes(&detail)) };
    let is_code = |code: &&str| {
        (1..=64).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    };
    let Some(code) = code.filter(is_code) else { return abi::ETYPE };
    let kept = &detail[..detail.len().min(REASON_BYTES_MAX)];
    desk.reason = Some((code.to_owned(), String::from_utf8_lossy(kept).into_owned()));
    abi::OK
}

unsafe extern "C" fn article_refer(article: *mut abi::Article, id: abi::Slice) -> i32 {
    // SAFETY: as in `article_set`.
    let (desk, id) = unsafe { (&mut *article.cast::<Desk<'_>>(), text(&id)) };
    match id.and_then(|id| id.parse().ok()) {
        Some(id) => {
            desk.refer = Some(id);
            abi::OK
        }
        None => abi::ETYPE,
    }
}

unsafe extern "C" fn article_note(article: *mut abi::Article, note: abi::Slice) -> i32 {
    // SAFETY: as in `article_set`.
    let (desk, note) = unsafe { (&mut *article.cast::<Desk<'_>>(), bytes(&note)) };
    if !desk.plugin.manifest.stateful {
        return abi::EDENIED;
    }
    if note.len() > NOTE_BYTES_MAX {
        return abi::ELIMIT;
    }
    desk.note = Some(note.to_vec());
    abi::OK
}

unsafe extern "C" fn article_remaining_us(article: *const abi::Article) -> i64 {
    // SAFETY: as in `article_get`.
    let desk = unsafe { &*article.cast::<Desk<'_>>() };
    let left = |whole: Duration| i64::try_from(whole.as_micros()).unwrap_or(i64::MAX);
    left(desk.plugin.deadline) - left(desk.began.elapsed())
}

fn slice(bytes: &[u8]) -> abi::Slice {
    abi::Slice { data: bytes.as_ptr(), len: bytes.len() }
}

/// # Safety
/// `context` must be the context of a table made by [`Instance::create`] whose plugin has not been destroyed.
unsafe fn host<'a>(context: *mut c_void) -> &'a HostSide {
    // SAFETY: promised by the caller; the box does not move.
    unsafe { &*context.cast::<HostSide>() }
}

/// # Safety
/// The slice must be readable for as long as it is borrowed.
unsafe fn bytes(slice: &abi::Slice) -> &[u8] {
    if slice.len == 0 || slice.data.is_null() {
        return &[];
    }
    // SAFETY: promised by the caller.
    unsafe { std::slice::from_raw_parts(slice.data, slice.len) }
}

/// # Safety
/// As [`bytes`].
unsafe fn text(slice: &abi::Slice) -> Option<&str> {
    // SAFETY: promised by the caller.
    std::str::from_utf8(unsafe { bytes(slice) }).ok()
}

/// # Safety
/// As [`bytes`].
unsafe fn json(slice: &abi::Slice) -> Option<&str> {
    // SAFETY: promised by the caller.
    let text = unsafe { text(slice) }?;
    serde_json::from_str::<&serde_json::value::RawValue>(text).ok().map(|_| text)
}
