//! Which articles are in the files: mostly good ones, some of everything else, and now and then one that ends the
//! daemon.

use std::time::{Duration, Instant};

use crate::census::Parcel;
use crate::random::Random;
use crate::told::{Told, Word};

/// Draws files.
pub(super) struct Mix {
    random: Random,
    token: u64,
    /// When the last deadly article was drawn, and how often one is.
    deadly: Instant,
    deadly_every: Duration,
    /// A file to be dropped again under another name.
    copied: Option<Parcel>,
}

/// How many keys there are. Each is soon published, and what has it then is a duplicate for the rest of the run.
const KEYS: usize = 2_000;
/// A deadly article is drawn so often, or more often in a short run. Each may cost three restarts.
const DEADLY_EVERY_MAX: Duration = Duration::from_secs(15);
const DEADLY_MIN: u32 = 6;
const LINES_MAX: usize = 12;

/// How many of a thousand articles ask for what.
const WORDS: [(usize, Word); 8] = [
    (25, Word::Slow),
    (1, Word::Long),
    (20, Word::Retry),
    (4, Word::Again),
    (20, Word::Reject),
    (3, Word::Garbage),
    (3, Word::Fail),
    (3, Word::Itself),
];
const DEADLY: [Word; 4] = [Word::Abort, Word::Crash, Word::Leave, Word::Hang];

impl Mix {
    pub(super) fn new(seed: u64, whole: Duration) -> Self {
        let deadly_every = (whole / DEADLY_MIN).min(DEADLY_EVERY_MAX);
        Mix { random: Random::of(seed, &[2]), token: 0, deadly: Instant::now(), deadly_every, copied: None }
    }

    /// The next file. While it is calm, nothing is in it that ends the daemon.
    pub(super) fn parcel(&mut self, number: u64, calm: bool) -> Parcel {
        let name = |ending: &str| odd_name(number, ending);
        if self.random.percent(2)
            && let Some(copied) = self.copied.take()
        {
            return Parcel { name: name(if copied.several { "jsonl" } else { "txt" }), ..copied };
        }
        match self.random.below(100) {
            0..2 => Parcel { name: name("txt"), articles: vec![self.told(Word::Empty)], several: false },
            2..4 => Parcel { name: name("json"), articles: vec![self.told(Word::Cut)], several: false },
            4..16 => {
                // What is cut must not come first, or the file is no JSONL.
                let mut articles = vec![self.told(Word::Pass)];
                for _ in 0..1 + self.random.below(LINES_MAX) {
                    let cut = self.random.percent(10);
                    articles.push(if cut { self.told(Word::Cut) } else { self.drawn(calm) });
                }
                Parcel { name: name("jsonl"), articles, several: true }
            }
            _ => {
                let told = self.drawn(calm);
                let parcel = Parcel { name: name("txt"), articles: vec![told], several: false };
                if told.key.is_some() && !told.word.is_deadly() {
                    self.copied = Some(parcel.clone());
                }
                parcel
            }
        }
    }

    fn drawn(&mut self, calm: bool) -> Told {
        if !calm && self.deadly.elapsed() > self.deadly_every {
            self.deadly = Instant::now();
            let word = DEADLY[self.random.below(DEADLY.len())];
            return self.told(word);
        }
        let mut rest = self.random.below(1000);
        for (share, word) in WORDS {
            if rest < share {
                return self.told(word);
            }
            rest -= share;
        }
        self.told(Word::Pass)
    }

    fn told(&mut self, word: Word) -> Told {
        self.token += 1;
        let key = self.random.percent(15).then(|| self.random.below(KEYS) as u32);
        Told { word, key, token: self.token }
    }
}

/// Mostly plain names; some long, some that are no UTF-8 or hold a newline.
fn odd_name(number: u64, ending: &str) -> Vec<u8> {
    let middle: Vec<u8> = match number % 50 {
        0 => vec![b'x'; 180],
        1 => b" \xC7\xE1\xD3".to_vec(),
        2 => b"two\nlines".to_vec(),
        _ => Vec::new(),
    };
    [format!("{number:08}").as_bytes(), &middle, b".", ending.as_bytes()].concat()
}
