//! People: given names and what follows them, and unknown names behind a title or a verb of saying. Never a place or a title alone.

use super::lexicon::{Class, Classes};
use super::tokens::longest_name;
use super::{Kind, Mention, Scene};

/// Can a word that no list knows begin a name here? Spares the rules a look at most words.
pub(super) fn may_begin(scene: &Scene<'_, '_>, at: usize) -> bool {
    scene.before(at).is_some_and(|before| before.classes().any(OPENS) || scene.is_definite(at - 1))
        || scene.joined(at + 1).is_some_and(|next| next.whole.classes.any(CUES))
        || scene.key(at).starts_with("ابو")
}

/// Words behind which an unknown word may be a name.
const OPENS: Classes =
    Classes::of(&[Class::Honorific, Class::CueMasculine, Class::CueFeminine, Class::Nationality, Class::Portfolio]);

/// Words that are no part of a name, whatever stands before them.
const NO_NAME: Classes = Classes::of(&[
    Class::Common,
    Class::PrepositionStop,
    Class::Honorific,
    Class::Role,
    Class::CueMasculine,
    Class::CueFeminine,
    Class::CueParticiple,
    Class::CueNoun,
    Class::CueAccording,
    Class::OrganisationHead,
    Class::OrganisationDefinite,
    Class::PlaceTrigger,
    Class::DistrictTrigger,
    Class::DirectionTrigger,
    Class::PlaceTriggerPlural,
    Class::PlaceHead,
    Class::Institutional,
    Class::NisbaBlocker,
    Class::Nationality,
    Class::Affiliation,
    Class::Regime,
    Class::Naming,
    Class::Portfolio,
]);

const GIVEN: Classes = Classes::of(&[Class::Given, Class::GivenWeak]);
const NAME_PART: Classes = Classes::of(&[Class::Given, Class::GivenWeak, Class::Family]);
/// Parts that make a name of an everyday word before them.
const SURE_PART: Classes = Classes::of(&[Class::Given, Class::Family]);
const CUES: Classes = Classes::of(&[Class::CueMasculine, Class::CueFeminine]);

/// Words of a name at most.
const NAME_WORDS_MAX: usize = 7;
/// Words looked back at for the role that a name fills: «وزير الخارجية والمغتربين السوري فلان».
const ROLE_LOOK_BACK: usize = 8;

/// Confidence by evidence.
const GIVEN_AND_TITLE: f32 = 0.92;
const GIVEN_AND_MORE: f32 = 0.85;
const TITLE_AND_UNKNOWN: f32 = 0.7;
const WEAK: f32 = 0.6;
const CUE_AND_UNKNOWN: f32 = 0.55;

/// How a name begins.
struct Start {
    end: usize,
    /// Clearly a name, not an everyday word.
    strong: bool,
}

/// A person whose name begins with the word at `at`.
pub(super) fn find(scene: &Scene<'_, '_>, at: usize) -> Option<Mention> {
    let title = scene.before(at).is_some_and(|token| token.has(Class::Honorific));
    let cue = scene.before(at).is_some_and(|token| token.classes().any(CUES));
    let skip = skip(scene, at);
    let mention = |end, confidence| Some(Mention::by_rule(scene.document, Kind::Person, at..end, skip, confidence));
    if let Some(start) = start(scene, at) {
        let end = extend(scene, start.end);
        let kunya = bare_key(scene, at).starts_with("اب") && start.strong;
        let role = title || fills_role(scene, at);
        let known_part =
            (start.end..end).any(|index| scene.tokens[index].classes().any(SURE_PART) || is_link(scene, index));
        return match (start.strong, end > start.end) {
            (true, true) => mention(end, if role { GIVEN_AND_TITLE } else { GIVEN_AND_MORE }),
            (false, true) if known_part || role => mention(end, if role { GIVEN_AND_MORE } else { WEAK }),
            (true, false) if start.end > at + 1 || kunya => mention(end, WEAK),
            (true, false) if title || (cue && said_next(scene, end)) => mention(end, WEAK),
            (false, false) if title && !scene.tokens[at].has(Class::Common) => mention(end, WEAK),
            _ => None,
        };
    }
    if title && stands_alone(scene, at) {
        return mention(extend_foreign(scene, at + 1), TITLE_AND_UNKNOWN);
    }
    if cue && stands_alone(scene, at) {
        let end = extend_unknown(scene, at + 1);
        return if said_next(scene, end) || looks_foreign(scene.key(at)) {
            mention(end, CUE_AND_UNKNOWN)
        } else {
            None
        };
    }
    if !is_surname(scene, at) || scene.is_definite(at) {
        return None;
    }
    if fills_role(scene, at) {
        let end = extend_unknown(scene, at + 1);
        return if end > at + 1 && !looks_verbal(scene.key(at)) { mention(end, WEAK) } else { None };
    }
    let speaks = scene.joined(at + 1).is_some_and(|next| next.whole.classes.any(CUES));
    if speaks && looks_foreign(scene.key(at)) { mention(at + 1, CUE_AND_UNKNOWN) } else { None }
}

/// A known person's name goes on only with words that are names for sure («جورج بوش الابن»).
pub(super) fn adds(scene: &Scene<'_, '_>, known: &Mention, person: &Mention) -> bool {
    known.kind != Kind::Person
        || (known.words.end..person.words.end).all(|index| scene.tokens[index].classes().any(NAME_PART))
}

/// The end of a personal name that begins at `at`, with or without a title; for airports and universities named after people.
pub(super) fn named(scene: &Scene<'_, '_>, at: usize) -> Option<usize> {
    let token = scene.tokens.get(at)?;
    let from = if token.has(Class::Honorific) { at + 1 } else { at };
    if from > at {
        scene.joined(from)?;
    }
    if let Some(found) = longest_name(scene.tokens, from).filter(|found| found.name.kind == Kind::Person) {
        return Some(from + found.length);
    }
    let start = start(scene, from)?;
    let end = extend(scene, start.end);
    (from > at || (start.strong && end > start.end)).then_some(end)
}

fn skip(scene: &Scene<'_, '_>, at: usize) -> usize {
    let token = &scene.tokens[at];
    if token.whole.is_plain() { token.behind.map_or(0, |reading| reading.skip) } else { 0 }
}

fn start(scene: &Scene<'_, '_>, at: usize) -> Option<Start> {
    let token = &scene.tokens[at];
    let classes = token.classes();
    let next = scene.joined(at + 1).map(|_| scene.key(at + 1));
    let key = bare_key(scene, at);
    if key == "عبد" && scene.joined(at + 1).is_some_and(|next| next.whole.classes.has(Class::OfServant)) {
        return Some(Start { end: at + 2, strong: true });
    }
    if classes.has(Class::OfGod) && next == Some("الله") {
        return Some(Start { end: at + 2, strong: false });
    }
    if key.strip_prefix("ابو").is_some_and(|rest| token.is_unknown() && rest.chars().count() >= KUNYA_LETTERS_MIN) {
        return Some(Start { end: at + 1, strong: true });
    }
    if matches!(key, "ابو" | "ابي" | "ابا") {
        let next = scene.joined(at + 1)?;
        let fits = !next.classes().any(NO_NAME) && !next.classes().has(Class::PrepositionStop);
        return fits.then_some(Start { end: at + 2, strong: true });
    }
    if key == "ام" && scene.joined(at + 1).is_some_and(|next| next.whole.classes.has(Class::Given)) {
        return None;
    }
    if classes.any(GIVEN) && !(classes.has(Class::PrepositionStop)) {
        let strong = classes.has(Class::Given) && !classes.has(Class::Common);
        return Some(Start { end: at + 1, strong });
    }
    None
}

/// Letters behind an «أبو» that is written together with its name.
const KUNYA_LETTERS_MIN: usize = 3;

/// The key without proclitics.
fn bare_key<'a>(scene: &'a Scene<'_, '_>, at: usize) -> &'a str {
    let key = scene.key(at);
    let skip = skip(scene, at);
    key.char_indices().nth(skip).map_or("", |(offset, _)| &key[offset..])
}

fn is_link(scene: &Scene<'_, '_>, at: usize) -> bool {
    scene.tokens[at].whole.classes.has(Class::Connector)
}

/// The end of a name whose first part ends before `end`.
fn extend(scene: &Scene<'_, '_>, mut end: usize) -> usize {
    let first = end;
    while end < first + NAME_WORDS_MAX {
        let Some(token) = scene.joined(end) else { break };
        let classes = token.whole.classes;
        if (is_link(scene, end) || scene.key(end) == "عبد") && scene.joined(end + 1).is_some() {
            match link(scene, end) {
                Some(next) => end = next,
                None => break,
            }
            continue;
        }
        if classes.has(Class::OfGod) && scene.joined(end + 1).is_some() && scene.key(end + 1) == "الله" {
            end += 2;
            continue;
        }
        if scene.is_definite(end) {
            let known = classes.has(Class::Family) || scene.key(end).ends_with('ي');
            let before = &scene.tokens[end - 1];
            let near = (end == first || before.whole.classes.any(GIVEN)) && !before.classes().has(Class::Foreign);
            return if is_family(scene, end) && (known || near) { end + 1 } else { end };
        }
        if classes.any(NAME_PART) && !classes.any(NO_NAME_PART) {
            end += 1;
            continue;
        }
        let unknown = is_surname(scene, end)
            && (end == first || looks_foreign(scene.key(end)))
            && !(end > first && looks_verbal(scene.key(end)));
        if !unknown {
            break;
        }
        end += 1;
    }
    end
}

/// Given names that are also verbs or particles do not go on with a name.
const NO_NAME_PART: Classes = Classes::of(&[
    Class::PrepositionStop,
    Class::CueMasculine,
    Class::CueFeminine,
    Class::Honorific,
    Class::Role,
    Class::PlaceTrigger,
    Class::PlaceTriggerPlural,
]);

/// «بن عبد العزيز», «أبو الغيط», «آل سعود», «فون دير لاين».
fn link(scene: &Scene<'_, '_>, at: usize) -> Option<usize> {
    let next = &scene.tokens[at + 1];
    if scene.key(at + 1) == "عبد" || is_link(scene, at + 1) {
        let further = scene.joined(at + 2)?;
        return (!further.has(Class::PrepositionStop)).then_some(at + 3);
    }
    let blocked = next.classes().any(Classes::of(&[Class::PrepositionStop, Class::CueMasculine, Class::CueFeminine]));
    let common = next.has(Class::Common) && !next.classes().any(NAME_PART);
    (!blocked && !common).then_some(at + 2)
}

/// A definite word that can be a family name.
fn is_family(scene: &Scene<'_, '_>, at: usize) -> bool {
    let token = &scene.tokens[at];
    let duty = token.classes().any(Classes::of(&[Class::Role, Class::Honorific]));
    if token.whole.classes.any(NAME_PART) && !duty {
        return true;
    }
    let place = longest_name(scene.tokens, at).is_some_and(|found| found.name.kind != Kind::Person && !found.name.weak);
    !place && !token.classes().any(NO_NAME)
}

/// An indefinite word that no list knows and that can be a name.
fn is_surname(scene: &Scene<'_, '_>, at: usize) -> bool {
    let token = &scene.tokens[at];
    let key = scene.key(at);
    let family = token.whole.classes.has(Class::Family);
    if scene.is_definite(at) {
        let shaped = key.ends_with('ي') && key.chars().count() > NISBA_LETTERS_MIN;
        let nation = token.has(Class::Nationality);
        return ((family && !nation) || (token.is_unknown() && shaped)) && !token.classes().any(NO_NAME);
    }
    let article = ["بال", "وال", "فال", "كال", "لل"].iter().any(|start| key.starts_with(start));
    let plain = !article
        && (token.whole.is_plain() && token.behind.is_none_or(|reading| !reading.word.classes.any(NO_NAME)))
        || family;
    plain
        && !token.classes().any(NO_NAME)
        && key.chars().nth(2).is_some()
        && key.chars().all(warraq_text::is_letter)
        && (family || !key.starts_with('و') || ["وو", "ويل"].iter().any(|start| key.starts_with(start)))
        && !["ها", "هم", "ات", "يه", "تها", "ون", "وا"].iter().any(|ending| !family && key.ends_with(ending))
}

/// Shorter definite words in -ي are adjectives or nouns too often (النادي, الباقي).
const NISBA_LETTERS_MIN: usize = 5;

/// Can the word be a whole name behind a title or a verb of saying? What looks like a verb, an adverb, a feminine or a plural cannot,
/// nor a definite adjective with the name still to come («الممثل الكوميدي فلان»).
fn stands_alone(scene: &Scene<'_, '_>, at: usize) -> bool {
    let key = scene.key(at);
    let family = scene.tokens[at].whole.classes.has(Class::Family);
    let adjective = scene.is_definite(at)
        && scene.joined(at + 1).is_some_and(|next| scene.is_definite(at + 1) || next.classes().any(NAME_PART));
    let shape = looks_verbal(key) || ["ا", "ه", "ين", "ان"].iter().any(|ending| key.ends_with(ending));
    is_surname(scene, at) && !adjective && (family || !shape || looks_foreign(key))
}

fn extend_foreign(scene: &Scene<'_, '_>, mut end: usize) -> usize {
    let last = end + 2;
    while end < last {
        let Some(token) = scene.joined(end) else { break };
        let key = scene.key(end);
        let fits = token.whole.classes.any(NAME_PART) && !token.classes().any(NO_NAME)
            || (is_surname(scene, end) && !scene.is_definite(end) && looks_foreign(key));
        if !fits {
            break;
        }
        end += 1;
    }
    end
}

fn extend_unknown(scene: &Scene<'_, '_>, mut end: usize) -> usize {
    let last = end + 2;
    while end < last && scene.joined(end).is_some() && is_surname(scene, end) && !looks_verbal(scene.key(end)) {
        end += 1;
    }
    end
}

/// Does speech, or the pause before it, follow?
fn said_next(scene: &Scene<'_, '_>, at: usize) -> bool {
    match scene.tokens.get(at) {
        None => true,
        Some(token) => {
            let gap = scene.document.gap_after(at - 1);
            gap.contains(|mark: char| matches!(mark, ':' | '،' | ',' | '(') || super::QUOTATION_MARKS.contains(&mark))
                || (token.joined && (token.has(Class::PrepositionStop) || scene.key(at) == "في"))
        }
    }
}

/// «وزير الخارجية الأميركي جون», «المتحدث باسم الكرملين ديمتري»: is there a role before, and only its complement between?
fn fills_role(scene: &Scene<'_, '_>, at: usize) -> bool {
    let mut index = at;
    for _ in 0..ROLE_LOOK_BACK {
        if index == 0 || !scene.tokens[index].joined {
            return false;
        }
        index -= 1;
        let token = &scene.tokens[index];
        let classes = token.classes();
        if classes.has(Class::Role) || classes.has(Class::Honorific) {
            return true;
        }
        let complement = scene.is_definite(index)
            || classes.any(COMPLEMENT)
            || token.whole.begins_name
            || matches!(scene.key(index), "باسم" | "في" | "من")
            || scene.key(index).starts_with("ل");
        if !complement || classes.any(CUES) {
            return false;
        }
    }
    false
}

const COMPLEMENT: Classes = Classes::of(&[
    Class::Nationality,
    Class::OrganisationHead,
    Class::OrganisationDefinite,
    Class::Portfolio,
    Class::Ministry,
    Class::Institutional,
    Class::PlaceTrigger,
]);

/// Imperfect verbs begin with ي, ت or ن, futures with س before it.
fn looks_verbal(key: &str) -> bool {
    key.starts_with(['ي', 'ت']) || key.starts_with("سي") || key.starts_with("ست")
}

/// Endings of transliterated family names that Arabic words hardly have.
fn looks_foreign(key: &str) -> bool {
    const ENDINGS: [&str; 34] = [
        "وفيتش",
        "يتش",
        "وفسكي",
        "سكي",
        "ينكو",
        "نكو",
        "اوف",
        "روف",
        "نوف",
        "كوف",
        "دوف",
        "وفا",
        "ييف",
        "ايف",
        "ليف",
        "شفيلي",
        "ادزه",
        "زاده",
        "نجاد",
        "شتاين",
        "ستاين",
        "بيرغ",
        "برغ",
        "بورغ",
        "بيرج",
        "سون",
        "فورد",
        "تون",
        "كينز",
        "غيز",
        "ديز",
        "مان",
        "اوغلو",
        "كيان",
    ];
    key.chars().nth(FOREIGN_LETTERS_MIN - 1).is_some() && ENDINGS.iter().any(|ending| key.ends_with(ending))
}

const FOREIGN_LETTERS_MIN: usize = 5;
