//! What the kit found wrong with a plugin, gathered from every function of the host. Decides nothing.

use std::sync::{Arc, Mutex, PoisonError};

/// Findings of one instance, shared by everything that watches it. Each is said once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings(Arc<Mutex<Vec<String>>>);

impl Findings {
    pub(crate) fn add(&self, finding: impl Into<String>) {
        let finding = finding.into();
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !list.contains(&finding) {
            list.push(finding);
        }
    }

    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
