//! A stateful plugin as small as can be: which story was published first. A fold of the notes in the ledger, as plugins are told
//! to be; what is in flight is tentative, and its copies are held until it has its outcome.

use std::collections::BTreeMap;

use crate::article::ArticleId;
use crate::ledger::Ledger;
use crate::plugin::{NoteSource as _, Outcome};

pub(super) const NAME: &str = "fold";

/// What it knows.
#[derive(Clone, Default)]
pub(super) struct Fold {
    published: BTreeMap<String, ArticleId>,
    tentative: BTreeMap<String, ArticleId>,
    /// Up to where of the ledger.
    sequence: u64,
}

/// What it says of an article.
pub(super) enum Answer {
    Pass,
    Duplicate(ArticleId),
    Hold(ArticleId),
}

impl Fold {
    /// Goes on from a checkpoint with what was settled since.
    pub(super) fn replay(mut self, ledger: &Ledger) -> Self {
        let until = ledger.last_sequence().unwrap();
        let mut settled = |settlement: &crate::plugin::Settlement<'_>| {
            if settlement.outcome == Outcome::Published {
                let key = String::from_utf8(settlement.note.to_vec()).unwrap();
                self.published.insert(key, settlement.id.parse().unwrap());
            }
            Ok(())
        };
        ledger.notes().replay(NAME, self.sequence, until, &mut settled).unwrap();
        self.sequence = until;
        self
    }

    /// What it would write to its own file now.
    pub(super) fn checkpoint(&self) -> Self {
        Fold { tentative: BTreeMap::new(), ..self.clone() }
    }

    pub(super) fn ask(&mut self, id: ArticleId, key: &str) -> Answer {
        let other = |known: &BTreeMap<String, ArticleId>| known.get(key).copied().filter(|other| *other != id);
        if let Some(original) = other(&self.published) {
            return Answer::Duplicate(original);
        }
        if let Some(owner) = other(&self.tentative) {
            return Answer::Hold(owner);
        }
        self.tentative.insert(key.to_owned(), id);
        Answer::Pass
    }

    /// An article has its outcome.
    pub(super) fn settled(&mut self, id: ArticleId, published: Option<&str>, sequence: u64) {
        self.tentative.retain(|_, owner| *owner != id);
        if let Some(key) = published {
            self.published.insert(key.to_owned(), id);
        }
        self.sequence = sequence;
    }
}
