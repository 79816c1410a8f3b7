//! The `extract` plugin.
#![forbid(unsafe_code)]

pub mod dates;
mod document;
mod pieces;
