//! Medians, spreads and percentiles, and how they are said.

use std::fmt;
use std::time::Duration;

/// Numbers of several rounds: the median, and the least and the most.
pub struct Spread(Vec<f64>);

impl Spread {
    pub fn of(numbers: impl IntoIterator<Item = f64>) -> Self {
        let mut numbers: Vec<f64> = numbers.into_iter().collect();
        numbers.sort_by(f64::total_cmp);
        Spread(numbers)
    }

    pub fn median(&self) -> f64 {
        self.percentile(50)
    }

    /// By the nearest rank.
    pub fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0[rank - 1]
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = formatter.precision().unwrap_or(0);
        let (least, most) = (self.percentile(0), self.percentile(100));
        write!(formatter, "{:.digits$} ({least:.digits$}..{most:.digits$})", self.median())
    }
}

/// Says p50, p99 and the worst of many times.
pub fn percentiles(times: &[Duration]) -> String {
    let spread = Spread::of(times.iter().map(|time| time.as_secs_f64() * 1000.0));
    let (middle, high, worst) = (spread.median(), spread.percentile(99), spread.percentile(100));
    format!("p50 {middle:.1}, p99 {high:.1}, worst {worst:.1} ms ({} times)", times.len())
}

/// Whether what was asked for is there.
pub fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}
