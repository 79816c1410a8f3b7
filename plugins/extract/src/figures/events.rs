//! What happened to the people counted: an event before the number, a fate behind it. Looks a few words far and no further.

use crate::document::Document;
use crate::figures::counts::Count;
use crate::figures::words::{Grammar, Kind, Role, roles, roles_with_proclitic};

/// Words looked at before a number for an event, and behind it for a fate.
const WORDS_BEFORE_MAX: usize = 9;
const WORDS_BEHIND_MAX: usize = 5;

/// What was found before a number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// An event and how many words of meaning lie between.
    Event(Kind, usize),
    /// The number is a part of the figure before it.
    Including,
    Nothing,
}

pub(super) fn event_before(document: &Document<'_>, count: &Count) -> Before {
    let mut between = 0;
    let first = count.words.start.saturating_sub(WORDS_BEFORE_MAX);
    for index in (first..count.words.start).rev() {
        if document.gap_after(index).contains(['.', '؛', ';', ':', '؟', '?', '!', '\n']) {
            return Before::Nothing;
        }
        let known = roles_with_proclitic(&document.keys[index]);
        let event = known.iter().find_map(|role| if let Role::Event(kind) = role { Some(*kind) } else { None });
        if let Some(kind) = event {
            // `فقد` is mostly the particle: `فقد كان أربعون شخصا`.
            let particle = between > 0 && document.keys[index].ends_with("فقد");
            return if particle { Before::Nothing } else { Before::Event(together(document, index, kind), between) };
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
            // `30 شخصا قتلوا وأصيب مئة`: the first one tells the fate of a number of its own.
            && !roles(&document.keys[other]).iter().any(|role| matches!(role, Role::Fate(_)))
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

/// Cases of an illness are no wounded.
pub(super) fn is_illness(document: &Document<'_>, from: usize) -> bool {
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

pub(super) fn fate_behind(document: &Document<'_>, from: usize) -> Option<Kind> {
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

/// Victims are casualties where they fall or are counted; victims who sue or protest are alive.
pub(super) fn toll_before(document: &Document<'_>, first: usize) -> bool {
    (first.saturating_sub(4)..first).any(|at| {
        let key = document.keys[at].trim_start_matches('و');
        matches!(
            key,
            "سقوط"
                | "سقط"
                | "خلف"
                | "خلفت"
                | "اوقع"
                | "اوقعت"
                | "اسفر"
                | "اسفرت"
                | "حصيله"
                | "عدد"
                | "وقوع"
                | "مخلفا"
                | "مخلفه"
        )
    })
}
