//! Carries what a plugin and its dependencies say through `log` and `tracing` to the daemon's log. Changes no message and waits for
//! nobody.
//!
//! A shared object has its own copy of both crates, so each is taken hold of once, when the first instance is made. A message goes to
//! the host of the call that is running on its thread; one from a thread of the plugin's own goes to any instance that lives.

use std::cell::Cell;
use std::fmt::{self, Write as _};
use std::sync::{Once, PoisonError, RwLock};

use tracing_core::field::{Field, Visit};
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::subscriber::Interest;
use tracing_core::{Event, Metadata, Subscriber};

use crate::host::{Host, Level};

/// Hosts of the instances that live. Read while a message is passed on, so that no host goes away meanwhile.
static LIVING: RwLock<Vec<Host>> = RwLock::new(Vec::new());

thread_local! {
    /// The host of the call that is running on this thread.
    static CALLER: Cell<Option<Host>> = const { Cell::new(None) };
}

/// Runs `call` with this host as the one that is spoken to.
pub(crate) fn within<T>(host: Host, call: impl FnOnce() -> T) -> T {
    struct Restore(Option<Host>);
    impl Drop for Restore {
        fn drop(&mut self) {
            CALLER.set(self.0);
        }
    }
    let _restore = Restore(CALLER.replace(Some(host)));
    call()
}

/// An instance lives from now on.
pub(crate) fn lives(host: Host) {
    LIVING.write().unwrap_or_else(PoisonError::into_inner).push(host);
}

/// It does not any more; waits until no message is on its way.
pub(crate) fn gone(host: Host) {
    let mut living = LIVING.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(place) = living.iter().position(|other| std::ptr::eq(other.raw(), host.raw())) {
        living.swap_remove(place);
    }
}

/// Takes hold of `log` and `tracing`, unless somebody else has: in a test, the test's own subscriber.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if log::set_logger(&Bridge).is_ok() {
            log::set_max_level(log::LevelFilter::Trace);
        }
        let _ = tracing_core::dispatcher::set_global_default(tracing_core::Dispatch::new(Bridge));
    });
}

/// Says something to the host of the running call, for the SDK itself.
pub(crate) fn say(level: Level, message: &str) {
    with_host(|host| host.log(level, message));
}

fn with_host<T>(act: impl FnOnce(Host) -> T) -> Option<T> {
    if let Some(host) = CALLER.get() {
        return Some(act(host));
    }
    let living = LIVING.read().unwrap_or_else(PoisonError::into_inner);
    living.last().copied().map(act)
}

struct Bridge;

impl log::Log for Bridge {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        with_host(|host| host.logs(level_of_log(metadata.level()))).unwrap_or(false)
    }

    fn log(&self, record: &log::Record<'_>) {
        with_host(|host| {
            let level = level_of_log(record.level());
            if host.logs(level) {
                host.log(level, &format!("{}: {}", record.target(), record.args()));
            }
        });
    }

    fn flush(&self) {}
}

impl Subscriber for Bridge {
    /// The daemon's level may change, and a message may come from an instance of another daemon: ask each time.
    fn register_callsite(&self, _metadata: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    /// The daemon has a span for each article already; those of the plugin are not carried over.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && with_host(|host| host.logs(level_of(metadata.level()))).unwrap_or(false)
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line { message: String::new(), fields: String::new() };
        event.record(&mut line);
        let target = event.metadata().target();
        say(level_of(event.metadata().level()), &format!("{target}: {}{}", line.message, line.fields));
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

/// `message key=value key=value`; the log of the ABI has no fields of its own.
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a String does not fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

fn level_of_log(level: log::Level) -> Level {
    match level {
        log::Level::Error => Level::Error,
        log::Level::Warn => Level::Warn,
        log::Level::Info => Level::Info,
        log::Level::Debug => Level::Debug,
        log::Level::Trace => Level::Trace,
    }
}

fn level_of(level: &tracing_core::Level) -> Level {
    match *level {
        tracing_core::Level::ERROR => Level::Error,
        tracing_core::Level::WARN => Level::Warn,
        tracing_core::Level::INFO => Level::Info,
        tracing_core::Level::DEBUG => Level::Debug,
        _ => Level::Trace,
    }
}
