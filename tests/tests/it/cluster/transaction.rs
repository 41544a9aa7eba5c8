//! A node is stopped inside a transaction, its locks held: the others wait for the database's timeout
//! and no longer, and what it was about to do is done once.

use super::{Stand, seed};
use causeway_toolkit::cluster::fault::{Act, Part};
use causeway_toolkit::load::{Load, Random};
use std::sync::Arc;
use std::time::Duration;

/// How often a node is stopped until it is found inside a transaction.
const TRIES: u32 = 400;
/// Between the beginnings of two payments, in milliseconds: the database is seldom idle.
const PAUSE_MS: u64 = 15;
/// Payments that the others make while it stands still.
const PAID_MEANWHILE: u64 = 20;
/// How long they may take for them, their waiting included.
const PATIENCE_MS: u64 = 30_000;

/// Backends that have a transaction open and wait for their client.
const HELD: &str = "SELECT coalesce(string_agg(pid::text, ' ' ORDER BY pid), '') \
    FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'";

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stands_still_inside_a_transaction_holds_nobody_up_for_long() {
    let (seed, again) = seed("transaction");
    let Some(mut stand) = Stand::start().await else { return };
    let mut random = Random::new(seed);
    let load = Load::start(Arc::clone(&stand.trial.players), PAUSE_MS, random.number());
    let node = Part::Node(2);
    let found = stopped_inside(&mut stand, node, &mut random).await;
    assert!(found, "{again}: never found inside a transaction");
    let before = load.progress().paid;
    for _ in 0..PATIENCE_MS / 10 {
        if load.progress().paid >= before + PAID_MEANWHILE {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let paid = load.progress().paid;
    assert!(paid >= before + PAID_MEANWHILE, "{again}: {} paid meanwhile", paid - before);
    stand.trial.cluster.act(Act::Continue, node).await.unwrap();
    let begun = load.finish().await.begun;
    let committed = u64::try_from(stand.judged(&again).await).unwrap();
    assert!(committed * 2 > begun, "{again}: only {committed} of {begun} were paid");
}

/// Stops the node again and again, until the same transaction is open in two looks in a row: it is
/// this node's, as the others go on with theirs.
async fn stopped_inside(stand: &mut Stand, node: Part, random: &mut Random) -> bool {
    for _ in 0..TRIES {
        stand.trial.cluster.act(Act::Stop, node).await.unwrap();
        if held_for_long(stand).await {
            return true;
        }
        stand.trial.cluster.act(Act::Continue, node).await.unwrap();
        tokio::time::sleep(Duration::from_millis(random.within(5..40))).await;
    }
    false
}

async fn held_for_long(stand: &mut Stand) -> bool {
    let server = stand.trial.cluster.database().primary();
    let first = server.query("causeway", HELD).unwrap();
    if first.is_empty() {
        return false;
    }
    tokio::time::sleep(Duration::from_millis(150)).await;
    let second = server.query("causeway", HELD).unwrap();
    first.split(' ').any(|pid| second.split(' ').any(|other| other == pid))
}
