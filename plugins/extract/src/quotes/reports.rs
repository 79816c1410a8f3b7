//! Who says: verbs of saying and their subjects, in the order of the text. Never guesses between two candidates.

use std::ops::Range;

use crate::document::Document;
use crate::entities::lexicon::{Class, Classes};
use crate::entities::tokens::Token;
use crate::entities::{Entity, Kind};

/// One verb of saying.
#[derive(Clone, Debug)]
pub(super) struct Report {
    /// The words of the verb: «وتابع قائلا» has two.
    pub(super) words: Range<usize>,
    /// Who says, if the text is explicit about it.
    pub(super) speaker: Option<String>,
    feminine: bool,
    participle: bool,
    /// Sentence that the verb stands in.
    sentence: usize,
}

/// Words behind a verb within which its subject must begin and end.
const SUBJECT_WORDS_MAX: usize = 16;
/// Words of a role without a name that are shown.
const ROLE_WORDS_MAX: usize = 6;
/// Sentences a pronoun reaches back.
const SENTENCES_BACK_MAX: usize = 3;
/// Reports a pronoun reaches back, past those of the other gender.
const REPORTS_BACK_MAX: usize = 6;
/// Words between «عن فلان» and «قوله».
const SOURCE_WORDS_MAX: usize = 8;

const FINITE: Classes = Classes::of(&[Class::CueMasculine, Class::CueFeminine]);
const CUES: Classes =
    Classes::of(&[Class::CueMasculine, Class::CueFeminine, Class::CueParticiple, Class::CueNoun, Class::CueAccording]);
const ROLES: Classes = Classes::of(&[Class::Role, Class::PureRole, Class::Honorific]);

/// All reports; words within `quoted` (word indexes of quotations, in order) say nothing.
pub(super) fn reports(
    document: &Document<'_>,
    tokens: &[Token],
    entities: &[Entity],
    quoted: &[Range<usize>],
) -> Vec<Report> {
    let cast = Cast { document, tokens, entities, at: entity_at(document, entities) };
    let mut reports: Vec<Report> = Vec::new();
    let (mut sentence, mut quote) = (0, 0);
    let mut at = 0;
    while at < tokens.len() {
        let start = document.words[at].range.start;
        while sentence + 1 < document.sentences.len() && document.sentences[sentence].end <= start {
            sentence += 1;
        }
        while quote < quoted.len() && quoted[quote].end <= at {
            quote += 1;
        }
        let within = quoted.get(quote).is_some_and(|quote| quote.contains(&at));
        if within || !tokens[at].classes().any(CUES) {
            at += 1;
            continue;
        }
        let report = cast.report(at, sentence, &reports);
        at = report.words.end;
        reports.push(report);
    }
    reports
}

/// What stands where a verb has its subject.
enum Subject {
    Named(String),
    /// Nothing: the verb goes on with who spoke before.
    Pronoun,
    /// Somebody, but it cannot be told who. Better no speaker than the one before.
    Unclear,
}

struct Cast<'a, 'b> {
    document: &'a Document<'b>,
    tokens: &'a [Token],
    entities: &'a [Entity],
    /// The entity that covers each word, and the word behind that mention.
    at: Vec<Option<(usize, usize)>>,
}

/// For each word the entity that covers it and the word behind the mention.
fn entity_at(document: &Document<'_>, entities: &[Entity]) -> Vec<Option<(usize, usize)>> {
    let mut at = vec![None; document.words.len()];
    for (index, entity) in entities.iter().enumerate() {
        for range in &entity.ranges {
            let start = document.words.partition_point(|word| word.range.end <= range.start);
            let end = document.words.partition_point(|word| word.range.start < range.end);
            at[start..end].iter_mut().for_each(|word| *word = Some((index, end)));
        }
    }
    at
}

impl Cast<'_, '_> {
    fn report(&self, at: usize, sentence: usize, before: &[Report]) -> Report {
        let classes = self.tokens[at].classes();
        let finite = classes.any(FINITE);
        let feminine =
            classes.has(Class::CueFeminine) || (!finite && self.document.keys[at].ends_with('ه') && !self.is_noun(at));
        let mut end = at + 1;
        let says = self.tokens.get(end).is_some_and(|next| next.joined && next.has(Class::CueParticiple));
        if finite && says && self.document.keys[end].starts_with("قا") {
            end += 1;
        }
        let participle = classes.has(Class::CueParticiple) && !finite;
        let mut report = Report { words: at..end, speaker: None, feminine, participle, sentence };
        let subject = if classes.has(Class::CueNoun) {
            self.source_before(at).map_or(Subject::Unclear, Subject::Named)
        } else if participle {
            Subject::Pronoun
        } else {
            match self.subject_behind(end) {
                Subject::Named(name) => Subject::Named(name),
                other if finite => self.subject_before(at).map_or(other, Subject::Named),
                other => other,
            }
        };
        report.speaker = match subject {
            Subject::Named(name) => Some(name),
            Subject::Pronoun if !classes.has(Class::CueAccording) => {
                inherited(&report, before, finite && self.is_possessed(at))
            }
            Subject::Pronoun | Subject::Unclear => None,
        };
        report
    }

    /// «أن بلاده ترى أن», «حكومتها تؤكد»: the possessor is who spoke before.
    fn is_possessed(&self, at: usize) -> bool {
        at > 0 && self.tokens[at].joined && self.tokens[at].behind.is_none() && {
            let key = &self.document.keys[at - 1];
            key.ends_with('ه') && !self.document.words[at - 1].text.ends_with('ة') || key.ends_with("ها")
        }
    }

    fn is_noun(&self, at: usize) -> bool {
        self.tokens[at].has(Class::CueNoun)
    }

    /// «قال المتحدث باسم الكرملين فلان إن»: the name if there is one, else the role.
    fn subject_behind(&self, from: usize) -> Subject {
        let mut role: Option<usize> = None;
        let mut at = from;
        let mut role_end = from;
        while at < (from + SUBJECT_WORDS_MAX).min(self.tokens.len()) {
            let gap = self.gap(at);
            let named = self.at[at].map(|(entity, end)| (&self.entities[entity], end));
            if let Some((entity, end)) = named
                && (is_open(gap) || is_quote_or_pause(gap, role.is_some() && entity.kind == Kind::Person))
            {
                if entity.kind == Kind::Person || role.is_none() {
                    let addressed = role.is_none() && self.has_preposition(at);
                    return if addressed { Subject::Pronoun } else { Subject::Named(entity.name.clone()) };
                }
                at = end;
                role_end = at;
                continue;
            }
            if !is_open(gap) {
                break;
            }
            let token = &self.tokens[at];
            let key = &self.document.keys[at];
            if role.is_none() && token.classes().any(ROLES) && token.whole.classes.any(ROLES) {
                role = Some(at);
            } else if role.is_some() {
                let links = matches!(key, "في" | "باسم" | "من" | "لدي");
                let verb = matches!(key, "طلب" | "طلبت" | "رفض" | "رفضت" | "فضل" | "فضلت" | "لم");
                if verb || (!links && token.classes().any(STOPS)) {
                    break;
                }
            } else if !matches!(
                key,
                "فيه" | "فيها" | "له" | "لها" | "عنه" | "امس" | "اليوم" | "ايضا" | "كذلك" | "بدوره"
            ) {
                return self.plain_subject(at);
            }
            at += 1;
            if role.is_some() && !matches!(key, "في" | "باسم" | "من" | "لدي") {
                role_end = at;
            }
        }
        match role {
            Some(role) => Subject::Named(self.phrase(role..role_end.min(role + ROLE_WORDS_MAX))),
            None => Subject::Pronoun,
        }
    }

    /// «لصحيفة», «بيان» with ب: what the verb governs, not who says.
    fn has_preposition(&self, at: usize) -> bool {
        let key = &self.document.keys[at];
        self.tokens[at].behind.is_some() && key.starts_with(['ب', 'ل', 'ك'])
    }

    /// A definite noun right behind the verb that no list knows («أعلن الثوار»), a word that begins no subject, or somebody unclear.
    fn plain_subject(&self, at: usize) -> Subject {
        let token = &self.tokens[at];
        let key = &self.document.keys[at];
        if key.starts_with("ال") && token.is_unknown() {
            return Subject::Named(self.phrase(at..at + 1));
        }
        let none = token.classes().any(STOPS)
            || key == "في"
            || key.starts_with(['ب', 'ل'])
            || (token.classes().is_empty() && key.ends_with('ا'));
        if none { Subject::Pronoun } else { Subject::Unclear }
    }

    /// «كيري أشار إلى», «الوزير الروسي شدد على»: only where the verb has no conjunction.
    fn subject_before(&self, at: usize) -> Option<String> {
        if at == 0 || self.tokens[at].behind.is_some() || !self.tokens[at].joined {
            return None;
        }
        if let Some((entity, _)) = self.at[at - 1]
            && self.entities[entity].kind != Kind::Place
        {
            return Some(self.entities[entity].name.clone());
        }
        let mut start = at;
        while start > 0 && at - start < 3 && self.document.keys[start - 1].starts_with("ال") {
            start -= 1;
            if self.tokens[start].has(Class::PureRole) {
                return Some(self.phrase(start..at));
            }
            if !self.tokens[start].joined {
                break;
            }
        }
        None
    }

    /// «نقل عن فلان قوله»: between عن and قوله.
    fn source_before(&self, at: usize) -> Option<String> {
        let from = at.saturating_sub(SOURCE_WORDS_MAX);
        let about = (from..at).rev().find(|&index| matches!(&self.document.keys[index], "عن" | "وعن"))?;
        let person = (about + 1..at).find_map(|index| {
            self.at[index].map(|(entity, _)| &self.entities[entity]).filter(|entity| entity.kind == Kind::Person)
        });
        match person {
            Some(entity) => Some(entity.name.clone()),
            None if about + 1 < at => Some(self.phrase(about + 1..at)),
            None => None,
        }
    }

    fn phrase(&self, words: Range<usize>) -> String {
        let start = self.document.words[words.start].range.start;
        let end = self.document.words[words.end - 1].range.end;
        self.document.body[start..end].split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// What lies before a word.
    fn gap(&self, at: usize) -> &str {
        let from = if at == 0 { 0 } else { self.document.words[at - 1].range.end };
        &self.document.body[from..self.document.words[at].range.start]
    }
}

const STOPS: Classes = Classes::of(&[
    Class::PrepositionStop,
    Class::CueMasculine,
    Class::CueFeminine,
    Class::CueParticiple,
    Class::CueNoun,
    Class::CueAccording,
]);

fn is_open(gap: &str) -> bool {
    gap.chars().all(|character| matches!(character, ' ' | '\u{00A0}' | '\u{0640}' | '-'))
}

/// A name may stand in quotation marks or brackets, and behind a comma if it fills a role.
fn is_quote_or_pause(gap: &str, after_role: bool) -> bool {
    let gap = gap.trim();
    matches!(gap, "«" | "“" | "\"" | "'" | "‘") || (after_role && matches!(gap, "،" | "," | "(" | ")" | "، ("))
}

/// A pronoun takes the speaker of the last report that agrees in gender; a participle that of its own sentence first.
fn inherited(report: &Report, before: &[Report], possessed: bool) -> Option<String> {
    let near = before.iter().rev().take(REPORTS_BACK_MAX);
    let mut near = near.take_while(|other| report.sentence - other.sentence <= SENTENCES_BACK_MAX);
    if possessed {
        return near.next().filter(|other| other.sentence == report.sentence)?.speaker.clone();
    }
    if report.participle {
        return near
            .find(|other| other.sentence == report.sentence || other.feminine == report.feminine)?
            .speaker
            .clone();
    }
    near.find(|other| !other.participle && other.feminine == report.feminine)?.speaker.clone()
}
