//! The embedded store: batches of 1, 10 and 100 prepares and their fulfils, each batch synced to a real disk.

#![allow(missing_docs, clippy::unwrap_used, reason = "a bench may panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use switch::{
    AccountKind, AccountNumber, Command, Condition, Currency, Fulfil, FulfilState, Fulfilment,
    Hash, Money, Outcome, ParticipantName, Prepare, RecordFundsIn, Rules, TransferId, Verdict,
};
use switch_store::{
    CommitLoop, Committer, DeadlineChange, EmbeddedStore, OutboxRow, Progress, Sink, SteadyClock,
    Store, Submission, SystemClock,
};
use tokio::runtime::Runtime;

/// Transfers in a batch; each is there twice, first to be prepared and then to be fulfilled.
const BATCHES: [u64; 3] = [1, 10, 100];

fn commits(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("commit");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let clock = SteadyClock::new(Arc::new(SystemClock::new()));
    let store = EmbeddedStore::open(directory.path(), Arc::clone(&clock)).unwrap();
    let store: Arc<dyn Store> = Arc::new(store);
    let sink = Arc::new(Nobody);
    let (committer, mut work) = Committer::with_loop(store, Rules::default(), clock, sink);
    let hub = Hub { committer, next: AtomicU64::new(1) };
    hub.batch(&runtime, &mut work, vec![onboarding()]);
    for transfers in BATCHES {
        group.throughput(Throughput::Elements(transfers));
        group.bench_function(format!("prepare and fulfil, batches of {transfers}"), |bencher| {
            bencher.iter(|| {
                let first = hub.next.fetch_add(transfers, Ordering::Relaxed);
                let ids = || (first..first + transfers).map(u128::from);
                hub.batch(&runtime, &mut work, ids().map(|id| vec![hub.prepare(id)]).collect());
                hub.batch(&runtime, &mut work, ids().map(|id| vec![fulfil(id)]).collect());
            });
        });
    }
    group.finish();
}

struct Hub {
    committer: Committer,
    next: AtomicU64,
}

impl Hub {
    /// Queues all submissions, then takes the step that commits them together.
    fn batch(&self, runtime: &Runtime, work: &mut CommitLoop, batch: Vec<Vec<Command>>) {
        runtime.block_on(async {
            let waiting: Vec<_> = batch
                .into_iter()
                .map(|commands| {
                    let committer = self.committer.clone();
                    let submission = Submission { commands, ..Submission::default() };
                    tokio::spawn(async move { committer.submit(submission).await })
                })
                .collect();
            tokio::task::yield_now().await;
            assert_eq!(work.step().await, Progress::Worked);
            for answer in waiting {
                let committed = answer.await.unwrap().unwrap();
                assert!(committed.decisions.iter().all(|one| one.outcome == Outcome::Accepted));
            }
        });
    }

    fn prepare(&self, id: u128) -> Command {
        let now = SteadyClock::new(Arc::new(SystemClock::new())).now();
        Command::Prepare(Box::new(Prepare {
            id: TransferId(id),
            spelling: format!("{id:032x}"),
            source: name("payer"),
            payer: name("payer"),
            payee: name("payee"),
            money: money("1"),
            condition: Condition(digest(&SHA256, &[7; 32]).as_ref().try_into().unwrap()),
            expiration: now.plus_ms(600_000),
            expires_at: now.plus_ms(600_000),
            reserve_by: None,
            hash: Hash([1; 32]),
            hold_until: now.plus_ms(599_000),
            verdict: Verdict::NotScreened,
            verdict_reference: None,
        }))
    }
}

/// What is to be sent goes nowhere.
struct Nobody;

impl Sink for Nobody {
    fn committed(&self, _rows: Vec<OutboxRow>, _deadlines: Vec<DeadlineChange>) {}
}

fn fulfil(id: u128) -> Command {
    Command::Fulfil(Box::new(Fulfil {
        id: TransferId(id),
        spelling: format!("{id:032x}"),
        source: name("payee"),
        destination: name("payer"),
        state: FulfilState::Committed,
        fulfilment: Fulfilment([7; 32]),
        hash: Hash([2; 32]),
        completed_at: None,
    }))
}

/// The hub's accounts, two participants with caps, and money for the payer.
fn onboarding() -> Vec<Command> {
    let hub = [AccountKind::HubReconciliation, AccountKind::HubMultilateralSettlement];
    let mut commands =
        Vec::from(hub.map(|kind| Command::CreateHubAccount { kind, currency: currency() }));
    for participant in ["payer", "payee"] {
        commands.push(Command::CreateParticipant {
            name: name(participant),
            currency: currency(),
            is_proxy: false,
        });
        commands.push(Command::SetInitialPositionAndLimit {
            participant: name(participant),
            initial_position: money("0"),
            net_debit_cap: money("100000000"),
            alarm_percentage: None,
        });
    }
    commands.push(Command::RecordFundsIn(Box::new(RecordFundsIn {
        id: TransferId(u128::MAX),
        hash: Hash([3; 32]),
        participant: name("payer"),
        account: AccountNumber(4),
        money: money("100000000"),
        reason: "bench".into(),
        external_reference: "bench".into(),
    })));
    commands
}

fn name(text: &str) -> ParticipantName {
    text.parse().unwrap()
}

fn currency() -> Currency {
    "XTS".parse().unwrap()
}

fn money(text: &str) -> Money {
    Money::amount(text, currency()).unwrap()
}

criterion_group!(benches, commits);
criterion_main!(benches);
