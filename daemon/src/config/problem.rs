//! What is wrong with a configuration, said so that an operator can mend all of it in one go.
//! It never decides what is wrong; it only words it.

use std::fmt;

/// The longest piece of somebody's text that a message repeats, in characters.
const QUOTED_CHARACTERS_MAX: usize = 80;

/// From this much likeness (0 to 1, normalised Damerau-Levenshtein) an unknown key is taken for a misspelt one. At 0.6
/// `settle_secs` still finds `settle_seconds`, and `colour` finds nothing.
const LIKENESS_MIN: f64 = 0.6;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Problem {
    /// Where it was written: a file (with line and column if it could not be parsed), an environment variable or an option.
    pub origin: String,
    /// The key with its section, such as `inbox[0].settle_seconds`; empty when the whole file is meant.
    pub key: String,
    /// What was found and what was wanted.
    pub text: String,
}

/// Everything that is wrong, never nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", Lines(problems))]
pub struct ConfigErrors {
    problems: Vec<Problem>,
}

impl ConfigErrors {
    /// Every problem, ordered by where it was written; at least one.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", one_line(&self.origin))?;
        if !self.key.is_empty() {
            write!(formatter, "{}: ", one_line(&self.key))?;
        }
        write!(formatter, "{}", one_line(&self.text))
    }
}

/// The list that grows while a configuration is read.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    pub(super) fn add(&mut self, origin: &str, key: &str, text: impl Into<String>) {
        self.0.push(Problem { origin: origin.to_owned(), key: key.to_owned(), text: text.into() });
    }

    pub(super) fn unknown_key(&mut self, origin: &str, section: &str, key: &str, known: &[&str]) {
        let what = if section.is_empty() { "section" } else { "key" };
        let text = match nearest(key, known) {
            Some(near) => format!("unknown {what}, did you mean `{near}`?"),
            None => format!("unknown {what}, wanted one of: {}", known.join(", ")),
        };
        self.add(origin, &join(section, key), text);
    }

    /// Whether this key is in the list already.
    pub(super) fn mention(&self, key: &str) -> bool {
        self.0.iter().any(|problem| problem.key == key)
    }

    /// `Ok` when nothing is wrong.
    pub(super) fn into_result(mut self) -> Result<(), ConfigErrors> {
        if self.0.is_empty() {
            return Ok(());
        }
        self.0.sort();
        // A value that is wrong on its own is seen twice: in its layer and in the merged whole.
        self.0.dedup();
        Err(ConfigErrors { problems: self.0 })
    }
}

/// `section.key`, or `key` alone at the top.
pub(super) fn join(section: &str, key: &str) -> String {
    if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") }
}

/// Somebody's text in quotes, made harmless and cut to a readable length.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARACTERS_MAX) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// The known word that `word` most likely stands for.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    known
        .iter()
        .map(|known| (strsim::normalized_damerau_levenshtein(&word, known), *known))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, known)| known)
}

/// A quoted TOML key may hold a line break; the promise is one line per problem.
fn one_line(text: &str) -> String {
    text.chars()
        .flat_map(
            |character| if character.is_control() { character.escape_default().collect() } else { vec![character] },
        )
        .collect()
}

struct Lines<'a>(&'a [Problem]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, problem) in self.0.iter().enumerate() {
            if position > 0 {
                formatter.write_str("\n")?;
            }
            problem.fmt(formatter)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let known = ["settle_seconds", "rescan_seconds", "path", "ignore"];
        for (word, expected) in [
            ("settle_secs", Some("settle_seconds")),
            ("settleseconds", Some("settle_seconds")),
            ("SETTLE_SECONDS", Some("settle_seconds")),
            ("rescan_second", Some("rescan_seconds")),
            ("pahts", Some("path")),
            ("ignored", Some("ignore")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &known), expected, "{word}");
        }
    }

    #[test]
    fn a_problem_is_one_line() {
        let problem = Problem { origin: "a\nb".into(), key: "c\u{1b}[2Jd".into(), text: "e\r\nf".into() };
        assert_eq!(problem.to_string(), r"a\nb: c\u{1b}[2Jd: e\r\nf");
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        let text = quoted(&"ب".repeat(5000));
        assert_eq!(text.chars().count(), QUOTED_CHARACTERS_MAX + 3);
    }

    #[test]
    fn nothing_wrong_is_no_error() {
        assert_eq!(Problems::default().into_result(), Ok(()));
    }
}
