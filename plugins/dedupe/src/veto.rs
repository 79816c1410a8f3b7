//! Two articles that read nearly the same: one event, or the same form filled in twice? Congratulation cables, court notices,
//! prayer hours and market reports differ in few words, but in those that matter. When in doubt it says two, since a duplicate
//! too many in the outbox is a nuisance and a story too few is a loss.

use crate::align::{self, Gaps};
use crate::shingles::ShingleTable;
use crate::sketch::{self, Reading};
use crate::spelling;
use crate::vocabulary::{Meaning, Value, Vocabulary};

/// One plain word may be exchanged for another in so many words of text: editors have their synonyms.
const WORDS_PER_SYNONYM: usize = 150;

/// Articles of at least so many words may begin and end differently: a headline, a byline or a site's trailer came along.
const EDGES_WORDS_MIN: usize = 100;

/// Longest such beginning or end, in words.
const EDGE_WORDS_MAX: usize = 20;

/// Longest gap whose words are matched one by one; a longer one with plain words on both sides is another text.
const GAP_WORDS_MAX: usize = 60;

/// Pairs of words of one pair of articles that are tried as spellings of each other; later ones count as different. Bounds the
/// work, about 50 µs a pair.
const SPELLINGS_MAX: usize = 1_000;

/// Why a near duplicate is not to be dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Veto {
    /// A number, month or day of the week stands where another stood.
    Values,
    /// Plain words stand where others stood: more than a synonym, or the same exchange twice.
    Words,
    /// The newer one adds more than this many words in one place.
    Added,
}

/// Looks for a reason not to drop the article of `reading` as a near duplicate of `other`. `table` is that of the reading.
pub(crate) fn veto(
    vocabulary: &Vocabulary,
    reading: &Reading,
    table: &ShingleTable,
    other: &[u32],
    added_words_max: usize,
) -> Option<Veto> {
    let codes = &*reading.sketch.codes;
    let runs = align::runs(codes, table, other);
    let chain = align::chains(runs, Gaps { words_max: usize::MAX, half_cost: 0 }).into_iter().next()?;
    let edges_free = codes.len().min(other.len()) >= EDGES_WORDS_MIN;
    let mut exchanges = Exchanges::default();
    let ends = chain.runs.iter().map(|run| (run.end(), run.other_end()));
    let starts = chain.runs.iter().map(|run| (run.start, run.other_start));
    let before = std::iter::once((0, 0)).chain(ends);
    let after = starts.chain(std::iter::once((codes.len(), other.len())));
    for (index, ((from, other_from), (to, other_to))) in before.zip(after).enumerate() {
        let is_edge = index == 0 || index == chain.runs.len();
        if is_edge && edges_free && (to - from).max(other_to - other_from) <= EDGE_WORDS_MAX {
            continue;
        }
        let gap = Gap::new(reading, from..to, &other[other_from..other_to]);
        if let Some(veto) = gap.veto(vocabulary, added_words_max, &mut exchanges) {
            return Some(veto);
        }
    }
    exchanges.too_many(codes.len()).then_some(Veto::Words)
}

/// Plain words that stand for others.
#[derive(Default)]
struct Exchanges {
    words: usize,
    /// Single words exchanged for single words.
    pairs: Vec<(u32, u32)>,
    /// Pairs tried as spellings so far.
    spellings: usize,
}

impl Exchanges {
    /// A synonym here and there is editing. The same exchange twice is another name in the same form.
    fn too_many(mut self, words: usize) -> bool {
        self.pairs.sort_unstable();
        self.words > words / WORDS_PER_SYNONYM || self.pairs.windows(2).any(|pair| pair[0] == pair[1])
    }
}

/// What stands between two equal runs.
struct Gap<'a> {
    /// Folded words of the new article.
    words: Vec<(&'a str, u32)>,
    /// Word codes of the old one.
    other: Vec<u32>,
}

impl<'a> Gap<'a> {
    fn new(reading: &'a Reading, range: std::ops::Range<usize>, other: &[u32]) -> Self {
        let words = range.map(|index| (reading.word(index), reading.sketch.codes[index])).collect();
        Gap { words, other: other.to_vec() }
    }

    fn veto(mut self, vocabulary: &Vocabulary, added_words_max: usize, exchanges: &mut Exchanges) -> Option<Veto> {
        if self.words.len().saturating_sub(self.other.len()) > added_words_max {
            return Some(Veto::Added);
        }
        if self.words.is_empty() || self.other.is_empty() {
            return None;
        }
        if self.words.len().max(self.other.len()) > GAP_WORDS_MAX {
            return Some(Veto::Words);
        }
        self.strike_split_words();
        self.strike(|word, other| word.1 == other);
        self.words.retain(|word| vocabulary.meaning(word.1) != Meaning::Light);
        self.other.retain(|&code| vocabulary.meaning(code) != Meaning::Light);
        if self.values_differ(vocabulary) {
            return Some(Veto::Values);
        }
        self.strike(|word, other| {
            exchanges.spellings += 1;
            exchanges.spellings <= SPELLINGS_MAX && spelling::is_variant(word.0, other)
        });
        exchanges.words += self.words.len().min(self.other.len());
        if let ([word], [other]) = (&self.words[..], &self.other[..]) {
            exchanges.pairs.push((word.1, *other));
        }
        None
    }

    /// Strikes out each word with the first of the other side that is the same to it.
    fn strike(&mut self, mut same: impl FnMut(&(&str, u32), u32) -> bool) {
        let other = &mut self.other;
        self.words.retain(|word| match other.iter().position(|&code| same(word, code)) {
            Some(at) => {
                other.remove(at);
                false
            }
            None => true,
        });
    }

    /// A blank lost or put in: «من الفيروس», «منالفيروس».
    fn strike_split_words(&mut self) {
        let mut at = 0;
        while at < self.words.len() {
            let glued = self.words.get(at + 1).map(|next| sketch::code(&format!("{}{}", self.words[at].0, next.0)));
            if let Some(place) = glued.and_then(|glued| self.other.iter().position(|&code| code == glued)) {
                self.words.drain(at..at + 2);
                self.other.remove(place);
            } else if let Some(place) = split_in(self.words[at].0, &self.other) {
                self.words.remove(at);
                self.other.drain(place..place + 2);
            } else {
                at += 1;
            }
        }
    }

    /// Do both sides have values left that the other has not? Takes all values out.
    fn values_differ(&mut self, vocabulary: &Vocabulary) -> bool {
        let value = |code: u32| match vocabulary.meaning(code) {
            Meaning::Value(value) => Some(value),
            _ => None,
        };
        let values: Vec<Value> = self.words.iter().filter_map(|word| value(word.1)).collect();
        let mut others: Vec<Value> = self.other.iter().filter_map(|&code| value(code)).collect();
        let missing = values.iter().filter(|value| match others.iter().position(|other| other == *value) {
            Some(at) => {
                others.remove(at);
                false
            }
            None => true,
        });
        let missing = missing.count();
        self.words.retain(|word| value(word.1).is_none());
        self.other.retain(|&code| value(code).is_none());
        missing > 0 && !others.is_empty()
    }
}

/// Where two successive words of the other side make up this one.
fn split_in(word: &str, other: &[u32]) -> Option<usize> {
    if other.len() < 2 {
        return None;
    }
    word.char_indices().skip(1).find_map(|(at, _)| {
        let parts = [sketch::code(&word[..at]), sketch::code(&word[at..])];
        other.windows(2).position(|pair| pair == parts)
    })
}

#[cfg(test)]
mod tests;
