//! Which articles share keys, and which is the exact copy of which. Holds what was published and, beside it, what is still in
//! flight; decides nothing.
//!
//! The two sides are never mixed: whatever passes through the tentative side, the firm side is exactly the fold of the settled
//! articles in ledger order, so a restart that replays the ledger arrives at the same state.

mod postings;

use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::note::Note;
use crate::shingles::{self, Key};
use crate::sketch::Sketch;
use postings::Postings;

/// An article of the index.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id.
    pub id: Box<str>,
    /// Display name of the file it came in.
    pub source_name: Box<str>,
    /// Its words.
    pub sketch: Sketch,
    /// How many different 3-word shingles it has.
    pub shingles: u32,
    /// Its index keys, kept because they are needed again when it leaves.
    pub keys: Box<[u32]>,
}

/// An article that shares keys with the one that was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The article.
    pub entry: &'a Entry,
    /// Is it published? Otherwise it is in flight.
    pub firm: bool,
    /// How many keys it shares.
    pub shared: u32,
    /// How many articles of its side have the rarest of these keys, itself included; counted up to a bound.
    pub rarest: u32,
}

/// Where the exact copy of an article was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exact<'a> {
    /// Published under this id.
    Firm(&'a str),
    /// In flight under this id.
    Tentative(&'a str),
}

/// The index.
#[derive(Debug)]
pub struct Index {
    window: usize,
    near_articles_max: usize,
    firm: Shelf,
    tentative: Shelf,
    /// Published articles read back before [`Index::ready`]; they go to the firm shelf at once then, since all but the latest
    /// would only be put there to be evicted again.
    replayed: VecDeque<Entry>,
    is_ready: bool,
    /// Every published digest with its article's id, the first one if there are several.
    published: PublishedDigests,
}

impl Index {
    /// An empty index with this winnowing window, for so many published articles.
    pub fn new(window: usize, near_articles_max: usize) -> Self {
        Index {
            window,
            near_articles_max,
            firm: Shelf::default(),
            tentative: Shelf::default(),
            replayed: VecDeque::new(),
            is_ready: false,
            published: PublishedDigests::default(),
        }
    }

    /// Puts what was replayed where it can be found. Later articles are found at once.
    pub fn ready(&mut self) {
        self.is_ready = true;
        for entry in std::mem::take(&mut self.replayed) {
            self.shelve(entry);
        }
    }

    /// An article is published. If it was tentative, it is no more.
    pub fn publish(&mut self, id: &str, note: Note) {
        let tentative = self.tentative.remove(id).filter(|entry| entry.sketch == note.sketch);
        if self.firm.by_id.contains_key(id) {
            return;
        }
        self.published.insert(note.sketch.digest, id);
        let entry = tentative.unwrap_or_else(|| Entry::new(id, note, self.window));
        if self.is_ready {
            self.shelve(entry);
        } else {
            self.replayed.push_back(entry);
            if self.replayed.len() > self.near_articles_max {
                self.replayed.pop_front();
            }
        }
    }

    /// An article is in flight. What was kept of it before is replaced.
    pub fn propose(&mut self, id: &str, note: Note) {
        self.tentative.insert(Entry::new(id, note, self.window));
    }

    /// An article is no longer in flight.
    pub fn forget(&mut self, id: &str) {
        self.tentative.remove(id);
    }

    /// The exact copy of an article, other than itself; a published one first.
    pub fn exact(&self, id: &str, digest: &[u8; 16]) -> Option<Exact<'_>> {
        let firm = self.published.get(digest).filter(|&other| other != id).map(Exact::Firm);
        firm.or_else(|| self.tentative.exact(id, digest).map(Exact::Tentative))
    }

    /// The keys of an article in this index.
    pub fn keys(&self, codes: &[u32]) -> Vec<Key> {
        shingles::keys(codes, self.window)
    }

    /// How many published articles have a key; counted up to a bound.
    pub fn published_with(&self, key: Key) -> usize {
        self.firm.postings.get(key.hash).len()
    }

    /// The articles that have some of these keys, other than the one that asks. In no particular order.
    pub fn candidates(&self, id: &str, keys: &[Key]) -> Vec<Candidate<'_>> {
        let mut candidates = Vec::new();
        self.firm.candidates(id, keys, true, &mut candidates);
        self.tentative.candidates(id, keys, false, &mut candidates);
        candidates
    }

    /// Published articles that near matches are found among, articles in flight, digests.
    pub fn sizes(&self) -> (usize, usize, usize) {
        (self.firm.by_id.len().max(self.replayed.len()), self.tentative.by_id.len(), self.published.by_digest.len())
    }

    fn shelve(&mut self, entry: Entry) {
        self.firm.insert(entry);
        while self.firm.by_id.len() > self.near_articles_max {
            self.firm.remove_oldest();
        }
    }
}

impl Entry {
    fn new(id: &str, note: Note, window: usize) -> Self {
        let shingles = shingles::distinct(&note.sketch.codes);
        let keys = shingles::keys(&note.sketch.codes, window).iter().map(|key| key.hash).collect();
        Entry { id: id.into(), source_name: note.source_name, sketch: note.sketch, shingles, keys }
    }
}

/// Articles that can be found by key, by digest and by id, and leave in the order they came.
#[derive(Debug, Default)]
struct Shelf {
    /// Places are used again, so that they stay small; the postings of an article go before its place does.
    places: Vec<Option<(u64, Entry)>>,
    free: Vec<u32>,
    by_id: HashMap<Box<str>, u32>,
    by_digest: HashMap<[u8; 16], u32>,
    /// Place by arrival.
    by_age: BTreeMap<u64, u32>,
    arrivals: u64,
    postings: Postings,
}

impl Shelf {
    fn insert(&mut self, entry: Entry) {
        self.remove(&entry.id);
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            self.places.len() as u32 - 1
        });
        self.arrivals += 1;
        for &key in &entry.keys {
            self.postings.insert(key, place);
        }
        self.by_id.insert(entry.id.clone(), place);
        self.by_digest.entry(entry.sketch.digest).or_insert(place);
        self.by_age.insert(self.arrivals, place);
        self.places[place as usize] = Some((self.arrivals, entry));
    }

    fn remove(&mut self, id: &str) -> Option<Entry> {
        let &place = self.by_id.get(id)?;
        self.remove_place(place)
    }

    fn remove_oldest(&mut self) {
        if let Some((_, &place)) = self.by_age.first_key_value() {
            self.remove_place(place);
        }
    }

    fn remove_place(&mut self, place: u32) -> Option<Entry> {
        let (arrival, entry) = self.places[place as usize].take()?;
        for &key in &entry.keys {
            self.postings.remove(key, place);
        }
        if self.by_digest.get(&entry.sketch.digest) == Some(&place) {
            self.by_digest.remove(&entry.sketch.digest);
        }
        self.by_id.remove(&entry.id);
        self.by_age.remove(&arrival);
        self.free.push(place);
        Some(entry)
    }

    fn entry(&self, place: u32) -> Option<&Entry> {
        self.places[place as usize].as_ref().map(|(_, entry)| entry)
    }

    fn exact(&self, id: &str, digest: &[u8; 16]) -> Option<&str> {
        let entry = self.entry(*self.by_digest.get(digest)?)?;
        (&*entry.id != id).then_some(&*entry.id)
    }

    fn candidates<'a>(&'a self, id: &str, keys: &[Key], firm: bool, found: &mut Vec<Candidate<'a>>) {
        let mut hits: Vec<(u32, u32)> = Vec::new();
        for key in keys {
            let places = self.postings.get(key.hash);
            hits.extend(places.iter().map(|&place| (place, places.len() as u32)));
        }
        hits.sort_unstable();
        for hits in hits.chunk_by(|left, right| left.0 == right.0) {
            let (place, rarest) = hits[0];
            if let Some(entry) = self.entry(place).filter(|entry| &*entry.id != id) {
                found.push(Candidate { entry, firm, shared: hits.len() as u32, rarest });
            }
        }
    }
}

/// Digest to id for everything that was ever published: 21 bytes of table (with its slack about 35) and the id.
#[derive(Debug, Default)]
struct PublishedDigests {
    /// Where the id begins in `ids`.
    by_digest: HashMap<[u8; 16], u32>,
    /// Ids end to end, each after a byte with its length.
    ids: Vec<u8>,
}

impl PublishedDigests {
    /// The first article with a digest keeps it.
    fn insert(&mut self, digest: [u8; 16], id: &str) {
        let (Ok(at), Ok(length)) = (u32::try_from(self.ids.len()), u8::try_from(id.len())) else { return };
        self.by_digest.entry(digest).or_insert_with(|| {
            self.ids.push(length);
            self.ids.extend_from_slice(id.as_bytes());
            at
        });
    }

    fn get(&self, digest: &[u8; 16]) -> Option<&str> {
        let at = *self.by_digest.get(digest)? as usize;
        let length = self.ids[at] as usize;
        std::str::from_utf8(&self.ids[at + 1..at + 1 + length]).ok()
    }
}

#[cfg(test)]
mod tests;
