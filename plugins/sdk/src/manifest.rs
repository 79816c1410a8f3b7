//! Puts a manifest together while the plugin is compiled, so that it lies in the shared object as plain bytes. Nothing here runs
//! later.

use serde::Deserialize;

/// The settings of a plugin as its manifest describes them: `#[derive(Deserialize, Settings)]`.
///
/// What the daemon would refuse at load does not compile: a default out of bounds,
///
/// ```compile_fail
/// #[derive(warraq_plugin::Settings)]
/// struct Config {
///     /// How many.
///     #[setting(default = 0, min = 1)]
///     count: usize,
/// }
/// ```
///
/// or a setting that nobody explains.
///
/// ```compile_fail
/// #[derive(warraq_plugin::Settings)]
/// struct Config {
///     #[setting(default = 1, min = 1)]
///     count: usize,
/// }
/// ```
pub trait Settings {
    /// The manifest's `config_schema`.
    const SCHEMA: &'static str;
}

/// For a plugin without settings.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoSettings {}

impl Settings for NoSettings {
    const SCHEMA: &'static str = "{\"type\":\"object\",\"properties\":{}}";
}

/// A piece of a manifest.
#[doc(hidden)]
pub enum Part {
    /// JSON as it stands.
    Json(&'static str),
    /// Becomes a JSON text.
    Text(&'static str),
    /// Becomes a JSON list of texts.
    List(&'static [&'static str]),
}

#[doc(hidden)]
pub const fn manifest_len(parts: &[Part]) -> usize {
    let mut written = Writer::<0> { bytes: [], len: 0 };
    written.parts(parts);
    written.len
}

#[doc(hidden)]
pub const fn manifest_join<const N: usize>(parts: &[Part]) -> [u8; N] {
    let mut written = Writer::<N> { bytes: [0; N], len: 0 };
    written.parts(parts);
    written.bytes
}

/// Counts what does not fit any more, so that one code both measures and writes.
struct Writer<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Writer<N> {
    const fn parts(&mut self, parts: &[Part]) {
        let mut index = 0;
        while index < parts.len() {
            match &parts[index] {
                Part::Json(json) => self.json(json.as_bytes()),
                Part::Text(text) => self.text(text.as_bytes()),
                Part::List(texts) => self.list(texts),
            }
            index += 1;
        }
    }

    const fn list(&mut self, texts: &[&str]) {
        self.byte(b'[');
        let mut index = 0;
        while index < texts.len() {
            if index > 0 {
                self.byte(b',');
            }
            self.text(texts[index].as_bytes());
            index += 1;
        }
        self.byte(b']');
    }

    const fn json(&mut self, bytes: &[u8]) {
        let mut index = 0;
        while index < bytes.len() {
            self.byte(bytes[index]);
            index += 1;
        }
    }

    const fn text(&mut self, bytes: &[u8]) {
        self.byte(b'"');
        let mut index = 0;
        while index < bytes.len() {
            match bytes[index] {
                quote @ (b'"' | b'\\') => {
                    self.byte(b'\\');
                    self.byte(quote);
                }
                // A line break in a description reads as well as a space.
                0..b' ' => self.byte(b' '),
                other => self.byte(other),
            }
            index += 1;
        }
        self.byte(b'"');
    }

    const fn byte(&mut self, byte: u8) {
        if self.len < N {
            self.bytes[self.len] = byte;
        }
        self.len += 1;
    }
}
