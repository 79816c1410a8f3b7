//! Articles a second: the daemon with large batches and with none, and loops that do the same to the disk without a
//! daemon.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::figures::{Spread, verdict};
use crate::place::Place;
use crate::shop::{self, Means, Shop};

const BATCH: usize = 100;
const BATCHED_AT_LEAST: f64 = 5.0;
const BARE_AT_LEAST: f64 = 0.6;
/// Without batches an article may cost twenty times as much; so many are enough to tell.
const SINGLE_ARTICLES: usize = 1_000;
/// About what SQLite writes for an article.
const ROW_BYTES: usize = 400;

const INBOX: &str = "[[inbox]]\nsettle_seconds = 0\n";
const SINGLE: &str = "[[inbox]]\nsettle_seconds = 0\n[ledger]\nbatch_articles_max = 1\nbatch_milliseconds = 0\n";

/// The daemon with batches of 100 beside batches of 1.
pub fn batch(place: &Place, means: &Means, articles: usize, rounds: usize) {
    let (mut batched, mut single) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        batched.push(daemon(place, means, &format!("batch-{round}"), INBOX, articles));
        single.push(daemon(place, means, &format!("single-{round}"), SINGLE, SINGLE_ARTICLES.min(articles)));
    }
    let ratio = Spread::of(batched.iter().zip(&single).map(|(batched, single)| batched / single));
    println!("batch: articles/s, start and stop included; {articles} and {SINGLE_ARTICLES} articles, {rounds} rounds");
    println!("  batch 100        {:.0}", Spread::of(batched));
    println!("  batch 1, 0 ms    {:.0}", Spread::of(single));
    println!(
        "  ratio            {ratio:.1}, asked {BATCHED_AT_LEAST}: {}\n",
        verdict(ratio.median() >= BATCHED_AT_LEAST)
    );
}

/// The daemon beside the bare limit.
pub fn limit(place: &Place, means: &Means, articles: usize, rounds: usize) {
    let (mut daemons, mut others, mut bare, mut full) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        bare.push(articles as f64 / bare_loop(&place.folder(&format!("bare-{round}")), articles).as_secs_f64());
        daemons.push(daemon(place, means, &format!("limit-{round}"), INBOX, articles));
        if let Some(other) = &means.beside {
            let shop = Shop::new(place, means, &format!("beside-{round}"), INBOX).run_by(other);
            others.push(rate(&shop, articles));
        }
        full.push(articles as f64 / full_loop(&place.folder(&format!("full-{round}")), articles).as_secs_f64());
    }
    let ratio = |to: &[f64]| Spread::of(daemons.iter().zip(to).map(|(daemon, other)| daemon / other));
    let (to_bare, to_full) = (ratio(&bare), ratio(&full));
    println!("limit: articles/s, {articles} articles, {rounds} rounds; the loops have one thread");
    println!(
        "  daemon, start and stop included                                         {:.0}",
        Spread::of(daemons.iter().copied())
    );
    println!(
        "  bare: read, write stage file, syncfs per {BATCH}, rename to outbox           {:.0}",
        Spread::of(bare.iter().copied())
    );
    println!(
        "  all steps: + rename to claim, append + fdatasync, fsync outbox, archive {:.0}",
        Spread::of(full.iter().copied())
    );
    if !others.is_empty() {
        let to_other = ratio(&others);
        println!(
            "  the other daemon                                                        {:.0}",
            Spread::of(others.iter().copied())
        );
        println!("  daemon / the other  {to_other:.2}");
    }
    println!("  daemon / all steps  {to_full:.2}");
    println!(
        "  daemon / bare       {to_bare:.2}, asked {BARE_AT_LEAST}: {}\n",
        verdict(to_bare.median() >= BARE_AT_LEAST)
    );
}

/// The daemon with the plugin that does nothing, on a longer run.
pub fn noop(place: &Place, means: &Means, articles: usize, rounds: usize) {
    let rates = (0..rounds).map(|round| daemon(place, means, &format!("noop-{round}"), INBOX, articles));
    let rates = Spread::of(rates);
    println!("noop: {rates:.0} articles/s with the plugin that does nothing, {articles} articles, {rounds} rounds\n");
}

fn daemon(place: &Place, means: &Means, name: &str, settings: &str, articles: usize) -> f64 {
    rate(&Shop::new(place, means, name, settings), articles)
}

fn rate(shop: &Shop, articles: usize) -> f64 {
    shop.fill(articles);
    articles as f64 / shop.drain(articles).as_secs_f64()
}

/// Lists the folder; reads each file and writes what it read to a stage file; after each hundred one `syncfs`, and then
/// a hundred renames to the outbox. The files stay where they are, and what is renamed last is on the disk at the end
/// by nothing.
fn bare_loop(root: &Path, articles: usize) -> Duration {
    let [inbox, stage, outbox] = ["inbox", "stage", "outbox"].map(|name| folder(root, name));
    shop::write_articles(&inbox, articles);
    let began = Instant::now();
    let disk = File::open(root).unwrap();
    let names: Vec<_> = fs::read_dir(&inbox).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    for batch in names.chunks(BATCH) {
        for name in batch {
            fs::write(stage.join(name), fs::read(inbox.join(name)).unwrap()).unwrap();
        }
        rustix::fs::syncfs(&disk).unwrap();
        for name in batch {
            fs::rename(stage.join(name), outbox.join(name)).unwrap();
        }
    }
    let took = began.elapsed();
    assert_eq!(fs::read_dir(&outbox).unwrap().count(), articles);
    took
}

/// What the promise asks of the disk, with nothing around it: the bare loop, and besides a rename into the claim folder
/// before, a row appended to a log with `fdatasync` before publishing, `fsync` of the outbox after it, and a rename to
/// the archive.
fn full_loop(root: &Path, articles: usize) -> Duration {
    let [inbox, claim, stage, outbox, archive] =
        ["inbox", "claim", "stage", "outbox", "archive"].map(|name| folder(root, name));
    shop::write_articles(&inbox, articles);
    let began = Instant::now();
    let (disk, outbox_entries) = (File::open(root).unwrap(), File::open(&outbox).unwrap());
    let mut log = File::create(root.join("log")).unwrap();
    let names: Vec<_> = fs::read_dir(&inbox).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    for batch in names.chunks(BATCH) {
        for name in batch {
            fs::rename(inbox.join(name), claim.join(name)).unwrap();
            fs::write(stage.join(name), fs::read(claim.join(name)).unwrap()).unwrap();
        }
        rustix::fs::syncfs(&disk).unwrap();
        log.write_all(&vec![b'.'; batch.len() * ROW_BYTES]).unwrap();
        log.sync_data().unwrap();
        for name in batch {
            fs::rename(stage.join(name), outbox.join(name)).unwrap();
        }
        outbox_entries.sync_all().unwrap();
        for name in batch {
            fs::rename(claim.join(name), archive.join(name)).unwrap();
        }
    }
    let took = began.elapsed();
    assert_eq!(fs::read_dir(&archive).unwrap().count(), articles);
    took
}

fn folder(root: &Path, name: &str) -> PathBuf {
    let folder = root.join(name);
    fs::create_dir(&folder).unwrap();
    folder
}
