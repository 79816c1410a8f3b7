//! Seeded randomness for tests: the same on every machine. Never used outside of them.

/// SplitMix64 (Steele, Lea, Flood 2014).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    /// From 0 to `limit` - 1.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// Made-up words; the lower numbers come more often, as in texts.
    pub(crate) fn words(&mut self, count: usize, vocabulary: usize) -> Vec<String> {
        (0..count)
            .map(|_| {
                let limit = self.below(vocabulary) + 1;
                format!("كلمة{}", letters(self.below(limit)))
            })
            .collect()
    }
}

fn letters(mut number: usize) -> String {
    let alphabet: Vec<char> = "بتثجحخدذرزسشصضطظعغفقكلمن".chars().collect();
    let mut text = String::new();
    loop {
        text.push(alphabet[number % alphabet.len()]);
        number /= alphabet.len();
        if number == 0 {
            return text;
        }
    }
}
