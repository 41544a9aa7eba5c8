//! Twenty kills at random instants under load in both directions.

use super::{SETTINGS, assert_balanced, order_to_harbour, order_to_number, positions, settled};
use causeway_tests::process::Scheme;
use causeway_toolkit::bank::{BankConduct, IsoBank, Submission};
use causeway_toolkit::dfsp::{Answer, Conduct, Dfsp, PartyId, PayRequest, Stage, StageBudgets};
use causeway_toolkit::players::{
    ALPINE_IBAN, BLUE_NUMBER, CURRENCY, GREEN_NUMBER, HARBOUR_IBAN, Players,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::task::JoinSet;

const KILLS: u32 = 20;

/// How long the process serves before it is killed, in milliseconds: from while it still takes up
/// what it had left to several payments' length.
const SERVES_MS: std::ops::Range<u64> = 5..1_300;

/// Between the beginnings of two payments, in milliseconds.
const PAUSE_MS: u64 = 25;

const UNDER_WAY_MAX: usize = 100;

/// How often a bank posts an order that was not answered, and how long it waits in between.
const RESENDS: u32 = 80;
const RESEND_PAUSE_MS: u64 = 250;

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_under_load_lose_nothing_and_do_nothing_twice() {
    let seed = seed();
    eprintln!("again: KILL_SEED={seed} cargo test -p causeway-tests --test it kill::load");
    let mut random = Random(seed);
    let mut scheme = Scheme::start(SETTINGS).await;
    let before = positions(&scheme).await;
    set_conducts(&scheme.players);
    let load = Load::start(Arc::clone(&scheme.players), random.next());
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(random.within(SERVES_MS))).await;
        scheme.process.kill();
        scheme.process.restart().await;
    }
    let begun = load.finish().await;
    let verdict = settled(&scheme, &before).await;
    eprintln!("{begun} payments begun; {verdict}");
    assert!(verdict.is_clean(), "KILL_SEED={seed}\n{verdict}");
    // Most payments fall between the kills or outlive them: else this test shows little.
    assert!(verdict.committed * 3 > begun, "only {} of {begun} were paid", verdict.committed);
    assert_eq!(scheme.players.failures(), Vec::<String>::new());
    assert_balanced(&mut scheme).await;
}

/// Every way of answering: at once, after some time, COMMITTED, RESERVED, in the answer, by a post.
fn set_conducts(players: &Players) {
    players.green.set_conduct(Stage::Transfer, Conduct::late(15));
    let reserving = Conduct { delay_ms: 10, ..Conduct::answering(Answer::Reserved) };
    players.blue.set_conduct(Stage::Transfer, reserving);
    players.alpine.set_conduct(BankConduct::proper().later(30));
    players.harbour.set_conduct(BankConduct { delay_ms: 20, ..BankConduct::proper() });
}

/// Payments that begin one after the other and run side by side.
struct Load {
    stopped: Arc<AtomicBool>,
    running: tokio::task::JoinHandle<usize>,
}

impl Load {
    fn start(players: Arc<Players>, seed: u64) -> Load {
        let stopped = Arc::new(AtomicBool::new(false));
        let running = tokio::spawn(run(players, Random(seed), Arc::clone(&stopped)));
        Load { stopped, running }
    }

    /// Begins no more payments, waits for those under way, and tells how many there were.
    async fn finish(self) -> usize {
        self.stopped.store(true, Ordering::Relaxed);
        self.running.await.unwrap()
    }
}

async fn run(players: Arc<Players>, mut random: Random, stopped: Arc<AtomicBool>) -> usize {
    let mut under_way = JoinSet::new();
    let mut begun = 0;
    while !stopped.load(Ordering::Relaxed) {
        if under_way.len() < UNDER_WAY_MAX {
            let kind = random.within(0..7);
            let amount = format!("{}.{:02}", random.within(1..9), random.within(0..100));
            under_way.spawn(payment(Arc::clone(&players), kind, amount));
            begun += 1;
        }
        tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
        while under_way.try_join_next().is_some() {}
    }
    while let Some(ended) = under_way.join_next().await {
        ended.unwrap();
    }
    begun
}

async fn payment(players: Arc<Players>, kind: u64, amount: String) {
    let Players { alpine, harbour, green, blue } = &*players;
    match kind {
        0 => {
            order(
                alpine,
                &Submission::pain_001(&order_to_number(GREEN_NUMBER, &amount), alpine.bic()),
            )
            .await
        }
        1 => {
            let waiting =
                Submission::pain_001(&order_to_number(BLUE_NUMBER, &amount), alpine.bic());
            order(alpine, &waiting.waiting(Some(5))).await;
        }
        2 => {
            let paid = order_to_harbour(harbour.bic(), &amount);
            order(alpine, &Submission::pacs_008(&paid, alpine.bic()).unwrap()).await;
        }
        3 => transfer(green, PartyId::new("MSISDN", BLUE_NUMBER), &amount).await,
        4 => transfer(blue, PartyId::new("MSISDN", GREEN_NUMBER), &amount).await,
        5 => transfer(green, PartyId::new("IBAN", ALPINE_IBAN), &amount).await,
        _ => transfer(blue, PartyId::new("IBAN", HARBOUR_IBAN), &amount).await,
    }
}

/// Posts an order until it is answered. Its end is in the log.
async fn order(bank: &IsoBank, submission: &Submission) {
    for _ in 0..RESENDS {
        if let Ok(answer) = bank.submit(submission).await
            && !answer.status.is_server_error()
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(RESEND_PAUSE_MS)).await;
    }
}

/// A payment between DFSPs, or to a bank. Its end is in the log; a lookup or quote that a kill
/// swallows is no fault (DESIGN, section 2).
async fn transfer(payer: &Dfsp, payee: PartyId, amount: &str) {
    let budgets = StageBudgets { party_ms: Some(2_000), quote_ms: Some(2_000), transfer_ms: None };
    let request = PayRequest {
        budgets,
        expires_in_ms: 6_000,
        resends: 12,
        asks: 0,
        ..PayRequest::new(payee, CURRENCY, amount)
    };
    let _in_the_log = payer.pay(&request).await;
}

/// `KILL_SEED`, or one from the clock.
fn seed() -> u64 {
    let given = std::env::var("KILL_SEED").ok().and_then(|seed| seed.parse().ok());
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    given.unwrap_or(since.as_micros() as u64)
}

/// SplitMix64: small, seeded, good enough to choose instants and amounts.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn within(&mut self, range: std::ops::Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start)
    }
}
