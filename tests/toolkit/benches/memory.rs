//! What fraud screening remembers of a population, in bytes: of each account by its structure, of all as this process
//! grows. The first generator's population, so many times over, lives its days; rules look back as far as the
//! calibrated typologies do. `cargo bench -p causeway-toolkit --bench memory`; `-- ACCOUNTS DAYS` for others than a
//! million accounts and 420 days.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a bench may panic, and says what it found in floats"
)]

use std::collections::HashMap;
use std::sync::Arc;

use causeway_toolkit::generate::{GenerateSettings, records};
use frms::{
    AccountKey, Attempt, Catalogue, EntityKey, Features, OutcomeKind, Party, PaymentId, Record,
    Semantics,
};

/// As the gateway allocates.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Our calibrated typologies.
const BEHAVIOURS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../frms/catalogues/behaviours.json");
/// Payments in 420 days of the population that is taken so many times over.
const PAYMENTS: usize = 100_000;
const DAYS: i32 = 420;

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<usize>().ok());
    let accounts = numbers.next().unwrap_or(1_000_000);
    let days = numbers.next().and_then(|days| i32::try_from(days).ok()).unwrap_or(DAYS);
    let catalogue = std::fs::read(BEHAVIOURS).unwrap();
    let reach = Catalogue::read(&catalogue, Semantics::Strict).unwrap().reach();
    let lived = usize::try_from(days).unwrap() * PAYMENTS / usize::try_from(DAYS).unwrap();
    let settings = GenerateSettings { days, ..GenerateSettings::new(3, lived) };
    let mut once = Features::new(reach);
    live(&mut once, settings, 1);
    let times = accounts.div_ceil(once.len()) as u64;
    println!("{days} days, {lived} payments of {} accounts, {times} times over", once.len());
    show("once", &once, 0);
    drop(once);
    let before = resident();
    let mut all = Features::new(reach);
    live(&mut all, settings, times);
    show("all", &all, resident() - before);
}

/// A population's payments, each made by so many who do not know of each other.
fn live(features: &mut Features, settings: GenerateSettings, times: u64) {
    let mut open: HashMap<PaymentId, Arc<Attempt>> = HashMap::new();
    for record in records(settings) {
        match record {
            Record::Tx { tx, .. } => {
                let mut attempt = (*tx).clone();
                for number in 0..times {
                    become_another(&mut attempt, &tx, number);
                    features.attempted(&attempt);
                }
                open.insert(tx.id, tx);
            }
            Record::Outcome(outcome) if outcome.kind.is_final() => {
                let Some(tx) = open.remove(&outcome.id) else { continue };
                let mut attempt = (*tx).clone();
                for number in 0..times {
                    become_another(&mut attempt, &tx, number);
                    match outcome.kind {
                        OutcomeKind::Committed => features.settled(&attempt),
                        kind => features.ended(&attempt, kind, false),
                    }
                }
            }
            _ => {}
        }
    }
}

fn become_another(attempt: &mut Attempt, like: &Attempt, number: u64) {
    // Odd, so that each number gives another mask in all bits; 0 leaves everything as it is.
    let mask = u128::from(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let other = |party: Party| Party {
        account: AccountKey(party.account.0 ^ mask),
        entity: EntityKey(party.entity.0 ^ mask),
    };
    attempt.id = PaymentId(like.id.0 ^ mask);
    attempt.debtor = like.debtor.map(other);
    attempt.creditor = like.creditor.map(other);
}

fn show(what: &str, features: &Features, resident: usize) {
    let mut each: Vec<usize> = features.bytes_of_each().collect();
    each.sort_unstable();
    let at = |part: usize| each[(each.len() - 1) * part / 100];
    println!(
        "{what}: {} accounts; {} bytes at the median, {} at the 90th percentile, {} at most; {:.0} on average with \
         indexes, {:.3} GiB in all by structure",
        features.len(),
        at(50),
        at(90),
        at(100),
        features.bytes() as f64 / features.len() as f64,
        gib(features.bytes()),
    );
    if resident > 0 {
        let per_account = resident as f64 / features.len() as f64;
        let ratio = resident as f64 / features.bytes() as f64;
        println!(
            "{what}: {:.3} GiB more resident: {per_account:.0} bytes an account, {ratio:.3} times the structure, so \
             {:.0} bytes at the median; {:.3} GiB at the highest",
            gib(resident),
            at(50) as f64 * ratio,
            gib(highest())
        );
    }
}

fn gib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1_u32 << 30)
}

fn resident() -> usize {
    status("VmRSS:")
}

fn highest() -> usize {
    status("VmHWM:")
}

/// A figure of this process, in bytes.
fn status(name: &str) -> usize {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.split_whitespace().next().unwrap().parse::<usize>().unwrap() * 1_024
}
