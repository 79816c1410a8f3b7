//! `warraq demo`: the whole journey, real folders and real plugins, with the articles that are built in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::Value;

use super::arguments::Demo;
use super::{fail, fail_start, load, runtime, say};
use crate::article::shown;
use crate::books::Tally;
use crate::chain::Chain;
use crate::config::{Config, Log};
use crate::ledger::{Entry, Fate, Ledger};
use crate::lifecycle::{self, NoNotes, StartError};
use crate::telemetry;

/// Five real articles: two tell one story in other words, one is of another week, and page furniture is left in.
const SEEDS: [(&str, &[u8]); 5] = [
    ("000_c4d8671c4ea1abfb.txt", include_bytes!("../../../seeds/000_c4d8671c4ea1abfb.txt")),
    ("001_a335f797678e9dab.txt", include_bytes!("../../../seeds/001_a335f797678e9dab.txt")),
    ("002_19e06f0813bb1063.txt", include_bytes!("../../../seeds/002_19e06f0813bb1063.txt")),
    ("003_1982cb51cae4d052.txt", include_bytes!("../../../seeds/003_1982cb51cae4d052.txt")),
    ("004_bb766219cf665926.txt", include_bytes!("../../../seeds/004_bb766219cf665926.txt")),
];

/// The demonstration did not go as it should (sysexits: EX_SOFTWARE).
const EXIT_SOFTWARE: u8 = 70;
/// How much of a headline fits in the table, in characters.
const HEADLINE_CHARACTERS: usize = 44;

pub(super) fn run(file: Option<PathBuf>, command: Demo) -> ExitCode {
    let shop = match folder(command.keep) {
        Ok(shop) => shop,
        Err(error) => return fail_start(error),
    };
    // What cannot begin leaves nothing behind.
    let checked = load(file, Some(shop.clone())).map_err(StartError::from).and_then(|config| {
        Chain::load(&config, Arc::new(NoNotes), 0).map_err(StartError::Chain)?;
        Ok(config)
    });
    match checked {
        Ok(config) => demonstrate(config, &shop),
        Err(error) => {
            let _ = fs::remove_dir(&shop);
            fail_start(error)
        }
    }
}

fn demonstrate(mut config: Config, shop: &Path) -> ExitCode {
    // The files below are complete when they appear, and nobody likes to wait for a demonstration.
    for inbox in &mut config.inboxes {
        inbox.settle = std::time::Duration::ZERO;
    }
    let quiet = Log { level: "warn".to_owned(), ..config.log.clone() };
    if let Err(error) = telemetry::start(&quiet) {
        return fail_start(std::io::Error::other(error));
    }
    if let Err(error) = fill(&config) {
        return fail_start(error);
    }
    say(format_args!("{} articles dropped in {}", SEEDS.len(), config.inboxes[0].path.display()));
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => return fail_start(error),
    };
    let tally = Arc::new(Tally::default());
    let began = std::time::Instant::now();
    let run = lifecycle::Run {
        config: config.clone(),
        reload: Box::new({
            let config = config.clone();
            move || Ok(config.clone())
        }),
        drain: true,
        tally: Arc::clone(&tally),
    };
    if let Err(error) = runtime.block_on(lifecycle::run(run)) {
        return fail(&error);
    }
    let took = began.elapsed();
    match entries(&config) {
        Ok(entries) => {
            table(&config, &entries);
            say(format_args!("\n{tally}, in {} ms with start and stop", took.as_millis()));
            afterwards(&config, &entries, shop);
            if entries.iter().filter(|(_, entry)| entry.fate == Fate::Published).count() == SEEDS.len() {
                return ExitCode::SUCCESS;
            }
            eprintln!("warraq: all {} articles should have been published; see the reasons above", SEEDS.len());
            ExitCode::from(EXIT_SOFTWARE)
        }
        Err(error) => fail_start(error),
    }
}

fn folder(keep: Option<PathBuf>) -> Result<PathBuf, std::io::Error> {
    let Some(keep) = keep else {
        let name = format!("warraq-demo-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder)?;
        return Ok(folder);
    };
    fs::create_dir_all(&keep)?;
    if fs::read_dir(&keep)?.next().is_some() {
        let text = format!("{} is not empty; the demo wants a new or empty folder", keep.display());
        return Err(std::io::Error::other(text));
    }
    Ok(keep)
}

fn fill(config: &Config) -> Result<(), std::io::Error> {
    let inbox = &config.inboxes[0].path;
    fs::create_dir_all(inbox)?;
    SEEDS.iter().try_for_each(|(name, content)| fs::write(inbox.join(name), content))
}

/// What the ledger says of the run, which is what `run` itself goes by.
fn entries(config: &Config) -> Result<Vec<(String, Entry)>, crate::ledger::LedgerError> {
    let mut entries = Ledger::open(&config.shop.spool.join("ledger.db"))?.latest(SEEDS.len())?;
    entries.sort_by(|(left, _), (right, _)| left.cmp(right));
    Ok(entries.into_iter().map(|(name, entry)| (shown(&name), entry)).collect())
}

fn table(config: &Config, entries: &[(String, Entry)]) {
    say(format_args!(
        "\n{:<26} {:<12} {:>8} {:>6} {:>7} {:>9}  headline",
        "file", "outcome", "entities", "quotes", "figures", "furniture"
    ));
    for (name, entry) in entries {
        let (outcome, note) = match &entry.fate {
            Fate::Published => ("published", None),
            Fate::Duplicate { of, .. } => ("duplicate", Some(format!("of {of}"))),
            Fate::Quarantined { reason, .. } => ("quarantined", Some(reason.clone())),
        };
        let record = record(config, entry);
        let count = |key: &str| record[key].as_array().map_or(0, Vec::len);
        let headline = record["headline"].as_str().map_or("(none in the file)".to_owned(), cut);
        say(format_args!(
            "{name:<26} {outcome:<12} {:>8} {:>6} {:>7} {:>9}  {}",
            count("entities"),
            count("quotes"),
            count("figures"),
            count("furniture"),
            note.unwrap_or(headline)
        ));
    }
    related(config, entries);
}

/// Which articles share text, each pair once.
fn related(config: &Config, entries: &[(String, Entry)]) {
    for (name, entry) in entries {
        for related in record(config, entry)["related"].as_array().into_iter().flatten() {
            let passages = related["passages"].as_array().map_or(0, Vec::len);
            let other = related["source_name"].as_str().unwrap_or("another");
            say(format_args!("{name} shares {passages} passage(s) with {other}"));
        }
    }
}

fn record(config: &Config, entry: &Entry) -> Value {
    use std::os::unix::ffi::OsStrExt as _;
    let path = config.shop.outbox.join(std::ffi::OsStr::from_bytes(&entry.target));
    fs::read(path).ok().and_then(|record| serde_json::from_slice(&record).ok()).unwrap_or_default()
}

fn cut(headline: &str) -> String {
    match headline.char_indices().nth(HEADLINE_CHARACTERS) {
        Some((end, _)) => format!("{}…", &headline[..end]),
        None => headline.to_owned(),
    }
}

fn afterwards(config: &Config, entries: &[(String, Entry)], shop: &Path) {
    say(format_args!("\nrecords    {}", config.shop.outbox.display()));
    say(format_args!("originals  {}", config.shop.archive.display()));
    if let Some((_, entry)) = entries.iter().find(|(_, entry)| entry.fate == Fate::Published) {
        say(format_args!("look       jq . '{}'", config.shop.outbox.join(shown(&entry.target)).display()));
    }
    say(format_args!("go on      warraq run --shop {0}   and drop files in {0}/inbox", shop.display()));
    say(format_args!("tidy up    rm -r {}", shop.display()));
}
