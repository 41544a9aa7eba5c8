//! Several nodes that pay, end and expire over the same accounts at once, watched all the while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use switch::{AccountKind, Command, Outcome, Refusal, TransferId};
use switch_store::{Committer, Store};

use super::{Node, running};
use crate::place::Place;
use crate::scheme::{self, account, commands, fulfil, money, prepare};

const SEED: u64 = 0x0005_eed5;
const NODES: usize = 3;
const PAYERS: u64 = 24;
const PAYMENTS: u64 = 40;

/// Chance from a seed (splitmix64).
fn mixed(state: u64) -> u64 {
    let mut mixed = state.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// What became of the payments, in ten-thousandths.
#[derive(Default)]
struct Sums {
    paid: AtomicU64,
    open: AtomicU64,
    refused: AtomicU64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_position_is_never_above_the_limit_and_the_sum_is_always_zero() {
    let Some(Place::Postgres(database)) = Place::postgres().await else { return };
    let mut nodes = Vec::new();
    for _ in 0..NODES {
        nodes.push(Node::over(database.node(running()).await));
    }
    scheme::onboard(&nodes[0].committer, "500").await;
    let (stop, sums) = (Arc::new(AtomicBool::new(false)), Arc::new(Sums::default()));
    let watching = tokio::spawn(watch(Arc::clone(&nodes[0].store), Arc::clone(&stop)));
    let committers: Vec<Committer> = nodes.iter().map(|node| node.committer.clone()).collect();
    let payers = (0..PAYERS).map(|payer| {
        let (committers, sums) = (committers.clone(), Arc::clone(&sums));
        tokio::spawn(async move {
            for count in 0..PAYMENTS {
                pay(&committers, &sums, payer * PAYMENTS + count + 1).await;
            }
        })
    });
    for payer in payers.collect::<Vec<_>>() {
        payer.await.unwrap();
    }
    stop.store(true, Ordering::SeqCst);
    let looks = watching.await.unwrap();
    assert!(looks > 10, "{looks} looks while all paid");
    let store = &*nodes[1].store;
    let of = |sum: &AtomicU64| i128::from(sum.load(Ordering::SeqCst)) * 10_000;
    let (paid, open) = (of(&sums.paid), of(&sums.open));
    assert!(paid > 0 && sums.refused.load(Ordering::SeqCst) > 0, "the limit was met");
    assert_eq!(scheme::balance(store, "payee", AccountKind::Position).await, -paid);
    assert_eq!(scheme::balance(store, "payer", AccountKind::InFlight).await, -open);
    assert_eq!(scheme::balance(store, "payer", AccountKind::Position).await, paid + open);
    scheme::assert_accounts_sum_to_zero(store).await;
    let client = database.client().await;
    let text = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(client.query_one(text, &[]).await.unwrap().get::<_, i64>(0), 0, "one lock order");
}

/// Prepares on one node and ends on another, twice by two nodes at once: one of them wins.
async fn pay(committers: &[Committer], sums: &Sums, id: u64) {
    let chance = mixed(SEED ^ id);
    let amount = chance % 9 + 1;
    let on = |shift: u32| &committers[(chance >> shift) as usize % committers.len()];
    let one = commands(vec![prepare(u128::from(id), &amount.to_string())]);
    match &on(8).submit(one).await.unwrap().decisions[0].outcome {
        Outcome::Accepted => {}
        Outcome::Refused(Refusal::NetDebitCap) => {
            sums.refused.fetch_add(1, Ordering::SeqCst);
            return;
        }
        other => panic!("{other:?}"),
    }
    let id = u128::from(id);
    let ends = match (chance >> 16) % 4 {
        0 => {
            sums.open.fetch_add(amount, Ordering::SeqCst);
            return;
        }
        1 | 2 => [Command::NeverSent { id: TransferId(id) }, fulfil(id)],
        _ => [fulfil(id), fulfil(id)],
    };
    let [first, second] = ends.map(|end| commands(vec![end]));
    let (first, second) = tokio::join!(on(24).submit(first), on(32).submit(second));
    let accepted = [first, second].map(|one| one.unwrap().decisions.remove(0).outcome);
    let wins = accepted.iter().filter(|outcome| **outcome == Outcome::Accepted).count();
    assert_eq!(wins, 1, "{accepted:?}");
    let paid = matches!((chance >> 16) % 4, 3) || accepted[1] == Outcome::Accepted;
    if paid {
        sums.paid.fetch_add(amount, Ordering::SeqCst);
    }
}

/// Reads all accounts again and again; returns how often.
async fn watch(store: Arc<dyn Store>, stop: Arc<AtomicBool>) -> u32 {
    let position = account("payer", AccountKind::Position);
    let mut looks = 0;
    while !stop.load(Ordering::SeqCst) {
        let accounts = store.accounts().await.unwrap();
        assert_eq!(accounts.iter().map(|account| account.balance.units()).sum::<i128>(), 0);
        let payer = accounts.iter().find(|account| account.key == position).unwrap();
        assert!(payer.balance.units() <= money("500").units(), "{:?}", payer.balance);
        looks += 1;
        tokio::task::yield_now().await;
    }
    looks
}
