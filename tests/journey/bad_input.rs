//! Whatever is dropped, it is refused with a reason a person can act on, or left alone; and the good files beside it are published.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;

use serde_json::Value;

use crate::support::{PASSING, Shop};

/// Drops one bad file between two good ones and returns the reason for its refusal.
#[track_caller]
fn refused(name: impl AsRef<OsStr>, content: impl AsRef<[u8]>) -> Value {
    let name = name.as_ref();
    let shop = Shop::configured(PASSING);
    shop.write("0-good.txt", "a good story");
    shop.write(name, &content);
    shop.write("z-good.txt", "another good story");
    shop.drain();
    shop.assert_books(2, 0, 1);
    assert_eq!(shop.listing("inbox"), [""; 0]);
    let row = shop.row_of(name.as_bytes());
    let reason = shop.reason_of(&row);
    assert_eq!(reason["bytes"], content.as_ref().len());
    let beside = shop.folder("quarantine").join(&row.target);
    let kept =
        fs::read_dir(beside).unwrap().map(|entry| entry.unwrap().path()).find(|path| !path.ends_with("reason.json"));
    assert_eq!(fs::read(kept.unwrap()).unwrap(), content.as_ref());
    reason
}

/// Refused in the stage and with the fault given, and the reason says what was found.
#[track_caller]
fn check(name: impl AsRef<OsStr>, content: impl AsRef<[u8]>, stage: &str, fault: &str, said: &str) {
    let reason = refused(name, content);
    assert_eq!((&reason["stage"], &reason["fault"]), (&stage.into(), &fault.into()), "{reason}");
    assert!(reason["reason"].as_str().unwrap().contains(said), "{reason}");
}

#[test]
fn nothing_in_it() {
    check("empty.txt", "", "claim", "empty", "the file is empty");
    check("blank.txt", " \n\t\u{FEFF}\u{200F}\r\n", "decode", "no-text", "only white space");
}

#[test]
fn bytes_that_are_no_text() {
    check("garbage.txt", [0xFF; 5000], "decode", "encoding", "all 0xFF");
    check("zeros.txt", [0; 5000], "decode", "encoding", "NUL");
}

#[test]
fn formats_that_are_not_read_yet() {
    let html = "<!doctype html><html><head><title>t</title></head><body><p>text</p></body></html>";
    for (name, content, said) in [
        ("page.html", html.as_bytes(), "HTML"),
        ("page.txt", html.as_bytes(), "HTML"),
        ("paper.pdf", b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj", "PDF"),
        ("bundle.zip", b"PK\x03\x04\x14\0\0\0\x08\0", "ZIP"),
        ("story.txt.gz", b"\x1F\x8B\x08\0\0\0\0\0\0\x03", "gzip"),
    ] {
        check(name, content, "decode", "unsupported-format", &format!("format not supported yet: {said}"));
    }
}

#[test]
fn json_that_is_broken_or_without_text() {
    check("broken.json", "{\"body\": \"cut o", "decode", "malformed", "not valid JSON: line 1");
    check("untold.json", "{\"title\": \"t\", \"id\": 7}", "decode", "no-text", "its keys are: title, id");
    check("number.json", "42", "decode", "no-text", "a number");
}

#[test]
fn one_broken_line_among_good_ones() {
    let shop = Shop::configured(PASSING);
    shop.write("feed.jsonl", "{\"body\":\"one\"}\n{\"body\":\"tw\n\n{\"title\":\"no text\"}\n{\"body\":\"four\"}\n");
    shop.drain();
    shop.assert_books(2, 0, 2);
    let bodies: Vec<String> = shop.records().iter().map(|record| record.body().to_owned()).collect();
    assert_eq!(bodies, ["one", "four"]);
    let refused: Vec<_> = shop.rows().into_iter().filter(|row| row.kind == "quarantined").collect();
    for (row, position, fault, original) in
        [(&refused[0], 1, "malformed", "{\"body\":\"tw"), (&refused[1], 2, "no-text", "{\"title\":\"no text\"}")]
    {
        assert_eq!(row.fault.as_deref(), Some(fault));
        assert!(row.id.ends_with(&format!(".{position}")), "{}", row.id);
        let part = shop.folder("quarantine").join(&row.target).join(format!("article-{position}"));
        assert_eq!(fs::read_to_string(part).unwrap(), original);
    }
    assert!(refused[0].reason.as_deref().unwrap().contains("line 2"), "{refused:?}");
}

#[test]
fn larger_than_the_limit() {
    let shop = Shop::configured(PASSING);
    let bytes = 20 << 20;
    File::create(shop.inbox("large.txt")).unwrap().set_len(bytes).unwrap();
    shop.write("good.txt", "a good story");
    shop.drain();
    shop.assert_books(1, 0, 1);
    let reason = shop.reason_of(&shop.row_of("large.txt"));
    assert_eq!((&reason["fault"], &reason["bytes"]), (&"too-large".into(), &bytes.into()));
    assert_eq!(reason["reason"], "the file has 20971520 bytes, the limit is 16777216");
}

#[test]
fn more_articles_than_the_limit() {
    let shop = Shop::configured(PASSING).variable("WARRAQ__DECODE__ARTICLES_MAX", "3");
    shop.write("three.jsonl", "{\"body\":\"a\"}\n".repeat(3));
    shop.write("four.jsonl", "{\"body\":\"a\"}\n".repeat(4));
    shop.drain();
    shop.assert_books(3, 0, 1);
    assert_eq!(shop.row_of("four.jsonl").fault.as_deref(), Some("too-many-articles"));
}

#[test]
fn names_are_bytes() {
    let shop = Shop::configured(PASSING);
    let long = "و".repeat(125) + ".txtx";
    assert_eq!(long.len(), 255);
    let names: [&[u8]; 8] = [
        b"\xCE\xC8\xD1 \xDA\xC7\xCC\xE1.txt",
        b"two\nlines.txt",
        long.as_bytes(),
        "خبر عاجل 🙂.txt".as_bytes(),
        b"-rf --drain.txt",
        b"tab\there \x1B[2J.txt",
        b"no extension",
        b"..dots..txt..",
    ];
    // The last begins with a dot, so it is nobody's business.
    let (hidden, taken) = names.split_last().unwrap();
    for (number, name) in names.iter().enumerate() {
        shop.write(OsStr::from_bytes(name), format!("story {number}"));
    }
    let finished = shop.drain();
    shop.assert_books(taken.len(), 0, 0);
    assert_eq!(shop.names("inbox"), [hidden.to_vec()]);
    assert!(!finished.log.contains('\u{1B}'), "a name must not reach the terminal's ears: {}", finished.log);
    for (number, name) in taken.iter().enumerate() {
        let record = shop.record_of(name);
        assert_eq!(record.body(), format!("story {number}"));
        assert!(record.file.len() <= 255 && !record.file.contains(['\n', '\u{1B}']), "{}", record.file);
        assert_eq!(record["source"].get("name_bytes").is_some(), std::str::from_utf8(name).is_err());
    }
}

#[test]
fn a_name_that_is_not_utf_8_is_kept_byte_for_byte() {
    let shop = Shop::configured(PASSING);
    let name = b"\xCE\xC8\xD1.txt";
    shop.write(OsStr::from_bytes(name), "a story under a name in Windows-1256");
    shop.drain();
    shop.assert_books(1, 0, 0);
    let record = shop.record_of(name);
    assert_eq!(record.source_name(), "\u{FFFD}\u{FFFD}\u{FFFD}.txt");
    assert_eq!(record["source"]["name_bytes"], "zsjRLnR4dA==");
    let day = &shop.listing("archive")[0];
    assert!(shop.names(&format!("archive/{day}"))[0].ends_with(name));
}

#[test]
fn a_long_name_can_be_refused_and_archived() {
    let long = "و".repeat(125) + ".txtx";
    check(&long, "", "claim", "empty", "the file is empty");
    let shop = Shop::configured(PASSING);
    shop.write(&long, "a story with a long name");
    shop.drain();
    shop.assert_books(1, 0, 0);
}

#[test]
fn a_bad_file_called_like_the_reason() {
    check("reason.json", "{", "decode", "malformed", "not valid JSON");
}

#[test]
fn a_file_that_is_held_open_stays_and_the_others_go_on() {
    let shop = Shop::configured(PASSING);
    let daemon = shop.start();
    let mut writer = File::create(shop.inbox("open.txt")).unwrap();
    writer.write_all(b"half a st").unwrap();
    for number in 0..3 {
        shop.write(format!("{number}.txt"), format!("story {number}"));
        daemon.wait_until("the other file is published", || shop.decided() == number + 1);
    }
    assert_eq!(shop.listing("inbox"), ["open.txt"]);
    writer.write_all(b"ory").unwrap();
    drop(writer);
    daemon.wait_until("the file is published", || shop.decided() == 4);
    daemon.stop();
    shop.assert_books(4, 0, 0);
    assert_eq!(shop.record_of("open.txt").body(), "half a story");
}
