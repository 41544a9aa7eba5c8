//! From rule results to a decision and its sentence.

use std::sync::Arc;

use frms::rules::RULES;
use frms::{
    Catalogue, Condition, ConditionChange, Decision, Event, Interdiction, SubRuleRef, Term,
    Typology, TypologyError, matches,
};

use crate::{Screening, attempt, outcome, pseudonyms};

const NOW: i64 = 1_767_225_600_000;

fn typology(interdict_at: Option<(u32, Interdiction)>) -> Typology {
    let weights = [(".err", 0), (".x00", 0), (".01", 0), (".02", 100), (".03", 200)];
    let weights = weights.map(|(text, weight)| (text.parse::<SubRuleRef>().unwrap(), weight));
    Typology {
        id: Arc::from("burst@1.0.0"),
        description: "Many payments out of one account".to_owned(),
        alert_at: 100,
        interdict_at,
        terms: vec![Term { rule: "901".to_owned(), weights: weights.to_vec() }],
    }
}

fn catalogue(typology: Typology) -> Result<Catalogue, TypologyError> {
    let rules = RULES.iter().map(|rule| rule.configured().unwrap()).collect();
    Catalogue::new(rules, vec![typology])
}

#[test]
fn thresholds_decide_between_nothing_an_alert_and_an_interdiction() {
    for (interdiction, decisions) in [
        (None, [Decision::Allow; 3]),
        (Some((200, Interdiction::Review)), [Decision::Allow, Decision::Allow, Decision::Review]),
        (Some((200, Interdiction::Block)), [Decision::Allow, Decision::Allow, Decision::Block]),
        (Some((100, Interdiction::Block)), [Decision::Allow, Decision::Block, Decision::Block]),
    ] {
        let mut screening = Screening::of(catalogue(typology(interdiction)).unwrap());
        for (decision, id) in decisions.into_iter().zip(1..) {
            let verdict = screening.attempt(attempt(id, NOW, "ann", "bob"));
            assert_eq!(verdict.decision, decision, "payment {id} under {interdiction:?}");
            assert_eq!(verdict.typologies[0].alert, id > 1);
        }
    }
}

#[test]
fn an_override_lets_pass_what_a_typology_stops_and_the_alert_stays() {
    let block = catalogue(typology(Some((100, Interdiction::Block)))).unwrap();
    let mut screening = Screening::of(block);
    let json = br#"{"evtTp":["all"],"condTp":"override","prsptv":"debtor","condRsn":"known",
        "incptnDtTm":"2026-01-01T00:00:00Z","ntty":{"id":"ann","schmeNm":{"prtry":"MSISDN"}}}"#;
    let condition = Condition::read("known", json, &pseudonyms()).unwrap();
    screening.take(Event::Condition(Arc::new(ConditionChange {
        name: "known".to_owned(),
        condition: Some(Arc::new(condition)),
    })));
    screening.attempt(attempt(1, NOW, "ann", "bob"));
    let verdict = screening.attempt(attempt(2, NOW, "ann", "bob"));
    assert_eq!((verdict.decision, verdict.typologies[0].interdicts), (Decision::Allow, true));
    assert!(verdict.explanation.starts_with("Allowed: the debtor has an override"));
}

#[test]
fn a_sentence_names_rule_value_payments_and_sequence() {
    let mut screening =
        Screening::of(catalogue(typology(Some((200, Interdiction::Block)))).unwrap());
    screening.attempt(attempt(0xa, NOW, "ann", "bob"));
    screening.attempt(attempt(0xb, NOW + 1, "ann", "carol"));
    let verdict = screening.attempt(attempt(0xc, NOW + 2, "ann", "dave"));
    let expected = format!(
        "Blocked before any money was reserved: typology burst@1.0.0 stops with a score of 200; \
         rule 901 counted 3 payments from the debtor's account, this one and {:032x}, {:032x} \
         (stream sequence 3).",
        0xb, 0xa
    );
    assert_eq!(verdict.explanation, expected);
    let quiet = screening.attempt(attempt(0xd, NOW, "zoe", "bob"));
    assert_eq!((quiet.explanation.as_str(), quiet.rules[0].contributors.len()), ("", 0));
}

#[test]
fn a_burst_does_not_pass_by_empty_counters() {
    let mut screening =
        Screening::of(catalogue(typology(Some((200, Interdiction::Block)))).unwrap());
    let decisions: Vec<_> =
        (1..=100).map(|id| screening.attempt(attempt(id, NOW, "ann", "bob")).decision).collect();
    assert_eq!(decisions.iter().filter(|decision| **decision == Decision::Allow).count(), 2);
}

#[test]
fn what_was_blocked_no_longer_counts() {
    let mut screening = Screening::new();
    screening.attempt(attempt(1, NOW, "ann", "bob"));
    screening.take(outcome(1, frms::OutcomeKind::Blocked, NOW));
    assert_eq!(screening.attempt(attempt(2, NOW, "ann", "bob")).rules[0].value, Some(1));
}

#[test]
fn a_typology_that_cannot_do_its_job_is_refused() {
    let good = || typology(Some((200, Interdiction::Block)));
    assert!(catalogue(good()).is_ok());
    let mut unknown = good();
    unknown.terms[0].rule = "999".to_owned();
    assert!(matches!(catalogue(unknown), Err(TypologyError::Rule { .. })));
    for index in 0..5 {
        let mut incomplete = good();
        incomplete.terms[0].weights.remove(index);
        assert!(matches!(catalogue(incomplete), Err(TypologyError::Weight { .. })), "{index}");
    }
    for (alert_at, interdict_at) in [(0, 200), (300, 200), (100, 201)] {
        let threshold = Some((interdict_at, Interdiction::Block));
        let unreachable = Typology { alert_at, ..typology(threshold) };
        assert!(matches!(catalogue(unreachable), Err(TypologyError::Threshold { .. })));
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
