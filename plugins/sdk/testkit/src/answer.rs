//! What a plugin answered for one article.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::value::Value;

/// A plugin's answer for one article.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The verdict with what was said about it.
    pub verdict: Verdict,
    /// Staged edits by field; `None` unsets. The daemon keeps them on [`Verdict::Pass`] only, so there are none otherwise.
    pub edits: BTreeMap<String, Option<Value>>,
    /// The note left on the article, under the same rule.
    pub note: Option<Vec<u8>>,
}

/// As in the header, with the texts that go with each.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in warraq_plugin::Verdict")]
pub enum Verdict {
    Pass,
    Drop { code: String, detail: String, of: String },
    Hold { owner: String },
    Retry { after: Duration, detail: String },
    Reject { code: String, detail: String },
    Broken { detail: String },
}

impl Answer {
    /// Did it pass?
    pub fn passed(&self) -> bool {
        self.verdict == Verdict::Pass
    }

    /// The code of a REJECT.
    pub fn rejected(&self) -> Option<&str> {
        match &self.verdict {
            Verdict::Reject { code, .. } => Some(code),
            _ => None,
        }
    }

    /// The published article that a DROP names.
    pub fn duplicate_of(&self) -> Option<&str> {
        match &self.verdict {
            Verdict::Drop { of, .. } => Some(of),
            _ => None,
        }
    }

    /// The article that a HOLD waits for.
    pub fn held_for(&self) -> Option<&str> {
        match &self.verdict {
            Verdict::Hold { owner } => Some(owner),
            _ => None,
        }
    }

    /// How long a RETRY wants to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match &self.verdict {
            Verdict::Retry { after, .. } => Some(*after),
            _ => None,
        }
    }

    /// Why the instance says that it is unusable.
    pub fn broken(&self) -> Option<&str> {
        match &self.verdict {
            Verdict::Broken { detail } => Some(detail),
            _ => None,
        }
    }

    /// The value a field was set to.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.edits.get(field)?.as_ref()
    }

    /// The text a field was set to.
    pub fn text(&self, field: &str) -> Option<&str> {
        match self.get(field)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The JSON a field was set to.
    pub fn json(&self, field: &str) -> Option<&serde_json::Value> {
        match self.get(field)? {
            Value::Json(json) => Some(json),
            _ => None,
        }
    }

    /// The whole number a field was set to.
    pub fn integer(&self, field: &str) -> Option<i64> {
        match self.get(field)? {
            Value::Integer(integer) => Some(*integer),
            _ => None,
        }
    }
}
