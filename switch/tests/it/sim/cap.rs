//! 1,000 transfers at once against one payer's room (R01), some of them sent twice, in batches of
//! any size, some of which a crash loses before they are written.

use std::collections::BTreeSet;

use switch::{AccountKind, Command, Decision, Outcome, Refusal, Timestamp};

use super::{Chance, balance, participants, prepare, scheme, seeds, units};
use crate::ledger::Ledger;

const SEEDS: u64 = 500;
const TRANSFERS: u128 = 1_000;

#[test]
fn equal_amounts_fill_the_cap_exactly() {
    seeds("equal_amounts_fill_the_cap_exactly", SEEDS, |chance| {
        let amount = 1 + i128::from(chance.below(1_000_000));
        let room = i128::from(chance.below(600)) * amount + i128::from(chance.below(amount as u64));
        let (mut ledger, batches) = setting(chance, room, |_| amount);
        let decisions = run(chance, &mut ledger, batches);
        let reserved = decisions.iter().filter(|(_, decision)| is_reserved(decision)).count();
        assert_eq!(reserved as i128, room / amount);
        let payer = &participants(1)[0];
        assert_eq!(balance(&ledger, payer, AccountKind::Position), room / amount * amount);
    });
}

#[test]
fn mixed_amounts_never_pass_the_cap_and_none_that_fits_is_refused() {
    let test = "mixed_amounts_never_pass_the_cap_and_none_that_fits_is_refused";
    seeds(test, SEEDS, |chance| {
        let largest = 1 + chance.below(1_000_000);
        let room = i128::from(chance.below(largest * 600));
        let amounts = |chance: &mut Chance| 1 + i128::from(chance.below(largest));
        let (mut ledger, batches) = setting(chance, room, amounts);
        let mut value = 0;
        for (command, decision) in run(chance, &mut ledger, batches) {
            let Command::Prepare(prepare) = &command else { panic!("only prepares here") };
            let fits = value + prepare.money.units() <= room;
            match decision.outcome {
                Outcome::Accepted => {
                    assert!(fits, "over the cap");
                    value += prepare.money.units();
                }
                Outcome::Refused(Refusal::NetDebitCap | Refusal::InsufficientLiquidity) => {
                    assert!(!fits, "one that fitted was refused");
                }
                Outcome::InProgress | Outcome::Resent => {}
                other => panic!("unexpected {other:?}"),
            }
        }
        assert_eq!(balance(&ledger, &participants(1)[0], AccountKind::Position), value);
    });
}

/// R02: fifty copies of one prepare at once reserve once and are forwarded once.
#[test]
fn fifty_copies_reserve_once() {
    let banks = participants(2);
    let mut ledger = scheme(&banks, 1_000, 1_000);
    let sent = prepare(1, &banks[0], &banks[1], 700, Timestamp(500));
    let copy = (Timestamp(1), Command::Prepare(Box::new(sent)));
    let decisions = ledger.batch(&vec![copy; 50]);
    assert_eq!(decisions.iter().filter(|decision| is_reserved(decision)).count(), 1);
    assert_eq!(decisions.iter().map(|decision| decision.effects.len()).sum::<usize>(), 2);
    assert_eq!(balance(&ledger, &banks[0], AccountKind::Position), 700);
}

/// R01: 200 at once that together pass the cap by one unit: all but one.
#[test]
fn one_unit_too_many_refuses_one() {
    let banks = participants(2);
    let mut ledger = scheme(&banks, 20_000, 200 * 70 - 1);
    let sent = (1..=200).map(|id| prepare(id, &banks[0], &banks[1], 70, Timestamp(500)));
    let batch: Vec<_> = sent.map(|sent| (Timestamp(1), Command::Prepare(Box::new(sent)))).collect();
    let decisions = ledger.batch(&batch);
    assert_eq!(decisions.iter().filter(|decision| is_reserved(decision)).count(), 199);
    assert_eq!(decisions[199].outcome, Outcome::Refused(Refusal::NetDebitCap));
}

/// One payer with `room` by cap or by cover, and the batches that will arrive.
fn setting(
    chance: &mut Chance,
    room: i128,
    mut amount: impl FnMut(&mut Chance) -> i128,
) -> (Ledger, Vec<Vec<Command>>) {
    let banks = participants(5);
    let by_cap = chance.one_in(2);
    let plenty = room + 1 + i128::from(chance.below(1_000));
    let (cover, cap) = if by_cap { (plenty, room) } else { (room, plenty) };
    let ledger = scheme_with(&banks, cover, cap);
    let mut commands = Vec::new();
    for id in 1..=TRANSFERS {
        let payee = chance.pick(&banks[1..]).clone();
        let sent = prepare(id, &banks[0], &payee, amount(chance), Timestamp(30_000));
        let copies = if chance.one_in(10) { 2 } else { 1 };
        commands.extend(std::iter::repeat_n(Command::Prepare(Box::new(sent)), copies));
    }
    chance.shuffle(&mut commands);
    let mut batches = Vec::new();
    while !commands.is_empty() {
        let size = 1 + chance.below(200.min(commands.len() as u64)) as usize;
        batches.push(commands.split_off(commands.len() - size));
    }
    (ledger, batches)
}

/// A cover of nothing cannot be put in, so such payers get their accounts and nothing else.
fn scheme_with(banks: &[switch::ParticipantName], cover: i128, cap: i128) -> Ledger {
    let mut ledger = scheme(banks, cover.max(1), cap);
    if cover == 0 {
        let lowered = Command::SetLimit {
            participant: banks[0].clone(),
            net_debit_cap: units(0),
            alarm_percentage: None,
        };
        ledger.batch(&[(Timestamp(0), lowered)]);
    }
    ledger
}

fn run(
    chance: &mut Chance,
    ledger: &mut Ledger,
    batches: Vec<Vec<Command>>,
) -> Vec<(Command, Decision)> {
    let mut decided = Vec::new();
    let mut seen = BTreeSet::new();
    for (now, mut commands) in (1..).zip(batches) {
        let stamped = |commands: &[Command]| -> Vec<_> {
            commands.iter().map(|command| (Timestamp(now), command.clone())).collect()
        };
        if chance.one_in(8) {
            ledger.decide(&stamped(&commands));
            chance.shuffle(&mut commands);
        }
        let decisions = ledger.batch(&stamped(&commands));
        for (command, decision) in commands.into_iter().zip(decisions) {
            let first = seen.insert(command.transfer_id());
            let again = matches!(decision.outcome, Outcome::InProgress | Outcome::Resent);
            assert_eq!(first, !again, "the second of two copies decides nothing");
            assert!(first || decision.writes.is_empty());
            decided.push((command, decision));
        }
    }
    assert_eq!(seen.len() as u128, TRANSFERS);
    decided
}

fn is_reserved(decision: &Decision) -> bool {
    decision.outcome == Outcome::Accepted
}
