//! Where plugin instances live and run: one lane per worker, with the instances that workers share behind locks.
//!
//! This is the one seam between the chain and the plugins. Instances run in this process today; a lane in a child process
//! answers the same three questions: process an article, renew an instance, tell an outcome.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thiserror::Error;

use super::contract::{Answer, Outcome, Settlement};
use super::fields::{FieldNames, Fields};
use super::instance::Instance;
use super::load::Plugin;
use super::manifest::Threading;

/// A plugin in its place in the chain.
#[derive(Clone)]
pub struct Step {
    /// The plugin.
    pub plugin: Arc<Plugin>,
    names: Arc<FieldNames>,
    /// The one instance of a serial plugin; `None` for plugins with an instance per worker.
    shared: Option<Arc<Mutex<Shared>>>,
}

/// The instance of a serial plugin with what is needed to replace it.
struct Shared {
    /// `None` after a replacement failed; every call then reports it.
    instance: Option<Instance>,
    /// Notes of articles that have passed the plugin and have no outcome yet, by article id.
    in_flight: BTreeMap<String, Vec<u8>>,
    /// Ledger position up to which this plugin has been told.
    told: u64,
}

/// A plugin cannot be instantiated.
#[derive(Debug, Error)]
#[error("plugin {name} does not start: {problem}")]
pub struct InstanceError {
    /// Its name in the configuration.
    pub name: String,
    /// Its own text.
    pub problem: String,
}

/// Where the notes of settled articles are read from: the ledger, or nothing where there is none.
pub trait NoteSource: Send + Sync {
    /// Calls `each` for every settled article with `after < sequence <= until`, in order, with the note of `plugin`.
    fn replay(
        &self,
        plugin: &str,
        after: u64,
        until: u64,
        each: &mut dyn FnMut(&Settlement<'_>) -> Result<(), String>,
    ) -> Result<(), String>;
}

/// One worker's view of the chain's instances.
pub struct Lane {
    steps: Vec<(Step, Option<Instance>)>,
    notes: Arc<dyn NoteSource>,
    bytes_max: usize,
}

impl Step {
    /// Puts a plugin in its place. A serial plugin gets its instance here, told of everything settled up to `until`.
    pub fn new(
        plugin: Arc<Plugin>,
        names: Arc<FieldNames>,
        notes: &dyn NoteSource,
        until: u64,
    ) -> Result<Self, InstanceError> {
        let mut step = Step { plugin, names, shared: None };
        if step.plugin.manifest.threading == Threading::Serial {
            let mut shared = Shared { instance: None, in_flight: BTreeMap::new(), told: until };
            step.revive(&mut shared, notes)?;
            step.shared = Some(Arc::new(Mutex::new(shared)));
        }
        Ok(step)
    }

    /// Tells a stateful plugin that an article has its outcome. An instance that fails here is replaced at its next article.
    pub fn settled(&self, settlement: &Settlement<'_>) {
        let Some(mut shared) = self.lock().filter(|_| self.plugin.manifest.stateful) else { return };
        shared.in_flight.remove(settlement.id);
        shared.told = settlement.sequence;
        let told = shared.instance.as_mut().map_or(Ok(()), |instance| instance.settled(settlement));
        if let Err(error) = told {
            tracing::warn!(plugin = self.plugin.name, error, "plugin did not take an outcome; making a new instance");
            shared.instance = None;
        }
    }

    fn lock(&self) -> Option<MutexGuard<'_, Shared>> {
        self.shared.as_deref().map(|shared| shared.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn instantiate(&self) -> Result<Instance, String> {
        Instance::create(Arc::clone(&self.plugin), Arc::clone(&self.names))
    }

    /// A new instance of a serial plugin: first everything settled, then what is still in flight, then `start`.
    fn revive(&self, shared: &mut Shared, notes: &dyn NoteSource) -> Result<(), InstanceError> {
        let fail = |problem: String| InstanceError { name: self.plugin.name.clone(), problem };
        shared.instance = None;
        let mut instance = self.instantiate().map_err(fail)?;
        if self.plugin.manifest.stateful {
            let after = instance.checkpoint();
            notes
                .replay(&self.plugin.name, after, shared.told, &mut |settlement| instance.settled(settlement))
                .map_err(fail)?;
            for (id, note) in &shared.in_flight {
                instance.settled(&Settlement { sequence: 0, id, outcome: Outcome::InFlight, note }).map_err(fail)?;
            }
        }
        instance.start().map_err(fail)?;
        shared.instance = Some(instance);
        Ok(())
    }
}

impl Lane {
    /// Makes one worker's instances.
    pub fn new(steps: &[Step], notes: Arc<dyn NoteSource>, bytes_max: usize) -> Result<Self, InstanceError> {
        let mut lane = Lane { steps: steps.iter().map(|step| (step.clone(), None)).collect(), notes, bytes_max };
        for index in 0..lane.steps.len() {
            if lane.steps[index].0.shared.is_none() {
                lane.renew(index)?;
            }
        }
        Ok(lane)
    }

    /// The plugins in order.
    pub fn plugins(&self) -> impl ExactSizeIterator<Item = &Arc<Plugin>> {
        self.steps.iter().map(|(step, _)| &step.plugin)
    }

    /// Lets the plugin at `index` look at an article.
    pub fn process(&mut self, index: usize, id: &str, fields: &Fields) -> Answer {
        let (step, own) = &mut self.steps[index];
        let Some(mut shared) = step.lock() else {
            return answer(own.as_mut(), fields, self.bytes_max);
        };
        if shared.instance.is_none()
            && let Err(error) = step.revive(&mut shared, &*self.notes)
        {
            tracing::warn!(plugin = step.plugin.name, %error, "no instance of the plugin");
        }
        let answer = answer(shared.instance.as_mut(), fields, self.bytes_max);
        if let Some(note) = &answer.note {
            shared.in_flight.insert(id.to_owned(), note.clone());
        }
        answer
    }

    /// Throws the instance at `index` away and makes a new one.
    pub fn renew(&mut self, index: usize) -> Result<(), InstanceError> {
        let (step, own) = &mut self.steps[index];
        if let Some(mut shared) = step.lock() {
            return step.revive(&mut shared, &*self.notes);
        }
        *own = None;
        let fail = |problem: String| InstanceError { name: step.plugin.name.clone(), problem };
        let mut instance = step.instantiate().map_err(fail)?;
        instance.start().map_err(fail)?;
        *own = Some(instance);
        Ok(())
    }
}

fn answer(instance: Option<&mut Instance>, fields: &Fields, bytes_max: usize) -> Answer {
    match instance {
        Some(instance) => instance.process(fields, bytes_max),
        None => Answer::broken("there is no instance of it"),
    }
}
