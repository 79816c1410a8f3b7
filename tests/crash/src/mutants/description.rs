//! What a mutant is, as its file says. Lines of the head are a word and its value; then come the changes:
//!
//! ```text
//! title   records are published before the commit
//! attack  d1 --points 200
//!
//! --- daemon/src/books.rs
//! text that must stand in the file exactly once
//! +++
//! text that takes its place
//! ```
//!
//! A line `survives why` instead of nothing says that no attack can find it, and why.

use std::fs;
use std::io;
use std::path::Path;

/// A change for the worse.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// The name of its file, without the ending.
    pub name: String,
    /// What is changed, in a sentence.
    pub title: String,
    /// `d1 --points 200` of this harness, or `test` and the arguments of `cargo test`. Each must find it.
    pub attacks: Vec<String>,
    /// What must come out.
    pub expected: Expected,
    /// What is changed.
    pub changes: Vec<Change>,
}

/// What must come out of the attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It finds the mutant.
    Killed,
    /// It finds nothing, since the mutant keeps every promise.
    Survives,
}

/// One text that takes the place of another.
#[derive(Clone, Debug)]
pub struct Change {
    /// Relative to the top of the source.
    pub file: String,
    /// Stands there exactly once.
    pub find: String,
    /// What takes its place.
    pub put: String,
}

/// Ends a description's file name.
const ENDING: &str = ".mutant";
/// Before the file of a change.
const FILE: &str = "--- ";
/// Between what stands there and what takes its place.
const PUT: &str = "+++";

/// All of a folder, by name.
pub(super) fn read_all(folder: &Path) -> io::Result<Vec<Mutant>> {
    let mut mutants = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(ENDING));
        let Some(name) = name else { continue };
        mutants.push(
            parse(name, &fs::read_to_string(&path)?).map_err(|error| io::Error::other(format!("{name}: {error}")))?,
        );
    }
    mutants.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(mutants)
}

impl Change {
    /// The file's text with the change made.
    pub(super) fn apply(&self, text: &str) -> Result<String, String> {
        match text.matches(&self.find).count() {
            1 => Ok(text.replacen(&self.find, &self.put, 1)),
            count => Err(format!("in {} this stands {count} times, wanted once:\n{}", self.file, self.find)),
        }
    }
}

impl Mutant {
    /// Does each of its texts stand where it says? Then it keeps up with the source.
    pub fn check(&self, source: &Path) -> Result<(), String> {
        for change in &self.changes {
            let text =
                fs::read_to_string(source.join(&change.file)).map_err(|error| format!("{}: {error}", change.file))?;
            change.apply(&text)?;
        }
        Ok(())
    }
}

fn parse(name: &str, text: &str) -> Result<Mutant, String> {
    let (mut title, mut attacks, mut expected) = (String::new(), Vec::new(), Expected::Killed);
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next_if(|line| !line.starts_with(FILE)) {
        match line.split_once(' ').map(|(word, value)| (word, value.trim())) {
            Some(("title", value)) => title = value.to_owned(),
            Some(("attack", value)) => attacks.push(value.to_owned()),
            Some(("survives", _)) => expected = Expected::Survives,
            None if line.is_empty() => {}
            _ => return Err(format!("`{line}` means nothing here")),
        }
    }
    let mut changes = Vec::new();
    while let Some(file) = lines.next().and_then(|line| line.strip_prefix(FILE)) {
        let mut until = |end: &dyn Fn(&str) -> bool| -> String {
            std::iter::from_fn(|| lines.next_if(|line| !end(line))).flat_map(|line| [line, "\n"]).collect()
        };
        let find = until(&|line| line == PUT);
        let put = until(&|line| line.starts_with(FILE));
        let put =
            put.strip_prefix(PUT).and_then(|put| put.strip_prefix('\n')).ok_or(format!("{file}: no line `{PUT}`"))?;
        changes.push(Change { file: file.to_owned(), find, put: put.to_owned() });
    }
    if title.is_empty() || attacks.is_empty() || changes.is_empty() {
        return Err("title, attack and a change are wanted".to_owned());
    }
    Ok(Mutant { name: name.to_owned(), title, attacks, expected, changes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_read_and_applied() {
        let text = "title  it forgets\nattack d1 --points 3\n\n--- a.rs\none\n+++\n--- b.rs\ntwo\n+++\nthree\nfour\n";
        let mutant = parse("forgets", text).unwrap();
        assert_eq!((mutant.title.as_str(), mutant.attacks), ("it forgets", vec!["d1 --points 3".to_owned()]));
        let changes: Vec<_> = mutant.changes.iter().map(|change| (change.file.as_str(), change.put.as_str())).collect();
        assert_eq!(changes, [("a.rs", ""), ("b.rs", "three\nfour\n")]);
        assert_eq!(mutant.changes[1].apply("one\ntwo\nthree\n").unwrap(), "one\nthree\nfour\nthree\n");
        assert!(mutant.changes[0].apply("none at all\n").is_err());
        assert!(mutant.changes[0].apply("one\none\n").is_err());
    }

    #[test]
    fn what_is_no_description_is_refused() {
        for text in ["title x\nattack d1\n", "title x\n\n--- a.rs\none\n+++\n", "title x\nattack d1\n\n--- a.rs\none\n"]
        {
            assert!(parse("wrong", text).is_err(), "{text}");
        }
    }
}
