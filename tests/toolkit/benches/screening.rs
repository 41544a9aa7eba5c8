//! Fraud screening on one core: all rules and 31 typologies over a generated stream, two verdicts a paid payment.
//! Payments a second, and how long single events take, beside the same events without any rule and a bare hash of
//! each. `cargo bench -p causeway-toolkit --bench screening`; with `-- digest` a SHA-256 of every verdict instead, by
//! which two versions are compared.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a bench may panic, and says what it found in floats"
)]

use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use causeway_toolkit::generate::{GenerateSettings, records};
use frms::rules::RULES;
use frms::{Catalogue, ConfiguredRule, Engine, Event, RuleName, Semantics};
use serde_json::{Value, json};

/// Payments of the stream; the first half fills the memory and is not measured.
const PAYMENTS: usize = 200_000;
/// Payments whose verdicts are compared.
const COMPARED: usize = 20_000;
/// Our calibrated typologies.
const BEHAVIOURS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../frms/catalogues/behaviours.json");
/// Typologies, and rules that each weighs: as many as the peer's.
const TYPOLOGIES: usize = 31;
const TERMS: usize = 12;

fn main() {
    let is_digest = std::env::args().any(|argument| argument == "digest");
    let settings = GenerateSettings::new(7, if is_digest { COMPARED } else { PAYMENTS });
    let events: Vec<Event> = records(settings).map(|record| record.event()).collect();
    let catalogues = [
        ("no rule", Catalogue::default()),
        ("standard catalogue", Catalogue::standard().unwrap()),
        ("all rules, 31 typologies, alerting", all(1)),
        ("all rules, 31 typologies, quiet", all(TERMS)),
        ("behaviours, and all other rules", behaviours()),
    ];
    if is_digest {
        return catalogues
            .into_iter()
            .for_each(|(name, catalogue)| digest(name, catalogue, &events));
    }
    println!("{} events, {} payments wanted", events.len(), settings.payments);
    println!("bare SHA-256 of 2 KiB: {:.0} a cpu-s", bare());
    println!(
        "{:<34} {:>9} {:>9} {:>8} {:>8} {:>8} {:>8}",
        "", "pay/cpu-s", "pay/s", "p50 us", "p99 us", "p99.9", "max"
    );
    for (name, catalogue) in catalogues {
        measure(name, catalogue, &events);
    }
}

/// Our calibrated typologies with their rules, and in one more typology every rule that none of them weighs.
fn behaviours() -> Catalogue {
    let mut json: Value = serde_json::from_slice(&std::fs::read(BEHAVIOURS).unwrap()).unwrap();
    let weighed: Vec<String> = json["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["id"].as_str().unwrap()[..3].to_owned())
        .collect();
    let others =
        (0..RULES.len()).filter(|place| !weighed.iter().any(|n| n == RULES[*place].number));
    let others: Vec<Value> = others.map(term).collect();
    let alert = others.len();
    let others = typology("others", others, alert);
    json["typologies"].as_array_mut().unwrap().push(others);
    Catalogue::read(json.to_string().as_bytes(), Semantics::Strict).unwrap()
}

/// What one core of this machine does in the same minute.
fn bare() -> f64 {
    const TIMES: u32 = 300_000;
    let message = [7; 2_048];
    let start = on_cpu();
    for _ in 0..TIMES {
        std::hint::black_box(digest::digest(&digest::SHA256, std::hint::black_box(&message)));
    }
    f64::from(TIMES) / (on_cpu() - start).as_secs_f64()
}

/// What all verdicts of the stream come to.
fn digest(name: &str, catalogue: Catalogue, events: &[Event]) {
    let mut engine = Engine::new(catalogue);
    let mut context = digest::Context::new(&digest::SHA256);
    let mut verdicts = 0_u32;
    for (event, sequence) in events.iter().zip(1..) {
        for verdict in engine.apply(sequence, event) {
            context.update(&serde_json::to_vec(&verdict).unwrap());
            verdicts += 1;
        }
    }
    let bytes = context.finish();
    let text: String = bytes.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    println!("{name:<34} {verdicts:>8} verdicts {text}");
}

/// Every rule, in typologies that alert from so many terms on.
fn all(alert: usize) -> Catalogue {
    let typologies: Vec<Value> = (0..TYPOLOGIES)
        .map(|number| {
            let places = (0..TERMS).map(|place| (number * 2 + place * 5) % RULES.len());
            typology(&format!("{number:03}"), places.map(term).collect(), alert)
        })
        .collect();
    let json = json!({ "typologies": typologies }).to_string();
    Catalogue::read(json.as_bytes(), Semantics::Strict).unwrap()
}

/// A rule that weighs 1 in its last outcome.
fn term(place: usize) -> Value {
    let rule = RULES[place];
    let id = format!("{}@1.0.0", rule.number);
    let known = ConfiguredRule::standard(RuleName::new(&id, "1.0.0"), rule);
    let outcomes = known.outcomes.iter().enumerate();
    let last = known.outcomes.len() - 1;
    let weights: Vec<Value> = outcomes
        .map(|(place, (outcome, _))| json!({ "ref": outcome, "wght": u8::from(place == last) }))
        .collect();
    json!({ "id": id, "cfg": "1.0.0", "termId": format!("v{}", rule.number), "wghts": weights })
}

fn typology(name: &str, terms: Vec<Value>, alert: usize) -> Value {
    let mut expression = vec![json!("Add")];
    expression.extend(terms.iter().map(|term| term["termId"].clone()));
    json!({ "cfg": format!("{name}@1.0.0"), "workflow": { "alertThreshold": alert },
        "rules": terms, "expression": expression })
}

fn measure(name: &str, catalogue: Catalogue, events: &[Event]) {
    let mut engine = Engine::new(catalogue);
    let (warm, measured) = events.split_at(events.len() / 2);
    for (event, sequence) in warm.iter().zip(1..) {
        engine.apply(sequence, event);
    }
    let mut times = Vec::with_capacity(measured.len());
    let mut payments = 0_u32;
    let mut verdicts = 0;
    let (start, cpu) = (Instant::now(), on_cpu());
    for (event, sequence) in measured.iter().zip(1_000_000_000..) {
        let begun = Instant::now();
        verdicts += engine.apply(sequence, event).len();
        times.push(begun.elapsed());
        payments += u32::from(matches!(event, Event::Attempt(_)));
    }
    let rate = f64::from(payments) / start.elapsed().as_secs_f64();
    let by_cpu = f64::from(payments) / (on_cpu() - cpu).as_secs_f64();
    times.sort_unstable();
    let at = |part: f64| micros(times[(times.len() as f64 * part) as usize]);
    let max = micros(*times.last().unwrap());
    assert!(verdicts > 0);
    println!(
        "{name:<34} {by_cpu:>9.0} {rate:>9.0} {:>8.1} {:>8.1} {:>8.1} {max:>8.1}",
        at(0.5),
        at(0.99),
        at(0.999)
    );
}

/// How long this thread has had a core: what others take of it on a shared machine does not count.
fn on_cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
