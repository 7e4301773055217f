//! The table of figures, and `target/bench.json`.

use serde::Serialize;
use std::path::Path;
use std::time::Duration;

/// A figure.
#[derive(Debug, Serialize)]
struct Row {
    what: String,
    median: f64,
    min: f64,
    max: f64,
    unit: &'static str,
    bound: Option<f64>,
    met: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Table(Vec<Row>);

impl Table {
    /// Adds a figure of several runs; the median is judged.
    pub(crate) fn put(
        &mut self,
        what: impl Into<String>,
        mut values: Vec<f64>,
        unit: &'static str,
        bound: Option<f64>,
    ) {
        values.sort_by(f64::total_cmp);
        let (median, min, max) = (values[values.len() / 2], values[0], values[values.len() - 1]);
        let row = Row {
            what: what.into(),
            median,
            min,
            max,
            unit,
            bound,
            met: bound.is_none_or(|bound| median <= bound),
        };
        let judged = match (row.bound, row.met) {
            (None, _) => String::new(),
            (Some(bound), true) => format!("<= {bound} met"),
            (Some(bound), false) => format!("<= {bound} MISSED"),
        };
        println!("{:<78} {median:>9.2} {unit:<2} {min:>9.2} - {max:<9.2} {judged}", row.what);
        self.0.push(row);
    }

    /// Milliseconds.
    pub(crate) fn times(&mut self, what: &str, times: &[Duration], bound: Option<f64>) {
        self.put(what, times.iter().map(|time| time.as_secs_f64() * 1e3).collect(), "ms", bound);
    }

    /// How many times as long the first of each pair took.
    pub(crate) fn ratios(&mut self, what: &str, pairs: &[(Duration, Duration)], bound: Option<f64>) {
        let ratio = |(ours, bare): &(Duration, Duration)| ours.as_secs_f64() / bare.as_secs_f64();
        self.put(what, pairs.iter().map(ratio).collect(), "x", bound);
    }

    /// The highest of 99 in 100 values.
    pub(crate) fn p99(mut values: Vec<f64>) -> f64 {
        values.sort_by(f64::total_cmp);
        values[(values.len() * 99).div_ceil(100).saturating_sub(1)]
    }

    pub(crate) fn head() {
        println!("{:<78} {:>9}    {:>9} - max", "what", "median", "min");
    }

    /// Writes it as JSON.
    pub(crate) fn write(&self, to: &Path) {
        std::fs::write(to, serde_json::to_vec_pretty(&self.0).unwrap()).unwrap();
        let missed = self.0.iter().filter(|row| !row.met).count();
        println!("{} figures, {missed} bounds missed; written: {}", self.0.len(), to.display());
    }
}
