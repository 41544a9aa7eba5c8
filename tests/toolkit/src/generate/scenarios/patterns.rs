//! What does not fit the account, the person, or the world of genuine numbers.

use crate::generate::calendar::{HOUR, MINUTE, SECOND};
use crate::generate::draft::{CASH, Category, DEPOSIT, Fate, GIFT, INVOICE, LOAN, NOTHING, SHOP};
use crate::generate::population::Role;
use crate::generate::stage::{Stage, parts, rounded};

/// 052: an account that gets wages and nothing else gets money from elsewhere, and in another part of the month.
pub(super) fn outside_salary(stage: &mut Stage<'_>) {
    let person = stage.somebody(|person| person.employer.is_some());
    let to = stage.account(person);
    let salary = stage.person(person).salary as f64;
    let mut at = stage.start;
    for _ in 0..stage.few(1, 3) {
        let from = match stage.chance.percent(50) {
            true => stage.organisation(Role::Company),
            false => stage.mule(),
        };
        let cents = salary * stage.chance.real(0.6, 3.5);
        stage.pay(at, from, to, rounded(cents, 100), Category::Person, NOTHING);
        at += stage.hours(6, 80);
    }
}

/// 092: a large sum is paid in and taken out again before it was of any use.
pub(super) fn deposit_and_withdrawal(stage: &mut Stage<'_>) {
    let person = stage.somebody(|person| person.age >= 18);
    let account = stage.account(person);
    let sum = rounded(stage.times(person, 20.0, 130.0), 1_000);
    let mut at = stage.start;
    if stage.chance.percent(60) {
        let agent = stage.organisation(Role::Agent);
        stage.pay(at, agent, account, sum, Category::Deposit, DEPOSIT);
    } else {
        let from = stage.bystander();
        stage.pay(at, from, account, sum, Category::Person, LOAN);
    }
    stage.last(|draft| draft.fate = Fate::Committed);
    let taken = sum * stage.chance.real(0.85, 1.0);
    let count = stage.few(1, 2);
    for cents in parts(&mut stage.chance, taken, count) {
        at += stage.minutes(3, 170);
        let agent = stage.organisation(Role::Agent);
        stage.pay(at, account, agent, rounded(cents, 1_000), Category::Cash, CASH);
    }
}

/// 095: one order is presented again and again: a forged copy, a program in a loop, a payer who is made to.
pub(super) fn duplicates(stage: &mut Stage<'_>) {
    let person = stage.somebody(|person| person.rate > 0.02);
    let from = stage.account(person);
    let to = if stage.chance.percent(50) {
        stage.bystander()
    } else {
        stage.organisation(Role::Merchant)
    };
    let cents = stage.times(person, 0.8, 12.0);
    let mut at = stage.start;
    stage.pay(at, from, to, cents, Category::Business, INVOICE);
    for _ in 0..stage.few(1, 4) {
        at += match stage.chance.percent(50) {
            true => stage.chance.between(4 * SECOND, 3 * MINUTE),
            false => stage.minutes(3, 240),
        };
        stage.again(at);
    }
}

/// 121: a child, a pupil, a student gets sums that no family sends.
pub(super) fn dependant(stage: &mut Stage<'_>) {
    let child = stage.somebody(|person| person.role == Role::Student);
    let to = stage.account(child);
    let parent = stage.somebody(|person| person.role == Role::Worker);
    let mut at = stage.start;
    for _ in 0..stage.few(2, 5) {
        let cents = stage.times(child, 15.0, 90.0);
        match stage.chance.below(3) {
            0 => {
                let agent = stage.organisation(Role::Agent);
                stage.pay(at, agent, to, rounded(cents, 1_000), Category::Deposit, DEPOSIT);
            }
            1 => {
                let from = stage.organisation(Role::Company);
                stage.pay(at, from, to, cents, Category::Person, NOTHING);
            }
            _ => {
                let from = stage.bystander();
                stage.pay(at, from, to, rounded(cents, 500), Category::Person, GIFT);
            }
        }
        at += stage.hours(3, 50);
    }
    if stage.chance.percent(40) {
        let (onward, cents) = (stage.account(parent), stage.times(child, 30.0, 90.0));
        stage.pay(at, to, onward, cents, Category::Person, NOTHING);
    }
}

/// 169: a firm that does nothing invents its turnover. People who invent numbers take each first digit about as often
/// as another, like 5 and 7, and avoid round ones.
pub(super) fn fabricated(stage: &mut Stage<'_>) {
    let firm = stage.stranger();
    let account = stage.account(firm);
    let partners: Vec<u32> = (0..stage.few(2, 5)).map(|_| stage.mule()).collect();
    let incoming = stage.chance.percent(50);
    let scale = [1_000, 10_000, 100_000][stage.chance.below(3)];
    let count = stage.few(20, 40);
    let pause = 22 * 24 * HOUR / count;
    let mut at = stage.start;
    for _ in 0..count {
        let digit = 1 + stage.chance.weighted(&[8, 10, 11, 11, 13, 12, 13, 11, 11]) as i64;
        let rest = stage.chance.between(scale / 100, scale - 1);
        let cents = (digit * scale + rest) as f64;
        let partner = stage.chance.one(&partners).unwrap_or(account);
        let (from, to) = if incoming { (partner, account) } else { (account, partner) };
        stage.pay(at, from, to, cents, Category::Business, INVOICE);
        at += stage.chance.between(pause / 4, pause * 7 / 4);
    }
}

/// 185: an account does in days what it has not done in a year: many times the usual sum, or many times as often.
pub(super) fn out_of_pattern(stage: &mut Stage<'_>) {
    let person = stage.somebody(|person| person.rate > 0.02);
    let from = stage.account(person);
    let by_value = stage.chance.percent(50);
    let count = if by_value { stage.few(1, 3) } else { stage.few(6, 11) };
    let mut at = stage.start;
    for _ in 0..count {
        let cents = match by_value {
            true => stage.times(person, 12.0, 70.0),
            false => stage.times(person, 0.8, 4.0),
        };
        let (to, category) = match stage.chance.percent(50) {
            true => (stage.organisation(Role::Merchant), Category::Business),
            false => (stage.bystander(), Category::Person),
        };
        stage.pay(at, from, to, cents, category, SHOP);
        at += if by_value { stage.hours(1, 24) } else { stage.minutes(10, 500) };
    }
}

/// 191: money of doubtful origin arrives, and is cash as soon as somebody can walk to an agent.
pub(super) fn cash_after_risk(stage: &mut Stage<'_>) {
    let account = stage.mule();
    let holder = stage.world.holder(account);
    let source = stage.mule();
    let sum = stage.times(holder, 10.0, 70.0);
    let mut at = stage.start;
    stage.pay(at, source, account, sum, Category::Person, NOTHING);
    stage.last(|draft| draft.fate = Fate::Committed);
    let taken = sum * stage.chance.real(0.7, 1.0);
    let count = stage.few(1, 4);
    for cents in parts(&mut stage.chance, taken, count) {
        at += stage.minutes(8, 400);
        let agent = stage.organisation(Role::Agent);
        stage.pay(at, account, agent, rounded(cents, 1_000), Category::Cash, CASH);
    }
}
