//! Does what a process needs grow over time? Compares the first third of a run with the last.

use std::fmt;
use std::time::Duration;

use crate::running::Sample;

/// Samples over time.
#[derive(Debug, Default)]
pub(super) struct Trend {
    samples: Vec<(Duration, Sample)>,
}

/// The first third and the last, side by side.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// What is compared.
    pub rows: Vec<Row>,
}

/// One quantity.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name, with the unit.
    pub name: &'static str,
    /// Median of the first third and of the last.
    pub medians: [u64; 2],
    /// Largest value of the first third and of the last.
    pub largest: [u64; 2],
    /// By how much the last median may be above the first.
    pub growth_max: u64,
}

/// Below this, a third says nothing.
const SAMPLES_MIN: usize = 5;

/// How to get a quantity, its name, and by how much its median may grow.
type Quantity = (&'static str, u64, fn(&Sample) -> u64);
const QUANTITIES: [Quantity; 4] = [
    ("own memory, KiB", 8 * 1024, |sample| sample.own_kibibytes),
    ("resident memory, KiB", 8 * 1024, |sample| sample.resident_kibibytes),
    ("threads", 2, |sample| sample.threads),
    ("file descriptors", 4, |sample| sample.descriptors),
];

impl Trend {
    /// One look at the process, at this time of the run.
    pub(super) fn add(&mut self, at: Duration, sample: Sample) {
        self.samples.push((at, sample));
    }

    /// `None` if the run was too short.
    pub(super) fn compare(&self, whole: Duration) -> Option<Comparison> {
        let first: Vec<&Sample> =
            self.samples.iter().filter(|(at, _)| *at < whole / 3).map(|(_, sample)| sample).collect();
        let last: Vec<&Sample> =
            self.samples.iter().filter(|(at, _)| *at > whole / 3 * 2).map(|(_, sample)| sample).collect();
        if first.len().min(last.len()) < SAMPLES_MIN {
            return None;
        }
        let row = |(name, growth_max, get): Quantity| {
            let sorted = |third: &[&Sample]| {
                let mut values: Vec<u64> = third.iter().map(|sample| get(sample)).collect();
                values.sort_unstable();
                values
            };
            let thirds = [sorted(&first), sorted(&last)];
            let medians = [0, 1].map(|third| thirds[third][thirds[third].len() / 2]);
            let largest = [0, 1].map(|third| thirds[third][thirds[third].len() - 1]);
            Row { name, medians, largest, growth_max }
        };
        Some(Comparison { rows: QUANTITIES.into_iter().map(row).collect() })
    }
}

impl Comparison {
    /// Nothing grows.
    pub fn is_flat(&self) -> bool {
        self.rows.iter().all(|row| row.medians[1] <= row.medians[0] + row.growth_max)
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Row { name, medians: [first, last], largest: [first_max, last_max], growth_max } in &self.rows {
            writeln!(
                formatter,
                "{name}: median {first} in the first third, {last} in the last (at most {growth_max} more); \
                 largest {first_max}, {last_max}"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_what_grows() {
        let at = |second: u64, threads: u64| (Duration::from_secs(second), Sample { threads, ..Sample::default() });
        let whole = Duration::from_secs(60);
        let flat = Trend { samples: (0..60).map(|second| at(second, 5 + second % 2)).collect() };
        assert!(flat.compare(whole).unwrap().is_flat());
        let growing = Trend { samples: (0..60).map(|second| at(second, second)).collect() };
        assert!(!growing.compare(whole).unwrap().is_flat());
        assert!(Trend::default().compare(whole).is_none());
    }
}
