//! An inbox that is moved, removed, replaced or unmounted while the daemon runs: that is said once, nothing is made or taken in its
//! stead, and what lies in the next one is found at once. No test here waits for a rescan.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::{Daemon, Mounted, PASSING, Shop};

const GONE: &str = "the inbox is gone or cannot be read";
const BACK: &str = "the inbox is there again; going on";
const ANOTHER: &str = "the inbox is another folder now";

/// Only events and the look at the folder itself can find anything here.
fn shop_without_rescan() -> Shop {
    Shop::configured(PASSING).variable("WARRAQ__INBOX__RESCAN_SECONDS", "86400")
}

/// Everything is published, and each of these lines was said so often.
#[track_caller]
fn ends_well(shop: &Shop, daemon: Daemon, published: usize, said: &[(&str, usize)]) {
    daemon.wait_until("everything is published", || shop.decided() == published);
    let finished = daemon.stop();
    shop.assert_books(published, 0, 0);
    for (line, times) in said {
        assert_eq!(finished.log.matches(line).count(), *times, "{line}\n{}", finished.log);
    }
}

/// A file whose arrival can be known by an event only.
#[track_caller]
fn is_watched(shop: &Shop, daemon: &Daemon, name: &str) {
    let before = shop.decided();
    shop.move_in(name, format!("moved in as {name}"));
    daemon.wait_until("an event has told of it", || shop.decided() > before);
}

#[test]
fn moved_away_and_back() {
    let shop = shop_without_rescan().variable("WARRAQ__INBOX__SETTLE_SECONDS", "3600");
    let daemon = shop.start();
    is_watched(&shop, &daemon, "first.txt");
    fs::rename(shop.folder("inbox"), shop.outside("away")).unwrap();
    daemon.wait_for_log(GONE);
    assert!(!shop.folder("inbox").exists(), "nothing is made in its stead");
    fs::rename(shop.outside("away"), shop.folder("inbox")).unwrap();
    daemon.wait_for_log(BACK);
    is_watched(&shop, &daemon, "second.txt");
    ends_well(&shop, daemon, 2, &[(GONE, 1), (BACK, 1)]);
}

#[test]
fn removed_and_another_put_in_its_place() {
    let shop = shop_without_rescan();
    let daemon = shop.start();
    fs::remove_dir(shop.folder("inbox")).unwrap();
    daemon.wait_for_log(GONE);
    fs::create_dir(shop.outside("next")).unwrap();
    fs::write(shop.outside("next").join("a.txt"), "was in the next one before").unwrap();
    fs::rename(shop.outside("next"), shop.folder("inbox")).unwrap();
    daemon.wait_for_log(BACK);
    shop.move_in("b.txt", "comes to the next one");
    ends_well(&shop, daemon, 2, &[(GONE, 1), (BACK, 1)]);
}

/// The new folder mostly gets the very inode number of the old one.
#[test]
fn removed_and_made_anew_in_one_go() {
    let shop = shop_without_rescan();
    let daemon = shop.start();
    for number in 1..=10 {
        fs::remove_dir(shop.folder("inbox")).unwrap();
        fs::create_dir(shop.folder("inbox")).unwrap();
        let noticed = || [ANOTHER, BACK].iter().map(|line| daemon.log().matches(line).count()).sum::<usize>();
        daemon.wait_until("it is noticed", || noticed() >= number);
        is_watched(&shop, &daemon, &format!("{number}.txt"));
    }
    ends_well(&shop, daemon, 10, &[]);
}

/// No event tells of it: the folder that is watched stays where it is.
#[test]
fn replaced_behind_a_link_in_one_step() {
    let shop = shop_without_rescan();
    let link = |to: &str| {
        symlink(shop.outside(to), shop.outside("link")).unwrap();
        fs::rename(shop.outside("link"), shop.folder("inbox")).unwrap();
    };
    fs::remove_dir(shop.folder("inbox")).unwrap();
    fs::create_dir(shop.outside("one")).unwrap();
    fs::create_dir(shop.outside("two")).unwrap();
    link("one");
    let daemon = shop.start();
    is_watched(&shop, &daemon, "first.txt");
    link("two");
    daemon.wait_for_log(ANOTHER);
    is_watched(&shop, &daemon, "second.txt");
    ends_well(&shop, daemon, 2, &[(GONE, 0), (ANOTHER, 1)]);
}

#[test]
fn a_folder_above_is_moved() {
    let shop = Shop::configured(&format!("[[inbox]]\npath = 'inbox'\n{PASSING}"))
        .variable("WARRAQ__INBOX__RESCAN_SECONDS", "86400")
        .variable("WARRAQ__INBOX__PATH", "above/inbox");
    let daemon = shop.start();
    let above = shop.folder("above");
    fs::rename(&above, shop.outside("away")).unwrap();
    daemon.wait_for_log(GONE);
    fs::write(shop.outside("away/inbox/a.txt"), "comes while it is away").unwrap();
    fs::rename(shop.outside("away"), &above).unwrap();
    ends_well(&shop, daemon, 1, &[(GONE, 1), (BACK, 1)]);
}

#[test]
fn a_file_in_its_place_is_left() {
    let shop = shop_without_rescan();
    let daemon = shop.start();
    fs::remove_dir(shop.folder("inbox")).unwrap();
    daemon.wait_for_log(GONE);
    // What `cp article.txt shop/inbox` does then.
    fs::write(shop.folder("inbox"), "not an inbox").unwrap();
    daemon.wait_for_log("Not a directory");
    fs::rename(shop.folder("inbox"), shop.outside("not an inbox")).unwrap();
    fs::create_dir(shop.folder("inbox")).unwrap();
    fs::rename(shop.outside("not an inbox"), shop.inbox("article.txt")).unwrap();
    ends_well(&shop, daemon, 1, &[(BACK, 1)]);
}

#[test]
fn draining_an_inbox_that_is_gone_is_an_error() {
    let shop = Shop::configured(&format!("[[inbox]]\npath = 'inbox'\nclaim = 'copy'\n{PASSING}"));
    fs::remove_dir(shop.folder("inbox")).unwrap();
    let finished = shop.spawn(&["--drain"]).finish();
    assert_eq!(finished.code, Some(74), "{}", finished.log);
    assert!(!shop.folder("inbox").exists());
    fs::create_dir(shop.folder("inbox")).unwrap();
    shop.drain();
}

/// The daemon must neither hold the mount open nor take the folder underneath for the inbox.
#[test]
fn a_mount_that_goes_and_comes_back() {
    let shop =
        Shop::configured(&format!("[[inbox]]\npath = 'inbox'\nclaim = 'copy'\nrescan_seconds = 86400\n{PASSING}"));
    let (inbox, device) = (shop.folder("inbox"), shop.outside("device"));
    fs::create_dir(&device).unwrap();
    // The same file system each time, as a disk that is taken out and put in again.
    let Some(_device) = Mounted::memory(&device, 16) else { return };
    let mount = || Mounted::folder(&device, &inbox).unwrap();
    let mounted = mount();
    let daemon = shop.start();
    shop.write("a.txt", "on the mounted one");
    daemon.wait_until("it is published", || shop.decided() == 1);
    drop(mounted);
    daemon.wait_for_log(GONE);
    shop.write("under.txt", "in the folder underneath");
    let mounted = mount();
    daemon.wait_for_log(BACK);
    shop.write("b.txt", "on the mounted one again");
    ends_well(&shop, daemon, 2, &[(GONE, 1), (BACK, 1)]);
    drop(mounted);
    assert_eq!(shop.listing("inbox"), ["under.txt"]);
}

#[test]
fn something_mounted_over_an_inbox_is_not_renamed_from() {
    let shop = shop_without_rescan();
    let daemon = shop.start();
    let inbox = shop.folder("inbox");
    let Some(mounted) = Mounted::memory(&inbox, 16) else { return };
    daemon.wait_for_log(GONE);
    assert!(daemon.log().contains("on another mount"), "{}", daemon.log());
    drop(mounted);
    daemon.wait_for_log(BACK);
    shop.write("a.txt", "in the inbox itself");
    ends_well(&shop, daemon, 1, &[(GONE, 1), (BACK, 1)]);
}
