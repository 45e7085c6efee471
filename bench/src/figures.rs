//! Times, quantiles, and the table at the end.

use std::fmt;

/// Times in milliseconds.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<f64>);

impl FromIterator<f64> for Times {
    fn from_iter<T: IntoIterator<Item = f64>>(times: T) -> Self {
        let mut times: Vec<f64> = times.into_iter().collect();
        times.sort_by(f64::total_cmp);
        Self(times)
    }
}

impl Times {
    /// Takes others in.
    pub fn add(&mut self, others: Self) {
        self.0.extend(others.0);
        self.0.sort_by(f64::total_cmp);
    }
    /// How many.
    pub fn count(&self) -> usize {
        self.0.len()
    }
    /// The smallest time that so many percent do not exceed.
    pub fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().unwrap_or(f64::NAN)
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "p50 {:.1} · **p95 {:.1}** · p99 {:.1} ms",
            self.percentile(50),
            self.percentile(95),
            self.percentile(99)
        )
    }
}

/// Measured things with their limits, as a Markdown table.
#[derive(Debug, Default)]
pub struct Table {
    missed: usize,
}

impl Table {
    /// Prints the heading.
    pub fn begin(what: &str) -> Self {
        println!("\n| {what} | measured | limit | |\n|---|---|---|---|");
        Self::default()
    }
    /// A figure that must stay within its limit.
    pub fn line(&mut self, what: &str, measured: impl fmt::Display, limit: &str, ok: bool) {
        let verdict = if ok { "ok" } else { "**MISSED**" };
        println!("| {what} | {measured} | {limit} | {verdict} |");
        self.missed += usize::from(!ok);
    }
    /// A figure without a limit.
    pub fn note(&mut self, what: &str, measured: impl fmt::Display) {
        println!("| {what} | {measured} | | |");
    }
    /// How many limits were missed.
    pub fn missed(&self) -> usize {
        self.missed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_by_nearest_rank() {
        let times: Times = (1..=200).rev().map(f64::from).collect();
        let text = times.to_string();
        assert_eq!(text, "p50 100.0 · **p95 190.0** · p99 198.0 ms");
        let one = Times::from_iter([7.0]).to_string();
        assert_eq!(one, "p50 7.0 · **p95 7.0** · p99 7.0 ms");
        assert!(Times::default().percentile(50).is_nan());
        let mut both = Times::from_iter([3.0, 1.0]);
        both.add(Times::from_iter([2.0]));
        assert!((both.percentile(50) - 2.0).abs() < 1e-9);
    }
}
