//! Removes originals, and refusals if told to, that have been kept long enough: slowly, since removing files is what disturbs a
//! disk most. It touches only what bears one of our ids, and never a record, a claim or the ledger.

use std::sync::Arc;
use std::time::Duration;

use rustix::io::Errno;
use time::{Date, OffsetDateTime};

use crate::article::{ArticleId, SubmissionId, shown};
use crate::config;
use crate::shop::{Folder, Shop};
use crate::space::Wait;

/// Where a disk discards what is removed, one removal can take 3 ms, and everything else waits for it.
const DELETIONS_PER_SECOND_MAX: u32 = 50;
/// How long to wait after one pass for the next.
pub const PASS_EVERY: Duration = Duration::from_secs(600);
/// Day folders stay for so long even when empty: an original may be on its way into one.
const EMPTY_FOLDER_DAYS: u32 = 2;

/// What is kept for how long.
#[derive(Debug)]
pub struct Retention {
    shop: Arc<Shop>,
    config: config::Retention,
}

/// What a pass has removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Originals from the archive.
    pub originals: u64,
    /// Folders from the quarantine.
    pub refusals: u64,
}

/// The pass ends before its time.
enum Cut {
    /// It was told to.
    Stopped,
    Failed(Errno),
}

impl From<Errno> for Cut {
    fn from(error: Errno) -> Self {
        Cut::Failed(error)
    }
}

impl Retention {
    /// For the folders of a shop.
    pub fn new(shop: &Arc<Shop>, config: &config::Retention) -> Self {
        Retention { shop: Arc::clone(shop), config: config.clone() }
    }

    /// Walks through archive and quarantine once. `wait` is called after each removal, and ends the pass by saying `false`.
    pub fn pass(&self, now: OffsetDateTime, wait: &mut Wait<'_>) -> Removed {
        let mut removed = Removed::default();
        let ended = self.archive(now, wait, &mut removed.originals);
        let ended = self.said(&self.shop.archive, ended).and_then(|()| {
            let ended = self.quarantine(now, wait, &mut removed.refusals);
            self.said(&self.shop.quarantine, ended)
        });
        if removed != Removed::default() {
            let Removed { originals, refusals } = removed;
            tracing::info!(originals, refusals, finished = ended.is_some(), "removed what was kept long enough");
        }
        removed
    }

    /// `None` if the pass shall end.
    fn said(&self, folder: &Folder, ended: Result<(), Cut>) -> Option<()> {
        match ended {
            Ok(()) => Some(()),
            Err(Cut::Stopped) => None,
            Err(Cut::Failed(error)) => {
                tracing::warn!(folder = %folder.path().display(), %error, "cannot remove what was kept long enough; trying again later");
                Some(())
            }
        }
    }

    fn archive(&self, now: OffsetDateTime, wait: &mut Wait<'_>, removed: &mut u64) -> Result<(), Cut> {
        for name in self.shop.archive.names()? {
            let name = name?;
            let Some(day) = day(&name) else { continue };
            let age = (now.date() - day).whole_days();
            if age < 0 || age < i64::from(self.config.archive_days) {
                continue;
            }
            let Some(folder) = self.shop.archive.found_subfolder(&name)? else { continue };
            for original in folder.names()? {
                let original = original?;
                if is_archived(&original) && gone(folder.remove(&original))? {
                    *removed += 1;
                    pace(wait)?;
                }
            }
            if age >= i64::from(EMPTY_FOLDER_DAYS) {
                gone(self.shop.archive.remove_folder(&name))?;
            }
        }
        Ok(())
    }

    fn quarantine(&self, now: OffsetDateTime, wait: &mut Wait<'_>, removed: &mut u64) -> Result<(), Cut> {
        if self.config.quarantine_days == 0 {
            return Ok(());
        }
        let oldest = now.unix_timestamp() - i64::from(self.config.quarantine_days) * 24 * 3600;
        for name in self.shop.quarantine.names()? {
            let name = name?;
            if !is_refusal(&name) || changed(&self.shop.quarantine, &name)? > oldest {
                continue;
            }
            let Some(folder) = self.shop.quarantine.found_subfolder(&name)? else { continue };
            // What somebody put there beside ours, a folder say, stays, and its folder with it.
            for file in folder.names()? {
                if gone(folder.remove(&file?))? {
                    pace(wait)?;
                }
            }
            if gone(self.shop.quarantine.remove_folder(&name))? {
                tracing::debug!(folder = shown(&name), "refusal removed");
                *removed += 1;
            }
        }
        Ok(())
    }
}

fn pace(wait: &mut Wait<'_>) -> Result<(), Cut> {
    if wait(Duration::from_secs(1) / DELETIONS_PER_SECOND_MAX) { Ok(()) } else { Err(Cut::Stopped) }
}

/// `false` if it is of another kind, not empty, or gone already.
fn gone(removed: Result<(), Errno>) -> Result<bool, Errno> {
    match removed {
        Ok(()) => Ok(true),
        Err(Errno::NOENT | Errno::ISDIR | Errno::NOTDIR | Errno::NOTEMPTY | Errno::EXIST) => Ok(false),
        Err(error) => Err(error),
    }
}

/// When something was last put into a folder or taken out, in seconds since 1970.
fn changed(folder: &Folder, name: &[u8]) -> Result<i64, Errno> {
    match folder.look(name) {
        Ok(stat) => Ok(stat.modified.0),
        Err(Errno::NOENT) => Ok(i64::MAX),
        Err(error) => Err(error),
    }
}

/// The day a folder of the archive is of: `2016-07-15`.
fn day(name: &[u8]) -> Option<Date> {
    let text = std::str::from_utf8(name).ok().filter(|text| text.len() == "2016-07-15".len())?;
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let month = time::Month::try_from(month.parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()
}

/// `<id>.<name>`, as `books` names originals.
fn is_archived(name: &[u8]) -> bool {
    let id = name.split(|byte| *byte == b'.').next().and_then(|id| std::str::from_utf8(id).ok());
    id.is_some_and(|id| id.parse::<SubmissionId>().is_ok())
}

/// `<stem>.<id>`, as `quarantine` names folders; the id of an article of several has a dot in it.
fn is_refusal(name: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(name) else { return false };
    let dots = text.rmatch_indices('.').map(|(dot, _)| dot + 1).take(2);
    dots.into_iter().any(|from| text[from..].parse::<ArticleId>().is_ok())
}

#[cfg(test)]
mod tests;
