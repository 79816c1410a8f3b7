//! How fast: each plugin, the chain, and the whole journey beside `cp` of the same files, all in one run.
//!
//! `cargo bench -p warraq --bench journey [-- ARTICLES]`. The articles are the seeds, rewritten by a seeded generator: "distinct"
//! has every second word replaced and the sentences in another order, so that nothing is a duplicate, and few share a passage;
//! "edited" has one word in two hundred replaced, so that nearly everything is one. Machines differ and drift: compare figures of one run only.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use warraq::article::{ArticleId, Document, SubmissionId};
use warraq::chain::{Article, Chain, Walk, walk};
use warraq::config::{self, Config, Options};
use warraq::decode;
use warraq::lifecycle::NoNotes;
use warraq::plugin::{Outcome, Settlement};
use warraq::record;
use warraq::source::{File, Source};

const ARTICLES: usize = 2_000;

fn main() {
    let count = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(ARTICLES);
    let seeds = seeds();
    let distinct = corpus(&seeds, count, Edits { replace_one_in: 2, shuffle: true });
    let edited = corpus(&seeds, count, Edits { replace_one_in: 200, shuffle: false });
    println!("{count} articles, {:.1} KB on average\n", bytes(&distinct) as f64 / count as f64 / 1000.0);
    plugins("distinct", &distinct);
    plugins("edited", &edited);
    journey(&distinct);
}

/// Walks every article through the real plugins on this one thread and says what each cost in CPU time: the chain is run with
/// one plugin, with two, and so on, and a plugin costs what it adds.
fn plugins(label: &str, corpus: &[String]) {
    let names: Vec<String> = config().plugins.into_iter().map(|plugin| plugin.name).collect();
    let runs: Vec<Measured> = (0..=names.len()).map(|length| walk_all(corpus, length)).collect();
    let whole = &runs[names.len()];
    println!(
        "{label}: {} published, {} duplicates; one thread, CPU time",
        whole.published,
        corpus.len() - whole.published
    );
    println!("  {:<12} {:>10} {:>12} {:>9}", "", "µs/article", "articles/s", "MB/s");
    row("decode", whole.decode, corpus);
    for (name, pair) in names.iter().zip(runs.windows(2)) {
        row(name, pair[1].chain.saturating_sub(pair[0].chain), corpus);
    }
    row("record", whole.record, corpus);
    row("all plugins", whole.chain.saturating_sub(runs[0].chain), corpus);
    row("all of it", whole.decode + whole.chain + whole.record, corpus);
    println!();
}

/// CPU time over a corpus.
#[derive(Default)]
struct Measured {
    decode: Duration,
    chain: Duration,
    record: Duration,
    published: usize,
}

/// Decodes every article and walks it past the first `length` plugins.
fn walk_all(corpus: &[String], length: usize) -> Measured {
    let mut config = config();
    config.plugins.truncate(length);
    let chain = Chain::load(&config, Arc::new(NoNotes), 0).map_err(|errors| format!("{errors:?}")).unwrap();
    let mut lane = chain.lane().unwrap();
    let mut measured = Measured::default();
    for (number, text) in (1..).zip(corpus) {
        let began = cpu();
        let decoded = decode::decode(b"article.txt", text.as_bytes(), &decode::Limits { articles_max: 1 }).unwrap();
        let document = decoded.articles.into_iter().next().unwrap().document.unwrap();
        let at_chain = cpu();
        let mut article = article(number, document);
        let passed = matches!(walk(&mut lane, &mut article, 0), Walk::Passed);
        let at_record = cpu();
        if passed {
            std::hint::black_box(record::encode(&article, chain.names()));
        }
        let at_end = cpu();
        // What the keeper of the books does once the article is settled belongs to the plugin.
        if passed {
            measured.published += 1;
            let id = article.id.to_string();
            for (plugin, note) in &article.notes {
                chain.settled(plugin, &Settlement { sequence: number, id: &id, outcome: Outcome::Published, note });
            }
        }
        measured.decode += at_chain - began;
        measured.chain += (at_record - at_chain) + (cpu() - at_end);
        measured.record += at_end - at_record;
    }
    measured
}

/// Runs the real daemon over the files, beside `cp` of the same files to the same file system.
fn journey(corpus: &[String]) {
    let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (source, shop) = (root.path().join("source"), root.path().join("shop"));
    fs::create_dir_all(&source).unwrap();
    fs::create_dir_all(shop.join("inbox")).unwrap();
    for (index, text) in corpus.iter().enumerate() {
        fs::write(source.join(format!("{index}.txt")), text).unwrap();
    }
    let mut copy = Command::new("cp");
    copy.arg("-r").arg(&source).arg(root.path().join("copy"));
    let (copy_wall, copy_cpu) = timed(&mut copy);
    for entry in fs::read_dir(&source).unwrap() {
        let entry = entry.unwrap();
        fs::rename(entry.path(), shop.join("inbox").join(entry.file_name())).unwrap();
    }
    let settings = root.path().join("settings.toml");
    fs::write(&settings, "[[inbox]]\npath = \"inbox\"\nsettle_seconds = 0\n[log]\nlevel = \"error\"\n").unwrap();
    let mut daemon = Command::new(env!("CARGO_BIN_EXE_warraq"));
    daemon.arg("--config").arg(&settings).args(["run", "--drain", "--shop"]).arg(&shop);
    daemon.env("WARRAQ__PLUGINS__DIRECTORIES", plugin_directory());
    let (wall, cpu) = timed(&mut daemon);
    let records = fs::read_dir(shop.join("outbox")).unwrap().count();
    println!("whole journey, distinct: {records} records; wall time with start, stop and every sync");
    println!("  {:<12} {:>10} {:>12} {:>9} {:>14}", "", "wall ms", "articles/s", "MB/s", "CPU µs/article");
    for (name, wall, cpu) in [("warraq", wall, cpu), ("cp -r", copy_wall, copy_cpu)] {
        println!(
            "  {name:<12} {:>10} {:>12.0} {:>9.2} {:>14.0}",
            wall.as_millis(),
            corpus.len() as f64 / wall.as_secs_f64(),
            bytes(corpus) as f64 / 1e6 / wall.as_secs_f64(),
            cpu.as_micros() as f64 / corpus.len() as f64
        );
    }
    println!(
        "  ratio warraq / cp: wall {:.1}, CPU {:.1}",
        wall.as_secs_f64() / copy_wall.as_secs_f64(),
        cpu.as_secs_f64() / copy_cpu.as_secs_f64()
    );
}

fn row(name: &str, total: Duration, corpus: &[String]) {
    println!(
        "  {name:<12} {:>10.1} {:>12.0} {:>9.1}",
        total.as_secs_f64() * 1e6 / corpus.len() as f64,
        corpus.len() as f64 / total.as_secs_f64(),
        bytes(corpus) as f64 / 1e6 / total.as_secs_f64()
    );
}

/// CPU time of this process.
fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// Wall and CPU time of a command that must succeed.
fn timed(command: &mut Command) -> (Duration, Duration) {
    // The shell's `times` says what its children cost; nothing else at hand does without unsafe code.
    let words: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| format!("'{}'", word.to_str().unwrap()))
        .collect();
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{} || exit 1; times", words.join(" ")));
    shell.envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))));
    let began = Instant::now();
    let output = shell.stderr(Stdio::inherit()).output().unwrap();
    let wall = began.elapsed();
    assert!(output.status.success(), "{words:?} failed");
    let times = String::from_utf8(output.stdout).unwrap();
    (wall, times.lines().last().unwrap().split(' ').map(parse_times).sum())
}

/// `0m1.250s` as `times` writes it.
fn parse_times(text: &str) -> Duration {
    let (minutes, seconds) = text.trim_end_matches('s').split_once('m').unwrap();
    Duration::from_secs(minutes.parse::<u64>().unwrap() * 60) + Duration::from_secs_f64(seconds.parse().unwrap())
}

fn config() -> Config {
    let directories = plugin_directory().to_str().unwrap().to_owned();
    let environment = vec![("WARRAQ__PLUGINS__DIRECTORIES".to_owned(), directories)];
    config::load(&Options { file: None, shop: Some(std::env::temp_dir()), environment }).unwrap()
}

/// The plugins are dev-dependencies, so cargo puts them beside this program.
fn plugin_directory() -> PathBuf {
    std::env::current_exe().unwrap().parent().unwrap().to_owned()
}

fn article(number: u64, document: Document) -> Article {
    let submission = SubmissionId { epoch: 1, number };
    let name = format!("{number}.txt");
    let file = File {
        name: name.as_bytes(),
        bytes: document.text.len() as u64,
        digest: "0",
        received: "2026-01-01T00:00:00Z",
    };
    let source = Source::new(&file, "text/plain", "utf-8", 0, None);
    Article::new(ArticleId { submission, position: None }, source, document)
}

fn seeds() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seeds");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

struct Edits {
    replace_one_in: u64,
    shuffle: bool,
}

/// `count` articles made of the seeds in turn.
fn corpus(seeds: &[String], count: usize, edits: Edits) -> Vec<String> {
    let words: Vec<&str> = seeds.iter().flat_map(|seed| seed.split_whitespace()).collect();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    (0..count).map(|index| rewrite(&seeds[index % seeds.len()], &words, &edits, &mut random)).collect()
}

fn rewrite(seed: &str, words: &[&str], edits: &Edits, random: &mut Random) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in seed.lines() {
        let mut sentences: Vec<String> = line
            .split_inclusive(". ")
            .map(|sentence| {
                let replaced = sentence.split_whitespace().map(|word| {
                    if random.below(edits.replace_one_in) == 0 {
                        words[random.below(words.len() as u64) as usize]
                    } else {
                        word
                    }
                });
                replaced.collect::<Vec<_>>().join(" ")
            })
            .collect();
        if edits.shuffle {
            for index in (1..sentences.len()).rev() {
                sentences.swap(index, random.below(index as u64 + 1) as usize);
            }
        }
        lines.push(sentences.join(" "));
    }
    lines.join("\n")
}

fn bytes(corpus: &[String]) -> usize {
    corpus.iter().map(String::len).sum()
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, and the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}
