//! Sums are cut so that nobody reports them, or are too large to explain.

use crate::generate::calendar::Hours;
use crate::generate::draft::{Category, DEPOSIT, GIFT, INVOICE, NOTHING, PURCHASE};
use crate::generate::population::Role;
use crate::generate::stage::{Stage, parts, rounded};

/// From here on a payment is reported: ten thousand of the currency, in hundredths.
const THRESHOLD: f64 = 1_000_000.0;

/// 010: payments of a little less than what is reported.
pub(super) fn just_under(stage: &mut Stage<'_>) {
    let sender = stage.somebody(|person| person.age >= 18);
    let from = stage.account(sender);
    let payees = [stage.mule(), stage.bystander()];
    let (one, in_cash) = (stage.chance.percent(60), stage.chance.percent(25));
    let mut at = stage.start;
    for _ in 0..stage.few(2, 5) {
        let cents = rounded(THRESHOLD * stage.chance.real(0.88, 0.999), 1_000);
        match in_cash {
            true => {
                let agent = stage.organisation(Role::Agent);
                stage.pay(at, agent, from, cents, Category::Deposit, DEPOSIT);
            }
            false => {
                let to = payees[if one { 0 } else { stage.chance.below(2) }];
                stage.pay(at, from, to, cents, Category::Person, NOTHING);
            }
        }
        at += if stage.chance.percent(50) { stage.hours(1, 10) } else { stage.hours(20, 50) };
    }
}

/// 051: runners pay about the same into one account, at many branches on one day.
pub(super) fn deposits_at_branches(stage: &mut Stage<'_>) {
    stage.begin_at(Hours::Morning);
    let to = stage.mule();
    let size = stage.chance.log_normal(120_000.0, 0.8).min(THRESHOLD * 0.98);
    let mut at = stage.start;
    for _ in 0..stage.few(4, 7) {
        let agent = stage.organisation(Role::Agent);
        let cents = rounded(size * stage.chance.real(0.92, 1.08), 1_000);
        stage.pay(at, agent, to, cents, Category::Deposit, DEPOSIT);
        at += stage.minutes(8, 100);
    }
}

/// 124: cash that the person cannot have earned: one large sum, or a smaller one every day.
pub(super) fn cash_deposits(stage: &mut Stage<'_>) {
    let person = stage.somebody(|person| person.age >= 18);
    let to = stage.account(person);
    let often = stage.chance.percent(50);
    let (count, low, high) =
        if often { (stage.few(4, 8), 3.0, 14.0) } else { (stage.few(1, 2), 25.0, 150.0) };
    let mut at = stage.start;
    for _ in 0..count {
        let cents = rounded(stage.times(person, low, high), 1_000);
        let agent = stage.organisation(Role::Agent);
        stage.pay(at, agent, to, cents, Category::Deposit, DEPOSIT);
        at += stage.hours(2, 22);
    }
}

/// 129: a large sum comes in small pieces through many hands.
pub(super) fn smurfing(stage: &mut Stage<'_>) {
    let collector = stage.mule();
    let sum = stage.chance.log_normal(THRESHOLD * 1.8, 0.5);
    let (count, in_cash) = (stage.few(5, 11), stage.chance.percent(40));
    let mut at = stage.start;
    for cents in parts(&mut stage.chance, sum, count) {
        let cents = rounded(cents.min(THRESHOLD * 0.97), 500);
        match in_cash {
            true => {
                let agent = stage.organisation(Role::Agent);
                stage.pay(at, agent, collector, cents, Category::Deposit, DEPOSIT);
            }
            false => {
                let smurf = stage.mule();
                stage.pay(at, smurf, collector, cents, Category::Person, GIFT);
            }
        }
        at += stage.minutes(10, 320);
    }
}

/// 137: a payment above what is reported, by somebody who has never had so much.
pub(super) fn above_threshold(stage: &mut Stage<'_>) {
    let sender = stage.somebody(|person| person.age >= 18);
    let (from, to) = (stage.account(sender), stage.mule());
    let mut at = stage.start;
    for _ in 0..stage.few(1, 2) {
        let cents = THRESHOLD * (1.0 + stage.chance.log_normal(0.6, 0.8));
        stage.pay(at, from, to, rounded(cents, 5_000), Category::Person, PURCHASE);
        at += stage.hours(2, 40);
    }
}

/// 216: a sum for one or two receivers, cut into pieces that follow each other.
pub(super) fn same_beneficiaries(stage: &mut Stage<'_>) {
    let sender = stage.somebody(|person| person.age >= 18);
    let from = stage.account(sender);
    let payees = [stage.mule(), stage.mule()];
    let two = stage.chance.percent(40);
    let sum = match stage.chance.percent(50) {
        true => THRESHOLD * stage.chance.real(1.2, 4.5),
        false => stage.times(sender, 40.0, 200.0),
    };
    let (count, even) = (stage.few(5, 9), stage.chance.percent(50));
    let pieces = parts(&mut stage.chance, sum, count);
    let mut at = stage.start;
    for piece in pieces {
        let piece = if even { sum / count as f64 } else { piece };
        let to = payees[if two { stage.chance.below(2) } else { 0 }];
        stage.pay(
            at,
            from,
            to,
            rounded(piece.min(THRESHOLD * 0.98), 500),
            Category::Person,
            INVOICE,
        );
        at += stage.hours(1, 18);
    }
}
