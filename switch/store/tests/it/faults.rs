//! The committer on a store that fails: nothing lost, nothing doubled, nobody kept from going on.

use std::sync::Arc;

use switch::{AccountKind, Decision, Outcome, Rules, Timestamp, TransferId};
use switch_store::limits::{CONFLICT_RETRIES_MAX, FULL_REMEMBERED_MS};
use switch_store::testing::{Fault, Memory};
use switch_store::{
    CommitError, Committer, DeadlineChange, DocumentKey, Expected, NotRendered, OutboxId,
    OutboxRow, Progress, QUARANTINE, Rendered, Sink, Submission,
};

use crate::committer::{documents, outbox_bodies, row, write};
use crate::place::{Place, START, Stepped, answers, clocks, settle};
use crate::scheme::{self, commands, prepare};

fn sending(body: &'static str) -> Submission {
    Submission { outbox: vec![row(body)], ..Submission::default() }
}

async fn quarantined(stepped: &Stepped) -> Vec<String> {
    let found = stepped.store.documents(QUARANTINE, None, 100).await.unwrap();
    let bodies = found.into_iter().map(|(_, document)| document.body.to_vec());
    bodies.map(|body| String::from_utf8(body).unwrap()).collect()
}

type Renders = fn(&[Decision], Timestamp) -> Result<Rendered, NotRendered>;

#[tokio::test]
async fn a_panic_puts_its_submission_aside_and_lets_the_others_through() {
    put_aside(|_, _| panic!("no such dialect")).await;
}

#[tokio::test]
async fn what_cannot_be_rendered_is_put_aside_and_lets_the_others_through() {
    put_aside(|_, _| Err(NotRendered("no such dialect".to_owned()))).await;
}

async fn put_aside(render: Renders) {
    let mut stepped = Stepped::new();
    stepped.one(commands(scheme::onboarding("100"))).await.committed();
    let failing = Submission {
        commands: vec![prepare(1, "100")],
        documents: vec![write("1", Expected::Absent, "lost")],
        outbox: vec![row("lost")],
        render: Some(Arc::new(render)),
        ..Submission::default()
    };
    let batch =
        vec![sending("before"), failing, commands(vec![prepare(2, "100")]), sending("after")];
    let mut answers = stepped.batch(batch).await;
    assert_eq!(answers.remove(1).error(), CommitError::Internal);
    for answer in answers {
        for decision in answer.committed().decisions {
            assert_eq!(decision.outcome, Outcome::Accepted, "the room was given back");
        }
    }
    assert_eq!(outbox_bodies(&*stepped.store).await, ["before", "after"]);
    assert_eq!(stepped.store.document(&DocumentKey::new("journey", "1")).await.unwrap(), None);
    assert_eq!(stepped.store.transfer(TransferId(1)).await.unwrap(), None);
    let aside = quarantined(&stepped).await;
    assert_eq!(aside.len(), 1);
    assert!(aside[0].contains("no such dialect") && aside[0].contains("Prepare"), "{}", aside[0]);
}

#[tokio::test]
async fn what_cannot_be_stored_is_found_by_halves_and_put_aside() {
    const COUNT: usize = 100;
    for culprits in [vec![0], vec![COUNT - 1], vec![37, 38, 90], (0..COUNT).collect()] {
        let mut stepped = Stepped::new();
        stepped.memory.reject_values_with(Some(b"poison"));
        let body = |index| if culprits.contains(&index) { "poison" } else { "wholesome" };
        let answers = stepped.batch((0..COUNT).map(|index| sending(body(index))).collect()).await;
        for (index, answer) in answers.into_iter().enumerate() {
            match answer.0 {
                Ok(_) => assert!(!culprits.contains(&index), "{index} went through"),
                Err(error) => {
                    assert_eq!(error, CommitError::Internal);
                    assert!(culprits.contains(&index), "{index} was put aside");
                }
            }
        }
        let sent = outbox_bodies(&*stepped.store).await;
        assert_eq!(sent, vec!["wholesome"; COUNT - culprits.len()]);
        assert_eq!(quarantined(&stepped).await.len(), culprits.len());
    }
}

#[tokio::test]
async fn an_unavailable_store_is_asked_again_and_nothing_is_put_aside() {
    let mut stepped = Stepped::new();
    stepped.memory.fail_next(Fault::Refused);
    stepped.memory.fail_next(Fault::Refused);
    let waiting = stepped.queue(vec![sending("1"), sending("2")]).await;
    assert_eq!(stepped.work.step().await, Progress::Waiting);
    assert_eq!(stepped.work.step().await, Progress::Waiting);
    assert!(!waiting.iter().any(|one| one.is_finished()), "answered before it was stored");
    assert_eq!(stepped.work.step().await, Progress::Worked);
    settle(9).await;
    for answer in answers(waiting).await {
        answer.committed();
    }
    assert_eq!(outbox_bodies(&*stepped.store).await, ["1", "2"]);
    assert_eq!(quarantined(&stepped).await, [""; 0]);
}

#[tokio::test]
async fn a_full_store_is_said_to_be_full_until_it_takes_a_batch_or_nothing_was_tried_for_a_while() {
    let mut stepped = Stepped::new();
    assert_eq!(stepped.committer.full(), None);
    for fault in [Fault::Full, Fault::Refused] {
        stepped.memory.fail_next(fault);
    }
    let waiting = stepped.queue(vec![sending("1")]).await;
    for _ in 0..2 {
        assert_eq!(stepped.work.step().await, Progress::Waiting);
        let full = stepped.committer.full();
        assert_eq!(full.as_deref(), Some("filled by a fault"), "another error tells nothing of it");
    }
    assert_eq!(stepped.work.step().await, Progress::Worked);
    assert_eq!(stepped.committer.full(), None, "it has taken a batch");
    for answer in answers(waiting).await {
        answer.committed();
    }
    stepped.memory.fail_next(Fault::Full);
    let until = Submission { deadline: Some(START.plus_ms(1)), ..sending("2") };
    stepped.source.advance_ms(1);
    let waiting = stepped.queue(vec![until]).await;
    assert_eq!(stepped.work.step().await, Progress::Waiting);
    assert_eq!(answers(waiting).await.remove(0).error(), CommitError::Unavailable);
    stepped.source.advance_ms(FULL_REMEMBERED_MS - 1);
    assert!(stepped.committer.full().is_some());
    stepped.source.advance_ms(1);
    assert_eq!(stepped.committer.full(), None, "new work shows whether there is room by now");
}

#[tokio::test]
async fn a_store_that_hangs_is_seen_to() {
    let Stepped { memory, source, committer, mut work, .. } = Stepped::new();
    assert_eq!(committer.at_work_ms(), 0);
    let submitter = committer.clone();
    let submitted = tokio::spawn(async move { submitter.submit(sending("1")).await });
    settle(1).await;
    let hanging = memory.hang();
    let stepping = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(work.step())
    });
    // However long the thread takes to begin: the clock goes on only here.
    while committer.at_work_ms() < 20_000 {
        source.advance_ms(1_000);
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    drop(hanging);
    assert_eq!(stepping.join().unwrap(), Progress::Worked);
    assert_eq!(committer.at_work_ms(), 0);
    submitted.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_unavailable_store_is_given_up_at_each_deadline() {
    let mut stepped = Stepped::new();
    stepped.memory.set_down(true);
    let until = |ms, body| Submission { deadline: Some(START.plus_ms(ms)), ..sending(body) };
    let mut waiting = stepped.queue(vec![until(100, "short"), until(300, "long")]).await;
    assert_eq!(stepped.work.step().await, Progress::Waiting);
    // Queued while the batch before waits: its time runs as well.
    waiting.extend(stepped.queue(vec![until(100, "queued"), sending("patient")]).await);
    stepped.source.advance_ms(100);
    assert_eq!(stepped.work.step().await, Progress::Waiting);
    settle(9).await;
    let finished: Vec<bool> = waiting.iter().map(|one| one.is_finished()).collect();
    assert_eq!(finished, [true, false, true, false]);
    stepped.memory.set_down(false);
    while stepped.work.step().await == Progress::Worked {}
    settle(9).await;
    let results: Vec<_> = answers(waiting).await.into_iter().map(|one| one.0.err()).collect();
    let given_up = Some(CommitError::Unavailable);
    assert_eq!(results, [given_up.clone(), None, given_up, None]);
    assert_eq!(outbox_bodies(&*stepped.store).await, ["long", "patient"]);
}

#[tokio::test]
async fn an_unknown_outcome_is_resolved_before_anything_is_answered() {
    for fault in [Fault::LostAfter, Fault::LostBefore] {
        let mut stepped = Stepped::new();
        stepped.one(commands(scheme::onboarding("100"))).await.committed();
        stepped.memory.fail_next(fault);
        let paying = Submission { commands: vec![prepare(1, "60")], ..sending("pay") };
        let mut waiting = stepped.queue(vec![paying]).await;
        assert_eq!(stepped.work.step().await, Progress::Waiting);
        stepped.memory.set_down(true);
        waiting.extend(stepped.queue(vec![commands(vec![prepare(2, "60")])]).await);
        assert_eq!(stepped.work.step().await, Progress::Waiting);
        stepped.source.advance_ms(3_600_000);
        assert_eq!(stepped.work.step().await, Progress::Waiting);
        settle(9).await;
        assert!(!waiting[0].is_finished(), "nobody knows yet, whatever the time");
        stepped.memory.set_down(false);
        while stepped.work.step().await == Progress::Worked {}
        settle(9).await;
        let mut answers = answers(waiting).await;
        assert_eq!(answers.remove(1).error(), CommitError::Unavailable);
        let paid = answers.remove(0);
        if fault == Fault::LostAfter {
            let paid = paid.committed();
            assert_eq!(paid.decisions[0].outcome, Outcome::Accepted);
            assert_eq!(*stepped.told.rows.lock().unwrap(), paid.outbox, "told once");
        }
        check_paid_once(&mut stepped).await;
    }
}

/// After an hour: a payment that took effect stands once; one that did not was decided anew, and
/// is refused for its expiration.
async fn check_paid_once(stepped: &mut Stepped) {
    let store = Arc::clone(&stepped.store);
    let reserved = scheme::balance(&*store, "payer", AccountKind::Position).await;
    let transfer = store.transfer(TransferId(1)).await.unwrap().unwrap();
    let expected = if transfer.state.is_final() { 0 } else { 600_000 };
    assert_eq!(reserved, expected);
    assert_eq!(outbox_bodies(&*store).await, ["pay"]);
    scheme::assert_accounts_sum_to_zero(&*store).await;
    let next = stepped.one(sending("next")).await.committed();
    assert_eq!(next.outbox[0].id, OutboxId(2), "numbers are given out once");
}

#[tokio::test]
async fn a_commit_that_took_effect_unseen_is_in_memory_afterwards() {
    let mut stepped = Stepped::new();
    stepped.memory.fail_next(Fault::LostAfter);
    let onboarding = commands(scheme::onboarding("100"));
    let waiting = stepped.queue(vec![onboarding]).await;
    while stepped.work.step().await != Progress::Idle {}
    answers(waiting).await.remove(0).committed();
    assert_eq!(stepped.store.participants().await.unwrap().len(), 3);
    let paid = stepped.one(commands(vec![prepare(1, "60")])).await.committed();
    assert_eq!(paid.decisions[0].outcome, Outcome::Accepted);
}

#[tokio::test]
async fn acknowledgements_outlive_the_batch_that_failed() {
    for fault in
        [Fault::Refused, Fault::Full, Fault::LostBefore, Fault::LostAfter, Fault::Overtaken]
    {
        let mut stepped = Stepped::new();
        let sent = stepped.one(sending("1")).await.committed().outbox;
        stepped.committer.acknowledge(sent[0].id);
        stepped.memory.fail_next(fault);
        let waiting = stepped.queue(vec![sending("2")]).await;
        while stepped.work.step().await != Progress::Idle {}
        answers(waiting).await.remove(0).committed();
        assert_eq!(outbox_bodies(&*stepped.store).await, ["2"], "{fault:?}");
    }
}

#[tokio::test]
async fn a_batch_that_was_overtaken_is_decided_again_at_once_but_not_for_ever() {
    let mut stepped = Stepped::new();
    stepped.memory.fail_next(Fault::Overtaken);
    stepped.one(sending("1")).await.committed();
    for _ in 0..=CONFLICT_RETRIES_MAX {
        stepped.memory.fail_next(Fault::Overtaken);
    }
    let waiting = stepped.queue(vec![sending("2")]).await;
    let mut steps = 0;
    while stepped.work.step().await == Progress::Worked {
        steps += 1;
    }
    assert_eq!(steps, CONFLICT_RETRIES_MAX, "then it waits, as for a store that is unavailable");
    assert_eq!(stepped.work.step().await, Progress::Worked);
    answers(waiting).await.remove(0).committed();
    assert_eq!(outbox_bodies(&*stepped.store).await, ["1", "2"]);
}

#[tokio::test]
async fn a_sink_that_panics_halts_the_committer() {
    let memory = Memory::new();
    let (_, clock) = clocks();
    let store = Place::Memory(memory.clone()).open(Arc::clone(&clock)).await;
    let sink = |_: Vec<OutboxRow>, _: Vec<DeadlineChange>| panic!("a sink of the test's");
    let sink: Arc<dyn Sink> = Arc::new(sink);
    let committer = Committer::start(store, Rules::default(), clock, sink).unwrap();
    assert_eq!(committer.submit(sending("1")).await, Err(CommitError::Halted));
    committer.stop().await;
    assert!(committer.is_halted());
    let after = Stepped::over(memory);
    assert_eq!(outbox_bodies(&*after.store).await, ["1"], "found at the next start");
}

#[tokio::test]
async fn a_halted_store_answers_everybody_and_ends_the_loop() {
    let mut stepped = Stepped::new();
    stepped.memory.fail_next(Fault::Halts);
    let mut waiting = stepped.queue(vec![sending("1")]).await;
    assert_eq!(stepped.work.step().await, Progress::Ended);
    waiting.extend(stepped.queue(vec![sending("2")]).await);
    for answer in answers(waiting).await {
        assert_eq!(answer.error(), CommitError::Halted);
    }
    assert!(stepped.committer.is_halted());
    assert_eq!(stepped.work.step().await, Progress::Ended);
}

#[tokio::test]
async fn a_crash_loses_nothing_that_was_answered() {
    let mut stepped = Stepped::new();
    stepped.one(commands(scheme::onboarding("100"))).await.committed();
    stepped
        .one(Submission { commands: vec![prepare(1, "60")], ..sending("pay") })
        .await
        .committed();
    stepped.one(documents(vec![write("1", Expected::Absent, "body")])).await.committed();
    stepped.memory.crash();
    let mut after = Stepped::over(stepped.memory.clone());
    assert_eq!(scheme::balance(&*after.store, "payer", AccountKind::Position).await, 600_000);
    assert_eq!(outbox_bodies(&*after.store).await, ["pay"]);
    let again = after.one(commands(vec![prepare(1, "60")])).await.committed();
    assert_eq!(again.decisions[0].outcome, Outcome::InProgress);
}
