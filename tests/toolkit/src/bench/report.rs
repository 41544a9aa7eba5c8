//! The figures: a table for people, and the JSON line that programs read (docs/performance.md says what each means).

use serde_json::{Value, json};

use super::figures::{Durations, cpu_s_per_1000, mb, ms, per_second, quotient, ratio};
use super::isolation::Isolation;
use super::measured::Measured;
use super::options::BenchOptions;
use super::play::Tally;
use super::processes::Resident;
use super::run::{Books, Further, Machine};
use super::screening::Screening;
use crate::ledger_log::Units;

/// All that a bench found out.
pub(super) struct Findings {
    pub(super) rate: u64,
    pub(super) measured: Measured,
    pub(super) machine: Machine,
    pub(super) resident: Resident,
    pub(super) overload: Option<Further>,
    pub(super) isolation: Option<Isolation>,
    pub(super) screening: Option<Screening>,
    pub(super) books: Books,
    pub(super) tally: Tally,
}

/// A lookup, a quote and a transfer: each a request and an answer, each to the hub and on from it.
const EXCHANGES: u64 = 12;
/// Beyond this the generator, and not the hub, is what was measured.
const LAG_P99_US: u64 = 10_000;

impl Findings {
    /// Whether the books are right: every prepare that the hub took was fulfilled and heard of once, and the hub's
    /// positions are what the members paid and received.
    pub(super) fn is_valid(&self) -> bool {
        self.faults().is_empty()
    }

    fn faults(&self) -> Vec<String> {
        let mut found = faults(&self.books, &self.tally);
        found.extend(self.isolation.iter().flat_map(|isolation| isolation.faults.clone()));
        found.extend(self.screening.iter().flat_map(|screening| screening.faults.clone()));
        found
    }

    /// Why the figures say little about the hub.
    fn doubts(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        let lag_us = self.measured.lag.quantile_us(990);
        if lag_us > LAG_P99_US {
            doubts.push(format!("transactions were begun late: p99 {} ms", ms(lag_us)));
        }
        let (before, after) =
            (self.machine.sync_before_us.max(1), self.machine.sync_after_us.max(1));
        if before * 2 > after * 3 || after * 2 > before * 3 {
            doubts.push(format!("the disk changed: {before} us a sync before, {after} us after"));
        }
        doubts
    }

    fn json(&self, options: &BenchOptions) -> Value {
        let mut figures = figures(&self.measured);
        let machine = &self.machine;
        let echo_cpu_us = ratio(machine.echo.server_cpu_us, machine.echo.exchanges);
        let hub_us_per_exchange =
            ratio(self.measured.hub_cpu_us, self.measured.completed * EXCHANGES);
        let more = json!({
            "rss_mb": mb(self.resident.peak),
            "rss_after_mb": mb(self.resident.now),
            "echo_exchanges_per_s": per_second(machine.echo.exchanges, machine.echo.window_us),
            "echo_cpu_us_per_exchange": echo_cpu_us,
            "hub_to_echo_ratio": quotient(hub_us_per_exchange, echo_cpu_us),
            "sync_probe_us": machine.sync_before_us,
            "sync_probe_after_us": machine.sync_after_us,
            "rate": self.rate,
            "seconds": options.seconds,
            "store": options.store.name(),
            "signature": options.signature.name(),
            "confirm_to_payee": options.confirm_to_payee,
            "failures": self.tally.failures,
            "doubts": self.doubts(),
            "void": !self.doubts().is_empty(),
            "faults": self.faults(),
            "valid": self.is_valid(),
        });
        append(&mut figures, more);
        if let Some(overload) = &self.overload {
            append(&mut figures, json!({ "overload": self.overload_figures(overload) }));
        }
        if let Some(isolation) = &self.isolation {
            append(&mut figures, json!({ "blackhole": isolation.json() }));
        }
        if let Some(screening) = &self.screening {
            append(&mut figures, json!({ "screening": screening.json() }));
        }
        figures
    }

    /// What is completed of too much, beside the sustained rate.
    fn overload_figures(&self, overload: &Further) -> Value {
        let peak = per_second(self.measured.completed, self.measured.window_us);
        let good = per_second(overload.measured.completed, overload.measured.window_us);
        let mut figures = figures(&overload.measured);
        append(&mut figures, json!({ "goodput_ratio": quotient(good, peak) }));
        append(&mut figures, memory(overload));
        figures
    }
}

/// What is wrong with a hub's books: every prepare that it took was fulfilled and heard of once, and its positions are
/// what the members paid and received, or not.
pub(super) fn faults(books: &Books, tally: &Tally) -> Vec<String> {
    let Tally { prepares, fulfils, commits, duplicates, positions, .. } = tally;
    let mut faults = Vec::new();
    if prepares != fulfils || fulfils != commits {
        faults.push(format!("{prepares} prepares, {fulfils} fulfils, {commits} commits heard of"));
    }
    if *duplicates > 0 {
        faults.push(format!("{duplicates} messages came twice"));
    }
    for (member, expected) in positions.iter().enumerate() {
        let expected = Units::parse(&expected.to_string()).ok();
        if books.positions.get(member).copied() != expected {
            faults.push(format!("the position of dfsp{} is not what it paid", member + 1));
        }
    }
    let sum = books.positions.iter().fold(Units::default(), |sum, one| sum + *one);
    if !sum.is_zero() {
        faults.push(format!("the positions' sum is {sum}"));
    }
    faults
}

/// The figures of one run.
fn figures(measured: &Measured) -> Value {
    json!({
        "completed_per_s": per_second(measured.completed, measured.window_us),
        "offered_per_s": per_second(measured.offered, measured.window_us),
        "errors": measured.errors,
        "transactions": measured.offered,
        "completed": measured.completed,
        "hub_cpu_s_per_1000": cpu_s_per_1000(measured.hub_cpu_us, measured.completed),
        "toolkit_cpu_s_per_1000": cpu_s_per_1000(measured.toolkit_cpu_us, measured.completed),
        "hub_cores": ratio(measured.hub_cpu_us, measured.window_us),
        "toolkit_cores": ratio(measured.toolkit_cpu_us, measured.window_us),
        "stages": {
            "lookup": stage(&measured.lookup),
            "quote": stage(&measured.quote),
            "transfer": stage(&measured.transfer),
        },
        "end_to_end": stage(&measured.end_to_end),
        "syncs_per_transaction": ratio(measured.syncs, measured.completed),
        "generator_lag_p99_ms": ms(measured.lag.quantile_us(990)),
    })
}

fn memory(further: &Further) -> Value {
    json!({
        "rate": further.rate,
        "rss_before_mb": mb(further.before.now),
        "rss_after_mb": mb(further.after.now),
        "rss_mb": mb(further.after.peak),
    })
}

fn append(figures: &mut Value, more: Value) {
    if let (Some(figures), Value::Object(mut more)) = (figures.as_object_mut(), more) {
        figures.append(&mut more);
    }
}

/// Prints the figures; the last line is the JSON.
pub(super) fn print(findings: &Findings, options: &BenchOptions) {
    if !options.json {
        println!("{}", text(findings));
    }
    println!("{}", findings.json(options));
}

/// One try of the search.
pub(super) fn line(measured: &Measured, sustained: bool) -> String {
    format!(
        "{} completed/s, end to end p99 {} ms, {} errors, hub {} cpu-s per 1,000: {}",
        per_second(measured.completed, measured.window_us),
        ms(measured.end_to_end.quantile_us(990)),
        measured.errors,
        cpu_s_per_1000(measured.hub_cpu_us, measured.completed),
        if sustained { "sustained" } else { "not sustained" },
    )
}

fn stage(durations: &Durations) -> Value {
    json!({
        "p50_ms": ms(durations.quantile_us(500)),
        "p99_ms": ms(durations.quantile_us(990)),
        "p999_ms": ms(durations.quantile_us(999)),
    })
}

fn text(findings: &Findings) -> String {
    let measured = &findings.measured;
    let mut lines = vec![
        String::new(),
        format!(
            "  {:>10}  full transactions a second ({} offered, {} failed)",
            per_second(measured.completed, measured.window_us),
            per_second(measured.offered, measured.window_us),
            measured.errors
        ),
        format!(
            "  {:>10}  hub cpu-s per 1,000 ({} of the cores; DFSPs and generator {})",
            cpu_s_per_1000(measured.hub_cpu_us, measured.completed),
            ratio(measured.hub_cpu_us, measured.window_us),
            ratio(measured.toolkit_cpu_us, measured.window_us)
        ),
        format!("  {:>10}  MB resident at most", mb(findings.resident.peak)),
        format!("  {:>10}  syncs a transaction", ratio(measured.syncs, measured.completed)),
        String::new(),
        format!("  {:<12} {:>9} {:>9} {:>9}   ms", "stage", "p50", "p99", "p99.9"),
    ];
    let stages = [
        ("lookup", &measured.lookup),
        ("quote", &measured.quote),
        ("transfer", &measured.transfer),
        ("end to end", &measured.end_to_end),
        ("begun late", &measured.lag),
    ];
    lines.extend(stages.map(|(name, durations)| {
        let [p50, p99, p999] = [500, 990, 999].map(|rank| ms(durations.quantile_us(rank)));
        format!("  {name:<12} {p50:>9.3} {p99:>9.3} {p999:>9.3}")
    }));
    lines.push(String::new());
    lines.push(format!(
        "  the machine: {} echo exchanges/s at {} us of the server's cpu, {} us a sync",
        per_second(findings.machine.echo.exchanges, findings.machine.echo.window_us),
        ratio(findings.machine.echo.server_cpu_us, findings.machine.echo.exchanges),
        findings.machine.sync_before_us
    ));
    lines.extend(further(findings));
    let failures = findings.tally.failures.iter();
    lines.extend(failures.map(|(what, count)| format!("  {count:>10}  {what}")));
    lines.extend(findings.doubts().iter().map(|doubt| format!("  void: {doubt}")));
    lines.extend(findings.faults().iter().map(|fault| format!("  WRONG: {fault}")));
    if findings.is_valid() {
        lines.push(
            "  the books are right: prepares = fulfils = commits, positions agree".to_owned(),
        );
    }
    lines.join("\n")
}

/// The runs beside the main one.
fn further(findings: &Findings) -> Vec<String> {
    let peak = per_second(findings.measured.completed, findings.measured.window_us);
    let mut lines = Vec::new();
    if let Some(Further { rate, measured, after, .. }) = &findings.overload {
        let good = per_second(measured.completed, measured.window_us);
        let (part, peak_mb) = (quotient(good, peak), mb(after.peak));
        lines.push(format!(
            "  at {rate}/s: {good} completed a second, {part} of the sustained rate, {} failed, {peak_mb} MB",
            measured.errors
        ));
    }
    lines.extend(findings.isolation.as_ref().map(Isolation::line));
    lines.extend(findings.screening.as_ref().map(Screening::line));
    lines
}
