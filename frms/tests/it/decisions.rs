//! From rule results to a decision and its sentence.

use std::sync::Arc;

use frms::{
    Catalogue, CatalogueError, Condition, ConditionChange, Decision, Event, OutcomeKind, Point,
    Semantics, matches,
};
use serde_json::{Value, json};

use crate::{Screening, attempt, outcome, pseudonyms};

const NOW: i64 = 1_767_225_600_000;

fn typology(alert: u32, interdict: Option<(u32, &str)>) -> Value {
    let weights = [(".err", 0), (".x00", 0), (".01", 0), (".02", 100), (".03", 200)];
    let weights = weights.map(|(outcome, weight)| json!({ "ref": outcome, "wght": weight }));
    let mut workflow = json!({ "alertThreshold": alert });
    if let Some((score, how)) = interdict {
        workflow["interdictionThreshold"] = json!(score);
        workflow["interdiction"] = json!(how);
    }
    json!({
        "cfg": "burst@1.0.0", "desc": "many payments out of one account", "workflow": workflow,
        "rules": [{ "id": "901@1.0.0", "cfg": "1.0.0", "termId": "v901", "wghts": weights }],
        "expression": ["Add", "v901"],
    })
}

fn catalogue(typology: Value) -> Result<Catalogue, CatalogueError> {
    let json = json!({ "typologies": [typology] });
    Catalogue::read(json.to_string().as_bytes(), Semantics::Strict)
}

fn screening(interdict: Option<(u32, &str)>) -> Screening {
    Screening::of(catalogue(typology(100, interdict)).unwrap())
}

#[test]
fn thresholds_decide_between_nothing_an_alert_and_an_interdiction() {
    for (interdiction, decisions) in [
        (None, [Decision::Allow; 3]),
        (Some((200, "review")), [Decision::Allow, Decision::Allow, Decision::Review]),
        (Some((200, "block")), [Decision::Allow, Decision::Allow, Decision::Block]),
        (Some((100, "block")), [Decision::Allow, Decision::Block, Decision::Block]),
    ] {
        let mut screening = screening(interdiction);
        for (decision, id) in decisions.into_iter().zip(1..) {
            let verdict = screening.attempt(attempt(id, NOW, "ann", "bob"));
            assert_eq!(verdict.decision, decision, "payment {id} under {interdiction:?}");
            assert_eq!(verdict.typologies[0].alert, id > 1);
        }
    }
}

#[test]
fn an_override_lets_pass_what_a_typology_stops_and_the_alert_stays() {
    let mut screening = screening(Some((100, "block")));
    let json = br#"{"evtTp":["all"],"condTp":"override","prsptv":"debtor","condRsn":"known",
        "incptnDtTm":"2026-01-01T00:00:00Z","ntty":{"id":"ann","schmeNm":{"prtry":"MSISDN"}}}"#;
    let condition = Condition::read("known", json, &pseudonyms()).unwrap();
    screening.take(Event::Condition(Arc::new(ConditionChange {
        name: "known".to_owned(),
        condition: Some(Arc::new(condition)),
        version: 0,
    })));
    screening.attempt(attempt(1, NOW, "ann", "bob"));
    let verdict = screening.attempt(attempt(2, NOW, "ann", "bob"));
    assert_eq!((verdict.decision, verdict.typologies[0].interdicts), (Decision::Allow, true));
    assert!(verdict.explanation.starts_with("Allowed: the debtor has an override"));
}

#[test]
fn a_sentence_names_rule_value_payments_and_sequence() {
    let mut screening = screening(Some((200, "block")));
    screening.attempt(attempt(0xa, NOW, "ann", "bob"));
    screening.attempt(attempt(0xb, NOW + 1, "ann", "carol"));
    let verdict = screening.attempt(attempt(0xc, NOW + 2, "ann", "dave"));
    let expected = format!(
        "Blocked before any money was reserved: typology burst@1.0.0 (many payments out of one \
         account) stops with a score of 200: rule 901 found 3 payments from the debtor's account, \
         the debtor has made three or more payments in the window, with {:032x}, {:032x} (+200) \
         (stream sequence 3).",
        0xb, 0xa
    );
    assert_eq!(verdict.explanation, expected);
    let quiet = screening.attempt(attempt(0xd, NOW, "zoe", "bob"));
    assert_eq!((quiet.explanation.as_str(), quiet.rules[0].contributors.len()), ("", 0));
}

#[test]
fn a_burst_does_not_pass_by_empty_counters() {
    let mut screening = screening(Some((200, "block")));
    let decisions: Vec<_> =
        (1..=100).map(|id| screening.attempt(attempt(id, NOW, "ann", "bob")).decision).collect();
    assert_eq!(decisions.iter().filter(|decision| **decision == Decision::Allow).count(), 2);
}

#[test]
fn what_was_blocked_no_longer_counts() {
    let mut screening = Screening::new();
    screening.attempt(attempt(1, NOW, "ann", "bob"));
    screening.take(outcome(1, frms::OutcomeKind::Blocked, NOW));
    assert_eq!(screening.attempt(attempt(2, NOW, "ann", "bob")).rules[0].value, Some(1.0));
}

#[test]
fn what_is_paid_is_looked_at_once_more_and_told_then() {
    let mut screening = screening(None);
    let first = screening.attempt(attempt(1, NOW, "ann", "bob"));
    assert_eq!(first.point, Point::BeforeReserve);
    assert_eq!(screening.take_all(outcome(1, OutcomeKind::Committed, NOW)).len(), 1);
    let before = screening.attempt(attempt(2, NOW, "ann", "bob"));
    assert_eq!((before.typologies[0].alert, before.alerts().count()), (true, 0), "nothing paid");
    let after = screening.take_all(outcome(2, OutcomeKind::Committed, NOW));
    assert_eq!(after.len(), 1);
    assert_eq!((after[0].point, after[0].alerts().count()), (Point::AfterCommit, 1));
    assert_eq!(after[0].rules[0].value, Some(2.0), "this one counts once");
    assert!(after[0].explanation.starts_with("Paid, and noticed: typology burst@1.0.0"));
    assert!(screening.take_all(outcome(2, OutcomeKind::Committed, NOW)).is_empty(), "told once");
    let third = screening.attempt(attempt(3, NOW, "ann", "bob"));
    assert!(screening.take_all(outcome(3, OutcomeKind::Aborted, NOW)).is_empty());
    assert_eq!(third.rules[0].value, Some(3.0));
}

#[test]
fn a_question_before_a_quote_is_judged_and_counts_for_nothing() {
    let mut screening = screening(None);
    for id in 1..=5 {
        let asked = frms::Attempt { point: Point::BeforeQuote, ..attempt(id, NOW, "ann", "bob") };
        assert_eq!(screening.attempt(asked).rules[0].value, Some(1.0));
    }
    assert_eq!(screening.attempt(attempt(1, NOW, "ann", "bob")).rules[0].value, Some(1.0));
}

#[test]
fn a_typology_that_cannot_do_its_job_is_refused() {
    let block = Some((200, "block"));
    assert!(catalogue(typology(100, block)).is_ok());
    let mut unknown = typology(100, block);
    unknown["rules"][0]["id"] = json!("999@1.0.0");
    assert!(matches!(catalogue(unknown), Err(CatalogueError::Rule(_))));
    for index in 0..5 {
        let mut incomplete = typology(100, block);
        incomplete["rules"][0]["wghts"].as_array_mut().unwrap().remove(index);
        assert!(matches!(catalogue(incomplete), Err(CatalogueError::Weight { .. })), "{index}");
    }
    for (alert, interdict) in [(0, 200), (300, 200), (100, 201)] {
        let unreachable = catalogue(typology(alert, Some((interdict, "block"))));
        assert!(matches!(unreachable, Err(CatalogueError::Threshold { .. })));
    }
}

#[test]
fn subjects_are_as_documented_and_no_name_is_a_wildcard() {
    let mut sent = attempt(1, NOW, "ann", "bob");
    sent.payer_fsp = "a.b*>c d".to_owned();
    let verdict = Screening::new().attempt(sent.clone());
    let event = Event::Attempt(Arc::new(sent));
    assert_eq!(event.subject("scheme"), "frm.scheme.tx.EUR.a=2eb=2a=3ec=20d");
    let event = Event::Verdict(Arc::clone(&verdict));
    assert_eq!(event.subject(""), "frm.=.verdict.allow");
    let alert = Event::Alert { typology: Arc::from("velocity@1.0.0"), verdict };
    assert_eq!(alert.subject("scheme"), "frm.scheme.alert.velocity@1=2e0=2e0");
    let held = outcome(1, frms::OutcomeKind::Held, NOW);
    assert_eq!(held.subject("scheme"), "frm.scheme.outcome.held");
    assert_eq!(held.message_id().unwrap(), format!("held-{:032x}", 1));
    for (pattern, subject, fits) in [
        ("frm.>", "frm.s.outcome.held", true),
        ("frm.*.outcome.*", "frm.s.outcome.held", true),
        ("frm.*.outcome", "frm.s.outcome.held", false),
        ("frm.s.outcome.held.>", "frm.s.outcome.held", false),
        ("frm.s.verdict.*", "frm.s.outcome.held", false),
        ("*", "frm", true),
    ] {
        assert_eq!(matches(pattern, subject), fits, "{pattern} {subject}");
    }
}
