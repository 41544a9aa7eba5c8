//! A node is stopped inside a transaction, its locks held: the others wait for the database's timeout
//! and no longer, and what it was about to do is done once.

use super::{Stand, patient, seed};
use causeway_tests::process::program;
use causeway_toolkit::bank::{IsoBank, Order};
use causeway_toolkit::cluster::ClusterOptions;
use causeway_toolkit::cluster::fault::{Act, Part};
use causeway_toolkit::dfsp::{Dfsp, PartyId, PayRequest, PaymentEnd};
use causeway_toolkit::load::{Load, Random, order_to_harbour, order_to_number};
use causeway_toolkit::players::{ALPINE_IBAN, BLUE_NUMBER, CURRENCY, GREEN_NUMBER, Players};
use std::sync::Arc;
use std::time::{Duration, Instant};
use switch_store::limits::SESSION_TIMEOUT_MS;

/// How often a node is stopped until it is found inside a transaction.
const TRIES: u32 = 400;
/// How often the payments that wait for its locks are measured, if the first take too long.
const MEASURED: u32 = 3;
/// How often one that is found may hold locks that nobody wants.
const UNWANTED: u32 = 20;
/// Between the beginnings of two payments, in milliseconds: so that the database is often at work, and
/// a machine that builds or tests something else beside this still keeps up.
const PAUSE_MS: u64 = 40;
/// How often the payments are measured while nothing is wrong.
const ORDINARY_ROUNDS: u32 = 3;
/// When the database is asked who waits, in milliseconds after the payments were begun.
const LOOK_MS: u64 = 200;
/// How long a bank waits for the end of its order.
const PATIENCE_MS: u64 = 60_000;
/// The node that is stopped.
const STOPPED: usize = 2;

/// What a payment may take while locks are held: this often the time that it takes otherwise and the
/// timeout together. Once is what is designed: whoever holds locks and is silent loses them after
/// [`SESSION_TIMEOUT_MS`], and a payment meets such a holder once at most. Twice allows for a machine
/// that has just lost a node and repeats what this one had begun. Without the timeout, a payment
/// would wait until the node goes on, which here is after all of them have ended: they would fail.
const FACTOR: u32 = 2;

/// What operators are promised ("a stopped node delays the others by its timeouts and no more").
const _: () = assert!(SESSION_TIMEOUT_MS <= 2_000);

/// Backends that have a transaction open and wait for their client.
const HELD: &str = "SELECT coalesce(string_agg(pid::text, ' ' ORDER BY pid), '') \
    FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'";

/// Backends that wait for a lock which the holder has.
const WAITING: &str =
    "SELECT count(*) FROM pg_stat_activity WHERE HOLDER = ANY(pg_blocking_pids(pid))";

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stands_still_inside_a_transaction_delays_the_others_by_its_timeout_at_most() {
    let (seed, again) = seed("transaction");
    let mut options = ClusterOptions::new(program());
    patient(&mut options);
    let Some(mut stand) = Stand::of(options).await else { return };
    let mut random = Random::new(seed);
    let load = Load::start(Arc::clone(&stand.trial.players), PAUSE_MS, random.number());
    around_the_stopped(&stand);
    let mut ordinary = Duration::ZERO;
    for _ in 0..ORDINARY_ROUNDS {
        let players = Arc::clone(&stand.trial.players);
        ordinary = ordinary.max(longest_of_each_kind(players, again.clone()).await);
    }
    // The load goes on beside them: its payments through the stopped node are nobody's measure.
    let bound = (ordinary + Duration::from_millis(SESSION_TIMEOUT_MS)) * FACTOR;
    // A machine that stands still for a moment does not do so each time; a timeout that is not there
    // is missing each time.
    let mut measured = 1;
    let (holder, held) = loop {
        let (holder, held) = wanted_by_others(&mut stand, &mut random, &again).await;
        if held <= bound || measured == MEASURED {
            break (holder, held);
        }
        measured += 1;
        stand.trial.recover().await.unwrap();
    };
    eprintln!("otherwise {ordinary:?}, while locks are held {held:?}, bound {bound:?}");
    assert!(held <= bound, "{again}: a payment took {held:?}, otherwise {ordinary:?}");
    let still = stand.trial.cluster.database().primary().query("causeway", HELD).unwrap();
    assert!(!still.split(' ').any(|pid| pid == holder), "{again}: its locks are still held");
    stand.trial.cluster.act(Act::Continue, Part::Node(STOPPED)).await.unwrap();
    through_the_balancer(&stand);
    let begun = load.finish().await.begun;
    let committed = u64::try_from(stand.judged(&again).await).unwrap();
    assert!(committed * 2 > begun, "{again}: only {committed} of {begun} were paid");
}

/// Stops the node inside a transaction whose rows others wait for, as the database says: the backend
/// that holds them, and how long the longest payment took that was begun then.
async fn wanted_by_others(
    stand: &mut Stand,
    random: &mut Random,
    again: &str,
) -> (String, Duration) {
    for _ in 0..UNWANTED {
        through_the_balancer(stand);
        let holder = stopped_inside(stand, random).await;
        let Some(holder) = holder else { panic!("{again}: never found inside a transaction") };
        around_the_stopped(stand);
        let players = Arc::clone(&stand.trial.players);
        let paying = tokio::spawn(longest_of_each_kind(players, again.to_owned()));
        tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
        let waiting = stand.trial.cluster.database().primary();
        let waiting = waiting.query("causeway", &WAITING.replace("HOLDER", &holder)).unwrap();
        let longest = paying.await.unwrap();
        if waiting != "0" {
            eprintln!("{waiting} waited for backend {holder}");
            return (holder, longest);
        }
        stand.trial.recover().await.unwrap();
    }
    panic!("{again}: nobody ever needed what a stopped node had locked");
}

/// Stops the node again and again, until the same transaction is open in two looks in a row: it is
/// this node's, as the others go on with theirs. Its backend.
async fn stopped_inside(stand: &mut Stand, random: &mut Random) -> Option<String> {
    let node = Part::Node(STOPPED);
    for _ in 0..TRIES {
        stand.trial.cluster.act(Act::Stop, node).await.unwrap();
        if let Some(holder) = held_for_long(stand).await {
            return Some(holder);
        }
        stand.trial.cluster.act(Act::Continue, node).await.unwrap();
        tokio::time::sleep(Duration::from_millis(random.within(5..40))).await;
    }
    None
}

async fn held_for_long(stand: &mut Stand) -> Option<String> {
    let server = stand.trial.cluster.database().primary();
    let first = server.query("causeway", HELD).unwrap();
    if first.is_empty() {
        return None;
    }
    tokio::time::sleep(Duration::from_millis(150)).await;
    let second = server.query("causeway", HELD).unwrap();
    let both = first.split(' ').find(|pid| second.split(' ').any(|other| other == *pid));
    both.map(str::to_owned)
}

/// From now on all participants turn to the nodes that go on.
fn around_the_stopped(stand: &Stand) {
    let url = |number: usize, door: usize| {
        let ports = stand.trial.cluster.node(number).unwrap().ports();
        format!("https://127.0.0.1:{}", ports[door])
    };
    let players = &stand.trial.players;
    let (before, after) = (STOPPED - 1, STOPPED + 1);
    players.green.set_hub(url(before, 0));
    players.blue.set_hub(url(after, 0));
    players.alpine.set_channel(url(before, 1));
    players.harbour.set_channel(url(after, 1));
}

fn through_the_balancer(stand: &Stand) {
    let (urls, players) = (stand.trial.cluster.urls(), &stand.trial.players);
    players.green.set_hub(urls.fspiop.clone());
    players.blue.set_hub(urls.fspiop);
    players.alpine.set_channel(urls.channel.clone());
    players.harbour.set_channel(urls.channel);
}

/// A payment of every kind, all begun at once: between them they need the accounts of everybody. All
/// are paid; how long the longest took.
async fn longest_of_each_kind(players: Arc<Players>, again: String) -> Duration {
    let Players { alpine, harbour, green, blue } = &*players;
    let number = |number| PartyId::new("MSISDN", number);
    let to_blue = order_to_number(BLUE_NUMBER, "1").unwrap();
    let to_harbour = order_to_harbour(harbour.bic(), "1").unwrap();
    let took = tokio::join!(
        transfer(green, number(BLUE_NUMBER), &again),
        transfer(blue, number(GREEN_NUMBER), &again),
        transfer(green, PartyId::new("IBAN", ALPINE_IBAN), &again),
        ordered(alpine, &to_blue, &again),
        ordered(alpine, &to_harbour, &again),
    );
    let (first, second, third, fourth, fifth) = took;
    [first, second, third, fourth, fifth].into_iter().max().unwrap()
}

async fn transfer(payer: &Dfsp, payee: PartyId, again: &str) -> Duration {
    let since = Instant::now();
    let outcome = payer.pay(&PayRequest::new(payee, CURRENCY, "1")).await.unwrap();
    assert_eq!(outcome.end, PaymentEnd::Committed, "{again}: {outcome:?}");
    since.elapsed()
}

async fn ordered(bank: &IsoBank, order: &Order, again: &str) -> Duration {
    let since = Instant::now();
    let outcome = match order.creditor_agent {
        Some(_) => bank.pay_pacs_008(order, None, PATIENCE_MS).await.unwrap(),
        None => bank.pay_pain_001(order, None, PATIENCE_MS).await.unwrap(),
    };
    assert_eq!(outcome.status.as_deref(), Some("ACSC"), "{again}: {}", outcome.xml);
    since.elapsed()
}
