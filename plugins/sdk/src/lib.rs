//! Write a Warraq plugin in safe Rust: implement [`Plugin`], call [`export!`].
//!
//! The crate hides the C ABI and never lets a panic cross it. A plugin is a `cdylib` that can carry
//! `#![forbid(unsafe_code)]`:
//!
//! ```
//! use warraq_plugin::{Article, Error, Field, Host, Plugin, Verdict};
//!
//! #[derive(serde::Deserialize, warraq_plugin::Settings)]
//! struct Config {
//!     /// Articles with fewer characters than this are refused.
//!     #[setting(default = 200, min = 1)]
//!     characters_min: usize,
//! }
//!
//! struct Short {
//!     config: Config,
//! }
//!
//! impl Plugin for Short {
//!     type Config = Config;
//!
//!     fn create(config: Config, _host: Host) -> Result<Self, Error> {
//!         Ok(Short { config })
//!     }
//!
//!     fn process(&mut self, article: &mut Article) -> Result<Verdict, Error> {
//!         let characters = article.text(Field::BODY).unwrap_or("").chars().count();
//!         if characters < self.config.characters_min {
//!             return Ok(Verdict::reject("too-short", format!("{characters} characters")));
//!         }
//!         Ok(Verdict::Pass)
//!     }
//! }
//!
//! warraq_plugin::export!(Short, id = "short", reads = ["body"]);
//! # fn main() {}
//! ```
//!
//! `plugins/GUIDE.md` leads from nothing to a plugin that runs; `warraq-testkit` tests it.

#![allow(unsafe_code, reason = "the one place where plugin authors are spared it; every block says why it is sound")]

mod article;
mod bridge;
mod error;
mod glue;
mod host;
mod manifest;
mod state;

use std::time::Duration;

pub use warraq_abi as abi;
pub use warraq_plugin_derive::Settings;

pub use article::{Article, Field};
pub use error::{Error, Fate, RETRY_AFTER};
#[doc(hidden)]
pub use glue::{manifest_bytes, vtable};
pub use host::{Host, Level};
pub use manifest::{NoSettings, Settings};
#[doc(hidden)]
pub use manifest::{Part, manifest_join, manifest_len};
pub use state::{Fold, Memory, Seen, State};

/// One step of the chain.
///
/// Calls on one instance never overlap, but may come from different threads. With `"threading": "per-worker"` in the manifest
/// (the default) every worker has an instance of its own; with `"serial"` there is one for all.
pub trait Plugin: Sized + Send + 'static {
    /// The `[plugin.config]` table of this plugin; the host has checked it against the manifest's `config_schema`.
    type Config: serde::de::DeserializeOwned;

    /// Makes an instance; an error stops the daemon from starting, with this text in the message.
    fn create(config: Self::Config, host: Host) -> Result<Self, Error>;

    /// Last chance to get ready; a stateful plugin has been told of everything settled earlier.
    fn start(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// Looks at one article. Edits are kept only on [`Verdict::Pass`].
    fn process(&mut self, article: &mut Article<'_>) -> Result<Verdict, Error>;

    /// Stateful plugins only: what it remembers, a [`Fold`] or [`Seen`]. The three functions below then need not be written.
    fn memory(&mut self) -> Option<&mut dyn Memory> {
        None
    }

    /// Stateful plugins only: the ledger position up to which the plugin's own checkpoint reaches (0: replay everything).
    fn checkpoint(&mut self) -> u64 {
        self.memory().map_or(0, |memory| memory.checkpoint())
    }

    /// Stateful plugins only: an article with a note of this plugin has its outcome. Comes in ledger order; must be idempotent
    /// by `sequence`.
    fn settled(&mut self, settlement: &Settlement<'_>) -> Result<(), Error> {
        self.memory().map_or(Ok(()), |memory| memory.settled(settlement))
    }

    /// Puts what is in memory on disk, where the plugin was given a folder.
    fn flush(&mut self) -> Result<(), Error> {
        self.memory().map_or(Ok(()), |memory| memory.flush())
    }

    /// Ends what [`Plugin::start`] began.
    fn stop(&mut self) {}
}

/// A plugin's answer for one article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on; the edits are kept.
    Pass,
    /// A duplicate of a published article.
    Drop {
        /// A short code, `[a-z-]+`.
        code: String,
        /// A sentence for people.
        detail: String,
        /// The id of the published article.
        of: String,
    },
    /// Ask again once this other article has its outcome.
    Hold {
        /// The id of the article to wait for.
        owner: String,
    },
    /// The same article may work later.
    Retry {
        /// How long to wait.
        after: Duration,
        /// A sentence for people.
        detail: String,
    },
    /// This article will never work: quarantine it.
    Reject {
        /// A short code, `[a-z-]+`.
        code: String,
        /// A sentence for people.
        detail: String,
    },
}

impl Verdict {
    /// [`Verdict::Reject`] with its texts.
    pub fn reject(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Verdict::Reject { code: code.into(), detail: detail.into() }
    }
}

/// What became of one article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its record is in the outbox.
    Published,
    /// It was a duplicate.
    Duplicate,
    /// It was refused.
    Quarantined,
    /// It has no outcome yet; a restarted plugin gets back the note it had left.
    InFlight,
}

/// One call of [`Plugin::settled`].
#[derive(Clone, Copy, Debug)]
pub struct Settlement<'a> {
    /// Position in the ledger, rising; 0 while in flight.
    pub sequence: u64,
    /// The article's id.
    pub id: &'a str,
    /// What became of it.
    pub outcome: Outcome,
    /// The note this plugin left on it.
    pub note: &'a [u8],
}

/// What [`export!`] ties to a plugin, so that tests reach it by its type, through the same functions as the daemon.
pub trait Exported: Plugin {
    /// The manifest, as it stands in the shared object.
    const MANIFEST: &'static str;
}

/// Exports a [`Plugin`] from a `cdylib`, once in a crate.
///
/// The manifest is made of what is said here, of the [`Settings`] that the plugin reads, and of the version, description and licence
/// in `Cargo.toml`. All but `id` may be left out, but not put in another order:
///
/// ```text
/// export!(Short, id = "short");
/// export!(
///     Short,
///     id = "short",
///     reads = ["body"],
///     writes = ["language", "my_own_field"],
///     capabilities = ["net"],
///     deadline_ms = 5_000,
///     threading = "serial", // one instance for all workers
///     stateful = true,      // needs "serial"
/// );
/// ```
///
/// A manifest that is written by hand: `export!(Short, manifest = include_str!("../manifest.json"));`
#[macro_export]
macro_rules! export {
    ($plugin:ty, manifest = $manifest:expr $(,)?) => {
        const _: () = {
            const MANIFEST: &str = $manifest;

            #[unsafe(no_mangle)]
            #[allow(non_upper_case_globals)]
            pub static warraq_manifest_v1: [u8; MANIFEST.len()] = $crate::manifest_bytes(MANIFEST);

            #[unsafe(no_mangle)]
            #[allow(non_upper_case_globals)]
            pub static warraq_plugin_v1: $crate::abi::Plugin = $crate::vtable::<$plugin>();

            impl $crate::Exported for $plugin {
                const MANIFEST: &'static str = MANIFEST;
            }
        };
    };
    (
        $plugin:ty, id = $id:literal
        $(, reads = [$($read:literal),* $(,)?])?
        $(, writes = [$($write:literal),* $(,)?])?
        $(, capabilities = [$($capability:literal),* $(,)?])?
        $(, deadline_ms = $deadline_ms:literal)?
        $(, threading = $threading:literal)?
        $(, stateful = $stateful:literal)? $(,)?
    ) => {
        $crate::export!($plugin, manifest = {
            const PARTS: &[$crate::Part] = &[
                $crate::Part::Json("{\"id\":"), $crate::Part::Text($id),
                $crate::Part::Json(",\"version\":"), $crate::Part::Text(env!("CARGO_PKG_VERSION")),
                $crate::Part::Json(",\"abi\":1,\"license\":"), $crate::Part::Text(env!("CARGO_PKG_LICENSE")),
                $crate::Part::Json(",\"description\":"), $crate::Part::Text(env!("CARGO_PKG_DESCRIPTION")),
                $crate::Part::Json(",\"reads\":"), $crate::Part::List(&[$($($read),*)?]),
                $crate::Part::Json(",\"writes\":"), $crate::Part::List(&[$($($write),*)?]),
                $crate::Part::Json(",\"capabilities\":"), $crate::Part::List(&[$($($capability),*)?]),
                $($crate::Part::Json(concat!(",\"deadline_ms\":", $deadline_ms)),)?
                $($crate::Part::Json(",\"threading\":"), $crate::Part::Text($threading),)?
                $($crate::Part::Json(concat!(",\"stateful\":", $stateful)),)?
                $crate::Part::Json(",\"config_schema\":"),
                $crate::Part::Json(<<$plugin as $crate::Plugin>::Config as $crate::Settings>::SCHEMA),
                $crate::Part::Json("}"),
            ];
            const BYTES: [u8; $crate::manifest_len(PARTS)] = $crate::manifest_join(PARTS);
            match ::core::str::from_utf8(&BYTES) {
                Ok(manifest) => manifest,
                Err(_) => panic!("the manifest is not UTF-8"),
            }
        });
    };
}
