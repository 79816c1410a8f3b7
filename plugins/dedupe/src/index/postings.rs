//! Key to the latest articles that have it. Compact, because most keys belong to one article: eight bytes for those.

use std::collections::HashMap;

/// Articles kept per key, the latest. Reuse clusters in time, so the latest are the likely partners, and the cap bounds the
/// work for keys of stock phrases.
const ARTICLES_PER_KEY_MAX: usize = 32;

/// Set in a head that is the number of a list and not a place.
const LIST: u32 = 1 << 31;

/// The map. Places are numbers below 2^31.
#[derive(Debug, Default)]
pub(super) struct Postings {
    heads: HashMap<u32, u32>,
    /// Oldest first; at least one place each unless free.
    lists: Vec<Vec<u32>>,
    free: Vec<u32>,
}

impl Postings {
    /// Adds a place, as the latest, to a key that does not have it yet.
    pub(super) fn insert(&mut self, key: u32, place: u32) {
        let head = *self.heads.entry(key).or_insert(place);
        if head == place {
            return;
        }
        if head & LIST == 0 {
            let list = self.new_list([head, place]);
            self.heads.insert(key, list | LIST);
            return;
        }
        let list = &mut self.lists[(head ^ LIST) as usize];
        if list.len() == ARTICLES_PER_KEY_MAX {
            list.remove(0);
        }
        list.push(place);
    }

    /// Takes a place off a key; nothing happens if newer ones have pushed it out.
    pub(super) fn remove(&mut self, key: u32, place: u32) {
        let Some(&head) = self.heads.get(&key) else { return };
        if head == place {
            self.heads.remove(&key);
        }
        if head & LIST == 0 {
            return;
        }
        let list = &mut self.lists[(head ^ LIST) as usize];
        list.retain(|&other| other != place);
        if let [only] = list[..] {
            self.free.push(head ^ LIST);
            self.heads.insert(key, only);
        }
    }

    /// The places of a key, oldest first.
    pub(super) fn get(&self, key: u32) -> &[u32] {
        match self.heads.get(&key) {
            None => &[],
            Some(head) if head & LIST == 0 => std::slice::from_ref(head),
            Some(list) => &self.lists[(list ^ LIST) as usize],
        }
    }

    fn new_list(&mut self, places: [u32; 2]) -> u32 {
        if let Some(free) = self.free.pop() {
            let list = &mut self.lists[free as usize];
            list.clear();
            list.extend(places);
            return free;
        }
        self.lists.push(places.to_vec());
        self.lists.len() as u32 - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn agrees_with_a_plain_map() {
        let mut random = Random::new(5);
        let mut postings = Postings::default();
        let mut plain: HashMap<u32, Vec<u32>> = HashMap::new();
        for _ in 0..50_000 {
            let (key, place) = (random.below(20) as u32, random.below(90) as u32);
            let places = plain.entry(key).or_default();
            if places.contains(&place) {
                places.retain(|&other| other != place);
                postings.remove(key, place);
            } else {
                if places.len() == ARTICLES_PER_KEY_MAX {
                    places.remove(0);
                }
                places.push(place);
                postings.insert(key, place);
            }
            assert_eq!(postings.get(key), &places[..]);
        }
        assert!(postings.lists.len() <= 20, "lists are used again");
    }
}
