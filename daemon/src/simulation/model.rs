//! What must be true, told from outside: what was sent, what the consumer has taken, the rows of the ledger and the folders. Reads
//! the ledger by itself and uses nothing of the daemon but `decode`, to know what a file holds.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::life;
use super::story::{self, Expected};
use super::world::Events;
use crate::article::ArticleId;
use crate::disk::simulated::Disk;
use crate::disk::{Folder, Kind};

/// Deaths of the daemon after which an article may be refused for it.
const DEATHS: u32 = 3;
const STOPPED: &str = "stopped-the-daemon";

/// All that is known from outside.
#[derive(Default)]
pub(super) struct Model {
    /// By name in the inbox; no name is used twice.
    pub(super) sent: BTreeMap<Vec<u8>, Sent>,
    /// What the consumer took, and how many power cuts had been recovered from by then.
    pub(super) taken: BTreeMap<Vec<u8>, (Vec<u8>, u64)>,
    /// How often the daemon died with this in hand.
    pub(super) deaths: BTreeMap<ArticleId, u32>,
    /// How often the power went.
    pub(super) cuts: u64,
    /// How many of the cuts have been recovered from. Until then a record may be in the outbox and come out of the stage folder too.
    pub(super) recovered: u64,
    rows: Vec<Row>,
    by_name: BTreeMap<Vec<u8>, Vec<usize>>,
    by_target: BTreeMap<Vec<u8>, usize>,
    by_id: BTreeMap<String, usize>,
    /// Names of files, by the id of the submission.
    names: BTreeMap<String, Vec<u8>>,
    ledger: Option<Connection>,
}

/// A file that was sent.
pub(super) struct Sent {
    content: Vec<u8>,
    /// What must become of it, once somebody has asked.
    expected: OnceCell<(bool, Vec<Expected>)>,
    /// The feeder has made it durable, so no power cut may take it back.
    pub(super) synced: bool,
    /// Its feeder has it open.
    pub(super) open: bool,
    /// A failed sync has cost its original.
    pub(super) damaged: bool,
}

impl Sent {
    pub(super) fn new(content: Vec<u8>, synced: bool, open: bool) -> Self {
        Sent { content, expected: OnceCell::new(), synced, open, damaged: false }
    }

    /// It is this now.
    pub(super) fn set(&mut self, content: Vec<u8>) {
        self.content = content;
        self.expected = OnceCell::new();
    }

    pub(super) fn content(&self) -> &[u8] {
        &self.content
    }

    fn expected(&self, name: &[u8]) -> &(bool, Vec<Expected>) {
        self.expected.get_or_init(|| story::expect(name, &self.content))
    }
}

/// A row of the ledger.
struct Row {
    sequence: u64,
    id: String,
    kind: String,
    original: Option<String>,
    fault: Option<String>,
    target: Vec<u8>,
    name: Vec<u8>,
}

/// Where an original was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Inbox,
    Claim,
    Archive,
    /// In the folder of this row.
    Quarantine(String),
}

/// An original that was found.
pub(super) struct Found {
    pub(super) place: Place,
    content: Vec<u8>,
    inode: u64,
}

type Originals = BTreeMap<Vec<u8>, Vec<Found>>;

impl Model {
    /// Reads the rows that are new.
    pub(super) fn read_ledger(&mut self, path: &Path) {
        if self.ledger.is_none() {
            self.ledger = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).ok();
        }
        let Some(ledger) = &self.ledger else { return };
        let after = self.rows.last().map_or(0, |row| row.sequence);
        let sql =
            "SELECT sequence, id, kind, original, fault, target, name FROM outcome WHERE sequence > ?1 ORDER BY 1";
        let mut query = ledger.prepare_cached(sql).unwrap();
        let rows = query.query_map([after], |row| {
            Ok(Row {
                sequence: row.get(0)?,
                id: row.get(1)?,
                kind: row.get(2)?,
                original: row.get(3)?,
                fault: row.get(4)?,
                target: row.get(5)?,
                name: row.get(6)?,
            })
        });
        let new: Vec<Row> = rows.unwrap().map(Result::unwrap).collect();
        drop(query);
        for row in new {
            let index = self.rows.len();
            assert!(self.by_id.insert(row.id.clone(), index).is_none(), "{} has two rows", row.id);
            if !row.target.is_empty() {
                self.by_target.insert(row.target.clone(), index);
            }
            let submission = row.id.split('.').next().unwrap_or_default().to_owned();
            let before = self.names.insert(submission, row.name.clone());
            assert!(before.is_none_or(|before| before == row.name), "the id of {} is that of two files", row.id);
            self.by_name.entry(row.name.clone()).or_default().push(index);
            self.rows.push(row);
        }
    }

    /// Nothing is to be seen without a row, and nothing that is not whole. True at any moment, even with the daemon dead.
    pub(super) fn check_visible(&self, root: &Folder) {
        let outbox = folder(root, b"outbox");
        for name in names(&outbox) {
            self.check_record(&name, &content(&outbox, &name));
        }
        let quarantine = folder(root, b"quarantine");
        for name in names(&quarantine) {
            let row = self.row_of(&name, "quarantined");
            let reason = content(&folder(&quarantine, &name), b"reason.json");
            let reason: serde_json::Value = serde_json::from_slice(&reason)
                .unwrap_or_else(|error| panic!("the reason of {} is not whole: {error}", row.id));
            assert_eq!(reason["id"], row.id, "the reason of another");
        }
    }

    /// The consumer takes a record.
    /// Says whether it had it before.
    pub(super) fn take(&mut self, name: Vec<u8>, content: Vec<u8>) -> bool {
        self.check_record(&name, &content);
        let before = self.taken.insert(name.clone(), (content.clone(), self.recovered));
        if let Some((before, cuts)) = &before {
            assert_eq!(*before, content, "{} came again with other bytes", shown(&name));
            assert!(*cuts < self.cuts, "{} was published twice, and no power cut between", shown(&name));
        }
        before.is_some()
    }

    /// How many rows there are of each kind.
    pub(super) fn count(&self, events: &mut Events) {
        for row in &self.rows {
            let event = match (row.kind.as_str(), row.fault.as_deref()) {
                ("published", _) => "published",
                ("duplicate", _) => "duplicate",
                (_, Some(STOPPED)) => "refused for its deaths",
                _ => "refused",
            };
            *events.entry(event).or_default() += 1;
        }
        *events.entry("original lost by a failed sync").or_default() +=
            self.sent.values().filter(|sent| sent.damaged).count() as u64;
    }

    /// Everything that must hold after a recovery; and, at rest, that everything is finished.
    pub(super) fn check(&self, root: &Folder, at_rest: bool) {
        self.check_visible(root);
        let stage = folder(root, b"spool/stage");
        assert_eq!(names(&stage).len(), 0, "something is left in the stage folder");
        self.check_published(root);
        self.check_stories();
        let originals = self.originals(root);
        for name in originals.keys() {
            assert!(self.sent.contains_key(name), "{} was never sent", shown(name));
        }
        for (name, sent) in &self.sent {
            self.check_file(name, sent, originals.get(name).map_or(&[], Vec::as_slice), at_rest);
        }
        if at_rest {
            let claim = folder(root, b"spool/claim");
            assert_eq!(names(&claim).len(), 0, "something is left in the claim folder");
        }
    }

    /// What the power cut has left of files that have no outcome is what was sent, unless their feeder had made sure of them.
    pub(super) fn adopt(&mut self, root: &Folder, before: &Originals, disk_gave_up: &[Vec<u8>]) -> u64 {
        let after = self.originals(root);
        let mut vanished = Vec::new();
        for (name, sent) in &mut self.sent {
            sent.open = false;
            let gave_up = disk_gave_up.contains(name);
            let sure = (sent.synced || self.by_name.contains_key(name)) && !gave_up;
            if self.by_name.contains_key(name) {
                sent.damaged |= gave_up;
                continue;
            }
            match after.get(name).map_or(&[][..], Vec::as_slice) {
                [] if sure => panic!(
                    "{} is gone, and its feeder had made it durable; it was in {:?}",
                    shown(name),
                    before.get(name).map(|found| found.iter().map(|found| found.place.clone()).collect::<Vec<_>>())
                ),
                [] => vanished.push(name.clone()),
                [found] if !sure => sent.set(found.content.clone()),
                _ => {}
            }
            // It is on the disk now.
            sent.synced = true;
        }
        vanished.iter().for_each(|name| drop(self.sent.remove(name)));
        let was = |name: &Vec<u8>, place: Place| before.get(name).is_some_and(|found| found[0].place == place);
        let is = |found: &[Found], place: Place| found.iter().all(|found| found.place == place);
        after.iter().filter(|(name, found)| was(name, Place::Claim) && is(found, Place::Inbox)).count() as u64
    }

    /// The originals in all folders, by the name they were sent under.
    pub(super) fn originals(&self, root: &Folder) -> Originals {
        let mut found = Originals::new();
        let mut add = |name: Vec<u8>, place: Place, folder: &Folder, entry: &[u8]| {
            let inode = folder.look(entry).unwrap().inode;
            found.entry(name).or_default().push(Found { place, content: content(folder, entry), inode });
        };
        let inbox = folder(root, b"inbox");
        names(&inbox)
            .into_iter()
            .filter(|name| name[0] != b'.')
            .for_each(|name| add(name.clone(), Place::Inbox, &inbox, &name));
        let claim = folder(root, b"spool/claim");
        for entry in names(&claim) {
            if is_folder(&claim, &entry) {
                let long = folder(&claim, &entry);
                names(&long).into_iter().for_each(|name| add(name.clone(), Place::Claim, &long, &name));
            } else {
                let name = entry.splitn(2, |byte| *byte == b'.').nth(1).unwrap_or_default().to_vec();
                add(name, Place::Claim, &claim, &entry);
            }
        }
        let archive = folder(root, b"archive");
        for day in names(&archive) {
            let day = folder(&archive, &day);
            for entry in names(&day) {
                let id =
                    String::from_utf8_lossy(entry.split(|byte| *byte == b'.').next().unwrap_or_default()).into_owned();
                let name = self.names.get(&id).unwrap_or_else(|| panic!("{id} is archived and has no row"));
                add(name.clone(), Place::Archive, &day, &entry);
            }
        }
        let quarantine = folder(root, b"quarantine");
        for entry in names(&quarantine) {
            let row = self.row_of(&entry, "quarantined");
            let refusal = folder(&quarantine, &entry);
            for file in names(&refusal).into_iter().filter(|file| file == &row.name) {
                add(file.clone(), Place::Quarantine(row.id.clone()), &refusal, &file);
            }
        }
        found
    }

    /// The names of originals that a failed sync has cost.
    pub(super) fn given_up(originals: &Originals, disk: &Disk) -> Vec<Vec<u8>> {
        let lost = originals.iter().filter(|(_, found)| found.iter().any(|found| disk.has_given_up(found.inode)));
        lost.map(|(name, _)| name.clone()).collect()
    }

    fn row_of(&self, target: &[u8], kind: &str) -> &Row {
        let row = self.by_target.get(target).map(|index| &self.rows[*index]);
        row.filter(|row| row.kind == kind).unwrap_or_else(|| panic!("{} is visible without a row", shown(target)))
    }

    fn check_record(&self, name: &[u8], content: &[u8]) {
        let row = self.row_of(name, "published");
        let Some(Expected::Story(key)) = self.expected(row) else { return };
        let wanted = life::record(row.id.parse().unwrap(), &key);
        assert!(content == wanted, "{} is not whole: {:?}", shown(name), String::from_utf8_lossy(content));
    }

    /// What the article of a row must become; `None` if nobody can tell any more.
    fn expected(&self, row: &Row) -> Option<Expected> {
        let sent = self.sent.get(&row.name).filter(|sent| !sent.damaged)?;
        let (several, expected) = sent.expected(&row.name);
        let position = row.id.split_once('.').map(|(_, position)| position.parse::<usize>().unwrap());
        match position {
            Some(position) if *several => expected.get(position).cloned(),
            None if !*several => expected.first().cloned(),
            _ => None,
        }
    }

    /// Each published record is in the outbox or was taken; both only if a power cut came between.
    fn check_published(&self, root: &Folder) {
        let outbox = folder(root, b"outbox");
        let there: BTreeSet<Vec<u8>> = names(&outbox).into_iter().collect();
        for row in self.rows.iter().filter(|row| row.kind == "published") {
            match (there.contains(&row.target), self.taken.get(&row.target)) {
                (false, None) => panic!("the record of {} is lost", row.id),
                (true, Some((_, cuts))) => {
                    assert!(*cuts < self.cuts, "{} was published twice, and no power cut between", row.id);
                }
                _ => {}
            }
        }
    }

    /// Of each story one is published, the first, and the others are duplicates of it. What was refused does not count.
    fn check_stories(&self) {
        let mut stories: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.kind != "quarantined") {
            if let Some(Expected::Story(key)) = self.expected(row) {
                stories.entry(key).or_default().push(row);
            }
        }
        for (key, rows) in stories {
            let of_damaged = rows[0].kind == "duplicate"
                && rows[0]
                    .original
                    .as_ref()
                    .and_then(|id| self.by_id.get(id))
                    .is_some_and(|index| self.sent.get(&self.rows[*index].name).is_some_and(|sent| sent.damaged));
            if of_damaged {
                continue;
            }
            assert_eq!(rows[0].kind, "published", "no article of the story {key} is published");
            for row in &rows[1..] {
                assert_eq!(row.kind, "duplicate", "the story {key} is published twice");
                assert_eq!(row.original.as_ref(), Some(&rows[0].id), "{} is a duplicate of another story", row.id);
            }
        }
    }

    /// A file is in one place, as it was sent; and has all its outcomes if, and only if, that place says so.
    fn check_file(&self, name: &[u8], sent: &Sent, found: &[Found], at_rest: bool) {
        let [Found { place, content, .. }] = found else {
            let places: Vec<&Place> = found.iter().map(|found| &found.place).collect();
            panic!("{} is in {} places: {places:?}", shown(name), places.len());
        };
        if !sent.damaged {
            assert!(*content == sent.content, "{} in {place:?} is not what was sent", shown(name));
        }
        let rows: Vec<&Row> = self.by_name.get(name).into_iter().flatten().map(|index| &self.rows[*index]).collect();
        let mut submissions: Vec<&str> = rows.iter().filter_map(|row| row.id.split('.').next()).collect();
        submissions.dedup();
        assert!(submissions.len() < 2, "{} was accepted twice: {submissions:?}", shown(name));
        let (_, expected) = sent.expected(name);
        let stopped_whole = rows.iter().any(|row| !row.id.contains('.') && row.fault.as_deref() == Some(STOPPED));
        let finished = rows.len() == expected.len() || stopped_whole;
        match place {
            Place::Inbox => {
                assert_eq!(rows.len(), 0, "{} has an outcome and is in the inbox", shown(name));
                assert!(!at_rest || sent.open, "{} was not taken", shown(name));
            }
            Place::Claim => assert!(!finished || sent.damaged, "{} is claimed and has all its outcomes", shown(name)),
            Place::Archive | Place::Quarantine(_) => {
                assert!(finished || sent.damaged, "{} is put away and has {} outcomes", shown(name), rows.len());
                let whole = rows.iter().find(|row| !row.id.contains('.') && row.kind == "quarantined");
                let belongs = whole.map_or(Place::Archive, |row| Place::Quarantine(row.id.clone()));
                assert!(*place == belongs || name.len() > 200, "{} is not where it belongs", shown(name));
            }
        }
        if !sent.damaged {
            rows.iter().for_each(|row| self.check_outcome(row));
        }
    }

    fn check_outcome(&self, row: &Row) {
        if row.fault.as_deref() == Some(STOPPED) {
            let id: ArticleId = row.id.parse().unwrap();
            let deaths = self.deaths.get(&id).copied().unwrap_or_default();
            assert!(deaths >= DEATHS, "{} is refused for {deaths} deaths", row.id);
            return;
        }
        match self.expected(row) {
            Some(Expected::Story(_)) => {
                assert_ne!(row.kind, "quarantined", "{} is refused for {:?}", row.id, row.fault);
            }
            Some(Expected::Broken) => assert_eq!(row.kind, "quarantined", "{} is broken", row.id),
            None => panic!("{} is an article that its file does not hold", row.id),
        }
    }
}

pub(super) fn shown(name: &[u8]) -> String {
    let mut shown = crate::article::shown(name);
    if shown.len() > 40 {
        shown.replace_range(8..shown.len() - 8, "…");
    }
    shown
}

pub(super) fn folder(root: &Folder, path: &[u8]) -> Folder {
    let mut parts = path.split(|byte| *byte == b'/');
    let first = root.existing_subfolder(parts.next().unwrap_or_default()).unwrap();
    parts.fold(first, |folder, part| folder.existing_subfolder(part).unwrap())
}

pub(super) fn names(folder: &Folder) -> Vec<Vec<u8>> {
    folder.names().unwrap().map(Result::unwrap).collect()
}

pub(super) fn content(folder: &Folder, name: &[u8]) -> Vec<u8> {
    folder.open_file(name).and_then(|file| file.read(0, u64::MAX)).unwrap_or_default()
}

fn is_folder(folder: &Folder, name: &[u8]) -> bool {
    folder.look(name).unwrap().kind == Kind::Directory
}
