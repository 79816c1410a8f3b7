//! The plugin without its glue: judges an article against the index, and folds outcomes into the index. Touches no file,
//! clock or host.
//!
//! An article that passes is *tentative* until its outcome is known. One that would be dropped for a tentative article must
//! wait for it; it is not kept itself meanwhile, so no two articles can wait for each other.

use std::cmp::Reverse;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::compare::{Measures, Relation, rounded};
use crate::index::{Candidate, Exact, Index};
use crate::note::{self, Note, NoteError};
use crate::passages::{self, Passage};
use crate::shingles::{KEY_WORDS, Key, ShingleTable};
use crate::sketch::{Reading, SKETCH_WORDS_MAX};
use crate::veto::veto;
use crate::vocabulary::Vocabulary;

/// Articles that are compared with one article in full, those with most keys in common first.
const COMPARED_MAX: usize = 64;

/// Articles whose shared passages are looked for, the closest first. More than `related_max` finds none.
const ALIGNED_MAX: usize = 32;

/// Near duplicates that are looked at for a reason not to drop the article; if there is one each time, it stays.
const VETOED_MAX: usize = 8;

/// Shared keys that make two articles worth comparing.
const SHARED_KEYS_MIN: u32 = 2;

/// An article with fewer keys than this needs to share one only.
const FEW_KEYS: usize = 8;

/// One shared key is enough, too, if no more articles than this have it: stock phrases are in many.
const RARE_KEY_ARTICLES_MAX: u32 = 8;

/// Two articles with fewer shared 3-word shingles than one for so many words of the shortest passage are not aligned: such a
/// passage with a word changed in its middle has just as many.
const SHINGLES_PER_PASSAGE_WORDS: usize = 2;

/// A passage of so many times the least length is no stock phrase, however many articles have it.
const STOCK_FACTOR: usize = 2;

/// Settings; the manifest describes them and holds their defaults.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "described in the manifest, where operators look")]
pub struct Config {
    pub near_drop: bool,
    pub near_jaccard: f64,
    pub related_jaccard: f64,
    pub related_containment: f64,
    pub near_words_min: usize,
    pub added_words_max: usize,
    pub passage_words_min: usize,
    pub related_max: usize,
    pub window_shingles: usize,
    pub near_articles_max: usize,
}

/// One entry of `related`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Related {
    /// Id of the other article: published, or still in flight and then perhaps never published.
    pub id: String,
    /// Display name of the file it came in.
    pub source_name: String,
    /// What it is to this article.
    pub relation: Relation,
    /// Resemblance, two digits.
    pub jaccard: f64,
    /// Containment of the smaller article in the larger, two digits.
    pub containment: f64,
    /// What both say in the same words.
    pub passages: Vec<Passage>,
}

/// The answer for one article.
#[derive(Clone, Debug, PartialEq)]
pub enum Judgement {
    /// It may go on; it is tentative now, unless it has no words.
    Pass {
        /// Closest first.
        related: Vec<Related>,
        /// To be left on the article; none if it has no words.
        note: Option<Vec<u8>>,
    },
    /// It repeats a published article.
    Drop {
        /// `exact-duplicate` or `near-duplicate`.
        code: &'static str,
        /// A sentence for people.
        detail: String,
        /// The published article.
        of: String,
    },
    /// It would repeat an article that is in flight.
    Hold {
        /// That article.
        owner: String,
    },
}

/// What became of an article, as far as the index cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays.
    Published,
    /// It goes.
    Gone,
    /// It is still in flight; a restarted plugin is told what it had known.
    InFlight,
}

/// The index with its rules.
#[derive(Debug)]
pub struct Engine {
    config: Config,
    vocabulary: Vocabulary,
    index: Index,
    /// Ledger position of the last outcome.
    sequence: u64,
}

/// A candidate with what comparing it gave.
struct Compared<'a> {
    candidate: Candidate<'a>,
    measures: Measures,
}

impl Engine {
    /// An engine that knows no article.
    pub fn new(config: Config) -> Self {
        let index = Index::new(config.window_shingles, config.near_articles_max);
        Engine { config, vocabulary: Vocabulary::new(), index, sequence: 0 }
    }

    /// Everything settled earlier has been told; articles may come.
    pub fn ready(&mut self) {
        self.index.ready();
    }

    /// The index, to be looked at.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Judges an article.
    pub fn judge(&mut self, id: &str, source_name: &str, body: &str) -> Judgement {
        // It may have been judged before, in a chain that broke later on.
        self.index.forget(id);
        let Some(reading) = Reading::of(body) else {
            return Judgement::Pass { related: Vec::new(), note: None };
        };
        let related = match self.compare(id, &reading) {
            Ok(related) => related,
            Err(refusal) => return refusal,
        };
        let note = note::encode(source_name, &reading.sketch);
        self.index.propose(id, Note { source_name: source_name.into(), sketch: reading.sketch });
        Judgement::Pass { related, note: Some(note) }
    }

    /// One article has its outcome, or is in flight again. Outcomes that were told before change nothing.
    pub fn settle(&mut self, sequence: u64, id: &str, fate: Fate, note: &[u8]) -> Result<(), NoteError> {
        if fate != Fate::InFlight {
            if sequence <= self.sequence {
                return Ok(());
            }
            self.sequence = sequence;
        }
        match fate {
            Fate::Gone => self.index.forget(id),
            // An article without words leaves no note, and neither does one that went on without this plugin.
            _ if note.is_empty() => self.index.forget(id),
            Fate::Published => self.index.publish(id, note::decode(note)?),
            Fate::InFlight => self.index.propose(id, note::decode(note)?),
        }
        Ok(())
    }

    /// The related articles, or why the article does not pass.
    fn compare(&self, id: &str, reading: &Reading) -> Result<Vec<Related>, Judgement> {
        match self.index.exact(id, &reading.sketch.digest) {
            Some(Exact::Firm(of)) => {
                let detail = format!("the words are those of {of}");
                return Err(Judgement::Drop { code: "exact-duplicate", detail, of: of.to_owned() });
            }
            Some(Exact::Tentative(owner)) => return Err(Judgement::Hold { owner: owner.to_owned() }),
            None => {}
        }
        let codes = &*reading.sketch.codes;
        if codes.len() < self.config.near_words_min {
            return Ok(Vec::new());
        }
        let table = ShingleTable::new(codes);
        let keys = self.index.keys(codes);
        let compared = self.candidates(id, &keys, &table);
        match self.near_duplicate(reading, &table, &compared) {
            Some(refusal) => Err(refusal),
            None => Ok(self.related(reading, &keys, &table, &compared)),
        }
    }

    /// The articles worth comparing, compared; the closest first.
    fn candidates(&self, id: &str, keys: &[Key], table: &ShingleTable) -> Vec<Compared<'_>> {
        let mut candidates = self.index.candidates(id, keys);
        candidates.retain(|candidate| {
            let enough = candidate.shared >= SHARED_KEYS_MIN
                || keys.len().min(candidate.entry.keys.len()) < FEW_KEYS
                || candidate.rarest <= RARE_KEY_ARTICLES_MAX;
            enough && candidate.entry.sketch.codes.len() >= self.config.near_words_min
        });
        // Ids make the order the same whatever the places in the index.
        candidates.sort_by(|left, right| {
            (Reverse(left.shared), left.rarest, &left.entry.id).cmp(&(
                Reverse(right.shared),
                right.rarest,
                &right.entry.id,
            ))
        });
        candidates.truncate(COMPARED_MAX);
        let mut compared: Vec<Compared> = candidates
            .into_iter()
            .map(|candidate| {
                let other = candidate.entry;
                Compared { candidate, measures: Measures::of(table, &other.sketch.codes, other.shingles) }
            })
            .collect();
        let closeness = |compared: &Compared| compared.measures.jaccard.max(compared.measures.containment() / 2.0);
        compared.sort_by(|left, right| closeness(right).total_cmp(&closeness(left)));
        compared
    }

    /// The refusal of a near duplicate; for a published article rather than for one in flight.
    fn near_duplicate(&self, reading: &Reading, table: &ShingleTable, compared: &[Compared]) -> Option<Judgement> {
        // Of an article as long as a sketch can be, nobody knows here how it goes on.
        let is_whole = |codes: &[u32]| codes.len() < SKETCH_WORDS_MAX;
        if !self.config.near_drop || !is_whole(&reading.sketch.codes) {
            return None;
        }
        let mut near: Vec<&Compared> = compared
            .iter()
            .filter(|compared| {
                compared.measures.jaccard >= self.config.near_jaccard
                    && is_whole(&compared.candidate.entry.sketch.codes)
            })
            .collect();
        near.sort_by_key(|compared| !compared.candidate.firm);
        let copied = near.into_iter().take(VETOED_MAX).find(|compared| {
            let codes = &compared.candidate.entry.sketch.codes;
            veto(&self.vocabulary, reading, table, codes, self.config.added_words_max).is_none()
        })?;
        let (entry, measures) = (copied.candidate.entry, copied.measures);
        if !copied.candidate.firm {
            return Some(Judgement::Hold { owner: entry.id.to_string() });
        }
        let detail = format!(
            "Jaccard {:.2}, containment {:.2} with {} ({})",
            rounded(measures.jaccard),
            rounded(measures.containment()),
            entry.id,
            entry.source_name
        );
        Some(Judgement::Drop { code: "near-duplicate", detail, of: entry.id.to_string() })
    }

    fn related(&self, reading: &Reading, keys: &[Key], table: &ShingleTable, compared: &[Compared]) -> Vec<Related> {
        let config = &self.config;
        let mut related = Vec::new();
        for compared in compared.iter().take(ALIGNED_MAX.max(config.related_max)) {
            if related.len() == config.related_max {
                break;
            }
            let (entry, measures) = (compared.candidate.entry, compared.measures);
            let (passages, any_own) = self.passages(reading, keys, table, compared);
            let relation = measures.relation(config.related_jaccard, config.related_containment);
            if let Some(relation) = relation.or(any_own.then_some(Relation::Passages)) {
                related.push(Related {
                    id: entry.id.to_string(),
                    source_name: entry.source_name.to_string(),
                    relation,
                    jaccard: rounded(measures.jaccard),
                    containment: rounded(measures.containment()),
                    passages,
                });
            }
        }
        related
    }

    /// The passages shared with an article, without stock phrases, and whether any of them is surely none.
    fn passages(
        &self,
        reading: &Reading,
        keys: &[Key],
        table: &ShingleTable,
        compared: &Compared,
    ) -> (Vec<Passage>, bool) {
        let words_min = self.config.passage_words_min;
        let mut any_own = false;
        if (compared.measures.shared as usize) < words_min / SHINGLES_PER_PASSAGE_WORDS {
            return (Vec::new(), false);
        }
        let mut shared = passages::shared(&reading.sketch, table, &compared.candidate.entry.sketch, words_min);
        shared.retain(|(words, _)| {
            let is_own = if words.len() >= STOCK_FACTOR * words_min { Some(true) } else { self.is_own(keys, words) };
            any_own |= is_own == Some(true);
            is_own != Some(false)
        });
        (shared.into_iter().map(|(_, passage)| passage).collect(), any_own)
    }

    /// Are these words the article's own, or a phrase that many articles have, such as a name with all its titles? Told by the
    /// keys that lie in them; `None` if there is no key.
    fn is_own(&self, keys: &[Key], words: &Range<usize>) -> Option<bool> {
        let inside = keys.iter().filter(|key| {
            let word = key.word as usize;
            words.start <= word && word + KEY_WORDS <= words.end
        });
        let rarest = inside.map(|&key| self.index.published_with(key)).min()?;
        Some(rarest <= RARE_KEY_ARTICLES_MAX as usize)
    }
}

#[cfg(test)]
pub(crate) mod tests;
