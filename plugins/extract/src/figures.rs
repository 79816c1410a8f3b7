//! Casualty figures: how many were killed, wounded, missing, detained or displaced, and who. Never takes a distance, a duration, a
//! score or people that nothing happened to for one, and never counts `بينهم طفلان` (a part of the figure before) again.
//!
//! A number is a casualty figure if the noun it counts says so (`7 جرحى`), if an event stands right before it (`مقتل ستة`), if an
//! event stands a little before it and it counts people (`قتل في الغارة 14 جنديا`), or if a verb behind it tells the people's fate
//! (`14 جنديا قتلوا`). Duals count two without a numeral. A figure told twice is two figures: each has its place in the text.

mod words;

use std::ops::Range;

use serde::Serialize;

use crate::dates::is_month;
use crate::document::Document;
use crate::numbers;

pub use words::Kind;
use words::{Grammar, Role, looks_like_people, roles, roles_with_proclitic};

/// One casualty figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// The words: number, `at least`, people and the part named behind (`بينهم طفلان`).
    pub text: String,
    /// First code point of the body.
    pub start: usize,
    /// Code point behind the last.
    pub end: usize,
    /// How many.
    pub number: u64,
    /// What happened to them.
    pub kind: Kind,
    /// Who they are, as the text says.
    pub who: Option<String>,
    /// Does the text say that there may be more?
    #[serde(skip_serializing_if = "is_false")]
    pub at_least: bool,
}

/// Words looked at before a number for an event, and behind it for a fate.
const WORDS_BEFORE_MAX: usize = 9;
const WORDS_BEHIND_MAX: usize = 5;
/// Longest name of a group behind the people, in bytes.
const GROUP_BYTES_MAX: usize = 80;

/// Every casualty figure of the body, in order.
pub(crate) fn find(document: &Document<'_>) -> Vec<Figure> {
    let mut found: Vec<Finding> = Vec::new();
    // Words up to here were counted as a part of the figure before.
    let mut part_of_last = 0;
    for count in counts(document) {
        if count.words.start < part_of_last {
            continue;
        }
        let people = People::behind(document, &count);
        let before = event_before(document, &count);
        if before == Before::Including {
            if let Some(last) = found.last_mut() {
                last.take_in(document, &count, &people);
            }
            part_of_last = people.words.end;
            continue;
        }
        // `بينهم أربعة أطفال وثلاث نساء`
        let goes_on = count.joined && count.words.start == part_of_last && part_of_last > 0;
        let kind = kind_of(document, &count, &people, before);
        if goes_on && !matches!(before, Before::Event(_, 0)) {
            part_of_last = people.words.end;
        } else if let Some(kind) = kind.or_else(|| chained(document, &count, &people, found.last())) {
            found.push(Finding::new(document, &count, &people, kind));
        }
    }
    found.into_iter().map(|finding| finding.into_figure(document)).collect()
}

/// A number, or a noun whose form is a number.
struct Count {
    number: u64,
    /// Its words; of a dual, the noun itself.
    words: Range<usize>,
    bytes: Range<usize>,
    joined: bool,
    /// Is the noun itself the number (`طفلان`)?
    implied: bool,
}

/// Every count of the body in order.
fn counts(document: &Document<'_>) -> Vec<Count> {
    let mut found = Vec::new();
    let mut behind = 0;
    let mut numbers = numbers::find(document).into_iter().peekable();
    for index in 0..document.words.len() {
        if let Some(number) = numbers.next_if(|number| number.words.start == index) {
            behind = number.words.end;
            if let Some(value) = number.whole().filter(|&value| value > 0) {
                found.push(Count {
                    number: value,
                    words: number.words,
                    bytes: number.range,
                    joined: number.joined,
                    implied: false,
                });
            }
        } else if index > behind || (index == behind && behind == 0) {
            found.extend(implied_count(document, index));
        }
    }
    found
}

/// `طفلان` is two, and `شخص` behind `مقتل` is one.
fn implied_count(document: &Document<'_>, index: usize) -> Option<Count> {
    let key = &document.keys[index];
    let (noun, joined) = match key.strip_prefix('و').filter(|rest| !roles(rest).is_empty()) {
        Some(rest) if roles(key).is_empty() => (rest, true),
        _ => (key, false),
    };
    let number = roles(noun).iter().find_map(|role| match role {
        Role::Person(Grammar::Two) | Role::Victim(_, Grammar::Two) => Some(2),
        Role::Person(Grammar::One) => single(document, index, noun).then_some(1),
        _ => None,
    })?;
    let word = &document.words[index];
    let start = if joined { word.range.start + 'و'.len_utf8() } else { word.range.start };
    let bytes = start..word.range.end;
    document.body.is_char_boundary(start).then_some(Count {
        number,
        words: index..index + 1,
        bytes,
        joined,
        implied: true,
    })
}

/// One person: only the plainest nouns, right behind an event, with nothing that makes the noun the head of a name or a title.
fn single(document: &Document<'_>, index: usize, noun: &str) -> bool {
    let plain = matches!(
        noun,
        "شخص"
            | "مدني"
            | "جندي"
            | "طفل"
            | "طفله"
            | "امراه"
            | "شرطي"
            | "عسكري"
            | "مسلح"
            | "شاب"
            | "عامل"
    );
    let event = index > 0
        && document.gap_after(index - 1).trim().is_empty()
        && roles_with_proclitic(&document.keys[index - 1]).iter().any(|role| matches!(role, Role::Event(_)));
    let next = document.keys.at(index + 1);
    plain && event && !next.starts_with("ال") && !roles(next).contains(&Role::Person(Grammar::One))
}

/// The noun that a number counts.
struct People {
    /// From the noun to the last word that belongs to it; empty at the number's end if there is none.
    words: Range<usize>,
    noun: Noun,
    /// Does `على الأقل` stand between number and the end of this?
    at_least: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Noun {
    Victim(Kind),
    Person,
    Thing,
    /// A word we do not know.
    Unknown,
    /// The number counts nothing by name: `مقتل 18 في`.
    Missing,
}

impl People {
    fn behind(document: &Document<'_>, count: &Count) -> People {
        let mut at_least = false;
        let mut at = if count.implied { count.words.start } else { count.words.end };
        if !count.implied {
            at = skip_at_least(document, at, &mut at_least);
            let of = matches!(document.keys.at(at), "من" | "حاله" | "حالات" | "of") && same_phrase(document, at);
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
        let mut end = at + 1;
        while end < at + 3 && same_phrase(document, end) && agrees(document.keys.at(at), document.keys.at(end)) {
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
    for role in roles(plain) {
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

/// Is `next` an adjective of `noun`: `جنديا أفغانيا`, `مدنيين سوريين`, `أشخاص آخرين`?
fn agrees(noun: &str, next: &str) -> bool {
    let accusative = noun.ends_with('ا') && next.ends_with("يا");
    let plural = (next.ends_with("يين") || next.ends_with("يون")) && !noun.is_empty();
    accusative || plural || matches!(next, "اخرين" | "اخرون" | "اخر" | "اخري" | "واحد" | "واحده" | "واحدا")
}

/// Does word `at` follow the one before it without a stop, comma or line end? Quotation marks and brackets do not part them.
fn same_phrase(document: &Document<'_>, at: usize) -> bool {
    at > 0
        && !document
            .gap_after(at - 1)
            .contains(['.', '،', ',', '؛', ';', ':', '؟', '?', '!', '\n', '-', '–', '/', '%', '٪'])
}

/// What was found before a number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// An event and how many words of meaning lie between.
    Event(Kind, usize),
    /// The number is a part of the figure before it.
    Including,
    Nothing,
}

fn event_before(document: &Document<'_>, count: &Count) -> Before {
    let mut between = 0;
    let first = count.words.start.saturating_sub(WORDS_BEFORE_MAX);
    for index in (first..count.words.start).rev() {
        if document.gap_after(index).contains(['.', '؛', ';', ':', '؟', '?', '!', '\n']) {
            return Before::Nothing;
        }
        let known = roles_with_proclitic(&document.keys[index]);
        if let Some(kind) = known.iter().find_map(|role| if let Role::Event(kind) = role { Some(*kind) } else { None })
        {
            return Before::Event(together(document, index, kind), between);
        }
        if let Some(kind) = total_at(document, index, known, between) {
            return Before::Event(kind, 0);
        }
        if known.contains(&Role::Including) && between == 0 {
            return Before::Including;
        }
        let number = document.keys[index].starts_with(|first: char| first.is_ascii_digit());
        let clause = known.contains(&Role::Clause)
            || known.iter().any(|role| matches!(role, Role::Person(Grammar::Any) | Role::Victim(..)));
        if clause || (number && !roles(document.keys.at(index + 1)).contains(&Role::Thing)) {
            return Before::Nothing;
        }
        between += usize::from(!known.contains(&Role::Filler));
    }
    Before::Nothing
}

/// `مقتل وإصابة 40`: two events, one number.
fn together(document: &Document<'_>, event: usize, kind: Kind) -> Kind {
    let key = &document.keys[event];
    let joined = key.starts_with('و') || matches!(document.keys.at(event.wrapping_sub(1)), "او" | "and" | "or" | "و");
    let other = event.checked_sub(if key.starts_with('و') { 1 } else { 2 }).filter(|_| joined);
    let pair = other.is_some_and(|other| {
        document.gap_after(other).trim().is_empty()
            && roles_with_proclitic(&document.keys[other])
                .iter()
                .any(|role| matches!(role, Role::Event(Kind::Killed | Kind::Wounded) if *role != Role::Event(kind)))
    });
    if pair && matches!(kind, Kind::Killed | Kind::Wounded) { Kind::Casualties } else { kind }
}

/// `عدد القتلى إلى 25`: the noun of all of them at `index`, a word for a sum before it, and a word that leads to the number behind.
fn total_at(document: &Document<'_>, index: usize, known: &[Role], between: usize) -> Option<Kind> {
    let kind = known.iter().find_map(|role| if let Role::Total(kind) = role { Some(*kind) } else { None })?;
    let sum = (1..=3).any(|back| {
        let before = index.checked_sub(back).map_or("", |before| &document.keys[before]);
        matches!(
            before.trim_start_matches('و'),
            "عدد" | "حصيله" | "اعداد" | "الحصيله" | "number" | "toll" | "عددهم" | "بعدد"
        )
    });
    let leads = (1..=3).any(|ahead| {
        matches!(
            document.keys.at(index + ahead),
            "الي"
                | "بلغ"
                | "بلغت"
                | "يبلغ"
                | "تجاوز"
                | "تجاوزت"
                | "وصل"
                | "وصلت"
                | "هو"
                | "ب"
                | "to"
                | "is"
                | "at"
                | "reached"
        )
    });
    (sum && leads && between <= 4).then_some(kind)
}

fn kind_of(document: &Document<'_>, count: &Count, people: &People, before: Before) -> Option<Kind> {
    if let Noun::Victim(kind) = people.noun {
        let infected = kind == Kind::Wounded && is_illness(document, people.words.end);
        return (!infected).then_some(kind);
    }
    if people.noun == Noun::Thing || is_year(document, count, people) {
        return None;
    }
    if let Before::Event(kind, between) = before {
        let known = people.noun == Noun::Person;
        let fits = match (people.noun, kind) {
            (Noun::Person, _) => !count.implied || between == 0,
            (Noun::Missing, Kind::Killed | Kind::Wounded | Kind::Casualties | Kind::Displaced) => between == 0,
            // `مقتل 20 سائحا` with a noun that is in no list; things are rather destroyed or seized than killed.
            (Noun::Unknown, Kind::Killed | Kind::Casualties) => between == 0 && !is_thing_by_form(document, people),
            _ => false,
        };
        let ill = kind == Kind::Wounded && is_illness(document, people.words.end);
        if fits && (known || !is_share(document, count)) && !ill {
            return Some(kind);
        }
    }
    if people.noun == Noun::Person && !count.implied { fate_behind(document, people.words.end) } else { None }
}

/// `2015` without people behind it.
fn is_year(document: &Document<'_>, count: &Count, people: &People) -> bool {
    let digits = document.text(&count.bytes).chars().count() == 4;
    digits && (1900..=2100).contains(&count.number) && matches!(people.noun, Noun::Missing | Noun::Unknown)
}

/// `3 في المئة`, `5 %`.
fn is_share(document: &Document<'_>, count: &Count) -> bool {
    document.gap_after(count.words.end - 1).contains(['%', '٪'])
        || (document.keys.at(count.words.end) == "في"
            && matches!(document.keys.at(count.words.end + 1), "المايه" | "الميه"))
}

/// Plurals in -at are mostly things.
fn is_thing_by_form(document: &Document<'_>, people: &People) -> bool {
    document.keys.at(people.words.start).ends_with("ات")
}

/// Cases of an illness are no wounded.
fn is_illness(document: &Document<'_>, from: usize) -> bool {
    (from..from + WORDS_BEHIND_MAX)
        .take_while(|&at| !document.gap_after(at.saturating_sub(1)).contains(['.', '\n']))
        .any(|at| {
            let key = document.keys.at(at).trim_start_matches(['ب', 'ا', 'ل']);
            key.starts_with("فيروس")
                || matches!(
                    key,
                    "مرض"
                        | "كورونا"
                        | "كوليرا"
                        | "عدوي"
                        | "داء"
                        | "وباء"
                        | "انفلونزا"
                        | "virus"
                        | "covid"
                )
        })
}

fn fate_behind(document: &Document<'_>, from: usize) -> Option<Kind> {
    for at in from..(from + WORDS_BEHIND_MAX).min(document.words.len()) {
        if at > 0 && document.gap_after(at - 1).contains(['.', '،', ',', '؛', ';', '؟', '?', '!', '\n']) {
            return None;
        }
        let key = &document.keys[at];
        let fate = roles(key).iter().find_map(|role| if let Role::Fate(kind) = role { Some(*kind) } else { None });
        if let Some(kind) = fate {
            // `Five soldiers killed ten rebels` tells the fate of the ten.
            let helped = !key.is_ascii()
                || matches!(
                    document.keys.at(at.wrapping_sub(1)),
                    "were" | "was" | "been" | "are" | "is" | "left" | "feared" | "be"
                )
                || matches!(key, "died" | "dead" | "missing");
            return helped.then_some(kind);
        }
        // `14 شخصا بين قتيل وجريح`
        if key == "بين" && document.keys.at(at + 1) == "قتيل" {
            return Some(Kind::Casualties);
        }
        let other = roles_with_proclitic(key)
            .iter()
            .any(|role| matches!(role, Role::Event(_) | Role::Clause | Role::Including));
        if other {
            return None;
        }
    }
    None
}

/// `مقتل 10 مدنيين و5 جنود`: people joined to the figure right before share its kind.
fn chained(document: &Document<'_>, count: &Count, people: &People, last: Option<&Finding>) -> Option<Kind> {
    let last = last?;
    let near = count.words.start >= last.words.end && count.words.start - last.words.end <= 2;
    let joined = count.joined && near && people.noun == Noun::Person;
    (joined && (last.words.end..=count.words.start).all(|at| same_phrase(document, at))).then_some(last.kind)
}

/// A figure on its way into the record.
struct Finding {
    kind: Kind,
    number: u64,
    at_least: bool,
    words: Range<usize>,
    bytes: Range<usize>,
    who: Option<String>,
}

impl Finding {
    fn new(document: &Document<'_>, count: &Count, people: &People, kind: Kind) -> Finding {
        let (start, said) = at_least_before(document, count);
        let mut words = count.words.start..people.words.end.max(count.words.end);
        let mut bytes = start..document.words[words.end - 1].range.end;
        let mut who = (!people.words.is_empty()).then(|| noun_text(document, &people.words, count));
        if let Some(group) = group_behind(document, words.end) {
            words.end = document.words_in(&group).end;
            bytes.end = group.end;
            let group = document.text(&group);
            who = Some(match who {
                Some(noun) => format!("{noun} {group}"),
                None => group.trim_start_matches("من").trim_start().to_owned(),
            });
        }
        Finding { kind, number: count.number, at_least: said || people.at_least, words, bytes, who }
    }

    /// `، بينهم طفلان`: the part named behind a figure belongs to its text.
    fn take_in(&mut self, document: &Document<'_>, count: &Count, people: &People) {
        let near = count.words.start >= self.words.end && count.words.start - self.words.end <= 2;
        if near {
            self.words.end = people.words.end.max(count.words.end);
            self.bytes.end = document.words[self.words.end - 1].range.end;
        }
    }

    fn into_figure(self, document: &Document<'_>) -> Figure {
        let [start, end] = document.span(&self.bytes);
        Figure {
            text: document.text(&self.bytes).to_owned(),
            start,
            end,
            number: self.number,
            kind: self.kind,
            who: self.who,
            at_least: self.at_least,
        }
    }
}

/// Where a figure begins, with `أكثر من` and its like, and whether they say that it is a lower bound.
fn at_least_before(document: &Document<'_>, count: &Count) -> (usize, bool) {
    let first = count.words.start;
    let key = |back: usize| first.checked_sub(back).map_or("", |at| &document.keys[at]);
    let spaced = |back: usize| (1..=back).all(|step| document.gap_after(first - step).trim().is_empty());
    let length = match (key(1), key(2), key(3), key(4)) {
        ("عن", "يقل", "لا", "ما" | "لما" | "بما" | "عما") => 4,
        ("عن", "يقل", "لا", _) => 3,
        ("علي" | "عن", "يزيد", "ما" | "لما", _) | ("من", "الاقل", "علي", _) => 3,
        ("علي" | "عن", "يزيد", _, _) => 2,
        ("من", "اكثر" | "لاكثر" | "باكثر" | "واكثر", _, _) | ("least", "at", _, _) | ("than", "more", _, _) => {
            2
        }
        _ => 0,
    };
    if length == 0 || !spaced(length) {
        return (count.bytes.start, false);
    }
    (document.words[first - length].range.start, true)
}

/// The noun with its adjectives, without `على الأقل` at the end.
fn noun_text(document: &Document<'_>, words: &Range<usize>, count: &Count) -> String {
    let tail = words.len() > 2 && document.keys.at(words.end - 1) == "الاقل";
    let last = if tail { words.end - 3 } else { words.end - 1 };
    let start = if count.implied { count.bytes.start } else { document.words[words.start].range.start };
    document.text(&(start..document.words[last].range.end)).to_owned()
}

/// `من تنظيم «داعش»`, `من قوات النظام`, `من «داعش»`: the group behind the people, from `من` to its name.
fn group_behind(document: &Document<'_>, from: usize) -> Option<Range<usize>> {
    let opens = |at: usize| document.gap_after(at).contains(QUOTES_OPEN);
    let of = document.keys.at(from) == "من" && same_phrase(document, from);
    if !of && (from == 0 || !opens(from - 1)) {
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
    let last = if construct && same_phrase(document, at) && at < document.words.len() { at } else { at - 1 };
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests;
