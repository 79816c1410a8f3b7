//! How much two articles have in common: Broder's resemblance and containment on 3-word shingles, counted exactly and never
//! estimated from sketches, so no article is ever called near that is not.

use serde::Serialize;

use crate::shingles::ShingleTable;

/// The measures of a pair, each 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measures {
    /// Shingles that both have.
    pub shared: u32,
    /// Shared shingles by all shingles (Jaccard).
    pub jaccard: f64,
    /// Share of this article's shingles that the other has.
    pub in_other: f64,
    /// Share of the other's shingles that this article has.
    pub of_other: f64,
}

/// What another article is to this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Much the same text.
    Near,
    /// This article has most of the other, and more.
    Contains,
    /// The other has most of this one, and more.
    ContainedIn,
    /// They share passages.
    Passages,
}

impl Measures {
    /// Compares the article of `table` with another one, given by its word codes and its number of different shingles.
    pub fn of(table: &ShingleTable, other: &[u32], other_distinct: u32) -> Self {
        let shared = table.shared(other);
        let ratio = |whole: u32| if whole == 0 { 0.0 } else { f64::from(shared) / f64::from(whole) };
        Measures {
            shared,
            jaccard: ratio(table.distinct() + other_distinct - shared),
            in_other: ratio(table.distinct()),
            of_other: ratio(other_distinct),
        }
    }

    /// Containment of the smaller article in the larger.
    pub fn containment(&self) -> f64 {
        self.in_other.max(self.of_other)
    }

    /// The relation from these thresholds on, if any.
    pub fn relation(&self, jaccard_min: f64, containment_min: f64) -> Option<Relation> {
        if self.jaccard >= jaccard_min {
            Some(Relation::Near)
        } else if self.containment() < containment_min {
            None
        } else if self.in_other > self.of_other {
            Some(Relation::ContainedIn)
        } else {
            Some(Relation::Contains)
        }
    }
}

/// A measure as it is published: two digits, and 1 only for what is whole.
pub fn rounded(measure: f64) -> f64 {
    let rounded = (measure * 100.0).round() / 100.0;
    if rounded >= 1.0 && measure < 1.0 { 0.99 } else { rounded }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shingles::distinct;

    fn measures(left: &[u32], right: &[u32]) -> Measures {
        Measures::of(&ShingleTable::new(left), right, distinct(right))
    }

    #[test]
    fn a_part_is_contained() {
        let whole: Vec<u32> = (0..102).collect();
        let part = &whole[..27];
        assert_eq!(measures(part, &whole), Measures { shared: 25, jaccard: 0.25, in_other: 1.0, of_other: 0.25 });
        assert_eq!(measures(part, &whole).relation(0.5, 0.6), Some(Relation::ContainedIn));
        assert_eq!(measures(&whole, part).relation(0.5, 0.6), Some(Relation::Contains));
        assert_eq!(measures(&whole, &whole).relation(0.5, 0.6), Some(Relation::Near));
    }

    #[test]
    fn nothing_in_common_is_zero() {
        assert_eq!(measures(&[1, 2, 3], &[]).containment(), 0.0);
        assert_eq!(measures(&[], &[]).jaccard, 0.0);
        assert_eq!(measures(&[1, 2, 3, 4], &[5, 6, 7]).relation(0.5, 0.6), None);
    }

    #[test]
    fn only_the_whole_is_one() {
        assert_eq!(rounded(0.999), 0.99);
        assert_eq!(rounded(1.0), 1.0);
        assert_eq!(rounded(0.855), 0.86);
    }
}
