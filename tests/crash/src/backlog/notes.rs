//! Many notes of the plugins that ship: they are told all of them again at each start.

use std::fmt;
use std::fs;
use std::io;
use std::time::Duration;

use crate::random::Random;
use crate::site::{Plan, Room, Site};
use crate::stand::Means;

/// What came out.
#[derive(Clone, Debug)]
pub struct Report {
    notes: usize,
    ready: [Duration; 2],
    peak_kibibytes: u64,
}

const CONFIG: &str = r#"
[[inbox]]
settle_seconds = 0
[claim]
outbox_records_max = 0
[log]
level = "warn,warraq::lifecycle=info"
"#;
const CHAIN: [&str; 4] = ["normalise", "dedupe", "extract", "summarise"];
const PATIENCE: Duration = Duration::from_secs(3600);
/// Articles in a file.
const LINES: usize = 500;
/// Made-up words of an article. No two articles have enough of them in a row in common for anybody to notice.
const WORDS: usize = 150;
const VOCABULARY: usize = 5_000;

/// Has that many articles published, and looks how long the next start takes.
pub fn attack(means: &Means, notes: usize) -> io::Result<Report> {
    let plan = Plan { plugins: &[], shop: "", config: CONFIG, room: Room::Folder };
    let site = Site::new(means, &plan)?;
    let chain: String = CHAIN.iter().map(|name| format!("[[plugin]]\nname = {name:?}\n")).collect();
    let config = format!(
        "[shop]\ndirectory = {:?}\n[plugins]\ndirectories = [{:?}]\n{CONFIG}{chain}",
        site.shop(),
        means.plugins()
    );
    fs::write(site.config(), config)?;
    let before = ready(&site)?.0;
    let mut random = Random::new(1);
    for number in 0..notes.div_ceil(LINES) {
        let lines: Vec<String> = (0..LINES).map(|_| article(&mut random)).collect();
        fs::write(site.inbox().join(format!("{number:06}.jsonl")), lines.join("\n"))?;
    }
    let mut daemon = site.drain()?;
    if !daemon.wait(PATIENCE)?.is_some_and(|status| status.success()) {
        return Err(io::Error::other(format!("the articles were not worked off; {}", daemon.said()?)));
    }
    let notes = count(&site).map_err(io::Error::other)?;
    let (after, peak_kibibytes) = ready(&site)?;
    Ok(Report { notes, ready: [before, after], peak_kibibytes })
}

/// Time until it is ready, and the most memory it took for that, in KiB.
fn ready(site: &Site) -> io::Result<(Duration, u64)> {
    let mut daemon = site.serve()?;
    let ready = daemon.ready(PATIENCE)?;
    let peak = daemon.sample().map_or(0, |sample| sample.peak_kibibytes);
    daemon.stop(PATIENCE)?;
    Ok((ready, peak))
}

fn article(random: &mut Random) -> String {
    let words: Vec<String> = (0..WORDS).map(|_| word(random.below(VOCABULARY))).collect();
    serde_json::json!({ "body": words.join(" ") }).to_string()
}

/// Each number has a word of its own, in Arabic letters.
fn word(mut number: usize) -> String {
    const LETTERS: [char; 20] =
        ['ب', 'ت', 'ج', 'ح', 'خ', 'د', 'ر', 'ز', 'س', 'ش', 'ص', 'ط', 'ع', 'ف', 'ق', 'ك', 'ل', 'م', 'ن', 'ه'];
    let mut word = String::new();
    for _ in 0..4 {
        word.push(LETTERS[number % LETTERS.len()]);
        number /= LETTERS.len();
    }
    word
}

fn count(site: &Site) -> rusqlite::Result<usize> {
    let ledger = rusqlite::Connection::open(site.ledger())?;
    let count: i64 = ledger.query_row("SELECT count(*) FROM note", [], |row| row.get(0))?;
    Ok(count.unsigned_abs() as usize)
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { notes, ready: [before, after], peak_kibibytes } = self;
        write!(
            formatter,
            "{notes} notes: ready after {after:.1?}, without any {before:.1?}; {peak_kibibytes} KiB by then"
        )
    }
}
