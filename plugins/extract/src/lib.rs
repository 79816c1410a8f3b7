//! The `extract` plugin.
#![forbid(unsafe_code)]

mod document;
mod pieces;
