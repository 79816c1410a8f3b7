//! Originals are kept as long as the configuration says, then removed while the daemon runs; records and refusals stay.

use std::fs;

use crate::support::{PASSING, Shop};

fn archive_old_original(shop: &Shop, name: &str) {
    let day = shop.folder("archive/2016-07-15");
    fs::create_dir_all(&day).unwrap();
    fs::write(day.join(name), "an old story").unwrap();
}

#[test]
fn old_originals_are_removed_and_young_ones_stay() {
    let shop = Shop::configured(PASSING);
    shop.write("young.txt", "a story");
    shop.write("bad.txt", "!reject odd");
    for number in 0..9 {
        archive_old_original(&shop, &format!("5e0c91aa-000000000{number}.old.txt"));
    }
    shop.drain();
    assert_eq!(shop.listing("archive/2016-07-15").len(), 9, "a drain does its work and no other");
    let daemon = shop.start();
    daemon.wait_until("the old day is gone", || !shop.folder("archive/2016-07-15").exists());
    daemon.wait_for_log("removed what was kept long enough");
    daemon.stop();
    shop.assert_books(1, 0, 1);
}

#[test]
fn with_no_days_an_original_goes_after_publication() {
    let shop = Shop::configured(&format!("[retention]\narchive_days = 0\n{PASSING}"));
    shop.write("story.txt", "a story");
    shop.drain();
    let day = format!("archive/{}", shop.listing("archive")[0]);
    assert_eq!(shop.listing(&day).len(), 1);
    let daemon = shop.start();
    daemon.wait_until("the original is gone", || shop.listing(&day).is_empty());
    daemon.stop();
    assert_eq!((shop.decided(), shop.listing("outbox").len()), (1, 1));
}
