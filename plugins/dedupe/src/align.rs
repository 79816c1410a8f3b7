//! Where two articles say the same in the same words, in order. Reports runs and chains of runs; judges nothing.
//!
//! Seed, extend, chain, as sequence aligners do it: every common 3-word shingle is a seed, a seed is extended to the longest
//! equal run around it, runs in like order are chained. All of it works on word codes.

use std::ops::Range;

use crate::shingles::{MEASURE_WORDS, ShingleTable};

/// A shingle that stands in the first article more often than this is no seed. Runs still extend over it.
const SEED_POSITIONS_MAX: usize = 4;

/// Runs looked at in one pair of articles, the longest first. Bounds chaining.
const RUNS_MAX: usize = 2_000;

/// Runs before a run that are tried as the one it follows.
const PREDECESSORS_MAX: usize = 200;

/// A run of equal words: `words` of them, from `start` in the first article and from `other_start` in the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// First word in the first article.
    pub start: usize,
    /// First word in the second.
    pub other_start: usize,
    /// How many.
    pub words: usize,
}

impl Run {
    /// One past the last word in the first article.
    pub fn end(&self) -> usize {
        self.start + self.words
    }

    /// One past the last word in the second.
    pub fn other_end(&self) -> usize {
        self.other_start + self.words
    }
}

/// What a chain of runs may skip.
#[derive(Clone, Copy, Debug)]
pub struct Gaps {
    /// Words between two runs, at most, on either side.
    pub words_max: usize,
    /// What a skipped word costs, in halves of what an equal word is worth: a stretch is only joined if it pays for the gap.
    pub half_cost: i64,
}

/// A chain of runs, in order on both sides, without overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// At least one.
    pub runs: Vec<Run>,
    /// Twice its equal words, less what its gaps cost.
    pub score: i64,
}

impl Chain {
    /// The words it covers in the first article.
    pub fn range(&self) -> Range<usize> {
        self.runs[0].start..self.runs[self.runs.len() - 1].end()
    }

    /// The words it covers in the second.
    pub fn other_range(&self) -> Range<usize> {
        self.runs[0].other_start..self.runs[self.runs.len() - 1].other_end()
    }
}

/// The longest equal runs of at least three words, each once. `table` is that of `codes`.
pub fn runs(codes: &[u32], table: &ShingleTable, other: &[u32]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    // The runs that a seed at this place of the other article may lie in: those that reach this far.
    let mut open: Vec<Run> = Vec::new();
    for (other_start, words) in other.windows(MEASURE_WORDS).enumerate() {
        let positions = table.positions(words);
        if positions.len() > SEED_POSITIONS_MAX {
            continue;
        }
        open.retain(|run| run.other_end() > other_start);
        for start in positions {
            let lies_in = |run: &Run| run.start + other_start == run.other_start + start;
            if open.iter().any(lies_in) {
                continue;
            }
            let run = extend(codes, other, Run { start, other_start, words: MEASURE_WORDS });
            open.push(run);
            runs.push(run);
        }
    }
    if runs.len() > RUNS_MAX {
        runs.sort_by_key(|run| std::cmp::Reverse(run.words));
        runs.truncate(RUNS_MAX);
    }
    runs
}

/// Lengthens a run while the words around it are equal.
fn extend(codes: &[u32], other: &[u32], run: Run) -> Run {
    let before = codes[..run.start].iter().rev().zip(other[..run.other_start].iter().rev());
    let before = before.take_while(|(left, right)| left == right).count();
    let after =
        codes[run.end()..].iter().zip(&other[run.other_end()..]).take_while(|(left, right)| left == right).count();
    Run { start: run.start - before, other_start: run.other_start - before, words: before + run.words + after }
}

/// Chains of runs, the best first; no run is in two of them.
pub fn chains(mut runs: Vec<Run>, gaps: Gaps) -> Vec<Chain> {
    runs.sort_by_key(|run| (run.end(), run.other_end()));
    // Best score of a chain that ends with a run, the run before it, and how much of this run's front that one covers.
    let mut best: Vec<(i64, Option<usize>, usize)> = Vec::with_capacity(runs.len());
    for (index, run) in runs.iter().enumerate() {
        let mut found = (2 * run.words as i64, None, 0);
        for before in (index.saturating_sub(PREDECESSORS_MAX)..index).rev() {
            if run.start > runs[before].end().saturating_add(gaps.words_max) {
                break;
            }
            if let Some((gain, overlap)) = joined(&runs[before], run, gaps) {
                let score = best[before].0 + gain;
                // Both sides must pay for the gap: what came before, and this run with what it brings.
                if gain > 0 && score > found.0 {
                    found = (score, Some(before), overlap);
                }
            }
        }
        best.push(found);
    }
    collect(&runs, &best)
}

/// What it brings to put `run` behind `before`, and how many of its first words `before` has covered already.
fn joined(before: &Run, run: &Run, gaps: Gaps) -> Option<(i64, usize)> {
    if run.start < before.start || run.other_start < before.other_start {
        return None;
    }
    let overlap = before.end().saturating_sub(run.start).max(before.other_end().saturating_sub(run.other_start));
    let gap = (run.start + overlap).checked_sub(before.end())?;
    let other_gap = (run.other_start + overlap).checked_sub(before.other_end())?;
    if overlap >= run.words || gap > gaps.words_max || other_gap > gaps.words_max {
        return None;
    }
    Some((2 * (run.words - overlap) as i64 - gaps.half_cost * (gap + other_gap) as i64, overlap))
}

fn collect(runs: &[Run], best: &[(i64, Option<usize>, usize)]) -> Vec<Chain> {
    let mut order: Vec<usize> = (0..runs.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(best[index].0));
    let mut used = vec![false; runs.len()];
    let mut chains = Vec::new();
    for last in order {
        let mut at = Some(last).filter(|&last| !used[last]);
        let mut chain = Chain { runs: Vec::new(), score: best[last].0 };
        while let Some(index) = at {
            let (score, before, overlap) = best[index];
            used[index] = true;
            let run = runs[index];
            let before_is_free = before.filter(|&before| !used[before]);
            if before.is_some() && before_is_free.is_none() {
                // A better chain has taken what came before; this one begins here.
                chain.score -= score - 2 * run.words as i64;
                chain.runs.push(run);
                break;
            }
            chain.runs.push(Run {
                start: run.start + overlap,
                other_start: run.other_start + overlap,
                words: run.words - overlap,
            });
            at = before_is_free;
        }
        if !chain.runs.is_empty() {
            chain.runs.reverse();
            chains.push(chain);
        }
    }
    chains.sort_by_key(|chain| std::cmp::Reverse(chain.score));
    chains
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    const NEAR: Gaps = Gaps { words_max: 10, half_cost: 1 };

    fn runs_of(left: &[u32], right: &[u32]) -> Vec<Run> {
        runs(left, &ShingleTable::new(left), right)
    }

    #[test]
    fn a_changed_word_joins_two_runs() {
        let left: Vec<u32> = (0..20).collect();
        let mut right = left.clone();
        right[9] = 99;
        let chains = chains(runs_of(&left, &right), NEAR);
        assert_eq!(chains.len(), 1);
        assert_eq!((chains[0].range(), chains[0].other_range()), (0..20, 0..20));
        assert_eq!(chains[0].score, 2 * 19 - 2);
    }

    #[test]
    fn a_gap_must_be_paid_for() {
        let left: Vec<u32> = (0..40).collect();
        let right = [&left[..3], &(100..110).collect::<Vec<_>>(), &left[13..]].concat();
        let chains = chains(runs_of(&left, &right), NEAR);
        assert_eq!(chains.iter().map(Chain::range).collect::<Vec<_>>(), [13..40, 0..3]);
    }

    #[test]
    fn runs_are_equal_and_chains_are_in_order() {
        let mut random = Random::new(11);
        for _ in 0..500 {
            let vocabulary = 2 + random.below(40);
            let mut codes = |count: usize| (0..count).map(|_| random.below(vocabulary) as u32).collect::<Vec<_>>();
            let (left, mut right) = (codes(100), codes(60));
            right.splice(20..30, left[10..60].iter().copied());
            for chain in chains(runs_of(&left, &right), NEAR) {
                for run in &chain.runs {
                    assert_eq!(left[run.start..run.end()], right[run.other_start..run.other_end()]);
                }
                for pair in chain.runs.windows(2) {
                    assert!(pair[0].end() <= pair[1].start && pair[0].other_end() <= pair[1].other_start);
                }
            }
        }
    }

    #[test]
    fn monotonous_texts_take_no_quadratic_time() {
        // Ten times the longest sketch: what is quadratic anywhere takes minutes here, what is not about a second.
        let words = 10 * crate::sketch::SKETCH_WORDS_MAX as u32;
        let begun = std::time::Instant::now();
        let same = vec![7; words as usize];
        let period: Vec<u32> = (0..words).map(|at| at % 5).collect();
        let almost: Vec<u32> = (0..words).map(|at| if at % 97 == 0 { at } else { at % (words / 3) }).collect();
        for (left, right) in [(&same, &same), (&period, &period), (&almost, &almost), (&same, &almost)] {
            chains(runs_of(left, right), NEAR);
        }
        assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
    }
}
