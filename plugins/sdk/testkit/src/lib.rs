//! Tests a Warraq plugin through the real C ABI, with a host that forgives nothing. A dev-dependency: no plugin that ships holds any
//! of it.
//!
//! ```no_run
//! # use warraq_plugin::{Article as A, Error, Host, Plugin, Verdict};
//! # struct Short;
//! # impl Plugin for Short {
//! #     type Config = serde_json::Value;
//! #     fn create(_: serde_json::Value, _: Host) -> Result<Self, Error> { Ok(Short) }
//! #     fn process(&mut self, _: &mut A) -> Result<Verdict, Error> { Ok(Verdict::Pass) }
//! # }
//! # warraq_plugin::export!(Short, manifest = r#"{ "id": "short", "version": "1.0.0", "abi": 1 }"#);
//! # fn main() {}
//! #[test]
//! fn keeps_the_contract() {
//!     warraq_testkit::check::<Short>();
//! }
//!
//! #[test]
//! fn short_articles_are_refused() {
//!     let mut harness = warraq_testkit::Harness::of::<Short>(serde_json::json!({ "characters_min": 10 }));
//!     assert_eq!(harness.process(&warraq_testkit::Article::new("نص")).rejected(), Some("too-short"));
//! }
//! ```
//!
//! [`check`] is the whole examination; [`Harness`] is for the plugin's own promises. Both lend memory that ends with the call it was
//! lent for: a plugin that reads on dies with a sentence that says what it read.

#![allow(unsafe_code, reason = "the host's side of the C ABI; every block says why it is sound")]

mod value;
mod manifest;
mod subject;
mod findings;
mod guarded;
mod desk;
mod instance;
mod answer;
mod harness;
mod child;
mod examine;

pub use answer::{Answer, Verdict};
pub use examine::examine;
pub use harness::Harness;
pub use subject::Subject;
pub use value::{Article, Value};

/// Examines a Rust plugin with its default settings.
///
/// # Panics
/// With everything that was found, if anything was.
pub fn check<P: warraq_plugin::Exported>() {
    check_subject(&Subject::of::<P>());
}

/// Examines the plugin in a shared object with its default settings, in whatever language it was written.
///
/// # Panics
/// As [`check`], or if the file is no plugin.
pub fn check_file(path: impl AsRef<std::path::Path>) {
    check_subject(&Subject::file(path).unwrap_or_else(|fault| panic!("{fault}")));
}

/// Examines a plugin with settings of its own: `Subject::of::<Short>().config(json!({ .. }))`.
///
/// # Panics
/// As [`check`].
pub fn check_subject(subject: &Subject) {
    let findings = examine(subject, &[]);
    assert!(findings.is_empty(), "{} broke the contract:\n  {}", subject.id(), findings.join("\n  "));
}
