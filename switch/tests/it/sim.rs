//! A seeded simulation of the ledger alone. A seed that fails prints the command that replays it.

mod cap;
mod history;

use std::str::FromStr;

use switch::{
    AccountKey, AccountKind, AccountNumber, Command, Condition, Currency, Fulfilment, Hash, Key,
    Money, Outcome, ParticipantName, Prepare, RecordFundsIn, Row, Timestamp, TransferId, Verdict,
};

use crate::ledger::Ledger;
use crate::table::{name, sha256};

/// Runs `one` for each seed, or only for `SWITCH_SIM_SEED`.
#[expect(clippy::disallowed_methods, reason = "a replay names its seed in the environment")]
fn seeds(test: &str, count: u64, one: impl Fn(&mut Chance)) {
    let asked = std::env::var("SWITCH_SIM_SEED").ok();
    let asked: Option<u64> = asked.map(|seed| seed.parse().expect("SWITCH_SIM_SEED is a number"));
    let range = asked.map_or(0..count, |seed| seed..seed + 1);
    for seed in range {
        let _replay = Replay { seed, test };
        one(&mut Chance(seed));
    }
}

struct Replay<'a> {
    seed: u64,
    test: &'a str,
}

impl Drop for Replay<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { seed, test } = self;
            eprintln!("replay: SWITCH_SIM_SEED={seed} cargo test -p switch --test it {test}");
        }
    }
}

/// Chance from a seed (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end as u64 + 1) as usize);
        }
    }
}

fn xts() -> Currency {
    Currency::from_str("XTS").unwrap()
}

fn units(units: i128) -> Money {
    Money::from_units(units, xts()).unwrap()
}

fn participants(count: usize) -> Vec<ParticipantName> {
    (0..count).map(|number| name(&format!("bank{number}"))).collect()
}

/// A scheme where each bank has the same cover and the same cap.
fn scheme(banks: &[ParticipantName], cover: i128, cap: i128) -> Ledger {
    let mut ledger = Ledger::default();
    let kinds = [AccountKind::HubReconciliation, AccountKind::HubMultilateralSettlement];
    let mut batch: Vec<_> =
        kinds.map(|kind| Command::CreateHubAccount { kind, currency: xts() }).into();
    for (index, bank) in banks.iter().enumerate() {
        let participant = bank.clone();
        batch.push(Command::CreateParticipant {
            name: bank.clone(),
            currency: xts(),
            is_proxy: false,
        });
        batch.push(Command::SetInitialPositionAndLimit {
            participant,
            initial_position: units(0),
            net_debit_cap: units(cap),
            alarm_percentage: None,
        });
        batch.push(funds_in(index, bank, u128::MAX - index as u128, cover));
    }
    let batch: Vec<_> = batch.into_iter().map(|command| (Timestamp(0), command)).collect();
    let decisions = ledger.batch(&batch);
    assert!(decisions.iter().all(|decision| decision.outcome == Outcome::Accepted));
    ledger
}

/// Accounts are numbered in the order of opening: two of the hub, then three a bank.
fn funds_in(index: usize, bank: &ParticipantName, id: u128, amount: i128) -> Command {
    Command::RecordFundsIn(Box::new(RecordFundsIn {
        id: TransferId(id),
        hash: Hash(sha256(&amount.to_be_bytes())),
        participant: bank.clone(),
        account: AccountNumber(4 + 3 * index as u64),
        money: units(amount),
        reason: String::new(),
        external_reference: String::new(),
    }))
}

fn prepare(
    id: u128,
    payer: &ParticipantName,
    payee: &ParticipantName,
    amount: i128,
    expires_at: Timestamp,
) -> Prepare {
    Prepare {
        id: TransferId(id),
        spelling: format!("{id:032x}"),
        source: payer.clone(),
        payer: payer.clone(),
        payee: payee.clone(),
        money: units(amount),
        condition: Condition(sha256(&fulfilment(id).0)),
        expiration: expires_at,
        expires_at,
        reserve_by: None,
        hash: Hash(sha256(format!("{id} {payer} {payee} {amount} {expires_at:?}").as_bytes())),
        hold_until: expires_at,
        verdict: Verdict::NotScreened,
        verdict_reference: None,
    }
}

fn fulfilment(id: u128) -> Fulfilment {
    let mut bytes = [7; 32];
    bytes[..16].copy_from_slice(&id.to_be_bytes());
    Fulfilment(bytes)
}

fn balance(ledger: &Ledger, owner: &ParticipantName, kind: AccountKind) -> i128 {
    let key = AccountKey { participant: owner.clone(), currency: xts(), kind };
    match ledger.rows.get(&Key::Account(key)) {
        Some(Row::Account(account)) => account.balance.units(),
        _ => panic!("no account of {owner}"),
    }
}
