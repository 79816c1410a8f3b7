//! At start: what claim folder, stage folder and ledger say together, and what is to be done about it.
//!
//! Every step may be cut off and done again. No plugin is needed for anything that has a row in the ledger.
//!
//! | claim | row | stage | do |
//! |---|---|---|---|
//! | yes | no | no | run again |
//! | yes | no | yes | remove the stage file, run again |
//! | yes | yes | yes | publish, retire |
//! | yes | yes | no | retire |
//! | no | yes | yes | publish: a power cut undid the rename |
//! | no | no | yes | remove the stage file: the file is back in the inbox |

use std::collections::HashSet;

use crate::article::{ArticleId, shown};
use crate::books;
use crate::claim::{self, Claimed, copy};
use crate::halt::Halt;
use crate::ledger::{Fate, Ledger};
use crate::poison::Suspects;
use crate::quarantine;
use crate::shop::Shop;

/// A claimed file that has to be run again.
#[derive(Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// The claim.
    pub claimed: Claimed,
    /// Positions of its articles that already have their outcome.
    pub decided: HashSet<ArticleId>,
    /// What of it was in hand when the daemon died; to be run before anything else, alone.
    pub suspects: Suspects,
}

impl Unfinished {
    /// A file of which nothing is decided.
    pub fn new(claimed: Claimed) -> Self {
        Unfinished { claimed, decided: HashSet::new(), suspects: Suspects::new() }
    }
}

/// What recovery did.
#[derive(Debug, Default)]
pub struct Recovery {
    /// To be run again, oldest first.
    pub unfinished: Vec<Unfinished>,
    /// The highest submission number in use.
    pub last_submission: u64,
    /// Outcomes made visible that had been committed before.
    pub published: usize,
    /// Files moved to their last place.
    pub retired: usize,
    /// Stage files without a row that were removed.
    pub discarded: usize,
}

/// Puts right what the last run left behind.
pub fn recover(shop: &Shop, ledger: &Ledger) -> Result<Recovery, Halt> {
    let mut recovery = Recovery { last_submission: ledger.last_submission()?, ..Recovery::default() };
    copy::recover(shop, ledger)?;
    finish_staged(shop, ledger, &mut recovery)?;
    for claimed in claim::unfinished(shop)? {
        if claimed.id.epoch == ledger.epoch() {
            recovery.last_submission = recovery.last_submission.max(claimed.id.number);
        }
        finish_claim(shop, ledger, claimed, &mut recovery)?;
    }
    shop.outbox.sync()?;
    shop.quarantine.sync()?;
    Ok(recovery)
}

fn finish_staged(shop: &Shop, ledger: &Ledger, recovery: &mut Recovery) -> Result<(), Halt> {
    let failed = |error| shop.stage.halt("cannot list", b"", error);
    let staged = shop.stage.names().map_err(failed)?.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    for name in staged {
        let id = std::str::from_utf8(&name).ok().and_then(|name| name.parse::<ArticleId>().ok());
        let entry = id.map(|id| ledger.entry(id)).transpose()?.flatten();
        match entry {
            Some(entry) if !matches!(entry.fate, Fate::Duplicate { .. }) => {
                books::publish(shop, &entry)?;
                recovery.published += 1;
            }
            _ => {
                tracing::debug!(name = shown(&name), "removing a stage file without an outcome");
                quarantine::discard_staged(shop, &name)?;
                recovery.discarded += 1;
            }
        }
    }
    Ok(())
}

fn finish_claim(shop: &Shop, ledger: &Ledger, claimed: Claimed, recovery: &mut Recovery) -> Result<(), Halt> {
    let entries = ledger.entries(claimed.id)?;
    match entries.last() {
        // More rows than articles: it was decoded anew under other limits.
        Some(last) if entries.len() >= last.articles as usize => {
            books::retire(shop, &claimed, last)?;
            recovery.retired += 1;
        }
        _ => {
            let decided = entries.into_iter().map(|entry| entry.id).collect();
            recovery.unfinished.push(Unfinished { decided, ..Unfinished::new(claimed) });
        }
    }
    Ok(())
}
