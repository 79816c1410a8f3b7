//! One JSON object to one article, by the names that feeds, crawlers, news standards (schema.org, IPTC ninjs) and data sets
//! give its parts. Values are taken as they stand; nothing is cleaned.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::each_element;
use crate::article::Document;
use crate::decode::{is_blank, markup};
use crate::fault::Fault;

/// How deep objects and arrays inside one field are followed.
const FIELD_DEPTH_MAX: usize = 3;
/// How many keys a refusal names.
const KEYS_NAMED_MAX: usize = 12;
/// How much of a key a refusal names, in characters.
const KEY_CHARACTERS_MAX: usize = 40;

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Text,
    /// Often a teaser: taken as the text only if nothing else is there.
    LastText,
    Headline,
    Byline,
    Published,
    Language,
    Url,
    /// An object that may be the article.
    Inner,
    /// JSON-LD's list of everything on a page.
    Graph,
    /// An array of articles.
    List,
    /// JSON-LD's type.
    Type,
}

/// Keys as [`plain_key`] writes them; within a role, the first that has a value wins.
const KEYS: [(&str, Role); 56] = [
    ("body", Role::Text),
    ("text", Role::Text),
    ("content", Role::Text),
    ("articlebody", Role::Text),
    ("maintext", Role::Text),
    ("bodytext", Role::Text),
    ("contenttext", Role::Text),
    ("articletext", Role::Text),
    ("fulltext", Role::Text),
    ("plaintext", Role::Text),
    ("paragraphs", Role::Text),
    ("bodyhtml", Role::Text),
    ("bodyxhtml", Role::Text),
    ("contenthtml", Role::Text),
    ("html", Role::Text),
    ("description", Role::LastText),
    ("headline", Role::Headline),
    ("title", Role::Headline),
    ("byline", Role::Byline),
    ("author", Role::Byline),
    ("authors", Role::Byline),
    ("creator", Role::Byline),
    ("datepublished", Role::Published),
    ("published", Role::Published),
    ("publishedat", Role::Published),
    ("publisheddate", Role::Published),
    ("publicationdate", Role::Published),
    ("publishdate", Role::Published),
    ("pubdate", Role::Published),
    ("versioncreated", Role::Published),
    ("date", Role::Published),
    ("language", Role::Language),
    ("lang", Role::Language),
    ("inlanguage", Role::Language),
    ("canonicalurl", Role::Url),
    ("url", Role::Url),
    ("link", Role::Url),
    ("permalink", Role::Url),
    ("article", Role::Inner),
    ("mainentity", Role::Inner),
    ("newsarticle", Role::Inner),
    ("story", Role::Inner),
    ("post", Role::Inner),
    ("document", Role::Inner),
    ("data", Role::Inner),
    ("source", Role::Inner),
    ("@graph", Role::Graph),
    ("articles", Role::List),
    ("items", Role::List),
    ("results", Role::List),
    ("entries", Role::List),
    ("documents", Role::List),
    ("docs", Role::List),
    ("posts", Role::List),
    ("stories", Role::List),
    ("@type", Role::Type),
];

/// The known keys of one JSON object.
pub(super) struct Object<'a> {
    /// Beside [`KEYS`].
    values: Vec<Option<&'a RawValue>>,
    /// The first keys as written, known or not, for a refusal.
    found: Vec<String>,
}

impl<'a> Object<'a> {
    /// `None` if the value is no object.
    pub(super) fn read(value: &'a RawValue) -> Option<Object<'a>> {
        let Members { values, found, .. } =
            Members::read(value, |key| KEYS.iter().position(|(name, _)| *name == key), KEYS.len())?;
        Some(Object { values, found })
    }

    /// The array of articles that this object wraps, if it is no article itself.
    pub(super) fn list(&self) -> Option<&'a RawValue> {
        if self.text(Role::Text).is_some() || self.inner().is_some() {
            return None;
        }
        let graph = self.first(Role::Graph, |graph| (graph_articles(graph).count > 1).then_some(graph));
        let list = |list| holds_object(list).then_some(list);
        graph.or_else(|| self.first(Role::List, list)).or_else(|| self.first(Role::Inner, list))
    }

    /// The article in this object, or in the one inside it.
    pub(super) fn document(&self) -> Result<Document, Fault> {
        if let Some((key, text)) = self.text(Role::Text) {
            return self.with_text(key, text);
        }
        let inner = self.inner().or_else(|| self.first(Role::Graph, |graph| graph_articles(graph).first));
        if let Some(inner) = inner {
            return inner
                .text(Role::Text)
                .ok_or_else(|| inner.no_text())
                .and_then(|(key, text)| inner.with_text(key, text));
        }
        self.text(Role::LastText).ok_or_else(|| self.no_text()).and_then(|(key, text)| self.with_text(key, text))
    }

    fn with_text(&self, key: &str, text: String) -> Result<Document, Fault> {
        if markup::is_html(&text) {
            return Err(Fault::UnsupportedFormat(format!("HTML inside the JSON field `{key}`")));
        }
        Ok(Document {
            text,
            headline: self.first(Role::Headline, |value| text_of(value, 0)),
            byline: self.first(Role::Byline, |value| names_of(value, 0)),
            published: self.first(Role::Published, scalar_of),
            language: self.first(Role::Language, language_of),
            url: self.first(Role::Url, string_of),
        })
    }

    /// The first text that is no HTML, else the first at all, with its key.
    fn text(&self, role: Role) -> Option<(&'static str, String)> {
        let mut html = None;
        for (key, value) in self.of_role(role) {
            match text_of(value, 0) {
                Some(text) if !markup::is_html(&text) => return Some((key, text)),
                Some(text) => html = html.or(Some((key, text))),
                None => {}
            }
        }
        html
    }

    /// An object inside this one that has a text.
    fn inner(&self) -> Option<Object<'a>> {
        self.first(Role::Inner, |value| Object::read(value).filter(|inner| inner.text(Role::Text).is_some()))
    }

    fn is_article(&self) -> bool {
        let types = self.first(Role::Type, |value| names_of(value, 0)).unwrap_or_default();
        let is_article = types.split(", ").any(|name| name.ends_with("Article") || name.ends_with("Posting"));
        is_article && self.text(Role::Text).is_some()
    }

    fn first<T>(&self, role: Role, read: impl Fn(&'a RawValue) -> Option<T>) -> Option<T> {
        self.of_role(role).find_map(|(_, value)| read(value))
    }

    fn of_role(&self, role: Role) -> impl Iterator<Item = (&'static str, &'a RawValue)> {
        let keys = KEYS.iter().zip(&self.values).filter(move |((_, of), _)| *of == role);
        keys.filter_map(|((key, _), value)| value.map(|value| (*key, value)))
    }

    fn no_text(&self) -> Fault {
        let found = if self.found.is_empty() { "none".to_owned() } else { self.found.join(", ") };
        Fault::NoText(format!("its keys are: {found}; wanted is one of: body, text, content, articleBody, maintext"))
    }
}

/// What a JSON-LD graph holds.
struct GraphArticles<'a> {
    first: Option<Object<'a>>,
    count: usize,
}

fn graph_articles(graph: &RawValue) -> GraphArticles<'_> {
    let mut articles = GraphArticles { first: None, count: 0 };
    each_element(graph, |node| {
        if let Some(article) = Object::read(node).filter(Object::is_article) {
            articles.count += 1;
            articles.first.get_or_insert(article);
        }
        true
    });
    articles
}

fn holds_object(list: &RawValue) -> bool {
    let mut holds = false;
    each_element(list, |element| {
        holds = element.get().starts_with('{');
        !holds
    });
    holds
}

/// A string, or the strings of an array line by line, or the value inside an object such as `{"rendered": ..}`.
fn text_of(value: &RawValue, depth: usize) -> Option<String> {
    const VALUE_KEYS: [&str; 6] = ["value", "@value", "text", "content", "rendered", "plain"];
    joined(value, depth, "\n", &VALUE_KEYS).filter(|text| !is_blank(text))
}

/// The names of people: a string, an array of them, or objects with a name.
fn names_of(value: &RawValue, depth: usize) -> Option<String> {
    const NAME_KEYS: [&str; 5] = ["name", "@value", "value", "title", "rendered"];
    joined(value, depth, ", ", &NAME_KEYS).filter(|names| !is_blank(names))
}

fn joined(value: &RawValue, depth: usize, separator: &str, member_keys: &[&str]) -> Option<String> {
    if depth > FIELD_DEPTH_MAX {
        return None;
    }
    match value.get().as_bytes().first() {
        Some(b'"') => lossy_string(value),
        Some(b'[') => {
            let mut all: Option<String> = None;
            each_element(value, |element| {
                let next = joined(element, depth + 1, separator, member_keys).filter(|next| !is_blank(next));
                match (&mut all, next) {
                    (_, None) => {}
                    (None, first) => all = first,
                    (Some(all), Some(next)) => {
                        all.push_str(separator);
                        all.push_str(&next);
                    }
                }
                true
            });
            all
        }
        Some(b'{') => {
            let position = |key: &str| member_keys.iter().position(|name| *name == key);
            let members = Members::read(value, position, member_keys.len())?;
            members.values.into_iter().flatten().find_map(|member| joined(member, depth + 1, separator, member_keys))
        }
        _ => None,
    }
}

/// A string or a number, as written.
fn scalar_of(value: &RawValue) -> Option<String> {
    let is_number = value.get().starts_with(|first: char| first == '-' || first.is_ascii_digit());
    if is_number { Some(value.get().to_owned()) } else { string_of(value) }
}

/// A string that is not blank.
fn string_of(value: &RawValue) -> Option<String> {
    let string = value.get().starts_with('"').then(|| lossy_string(value)).flatten()?;
    (!is_blank(&string)).then(|| string.trim().to_owned())
}

/// A language tag of BCP 47's shape (`ar`, `ar-EG`, also written `ar_EG`); a language's name is no tag.
fn language_of(value: &RawValue) -> Option<String> {
    let tag = string_of(value)?.replace('_', "-");
    let mut parts = tag.split('-');
    let primary = parts
        .next()
        .is_some_and(|part| matches!(part.len(), 2..=3) && part.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let rest = parts.all(|part| matches!(part.len(), 1..=8) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    (primary && rest).then_some(tag)
}

/// A JSON string; half of an escaped surrogate pair (a text cut inside an emoji) becomes U+FFFD and does not cost the article.
fn lossy_string(value: &RawValue) -> Option<String> {
    serde_json::from_str::<LossyString>(value.get()).ok().map(|string| string.0)
}

struct LossyString(String);

impl<'de> Deserialize<'de> for LossyString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<LossyString, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = LossyString;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<LossyString, E> {
                Ok(LossyString(String::from_utf8_lossy(bytes).into_owned()))
            }

            fn visit_str<E>(self, text: &str) -> Result<LossyString, E> {
                Ok(LossyString(text.to_owned()))
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}

/// The values of chosen keys in one object; of a repeated key the last.
struct Members<'a, F> {
    position: F,
    values: Vec<Option<&'a RawValue>>,
    found: Vec<String>,
}

impl<'a, F: Fn(&str) -> Option<usize>> Members<'a, F> {
    /// `position` says where among `count` values a key, as [`plain_key`] writes it, belongs. `None` if `value` is no object.
    fn read(value: &'a RawValue, position: F, count: usize) -> Option<Members<'a, F>> {
        let members = Members { position, values: vec![None; count], found: Vec::new() };
        // The value was read once already, so "not an object" is the only error.
        serde_json::Deserializer::from_str(value.get()).deserialize_map(members).ok()
    }
}

impl<'de, F: Fn(&str) -> Option<usize>> Visitor<'de> for Members<'de, F> {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Self, A::Error> {
        while let Some((LossyString(key), value)) = entries.next_entry::<LossyString, &RawValue>()? {
            if let Some(position) = (self.position)(&plain_key(&key)) {
                self.values[position] = Some(value);
            }
            if self.found.len() < KEYS_NAMED_MAX {
                self.found.push(key.chars().take(KEY_CHARACTERS_MAX).collect());
            }
        }
        Ok(self)
    }
}

/// One spelling for `articleBody`, `article_body`, `Article-Body` and `schema:articleBody`.
fn plain_key(key: &str) -> String {
    let local = key.rsplit(':').next().unwrap_or_default();
    local
        .chars()
        .filter(|character| !matches!(character, '_' | '-' | ' '))
        .map(|character| character.to_ascii_lowercase())
        .collect()
}
