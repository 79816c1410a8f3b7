//! Sets up logging once: `tracing` events to stderr, as text for people or JSON for machines.
//! It never lets a file name or any other value forge a line, and never writes to stdout, where data go.

use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal as _};
use std::sync::OnceLock;

use indicatif::MultiProgress;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt::format::{self, FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

use crate::config::{Log, LogFormat, check_filter};

/// The bars of this process, drawn on stderr below the log. `None` until somebody asks for them.
static PROGRESS: OnceLock<MultiProgress> = OnceLock::new();

/// Logging cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// `RUST_LOG` is set and is no filter.
    #[error("RUST_LOG: found {found:?}, {wanted}")]
    Filter {
        /// The filter as given.
        found: String,
        /// What would do.
        wanted: String,
    },
    /// [`start`] was called before in this process.
    #[error("logging has been started already")]
    Started,
}

/// Starts logging for the rest of the process. `RUST_LOG`, if set and not empty, wins over `log.level`: it is what a person types to
/// look closer at one run, and no unit file sets it by chance.
pub fn start(log: &Log) -> Result<(), TelemetryError> {
    let filter = filter(log, std::env::var("RUST_LOG").ok())?;
    let look = Look {
        json: log.format == LogFormat::Json,
        colour: io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        journal: std::env::var("JOURNAL_STREAM").is_ok_and(|stream| is_stderr(&stream)),
    };
    tracing::subscriber::set_global_default(subscriber(filter, look, writer)).map_err(|_| TelemetryError::Started)
}

/// The bars of this process. Whoever draws one adds it here, so that log lines appear above it. Hidden when stderr is no terminal.
pub fn progress() -> &'static MultiProgress {
    PROGRESS.get_or_init(MultiProgress::new)
}

/// Writes to stderr, with the bars out of the way for the moment.
pub fn writer() -> impl io::Write {
    AboveBars
}

struct AboveBars;

impl io::Write for AboveBars {
    /// A log line comes in one call, and stderr is locked for all of it: lines of several threads do not mix.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let write = || io::Write::write_all(&mut io::stderr().lock(), bytes).map(|()| bytes.len());
        match PROGRESS.get() {
            Some(bars) => bars.suspend(write),
            None => write(),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How lines look.
#[derive(Clone, Copy, Debug, Default)]
struct Look {
    json: bool,
    colour: bool,
    /// The reader is journald: it keeps the time itself and takes `<4>` in front for the priority (sd-daemon(3)).
    journal: bool,
}

fn filter(log: &Log, override_level: Option<String>) -> Result<EnvFilter, TelemetryError> {
    let Some(found) = override_level.filter(|found| !found.is_empty()) else {
        return Ok(EnvFilter::new(&log.level));
    };
    match check_filter(&found) {
        Ok(()) => Ok(EnvFilter::new(found)),
        Err(wanted) => Err(TelemetryError::Filter { found, wanted }),
    }
}

fn subscriber<W>(filter: EnvFilter, look: Look, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(look.colour);
    if look.json {
        return Box::new(builder.json().flatten_event(true).with_current_span(false).finish());
    }
    let fields = format::debug_fn(write_field).delimited(" ");
    let line = format::format().with_target(false).with_ansi(look.colour);
    if look.journal {
        let line = JournalLine(line.without_time());
        return Box::new(builder.event_format(line).fmt_fields(fields).finish());
    }
    Box::new(builder.event_format(line).fmt_fields(fields).finish())
}

/// `name=value`, or the value alone for the message. The library's own writer escapes what a terminal obeys, but lets line breaks
/// through when a value is written with `%`, and file names are written by strangers.
fn write_field(writer: &mut Writer<'_>, field: &tracing::field::Field, value: &dyn fmt::Debug) -> fmt::Result {
    let colour = writer.has_ansi_escapes();
    let name = field.name();
    if name != "message" {
        let name = name.strip_prefix("r#").unwrap_or(name);
        if colour { write!(writer, "\x1b[3m{name}\x1b[0m\x1b[2m=\x1b[0m")? } else { write!(writer, "{name}=")? }
    }
    write!(Harmless(writer), "{value:?}")
}

/// Escapes every character that ends a line, moves the cursor or turns the direction of what follows.
struct Harmless<'a, W>(&'a mut W);

impl<W: fmt::Write> fmt::Write for Harmless<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut clean_from = 0;
        for (position, character) in text.char_indices().filter(|(_, character)| is_harmful(*character)) {
            self.0.write_str(&text[clean_from..position])?;
            write!(self.0, "{}", character.escape_default())?;
            clean_from = position + character.len_utf8();
        }
        self.0.write_str(&text[clean_from..])
    }
}

fn is_harmful(character: char) -> bool {
    character.is_control()
        // Line and paragraph separator; embeddings, overrides and isolates. The plain marks U+200E and U+200F stay: Arabic needs them.
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// A line with journald's priority in front.
struct JournalLine<F>(F);

impl<F, S, N> FormatEvent<S, N> for JournalLine<F>
where
    F: FormatEvent<S, N>,
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let priority = match *event.metadata().level() {
            Level::ERROR => 3,
            Level::WARN => 4,
            Level::INFO => 6,
            _ => 7,
        };
        write!(writer, "<{priority}>")?;
        self.0.format_event(context, writer, event)
    }
}

/// `JOURNAL_STREAM` is inherited by every child, so it alone says nothing: it names device and inode of the stream that systemd
/// connected, and only if stderr is still that one, journald reads it (systemd.exec(5)).
fn is_stderr(stream: &str) -> bool {
    let Ok(stderr) = rustix::fs::fstat(io::stderr()) else { return false };
    stream == format!("{}:{}", stderr.st_dev, stderr.st_ino)
}

#[cfg(test)]
mod tests;
