//! One attack: a sweep of this harness on the daemon of the copy, or a test of the project run in the copy.

use std::io;
use std::process::{Command, Output};

use super::tail;
use super::tree::Tree;

/// What it found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Every promise was kept.
    Nothing,
    /// One was broken.
    Something {
        /// After how much.
        after: String,
    },
}

impl Found {
    /// In the table.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Found::Nothing => "nothing",
            Found::Something { .. } => "found",
        }
    }

    /// After how much, for the table.
    pub(super) fn after(&self) -> String {
        match self {
            Found::Nothing => String::new(),
            Found::Something { after } => format!(": {after}"),
        }
    }
}

/// An attack of this harness says after how many points it found something.
const AFTER: &str = "found after ";
/// What it says when a run fails to which nothing was done.
const WRONG_ALREADY: &str = "an undisturbed run is wrong already";

/// Makes it.
pub(super) fn make(tree: &Tree, attack: &str) -> io::Result<Found> {
    let words: Vec<&str> = attack.split_whitespace().collect();
    match words.as_slice() {
        ["test", words @ ..] => test(tree, words),
        words => sweep(tree, words),
    }
}

fn sweep(tree: &Tree, words: &[&str]) -> io::Result<Found> {
    let done = Command::new(std::env::current_exe()?)
        .arg("--daemon")
        .arg(tree.daemon())
        .arg("--until-bad")
        .args(words)
        .current_dir(std::env::temp_dir())
        .output()?;
    let (said, complained) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    let after = said.lines().find_map(|line| line.strip_prefix(AFTER)).unwrap_or("").to_owned();
    match done.status.code() {
        Some(0) => Ok(Found::Nothing),
        Some(1) => Ok(Found::Something { after }),
        _ if complained.contains(WRONG_ALREADY) => Ok(Found::Something { after: "0 points, undisturbed".to_owned() }),
        _ => Err(not_made(words, &done)),
    }
}

fn test(tree: &Tree, words: &[&str]) -> io::Result<Found> {
    let (options, _) = words.split_at(words.iter().position(|word| *word == "--").unwrap_or(words.len()));
    tree.must(&[&["test", "--no-run"], options].concat())?;
    // So that a mutant that waits for ever is found within a minute.
    let done = tree.cargo(&[&["test"], words].concat()).env("WARRAQ_TEST_PATIENCE_SECONDS", "30").output()?;
    let said = String::from_utf8_lossy(&done.stdout);
    if done.status.success() {
        let ran = said.lines().filter(|line| line.starts_with("test ") && line.ends_with(" ok")).count();
        return if ran > 0 { Ok(Found::Nothing) } else { Err(io::Error::other("no test has run")) };
    }
    let failed: Vec<&str> =
        said.lines().filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED")).collect();
    match failed.first() {
        Some(first) => Ok(Found::Something { after: format!("{first} and {} more", failed.len() - 1) }),
        // The test process itself may have been ended by what it tried.
        None if said.contains("running ") => Ok(Found::Something { after: "the tests did not end".to_owned() }),
        None => Err(not_made(words, &done)),
    }
}

fn not_made(words: &[&str], done: &Output) -> io::Error {
    let said = [&*done.stdout, &done.stderr].map(|said| tail(&String::from_utf8_lossy(said)).to_owned()).concat();
    io::Error::other(format!("{} could not be made: {}\n{said}", words.join(" "), done.status))
}
