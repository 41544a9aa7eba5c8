//! A backtest's report as tables.

use std::fmt::Write as _;

use ::frms::{Hits, Report};

use super::test::Outcome;

/// Everything, for a person.
pub(super) fn text(outcome: &Outcome) -> String {
    let report = &outcome.report;
    let mut out = String::new();
    let Outcome { typologies, rule_count, typology_count, replay, records, .. } = outcome;
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{typologies}: {rule_count} rules, {typology_count} typologies");
    let _ = writeln!(out, "{replay}: {} records", grouped(*records));
    section(&mut out, "Payments", &payments(report));
    section(&mut out, "Hits and misses", &confusion(report));
    section(&mut out, "By label", &behaviours(report));
    section(&mut out, "Genuine payments that look like something else", &families(report));
    section(
        &mut out,
        "Payments on which a typology alerted",
        &hits(&report.typologies, "typology"),
    );
    section(&mut out, "Payments on which a rule weighed in an alert", &hits(&report.rules, "rule"));
    stopped(&mut out, outcome);
    out
}

type Rows = Vec<Vec<String>>;

fn payments(report: &Report) -> Rows {
    let row = |what: &str, count: u64, note: String| vec![what.to_owned(), grouped(count), note];
    let per =
        |count: u64| format!("{} per 10,000 payments", per_ten_thousand(count, report.payments));
    let of_genuine = |count: u64| {
        format!("{} per 10,000 genuine payments", per_ten_thousand(count, report.genuine))
    };
    vec![
        row("tried", report.payments, String::new()),
        row("genuine", report.genuine, String::new()),
        row("labelled", report.payments.saturating_sub(report.genuine), worth(report.value)),
        row("alerts raised", report.alerts, per(report.alerts)),
        row("by genuine payments", report.false_alerts, per(report.false_alerts)),
        row("would have been stopped", report.stopped, per(report.stopped)),
        row("genuine ones of them", report.false_stopped, of_genuine(report.false_stopped)),
        vec![
            "value stopped".to_owned(),
            worth(report.value_stopped),
            share(report.value_stopped, report.value),
        ],
        vec![
            "value alerted".to_owned(),
            worth(report.value_alerted),
            share(report.value_alerted, report.value),
        ],
    ]
}

fn confusion(report: &Report) -> Rows {
    let labelled = report.payments.saturating_sub(report.genuine);
    let row = |what: &str, hit: u64, all: u64| {
        let missed = all.saturating_sub(hit);
        vec![what.to_owned(), grouped(hit), grouped(missed), per_cent(hit, all)]
    };
    vec![
        header(&["", "alerted", "not alerted", "alerted of all"]),
        row("labelled", report.true_alerted, labelled),
        row("genuine", report.false_alerted, report.genuine),
        vec![
            "precision".to_owned(),
            per_cent(report.true_alerted, report.alerted),
            String::new(),
            String::new(),
        ],
    ]
}

fn behaviours(report: &Report) -> Rows {
    let names = [
        "label",
        "payments",
        "alerted",
        "missed",
        "episodes",
        "detected",
        "by own typology",
        "stopped",
        "detected of all",
    ];
    let mut rows = vec![header(&names)];
    for (name, found) in &report.behaviours {
        let missed = found.payments.saturating_sub(found.alerted);
        let counts = [
            found.payments,
            found.alerted,
            missed,
            found.episodes,
            found.detected,
            found.detected_by_own,
            found.stopped,
        ];
        let counts = counts.map(grouped);
        let mut row = vec![name.to_string()];
        row.extend(counts);
        row.push(per_cent(found.detected, found.episodes));
        rows.push(row);
    }
    rows
}

fn families(report: &Report) -> Rows {
    let mut rows = vec![header(&["family", "payments", "alerted", "stopped"])];
    for (name, counts) in &report.families {
        let mut row = vec![name.to_string()];
        row.extend(counts.map(grouped));
        rows.push(row);
    }
    rows
}

fn hits<K: ToString>(hits: &std::collections::BTreeMap<K, Hits>, what: &str) -> Rows {
    let mut rows = vec![header(&[what, "labelled", "genuine", "false of all"])];
    for (name, Hits { labelled, genuine }) in hits {
        let all = labelled.saturating_add(*genuine);
        rows.push(vec![
            name.to_string(),
            grouped(*labelled),
            grouped(*genuine),
            per_cent(*genuine, all),
        ]);
    }
    rows
}

fn stopped(out: &mut String, outcome: &Outcome) {
    if outcome.stopped.is_empty() {
        return;
    }
    let shown = outcome.stopped.len();
    let _ = writeln!(out, "\nStopped: {shown} of {}", grouped(outcome.report.stopped));
    for stopped in &outcome.stopped {
        let label = stopped.label.as_deref().unwrap_or("genuine");
        let decision = stopped.decision.as_str();
        let _ = writeln!(out, "  {} {decision} ({label}): {}", stopped.id, stopped.explanation);
    }
}

fn header(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// A title and aligned columns, the first one to the left; nothing where there is only a header.
fn section(out: &mut String, title: &str, rows: &Rows) {
    if rows.len() < 2 {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let mut line = String::new();
        for (place, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let _ = match place {
                0 => write!(line, "  {cell:width$}"),
                _ => write!(line, "  {cell:>width$}"),
            };
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

/// `1,234,567`
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// With one decimal, by whole numbers: `48.3`.
fn ratio(count: u64, all: u64, scale: u128) -> String {
    let tenths = (u128::from(count) * scale * 10).checked_div(u128::from(all));
    tenths.map_or_else(|| "-".to_owned(), |tenths| format!("{}.{}", tenths / 10, tenths % 10))
}

fn per_ten_thousand(count: u64, all: u64) -> String {
    ratio(count, all, 10_000)
}

fn per_cent(count: u64, all: u64) -> String {
    match all {
        0 => "-".to_owned(),
        _ => format!("{} %", ratio(count, all, 100)),
    }
}

fn worth(value: f64) -> String {
    format!("{value:.2}")
}

#[allow(clippy::float_arithmetic, reason = "a share for people")]
fn share(part: f64, whole: f64) -> String {
    match whole > 0.0 {
        true => format!("{:.1} % of what labelled payments are worth", part / whole * 100.0),
        false => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(per_ten_thousand(5, 1_000), "50.0");
        assert_eq!(per_cent(1, 3), "33.3 %");
        assert_eq!((per_cent(0, 0), per_ten_thousand(0, 0)), ("-".to_owned(), "-".to_owned()));
        assert_eq!(share(1.0, 4.0), "25.0 % of what labelled payments are worth");
    }

    #[test]
    fn columns_are_aligned() {
        let mut out = String::new();
        let rows = [["rule", "genuine"], ["901 1.0.0", "1,234"]];
        section(&mut out, "Rules", &rows.map(|row| header(&row)).to_vec());
        assert_eq!(out, "\nRules\n  rule       genuine\n  901 1.0.0    1,234\n");
        let mut empty = String::new();
        section(&mut empty, "Rules", &vec![header(&["rule"])]);
        assert_eq!(empty, "");
    }
}
