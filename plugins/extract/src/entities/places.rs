//! Places that lists do not know, by the word that announces them: a town, a village, the countryside of. Never a person.

use super::lexicon::{Class, Classes, Lexicon};
use super::tokens::longest_name;
use super::{Kind, Mention, Scene};

const TRIGGERS: Classes =
    Classes::of(&[Class::PlaceTrigger, Class::DistrictTrigger, Class::DirectionTrigger, Class::PlaceTriggerPlural]);

/// Words that are no name of a place behind a word that announces one.
const NO_NAME: Classes = Classes::of(&[
    Class::Common,
    Class::Nationality,
    Class::Institutional,
    Class::NisbaBlocker,
    Class::Role,
    Class::Honorific,
    Class::PrepositionStop,
    Class::CueMasculine,
    Class::CueFeminine,
    Class::CueParticiple,
    Class::OrganisationHead,
    Class::OrganisationDefinite,
    Class::Portfolio,
    Class::Naming,
    Class::PlaceTrigger,
    Class::DistrictTrigger,
    Class::DirectionTrigger,
    Class::PlaceTriggerPlural,
]);

/// Confidence by evidence.
const LISTED: f32 = 0.95;
const COMPOUND: f32 = 0.8;
const ANNOUNCED: f32 = 0.7;
const IN_LIST: f32 = 0.6;

/// A name behind a word that announces a place.
pub(super) fn announced(scene: &Scene<'_, '_>, at: usize) -> Option<Mention> {
    let trigger = scene.before(at)?;
    if !trigger.classes().any(TRIGGERS) {
        return None;
    }
    if let Some(found) = longest_name(scene.tokens, at)
        && found.skip == 0
    {
        if found.name.kind != Kind::Place {
            return None;
        }
        if found.name.weak && trigger.has(Class::DirectionTrigger) {
            return None;
        }
        let mut mention = Mention::known(at, found);
        mention.confidence = LISTED;
        return Some(mention);
    }
    if trigger.has(Class::DirectionTrigger) {
        return None;
    }
    if let Some(place) = headed(scene, at).or_else(|| compound(scene, at)) {
        return Some(place);
    }
    let enumerated = scene.joined(at + 1).is_some() && scene.key(at + 1).starts_with('و');
    let indefinite_is_fine = trigger.has(Class::PlaceTrigger) || (trigger.has(Class::PlaceTriggerPlural) && enumerated);
    let fits = if scene.is_definite(at) { is_name(scene, at) } else { indefinite_is_fine && is_bare_name(scene, at) };
    fits.then(|| Mention::by_rule(scene.document, Kind::Place, at..at + 1, 0, ANNOUNCED))
}

/// A place whose name begins with what it is: mountain, river, airport.
pub(super) fn headed(scene: &Scene<'_, '_>, at: usize) -> Option<Mention> {
    let token = &scene.tokens[at];
    if !token.has(Class::PlaceHead) {
        return None;
    }
    let skip = token.behind.map_or(0, |reading| reading.skip);
    let next = scene.joined(at + 1)?;
    let mut end = match longest_name(scene.tokens, at + 1) {
        Some(found) if found.skip == 0 => at + 1 + found.length,
        _ => match super::people::named(scene, at + 1) {
            Some(end) => end,
            None if scene.is_definite(at + 1) && is_name(scene, at + 1) && !next.has(Class::Institutional) => at + 2,
            None if is_bare_name(scene, at + 1) => at + 2,
            None => return None,
        },
    };
    if scene.joined(end).is_some() && matches!(scene.key(end), "الدولي" | "الدوليه") {
        end += 1;
    }
    Some(Mention::by_rule(scene.document, Kind::Place, at..end, skip, COMPOUND))
}

/// Town names of two words: «خان طومان», «كفر زيتا», «أبو الظهور».
fn compound(scene: &Scene<'_, '_>, at: usize) -> Option<Mention> {
    if !scene.tokens[at].whole.classes.has(Class::ToponymHead) {
        return None;
    }
    let next = scene.joined(at + 1)?;
    let fits = !next.classes().any(NO_NAME);
    fits.then(|| Mention::by_rule(scene.document, Kind::Place, at..at + 2, 0, COMPOUND))
}

/// Further names after «في مدن كذا وكذا»: words with و that stand directly behind one another. Returns the first word after them.
pub(super) fn list(scene: &Scene<'_, '_>, mut at: usize, mentions: &mut Vec<Mention>) -> usize {
    // «حلب القديمة», «الراشدين الخامسة»: an epithet does not end the list.
    while at < scene.tokens.len() {
        if scene.joined(at).is_some() && scene.is_definite(at) && !scene.tokens[at].classes().any(NOT_EPITHET) {
            at += 1;
            continue;
        }
        let Some(token) = scene.joined(at) else { break };
        let key = scene.key(at);
        if !key.starts_with('و') {
            break;
        }
        if let Some(found) = longest_name(scene.tokens, at) {
            if found.name.kind != Kind::Place {
                break;
            }
            mentions.push(Mention::known(at, found));
            at += found.length;
            continue;
        }
        if Lexicon::get().word(&key["و".len()..]).classes.has(Class::ToponymHead) {
            if scene.joined(at + 1).is_none_or(|next| next.classes().any(NO_NAME)) {
                break;
            }
            mentions.push(Mention::by_rule(scene.document, Kind::Place, at..at + 2, 1, IN_LIST));
            at += 2;
            continue;
        }
        let definite = key["و".len()..].starts_with("ال") && key.len() > "والاا".len();
        let goes_on = scene.joined(at + 1).is_none() || scene.key(at + 1).starts_with('و');
        if !token.is_unknown() || has_pronoun(key) || (!definite && !goes_on) {
            break;
        }
        mentions.push(Mention::by_rule(scene.document, Kind::Place, at..at + 1, 1, IN_LIST));
        at += 1;
    }
    at
}

/// A definite word that begins a role, a verb or an organisation is no epithet of the place before it.
const NOT_EPITHET: Classes = Classes::of(&[
    Class::Role,
    Class::Honorific,
    Class::OrganisationDefinite,
    Class::PrepositionStop,
    Class::PlaceHead,
]);

fn is_name(scene: &Scene<'_, '_>, at: usize) -> bool {
    !scene.tokens[at].classes().any(NO_NAME)
}

/// An indefinite word that no list knows and that looks like no verb, plural or adjective.
fn is_bare_name(scene: &Scene<'_, '_>, at: usize) -> bool {
    let token = &scene.tokens[at];
    let key = scene.key(at);
    let plain = token.is_unknown() || token.classes().has(Class::Given) || token.classes().has(Class::GivenWeak);
    plain
        && is_name(scene, at)
        && !scene.is_definite(at)
        && !has_pronoun(key)
        && !key.starts_with('و')
        && !["يه", "ين", "ون", "يا"].iter().any(|ending| key.ends_with(ending))
        && key.chars().all(warraq_text::is_letter)
        && key.chars().nth(2).is_some()
}

fn has_pronoun(key: &str) -> bool {
    key.ends_with("ها") || key.ends_with("هم") || key.ends_with("هما")
}
