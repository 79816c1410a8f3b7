//! Organisations that lists do not know, by their first word: ministry, party, university. Never a bare common noun.

use super::lexicon::{Class, Classes};
use super::tokens::longest_name;
use super::{Identity, Kind, Mention, Scene, key_of, people};

/// Adjectives that belong to the name of an organisation.
const EPITHETS: Classes = Classes::of(&[Class::Nationality, Class::Institutional]);

/// Words that end a name of several words.
const NO_PART: Classes = Classes::of(&[
    Class::Common,
    Class::Role,
    Class::Honorific,
    Class::PrepositionStop,
    Class::CueMasculine,
    Class::CueFeminine,
    Class::CueParticiple,
    Class::OrganisationDefinite,
]);

/// Confidence by evidence.
const HEAD_AND_EPITHET: f32 = 0.85;
const HEAD_AND_NAME: f32 = 0.8;
const HEAD_AND_UNKNOWN: f32 = 0.6;

/// Further words of a name behind its second word.
const PARTS_MAX: usize = 3;

/// An organisation that begins with the word at `at`.
pub(super) fn find(scene: &Scene<'_, '_>, at: usize) -> Option<Mention> {
    let token = &scene.tokens[at];
    let skip = if token.whole.is_plain() { token.behind.map_or(0, |reading| reading.skip) } else { 0 };
    scene.joined(at + 1)?;
    let (end, confidence) = if token.has(Class::OrganisationHead) {
        construct(scene, at)?
    } else if token.has(Class::OrganisationDefinite) {
        (definite(scene, at)?, HEAD_AND_EPITHET)
    } else if token.has(Class::Ministry) {
        (elided_ministry(scene, at)?, HEAD_AND_EPITHET)
    } else {
        return None;
    };
    Some(Mention::by_rule(scene.document, Kind::Organisation, at..end, skip, confidence))
}

/// A known organisation with the nation it belongs to is another one: the parliament, the Iraqi parliament.
pub(super) fn extend(scene: &Scene<'_, '_>, mut mention: Mention) -> Mention {
    if mention.kind != Kind::Organisation {
        return mention;
    }
    let end = mention.words.end;
    let adjective =
        scene.joined(end).is_some_and(|next| next.whole.classes.has(Class::Nationality)) && scene.is_definite(end);
    // «رئيس الاتحاد الدولي السويسري فلان»: the president is Swiss.
    let role = scene.before(mention.words.start).is_some_and(|token| token.has(Class::Role));
    let adjective = adjective && (!role || scene.key(end).ends_with('ه'));
    let takes = mention.words.len() > 1 || scene.is_definite(mention.words.start);
    if adjective && takes {
        mention.words.end += 1;
        mention.identity = Identity::Key(key_of(scene.document, &mention.words, mention.skip));
    }
    mention
}

/// «وزارة الدفاع الروسية», «جامعة الملك سعود», «حزب البعث», «شركة غازبروم».
fn construct(scene: &Scene<'_, '_>, at: usize) -> Option<(usize, f32)> {
    let head = scene.tokens[at].classes();
    let ministry = scene.key(at).ends_with("وزاره");
    let next = at + 1;
    if let Some(found) = longest_name(scene.tokens, next).filter(|found| found.skip == 0 && !found.name.weak) {
        let person = found.name.kind == Kind::Person;
        let fits = if person { head.has(Class::PeopleHead) } else { true };
        return fits.then(|| (parts(scene, next + found.length), HEAD_AND_NAME));
    }
    if head.has(Class::PeopleHead)
        && let Some(end) = people::named(scene, next)
    {
        return Some((end, HEAD_AND_NAME));
    }
    let token = &scene.tokens[next];
    let classes = token.classes();
    if scene.is_definite(next) {
        let portfolio = ministry || classes.has(Class::Portfolio);
        if portfolio && !classes.any(Classes::of(&[Class::Role, Class::Honorific])) {
            let end = portfolios(scene, next + 1);
            let end = parts(scene, end);
            return (ministry || end > next + 1).then_some((end, HEAD_AND_EPITHET));
        }
        let end = parts(scene, next + 1);
        let named = end > next + 1 && scene.tokens[end - 1].classes().any(EPITHETS);
        let fits = named || !(classes.any(NO_PART) || classes.any(EPITHETS) || head.has(Class::ArmedHead));
        return fits.then_some((end, HEAD_AND_NAME));
    }
    let fits = head.has(Class::NamedHead) && is_brand(scene, next);
    fits.then_some((next + 1, HEAD_AND_UNKNOWN))
}

/// «التربية والتعليم», «الشؤون الإسلامية والأوقاف».
fn portfolios(scene: &Scene<'_, '_>, mut end: usize) -> usize {
    for _ in 0..PARTS_MAX {
        let Some(token) = scene.joined(end) else { break };
        let key = scene.key(end);
        let and =
            key.starts_with("وال") && token.behind.is_some_and(|reading| reading.word.classes.has(Class::Portfolio));
        let adjective = scene.is_definite(end) && (token.has(Class::Portfolio) || key.ends_with("يه"));
        if !and && !adjective {
            break;
        }
        end += 1;
    }
    end
}

/// Definite words that go on with a name, up to [`PARTS_MAX`].
fn parts(scene: &Scene<'_, '_>, mut end: usize) -> usize {
    for _ in 0..PARTS_MAX {
        let Some(token) = scene.joined(end) else { break };
        let classes = token.whole.classes;
        let adjective = scene.key(end).ends_with("يه") || scene.key(end).ends_with('ي');
        let fits = scene.is_definite(end) && (classes.any(EPITHETS) || (adjective && token.is_unknown()));
        if !fits || (classes.any(NO_PART) && !classes.any(EPITHETS)) {
            break;
        }
        end += 1;
    }
    end
}

/// «المجلس الوطني السوري», «المرصد السوري لحقوق الإنسان», «الهيئة العامة للاستثمار».
fn definite(scene: &Scene<'_, '_>, at: usize) -> Option<usize> {
    let epithet = |index: usize| {
        scene.joined(index).is_some_and(|token| token.whole.classes.any(EPITHETS)) && scene.is_definite(index)
    };
    let mut end = at + 1;
    while epithet(end) && end < at + 1 + PARTS_MAX {
        end += 1;
    }
    if end == at + 1 {
        return None;
    }
    let weak = scene.tokens[at].has(Class::WeakDefinite);
    let institutional = (at + 1..end).any(|index| {
        let classes = scene.tokens[index].whole.classes;
        classes.has(Class::Institutional) && !matches!(scene.key(index), "العام" | "العامه" | "الدولي" | "الدوليه")
    });
    let purpose = purpose(scene, end);
    if weak && !institutional && purpose == end {
        return None;
    }
    Some(purpose)
}

/// «لحقوق الإنسان», «للاستثمار», «لدعم سورية»: what the organisation is for.
fn purpose(scene: &Scene<'_, '_>, at: usize) -> usize {
    let Some(token) = scene.joined(at) else { return at };
    let key = scene.key(at);
    let verbal = ["لم", "لن", "لا", "له", "لها", "لهم", "لدي", "لكن", "لقد", "ليس", "لان", "لانه", "لانها"];
    if !key.starts_with('ل') || verbal.contains(&key) || token.whole.classes.any(NO_PART) {
        return at;
    }
    let mut end = at + 1;
    if key.starts_with("لل") {
        while end < at + 1 + PARTS_MAX
            && scene.is_definite(end)
            && scene.joined(end).is_some_and(|next| next.whole.classes.any(EPITHETS) || scene.key(end).ends_with("يه"))
        {
            end += 1;
        }
        return end;
    }
    match longest_name(scene.tokens, end).filter(|found| found.skip == 0 && scene.tokens[end].joined) {
        Some(found) if found.name.kind == Kind::Place => end + found.length,
        _ if scene.joined(end).is_some() && scene.is_definite(end) => end + 1,
        _ => at,
    }
}

/// «الخارجية الروسية» for the ministry; not behind «وزير».
fn elided_ministry(scene: &Scene<'_, '_>, at: usize) -> Option<usize> {
    let next = scene.joined(at + 1)?;
    let feminine = scene.is_definite(at + 1) && scene.key(at + 1).ends_with('ه');
    (next.whole.classes.has(Class::Nationality) && feminine && !is_of_minister(scene, at)).then_some(at + 2)
}

/// In «وزيرة الخارجية الأميركية» the adjective is hers, and no ministry is named.
pub(super) fn is_of_minister(scene: &Scene<'_, '_>, at: usize) -> bool {
    scene.tokens[at].has(Class::Ministry) && scene.before(at).is_some() && {
        let before = scene.key(at - 1);
        before.contains("وزير") || before.contains("وزراء")
    }
}

/// A name of a company or group that no list knows: no adjective, plural or verb by its shape.
fn is_brand(scene: &Scene<'_, '_>, at: usize) -> bool {
    let token = &scene.tokens[at];
    let key = scene.key(at);
    const ENDINGS: [&str; 14] = ["ا", "و", "كس", "فت", "نت", "رز", "تس", "تك", "نغ", "بوت", "وم", "سكي", "وف", "ورب"];
    let latin = key.chars().all(|character| character.is_ascii_alphabetic()) && key.len() > 1;
    latin
        || (token.is_unknown()
            && (ENDINGS.iter().any(|ending| key.ends_with(ending)) || scene.is_enclosed(&(at..at + 1)))
            && !key.starts_with(['ي', 'ت', 'ن', 'ل', 'و', 'ف'])
            && key.chars().nth(3).is_some()
            && key.chars().all(warraq_text::is_letter))
}
