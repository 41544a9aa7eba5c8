//! The committer when nothing fails: overlay, group commit, documents, rendering, limits.

use std::sync::Arc;

use bytes::Bytes;
use switch::{
    AccountKind, Command, Decision, Outcome, Refusal, Timestamp, TransferId, TransferState,
};
use switch_store::limits::{
    ACKNOWLEDGEMENT_INTERVAL_MS, BATCH_COMMANDS_MAX, QUEUED_COMMANDS_MAX, QUEUED_PREPARES_PERCENT,
};
use switch_store::{
    CommitError, DeadlineSubject, DocumentKey, DocumentWrite, Expected, NewOutboxRow, OutboxId,
    OutboxRows, Progress, Rendered, Store, Submission,
};

use crate::place::{START, Stepped, settle};
use crate::scheme::{self, commands, fulfil, prepare};

pub fn write(key: &'static str, expected: Expected, body: &'static str) -> DocumentWrite {
    let key = DocumentKey::new("journey", key);
    DocumentWrite { key, expected, body: Some(Bytes::from_static(body.as_bytes())), deadline: None }
}

pub fn documents(documents: Vec<DocumentWrite>) -> Submission {
    Submission { documents, ..Submission::default() }
}

pub fn row(body: impl Into<Bytes>) -> NewOutboxRow {
    NewOutboxRow {
        destination: "payee".into(),
        resource: "transfer".into(),
        deadline: None,
        kind: 1,
        body: body.into(),
    }
}

pub async fn outbox_bodies(store: &dyn Store) -> Vec<String> {
    let rows = store.outbox(OutboxRows::All, OutboxId(0), 1_000_000).await.unwrap();
    rows.into_iter().map(|row| String::from_utf8(row.body.to_vec()).unwrap()).collect()
}

async fn onboarded(cap: &str) -> Stepped {
    let mut stepped = Stepped::new();
    let committed = stepped.one(commands(scheme::onboarding(cap))).await.committed();
    for decision in &committed.decisions {
        assert_eq!(decision.outcome, Outcome::Accepted);
    }
    stepped
}

fn outcome(decisions: &[Decision]) -> &Outcome {
    &decisions[0].outcome
}

#[tokio::test]
async fn each_command_is_decided_on_the_outcomes_of_those_before() {
    let mut stepped = onboarded("100").await;
    let syncs = stepped.store.syncs();
    let batch = [prepare(1, "60"), prepare(2, "60"), prepare(3, "40"), fulfil(1), prepare(4, "1")];
    let answers = stepped.batch(batch.map(|one| commands(vec![one])).into()).await;
    let outcomes: Vec<Outcome> =
        answers.into_iter().map(|one| outcome(&one.committed().decisions).clone()).collect();
    let refused = Outcome::Refused(Refusal::NetDebitCap);
    let accepted = Outcome::Accepted;
    assert_eq!(
        outcomes,
        [accepted.clone(), refused.clone(), accepted.clone(), accepted, refused],
        "each sees the room that those before have left"
    );
    assert_eq!(stepped.store.syncs(), syncs + 1, "one batch, one sync");
    let store = &*stepped.store;
    assert_eq!(scheme::balance(store, "payer", AccountKind::Position).await, 1_000_000);
    assert_eq!(scheme::balance(store, "payer", AccountKind::InFlight).await, -400_000);
    assert_eq!(scheme::balance(store, "payee", AccountKind::Position).await, -600_000);
    scheme::assert_accounts_sum_to_zero(store).await;
    let paid = store.transfer(TransferId(1)).await.unwrap().unwrap();
    assert_eq!(paid.state, TransferState::Committed);
}

#[tokio::test]
async fn what_has_queued_is_one_batch_and_one_sync() {
    let mut stepped = Stepped::new();
    let syncs = stepped.store.syncs();
    let keys: Vec<String> = (0..1_000).map(|key| key.to_string()).collect();
    let submissions = keys.iter().map(|key| {
        let body = Some(Bytes::from_static(b"body"));
        let key = DocumentKey::new("journey", key.clone());
        documents(vec![DocumentWrite { key, expected: Expected::Absent, body, deadline: None }])
    });
    let answers = stepped.batch(submissions.collect()).await;
    assert_eq!(answers.into_iter().filter(|answer| answer.0.is_ok()).count(), 1_000);
    assert_eq!(stepped.store.syncs(), syncs + 1);
    let stored = stepped.store.documents("journey", None, 2_000).await.unwrap();
    assert_eq!(stored.len(), 1_000);
}

#[tokio::test]
async fn a_batch_is_bounded_and_the_rest_follows_in_order() {
    let mut stepped = onboarded("1000000").await;
    let syncs = stepped.store.syncs();
    let half = |from: u128| {
        let ids = from..from + BATCH_COMMANDS_MAX as u128 / 2;
        commands(ids.map(|id| prepare(id, "1")).collect())
    };
    let answers = stepped.batch(vec![half(1), half(100_000), half(200_000)]).await;
    let times: Vec<Timestamp> = answers.into_iter().map(|one| one.committed().now).collect();
    assert!(times.is_sorted());
    assert_eq!(stepped.store.syncs(), syncs + 2, "two halves fit, the third does not");
}

#[tokio::test]
async fn a_document_that_changed_fails_its_submission_alone_and_whole() {
    let mut stepped = onboarded("100").await;
    let losing = Submission {
        commands: vec![prepare(1, "60")],
        outbox: vec![row("lost")],
        documents: vec![
            write("other", Expected::Any, "lost"),
            write("1", Expected::Absent, "second"),
        ],
        ..Submission::default()
    };
    let first = documents(vec![write("1", Expected::Absent, "first")]);
    let last = commands(vec![prepare(2, "100")]);
    let mut answers = stepped.batch(vec![first, losing, last]).await.into_iter();
    answers.next().unwrap().committed();
    let key = DocumentKey::new("journey", "1");
    assert_eq!(answers.next().unwrap().error(), CommitError::Conflict { key: key.clone() });
    let last = answers.next().unwrap().committed();
    assert_eq!(outcome(&last.decisions), &Outcome::Accepted, "the room was not taken");
    let store = &*stepped.store;
    assert_eq!(store.document(&key).await.unwrap().unwrap().body, "first");
    assert_eq!(store.document(&DocumentKey::new("journey", "other")).await.unwrap(), None);
    assert_eq!(store.transfer(TransferId(1)).await.unwrap(), None);
    assert_eq!(outbox_bodies(store).await, [""; 0]);
    scheme::assert_accounts_sum_to_zero(store).await;
}

#[tokio::test]
async fn a_conflict_of_a_rendered_document_takes_the_commands_back() {
    let mut stepped = onboarded("100").await;
    stepped.one(documents(vec![write("1", Expected::Absent, "first")])).await.committed();
    let render = |_: &[Decision], _: Timestamp| {
        let outbox = vec![row("lost")];
        let other = write("other", Expected::Any, "lost");
        let documents = vec![other, write("1", Expected::Version(7), "second")];
        Ok(Rendered { outbox, documents })
    };
    let losing = Submission {
        commands: vec![prepare(1, "60"), prepare(2, "40"), fulfil(1)],
        render: Some(Arc::new(render)),
        ..Submission::default()
    };
    let before = commands(vec![prepare(3, "30")]);
    let after = commands(vec![prepare(4, "70"), prepare(5, "1")]);
    let mut answers = stepped.batch(vec![before, losing, after]).await.into_iter();
    answers.next().unwrap().committed();
    assert!(matches!(answers.next().unwrap().error(), CommitError::Conflict { .. }));
    let after = answers.next().unwrap().committed();
    assert_eq!(after.decisions[0].outcome, Outcome::Accepted);
    assert_eq!(after.decisions[1].outcome, Outcome::Refused(Refusal::NetDebitCap));
    let store = &*stepped.store;
    for id in [1, 2] {
        assert_eq!(store.transfer(TransferId(id)).await.unwrap(), None);
    }
    assert_eq!(store.document(&DocumentKey::new("journey", "other")).await.unwrap(), None);
    assert_eq!(outbox_bodies(store).await, [""; 0]);
    assert_eq!(scheme::balance(store, "payee", AccountKind::Position).await, 0);
    let due = store.deadlines(Timestamp(i64::MAX), 10).await.unwrap();
    let due: Vec<_> = due.into_iter().map(|deadline| deadline.subject).collect();
    let open = [3, 4].map(|id| DeadlineSubject::Transfer(TransferId(id)));
    assert_eq!(due, open);
}

#[tokio::test]
async fn versions_count_up_inside_a_batch_and_over_batches() {
    let mut stepped = Stepped::new();
    let batch = vec![
        documents(vec![
            write("1", Expected::Absent, "one"),
            write("1", Expected::Version(1), "two"),
        ]),
        documents(vec![write("1", Expected::Version(2), "three")]),
        documents(vec![write("1", Expected::Version(2), "stale")]),
    ];
    let answers = stepped.batch(batch).await;
    assert_eq!(answers.iter().map(|one| one.0.is_ok()).collect::<Vec<_>>(), [true, true, false]);
    let key = DocumentKey::new("journey", "1");
    let stored = stepped.store.document(&key).await.unwrap().unwrap();
    assert_eq!((stored.version, stored.body), (3, "three".into()));
    let remove = DocumentWrite {
        key: key.clone(),
        expected: Expected::Version(3),
        body: None,
        deadline: None,
    };
    stepped.one(documents(vec![remove])).await.committed();
    assert_eq!(stepped.store.document(&key).await.unwrap(), None);
    stepped.one(documents(vec![write("1", Expected::Absent, "again")])).await.committed();
    assert_eq!(stepped.store.document(&key).await.unwrap().unwrap().version, 1);
}

#[tokio::test]
async fn rendering_sees_decisions_and_time_and_is_as_durable_as_they() {
    let mut stepped = onboarded("100").await;
    stepped.source.advance_ms(5_000);
    let render = |decisions: &[Decision], now: Timestamp| {
        let outbox = decisions.iter().map(|one| row(format!("{:?} at {}", one.outcome, now.0)));
        let deadline = Some(now.plus_ms(10));
        let journey = DocumentWrite { deadline, ..write("1", Expected::Absent, "rendered") };
        Ok(Rendered { outbox: outbox.collect(), documents: vec![journey] })
    };
    let submission = Submission {
        commands: vec![prepare(1, "100"), prepare(2, "1")],
        outbox: vec![row("own")],
        render: Some(Arc::new(render)),
        ..Submission::default()
    };
    let committed = stepped.one(submission).await.committed();
    let now = START.plus_ms(5_000);
    assert_eq!(committed.now, now);
    let expected = [
        "own".into(),
        format!("Accepted at {}", now.0),
        format!("Refused(NetDebitCap) at {}", now.0),
    ];
    assert_eq!(outbox_bodies(&*stepped.store).await, expected);
    assert!(committed.outbox.iter().is_sorted_by_key(|row| row.id));
    assert_eq!(*stepped.told.rows.lock().unwrap(), committed.outbox, "the sink has had them");
    let told = stepped.told.deadlines.lock().unwrap().clone();
    let journey = DeadlineSubject::Document(DocumentKey::new("journey", "1"));
    let told: Vec<_> = told.into_iter().map(|change| (change.subject, change.at)).collect();
    assert!(told.contains(&(journey.clone(), Some(now.plus_ms(10)))), "{told:?}");
    let hour = START.plus_ms(60 * 60 * 1_000);
    assert!(told.contains(&(DeadlineSubject::Transfer(TransferId(1)), Some(hour))), "{told:?}");
    assert_eq!(stepped.store.deadlines(now.plus_ms(10), 9).await.unwrap()[0].subject, journey);
}

#[tokio::test]
async fn a_transfer_that_ends_in_its_own_batch_leaves_no_deadline() {
    let mut stepped = onboarded("100").await;
    stepped.batch(vec![commands(vec![prepare(1, "1")]), commands(vec![fulfil(1)])]).await;
    stepped.one(commands(vec![prepare(2, "1")])).await.committed();
    let due = stepped.store.deadlines(Timestamp(i64::MAX), 10).await.unwrap();
    assert_eq!(due.len(), 1);
    stepped.one(commands(vec![fulfil(2)])).await.committed();
    assert_eq!(stepped.store.deadlines(Timestamp(i64::MAX), 10).await.unwrap(), []);
}

#[tokio::test]
async fn what_changes_nothing_costs_no_sync() {
    let mut stepped = onboarded("100").await;
    stepped.one(commands(vec![prepare(1, "1")])).await.committed();
    let syncs = stepped.store.syncs();
    let again = stepped.one(commands(vec![prepare(1, "1")])).await.committed();
    assert_eq!(outcome(&again.decisions), &Outcome::InProgress);
    let expire = Command::Expire { id: TransferId(1) };
    let early = stepped.one(commands(vec![expire])).await.committed();
    assert_eq!(outcome(&early.decisions), &Outcome::InProgress);
    assert_eq!(stepped.store.syncs(), syncs);
}

#[tokio::test]
async fn acknowledged_rows_go_with_the_batch_that_answers_them() {
    let mut stepped = Stepped::new();
    let sent = Submission { outbox: vec![row("1"), row("2")], ..Submission::default() };
    let sent = stepped.one(sent).await.committed().outbox;
    let answer = Submission { acknowledges: vec![sent[0].id], ..Submission::default() };
    stepped.one(answer).await.committed();
    assert_eq!(outbox_bodies(&*stepped.store).await, ["2"]);
}

#[tokio::test]
async fn acknowledgements_ride_in_a_later_batch_or_wait_without_a_sync() {
    let mut stepped = Stepped::new();
    let sent = Submission { outbox: ["1", "2", "3"].map(row).into(), ..Submission::default() };
    let sent = stepped.one(sent).await.committed().outbox;
    stepped.committer.acknowledge(sent[0].id);
    assert_eq!(stepped.work.step().await, Progress::Idle);
    assert_eq!(outbox_bodies(&*stepped.store).await, ["1", "2", "3"], "nothing to ride in yet");
    stepped.one(documents(vec![write("1", Expected::Any, "body")])).await.committed();
    assert_eq!(outbox_bodies(&*stepped.store).await, ["2", "3"]);

    let syncs = stepped.store.syncs();
    stepped.committer.acknowledge(sent[1].id);
    stepped.source.advance_ms(ACKNOWLEDGEMENT_INTERVAL_MS);
    assert_eq!(stepped.work.step().await, Progress::Worked);
    assert_eq!(outbox_bodies(&*stepped.store).await, ["3"]);
    assert_eq!(stepped.store.syncs(), syncs);
    stepped.memory.crash();
    let after = Stepped::over(stepped.memory.clone());
    assert_eq!(outbox_bodies(&*after.store).await, ["2", "3"], "lost with the power, sent again");
}

#[tokio::test]
async fn too_much_is_refused_at_once() {
    let stepped = Stepped::new();
    let idle = |count: usize| commands(vec![Command::Expire { id: TransferId(1) }; count]);
    let limit = "BATCH_COMMANDS_MAX";
    let refused = stepped.committer.submit(idle(BATCH_COMMANDS_MAX + 1)).await;
    assert_eq!(refused, Err(CommitError::TooLarge { limit }));
    let full = vec![idle(BATCH_COMMANDS_MAX); QUEUED_COMMANDS_MAX / BATCH_COMMANDS_MAX];
    let waiting = stepped.queue(full).await;
    assert_eq!(stepped.committer.submit(idle(1)).await, Err(CommitError::Busy));
    let mut stepped = stepped;
    while stepped.work.step().await == Progress::Worked {}
    for answer in crate::place::answers(waiting).await {
        answer.committed();
    }
    stepped.one(idle(1)).await.committed();
}

/// Prepares wait behind what ends payments, and leave room for it.
#[tokio::test]
async fn what_ends_a_payment_goes_before_what_begins_one() {
    let mut stepped = onboarded("100000").await;
    stepped.one(commands(vec![prepare(1, "1")])).await.committed();
    let prepares = |ids: std::ops::Range<u128>| commands(ids.map(|id| prepare(id, "1")).collect());
    let room = QUEUED_COMMANDS_MAX * QUEUED_PREPARES_PERCENT / 100;
    let most = u128::try_from(BATCH_COMMANDS_MAX).unwrap();
    let rest = u128::try_from(room).unwrap() - most;
    let begun = vec![prepares(10..10 + most), prepares(10_000..10_000 + rest)];
    let begun = stepped.queue(begun).await;
    let refused = stepped.committer.submit(commands(vec![prepare(2, "1")])).await;
    assert_eq!(refused, Err(CommitError::Busy), "three quarters are full");
    let ended = stepped.queue(vec![commands(vec![fulfil(1)])]).await;
    assert_eq!(stepped.work.step().await, Progress::Worked);
    settle(3).await;
    assert!(ended[0].is_finished(), "it came last and is decided first");
    assert!(!begun[0].is_finished() && !begun[1].is_finished());
    while stepped.work.step().await == Progress::Worked {}
    for answer in crate::place::answers(begun).await {
        answer.committed();
    }
}

#[tokio::test]
async fn stopping_commits_what_has_queued_and_takes_no_more() {
    let stepped = Stepped::new();
    let waiting = stepped.queue(vec![documents(vec![write("1", Expected::Any, "body")])]).await;
    let Stepped { committer, mut work, store, .. } = stepped;
    let stopping = committer.clone();
    let stopped = tokio::spawn(async move { stopping.stop().await });
    settle(9).await;
    assert_eq!(committer.submit(documents(Vec::new())).await, Err(CommitError::Halted));
    while work.step().await != Progress::Ended {}
    crate::place::answers(waiting).await.remove(0).committed();
    settle(9).await;
    assert!(!stopped.is_finished() && Arc::strong_count(&store) > 1);
    drop(work);
    stopped.await.unwrap();
    assert_eq!(Arc::strong_count(&store), 1, "the store is let go of");
    assert!(!committer.is_halted());
}

#[tokio::test]
async fn the_loop_ends_when_the_last_committer_is_gone() {
    let Stepped { committer, mut work, .. } = Stepped::new();
    assert_eq!(work.step().await, Progress::Idle);
    drop(committer);
    assert_eq!(work.step().await, Progress::Ended);
}

#[tokio::test]
async fn nobody_is_left_waiting_when_the_loop_is_dropped() {
    let stepped = Stepped::new();
    let waiting = stepped.queue(vec![documents(Vec::new())]).await;
    let Stepped { committer, work, .. } = stepped;
    drop(work);
    settle(9).await;
    assert_eq!(crate::place::answers(waiting).await.remove(0).error(), CommitError::Halted);
    assert_eq!(committer.submit(documents(Vec::new())).await, Err(CommitError::Halted));
}
