//! Whom a number counts: the noun behind it, its adjectives, and the group they belong to. Does not know what happened to them.

use std::ops::Range;

use crate::dates::is_month;
use crate::document::Document;
use crate::figures::counts::Count;
use crate::figures::words::{Kind, Role, looks_like_people, roles, roles_with_proclitic};

/// Longest name of a group behind the people, in bytes.
const GROUP_BYTES_MAX: usize = 80;

/// The noun that a number counts.
pub(super) struct People {
    /// From the noun to the last word that belongs to it; empty at the number's end if there is none.
    pub(super) words: Range<usize>,
    pub(super) noun: Noun,
    /// Does `على الأقل` stand between number and the end of this?
    pub(super) at_least: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Noun {
    Victim(Kind),
    Person,
    Thing,
    /// A word we do not know.
    Unknown,
    /// The number counts nothing by name: `مقتل 18 في`.
    Missing,
}

impl People {
    pub(super) fn behind(document: &Document<'_>, count: &Count) -> People {
        let mut at_least = false;
        let mut at = if count.implied { count.words.start } else { count.words.end };
        let mut of = false;
        if !count.implied {
            at = skip_at_least(document, at, &mut at_least);
            of = matches!(document.keys.at(at), "من" | "حاله" | "حالات" | "of") && same_phrase(document, at);
            at += usize::from(of);
        }
        let none = People { words: count.words.end..count.words.end, noun: Noun::Missing, at_least };
        if at >= document.words.len() || (!count.implied && !same_phrase(document, at)) {
            return none;
        }
        let noun = noun_at(document, at, count.implied);
        if noun == Noun::Missing {
            return none;
        }
        // `2927 من تنظيم داعش`
        let group = of && is_group(document.keys.at(at)) && !document.keys[at].starts_with("ال");
        let named = group && at + 1 < document.words.len() && same_phrase(document, at + 1);
        let mut end = at + 1 + usize::from(named && !document.gap_after(at).contains(QUOTES_OPEN));
        while end < at + 3 && same_phrase(document, end) && agrees(document.keys.at(at), document.keys.at(end), of) {
            end += 1;
        }
        People { words: at..skip_at_least(document, end, &mut at_least), noun, at_least }
    }
}

/// The first word behind `على الأقل`, if that stands at word `at`.
fn skip_at_least(document: &Document<'_>, at: usize, found: &mut bool) -> usize {
    if document.keys.at(at) == "علي" && document.keys.at(at + 1) == "الاقل" && same_phrase(document, at) {
        *found = true;
        return at + 2;
    }
    at
}

fn noun_at(document: &Document<'_>, at: usize, implied: bool) -> Noun {
    let key = &document.keys[at];
    if document.gap_after(at.saturating_sub(1)).contains(['%', '٪']) && !implied {
        return Noun::Thing;
    }
    let plain = if implied { key.strip_prefix('و').filter(|_| roles(key).is_empty()).unwrap_or(key) } else { key };
    // `10 من الجنود`
    let definite = if at > 0 && document.keys[at - 1] == *"من" { plain.strip_prefix("ال") } else { None };
    let known = if let Some(rest) = definite { roles(rest) } else { roles(plain) };
    for role in known {
        match role {
            Role::Victim(kind, _) => return Noun::Victim(*kind),
            Role::Person(_) => return Noun::Person,
            Role::Thing => return Noun::Thing,
            Role::Filler | Role::Including | Role::Clause | Role::Fate(_) => return Noun::Missing,
            Role::Event(_) | Role::Total(_) => {}
        }
    }
    if is_month(document, at) || plain.bytes().any(|byte| byte.is_ascii_digit()) {
        return Noun::Thing;
    }
    match plain {
        "في" | "و" | "او" | "الي" | "جراء" | "اثر" | "خلال" | "بسبب" | "in" | "by" | "and" | "were" | "was" | "have"
        | "had" => {
            if matches!(document.keys.at(at + 1), "المايه" | "الميه") {
                Noun::Thing
            } else {
                Noun::Missing
            }
        }
        "بالمايه" | "بالميه" => Noun::Thing,
        _ if looks_like_people(plain) => Noun::Person,
        // A proclitic begins the next phrase: `مقتل 18 بانفجار`.
        _ if !roles_with_proclitic(plain).is_empty() || plain.starts_with("ال") => Noun::Missing,
        _ => Noun::Unknown,
    }
}

/// Does `next` belong to `noun`: `جنديا أفغانيا`, `مدنيين سوريين`, `أشخاص آخرين`, and behind `من` also `رجال الأمن`?
fn agrees(noun: &str, next: &str, of: bool) -> bool {
    let accusative = noun.ends_with('ا') && next.ends_with("يا");
    let plural = (next.ends_with("يين") || next.ends_with("يون")) && !noun.is_empty();
    accusative
        || plural
        || (of && next.starts_with("ال"))
        || matches!(next, "اخرين" | "اخرون" | "اخر" | "اخري" | "واحد" | "واحده" | "واحدا")
}

/// Does word `at` follow the one before it without a stop, comma or line end? Quotation marks and brackets do not part them.
pub(super) fn same_phrase(document: &Document<'_>, at: usize) -> bool {
    at > 0
        && !document
            .gap_after(at - 1)
            .contains(['.', '،', ',', '؛', ';', ':', '؟', '?', '!', '\n', '-', '–', '/', '%', '٪'])
}

/// `من تنظيم «داعش»`, `من قوات النظام`, `من «داعش»`: the group behind the people, from `من` to its name.
pub(super) fn group_behind(document: &Document<'_>, from: usize) -> Option<Range<usize>> {
    let opens = |at: usize| document.gap_after(at).contains(QUOTES_OPEN);
    let of = document.keys.at(from) == "من" && same_phrase(document, from);
    if !of && (from == 0 || !opens(from - 1) || !is_group(document.keys.at(from - 1))) {
        return None;
    }
    let start = document.words.get(from)?.range.start;
    let mut at = from + usize::from(of);
    let mut construct = false;
    while at < from + 3 && same_phrase(document, at) && is_group(document.keys.at(at)) {
        construct = !document.keys.at(at).starts_with("ال");
        at += 1;
    }
    if opens(at - 1) {
        let quoted = quoted_behind(document, document.words[at - 1].range.end)?;
        return Some(if at == from { quoted } else { start..quoted.end });
    }
    if at == from + usize::from(of) {
        return None;
    }
    // `قوات النظام`, `القوات الكردية`.
    let more = construct || document.keys.at(at).starts_with("ال");
    let last = if more && same_phrase(document, at) && at < document.words.len() { at } else { at - 1 };
    Some(start..document.words[last].range.end)
}

const QUOTES_OPEN: [char; 4] = ['«', '“', '"', '\''];
const QUOTES_CLOSE: [char; 4] = ['»', '”', '"', '\''];

/// The short quotation that opens at or behind byte `from`, marks included, if it closes on its line.
fn quoted_behind(document: &Document<'_>, from: usize) -> Option<Range<usize>> {
    let rest = &document.body[from..];
    let mut length = GROUP_BYTES_MAX.min(rest.len());
    while !rest.is_char_boundary(length) {
        length -= 1;
    }
    let near = &rest[..length];
    let open = near.find(QUOTES_OPEN)?;
    let inside = open + near[open..].chars().next()?.len_utf8();
    let close = inside + near[inside..].find(QUOTES_CLOSE)?;
    let end = close + near[close..].chars().next()?.len_utf8();
    (!near[open..end].contains('\n')).then_some(from + open..from + end)
}

fn is_group(key: &str) -> bool {
    matches!(
        key,
        "تنظيم"
            | "عناصر"
            | "عنصر"
            | "مقاتلي"
            | "مسلحي"
            | "قوات"
            | "جيش"
            | "جماعه"
            | "حركه"
            | "حزب"
            | "جبهه"
            | "ميليشيا"
            | "مليشيا"
            | "ميليشيات"
            | "افراد"
            | "الجيش"
            | "الشرطه"
            | "القوات"
            | "التنظيم"
            | "الحركه"
            | "الجماعه"
            | "كتايب"
            | "فصايل"
            | "جنود"
    )
}
