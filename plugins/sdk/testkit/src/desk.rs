//! An article in front of the plugin, and the functions that take one. Each misuse becomes a finding and the answer of the header;
//! nothing here ever ends the process or trusts that a call comes at its time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use warraq_abi::{self as abi, value_type};

use crate::answer::{Answer, Verdict};
use crate::findings::Findings;
use crate::guarded::{Guarded, Handles, Holds};
use crate::instance::UNWRITTEN;
use crate::manifest::{Manifest, is_field_name};
use crate::value::{Article, Value, is_id};

/// Largest note the host takes, in bytes.
const NOTE_BYTES_MAX: usize = 8 << 20;

/// How the host behaves for one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mood {
    /// All fields of one article together with what the plugin adds, in bytes.
    pub(crate) bytes_max: usize,
    /// What is left of the deadline, in microseconds, whenever the plugin asks; `None`: the truth.
    pub(crate) remaining_us: Option<i64>,
    /// The plugin may find limits and denials here that are not its fault.
    pub(crate) blames: bool,
}

impl Default for Mood {
    fn default() -> Self {
        Mood { bytes_max: 64 << 20, remaining_us: None, blames: true }
    }
}

/// One article of one call.
pub(crate) struct Desk {
    manifest: Arc<Manifest>,
    article: Article,
    mood: Mood,
    findings: Findings,
    began: Instant,
    thread: ThreadId,
    open: bool,
    /// Values lent and still readable, by field.
    lent: Vec<(u32, Guarded)>,
    edits: BTreeMap<String, Option<Value>>,
    reason: Option<(String, String)>,
    refer: Option<String>,
    note: Option<Vec<u8>>,
}

/// A desk under its handle; closed and cleared when dropped.
pub(crate) struct Laid {
    pub(crate) handle: *mut abi::Article,
    desk: Arc<Mutex<Desk>>,
}

impl Laid {
    pub(crate) fn lay(manifest: &Arc<Manifest>, article: &Article, mood: Mood, findings: &Findings) -> Self {
        static HANDLES: OnceLock<Handles> = OnceLock::new();
        let desk = Arc::new(Mutex::new(Desk {
            manifest: Arc::clone(manifest),
            article: article.clone(),
            mood,
            findings: findings.clone(),
            began: Instant::now(),
            thread: std::thread::current().id(),
            open: true,
            lent: Vec::new(),
            edits: BTreeMap::new(),
            reason: None,
            refer: None,
            note: None,
        }));
        let handle = HANDLES.get_or_init(Handles::new).next();
        locked(&DESKS).insert(handle as usize, Arc::clone(&desk));
        Laid { handle, desk }
    }

    /// Takes the article away and reads the verdict.
    pub(crate) fn conclude(self, verdict: abi::Verdict) -> Answer {
        let mut desk = locked(&self.desk);
        desk.open = false;
        desk.lent.clear();
        let (code, detail) = desk.reason.take().unwrap_or_default();
        let (refer, findings) = (desk.refer.take(), desk.findings.clone());
        let say = |finding: &str| findings.add(finding);
        let named = |what: &str| {
            refer.clone().unwrap_or_else(|| {
                say(&format!("{what} names no article with refer()"));
                String::new()
            })
        };
        if matches!(verdict.code, abi::verdict::DROP | abi::verdict::HOLD)
            && refer.as_deref() == Some(desk.article.id())
        {
            say("an article is referred to itself");
        }
        if matches!(verdict.code, abi::verdict::DROP | abi::verdict::RETRY | abi::verdict::REJECT) && code.is_empty() {
            say("DROP, RETRY or REJECT without reason()");
        }
        let verdict = match verdict.code {
            abi::verdict::PASS => Verdict::Pass,
            abi::verdict::DROP => Verdict::Drop { of: named("DROP"), code, detail },
            abi::verdict::HOLD => Verdict::Hold { owner: named("HOLD") },
            abi::verdict::RETRY => {
                Verdict::Retry { after: Duration::from_millis(verdict.retry_after_ms.into()), detail }
            }
            abi::verdict::REJECT => Verdict::Reject { code, detail },
            abi::verdict::BROKEN => Verdict::Broken { detail },
            UNWRITTEN => {
                say("process() left a verdict unwritten");
                Verdict::Broken { detail: "no verdict".to_owned() }
            }
            unknown => {
                say(&format!("process() gave the unknown verdict {unknown}"));
                Verdict::Broken { detail: format!("unknown verdict {unknown}") }
            }
        };
        if matches!(&verdict, Verdict::Broken { detail } if detail.starts_with("panic: ")) {
            say(&format!("it panicked in process(): {verdict:?}"));
        }
        let passed = verdict == Verdict::Pass;
        let (edits, note) = (std::mem::take(&mut desk.edits), desk.note.take());
        Answer { verdict, edits: if passed { edits } else { BTreeMap::new() }, note: note.filter(|_| passed) }
    }
}

/// Desks by handle. A closed one stays for a while, so that whoever comes too late can be named.
static DESKS: Mutex<BTreeMap<usize, Arc<Mutex<Desk>>>> = Mutex::new(BTreeMap::new());

/// Closed desks that stay.
const DESKS_MAX: usize = 4_096;

/// Forgets closed desks when there are many.
pub(crate) fn tidy() {
    let mut desks = locked(&DESKS);
    if desks.len() > DESKS_MAX {
        desks.retain(|_, desk| locked(desk).open);
    }
}

/// Forgets all closed desks, so that what they hold is not taken for a leak of the plugin.
pub(crate) fn clear() {
    locked(&DESKS).retain(|_, desk| locked(desk).open);
}

/// Runs `act` while no other thread holds a lock of this file.
pub(crate) fn quiet<T>(act: impl FnOnce() -> T) -> T {
    let _locks = (locked(&DESKS), locked(&NAMES));
    act()
}

/// Names of fields by id, for all plugins of the process.
static NAMES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The id of a field name; 0 if the name is not legal.
pub(crate) fn field_id(name: &str) -> u32 {
    if let Some(fixed) = abi::field::NAMES.iter().position(|known| *known == name) {
        return fixed as u32 + 1;
    }
    if !is_field_name(name) {
        return 0;
    }
    let mut names = locked(&NAMES);
    let place = names.iter().position(|known| known == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    });
    abi::field::CUSTOM + place as u32
}

fn field_name(id: u32) -> Option<String> {
    match id.checked_sub(abi::field::CUSTOM) {
        Some(place) => locked(&NAMES).get(place as usize).cloned(),
        None => abi::field::NAMES.get((id as usize).wrapping_sub(1)).map(|name| (*name).to_owned()),
    }
}

impl Desk {
    fn current(&self, name: &str) -> Option<Value> {
        match self.edits.get(name) {
            Some(staged) => staged.clone(),
            None if name == "id" => Some(Value::Text(self.article.id.clone())),
            None => self.article.fields.get(name).cloned(),
        }
    }

    fn blame(&self, finding: String) {
        if self.mood.blames {
            self.findings.add(finding);
        }
    }

    fn read(&mut self, field: u32, out: &mut abi::Value) -> i32 {
        let Some(name) = field_name(field) else {
            // 0 is the host's own word for a name it refused; whoever tries it is told so.
            if field != 0 {
                self.findings.add(format!("it reads the field {field}, which nobody has given it"));
            }
            return abi::EFIELD;
        };
        if !self.manifest.may_read(&name) {
            self.blame(format!("it reads {name}, which the manifest does not declare"));
            return abi::EDENIED;
        }
        let Some(value) = self.current(&name) else { return abi::EMISSING };
        let json;
        let (kind, bytes) = match &value {
            Value::Text(text) => (value_type::TEXT, text.as_bytes()),
            Value::Bytes(bytes) => (value_type::BYTES, &bytes[..]),
            Value::Json(value) => {
                json = value.to_string();
                (value_type::JSON, json.as_bytes())
            }
            Value::Integer(integer) => return lend(out, value_type::INTEGER, abi::ValueData { integer: *integer }),
            Value::Float(real) => return lend(out, value_type::FLOAT, abi::ValueData { real: *real }),
            Value::Boolean(boolean) => {
                return lend(out, value_type::BOOLEAN, abi::ValueData { integer: i64::from(*boolean) });
            }
        };
        let guarded = Guarded::new(bytes, Holds::Value);
        let slice = guarded.slice();
        self.lent.push((field, guarded));
        lend(out, kind, abi::ValueData { slice })
    }

    fn stage(&mut self, field: u32, value: Option<Option<Value>>) -> i32 {
        let Some(name) = field_name(field) else {
            if field != 0 {
                self.findings.add(format!("it sets the field {field}, which nobody has given it"));
            }
            return abi::EFIELD;
        };
        let Some(value) = value.filter(|value| value.as_ref().is_none_or(|value| fits(field, value))) else {
            self.findings.add(format!("it sets {name} to a value of a wrong type, or that is not well formed"));
            return abi::ETYPE;
        };
        if !self.manifest.may_write(&name) {
            self.blame(format!("it sets {name}, which the manifest does not declare"));
            return abi::EDENIED;
        }
        let staged: usize = self.edits.values().flatten().chain(&value).map(Value::bytes).sum();
        let given: usize = self.article.fields.values().map(Value::bytes).sum();
        if given + staged > self.mood.bytes_max {
            return abi::ELIMIT;
        }
        // What was lent of this field ends here.
        self.lent.retain(|(lent, _)| *lent != field);
        self.edits.insert(name, value);
        abi::OK
    }
}

fn lend(out: &mut abi::Value, kind: u32, data: abi::ValueData) -> i32 {
    *out = abi::Value { kind, reserved: 0, data };
    abi::OK
}

/// Fixed fields have the type the header gives them.
fn fits(field: u32, value: &Value) -> bool {
    match field {
        abi::field::BODY | abi::field::FOLD | abi::field::LANGUAGE | abi::field::HEADLINE | abi::field::BYLINE => {
            matches!(value, Value::Text(_))
        }
        _ => field >= abi::field::CUSTOM || matches!(value, Value::Json(_)),
    }
}

fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `act` on the open desk behind a handle; everything else is a finding and `refused`.
fn with<T>(article: *const abi::Article, function: &str, refused: T, act: impl FnOnce(&mut Desk) -> T) -> T {
    let Some(desk) = locked(&DESKS).get(&(article as usize)).cloned() else {
        // Whose call it is cannot be told, so it cannot be gathered.
        eprintln_now(&format!("warraq-testkit: {function}() was called with something that is no article"));
        return refused;
    };
    let mut desk = locked(&desk);
    if !desk.open {
        desk.findings.add(format!("{function}() was called with an article after its process() had returned"));
        return refused;
    }
    if desk.thread != std::thread::current().id() {
        desk.findings.add(format!("{function}() was called on another thread than process()"));
        return refused;
    }
    act(&mut desk)
}

#[expect(clippy::print_stderr, reason = "a test tool speaks to whoever runs the test")]
fn eprintln_now(text: &str) {
    eprintln!("{text}");
}

/// # Safety
/// The slice must be readable.
pub(crate) unsafe fn copy(slice: abi::Slice) -> Vec<u8> {
    if slice.len == 0 || slice.data.is_null() {
        return Vec::new();
    }
    // SAFETY: promised by the caller.
    unsafe { std::slice::from_raw_parts(slice.data, slice.len) }.to_vec()
}

pub(crate) unsafe extern "C" fn get(article: *const abi::Article, field: u32, out: *mut abi::Value) -> i32 {
    // SAFETY: `out` is the plugin's to lend.
    let out = unsafe { &mut *out };
    // A value that is not there is as hostile as it may be: NULL by its type, and no address in it.
    *out = abi::Value { kind: value_type::NULL, reserved: 0, data: abi::ValueData { integer: 0 } };
    with(article, "get", abi::EDENIED, |desk| desk.read(field, out))
}

pub(crate) unsafe extern "C" fn set(article: *mut abi::Article, field: u32, value: *const abi::Value) -> i32 {
    // SAFETY: the value is borrowed for this call, and its kind says which member of the union is set.
    let copied = unsafe {
        let value = &*value;
        match value.kind {
            value_type::NULL => Some(None),
            value_type::TEXT => String::from_utf8(copy(value.data.slice)).ok().map(|text| Some(Value::Text(text))),
            value_type::BYTES => Some(Some(Value::Bytes(copy(value.data.slice)))),
            value_type::JSON => {
                serde_json::from_slice(&copy(value.data.slice)).ok().map(|json| Some(Value::Json(json)))
            }
            value_type::INTEGER => Some(Some(Value::Integer(value.data.integer))),
            value_type::FLOAT => {
                Some(value.data.real).filter(|real| real.is_finite()).map(|real| Some(Value::Float(real)))
            }
            value_type::BOOLEAN => match value.data.integer {
                truth @ (0 | 1) => Some(Some(Value::Boolean(truth == 1))),
                _ => None,
            },
            _ => None,
        }
    };
    with(article, "set", abi::EDENIED, |desk| desk.stage(field, copied))
}

pub(crate) unsafe extern "C" fn reason(article: *mut abi::Article, code: abi::Slice, detail: abi::Slice) -> i32 {
    // SAFETY: both are borrowed for this call.
    let (code, detail) = unsafe { (copy(code), copy(detail)) };
    with(article, "reason", abi::ETYPE, |desk| {
        let is_code =
            (1..=64).contains(&code.len()) && code.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'-');
        let (true, Ok(detail)) = (is_code, String::from_utf8(detail)) else {
            desk.findings
                .add(format!("reason() with the code {:?}, wanted [a-z-]+ and a text", String::from_utf8_lossy(&code)));
            return abi::ETYPE;
        };
        desk.reason = Some((String::from_utf8_lossy(&code).into_owned(), detail));
        abi::OK
    })
}

pub(crate) unsafe extern "C" fn refer(article: *mut abi::Article, id: abi::Slice) -> i32 {
    // SAFETY: as in `reason`.
    let id = String::from_utf8_lossy(&unsafe { copy(id) }).into_owned();
    with(article, "refer", abi::ETYPE, |desk| {
        if !is_id(&id) {
            desk.findings.add(format!("refer() with {id:?}, which is no article id"));
            return abi::ETYPE;
        }
        desk.refer = Some(id);
        abi::OK
    })
}

pub(crate) unsafe extern "C" fn note(article: *mut abi::Article, bytes: abi::Slice) -> i32 {
    // SAFETY: as in `reason`.
    let bytes = unsafe { copy(bytes) };
    with(article, "note", abi::EDENIED, |desk| {
        if !desk.manifest.stateful {
            desk.findings.add("it leaves a note, and the manifest does not say stateful");
            return abi::EDENIED;
        }
        if bytes.len() > NOTE_BYTES_MAX.min(desk.mood.bytes_max) {
            return abi::ELIMIT;
        }
        desk.note = Some(bytes);
        abi::OK
    })
}

pub(crate) unsafe extern "C" fn remaining_us(article: *const abi::Article) -> i64 {
    with(article, "remaining_us", 0, |desk| {
        let whole = i64::try_from(desk.manifest.deadline_ms.saturating_mul(1_000)).unwrap_or(i64::MAX);
        let taken = i64::try_from(desk.began.elapsed().as_micros()).unwrap_or(i64::MAX);
        desk.mood.remaining_us.unwrap_or(whole.saturating_sub(taken))
    })
}
