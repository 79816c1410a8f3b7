//! Short mentions of what an article names in full elsewhere: a surname, «المرصد» for «المرصد السوري». Names one letter apart stay apart.

use std::collections::HashMap;

use super::lexicon::{Class, Classes};
use super::tokens::Token;
use super::{Identity, Kind, Mention, QUOTATION_MARKS};
use crate::document::Document;

/// Words that never stand for a person on their own, though they may end a name.
const NO_SURNAME: Classes = Classes::of(&[
    Class::Common,
    Class::Role,
    Class::Honorific,
    Class::Nationality,
    Class::Institutional,
    Class::PrepositionStop,
    Class::Given,
    Class::Connector,
    Class::OrganisationDefinite,
    Class::Portfolio,
]);

const CARRIED: f32 = 0.8;

/// A short form, and what it stands for.
struct Short {
    identity: Identity,
    kind: Kind,
    words: usize,
}

/// Adds the short mentions of names found in full, and lets short and full forms be one entity.
pub(super) fn carry_over(document: &Document<'_>, tokens: &[Token], mentions: &mut Vec<Mention>) {
    let shorts = shorts(document, tokens, mentions);
    merge(document, mentions, &shorts);
    let mut covered = vec![false; tokens.len()];
    for mention in mentions.iter() {
        covered[mention.words.clone()].iter_mut().for_each(|word| *word = true);
    }
    for (at, _) in covered.iter().enumerate().filter(|(_, covered)| !**covered) {
        let key = &document.keys[at];
        for skip in 0..=PROCLITICS_MAX {
            let Some(rest) = without_proclitics(key, skip) else { break };
            let Some(short) = shorts.get(rest) else { continue };
            if short.words == 1 && !stands_alone(document, tokens, at, short.kind) {
                continue;
            }
            let identity = short.identity.clone();
            mentions.push(Mention { kind: short.kind, words: at..at + 1, skip, confidence: CARRIED, identity });
            break;
        }
    }
    mentions.sort_by_key(|mention| mention.words.start);
}

/// Proclitics that may stand before a name: a conjunction and a preposition.
const PROCLITICS_MAX: usize = 2;

fn without_proclitics(key: &str, skip: usize) -> Option<&str> {
    match skip {
        0 => Some(key),
        1 => key.strip_prefix(['و', 'ف', 'ب', 'ل', 'ك']),
        _ => key.strip_prefix(['و', 'ف']).and_then(|rest| rest.strip_prefix(['ب', 'ل', 'ك'])),
    }
}

/// One-word short forms by key. A form that would stand for two names stands for none.
fn shorts(document: &Document<'_>, tokens: &[Token], mentions: &[Mention]) -> HashMap<String, Short> {
    let mut shorts: HashMap<String, Short> = HashMap::new();
    let mut ambiguous: Vec<String> = Vec::new();
    for mention in mentions.iter().filter(|mention| mention.words.len() > 1) {
        let Some(key) = short_key(document, tokens, mention) else { continue };
        match shorts.get(&key) {
            Some(short) if short.identity != mention.identity => ambiguous.push(key),
            Some(_) => {}
            None => {
                let identity = mention.identity.clone();
                shorts.insert(key, Short { identity, kind: mention.kind, words: 1 });
            }
        }
    }
    for key in ambiguous {
        shorts.remove(&key);
    }
    shorts
}

fn short_key(document: &Document<'_>, tokens: &[Token], mention: &Mention) -> Option<String> {
    match mention.kind {
        Kind::Person => {
            let last = mention.words.end - 1;
            let classes = tokens[last].whole.classes;
            let family = classes.has(Class::Family) && !classes.any(Classes::of(&[Class::Honorific, Class::Role]));
            let long_enough = document.keys[last].chars().count() > SURNAME_LETTERS_MIN;
            (long_enough && (family || !classes.any(NO_SURNAME))).then(|| document.keys[last].to_owned())
        }
        Kind::Organisation => {
            let first = mention.words.start;
            let key = super::first_key(&document.keys[first], mention.skip);
            (tokens[first].has(Class::OrganisationDefinite) && key.starts_with("ال")).then_some(key)
        }
        Kind::Place | Kind::Other => None,
    }
}

const SURNAME_LETTERS_MIN: usize = 2;

/// A person or organisation already found under its short form alone belongs to the full one.
fn merge(document: &Document<'_>, mentions: &mut [Mention], shorts: &HashMap<String, Short>) {
    let full: HashMap<String, Identity> = mentions
        .iter()
        .filter(|mention| mention.kind == Kind::Organisation && mention.words.len() > 2)
        .map(|mention| {
            let shorter = mention.words.start..mention.words.end - 1;
            (super::key_of(document, &shorter, mention.skip), mention.identity.clone())
        })
        .collect();
    for mention in mentions {
        let key = super::key_of(document, &mention.words, mention.skip);
        let short = shorts.get(&key).filter(|short| short.kind == mention.kind).map(|short| &short.identity);
        let longer = if mention.kind == Kind::Organisation && mention.words.len() > 1 { full.get(&key) } else { None };
        if let (Some(identity), Identity::Key(_)) = (short.or(longer), &mention.identity) {
            mention.identity = identity.clone();
        }
    }
}

/// A head like «المجلس» with an adjective of its own is another one, a surname with more behind it is not its owner's father.
fn stands_alone(document: &Document<'_>, tokens: &[Token], at: usize, kind: Kind) -> bool {
    if kind != Kind::Organisation {
        return true;
    }
    let next_is_epithet = tokens
        .get(at + 1)
        .is_some_and(|next| next.joined && document.keys[at + 1].starts_with("ال") && next.classes().any(EPITHETS));
    let quoted = document.body[document.words[at].range.end..].starts_with(QUOTATION_MARKS);
    !next_is_epithet || quoted
}

const EPITHETS: Classes = Classes::of(&[Class::Nationality, Class::Institutional, Class::NisbaBlocker]);
