//! Shingles: runs of successive words. Index keys are winnowed 5-word shingles, resemblance is measured on all 3-word ones.
//! Knows no index and no text.
//!
//! - A. Broder, "On the resemblance and containment of documents", Compression and Complexity of Sequences 1997: the two measures.
//! - S. Schleimer, D. Wilkerson, A. Aiken, "Winnowing: local algorithms for document fingerprinting", SIGMOD 2003: which shingles
//!   to keep so that every shared run of window + shingle - 1 words is sure to leave a common one.

use crate::hash;

/// Words in an index key: rare enough to mean something.
pub const KEY_WORDS: usize = 5;

/// Words in a shingle of the measures: one changed word costs only three of them.
pub const MEASURE_WORDS: usize = 3;

/// An index key and the word it begins at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// 32 bits are enough: a key only nominates, and the articles it brings together by chance fail the measures.
    pub hash: u32,
    /// Place of its first word.
    pub word: u32,
}

/// The index keys of an article: of any `window` successive 5-word shingles the one with the least hash. Sorted by hash, each
/// hash once.
pub fn keys(codes: &[u32], window: usize) -> Vec<Key> {
    let hashes: Vec<u64> = codes.windows(KEY_WORDS).map(hash::shingle).collect();
    let window = window.clamp(1, hashes.len().max(1));
    let mut keys: Vec<Key> = Vec::with_capacity(2 * hashes.len() / (window + 1) + 1);
    let mut least = None;
    for (start, shingles) in hashes.windows(window).enumerate() {
        let last = start + window - 1;
        let kept = match least {
            Some(kept) if kept >= start => {
                if hashes[last] <= hashes[kept] {
                    last
                } else {
                    kept
                }
            }
            // The least one has left the window. On a tie the rightmost stays longest.
            _ => {
                let least = shingles.iter().enumerate().rev().min_by_key(|&(_, &hash)| hash);
                start + least.map_or(0, |(offset, _)| offset)
            }
        };
        if least != Some(kept) {
            keys.push(Key { hash: (hashes[kept] >> 32) as u32, word: kept as u32 });
            least = Some(kept);
        }
    }
    keys.sort_unstable();
    keys.dedup_by_key(|key| key.hash);
    keys
}

/// All 3-word shingles of one article, ready to be asked for those of others.
#[derive(Clone, Debug)]
pub struct ShingleTable {
    /// Hash and position of each shingle, sorted.
    shingles: Vec<(u64, u32)>,
    /// Where in `shingles` the hashes with given top bits begin; one more for the end. Hashes are spread evenly, so a bucket
    /// holds about one; one that holds many is searched by halves.
    buckets: Vec<u32>,
    /// Bits to shift a hash by to get its bucket.
    shift: u32,
    /// Different shingles.
    distinct: u32,
}

impl ShingleTable {
    /// Builds the table.
    pub fn new(codes: &[u32]) -> Self {
        let mut shingles: Vec<(u64, u32)> =
            codes.windows(MEASURE_WORDS).zip(0..).map(|(words, position)| (hash::shingle(words), position)).collect();
        shingles.sort_unstable();
        let bits = (shingles.len().max(2)).ilog2();
        let shift = u64::BITS - bits;
        let mut buckets = vec![0; (1 << bits) + 1];
        for &(hash, _) in &shingles {
            buckets[(hash >> shift) as usize + 1] += 1;
        }
        for bucket in 1..buckets.len() {
            buckets[bucket] += buckets[bucket - 1];
        }
        let distinct = shingles.chunk_by(|left, right| left.0 == right.0).count() as u32;
        ShingleTable { shingles, buckets, shift, distinct }
    }

    /// How many different shingles there are.
    pub fn distinct(&self) -> u32 {
        self.distinct
    }

    /// The positions where the words of one shingle stand, in order.
    pub(crate) fn positions(&self, words: &[u32]) -> impl ExactSizeIterator<Item = usize> + '_ {
        let hash = hash::shingle(words);
        let start = self.first(hash);
        let bucket_end = self.buckets[(hash >> self.shift) as usize + 1] as usize;
        // Of a shingle that stands everywhere, the places are not walked through.
        let count = self.shingles[start..bucket_end].partition_point(|shingle| shingle.0 == hash);
        self.shingles[start..start + count].iter().map(|&(_, position)| position as usize)
    }

    /// How many different shingles of the table the other article has too.
    pub fn shared(&self, other: &[u32]) -> u32 {
        let mut seen = vec![0u64; self.shingles.len() / 64 + 1];
        let mut shared = 0;
        for words in other.windows(MEASURE_WORDS) {
            let hash = hash::shingle(words);
            let place = self.first(hash);
            let is_there = self.shingles.get(place).is_some_and(|shingle| shingle.0 == hash);
            if is_there && seen[place / 64] & (1 << (place % 64)) == 0 {
                seen[place / 64] |= 1 << (place % 64);
                shared += 1;
            }
        }
        shared
    }

    /// The first place in the table with this hash or, if there is none, where its bucket's larger ones begin.
    fn first(&self, hash: u64) -> usize {
        let bucket = (hash >> self.shift) as usize;
        let (from, to) = (self.buckets[bucket] as usize, self.buckets[bucket + 1] as usize);
        from + self.shingles[from..to].partition_point(|shingle| shingle.0 < hash)
    }
}

/// How many different 3-word shingles an article has.
pub fn distinct(codes: &[u32]) -> u32 {
    let mut hashes: Vec<u64> = codes.windows(MEASURE_WORDS).map(hash::shingle).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes.len() as u32
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::random::Random;

    fn codes(random: &mut Random, count: usize) -> Vec<u32> {
        (0..count).map(|_| random.below(50) as u32).collect()
    }

    #[test]
    fn measures_agree_with_plain_sets() {
        let mut random = Random::new(1);
        for _ in 0..300 {
            let (left_count, right_count) = (random.below(120), random.below(120));
            let left = codes(&mut random, left_count);
            let mut right = codes(&mut random, right_count);
            right.extend_from_slice(&left[..random.below(left.len() + 1)]);
            let set = |codes: &[u32]| codes.windows(3).map(<[u32]>::to_vec).collect::<HashSet<_>>();
            let table = ShingleTable::new(&left);
            assert_eq!(table.distinct() as usize, set(&left).len());
            assert_eq!(distinct(&right) as usize, set(&right).len());
            assert_eq!(table.shared(&right) as usize, set(&left).intersection(&set(&right)).count());
        }
    }

    #[test]
    fn every_long_shared_run_leaves_a_common_key() {
        let mut random = Random::new(2);
        for window in [1, 4, 16] {
            for _ in 0..200 {
                let run: Vec<u32> = (0..window + KEY_WORDS - 1).map(|_| random.next() as u32).collect();
                let mut around = || -> Vec<u32> {
                    let (before, after) = (random.below(40), random.below(40));
                    let mut codes = |count| (0..count).map(|_| random.next() as u32).collect::<Vec<_>>();
                    [codes(before), run.clone(), codes(after)].concat()
                };
                let (left, right) = (keys(&around(), window), keys(&around(), window));
                assert!(left.iter().any(|key| right.iter().any(|other| other.hash == key.hash)), "window {window}");
            }
        }
    }

    #[test]
    fn density_is_that_of_the_paper() {
        let mut random = Random::new(3);
        let codes: Vec<u32> = (0..50_000).map(|_| random.next() as u32).collect();
        let density = keys(&codes, 16).len() as f64 / codes.len() as f64;
        assert!((density - 2.0 / 17.0).abs() < 0.005, "{density}");
    }

    #[test]
    fn short_and_monotonous_texts() {
        assert!(keys(&[1, 2, 3, 4], 16).is_empty());
        assert_eq!(keys(&[1, 2, 3, 4, 5], 16).len(), 1);
        assert_eq!(keys(&[9; 10_000], 16).len(), 1);
        assert_eq!(ShingleTable::new(&[]).shared(&[1, 2, 3]), 0);
        assert_eq!(ShingleTable::new(&[9; 10_000]).shared(&[9; 10_000]), 1);
    }
}
