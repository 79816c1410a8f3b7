//! However the ground is taken away from under it, the daemon ends with the code that the README gives, or goes on; and once things are
//! put right, nothing is lost and nothing doubled. Mounting takes root; without, that is said and nothing is tried.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Daemon, PASSING, Shop, skipped, wait_until};

/// A folder of the shop cannot be made or used.
const CANNOT_CREATE: Option<i32> = Some(73);
/// Reading or writing failed.
const INPUT_OUTPUT: Option<i32> = Some(74);
/// Another instance holds the shop.
const TRY_LATER: Option<i32> = Some(75);

/// Something that is mounted until this is dropped.
struct Mounted(PathBuf);

impl Mounted {
    /// `None`, said aloud, if this process may not mount.
    fn new(on: &Path, options: &[&str], what: &Path) -> Option<Self> {
        let mounted = Command::new("mount").args(options).arg(what).arg(on).output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Mounted(on.to_owned()));
        }
        skipped("a test that mounts, since this process may not");
        None
    }

    fn again(&self, options: &str) {
        let done = Command::new("mount").args(["-o", options]).arg(&self.0).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Lazily: after a failed test the daemon may still be ending.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Starts it, which it must refuse with this code, naming the path; nothing in the inbox may be touched.
#[track_caller]
fn assert_refused(shop: &Shop, code: Option<i32>, path: &Path) {
    let before = shop.listing("inbox");
    for more in [&["--drain"] as &[&str], &[]] {
        let finished = shop.spawn(more).finish();
        assert_eq!(finished.code, code, "{}", finished.log);
        assert!(finished.log.contains(&path.display().to_string()), "{}", finished.log);
    }
    assert_eq!(shop.listing("inbox"), before);
}

#[test]
fn others_are_turned_away_while_the_first_is_at_work() {
    let shop = Shop::configured(PASSING).variable("WARRAQ__LEDGER__BATCH_ARTICLES_MAX", "2");
    let go = shop.outside("go");
    for number in 0..6 {
        shop.write(format!("{number}.txt"), format!("!wait-for {}\nstory {number}", go.display()));
    }
    let daemon = shop.start();
    daemon.wait_until("they are in hand", || shop.listing("spool/claim").len() == 6);
    symlink(shop.folder(""), shop.outside("by another path")).unwrap();
    let by_another_path = shop.outside("by another path").display().to_string();
    let others: [Daemon; 2] = [&["--drain"] as &[&str], &[]].map(|more| shop.spawn(more));
    let by_path =
        [&["--drain"] as &[&str], &[]].map(|more| shop.warraq(&[&["run", "--shop", &by_another_path], more].concat()));
    for finished in others.map(Daemon::finish).into_iter().chain(by_path) {
        assert_eq!(finished.code, TRY_LATER, "{}", finished.log);
        assert!(finished.log.contains("another warraq works on"), "{}", finished.log);
    }
    assert_eq!((shop.decided(), shop.listing("spool/claim").len()), (0, 6));
    fs::write(go, "").unwrap();
    shop.write("last.txt", "the first goes on");
    daemon.wait_until("the last is published", || shop.decided() > 0);
    daemon.stop();
    shop.drain();
    shop.assert_books(7, 0, 0);
}

#[test]
fn a_spool_mounted_read_only() {
    let shop = Shop::configured(PASSING);
    shop.write("first.txt", "the first story");
    shop.drain();
    shop.write("second.txt", "the second story");
    let spool = shop.folder("spool");
    let Some(mounted) = Mounted::new(&spool, &["--bind"], &spool) else { return };
    mounted.again("remount,ro,bind");
    assert_refused(&shop, CANNOT_CREATE, &spool);
    drop(mounted);
    shop.drain();
    shop.assert_books(2, 0, 0);
}

#[test]
fn a_shop_mounted_read_only() {
    let shop = Shop::configured(PASSING);
    shop.write("first.txt", "the first story");
    shop.drain();
    shop.write("second.txt", "the second story");
    let Some(mounted) = Mounted::new(&shop.folder(""), &["--bind"], &shop.folder("")) else { return };
    mounted.again("remount,ro,bind");
    assert_refused(&shop, CANNOT_CREATE, &shop.folder("spool"));
    drop(mounted);
    shop.drain();
    shop.assert_books(2, 0, 0);
}

#[test]
fn folders_that_we_may_not_write() {
    for name in ["spool", "."] {
        let Some(shop) = Shop::configured(PASSING).run_by_nobody() else { return };
        shop.write("story.txt", "a story");
        if name == "spool" {
            shop.spawn(&["--drain"]).finish();
            shop.write("second.txt", "a second story");
        }
        let folder = shop.folder(name);
        let mode = fs::metadata(&folder).unwrap().permissions();
        let forbidden = if name == "spool" { 0o000 } else { 0o500 };
        fs::set_permissions(&folder, Permissions::from_mode(forbidden)).unwrap();
        assert_refused(&shop, CANNOT_CREATE, &shop.folder("spool"));
        fs::set_permissions(&folder, mode).unwrap();
        shop.drain();
        shop.assert_books(if name == "spool" { 2 } else { 1 }, 0, 0);
    }
}

#[test]
fn an_outbox_that_we_may_not_write() {
    let Some(shop) = Shop::configured(PASSING).run_by_nobody() else { return };
    shop.drain();
    shop.write("story.txt", "a story");
    fs::set_permissions(shop.folder("outbox"), Permissions::from_mode(0o500)).unwrap();
    let finished = shop.spawn(&["--drain"]).finish();
    assert!([CANNOT_CREATE, INPUT_OUTPUT].contains(&finished.code), "{}", finished.log);
    assert!(finished.log.contains(&shop.folder("outbox").display().to_string()), "{}", finished.log);
    fs::set_permissions(shop.folder("outbox"), Permissions::from_mode(0o700)).unwrap();
    shop.drain();
    shop.assert_books(1, 0, 0);
}

#[test]
fn folders_that_are_missing_at_the_start_are_made() {
    let shop = Shop::configured(PASSING);
    shop.write("first.txt", "the first story");
    shop.drain();
    shop.take_records();
    for name in ["inbox", "outbox", "quarantine", "spool/claim", "spool/stage"] {
        fs::remove_dir(shop.folder(name)).unwrap();
    }
    let daemon = shop.start();
    shop.write("second.txt", "the second story");
    shop.write("third.txt", "!reject odd");
    daemon.wait_until("both are decided", || shop.decided() == 3);
    daemon.stop();
    shop.assert_books(2, 0, 1);
}

/// Takes a folder away from a running daemon, gives it a file to publish and one to refuse, and has it go on by itself or end with 74.
/// After a restart, everything must be where it belongs.
#[track_caller]
fn check_taken_away(name: &str, take: impl Fn(&Path)) {
    let shop = Shop::configured(PASSING).variable("WARRAQ__INBOX__RESCAN_SECONDS", "1");
    shop.write("0.txt", "the first story");
    let daemon = shop.start();
    daemon.wait_until("the first is decided", || shop.decided() == 1);
    shop.take_records();
    take(&shop.folder(name));
    shop.write("1.txt", "the second story");
    shop.write("2.txt", "!reject odd");
    let is_there = |folder: &str, count| shop.listing(folder).len() == count;
    wait_until(
        "it heals or ends",
        || !daemon.is_running() || is_there("outbox", 1) && is_there("quarantine", 1) && is_there("spool/claim", 0),
        || format!("{name}: outbox {:?}, inbox {:?}\n{}", shop.listing("outbox"), shop.listing("inbox"), daemon.log()),
    );
    daemon.terminate();
    let finished = daemon.finish();
    assert!([Some(0), INPUT_OUTPUT].contains(&finished.code), "{name}: {:?} {}", finished.code, finished.log);
    shop.drain();
    assert_eq!(shop.listing("inbox"), [""; 0]);
    if name != "archive" {
        return shop.assert_books(2, 0, 1);
    }
    // The original of the first went with the archive.
    assert_eq!((shop.decided(), shop.listing("outbox").len(), shop.listing("quarantine").len()), (3, 1, 1));
}

#[test]
fn an_archive_that_is_removed() {
    check_taken_away("archive", |folder| fs::remove_dir_all(folder).unwrap());
}

#[test]
fn a_stage_folder_that_is_removed() {
    check_taken_away("spool/stage", |folder| fs::remove_dir(folder).unwrap());
}

#[test]
fn a_disk_that_becomes_read_only() {
    let shop = Shop::configured(PASSING);
    let image = shop.outside("disk.img");
    fs::File::create(&image).unwrap().set_len(256 << 20).unwrap();
    let made = Command::new("mkfs.ext4").arg("-q").arg(&image).output();
    if !made.is_ok_and(|made| made.status.success()) {
        return skipped("a disk that becomes read-only, since there is no mkfs.ext4");
    }
    let mount = || Mounted::new(&shop.folder(""), &["-o", "loop,errors=remount-ro"], &image);
    let Some(mounted) = mount() else { return };
    fs::create_dir(shop.folder("inbox")).unwrap();
    let daemon = shop.start();
    for number in 0..20 {
        shop.write(format!("{number}.txt"), format!("!sleep 50\nstory {number}"));
    }
    // What a feeder has not made durable itself is its own loss.
    rustix::fs::syncfs(fs::File::open(shop.folder("inbox")).unwrap()).unwrap();
    daemon.wait_until("some are decided", || shop.decided() > 2);
    mounted.again("remount,abort");
    let finished = daemon.finish();
    assert_eq!(finished.code, INPUT_OUTPUT, "{}", finished.log);
    assert_refused(&shop, CANNOT_CREATE, &shop.folder("spool"));
    drop(mounted);
    let Some(_mounted) = mount() else { return };
    shop.drain();
    shop.assert_books(20, 0, 0);
}
#[test]
fn an_outbox_that_is_removed() {
    check_taken_away("outbox", |folder| fs::remove_dir(folder).unwrap());
}

#[test]
fn a_quarantine_that_is_removed() {
    check_taken_away("quarantine", |folder| fs::remove_dir(folder).unwrap());
}

#[test]
fn a_claim_folder_that_is_removed() {
    check_taken_away("spool/claim", |folder| fs::remove_dir(folder).unwrap());
}
