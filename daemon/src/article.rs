//! The nouns everything carries: a submission (one file that appeared in the inbox) and the articles in it.

use std::fmt;
use std::str::FromStr;

/// One file instance from the inbox: the ledger's epoch and a number that only rises. Never derived from content, since the
/// same bytes dropped twice are two submissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubmissionId {
    /// Random, made with the ledger, so that ids of two ledgers never meet.
    pub epoch: u32,
    /// Rises from 1.
    pub number: u64,
}

/// One article: its submission, and its position where a file can hold several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArticleId {
    /// The file it came in.
    pub submission: SubmissionId,
    /// Position in the file from 0; `None` for formats that hold one article.
    pub position: Option<u32>,
}

/// What decoding found: the text of one article and what its file said about it. Plugins make the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The text as decoded, nothing cleaned.
    pub text: String,
    /// Given by the file, not found in the text.
    pub headline: Option<String>,
    /// As `headline`.
    pub byline: Option<String>,
    /// As `headline`; the date as the file writes it.
    pub published: Option<String>,
    /// As `headline`; BCP 47.
    pub language: Option<String>,
    /// As `headline`.
    pub url: Option<String>,
}

impl fmt::Display for SubmissionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:08x}-{:010}", self.epoch, self.number)
    }
}

impl fmt::Display for ArticleId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(position) => write!(formatter, "{}.{position}", self.submission),
            None => self.submission.fmt(formatter),
        }
    }
}

/// The text is not an id.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id such as 5e0c91aa-0000000042")]
pub struct NotAnId;

impl FromStr for SubmissionId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let (epoch, number) = text.split_once('-').ok_or(NotAnId)?;
        let id = SubmissionId {
            epoch: u32::from_str_radix(epoch, 16).map_err(|_| NotAnId)?,
            number: number.parse().map_err(|_| NotAnId)?,
        };
        // One id has one spelling: `+7`, missing zeros and upper case are refused.
        (id.to_string() == text).then_some(id).ok_or(NotAnId)
    }
}

impl FromStr for ArticleId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let id = match text.split_once('.') {
            Some((submission, position)) => {
                ArticleId { submission: submission.parse()?, position: Some(position.parse().map_err(|_| NotAnId)?) }
            }
            None => ArticleId { submission: text.parse()?, position: None },
        };
        (id.to_string() == text).then_some(id).ok_or(NotAnId)
    }
}

/// A file name for people: bytes that are not UTF-8 and control characters are replaced, so that no name forges a log line.
pub fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name)
        .chars()
        .map(|character| if character.is_control() { char::REPLACEMENT_CHARACTER } else { character })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back() {
        let submission = SubmissionId { epoch: 0x5e0c_91aa, number: 42 };
        for (id, text) in [
            (ArticleId { submission, position: None }, "5e0c91aa-0000000042"),
            (ArticleId { submission, position: Some(7) }, "5e0c91aa-0000000042.7"),
        ] {
            assert_eq!(id.to_string(), text);
            assert_eq!(text.parse(), Ok(id));
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in
            ["", "5e0c91aa", "5e0c91aa-42", "5E0C91AA-0000000042", "5e0c91aa-0000000042.", "5e0c91aa-0000000042.+7"]
        {
            assert_eq!(text.parse::<ArticleId>(), Err(NotAnId), "{text}");
        }
    }
}
