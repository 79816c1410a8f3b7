//! What several plugins need to know about text, Arabic first and no script excluded. A plain library: pure functions, no plugin.
//!
//! Two forms of text run through it. CLEAN is what people read. FOLD is a key for matching only: it is never shown, and it keeps
//! a map back to CLEAN so that a match can be shown where it stands.

mod characters;
mod fold;
mod sentences;
mod spans;
mod words;

pub use characters::is_letter;
pub use fold::{Folded, fold, fold_key};
pub use sentences::sentences;
pub use spans::CodePoints;
pub use words::{Word, words};
