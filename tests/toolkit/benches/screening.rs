//! Fraud screening on one core: all rules and 31 typologies over a generated stream, two verdicts a paid payment.
//! Payments a second, and how long single events take. `cargo bench -p causeway-toolkit --bench screening`

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a bench may panic, and says what it found in floats"
)]

use std::time::{Duration, Instant};

use causeway_toolkit::generate::{GenerateSettings, records};
use frms::rules::RULES;
use frms::{Catalogue, ConfiguredRule, Engine, Event, RuleName, Semantics};
use serde_json::{Value, json};

/// Payments of the stream; the first half fills the memory and is not measured.
const PAYMENTS: usize = 200_000;
/// Typologies, and rules that each weighs: as many as the peer's.
const TYPOLOGIES: usize = 31;
const TERMS: usize = 12;

fn main() {
    let settings = GenerateSettings::new(7, PAYMENTS);
    let events: Vec<Event> = records(settings).map(|record| record.event()).collect();
    println!("{} events, {PAYMENTS} payments wanted", events.len());
    println!(
        "{:<34} {:>9} {:>8} {:>8} {:>8} {:>8}",
        "", "pay/s", "p50 us", "p99 us", "p99.9", "max"
    );
    measure("standard catalogue", Catalogue::standard().unwrap(), &events);
    measure("all rules, 31 typologies, alerting", all(1), &events);
    measure("all rules, 31 typologies, quiet", all(TERMS), &events);
}

/// Every rule, in typologies that alert from so many terms on.
fn all(alert: usize) -> Catalogue {
    let term = |place: usize| {
        let rule = RULES[place % RULES.len()];
        let id = format!("{}@1.0.0", rule.number);
        let known = ConfiguredRule::standard(RuleName::new(&id, "1.0.0"), rule);
        let outcomes = known.outcomes.iter().enumerate();
        let last = known.outcomes.len() - 1;
        let weights: Vec<Value> = outcomes
            .map(|(place, (outcome, _))| json!({ "ref": outcome, "wght": u8::from(place == last) }))
            .collect();
        json!({ "id": id, "cfg": "1.0.0", "termId": format!("v{}", rule.number), "wghts": weights })
    };
    let typology = |number: usize| {
        let terms: Vec<Value> = (0..TERMS).map(|place| term(number * 2 + place * 5)).collect();
        let mut expression = vec![json!("Add")];
        expression.extend(terms.iter().map(|term| term["termId"].clone()));
        json!({ "cfg": format!("{number:03}@1.0.0"), "workflow": { "alertThreshold": alert },
            "rules": terms, "expression": expression })
    };
    let typologies: Vec<Value> = (0..TYPOLOGIES).map(typology).collect();
    let json = json!({ "typologies": typologies }).to_string();
    Catalogue::read(json.as_bytes(), Semantics::Strict).unwrap()
}

fn measure(name: &str, catalogue: Catalogue, events: &[Event]) {
    let mut engine = Engine::new(catalogue);
    let (warm, measured) = events.split_at(events.len() / 2);
    for (event, sequence) in warm.iter().zip(1..) {
        engine.apply(sequence, event);
    }
    let mut times = Vec::with_capacity(measured.len());
    let mut payments = 0_u32;
    let start = Instant::now();
    for (event, sequence) in measured.iter().zip(1_000_000_000..) {
        let begun = Instant::now();
        engine.apply(sequence, event);
        times.push(begun.elapsed());
        payments += u32::from(matches!(event, Event::Attempt(_)));
    }
    let rate = f64::from(payments) / start.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |part: f64| micros(times[(times.len() as f64 * part) as usize]);
    let max = micros(*times.last().unwrap());
    println!(
        "{name:<34} {rate:>9.0} {:>8.1} {:>8.1} {:>8.1} {max:>8.1}",
        at(0.5),
        at(0.99),
        at(0.999)
    );
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
