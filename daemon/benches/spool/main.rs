//! How fast the spool is: the whole daemon with a plugin that does nothing, so that files, ledger and waiting are what
//! is measured.
//!
//! `cargo bench -p warraq --bench spool [-- WHAT.. --loop --folder DIR --articles N --rounds N --beside DAEMON]`. WHAT
//! is `batch` (batches of 100 beside 1), `limit` (beside a bare loop), `lone` (one article in a running daemon),
//! `steady` (one every 50 ms) or `noop` (20,000 articles); default: all. Shops are made in the target folder or in DIR;
//! `--loop` puts them on an ext4 image there, which needs root. `--beside` has `limit` run another build of the daemon
//! in turn with this one.
//!
//! Machines differ and drift, and syncs wait for whatever neighbours write: every claim is a ratio of one run with its
//! rounds in turn, and its spread says how much it is worth.
#![allow(missing_docs, unreachable_pub, clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark")]

mod figures;
mod latency;
mod place;
mod rates;
mod shop;

use std::fs;
use std::path::PathBuf;

use place::Place;
use shop::Means;

const ALL: [&str; 5] = ["batch", "limit", "lone", "steady", "noop"];
const ARTICLES: usize = 10_000;
const ARTICLES_OF_NOOP: usize = 20_000;
const ROUNDS: usize = 5;
const ROUNDS_OF_NOOP: usize = 3;
const LONE_TIMES: usize = 100;

fn main() {
    let wanted = Wanted::read();
    let place = if wanted.image { Place::on_image(&wanted.folder) } else { Some(Place::in_folder(&wanted.folder)) };
    let Some(place) = place else {
        println!("SKIPPED: no ext4 image can be made and mounted here");
        return;
    };
    let means = Means::new(wanted.beside.clone());
    println!("{}; load {}\n", place.name, load());
    for what in &wanted.what {
        match what.as_str() {
            "batch" => {
                rates::batch(&place, &means, wanted.articles.unwrap_or(ARTICLES), wanted.rounds.unwrap_or(ROUNDS))
            }
            "limit" => {
                rates::limit(&place, &means, wanted.articles.unwrap_or(ARTICLES), wanted.rounds.unwrap_or(ROUNDS))
            }
            "lone" => latency::lone(&place, &means, LONE_TIMES),
            "steady" => latency::steady(&place, &means),
            _ => {
                let articles = wanted.articles.unwrap_or(ARTICLES_OF_NOOP);
                rates::noop(&place, &means, articles, wanted.rounds.unwrap_or(ROUNDS_OF_NOOP));
            }
        }
    }
    println!("load {}", load());
}

/// The command line.
struct Wanted {
    what: Vec<String>,
    folder: PathBuf,
    image: bool,
    articles: Option<usize>,
    rounds: Option<usize>,
    beside: Option<PathBuf>,
}

impl Wanted {
    fn read() -> Self {
        let mut wanted = Wanted {
            what: Vec::new(),
            folder: PathBuf::from(env!("CARGO_TARGET_TMPDIR")),
            image: false,
            articles: None,
            rounds: None,
            beside: None,
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut number = || words.next().and_then(|value| value.parse().ok()).expect("a number");
            match word.as_str() {
                "--articles" => wanted.articles = Some(number()),
                "--rounds" => wanted.rounds = Some(number()),
                "--folder" => wanted.folder = PathBuf::from(words.next().expect("a folder")),
                "--beside" => wanted.beside = Some(PathBuf::from(words.next().expect("a daemon"))),
                "--loop" => wanted.image = true,
                // Cargo says so to every benchmark.
                "--bench" => {}
                what if ALL.contains(&what) => wanted.what.push(word),
                other => panic!("`{other}` is none of {ALL:?}, --articles, --rounds, --folder, --beside, --loop"),
            }
        }
        if wanted.what.is_empty() {
            wanted.what = ALL.map(str::to_owned).to_vec();
        }
        wanted
    }
}

/// How busy the machine is beside us.
fn load() -> String {
    fs::read_to_string("/proc/loadavg").unwrap_or_default().trim().to_owned()
}
