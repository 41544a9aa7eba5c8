//! The event flow conditions (EFRuP, frms.md §1.7): what the peer's JSON means, and which one wins.

use std::sync::Arc;

use frms::{
    Attempt, Condition, ConditionChange, ConditionError, Decision, Event, Perspective, Verdict,
};

use crate::{Screening, attempt, pseudonyms};

/// 2026-01-01T00:00:00Z
const YEAR: i64 = 1_767_225_600_000;

/// The peer's own example with the members that vary.
fn json(kind: &str, side: &str, subject: &str) -> String {
    let subject = match subject {
        "entity" => r#""ntty":{"id":"NAME","schmeNm":{"prtry":"MSISDN"}}"#.to_owned(),
        agent => format!(
            r#""acct":{{"id":"NAME","schmeNm":{{"prtry":"MSISDN"}},
               "agt":{{"finInstnId":{{"clrSysMmbId":{{"mmbId":"{agent}"}}}}}}}}"#
        ),
    };
    format!(
        r#"{{"evtTp":["pacs.008.001.10"],"condTp":"{kind}","prsptv":"{side}",
           "incptnDtTm":"2026-01-01T00:00:00.000Z","xprtnDtTm":"2026-01-02T00:00:00.000Z",
           "condRsn":"reported by a customer","usr":"analyst","forceCret":true,{subject}}}"#
    )
}

fn condition(name: &str, json: &str) -> Event {
    let condition = Condition::read(name, json.as_bytes(), &pseudonyms()).unwrap();
    Event::Condition(Arc::new(ConditionChange {
        name: name.to_owned(),
        condition: Some(Arc::new(condition)),
        version: 0,
    }))
}

fn on(who: &str, json: &str) -> String {
    json.replace("NAME", who)
}

fn screened(conditions: &[String], attempt: Attempt) -> Arc<Verdict> {
    let mut screening = Screening::new();
    for (number, json) in conditions.iter().enumerate() {
        screening.take(condition(&format!("c{number}"), json));
    }
    screening.attempt(attempt)
}

#[test]
fn the_precedence_of_conditions() {
    // block, overridable block, override, review on the creditor: what is decided.
    let table = [
        ("non-overridable-block", Decision::Block),
        ("overridable-block", Decision::Block),
        ("override", Decision::Allow),
        ("review", Decision::Review),
        ("overridable-block override", Decision::Allow),
        ("non-overridable-block override", Decision::Block),
        ("non-overridable-block overridable-block override", Decision::Block),
        ("review override", Decision::Allow),
        ("review overridable-block", Decision::Block),
        ("review non-overridable-block", Decision::Block),
        ("", Decision::Allow),
    ];
    for (kinds, expected) in table {
        let conditions: Vec<String> = kinds
            .split_whitespace()
            .map(|kind| on("bob", &json(kind, "creditor", "entity")))
            .collect();
        let reversed: Vec<String> = conditions.iter().rev().cloned().collect();
        for conditions in [conditions, reversed] {
            let verdict = screened(&conditions, attempt(1, YEAR, "ann", "bob"));
            assert_eq!(verdict.decision, expected, "{kinds}");
        }
    }
}

#[test]
fn a_condition_holds_for_its_subject_side_and_time_only() {
    // subject, perspective, at, debtor, creditor, whether it blocks
    let table = [
        ("entity", "creditor", YEAR, "ann", "bob", true),
        ("entity", "creditor", YEAR, "bob", "ann", false),
        ("entity", "debtor", YEAR, "bob", "ann", true),
        ("entity", "debtor", YEAR, "ann", "bob", false),
        ("entity", "both", YEAR, "ann", "bob", true),
        ("entity", "both", YEAR, "bob", "ann", true),
        ("entity", "both", YEAR, "ann", "carol", false),
        ("blue", "creditor", YEAR, "ann", "bob", true),
        ("green", "creditor", YEAR, "ann", "bob", false),
        ("green", "debtor", YEAR, "bob", "ann", true),
        ("entity", "creditor", YEAR - 1, "ann", "bob", false),
        ("entity", "creditor", YEAR + 86_400_000, "ann", "bob", true),
        ("entity", "creditor", YEAR + 86_400_001, "ann", "bob", false),
        ("entity", "creditor", YEAR, "-", "-", false),
    ];
    for (subject, side, at_ms, debtor, creditor, blocks) in table {
        let condition = on("bob", &json("non-overridable-block", side, subject));
        let verdict = screened(&[condition], attempt(1, at_ms, debtor, creditor));
        let row = (subject, side, at_ms - YEAR, debtor, creditor);
        assert_eq!(verdict.decision == Decision::Block, blocks, "{row:?}");
        assert_eq!(verdict.flow.is_some(), blocks, "{row:?}");
    }
}

#[test]
fn only_events_that_are_screened_are_concerned() {
    let block = on("bob", &json("non-overridable-block", "creditor", "entity"));
    for (events, blocks) in [
        (r#"["all"]"#, true),
        (r#"["pacs.002.001.12","pacs.008.001.10"]"#, true),
        (r#"["pacs.008.001.13"]"#, true),
        (r#"["pacs.002.001.12"]"#, false),
        (r#"["pain.001.001.11","pain.013.001.09"]"#, false),
    ] {
        let block = block.replace(r#"["pacs.008.001.10"]"#, events);
        let verdict = screened(&[block], attempt(1, YEAR, "ann", "bob"));
        assert_eq!(verdict.decision == Decision::Block, blocks, "{events}");
    }
}

#[test]
fn a_condition_is_replaced_and_taken_back_by_its_name() {
    let mut screening = Screening::new();
    screening.take(condition("one", &on("bob", &json("review", "creditor", "entity"))));
    assert_eq!(screening.attempt(attempt(1, YEAR, "ann", "bob")).decision, Decision::Review);
    let block = on("carol", &json("overridable-block", "creditor", "entity"));
    screening.take(condition("one", &block));
    assert_eq!(screening.attempt(attempt(2, YEAR, "ann", "bob")).decision, Decision::Allow);
    assert_eq!(screening.attempt(attempt(3, YEAR, "ann", "carol")).decision, Decision::Block);
    let gone = ConditionChange { name: "one".to_owned(), condition: None, version: 0 };
    screening.take(Event::Condition(Arc::new(gone)));
    assert_eq!(screening.attempt(attempt(4, YEAR, "ann", "carol")).decision, Decision::Allow);
    assert_eq!(screening.attempt(attempt(3, YEAR, "ann", "carol")).decision, Decision::Block);
}

#[test]
fn the_sentence_names_condition_side_and_reason_and_no_account() {
    let block = on("bob", &json("non-overridable-block", "creditor", "entity"));
    let verdict = screened(&[block], attempt(1, YEAR, "ann", "bob"));
    let expected = "Blocked before any money was reserved: the creditor is on the block list, \
        condition c0, for the reason \"reported by a customer\" (stream sequence 2).";
    assert_eq!(verdict.explanation, expected);
    let flow = verdict.flow.clone().unwrap();
    assert_eq!((flow.side, flow.condition.name.as_str()), (Perspective::Creditor, "c0"));
}

#[test]
fn a_text_that_is_no_condition_is_refused_with_its_reason() {
    let good = on("bob", &json("review", "both", "blue"));
    let read = |text: &str| Condition::read("name", text.as_bytes(), &pseudonyms());
    assert!(read(&good).is_ok());
    let changed = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        read(&good.replace(from, to)).unwrap_err()
    };
    assert!(matches!(changed("condTp", "condTpp"), ConditionError::Shape(_)));
    assert!(matches!(changed("review", "refuse"), ConditionError::Shape(_)));
    assert!(matches!(changed("both", "payer"), ConditionError::Shape(_)));
    assert_eq!(changed(r#"["pacs.008.001.10"]"#, "[]"), ConditionError::EventTypes);
    let times = ConditionError::Time("xprtnDtTm");
    assert_eq!(changed("2026-01-02T00:00:00.000Z", "2025-12-31T23:59:59.999Z"), times);
    assert_eq!(changed("2026-01-02T00:00:00.000Z", "tomorrow"), times);
    assert_eq!(changed("2026-01-01T00:00:00.000Z", "2026"), ConditionError::Time("incptnDtTm"));
    assert_eq!(changed("reported by a customer", ""), ConditionError::Text("condRsn"));
    let twice =
        format!(r#"{},"ntty":{{"id":"a","schmeNm":{{"prtry":"b"}}}}}}"#, &good[..good.len() - 1]);
    assert_eq!(read(&twice).unwrap_err(), ConditionError::Subject);
    assert!(Condition::read("", good.as_bytes(), &pseudonyms()).is_err());
}

/// Every set of kinds, on every subject and perspective: a non-overridable block beats an override, that
/// an overridable block, that a review; watching does nothing.
#[test]
fn the_precedence_of_all_sets_of_conditions() {
    let kinds = ["watch", "review", "overridable-block", "override", "non-overridable-block"];
    let decisions =
        [Decision::Allow, Decision::Review, Decision::Block, Decision::Allow, Decision::Block];
    for set in 0..32_usize {
        let members: Vec<usize> = (0..5).filter(|kind| set >> kind & 1 == 1).collect();
        let strongest = members.last().map_or(Decision::Allow, |kind| decisions[*kind]);
        for (who, side, subject) in [
            ("ann", "debtor", "entity"),
            ("ann", "debtor", "green"),
            ("bob", "creditor", "entity"),
            ("bob", "creditor", "blue"),
        ] {
            for perspective in ["debtor", "creditor", "both"] {
                let one = |kind: &usize| on(who, &json(kinds[*kind], perspective, subject));
                let conditions: Vec<String> = members.iter().map(one).collect();
                let verdict = screened(&conditions, attempt(1, YEAR, "ann", "bob"));
                let applies = perspective == side || perspective == "both";
                let expected = if applies { strongest } else { Decision::Allow };
                assert_eq!(verdict.decision, expected, "{members:?} {who} {perspective} {subject}");
            }
        }
    }
}

/// Conditions on several subjects of one payment: the strongest, wherever it is.
#[test]
fn the_strongest_condition_counts_wherever_it_is() {
    let subjects = [("bob", "entity"), ("bob", "blue"), ("ann", "entity"), ("ann", "green")];
    let kinds = ["review", "overridable-block", "override", "non-overridable-block"];
    let decisions = [Decision::Review, Decision::Block, Decision::Allow, Decision::Block];
    for first in 0..4_usize {
        for second in 0..4_usize {
            for (one, other) in [(0, 1), (0, 2), (1, 3), (3, 0)] {
                let condition = |kind: usize, subject: usize| {
                    let (who, subject) = subjects[subject];
                    on(who, &json(kinds[kind], "both", subject))
                };
                let conditions = [condition(first, one), condition(second, other)];
                let verdict = screened(&conditions, attempt(1, YEAR, "ann", "bob"));
                assert_eq!(verdict.decision, decisions[first.max(second)], "{first} {second}");
            }
        }
    }
}
