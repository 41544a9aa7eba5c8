//! Verdicts on the stream that the scorer did not give, or gave long ago: whoever wrote them, they change
//! nothing, and nobody is answered with them.

use std::sync::Arc;
use std::time::Duration;

use frms::{Decision, Event, Verdict};
use frms_stream::NotAppended;

use super::roles::Script;
use super::{PATIENCE, attempt, committed, engine};

/// Waits until the scorer has read all that came: reads come before questions.
async fn all_read(script: &mut Script, id: u128) {
    let asked = script.client.screen(attempt(id), Duration::from_millis(50));
    let (answer, seen) = tokio::join!(asked, async {
        loop {
            if script.appended.recv().await == Some(Event::Attempt(attempt(id))) {
                return true;
            }
        }
    });
    assert!(seen && answer.is_err(), "{answer:?}");
}

/// The verdict that the scorer comes to on attempt 1, under number 2.
async fn judged(script: &mut Script) -> Arc<Verdict> {
    script.say(Err(NotAppended));
    script.come(2, Event::Attempt(attempt(1)));
    loop {
        if let Event::Verdict(verdict) = script.appended.recv().await.unwrap() {
            return verdict;
        }
    }
}

#[tokio::test]
async fn nobody_is_answered_with_a_forged_verdict() {
    let mut script = Script::new(Ok(2));
    let client = script.client.clone();
    let asked = tokio::spawn(async move { client.screen(attempt(1), PATIENCE).await });
    assert_eq!(script.appended.recv().await.unwrap(), Event::Attempt(attempt(1)));
    // Before the attempt is there, and while nobody knows whether the scorer's own verdict is.
    let clean = Verdict::clone(&engine().apply(2, &Event::Attempt(attempt(1)))[0]);
    let blocked = Verdict { decision: Decision::Block, ..clean.clone() };
    script.come(1, Event::Verdict(Arc::new(blocked.clone())));
    let own = judged(&mut script).await;
    assert_eq!(*own, clean);
    let other_place = Verdict { sequence: 9, ..clean.clone() };
    let silent = Verdict { explanation: "nothing".to_owned(), ..clean.clone() };
    let mut raised = clean.clone();
    raised.typologies[0].alert = true;
    let mut outcome = clean.clone();
    outcome.rules[0].outcome = frms::SubRuleRef::error();
    for (sequence, forged) in (3_u64..).zip([blocked, other_place, silent, raised, outcome]) {
        script.come(sequence, Event::Verdict(Arc::new(forged)));
    }
    all_read(&mut script, 90).await;
    assert!(!asked.is_finished(), "none of them is its verdict");
    script.come(8, Event::Verdict(Arc::new(clean.clone())));
    assert_eq!(asked.await.unwrap().as_deref(), Ok(&clean), "its own, read from the stream");
    let again = script.client.screen(attempt(1), PATIENCE).await.unwrap();
    assert_eq!(*again, clean, "and the same to whoever asks again");
}

#[tokio::test]
async fn forged_and_late_verdicts_change_no_later_verdict() {
    let mut script = Script::new(Ok(2));
    let own = judged(&mut script).await;
    script.say(Ok(3));
    let stranger =
        Verdict { id: frms::PaymentId(77), decision: Decision::Block, ..Verdict::clone(&own) };
    // Of a payment that nobody tried; of one that has ended; the scorer's own, once more.
    let events = [
        Event::Verdict(Arc::new(stranger)),
        committed(1),
        Event::Verdict(Arc::new(Verdict { decision: Decision::Review, ..Verdict::clone(&own) })),
        Event::Verdict(Arc::clone(&own)),
        Event::Verdict(own),
        Event::Attempt(attempt(2)),
    ];
    let mut clean = engine();
    clean.apply(2, &Event::Attempt(attempt(1)));
    let mut expected = Vec::new();
    for (sequence, event) in (3_u64..).zip(events) {
        if !matches!(event, Event::Verdict(_)) {
            expected = clean.apply(sequence, &event);
        }
        script.come(sequence, event);
    }
    let verdict = script.client.screen(attempt(2), PATIENCE).await.unwrap();
    assert_eq!(verdict, expected[0]);
    assert_eq!(verdict.rules[0].value, Some(2.0), "the payment that was committed, and this one");
    // What was forged of payment 77 is none: it is judged when it comes.
    let client = script.client.clone();
    let asked = tokio::spawn(async move { client.screen(attempt(77), PATIENCE).await });
    script.come(10, Event::Attempt(attempt(77)));
    assert_eq!(asked.await.unwrap().unwrap().decision, Decision::Allow);
}
