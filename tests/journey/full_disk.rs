//! A full disk makes the daemon wait, not end: nothing more is claimed, nothing is lost, and it goes on by itself.
//!
//! A small file system in memory is mounted for it, which takes root; without, that is said and nothing is tried.

use std::fs::{self, File};
use std::io::Write as _;
use std::process::Command;

use crate::support::{Daemon, PASSING, Shop};

const FILES: usize = 40;
/// Written to fill what is left, in pieces that get smaller.
const FILLER: &str = "filler";

/// A shop on a small disk of its own, with files beside its inbox that need no room to be moved in.
struct SmallDisk {
    shop: Shop,
}

impl SmallDisk {
    /// `None` if this process may not mount.
    #[expect(clippy::print_stderr, reason = "what is left out is said aloud")]
    fn new(shop: Shop, mebibytes: u32) -> Option<Self> {
        let folder = shop.folder("");
        let options = format!("size={mebibytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&folder).output();
        if !mounted.is_ok_and(|mounted| mounted.status.success()) {
            eprintln!("left out: a test of a full disk, since this process may not mount one");
            return None;
        }
        let disk = SmallDisk { shop };
        fs::create_dir(disk.shop.folder("inbox")).unwrap();
        fs::create_dir(disk.shop.folder("ready")).unwrap();
        for number in 0..FILES {
            fs::write(disk.shop.folder("ready").join(format!("{number}.txt")), text(number)).unwrap();
        }
        Some(disk)
    }

    /// Nothing more can be written, not even one byte.
    fn fill(&self) {
        let mut filler = File::create(self.shop.folder(FILLER)).unwrap();
        let mut piece = vec![0; 1 << 20];
        while !piece.is_empty() {
            if filler.write_all(&piece).is_err() {
                piece.truncate(piece.len() / 2);
            }
        }
    }

    fn free(&self) {
        fs::remove_file(self.shop.folder(FILLER)).unwrap();
    }

    fn move_in(&self) {
        for number in 0..FILES {
            let name = format!("{number}.txt");
            fs::rename(self.shop.folder("ready").join(&name), self.shop.inbox(&name)).unwrap();
        }
    }

    #[track_caller]
    fn assert_all_published(&self) {
        self.shop.take_records();
        self.shop.assert_books(FILES, 0, 0);
        for record in self.shop.records() {
            let number = record.source_name().trim_end_matches(".txt").parse().unwrap();
            assert_eq!(record.body(), text(number));
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: after a failed test the daemon may still be ending.
        let _ = Command::new("umount").arg("-l").arg(self.shop.folder("")).status();
    }
}

fn text(number: usize) -> String {
    format!("story {number}\n{}", "word ".repeat(1000))
}

fn wait_until_decided(disk: &SmallDisk, daemon: &Daemon) {
    daemon.wait_until("all are decided", || disk.shop.decided() == FILES);
}

#[test]
fn a_full_disk_is_waited_for_and_everything_is_published_once() {
    let configuration = format!("[claim]\nfree_bytes_min = 0\n[shop]\nballast_mebibytes = 1\n{PASSING}");
    let Some(disk) = SmallDisk::new(Shop::configured(&configuration), 16) else { return };
    let daemon = disk.shop.start();
    assert_eq!(fs::metadata(disk.shop.folder("spool/ballast")).unwrap().len(), 1 << 20);
    disk.fill();
    disk.move_in();
    daemon.wait_for_log("no room on the disk");
    assert_eq!(disk.shop.listing("outbox"), [""; 0]);
    // Long enough for it to have tried again, and to have been wrong about it.
    let tries = || daemon.log().matches("no room on the disk").count();
    let began = std::time::Instant::now();
    daemon.wait_until("some seconds", || began.elapsed() > std::time::Duration::from_secs(4));
    assert_eq!(tries(), 1, "it is said once\n{}", daemon.log());
    disk.free();
    wait_until_decided(&disk, &daemon);
    daemon.wait_for_log("there is room again");
    daemon.stop();
    disk.assert_all_published();
}

#[test]
fn stopped_or_killed_while_it_waits_for_room() {
    let configuration = format!(
        "[claim]\nfree_bytes_min = 0\n[lifecycle]\ndrain_seconds = 0\n[shop]\nballast_mebibytes = 1\n{PASSING}"
    );
    for kill in [false, true] {
        let Some(disk) = SmallDisk::new(Shop::configured(&configuration), 16) else { return };
        let daemon = disk.shop.start();
        disk.fill();
        disk.move_in();
        daemon.wait_for_log("no room on the disk");
        drop(if kill { daemon.kill() } else { daemon.stop() });
        disk.free();
        let daemon = disk.shop.start();
        wait_until_decided(&disk, &daemon);
        daemon.stop();
        disk.assert_all_published();
    }
}

#[test]
fn a_start_on_a_full_disk_waits_for_room() {
    for ballast in [0, 1] {
        let configuration = format!("[claim]\nfree_bytes_min = 0\n[shop]\nballast_mebibytes = {ballast}\n{PASSING}");
        let Some(disk) = SmallDisk::new(Shop::configured(&configuration), 16) else { return };
        disk.shop.start().stop();
        disk.move_in();
        disk.fill();
        let daemon = disk.shop.spawn(&[]);
        if ballast == 0 {
            daemon.wait_for_log("no room on the disk to begin");
            // Told to stop meanwhile, it does, and that is no error.
            assert_eq!(daemon.stop().code, Some(0));
            let daemon = disk.shop.spawn(&[]);
            daemon.wait_for_log("no room on the disk to begin");
            disk.free();
            wait_until_decided(&disk, &daemon);
            daemon.stop();
        } else {
            // What the ballast held is enough to begin.
            daemon.wait_for_log("ready");
            disk.free();
            wait_until_decided(&disk, &daemon);
            daemon.stop();
        }
        disk.assert_all_published();
    }
}

#[test]
fn under_the_watermark_files_stay_in_the_inbox() {
    let configuration = format!("[claim]\nfree_bytes_min = 4_194_304\n[shop]\nballast_mebibytes = 0\n{PASSING}");
    let Some(disk) = SmallDisk::new(Shop::configured(&configuration), 16) else { return };
    disk.fill();
    // Room for the ledger, and less than the watermark.
    File::options().write(true).open(disk.shop.folder(FILLER)).unwrap().set_len(13 << 20).unwrap();
    let daemon = disk.shop.start();
    disk.move_in();
    daemon.wait_for_log("little room left on the disk");
    assert_eq!((disk.shop.listing("inbox").len(), disk.shop.listing("spool/claim").len()), (FILES, 0));
    disk.free();
    wait_until_decided(&disk, &daemon);
    daemon.stop();
    disk.assert_all_published();
}

#[test]
fn an_outbox_that_nobody_empties_holds_claims_back() {
    let shop = Shop::configured(&format!("[claim]\noutbox_records_max = 10\n{PASSING}"));
    (0..10).for_each(|number| shop.move_in(format!("{number}.txt"), text(number)));
    let daemon = shop.start();
    daemon.wait_until("the first are published", || shop.decided() == 10);
    (10..FILES).for_each(|number| shop.move_in(format!("{number}.txt"), text(number)));
    daemon.wait_for_log("the outbox is full");
    daemon.wait_until("all are taken", || {
        shop.take_records();
        shop.decided() == FILES
    });
    daemon.stop();
    shop.take_records();
    shop.assert_books(FILES, 0, 0);
}
