//! The article in hand: typed reads and staged edits. Holds no copy of anything.

use std::marker::PhantomData;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::abi::{self, value_type};
use crate::host::{Host, slice};
use crate::{Error, RETRY_AFTER, Verdict};

/// A field of an article; names that are not listed here come from [`Host::field`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field(pub(crate) u32);

#[allow(missing_docs, reason = "the names are those of the record, described in its schema")]
impl Field {
    pub const ID: Field = Field(abi::field::ID);
    pub const SOURCE: Field = Field(abi::field::SOURCE);
    pub const BODY: Field = Field(abi::field::BODY);
    pub const FOLD: Field = Field(abi::field::FOLD);
    pub const LANGUAGE: Field = Field(abi::field::LANGUAGE);
    pub const HEADLINE: Field = Field(abi::field::HEADLINE);
    pub const SUBHEADS: Field = Field(abi::field::SUBHEADS);
    pub const BYLINE: Field = Field(abi::field::BYLINE);
    pub const DATELINE: Field = Field(abi::field::DATELINE);
    pub const PUBLISHED: Field = Field(abi::field::PUBLISHED);
    pub const AGENCIES: Field = Field(abi::field::AGENCIES);
    pub const FURNITURE: Field = Field(abi::field::FURNITURE);
    pub const ENTITIES: Field = Field(abi::field::ENTITIES);
    pub const DATES: Field = Field(abi::field::DATES);
    pub const QUOTES: Field = Field(abi::field::QUOTES);
    pub const FIGURES: Field = Field(abi::field::FIGURES);
    pub const KEYWORDS: Field = Field(abi::field::KEYWORDS);
    pub const SUMMARY: Field = Field(abi::field::SUMMARY);
    pub const RELATED: Field = Field(abi::field::RELATED);
}

/// The article that [`crate::Plugin::process`] was called with.
///
/// What a getter returns is borrowed from the host until the next edit; the borrow checker sees to it.
pub struct Article<'call> {
    raw: *mut abi::Article,
    host: Host,
    call: PhantomData<&'call mut ()>,
}

impl Article<'_> {
    /// # Safety
    /// `raw` must be an article of the `process` call that is running, and used by this value alone.
    pub(crate) unsafe fn from_raw(raw: *mut abi::Article, host: Host) -> Self {
        Article { raw, host, call: PhantomData }
    }

    /// The article's id.
    pub fn id(&self) -> &str {
        self.text(Field::ID).unwrap_or("")
    }

    /// A text field; `None` if it is unset, of another type or not declared in the manifest's `reads`.
    pub fn text(&self, field: Field) -> Option<&str> {
        self.slice(field, value_type::TEXT).map(|bytes| {
            // SAFETY: the host promises that TEXT is UTF-8 (header).
            unsafe { std::str::from_utf8_unchecked(bytes) }
        })
    }

    /// A JSON field, parsed; `None` as for [`Article::text`].
    pub fn json<T: DeserializeOwned>(&self, field: Field) -> Result<Option<T>, Error> {
        match self.slice(field, value_type::JSON) {
            Some(bytes) => Ok(Some(serde_json::from_slice(bytes)?)),
            None => Ok(None),
        }
    }

    /// An integer field; `None` as for [`Article::text`].
    pub fn integer(&self, field: Field) -> Option<i64> {
        let value = self.get(field).filter(|value| value.kind == value_type::INTEGER)?;
        // SAFETY: the kind says which member of the union is set.
        Some(unsafe { value.data.integer })
    }

    /// Stages a text.
    pub fn set_text(&mut self, field: Field, text: &str) -> Result<(), Error> {
        self.set(field, value_type::TEXT, abi::ValueData { slice: slice(text.as_bytes()) })
    }

    /// Stages a structure as JSON.
    pub fn set_json(&mut self, field: Field, value: &impl Serialize) -> Result<(), Error> {
        let json = serde_json::to_vec(value)?;
        self.set(field, value_type::JSON, abi::ValueData { slice: slice(&json) })
    }

    /// Stages an integer.
    pub fn set_integer(&mut self, field: Field, integer: i64) -> Result<(), Error> {
        self.set(field, value_type::INTEGER, abi::ValueData { integer })
    }

    /// Stages the removal of a field.
    pub fn unset(&mut self, field: Field) -> Result<(), Error> {
        self.set(field, value_type::NULL, abi::ValueData { integer: 0 })
    }

    /// Leaves a note: stored with the outcome and handed back to [`crate::Plugin::settled`]. Needs `"stateful": true`.
    pub fn note(&mut self, bytes: &[u8]) -> Result<(), Error> {
        // SAFETY: the article is the one of this call; the note is copied.
        checked("leaving a note", unsafe { (self.host.raw().note)(self.raw, slice(bytes)) })
    }

    /// What is left of the deadline. At zero, answer [`Verdict::Retry`] and return.
    pub fn remaining(&self) -> Duration {
        // SAFETY: the article is the one of this call.
        let microseconds = unsafe { (self.host.raw().remaining_us)(self.raw) };
        Duration::from_micros(microseconds.max(0).unsigned_abs())
    }

    /// As [`Article::remaining`], but at zero an error that means RETRY: `let timeout = article.time_left()?;`
    pub fn time_left(&self) -> Result<Duration, Error> {
        match self.remaining() {
            Duration::ZERO => Err(Error::retry(RETRY_AFTER, "the deadline is over")),
            left => Ok(left),
        }
    }

    /// Tells the host what goes with the verdict and returns the verdict's form in the ABI.
    pub(crate) fn conclude(&mut self, verdict: &Verdict) -> abi::Verdict {
        let (code, retry_after_ms) = match verdict {
            Verdict::Pass => (abi::verdict::PASS, 0),
            Verdict::Drop { code, detail, of } => {
                self.explain(code, detail);
                self.refer(of);
                (abi::verdict::DROP, 0)
            }
            Verdict::Hold { owner } => {
                self.refer(owner);
                (abi::verdict::HOLD, 0)
            }
            Verdict::Retry { after, detail } => {
                self.explain("retry", detail);
                (abi::verdict::RETRY, u32::try_from(after.as_millis()).unwrap_or(u32::MAX))
            }
            Verdict::Reject { code, detail } => {
                self.explain(code, detail);
                (abi::verdict::REJECT, 0)
            }
        };
        abi::Verdict { code, retry_after_ms }
    }

    /// The host has nothing better to say when a reason is too long for it, so its answer is not looked at.
    pub(crate) fn explain(&mut self, code: &str, detail: &str) {
        // SAFETY: the article is the one of this call; both texts are copied.
        unsafe { (self.host.raw().reason)(self.raw, slice(code.as_bytes()), slice(detail.as_bytes())) };
    }

    /// An id the host does not take makes DROP a REJECT and HOLD a BROKEN there.
    fn refer(&mut self, id: &str) {
        // SAFETY: as in `explain`.
        unsafe { (self.host.raw().refer)(self.raw, slice(id.as_bytes())) };
    }

    fn get(&self, field: Field) -> Option<abi::Value> {
        let mut value = abi::Value { kind: value_type::NULL, reserved: 0, data: abi::ValueData { integer: 0 } };
        // SAFETY: the article is the one of this call; `value` is ours to write.
        let answer = unsafe { (self.host.raw().get)(self.raw, field.0, &raw mut value) };
        (answer == abi::OK).then_some(value)
    }

    fn slice(&self, field: Field, kind: u32) -> Option<&[u8]> {
        let value = self.get(field).filter(|value| value.kind == kind)?;
        // SAFETY: the kind says which member of the union is set.
        let slice = unsafe { value.data.slice };
        if slice.len == 0 {
            return Some(&[]);
        }
        // SAFETY: the host keeps the bytes until the field is set again, which needs `&mut self`, or the call ends.
        Some(unsafe { std::slice::from_raw_parts(slice.data, slice.len) })
    }

    fn set(&mut self, field: Field, kind: u32, data: abi::ValueData) -> Result<(), Error> {
        let value = abi::Value { kind, reserved: 0, data };
        // SAFETY: the article is the one of this call; the value is borrowed for it and copied.
        let answer = unsafe { (self.host.raw().set)(self.raw, field.0, &raw const value) };
        let name = abi::field::NAMES.get((field.0 as usize).wrapping_sub(1)).copied().unwrap_or("a custom field");
        checked(&format!("setting {name}"), answer)
    }
}

fn checked(doing: &str, answer: i32) -> Result<(), Error> {
    let why = match answer {
        abi::OK => return Ok(()),
        abi::ETYPE => "the host does not take this type or the text is not well formed",
        abi::EDENIED => "the manifest does not declare it",
        // A new instance would meet the same limit.
        abi::ELIMIT => return Err(Error::reject("too-large", format!("{doing}: it is larger than the host allows"))),
        abi::EFIELD => "there is no such field",
        _ => "the host refused",
    };
    Err(Error::new(format!("{doing}: {why}")))
}
