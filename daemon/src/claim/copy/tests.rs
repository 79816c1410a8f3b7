use std::fs;
use std::path::Path;

use super::*;
use crate::config;

const EPOCH: u32 = 7;
const BYTES_MAX: u64 = 1000;

/// A shop and an inbox, with a ledger.
struct Stand {
    root: tempfile::TempDir,
    shop: Shop,
    ledger: Ledger,
    originals: Originals,
}

impl Stand {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        fs::create_dir(path("inbox")).unwrap();
        let shop = config::Shop {
            spool: path("spool"),
            outbox: path("outbox"),
            quarantine: path("quarantine"),
            archive: path("archive"),
            ballast_bytes: 0,
        };
        let shop = Shop::open(&shop).unwrap();
        let ledger = Ledger::open(&shop.ledger_path()).unwrap();
        let originals = Originals::open(&shop.ledger_path(), &path("inbox")).unwrap();
        Stand { root, shop, ledger, originals }
    }

    fn inbox(&self) -> (Folder, Place) {
        let folder = Folder::open(&self.root.path().join("inbox")).unwrap();
        let place = Place::of(&folder).unwrap();
        (folder, place)
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.root.path().join("inbox").join(name)
    }

    fn copy(&self, name: &[u8], number: u64) -> Copy {
        let (folder, place) = self.inbox();
        copy(&self.shop, &folder, &place, name, id(number), BYTES_MAX).unwrap()
    }

    /// Copied and accepted.
    fn accepted(&mut self, name: &str, number: u64) -> Original {
        let Copy::Copied(original) = self.copy(name.as_bytes(), number) else { panic!() };
        accept(&self.shop, &mut self.originals, std::slice::from_ref(&original)).unwrap();
        original
    }

    fn release(&self, original: &Original) -> Released {
        let (folder, place) = self.inbox();
        release(&folder, &place, original)
    }

    fn names(&self, folder: &str) -> Vec<String> {
        names(&self.root.path().join(folder))
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn id(number: u64) -> SubmissionId {
    SubmissionId { epoch: EPOCH, number }
}

#[test]
fn a_copy_that_was_not_accepted_is_removed_at_the_start() {
    let stand = Stand::new();
    fs::write(stand.path("a.txt"), "story").unwrap();
    assert!(matches!(stand.copy(b"a.txt", 1), Copy::Copied(_)));
    assert_eq!(stand.names("spool/copy"), [id(1).to_string()]);
    recover(&stand.shop, &stand.ledger).unwrap();
    assert_eq!((stand.names("spool/copy"), stand.names("spool/claim")), (vec![], vec![]));
    assert_eq!(stand.names("inbox"), ["a.txt"]);
}

#[test]
fn a_copy_that_was_accepted_is_claimed_at_the_start() {
    let mut stand = Stand::new();
    let long = "x".repeat(250);
    for (number, name) in [(1, "a.txt"), (2, &long)] {
        fs::write(stand.path(name), name).unwrap();
        stand.accepted(name, number);
    }
    for _ in 0..2 {
        recover(&stand.shop, &stand.ledger).unwrap();
        assert_eq!(stand.names("spool/copy"), [""; 0]);
        let found = super::super::unfinished(&stand.shop).unwrap();
        assert_eq!(found.iter().map(|claimed| claimed.id).collect::<Vec<_>>(), [id(1), id(2)]);
        assert_eq!(found[1].name, long.as_bytes());
    }
}

#[test]
fn a_copy_under_both_names_is_claimed_once() {
    let mut stand = Stand::new();
    fs::write(stand.path("a.txt"), "story").unwrap();
    let original = stand.accepted("a.txt", 1);
    let spool = stand.root.path().join("spool");
    fs::hard_link(spool.join("copy").join(id(1).to_string()), spool.join("claim").join(format!("{}.a.txt", id(1))))
        .unwrap();
    claim(&stand.shop, original.id, &original.name).unwrap();
    assert_eq!((stand.names("spool/copy").len(), stand.names("spool/claim").len()), (0, 1));
}

#[test]
fn what_cannot_be_copied() {
    let stand = Stand::new();
    fs::write(stand.path("large.txt"), "x".repeat(BYTES_MAX as usize + 1)).unwrap();
    fs::create_dir(stand.path("folder")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", stand.path("link")).unwrap();
    assert!(matches!(stand.copy(b"large.txt", 1), Copy::Refused(_)));
    for name in [&b"folder"[..], b"link", b"missing"] {
        assert!(matches!(stand.copy(name, 1), Copy::Gone));
    }
    assert_eq!(stand.names("spool/copy"), [""; 0]);
}

#[test]
fn an_original_is_removed_and_only_that() {
    let mut stand = Stand::new();
    fs::write(stand.path("a.txt"), "story").unwrap();
    let original = stand.accepted("a.txt", 1);
    assert_eq!(stand.release(&original), Released::Removed);
    assert_eq!(stand.names("inbox"), [""; 0]);
    assert_eq!(stand.release(&original), Released::Removed, "again");

    // Another file of the same name and size.
    fs::write(stand.path("a.txt"), "other").unwrap();
    assert_eq!(stand.release(&original), Released::Changed);
    assert_eq!(fs::read_to_string(stand.path("a.txt")).unwrap(), "other");
}

#[test]
fn what_was_renamed_aside_and_is_not_the_original_goes_back() {
    let mut stand = Stand::new();
    let (folder, place) = stand.inbox();
    fs::write(stand.path("a.txt"), "story").unwrap();
    let original = stand.accepted("a.txt", 1);
    let aside = format!(".warraq.{}", id(1));
    assert_eq!(aside_of(aside.as_bytes()), Some(id(1)));

    // The feeder has put another in its place just before the rename.
    fs::remove_file(stand.path("a.txt")).unwrap();
    fs::write(stand.path(&aside), "a later story").unwrap();
    assert_eq!(release_aside(&folder, &place, &original), Released::Changed);
    assert_eq!(fs::read_to_string(stand.path("a.txt")).unwrap(), "a later story");

    // And has brought a third one before it could go back: that one is not replaced.
    fs::rename(stand.path("a.txt"), stand.path(&aside)).unwrap();
    fs::write(stand.path("a.txt"), "the latest").unwrap();
    assert_eq!(release_aside(&folder, &place, &original), Released::Kept(Errno::EXIST));
    assert_eq!(
        (fs::read_to_string(stand.path("a.txt")).unwrap(), stand.names("inbox").len()),
        ("the latest".into(), 2)
    );
    assert!(has_aside(&folder, id(1)));
}

#[test]
fn an_original_that_is_open_is_out_of_the_way_until_it_is_closed() {
    for writes in [false, true] {
        let mut stand = Stand::new();
        let (folder, place) = stand.inbox();
        fs::write(stand.path("a.txt"), "story").unwrap();
        let original = stand.accepted("a.txt", 1);
        let mut writer = fs::File::options().append(true).open(stand.path("a.txt")).unwrap();
        assert_eq!(stand.release(&original), Released::Open);
        assert_eq!(stand.names("inbox"), [format!(".warraq.{}", id(1))]);
        if writes {
            std::io::Write::write_all(&mut writer, b", second part").unwrap();
        }
        drop(writer);
        let (released, left): (_, &[&str]) =
            if writes { (Released::Changed, &["a.txt"]) } else { (Released::Removed, &[]) };
        assert_eq!(release_aside(&folder, &place, &original), released);
        assert_eq!(stand.names("inbox"), left);
    }
}

#[test]
fn what_is_still_the_original() {
    let mut stand = Stand::new();
    let (folder, place) = stand.inbox();
    fs::write(stand.path("a.txt"), "story").unwrap();
    let original = stand.accepted("a.txt", 1);
    let still = || is_still(&folder, &place, &original, &folder.look(b"a.txt").unwrap());
    assert_eq!(still(), Some(original.clone()));

    // A backup by links changes the inode's time and nothing else. Its clock may stand still for some milliseconds.
    let inode_changed = || folder.look(b"a.txt").unwrap().changed;
    while inode_changed() == original.state.changed {
        fs::hard_link(stand.path("a.txt"), stand.root.path().join("backup")).unwrap();
        fs::remove_file(stand.root.path().join("backup")).unwrap();
    }
    let linked = still().unwrap();
    assert_eq!(linked, Original { state: State { changed: inode_changed(), ..original.state }, ..original.clone() });

    // The same size and the same time of change, set by hand, but other content.
    let modified = fs::metadata(stand.path("a.txt")).unwrap().modified().unwrap();
    fs::write(stand.path("a.txt"), "STORY").unwrap();
    fs::File::options().write(true).open(stand.path("a.txt")).unwrap().set_modified(modified).unwrap();
    assert_eq!(still(), None);
    fs::write(stand.path("a.txt"), "a longer story").unwrap();
    assert_eq!(still(), None);
}
