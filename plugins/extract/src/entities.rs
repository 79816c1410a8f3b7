//! Entities: who and what an article names, each with all its mentions. Never invents a name that does not stand in the text.
//!
//! Lists and rules, no statistics: known names by longest match, and new ones by the words around them (titles, verbs of saying,
//! heads like "ministry" or "town"). A name read in full carries over to its short mentions in the rest of the article.

pub(crate) mod lexicon;
mod organisations;
mod people;
mod places;
mod short_forms;
pub(crate) mod tokens;

use std::collections::HashMap;
use std::ops::Range;

use serde::Serialize;

use crate::document::Document;
use lexicon::{Class, Classes, Lexicon};
use tokens::{Found, Token, letters_width, longest_name};

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// A human being.
    Person,
    /// A state, town, region, river, airport.
    Place,
    /// A body of people with a name: ministry, party, armed group, company, newspaper.
    Organisation,
    /// Named, but none of these. No rule yields it yet; it is part of the record's vocabulary.
    #[expect(dead_code, reason = "the record's vocabulary has four kinds")]
    Other,
}

/// One thing an article names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Entity {
    /// What it is.
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    /// The fullest form in the article.
    pub(crate) name: String,
    /// Every occurrence as code points, in order, proclitics left outside.
    pub(crate) mentions: Vec<[usize; 2]>,
    /// 0 to 1: a fixed value by the kind of evidence, a little more when the name is repeated.
    pub(crate) confidence: f32,
    /// The mentions as bytes of the body.
    #[serde(skip)]
    pub(crate) ranges: Vec<Range<usize>>,
}

/// The entities of a document, in order of first mention.
pub(crate) fn find(document: &Document<'_>, tokens: &[Token]) -> Vec<Entity> {
    let mut mentions = scan(document, tokens);
    short_forms::carry_over(document, tokens, &mut mentions);
    gather(document, mentions)
}

/// Where a name stands.
#[derive(Clone, Debug)]
struct Mention {
    kind: Kind,
    /// Words.
    words: Range<usize>,
    /// Letters of the first word that are proclitics.
    skip: usize,
    /// How sure the rule is, 0 to 1.
    confidence: f32,
    /// What it is a mention of.
    identity: Identity,
}

/// Mentions of one identity are one entity.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Identity {
    /// A group of the lists.
    Known(u32),
    /// A folded name that rules found.
    Key(String),
}

impl Mention {
    fn known(at: usize, found: Found) -> Mention {
        Mention {
            kind: found.name.kind,
            words: at..at + found.length,
            skip: found.skip,
            confidence: if found.length > 1 { LISTED_LONG } else { LISTED },
            identity: Identity::Known(found.name.group),
        }
    }

    fn by_rule(document: &Document<'_>, kind: Kind, words: Range<usize>, skip: usize, confidence: f32) -> Mention {
        let identity = Identity::Key(key_of(document, &words, skip));
        Mention { kind, words, skip, confidence, identity }
    }
}

/// A name of several words that is in the lists.
const LISTED_LONG: f32 = 0.95;
/// A single word that is in the lists.
const LISTED: f32 = 0.9;

/// The folded words of a name, proclitics off.
fn key_of(document: &Document<'_>, words: &Range<usize>, skip: usize) -> String {
    let mut key = first_key(&document.keys[words.start], skip);
    for word in words.start + 1..words.end {
        key.push(' ');
        key.push_str(&document.keys[word]);
    }
    key
}

/// The first word of a name without its proclitics; the alef that ل swallowed (للجيش) comes back.
fn first_key(word: &str, skip: usize) -> String {
    let rest: String = word.chars().skip(skip).collect();
    if lost_alef(word, &rest, skip) { format!("ا{rest}") } else { rest }
}

fn lost_alef(word: &str, rest: &str, skip: usize) -> bool {
    skip > 0 && rest.starts_with('ل') && word.chars().nth(skip - 1) == Some('ل') && Lexicon::get().word(rest).is_plain()
}

/// Everything a rule looks at.
struct Scene<'a, 'b> {
    document: &'a Document<'b>,
    tokens: &'a [Token],
}

impl Scene<'_, '_> {
    /// The token at `index` if it follows the one before with nothing but spaces between.
    fn joined(&self, index: usize) -> Option<&Token> {
        self.tokens.get(index).filter(|token| token.joined)
    }

    /// The token before `index` if nothing but spaces lies between.
    fn before(&self, index: usize) -> Option<&Token> {
        if index > 0 && self.tokens[index].joined { Some(&self.tokens[index - 1]) } else { None }
    }

    fn key(&self, index: usize) -> &str {
        &self.document.keys[index]
    }

    /// Has the word the article, and something behind it?
    fn is_definite(&self, index: usize) -> bool {
        let key = self.key(index);
        key.starts_with("ال") && key.len() > "الاا".len()
    }

    /// Do quotation marks stand on both sides of these words?
    fn is_enclosed(&self, words: &Range<usize>) -> bool {
        let body = self.document.body;
        let start = self.document.words[words.start].range.start;
        let end = self.document.words[words.end - 1].range.end;
        body[..start].ends_with(QUOTATION_MARKS) && body[end..].starts_with(QUOTATION_MARKS)
    }
}

const QUOTATION_MARKS: [char; 8] = ['«', '»', '“', '”', '"', '\'', '‘', '’'];

/// Words that announce the name behind them, so that an ambiguous one counts.
const ANNOUNCES_PERSON: Classes =
    Classes::of(&[Class::Honorific, Class::Regime, Class::CueMasculine, Class::CueFeminine]);

/// Left to right, the longest name that begins at each word.
fn scan(document: &Document<'_>, tokens: &[Token]) -> Vec<Mention> {
    let scene = Scene { document, tokens };
    let mut mentions: Vec<Mention> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match best(&scene, at) {
            Some(mention) => {
                at = mention.words.end;
                let announced = mention.kind == Kind::Place
                    && scene.before(mention.words.start).is_some_and(|token| token.has(Class::PlaceTriggerPlural));
                mentions.push(mention);
                if announced {
                    at = places::list(&scene, at, &mut mentions);
                }
            }
            None => at += 1,
        }
    }
    mentions
}

fn best(scene: &Scene<'_, '_>, at: usize) -> Option<Mention> {
    let token = &scene.tokens[at];
    if let Some(place) = places::announced(scene, at) {
        return Some(place);
    }
    if token.is_unknown() && !people::may_begin(scene, at) {
        return None;
    }
    let known = longest_name(scene.tokens, at).filter(|found| !found.name.weak || is_announced(scene, at, *found));
    let known = known.filter(|_| !organisations::is_of_minister(scene, at));
    let known = known.map(|found| organisations::extend(scene, Mention::known(at, found)));
    let organisation = organisations::find(scene, at);
    let person =
        people::find(scene, at).filter(|person| known.as_ref().is_none_or(|known| people::adds(scene, known, person)));
    let place = places::headed(scene, at);
    // The longest wins; at equal length the list, since max_by_key keeps the last.
    [place, person, organisation, known].into_iter().flatten().max_by_key(|mention| mention.words.len())
}

/// Does the context speak for the name, where the word alone does not?
fn is_announced(scene: &Scene<'_, '_>, at: usize, found: Found) -> bool {
    let before = scene.before(at);
    match found.name.kind {
        Kind::Person => before.is_some_and(|token| token.classes().any(ANNOUNCES_PERSON)),
        Kind::Organisation => {
            scene.is_enclosed(&(at..at + found.length)) || before.is_some_and(|token| token.has(Class::Affiliation))
        }
        Kind::Place | Kind::Other => false,
    }
}

/// Mentions to entities.
fn gather(document: &Document<'_>, mentions: Vec<Mention>) -> Vec<Entity> {
    let mut entities: Vec<Entity> = Vec::new();
    let mut places: HashMap<(Kind, Identity), usize> = HashMap::new();
    for mention in mentions {
        let first = &document.words[mention.words.start];
        let start = first.range.start + letters_width(first.text, mention.skip);
        let range = start..document.words[mention.words.end - 1].range.end;
        let index = *places.entry((mention.kind, mention.identity)).or_insert_with(|| {
            entities.push(Entity {
                kind: mention.kind,
                name: String::new(),
                mentions: Vec::new(),
                confidence: 0.0,
                ranges: Vec::new(),
            });
            entities.len() - 1
        });
        let entity = &mut entities[index];
        let name = name_of(document, &mention.words, mention.skip, &document.body[range.clone()]);
        if name.chars().count() > entity.name.chars().count() {
            entity.name = name;
        }
        entity.confidence = entity.confidence.max(mention.confidence);
        entity.mentions.push(document.span(&range));
        entity.ranges.push(range);
    }
    for entity in &mut entities {
        let repeated = (entity.mentions.len() - 1).min(REPEATS_MAX) as f32 * REPEAT_BONUS;
        entity.confidence = ((entity.confidence + repeated).min(CONFIDENCE_MAX) * 100.0).round() / 100.0;
    }
    entities
}

/// A mention as a name: single spaces, and the alef of the article where the text has للجيش.
fn name_of(document: &Document<'_>, words: &Range<usize>, skip: usize, text: &str) -> String {
    let mut name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let word = &document.keys[words.start];
    let rest: String = word.chars().skip(skip).collect();
    if lost_alef(word, &rest, skip) {
        name.insert(0, 'ا');
    }
    name
}

/// Confidence that each repetition adds, how many count, and the ceiling.
const REPEAT_BONUS: f32 = 0.02;
const REPEATS_MAX: usize = 5;
const CONFIDENCE_MAX: f32 = 0.99;

#[cfg(test)]
mod tests;
