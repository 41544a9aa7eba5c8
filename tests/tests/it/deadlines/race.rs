//! Fulfil and expiry at the same instant, in the committer over the store on disk: no timers, no
//! messages, nothing but the ledger.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use causeway_tests::world::MovedClock;
use switch::{
    AccountKind, AccountNumber, Command, Condition, Currency, Decision, Effect, ExternalState,
    Fulfil, FulfilState, Fulfilment, Hash, Money, Outcome, ParticipantName, Prepare, RecordFundsIn,
    Refusal, Rules, Timestamp, TransferId, TransferState, Verdict,
};
use switch_store::{
    Committer, DeadlineChange, EmbeddedStore, OutboxRow, SteadyClock, Store, Submission,
};
use tokio::task::JoinSet;

const ROUNDS: u128 = 20;
const TRANSFERS_A_ROUND: u128 = 500;

struct Ledger {
    clock: Arc<MovedClock>,
    hub_time: Arc<SteadyClock>,
    store: Arc<dyn Store>,
    committer: Committer,
}

impl Ledger {
    async fn open(directory: &Path) -> Ledger {
        let clock = Arc::new(MovedClock::default());
        clock.hold();
        let hub_time = SteadyClock::new(clock.clone());
        let store: Arc<dyn Store> =
            Arc::new(EmbeddedStore::open(directory, Arc::clone(&hub_time)).unwrap());
        let told = |_: Vec<OutboxRow>, _: Vec<DeadlineChange>| {};
        let (rules, sink) = (Rules::default(), Arc::new(told));
        let committer =
            Committer::start(Arc::clone(&store), rules, Arc::clone(&hub_time), sink).unwrap();
        let ledger = Ledger { clock, hub_time, store, committer };
        for decision in ledger.commit(onboarding()).await {
            assert_eq!(decision.outcome, Outcome::Accepted);
        }
        ledger
    }

    async fn commit(&self, commands: Vec<Command>) -> Vec<Decision> {
        let submission = Submission { commands, ..Submission::default() };
        self.committer.submit(submission).await.unwrap().decisions
    }

    async fn sums(&self) -> HashMap<(String, AccountKind), i128> {
        let accounts = self.store.accounts().await.unwrap();
        let key = |account: &switch::Account| {
            (account.key.participant.as_str().to_owned(), account.key.kind)
        };
        accounts.iter().map(|account| (key(account), account.balance.units())).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t3_fulfil_and_expiry_at_the_same_instant_10_000_times() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(directory.path()).await;
    let (mut committed, mut expired) = (0, 0);
    for round in 0..ROUNDS {
        let ids: Vec<u128> =
            (1..=TRANSFERS_A_ROUND).map(|n| round * TRANSFERS_A_ROUND + n).collect();
        let expires_at = ledger.hub_time.now().plus_ms(1);
        let prepares = ids.iter().map(|id| prepare(*id, expires_at)).collect();
        for decision in ledger.commit(prepares).await {
            assert_eq!(decision.outcome, Outcome::Accepted);
        }
        let decided = race(&ledger, &ids, round).await;
        for id in &ids {
            let transfer = ledger.store.transfer(TransferId(*id)).await.unwrap().unwrap();
            match judge(&decided[id]) {
                TransferState::Committed => committed += 1,
                _ => expired += 1,
            }
            assert_eq!(transfer.state, judge(&decided[id]), "{:?}", decided[id]);
        }
    }
    assert_eq!(committed + expired, 10_000);
    assert!(committed > 0 && expired > 0, "a race: {committed} committed, {expired} expired");
    let sums = ledger.sums().await;
    assert_eq!(sums.values().sum::<i128>(), 0);
    let of = |name: &str, kind| sums[&(name.to_owned(), kind)];
    assert_eq!(of("payer", AccountKind::Position), committed * AMOUNT);
    assert_eq!(of("payee", AccountKind::Position), -committed * AMOUNT);
    assert_eq!(of("payer", AccountKind::InFlight), 0, "nothing stays reserved");
}

#[tokio::test(flavor = "multi_thread")]
async fn t12_the_question_alone_expires_it_no_sweep_runs() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(directory.path()).await;
    let expires_at = ledger.hub_time.now().plus_ms(1_000);
    ledger.commit(vec![prepare(1, expires_at)]).await;
    let ask =
        |who: &str| Command::Inquire { id: TransferId(1), spelling: spelling(1), by: name(who) };
    ledger.clock.advance(999);
    let before = ledger.commit(vec![ask("payer")]).await;
    assert_eq!(before[0].outcome, Outcome::State(ExternalState::Reserved));
    ledger.clock.advance(1);
    for who in ["payer", "payee"] {
        let after = ledger.commit(vec![ask(who)]).await;
        assert_eq!(after[0].outcome, Outcome::State(ExternalState::Aborted), "{who}");
    }
    assert_eq!(ledger.sums().await[&("payer".to_owned(), AccountKind::InFlight)], 0);
}

/// All fulfils and expiries of a round, shuffled, while the instant comes at a chance moment.
async fn race(ledger: &Ledger, ids: &[u128], seed: u128) -> HashMap<u128, (Decision, Decision)> {
    let mut commands: Vec<(u128, bool)> =
        ids.iter().flat_map(|id| [(*id, true), (*id, false)]).collect();
    let mut chance = Chance(u64::try_from(seed).unwrap());
    for index in (1..commands.len()).rev() {
        commands.swap(index, chance.below(index + 1));
    }
    let instant = chance.below(commands.len());
    let mut under_way = JoinSet::new();
    for (index, (id, is_fulfil)) in commands.into_iter().enumerate() {
        if index == instant {
            ledger.clock.advance(1);
        }
        let command = if is_fulfil { fulfil(id) } else { Command::Expire { id: TransferId(id) } };
        let committer = ledger.committer.clone();
        under_way.spawn(async move {
            let submission = Submission { commands: vec![command], ..Submission::default() };
            let committed = committer.submit(submission).await.unwrap();
            (id, is_fulfil, committed.decisions.into_iter().next().unwrap())
        });
    }
    let (mut fulfils, mut expiries) = (HashMap::new(), HashMap::new());
    while let Some(done) = under_way.join_next().await {
        let (id, is_fulfil, decision) = done.unwrap();
        let all = if is_fulfil { &mut fulfils } else { &mut expiries };
        all.insert(id, decision);
    }
    let pair = |id: &u128| (*id, (fulfils[id].clone(), expiries[id].clone()));
    ids.iter().map(pair).collect()
}

/// What the two decisions made of a transfer: one of them ended it, and the payer is told once.
fn judge((fulfil, expiry): &(Decision, Decision)) -> TransferState {
    let told = |decision: &Decision| {
        let is_it = |effect: &&Effect| {
            matches!(effect, Effect::Error { to, refusal: Refusal::TransferExpired, .. } if to.as_str() == "payer")
                || matches!(effect, Effect::ForwardFulfil { .. })
        };
        decision.effects.iter().filter(is_it).count()
    };
    assert_eq!(told(fulfil) + told(expiry), 1, "{fulfil:?} {expiry:?}");
    let committed = ExternalState::Committed;
    match (&fulfil.outcome, &expiry.outcome) {
        (Outcome::Accepted, Outcome::InProgress) => TransferState::Committed,
        (Outcome::Accepted, Outcome::State(state)) if *state == committed => {
            TransferState::Committed
        }
        (Outcome::Late, Outcome::Accepted | Outcome::InProgress) => TransferState::ExpiredReserved,
        (Outcome::Late, Outcome::State(ExternalState::Aborted)) => TransferState::ExpiredReserved,
        other => panic!("both or neither: {other:?}"),
    }
}

/// xorshift64*: the same order for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        let mut x = self.0.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0xD1B5_4A32_D192_ED03);
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        self.0 = x;
        usize::try_from(x.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % bound
    }
}

/// Ten-thousandths: 0.01.
const AMOUNT: i128 = 100;

fn name(text: &str) -> ParticipantName {
    text.parse().unwrap()
}

fn currency() -> Currency {
    "EUR".parse().unwrap()
}

fn money(units: i128) -> Money {
    Money::from_units(units, currency()).unwrap()
}

fn spelling(id: u128) -> String {
    format!("{id:032x}")
}

fn fulfilment(id: u128) -> [u8; 32] {
    let mut bytes = [7; 32];
    bytes[..16].copy_from_slice(&id.to_be_bytes());
    bytes
}

fn prepare(id: u128, expires_at: Timestamp) -> Command {
    Command::Prepare(Box::new(Prepare {
        id: TransferId(id),
        spelling: spelling(id),
        source: name("payer"),
        payer: name("payer"),
        payee: name("payee"),
        money: money(AMOUNT),
        condition: Condition(fspiop::ilp::Fulfilment(fulfilment(id)).condition().0),
        expiration: expires_at,
        expires_at,
        reserve_by: None,
        hash: Hash([1; 32]),
        hold_until: expires_at,
        verdict: Verdict::NotScreened,
        verdict_reference: None,
    }))
}

fn fulfil(id: u128) -> Command {
    Command::Fulfil(Box::new(Fulfil {
        id: TransferId(id),
        spelling: spelling(id),
        source: name("payee"),
        destination: name("payer"),
        state: FulfilState::Committed,
        fulfilment: Fulfilment(fulfilment(id)),
        hash: Hash([2; 32]),
        completed_at: None,
    }))
}

fn onboarding() -> Vec<Command> {
    let hub = [AccountKind::HubReconciliation, AccountKind::HubMultilateralSettlement];
    let mut commands =
        Vec::from(hub.map(|kind| Command::CreateHubAccount { kind, currency: currency() }));
    for participant in ["payer", "payee"] {
        let name = name(participant);
        let named = name.clone();
        commands.push(Command::CreateParticipant { name, currency: currency(), is_proxy: false });
        commands.push(Command::SetInitialPositionAndLimit {
            participant: named,
            initial_position: money(0),
            net_debit_cap: money(1_000_000_000),
            alarm_percentage: None,
        });
    }
    commands.push(Command::RecordFundsIn(Box::new(RecordFundsIn {
        id: TransferId(u128::MAX),
        hash: Hash([3; 32]),
        participant: name("payer"),
        // The payer's settlement account is the fourth to be opened.
        account: AccountNumber(4),
        money: money(1_000_000_000),
        reason: "cover".into(),
        external_reference: "test".into(),
    })));
    commands
}
