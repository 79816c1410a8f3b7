use super::*;
use crate::claim::Claimed;
use crate::config;
use crate::ledger::{Entry, Fate, NewEntry};

/// A shop in a temporary place with a ledger, as a start finds it.
struct Stand {
    root: tempfile::TempDir,
    shop: Shop,
    ledger: Ledger,
}

impl Stand {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let place = |name: &str| root.path().join(name);
        let config = config::Shop {
            spool: place("spool"),
            outbox: place("outbox"),
            quarantine: place("quarantine"),
            archive: place("archive"),
            ballast_bytes: 0,
        };
        let shop = Shop::open(&config).unwrap();
        let ledger = Ledger::open(&shop.ledger_path()).unwrap();
        Stand { root, shop, ledger }
    }

    fn id(&self, number: u64) -> ArticleId {
        ArticleId { submission: SubmissionId { epoch: self.ledger.epoch(), number }, position: None }
    }

    fn part(&self, number: u64, position: u32) -> ArticleId {
        ArticleId { position: Some(position), ..self.id(number) }
    }

    /// Judges, as a start does that finds these files claimed, and gives what each of them is suspected of.
    fn judge(&mut self, claimed: &[u64]) -> Vec<Suspects> {
        let mut unfinished: Vec<Unfinished> = claimed.iter().map(|number| self.unfinished(*number)).collect();
        judge(&self.shop, &mut self.ledger, &mut unfinished).unwrap();
        unfinished.into_iter().map(|unfinished| unfinished.suspects).collect()
    }

    fn unfinished(&self, number: u64) -> Unfinished {
        let received = "2026-01-01T00:00:00Z".to_owned();
        Unfinished::new(Claimed { id: self.id(number).submission, name: b"a".to_vec(), received })
    }

    fn slots(&self) -> Arc<Slots> {
        Slots::open(&self.shop, 2)
    }

    fn settle(&mut self, id: ArticleId) {
        let entry = Entry { id, articles: 1, fate: Fate::Published, target: Vec::new() };
        let row = NewEntry { entry: &entry, name: b"a", digest: "", bytes: 1, received: "", notes: &[] };
        self.ledger.commit(&[row]).unwrap();
    }
}

fn suspicion(deaths: u32, stage: Stage) -> Suspicion {
    Suspicion { deaths, stage }
}

#[test]
fn a_record_reads_back_and_a_torn_one_does_not() {
    let boot = [7; 16];
    for (position, stage) in [(None, Stage::Decode), (None, Stage::Chain), (Some(0), Stage::Chain)] {
        let id = ArticleId { submission: SubmissionId { epoch: 0x5e0c_91aa, number: 42 }, position };
        let told = Death { id, stage, run: 99 };
        let bytes = record(&told, &boot);
        assert_eq!(death(&bytes, &boot), Some(told));
        assert_eq!(death(&bytes, &[8; 16]), None, "another boot");
        for index in 0..RECORD_BYTES {
            let mut torn = bytes;
            torn[index] ^= 1;
            assert_eq!(death(&torn, &boot), None, "byte {index}");
        }
    }
    assert_eq!(death(&[0; RECORD_BYTES], &boot), None);
}

#[test]
fn what_was_in_hand_at_a_death_is_suspected_until_it_has_its_outcome() {
    let mut stand = Stand::new();
    let (first, second) = (stand.id(1), stand.part(2, 7));
    for deaths in 1..=3 {
        let slots = stand.slots();
        slots.slot(0).hold(first, Stage::Decode);
        slots.slot(1).hold(stand.id(3), Stage::Chain);
        slots.slot(1).hold(second, Stage::Chain);
        drop(slots);
        let suspects = stand.judge(&[1, 2, 3]);
        assert_eq!(suspects[0], HashMap::from([(first, suspicion(deaths, Stage::Decode))]));
        assert_eq!(suspects[1], HashMap::from([(second, suspicion(deaths, Stage::Chain))]));
        assert!(suspects[2].is_empty(), "it had left the worker");
        assert_eq!(suspects[0][&first].fault().is_some(), deaths == DEATHS_MAX);
        assert_eq!(stand.judge(&[1, 2, 3]), suspects, "one death counts once");
    }
    stand.settle(first);
    assert!(stand.judge(&[1, 2])[0].is_empty());
    assert_eq!(stand.judge(&[2])[0].len(), 1);
    assert!(stand.judge(&[1])[0].is_empty());
    assert!(stand.judge(&[2])[0].is_empty(), "a claim that somebody took away is forgotten");
}

#[test]
fn cut_off_before_it_forgets_a_start_counts_a_death_once() {
    let mut stand = Stand::new();
    stand.slots().slot(0).hold(stand.id(1), Stage::Chain);
    let path = stand.root.path().join("spool/slots");
    let noted = std::fs::read(&path).unwrap();
    for _ in 0..4 {
        std::fs::write(&path, &noted).unwrap();
        assert_eq!(stand.judge(&[1])[0][&stand.id(1)].deaths, 1);
    }
}

#[test]
fn an_orderly_end_blames_nobody_but_who_made_a_worker_panic() {
    let mut stand = Stand::new();
    let slots = stand.slots();
    slots.slot(0).hold(stand.id(1), Stage::Chain);
    slots.slot(1).hold(stand.id(2), Stage::Chain);
    slots.slot(1).keep();
    slots.close();
    slots.slot(0).hold(stand.id(1), Stage::Chain);
    let suspects = stand.judge(&[1, 2]);
    assert_eq!((suspects[0].len(), suspects[1].len()), (0, 1));
    let slots = stand.slots();
    slots.slot(0).hold(stand.id(3), Stage::Chain);
    slots.slot(0).clear();
    assert!(stand.judge(&[3])[0].is_empty());
}

#[test]
fn after_a_power_cut_nobody_is_blamed() {
    let mut stand = Stand::new();
    let death = Death { id: stand.id(1), stage: Stage::Chain, run: 1 };
    std::fs::write(stand.root.path().join("spool/slots"), record(&death, &[1; 16])).unwrap();
    assert!(stand.judge(&[1])[0].is_empty());
}

/// A start made the file anew, block and all; on a full disk there was no room for that, and no death of that run was counted.
#[test]
fn the_file_of_notes_never_gives_its_room_back() {
    let mut stand = Stand::new();
    let path = stand.root.path().join("spool/slots");
    let size = || std::fs::metadata(&path).unwrap().len();
    stand.slots().slot(1).hold(stand.id(1), Stage::Chain);
    let full = size();
    assert_eq!(stand.judge(&[1])[0].len(), 1);
    assert_eq!(size(), full);
    drop(Slots::open(&stand.shop, 1));
    assert_eq!((size(), std::fs::read(&path).unwrap().iter().all(|byte| *byte == 0)), (full, true));
}
