//! The examination: everything a plugin must stand that the daemon, its configuration and its articles may do to it.
//!
//! Each part makes instances of its own. What a plugin decides is its business; that it keeps to the contract, never panics, and
//! decides the same twice is ours.

mod articles;
mod lifecycle;
mod settings;
mod state;
mod threads;

use serde_json::Value;

use crate::answer::Answer;
use crate::desk::Mood;
use crate::findings::Findings;
use crate::instance::{ALL, Instance};
use crate::subject::Subject;
use crate::value::Article;

/// Examines a plugin and returns everything that is wrong with it, one sentence each. `own` are articles of the author's that are
/// tried beside ours.
pub fn examine(subject: &Subject, own: &[Article]) -> Vec<String> {
    let mut found = subject.manifest.faults();
    let parts: [(&str, Part); 5] = [
        ("settings", settings::examine),
        ("articles", articles::examine),
        ("state", state::examine),
        ("threads", threads::examine),
        ("lifecycle", lifecycle::examine),
    ];
    for (name, part) in parts {
        let case = Case { subject, own, findings: Findings::default() };
        part(&case);
        found.extend(case.findings.take().into_iter().map(|finding| format!("{name}: {finding}")));
    }
    found
}

/// One part of the examination.
type Part = fn(&Case<'_>);

/// A part at work.
pub(crate) struct Case<'a> {
    pub(crate) subject: &'a Subject,
    pub(crate) own: &'a [Article],
    pub(crate) findings: Findings,
}

impl Case<'_> {
    /// The configuration under examination as the text create() gets.
    pub(crate) fn config(&self) -> String {
        Value::Object(self.subject.config.clone()).to_string()
    }

    /// An instance as the daemon makes it; its failure is a finding.
    pub(crate) fn started(&self) -> Option<Instance> {
        let made = Instance::create(self.subject, &self.config(), ALL, &self.findings).and_then(|mut instance| {
            instance.start()?;
            Ok(instance)
        });
        made.map_err(|why| self.findings.add(format!("it does not start with its default settings: {why}"))).ok()
    }

    /// The answer for one article from an instance.
    pub(crate) fn ask(&self, instance: &mut Instance, article: &Article) -> Answer {
        instance.process(&[article], Mood::default()).remove(0)
    }

    /// Articles that are what articles are: the author's own and a few of ours, each under an id that was never asked about.
    pub(crate) fn plain(&self) -> Vec<Article> {
        let mut plain: Vec<Article> = self.own.iter().map(Article::copy).collect();
        plain.extend(articles::plain());
        plain
    }
}
