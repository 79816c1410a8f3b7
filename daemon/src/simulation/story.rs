//! What feeders send: files with a token in each article, copies, files of several articles, and broken ones; and what must
//! become of them.

use crate::decode::{self, Limits};
use crate::disk::simulated::Dice;

pub(super) const LIMITS: Limits = Limits { articles_max: 100 };

/// What must become of an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// Published, if it is the first with this key; else a duplicate of that.
    Story(String),
    /// Refused.
    Broken,
}

/// Makes a file of this number. A story may have the key of an earlier one.
pub(super) fn make(number: usize, dice: &mut Dice) -> (Vec<u8>, Vec<u8>) {
    // A name so long that there is no room for an id before it goes another way.
    let pad = if dice.percent(10) { "n".repeat(235) } else { String::new() };
    let named = |ending: &str| format!("{number:06}{pad}.{ending}").into_bytes();
    match dice.below(20) {
        0 => (named("txt"), Vec::new()),
        1 => (named("txt"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0".to_vec()),
        2 => (named("json"), b"{\"body\": \"The council met".to_vec()),
        3..=6 => {
            let mut lines = String::new();
            for part in 0..dice.below(4) + 1 {
                lines += &match dice.below(8) {
                    0 => "[]\n".to_owned(),
                    _ => format!("{{\"body\": \"{}\"}}\n", text(&key(number, part, dice), dice)),
                };
            }
            (named("jsonl"), lines.into_bytes())
        }
        _ => (named("txt"), text(&key(number, 0, dice), dice).into_bytes()),
    }
}

/// What must become of the articles of a file, and whether the file could hold several.
pub(super) fn expect(name: &[u8], content: &[u8]) -> (bool, Vec<Expected>) {
    let Ok(decoded) = decode::decode(name, content, &LIMITS) else { return (false, vec![Expected::Broken]) };
    let expected = decoded.articles.iter().map(|piece| match &piece.document {
        Ok(document) => Expected::Story(key_in(&document.text)),
        Err(_) => Expected::Broken,
    });
    (decoded.several, expected.collect())
}

/// The key of a text. One that was cut off has its own, as it is no copy of the whole.
pub(super) fn key_in(text: &str) -> String {
    match text.split_once("token ").and_then(|(_, rest)| rest.split_once(" said")) {
        Some((key, rest)) if rest.ends_with("the end.") => key.to_owned(),
        _ => blake3::hash(text.as_bytes()).to_hex().to_string(),
    }
}

/// The plugin never answers to it, as long as anything may go wrong.
pub(super) fn is_cursed(key: &str) -> bool {
    blake3::hash(key.as_bytes()).as_bytes()[0] < 20
}

/// A new key, or that of another article.
fn key(number: usize, part: usize, dice: &mut Dice) -> String {
    if dice.percent(30) { format!("{}-0", dice.below(number + 1)) } else { format!("{number}-{part}") }
}

fn text(key: &str, dice: &mut Dice) -> String {
    let more = "The council met on Sunday and spoke of water, roads and schools. ".repeat(dice.below(20));
    format!("The speaker with token {key} said so to the reporters. {more}It is the end.")
}
