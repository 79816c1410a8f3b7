//! The word lists, read once per process: what a word can be, and which runs of words are a known name. Never looks at an article.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

use super::Kind;

/// What a word can be in a text; the sections of `words.txt` and `names.txt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Given,
    GivenWeak,
    Foreign,
    Family,
    Connector,
    OfGod,
    OfServant,
    Honorific,
    Role,
    PureRole,
    PlaceTrigger,
    DistrictTrigger,
    DirectionTrigger,
    PlaceTriggerPlural,
    PlaceHead,
    ToponymHead,
    OrganisationHead,
    NamedHead,
    PeopleHead,
    ArmedHead,
    WeakDefinite,
    OrganisationDefinite,
    Ministry,
    Portfolio,
    Institutional,
    Nationality,
    NisbaBlocker,
    Affiliation,
    Regime,
    Naming,
    Common,
    PrepositionStop,
    CueMasculine,
    CueFeminine,
    CueParticiple,
    CueNoun,
    CueAccording,
}

const SECTIONS: [(&str, Class); 37] = [
    ("given", Class::Given),
    ("given weak", Class::GivenWeak),
    ("given foreign", Class::Foreign),
    ("family", Class::Family),
    ("connector", Class::Connector),
    ("of god", Class::OfGod),
    ("of servant", Class::OfServant),
    ("honorific", Class::Honorific),
    ("role", Class::Role),
    ("pure role", Class::PureRole),
    ("place trigger", Class::PlaceTrigger),
    ("district trigger", Class::DistrictTrigger),
    ("direction trigger", Class::DirectionTrigger),
    ("place trigger plural", Class::PlaceTriggerPlural),
    ("place head", Class::PlaceHead),
    ("toponym head", Class::ToponymHead),
    ("organisation head", Class::OrganisationHead),
    ("named head", Class::NamedHead),
    ("people head", Class::PeopleHead),
    ("armed head", Class::ArmedHead),
    ("weak definite", Class::WeakDefinite),
    ("organisation definite", Class::OrganisationDefinite),
    ("ministry", Class::Ministry),
    ("portfolio", Class::Portfolio),
    ("institutional", Class::Institutional),
    ("nationality", Class::Nationality),
    ("family nisba blocker", Class::NisbaBlocker),
    ("affiliation", Class::Affiliation),
    ("regime", Class::Regime),
    ("naming", Class::Naming),
    ("common", Class::Common),
    ("preposition stop", Class::PrepositionStop),
    ("cue masculine", Class::CueMasculine),
    ("cue feminine", Class::CueFeminine),
    ("cue participle", Class::CueParticiple),
    ("cue noun", Class::CueNoun),
    ("cue according", Class::CueAccording),
];

/// A set of [`Class`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Classes(u64);

impl Classes {
    /// The set of these.
    pub(crate) const fn of(classes: &[Class]) -> Classes {
        let mut bits = 0;
        let mut index = 0;
        while index < classes.len() {
            bits |= 1 << classes[index] as u64;
            index += 1;
        }
        Classes(bits)
    }

    /// Is the class in the set?
    pub(crate) fn has(self, class: Class) -> bool {
        self.0 & (1 << class as u64) != 0
    }

    /// Is one of the other set in this one?
    pub(crate) fn any(self, others: Classes) -> bool {
        self.0 & others.0 != 0
    }

    /// No class at all.
    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// A word of the lists; [`Word::UNKNOWN`] stands in none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Word {
    /// Number of the word; 0 if unknown.
    pub(crate) id: u32,
    /// What it can be.
    pub(crate) classes: Classes,
    /// Does a known name begin with it?
    pub(crate) begins_name: bool,
}

impl Word {
    pub(crate) const UNKNOWN: Word = Word { id: 0, classes: Classes(0), begins_name: false };

    /// Nothing is known of it but, perhaps, that it occurs within a longer name.
    pub(crate) fn is_plain(self) -> bool {
        self.classes.is_empty() && !self.begins_name
    }
}

/// A known name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) kind: Kind,
    /// Names of the same thing share it.
    pub(crate) group: u32,
    /// An everyday word too: needs an announcing word next to it.
    pub(crate) weak: bool,
}

/// The lists.
pub(crate) struct Lexicon {
    words: HashMap<Box<str>, Word, BuildHasherDefault<WordHasher>>,
    /// (node, word) to node of the trie of names; node 0 is its root.
    steps: HashMap<(u32, u32), u32, BuildHasherDefault<WordHasher>>,
    /// What ends at each node.
    ends: Vec<Option<Name>>,
    groups: u32,
    next_word: u32,
}

impl Lexicon {
    /// The lists, read on first use.
    pub(crate) fn get() -> &'static Lexicon {
        static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::read);
        &LEXICON
    }

    /// What the lists know about a folded word.
    pub(crate) fn word(&self, key: &str) -> Word {
        self.words.get(key).copied().unwrap_or(Word::UNKNOWN)
    }

    /// The node behind `node` by `word`, and the name that ends there.
    pub(crate) fn step(&self, node: u32, word: u32) -> Option<(u32, Option<Name>)> {
        let next = *self.steps.get(&(node, word))?;
        Some((next, self.ends[next as usize]))
    }

    fn read() -> Lexicon {
        let mut lexicon =
            Lexicon { words: HashMap::default(), steps: HashMap::default(), ends: vec![None], groups: 0, next_word: 1 };
        lexicon.read_names(include_str!("../../data/gazetteer/people.txt"), Kind::Person);
        lexicon.read_names(include_str!("../../data/gazetteer/places.txt"), Kind::Place);
        lexicon.read_names(include_str!("../../data/gazetteer/organisations.txt"), Kind::Organisation);
        lexicon.read_list(include_str!("../../data/gazetteer/cldr/territories.txt"), |_| false);
        lexicon.read_list(include_str!("../../data/gazetteer/egypt/places.txt"), |name| !name.contains(' '));
        lexicon.read_list(include_str!("../../data/gazetteer/cldr/exemplar_cities.txt"), |name| {
            name.chars().count() < CITY_LETTERS_MIN
        });
        lexicon.read_sections(include_str!("../../data/gazetteer/names.txt"));
        lexicon.read_sections(include_str!("../../data/gazetteer/words.txt"));
        lexicon
    }

    /// One thing a line, its names joined by `|`.
    fn read_names(&mut self, list: &str, kind: Kind) {
        for line in content(list) {
            let group = self.new_group();
            for spelling in line.split('|') {
                let (name, weak) = spelling.strip_prefix('~').map_or((spelling, false), |name| (name, true));
                self.add(name, Name { kind, group, weak });
                if kind == Kind::Person && !name.contains(' ') {
                    self.classify(name, Class::Family);
                }
            }
        }
    }

    /// One place a line; what another list has already is left as it is.
    fn read_list(&mut self, list: &str, weak: impl Fn(&str) -> bool) {
        for name in content(list).filter(|name| !NOT_PLACES.contains(name) && !name.contains(['(', '،', '-'])) {
            if !name.starts_with(|first: char| first.is_ascii_digit()) {
                let group = self.new_group();
                self.add(name, Name { kind: Kind::Place, group, weak: weak(name) });
            }
        }
    }

    fn read_sections(&mut self, list: &str) {
        let mut class = None;
        for line in content(list) {
            if let Some(title) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                class = SECTIONS.iter().find(|(name, _)| *name == title).map(|&(_, class)| class);
                debug_assert!(class.is_some(), "unknown section {title}");
                continue;
            }
            let Some(class) = class else { continue };
            for word in line.split_whitespace() {
                self.classify(word, class);
                if class == Class::Foreign {
                    self.classify(word, Class::Given);
                }
                if class == Class::Nationality {
                    for form in ["ة", "ين", "ون", "ان", "تان", "تين"] {
                        self.classify(&format!("{word}{form}"), class);
                        self.classify(&format!("ال{word}{form}"), class);
                    }
                    self.classify(&format!("ال{word}"), class);
                }
            }
        }
    }

    fn new_group(&mut self) -> u32 {
        self.groups += 1;
        self.groups
    }

    fn add(&mut self, name: &str, meaning: Name) {
        let key = warraq_text::fold_key(name);
        let mut node = 0;
        for (place, word) in key.split([' ', '-']).filter(|word| !word.is_empty()).enumerate() {
            let entry = self.intern(word);
            entry.begins_name |= place == 0;
            let step = (node, entry.id);
            node = match self.steps.get(&step) {
                Some(&next) => next,
                None => {
                    self.ends.push(None);
                    let next = (self.ends.len() - 1) as u32;
                    self.steps.insert(step, next);
                    next
                }
            };
        }
        // What is weak in one list stays weak in the next of its kind: a person's name may well be a sure place.
        let better = |known: Name| known.weak && !meaning.weak && known.kind != meaning.kind;
        if node != 0 && self.ends[node as usize].is_none_or(better) {
            self.ends[node as usize] = Some(meaning);
        }
    }

    fn classify(&mut self, word: &str, class: Class) {
        let key = warraq_text::fold_key(word);
        self.intern(&key).classes.0 |= 1 << class as u64;
    }

    fn intern(&mut self, key: &str) -> &mut Word {
        if !self.words.contains_key(key) {
            self.words.insert(key.into(), Word { id: self.next_word, ..Word::UNKNOWN });
            self.next_word += 1;
        }
        self.words.get_mut(key).expect("it was just put there")
    }
}

/// Shorter city names of the time zone list are everyday words too often.
const CITY_LETTERS_MIN: usize = 5;

/// Entries of the territory and city lists that name no place in a text.
const NOT_PLACES: [&str; 14] = [
    "العالم",
    "الأمم المتحدة",
    "الاتحاد الأوروبي",
    "منطقة اليورو",
    "منطقة غير معروفة",
    "مدينة غير معروفة",
    "لكنات تجريبية ثنائية الاتجاه",
    "لكنات تجريبية غير أصلية",
    "الكونغو - برازافيل",
    "الجامعة",
    "العرب",
    "السلام",
    "مقبل",
    "ناصر",
];

fn content(list: &str) -> impl Iterator<Item = &str> {
    list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// A quick hash (multiply and rotate). The tables are fixed, so nobody can fill them with colliding keys.
#[derive(Default)]
pub(crate) struct WordHasher(u64);

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            self.mix(u64::from_le_bytes(chunk.try_into().expect("chunks are eight bytes long")));
        }
        let mut last = [0; 8];
        last[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
        self.mix(u64::from_le_bytes(last));
    }

    fn write_u8(&mut self, value: u8) {
        self.mix(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.mix(u64::from(value));
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

impl WordHasher {
    fn mix(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read() {
        let lexicon = Lexicon::get();
        assert!(lexicon.ends.len() > 2500, "{}", lexicon.ends.len());
        assert!(lexicon.word("محمد").classes.has(Class::Given));
        assert!(lexicon.word("السوريه").classes.has(Class::Nationality));
        assert_eq!(lexicon.word("قطنطر"), Word::UNKNOWN);
        for (title, class) in SECTIONS {
            assert!(lexicon.words.values().any(|word| word.classes.has(class)), "{title} is empty");
        }
    }

    #[test]
    fn spellings_share_a_group() {
        let lexicon = Lexicon::get();
        let name = |key: &str| lexicon.step(0, lexicon.word(key).id).and_then(|(_, name)| name).expect("a known name");
        assert_eq!(name("سوريا").group, name("سوريه").group);
        assert_ne!(name("سوريا").group, name("روسيا").group);
        assert!(name("الباب").weak);
    }
}
