//! Whoever may write into the inbox may put anything there. Nothing outside is ever read, moved or shown because of it, nothing holds
//! up the files beside it, and each thing has its outcome or a line in the log that says why it was left alone.

mod races;
mod writers;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::process::Command;

use rustix::fs::{CWD, FileType, Mode};

use crate::support::{Daemon, PASSING, Shop, skipped};

/// What must never turn up anywhere.
const SECRET: &str = "the secret that no link leads to";
/// How much the memory may grow for a file that is refused unread, in KiB.
const GROWTH_KIBIBYTES_MAX: u64 = 32 * 1024;

/// A folder and a file beside the shop that nobody may look into.
fn place_secret(shop: &Shop) {
    fs::create_dir(shop.outside("outside")).unwrap();
    fs::write(shop.outside("outside/secret.txt"), SECRET).unwrap();
}

/// The secret lies where it lay, and its text is in no file of the shop. Links are not followed: what matters is what was copied.
#[track_caller]
fn assert_nothing_escaped(shop: &Shop) {
    assert_eq!(fs::read_to_string(shop.outside("outside/secret.txt")).unwrap(), SECRET);
    let mut folders = ["outbox", "quarantine", "archive", "spool"].map(|name| shop.folder(name)).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let kind = fs::symlink_metadata(&path).unwrap().file_type();
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                assert!(!holds(&path, SECRET.as_bytes()), "the secret is in {}", path.display());
            }
        }
    }
}

fn holds(file: &Path, text: &[u8]) -> bool {
    fs::read(file).unwrap().windows(text.len()).any(|window| window == text)
}

/// The line that says why a name stays in the inbox.
#[track_caller]
fn wait_until_left_alone(daemon: &Daemon, name: &str, why: &str) {
    daemon.wait_until(&format!("{name} is left alone: {why}"), || {
        let log = daemon.log();
        let mut lines = log.lines().filter(|line| line.contains("left alone in the inbox") && line.contains(name));
        lines.any(|line| line.contains(why))
    });
}

/// Drops a good file and waits for its record: whatever else lies there, the daemon goes on.
#[track_caller]
fn assert_goes_on(shop: &Shop, daemon: &Daemon, name: &str) {
    shop.write(name, "a good story");
    // The row comes first, then the record.
    let is_published = || {
        let row = shop.rows().into_iter().find(|row| row.name == name.as_bytes());
        row.is_some_and(|row| shop.folder("outbox").join(row.target).exists())
    };
    daemon.wait_until("the good file is published", is_published);
    assert_eq!(shop.record_of(name).body(), "a good story");
}

#[test]
fn what_is_no_file_is_left_alone() {
    let shop = Shop::configured(PASSING);
    place_secret(&shop);
    symlink(shop.outside("outside/secret.txt"), shop.inbox("link.txt")).unwrap();
    symlink(shop.outside("outside"), shop.inbox("link-to-folder.txt")).unwrap();
    symlink("nowhere", shop.inbox("dangling.txt")).unwrap();
    symlink("loop.txt", shop.inbox("loop.txt")).unwrap();
    symlink("../inbox", shop.inbox("itself.txt")).unwrap();
    fs::create_dir(shop.inbox("folder.txt")).unwrap();
    fs::write(shop.inbox("folder.txt").join("inner.txt"), "a story in a folder").unwrap();
    let make =
        |name, kind, device| rustix::fs::mknodat(CWD, shop.inbox(name), kind, Mode::RUSR | Mode::WUSR, device).is_ok();
    assert!(make("pipe.txt", FileType::Fifo, 0));
    let _socket = std::os::unix::net::UnixListener::bind(shop.inbox("socket.txt")).unwrap();
    let mut left = vec![
        ("dangling.txt", "symbolic link"),
        ("folder.txt", "directory"),
        ("itself.txt", "symbolic link"),
        ("link-to-folder.txt", "symbolic link"),
        ("link.txt", "symbolic link"),
        ("loop.txt", "symbolic link"),
        ("pipe.txt", "named pipe"),
        ("socket.txt", "socket"),
    ];
    // The endless device and a loop device.
    if make("endless.txt", FileType::CharacterDevice, rustix::fs::makedev(1, 5))
        && make("disk.txt", FileType::BlockDevice, rustix::fs::makedev(7, 0))
    {
        left.extend([("disk.txt", "device"), ("endless.txt", "device")]);
        left.sort_unstable();
    } else {
        skipped("devices in the inbox, since this process may not make any");
    }
    let daemon = shop.start();
    assert_goes_on(&shop, &daemon, "good.txt");
    left.iter().for_each(|(name, kind)| wait_until_left_alone(&daemon, name, kind));
    daemon.stop();
    shop.assert_books(1, 0, 0);
    let names: Vec<&str> = left.iter().map(|(name, _)| *name).collect();
    assert_eq!(shop.listing("inbox"), names);
    assert_eq!(fs::read_dir(shop.inbox("folder.txt")).unwrap().count(), 1);
    assert_nothing_escaped(&shop);
}

/// Names that are hard to move, to print, or that look like ours. The last two are of 255 bytes.
fn odd_names(epoch: u32) -> Vec<Vec<u8>> {
    let mut names: Vec<Vec<u8>> = [
        b"\x01\x02\x1B[2J\x7F".as_slice(),
        b"\n\n\n",
        b" ",
        b"-rf",
        b"--help",
        b"\xFF\xFE\xFD.txt",
        b"d",
        b"d.d",
        b"lock",
        b"slots",
        b"ledger.db",
        b"reason.json",
        b"original.reason.json",
        b"article-0",
        b"%s%n%d.txt",
        b"$(id).txt",
        b"'\"`;|&.txt",
        b"con\xE2\x80\xAEtxt.exe",
    ]
    .map(<[u8]>::to_vec)
    .to_vec();
    for id in [format!("{epoch:08x}-0000000001"), format!("{epoch:08x}-0000000004"), "00000000-0000000000".to_owned()] {
        for ending in ["", ".d", ".txt", ".0", ".0.json"] {
            names.push(format!("{id}{ending}").into_bytes());
        }
    }
    names.push(vec![0xFF; 255]);
    names.push(vec![b'\n'; 255]);
    names
}

#[test]
fn names_that_look_like_ours_or_like_nothing() {
    let shop = Shop::configured(PASSING)
        .variable("WARRAQ__CHAIN__WORKERS", "2")
        .variable("WARRAQ__CLAIM__IN_HAND_SUBMISSIONS_MAX", "100");
    shop.write("first.txt", "the first story");
    shop.drain();
    let epoch = u32::from_str_radix(&shop.rows()[0].id[..8], 16).unwrap();
    let names = odd_names(epoch);
    let go = shop.outside("go");
    let text = |number: usize| format!("!wait-for {}\nstory {number}", go.display());
    for (number, name) in names.iter().enumerate() {
        let is_json = name.ends_with(b".json");
        let content = if is_json { serde_json::json!({ "body": text(number) }).to_string() } else { text(number) };
        shop.write(OsStr::from_bytes(name), content);
    }
    // Killed while all of them are claimed: the claim folder alone must tell them apart.
    let daemon = shop.start();
    daemon.wait_until("all are claimed", || shop.names("spool/claim").len() == names.len());
    let log = daemon.kill().log;
    fs::write(&go, "").unwrap();
    let log = log + &shop.drain().log;
    assert!(!log.contains(['\u{1B}', '\u{7F}', '\u{202E}']), "a name must not reach the terminal's ears: {log}");
    shop.assert_books(names.len() + 1, 0, 0);
    for (number, name) in names.iter().enumerate() {
        let record = shop.record_of(name);
        assert_eq!(record.body(), text(number));
        assert_eq!(record["source"].get("name_bytes").is_some(), std::str::from_utf8(name).is_err());
    }
}

#[test]
fn ten_sparse_gigabytes_are_refused_unread() {
    let shop = Shop::configured(PASSING);
    let daemon = shop.start();
    assert_goes_on(&shop, &daemon, "first.txt");
    let before = peak_kibibytes(&daemon);
    let bytes = 10 << 30;
    if File::create(shop.outside("huge")).unwrap().set_len(bytes).is_err() {
        return skipped("a file of ten gigabytes, since this file system takes none");
    }
    fs::rename(shop.outside("huge"), shop.inbox("huge.txt")).unwrap();
    assert_goes_on(&shop, &daemon, "good.txt");
    daemon.wait_until("it is refused", || shop.decided() == 3);
    let growth = peak_kibibytes(&daemon) - before;
    assert!(growth < GROWTH_KIBIBYTES_MAX, "its memory grew by {growth} KiB");
    daemon.stop();
    shop.assert_books(2, 0, 1);
    let row = shop.row_of("huge.txt");
    assert_eq!(row.fault.as_deref(), Some("too-large"));
    let kept = shop.folder("quarantine").join(&row.target).join("huge.txt");
    assert_eq!(fs::metadata(kept).unwrap().len(), bytes);
}

/// The most memory the process has held so far.
fn peak_kibibytes(daemon: &Daemon) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", daemon.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn two_names_of_one_file_in_the_inbox() {
    let shop = Shop::configured(PASSING);
    shop.write("one.txt", "a story with two names");
    fs::hard_link(shop.inbox("one.txt"), shop.inbox("two.txt")).unwrap();
    shop.write("good.txt", "a good story");
    shop.drain();
    shop.assert_books(3, 0, 0);
    for name in ["one.txt", "two.txt"] {
        assert_eq!(shop.record_of(name).body(), "a story with two names");
    }
}

#[test]
fn a_file_that_we_may_not_read() {
    let Some(shop) = Shop::configured(PASSING).run_by_nobody() else { return };
    shop.write("closed.txt", "a story behind a door");
    fs::set_permissions(shop.inbox("closed.txt"), Permissions::from_mode(0o000)).unwrap();
    shop.write("good.txt", "a good story");
    let finished = shop.drain();
    shop.assert_books(1, 0, 1);
    let reason = shop.reason_of(&shop.row_of("closed.txt"));
    assert_eq!((&reason["stage"], &reason["fault"]), (&"claim".into(), &"unreadable".into()), "{reason}");
    assert!(finished.log.contains("article quarantined"), "{}", finished.log);
}

#[test]
fn a_file_of_another_in_a_sticky_inbox() {
    let Some(shop) = Shop::configured(PASSING).run_by_nobody() else { return };
    if !rustix::process::geteuid().is_root() {
        return skipped("a file of another, since only root can make one");
    }
    let inbox = shop.folder("inbox");
    chown(&inbox, Some(0), Some(0)).unwrap();
    fs::set_permissions(&inbox, Permissions::from_mode(0o1777)).unwrap();
    shop.write("foreign.txt", "a story of somebody else");
    let daemon = shop.start();
    wait_until_left_alone(&daemon, "foreign.txt", "sticky");
    fs::write(shop.inbox("ours.txt.part"), "a story of our own").unwrap();
    chown(shop.inbox("ours.txt.part"), Some(65534), Some(65534)).unwrap();
    fs::rename(shop.inbox("ours.txt.part"), shop.inbox("ours.txt")).unwrap();
    daemon.wait_until("our own is published", || shop.decided() == 1);
    assert_eq!(shop.listing("inbox"), ["foreign.txt"]);
    fs::set_permissions(&inbox, Permissions::from_mode(0o777)).unwrap();
    // A new file is the hint that makes it look again.
    shop.write("good.txt", "a good story");
    daemon.wait_until("the foreign one is published too", || shop.decided() == 3);
    daemon.stop();
    shop.assert_books(3, 0, 0);
}

#[test]
fn an_inbox_that_we_may_not_write() {
    let Some(shop) = Shop::configured(PASSING).run_by_nobody() else { return };
    let mode = |mode| fs::set_permissions(shop.folder("inbox"), Permissions::from_mode(mode)).unwrap();
    mode(0o555);
    let finished = shop.spawn(&[]).finish();
    // A folder that cannot be used, or a configuration that names such a folder.
    assert!([Some(73), Some(78)].contains(&finished.code), "{:?}: {}", finished.code, finished.log);
    assert!(finished.log.contains("does not let files be taken out of it"), "{}", finished.log);
    mode(0o755);
    let daemon = shop.start();
    fs::write(shop.outside("story.txt"), "a story").unwrap();
    mode(0o555);
    // Root may write there all the same, whatever the mode says.
    let written = fs::rename(shop.outside("story.txt"), shop.inbox("story.txt")).is_ok();
    if written {
        wait_until_left_alone(&daemon, "story.txt", "make the inbox writable");
    }
    mode(0o755);
    if !written {
        fs::rename(shop.outside("story.txt"), shop.inbox("story.txt")).unwrap();
    }
    shop.write("good.txt", "a good story");
    daemon.wait_until("both are published", || shop.decided() == 2);
    daemon.stop();
    shop.assert_books(2, 0, 0);
}

/// Marks a file so that not even root may rename it. `false` where that cannot be done.
fn mark(file: &Path, flag: &str) -> bool {
    Command::new("chattr").arg(flag).arg(file).output().is_ok_and(|done| done.status.success())
}

#[test]
fn files_that_may_not_be_changed() {
    let shop = Shop::configured(PASSING);
    for (name, flag) in [("immutable.txt", "+i"), ("append-only.txt", "+a")] {
        shop.write(name, "a story that stays");
        if !mark(&shop.inbox(name), flag) {
            return skipped("immutable files, since this process or file system does not permit them");
        }
    }
    let daemon = shop.start();
    assert_goes_on(&shop, &daemon, "good.txt");
    wait_until_left_alone(&daemon, "immutable.txt", "cannot take it");
    wait_until_left_alone(&daemon, "append-only.txt", "cannot take it");
    assert!(mark(&shop.inbox("immutable.txt"), "-i") && mark(&shop.inbox("append-only.txt"), "-a"));
    assert_goes_on(&shop, &daemon, "another.txt");
    daemon.wait_until("all are published", || shop.decided() == 4);
    daemon.stop();
    shop.assert_books(4, 0, 0);
}

#[test]
fn the_inbox_itself_becomes_a_link() {
    let shop = Shop::configured(PASSING).variable("WARRAQ__INBOX__RESCAN_SECONDS", "1");
    let daemon = shop.start();
    assert_goes_on(&shop, &daemon, "first.txt");
    fs::create_dir(shop.outside("another")).unwrap();
    symlink("/etc/hostname", shop.outside("another/link.txt")).unwrap();
    fs::write(shop.outside("another/story.txt"), "a story in another folder").unwrap();
    fs::rename(shop.folder("inbox"), shop.outside("inbox")).unwrap();
    symlink(shop.outside("another"), shop.folder("inbox")).unwrap();
    // The path of the inbox is the operator's word, whoever changed it: it is followed, and that is said. What is in it is not.
    daemon.wait_until("the story there is published", || shop.decided() == 2);
    let words = ["the inbox is another folder now", "the inbox is there again"];
    assert!(words.iter().any(|words| daemon.log().contains(words)), "{}", daemon.log());
    wait_until_left_alone(&daemon, "link.txt", "symbolic link");
    fs::remove_file(shop.folder("inbox")).unwrap();
    fs::rename(shop.outside("inbox"), shop.folder("inbox")).unwrap();
    assert_goes_on(&shop, &daemon, "last.txt");
    daemon.stop();
    shop.assert_books(3, 0, 0);
    let seen: BTreeSet<Vec<u8>> = shop.rows().into_iter().map(|row| row.name).collect();
    assert_eq!(seen, [b"first.txt".to_vec(), b"last.txt".to_vec(), b"story.txt".to_vec()].into());
}
