//! Looks at the bytes that logging writes.

use std::sync::{Arc, Mutex};

use super::*;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn log(look: Look, level: &str, body: impl FnOnce()) -> String {
    let captured = Captured::default();
    let writer = captured.clone();
    let subscriber = subscriber(EnvFilter::new(level), look, move || writer.clone());
    tracing::subscriber::with_default(subscriber, body);
    String::from_utf8(captured.0.lock().unwrap().clone()).unwrap()
}

const JOURNAL: Look = Look { json: false, colour: false, journal: true };
const JSON: Look = Look { json: true, colour: false, journal: false };
const COLOUR: Look = Look { json: false, colour: true, journal: false };

/// Every line ending and every terminal command that a file name on Linux can hold.
const HOSTILE: &str = "a\n<3>ERROR forged\r\x0b\x0c\u{85}\u{2028}\u{2029}\x1b[2J\x1b]0;title\x07\u{9b}31m\u{202e}txt.exe\u{2066}\0\x08\x7f.txt";

fn log_hostile_everywhere() {
    let error = std::io::Error::other(HOSTILE);
    let span = tracing::info_span!("article", name = %HOSTILE, raw = ?HOSTILE, late = tracing::field::Empty);
    span.record("late", tracing::field::display(HOSTILE));
    let _entered = span.enter();
    tracing::warn!(name = %HOSTILE, raw = ?HOSTILE, text = HOSTILE, %error, error = &error as &dyn std::error::Error, "quarantined");
    tracing::warn!("{HOSTILE}");
}

#[test]
fn no_value_forges_a_line() {
    for look in [Look::default(), JOURNAL, JSON] {
        let text = log(look, "info", log_hostile_everywhere);
        assert_eq!(text.matches('\n').count(), 2, "{look:?}: {text}");
        let harmful: Vec<char> =
            text.chars().filter(|character| *character != '\n' && is_harmful(*character)).collect();
        // JSON escapes what ends a line; nobody reads it on a terminal undecoded.
        assert!(look.json || harmful.is_empty(), "{look:?}: {harmful:?}");
        assert!(!text.lines().any(|line| line.starts_with("<3>")), "{text}");
    }
}

#[test]
fn colours_are_ours_alone() {
    let text = log(COLOUR, "info", || tracing::info!(name = %"a\x1b[31mb", "claimed"));
    assert!(text.contains(r"a\u{1b}[31mb"), "{text:?}");
    assert!(text.contains("\x1b[3mname\x1b[0m"), "{text:?}");
}

#[test]
fn json_is_one_object_a_line() {
    let text = log(JSON, "info", log_hostile_everywhere);
    for line in text.lines() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(object["level"], "WARN");
        assert_eq!(object["spans"][0]["name"], "article");
    }
    let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!((&first["message"], &first["text"]), (&"quarantined".into(), &HOSTILE.into()));
}

#[test]
fn arabic_stays_readable() {
    let text = log(JOURNAL, "info", || tracing::info!(name = %"خبر\u{200f} ١.txt", "claimed"));
    assert_eq!(text, "<6> INFO claimed name=خبر\u{200f} ١.txt\n");
}

#[test]
fn the_journal_gets_a_priority_and_no_time() {
    let text = log(JOURNAL, "trace", || {
        let _article = tracing::info_span!("article", id = 7).entered();
        tracing::error!("ledger lost");
        tracing::warn!(stage = "chain", "article quarantined");
        tracing::debug!("seen");
        tracing::trace!("event");
    });
    let expected = "<3>ERROR article{id=7}: ledger lost\n<4> WARN article{id=7}: article quarantined stage=\"chain\"\n\
                    <7>DEBUG article{id=7}: seen\n<7>TRACE article{id=7}: event\n";
    assert_eq!(text, expected);
}

#[test]
fn elsewhere_a_line_begins_with_the_time() {
    let text = log(Look::default(), "info", || tracing::info!("started"));
    let (time, rest) = text.split_once(' ').unwrap();
    assert!(time.starts_with("20") && time.ends_with('Z'), "{text}");
    assert_eq!(rest, " INFO started\n");
}

#[test]
fn rust_log_wins_unless_empty() {
    let log = Log { level: "warn".into(), format: LogFormat::Text };
    for (given, expected) in [(None, "warn"), (Some(""), "warn"), (Some("debug"), "debug")] {
        assert_eq!(filter(&log, given.map(str::to_owned)).unwrap().to_string(), expected);
    }
    let error = filter(&log, Some("wran".into())).unwrap_err();
    assert!(error.to_string().starts_with("RUST_LOG: found \"wran\", wanted a level"), "{error}");
}

#[test]
fn another_stream_is_not_the_journal() {
    let stderr = rustix::fs::fstat(io::stderr()).unwrap();
    assert!(is_stderr(&format!("{}:{}", stderr.st_dev, stderr.st_ino)));
    for stream in ["", "0:0", "8:1:2", "x"] {
        assert!(!is_stderr(stream), "{stream}");
    }
}

#[test]
fn a_bar_does_not_stand_in_the_way() {
    progress().set_draw_target(indicatif::ProgressDrawTarget::hidden());
    let bar = progress().add(indicatif::ProgressBar::new(3));
    bar.inc(1);
    let line = b"";
    io::Write::write_all(&mut writer(), line).unwrap();
    bar.finish();
}
