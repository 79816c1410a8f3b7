//! Hands an article to each plugin in order; the first refusal ends the walk. Decides what an answer means; changes no text.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use thiserror::Error;
use warraq_abi::field;

use crate::article::{ArticleId, Document};
use crate::config::{self, OnFailure};
use crate::fault::Fault;
use crate::plugin::{
    FieldNames, FieldValue, Fields, InstanceError, Lane, LoadError, NoteSource, Plugin, Settlement, Step, Verdict, load,
};
use crate::source::Source;

/// Longest time a plugin may put an article off for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(600);

/// The plugins of one configuration, loaded and in order.
pub struct Chain {
    steps: Vec<Step>,
    names: Arc<FieldNames>,
    notes: Arc<dyn NoteSource>,
    article_bytes_max: usize,
}

/// Why the chain cannot be built.
#[derive(Debug, Error)]
pub enum ChainError {
    /// A plugin does not load.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A plugin does not start.
    #[error(transparent)]
    Instance(#[from] InstanceError),
}

/// An article on its way through the chain.
#[derive(Debug)]
pub struct Article {
    /// Its identity.
    pub id: ArticleId,
    /// Where it came from.
    pub source: Source,
    /// What is known of it.
    pub fields: Fields,
    /// What each plugin did.
    pub trace: Vec<TraceStep>,
    /// Notes of stateful plugins, by plugin name.
    pub notes: Vec<(String, Vec<u8>)>,
    /// The plugin that is asked next.
    next: usize,
    /// How often a plugin has asked for time.
    retries: u32,
}

/// What one plugin did with the article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TraceStep {
    /// Its name in the configuration.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// `pass`, or `skipped` when it failed and the article went on without it.
    pub verdict: &'static str,
    /// How long it took.
    pub microseconds: u64,
}

/// How a walk ended.
#[derive(Debug)]
pub enum Walk {
    /// Every plugin passed it.
    Passed,
    /// It repeats a published article.
    Duplicate {
        /// That article.
        of: ArticleId,
        /// Which plugin said so.
        plugin: String,
        /// Its sentence.
        detail: String,
    },
    /// To be walked on once this article has its outcome.
    Held {
        /// That article.
        owner: ArticleId,
        /// Which plugin said so.
        plugin: String,
    },
    /// To be walked on after a while.
    Later {
        /// How long.
        after: Duration,
        /// Which plugin said so.
        plugin: String,
    },
    /// Refused.
    Refused(Fault),
    /// A plugin failed whose failure stops the daemon.
    Halted {
        /// Which plugin.
        plugin: String,
        /// What it said last.
        detail: String,
    },
}

impl Chain {
    /// Loads the configured plugins; stateful ones are told of everything settled up to `until`. Reports all that is wrong.
    pub fn load(config: &config::Config, notes: Arc<dyn NoteSource>, until: u64) -> Result<Self, Vec<ChainError>> {
        let names = Arc::new(FieldNames::default());
        let (mut plugins, mut errors) = (Vec::new(), Vec::new());
        for wanted in &config.plugins {
            match load(wanted, &config.plugin_directories, &names) {
                Ok(plugin) => plugins.push(Arc::new(plugin)),
                Err(problems) => errors.extend(problems.into_iter().map(ChainError::from)),
            }
        }
        // Instances are made only of a chain that is whole: creating one may be slow or have effects.
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut chain = Chain { steps: Vec::new(), names, notes, article_bytes_max: config.chain.article_bytes_max };
        for plugin in plugins {
            match Step::new(plugin, Arc::clone(&chain.names), &*chain.notes, until) {
                Ok(step) => chain.steps.push(step),
                Err(error) => errors.push(error.into()),
            }
        }
        // One lane is made and thrown away: what does not start must be known before the daemon says that it is ready.
        if errors.is_empty()
            && let Err(error) = chain.lane()
        {
            errors.push(error.into());
        }
        if errors.is_empty() { Ok(chain) } else { Err(errors) }
    }

    /// One worker's instances.
    pub fn lane(&self) -> Result<Lane, InstanceError> {
        Lane::new(&self.steps, Arc::clone(&self.notes), self.article_bytes_max)
    }

    /// The loaded plugins in order.
    pub fn plugins(&self) -> impl Iterator<Item = &Plugin> {
        self.steps.iter().map(|step| &*step.plugin)
    }

    /// The names of custom fields.
    pub fn names(&self) -> &FieldNames {
        &self.names
    }

    /// Tells one stateful plugin of an outcome.
    pub fn settled(&self, plugin: &str, settlement: &Settlement<'_>) {
        for step in self.steps.iter().filter(|step| step.plugin.name == plugin) {
            step.settled(settlement);
        }
    }
}

impl Article {
    /// An article at the head of the chain.
    pub fn new(id: ArticleId, source: Source, document: Document) -> Self {
        let mut fields = Fields::default();
        // An empty string in a file says no more than a missing key.
        let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let mut text = |field, text: Option<String>| fields.set(field, given(text).map(FieldValue::Text));
        text(field::ID, Some(id.to_string()));
        text(field::BODY, Some(document.text));
        text(field::HEADLINE, document.headline);
        text(field::BYLINE, document.byline);
        text(field::LANGUAGE, document.language);
        fields.set(field::SOURCE, Some(FieldValue::Json(source.to_json())));
        let published =
            given(document.published).map(|date| serde_json::json!({ "date": date, "basis": "source" }).to_string());
        fields.set(field::PUBLISHED, published.map(FieldValue::Json));
        Article { id, source, fields, trace: Vec::new(), notes: Vec::new(), next: 0, retries: 0 }
    }

    fn apply(&mut self, edits: Vec<(u32, Option<FieldValue>)>) {
        for (field, value) in edits {
            self.fields.set(field, value);
        }
    }

    fn keep_note(&mut self, plugin: &str, note: Option<Vec<u8>>) {
        if let Some(note) = note {
            self.notes.push((plugin.to_owned(), note));
        }
    }

    fn step_done(&mut self, plugin: &Plugin, verdict: &'static str, took: Duration) {
        self.trace.push(TraceStep {
            plugin: plugin.name.clone(),
            version: plugin.manifest.version.clone(),
            verdict,
            microseconds: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        });
        self.next += 1;
    }
}

/// Walks an article on from where it stands. A plugin may ask for time `retries_max` times in all.
pub fn walk(lane: &mut Lane, article: &mut Article, retries_max: u32) -> Walk {
    let id = article.id.to_string();
    // Whatever is said below, by us or by a plugin, is said of this article.
    let _span = tracing::info_span!("article", id, name = article.source.name).entered();
    let mut renewed = false;
    loop {
        let Some(plugin) = lane.plugins().nth(article.next).cloned() else { return Walk::Passed };
        let began = Instant::now();
        let answer = lane.process(article.next, &id, &article.fields);
        let took = began.elapsed();
        if took > plugin.deadline {
            tracing::warn!(plugin = plugin.name, ?took, deadline = ?plugin.deadline, "plugin was over its deadline");
        }
        match answer.verdict {
            Verdict::Pass => {
                article.apply(answer.edits);
                article.keep_note(&plugin.name, answer.note);
                article.step_done(&plugin, "pass", took);
                renewed = false;
            }
            Verdict::Drop { detail, of } => return Walk::Duplicate { of, plugin: plugin.name.clone(), detail },
            Verdict::Hold { owner } if owner == article.id => {
                let detail = "it holds the article for itself".to_owned();
                return Walk::Refused(Fault::PluginBroken { plugin: plugin.name.clone(), detail });
            }
            Verdict::Hold { owner } => return Walk::Held { owner, plugin: plugin.name.clone() },
            Verdict::Reject { code, detail } => {
                return Walk::Refused(Fault::Rejected { plugin: plugin.name.clone(), code, detail });
            }
            Verdict::Retry { after, .. } if article.retries < retries_max => {
                article.retries += 1;
                let after = after.min(RETRY_AFTER_MAX);
                return Walk::Later { after, plugin: plugin.name.clone() };
            }
            Verdict::Retry { detail, .. } => {
                let fault = Fault::RetriesExhausted { plugin: plugin.name.clone(), retries: article.retries, detail };
                match failed(&plugin, fault) {
                    Some(end) => return end,
                    None => article.step_done(&plugin, "skipped", took),
                }
            }
            // The instance may be to blame rather than the article: one more try with a new one.
            Verdict::Broken { detail } if !renewed => {
                tracing::warn!(plugin = plugin.name, detail, "plugin failed; trying again with a new instance");
                renewed = true;
                renew(lane, article.next);
            }
            Verdict::Broken { detail } => {
                renew(lane, article.next);
                match failed(&plugin, Fault::PluginBroken { plugin: plugin.name.clone(), detail }) {
                    Some(end) => return end,
                    None => article.step_done(&plugin, "skipped", took),
                }
                renewed = false;
            }
        }
    }
}

/// What the plugin's `on_failure` says; `None` is to go on without it.
fn failed(plugin: &Plugin, fault: Fault) -> Option<Walk> {
    match plugin.on_failure {
        OnFailure::Quarantine => Some(Walk::Refused(fault)),
        OnFailure::Skip => {
            tracing::warn!(plugin = plugin.name, %fault, "going on without the plugin");
            None
        }
        OnFailure::Halt => Some(Walk::Halted { plugin: plugin.name.clone(), detail: fault.to_string() }),
    }
}

/// If no instance can be made, the next article finds none and fails with that text.
fn renew(lane: &mut Lane, index: usize) {
    if let Err(error) = lane.renew(index) {
        tracing::error!(%error, "no new instance of the plugin");
    }
}
