use std::path::Path;
use std::time::Duration;

use super::*;
use crate::disk::simulated::{Disk, Mode};
use crate::settle::{Look, Settle};

const LONG: [u8; 250] = [b'n'; 250];

/// A shop on a simulated disk, and its inbox with one file.
struct Stand {
    disk: Disk,
    shop: Shop,
    inbox: Folder,
}

impl Stand {
    fn new(name: &[u8]) -> Self {
        let disk = Disk::new(Mode::Strict, 0, 1);
        let root = Folder::simulated(Path::new("/shop"), disk.root());
        let shop = Shop::simulated(&root).unwrap();
        let inbox = root.subfolder(b"inbox", 0).unwrap();
        inbox.create(name).unwrap().write(b"text").unwrap();
        Stand { disk, shop, inbox }
    }

    fn claim(&self, name: &[u8]) -> Result<Claim, Halt> {
        let Look::Settled(settled) = Settle::new(Duration::ZERO).look(&self.inbox, name, true) else {
            panic!("not settled")
        };
        claim(&self.shop, &self.inbox, settled, id())
    }

    fn claimed(&self) -> Vec<Vec<u8>> {
        self.shop.claim.names().unwrap().map(Result::unwrap).collect()
    }
}

fn id() -> SubmissionId {
    "5e0c91aa-0000000042".parse().unwrap()
}

/// The folder for a long name was made, the rename into it found no room, and the folder stayed until the next start.
#[test]
fn a_claim_that_finds_no_room_leaves_nothing_behind() {
    for operations in [0, 1] {
        let stand = Stand::new(&LONG);
        stand.disk.set_room(Some(operations));
        assert!(stand.claim(&LONG).unwrap_err().is_lack_of_room());
        assert_eq!(stand.claimed(), Vec::<Vec<u8>>::new());
        stand.disk.set_room(None);
        assert!(matches!(stand.claim(&LONG), Ok(Claim::Claimed(_))));
        assert_eq!(unfinished(&stand.shop).unwrap()[0].name, LONG);
    }
}

/// A rename into a folder that has been removed says the same as one of a file that is gone: NOENT. It was taken for that, and
/// nothing was ever claimed again, without a word.
#[test]
fn a_removed_claim_folder_is_not_a_file_that_is_gone() {
    let stand = Stand::new(b"a.txt");
    stand.shop.spool.remove_folder(b"claim").unwrap();
    assert!(matches!(stand.claim(b"a.txt"), Err(Halt::Folder { error: Errno::NOENT, .. })));
    let stand = Stand::new(b"a.txt");
    let Look::Settled(settled) = Settle::new(Duration::ZERO).look(&stand.inbox, b"a.txt", true) else { panic!() };
    stand.inbox.remove(b"a.txt").unwrap();
    assert!(matches!(claim(&stand.shop, &stand.inbox, settled, id()), Ok(Claim::Gone)));
    assert_eq!(stand.claimed(), Vec::<Vec<u8>>::new());
}

/// As the one above, on the way out: the original stayed in the claim folder, and everybody believed that it was archived.
#[test]
fn a_removed_archive_has_not_taken_the_original() {
    let stand = Stand::new(b"a.txt");
    let Ok(Claim::Claimed(claimed)) = stand.claim(b"a.txt") else { panic!("not claimed") };
    let day = stand.shop.archive.subfolder(b"day", 0).unwrap();
    stand.shop.archive.remove_folder(b"day").unwrap();
    assert!(matches!(retire(&stand.shop, &claimed, &day, b"a"), Err(Halt::Folder { error: Errno::NOENT, .. })));
    let day = stand.shop.archive.subfolder(b"day", 0).unwrap();
    for _ in 0..2 {
        retire(&stand.shop, &claimed, &day, b"a").unwrap();
    }
}

/// A feeder who put a folder in the place of his file, between the look and the claim, had the file in it taken for the claim.
#[test]
fn a_folder_that_was_claimed_by_chance_is_no_long_name() {
    for (name, inner, found) in [
        (b"odd.txt".as_slice(), b"inner.txt".as_slice(), b"odd.txt".as_slice()),
        (b"d", b"inner.txt", b"d"),
        (b"d", &LONG, &LONG),
    ] {
        let stand = Stand::new(b"other");
        let entry = [id().to_string().as_bytes(), b".", name].concat();
        stand.shop.claim.subfolder(&entry, 0).unwrap().create(inner).unwrap();
        let [claimed] = &unfinished(&stand.shop).unwrap()[..] else { panic!("one claim") };
        assert_eq!(claimed.name, found);
    }
}
