//! Warraq: article files in, one JSON record per article out; nothing lost, nothing doubled, nothing half-written.
//!
//! The modules in the order of the journey:
//!
//! - [`article`], [`source`]: the nouns everything carries
//! - [`inbox`] → [`settle`] → [`claim`]: a file appears, its writer finishes, one rename makes it ours
//! - [`decode`]: bytes to articles
//! - [`chain`], with [`plugin`] as the only door to shared objects: each article past each plugin
//! - [`record`]: what is published
//! - [`books`]: one durable outcome per article, with [`ledger`], [`outbox`] and [`quarantine`]; [`space`]: room for them
//! - [`recover`]: puts right at start what the last run left behind; [`poison`]: and finds the article that ended it
//! - [`retention`]: removes what was kept long enough
//! - [`pipeline`]: the one file that knows this order
//! - [`lifecycle`]: start, signals, reload, stop
//! - [`config`], [`shop`] on [`disk`] and [`mount`], [`telemetry`], [`cli`]: what surrounds it
//! - [`fault`] and [`halt`]: what can go wrong

pub mod article;
pub mod source;
pub mod inbox;
pub mod settle;
pub mod claim;
pub mod decode;
pub mod chain;
pub mod plugin;
pub mod record;
pub mod books;
pub mod ledger;
pub mod outbox;
pub mod space;
pub mod quarantine;
pub mod recover;
pub mod poison;
pub mod retention;
pub mod pipeline;
pub mod lifecycle;
pub mod config;
pub mod shop;
pub mod disk;
pub mod mount;
pub mod telemetry;
pub mod cli;
pub mod fault;
pub mod halt;

#[cfg(test)]
mod simulation;
