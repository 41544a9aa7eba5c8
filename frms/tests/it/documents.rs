//! docs/frms-rules.md, held against the rules. With CAUSEWAY_WRITE_DOCS set the table is written anew.

#![allow(clippy::float_arithmetic, reason = "times in larger units")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use frms::rules::{Outcomes, RULES, Rule, Unit};

const BEGIN: &str = "<!-- the table: held by a test against frms/src/rules -->\n";
const END: &str = "<!-- the end of the table -->\n";

/// A number as the table says it: times in the largest unit that fits.
fn said(number: f64, is_time: bool) -> String {
    let units = [
        (2_629_743_000.0, "months"),
        (86_400_000.0, "d"),
        (3_600_000.0, "h"),
        (60_000.0, "min"),
        (1_000.0, "s"),
    ];
    let fits = |&&(ms, _): &&(f64, &str)| is_time && number >= ms && (number / ms).fract() == 0.0;
    match units.iter().find(fits) {
        Some((ms, unit)) => format!("{} {unit}", number / ms),
        None if is_time => format!("{number} ms"),
        None => number.to_string(),
    }
}

fn parameters(rule: &Rule) -> String {
    let one = |(parameter, value): &(frms::rules::Parameter, f64)| {
        let name = parameter.as_str();
        let is_time = name.starts_with("maxQueryRange") || name == "evaluationIntervalTime";
        format!("`{name}` {}", said(*value, is_time))
    };
    rule.parameters.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn outcomes(rule: &Rule) -> String {
    let mut parts = Vec::new();
    match &rule.outcomes {
        Outcomes::Bands(bands) => {
            let is_time = rule.unit == Unit::Milliseconds;
            for ((limit, _), number) in bands.iter().zip(1..) {
                let from = limit.is_finite().then(|| format!(" from {}", said(*limit, is_time)));
                parts.push(format!("`.{number:02}`{}", from.unwrap_or_default()));
            }
        }
        Outcomes::Cases(cases, _) => {
            for ((text, _), number) in cases.iter().zip(1..) {
                parts.push(format!("`.{number:02}` {text}"));
            }
            parts.push("`.00` else".to_owned());
        }
    }
    parts.join(", ")
}

fn table() -> String {
    let mut table = "| rule | name | measures | parameters | outcomes | exits |\n\
        |---|---|---|---|---|---|\n"
        .to_owned();
    for rule in RULES {
        let exits = rule.exits.iter().map(|(number, why)| format!("`.x{number:02}` {why}"));
        let exits = exits.collect::<Vec<_>>().join("; ");
        let (parameters, outcomes) = (parameters(rule), outcomes(rule));
        let Rule { number, name, measures, .. } = rule;
        let _ = writeln!(
            table,
            "| {number} | {name} | {measures} | {parameters} | {outcomes} | {exits} |"
        );
    }
    table
}

#[test]
fn the_page_of_rules_is_what_the_rules_are() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/frms-rules.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let expected = format!("{before}{BEGIN}\n{}\n{END}{after}", table());
    if std::env::var_os("CAUSEWAY_WRITE_DOCS").is_some() {
        fs::write(&path, &expected).unwrap();
        return;
    }
    for (line, should) in page.lines().zip(expected.lines()) {
        assert_eq!(line, should, "CAUSEWAY_WRITE_DOCS=1 cargo test -p frms --test it documents");
    }
    assert_eq!(page.lines().count(), expected.lines().count());
}

/// Every rule whose definition is ours, by its own words, is on the page with it.
#[test]
fn each_proposal_is_written_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("../docs/frms-rules.md")).unwrap();
    let (_, written) = page.split_once("\n## Where ours differs").unwrap();
    let ours = |rule: &&&Rule| {
        let path = root.join(format!("src/rules/r{}.rs", rule.number));
        fs::read_to_string(path).unwrap().contains("this definition is ours")
    };
    let numbers: Vec<&str> = RULES.iter().filter(ours).map(|rule| rule.number).collect();
    assert_eq!(numbers, ["024", "025", "026", "027", "074", "075", "090"]);
    for number in numbers {
        assert!(written.contains(number), "{number}");
    }
}
