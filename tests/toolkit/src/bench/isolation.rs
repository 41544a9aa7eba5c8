//! What silent payees cost the others: two hubs, of which one has silent payees and one has none, are put under the
//! same load in turns. Both see the same machine, and what it does meanwhile falls on both alike.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::figures::{Durations, mb, ms, ratio};
use super::options::BenchOptions;
use super::processes::Resident;
use super::report::faults;
use super::run::{Bench, say};
use crate::ToolkitError;

/// How often each of the two has its turn.
const TURNS: u64 = 4;

/// What it came to, for the transactions whose payee answers in both.
pub(super) struct Isolation {
    rate: u64,
    silent: usize,
    /// End to end where all answer.
    without: Durations,
    /// End to end where some are silent.
    with: Durations,
    /// Of the transactions of all turns.
    errors_without: u64,
    errors_with: u64,
    /// The second hub's memory after its first turn.
    after_first: Resident,
    /// And after its last.
    after_last: Resident,
    /// What failed at either hub and how often, in what is left out as well.
    failures: BTreeMap<String, u64>,
    /// What is wrong with either hub's books.
    pub(super) faults: Vec<String>,
}

/// Measures it, if it is asked for.
///
/// # Errors
/// [`ToolkitError`] if a hub cannot be run.
pub(super) async fn isolation(
    options: &BenchOptions,
    rate: u64,
) -> Result<Option<Isolation>, ToolkitError> {
    let silent = usize::try_from(options.blackhole).unwrap_or(0);
    if silent == 0 {
        return Ok(None);
    }
    let (mut all_answer, mut some_silent) =
        (Bench::start(options).await?, Bench::start(options).await?);
    all_answer.play().leave_out(silent);
    some_silent.play().leave_out(silent);
    some_silent.play().silence(silent);
    let (mut without, mut with) = (Vec::new(), Vec::new());
    let mut after_first = None;
    for turn in 1..=TURNS {
        say(&format!("{rate}/s for {} s, {turn} of {TURNS} in turns", options.seconds));
        without.push(all_answer.run(rate, options.seconds * 1_000).await?);
        with.push(some_silent.run(rate, options.seconds * 1_000).await?);
        if after_first.is_none() {
            after_first = Some(some_silent.resident()?);
        }
    }
    let after_last = some_silent.resident()?;
    let (mut found, mut failures) = (Vec::new(), BTreeMap::new());
    for (hub, bench) in [("without", &all_answer), ("with", &some_silent)] {
        let tally = bench.play().tally();
        found.extend(faults(&bench.books().await?, &tally));
        failures
            .extend(tally.failures.iter().map(|(what, count)| (format!("{hub}, {what}"), *count)));
    }
    Ok(Some(Isolation {
        rate,
        silent,
        errors_without: without.iter().map(|run| run.errors).sum(),
        errors_with: with.iter().map(|run| run.errors).sum(),
        without: Durations::all(without.iter().map(|run| &run.end_to_end)),
        with: Durations::all(with.iter().map(|run| &run.end_to_end)),
        after_first: after_first.unwrap_or(after_last),
        after_last,
        failures,
        faults: found,
    }))
}

impl Isolation {
    pub(super) fn json(&self) -> Value {
        let quantiles = |durations: &Durations| {
            let [p50_ms, p99_ms] = [500, 990].map(|rank| ms(durations.quantile_us(rank)));
            json!({ "p50_ms": p50_ms, "p99_ms": p99_ms })
        };
        json!({
            "rate": self.rate,
            "silent": self.silent,
            "turns": TURNS,
            "transactions": self.with.len(),
            "end_to_end_without": quantiles(&self.without),
            "end_to_end": quantiles(&self.with),
            "p99_ratio": ratio(self.with.quantile_us(990), self.without.quantile_us(990)),
            "errors_without": self.errors_without,
            "errors": self.errors_with,
            "failures": self.failures,
            "rss_after_first_mb": mb(self.after_first.now),
            "rss_after_last_mb": mb(self.after_last.now),
            "rss_mb": mb(self.after_last.peak),
        })
    }

    /// For people.
    pub(super) fn line(&self) -> String {
        let [with, without] = [&self.with, &self.without].map(|one| ms(one.quantile_us(990)));
        format!(
            "  with {} silent payees the others' p99 is {with} ms beside {without} ms; {} failed beside {}; \
             {} MB after the first turn, {} MB after the last",
            self.silent,
            self.errors_with,
            self.errors_without,
            mb(self.after_first.now),
            mb(self.after_last.now),
        )
    }
}
