//! There is room for so many accounts and entities, whatever comes; the idlest make room.

use frms::{Attempt, Features, OutcomeKind, Reach};

use crate::{DAY_MS, attempt, pseudonyms};

const NOW: i64 = 1_767_225_600_000;
const MOST: usize = 50;

fn features() -> Features {
    Features::with_room(Reach { recent_ms: DAY_MS, peak_ms: DAY_MS }, MOST)
}

/// Of two who are not known yet.
fn strangers(id: u128) -> Attempt {
    let at_ms = NOW + i64::try_from(id).unwrap();
    attempt(id, at_ms, &format!("debtor-{id}"), &format!("creditor-{id}"))
}

/// How many of those that came so far are known as holders of an account.
fn entities(features: &Features, until: u128) -> usize {
    let parties = (1..=until).flat_map(|id| {
        let attempt = strangers(id);
        [attempt.debtor, attempt.creditor].into_iter().flatten()
    });
    parties.filter(|party| !features.accounts_held_by(party.entity).is_empty()).count()
}

#[test]
fn no_kind_of_event_makes_more_accounts_than_there_is_room_for() {
    let events: [fn(&mut Features, &Attempt); 5] = [
        |features, attempt| features.attempted(attempt),
        |features, attempt| features.settled(attempt),
        |features, attempt| features.ended(attempt, OutcomeKind::Aborted, false),
        |features, attempt| features.ended(attempt, OutcomeKind::Aborted, true),
        |features, attempt| features.ended(attempt, OutcomeKind::Committed, false),
    ];
    for (kind, event) in events.into_iter().enumerate() {
        let mut features = features();
        for id in 1..=200 {
            event(&mut features, &strangers(id));
            let expected = MOST.min(usize::try_from(id).unwrap() * 2);
            assert_eq!(features.len(), expected, "event {kind}, {id} times");
        }
    }
}

#[test]
fn who_is_active_stays_and_who_came_last_is_known() {
    let mut features = features();
    let regular = |id: u128, at_ms| attempt(id, at_ms, "ann", "bob");
    for id in 1..=500 {
        features.settled(&strangers(id));
        features.settled(&regular(10_000 + id, strangers(id).at_ms + 1_000));
        let latest = strangers(id);
        for party in [latest.debtor, latest.creditor].into_iter().flatten() {
            assert!(features.account(party.account).is_some(), "{id}");
            assert_eq!(features.accounts_held_by(party.entity), [party.account.short()], "{id}");
        }
    }
    let (ann, bob) = (pseudonyms().party("MSISDN", "ann", "green"), regular(1, NOW).creditor);
    let ann = features.account(ann.account).unwrap();
    assert_eq!(ann.outgoing.paid, 500, "never forgotten");
    assert_eq!(features.accounts_held_by(bob.unwrap().entity).len(), 1);
    assert_eq!(features.len(), MOST);
    assert_eq!(entities(&features, 500) + 2, MOST);
}
