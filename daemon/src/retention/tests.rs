use std::fs;
use std::path::PathBuf;

use super::*;

/// Noon of 2026-03-10, UTC.
fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_773_144_000).unwrap()
}

struct Stand {
    root: tempfile::TempDir,
    shop: Arc<Shop>,
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
        let shop = Arc::new(Shop::open(&config).unwrap());
        Stand { root, shop }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    fn file(&self, path: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), "x").unwrap();
    }

    fn retention(&self, archive_days: u32, quarantine_days: u32) -> Retention {
        Retention::new(&self.shop, &config::Retention { archive_days, quarantine_days })
    }

    #[track_caller]
    fn assert_there(&self, there: &[&str], gone: &[&str]) {
        for path in there {
            assert!(self.path(path).exists(), "{path} is gone");
        }
        for path in gone {
            assert!(!self.path(path).exists(), "{path} is there");
        }
    }
}

#[test]
fn originals_of_old_days_go_and_what_is_not_ours_stays() {
    let stand = Stand::new();
    let (old, young, ours) = ("archive/2026-02-08", "archive/2026-02-09", "5e0c91aa-0000000042.story.txt");
    for path in [old, young, "archive/2016-01-01", "archive/undated", "archive/2026-13-01", "archive/2027-01-01"] {
        stand.file(&format!("{path}/{ours}"));
    }
    stand.file("archive/2016-01-01/notes.txt");
    stand.file("archive/2016-01-02");
    std::os::unix::fs::symlink(stand.path("archive/undated"), stand.path("archive/2016-01-03")).unwrap();
    let mut pauses = Vec::new();
    let removed = stand.retention(30, 0).pass(now(), &mut |pause| {
        pauses.push(pause);
        true
    });
    assert_eq!(removed, Removed { originals: 2, refusals: 0 });
    assert_eq!(pauses, [Duration::from_millis(20); 2]);
    let kept =
        [young, "archive/undated", "archive/2026-13-01", "archive/2027-01-01"].map(|day| format!("{day}/{ours}"));
    stand.assert_there(&kept.each_ref().map(String::as_str), &[old, &format!("archive/2016-01-01/{ours}")]);
    stand.assert_there(&["archive/2016-01-01/notes.txt"], &[]);
    assert_eq!(stand.retention(30, 0).pass(now(), &mut |_| true), Removed::default());
}

#[test]
fn kept_for_no_time_even_today_goes_but_not_its_folder() {
    let stand = Stand::new();
    let (today, before) = ("archive/2026-03-10", "archive/2026-03-08");
    for day in [today, before] {
        stand.file(&format!("{day}/5e0c91aa-0000000042.story.txt"));
    }
    assert_eq!(stand.retention(0, 0).pass(now(), &mut |_| true).originals, 2);
    stand.assert_there(&[today], &[before, "archive/2026-03-10/5e0c91aa-0000000042.story.txt"]);
}

#[test]
fn stops_when_told_to() {
    let stand = Stand::new();
    for number in 0..5 {
        stand.file(&format!("archive/2016-01-01/5e0c91aa-000000000{number}.story.txt"));
    }
    let mut left = 2;
    let removed = stand.retention(30, 1).pass(now(), &mut |_| {
        left -= 1;
        left > 0
    });
    assert_eq!(removed.originals, 2);
    assert_eq!(fs::read_dir(stand.path("archive/2016-01-01")).unwrap().count(), 3);
}

#[test]
fn refusals_go_only_if_told_to() {
    let stand = Stand::new();
    let (ours, of_several, other) =
        ("story.5e0c91aa-0000000042", "feed.v2.5e0c91aa-0000000043.7", "mine.to-be-looked-at");
    for folder in [ours, of_several, other] {
        stand.file(&format!("quarantine/{folder}/reason.json"));
        stand.file(&format!("quarantine/{folder}/original"));
    }
    let later = OffsetDateTime::now_utc() + Duration::from_secs(8 * 24 * 3600);
    assert_eq!(stand.retention(30, 0).pass(later, &mut |_| true).refusals, 0);
    assert_eq!(stand.retention(30, 9).pass(later, &mut |_| true).refusals, 0);
    assert_eq!(stand.retention(30, 7).pass(later, &mut |_| true).refusals, 2);
    stand.assert_there(
        &[&format!("quarantine/{other}/original")],
        &[&format!("quarantine/{ours}"), &format!("quarantine/{of_several}")],
    );
}

#[test]
fn a_folder_that_somebody_works_in_stays() {
    let stand = Stand::new();
    stand.file("quarantine/story.5e0c91aa-0000000042/work/notes.txt");
    let later = OffsetDateTime::now_utc() + Duration::from_secs(8 * 24 * 3600);
    assert_eq!(stand.retention(30, 7).pass(later, &mut |_| true).refusals, 0);
    stand.assert_there(&["quarantine/story.5e0c91aa-0000000042/work/notes.txt"], &[]);
}
