//! What happens in an honest life, and looks odd in an account.

use crate::generate::calendar::{DAY, HOUR, MINUTE, day_of};
use crate::generate::draft::{
    CASH, Category, DEPOSIT, FRIENDS, GIFT, INVOICE, LOAN, NOTHING, PURCHASE, RENT, SALARY,
    SAVINGS, SHOP,
};
use crate::generate::place::{TOWNS, in_town};
use crate::generate::population::Role;
use crate::generate::stage::{Stage, parts, rounded};

/// The same person under a new number: pays from the old one and the new one within a day.
pub(super) fn new_telephone(stage: &mut Stage<'_>) {
    let person = stage.anybody();
    let old = stage.account(person);
    let new = stage.stranger();
    let new = stage.account(new);
    let mut at = stage.start;
    let cents = stage.times(person, 0.5, 3.0);
    stage.pay(at, old, new, cents, Category::Person, SAVINGS);
    for _ in 0..stage.few(2, 4) {
        at += stage.hours(1, 20);
        let shop = stage.organisation(Role::Merchant);
        let cents = stage.times(person, 0.3, 2.0);
        stage.pay(at, new, shop, cents, Category::Business, SHOP);
    }
}

/// Spends for weeks what came in long ago.
pub(super) fn living_off_savings(stage: &mut Stage<'_>) {
    let person = stage.somebody(|person| person.employer.is_none() && person.age >= 18);
    let from = stage.account(person);
    let mut at = stage.start;
    for _ in 0..stage.few(4, 9) {
        let shop = stage.organisation(Role::Merchant);
        let cents = stage.times(person, 0.8, 6.0);
        stage.pay(at, from, shop, cents, Category::Business, SHOP);
        at += stage.hours(4, 60);
    }
}

/// Cars cost what they cost, often a little less than ten thousand.
pub(super) fn car_bought(stage: &mut Stage<'_>) {
    let person = stage.somebody(|person| person.age >= 18);
    let from = stage.account(person);
    let dealer = match stage.chance.percent(50) {
        true => stage.organisation(Role::Company),
        false => stage.bystander(),
    };
    let price = rounded(stage.chance.log_normal(850_000.0, 0.4), 10_000);
    if stage.chance.percent(40) {
        let first = rounded(price * 0.1, 10_000);
        stage.pay(stage.start, from, dealer, first, Category::Business, PURCHASE);
    }
    let at = stage.start + stage.hours(2, 70);
    stage.pay(at, from, dealer, price, Category::Business, PURCHASE);
}

/// Several pots at one provider for several purposes.
pub(super) fn savings_pots(stage: &mut Stage<'_>) {
    let person = stage.somebody(|person| person.age >= 18);
    let (own, country) = (stage.account(person), stage.country);
    let fsp = stage.world.accounts[own as usize].fsp;
    let mut at = stage.start;
    for _ in 0..stage.few(2, 4) {
        let pot = stage.another_account(person, country, Some(fsp));
        let cents = rounded(stage.times(person, 1.0, 6.0), 500);
        stage.pay(at, own, pot, cents, Category::Person, SAVINGS);
        at += stage.minutes(1, 600);
    }
}

/// Grandparents give more than they ever spend, to somebody they have never paid.
pub(super) fn grandparent(stage: &mut Stage<'_>) {
    let giver = stage.somebody(|person| person.age >= 60);
    let (from, to) = (stage.account(giver), stage.bystander());
    let cents = rounded(stage.times(giver, 4.0, 30.0), 5_000);
    stage.pay(stage.start, from, to, cents, Category::Person, GIFT);
}

/// A busy hour at an agent's: customers pay in and take out, one after the other.
pub(super) fn agent_queue(stage: &mut Stage<'_>) {
    let agent = stage.organisation(Role::Agent);
    let mut at = stage.start;
    for _ in 0..stage.few(5, 10) {
        let customer = stage.bystander();
        let holder = stage.world.holder(customer);
        let cents = rounded(stage.times(holder, 1.0, 6.0), 1_000);
        match stage.chance.percent(50) {
            true => stage.pay(at, customer, agent, cents, Category::Cash, CASH),
            false => stage.pay(at, agent, customer, cents, Category::Deposit, DEPOSIT),
        }
        at += stage.minutes(2, 14);
    }
}

/// Deposit, removal, furniture: large sums to people never paid before, within days.
pub(super) fn moving_house(stage: &mut Stage<'_>) {
    let person = stage.somebody(|person| person.age >= 18);
    let from = stage.account(person);
    let mut at = stage.start;
    let landlord = stage.bystander();
    let cents = rounded(stage.times(person, 20.0, 60.0), 1_000);
    stage.pay(at, from, landlord, cents, Category::Person, RENT);
    for _ in 0..stage.few(2, 4) {
        at += stage.hours(1, 40);
        let shop = stage.organisation(Role::Merchant);
        let cents = stage.times(person, 3.0, 25.0);
        stage.pay(at, from, shop, cents, Category::Business, PURCHASE);
    }
}

/// The first job: an account is opened, the salary comes, and is spent on what was waited for.
pub(super) fn new_account_with_salary(stage: &mut Stage<'_>) {
    let person = stage.stranger();
    let account = stage.account(person);
    let company = stage.organisation(Role::Company);
    let salary = rounded(stage.times(person, 50.0, 90.0), 100);
    let mut at = stage.start;
    stage.pay(at, company, account, salary, Category::Person, SALARY);
    let spent = salary * stage.chance.real(0.3, 0.9);
    let count = stage.few(2, 5);
    for cents in parts(&mut stage.chance, spent, count) {
        at += stage.hours(2, 50);
        match stage.chance.below(3) {
            0 => {
                let agent = stage.organisation(Role::Agent);
                stage.pay(at, account, agent, rounded(cents, 1_000), Category::Cash, CASH);
            }
            _ => {
                let shop = stage.organisation(Role::Merchant);
                stage.pay(at, account, shop, cents, Category::Business, SHOP);
            }
        }
    }
}

/// Some days in another town, with more purchases than at home, in shops never seen.
pub(super) fn holiday(stage: &mut Stage<'_>) {
    let person = stage.somebody(|person| person.age >= 16);
    let from = stage.account(person);
    let (first, days) = (day_of(stage.start), stage.few(3, 12));
    let town = stage.chance.below(TOWNS[stage.country].len());
    stage.world.people[person as usize].trip = (first + 1, first + 1 + days as i32, town);
    for _ in 0..stage.few(4, 10) {
        let at = stage.start + stage.chance.between(DAY, days * DAY);
        let shop = stage.organisation(Role::Merchant);
        let cents = stage.times(person, 0.5, 5.0);
        stage.pay(at, from, shop, cents, Category::Business, SHOP);
    }
}

/// A coffee at the gate, a taxi at the other end: far, and as fast as aeroplanes are.
pub(super) fn flight(stage: &mut Stage<'_>) {
    let person = stage.somebody(|person| person.age >= 16 && person.shows_place);
    let (from, home) = (stage.account(person), stage.person(person).home);
    let town = stage.chance.below(TOWNS[stage.country].len());
    let there = in_town(&mut stage.chance, stage.country, town);
    let way_km = crate::generate::place::kilometres(home, there);
    let first = day_of(stage.start);
    stage.world.people[person as usize].trip = (first + 1, first + 2, town);
    let cafe = stage.organisation(Role::Merchant);
    let cents = stage.times(person, 0.1, 0.8);
    stage.pay(stage.start, from, cafe, cents, Category::Business, SHOP);
    stage.last(|draft| draft.place = Some(home));
    // 600 km/h in the air, and half an hour to an hour and a half at the airports.
    let way_ms = (way_km / 600.0 * HOUR as f64) as i64 + stage.chance.between(30, 90) * MINUTE;
    let taxi = stage.organisation(Role::Merchant);
    let cents = stage.times(person, 0.4, 2.0);
    stage.pay(stage.start + way_ms, from, taxi, cents, Category::Business, SHOP);
    stage.last(|draft| draft.place = Some(there));
}

/// A bonus, expenses or a tax refund besides the salary.
pub(super) fn bonus(stage: &mut Stage<'_>) {
    let person = stage.somebody(|person| person.employer.is_some());
    let employer = stage.person(person).employer.unwrap_or(person);
    let (from, to) = (stage.account(employer), stage.account(person));
    let salary = stage.person(person).salary as f64;
    let cents = salary * stage.chance.real(0.1, 1.5);
    stage.pay(stage.start, from, to, cents, Category::Person, SALARY);
}

/// Somebody's car is sold; the money goes on to the next one, or is wanted in cash.
pub(super) fn car_sold(stage: &mut Stage<'_>) {
    let person = stage.somebody(|person| person.age >= 18);
    let (account, buyer) = (stage.account(person), stage.bystander());
    let price = rounded(stage.times(person, 20.0, 120.0), 5_000);
    stage.pay(stage.start, buyer, account, price, Category::Person, PURCHASE);
    let at = stage.start + stage.hours(1, 60);
    let part = price * stage.chance.real(0.2, 0.95);
    match stage.chance.percent(50) {
        true => {
            let agent = stage.organisation(Role::Agent);
            stage.pay(at, account, agent, rounded(part, 1_000), Category::Cash, CASH);
        }
        false => {
            let dealer = stage.organisation(Role::Company);
            stage.pay(at, account, dealer, part, Category::Business, PURCHASE);
        }
    }
}

/// One person with a private and a business name.
pub(super) fn sole_trader(stage: &mut Stage<'_>) {
    let person = stage.somebody(|person| person.age >= 18);
    let (own, firm) = (stage.account(person), stage.stranger());
    let firm = stage.account(firm);
    let mut at = stage.start;
    let mut sum = 0.0;
    for _ in 0..stage.few(2, 5) {
        let customer = stage.bystander();
        let cents = stage.times(person, 1.0, 8.0);
        stage.pay(at, customer, firm, cents, Category::Business, INVOICE);
        sum += cents;
        at += stage.hours(2, 40);
    }
    let share = stage.chance.real(0.2, 0.7);
    stage.pay(at, firm, own, sum * share, Category::Person, SAVINGS);
}

/// The largest payment of a life, to a notary.
pub(super) fn house_bought(stage: &mut Stage<'_>) {
    let person = stage.somebody(|person| (25..70).contains(&person.age));
    let (from, notary) = (stage.account(person), stage.organisation(Role::Company));
    if stage.chance.percent(60) {
        let (lender, at) = (stage.organisation(Role::Lender), stage.start);
        let cents = rounded(stage.times(person, 400.0, 1_500.0), 100_000);
        stage.pay(at, lender, from, cents, Category::Person, LOAN);
    }
    let at = stage.start + stage.hours(3, 60);
    let cents = rounded(stage.times(person, 300.0, 1_500.0), 10_000);
    stage.pay(at, from, notary, cents, Category::Business, PURCHASE);
}

/// A shop opens, and is paid for the first time.
pub(super) fn new_shop(stage: &mut Stage<'_>) {
    let shop = stage.stranger();
    let to = stage.account(shop);
    let price = stage.times(shop, 0.5, 4.0);
    let mut at = stage.start;
    for _ in 0..stage.few(3, 7) {
        let customer = stage.bystander();
        let cents = price * stage.chance.real(0.3, 2.5);
        stage.pay(at, customer, to, cents, Category::Business, SHOP);
        at += stage.minutes(15, 600);
    }
}

/// The same sum to the same receiver, again and again: furniture on credit, a coach, a debt to a friend.
pub(super) fn instalments(stage: &mut Stage<'_>) {
    let person = stage.somebody(|person| person.age >= 18);
    let (from, to) = (stage.account(person), stage.bystander());
    let cents = rounded(stage.times(person, 1.0, 12.0), 500);
    let pause = stage.few(1, 7) * DAY;
    let mut at = stage.start;
    for _ in 0..stage.few(3, 6) {
        stage.pay(at, from, to, cents, Category::Person, INVOICE);
        at += pause + stage.minutes(0, 200);
    }
}

/// A day of purchases before a feast, more than in a month.
pub(super) fn festive(stage: &mut Stage<'_>) {
    let person = stage.somebody(|person| person.age >= 16);
    let from = stage.account(person);
    let mut at = stage.start;
    for _ in 0..stage.few(5, 11) {
        let shop = stage.organisation(Role::Merchant);
        let cents = stage.times(person, 0.5, 6.0);
        stage.pay(at, from, shop, cents, Category::Business, SHOP);
        at += stage.minutes(6, 70);
    }
}

/// Somebody who was abroad or ill pays what has waited.
pub(super) fn back_again(stage: &mut Stage<'_>) {
    let today = stage.today;
    let range = stage.world.residents[stage.country].clone();
    let back = |index: &u32| {
        let person = &stage.world.people[*index as usize];
        person.busy_until < today && (today - 15..=today).contains(&person.asleep.1)
    };
    let Some(person) = range.into_iter().find(back) else { return };
    let from = stage.account(person);
    let mut at = stage.start;
    for _ in 0..stage.few(1, 4) {
        let to = stage.bystander();
        let cents = stage.times(person, 1.0, 14.0);
        let words = if stage.chance.percent(50) { FRIENDS } else { NOTHING };
        stage.pay(at, from, to, cents, Category::Person, words);
        at += stage.hours(1, 30);
    }
}

/// A large sum comes once, and some of it is passed on to brothers and sisters.
pub(super) fn inheritance(stage: &mut Stage<'_>) {
    let heir = stage.somebody(|person| person.age >= 30);
    let (account, notary) = (stage.account(heir), stage.organisation(Role::Company));
    let sum = rounded(stage.times(heir, 60.0, 400.0), 100);
    stage.pay(stage.start, notary, account, sum, Category::Person, PURCHASE);
    let mut at = stage.start;
    for _ in 0..stage.few(0, 3) {
        at += stage.hours(10, 70);
        let sibling = stage.bystander();
        let part = stage.chance.real(0.15, 0.3);
        stage.pay(at, account, sibling, sum * part, Category::Person, GIFT);
    }
}
