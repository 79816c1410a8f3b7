//! What passes between the chain and a plugin, in the host's own types. No pointer and no C here.

use std::time::Duration;

use super::fields::FieldValue;
use crate::article::ArticleId;

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

impl Answer {
    pub(super) fn broken(detail: &str) -> Self {
        Answer { verdict: Verdict::Broken { detail: detail.to_owned() }, ..Answer::default() }
    }
}
