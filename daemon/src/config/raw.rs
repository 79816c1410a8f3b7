//! The shape of the configuration: every key with its bounds and its default, once, in the order of the file.
//! It never resolves anything: paths stay as written, 0 stays 0.

use std::ops::RangeInclusive;
use std::time::Duration;

use ::config::{Map, Value};

use super::filter::check_filter;
use super::pattern::Pattern;
use super::problem::Problems;
use super::table::{self, Table, Written};
use super::{Chain, Claim, Claiming, Decode, Ledger, Lifecycle, LogFormat, OnFailure, Retention, Watch};

/// Every section, for the merge: what is not in this list is reported, not merged.
pub(super) const SECTIONS: [&str; 11] =
    ["shop", "inbox", "claim", "decode", "chain", "ledger", "plugins", "plugin", "lifecycle", "retention", "log"];

const INBOXES_MAX: usize = 64;
const PLUGINS_MAX: usize = 64;
const PLUGIN_NAME_BYTES_MAX: usize = 64;
const SENTINEL_BYTES_MAX: usize = 64;

const KIB: i64 = 1024;
const MIB: i64 = 1024 * KIB;
const GIB: i64 = 1024 * MIB;
/// Every size starts here: below it not even a short news item fits, so it is a slip of the unit.
const BYTES_MIN: i64 = KIB;
/// A hundred years.
const DAYS_MAX: i64 = 36_500;

const SETTLE_SECONDS: RangeInclusive<f64> = 0.0..=3600.0;
const RESCAN_SECONDS: RangeInclusive<f64> = 1.0..=86_400.0;
const POLL_SECONDS: RangeInclusive<f64> = 0.1..=3600.0;
const SENTINEL_WAIT_SECONDS: RangeInclusive<f64> = 0.0..=86_400.0;
const DRAIN_SECONDS: RangeInclusive<f64> = 0.0..=3600.0;
/// Below a hundredth of a second a busy machine alone breaks plugins.
const DEADLINE_SECONDS: RangeInclusive<f64> = 0.01..=3600.0;

const WATCH: [(&str, Watch); 3] = [("auto", Watch::Auto), ("events", Watch::Events), ("poll", Watch::Poll)];
const CLAIMING: [(&str, Claiming); 2] = [("rename", Claiming::Rename), ("copy", Claiming::Copy)];
/// Is the original removed?
const AFTER_COPY: [(&str, bool); 2] = [("remove", true), ("keep", false)];
const ON_FAILURE: [(&str, OnFailure); 3] =
    [("quarantine", OnFailure::Quarantine), ("skip", OnFailure::Skip), ("halt", OnFailure::Halt)];
const LOG_FORMATS: [(&str, LogFormat); 2] = [("text", LogFormat::Text), ("json", LogFormat::Json)];

/// A configuration as written. A `None` among the texts was something else than text, and is in the list of problems.
pub(super) struct Raw {
    pub(super) shop: RawShop,
    /// Never empty in the merged whole, unless what was given is no list of inboxes.
    pub(super) inboxes: Vec<RawInbox>,
    pub(super) claim: Claim,
    pub(super) decode: Decode,
    pub(super) chain: Chain,
    pub(super) ledger: Ledger,
    pub(super) plugin_directories: Vec<Written>,
    /// `None`: no `[[plugin]]` given.
    pub(super) plugins: Option<Vec<RawPlugin>>,
    pub(super) lifecycle: Lifecycle,
    pub(super) retention: Retention,
    pub(super) log: RawLog,
}

pub(super) struct RawShop {
    pub(super) directory: Option<Written>,
    pub(super) spool: Option<Written>,
    pub(super) outbox: Option<Written>,
    pub(super) quarantine: Option<Written>,
    pub(super) archive: Option<Written>,
    pub(super) ballast_mebibytes: u64,
}

pub(super) struct RawInbox {
    pub(super) path: Option<Written>,
    pub(super) settle: Duration,
    pub(super) rescan: Duration,
    pub(super) ignore: Vec<Pattern>,
    pub(super) watch: Watch,
    pub(super) poll: Duration,
    pub(super) sentinel: Option<Vec<u8>>,
    pub(super) sentinel_wait: Duration,
    pub(super) claim: Claiming,
    pub(super) removes_originals: bool,
}

pub(super) struct RawPlugin {
    pub(super) name: Option<Written>,
    pub(super) file: Option<Written>,
    pub(super) on_failure: OnFailure,
    pub(super) deadline: Option<Duration>,
    pub(super) config: serde_json::Map<String, serde_json::Value>,
}

pub(super) struct RawLog {
    pub(super) level: Option<Written>,
    pub(super) format: LogFormat,
}

/// Reads one layer, or the merged whole.
pub(super) fn read(origin: &str, entries: Map<String, Value>, problems: &mut Problems) -> Raw {
    table::read(origin, entries, problems, |top| Raw {
        shop: top.section("shop", shop),
        inboxes: top.list("inbox", 1..=INBOXES_MAX, inbox).unwrap_or_default(),
        claim: top.section("claim", |section| Claim {
            in_hand_submissions_max: section.integer("in_hand_submissions_max", 1..=100_000, 400),
            in_hand_bytes_max: section.integer("in_hand_bytes_max", BYTES_MIN..=64 * GIB, as_bytes(256 * MIB)),
            free_bytes_min: section.integer("free_bytes_min", 0..=1024 * GIB, as_bytes(64 * MIB)),
            free_inodes_min: section.integer("free_inodes_min", 0..=1_000_000_000, 1000),
            outbox_records_max: section.integer("outbox_records_max", 0..=10_000_000, 100_000),
        }),
        decode: top.section("decode", |section| Decode {
            submission_bytes_max: section.integer("submission_bytes_max", BYTES_MIN..=GIB, as_bytes(16 * MIB)),
            articles_max: section.integer("articles_max", 1..=10_000_000, 100_000),
        }),
        chain: top.section("chain", |section| Chain {
            workers: section.integer("workers", 0..=1024, 0),
            retries_max: section.integer("retries_max", 0..=100, 3),
            article_bytes_max: section.integer("article_bytes_max", BYTES_MIN..=GIB, 64 << 20),
        }),
        ledger: top.section("ledger", |section| Ledger {
            batch_articles_max: section.integer("batch_articles_max", 1..=10_000, 100),
            batch_wait: Duration::from_millis(section.integer("batch_milliseconds", 0..=10_000, 50)),
        }),
        plugin_directories: top.section("plugins", |section| section.texts("directories")),
        plugins: top.list("plugin", 0..=PLUGINS_MAX, plugin),
        lifecycle: top.section("lifecycle", |section| Lifecycle {
            drain: section.seconds("drain_seconds", DRAIN_SECONDS, Duration::from_secs(20)),
        }),
        retention: top.section("retention", |section| Retention {
            archive_days: section.integer("archive_days", 0..=DAYS_MAX, 30),
            quarantine_days: section.integer("quarantine_days", 0..=DAYS_MAX, 0),
        }),
        log: top.section("log", log),
    })
}

/// The plugins of a configuration that names none, in chain order.
pub(super) const DEFAULT_PLUGINS: [&str; 4] = ["normalise", "dedupe", "extract", "summarise"];

fn shop(section: &mut Table<'_>) -> RawShop {
    RawShop {
        directory: section.text("directory", "/var/lib/warraq"),
        spool: section.text("spool", "spool"),
        outbox: section.text("outbox", "outbox"),
        quarantine: section.text("quarantine", "quarantine"),
        archive: section.text("archive", "archive"),
        ballast_mebibytes: section.integer("ballast_mebibytes", 0..=1024, 16),
    }
}

fn inbox(entry: &mut Table<'_>) -> RawInbox {
    RawInbox {
        path: entry.text("path", "inbox"),
        settle: entry.seconds("settle_seconds", SETTLE_SECONDS, Duration::from_secs(2)),
        rescan: entry.seconds("rescan_seconds", RESCAN_SECONDS, Duration::from_secs(60)),
        ignore: ignore(entry),
        watch: entry.choice("watch", &WATCH, Watch::Auto),
        poll: entry.seconds("poll_seconds", POLL_SECONDS, Duration::from_secs(2)),
        sentinel: sentinel(entry),
        sentinel_wait: entry.seconds("sentinel_wait_seconds", SENTINEL_WAIT_SECONDS, Duration::from_secs(600)),
        claim: entry.choice("claim", &CLAIMING, Claiming::Rename),
        removes_originals: entry.choice("after_copy", &AFTER_COPY, true),
    }
}

/// The ending of sentinels. It becomes part of a file's name.
fn sentinel(entry: &mut Table<'_>) -> Option<Vec<u8>> {
    let written = entry.text("sentinel", "")?;
    if written.text.len() > SENTINEL_BYTES_MAX || written.text.contains(['/', '\0']) {
        entry.complain_about(
            &written,
            &format!("wanted the ending of a file name without `/`, at most {SENTINEL_BYTES_MAX} bytes"),
        );
        return None;
    }
    Some(written.text.into_bytes()).filter(|ending| !ending.is_empty())
}

fn ignore(entry: &mut Table<'_>) -> Vec<Pattern> {
    let mut patterns = Vec::new();
    for written in entry.texts("ignore") {
        match Pattern::new(&written.text) {
            Ok(pattern) => patterns.push(pattern),
            Err(wanted) => entry.complain_about(&written, wanted),
        }
    }
    patterns
}

fn plugin(entry: &mut Table<'_>) -> RawPlugin {
    RawPlugin {
        name: plugin_name(entry),
        file: entry.optional_text("file"),
        on_failure: entry.choice("on_failure", &ON_FAILURE, OnFailure::Quarantine),
        deadline: entry.optional_seconds("deadline_seconds", DEADLINE_SECONDS),
        config: entry.json("config"),
    }
}

/// The name becomes a folder in the spool and a metric label, so it must be harmless as both.
fn plugin_name(entry: &mut Table<'_>) -> Option<Written> {
    let named = entry.has("name");
    let Some(written) = entry.optional_text("name") else {
        if !named {
            entry.complain("name", "missing, wanted the plugin's id such as \"normalise\"");
        }
        return None;
    };
    let letters =
        written.text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte));
    let starts = written.text.starts_with(|first: char| first.is_ascii_lowercase());
    if !letters || !starts || written.text.len() > PLUGIN_NAME_BYTES_MAX {
        entry.complain_about(
            &written,
            &format!("wanted a-z first, then a-z, 0-9, `-` or `_`, at most {PLUGIN_NAME_BYTES_MAX} characters"),
        );
        return None;
    }
    Some(written)
}

fn log(section: &mut Table<'_>) -> RawLog {
    let level = section.text("level", "info");
    if let Some(written) = &level
        && let Err(wanted) = check_filter(&written.text)
    {
        section.complain_about(written, &wanted);
    }
    RawLog { level, format: section.choice("format", &LOG_FORMATS, LogFormat::Text) }
}

const fn as_bytes(number: i64) -> u64 {
    number.unsigned_abs()
}
