//! File events and scans of one inbox. Events only say "look again"; the scan is the truth. Never changes anything in the inbox.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind, RenameMode};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use std::os::unix::ffi::OsStrExt;
use tokio::sync::mpsc;

use crate::article::shown;
use crate::config;
use crate::halt::Halt;
use crate::settle::{Look, Settle, Settled};
use crate::shop::{Folder, ShopError};

/// Names of files moved in since the last pass that are remembered; the rest settle by their quiet time.
const ARRIVED_MAX: usize = 4096;
/// How often to look when the system does not tell us of changes.
const POLL: Duration = Duration::from_secs(2);
/// How many names of a pass are put in order together.
const SORTED_AT_A_TIME: usize = 4096;
/// Names of things left alone that are remembered, so that each is said once.
const LEFT_ALONE_MAX: usize = 4096;

/// Endings of files that are still on their way.
const UNFINISHED: [&[u8]; 5] = [b".part", b".tmp", b".crdownload", b".filepart", b"~"];

/// One inbox.
#[derive(Debug)]
pub struct Inbox {
    config: config::Inbox,
    settle: Settle,
    arrived: Arc<Mutex<HashSet<Vec<u8>>>>,
    left_alone: HashSet<Vec<u8>>,
    /// `None` where the system does not tell of changes. Dropping it ends the hints.
    watcher: Option<RecommendedWatcher>,
}

/// "Look again", from the system. Holds at most one hint.
pub type Hints = mpsc::Receiver<()>;

/// What a pass over the inbox left behind.
#[derive(Debug, Default)]
pub struct Pass {
    /// Files that have not settled.
    pub waiting: usize,
    /// When the first of them may have.
    pub look_again: Option<Duration>,
    /// Why the folder could not be read to its end. It may be had again at the next pass.
    pub failed: Option<Halt>,
}

/// What the taker of settled files says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// Give me the next.
    Next,
    /// No more now.
    Stop,
}

impl Inbox {
    /// Makes the folder if missing and begins to watch it.
    pub fn open(config: &config::Inbox) -> Result<(Self, Hints), ShopError> {
        Folder::make(&config.path, 0o770)?;
        let arrived = Arc::new(Mutex::new(HashSet::new()));
        let (hint, hints) = mpsc::channel(1);
        let watcher = watch(&config.path, Arc::clone(&arrived), hint)
            .inspect_err(
                |error| tracing::warn!(inbox = %config.path.display(), %error, "cannot watch the inbox; polling it"),
            )
            .ok();
        let inbox = Inbox {
            config: config.clone(),
            settle: Settle::new(config.settle),
            arrived,
            left_alone: HashSet::new(),
            watcher,
        };
        Ok((inbox, hints))
    }

    /// How long to wait for a hint before looking anyway.
    pub fn pause(&self, pass: &Pass) -> Duration {
        let rescan = if self.watcher.is_some() && pass.failed.is_none() {
            self.config.rescan
        } else {
            self.config.rescan.min(POLL)
        };
        pass.look_again.unwrap_or(rescan).min(rescan)
    }

    /// Walks through the inbox once and hands over what has settled. Reads names as it goes, so a backlog of any size costs no
    /// memory, and `take` may hold the walk up for as long as it likes.
    pub fn pass(&mut self, mut take: impl FnMut(&Folder, Settled) -> Take) -> Pass {
        let mut pass = Pass::default();
        // Opened anew each time: the folder may have been replaced since.
        let folder = match Folder::make(&self.config.path, 0o770) {
            Ok(folder) => folder,
            Err(error) => return Pass { failed: Some(error.into()), ..pass },
        };
        let arrived = std::mem::take(&mut *self.arrived.lock().unwrap_or_else(PoisonError::into_inner));
        let mut failed = None;
        let listing = folder.names().map_err(|error| failed = Some(error)).into_iter().flatten();
        let mut names = listing.map_while(|name| name.map_err(|error| failed = Some(error)).ok());
        'pass: loop {
            // The system lists names in no order; sorting a few at a time gives small drops theirs.
            let mut some: Vec<Vec<u8>> = names.by_ref().take(SORTED_AT_A_TIME).collect();
            if some.is_empty() {
                break;
            }
            some.sort_unstable();
            for name in some {
                if self.is_ignored(&name) {
                    continue;
                }
                match self.settle.look(&folder, &name, arrived.contains(&name)) {
                    Look::Settled(settled) => {
                        if take(&folder, settled) == Take::Stop {
                            break 'pass;
                        }
                    }
                    Look::Wait(rest) => {
                        pass.waiting += 1;
                        pass.look_again = Some(pass.look_again.map_or(rest, |earliest| earliest.min(rest)));
                    }
                    Look::LeftAlone(kind) => self.say_left_alone(&name, kind),
                    Look::Gone => {}
                }
            }
        }
        drop(names);
        pass.failed = failed.map(|error| folder.halt("cannot list the inbox", b"", error));
        self.settle.forget_stale();
        pass
    }

    /// Says once that something stays in the inbox, and why.
    pub fn say_left_alone(&mut self, name: &[u8], why: &str) {
        if self.left_alone.len() >= LEFT_ALONE_MAX {
            self.left_alone.clear();
        }
        if self.left_alone.insert(name.to_owned()) {
            let inbox = self.config.path.display();
            tracing::warn!(%inbox, name = shown(name), why, "left alone in the inbox");
        }
    }

    fn is_ignored(&self, name: &[u8]) -> bool {
        name.starts_with(b".")
            || UNFINISHED.iter().any(|ending| name.ends_with(ending))
            || self.config.ignore.iter().any(|pattern| pattern.matches(name))
    }
}

/// Turns file events into hints. Events that were lost or that we do not understand are hints too.
fn watch(
    path: &Path,
    arrived: Arc<Mutex<HashSet<Vec<u8>>>>,
    hint: mpsc::Sender<()>,
) -> Result<RecommendedWatcher, notify::Error> {
    let mut watcher = notify::recommended_watcher(move |event: Result<notify::Event, notify::Error>| {
        if let Ok(event) = &event {
            match event.kind {
                // Reading the inbox, as we do ourselves, changes nothing in it.
                EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write) => return,
                EventKind::Modify(ModifyKind::Name(RenameMode::To)) => {
                    let mut arrived = arrived.lock().unwrap_or_else(PoisonError::into_inner);
                    for name in event.paths.iter().filter_map(|path| path.file_name()) {
                        if arrived.len() < ARRIVED_MAX {
                            arrived.insert(name.as_bytes().to_vec());
                        }
                    }
                }
                _ => {}
            }
        }
        // A full channel holds a hint already.
        let _ = hint.try_send(());
    })?;
    watcher.watch(path, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}
