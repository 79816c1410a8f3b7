//! The desk an article lies on while one plugin looks at it: reads, staged edits, reason, note. Changes nothing of the article.

use std::time::{Duration, Instant};

use warraq_abi::{self as abi, value_type};

use super::borrow::{bytes, json, slice, text};
use super::contract::{Answer, Verdict};
use super::fields::{FieldValue, Fields};
use super::load::Plugin;
use crate::article::ArticleId;

/// Longest text of a plugin that is kept, in bytes.
pub(super) const REASON_BYTES_MAX: usize = 4 * 1024;
/// Largest note, in bytes.
const NOTE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What `warraq_article` points to: one article in front of one plugin, for one call.
pub(super) struct Desk<'a> {
    plugin: &'a Plugin,
    fields: &'a Fields,
    bytes_max: usize,
    began: Instant,
    edits: Vec<(u32, Option<FieldValue>)>,
    reason: Option<(String, String)>,
    refer: Option<ArticleId>,
    note: Option<Vec<u8>>,
}

impl<'a> Desk<'a> {
    /// Lays an article on the desk. All its fields together may take `bytes_max`.
    pub(super) fn new(plugin: &'a Plugin, fields: &'a Fields, bytes_max: usize) -> Self {
        Desk {
            plugin,
            fields,
            bytes_max,
            began: Instant::now(),
            edits: Vec::new(),
            reason: None,
            refer: None,
            note: None,
        }
    }

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
    pub(super) fn conclude(self, verdict: abi::Verdict) -> Answer {
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

pub(super) unsafe extern "C" fn get(article: *const abi::Article, field: u32, out: *mut abi::Value) -> i32 {
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

pub(super) unsafe extern "C" fn set(article: *mut abi::Article, field: u32, value: *const abi::Value) -> i32 {
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

pub(super) unsafe extern "C" fn reason(article: *mut abi::Article, code: abi::Slice, detail: abi::Slice) -> i32 {
    // SAFETY: as in `set`.
    let (desk, code, detail) = unsafe { (&mut *article.cast::<Desk<'_>>(), text(&code), bytes(&detail)) };
    let is_code = |code: &&str| {
        (1..=64).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    };
    let Some(code) = code.filter(is_code) else { return abi::ETYPE };
    let kept = &detail[..detail.len().min(REASON_BYTES_MAX)];
    desk.reason = Some((code.to_owned(), String::from_utf8_lossy(kept).into_owned()));
    abi::OK
}

pub(super) unsafe extern "C" fn refer(article: *mut abi::Article, id: abi::Slice) -> i32 {
    // SAFETY: as in `set`.
    let (desk, id) = unsafe { (&mut *article.cast::<Desk<'_>>(), text(&id)) };
    match id.and_then(|id| id.parse().ok()) {
        Some(id) => {
            desk.refer = Some(id);
            abi::OK
        }
        None => abi::ETYPE,
    }
}

pub(super) unsafe extern "C" fn note(article: *mut abi::Article, note: abi::Slice) -> i32 {
    // SAFETY: as in `set`.
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

pub(super) unsafe extern "C" fn remaining_us(article: *const abi::Article) -> i64 {
    // SAFETY: as in `get`.
    let desk = unsafe { &*article.cast::<Desk<'_>>() };
    let left = |whole: Duration| i64::try_from(whole.as_micros()).unwrap_or(i64::MAX);
    left(desk.plugin.deadline) - left(desk.began.elapsed())
}
