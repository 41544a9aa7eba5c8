//! Somebody is robbed: by deceit, by a stolen key, or from inside.

use crate::generate::calendar::Hours;
use crate::generate::draft::{CASH, Category, Fate, LOAN, NOTHING, PRETEXT, PURCHASE, SHOP};
use crate::generate::population::{Person, Role};
use crate::generate::stage::{Stage, parts, rounded};

/// 003: one account, and whoever uses it is somebody else each time: other papers, another age.
pub(super) fn shifting_identity(stage: &mut Stage<'_>) {
    let owner = if stage.chance.percent(50) { stage.stranger() } else { stage.anybody() };
    let account = stage.account(owner);
    let mut at = stage.start;
    for _ in 0..stage.few(3, 6) {
        let name = stage.stranger();
        let alias = stage.world.alias(account, name);
        let payee = match stage.chance.percent(50) {
            true => stage.organisation(Role::Merchant),
            false => stage.bystander(),
        };
        let cents = stage.times(owner, 1.0, 9.0);
        stage.pay(at, alias, payee, cents, Category::Person, NOTHING);
        at += stage.hours(1, 20);
    }
}

/// 028: somebody trusts a voice on the telephone, a lover, an adviser, and pays; some pay again and more.
pub(super) fn scam_victim(stage: &mut Stage<'_>) {
    let old = stage.chance.percent(55);
    let victim =
        stage.somebody(move |person| if old { person.age >= 60 } else { person.age >= 18 });
    let (from, to) = (stage.account(victim), stage.mule());
    let mut at = stage.start;
    let mut cents = stage.times(victim, 6.0, 45.0);
    for _ in 0..stage.few(1, 3) {
        stage.pay(at, from, to, rounded(cents, 500), Category::Person, PRETEXT);
        at += if stage.chance.percent(60) { stage.minutes(3, 90) } else { stage.hours(12, 40) };
        cents *= stage.chance.real(0.7, 2.2);
    }
}

/// 037: an agent, or a clerk who can act in customers' names, leads their money to an account of his own.
pub(super) fn insider(stage: &mut Stage<'_>) {
    let private = stage.mule();
    let agent = stage.organisation(Role::Agent);
    let (count, by_agent) = (stage.few(3, 6), stage.chance.percent(50));
    let mut at = stage.start;
    for _ in 0..count {
        let customer = stage.anybody();
        let from = stage.account(customer);
        let cents = rounded(stage.times(customer, 1.5, 8.0), 100);
        if by_agent {
            // The customer pays for a deposit or a bill; the agent keeps it.
            stage.pay(at, from, agent, cents, Category::Business, NOTHING);
            let after = at + stage.minutes(2, 120);
            stage.pay(after, agent, private, cents, Category::Person, NOTHING);
        } else {
            stage.pay(at, from, private, cents, Category::Person, NOTHING);
        }
        at += stage.hours(1, 14);
    }
}

/// 044: a thief has the password. He tries with a little, then empties the account before it is noticed.
pub(super) fn account_takeover(stage: &mut Stage<'_>) {
    if stage.chance.percent(60) {
        stage.begin_at(Hours::Night);
    }
    let victim = stage.somebody(|person| person.rate > 0.02);
    let from = stage.account(victim);
    let home = stage.person(victim).home;
    let place = stage.far_from(home);
    let mules = [stage.mule(), stage.mule()];
    let mut at = stage.start;
    if stage.chance.percent(50) {
        let cents = stage.times(victim, 0.05, 0.4);
        stage.pay(at, from, mules[0], cents, Category::Person, NOTHING);
        stage.last(|draft| draft.place = Some(place));
        at += stage.minutes(1, 30);
    }
    let balance = stage.times(victim, 15.0, 90.0);
    let count = stage.few(2, 5);
    for cents in parts(&mut stage.chance, balance, count) {
        let to = mules[stage.chance.below(2)];
        stage.pay(at, from, to, cents, Category::Person, NOTHING);
        stage.last(|draft| draft.place = Some(place));
        at += stage.minutes(1, 25);
    }
}

/// 045: an account under a stolen name gets a loan, and is emptied before the first instalment is due.
pub(super) fn stolen_identity(stage: &mut Stage<'_>) {
    let name = stage.stranger();
    let account = stage.account(name);
    let lender = stage.organisation(Role::Lender);
    let loan = stage.chance.log_normal(350_000.0, 0.5);
    let mut at = stage.start;
    stage.pay(at, lender, account, rounded(loan, 10_000), Category::Person, LOAN);
    stage.last(|draft| draft.fate = Fate::Committed);
    let taken = loan * stage.chance.real(0.85, 1.0);
    let count = stage.few(2, 5);
    for cents in parts(&mut stage.chance, taken, count) {
        at += stage.minutes(10, 600);
        match stage.chance.below(3) {
            0 => {
                let agent = stage.organisation(Role::Agent);
                stage.pay(at, account, agent, rounded(cents, 1_000), Category::Cash, CASH);
            }
            1 => {
                let shop = stage.organisation(Role::Merchant);
                stage.pay(at, account, shop, cents, Category::Business, SHOP);
            }
            _ => {
                let mule = stage.mule();
                stage.pay(at, account, mule, cents, Category::Person, NOTHING);
            }
        }
    }
}

/// 047: somebody shops with wallet details that are not his, from wherever he is; the owner knows nothing.
pub(super) fn stolen_wallet(stage: &mut Stage<'_>) {
    let victim = stage.somebody(|person| person.age >= 16 && person.rate > 0.02);
    let from = stage.account(victim);
    let home = stage.person(victim).home;
    let place = stage.far_from(home);
    let is_distant = stage.chance.percent(75);
    let mut at = stage.start;
    let mut cents = stage.times(victim, 0.1, 0.8);
    for _ in 0..stage.few(3, 7) {
        let shop = stage.organisation(Role::Merchant);
        stage.pay(at, from, shop, cents, Category::Business, SHOP);
        if is_distant {
            stage.last(|draft| draft.place = Some(place));
        }
        at += stage.minutes(1, 35);
        cents = stage.times(victim, 1.0, 9.0);
    }
}

/// 179: a payment at home, and within the hour one from so far away that nobody could have come there.
pub(super) fn impossible_travel(stage: &mut Stage<'_>) {
    let victim = stage.somebody(|person: &Person| person.shows_place && person.rate > 0.02);
    let (from, home) = (stage.account(victim), stage.person(victim).home);
    let place = stage.far_from(home);
    let shop = stage.organisation(Role::Merchant);
    let cents = stage.times(victim, 0.3, 2.0);
    let mut at = stage.start;
    stage.genuinely(|stage| {
        stage.pay(at, from, shop, cents, Category::Business, SHOP);
        stage.last(|draft| draft.place = Some(home));
    });
    for _ in 0..stage.few(1, 3) {
        at += stage.minutes(4, 50);
        let cents = stage.times(victim, 0.8, 8.0);
        let payee = match stage.chance.percent(60) {
            true => stage.organisation(Role::Merchant),
            false => stage.bystander(),
        };
        stage.pay(at, from, payee, cents, Category::Business, SHOP);
        stage.last(|draft| draft.place = Some(place));
    }
}

/// 195: goods or a flat that do not exist; the seller's account was opened for it.
pub(super) fn newly_registered(stage: &mut Stage<'_>) {
    let buyer = stage.somebody(|person| person.age >= 18);
    let (from, seller) = (stage.account(buyer), stage.stranger());
    let to = stage.account(seller);
    let price = rounded(stage.times(buyer, 4.0, 40.0), 500);
    let at = stage.start;
    if stage.chance.percent(35) {
        let share = stage.chance.real(0.2, 0.6);
        stage.pay(at, from, to, price * share, Category::Person, PURCHASE);
        let later = at + stage.hours(1, 30);
        stage.pay(later, from, to, price * (1.0 - share), Category::Person, PURCHASE);
        return;
    }
    stage.pay(at, from, to, price, Category::Person, PURCHASE);
}
