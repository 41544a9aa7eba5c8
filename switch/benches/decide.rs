//! The one function that moves money: a prepare and its fulfil, decided and laid over the rows.

#![allow(missing_docs, clippy::unwrap_used, reason = "a bench may panic")]

use std::hint::black_box;

use aws_lc_rs::digest::{SHA256, digest};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use switch::{
    AccountKind, AccountNumber, Command, Condition, Currency, Fulfil, FulfilState, Fulfilment,
    Hash, Money, Outcome, ParticipantName, Prepare, RecordFundsIn, Rules, Timestamp, TransferId,
    Verdict, View, decide,
};

const NOW: Timestamp = Timestamp(1_795_168_800_000);

fn decisions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decide");
    let rules = Rules::default();
    let scheme = scheme(&rules);
    let pair = [prepare(1), fulfil(1)];
    group.bench_function("prepare and fulfil", |bencher| {
        let both = |mut view: View| {
            for command in black_box(&pair) {
                apply(&mut view, command, &rules);
            }
            view
        };
        bencher.iter_batched(|| view_of(&scheme, 1), both, BatchSize::SmallInput);
    });
    group.finish();
}

/// Decides a command that must be accepted.
fn apply(view: &mut View, command: &Command, rules: &Rules) {
    let decision = decide(view, command, rules, NOW);
    assert_eq!(decision.outcome, Outcome::Accepted);
    view.apply(&decision);
}

/// The hub's accounts, two participants with caps, and money for the payer.
fn scheme(rules: &Rules) -> View {
    let mut view = View::new();
    for command in onboarding() {
        let (first, mut keys) = (command.keys(), Vec::new());
        absent(&mut view, first);
        keys.extend(view.more_keys(&command));
        absent(&mut view, keys);
        apply(&mut view, &command, rules);
    }
    view
}

fn view_of(scheme: &View, id: u128) -> View {
    let mut view = scheme.clone();
    for command in [prepare(id), fulfil(id)] {
        absent(&mut view, command.keys());
        let more = view.more_keys(&command);
        absent(&mut view, more);
    }
    view
}

/// What is not there yet is known not to be stored.
fn absent(view: &mut View, keys: Vec<switch::Key>) {
    for key in view.missing(keys) {
        view.insert(key, None);
    }
}

fn onboarding() -> Vec<Command> {
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
            net_debit_cap: money("1000000"),
            alarm_percentage: None,
        });
    }
    commands.push(Command::RecordFundsIn(Box::new(RecordFundsIn {
        id: TransferId(u128::MAX),
        hash: Hash([3; 32]),
        participant: name("payer"),
        account: AccountNumber(4),
        money: money("1000000"),
        reason: "bench".into(),
        external_reference: "bench".into(),
    })));
    commands
}

fn prepare(id: u128) -> Command {
    Command::Prepare(Box::new(Prepare {
        id: TransferId(id),
        spelling: format!("{id:032x}"),
        source: name("payer"),
        payer: name("payer"),
        payee: name("payee"),
        money: money("1"),
        condition: Condition(digest(&SHA256, &[7; 32]).as_ref().try_into().unwrap()),
        expiration: NOW.plus_ms(60_000),
        expires_at: NOW.plus_ms(60_000),
        reserve_by: None,
        hash: Hash([1; 32]),
        hold_until: NOW.plus_ms(59_000),
        verdict: Verdict::NotScreened,
        verdict_reference: None,
    }))
}

fn fulfil(id: u128) -> Command {
    Command::Fulfil(Box::new(Fulfil {
        id: TransferId(id),
        spelling: format!("{id:032x}"),
        source: name("payee"),
        destination: name("payer"),
        state: FulfilState::Committed,
        fulfilment: Fulfilment([7; 32]),
        hash: Hash([2; 32]),
        completed_at: None,
    }))
}

fn name(text: &str) -> ParticipantName {
    text.parse().unwrap()
}

fn currency() -> Currency {
    "XTS".parse().unwrap()
}

fn money(text: &str) -> Money {
    Money::amount(text, currency()).unwrap()
}

criterion_group!(benches, decisions);
criterion_main!(benches);
