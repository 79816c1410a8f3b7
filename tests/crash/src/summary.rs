//! The table: for each kind of call how many points were tried, and at how many of them which promise was broken.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::check::Sort;
use crate::sweep::Report;

/// The table of a sweep.
#[derive(Debug, Default)]
pub struct Summary {
    rows: BTreeMap<String, Row>,
}

#[derive(Clone, Debug, Default)]
struct Row {
    points: usize,
    reached: usize,
    broken: BTreeMap<Sort, usize>,
}

impl Summary {
    /// Of these reports.
    pub fn of(reports: &[Report]) -> Self {
        let mut summary = Summary::default();
        for report in reports {
            let name = report.trial.steps.first().map_or("none", |step| step.point.name());
            for row in [name, "all"] {
                summary.rows.entry(row.to_owned()).or_default().add(report);
            }
        }
        summary
    }

    /// How many points were reached: something was done there.
    pub fn reached(&self) -> usize {
        self.rows.get("all").map_or(0, |row| row.reached)
    }
}

impl Row {
    fn add(&mut self, report: &Report) {
        self.points += 1;
        self.reached += usize::from(report.reached.len() == report.trial.steps.len());
        let sorts: BTreeSet<Sort> = report.findings.iter().map(|finding| finding.sort).collect();
        for sort in sorts {
            *self.broken.entry(sort).or_insert(0) += 1;
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:<16} {:>7} {:>7}", "call", "points", "reached")?;
        for sort in Sort::ALL {
            write!(formatter, " {:>9}", sort.heading())?;
        }
        let last = self.rows.iter().filter(|(name, _)| *name == "all");
        for (name, row) in self.rows.iter().filter(|(name, _)| *name != "all").chain(last) {
            write!(formatter, "\n{name:<16} {:>7} {:>7}", row.points, row.reached)?;
            for sort in Sort::ALL {
                write!(formatter, " {:>9}", row.broken.get(&sort).copied().unwrap_or(0))?;
            }
        }
        writeln!(formatter)
    }
}
