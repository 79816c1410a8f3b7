//! A fixed set of words, asked once for every word of every article. Holds hashes only.

/// Built once from lists in the code.
pub(crate) struct WordSet {
    /// Sorted.
    hashes: Vec<u64>,
}

impl WordSet {
    /// The words of the lists, which are separated by spaces.
    pub(crate) fn of(lists: &[&str]) -> Self {
        let mut hashes: Vec<u64> = lists.iter().flat_map(|list| list.split_whitespace()).map(hash).collect();
        hashes.sort_unstable();
        WordSet { hashes }
    }

    /// Is this word, or another with its hash, in the set?
    pub(crate) fn contains(&self, word: &str) -> bool {
        self.contains_hash(hash(word))
    }

    /// As [`WordSet::contains`] for a word whose hash is known.
    pub(crate) fn contains_hash(&self, hash: u64) -> bool {
        self.hashes.binary_search(&hash).is_ok()
    }
}

/// FNV-1a, 64 bits. A collision costs one wrong word in an overlap of many, so nothing stronger is needed.
pub(crate) fn hash(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
