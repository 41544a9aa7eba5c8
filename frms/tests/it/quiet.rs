//! What quiets typologies: snoozes, which count and raise nothing, and allowed pairs; and a catalogue
//! that is changed on the stream.

use std::sync::Arc;

use frms::{
    Catalogue, CatalogueChange, Condition, ConditionChange, ConditionError, Decision, Engine,
    Event, OutcomeKind, Semantics, Taken, Verdict,
};
use serde_json::{Value, json};

use crate::{Screening, attempt, outcome, pseudonyms};

/// 2026-01-01T00:00:00Z
const NOW: i64 = 1_767_225_600_000;
const HOUR_MS: i64 = 3_600_000;

/// Alerts from the second payment out of an account on; `stops` from the third on.
pub(crate) fn catalogue(name: &str, stops: bool) -> String {
    let weights = [(".err", 0), (".x00", 0), (".01", 0), (".02", 100), (".03", 200)];
    let weights = weights.map(|(outcome, weight)| json!({ "ref": outcome, "wght": weight }));
    let mut workflow = json!({ "alertThreshold": 100 });
    if stops {
        workflow["interdictionThreshold"] = json!(200);
    }
    let typology = json!({
        "cfg": name, "desc": "many payments out of one account", "workflow": workflow,
        "rules": [{ "id": "901@1.0.0", "cfg": "1.0.0", "termId": "v901", "wghts": weights }],
        "expression": ["Add", "v901"],
    });
    json!({ "typologies": [typology] }).to_string()
}

fn screening(stops: bool) -> Screening {
    let json = catalogue("burst@1.0.0", stops);
    Screening::of(Catalogue::read(json.as_bytes(), Semantics::Strict).unwrap())
}

fn account(name: &str, agent: &str) -> Value {
    json!(pseudonyms().account("MSISDN", name, agent))
}

fn read(kind: &str, more: Value) -> Result<Condition, ConditionError> {
    let mut body = json!({
        "evtTp": ["all"], "condTp": kind, "prsptv": "both", "condRsn": "a gift",
        "incptnDtTm": "2026-01-01T00:00:00Z",
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    Condition::read("quiet-1", body.to_string().as_bytes(), &pseudonyms())
}

fn set(screening: &mut Screening, kind: &str, more: Value) {
    let condition = Some(Arc::new(read(kind, more).unwrap()));
    let change = ConditionChange { name: "quiet-1".to_owned(), condition, version: 0 };
    screening.take(Event::Condition(Arc::new(change)));
}

/// Ann pays bob: the verdict before and the one after the commit.
fn paid(screening: &mut Screening, id: u128, at_ms: i64) -> (Arc<Verdict>, Option<Arc<Verdict>>) {
    let before = screening.attempt(attempt(id, at_ms, "ann", "bob"));
    (before, screening.take(outcome(id, OutcomeKind::Committed, at_ms)))
}

fn snooze(typology: &str) -> Value {
    json!({ "subject": { "account": account("ann", "green") }, "typology": typology,
        "xprtnDtTm": "2026-01-01T01:00:00Z" })
}

#[test]
fn a_snoozed_typology_is_counted_and_not_raised_until_its_time_is_over() {
    let mut screening = screening(false);
    set(&mut screening, "snooze", snooze("burst@1.0.0"));
    paid(&mut screening, 1, NOW);
    let (_, after) = paid(&mut screening, 2, NOW + 1);
    let after = after.unwrap();
    let score = &after.typologies[0];
    assert!(score.alert && score.snoozed && !score.raised, "{after:?}");
    let quiet = "typology burst@1.0.0 is snoozed, condition quiet-1, for the reason \"a gift\"";
    assert!(after.explanation.contains(quiet), "{}", after.explanation);
    let (_, after) = paid(&mut screening, 3, NOW + HOUR_MS);
    assert!(!after.unwrap().typologies[0].raised, "the last instant");
    let (_, after) = paid(&mut screening, 4, NOW + HOUR_MS + 1);
    let score = &after.unwrap().typologies[0];
    assert!(score.raised && !score.snoozed, "nothing joins an alert that was never raised");
}

/// Who tells the verdict after a restart opens no case by it.
#[test]
fn what_was_snoozed_in_a_verdict_is_in_its_snapshot() {
    let mut screening = screening(true);
    set(&mut screening, "snooze", snooze("burst@1.0.0"));
    let told: Vec<Arc<Verdict>> = (1..=3)
        .flat_map(|id| {
            let (before, after) = paid(&mut screening, id, NOW);
            [Some(before), after]
        })
        .flatten()
        .collect();
    let taken = Taken { stream: "s".to_owned(), position: 7, untold: Vec::new() };
    let mut bytes = Vec::new();
    screening.engine.snapshot(&taken, &mut bytes).unwrap();
    let catalogue = Catalogue::clone(screening.engine.catalogue());
    let (engine, _) = Engine::restore(catalogue, "s", &mut &bytes[..]).unwrap();
    assert!(told.iter().filter(|verdict| verdict.typologies[0].snoozed).count() > 1);
    for verdict in told {
        let known = engine.known(verdict.id, verdict.hash, verdict.point);
        assert_eq!(known.as_ref(), Some(&verdict));
    }
}

#[test]
fn a_snooze_of_another_typology_or_account_quiets_nothing_and_what_stops_stays_stopped() {
    let of_bob = json!({ "subject": { "account": account("bob", "green") },
        "xprtnDtTm": "2026-01-01T01:00:00Z" });
    for other in [snooze("other@1.0.0"), of_bob] {
        let mut screening = screening(false);
        set(&mut screening, "snooze", other);
        paid(&mut screening, 1, NOW);
        assert!(paid(&mut screening, 2, NOW).1.unwrap().typologies[0].raised);
    }
    let mut screening = screening(true);
    set(&mut screening, "snooze", snooze("burst@1.0.0"));
    paid(&mut screening, 1, NOW);
    assert!(!paid(&mut screening, 2, NOW).1.unwrap().typologies[0].raised);
    let (before, _) = paid(&mut screening, 3, NOW);
    assert_eq!(before.decision, Decision::Block);
    assert!(before.typologies[0].raised, "{before:?}");
}

#[test]
fn an_allowed_pair_passes_in_its_direction_and_nobody_else_does() {
    let pair = json!({ "subject": { "pair": [account("ann", "green"), account("bob", "blue")] },
        "typology": "burst@1.0.0" });
    let mut screening = screening(true);
    set(&mut screening, "allow-pair", pair.clone());
    for id in 1..5 {
        let (before, after) = paid(&mut screening, id, NOW);
        assert_eq!(before.decision, Decision::Allow);
        let score = &after.unwrap().typologies[0];
        assert!(!score.alert && !score.raised && !score.interdicts, "{score:?}");
        assert!(id < 3 || score.score > 0.0, "the score is what it is: {score:?}");
    }
    let other = screening.attempt(attempt(9, NOW, "ann", "carol"));
    assert_eq!(other.decision, Decision::Block);
    let back = screening.attempt(attempt(10, NOW, "bob", "ann"));
    assert!(!back.explanation.contains("pair"));
    let nobody = screening.attempt(attempt(11, NOW, "ann", "-"));
    assert_eq!(nobody.decision, Decision::Block);
}

#[test]
fn a_snooze_without_an_end_and_a_pair_of_another_kind_are_refused() {
    let one = json!({ "account": account("ann", "green") });
    let pair = json!({ "pair": [account("ann", "green"), account("bob", "blue")] });
    let end = "2026-01-02T00:00:00Z";
    for (kind, more) in [
        ("snooze", json!({ "subject": one })),
        ("allow-pair", json!({ "subject": one })),
        ("override", json!({ "subject": pair })),
        ("override", json!({ "subject": one, "typology": "burst@1.0.0" })),
        ("snooze", json!({ "subject": one, "xprtnDtTm": end, "typology": "" })),
    ] {
        assert_eq!(read(kind, more.clone()), Err(ConditionError::Quiet), "{kind} {more}");
    }
    let both = json!({ "subject": one, "ntty": { "id": "a", "schmeNm": { "prtry": "MSISDN" } } });
    assert_eq!(read("override", both), Err(ConditionError::Subject));
    assert!(read("override", json!({ "subject": one })).is_ok());
    assert!(read("snooze", json!({ "subject": pair, "xprtnDtTm": end })).is_ok());
}

pub(crate) fn change(name: &str, json: String) -> Event {
    let semantics = Semantics::Strict;
    Event::Catalogue(Arc::new(CatalogueChange { name: name.to_owned(), json, semantics }))
}

#[test]
fn another_catalogue_counts_from_its_event_on_and_alerts_of_the_same_name_are_joined() {
    let mut screening = screening(false);
    paid(&mut screening, 1, NOW);
    assert!(paid(&mut screening, 2, NOW).1.unwrap().typologies[0].raised);
    screening.take(change("1", catalogue("burst@1.0.0", true)));
    let (before, _) = paid(&mut screening, 3, NOW);
    assert_eq!((before.decision, before.typologies[0].raised), (Decision::Block, false));
    screening.take(change("2", catalogue("other@1.0.0", false)));
    let (before, after) = paid(&mut screening, 4, NOW);
    assert_eq!(before.decision, Decision::Allow);
    assert!(after.unwrap().typologies[0].raised, "another typology's alert");
    screening.take(change("3", "no catalogue".to_owned()));
    assert_eq!(&*paid(&mut screening, 5, NOW).0.typologies[0].typology, "other@1.0.0");
    screening.take(change("4", String::new()));
    let (before, _) = paid(&mut screening, 6, NOW);
    assert_eq!(
        (&*before.typologies[0].typology, before.decision),
        ("burst@1.0.0", Decision::Allow)
    );
    let mut again = Screening::of(
        Catalogue::read(catalogue("burst@1.0.0", false).as_bytes(), Semantics::Strict).unwrap(),
    );
    let events = std::mem::take(&mut screening.events);
    for event in events {
        again.take_all(event);
    }
    let known = again.engine.known(before.id, before.hash, before.point);
    assert_eq!(known, Some(before), "a replay gives the same");
}
