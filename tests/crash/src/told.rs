//! Articles whose first line tells the plugins `storm` and `memory` what shall become of them, and how they are written
//! into files. The rest of the text follows from that line, so that nobody has to remember it.

/// What an article asks for, or what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// Passes.
    Pass,
    /// Passes after up to a fifth of a second.
    Slow,
    /// Passes after two seconds.
    Long,
    /// Asks for a little time first.
    Retry,
    /// Asks for time again and again.
    Again,
    /// Is refused by the plugin.
    Reject,
    /// Gets a verdict that does not exist.
    Garbage,
    /// The plugin's call fails.
    Fail,
    /// Is held for itself.
    Itself,
    /// Ends the process by SIGABRT.
    Abort,
    /// Ends the process by SIGSEGV.
    Crash,
    /// Ends the process with exit code 0.
    Leave,
    /// Never returns.
    Hang,
    /// A file of nothing.
    Empty,
    /// JSON that ends too early, as a file or as a line.
    Cut,
}

/// What must become of an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Of all with its key one is published; without a key, it is.
    Passes,
    /// It is refused with this fault.
    Refused(&'static str),
}

/// One article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// What it asks for.
    pub word: Word,
    /// Of all articles with one key one is published.
    pub key: Option<u32>,
    /// Its own number.
    pub token: u64,
}

/// Words by their names, with what becomes of them.
const WORDS: [(Word, &str, Fate); 15] = [
    (Word::Pass, "pass", Fate::Passes),
    (Word::Slow, "slow", Fate::Passes),
    (Word::Long, "long", Fate::Passes),
    (Word::Retry, "retry", Fate::Passes),
    (Word::Again, "again", Fate::Refused("retries-exhausted")),
    (Word::Reject, "reject", Fate::Refused("rejected")),
    (Word::Garbage, "garbage", Fate::Refused("plugin-broken")),
    (Word::Fail, "fail", Fate::Refused("plugin-broken")),
    (Word::Itself, "itself", Fate::Refused("plugin-broken")),
    (Word::Abort, "abort", Fate::Refused(STOPPED_THE_DAEMON)),
    (Word::Crash, "crash", Fate::Refused(STOPPED_THE_DAEMON)),
    (Word::Leave, "leave", Fate::Refused(STOPPED_THE_DAEMON)),
    (Word::Hang, "hang", Fate::Refused(STOPPED_THE_DAEMON)),
    (Word::Empty, "empty", Fate::Refused("empty")),
    (Word::Cut, "cut", Fate::Refused("malformed")),
];

/// The fault of what was in hand at three deaths of the daemon. Whoever kills the daemon himself may bring it on
/// anybody.
pub const STOPPED_THE_DAEMON: &str = "stopped-the-daemon";

const SENTENCE: &str = "قال المتحدث إن اللجنة تجتمع يوم الأحد لبحث الخطة. The committee meets on Sunday.\n";
/// Bodies have fewer sentences than this; the largest takes several blocks of a disk.
const SENTENCES: u64 = 60;

impl Word {
    /// Every word.
    pub fn all() -> impl Iterator<Item = Word> {
        WORDS.iter().map(|(word, ..)| *word)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.entry().1
    }

    /// What must become of an article with it.
    pub fn fate(self) -> Fate {
        self.entry().2
    }

    /// Ends the process, or stops one of its threads for ever.
    pub fn is_deadly(self) -> bool {
        self.fate() == Fate::Refused(STOPPED_THE_DAEMON)
    }

    fn entry(self) -> &'static (Word, &'static str, Fate) {
        &WORDS[self as usize]
    }
}

impl Told {
    /// An article that passes.
    pub fn plain(token: u64) -> Self {
        Told { word: Word::Pass, key: None, token }
    }

    /// Its text. Articles with one key have different texts.
    pub fn body(&self) -> String {
        let key = self.key.map_or("-".to_owned(), |key| format!("k{key}"));
        let sentences = (self.token.wrapping_mul(7919) % SENTENCES) as usize;
        format!("{} {key}\ntoken {}\n{}end", self.word.name(), self.token, SENTENCE.repeat(sentences))
    }

    /// The article with this text; `None` if it is not exactly the text of one.
    pub fn with_body(body: &str) -> Option<Self> {
        let mut lines = body.lines();
        let (word, key) = lines.next()?.split_once(' ')?;
        let token = lines.next()?.strip_prefix("token ")?.parse().ok()?;
        let key = if key == "-" { None } else { Some(key.strip_prefix('k')?.parse().ok()?) };
        let word = Word::all().find(|known| known.name() == word)?;
        Some(Told { word, key, token }).filter(|told| told.body() == body)
    }

    /// A file of its own.
    pub fn file(&self) -> Vec<u8> {
        match self.word {
            Word::Empty => Vec::new(),
            Word::Cut => self.line(),
            _ => self.body().into_bytes(),
        }
    }

    /// A line of a file of several.
    pub fn line(&self) -> Vec<u8> {
        let line = serde_json::json!({ "body": self.body() }).to_string();
        let end = if self.word == Word::Cut { line.len() / 2 } else { line.len() };
        // Between two characters: a file with half a one is no UTF-8, and that would be another fault.
        let end = (0..=end).rev().find(|&end| line.is_char_boundary(end)).unwrap_or(0);
        line.as_bytes()[..end].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_read_back_and_no_other_does() {
        for (word, key) in Word::all().zip([None, Some(7)].into_iter().cycle()) {
            let told = Told { word, key, token: 1234 };
            let body = told.body();
            assert_eq!(Told::with_body(&body), Some(told));
            assert_eq!(Told::with_body(&body[..body.len() - 1]), None);
            assert_eq!(Told::with_body(&body.replacen("1234", "1235", 1)), None, "{body}");
        }
    }

    #[test]
    fn the_table_is_in_the_order_of_the_words() {
        assert!(WORDS.iter().enumerate().all(|(index, (word, ..))| *word as usize == index));
    }
}
