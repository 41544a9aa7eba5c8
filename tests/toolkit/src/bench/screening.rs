//! What fraud screening costs the hub: two hubs, of which one screens each payment before it reserves and after it
//! commits, are put under the same load in turns. Both see the same machine, and what it does meanwhile falls on both.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::figures::{Durations, cpu_s_per_1000, mb, ms, quotient};
use super::measured::Measured;
use super::options::BenchOptions;
use super::processes::Resident;
use super::report::faults;
use super::run::{Bench, say};
use crate::ToolkitError;
use crate::limits::BENCH_PARTIES;

/// How often each of the two has its turn.
const TURNS: u64 = 3;
/// Parties of each member, by the rate: so many that people pay now and then, and not every second.
const PARTIES_BY_RATE: u64 = 20;
const PARTIES_MIN: u64 = 1_000;

/// What the hub screens with.
pub(super) enum Catalogue {
    /// The shipped one.
    Standard,
    /// This one.
    Given(Value),
}

/// What it came to.
pub(super) struct Screening {
    rate: u64,
    typologies: usize,
    without: Turns,
    with: Turns,
    /// The screening hub's verdicts by decision, and attempts without one by reason.
    verdicts: BTreeMap<String, u64>,
    /// What is wrong with either hub's books.
    pub(super) faults: Vec<String>,
}

/// One hub's turns.
struct Turns {
    runs: Vec<Measured>,
    resident: Resident,
}

/// Measures it, if it is asked for.
///
/// # Errors
/// [`ToolkitError`] if the catalogue cannot be read or a hub cannot be run.
pub(super) async fn screening(
    options: &BenchOptions,
    rate: u64,
) -> Result<Option<Screening>, ToolkitError> {
    let Some(path) = &options.screening else { return Ok(None) };
    let catalogue = Catalogue::read(path)?;
    let parties = (rate * PARTIES_BY_RATE).clamp(PARTIES_MIN, BENCH_PARTIES);
    let mut plain = Bench::with(options, parties, None).await?;
    let mut screening = Bench::with(options, parties, Some(&catalogue)).await?;
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for turn in 1..=TURNS {
        say(&format!("{rate}/s for {} s, {turn} of {TURNS} in turns", options.seconds));
        without.push(plain.run(rate, options.seconds * 1_000).await?);
        with.push(screening.run(rate, options.seconds * 1_000).await?);
    }
    let mut found = faults(&plain.books().await?, &plain.play().tally());
    found.extend(faults(&screening.books().await?, &screening.play().tally()));
    Ok(Some(Screening {
        rate,
        typologies: catalogue.typologies(),
        without: Turns { runs: without, resident: plain.resident()? },
        with: Turns { runs: with, resident: screening.resident()? },
        verdicts: screening.counts("causeway_screening_total").await?,
        faults: found,
    }))
}

impl Catalogue {
    /// Reads a catalogue without its thresholds of interdiction; the shipped one where none is named.
    fn read(path: &Path) -> Result<Catalogue, ToolkitError> {
        if path.as_os_str().is_empty() {
            return Ok(Catalogue::Standard);
        }
        let failed = |source| ToolkitError::io(path.display().to_string(), source);
        let bytes = std::fs::read(path).map_err(failed)?;
        let mut json: Value = serde_json::from_slice(&bytes).map_err(|error| {
            ToolkitError::Message(format!("{} is no catalogue: {error}", path.display()))
        })?;
        let typologies = json["typologies"].as_array_mut().into_iter().flatten();
        for workflow in typologies.filter_map(|typology| typology["workflow"].as_object_mut()) {
            workflow.remove("interdictionThreshold");
        }
        Ok(Catalogue::Given(json))
    }

    fn typologies(&self) -> usize {
        match self {
            Catalogue::Standard => 1,
            Catalogue::Given(json) => json["typologies"].as_array().map_or(0, Vec::len),
        }
    }
}

impl Turns {
    fn cpu_s_per_1000(&self) -> f64 {
        let sum = |of: fn(&Measured) -> u64| self.runs.iter().map(of).sum();
        cpu_s_per_1000(sum(|run| run.hub_cpu_us), sum(|run| run.completed))
    }

    fn json(&self) -> Value {
        let transfer = Durations::all(self.runs.iter().map(|run| &run.transfer));
        let each = self.runs.iter().map(|run| cpu_s_per_1000(run.hub_cpu_us, run.completed));
        let sum = |of: fn(&Measured) -> u64| self.runs.iter().map(of).sum::<u64>();
        json!({
            "hub_cpu_s_per_1000": self.cpu_s_per_1000(),
            "each_turn": each.collect::<Vec<f64>>(),
            "transactions": sum(|run| run.offered),
            "errors": sum(|run| run.errors),
            "syncs": sum(|run| run.syncs),
            "transfer_p50_ms": ms(transfer.quantile_us(500)),
            "transfer_p99_ms": ms(transfer.quantile_us(990)),
            "rss_mb": mb(self.resident.peak),
        })
    }
}

impl Screening {
    fn ratio(&self) -> f64 {
        quotient(self.with.cpu_s_per_1000(), self.without.cpu_s_per_1000())
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "rate": self.rate,
            "turns": TURNS,
            "typologies": self.typologies,
            "without": self.without.json(),
            "with": self.with.json(),
            "cpu_ratio": self.ratio(),
            "verdicts": self.verdicts,
        })
    }

    /// For people.
    pub(super) fn line(&self) -> String {
        format!(
            "  with screening ({} typologies) {} hub cpu-s per 1,000 beside {} without: {} times; {:?}",
            self.typologies,
            self.with.cpu_s_per_1000(),
            self.without.cpu_s_per_1000(),
            self.ratio(),
            self.verdicts,
        )
    }
}
