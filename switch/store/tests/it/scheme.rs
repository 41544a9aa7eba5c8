//! A scheme of two participants in one currency, and the commands that the tests send.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use switch::{
    Account, AccountKey, AccountKind, AccountNumber, AccountNumberEntry, AccountNumbers, Command,
    Condition, Currency, Fulfil, FulfilState, Fulfilment, FundsMovement, GroupId, Hash, Limit,
    Money, Participant, ParticipantName, Party, PartyHolder, PartyId, PartyKind, PartyRanges,
    Prepare, RecordFundsIn, Row, Transfer, TransferId, TransferState, Verdict,
};
use switch_store::{Committer, Store, Submission};

use crate::place::START;

pub fn name(text: &str) -> ParticipantName {
    text.parse().unwrap()
}

pub fn currency() -> Currency {
    "XTS".parse().unwrap()
}

pub fn money(text: &str) -> Money {
    Money::amount(text, currency()).unwrap()
}

pub fn account(participant: &str, kind: AccountKind) -> AccountKey {
    AccountKey { participant: name(participant), currency: currency(), kind }
}

/// A fulfilment of the transfer's own, so that one that is mixed up is noticed.
fn fulfilment(id: u128) -> Fulfilment {
    let mut bytes = [7; 32];
    bytes[..16].copy_from_slice(&id.to_be_bytes());
    Fulfilment(bytes)
}

fn condition(id: u128) -> Condition {
    let digest = digest(&SHA256, &fulfilment(id).0);
    Condition(digest.as_ref().try_into().unwrap())
}

pub fn prepare(id: u128, amount: &str) -> Command {
    Command::Prepare(Box::new(Prepare {
        id: TransferId(id),
        spelling: format!("{id:032x}"),
        source: name("payer"),
        payer: name("payer"),
        payee: name("payee"),
        money: money(amount),
        condition: condition(id),
        expiration: START.plus_ms(60 * 60 * 1_000),
        expires_at: START.plus_ms(60 * 60 * 1_000),
        reserve_by: None,
        hash: Hash([1; 32]),
        hold_until: START.plus_ms(59 * 60 * 1_000),
        verdict: Verdict::NotScreened,
        verdict_reference: None,
    }))
}

pub fn fulfil(id: u128) -> Command {
    Command::Fulfil(Box::new(Fulfil {
        id: TransferId(id),
        spelling: format!("{id:032x}"),
        source: name("payee"),
        destination: name("payer"),
        state: FulfilState::Committed,
        fulfilment: fulfilment(id),
        hash: Hash([2; 32]),
        completed_at: None,
    }))
}

/// The hub's accounts, both participants with a cap, and money for the payer. The accounts'
/// numbers follow from the order: the payer's settlement account is the fourth.
pub fn onboarding(cap: &str) -> Vec<Command> {
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
            net_debit_cap: money(cap),
            alarm_percentage: None,
        });
    }
    commands.push(Command::RecordFundsIn(Box::new(RecordFundsIn {
        id: TransferId(u128::MAX),
        hash: Hash([3; 32]),
        participant: name("payer"),
        account: AccountNumber(4),
        money: money("1000000"),
        reason: "test".into(),
        external_reference: "test".into(),
    })));
    commands
}

pub fn commands(commands: Vec<Command>) -> Submission {
    Submission { commands, ..Submission::default() }
}

/// Onboards both participants in one submission, so that each command needs what those before
/// have made.
pub async fn onboard(committer: &Committer, cap: &str) {
    let committed = committer.submit(commands(onboarding(cap))).await.unwrap();
    for decision in &committed.decisions {
        assert_eq!(decision.outcome, switch::Outcome::Accepted);
    }
}

pub async fn balance(store: &dyn Store, participant: &str, kind: AccountKind) -> i128 {
    let key = account(participant, kind);
    let accounts = store.accounts().await.unwrap();
    let found = accounts.iter().find(|account| account.key == key).unwrap();
    found.balance.units()
}

/// Double entry over all that is stored.
pub async fn assert_accounts_sum_to_zero(store: &dyn Store) {
    let accounts = store.accounts().await.unwrap();
    assert!(!accounts.is_empty());
    assert_eq!(accounts.iter().map(|account| account.balance.units()).sum::<i128>(), 0);
}

pub fn transfer(id: u128) -> Transfer {
    Transfer {
        id: TransferId(id),
        group: GroupId(id),
        spelling: format!("{id:032X}"),
        payer: name("payer"),
        payee: name("payee"),
        money: money("99999999999999.9999"),
        condition: condition(id),
        hash: Hash([9; 32]),
        expiration: START,
        expires_at: START,
        due_at: START.plus_ms(-1),
        state: TransferState::Reserved,
        prepared_at: START,
        ended_at: None,
        payee_answer: None,
        cause: None,
        late_fulfil: None,
        verdict: Verdict::NotScreened,
        verdict_reference: None,
    }
}

/// One of each, with something in every field that can hold something.
pub fn rows_of_every_kind() -> Vec<Row> {
    let position = account("payer", AccountKind::Position);
    let limit = Limit { net_debit_cap: money("10.5"), alarm_percentage: 80 };
    let party = PartyId::new("MSISDN", "+4912345\u{0}ü", Some("sub")).unwrap();
    let holder = PartyHolder { currency: Some(currency()), participant: name("payee") };
    let kind = PartyKind::try_from("IBAN".to_owned()).unwrap();
    vec![
        Row::FundsMovement(Box::new(FundsMovement {
            id: TransferId(u128::MAX),
            hash: Hash([8; 32]),
            account: position.clone(),
            money: money("0.0001"),
            reason: "reason".into(),
            external_reference: "reference".into(),
            recorded_at: START,
        })),
        Row::AccountNumbers(AccountNumbers { next: AccountNumber(u64::MAX) }),
        Row::AccountNumber(AccountNumberEntry {
            number: AccountNumber(3),
            account: position.clone(),
        }),
        Row::Participant(Participant {
            name: name("payer"),
            active: true,
            is_proxy: false,
            currencies: vec![currency()],
            created_at: START,
        }),
        Row::Party(Party { id: party, holders: vec![holder] }),
        Row::PartyRanges(PartyRanges {
            kind,
            ranges: BTreeMap::from([("DE89".to_owned(), name("payee"))]),
        }),
        Row::Transfer(Box::new(transfer(1))),
        Row::Account(Box::new(Account {
            key: position,
            number: AccountNumber(3),
            balance: money("12.3456").negated(),
            active: true,
            limit: Some(limit),
            changed_at: START,
        })),
    ]
}
