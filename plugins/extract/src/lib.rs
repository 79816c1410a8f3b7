//! The `extract` plugin.
mod document;
