//! What our typologies find in labelled payments, as a table: `causeway-toolkit evaluate`.

#![allow(clippy::float_arithmetic, reason = "statistics; no money is counted with them")]
#![allow(clippy::cast_precision_loss, reason = "counts of payments")]

use std::path::PathBuf;

use clap::Args;
use frms::{Backtest, Catalogue, Record, Report, Semantics};
use serde::Serialize;

use self::strongest::{Found, LOOKED_AT, Spoken};
use crate::ToolkitError;
use crate::generate::{GenerateSettings, records};
use crate::generate_published::{self, After};

pub mod strongest;

/// What to evaluate, and on what.
#[derive(Debug, Args)]
pub struct EvaluateOptions {
    /// Where all draws begin; seeds 1 to 9 were for calibration.
    #[arg(long, default_value_t = 11)]
    pub seed: u64,
    /// About how many payments of the first generator.
    #[arg(long, default_value_t = 1_000_000)]
    pub payments: usize,
    /// The second generator instead.
    #[arg(long, value_enum)]
    pub after: Option<After>,
    /// A catalogue instead of our own.
    #[arg(long)]
    pub catalogue: Option<PathBuf>,
    /// For programs.
    #[arg(long)]
    pub json: bool,
}

/// Runs, and prints.
///
/// # Errors
/// The catalogue cannot be read.
pub fn evaluate(options: &EvaluateOptions) -> Result<bool, ToolkitError> {
    let failed = |error: &dyn std::fmt::Display| ToolkitError::Message(error.to_string());
    let catalogue = match &options.catalogue {
        None => Catalogue::standard().map_err(|error| failed(&error))?,
        Some(path) => {
            let bytes = std::fs::read(path).map_err(|error| failed(&error))?;
            Catalogue::read(&bytes, Semantics::Strict).map_err(|error| failed(&error))?
        }
    };
    let evaluation = match options.after {
        None => run(catalogue, records(GenerateSettings::new(options.seed, options.payments))),
        Some(after) => run(catalogue, generate_published::generate(after, options.seed)),
    };
    match options.json {
        true => println!("{}", serde_json::to_string_pretty(&evaluation).map_err(|e| failed(&e))?),
        false => print(&evaluation),
    }
    Ok(true)
}

/// What a catalogue finds.
#[derive(Debug, Serialize)]
pub struct Evaluation {
    /// With its thresholds.
    #[serde(flatten)]
    pub report: Report,
    /// By the strongest of its alerts, [`LOOKED_AT`] in 10,000 payments.
    pub strongest: Found,
}

/// What a catalogue finds in these records.
pub fn run(catalogue: Catalogue, records: impl Iterator<Item = Record>) -> Evaluation {
    let mut spoken = Spoken::new(&catalogue);
    let mut backtest = Backtest::new(catalogue);
    for record in records {
        let verdicts = backtest.take(&record);
        spoken.take(&record, &verdicts);
    }
    Evaluation { report: backtest.finish(), strongest: spoken.finish() }
}

fn print(evaluation: &Evaluation) {
    let Evaluation { report, strongest } = evaluation;
    print_totals(report);
    print_strongest(report, strongest);
    print_behaviours(report, strongest);
    println!();
    println!("typology      payments with an alert: labelled   genuine");
    for (name, hits) in &report.typologies {
        println!("{name:<40} {:>8} {:>9}", hits.labelled, hits.genuine);
    }
    println!();
    println!("looks alike                    payments   alerted   stopped");
    for (name, [payments, alerted, stopped]) in &report.families {
        println!("{name:<30} {payments:>8} {alerted:>9} {stopped:>9}");
    }
}

fn per(count: u64, of: u64) -> f64 {
    count as f64 * 10_000.0 / of.max(1) as f64
}

fn part(count: f64, of: f64) -> f64 {
    if of > 0.0 { 100.0 * count / of } else { 0.0 }
}

fn percent(what: &str, count: f64, of: f64) {
    println!("{what:<32}{:>9.1} %", part(count, of));
}

fn print_totals(report: &Report) {
    let labelled = report.payments - report.genuine;
    println!("payments                        {:>10}", report.payments);
    println!("  labelled                      {labelled:>10}");
    println!("alerts in 10,000 payments       {:>10.1}", per(report.alerts, report.payments));
    println!("  false, in 10,000 genuine      {:>10.1}", per(report.false_alerts, report.genuine));
    let precise = report.alerts - report.false_alerts;
    percent("precision of alerts", precise as f64, report.alerts as f64);
    percent("recall of payments", report.true_alerted as f64, labelled as f64);
    percent("recall of value", report.value_alerted, report.value);
    percent("value stopped", report.value_stopped, report.value);
    println!("false stops in 10,000 genuine   {:>10.2}", per(report.false_stopped, report.genuine));
}

fn print_strongest(report: &Report, found: &Found) {
    let labelled = report.payments - report.genuine;
    let precise = found.alerts - found.false_alerts;
    println!();
    println!("of these the strongest alone, at most {LOOKED_AT} alerts in 10,000 payments");
    println!("  score by threshold, at least  {:>10.2}", found.strength);
    println!("  alerts in 10,000 payments     {:>10.1}", per(found.alerts, report.payments));
    percent("  precision of alerts", precise as f64, found.alerts as f64);
    percent("  recall of payments", found.true_alerted as f64, labelled as f64);
    percent("  recall of value", found.value_alerted, report.value);
}

fn print_behaviours(report: &Report, strongest: &Found) {
    println!();
    println!(
        "behaviour             episodes  found  strongest  by own  stopped  payments to  minutes to"
    );
    for (name, found) in &report.behaviours {
        let rate = |count: u64| part(count as f64, found.episodes as f64);
        let mean = |sum: u64| sum as f64 / found.detected.max(1) as f64;
        println!(
            "{name:<20} {:>9} {:>5.0}% {:>9.0}% {:>6.0}% {:>7.0}% {:>12.1} {:>11.0}",
            found.episodes,
            rate(found.detected),
            rate(strongest.detected.get(name).copied().unwrap_or(0)),
            rate(found.detected_by_own),
            rate(found.stopped),
            mean(found.payments_to_detection),
            mean(found.seconds_to_detection) / 60.0,
        );
    }
}
