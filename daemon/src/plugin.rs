//! The only door to shared objects, and the home of the daemon's `unsafe` code.
//!
//! `manifest` is what a plugin says of itself, read without running it; `load` checks and opens the file; `instance` and `desk`
//! are the host's side of the ABI; `lane` is where instances live and run. No plugin code is called from anywhere else.
#![allow(unsafe_code, reason = "the C ABI; every block says why it is sound")]

mod manifest;
mod load;
mod fields;
mod contract;
mod instance;
mod desk;
mod borrow;
mod lane;

pub use contract::{Answer, Outcome, Settlement, Verdict};
pub use fields::{FieldNames, FieldValue, Fields};
pub use lane::{InstanceError, Lane, NoteSource, Step};
pub use load::{LoadError, Plugin, load};
pub use manifest::{Manifest, Threading};
