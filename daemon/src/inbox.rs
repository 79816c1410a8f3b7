//! File events and scans of one inbox. Events only say "look again"; the scan is the truth. Changes nothing in the inbox but
//! sentinels that have lost their file.

mod admission;
mod home;
mod sentinel;
mod watcher;

use std::collections::HashSet;
use std::time::Duration;

use rustix::io::Errno;
use tokio::sync::mpsc;

use crate::article::shown;
use crate::config::{self, Claiming};
use crate::disk::Kind;
use crate::halt::Halt;
use crate::mount::Place;
use crate::settle::{Look, Settle, Settled};
use crate::shop::{Folder, Shop, ShopError};
pub use admission::admit;
use home::{Home, Visit};
pub use sentinel::Sentinel;
use sentinel::{Sentinels, Word};
use watcher::Watcher;

/// How often to look at least whether the inbox is still the same folder.
pub const HOME_EVERY: Duration = Duration::from_secs(2);
/// How often to look for an inbox that is gone.
const LOST_EVERY: Duration = Duration::from_millis(500);
/// When to look again at a file that has changed while it was taken.
const LATER: Duration = Duration::from_millis(100);
/// How often to look at what went wrong with a file.
const TROUBLE_EVERY: Duration = Duration::from_secs(10);
/// How often a folder may be replaced while we begin to watch it, before we look again later.
const REPLACED_MAX: usize = 3;
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
    home: Home,
    settle: Settle,
    sentinels: Option<Sentinels>,
    left_alone: HashSet<Vec<u8>>,
    /// `None` where nothing is watched: it is not wanted, or the system does not tell of changes.
    watcher: Option<Watcher>,
    /// Handed to each watcher.
    hint: mpsc::Sender<()>,
    /// Events do not tell of everything.
    polls: bool,
}

/// "Look again", from the system. Holds at most one hint.
pub type Hints = mpsc::Receiver<()>;

/// What a pass over the inbox left behind.
#[derive(Debug, Default)]
pub struct Pass {
    /// Files that have not settled.
    pub waiting: usize,
    /// Files that have no sentinel, which may take for ever.
    pub without_sentinel: usize,
    /// When the first of those that have not settled may have.
    pub look_again: Option<Duration>,
    /// What went wrong with a file, though others were had. It was said, and may be had again at the next pass.
    pub trouble: Option<Halt>,
    /// Why the folder could not be read to its end. It was said, and may be had again at the next pass.
    pub failed: Option<Halt>,
}

impl Pass {
    fn wait(&mut self, rest: Duration) {
        self.waiting += 1;
        self.look_again = Some(self.look_again.map_or(rest, |earliest| earliest.min(rest)));
    }
}

/// What the taker of settled files says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// Give me the next.
    Next,
    /// Give me the next; this one is not finished after all.
    Later,
    /// No more now.
    Stop,
}

/// Takes what a pass over the inbox finds.
pub trait Taker {
    /// The folder is open, and this is where it is.
    fn begin(&mut self, inbox: &Folder, place: &Place) {
        let _ = (inbox, place);
    }

    /// Is there nothing to do about this name, since the file was taken before?
    fn is_done(&mut self, inbox: &Folder, name: &[u8]) -> bool {
        let _ = (inbox, name);
        false
    }

    /// A file has settled.
    fn take(&mut self, inbox: &Folder, settled: Settled) -> Take;

    /// The pass is over; `whole` if it has come to the end of the folder.
    fn end(&mut self, inbox: &Folder, whole: bool) {
        let _ = (inbox, whole);
    }
}

impl Inbox {
    /// Begins to watch. An inbox that is not there yet is waited for.
    pub fn open(config: &config::Inbox, shop: &Shop) -> Result<(Self, Hints), ShopError> {
        let spool = match config.claim {
            Claiming::Copy => None,
            Claiming::Rename => {
                let failed = |error: Errno| ShopError::Folder {
                    doing: "look at",
                    path: shop.spool.path().to_owned(),
                    error: error.into(),
                };
                Some(Place::of(&shop.spool).map_err(failed)?)
            }
        };
        let (hint, hints) = mpsc::channel(1);
        let mut inbox = Inbox {
            home: Home::new(config.path.clone(), spool),
            settle: Settle::new(config.settle),
            sentinels: config.sentinel.as_deref().map(|ending| Sentinels::new(ending, config.sentinel_wait)),
            left_alone: HashSet::new(),
            watcher: None,
            hint,
            polls: false,
            config: config.clone(),
        };
        // What is wrong with it has been said, and is looked at again.
        let _ = inbox.folder();
        Ok((inbox, hints))
    }

    /// How long to wait for a hint before looking anyway.
    pub fn pause(&self, pass: &Pass) -> Duration {
        let rescan = match &pass.failed {
            Some(_) => LOST_EVERY,
            None if self.polls => self.config.rescan.min(self.config.poll),
            None => self.config.rescan,
        };
        let rescan = if pass.trouble.is_some() { rescan.min(TROUBLE_EVERY) } else { rescan };
        pass.look_again.unwrap_or(rescan).min(rescan)
    }

    /// Has something happened to the folder itself, of which no event tells?
    pub fn has_moved(&self) -> bool {
        self.home.has_changed()
    }

    /// Walks through the inbox once and hands over what has settled. Reads names as it goes, so a backlog of any size costs no
    /// memory, and the taker may hold the walk up for as long as it likes.
    pub fn pass(&mut self, taker: &mut impl Taker) -> Pass {
        let mut pass = Pass::default();
        let (folder, place) = match self.folder() {
            Ok(found) => found,
            Err(failed) => return Pass { failed: Some(failed), ..pass },
        };
        taker.begin(&folder, &place);
        let arrived = self.watcher.as_ref().map(Watcher::arrived).unwrap_or_default();
        let (mut failed, mut whole) = (None, true);
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
                if taker.is_done(&folder, &name) {
                    continue;
                }
                match self.look(&folder, &name, arrived.contains(&name)) {
                    Some(Look::Settled(settled)) => match taker.take(&folder, settled) {
                        Take::Next => {}
                        Take::Later => pass.wait(self.config.settle.max(LATER)),
                        Take::Stop => {
                            whole = false;
                            break 'pass;
                        }
                    },
                    Some(Look::Wait(rest)) => pass.wait(rest),
                    Some(Look::LeftAlone(why)) => self.say_left_alone(&name, why),
                    Some(Look::Failed(error)) => {
                        self.say_left_alone(&name, &format!("cannot look at it: {error}"));
                        pass.trouble = Some(folder.halt("cannot look at", &name, error));
                    }
                    Some(Look::Gone) => {}
                    None => pass.without_sentinel += 1,
                }
            }
        }
        drop(names);
        taker.end(&folder, whole && failed.is_none());
        match failed {
            Some(error) => {
                self.home.say_lost(&error.to_string());
                pass.failed = Some(folder.halt("cannot list the inbox", b"", error));
            }
            None => self.home.say_well(),
        }
        self.settle.forget_stale();
        pass
    }

    /// Are files copied out of it, rather than renamed?
    pub fn is_copied(&self) -> bool {
        self.config.claim == Claiming::Copy
    }

    /// What was configured for it.
    pub fn config(&self) -> &config::Inbox {
        &self.config
    }

    /// Says what an end leaves here that might have been expected to be taken.
    pub fn say_end(&self, pass: &Pass) {
        if pass.without_sentinel > 0 {
            let (inbox, files) = (self.config.path.display(), pass.without_sentinel);
            tracing::warn!(%inbox, files, "files without a sentinel stay in the inbox");
        }
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

    /// The folder, which is the one that is watched. Opened anew each time: it may have been replaced since.
    fn folder(&mut self) -> Result<(Folder, Place), Halt> {
        let path = self.config.path.clone();
        let halt = |error| Halt::Folder { doing: "cannot use the inbox", path, error };
        for _ in 0..=REPLACED_MAX {
            if self.watcher.as_ref().is_some_and(Watcher::is_displaced) {
                self.watcher = None;
                self.home.forget();
            }
            match self.home.visit() {
                Visit::Known(folder, place) => return Ok((folder, place)),
                // Watched first and looked at afterwards: nothing comes in between, and if the path leads elsewhere by then, we
                // have watched the wrong one.
                Visit::New(place) => self.watch(&place),
                Visit::Lost(error) => {
                    self.watcher = None;
                    self.left_alone.clear();
                    return Err(halt(error));
                }
            }
        }
        Err(halt(Errno::AGAIN))
    }

    fn watch(&mut self, place: &Place) {
        let inbox = self.config.path.display();
        self.settle.is_on(place.system);
        self.watcher = None;
        self.polls = match self.config.watch {
            config::Watch::Auto => place.system.hides_changes(),
            config::Watch::Events => false,
            config::Watch::Poll => true,
        };
        if self.polls {
            let (system, poll_seconds) = (place.system, self.config.poll.as_secs_f64());
            tracing::info!(%inbox, %system, poll_seconds, "the inbox is looked at regularly, since events do not tell of all changes");
        }
        if self.config.watch == config::Watch::Poll {
            return;
        }
        match Watcher::new(&self.config.path, self.hint.clone()) {
            Ok(watcher) => self.watcher = Some(watcher),
            Err(error) => {
                tracing::warn!(%inbox, %error, "cannot watch the inbox; looking at it regularly");
                self.polls = true;
            }
        }
    }

    /// Looks at one name. `None`: it has no sentinel.
    fn look(&mut self, folder: &Folder, name: &[u8], arrived_whole: bool) -> Option<Look> {
        let Some(sentinels) = &self.sentinels else {
            return Some(if self.is_ignored(name) {
                Look::Gone
            } else {
                self.settle.look(folder, name, arrived_whole)
            });
        };
        if sentinels.file_of(name).is_some() {
            match sentinels.tidy(folder, name) {
                Ok(true) => tracing::warn!(name = shown(name), "removed a sentinel whose file is missing"),
                Ok(false) => {}
                Err(error) => self.say_left_alone(name, &format!("it is a sentinel without a file: {error}")),
            }
            return Some(Look::Gone);
        }
        if self.is_ignored(name) {
            return Some(Look::Gone);
        }
        let word = match folder.look(name) {
            Ok(file) if file.kind == Kind::RegularFile => sentinels.word_on(folder, name, &file),
            // The usual look says what is to be said of it.
            _ => return Some(self.settle.look(folder, name, false)),
        };
        match word {
            Word::Complete(sentinel) => Some(match self.settle.look(folder, name, true) {
                Look::Settled(settled) => Look::Settled(settled.by(sentinel)),
                other => other,
            }),
            Word::Waiting => None,
            Word::WaitingLong => {
                self.say_left_alone(name, "it has no sentinel, or one that is older than itself; it waits for one");
                None
            }
        }
    }

    fn is_ignored(&self, name: &[u8]) -> bool {
        name.starts_with(b".")
            || UNFINISHED.iter().any(|ending| name.ends_with(ending))
            || self.config.ignore.iter().any(|pattern| pattern.matches(name))
    }
}
