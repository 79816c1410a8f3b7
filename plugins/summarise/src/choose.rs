//! Takes the best candidates that fit, one after the other, and none that says again what is taken. Never changes a score's parts.

use std::ops::Range;

use crate::rank::Ranked;
use crate::terms::shared;

/// Share of the shorter sentence's content words in the longer one, from which both say the same.
const SAME_SHARE: f64 = 0.7;

/// How much of its score a sentence loses for what it shares with those taken.
const REDUNDANCY: f64 = 0.2;

/// What is left of the score of a sentence that leans on one that is not taken.
const LEANS: f64 = 0.7;

/// What may still be taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) sentences: usize,
    /// Code points; all but the first sentence need one more for the space before them.
    pub(crate) characters: usize,
}

/// A sentence of the summary.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Choice {
    /// Its bytes in the body.
    pub(crate) range: Range<usize>,
    /// As it was when it was taken.
    pub(crate) score: f64,
}

/// Maximal marginal relevance (Carbonell and Goldstein, 1998), greedy. In the order of taking.
pub(crate) fn choose(ranked: &[Ranked], mut budget: Budget) -> Vec<Choice> {
    let mut chosen: Vec<Choice> = Vec::new();
    // The highest likeness of each candidate to one that is taken; 1 for those taken.
    let mut likeness = vec![0.0f64; ranked.len()];
    let mut taken = vec![false; ranked.len()];
    while chosen.len() < budget.sentences {
        let score = |index: usize| {
            let Ranked { candidate, score } = &ranked[index];
            // Nothing stands before the first that it could lean on.
            let stands = !candidate.leans
                || index == 0
                || taken[index - 1] && ranked[index - 1].candidate.number + 1 == candidate.number;
            score * (1.0 - REDUNDANCY * likeness[index]) * if stands { 1.0 } else { LEANS }
        };
        let best = (0..ranked.len())
            .filter(|&index| likeness[index] < SAME_SHARE && ranked[index].candidate.characters <= budget.characters)
            .map(|index| (index, score(index)))
            // Of equals the first.
            .max_by(|left, right| left.1.total_cmp(&right.1).then(right.0.cmp(&left.0)));
        let Some((best, score)) = best else { break };
        chosen.push(Choice { range: ranked[best].candidate.range.clone(), score });
        budget.characters = budget.characters.saturating_sub(ranked[best].candidate.characters + 1);
        taken[best] = true;
        for (index, other) in ranked.iter().enumerate() {
            likeness[index] = likeness[index].max(if index == best { 1.0 } else { alike(&ranked[best], other) });
        }
    }
    chosen
}

/// The share of the shorter one's content words that the other has too.
fn alike(one: &Ranked, other: &Ranked) -> f64 {
    let (one, other) = (&one.candidate.terms.content, &other.candidate.terms.content);
    let shorter = one.len().min(other.len());
    if shorter == 0 { 0.0 } else { shared(one, other) as f64 / shorter as f64 }
}

/// The beginning of a sentence, at most `characters` code points: up to the last clause that ends there, else the last word, else
/// as much as fits.
pub(crate) fn cut_to(body: &str, sentence: &Range<usize>, characters: usize) -> Range<usize> {
    let text = &body[sentence.clone()];
    let limit = text.char_indices().nth(characters).map_or(text.len(), |(offset, _)| offset);
    if limit == text.len() {
        return sentence.clone();
    }
    let fits = &text[..limit];
    let ends_of = |is_end: fn(char) -> bool| fits.rfind(is_end).filter(|&end| end > 0);
    let end = ends_of(|character| matches!(character, '،' | '؛' | ',' | ';' | '，' | '、'))
        .or_else(|| ends_of(char::is_whitespace))
        .unwrap_or(limit);
    sentence.start..sentence.start + fits[..end].trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidates::Candidate;
    use crate::terms::Terms;

    /// A candidate of ten characters at each hundred bytes.
    fn candidate(number: usize, text: &str, leans: bool) -> Candidate {
        Candidate {
            range: number * 100..number * 100 + 10,
            number,
            characters: 10,
            terms: Terms::of(text),
            leans,
            points_ahead: false,
            poor: false,
        }
    }

    fn taken(candidates: &[Candidate], scores: &[f64], budget: Budget) -> Vec<usize> {
        let ranked: Vec<Ranked> =
            candidates.iter().zip(scores).map(|(candidate, &score)| Ranked { candidate, score }).collect();
        choose(&ranked, budget).into_iter().map(|choice| choice.range.start / 100).collect()
    }

    const BUDGET: Budget = Budget { sentences: 2, characters: 1000 };

    #[test]
    fn best_first_and_of_equals_the_first() {
        let candidates = [candidate(0, "one", false), candidate(1, "two", false), candidate(2, "three", false)];
        assert_eq!(taken(&candidates, &[0.5, 0.5, 0.9], BUDGET), [2, 0]);
    }

    #[test]
    fn same_words_are_taken_once() {
        let candidates = [candidate(0, "red green blue", false), candidate(1, "blue green red", false)];
        assert_eq!(taken(&candidates, &[0.9, 0.8], BUDGET), [0]);
    }

    #[test]
    fn leaning_sentence_waits_for_the_one_before() {
        let candidates = [
            candidate(0, "one", false),
            candidate(1, "two", false),
            candidate(2, "three", true),
            candidate(3, "four", false),
        ];
        let scores = [0.9, 0.4, 0.7, 0.6];
        assert_eq!(taken(&candidates, &scores, BUDGET), [0, 3]);
        assert_eq!(taken(&candidates, &[0.5, 0.9, 0.7, 0.6], BUDGET), [1, 2]);
    }

    #[test]
    fn characters_count_with_the_spaces() {
        let candidates = [candidate(0, "one", false), candidate(1, "two", false)];
        assert_eq!(taken(&candidates, &[0.9, 0.8], Budget { characters: 20, ..BUDGET }), [0]);
        assert_eq!(taken(&candidates, &[0.9, 0.8], Budget { characters: 21, ..BUDGET }), [0, 1]);
    }

    #[test]
    fn cut_falls_on_a_clause_a_word_or_a_letter() {
        let body = "أول ثان، ثالث رابع";
        let cut = |characters| &body[cut_to(body, &(0..body.len()), characters)];
        assert_eq!((cut(100), cut(12), cut(7), cut(2)), (body, "أول ثان", "أول", "أو"));
    }
}
