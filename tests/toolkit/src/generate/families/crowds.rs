//! Many people pay or are paid, and nothing is wrong with it.

use crate::generate::calendar::{DAY, HOUR, Hours};
use crate::generate::draft::{Category, GIFT, GROUP, INVOICE, RENT, SALARY, SHARE, TICKET};
use crate::generate::population::Role;
use crate::generate::stage::{Stage, rounded};

/// Buys one currency from some and sells the other to others, all day long.
pub(super) fn currency_trader(stage: &mut Stage<'_>) {
    stage.begin_at(Hours::Morning);
    let other = stage.other_country();
    let trader = stage.organisation(Role::Bureau);
    let holder = stage.world.holder(trader);
    let accounts = stage.person(holder).accounts.clone();
    let currency = |account: &u32| stage.world.accounts[*account as usize].currency;
    let found = accounts.iter().find(|account| currency(account) == other).copied();
    let foreign = found.unwrap_or_else(|| stage.another_account(holder, other, None));
    let mut at = stage.start;
    for _ in 0..stage.few(3, 8) {
        let customer = stage.anybody();
        let account = stage.account(customer);
        let currency = stage.another_account(customer, other, None);
        let cents = rounded(stage.times(customer, 4.0, 40.0), 1_000);
        let (sold, bought) =
            if stage.chance.percent(50) { (account, currency) } else { (currency, account) };
        let (takes, gives) = if sold == account { (trader, foreign) } else { (foreign, trader) };
        stage.pay(at, sold, takes, cents, Category::Business, INVOICE);
        let after = at + stage.minutes(1, 15);
        stage.pay(after, gives, bought, cents * 0.97, Category::Person, INVOICE);
        at += stage.minutes(10, 100);
    }
}

/// Guests give the couple money, most of them on the day.
pub(super) fn wedding(stage: &mut Stage<'_>) {
    let couple = stage.somebody(|person| (20..45).contains(&person.age));
    let to = stage.account(couple);
    for _ in 0..stage.few(8, 25) {
        let guest = stage.bystander();
        let at = stage.start + stage.chance.between(0, 16 * HOUR);
        let giver = stage.world.holder(guest);
        let cents = rounded(stage.times(giver, 1.5, 6.0), 1_000);
        stage.pay(at, guest, to, cents, Category::Person, GIFT);
    }
}

/// People give to a charity after an appeal; much is given in the same round sums.
pub(super) fn charity_collection(stage: &mut Stage<'_>) {
    let charity = stage.organisation(Role::Charity);
    for _ in 0..stage.few(8, 30) {
        let donor = stage.bystander();
        let at = stage.start + stage.chance.between(0, 12 * HOUR);
        let cents = [500.0, 1_000.0, 2_000.0, 2_500.0, 5_000.0][stage.chance.below(5)];
        stage.pay(at, donor, charity, cents, Category::Business, GIFT);
    }
}

/// A ticket seller takes many small payments and pays the hall in one.
pub(super) fn ticket_sale(stage: &mut Stage<'_>) {
    let organiser = stage.organisation(Role::Organiser);
    let price = rounded(stage.chance.log_normal(2_500.0, 0.5), 100);
    let mut sum = 0.0;
    for _ in 0..stage.few(8, 28) {
        let visitor = stage.bystander();
        let at = stage.start + stage.chance.between(0, 14 * HOUR);
        let cents = price * [1.0, 1.0, 2.0, 2.0, 4.0][stage.chance.below(5)];
        stage.pay(at, visitor, organiser, cents, Category::Business, TICKET);
        sum += cents;
    }
    let (hall, at) = (stage.organisation(Role::Company), stage.start + 15 * HOUR);
    let share = stage.chance.real(0.6, 0.95);
    let at = at + stage.minutes(5, 300);
    stage.pay(at, organiser, hall, sum * share, Category::Business, INVOICE);
}

/// One has paid for all, and all give their share.
pub(super) fn shared_bill(stage: &mut Stage<'_>) {
    let host = stage.somebody(|person| person.age >= 16);
    let to = stage.account(host);
    let count = stage.few(3, 9);
    let cents = stage.times(host, 0.4, 4.0);
    let inn = stage.organisation(Role::Merchant);
    stage.pay(stage.start, to, inn, cents * count as f64, Category::Business, TICKET);
    for _ in 1..count {
        let guest = stage.bystander();
        let at = stage.start + stage.hours(0, 30);
        stage.pay(at, guest, to, cents, Category::Person, SHARE);
    }
}

/// Flatmates send one of them their part of the rent, who sends the whole on.
pub(super) fn flatmates(stage: &mut Stage<'_>) {
    let one = stage.somebody(|person| (18..40).contains(&person.age));
    let account = stage.account(one);
    let landlord = stage.bystander();
    let share = rounded(stage.times(one, 6.0, 14.0), 500);
    let count = stage.few(2, 5);
    let mut at = stage.start;
    for _ in 0..count {
        let flatmate = stage.bystander();
        stage.pay(at, flatmate, account, share, Category::Person, SHARE);
        at += stage.minutes(5, 420);
    }
    let rent = share * (count + 1) as f64;
    stage.pay(at, account, landlord, rent, Category::Person, RENT);
}

/// A foreman gets the wages of the crew and pays each.
pub(super) fn crew(stage: &mut Stage<'_>) {
    let foreman = stage.somebody(|person| person.age >= 25);
    let account = stage.account(foreman);
    let company = stage.organisation(Role::Company);
    let wage = rounded(stage.times(foreman, 3.0, 12.0), 500);
    let count = stage.few(4, 9);
    let mut at = stage.start;
    let all = wage * (count + 1) as f64;
    stage.pay(at, company, account, all, Category::Person, SALARY);
    at += stage.hours(1, 8);
    for _ in 0..count {
        let worker = stage.bystander();
        stage.pay(at, account, worker, wage, Category::Person, SALARY);
        at += stage.minutes(1, 25);
    }
}

/// Members of a savings club pay in each week, and one of them gets it all.
pub(super) fn savings_club(stage: &mut Stage<'_>) {
    let members: Vec<u32> = (0..stage.few(4, 8)).map(|_| stage.bystander()).collect();
    let holder = stage.world.holder(members[0]);
    let share = rounded(stage.times(holder, 0.8, 4.0), 500);
    for week in 0..stage.few(2, 4) {
        let turn = members[week as usize % members.len()];
        for member in members.iter().filter(|member| **member != turn) {
            let at = stage.start + week * 7 * DAY + stage.hours(0, 8);
            stage.pay(at, *member, turn, share, Category::Person, GROUP);
        }
    }
}
