//! Money whose origin must not be seen is moved, gathered, spread and mixed.

use crate::generate::draft::{CASH, Category, FRIENDS, GROUP, INVOICE, NOTHING, SAVINGS};
use crate::generate::population::Role;
use crate::generate::stage::{Stage, parts, rounded};

/// 001: a sum goes round a ring of people who hold accounts in two currencies; legs are cut into pieces.
pub(super) fn ring(stage: &mut Stage<'_>) {
    let other = stage.other_country();
    let members: Vec<[u32; 2]> = (0..stage.few(3, 5))
        .map(|_| {
            let member = stage.anybody();
            [stage.account(member), stage.another_account(member, other, None)]
        })
        .collect();
    let sum = stage.chance.log_normal(900_000.0, 0.8);
    let mut at = stage.start;
    for leg in 0..members.len() {
        let currency = (leg + stage.chance.below(2)) % 2;
        let (from, to) = (members[leg][currency], members[(leg + 1) % members.len()][currency]);
        let kept = sum * stage.chance.real(0.96, 1.0);
        // No piece is to be reported.
        let count = stage.few(1, 3);
        for cents in parts(&mut stage.chance, kept, count) {
            let cents = rounded(cents.min(980_000.0), 500);
            stage.pay(at, from, to, cents, Category::Person, NOTHING);
            at += stage.minutes(2, 70);
        }
    }
}

/// 002: many who have nothing to do with each other pay somebody far more than such a person has.
pub(super) fn many_senders(stage: &mut Stage<'_>) {
    let receiver = stage.somebody(|person| person.age >= 16);
    let to = stage.account(receiver);
    let mut at = stage.start;
    for _ in 0..stage.few(5, 11) {
        let from = stage.bystander();
        let cents = stage.times(receiver, 3.0, 22.0);
        stage.pay(at, from, to, rounded(cents, 500), Category::Person, NOTHING);
        at += stage.minutes(2, 110);
    }
}

/// 005: what goes out has no relation to what comes in: much more than the person ever got, or all of it to the last.
pub(super) fn strange_ratio(stage: &mut Stage<'_>) {
    let person = stage.somebody(|person| person.age >= 16);
    let account = stage.account(person);
    let sum = stage.times(person, 20.0, 90.0);
    let (ins, outs) = match stage.chance.percent(50) {
        true => (stage.few(0, 1), stage.few(5, 8)),
        false => (stage.few(2, 4), stage.few(2, 4)),
    };
    let mut at = stage.start;
    for cents in parts(&mut stage.chance, sum, ins) {
        let from = stage.bystander();
        stage.pay(at, from, account, cents, Category::Person, NOTHING);
        at += stage.hours(1, 20);
    }
    let total = sum * stage.chance.real(0.95, 1.0);
    for cents in parts(&mut stage.chance, total, outs) {
        let to = stage.bystander();
        stage.pay(at, account, to, cents, Category::Person, NOTHING);
        at += stage.hours(1, 16);
    }
}

/// 011: money comes in and is at once with many others.
pub(super) fn in_and_out_to_many(stage: &mut Stage<'_>) {
    let hub = stage.mule();
    let holder = stage.world.holder(hub);
    let sum = stage.times(holder, 15.0, 90.0);
    let mut at = stage.start;
    let count = stage.few(1, 2);
    for cents in parts(&mut stage.chance, sum, count) {
        let from = stage.bystander();
        stage.pay(at, from, hub, cents, Category::Person, NOTHING);
        at += stage.minutes(2, 60);
    }
    let passed = sum * stage.chance.real(0.9, 1.0);
    let count = stage.few(4, 9);
    for cents in parts(&mut stage.chance, passed, count) {
        at += stage.minutes(1, 40);
        let to = if stage.chance.percent(50) { stage.mule() } else { stage.bystander() };
        stage.pay(at, hub, to, rounded(cents, 100), Category::Person, NOTHING);
    }
}

/// 013: one person opens account after account with one provider, and money goes through all of them.
pub(super) fn many_accounts_of_one_provider(stage: &mut Stage<'_>) {
    let person = if stage.chance.percent(50) { stage.stranger() } else { stage.anybody() };
    let first = stage.account(person);
    let fsp = stage.world.accounts[first as usize].fsp;
    let country = stage.country;
    let count = stage.few(3, 5);
    let mut accounts = vec![first];
    for _ in 0..count {
        accounts.push(stage.another_account(person, country, Some(fsp)));
    }
    let mut at = stage.start;
    for account in accounts.iter().skip(1) {
        let cents = stage.times(person, 3.0, 18.0);
        let from = if stage.chance.percent(60) { stage.bystander() } else { first };
        stage.pay(at, from, *account, cents, Category::Person, NOTHING);
        at += stage.hours(1, 24);
        if stage.chance.percent(40) {
            let to = stage.bystander();
            stage.pay(at, *account, to, cents * 0.97, Category::Person, NOTHING);
        }
    }
}

/// 024: a circle of people or firms moves the same sums among its members, round after round.
pub(super) fn inside_a_group(stage: &mut Stage<'_>) {
    let members: Vec<u32> = (0..stage.few(3, 5)).map(|_| stage.anybody()).collect();
    let accounts: Vec<u32> = members.iter().map(|member| stage.account(*member)).collect();
    let size = stage.times(members[0], 8.0, 50.0);
    let pause = stage.hours(18, 70);
    let mut at = stage.start;
    let (rounds, star) = (stage.few(2, 2), stage.chance.percent(40));
    for round in 0..rounds {
        for (index, account) in accounts.iter().enumerate() {
            let next = accounts[(index + 1) % accounts.len()];
            let (from, to) = match (star, index, round % 2) {
                (true, 0, _) => continue,
                (true, _, 0) => (*account, accounts[0]),
                (true, _, _) => (accounts[0], *account),
                (false, _, _) => (*account, next),
            };
            let cents = rounded(size * stage.chance.real(0.94, 1.06), 500);
            stage.pay(at, from, to, cents, Category::Person, GROUP);
            at += stage.minutes(10, 200);
        }
        at += pause;
    }
}

/// 098: many small payments gather in an account, then it is emptied in one.
pub(super) fn many_in_one_out(stage: &mut Stage<'_>) {
    let account = stage.mule();
    let holder = stage.world.holder(account);
    let (mut at, mut sum) = (stage.start, 0.0);
    for _ in 0..stage.few(5, 11) {
        let from = stage.bystander();
        let cents = rounded(stage.times(holder, 0.5, 4.0), 100);
        stage.pay(at, from, account, cents, Category::Person, NOTHING);
        sum += cents;
        at += stage.minutes(3, 160);
    }
    let to = stage.mule();
    let kept = stage.chance.real(0.0, 0.12);
    stage.pay(at, account, to, sum * (1.0 - kept), Category::Person, NOTHING);
}

/// 105: one criminal under several names, each with an account; all from the same room.
pub(super) fn aliases(stage: &mut Stage<'_>) {
    let first = stage.stranger();
    let home = stage.person(first).home;
    let accounts: Vec<u32> = (0..stage.few(2, 5))
        .map(|_| {
            let alias = stage.stranger();
            stage.account(alias)
        })
        .collect();
    let sum = stage.chance.log_normal(300_000.0, 0.8);
    let (main, source) = (stage.account(first), stage.bystander());
    let mut at = stage.start;
    stage.pay(at, source, main, sum, Category::Person, NOTHING);
    let count = accounts.len() as i64;
    let pieces = parts(&mut stage.chance, sum, count);
    for (account, cents) in accounts.iter().zip(&pieces) {
        at += stage.minutes(3, 300);
        stage.pay(at, main, *account, *cents, Category::Person, NOTHING);
        stage.last(|draft| draft.place = Some(home));
    }
    let end = if stage.chance.percent(60) { stage.mule() } else { main };
    for (account, cents) in accounts.iter().zip(&pieces).take(3) {
        at += stage.hours(1, 20);
        stage.pay(at, *account, end, cents * 0.98, Category::Person, NOTHING);
        stage.last(|draft| draft.place = Some(home));
    }
}

/// 107: money goes from own account to own account, for no reason but to have gone there.
pub(super) fn own_accounts(stage: &mut Stage<'_>) {
    let person = stage.somebody(|person| person.age >= 18 && person.accounts.len() > 1);
    let country = stage.country;
    let mut accounts = stage.person(person).accounts.clone();
    accounts.retain(|account| stage.world.accounts[*account as usize].currency == country);
    for _ in 0..stage.few(1, 2) {
        accounts.push(stage.another_account(person, country, None));
    }
    let mut cents = stage.times(person, 20.0, 120.0);
    let (mut at, mut here) = (stage.start, 0);
    for _ in 0..stage.few(5, 9) {
        let there = (here + 1 + stage.chance.below(accounts.len() - 1)) % accounts.len();
        stage.pay(at, accounts[here], accounts[there], cents, Category::Person, SAVINGS);
        cents *= stage.chance.real(0.9, 1.0);
        at += stage.minutes(5, 420);
        here = there;
    }
}

/// 214: somebody lends an account: what strangers pay in goes on, less a commission or not.
pub(super) fn mule(stage: &mut Stage<'_>) {
    let account = stage.mule();
    let holder = stage.world.holder(account);
    let commission = if stage.chance.percent(60) { stage.chance.real(0.03, 0.15) } else { 0.0 };
    let onward = stage.mule();
    let mut at = stage.start;
    for _ in 0..stage.few(1, 3) {
        let (from, cents) = (stage.bystander(), stage.times(holder, 8.0, 60.0));
        stage.pay(at, from, account, cents, Category::Person, FRIENDS);
        at += stage.minutes(3, 150);
        let passed = cents * (1.0 - commission);
        match stage.chance.percent(30) {
            true => {
                let agent = stage.organisation(Role::Agent);
                stage.pay(at, account, agent, rounded(passed, 1_000), Category::Cash, CASH);
            }
            false => stage.pay(at, account, onward, passed, Category::Person, INVOICE),
        }
        at += stage.hours(1, 12);
    }
}
