//! Writers that never finish, that die, and that go on when the file is no longer theirs. A record is of bytes that stood in the file
//! together, and what a writer does later changes no record.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::os::unix::fs::chown;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::support::{PASSING, Shop, skipped};

use super::{SECRET, assert_goes_on};

#[test]
fn a_writer_that_never_closes_and_then_dies() {
    let shop = Shop::configured(PASSING);
    let daemon = shop.start();
    let file = shop.inbox("open.txt");
    let mut writer = Command::new("sh")
        .args(["-c", "exec 3>\"$1\"; printf 'half a story' >&3; exec sleep 120", "sh"])
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    daemon.wait_until("it is written", || fs::read(&file).is_ok_and(|content| !content.is_empty()));
    for number in 0..3 {
        assert_goes_on(&shop, &daemon, &format!("{number}.txt"));
    }
    assert_eq!(shop.listing("inbox"), ["open.txt"]);
    writer.kill().unwrap();
    writer.wait().unwrap();
    daemon.wait_until("what the dead one wrote is published", || shop.decided() == 4);
    daemon.stop();
    shop.assert_books(4, 0, 0);
    assert_eq!(shop.record_of("open.txt").body(), "half a story");
}

/// Nobody has the file open between two pieces: only its quiet time tells that more may come.
#[test]
fn a_writer_that_closes_and_goes_on() {
    let shop = Shop::configured(PASSING).variable("WARRAQ__INBOX__SETTLE_SECONDS", "5");
    let daemon = shop.start();
    shop.write("pieces.txt", "piece 0");
    for number in 1..6 {
        // The writer's own pace; nothing is waited for.
        thread::sleep(Duration::from_millis(100));
        let mut file = File::options().append(true).open(shop.inbox("pieces.txt")).unwrap();
        write!(file, ", piece {number}").unwrap();
    }
    daemon.wait_until("it is published", || shop.decided() == 1);
    daemon.stop();
    shop.assert_books(1, 0, 0);
    assert_eq!(shop.record_of("pieces.txt").body(), "piece 0, piece 1, piece 2, piece 3, piece 4, piece 5");
}

/// A writer that the daemon cannot know of: the file is another user's, so the system grants no lease on it, and the quiet time
/// alone decides.
#[test]
fn a_writer_that_goes_on_after_the_claim() {
    let Some(shop) = Shop::configured(PASSING).run_by_nobody() else { return };
    if !rustix::process::geteuid().is_root() {
        return skipped("a file of another, since only root can make one");
    }
    let (first, later) = (format!("!sleep 200\n{}", "f".repeat(4000)), "X".repeat(4096));
    let mut writer = File::create(shop.inbox("late.txt")).unwrap();
    writer.write_all(first.as_bytes()).unwrap();
    let daemon = shop.start();
    daemon.wait_until("it is claimed", || shop.listing("inbox").is_empty());
    writer.write_all_at(later.as_bytes(), 0).unwrap();
    daemon.wait_until("it has its outcome", || shop.decided() == 1);
    writer.write_all_at(SECRET.as_bytes(), 0).unwrap();
    daemon.stop();
    if shop.rows()[0].kind == "quarantined" {
        assert_eq!(shop.rows()[0].fault.as_deref(), Some("changed-while-read"));
        return shop.assert_books(0, 0, 1);
    }
    shop.assert_books(1, 0, 0);
    let body = shop.record_of("late.txt").body().to_owned();
    assert!(body == first || body == later, "{body}");
}

/// A second name outside, through which the file is written again and again, before, at and after the claim.
#[test]
fn a_hard_link_from_outside_that_is_written_later() {
    const FILES: usize = 40;
    const BYTES: usize = 200_000;
    let shop = Shop::configured(PASSING).variable("WARRAQ__INBOX__SETTLE_SECONDS", "0");
    let version = |letter: u8| vec![letter; BYTES];
    let over = AtomicBool::new(false);
    let daemon = shop.start();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut letters = (b'A'..=b'Z').cycle();
            while !over.load(Ordering::Acquire) {
                for number in 0..FILES {
                    // Opened, written and closed in one go, as an editor saves.
                    if let Ok(file) = File::options().write(true).open(shop.outside(&format!("{number}"))) {
                        file.write_all_at(&version(letters.next().unwrap()), 0).unwrap();
                    }
                    // Not a wait for anything: without it, no file would ever be quiet.
                    thread::sleep(Duration::from_micros(300));
                }
            }
        });
        for number in 0..FILES {
            fs::write(shop.outside(&format!("{number}.new")), version(b'A')).unwrap();
            fs::hard_link(shop.outside(&format!("{number}.new")), shop.inbox(format!("{number}.txt"))).unwrap();
            fs::rename(shop.outside(&format!("{number}.new")), shop.outside(&format!("{number}"))).unwrap();
        }
        daemon.wait_until("all have their outcome", || shop.decided() == FILES);
        over.store(true, Ordering::Release);
    });
    daemon.stop();
    let rows = shop.rows();
    let published = rows.iter().filter(|row| row.kind == "published").count();
    assert!(
        rows.iter().all(|row| row.kind == "published" || row.fault.as_deref() == Some("changed-while-read")),
        "{rows:#?}"
    );
    shop.assert_books(published, 0, FILES - published);
    for record in shop.records() {
        let body = record.body().as_bytes();
        assert!(
            body.len() == BYTES && body.iter().all(|letter| *letter == body[0]),
            "{} is of two versions",
            record.file
        );
    }
}

#[test]
fn a_file_of_another_that_is_closed_is_read_once() {
    let Some(shop) = Shop::configured(PASSING).run_by_nobody() else { return };
    shop.write("foreign.txt", "a story of somebody else");
    let _ = chown(shop.inbox("foreign.txt"), Some(0), Some(0));
    shop.drain();
    shop.assert_books(1, 0, 0);
}
