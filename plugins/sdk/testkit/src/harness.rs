//! One plugin in front of a small model of the daemon: articles go in, outcomes are told, restarts replay them. Every call is watched,
//! and what breaks the contract ends the test with a sentence.

use std::collections::BTreeMap;
use std::path::Path;

use warraq_plugin::{Exported, Level, Outcome, Settlement};

use crate::answer::Answer;
use crate::desk::Mood;
use crate::findings::Findings;
use crate::instance::{ALL, Instance};
use crate::subject::Subject;
use crate::value::Article;

/// A started plugin, its ledger, and the notes of what is in flight.
///
/// Every method panics if the plugin broke the contract during it, with everything that was found.
pub struct Harness {
    subject: Subject,
    instance: Option<Instance>,
    findings: Findings,
    ledger: Vec<Settled>,
    in_flight: BTreeMap<String, Vec<u8>>,
    log: Vec<(i32, String)>,
    mood: Mood,
}

/// One row of the ledger, as far as the plugin has a note on it.
#[derive(Clone, Debug)]
pub(crate) struct Settled {
    pub(crate) sequence: u64,
    pub(crate) id: String,
    pub(crate) outcome: Outcome,
    pub(crate) note: Vec<u8>,
}

impl Harness {
    /// Starts a Rust plugin with these settings over the defaults of its manifest: `json!({})` for none.
    pub fn of<P: Exported>(settings: serde_json::Value) -> Self {
        Harness::start(Subject::of::<P>().config(settings))
    }

    /// Starts the plugin in a shared object, in whatever language it was written.
    pub fn file(path: impl AsRef<Path>, settings: serde_json::Value) -> Self {
        let subject = Subject::file(path).unwrap_or_else(|fault| panic!("{fault}"));
        Harness::start(subject.config(settings))
    }

    /// Starts a plugin.
    pub fn start(subject: Subject) -> Self {
        let findings = Findings::default();
        let mut harness = Harness {
            subject,
            instance: None,
            findings,
            ledger: Vec::new(),
            in_flight: BTreeMap::new(),
            log: Vec::new(),
            mood: Mood::default(),
        };
        harness.restart();
        harness
    }

    /// Puts an article before the plugin.
    pub fn process(&mut self, article: &Article) -> Answer {
        let mood = self.mood;
        let answer = self.instance().process(&[article], mood).remove(0);
        if let Some(note) = &answer.note {
            self.in_flight.insert(article.id.clone(), note.clone());
        }
        self.watched();
        answer
    }

    /// The article is published: if the plugin left a note on it, it is told.
    pub fn publish(&mut self, article: &Article) {
        self.settle(article, Outcome::Published);
    }

    /// A later plugin found the article to be a duplicate.
    pub fn duplicate(&mut self, article: &Article) {
        self.settle(article, Outcome::Duplicate);
    }

    /// A later plugin refused the article.
    pub fn refuse(&mut self, article: &Article) {
        self.settle(article, Outcome::Quarantined);
    }

    /// Ends the instance and makes a new one, which is told what the ledger holds after its checkpoint, then what is in flight.
    /// As a restart of the daemon if nothing is in flight.
    pub fn restart(&mut self) {
        self.end();
        let config = serde_json::Value::Object(self.subject.config.clone()).to_string();
        let made = Instance::create(&self.subject, &config, ALL, &self.findings).and_then(|mut instance| {
            let after = instance.checkpoint();
            for row in self.ledger.iter().filter(|row| row.sequence > after) {
                instance.settled(&row.settlement())?;
            }
            for (id, note) in &self.in_flight {
                instance.settled(&Settlement { sequence: 0, id, outcome: Outcome::InFlight, note })?;
            }
            instance.start()?;
            Ok(instance)
        });
        match made {
            Ok(instance) => self.instance = Some(instance),
            Err(why) => panic!("{} does not start: {why}", self.subject.id()),
        }
        self.watched();
    }

    /// As [`Harness::restart`] after the whole daemon died: nothing is in flight any more.
    pub fn crash(&mut self) {
        self.in_flight.clear();
        self.restart();
    }

    /// Tells the plugin to put its state on disk.
    pub fn flush(&mut self) {
        if let Err(why) = self.instance().flush() {
            panic!("{}: flush() failed: {why}", self.subject.id());
        }
        self.watched();
    }

    /// The ledger position that the plugin's checkpoint reaches.
    pub fn checkpoint(&mut self) -> u64 {
        self.instance().checkpoint()
    }

    /// From now on the deadline is over before the plugin begins.
    pub fn expire_deadline(&mut self) {
        self.mood.remaining_us = Some(0);
    }

    /// What the plugin has said in the log since the harness was made.
    pub fn log(&self) -> Vec<(Level, String)> {
        let current = self.instance.as_ref().map(Instance::log).unwrap_or_default();
        self.log.iter().chain(&current).map(|(level, message)| (level_of(*level), message.clone())).collect()
    }

    /// The row the next outcome goes into. Tests of stateful plugins may want to know it.
    pub fn next_sequence(&self) -> u64 {
        self.ledger.last().map_or(1, |row| row.sequence + 1)
    }

    /// Tells the last outcome once more, as a replay does that begins too early.
    pub fn tell_again(&mut self) {
        for row in self.ledger.clone() {
            self.tell(&row);
        }
    }

    fn settle(&mut self, article: &Article, outcome: Outcome) {
        // The daemon tells a plugin only of articles that it left a note on.
        let Some(note) = self.in_flight.remove(&article.id) else { return };
        let row = Settled { sequence: self.next_sequence(), id: article.id.clone(), outcome, note };
        self.ledger.push(row.clone());
        self.tell(&row);
    }

    fn tell(&mut self, row: &Settled) {
        if let Err(why) = self.instance().settled(&row.settlement()) {
            panic!("{}: settled() failed: {why}", self.subject.id());
        }
        self.watched();
    }

    fn instance(&mut self) -> &mut Instance {
        self.instance.as_mut().expect("there is one from start() on")
    }

    fn end(&mut self) {
        if let Some(instance) = self.instance.take() {
            self.log.extend(instance.log());
        }
    }

    fn watched(&self) {
        let found = self.findings.take();
        assert!(found.is_empty(), "{} broke the contract:\n  {}", self.subject.id(), found.join("\n  "));
    }
}

impl Drop for Harness {
    fn drop(&mut self) {
        self.end();
        if !std::thread::panicking() {
            self.watched();
        }
    }
}

impl Settled {
    pub(crate) fn settlement(&self) -> Settlement<'_> {
        Settlement { sequence: self.sequence, id: &self.id, outcome: self.outcome, note: &self.note }
    }
}

fn level_of(level: i32) -> Level {
    [Level::Trace, Level::Debug, Level::Info, Level::Warn]
        .into_iter()
        .find(|known| *known as i32 == level)
        .unwrap_or(Level::Error)
}
