//! Keywords: the few words and names an article is about, as they stand in it. Never a word that is not in the text.
//!
//! Frequency with a push for the headline and an early first mention; nouns are told from verbs by the article «ال», which they
//! carry somewhere in the text. Neighbouring words that return together count as one term.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;
use std::ops::Range;
use std::sync::LazyLock;

use serde::Serialize;

use crate::document::Document;
use crate::entities::Entity;
use crate::entities::lexicon::{Class, Classes, WordHasher};
use crate::entities::tokens::{Token, letters_width};

/// A word or name the article is about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Keyword {
    /// As it stands at its first occurrence, proclitics off.
    pub(crate) text: String,
    /// 0 to 1; the first keyword has 1.
    pub(crate) score: f32,
}

/// Keywords at most.
const KEYWORDS_MAX: usize = 10;
/// Words of the text that are looked at; news says what it is about early.
const WORDS_MAX: usize = 4000;
/// Shorter words are no keywords.
const LETTERS_MIN: usize = 3;
/// Factors: a name, a term of two words, a word of the headline.
const NAME: f32 = 1.6;
const TERM: f32 = 1.8;
const HEADLINE: f32 = 1.5;

/// The keywords of a document, best first.
pub(crate) fn find(document: &Document<'_>, tokens: &[Token], entities: &[Entity]) -> Vec<Keyword> {
    let mut candidates = names(document, entities);
    candidates.extend(terms(document, tokens, entities));
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.first.cmp(&b.first)));
    let best = candidates.first().map_or(1.0, |candidate| candidate.score);
    let mut chosen: Vec<Candidate<'_>> = Vec::new();
    for candidate in candidates {
        if chosen.len() == KEYWORDS_MAX {
            break;
        }
        if !chosen.iter().any(|other| other.says(&candidate)) {
            chosen.push(candidate);
        }
    }
    let rounded = |score: f32| (score / best * 1000.0).round() / 1000.0;
    let text = |candidate: &Candidate<'_>| match candidate.shown {
        Shown::Name(name) => name.to_owned(),
        Shown::Words(ref range) => document.text(range).split_whitespace().collect::<Vec<_>>().join(" "),
    };
    chosen.iter().map(|candidate| Keyword { text: text(candidate), score: rounded(candidate.score) }).collect()
}

struct Candidate<'a> {
    shown: Shown<'a>,
    stems: Vec<Cow<'a, str>>,
    first: usize,
    score: f32,
}

/// What a candidate is shown as.
enum Shown<'a> {
    Name(&'a str),
    /// Bytes of the body.
    Words(Range<usize>),
}

impl Candidate<'_> {
    /// Says this one all that the other says, or the other way round?
    fn says(&self, other: &Candidate<'_>) -> bool {
        let (long, short) = if self.stems.len() >= other.stems.len() { (self, other) } else { (other, self) };
        short.stems.iter().all(|stem| long.stems.contains(stem))
    }
}

fn names<'a>(document: &Document<'_>, entities: &'a [Entity]) -> Vec<Candidate<'a>> {
    entities
        .iter()
        .filter_map(|entity| {
            let first = entity.ranges.first()?.start;
            let words = entity.name.split_whitespace();
            let stems = words.map(|word| Cow::Owned(stem(&warraq_text::fold_key(word)).to_owned())).collect();
            let headline = entity.ranges.iter().any(|range| in_headline(document, range));
            let score = weight(document, entity.ranges.len(), first, headline) * NAME;
            Some(Candidate { shown: Shown::Name(&entity.name), stems, first, score })
        })
        .collect()
}

/// The keys come from the article, but there are at most [`WORDS_MAX`] of them.
type Counts<K> = HashMap<K, Count, BuildHasherDefault<WordHasher>>;

/// Words that are counted together.
#[derive(Default)]
struct Count {
    times: usize,
    /// The word index of the first occurrence.
    first: usize,
    /// The first occurrence without proclitics; the first of all until there is one.
    shown: usize,
    definite: bool,
    headline: bool,
}

/// Single words and pairs of neighbours outside names.
fn terms<'a>(document: &'a Document<'_>, tokens: &[Token], entities: &[Entity]) -> Vec<Candidate<'a>> {
    let count = tokens.len().min(WORDS_MAX);
    let mut named = vec![false; count];
    for range in entities.iter().flat_map(|entity| &entity.ranges) {
        let words = document.words_in(&(range.start..range.end));
        let start = document.words.partition_point(|word| word.range.end <= range.start);
        (start..words.end.min(count)).for_each(|word| named[word] = true);
    }
    let arabic = document.keys.at(0).chars().any(|character| matches!(character, 'ا'..='ي'));
    let usable: Vec<Option<&str>> =
        (0..count).map(|at| if named[at] { None } else { content_stem(document, &tokens[at], at) }).collect();
    let mut singles: Counts<&str> = HashMap::default();
    let mut pairs: Counts<(&str, &str)> = HashMap::default();
    for at in 0..count {
        let Some(stem) = usable[at] else { continue };
        note(singles.entry(stem).or_default(), document, at, stem);
        if at + 1 < count
            && tokens[at + 1].joined
            && let Some(next) = usable[at + 1]
            && !has_conjunction(document, at + 1, next)
            && (!arabic || document.keys[at + 1].starts_with("ال"))
        {
            note(pairs.entry((stem, next)).or_default(), document, at, stem);
        }
    }
    let mut found: Vec<Candidate<'a>> = Vec::new();
    for ((one, other), count) in pairs.into_iter().filter(|(_, count)| count.times > 1) {
        found.push(candidate(document, 2, vec![one.into(), other.into()], &count, TERM));
    }
    for (stem, count) in singles.into_iter().filter(|(_, count)| count.definite || (!arabic && count.times > 1)) {
        found.push(candidate(document, 1, vec![stem.into()], &count, 1.0));
    }
    found
}

fn note(count: &mut Count, document: &Document<'_>, at: usize, stem: &str) {
    let bare = |at: usize| {
        let key = &document.keys[at];
        key == stem || key.strip_prefix("ال") == Some(stem)
    };
    if count.times == 0 {
        (count.first, count.shown) = (at, at);
    } else if !bare(count.shown) && bare(at) {
        count.shown = at;
    }
    count.times += 1;
    count.definite |= document.keys[at].contains("ال");
    count.headline |= in_headline(document, &document.words[at].range);
}

fn candidate<'a>(
    document: &Document<'_>,
    words: usize,
    stems: Vec<Cow<'a, str>>,
    count: &Count,
    factor: f32,
) -> Candidate<'a> {
    let word = &document.words[count.shown];
    let key = &document.keys[count.shown];
    // Proclitics off, the article kept: «والتعاون» shows as «التعاون».
    let skip = ["وال", "بال", "فال", "كال"].iter().any(|proclitic| key.starts_with(proclitic));
    let start = word.range.start + if skip { letters_width(word.text, 1) } else { 0 };
    let shown = Shown::Words(start..document.words[count.shown + words - 1].range.end);
    let first = document.words[count.first].range.start;
    let score = weight(document, count.times, first, count.headline) * factor;
    Candidate { shown, stems, first, score }
}

/// Frequency, dampened, times a push for the first third of the text and for the headline.
fn weight(document: &Document<'_>, times: usize, first: usize, headline: bool) -> f32 {
    let place = first as f32 / document.body.len().max(1) as f32;
    let early = 1.0 + 0.5 * (1.0 - place.min(1.0));
    (1.0 + times as f32).log2() * early * if headline { HEADLINE } else { 1.0 }
}

fn in_headline(document: &Document<'_>, range: &Range<usize>) -> bool {
    document.headline.as_ref().is_some_and(|headline| headline.contains(&range.start))
}

fn has_conjunction(document: &Document<'_>, at: usize, stem: &str) -> bool {
    document.keys[at].starts_with('و') && !stem.starts_with('و')
}

/// The stem of a word that can be a keyword.
fn content_stem<'a>(document: &'a Document<'_>, token: &Token, at: usize) -> Option<&'a str> {
    let key = &document.keys[at];
    let long_enough = |word: &str| word.len() <= STEM_BYTES_MAX && word.chars().nth(LETTERS_MIN - 1).is_some();
    if is_stop(key) || !long_enough(key) || !key.chars().all(warraq_text::is_letter) || token.classes().any(NO_KEYWORD)
    {
        return None;
    }
    let stem = stem(key);
    (!is_stop(stem) && long_enough(stem)).then_some(stem)
}

/// Longer runs of letters are no words.
const STEM_BYTES_MAX: usize = 64;

const NO_KEYWORD: Classes = Classes::of(&[
    Class::CueMasculine,
    Class::CueFeminine,
    Class::CueParticiple,
    Class::CueNoun,
    Class::PrepositionStop,
    Class::Honorific,
    Class::Nationality,
]);

/// A light stem: article and the proclitics before it off.
fn stem(key: &str) -> &str {
    for prefix in ["وبال", "وكال", "وال", "بال", "فال", "كال", "ولل", "لل", "ال"] {
        if let Some(rest) = key.strip_prefix(prefix)
            && rest.chars().nth(1).is_some()
        {
            return rest;
        }
    }
    key
}

fn is_stop(key: &str) -> bool {
    static STOP_WORDS: LazyLock<HashSet<String, BuildHasherDefault<WordHasher>>> = LazyLock::new(|| {
        let list = include_str!("../data/gazetteer/stop_words.txt");
        let lines = list.lines().filter(|line| !line.starts_with('#'));
        lines.flat_map(str::split_whitespace).map(warraq_text::fold_key).collect()
    });
    STOP_WORDS.contains(key) || key.strip_prefix(['و', 'ف']).is_some_and(|rest| STOP_WORDS.contains(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keywords(body: &str) -> Vec<String> {
        let document = Document::new(body);
        let tokens = crate::entities::tokens::tokens(&document);
        let entities = crate::entities::find(&document, &tokens);
        find(&document, &tokens, &entities).into_iter().map(|keyword| keyword.text).collect()
    }

    #[test]
    fn what_returns_is_a_keyword() {
        let body = "ارتفعت أسعار النفط الخام اليوم في نيويورك. وقال محللون إن النفط الخام سيرتفع مع تراجع المخزونات، \
                    فيما تترقب السوق اجتماع منظمة أوبك. وتراجعت المخزونات في الولايات المتحدة.";
        let found = keywords(body);
        assert_eq!(found[0], "النفط الخام");
        assert!(found.contains(&"نيويورك".to_owned()) && found.contains(&"المخزونات".to_owned()), "{found:?}");
        assert!(!found.iter().any(|word| word == "اليوم" || word == "وقال"), "{found:?}");
    }

    #[test]
    fn other_languages_and_nothing() {
        assert!(keywords("").is_empty());
        assert!(keywords("، . «»").is_empty());
        let found = keywords(
            "The court said the court will hear the appeal. The appeal was filed by the bank, the court said.",
        );
        assert_eq!(found[0], "court");
    }

    #[test]
    fn scores_fall_from_one() {
        let document = Document::new("زار الوزير مدينة حلب. وقال الوزير إن حلب ستعود. وأضاف أن المدارس ستفتح في حلب.");
        let tokens = crate::entities::tokens::tokens(&document);
        let entities = crate::entities::find(&document, &tokens);
        let found = find(&document, &tokens, &entities);
        assert_eq!(found[0].score, 1.0);
        assert!(found.windows(2).all(|pair| pair[0].score >= pair[1].score) && found.len() <= KEYWORDS_MAX);
    }
}
