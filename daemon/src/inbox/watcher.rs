//! Turns the system's file events into hints to look, and remembers which names were moved in. Never looks itself.

use std::collections::HashSet;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind, RenameMode};
use notify::{Event, RecommendedWatcher, RecursiveMode};
use tokio::sync::mpsc;

/// Names of files moved in since the last pass that are remembered; the rest settle by their quiet time.
const ARRIVED_MAX: usize = 4096;

/// Watches one folder, by the inode its path led to. Dropping it ends the hints.
#[derive(Debug)]
pub(super) struct Watcher {
    _watcher: RecommendedWatcher,
    seen: Arc<Seen>,
}

/// What the events said, since this was last asked.
#[derive(Debug, Default)]
struct Seen {
    /// Names of files moved in.
    arrived: Mutex<HashSet<Vec<u8>>>,
    /// The watched folder itself was moved or removed.
    displaced: AtomicBool,
}

impl Watcher {
    /// Begins to watch. A full channel holds a hint already.
    pub(super) fn new(path: &Path, hint: mpsc::Sender<()>) -> Result<Self, notify::Error> {
        let seen = Arc::new(Seen::default());
        let (told, home) = (Arc::clone(&seen), path.to_owned());
        let mut watcher = notify::recommended_watcher(move |event: Result<Event, notify::Error>| {
            if told.is_news(&event, &home) {
                let _ = hint.try_send(());
            }
        })?;
        notify::Watcher::watch(&mut watcher, path, RecursiveMode::NonRecursive)?;
        Ok(Watcher { _watcher: watcher, seen })
    }

    /// The names moved in since this was last asked.
    pub(super) fn arrived(&self) -> HashSet<Vec<u8>> {
        std::mem::take(&mut self.seen.arrived.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Was the watched folder itself moved or removed? Then this watches nothing any more, or something that is elsewhere.
    pub(super) fn is_displaced(&self) -> bool {
        self.seen.displaced.load(Ordering::Acquire)
    }
}

impl Seen {
    /// Is it worth a look? Events that were lost (the queue ran over, the system failed) and those we do not understand are, too.
    fn is_news(&self, event: &Result<Event, notify::Error>, home: &Path) -> bool {
        let Ok(event) = event else { return true };
        if event.need_rescan() {
            return true;
        }
        match event.kind {
            // Reading the inbox, as we do ourselves, changes nothing in it.
            EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
            EventKind::Modify(ModifyKind::Name(RenameMode::To)) => {
                let mut arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
                for name in event.paths.iter().filter_map(|path| path.file_name()) {
                    if arrived.len() < ARRIVED_MAX {
                        arrived.insert(name.as_bytes().to_vec());
                    }
                }
                true
            }
            // What leaves is no news, and mostly it is we who took it; unless it is the inbox itself.
            EventKind::Modify(ModifyKind::Name(RenameMode::From)) | EventKind::Remove(_) => {
                let is_home = event.paths.iter().any(|path| path == home);
                self.displaced.fetch_or(is_home, Ordering::AcqRel);
                is_home
            }
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, DataChange, Flag, RemoveKind};

    use super::*;

    const HOME: &str = "/srv/inbox";

    /// Is an event about this path news, and how many names are remembered of it?
    fn news(kind: EventKind, path: &str) -> (bool, usize) {
        let seen = Seen::default();
        let news = seen.is_news(&Ok(Event::new(kind).add_path(path.into())), Path::new(HOME));
        assert_eq!(seen.displaced.load(Ordering::Acquire), path == HOME);
        (news, seen.arrived.lock().unwrap().len())
    }

    #[test]
    fn what_comes_is_news_and_what_leaves_is_not() {
        let (from, to) = (RenameMode::From, RenameMode::To);
        let renamed = |mode| EventKind::Modify(ModifyKind::Name(mode));
        assert_eq!(news(renamed(to), "/srv/inbox/a"), (true, 1));
        assert_eq!(news(renamed(from), "/srv/inbox/a"), (false, 0));
        assert_eq!(news(EventKind::Remove(RemoveKind::File), "/srv/inbox/a"), (false, 0));
        assert_eq!(news(EventKind::Create(CreateKind::File), "/srv/inbox/a"), (true, 0));
        assert_eq!(news(EventKind::Modify(ModifyKind::Data(DataChange::Any)), "/srv/inbox/a"), (true, 0));
        assert_eq!(news(EventKind::Access(AccessKind::Close(AccessMode::Write)), "/srv/inbox/a"), (true, 0));
        assert_eq!(news(EventKind::Access(AccessKind::Open(AccessMode::Any)), "/srv/inbox/a"), (false, 0));
    }

    #[test]
    fn the_end_of_the_inbox_is_news() {
        assert!(news(EventKind::Modify(ModifyKind::Name(RenameMode::From)), HOME).0);
        assert!(news(EventKind::Remove(RemoveKind::Folder), HOME).0);
        assert!(news(EventKind::Remove(RemoveKind::File), HOME).0);
    }

    #[test]
    fn lost_events_are_news() {
        let overflow = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert!(Seen::default().is_news(&Ok(overflow), Path::new(HOME)));
        assert!(Seen::default().is_news(&Err(notify::Error::generic("the queue is gone")), Path::new(HOME)));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let seen = Seen::default();
        for number in 0..=ARRIVED_MAX {
            let moved = EventKind::Modify(ModifyKind::Name(RenameMode::To));
            let event = Event::new(moved).add_path(format!("{HOME}/{number}").into());
            assert!(seen.is_news(&Ok(event), Path::new(HOME)));
        }
        assert_eq!(seen.arrived.lock().unwrap().len(), ARRIVED_MAX);
    }
}
