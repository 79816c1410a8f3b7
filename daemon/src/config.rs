//! The configuration as the rest of the daemon sees it: every value valid, every path absolute.
//! It never reads the environment itself and never stops at the first problem: [`load`] lists all of them.

mod filter;
mod folders;
mod layers;
mod pattern;
mod problem;
mod raw;
mod table;

use std::path::{Path, PathBuf};
use std::time::Duration;

use ::config::{Map, Value};

pub(crate) use filter::check_filter;
pub use pattern::Pattern;
pub(crate) use problem::nearest;
pub use problem::{ConfigErrors, Problem};

use folders::{Base, Folder};
use problem::Problems;
use raw::{Raw, RawInbox, RawPlugin};
use table::{BUILT_IN, Written};

/// Read when neither `--config` nor `--shop` is given, and may be missing.
pub const DEFAULT_FILE: &str = "/etc/warraq/warraq.toml";

/// Where a package puts plugins: beside the `bin` of the executable.
const PACKAGED_PLUGINS: &str = "lib/warraq/plugins";

/// A valid configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The folders the daemon owns.
    pub shop: Shop,
    /// Where files appear; at least one.
    pub inboxes: Vec<Inbox>,
    /// `[claim]`
    pub claim: Claim,
    /// `[decode]`
    pub decode: Decode,
    /// `[chain]`
    pub chain: Chain,
    /// `[ledger]`
    pub ledger: Ledger,
    /// Where plugin files are looked for, first match wins; absolute. They may not exist.
    pub plugin_directories: Vec<PathBuf>,
    /// The chain, in order; names are unique.
    pub plugins: Vec<Plugin>,
    /// `[lifecycle]`
    pub lifecycle: Lifecycle,
    /// `[retention]`
    pub retention: Retention,
    /// `[log]`
    pub log: Log,
}

/// The folders the daemon owns, all absolute, none the same as or inside another or an inbox; and what is kept free there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shop {
    /// Claims, stages, the ledger and the plugins' own files.
    pub spool: PathBuf,
    /// One record per published article.
    pub outbox: PathBuf,
    /// Refused articles, each with its reason.
    pub quarantine: PathBuf,
    /// Originals of decided submissions.
    pub archive: PathBuf,
    /// What is kept free for finishing what is decided; 0 to 1 GiB.
    pub ballast_bytes: u64,
}

/// One folder that is watched for files.
#[derive(Clone, Debug, PartialEq)]
pub struct Inbox {
    /// Absolute.
    pub path: PathBuf,
    /// A file must have been unchanged for so long; 0 to 3600 seconds.
    pub settle: Duration,
    /// The folder is listed this often, whatever the file events say; 1 to 86400 seconds.
    pub rescan: Duration,
    /// Names never touched, beside the built-in ones.
    pub ignore: Vec<Pattern>,
    /// How it is noticed that something came.
    pub watch: Watch,
    /// How often to look where that is done besides or instead of events; 0.1 to 3600 seconds.
    pub poll: Duration,
    /// A file is complete when another of its name with this ending is there; not empty.
    pub sentinel: Option<Vec<u8>>,
    /// How long a file waits for its sentinel before that is said, and a sentinel for its file before it is removed; 0 to 86400
    /// seconds.
    pub sentinel_wait: Duration,
    /// How files are taken.
    pub claim: Claiming,
    /// Once a file has been taken by copying, is the original removed?
    pub removes_originals: bool,
}

/// How it is noticed that something came to an inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// By events, and by looking where others can change the folder without an event.
    Auto,
    /// By events, and by the rescan.
    Events,
    /// By looking.
    Poll,
}

/// How files are taken out of an inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claiming {
    /// By one rename, so a file is there or here and never in both.
    Rename,
    /// By copying what cannot be renamed; the ledger remembers what was taken.
    Copy,
}

/// How much may be claimed and not yet decided, and what must be free for it. A submission is claimed while all limits hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// 1 to 100000.
    pub in_hand_submissions_max: usize,
    /// At least `decode.submission_bytes_max`, else a large file could never be claimed.
    pub in_hand_bytes_max: u64,
    /// Nothing is claimed while less is free on the disk; 0 to 1 TiB.
    pub free_bytes_min: u64,
    /// Nothing is claimed while fewer are free on the disk; 0 to a billion.
    pub free_inodes_min: u64,
    /// Nothing is claimed while so many records lie in the outbox, unless an inbox is being drained; 0 is no limit, at most 10 million.
    pub outbox_records_max: u64,
}

/// Limits on one submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decode {
    /// Larger files go to quarantine unread; 1 KiB to 1 GiB.
    pub submission_bytes_max: u64,
    /// A file with more articles goes to quarantine; 1 to 10 million.
    pub articles_max: usize,
}

/// How articles walk through the plugins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// How many articles are worked on at once; at least 1 (0 in the file became the number of cores).
    pub workers: usize,
    /// How often a plugin may ask to try one article again; 0 to 100.
    pub retries_max: u32,
    /// All fields of one article together; 1 KiB to 1 GiB.
    pub article_bytes_max: usize,
}

/// How decisions are gathered before they are made durable together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// A batch is committed when it has so many articles; 1 to 10000.
    pub batch_articles_max: usize,
    /// Or when its first article has waited so long; 0 to 10 seconds.
    pub batch_wait: Duration,
}

/// One step of the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Plugin {
    /// Its id: a-z first, then a-z, 0-9, `-` or `_`, at most 64 bytes; safe as a folder name and a metric label.
    pub name: String,
    /// A bare file name is to be found in the plugin directories; anything else is absolute. `None`: found by `name`.
    pub file: Option<PathBuf>,
    /// What happens to an article the plugin fails on.
    pub on_failure: OnFailure,
    /// How long it may take for one article, 0.01 to 3600 seconds; `None`: what its manifest says.
    pub deadline: Option<Duration>,
    /// Handed on unchecked: the host checks it against the manifest's schema.
    pub config: serde_json::Map<String, serde_json::Value>,
}

/// What happens to an article on which a plugin failed twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// It goes to quarantine.
    Quarantine,
    /// It goes on without this step, and its record says so.
    Skip,
    /// The daemon stops.
    Halt,
}

/// Starting and stopping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// When told to stop, articles in hand get so long to finish; 0 to 3600 seconds.
    pub drain: Duration,
}

/// How long things are kept that nobody needs any more, in days; each at most 36500.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Originals in the archive; 0 removes them after publication.
    pub archive_days: u32,
    /// Folders in the quarantine; 0 keeps them for ever.
    pub quarantine_days: u32,
}

/// What is logged and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// A valid `tracing` filter: a level, or `info,warraq::chain=debug`.
    pub level: String,
    /// How a line looks.
    pub format: LogFormat,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What the command line and the environment contribute.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `--config FILE`
    pub file: Option<PathBuf>,
    /// `--shop DIR`: every folder, inboxes too, goes under DIR, and no file is read unless `file` is given.
    pub shop: Option<PathBuf>,
    /// The environment; names that do not begin with `WARRAQ__` are passed over.
    pub environment: Vec<(String, String)>,
}

/// Reads all sources, later over earlier: built-in defaults, the file, `conf.d/*.toml` beside it in name order, `WARRAQ__SECTION__KEY`
/// from the environment, `--shop`.
pub fn load(options: &Options) -> Result<Config, ConfigErrors> {
    let executable = std::env::current_exe().ok();
    load_from(options, Path::new(DEFAULT_FILE), executable.as_deref())
}

fn load_from(options: &Options, default_file: &Path, executable: Option<&Path>) -> Result<Config, ConfigErrors> {
    let mut problems = Problems::default();
    let files = match (&options.file, &options.shop) {
        (Some(file), _) => layers::files(&absolute(file), false, &mut problems),
        (None, None) => layers::files(default_file, true, &mut problems),
        (None, Some(_)) => Vec::new(),
    };
    let environment = layers::environment(&options.environment, &mut problems);
    // Layer by layer, so that a mistake is seen even where a later layer covers it, and is blamed on its own file.
    for layer in files.iter().chain(&environment) {
        raw::read(&layer.origin, layer.entries.clone(), &mut problems);
    }
    let resolved = match layers::merge(&files, environment.as_ref()) {
        Ok(merged) => {
            check_in_hand(&merged, &mut problems);
            let raw = raw::read(BUILT_IN, merged, &mut Problems::default());
            resolve(raw, options, executable, &mut problems)
        }
        Err(error) => {
            problems.add(BUILT_IN, "", error.to_string());
            None
        }
    };
    problems.into_result()?;
    Ok(resolved.expect("whoever resolves to nothing says why"))
}

/// Checks what can only be checked with everything at hand. `None` only with a problem added by now.
fn resolve(raw: Raw, options: &Options, executable: Option<&Path>, problems: &mut Problems) -> Option<Config> {
    let mut folders = Vec::new();
    let base = Base::new(options.shop.as_deref(), &raw.shop, problems);
    let shop = base.as_ref().and_then(|base| folders::shop(base, &raw.shop, &mut folders, problems));
    let inboxes = base.as_ref().map(|base| inboxes(base, raw.inboxes, &mut folders, problems));
    folders::check_apart(&folders, problems);
    let plugin_directories = plugin_directories(&raw.plugin_directories, executable, &folders, problems);
    let plugins = plugins(raw.plugins, &folders, problems);
    let chain = Chain { workers: if raw.chain.workers == 0 { cores() } else { raw.chain.workers }, ..raw.chain };
    Some(Config {
        shop: shop?,
        inboxes: inboxes?,
        claim: raw.claim,
        decode: raw.decode,
        chain,
        ledger: raw.ledger,
        plugin_directories,
        plugins,
        lifecycle: raw.lifecycle,
        retention: raw.retention,
        log: Log { level: raw.log.level?.text, format: raw.log.format },
    })
}

/// A file larger than all that may be in hand could never be claimed, and would wait in the inbox for ever.
fn check_in_hand(merged: &Map<String, Value>, problems: &mut Problems) {
    let raw = raw::read(BUILT_IN, merged.clone(), &mut Problems::default());
    let (in_hand, submission) = (raw.claim.in_hand_bytes_max, raw.decode.submission_bytes_max);
    let keys = [("claim", "in_hand_bytes_max"), ("decode", "submission_bytes_max")];
    let known_wrong = keys.iter().any(|(section, key)| problems.mention(&problem::join(section, key)));
    if in_hand >= submission || known_wrong {
        return;
    }
    let origin_of = |(section, key)| layers::value(merged, section, key)?.origin();
    let (blamed, text) = match origin_of(keys[0]) {
        Some(origin) => {
            ((origin, keys[0]), format!("found {in_hand}, wanted at least decode.submission_bytes_max ({submission})"))
        }
        None => (
            (origin_of(keys[1]).unwrap_or(BUILT_IN), keys[1]),
            format!("found {submission}, wanted at most claim.in_hand_bytes_max ({in_hand})"),
        ),
    };
    let (origin, (section, key)) = blamed;
    problems.add(origin, &problem::join(section, key), text);
}

fn inboxes(base: &Base, raw: Vec<RawInbox>, folders: &mut Vec<Folder>, problems: &mut Problems) -> Vec<Inbox> {
    let mut inboxes = Vec::new();
    for inbox in raw {
        let Some(folder) = inbox.path.and_then(|path| base.folder(&path, problems)) else { continue };
        inboxes.push(Inbox {
            path: folder.path.clone(),
            settle: inbox.settle,
            rescan: inbox.rescan,
            ignore: inbox.ignore,
            watch: inbox.watch,
            poll: inbox.poll,
            sentinel: inbox.sentinel,
            sentinel_wait: inbox.sentinel_wait,
            claim: inbox.claim,
            removes_originals: inbox.removes_originals,
        });
        folders.push(folder);
    }
    inboxes
}

fn plugin_directories(
    written: &[Written],
    executable: Option<&Path>,
    folders: &[Folder],
    problems: &mut Problems,
) -> Vec<PathBuf> {
    if written.is_empty() {
        let beside = executable.and_then(Path::parent);
        let packaged = beside.and_then(Path::parent).map(|prefix| prefix.join(PACKAGED_PLUGINS));
        return beside.map(Path::to_owned).into_iter().chain(packaged).collect();
    }
    let mut directories = Vec::new();
    for written in written {
        let Some(directory) = folders::beside_origin(written, problems) else { continue };
        folders::check_code(&directory, written, folders, problems);
        directories.push(directory);
    }
    directories
}

fn plugins(raw: Option<Vec<RawPlugin>>, folders: &[Folder], problems: &mut Problems) -> Vec<Plugin> {
    let Some(raw) = raw else { return raw::DEFAULT_PLUGINS.iter().map(|name| default_plugin(name)).collect() };
    let mut plugins: Vec<Plugin> = Vec::new();
    for plugin in raw {
        let Some(name) = plugin.name else { continue };
        if plugins.iter().any(|earlier| earlier.name == name.text) {
            problems.add(
                &name.origin,
                &name.key,
                format!("found \"{}\" a second time, wanted each plugin once", name.text),
            );
        }
        plugins.push(Plugin {
            name: name.text,
            file: plugin.file.and_then(|file| plugin_file(&file, folders, problems)),
            on_failure: plugin.on_failure,
            deadline: plugin.deadline,
            config: plugin.config,
        });
    }
    plugins
}

fn plugin_file(written: &Written, folders: &[Folder], problems: &mut Problems) -> Option<PathBuf> {
    let path = folders::beside_origin(written, problems)?;
    if !written.text.contains('/') {
        return Some(PathBuf::from(&written.text));
    }
    folders::check_code(&path, written, folders, problems);
    Some(path)
}

fn default_plugin(name: &str) -> Plugin {
    Plugin {
        name: name.to_owned(),
        file: None,
        on_failure: OnFailure::Quarantine,
        deadline: None,
        config: serde_json::Map::new(),
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn absolute(path: &Path) -> PathBuf {
    // Fails only without a working directory; then opening the file says so.
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests;
