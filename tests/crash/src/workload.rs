//! The files that are dropped into the inbox, and the outcomes their articles may have. Every article carries a token of its own,
//! so that each can be told from all others wherever it turns up.

use std::collections::BTreeMap;

/// A file to deliver.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its name, as bytes.
    pub name: Vec<u8>,
    /// Its content.
    pub content: Vec<u8>,
    /// What it holds.
    pub holds: Holds,
}

/// What a file holds.
#[derive(Clone, Debug)]
pub enum Holds {
    /// One article, or nothing that could be one; its id has no position.
    One(Article),
    /// Several; each id has a position, counted from 0.
    Several(Vec<Article>),
}

/// One article, or what should have been one.
#[derive(Clone, Debug)]
pub struct Article {
    /// The text that its record must have, if it is published.
    pub body: String,
    /// Its own bytes in a file of several.
    pub part: Vec<u8>,
    /// What may become of it.
    pub fate: Fate,
}

/// What may become of an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Of all articles with this key one is published, and the others are its duplicates.
    OneOf(String),
    /// It is refused with this fault.
    Refused(&'static str),
}

/// The files, and the plugins they are meant for.
#[derive(Clone, Debug)]
pub struct Workload {
    /// In no order.
    pub deliveries: Vec<Delivery>,
    /// The names of the chain's plugins, in order.
    pub plugins: &'static [&'static str],
}

impl Workload {
    /// For the plugin `once`, which does as an article's first line says.
    pub fn once() -> Self {
        Workload { deliveries: deliveries(Tokens { count: 0, style: Style::Told }), plugins: &["once"] }
    }

    /// For the plugins that ship: articles with one key have one text, and nobody refuses any.
    pub fn shipped() -> Self {
        let plugins = &["normalise", "dedupe", "extract", "summarise"];
        Workload { deliveries: deliveries(Tokens { count: 0, style: Style::Prose }), plugins }
    }

    /// How many articles there are.
    pub fn articles(&self) -> usize {
        self.each().count()
    }

    /// Every article with its file and its position there.
    pub fn each(&self) -> impl Iterator<Item = (&Delivery, Option<usize>, &Article)> {
        self.deliveries.iter().flat_map(|delivery| {
            let (positions, articles) = match &delivery.holds {
                Holds::One(article) => (false, std::slice::from_ref(article)),
                Holds::Several(articles) => (true, articles.as_slice()),
            };
            articles.iter().enumerate().map(move |(index, article)| (delivery, positions.then_some(index), article))
        })
    }

    /// How many articles there are with each key.
    pub fn keys(&self) -> BTreeMap<&str, usize> {
        let mut keys = BTreeMap::new();
        for (_, _, article) in self.each() {
            if let Fate::OneOf(key) = &article.fate {
                *keys.entry(key.as_str()).or_insert(0) += 1;
            }
        }
        keys
    }
}

/// About twenty files with each outcome, several articles in a file, and names that are hard to move.
fn deliveries(mut tokens: Tokens) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    for number in 0..7 {
        deliveries.push(tokens.plain(format!("{number}-story.txt").as_bytes(), "pass", &format!("k{number}")));
    }
    // Repeats of what lies beside them: in the same batch, so that they are held first, and in later ones.
    deliveries.push(tokens.plain(b"1-again.txt", "pass", "k1"));
    deliveries.push(tokens.plain(b"1-once-more.txt", "pass", "k1"));
    deliveries.push(tokens.plain(b"9-late.txt", "pass", "k2"));
    deliveries.push(tokens.plain(b"2-later.txt", "retry", "k20"));
    deliveries.push(tokens.plain(b"3-refused.txt", "reject", "k30"));
    deliveries.push(tokens.plain(b"8-refused.txt", "reject", "k31"));
    deliveries.push(whole(b"4-empty.txt", b"", "empty"));
    deliveries.push(whole(b"5-cut.json", b"{\"body\": \"cut off", "malformed"));
    deliveries.push(tokens.plain(&long_name("a"), "pass", "k40"));
    deliveries.push(tokens.plain(&long_name("b"), "reject", "k41"));
    deliveries.push(tokens.plain(b"6-\xC7\xE1 of\nanother.txt", "pass", "k42"));
    deliveries.push(tokens.lines(b"5-feed.jsonl", &["k50", "k0", "!", "k51", "reject", "k50"]));
    deliveries.push(tokens.lines(b"7-feed.jsonl", &["k60", "!", "k51"]));
    deliveries
}

/// Sentences of the bodies, so that a record takes more than one block of the disk.
const SENTENCE: &str = "قال المتحدث إن اللجنة تجتمع يوم الأحد لبحث الخطة. The committee meets on Sunday. ";
const SENTENCES: usize = 12;

/// Words of the prose. Two texts of a hundred of them, drawn at random, have nothing in common that anybody would notice.
const WORDS: [&str; 32] = [
    "الماء",
    "السوق",
    "المدينة",
    "القطار",
    "الجسر",
    "الحقل",
    "المدرسة",
    "الكتاب",
    "النهر",
    "الجبل",
    "السفينة",
    "القمح",
    "الطريق",
    "البيت",
    "المصنع",
    "الملعب",
    "river",
    "market",
    "bridge",
    "harbour",
    "school",
    "garden",
    "winter",
    "letter",
    "engine",
    "village",
    "music",
    "window",
    "paper",
    "forest",
    "island",
    "stone",
];
const PROSE_WORDS: u64 = 120;

/// Gives tokens, each once.
struct Tokens {
    count: usize,
    style: Style,
}

/// How a text is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// The first line tells the plugin what to do; the second is unique.
    Told,
    /// Each key has a text of its own.
    Prose,
}

impl Tokens {
    fn body(&mut self, word: &str, key: &str) -> String {
        self.count += 1;
        match self.style {
            Style::Told => format!("{word} {key}\ntoken t{:03}\n{}", self.count, SENTENCE.repeat(SENTENCES).trim_end()),
            Style::Prose => prose(key),
        }
    }

    fn fate(&self, word: &str, key: &str) -> Fate {
        if word == "reject" && self.style == Style::Told {
            Fate::Refused("rejected")
        } else {
            Fate::OneOf(key.to_owned())
        }
    }

    fn plain(&mut self, name: &[u8], word: &str, key: &str) -> Delivery {
        let body = self.body(word, key);
        let content = body.clone().into_bytes();
        Delivery {
            name: name.to_vec(),
            content,
            holds: Holds::One(Article { body, part: Vec::new(), fate: self.fate(word, key) }),
        }
    }

    /// `!` is a broken line, `reject` an article that is refused, anything else the key of one that passes.
    fn lines(&mut self, name: &[u8], keys: &[&str]) -> Delivery {
        let articles: Vec<Article> = keys.iter().map(|key| self.line(key)).collect();
        let lines: Vec<&[u8]> = articles.iter().map(|article| article.part.as_slice()).collect();
        Delivery { name: name.to_vec(), content: lines.join(&b'\n'), holds: Holds::Several(articles) }
    }

    fn line(&mut self, key: &str) -> Article {
        let word = if key == "reject" { "reject" } else { "pass" };
        let body = self.body(word, key);
        let whole = serde_json::json!({ "body": body }).to_string();
        match key {
            "!" => Article { part: whole.as_bytes()[..40].to_vec(), body, fate: Fate::Refused("malformed") },
            _ => Article { part: whole.into_bytes(), body, fate: self.fate(word, key) },
        }
    }
}

/// Sentences of words drawn by the key, the same each time (FNV-1a, then a linear congruential generator).
fn prose(key: &str) -> String {
    let mut state = key
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mut text = String::new();
    for number in 1..=PROSE_WORDS {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push_str(WORDS[(state >> 33) as usize % WORDS.len()]);
        text.push_str(if number % 12 == 0 { ". " } else { " " });
    }
    text.trim_end().to_owned()
}

/// A file that is refused before anything is read from it.
fn whole(name: &[u8], content: &[u8], fault: &'static str) -> Delivery {
    let article = Article { body: String::new(), part: Vec::new(), fate: Fate::Refused(fault) };
    Delivery { name: name.to_vec(), content: content.to_vec(), holds: Holds::One(article) }
}

/// The longest name there may be.
fn long_name(letter: &str) -> Vec<u8> {
    format!("{}.txt", letter.repeat(251)).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_some_of_everything() {
        let workload = Workload::once();
        assert!(workload.articles() >= 20);
        assert!(workload.keys().values().any(|&count| count > 1));
        assert!(workload.deliveries.iter().any(|delivery| delivery.name.len() == 255));
        assert!(workload.deliveries.iter().any(|delivery| delivery.content.is_empty()));
    }
}
