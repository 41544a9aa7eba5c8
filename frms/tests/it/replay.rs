//! The same events give the same verdicts, whoever reads them.

use frms::{Event, OutcomeKind};
use proptest::prelude::*;

use crate::{Screening, attempt, outcome};

const NAMES: [&str; 4] = ["ann", "bob", "carol", "-"];

pub(crate) fn event() -> impl Strategy<Value = Event> {
    let attempts = (0_u128..12, 0_i64..200_000_000, 0_usize..4, 0_usize..4).prop_map(
        |(id, at_ms, debtor, creditor)| {
            Event::Attempt(attempt(id, at_ms, NAMES[debtor], NAMES[creditor]).into())
        },
    );
    let kinds = prop_oneof![
        Just(OutcomeKind::Committed),
        Just(OutcomeKind::Aborted),
        Just(OutcomeKind::Held),
        Just(OutcomeKind::Blocked),
    ];
    let outcomes = (0_u128..12, kinds, 0_i64..200_000_000)
        .prop_map(|(id, kind, at_ms)| outcome(id, kind, at_ms));
    prop_oneof![attempts, outcomes]
}

proptest! {
    #[test]
    fn two_readers_of_the_same_events_agree(events in prop::collection::vec(event(), 1..120)) {
        let (mut one, mut other) = (Screening::new(), Screening::new());
        for event in events {
            let verdicts = one.take_all(event.clone());
            prop_assert_eq!(&verdicts, &other.take_all(event.clone()));
            for verdict in verdicts {
                let known = other.engine.known(verdict.id, verdict.hash, verdict.point);
                prop_assert_eq!(known, Some(verdict));
            }
        }
    }
}
