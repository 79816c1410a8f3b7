//! The closed list of reasons an article can be refused. A fault is about one article; the daemon always goes on.

use thiserror::Error;

/// Why this article goes to quarantine.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Over `decode.submission_bytes_max`.
    #[error("the file has {bytes} bytes, the limit is {limit}")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The limit in force.
        limit: u64,
    },
    /// It was claimed, but cannot be read.
    #[error("cannot read the file: {0}")]
    Unreadable(String),
    /// A writer went on writing after it was claimed.
    #[error("the file changed while it was being read")]
    ChangedWhileRead,
    /// A format that this version does not read.
    #[error("format not supported yet: {0}")]
    UnsupportedFormat(String),
    /// Bytes that are text in no encoding we know.
    #[error("not text in any known encoding: {0}")]
    Encoding(String),
    /// The format is known, this instance of it is broken.
    #[error("not valid {format}: {detail}")]
    Malformed {
        /// The format's name.
        format: &'static str,
        /// What is wrong and where.
        detail: String,
    },
    /// Well formed, but without any text.
    #[error("no text: {0}")]
    NoText(String),
    /// More articles in one file than `decode.articles_max`.
    #[error("the file holds more than {limit} articles")]
    TooManyArticles {
        /// The limit in force.
        limit: usize,
    },
    /// A plugin said that this article will never work.
    #[error("plugin {plugin} refused it: {detail} ({code})")]
    Rejected {
        /// Which plugin.
        plugin: String,
        /// The plugin's short code.
        code: String,
        /// The plugin's sentence.
        detail: String,
    },
    /// A plugin failed on this article, and a new instance of it failed again.
    #[error("plugin {plugin} failed twice on it: {detail}")]
    PluginBroken {
        /// Which plugin.
        plugin: String,
        /// What it said last.
        detail: String,
    },
    /// A plugin asked to try again more often than `chain.retries_max`.
    #[error("plugin {plugin} asked to try again {retries} times: {detail}")]
    RetriesExhausted {
        /// Which plugin.
        plugin: String,
        /// How often it was tried again.
        retries: u32,
        /// What it said last.
        detail: String,
    },
    /// The daemon died again and again with it in hand.
    #[error("the daemon died {deaths} times while it was busy with it")]
    StoppedTheDaemon {
        /// How often.
        deaths: u32,
        /// What was being done to it at the last.
        stage: Stage,
    },
}

/// What a worker does to an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Reads and decodes the file it is in.
    Decode,
    /// Walks it past the plugins.
    Chain,
}

impl Stage {
    /// The stage's word, which is the name of its module.
    pub fn word(self) -> &'static str {
        match self {
            Stage::Decode => "decode",
            Stage::Chain => "chain",
        }
    }

    /// The stage with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Stage::Decode, Stage::Chain].into_iter().find(|stage| stage.word() == word)
    }
}

impl Fault {
    /// The stable word for logs, `reason.json` and statistics.
    pub fn code(&self) -> &'static str {
        match self {
            Fault::Empty => "empty",
            Fault::TooLarge { .. } => "too-large",
            Fault::Unreadable(_) => "unreadable",
            Fault::ChangedWhileRead => "changed-while-read",
            Fault::UnsupportedFormat(_) => "unsupported-format",
            Fault::Encoding(_) => "encoding",
            Fault::Malformed { .. } => "malformed",
            Fault::NoText(_) => "no-text",
            Fault::TooManyArticles { .. } => "too-many-articles",
            Fault::Rejected { .. } => "rejected",
            Fault::PluginBroken { .. } => "plugin-broken",
            Fault::RetriesExhausted { .. } => "retries-exhausted",
            Fault::StoppedTheDaemon { .. } => "stopped-the-daemon",
        }
    }

    /// The stage that refused it, by the name of its module.
    pub fn stage(&self) -> &'static str {
        match self {
            Fault::Empty | Fault::TooLarge { .. } | Fault::Unreadable(_) | Fault::ChangedWhileRead => "claim",
            Fault::UnsupportedFormat(_)
            | Fault::Encoding(_)
            | Fault::Malformed { .. }
            | Fault::NoText(_)
            | Fault::TooManyArticles { .. } => "decode",
            Fault::Rejected { .. } | Fault::PluginBroken { .. } | Fault::RetriesExhausted { .. } => "chain",
            Fault::StoppedTheDaemon { stage, .. } => stage.word(),
        }
    }

    /// What a person can do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Fault::Empty => "check the program that delivers the file; drop it again once it has content",
            Fault::TooLarge { .. } => "split the file, or raise decode.submission_bytes_max and drop it again",
            Fault::Unreadable(_) => "make the file readable for the daemon's user or group and drop it again",
            Fault::ChangedWhileRead => {
                "deliver under a temporary name (such as name.part) and rename when complete, or raise settle_seconds"
            }
            Fault::UnsupportedFormat(_) => "convert it to plain text, .json or .jsonl and drop it again",
            Fault::Encoding(_) => "save it as UTF-8 and drop it again",
            Fault::Malformed { .. } => "mend the file where the reason says and drop it again",
            Fault::NoText(_) => "see that the file has text; in JSON under one of: body, text, content, articleBody",
            Fault::TooManyArticles { .. } => "split the file, or raise decode.articles_max and drop it again",
            Fault::Rejected { .. } => {
                "read the plugin's reason; if it is wrong, change its [plugin.config] and drop the file again"
            }
            Fault::PluginBroken { .. } => {
                "report it to the plugin's author with this file; drop it again with a mended plugin"
            }
            Fault::RetriesExhausted { .. } => "mend what the plugin waits for and drop the file again",
            Fault::StoppedTheDaemon { stage: Stage::Decode, .. } => {
                "report it to us with this file; if it was you who killed the daemon (kill -9 counts), drop it again"
            }
            Fault::StoppedTheDaemon { stage: Stage::Chain, .. } => {
                "look in the log or a core dump for the plugin that crashed and drop the file again with a mended one; if it was \
                 you who killed the daemon (kill -9 counts), just drop it again"
            }
        }
    }

    /// The plugin that refused it, if one did.
    pub fn plugin(&self) -> Option<&str> {
        match self {
            Fault::Rejected { plugin, .. }
            | Fault::PluginBroken { plugin, .. }
            | Fault::RetriesExhausted { plugin, .. } => Some(plugin),
            _ => None,
        }
    }
}
