//! `warraq try`: what the chain makes of files. Nothing is moved, stored or remembered, so no file is another's duplicate.

use std::io::{self, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use super::arguments::Try;
use super::page;
use super::{EXIT_DATA, EXIT_NO_INPUT, fail_start, load};
use crate::article::{ArticleId, SubmissionId};
use crate::chain::{Article, Chain, Walk, walk};
use crate::config::Config;
use crate::decode;
use crate::fault::Fault;
use crate::lifecycle::{NoNotes, StartError};
use crate::record;
use crate::source::{File, Source};
use crate::telemetry;

pub(super) fn run(file: Option<PathBuf>, command: &Try) -> ExitCode {
    let config = match load(file, None) {
        Ok(config) => config,
        Err(errors) => return fail_start(errors),
    };
    // Warnings of plugins belong on the screen; the daily business of the daemon does not.
    let quiet = crate::config::Log { level: "warn".to_owned(), ..config.log.clone() };
    if let Err(error) = telemetry::start(&quiet) {
        return fail_start(io::Error::other(error));
    }
    let (mut unread, mut refused) = (0, 0);
    for (number, path) in (1..).zip(&command.files) {
        match read(path, config.decode.submission_bytes_max) {
            Ok(Ok(content)) => match try_one(&config, number, path, &content) {
                Ok(articles) => refused += print(path, articles, command.json),
                Err(error) => return fail_start(error),
            },
            Ok(Err(fault)) => refused += print(path, vec![Err(fault)], command.json),
            Err(error) => {
                eprintln!("warraq: cannot read {}: {error}", path.display());
                unread += 1;
            }
        }
    }
    match (unread, refused) {
        (0, 0) => ExitCode::SUCCESS,
        (0, _) => ExitCode::from(EXIT_DATA),
        _ => ExitCode::from(EXIT_NO_INPUT),
    }
}

fn read(path: &Path, bytes_max: u64) -> io::Result<Result<Vec<u8>, Fault>> {
    let mut content = Vec::new();
    let file = std::fs::File::open(path)?;
    let bytes = file.metadata()?.len();
    file.take(bytes_max + 1).read_to_end(&mut content)?;
    if content.len() as u64 > bytes_max {
        return Ok(Err(Fault::TooLarge { bytes: bytes.max(content.len() as u64), limit: bytes_max }));
    }
    Ok(if content.is_empty() { Err(Fault::Empty) } else { Ok(content) })
}

/// A record, or why there is none.
type Tried = Result<Vec<u8>, Fault>;

/// A chain of its own for each file: a stateful plugin must not remember the file before.
fn try_one(config: &Config, number: u64, path: &Path, content: &[u8]) -> Result<Vec<Tried>, StartError> {
    let chain = Chain::load(config, Arc::new(NoNotes), 0).map_err(StartError::Chain)?;
    let mut lane = chain.lane().map_err(|error| StartError::Chain(vec![error.into()]))?;
    let name = path.file_name().unwrap_or(path.as_os_str()).as_bytes();
    let limits = decode::Limits { articles_max: config.decode.articles_max };
    let decoded = match decode::decode(name, content, &limits) {
        Ok(decoded) => decoded,
        Err(fault) => return Ok(vec![Err(fault)]),
    };
    let (digest, received) = (blake3::hash(content).to_hex(), now());
    let file = File { name, bytes: content.len() as u64, digest: &digest, received: &received };
    let mut tried = Vec::new();
    for (index, piece) in (0..).zip(decoded.articles) {
        let document = match piece.document {
            Ok(document) => document,
            Err(fault) => {
                tried.push(Err(fault));
                continue;
            }
        };
        let submission = SubmissionId { epoch: 0, number };
        let source = Source::new(&file, decoded.media_type, decoded.charset, index, document.url.clone());
        let id = ArticleId { submission, position: decoded.several.then_some(index) };
        let mut article = Article::new(id, source, document);
        tried.push(match walk(&mut lane, &mut article, 0) {
            Walk::Passed => Ok(record::encode(&article, chain.names())),
            Walk::Refused(fault) => Err(fault),
            Walk::Duplicate { of, plugin, detail } => {
                let detail = format!("a duplicate of {of}, earlier in this file: {detail}");
                Err(Fault::Rejected { plugin, code: "duplicate".to_owned(), detail })
            }
            Walk::Held { owner, plugin } => {
                let detail = format!("a duplicate of {owner}, earlier in this file");
                Err(Fault::Rejected { plugin, code: "duplicate".to_owned(), detail })
            }
            Walk::Later { plugin, .. } => {
                let detail = "it may work later".to_owned();
                Err(Fault::RetriesExhausted { plugin, retries: 0, detail })
            }
            Walk::Halted { plugin, detail } => Err(Fault::PluginBroken { plugin, detail }),
        });
    }
    Ok(tried)
}

/// Prints what became of one file's articles and returns how many were refused.
fn print(path: &Path, articles: Vec<Tried>, json: bool) -> usize {
    let mut refused = 0;
    let mut out = io::stdout().lock();
    for tried in articles {
        let written = match tried {
            Ok(record) if json => out.write_all(&record),
            Ok(record) => page::write(&mut out, &record),
            Err(fault) => {
                refused += 1;
                eprintln!("warraq: {}: {fault}; {}", path.display(), fault.advice());
                Ok(())
            }
        };
        // A reader that has seen enough, such as `head`, is no error.
        if written.is_err() {
            break;
        }
    }
    refused
}

fn now() -> String {
    time::OffsetDateTime::now_utc()
        .replace_nanosecond(0)
        .unwrap_or_else(|_| time::OffsetDateTime::now_utc())
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap_or_default()
}
