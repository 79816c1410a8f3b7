//! How much each candidate tells of the article. Looks at sentences one by one; what they share is for `choose`.
//!
//! The weights are set by hand. News is an inverted pyramid, so the place of a sentence says more than all else; on the Arabic
//! summaries of EASC (El-Haj, Kruschwitz, Fox, 2010) no graph or topic method reaches the plain first sentences.

use std::collections::HashMap;

use crate::candidates::Candidate;
use crate::terms::{Terms, shared};

/// Weights of the three parts of a score; they add up to 1.
const POSITION: f64 = 0.6;
const CENTRALITY: f64 = 0.25;
const TOPIC: f64 = 0.15;

/// Sentences after which the worth of the place has halved.
const POSITION_HALF: f64 = 6.0;

/// Words below which a sentence says too little to stand alone; the score falls in proportion.
const FULL_WORDS: usize = 8;

/// What is left of the score of a sentence that points to what comes after it.
const POINTS_AHEAD: f64 = 0.7;

/// What is left of the score of something that looks like a heading or a table row.
const POOR: f64 = 0.05;

/// A candidate and its score.
#[derive(Clone, Debug)]
pub(crate) struct Ranked<'a> {
    pub(crate) candidate: &'a Candidate,
    /// From 0 to 1.
    pub(crate) score: f64,
}

/// Scores the candidates; they stay in order.
pub(crate) fn rank<'a>(candidates: &'a [Candidate], headline: Option<&str>) -> Vec<Ranked<'a>> {
    let centrality = centrality(candidates);
    let first = candidates.iter().find(|candidate| !candidate.poor).map(|candidate| &candidate.terms);
    // Without a headline the first sentence says best what it is all about.
    let topic = headline.map(Terms::of).or_else(|| first.cloned()).unwrap_or_default();
    let mut place = 0;
    candidates
        .iter()
        .zip(centrality)
        .map(|(candidate, centrality)| {
            let position = POSITION_HALF / (POSITION_HALF + f64::from(place));
            // A heading takes no place.
            place += i32::from(!candidate.poor);
            let told = share(shared(&candidate.terms.content, &topic.content), topic.content.len());
            let score = POSITION * position + CENTRALITY * centrality + TOPIC * told;
            Ranked { candidate, score: score * soundness(candidate) }
        })
        .collect()
}

/// What its form leaves of a sentence's worth.
fn soundness(candidate: &Candidate) -> f64 {
    let mut left = share(candidate.terms.words.min(FULL_WORDS), FULL_WORDS);
    if candidate.points_ahead {
        left *= POINTS_AHEAD;
    }
    if candidate.poor {
        left *= POOR;
    }
    left
}

/// How much of what the article speaks of again and again is in each sentence, from 0 to 1: the weight of its words, where a word
/// weighs by the number of sentences it is in, for the square root of its length.
fn centrality(candidates: &[Candidate]) -> Vec<f64> {
    let mut sentences_with: HashMap<u64, u32> = HashMap::new();
    for term in candidates.iter().flat_map(|candidate| &candidate.terms.content) {
        *sentences_with.entry(*term).or_default() += 1;
    }
    let mut scores: Vec<f64> = candidates
        .iter()
        .map(|candidate| {
            let weight: f64 = candidate.terms.content.iter().map(|term| f64::from(sentences_with[term]).ln()).sum();
            weight / (candidate.terms.content.len().max(1) as f64).sqrt()
        })
        .collect();
    let highest = scores.iter().copied().fold(0.0, f64::max);
    if highest > 0.0 {
        scores.iter_mut().for_each(|score| *score /= highest);
    }
    scores
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
