//! Many prepares at once against one cap, over the store on disk: never over, and none refused
//! that fitted at its instant.

use std::sync::Arc;

use switch::{AccountKind, Decision, Outcome, Refusal, Rules, Timestamp};
use switch_store::{
    Committed, Committer, OutboxId, OutboxRows, Rendered, Sink, SteadyClock, Store, Submission,
    SystemClock,
};

use crate::committer::row;
use crate::place::{Place, Told};
use crate::scheme::{self, money, prepare};

const PREPARES: u128 = 1_000;

/// Nodes over one store, each with its committer's thread, on the machine's clocks but in the
/// test's year.
struct Crowd {
    _place: Place,
    stores: Vec<Arc<dyn Store>>,
    committers: Vec<Committer>,
}

impl Crowd {
    /// One node over a store on disk.
    async fn on_disk(cap: &str) -> Crowd {
        let place = Place::disk();
        let clock = clock();
        let store = place.open(Arc::clone(&clock)).await;
        Crowd::over(place, vec![(store, clock)], cap).await
    }

    /// Three nodes over one database.
    async fn on_postgres(cap: &str) -> Option<Crowd> {
        let place = Place::postgres().await?;
        let Place::Postgres(database) = &place else { return None };
        let mut nodes: Vec<(Arc<dyn Store>, Arc<SteadyClock>)> = Vec::new();
        for _ in 0..3 {
            let clock = clock();
            nodes.push((Arc::new(database.node(Arc::clone(&clock)).await), clock));
        }
        Some(Crowd::over(place, nodes, cap).await)
    }

    async fn over(
        place: Place,
        nodes: Vec<(Arc<dyn Store>, Arc<SteadyClock>)>,
        cap: &str,
    ) -> Crowd {
        let (mut stores, mut committers) = (Vec::new(), Vec::new());
        for (store, clock) in nodes {
            let sink: Arc<dyn Sink> = Arc::new(Told::default());
            let (rules, shared) = (Rules::default(), Arc::clone(&store));
            committers.push(Committer::start(shared, rules, clock, sink).unwrap());
            stores.push(store);
        }
        scheme::onboard(&committers[0], cap).await;
        Crowd { _place: place, stores, committers }
    }

    fn store(&self) -> &dyn Store {
        &*self.stores[0]
    }

    fn syncs(&self) -> u64 {
        self.stores.iter().map(|store| store.syncs()).sum()
    }

    async fn stop(&self) {
        for committer in &self.committers {
            committer.stop().await;
        }
    }

    /// Sends one prepare an amount, all at once, to one node after the other.
    async fn pay(&self, amounts: impl Iterator<Item = String>) -> Vec<Committed> {
        let tasks = amounts.enumerate().map(|(index, amount)| {
            let committer = self.committers[index % self.committers.len()].clone();
            let submission = Submission {
                commands: vec![prepare(index as u128 + 1, &amount)],
                render: Some(Arc::new(move |decisions: &[Decision], _: Timestamp| {
                    let admitted = decisions[0].outcome == Outcome::Accepted;
                    let outbox = vec![row(format!("{amount} {admitted}"))];
                    Ok(Rendered { outbox, documents: Vec::new() })
                })),
                ..Submission::default()
            };
            tokio::spawn(async move { committer.submit(submission).await.unwrap() })
        });
        let mut committed = Vec::new();
        for task in tasks.collect::<Vec<_>>() {
            committed.push(task.await.unwrap());
        }
        committed
    }
}

fn clock() -> Arc<SteadyClock> {
    SteadyClock::new(Arc::new(crate::place::YearOfTest(SystemClock::new())))
}

fn admitted(committed: &[Committed]) -> usize {
    let outcomes = committed.iter().map(|one| &one.decisions[0].outcome);
    let admitted = outcomes.filter(|outcome| match outcome {
        Outcome::Accepted => true,
        Outcome::Refused(Refusal::NetDebitCap) => false,
        other => panic!("{other:?}"),
    });
    admitted.count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_equal_amounts_exactly_as_many_are_admitted_as_fit() {
    equal_amounts(Crowd::on_disk("1000").await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_mixed_amounts_none_is_refused_that_fitted_at_its_instant() {
    mixed_amounts(Crowd::on_disk("1000").await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_nodes_together_admit_as_many_of_equal_amounts_as_fit() {
    let Some(crowd) = Crowd::on_postgres("1000").await else { return };
    equal_amounts(crowd).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_nodes_together_refuse_none_that_fitted_at_its_instant() {
    let Some(crowd) = Crowd::on_postgres("1000").await else { return };
    mixed_amounts(crowd).await;
}

async fn equal_amounts(crowd: Crowd) {
    let syncs = crowd.syncs();
    let committed = crowd.pay((0..PREPARES).map(|_| "3".into())).await;
    assert_eq!(admitted(&committed), 333);
    let position = scheme::balance(crowd.store(), "payer", AccountKind::Position).await;
    assert_eq!(position, money("999").units());
    scheme::assert_accounts_sum_to_zero(crowd.store()).await;
    let syncs = crowd.syncs() - syncs;
    assert!(syncs <= PREPARES as u64 / 4, "{syncs} syncs for {PREPARES} submissions");
    crowd.stop().await;
}

async fn mixed_amounts(crowd: Crowd) {
    crowd.pay((0..PREPARES).map(|index| (index * 7919 % 97 + 1).to_string())).await;
    // Outbox numbers are the order of decisions.
    let rows = crowd.store().outbox(OutboxRows::All, OutboxId(0), 10_000).await.unwrap();
    assert_eq!(rows.len() as u128, PREPARES);
    let mut position = 0;
    for row in rows {
        let body = String::from_utf8(row.body.to_vec()).unwrap();
        let (amount, admitted) = body.split_once(' ').unwrap();
        let amount: u32 = amount.parse().unwrap();
        let fits = position + amount <= 1_000;
        assert_eq!(admitted, fits.to_string(), "{amount} at {position}");
        position += if fits { amount } else { 0 };
    }
    let stored = scheme::balance(crowd.store(), "payer", AccountKind::Position).await;
    assert_eq!(stored, i128::from(position) * 10_000);
    scheme::assert_accounts_sum_to_zero(crowd.store()).await;
    crowd.stop().await;
}
