//! The hash functions whose values stand in notes. They must never change under one note version: a new one would make
//! every article that was ever published look new.

/// Odd constants with irregular bits (digits of pi and e); any would do, these are the ones the notes were written with.
const WORD: u64 = 0x243f_6a88_85a3_08d3;
const LEFT: u64 = 0x1319_8a2e_0370_7345;
const RIGHT: u64 = 0xb7e1_5162_8aed_2a6b;
const SHINGLE: u64 = 0xa409_3822_299f_31d1;

/// 64 bits of one folded word.
pub(crate) fn word(bytes: &[u8]) -> u64 {
    let mut hash = WORD ^ bytes.len() as u64;
    for chunk in bytes.chunks(8) {
        let mut block = [0; 8];
        block[..chunk.len()].copy_from_slice(chunk);
        hash = mix(hash ^ u64::from_le_bytes(block), LEFT);
    }
    mix(hash, RIGHT)
}

/// 64 bits of a run of word codes.
pub(crate) fn shingle(codes: &[u32]) -> u64 {
    let hash = codes.iter().fold(WORD, |hash, &code| mix(hash ^ u64::from(code), SHINGLE));
    mix(hash, LEFT)
}

/// 128 bits of a whole sequence of words, fed one by one.
#[derive(Clone, Debug)]
pub(crate) struct Sequence {
    left: u64,
    right: u64,
}

impl Sequence {
    pub(crate) fn new() -> Self {
        Sequence { left: LEFT, right: RIGHT }
    }

    /// Adds the hash of the next word.
    pub(crate) fn push(&mut self, word: u64) {
        self.left = mix(self.left ^ word, SHINGLE).wrapping_add(word);
        self.right = mix(self.right.wrapping_add(word), WORD) ^ word.rotate_left(29);
    }

    pub(crate) fn digest(&self) -> [u8; 16] {
        let mut digest = [0; 16];
        digest[..8].copy_from_slice(&self.left.to_le_bytes());
        digest[8..].copy_from_slice(&self.right.to_le_bytes());
        digest
    }
}

/// Multiplies to 128 bits and folds the halves together: every bit of the result depends on every bit of both.
fn mix(left: u64, right: u64) -> u64 {
    let product = u128::from(left) * u128::from(right);
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn values_in_notes_stay_what_they_were() {
        assert_eq!(word("خبر".as_bytes()), 0xb2eb_52d2_94c0_0806);
        assert_eq!(shingle(&[1, 2, 3]), 0x9488_4cc8_a901_7d15);
    }

    #[test]
    fn short_inputs_do_not_meet() {
        let words: HashSet<u64> = (0..200_000u32).map(|number| word(number.to_string().as_bytes())).collect();
        assert_eq!(words.len(), 200_000);
        let halves: HashSet<u32> = (0..20_000u32).map(|code| (shingle(&[code, code, 7]) >> 32) as u32).collect();
        assert!(halves.len() > 19_990, "{}", halves.len());
    }

    #[test]
    fn order_matters() {
        let digest = |words: &[&str]| {
            let mut sequence = Sequence::new();
            words.iter().for_each(|text| sequence.push(word(text.as_bytes())));
            sequence.digest()
        };
        assert_ne!(digest(&["a", "b"]), digest(&["b", "a"]));
        assert_ne!(digest(&["ab"]), digest(&["a", "b"]));
        assert_ne!(digest(&["a", "a"]), digest(&["a", "a", "a"]));
    }
}
