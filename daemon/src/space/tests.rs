use std::path::Path;

use rustix::io::Errno;

use super::*;
use crate::config;

fn shop(root: &Path) -> Arc<Shop> {
    let config = config::Shop {
        spool: root.join("spool"),
        outbox: root.join("outbox"),
        quarantine: root.join("quarantine"),
        archive: root.join("archive"),
        ballast_bytes: 0,
    };
    Arc::new(Shop::open(&config).unwrap())
}

/// Room without any limit, for a test to set its own.
fn space(root: &Path, limits: Limits) -> Space {
    let state = State { keeper_waits: false, claim_after: None, said: None, ballast: false, counted: None };
    Space { shop: shop(root), tally: Arc::new(Tally::default()), limits, state: Mutex::new(state) }
}

const NO_LIMITS: Limits = Limits { free_bytes_min: 0, free_inodes_min: 0, outbox_records_max: 0, ballast_bytes: 0 };

fn full() -> Halt {
    Halt::Folder { doing: "cannot write", path: "stage".into(), error: Errno::NOSPC }
}

#[test]
fn watermarks_hold_claims_back() {
    let root = tempfile::tempdir().unwrap();
    let mut space = space(root.path(), NO_LIMITS);
    assert!(space.may_claim());
    space.limits.free_bytes_min = u64::MAX;
    assert!(!space.may_claim());
    assert!(matches!(space.lock().said, Some(Shortage::Bytes { .. })));
    space.limits = Limits { free_inodes_min: u64::MAX, ..NO_LIMITS };
    let counts_inodes = space.shop.spool.free().unwrap().inodes.is_some();
    assert_eq!(space.may_claim(), !counts_inodes);
    space.limits = NO_LIMITS;
    assert!(space.may_claim());
    assert_eq!(space.lock().said, None);
}

#[test]
fn a_full_outbox_holds_claims_back_until_it_is_counted_again() {
    let root = tempfile::tempdir().unwrap();
    let space = space(root.path(), Limits { outbox_records_max: 3, ..NO_LIMITS });
    let record = |number: u32| root.path().join(format!("outbox/{number}.json"));
    std::fs::write(record(0), "").unwrap();
    assert!(space.may_claim());
    // What was published since the count is counted without looking, and makes it look again where it would be too much.
    space.tally.published.store(1, Ordering::Release);
    assert!(space.may_claim());
    space.tally.published.store(2, Ordering::Release);
    assert!(!space.may_claim(), "there may be three");
    space.lock().counted.as_mut().unwrap().at -= COUNT_EVERY;
    assert!(space.may_claim(), "there is one");
    (1..3).for_each(|number| std::fs::write(record(number), "").unwrap());
    space.lock().counted = None;
    assert!(!space.may_claim(), "there are three");
}

#[test]
fn insists_with_longer_and_longer_pauses_until_there_is_room() {
    let root = tempfile::tempdir().unwrap();
    let space = space(root.path(), NO_LIMITS);
    let (mut pauses, mut tries) = (Vec::new(), 0);
    let mut wait = |pause: Duration| {
        pauses.push(pause.as_secs());
        true
    };
    let done = space.insist(&mut wait, true, || {
        tries += 1;
        if tries < 9 { Err(full()) } else { Ok(tries) }
    });
    assert_eq!(done.unwrap(), Some(9));
    assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30, 30]);
    assert!(!space.may_claim(), "not before the whole batch went through");
    space.went_through();
    assert!(space.may_claim());
}

#[test]
fn gives_up_when_told_to_and_never_insists_on_anything_else() {
    let root = tempfile::tempdir().unwrap();
    let space = space(root.path(), NO_LIMITS);
    let given_up = space.insist(&mut |_| false, true, || Err::<(), _>(full())).unwrap();
    assert_eq!(given_up, None);
    let mut tries = 0;
    for error in [Errno::IO, Errno::ROFS, Errno::INTR] {
        let halt = space.insist(&mut |_| panic!("waited"), true, || {
            tries += 1;
            Err::<(), _>(Halt::Folder { doing: "cannot write", path: "stage".into(), error })
        });
        assert!(halt.is_err());
    }
    assert_eq!(tries, 3);
}

#[test]
fn the_ballast_is_let_go_once_and_made_again() {
    let root = tempfile::tempdir().unwrap();
    let space = space(root.path(), Limits { ballast_bytes: 1 << 20, ..NO_LIMITS });
    let path = root.path().join("spool/ballast");
    assert!(space.may_claim() && path.metadata().unwrap().len() == 1 << 20);
    let (mut waited, mut tries) = (0, 0);
    let mut wait = |_| {
        waited += 1;
        true
    };
    let done = space.insist(&mut wait, true, || {
        tries += 1;
        assert_eq!(path.exists(), tries == 1);
        if tries < 3 { Err(full()) } else { Ok(()) }
    });
    assert_eq!((done.unwrap(), waited), (Some(()), 1), "no pause before the try with the ballast gone");
    assert!(!space.may_claim() && !path.exists());
    space.went_through();
    assert!(space.may_claim() && path.exists());
}

#[test]
fn no_ballast_is_made_where_claiming_needs_the_room() {
    let root = tempfile::tempdir().unwrap();
    let space = space(root.path(), Limits { ballast_bytes: 1 << 20, free_bytes_min: u64::MAX, ..NO_LIMITS });
    assert!(!space.may_claim());
    assert!(!root.path().join("spool/ballast").exists());
}
