//! The words around a casualty figure, read from `data/casualties.txt`: what happened, to whom, and what is counted instead. No logic
//! of the text.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::LazyLock;

use serde::Serialize;

use crate::entities::lexicon::WordHasher;

/// What happened to the people counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Dead, by whatever cause the text names.
    Killed,
    /// Wounded or hurt.
    Wounded,
    /// Killed and wounded, counted together.
    Casualties,
    /// Missing.
    Missing,
    /// Arrested, detained or taken prisoner.
    Detained,
    /// Driven from home.
    Displaced,
}

/// What a word tells about the number near it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Says before the number what happened: `مقتل`, `أصيب`, `killed`.
    Event(Kind),
    /// Says it behind the number: `قتلوا`, `مصرعهم`.
    Fate(Kind),
    /// Is counted and says it itself: `قتيل`, `جرحى`.
    Victim(Kind, Grammar),
    /// All of them, counted once: `عدد القتلى`.
    Total(Kind),
    /// People: `شخصا`, `جنود`.
    Person(Grammar),
    /// Not people: `ساعة`, `سيارات`.
    Thing,
    /// May stand between event and number without meaning anything for it.
    Filler,
    /// What follows is a part of the number before: `بينهم`.
    Including,
    /// A new clause begins: what happened before it says nothing about what comes behind.
    Clause,
}

/// How many a noun stands for by its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grammar {
    /// `طفل`
    One,
    /// `طفلان`
    Two,
    /// A plural, or the singular behind a number.
    Any,
}

const LISTS: &str = include_str!("../../data/casualties.txt");

type Roles = HashMap<String, Vec<Role>, BuildHasherDefault<WordHasher>>;

static ROLES: LazyLock<Roles> = LazyLock::new(|| {
    let mut roles = Roles::default();
    let mut section = Section::Unknown;
    for line in LISTS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(title) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = Section::named(title);
            continue;
        }
        section.read(line, |form, role| {
            let known = roles.entry(warraq_text::fold_key(form)).or_default();
            if !known.contains(&role) {
                known.push(role);
            }
        });
    }
    roles
});

/// What the lines of a section of the lists are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    /// Words of one role.
    Words(Role),
    /// Nouns that say what happened.
    Victims(Kind),
    /// Nouns that say who.
    People,
    Unknown,
}

impl Section {
    fn named(title: &str) -> Section {
        let (what, kind) = title.split_once(' ').unwrap_or((title, ""));
        match (what, Kind::named(kind)) {
            ("event", Some(kind)) => Section::Words(Role::Event(kind)),
            ("fate", Some(kind)) => Section::Words(Role::Fate(kind)),
            ("total", Some(kind)) => Section::Words(Role::Total(kind)),
            ("victim", Some(kind)) => Section::Victims(kind),
            ("person", _) => Section::People,
            ("thing", _) => Section::Words(Role::Thing),
            ("filler", _) => Section::Words(Role::Filler),
            ("including", _) => Section::Words(Role::Including),
            ("clause", _) => Section::Words(Role::Clause),
            _ => Section::Unknown,
        }
    }

    fn read(self, line: &str, mut add: impl FnMut(&str, Role)) {
        match self {
            Section::Words(role) => line.split_whitespace().for_each(|word| add(word, role)),
            Section::Victims(kind) => for_each_form(line, |form, grammar| add(form, Role::Victim(kind, grammar))),
            Section::People => for_each_form(line, |form, grammar| add(form, Role::Person(grammar))),
            Section::Unknown => {}
        }
    }
}

impl Kind {
    fn named(name: &str) -> Option<Kind> {
        Some(match name {
            "killed" => Kind::Killed,
            "wounded" => Kind::Wounded,
            "casualties" => Kind::Casualties,
            "missing" => Kind::Missing,
            "detained" => Kind::Detained,
            "displaced" => Kind::Displaced,
            _ => return None,
        })
    }
}

/// Every form of a noun: `singular: plurals duals*`.
fn for_each_form(line: &str, mut each: impl FnMut(&str, Grammar)) {
    let (singular, others) = line.split_once(':').unwrap_or((line, ""));
    each(singular, Grammar::One);
    if !singular.is_ascii() && !singular.ends_with(['ه', 'ة']) {
        each(&format!("{singular}ا"), Grammar::Any);
        each(&format!("{singular}ان"), Grammar::Two);
    }
    for other in others.split_whitespace() {
        match other.strip_suffix('*') {
            Some(dual) => each(dual, Grammar::Two),
            None => each(other, Grammar::Any),
        }
    }
}

/// What this match key can tell; nothing for most words.
pub(super) fn roles(key: &str) -> &'static [Role] {
    ROLES.get(key).map_or(&[], Vec::as_slice)
}

/// [`roles`], also with a proclitic (`وإصابة`, `بمقتل`, `لـ25`) taken off.
pub(super) fn roles_with_proclitic(key: &str) -> &'static [Role] {
    let known = roles(key);
    if !known.is_empty() {
        return known;
    }
    match key.chars().next() {
        Some(first @ ('و' | 'ف' | 'ب' | 'ل')) => {
            let rest = &key[first.len_utf8()..];
            let known = roles(rest);
            if known.is_empty() && first == 'و' {
                // `وبإصابة`
                return rest.strip_prefix(['ب', 'ل']).map_or(&[], roles);
            }
            known
        }
        _ => &[],
    }
}

/// People by the ending of the word alone: `فلسطينيين`, `أفغانيا`, `تونسيون`.
pub(super) fn looks_like_people(key: &str) -> bool {
    let long = key.chars().count() >= 5;
    long && !key.starts_with("ال") && (key.ends_with("يين") || key.ends_with("يون") || key.ends_with("يا"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_is_known() {
        for title in LISTS.lines().filter_map(|line| line.strip_prefix('[')) {
            assert_ne!(Section::named(title.trim_end_matches(']')), Section::Unknown, "{title}");
        }
    }

    #[test]
    fn duals_that_are_no_plurals() {
        let two = |key: &str| {
            roles(key).iter().any(|role| matches!(role, Role::Person(Grammar::Two) | Role::Victim(_, Grammar::Two)))
        };
        for dual in ["طفلان", "طفلين", "شخصين", "جنديين", "قتيلان", "قتيلين", "امراتين", "مدنيان"]
        {
            assert!(two(dual), "{dual}");
        }
        for plural in ["مدنيين", "مسلحين", "مصابين", "اطفال", "جنود"] {
            assert!(!two(plural) && !roles(plural).is_empty(), "{plural}");
        }
    }

    #[test]
    fn proclitics_and_endings() {
        assert_eq!(roles_with_proclitic("واصابه"), roles("اصابه"));
        assert_eq!(roles_with_proclitic("بمقتل"), [Role::Event(Kind::Killed)]);
        assert!(looks_like_people("فلسطينيين") && !looks_like_people("كيلومترا"));
    }
}
