//! Passages that two articles share, with their spans on both sides. Never reports the same words twice.

use std::ops::Range;

use serde::Serialize;

use crate::align::{self, Chain, Gaps, Run};
use crate::shingles::ShingleTable;
use crate::sketch::Sketch;

/// Words that may differ between two runs of one passage, on either side.
const GAP_WORDS_MAX: usize = 10;

/// How far in front of and behind a passage a further run of two words is looked for, in words, both sides together: less than
/// such a run is worth.
const EDGE_WORDS_MAX: usize = 3;

/// Least word ratio of a passage.
const SIMILARITY_MIN: f64 = 0.7;

/// Passages listed for one other article, the longest.
const PASSAGES_MAX: usize = 32;

/// A passage; spans are code points, ends exclusive.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Passage {
    /// In this body.
    pub start: usize,
    /// In this body.
    pub end: usize,
    /// In the other article's body.
    pub other_start: usize,
    /// In the other article's body.
    pub other_end: usize,
    /// Word ratio: twice the equal words by the words of both sides, 0 to 1, rounded to two digits.
    pub similarity: f64,
}

/// Passages of at least `words_min` words on either side, in the order of this body, each with the words it covers here.
/// `table` is that of `sketch`.
pub fn shared(sketch: &Sketch, table: &ShingleTable, other: &Sketch, words_min: usize) -> Vec<(Range<usize>, Passage)> {
    let (codes, other_codes) = (&*sketch.codes, &*other.codes);
    let runs = align::runs(codes, table, other_codes);
    let mut chosen: Vec<(Chain, f64)> = Vec::new();
    for mut chain in align::chains(runs, Gaps { words_max: GAP_WORDS_MAX, half_cost: 1 }) {
        // Chains come best first. One with so little in common is no passage, however it is lengthened.
        if chosen.len() == PASSAGES_MAX || chain.score < words_min as i64 {
            break;
        }
        while lengthen(&mut chain, codes, other_codes) {}
        let similarity = similarity(&chain, codes, other_codes);
        let words = chain.range().len().min(chain.other_range().len());
        let fits = words >= words_min && similarity >= SIMILARITY_MIN;
        if fits && chosen.iter().all(|(other, _)| apart(other, &chain)) {
            chosen.push((chain, similarity));
        }
    }
    if chosen.is_empty() {
        return Vec::new();
    }
    chosen.sort_by_key(|(chain, _)| chain.range().start);
    let (spans, other_spans) = (sketch.spans.unpack(), other.spans.unpack());
    let span =
        |spans: &[[u32; 2]], words: Range<usize>| (spans[words.start][0] as usize, spans[words.end - 1][1] as usize);
    chosen
        .into_iter()
        .map(|(chain, similarity)| {
            let (start, end) = span(&spans, chain.range());
            let (other_start, other_end) = span(&other_spans, chain.other_range());
            let similarity = (similarity * 100.0).round() / 100.0;
            (chain.range(), Passage { start, end, other_start, other_end, similarity })
        })
        .collect()
}

fn apart(left: &Chain, right: &Chain) -> bool {
    let disjoint = |left: Range<usize>, right: Range<usize>| left.end <= right.start || right.end <= left.start;
    disjoint(left.range(), right.range()) && disjoint(left.other_range(), right.other_range())
}

/// Adds a run of two or more words at either end, behind a few that differ: too short for a seed, but plain beside a passage.
fn lengthen(chain: &mut Chain, codes: &[u32], other: &[u32]) -> bool {
    let (range, other_range) = (chain.range(), chain.other_range());
    let before = (1..=EDGE_WORDS_MAX).flat_map(|gap| (0..=gap).map(move |left| (left, gap - left))).find_map(
        |(gap, other_gap)| {
            let end = range.start.checked_sub(gap)?;
            let other_end = other_range.start.checked_sub(other_gap)?;
            let same = codes[..end].iter().rev().zip(other[..other_end].iter().rev());
            let words = same.take_while(|(left, right)| left == right).count();
            (words >= 2).then(|| Run { start: end - words, other_start: other_end - words, words })
        },
    );
    let after = (1..=EDGE_WORDS_MAX).flat_map(|gap| (0..=gap).map(move |left| (left, gap - left))).find_map(
        |(gap, other_gap)| {
            let (start, other_start) = (range.end + gap, other_range.end + other_gap);
            let same = codes.get(start..)?.iter().zip(other.get(other_start..)?);
            let words = same.take_while(|(left, right)| left == right).count();
            (words >= 2).then_some(Run { start, other_start, words })
        },
    );
    if let Some(run) = before {
        chain.runs.insert(0, run);
    }
    if let Some(run) = after {
        chain.runs.push(run);
    }
    before.is_some() || after.is_some()
}

/// Twice the equal words by the words of both sides.
fn similarity(chain: &Chain, codes: &[u32], other: &[u32]) -> f64 {
    let in_runs: usize = chain.runs.iter().map(|run| run.words).sum();
    let in_gaps: usize = chain
        .runs
        .windows(2)
        .map(|pair| {
            common_in_order(&codes[pair[0].end()..pair[1].start], &other[pair[0].other_end()..pair[1].other_start])
        })
        .sum();
    2.0 * (in_runs + in_gaps) as f64 / (chain.range().len() + chain.other_range().len()) as f64
}

/// Length of the longest common subsequence; both sides are gaps, so at most [`GAP_WORDS_MAX`] long.
fn common_in_order(left: &[u32], right: &[u32]) -> usize {
    let mut lengths = vec![0; right.len() + 1];
    for word in left {
        let mut diagonal = 0;
        for (at, other) in right.iter().enumerate() {
            let above = lengths[at + 1];
            lengths[at + 1] = if word == other { diagonal + 1 } else { above.max(lengths[at]) };
            diagonal = above;
        }
    }
    lengths[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::Reading;

    fn passages(left: &str, right: &str) -> Vec<(String, String, f64)> {
        let (left_sketch, right_sketch) = (Reading::of(left).unwrap().sketch, Reading::of(right).unwrap().sketch);
        let cut = |text: &str, start: usize, end: usize| text.chars().skip(start).take(end - start).collect();
        shared(&left_sketch, &ShingleTable::new(&left_sketch.codes), &right_sketch, 10)
            .into_iter()
            .map(|(_, passage)| {
                let left = cut(left, passage.start, passage.end);
                (left, cut(right, passage.other_start, passage.other_end), passage.similarity)
            })
            .collect()
    }

    const SHARED: &str =
        "وأعلنت الهيئة أن الجسر الجديد سيفتح أمام السيارات في نهاية الشهر المقبل بعد اكتمال أعمال الصيانة";

    #[test]
    fn an_equal_passage_has_its_spans() {
        let left = format!("بداية أولى. {SHARED}، ثم كلام آخر.");
        let right = format!("مقدمة مختلفة تماما 😀 «{SHARED}» وانتهى.");
        assert_eq!(passages(&left, &right), [(SHARED.to_owned(), SHARED.to_owned(), 1.0)]);
    }

    #[test]
    fn words_may_differ_inside_and_near_the_ends() {
        let right = SHARED.replace("الهيئة", "البلدية").replace("نهاية", "آخر أيام");
        let found = passages(&format!("س ص {SHARED}"), &format!("ع {right} غ"));
        assert_eq!(found.len(), 1);
        assert!(found[0].0.starts_with("أن الجسر") && found[0].0.ends_with("الصيانة"), "{found:?}");
        assert_eq!(found[0].2, 0.9);
    }

    #[test]
    fn nine_words_are_too_few() {
        let nine = SHARED.split(' ').take(9).collect::<Vec<_>>().join(" ");
        assert!(passages(&format!("{nine} هنا"), &format!("هناك {nine}")).is_empty());
    }

    #[test]
    fn common_words_in_order() {
        assert_eq!(common_in_order(&[1, 2, 3, 4], &[2, 9, 4, 1]), 2);
        assert_eq!(common_in_order(&[], &[1]), 0);
    }
}
