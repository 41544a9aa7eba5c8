//! What the benches pay with.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use switch::{
    AccountKind, AccountNumber, Command, Condition, Currency, Fulfil, FulfilState, Fulfilment,
    Hash, Money, ParticipantName, Prepare, RecordFundsIn, TransferId, Verdict,
};
use switch_store::{DeadlineChange, OutboxRow, Sink, SteadyClock, SystemClock};

/// What is to be sent goes nowhere.
pub struct Nobody;

impl Sink for Nobody {
    fn committed(&self, _rows: Vec<OutboxRow>, _deadlines: Vec<DeadlineChange>) {}
}

pub fn prepare(id: u128, payer: &str, payee: &str) -> Command {
    let now = SteadyClock::new(Arc::new(SystemClock::new())).now();
    Command::Prepare(Box::new(Prepare {
        id: TransferId(id),
        spelling: format!("{id:032x}"),
        source: name(payer),
        payer: name(payer),
        payee: name(payee),
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

pub fn fulfil(id: u128, payer: &str, payee: &str) -> Command {
    Command::Fulfil(Box::new(Fulfil {
        id: TransferId(id),
        spelling: format!("{id:032x}"),
        source: name(payee),
        destination: name(payer),
        state: FulfilState::Committed,
        fulfilment: Fulfilment([7; 32]),
        hash: Hash([2; 32]),
        completed_at: None,
    }))
}

/// The hub's accounts, participants with caps, and money for each.
pub fn onboarding(participants: &[&str]) -> Vec<Command> {
    let hub = [AccountKind::HubReconciliation, AccountKind::HubMultilateralSettlement];
    let mut commands =
        Vec::from(hub.map(|kind| Command::CreateHubAccount { kind, currency: currency() }));
    for (number, participant) in participants.iter().enumerate() {
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
        // The hub's accounts have the numbers 1 and 2; each participant one for its position,
        // one for settlement, one for what is in flight.
        let settlement = u64::try_from(number).unwrap() * 3 + 4;
        commands.push(Command::RecordFundsIn(Box::new(RecordFundsIn {
            id: TransferId(u128::MAX - u128::from(settlement)),
            hash: Hash([3; 32]),
            participant: name(participant),
            account: AccountNumber(settlement),
            money: money("100000000"),
            reason: "bench".into(),
            external_reference: "bench".into(),
        })));
    }
    commands
}

pub fn name(text: &str) -> ParticipantName {
    text.parse().unwrap()
}

pub fn currency() -> Currency {
    "XTS".parse().unwrap()
}

pub fn money(text: &str) -> Money {
    Money::amount(text, currency()).unwrap()
}
