//! The folder that an inbox's path leads to: still the one we knew, another one, or none. Says in the log when that changes, once.
//! Never makes a folder and never takes one that only looks like the inbox.
//!
//! An inbox that goes away while the daemon runs is waited for. It was ours to make at the first start only: by now it has an owner,
//! a group or an access list that we do not know, or it is a place where something was mounted. A folder made in its stead would
//! take files that the feeder cannot write or that nobody finds again, and `mv new inbox` would move the new one *into* it. Feeders
//! notice that it is gone, and so does the operator, by an error in the log.

use std::path::PathBuf;

use rustix::io::Errno;

use crate::mount::Place;
use crate::shop::Folder;

/// One inbox's folder, as it was seen last.
#[derive(Debug)]
pub(super) struct Home {
    path: PathBuf,
    /// Where files are renamed to; `None` if they are copied.
    spool: Option<Place>,
    /// Where it is; `None` while it is lost.
    known: Option<Place>,
    /// Something was mounted there when it was last all right. Kept while it is lost.
    was_mount: bool,
    /// What is wrong, as it was said.
    said: Option<String>,
}

/// Where the path led.
#[derive(Debug)]
pub(super) enum Visit {
    /// To the folder we know.
    Known(Folder, Place),
    /// To another than last time, or for the first time. It is the known one now.
    New(Place),
    /// To none that may be used; it was said why.
    Lost(Errno),
}

impl Home {
    /// `spool` is where files are renamed to, if they are.
    pub(super) fn new(path: PathBuf, spool: Option<Place>) -> Self {
        Home { path, spool, known: None, was_mount: false, said: None }
    }

    /// Follows the path.
    pub(super) fn visit(&mut self) -> Visit {
        let found = Folder::open(&self.path).and_then(|folder| Ok((Place::of(&folder)?, folder)));
        let (place, folder) = match found {
            Ok(found) => found,
            Err(error) => {
                self.known = None;
                self.say_lost(&error.to_string());
                return Visit::Lost(error);
            }
        };
        if let Some(problem) = self.problem(&place) {
            self.known = None;
            self.say_lost(problem);
            return Visit::Lost(Errno::XDEV);
        }
        self.was_mount = place.is_mount;
        let known = self.known.replace(place);
        if known.is_some_and(|known| known.is_same_folder(&place)) {
            return Visit::Known(folder, place);
        }
        if known.is_some() {
            self.say_another();
        }
        Visit::New(place)
    }

    /// The folder that is known has ended or was moved, says an event. A new one in its place may have the very same number.
    pub(super) fn forget(&mut self) {
        if self.known.take().is_some() && Folder::open(&self.path).is_ok() {
            self.say_another();
        }
    }

    /// Does the path lead elsewhere than at the last visit? A file event does not tell of all ways in which that comes about: a
    /// folder above it may have been moved, and something may have been mounted or unmounted.
    pub(super) fn has_changed(&self) -> bool {
        let found = Folder::open(&self.path).and_then(Place::of);
        match (self.known, found) {
            (Some(known), Ok(found)) => !known.is_same_folder(&found),
            (None, Err(_)) => false,
            _ => true,
        }
    }

    /// Everything has gone well, to the end.
    pub(super) fn say_well(&mut self) {
        if self.said.take().is_some() {
            tracing::info!(inbox = %self.path.display(), "the inbox is there again; going on");
        }
    }

    /// It cannot be used now. The same problem is said once.
    pub(super) fn say_lost(&mut self, problem: &str) {
        if self.said.as_deref() != Some(problem) {
            let inbox = self.path.display();
            tracing::error!(%inbox, problem, "the inbox is gone or cannot be read; waiting until it is there again");
            self.said = Some(problem.to_owned());
        }
    }

    fn say_another(&self) {
        tracing::info!(inbox = %self.path.display(), "the inbox is another folder now; watching that one");
    }

    /// Why this folder is not the inbox, though it is where the inbox should be.
    fn problem(&self, found: &Place) -> Option<&'static str> {
        if self.spool.is_some_and(|spool| !spool.can_rename_to(found)) {
            return Some(
                "it is on another mount than the spool, so nothing can be renamed out of it; mount the right one, or set claim = \
                 \"copy\" for it",
            );
        }
        if self.was_mount && !found.is_mount {
            return Some(
                "what was mounted there is gone, and the folder underneath is another; mount it again, or restart the daemon to \
                 use the folder that is there",
            );
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn spool_of(root: &tempfile::TempDir) -> Option<Place> {
        Some(Place::of(Folder::open(root.path()).unwrap()).unwrap())
    }

    #[test]
    fn a_folder_that_is_replaced_or_gone() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("inbox");
        let mut home = Home::new(path.clone(), spool_of(&root));
        assert!(matches!(home.visit(), Visit::Lost(Errno::NOENT)));
        fs::create_dir(&path).unwrap();
        assert!(home.has_changed());
        assert!(matches!(home.visit(), Visit::New(_)));
        home.say_well();
        assert!(!home.has_changed());
        assert!(matches!(home.visit(), Visit::Known(..)));

        fs::rename(&path, root.path().join("away")).unwrap();
        assert!(home.has_changed());
        assert!(matches!(home.visit(), Visit::Lost(Errno::NOENT)));
        assert!(!path.exists(), "it is not made anew");
        fs::rename(root.path().join("away"), &path).unwrap();
        assert!(matches!(home.visit(), Visit::New(_)), "it has to be watched again");
        home.say_well();

        fs::rename(&path, root.path().join("away")).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(matches!(home.visit(), Visit::New(_)));
        assert!(matches!(home.visit(), Visit::Known(..)));
        fs::remove_dir(&path).unwrap();
        fs::write(&path, "a file that cp has made").unwrap();
        assert!(matches!(home.visit(), Visit::Lost(Errno::NOTDIR)));
    }

    #[test]
    fn a_folder_on_another_file_system_is_not_renamed_from() {
        let root = tempfile::tempdir().unwrap();
        assert!(matches!(Home::new("/proc".into(), spool_of(&root)).visit(), Visit::Lost(Errno::XDEV)));
        assert!(matches!(Home::new("/proc".into(), None).visit(), Visit::New(_)));
    }

    #[test]
    fn a_folder_under_a_mount_that_is_gone_is_not_the_inbox() {
        let root = tempfile::tempdir().unwrap();
        let mut home = Home::new(root.path().to_owned(), None);
        home.was_mount = true;
        assert!(matches!(home.visit(), Visit::Lost(Errno::XDEV)));
        home.was_mount = false;
        assert!(matches!(home.visit(), Visit::New(_)));
    }
}
