//! The `extract` plugin.
#![forbid(unsafe_code)]

pub mod dates;
mod document;
pub mod figures;
mod numbers;
mod pieces;
