//! What nobody should send: no panic, no number that is none, and nothing counted twice.

use std::sync::Arc;

use frms::{
    Attempt, Catalogue, Decision, Event, Outcome, OutcomeKind, PaymentId, Place, Point, Reach,
    Semantics, TermsHash, Units, Verdict,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{DAY_MS, Screening, attempt, outcome};

const NOW: i64 = 20_000 * DAY_MS;

/// A catalogue that weighs every outcome of every rule, so that all are measured and named.
fn everything() -> Catalogue {
    let rules: Vec<Value> = frms::rules::RULES
        .iter()
        .map(|rule| {
            let name = frms::RuleName::new(&format!("{}@1.0.0", rule.number), "1.0.0");
            let outcomes = frms::ConfiguredRule::standard(name, rule).outcomes;
            let weights: Vec<Value> =
                outcomes.iter().map(|(outcome, _)| json!({ "ref": outcome, "wght": 1 })).collect();
            json!({ "id": format!("{}@1.0.0", rule.number), "cfg": "1.0.0",
                "termId": format!("v{}", rule.number), "wghts": weights })
        })
        .collect();
    let mut expression = vec![json!("Add")];
    expression.extend(rules.iter().map(|rule| rule["termId"].clone()));
    let json = json!({ "typologies": [{ "cfg": "all@1.0.0",
        "workflow": { "alertThreshold": 1 }, "rules": rules, "expression": expression }] });
    Catalogue::read(json.to_string().as_bytes(), Semantics::Strict).unwrap()
}

fn value(verdict: &Verdict, rule: &str) -> Option<f64> {
    verdict.rule(rule).unwrap().value
}

fn finite(verdict: &Verdict) {
    let values = verdict.rules.iter().filter_map(|result| result.value);
    let scores = verdict.typologies.iter().map(|typology| typology.score);
    assert!(values.chain(scores).all(f64::is_finite), "{verdict:?}");
}

#[test]
fn ten_thousand_attempts_under_one_id_are_one() {
    let mut screening = Screening::of(everything());
    for number in 0..10_000_u32 {
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&number.to_be_bytes());
        let who = format!("a{}", number % 50);
        let sent = Attempt { hash: TermsHash(hash), ..attempt(1, NOW, &who, "bob") };
        finite(&screening.attempt(sent));
    }
    let during = screening.attempt(attempt(2, NOW, "a1", "bob"));
    assert_eq!((value(&during, "901"), value(&during, "902")), (Some(1.0), Some(2.0)));
    screening.take(outcome(1, OutcomeKind::Committed, NOW));
    screening.take(outcome(1, OutcomeKind::Committed, NOW));
    let after = screening.attempt(attempt(3, NOW, "a0", "bob"));
    assert_eq!((value(&after, "044"), value(&after, "045")), (Some(2.0), Some(2.0)));
    assert_eq!(value(&after, "030"), Some(2.0));
}

#[test]
fn an_outcome_told_to_the_features_twice_counts_once_everywhere() {
    let paid = attempt(1, NOW, "ann", "bob");
    let mut features = frms::Features::new(Reach { recent_ms: DAY_MS, peak_ms: DAY_MS });
    for _ in 0..3 {
        features.ended(&paid, OutcomeKind::Committed, false);
    }
    let ann = features.account(paid.debtor.unwrap().account).unwrap();
    let bob = paid.creditor.unwrap().account;
    assert_eq!((ann.outgoing.paid, ann.outgoing.counterparties.count(bob.short())), (1, 1));
    features.ended(&paid, OutcomeKind::Aborted, false);
    let bob = features.account(bob).unwrap();
    assert_eq!((bob.incoming.paid, bob.incoming.recent.after(i64::MIN).count()), (1, 1));
}

#[test]
fn an_outcome_before_its_attempt_gives_both_verdicts_at_once() {
    let mut screening = Screening::of(everything());
    assert!(screening.take_all(outcome(1, OutcomeKind::Committed, NOW)).is_empty());
    let sent = Event::Attempt(Arc::new(attempt(1, NOW, "ann", "bob")));
    let points: Vec<Point> = screening.take_all(sent).iter().map(|verdict| verdict.point).collect();
    assert_eq!(points, [Point::BeforeReserve, Point::AfterCommit]);
    let next = screening.attempt(attempt(2, NOW, "ann", "bob"));
    assert_eq!((value(&next, "044"), value(&next, "901")), (Some(2.0), Some(2.0)));
}

/// The switch refuses an amount below or of 0 before anybody screens it; here it is a number like any.
#[test]
fn amounts_at_the_limits_are_numbers() {
    let amounts = [i128::MIN, i128::from(i64::MIN), -1, 0, 1, i128::from(i64::MAX), i128::MAX];
    let mut screening = Screening::of(everything());
    let mut id = 0;
    for first in amounts {
        for second in amounts {
            for units in [first, second] {
                id += 1;
                let sent = Attempt { units: Units(units), ..attempt(id, NOW, "ann", "ann") };
                finite(&screening.attempt(sent));
                let after = screening.take(outcome(id, OutcomeKind::Committed, NOW)).unwrap();
                finite(&after);
            }
        }
    }
}

#[test]
fn a_clock_that_goes_back_makes_no_negative_time() {
    let mut screening = Screening::of(everything());
    for (at_ms, id) in [NOW, NOW - 5, NOW - DAY_MS, i64::MAX, i64::MIN, 0, -1].into_iter().zip(1..)
    {
        let verdict = screening.attempt(attempt(id, at_ms, "ann", "bob"));
        finite(&verdict);
        finite(&screening.take(outcome(id, OutcomeKind::Committed, at_ms)).unwrap());
        for rule in ["001", "003", "004", "076", "610"] {
            assert!(value(&verdict, rule).unwrap_or(0.0) >= 0.0, "{rule} at {at_ms}");
        }
    }
}

#[test]
fn a_payment_to_oneself_counts_once_on_each_side() {
    let mut screening = Screening::of(everything());
    let own = |id| Attempt {
        creditor: attempt(1, NOW, "ann", "x").debtor,
        ..attempt(id, NOW, "ann", "x")
    };
    let first = screening.attempt(own(1));
    let after = screening.take(outcome(1, OutcomeKind::Committed, NOW)).unwrap();
    for verdict in [&first, &after] {
        let values = ["002", "016", "017", "044", "045"].map(|rule| value(verdict, rule).unwrap());
        assert_eq!(values, [0.0, 1.0, 1.0, 1.0, 1.0]);
    }
    let second = screening.attempt(own(2));
    let values = ["002", "016", "017", "044", "045"].map(|rule| value(&second, rule).unwrap());
    assert_eq!(values, [1.0, 2.0, 2.0, 2.0, 2.0]);
}

#[test]
fn a_burst_within_a_second_is_seen_though_nothing_is_paid_yet() {
    let mut screening = Screening::of(everything());
    for id in 1..=100 {
        let at_ms = NOW + i64::try_from(id).unwrap() * 10;
        let verdict = screening.attempt(attempt(id, at_ms, "ann", "bob"));
        let known = f64::from(u32::try_from(id.min(65)).unwrap());
        for rule in ["016", "017", "606", "901", "902"] {
            assert_eq!(value(&verdict, rule), Some(known), "{rule}, payment {id}");
        }
        assert_eq!(verdict.decision, Decision::Allow, "laundering rules alone stop nothing");
    }
}

/// What may come over a stream.
fn events() -> impl Strategy<Value = Vec<Event>> {
    let time = prop_oneof![
        8 => NOW - 100 * DAY_MS..NOW + DAY_MS,
        1 => Just(i64::MIN), 1 => Just(i64::MAX), 1 => any::<i64>(),
    ];
    let units = prop_oneof![
        6 => 0_i128..200_000_000, 1 => any::<i128>(), 1 => Just(i128::MIN), 1 => Just(i128::MAX),
    ];
    let who = prop_oneof![Just("-"), Just("ann"), Just("bob"), Just("cy"), Just("dan")];
    let currency = prop_oneof![Just("EUR"), Just("USD"), Just(""), Just("é€")];
    let place = prop::option::of(
        (any::<i32>(), any::<i32>())
            .prop_map(|(latitude_e5, longitude_e5)| Place { latitude_e5, longitude_e5 }),
    );
    let text = prop::option::of("[a-z]{0,200}");
    let parts = (1..40_u128, time.clone(), units, (who.clone(), who), currency, place, text);
    let attempts =
        parts.prop_map(|(id, at_ms, units, (debtor, creditor), currency, place, text)| {
            let description = text.as_deref().map(|text| crate::pseudonyms().disguise(text));
            let mut sent = attempt(id, at_ms, debtor, creditor);
            // The same account on both sides, every now and then.
            sent.creditor = if id % 3 == 0 { sent.debtor } else { sent.creditor };
            sent.point = if id % 7 == 0 { Point::BeforeQuote } else { Point::BeforeReserve };
            let (units, currency) = (Units(units), currency.to_owned());
            let (category, debtor_age_years) = (text, u16::try_from(id).ok());
            let more = Attempt { units, currency, category, debtor_age_years, ..sent };
            Event::Attempt(Arc::new(Attempt { place, description, ..more }))
        });
    let kind = prop_oneof![
        4 => Just(OutcomeKind::Committed), 1 => Just(OutcomeKind::Aborted),
        1 => Just(OutcomeKind::Expired), 1 => Just(OutcomeKind::Held),
        1 => Just(OutcomeKind::Released), 1 => Just(OutcomeKind::Blocked),
    ];
    let outcomes = (1..40_u128, kind, time)
        .prop_map(|(id, kind, at_ms)| Event::Outcome(Outcome { id: PaymentId(id), kind, at_ms }));
    prop::collection::vec(prop_oneof![3 => attempts, 2 => outcomes], 0..150)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_events_panic_and_all_numbers_are_numbers(events in events()) {
        let mut screening = Screening::of(everything());
        for event in events {
            for verdict in screening.take_all(event) {
                finite(&verdict);
                let id = verdict.id;
                let named = verdict.rules.iter().flat_map(|result| &result.contributors);
                prop_assert!(named.into_iter().all(|contributor| *contributor != id));
            }
        }
    }
}
