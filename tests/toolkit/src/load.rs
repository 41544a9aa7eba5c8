//! Payments in every direction, beginning one after the other and running side by side, for as long as wanted: what
//! goes on while something is killed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::{JoinHandle, JoinSet};

use crate::ToolkitError;
use crate::bank::{AccountRef, AgentRef, BankConduct, IsoBank, Order, OrderOutcome};
use crate::dfsp::{Answer, Conduct, Dfsp, PartyId, PayRequest, PaymentEnd, Stage, StageBudgets};
use crate::limits::{LOAD_ORDER_MS, LOAD_RESEND_PAUSE_MS, LOAD_RESENDS, LOAD_UNDER_WAY};
use crate::players::{ALPINE_IBAN, BLUE_NUMBER, CURRENCY, GREEN_NUMBER, HARBOUR_IBAN, Players};

/// What a load has come to so far.
#[derive(Debug, Default)]
pub struct Counts {
    begun: AtomicU64,
    paid: AtomicU64,
    unpaid: Mutex<BTreeMap<String, u64>>,
}

/// The same at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Payments that were begun.
    pub begun: u64,
    /// Those whose payer knows that the money moved.
    pub paid: u64,
    /// Those that ended otherwise for their payer: refused, failed, or not known to it in time.
    pub unpaid: u64,
}

/// A running load; ended with [`Load::finish`].
#[derive(Debug)]
pub struct Load {
    stopped: Arc<AtomicBool>,
    counts: Arc<Counts>,
    running: JoinHandle<()>,
}

impl Load {
    /// Begins a payment every `pause_ms`; which, and of how much, the seed says.
    pub fn start(players: Arc<Players>, pause_ms: u64, seed: u64) -> Load {
        Load::of(players, pause_ms, seed, Patience::Short)
    }

    /// The same with payers who wait as long as anything may take: where nothing is to be lost on the way.
    pub fn patient(players: Arc<Players>, pause_ms: u64, seed: u64) -> Load {
        Load::of(players, pause_ms, seed, Patience::Long)
    }

    fn of(players: Arc<Players>, pause_ms: u64, seed: u64, patience: Patience) -> Load {
        let (stopped, counts) = (Arc::new(AtomicBool::new(false)), Arc::new(Counts::default()));
        let course = Course {
            players,
            pause_ms,
            patience,
            stopped: Arc::clone(&stopped),
            counts: Arc::clone(&counts),
        };
        let running = tokio::spawn(course.run(Random::new(seed)));
        Load { stopped, counts, running }
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.counts.progress()
    }

    /// Begins no more payments, and waits for those under way.
    pub async fn finish(self) -> Progress {
        self.stopped.store(true, Ordering::Relaxed);
        let _ended = self.running.await;
        self.counts.progress()
    }

    /// The same, with the reasons why payments were not paid.
    pub async fn finish_with_reasons(self) -> (Progress, BTreeMap<String, u64>) {
        let counts = Arc::clone(&self.counts);
        let progress = self.finish().await;
        let reasons = locked(&counts.unpaid).clone();
        (progress, reasons)
    }
}

impl Counts {
    fn progress(&self) -> Progress {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let unpaid = locked(&self.unpaid).values().sum();
        Progress { begun: of(&self.begun), paid: of(&self.paid), unpaid }
    }

    fn note(&self, end: Result<End, ToolkitError>) {
        let reason = match end {
            Ok(End::Paid) => {
                self.paid.fetch_add(1, Ordering::Relaxed);
                return;
            }
            Ok(End::Unpaid(reason)) => reason,
            Err(ToolkitError::Exchange { .. }) => "no answer".to_owned(),
            Err(ToolkitError::Silence { .. }) => "no end in time".to_owned(),
            Err(error) => error.to_string(),
        };
        *locked(&self.unpaid).entry(reason).or_default() += 1;
    }
}

/// Every way of answering: at once, after some time, COMMITTED, RESERVED, in the answer, by a post.
pub fn set_conducts(players: &Players) {
    players.green.set_conduct(Stage::Transfer, Conduct::late(15));
    let reserving = Conduct { delay_ms: 10, ..Conduct::answering(Answer::Reserved) };
    players.blue.set_conduct(Stage::Transfer, reserving);
    players.alpine.set_conduct(BankConduct::proper().later(30));
    players.harbour.set_conduct(BankConduct { delay_ms: 20, ..BankConduct::proper() });
}

/// An order from an Alpine customer to a phone number.
///
/// # Errors
/// [`ToolkitError::Key`] without entropy.
pub fn order_to_number(number: &str, amount: &str) -> Result<Order, ToolkitError> {
    let account = AccountRef::Proxy { kind: "TELE".to_owned(), id: format!("+{number}") };
    let mut order = Order::new(CURRENCY, amount, account)?;
    order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
    Ok(order)
}

/// An order from an Alpine customer to one of Harbour's.
///
/// # Errors
/// [`ToolkitError::Key`] without entropy.
pub fn order_to_harbour(bic: &str, amount: &str) -> Result<Order, ToolkitError> {
    let account = AccountRef::Iban(HARBOUR_IBAN.to_owned());
    let mut order = Order::new(CURRENCY, amount, account)?;
    order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
    order.creditor_agent = Some(AgentRef::Bic(bic.to_owned()));
    Ok(order)
}

/// How long payers wait.
#[derive(Debug, Clone, Copy)]
enum Patience {
    /// Until a lookup or quote that a kill swallows is over: they are kept in memory only.
    Short,
    /// As long as anything may take.
    Long,
}

/// What a load needs while it runs.
struct Course {
    players: Arc<Players>,
    pause_ms: u64,
    patience: Patience,
    stopped: Arc<AtomicBool>,
    counts: Arc<Counts>,
}

impl Course {
    async fn run(self, mut random: Random) {
        let mut under_way = JoinSet::new();
        while !self.stopped.load(Ordering::Relaxed) {
            if under_way.len() < LOAD_UNDER_WAY {
                let kind = random.within(0..7);
                let (amount, patience) = (amount(random.within(100..1_000)), self.patience);
                let (players, counts) = (Arc::clone(&self.players), Arc::clone(&self.counts));
                counts.begun.fetch_add(1, Ordering::Relaxed);
                under_way.spawn(async move {
                    counts.note(payment(&players, kind, &amount, patience).await);
                });
            }
            tokio::time::sleep(Duration::from_millis(self.pause_ms)).await;
            while under_way.try_join_next().is_some() {}
        }
        while under_way.join_next().await.is_some() {}
    }
}

/// Cents as the API writes an amount: without zeros at its end.
fn amount(cents: u64) -> String {
    let text = format!("{}.{:02}", cents / 100, cents % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What the payer came to know.
enum End {
    Paid,
    Unpaid(String),
}

async fn payment(
    players: &Players,
    kind: u64,
    amount: &str,
    patience: Patience,
) -> Result<End, ToolkitError> {
    let Players { alpine, harbour, green, blue } = players;
    let number = |number| PartyId::new("MSISDN", number);
    let iban = |iban| PartyId::new("IBAN", iban);
    match kind {
        0 => order(alpine, &order_to_number(GREEN_NUMBER, amount)?, None).await,
        1 => order(alpine, &order_to_number(BLUE_NUMBER, amount)?, Some(5)).await,
        2 => order(alpine, &order_to_harbour(harbour.bic(), amount)?, None).await,
        3 => transfer(green, number(BLUE_NUMBER), amount, patience).await,
        4 => transfer(blue, number(GREEN_NUMBER), amount, patience).await,
        5 => transfer(green, iban(ALPINE_IBAN), amount, patience).await,
        _ => transfer(blue, iban(HARBOUR_IBAN), amount, patience).await,
    }
}

/// Posts an order until it is answered, and waits for its end.
async fn order(bank: &IsoBank, order: &Order, wait_s: Option<u32>) -> Result<End, ToolkitError> {
    for _ in 0..LOAD_RESENDS {
        let outcome = match order.creditor_agent {
            Some(_) => bank.pay_pacs_008(order, wait_s, LOAD_ORDER_MS).await,
            None => bank.pay_pain_001(order, wait_s, LOAD_ORDER_MS).await,
        };
        match outcome {
            Ok(OrderOutcome { http_status: 500..=599, .. })
            | Err(ToolkitError::Exchange { .. }) => {}
            Ok(outcome) if outcome.status.as_deref() == Some("ACSC") => return Ok(End::Paid),
            Ok(outcome) => {
                let words = [outcome.status, outcome.reason].into_iter().flatten();
                let words = words.collect::<Vec<_>>().join(" ");
                return Ok(End::Unpaid(format!("order: {words} {}", outcome.http_status)));
            }
            Err(error) => return Err(error),
        }
        tokio::time::sleep(Duration::from_millis(LOAD_RESEND_PAUSE_MS)).await;
    }
    Ok(End::Unpaid("order: never taken".to_owned()))
}

/// A payment between DFSPs, or to a bank.
async fn transfer(
    payer: &Dfsp,
    payee: PartyId,
    amount: &str,
    patience: Patience,
) -> Result<End, ToolkitError> {
    let ordinary = PayRequest::new(payee, CURRENCY, amount);
    let (party_ms, quote_ms) = (Some(2_000), Some(2_000));
    let request = match patience {
        Patience::Short => PayRequest {
            budgets: StageBudgets { party_ms, quote_ms, transfer_ms: None },
            expires_in_ms: 6_000,
            resends: 12,
            asks: 0,
            ..ordinary
        },
        Patience::Long => {
            PayRequest { expires_in_ms: LOAD_ORDER_MS, resends: LOAD_RESENDS, ..ordinary }
        }
    };
    Ok(match payer.pay(&request).await?.end {
        PaymentEnd::Committed => End::Paid,
        PaymentEnd::Failed { stage, code, .. } => End::Unpaid(format!("{stage:?}: {code}")),
        PaymentEnd::Refused { stage, status, code } => {
            End::Unpaid(format!("{stage:?}: refused {status} {code}"))
        }
        PaymentEnd::Silent { stage } => End::Unpaid(format!("{stage:?}: no callback")),
    })
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// SplitMix64: small, seeded, good enough to choose instants and amounts.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The same numbers for the same seed.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The next number, put into a range; its start if it is empty.
    pub fn within(&mut self, range: std::ops::Range<u64>) -> u64 {
        let length = range.end.saturating_sub(range.start).max(1);
        range.start + self.number() % length
    }
}

#[cfg(test)]
mod tests {
    use super::{Random, amount};

    #[test]
    fn an_amount_has_no_zeros_at_its_end() {
        assert_eq!([100, 110, 111, 1_000].map(amount), ["1", "1.1", "1.11", "10"]);
    }

    #[test]
    fn a_seed_gives_the_same_numbers_and_stays_within() {
        let numbers = |seed| {
            let mut random = Random::new(seed);
            (0..1_000).map(|_| random.within(5..9)).collect::<Vec<_>>()
        };
        assert_eq!(numbers(7), numbers(7));
        assert_ne!(numbers(7), numbers(8));
        assert!(numbers(7).iter().all(|number| (5..9).contains(number)));
        assert!((5..9).all(|number| numbers(7).contains(&number)));
    }
}
