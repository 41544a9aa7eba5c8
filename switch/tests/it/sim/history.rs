//! Whole histories: many payers and payees, everything that can be sent, out of order, twice,
//! late or wrong; batches lost to crashes and decided again. A model beside the ledger knows what
//! each decision may be.

use std::cell::RefCell;
use std::collections::BTreeMap;

use switch::{
    Abort, AccountKind, Cause, Command, Decision, Effect, Fulfil, FulfilState, Hash, HoldEnd,
    Outcome, ParticipantName, Prepare, Refusal, Release, ReportedError, Row, Timestamp, Transfer,
    TransferId, TransferState, Verdict,
};

use super::{Chance, balance, fulfilment, funds_in, participants, prepare, scheme, seeds, units};
use crate::ledger::Ledger;
use crate::table::sha256;

const SEEDS: u64 = 200;
const BATCHES: u64 = 40;
const BANKS: usize = 6;
const COVER: i128 = 1_000_000;

#[test]
fn whatever_is_sent_the_ledger_holds() {
    seeds("whatever_is_sent_the_ledger_holds", SEEDS, |chance| {
        let mut world = World::new(chance);
        for _ in 0..BATCHES {
            world.step(chance);
        }
        world.run_out();
    });
}

/// All that could end a transfer, at one instant, in any order (T3, R04): one thing does.
#[test]
fn of_all_ends_at_one_instant_one_wins() {
    seeds("of_all_ends_at_one_instant_one_wins", 10_000, |chance| {
        let banks = participants(2);
        let mut ledger = scheme(&banks, COVER, COVER);
        let sent = prepare(1, &banks[0], &banks[1], 700, Timestamp(500));
        ledger.batch(&[(Timestamp(1), Command::Prepare(Box::new(sent.clone())))]);
        let id = sent.id;
        let mut ends = vec![
            fulfil(&sent, FulfilState::Committed, true),
            fulfil(&sent, FulfilState::Reserved, true),
            fulfil(&sent, FulfilState::Committed, false),
            abort(&sent),
            Command::Expire { id },
            Command::NeverSent { id },
            Command::Inquire { id, spelling: sent.spelling.clone(), by: banks[0].clone() },
            // Of what is not held these change nothing.
            release(&sent),
            Command::Block { id },
        ];
        chance.shuffle(&mut ends);
        let now = Timestamp(499 + i64::from(chance.one_in(2)));
        let batch: Vec<_> = ends.into_iter().map(|command| (now, command)).collect();
        let decisions = ledger.batch(&batch);
        let ended = decisions.iter().filter(|decision| !decision.postings.is_empty()).count();
        assert_eq!(ended, 1);
        let paid = balance(&ledger, &banks[0], AccountKind::Position);
        assert_eq!(paid, -balance(&ledger, &banks[1], AccountKind::Position));
        assert!(paid == 0 || (paid == 700 && now < sent.expires_at));
    });
}

/// The same of a held transfer: released, blocked or over, and not one but by its own end.
#[test]
fn of_all_ends_of_a_hold_at_one_instant_one_wins() {
    let won = RefCell::new(BTreeMap::new());
    seeds("of_all_ends_of_a_hold_at_one_instant_one_wins", 4_000, |chance| {
        let banks = participants(2);
        let mut ledger = scheme(&banks, COVER, COVER);
        let sent = prepare(1, &banks[0], &banks[1], 700, Timestamp(500));
        let held = Prepare { verdict: Verdict::Hold, hold_until: Timestamp(400), ..sent.clone() };
        ledger.batch(&[(Timestamp(1), Command::Prepare(Box::new(held)))]);
        let id = sent.id;
        let mut ends = vec![
            release(&sent),
            release(&sent),
            Command::Block { id },
            Command::Expire { id },
            Command::NeverSent { id },
            Command::Inquire { id, spelling: sent.spelling.clone(), by: banks[0].clone() },
            Command::Prepare(Box::new(sent.clone())),
            Command::Prepare(Box::new(Prepare { verdict: Verdict::Blocked, ..sent.clone() })),
        ];
        chance.shuffle(&mut ends);
        let now = Timestamp(399 + i64::from(chance.one_in(2)));
        let batch: Vec<_> = ends.into_iter().map(|command| (now, command)).collect();
        let decisions = ledger.batch(&batch);
        let effects: Vec<&Effect> = decisions.iter().flat_map(|one| &one.effects).collect();
        let ends: Vec<HoldEnd> = effects.iter().filter_map(|effect| hold_end(effect)).collect();
        let [end] = ends[..] else { panic!("{ends:?}") };
        let sends = effects.iter().filter(|effect| matches!(effect, Effect::ForwardPrepare { .. }));
        let in_time = now < Timestamp(400);
        assert_eq!(end != HoldEnd::Expired, in_time);
        // Released, the never-sent of this batch may have taken it back.
        assert_eq!(sends.count(), usize::from(end == HoldEnd::Released));
        assert_eq!(balance(&ledger, &banks[1], AccountKind::Position), 0);
        *won.borrow_mut().entry(format!("{end:?}")).or_insert(0_u32) += 1;
    });
    let won = won.into_inner();
    // A replay is of one seed.
    assert!(won.len() == 3 || won.values().sum::<u32>() == 1, "each of three wins: {won:?}");
}

/// What the ledger ought to hold, by its own arithmetic.
struct World {
    ledger: Ledger,
    banks: Vec<ParticipantName>,
    now: Timestamp,
    sent: Vec<Prepare>,
    states: BTreeMap<TransferId, TransferState>,
    value: BTreeMap<ParticipantName, i128>,
    cover: BTreeMap<ParticipantName, i128>,
    cap: BTreeMap<ParticipantName, i128>,
}

impl World {
    fn new(chance: &mut Chance) -> Self {
        let banks = participants(BANKS);
        let all = |amount: i128| banks.iter().cloned().map(|bank| (bank, amount)).collect();
        let mut ledger = scheme(&banks, COVER, COVER);
        ledger.rules.abort_on_foreign_fulfil = chance.one_in(3);
        ledger.rules.abort_on_invalid_fulfilment = !chance.one_in(3);
        ledger.rules.send_confirmation_to_payee = chance.one_in(2);
        Self {
            ledger,
            now: Timestamp(1),
            sent: Vec::new(),
            states: BTreeMap::new(),
            value: all(0),
            cover: all(COVER),
            cap: all(COVER),
            banks,
        }
    }

    fn step(&mut self, chance: &mut Chance) {
        self.now = self.now.plus_ms(chance.below(150) as i64);
        let size = 1 + chance.below(25);
        let mut commands: Vec<Command> = (0..size).map(|_| self.command(chance)).collect();
        let due = self.ledger.deadlines.iter().take_while(|(at, _)| *at <= self.now);
        let due = due.filter(|_| chance.one_in(2)).map(|(_, id)| Command::Expire { id: *id });
        commands.extend(due);
        chance.shuffle(&mut commands);
        if chance.one_in(6) {
            self.ledger.decide(&self.stamped(&commands));
            chance.shuffle(&mut commands);
        }
        self.decide(&commands);
    }

    /// After every deadline nothing is in flight and what some owe is what others are owed.
    fn run_out(&mut self) {
        self.now = self.now.plus_ms(100_000);
        let due = self.ledger.deadlines.iter().map(|(_, id)| Command::Expire { id: *id });
        self.decide(&due.collect::<Vec<_>>());
        assert!(self.ledger.deadlines.is_empty());
        assert!(self.states.values().all(|state| state.is_final()));
        assert_eq!(self.value.values().sum::<i128>(), 0);
        for bank in &self.banks {
            assert_eq!(balance(&self.ledger, bank, AccountKind::InFlight), 0);
        }
    }

    fn decide(&mut self, commands: &[Command]) {
        let batch = self.stamped(commands);
        // A look at one batch in eight, as it costs a copy of the ledger.
        let alone = (self.now.0 % 8 == 0).then(|| one_by_one(self.ledger.clone(), &batch));
        let decisions = self.ledger.batch(&batch);
        for (command, decision) in commands.iter().zip(&decisions) {
            self.observe(command, decision);
        }
        if let Some(alone) = alone {
            assert_eq!(alone, decisions, "a batch decides as its commands one by one");
        }
        for bank in &self.banks {
            assert_eq!(balance(&self.ledger, bank, AccountKind::Position), self.value[bank]);
            assert_eq!(-balance(&self.ledger, bank, AccountKind::Settlement), self.cover[bank]);
        }
    }

    fn stamped(&self, commands: &[Command]) -> Vec<(Timestamp, Command)> {
        commands.iter().map(|command| (self.now, command.clone())).collect()
    }
}

fn one_by_one(mut ledger: Ledger, batch: &[(Timestamp, Command)]) -> Vec<Decision> {
    batch.iter().flat_map(|command| ledger.batch(std::slice::from_ref(command))).collect()
}

// === what is sent ===

impl World {
    fn command(&mut self, chance: &mut Chance) -> Command {
        if self.sent.is_empty() || chance.one_in(3) {
            return Command::Prepare(Box::new(self.prepare(chance)));
        }
        let sent = self.recent(chance);
        let id = sent.id;
        let anyone = chance.pick(&self.banks).clone();
        match chance.below(48) {
            0..=14 => self.answer(chance, &sent),
            15..=19 => abort(&sent),
            20..=21 => Command::Expire { id },
            22 => Command::NeverSent { id },
            23..=28 => Command::Inquire { id, spelling: sent.spelling, by: anyone },
            29..=32 => Command::Prepare(Box::new(sent)),
            33 => Command::Prepare(Box::new(Prepare { hash: Hash([0; 32]), ..sent })),
            34 => Command::Prepare(Box::new(Prepare { source: anyone, ..sent })),
            35 => self.funds_in(chance),
            36..=37 => Command::SetLimit {
                participant: anyone,
                net_debit_cap: units(i128::from(chance.below(2_000_000))),
                alarm_percentage: None,
            },
            38..=43 => release(&sent),
            44..=45 => Command::Block { id },
            _ => Command::SetParticipantActive { name: anyone, active: !chance.one_in(4) },
        }
    }

    fn prepare(&mut self, chance: &mut Chance) -> Prepare {
        let id = self.sent.len() as u128 + 1;
        let (payer, payee) = (chance.pick(&self.banks), chance.pick(&self.banks));
        let amount = i128::from(chance.below(400_000));
        let expires_at = self.now.plus_ms(chance.below(800) as i64 - 20);
        let mut sent = prepare(id, payer, payee, amount, expires_at);
        if chance.one_in(4) {
            sent.verdict = Verdict::Hold;
            sent.hold_until = expires_at.plus_ms(-(chance.below(200) as i64));
        }
        self.sent.push(sent.clone());
        sent
    }

    fn recent(&self, chance: &mut Chance) -> Prepare {
        let from = self.sent.len().saturating_sub(40);
        chance.pick(&self.sent[from..]).clone()
    }

    fn answer(&self, chance: &mut Chance, sent: &Prepare) -> Command {
        let states = [FulfilState::Committed, FulfilState::Reserved];
        let right = !chance.one_in(8);
        let mut answer = fulfil(sent, *chance.pick(&states), right);
        if let Command::Fulfil(fulfil) = &mut answer {
            if chance.one_in(12) {
                fulfil.source = chance.pick(&self.banks).clone();
            }
            if chance.one_in(12) {
                fulfil.destination = chance.pick(&self.banks).clone();
            }
        }
        answer
    }

    fn funds_in(&self, chance: &mut Chance) -> Command {
        let index = chance.below(BANKS as u64) as usize;
        let id = 1_000_000 + u128::from(chance.below(50));
        funds_in(index, &self.banks[index], id, i128::from(chance.below(100_000)))
    }
}

fn fulfil(sent: &Prepare, state: FulfilState, right: bool) -> Command {
    let mut fulfilment = fulfilment(sent.id.0);
    fulfilment.0[31] += u8::from(!right);
    Command::Fulfil(Box::new(Fulfil {
        id: sent.id,
        spelling: sent.spelling.clone(),
        source: sent.payee.clone(),
        destination: sent.payer.clone(),
        state,
        fulfilment,
        hash: Hash(sha256(format!("{fulfilment:?}{state:?}").as_bytes())),
        completed_at: None,
    }))
}

fn release(sent: &Prepare) -> Command {
    Command::Release(Box::new(Release {
        id: sent.id,
        payer: sent.payer.clone(),
        payee: sent.payee.clone(),
        currency: sent.money.currency(),
    }))
}

fn abort(sent: &Prepare) -> Command {
    let error = ReportedError { code: 5100, description: String::new(), extensions: Vec::new() };
    Command::Abort(Box::new(Abort {
        id: sent.id,
        spelling: sent.spelling.clone(),
        source: sent.payee.clone(),
        destination: sent.payer.clone(),
        error,
        hash: Hash([5; 32]),
    }))
}

// === what may come of it ===

impl World {
    fn observe(&mut self, command: &Command, decision: &Decision) {
        match (command, &decision.outcome) {
            (Command::SetLimit { participant, net_debit_cap, .. }, Outcome::Accepted) => {
                self.cap.insert(participant.clone(), net_debit_cap.units());
            }
            (Command::RecordFundsIn(funds), Outcome::Accepted) => {
                *self.cover.get_mut(&funds.participant).unwrap() += funds.money.units();
            }
            _ => {}
        }
        if let Outcome::Refused(refusal) = &decision.outcome {
            assert_ne!(refusal.fault(), switch::Fault::Us, "{command:?}");
        }
        let transfer = decision.writes.iter().find_map(|row| match row {
            Row::Transfer(transfer) => Some(transfer),
            _ => None,
        });
        match transfer {
            Some(transfer) => self.moved(command, decision, transfer),
            None => assert!(!ends(decision), "told an end that did not happen: {decision:?}"),
        }
    }

    fn moved(&mut self, command: &Command, decision: &Decision, transfer: &Transfer) {
        let before = self.states.insert(transfer.id, transfer.state);
        let amount = transfer.money.units();
        let held = before == Some(TransferState::Held);
        let open = !held && before.is_some_and(|state| !state.is_final());
        assert_eq!(open && transfer.state.is_final(), ends(decision), "{decision:?}");
        let left = decision.effects.iter().filter_map(hold_end).count();
        assert_eq!(usize::from(held), left, "a hold is left once: {decision:?}");
        match (before, transfer.state) {
            (None | Some(TransferState::Held), TransferState::Reserved) => {
                assert_eq!(decision.outcome, Outcome::Accepted);
                assert_eq!(before.is_some(), matches!(command, Command::Release(_)));
                assert!(transfer.expires_at > self.now && self.now < transfer.due_at);
                assert_eq!(self.room(transfer), (true, true));
                *self.value.get_mut(&transfer.payer).unwrap() += amount;
            }
            (None, TransferState::Held) => {
                assert_eq!(self.room(transfer), (true, true));
                assert!(decision.postings.is_empty() && self.now < transfer.due_at);
            }
            (Some(TransferState::Held), _) => self.unheld(command, decision, transfer),
            (None, _) => self.refused(transfer),
            (Some(TransferState::Reserved), TransferState::Committed) => {
                assert!(matches!(command, Command::Fulfil(_)));
                assert!(self.now < transfer.expires_at, "committed too late");
                *self.value.get_mut(&transfer.payee).unwrap() -= amount;
            }
            (Some(TransferState::Reserved), _) => {
                let expired = transfer.cause == Some(Cause::Hub(Refusal::TransferExpired));
                assert!(!expired || self.now >= transfer.expires_at, "expired too early");
                *self.value.get_mut(&transfer.payer).unwrap() -= amount;
            }
            (Some(before), after) => {
                assert_eq!((before, after), (after, TransferState::ExpiredReserved));
                assert_eq!(decision.outcome, Outcome::Late);
            }
        }
    }

    /// A hold that ends unpaid moves nothing and is told to the payer, and to who asks.
    fn unheld(&self, command: &Command, decision: &Decision, transfer: &Transfer) {
        assert!(decision.postings.is_empty(), "{decision:?}");
        let asked = |effect: &&Effect| matches!(effect, Effect::StateTo { .. });
        let told = decision.effects.iter().filter(|effect| !asked(effect)).filter_map(Effect::to);
        assert!(told.into_iter().all(|to| *to == transfer.payer), "{decision:?}");
        match command {
            _ if transfer.state == TransferState::ExpiredPrepared => {
                assert_eq!(transfer.cause, Some(Cause::Hub(Refusal::TransferExpired)));
                assert!(self.now >= transfer.due_at, "expired too early");
            }
            Command::Block { .. } => assert!(transfer.was_blocked()),
            Command::Release(_) => self.refused(transfer),
            other => panic!("{other:?} ended a hold: {decision:?}"),
        }
    }

    /// Refused for want of room means that there was none at that instant, liquidity first.
    fn refused(&self, transfer: &Transfer) {
        let (liquidity, cap) = self.room(transfer);
        match &transfer.cause {
            Some(Cause::Hub(Refusal::InsufficientLiquidity)) => assert!(!liquidity),
            Some(Cause::Hub(Refusal::NetDebitCap)) => assert!(liquidity && !cap),
            Some(Cause::Hub(_)) => assert_eq!(transfer.state, TransferState::Invalid),
            other => panic!("refused without a reason: {other:?}"),
        }
    }

    /// Whether the amount fits under liquidity, and under the cap.
    fn room(&self, transfer: &Transfer) -> (bool, bool) {
        let after = self.value[&transfer.payer] + transfer.money.units();
        (after <= self.cover[&transfer.payer], after <= self.cap[&transfer.payer])
    }
}

fn hold_end(effect: &Effect) -> Option<HoldEnd> {
    match effect {
        Effect::HoldEnded { end, .. } => Some(*end),
        _ => None,
    }
}

/// Whether the decision tells the payer a final outcome for the first time. Tells it at most once.
fn ends(decision: &Decision) -> bool {
    let superseded =
        decision.effects.iter().any(|effect| matches!(effect, Effect::SupersedePrepare { .. }));
    let finals = decision.effects.iter().filter(|effect| match effect {
        Effect::ForwardFulfil { resent, .. } | Effect::ForwardAbort { resent, .. } => !resent,
        Effect::NotifyCommitted { .. } => decision.outcome != Outcome::Resent,
        _ => false,
    });
    assert!(finals.count() <= usize::from(superseded), "{decision:?}");
    superseded
}
