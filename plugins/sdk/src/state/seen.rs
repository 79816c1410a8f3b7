//! A set of keys, each with the article that was published under it. Never says DROP for an article that is still in flight.

use std::collections::HashMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::state::{Fold, Memory, State};
use crate::{Article, Error, Outcome, Settlement, Verdict};

/// Lets one article for each key through: the second is dropped if the first is published, and waits while it is in flight.
///
/// All keys are in memory, about 100 bytes and the key each.
#[derive(Default)]
pub struct Seen {
    fold: Fold<Keys>,
    /// Which article in flight has a key.
    owners: HashMap<String, String>,
}

/// Keys of published articles with their ids.
#[derive(Default, Serialize, Deserialize)]
struct Keys(HashMap<String, String>);

impl State for Keys {
    type Note = String;

    fn published(&mut self, id: &str, key: &String) {
        // Another may have slipped through while the plugin was skipped: the first stays the original.
        self.0.entry(key.clone()).or_insert_with(|| id.to_owned());
    }
}

impl Seen {
    /// As [`Fold::new`].
    pub fn new() -> Self {
        Seen::default()
    }

    /// As [`Fold::in_folder`].
    pub fn in_folder(folder: impl AsRef<Path>) -> Result<Self, Error> {
        Ok(Seen { fold: Fold::in_folder(folder)?, owners: HashMap::new() })
    }

    /// The verdict for an article with this key: PASS with a note left on it, DROP as `code` (`[a-z-]+`), or HOLD.
    pub fn claim(&mut self, article: &mut Article<'_>, key: &str, code: &str) -> Result<Verdict, Error> {
        // It may have been asked about before, in a chain that broke later on.
        if let Some(former) = self.fold.forget(article)? {
            self.release(&former, article.id());
        }
        if let Some(of) = self.published(key) {
            return Ok(Verdict::Drop {
                code: code.to_owned(),
                detail: format!("{key} was published"),
                of: of.to_owned(),
            });
        }
        if let Some(owner) = self.owners.get(key) {
            return Ok(Verdict::Hold { owner: owner.clone() });
        }
        self.fold.note(article, key.to_owned())?;
        self.owners.insert(key.to_owned(), article.id().to_owned());
        Ok(Verdict::Pass)
    }

    /// The article that was published under a key.
    pub fn published(&self, key: &str) -> Option<&str> {
        self.fold.published().0.get(key).map(String::as_str)
    }

    /// How many keys are published.
    pub fn len(&self) -> usize {
        self.fold.published().0.len()
    }

    /// Is none?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn release(&mut self, key: &str, id: &str) {
        if self.owners.get(key).is_some_and(|owner| owner == id) {
            self.owners.remove(key);
        }
    }
}

impl Memory for Seen {
    fn checkpoint(&mut self) -> u64 {
        self.fold.checkpoint()
    }

    fn settled(&mut self, settlement: &Settlement<'_>) -> Result<(), Error> {
        if let Some(key) = self.fold.in_flight.get(settlement.id).cloned() {
            self.release(&key, settlement.id);
        }
        self.fold.settled(settlement)?;
        if settlement.outcome == Outcome::InFlight
            && let Some(key) = self.fold.in_flight.get(settlement.id)
        {
            self.owners.entry(key.clone()).or_insert_with(|| settlement.id.to_owned());
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.fold.flush()
    }
}
