use super::*;

fn open(folder: &tempfile::TempDir) -> Ledger {
    Ledger::open(&folder.path().join("ledger.db")).unwrap()
}

fn id(ledger: &Ledger, number: u64) -> ArticleId {
    ArticleId { submission: SubmissionId { epoch: ledger.epoch(), number }, position: None }
}

fn entry(id: ArticleId, fate: Fate) -> Entry {
    Entry { id, articles: 1, fate, target: b"target".to_vec() }
}

fn commit(ledger: &mut Ledger, entry: &Entry, notes: &[(String, Vec<u8>)]) -> Result<Vec<u64>, LedgerError> {
    let row = NewEntry { entry, name: b"\xE3.txt", digest: "", bytes: 3, received: "2026-01-01T00:00:00Z", notes };
    ledger.commit(&[row])
}

#[test]
fn reads_back_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(&folder);
    let (first, second, third) = (id(&ledger, 1), id(&ledger, 2), id(&ledger, 3));
    let entries = [
        entry(first, Fate::Published),
        entry(second, Fate::Duplicate { of: first, reason: "same".into() }),
        entry(third, Fate::Quarantined { fault: "empty".into(), reason: "the file is empty".into() }),
    ];
    for (index, entry) in entries.iter().enumerate() {
        assert_eq!(commit(&mut ledger, entry, &[]).unwrap(), [index as u64 + 1]);
    }
    let epoch = ledger.epoch();
    drop(ledger);

    let ledger = open(&folder);
    assert_eq!(ledger.epoch(), epoch);
    assert_eq!((ledger.last_submission().unwrap(), ledger.last_sequence().unwrap()), (3, 3));
    for entry in entries {
        assert_eq!(ledger.entries(entry.id.submission).unwrap(), std::slice::from_ref(&entry));
        assert_eq!(ledger.entry(entry.id).unwrap(), Some(entry));
    }
    assert_eq!(ledger.entry(id(&ledger, 4)).unwrap(), None);
}

#[test]
fn a_second_outcome_is_impossible() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(&folder);
    let first = entry(id(&ledger, 1), Fate::Published);
    commit(&mut ledger, &first, &[]).unwrap();
    assert!(commit(&mut ledger, &first, &[]).is_err());
    assert_eq!(ledger.last_sequence().unwrap(), 1);
}

#[test]
fn notes_come_back_in_order_and_by_plugin() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(&folder);
    for number in 1..=4 {
        let fate = match number {
            4 => Fate::Quarantined { fault: "empty".into(), reason: "x".into() },
            _ => Fate::Published,
        };
        let entry = entry(id(&ledger, number), fate);
        let notes = [("dedupe".to_owned(), vec![number as u8]), ("other".to_owned(), vec![0])];
        commit(&mut ledger, &entry, &notes).unwrap();
    }
    let mut told = Vec::new();
    ledger
        .notes()
        .replay("dedupe", 1, 4, &mut |settlement| {
            told.push((settlement.sequence, settlement.outcome, settlement.note.to_vec()));
            Ok(())
        })
        .unwrap();
    assert_eq!(
        told,
        [(2, Outcome::Published, vec![2]), (3, Outcome::Published, vec![3]), (4, Outcome::Quarantined, vec![4]),]
    );
}

#[test]
fn a_commit_without_room_is_taken_back_and_can_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(&folder);
    let set_pages_max = |ledger: &Ledger, pages: u32| {
        ledger.connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
    };
    set_pages_max(&ledger, 12);
    let entry = entry(id(&ledger, 1), Fate::Published);
    let notes = [("dedupe".to_owned(), vec![7; 100_000])];
    for _ in 0..2 {
        let error = commit(&mut ledger, &entry, &notes).unwrap_err();
        assert!(error.is_full(), "{error}");
        assert_eq!(ledger.entry(entry.id).unwrap(), None);
    }
    set_pages_max(&ledger, 1000);
    assert_eq!(commit(&mut ledger, &entry, &notes).unwrap(), [1]);
    assert!(!commit(&mut ledger, &entry, &notes).unwrap_err().is_full(), "a second outcome is another matter");
}

#[test]
fn another_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    open(&folder).connection.pragma_update(None, "user_version", 99).unwrap();
    let error = Ledger::open(&folder.path().join("ledger.db")).unwrap_err();
    assert!(error.to_string().contains("found ledger format 99, wanted 3"), "{error}");
}

#[test]
fn a_ledger_without_originals_gets_their_table_and_keeps_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(&folder);
    let published = entry(id(&ledger, 1), Fate::Published);
    commit(&mut ledger, &published, &[("dedupe".to_owned(), vec![1])]).unwrap();
    ledger.connection.execute_batch("DROP TABLE original; PRAGMA user_version = 2").unwrap();
    let epoch = ledger.epoch();
    drop(ledger);

    for _ in 0..2 {
        let ledger = open(&folder);
        assert_eq!((ledger.epoch(), ledger.entry(published.id).unwrap()), (epoch, Some(published.clone())));
        assert_eq!(ledger.original_name(published.id.submission).unwrap(), None);
    }
}
