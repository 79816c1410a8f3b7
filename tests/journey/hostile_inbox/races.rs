//! A name that is one thing when it is looked at and another when it is taken. Whatever is caught, a link is never followed.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, Mode, RenameFlags};

use crate::support::{PASSING, Shop};

use super::{assert_goes_on, assert_nothing_escaped, place_secret};

/// How many names are swapped.
const NAMES: usize = 150;
/// For how long, at most; more than any wait for the daemon.
const SWAPPING_MAX: Duration = Duration::from_secs(120);

/// Makes something at a path, whatever a hostile feeder likes best.
type Make = fn(&Shop, &Path);

const KINDS: [(&str, Make); 4] = [
    ("link", |shop, path| symlink(shop.outside("outside/secret.txt"), path).unwrap()),
    ("link to a folder", |shop, path| symlink(shop.outside("outside"), path).unwrap()),
    ("pipe", |_, path| rustix::fs::mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap()),
    ("folder", |shop, path| {
        fs::create_dir(path).unwrap();
        symlink(shop.outside("outside/secret.txt"), path.join("inner.txt")).unwrap();
    }),
];

/// A file and something else change places under one name, as fast as they can, until the file is gone from there, or time is up.
fn swap_until_taken(shop: &Shop, name: &str, make: Make, end: Instant) {
    let (odd, file) = (shop.outside(&format!("odd-{name}")), shop.inbox(name));
    make(shop, &odd);
    shop.move_in(name, format!("a story under the name {name}"));
    while Instant::now() < end && rustix::fs::renameat_with(CWD, &odd, CWD, &file, RenameFlags::EXCHANGE).is_ok() {}
}

#[test]
fn swapped_between_the_look_and_the_claim() {
    let mut caught = 0;
    for (what, make) in KINDS {
        let shop = Shop::configured(PASSING).variable("WARRAQ__INBOX__SETTLE_SECONDS", "0");
        place_secret(&shop);
        let daemon = shop.start();
        let over = AtomicBool::new(false);
        // A daemon that takes nothing any more must not hold the test up for ever.
        let end = Instant::now() + SWAPPING_MAX;
        thread::scope(|scope| {
            scope.spawn(|| {
                (0..NAMES).for_each(|number| swap_until_taken(&shop, &format!("{number}.txt"), make, end));
                over.store(true, Ordering::Release);
            });
            daemon.wait_until(&format!("all names were taken, swapped for a {what}"), || over.load(Ordering::Acquire));
        });
        assert_goes_on(&shop, &daemon, "good.txt");
        daemon.wait_until("everything has its outcome", || shop.listing("spool/claim").is_empty());
        daemon.stop();
        let rows = shop.rows();
        assert_eq!(rows.len(), NAMES + 1, "{what}");
        for row in &rows {
            let refused = row.fault.as_deref() == Some("unreadable");
            caught += usize::from(refused);
            assert!(row.kind == "published" || refused, "{what}: {row:?}");
        }
        for record in shop.records() {
            assert!(record.body().starts_with("a story under") || record.body() == "a good story", "{what}");
        }
        assert_nothing_escaped(&shop);
    }
    assert!(caught > 0, "the race was never won, so nothing was tried");
}

/// Only the daemon's own user can do this; a start must not be led astray by it all the same.
#[test]
fn put_into_the_claim_folder_while_nobody_looked() {
    let shop = Shop::configured(PASSING);
    place_secret(&shop);
    shop.write("first.txt", "the first story");
    shop.drain();
    let epoch = shop.rows()[0].id[..8].to_owned();
    for (number, (_, make)) in KINDS.iter().enumerate() {
        make(&shop, &shop.folder("spool/claim").join(format!("{epoch}-{:010}.odd.txt", 100 + number)));
    }
    shop.write("good.txt", "a good story");
    let finished = shop.drain();
    assert_eq!(shop.record_of("good.txt").body(), "a good story");
    assert_eq!(shop.rows().iter().filter(|row| row.kind == "published").count(), 2, "{}", finished.log);
    assert_nothing_escaped(&shop);
    // What could not be read was refused, and lies where refusals lie.
    assert_eq!(shop.listing("spool/claim"), [""; 0], "{}", finished.log);
}
