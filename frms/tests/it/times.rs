//! Who sends an event says when it was: what is remembered of others does not depend on that.

use frms::limits::AHEAD_MAX_MS;
use frms::{Attempt, Catalogue, OutcomeKind, Semantics, Verdict};
use serde_json::json;

use crate::{DAY_MS, Screening, attempt, outcome, quiet};

/// 2026-01-01T00:00:00Z
const NOW: i64 = 1_767_225_600_000;
/// 2099-12-31T00:00:00Z
const FAR_MS: i64 = 4_102_358_400_000;
const HOUR_MS: i64 = 3_600_000;

/// Looks a day back, at what came in.
fn convergence() -> Screening {
    let weights = [(".err", 0), (".x00", 0), (".01", 0), (".02", 100), (".03", 200)];
    let weights = weights.map(|(outcome, weight)| json!({ "ref": outcome, "wght": weight }));
    let json = json!({ "typologies": [{
        "cfg": "convergence@1.0.0", "desc": "", "expression": ["Add", "a"],
        "workflow": { "alertThreshold": 200 },
        "rules": [{ "id": "902@1.0.0", "cfg": "1.0.0", "termId": "a", "wghts": weights }],
    }] });
    let catalogue = Catalogue::read(json.to_string().as_bytes(), Semantics::Strict).unwrap();
    Screening::of(catalogue)
}

fn pay(screening: &mut Screening, attempt: Attempt) -> Option<std::sync::Arc<Verdict>> {
    let (id, at_ms) = (attempt.id.0, attempt.at_ms);
    screening.attempt(attempt);
    screening.take(outcome(id, OutcomeKind::Committed, at_ms))
}

fn to_bob(screening: &mut Screening, id: u128) -> Option<f64> {
    let verdict = screening.attempt(attempt(id, NOW, "dave", "bob"));
    verdict.rule("902").unwrap().value
}

#[test]
fn a_few_events_from_the_far_future_make_nothing_else_old() {
    for first in [false, true] {
        let mut screening = convergence();
        if first {
            screening.attempt(attempt(90, FAR_MS, "mallory", "trent"));
        }
        for id in 1..6 {
            let name = format!("payer-{id}");
            pay(&mut screening, attempt(id, NOW - HOUR_MS, &name, "bob")).unwrap();
        }
        for id in 100..103 {
            pay(&mut screening, attempt(id, FAR_MS, "mallory", "trent")).unwrap();
        }
        assert_eq!(to_bob(&mut screening, 7), Some(6.0), "five of an hour ago, and this one");
    }
}

#[test]
fn a_burst_from_as_far_ahead_as_may_be_takes_nothing_out_of_a_window() {
    let mut screening = convergence();
    for id in 1..6 {
        let name = format!("payer-{id}");
        pay(&mut screening, attempt(id, NOW - DAY_MS + HOUR_MS, &name, "bob")).unwrap();
    }
    for id in 100..200 {
        pay(&mut screening, attempt(id, NOW + AHEAD_MAX_MS, "mallory", "trent")).unwrap();
    }
    assert_eq!(to_bob(&mut screening, 7), Some(6.0));
}

#[test]
fn what_no_window_holds_is_forgotten_all_the_same() {
    let mut screening = convergence();
    for id in 1..6 {
        let name = format!("payer-{id}");
        pay(&mut screening, attempt(id, NOW - 4 * DAY_MS, &name, "bob")).unwrap();
    }
    for id in 100..120 {
        pay(&mut screening, attempt(id, NOW, "ann", "carol")).unwrap();
    }
    let bob = attempt(1, NOW, "ann", "bob").creditor.unwrap().account;
    let bob = screening.engine.features().account(bob).unwrap();
    assert_eq!(bob.incoming.recent.after(i64::MIN).count(), 0);
    assert_eq!(bob.incoming.paid, 5, "as counts they stay");
}

#[test]
fn an_alert_of_the_far_future_silences_nobody() {
    let json = quiet::catalogue("burst@1.0.0", false);
    let catalogue = Catalogue::read(json.as_bytes(), Semantics::Strict).unwrap();
    let mut screening = Screening::of(catalogue);
    let mut raised = |id, at_ms, debtor| {
        let verdict = pay(&mut screening, attempt(id, at_ms, debtor, "bob")).unwrap();
        let score = &verdict.typologies[0];
        (score.alert, score.raised)
    };
    raised(1, FAR_MS, "mallory");
    assert_eq!(raised(2, FAR_MS, "mallory"), (true, true));
    assert_eq!(raised(3, NOW, "ann"), (false, false));
    assert_eq!(raised(4, NOW, "ann"), (true, true), "not the alert of 2099");
    assert_eq!(raised(5, NOW + 1, "ann"), (true, false), "it joins the one before");
    assert_eq!(raised(6, NOW - 1, "ann"), (true, false), "also if it queued");
}
