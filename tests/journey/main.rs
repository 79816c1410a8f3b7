//! The daemon's promises, each tried from outside on the real binary, one module per promise. Knows folders, exit codes, log lines
//! and the ledger's tables; never calls into the daemon's code.
#![allow(clippy::unwrap_used, reason = "tests; clippy's own exception does not reach their helpers")]

mod support;

mod seeds;
mod labels;
mod arrival;
mod displaced;
mod sentinel;
mod copying;
mod bad_input;
mod hostile_inbox;
mod encodings;
mod duplicate;
mod crash;
mod recovery;
mod poison;
mod full_disk;
mod retention;
mod drain;
mod ends;
mod reload;
mod config;
mod plugin_contract;
mod plugin_misbehaves;
