//! Random walks: whatever comes in whatever order, the bank gets at most one last word, and never a
//! RJCT after a transfer that may have left without a final answer about it.

use causeway_translate::credit;
use causeway_translate::order::{Action, Event, Sent, Stage};
use proptest::prelude::*;

use crate::order::World;
use crate::support::{PACS_008, PAIN_001, START_MS, bank, through_store};

const ORDER_EVENTS: &[&str] = &[
    "party dfsp1",
    "party -",
    "party dfsp1 49999",
    "party-error 3204",
    "quote 100.5 EUR",
    "quote 100.5 EUR v4",
    "quote 99 EUR",
    "quote 200 EUR",
    "quote-error 5101",
    "state RECEIVED",
    "state RESERVED",
    "state COMMITTED",
    "state COMMITTED wrong",
    "state ABORTED",
    "error 1001",
    "error 2001",
    "error 2004",
    "error 3000",
    "error 3208",
    "error 3303",
    "error 5104",
    "failed lookup left 1001",
    "failed lookup unsent 1001",
    "failed quote left 1001",
    "failed quote unsent 1001",
    "failed transfer left 1001",
    "failed transfer unsent 1001",
    "failed ask left 1001",
    "failed ask unsent 1001",
    "deadline",
    "asked",
];

/// Whether this event may reject an order whose transfer may have left.
fn says_no(event: &str, event_is: &Event, since_start_ms: i64, expiration_ms: i64) -> bool {
    match event_is {
        Event::TransferState(_) => event == "state ABORTED",
        Event::TransferError(error) => match error.code.number() {
            3208 => since_start_ms >= expiration_ms + 5_000,
            3000 => false,
            number => number >= 3000,
        },
        Event::SendFailed { request, may_have_left, .. } => {
            *request == Sent::Transfer && !may_have_left
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn an_order_has_one_last_word_and_never_a_rash_one(
        customer in any::<bool>(),
        walk in prop::collection::vec((0..ORDER_EVENTS.len(), 0_i64..4_000), 1..40),
    ) {
        let (xml, expiration_ms) = if customer { (PAIN_001, 7_500) } else { (PACS_008, 6_500) };
        let (mut world, first) = World::open(&bank(), xml);
        let mut last_words: Vec<String> = Vec::new();
        let mut sent = vec![count(&first)];
        let mut at_ms = 0;
        for (event, pause_ms) in walk {
            at_ms += pause_ms;
            let (text, now_ms) = (ORDER_EVENTS[event], START_MS + at_ms);
            let (stored, before) = (world.order.clone(), world.order.stage());
            let event = world.event(text, now_ms);
            let actions = world.step(&event, now_ms);
            let ignored = actions.iter().all(|action| matches!(action, Action::Ignore(_)));
            prop_assert!(!ignored || world.order == stored, "{text} changed what it ignored");
            prop_assert!(!actions.is_empty(), "{text} in {before:?} is answered by nothing");
            sent.push(count(&actions));
            let after_transfer =
                matches!(before, Stage::Transferring { .. } | Stage::Asking { .. });
            if after_transfer && world.order.stage() == Stage::Rejected {
                let decisive = says_no(text, &event, at_ms, expiration_ms);
                prop_assert!(decisive, "{text} at {at_ms} rejected {before:?}");
            }
            if before == Stage::Settled || before == Stage::Rejected {
                prop_assert_eq!(world.order.stage(), before);
                prop_assert!(!actions.iter().any(|action| matches!(action, Action::Send(..))));
            }
            last_words.extend(actions.iter().filter_map(last_word));
        }
        last_words.dedup();
        prop_assert!(last_words.len() <= 1, "{last_words:?}");
        prop_assert!(sent.iter().sum::<usize>() <= 1, "POST /transfers was sent twice");
        prop_assert_eq!(world.order.is_final(), !last_words.is_empty());
        prop_assert_eq!(world.order.is_final(), world.order.wake_at_ms().is_none());
    }

    #[test]
    fn a_credit_has_one_answer_and_one_confirmation(
        own in any::<bool>(),
        walk in prop::collection::vec((0..CREDIT_EVENTS.len(), 0_i64..4_000), 1..40),
    ) {
        let credits_on = if own { "ownAcceptance" } else { "confirmation" };
        let (mut document, _) = crate::credit::open(&crate::credit::payee_bank(credits_on));
        let (mut answers, mut confirmations) = (Vec::new(), Vec::new());
        let (mut committed, mut items) = (false, 0);
        let mut at_ms = 0;
        for (event, pause_ms) in walk {
            at_ms += pause_ms;
            let text = CREDIT_EVENTS[event];
            let awaited = matches!(document.stage(), credit::Stage::AwaitingConfirmation { .. });
            let stored = document.clone();
            document = through_store(&document);
            let event = crate::credit::event(text);
            let actions = document.step(&event, START_MS + at_ms, &crate::credit::secret());
            let ignored =
                actions.iter().all(|action| matches!(action, credit::Action::Ignore(_)));
            prop_assert!(!ignored || document == stored, "{text} changed what it ignored");
            prop_assert!(!actions.is_empty(), "{text} is answered by nothing");
            committed |= awaited && text.ends_with(" COMMITTED");
            for action in actions {
                match action {
                    credit::Action::Answer(answer) => answers.push(answer),
                    credit::Action::Confirm(report) => confirmations.push(report.xml().unwrap()),
                    credit::Action::Reconcile(credit::Reconciliation::NoFinalAnswer) => {}
                    credit::Action::Reconcile(_) => items += 1,
                    _ => {}
                }
            }
        }
        // Reserved or refused, never both; told paid or not paid, never both; the same bytes each time.
        answers.dedup();
        confirmations.dedup();
        prop_assert!(answers.len() <= 1, "{answers:?}");
        prop_assert!(confirmations.len() <= 1, "{confirmations:?}");
        prop_assert!(items <= 1);
        let told_paid = confirmations.iter().any(|xml| xml.contains(">ACSC<"));
        prop_assert_eq!(told_paid, document.stage() == credit::Stage::Committed);
        prop_assert!(!told_paid || committed);
    }
}

const CREDIT_EVENTS: &[&str] = &[
    "bank ACTC",
    "bank ACSC",
    "bank ACWP",
    "bank RJCT AC04",
    "bank RJCT other",
    "bank-failed left",
    "bank-failed unsent",
    "patch COMMITTED",
    "patch ABORTED 3100",
    "state RESERVED",
    "state COMMITTED",
    "state ABORTED",
    "error 2003",
    "error 3100",
    "error 3208",
    "error 3303",
    "resent",
    "deadline",
];

/// How often POST /transfers goes out.
fn count(actions: &[Action]) -> usize {
    actions.iter().filter(|action| matches!(action, Action::Send(Sent::Transfer, _))).count()
}

fn last_word(action: &Action) -> Option<String> {
    match action {
        Action::Report { is_final: true, report } => Some(report.xml().unwrap()),
        _ => None,
    }
}
