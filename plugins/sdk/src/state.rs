//! What a stateful plugin remembers, as a fold of the notes it left: told in ledger order, each once, and lost without harm.
//!
//! [`Fold`] keeps any state, [`Seen`] a set of keys. Both count only what was published; an article in flight is tentative, and what
//! was refused is forgotten. Neither ever counts a row of the ledger twice, in whatever order and however often rows are told.

mod seen;
mod snapshot;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Article, Error, Outcome, Settlement};
pub use seen::Seen;
use snapshot::Snapshot;

/// The state of a plugin: what [`Fold`] changes, once for every article.
///
/// ```
/// #[derive(Default, serde::Serialize, serde::Deserialize)]
/// struct ByLanguage(std::collections::BTreeMap<String, u64>);
///
/// impl warraq_plugin::State for ByLanguage {
///     type Note = String;
///
///     fn published(&mut self, _id: &str, language: &String) {
///         *self.0.entry(language.clone()).or_default() += 1;
///     }
/// }
/// ```
pub trait State: Default + Serialize + DeserializeOwned + Send + 'static {
    /// What it must know of an article. It is stored as JSON with the article's outcome, and read again by later versions of the
    /// plugin: add fields with `#[serde(default)]`, rename none.
    type Note: Serialize + DeserializeOwned + Send + 'static;

    /// An article with this note is published, durably.
    fn published(&mut self, id: &str, note: &Self::Note);

    /// An article with this note was refused, or found to be a duplicate by a later plugin. Most states do not care.
    fn refused(&mut self, id: &str, note: &Self::Note) {
        let _ = (id, note);
    }
}

/// What answers the stateful part of [`crate::Plugin`]: see [`crate::Plugin::memory`].
pub trait Memory: Send {
    /// As [`crate::Plugin::checkpoint`].
    fn checkpoint(&mut self) -> u64;

    /// As [`crate::Plugin::settled`].
    fn settled(&mut self, settlement: &Settlement<'_>) -> Result<(), Error>;

    /// As [`crate::Plugin::flush`].
    fn flush(&mut self) -> Result<(), Error>;
}

/// A [`State`] with its place in the ledger.
pub struct Fold<S: State> {
    state: S,
    /// Ledger position of the last row in `state`.
    sequence: u64,
    /// Notes of articles that have no outcome yet, by article id.
    in_flight: BTreeMap<String, S::Note>,
    snapshot: Option<Snapshot>,
    /// A panic of the state's own code may have left it half changed: it is never saved then.
    whole: bool,
}

impl<S: State> Default for Fold<S> {
    fn default() -> Self {
        Fold { state: S::default(), sequence: 0, in_flight: BTreeMap::new(), snapshot: None, whole: true }
    }
}

impl<S: State> Fold<S> {
    /// In memory only: every start replays all notes.
    pub fn new() -> Self {
        Fold::default()
    }

    /// With a snapshot in this folder, which no other plugin may use, so that a start replays only what came later. An empty path
    /// is [`Fold::new`]. A snapshot that is damaged or of another ledger is thrown away: everything in it is in the ledger.
    pub fn in_folder(folder: impl AsRef<Path>) -> Result<Self, Error> {
        if folder.as_ref().as_os_str().is_empty() {
            return Ok(Fold::new());
        }
        let mut snapshot = Snapshot::in_folder(folder.as_ref())?;
        let (sequence, state) = snapshot.load().unwrap_or_default();
        Ok(Fold { state, sequence, snapshot: Some(snapshot), ..Fold::default() })
    }

    /// What is published, and nothing else.
    pub fn published(&self) -> &S {
        &self.state
    }

    /// Notes of articles that passed and have no outcome yet, by article id. They may still be refused.
    pub fn in_flight(&self) -> impl Iterator<Item = (&str, &S::Note)> {
        self.in_flight.iter().map(|(id, note)| (id.as_str(), note))
    }

    /// Leaves a note on an article that is going to pass.
    pub fn note(&mut self, article: &mut Article<'_>, note: S::Note) -> Result<(), Error> {
        self.check_ledger(article.id())?;
        article.note(&serde_json::to_vec(&note)?)?;
        self.in_flight.insert(article.id().to_owned(), note);
        Ok(())
    }

    /// Takes the note of an article back, if it left one: it may be asked about twice, and not pass the second time.
    pub fn forget(&mut self, article: &Article<'_>) -> Result<Option<S::Note>, Error> {
        self.check_ledger(article.id())?;
        Ok(self.in_flight.remove(article.id()))
    }

    /// A snapshot of another ledger would count what was never published here, and miss what was.
    fn check_ledger(&mut self, id: &str) -> Result<(), Error> {
        match &mut self.snapshot {
            Some(snapshot) => snapshot.check_ledger(id),
            None => Ok(()),
        }
    }

    /// Reads a settlement. `None` if it changes nothing.
    fn read(&mut self, settlement: &Settlement<'_>) -> Result<Option<S::Note>, Error> {
        self.check_ledger(settlement.id)?;
        let is_old = settlement.outcome != Outcome::InFlight && settlement.sequence <= self.sequence;
        // An article that went on without this plugin has an empty note.
        if is_old || settlement.note.is_empty() {
            return Ok(None);
        }
        let note = serde_json::from_slice(settlement.note);
        note.map(Some).map_err(|error| {
            let place = format!("{} in row {}", settlement.id, settlement.sequence);
            Error::new(format!("the note on {place} does not read; was it left by another version? {error}"))
        })
    }
}

impl<S: State> Memory for Fold<S> {
    fn checkpoint(&mut self) -> u64 {
        self.sequence
    }

    fn settled(&mut self, settlement: &Settlement<'_>) -> Result<(), Error> {
        let note = self.read(settlement)?;
        if settlement.outcome == Outcome::InFlight {
            self.in_flight.extend(note.map(|note| (settlement.id.to_owned(), note)));
            return Ok(());
        }
        self.in_flight.remove(settlement.id);
        if settlement.sequence <= self.sequence {
            return Ok(());
        }
        self.whole = false;
        match (settlement.outcome, note) {
            (Outcome::Published, Some(note)) => self.state.published(settlement.id, &note),
            (_, Some(note)) => self.state.refused(settlement.id, &note),
            (_, None) => {}
        }
        self.whole = true;
        self.sequence = settlement.sequence;
        match &mut self.snapshot {
            Some(snapshot) if snapshot.is_due(self.sequence) => snapshot.save(self.sequence, &self.state),
            _ => Ok(()),
        }
    }

    fn flush(&mut self) -> Result<(), Error> {
        match &mut self.snapshot {
            Some(snapshot) if self.whole => snapshot.save(self.sequence, &self.state),
            _ => Ok(()),
        }
    }
}
