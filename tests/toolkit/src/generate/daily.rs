//! What people and organisations pay on any day: purchases, friends, cash, invoices, takings.

use super::calendar::{HOUR, Hours, MINUTE, SECOND, date, instant, is_weekend, season};
use super::chance::Chance;
use super::draft::{
    CASH, Category, DEPOSIT, Draft, FLOAT, FRIENDS, Fate, INVOICE, NOTHING, REFUND, SHOP, Tag,
    Words,
};
use super::families::tag;
use super::population::{Person, Role, World};
use super::stage::{fate, rounded};

/// What the draws of this file are for.
const DAILY: u64 = 10;

/// The payments of a day.
pub(super) fn day(world: &mut World, seed: u64, day: i32, drafts: &mut Vec<Draft>) {
    let mut chance = Chance::of(seed, &[DAILY, day as u64]);
    let mut life = Life { world, chance: &mut chance, day, drafts };
    for country in 0..life.world.residents.len() {
        for person in life.world.residents[country].clone() {
            life.live(person);
        }
        for role in [Role::Merchant, Role::Company, Role::Agent] {
            for organisation in life.world.organisations(role, country).to_vec() {
                life.trade(organisation);
            }
        }
    }
}

/// A day of somebody's.
pub(super) struct Life<'w> {
    pub(super) world: &'w mut World,
    pub(super) chance: &'w mut Chance,
    pub(super) day: i32,
    pub(super) drafts: &'w mut Vec<Draft>,
}

impl Life<'_> {
    fn live(&mut self, index: u32) {
        let person = &self.world.people[index as usize];
        if !is_awake(person, self.day) {
            return;
        }
        let weekend = if is_weekend(self.day) { 1.2 } else { 0.92 };
        // There is more to spend in the days after the salary.
        let paid = if date(self.day).1 >= 25 || date(self.day).1 <= 3 { 1.2 } else { 0.92 };
        let mean = person.rate * weekend * paid * season(self.day);
        for _ in 0..self.chance.poisson(mean) {
            self.spend(index);
        }
    }

    fn spend(&mut self, index: u32) {
        let person = &self.world.people[index as usize];
        let weights = match person.role {
            Role::Student => [52, 30, 12, 3],
            Role::Worker => [58, 22, 14, 6],
            _ => [46, 14, 34, 6],
        };
        match self.chance.weighted(&weights) {
            0 => self.shop(index),
            1 => self.pay_friend(index),
            2 => self.withdraw(index),
            _ => self.deposit(index),
        }
    }

    fn shop(&mut self, index: u32) {
        let person = &self.world.people[index as usize];
        let (country, is_known) = (person.country, self.chance.percent(80));
        let shop = if is_known { self.chance.one(&person.shops) } else { None };
        let merchants = self.world.organisations(Role::Merchant, country);
        let Some(shop) = shop.or_else(|| self.chance.one(merchants)) else { return };
        let price = self.world.people[shop as usize].means;
        let (cents, kind) = match shop % PRICE_LISTS {
            0 => (listed(self.chance, price), tag("price list")),
            _ => {
                let middle = (price * person.means).sqrt();
                (self.chance.log_normal(middle, 0.7), Tag::Ordinary)
            }
        };
        let at_ms = instant(self.chance, self.day, Hours::Waking);
        self.pay(at_ms, index, shop, cents, Category::Business, SHOP);
        self.last(|draft| draft.tag = kind);
        self.afterwards(at_ms);
    }

    /// What may follow a purchase: the same again, or the money back.
    fn afterwards(&mut self, at_ms: i64) {
        let Some(bought) = self.drafts.last().cloned() else { return };
        let fate = fate(self.chance);
        match self.chance.below(1_000) {
            0..=7 => {
                // A second coffee, or a child's ticket: the till gives it another number.
                let at_ms = at_ms + self.chance.between(20 * SECOND, 45 * MINUTE);
                let number = bought.number + 1;
                let tag = tag("two coffees");
                self.drafts.push(Draft { at_ms, fate, number, tag, ..bought });
            }
            8..=10 if bought.fate == Fate::Committed => {
                let again_ms = at_ms + self.chance.between(5 * SECOND, 4 * MINUTE);
                let tag = tag("sent twice");
                self.drafts.push(Draft { at_ms: again_ms, fate, tag, ..bought.clone() });
                self.give_back(&bought, again_ms);
            }
            11..=20 => self.give_back(&bought, at_ms),
            _ => {}
        }
    }

    fn give_back(&mut self, bought: &Draft, at_ms: i64) {
        let at_ms = at_ms + self.chance.between(10 * MINUTE, 30 * HOUR);
        let (from, to, category) = (bought.to, bought.from, Category::Refund);
        let word = self.chance.below(REFUND.len());
        let words = REFUND.get(word..=word).unwrap_or(REFUND);
        let (tag, fate) = (tag("refund"), Fate::Committed);
        self.drafts.push(Draft { at_ms, from, to, category, words, tag, fate, ..bought.clone() });
    }

    fn pay_friend(&mut self, index: u32) {
        let person = &self.world.people[index as usize];
        let range = self.world.residents[person.country].clone();
        let friend = self.chance.one(&person.friends).filter(|_| self.chance.percent(90));
        let stranger = range.start + self.chance.below(range.len()) as u32;
        let friend = friend.unwrap_or(stranger);
        if friend == index || !is_awake(&self.world.people[friend as usize], self.day) {
            return;
        }
        let mut cents = self.chance.log_normal(person.means * 0.8, 0.9);
        if self.chance.percent(60) {
            cents = rounded(cents, 500);
        }
        let at_ms = instant(self.chance, self.day, Hours::Waking);
        let words = if self.chance.percent(70) { FRIENDS } else { NOTHING };
        self.pay(at_ms, index, friend, cents, Category::Person, words);
    }

    fn withdraw(&mut self, index: u32) {
        let person = &self.world.people[index as usize];
        let cents = rounded(self.chance.log_normal(person.means * 1.8, 0.5), 1_000);
        let Some(agent) = self.agent(index) else { return };
        let at_ms = instant(self.chance, self.day, Hours::Waking);
        self.pay(at_ms, index, agent, cents, Category::Cash, CASH);
    }

    fn deposit(&mut self, index: u32) {
        let person = &self.world.people[index as usize];
        let cents = rounded(self.chance.log_normal(person.means * 2.5, 0.6), 1_000);
        let Some(agent) = self.agent(index) else { return };
        let at_ms = instant(self.chance, self.day, Hours::Office);
        self.pay(at_ms, agent, index, cents, Category::Deposit, DEPOSIT);
    }

    /// People have their agents: those near come first.
    pub(super) fn agent(&mut self, index: u32) -> Option<u32> {
        let person = &self.world.people[index as usize];
        let agents = self.world.organisations(Role::Agent, person.country);
        let near = |agent: &u32| self.world.people[*agent as usize].town == person.town;
        let of_town: Vec<u32> = agents.iter().copied().filter(near).collect();
        let habit = self.chance.below(of_town.len().min(3)) + index as usize;
        match self.chance.percent(85) && !of_town.is_empty() {
            true => of_town.get(habit % of_town.len()).copied(),
            false => self.chance.one(agents),
        }
    }

    fn trade(&mut self, index: u32) {
        let business = &self.world.people[index as usize];
        let (role, mean) = (business.role, business.rate * season(self.day));
        let market_day = index.is_multiple_of(3) && (self.day + index as i32) % 7 == 0;
        if role == Role::Merchant && market_day {
            self.bank_takings(index);
        }
        if is_weekend(self.day) {
            return;
        }
        for _ in 0..self.chance.poisson(mean) {
            match role {
                Role::Agent => self.balance_float(index),
                _ => self.pay_invoice(index),
            }
        }
    }

    /// A merchant of the market brings the cash of the day to an agent, in one go or in several.
    fn bank_takings(&mut self, index: u32) {
        let price = self.world.people[index as usize].means;
        let Some(agent) = self.agent(index) else { return };
        for _ in 0..self.chance.weighted(&[0, 70, 20, 10]) {
            let cents = rounded(price * self.chance.log_normal(25.0, 0.6), 500);
            let at_ms = instant(self.chance, self.day, Hours::Office);
            self.pay(at_ms, agent, index, cents, Category::Deposit, DEPOSIT);
            self.last(|draft| draft.tag = tag("market-day takings"));
        }
    }

    /// An agent sells or buys electronic money.
    fn balance_float(&mut self, index: u32) {
        let country = self.world.people[index as usize].country;
        let bureaus = self.world.organisations(Role::Bureau, country);
        let Some(bureau) = bureaus.get(index as usize % bureaus.len().max(1)).copied() else {
            return;
        };
        let cents = rounded(self.chance.log_normal(180_000.0, 0.7), 10_000);
        let at_ms = instant(self.chance, self.day, Hours::Office);
        let (from, to) = if self.chance.percent(50) { (index, bureau) } else { (bureau, index) };
        self.pay(at_ms, from, to, cents, Category::Business, FLOAT);
        self.last(|draft| draft.tag = tag("agent's float"));
    }

    fn pay_invoice(&mut self, index: u32) {
        let business = &self.world.people[index as usize];
        let role = if self.chance.percent(50) { Role::Merchant } else { Role::Company };
        let suppliers = self.world.organisations(role, business.country);
        // The same few suppliers most of the time.
        let nth = match self.chance.percent(75) {
            true => index as usize * 7 + self.chance.below(5),
            false => self.chance.below(suppliers.len()),
        };
        let Some(supplier) = suppliers.get(nth % suppliers.len().max(1)).copied() else { return };
        if supplier == index {
            return;
        }
        let median = if business.role == Role::Company { business.means } else { 60_000.0 };
        let cents = self.chance.log_normal(median, 1.0);
        let at_ms = instant(self.chance, self.day, Hours::Office);
        self.pay(at_ms, index, supplier, cents, Category::Business, INVOICE);
    }

    /// From somebody's account to somebody's.
    pub(super) fn pay(
        &mut self,
        at_ms: i64,
        from: u32,
        to: u32,
        cents: f64,
        category: Category,
        words: Words,
    ) {
        let accounts = (self.world.account(from), self.world.account(to));
        self.transfer(at_ms, accounts, cents, category, words);
    }

    /// From an account to an account.
    pub(super) fn transfer(
        &mut self,
        at_ms: i64,
        (from, to): (u32, u32),
        cents: f64,
        category: Category,
        words: Words,
    ) {
        let fate = fate(self.chance);
        let number = self.chance.between(100, 99_999) as u32;
        let word = self.chance.below(words.len());
        let words = words.get(word..=word).unwrap_or(words);
        let cents = (cents as i64).max(100);
        let (tag, place) = (Tag::Ordinary, None);
        let draft = Draft { at_ms, from, to, cents, category, words, number, place, tag, fate };
        if fate != Fate::Committed && self.chance.percent(50) {
            let at_ms = at_ms + self.chance.between(8 * SECOND, 6 * MINUTE);
            let (tag, fate) = (super::families::tag("retry"), Fate::Committed);
            self.drafts.push(Draft { at_ms, tag, fate, ..draft.clone() });
        }
        self.drafts.push(draft);
    }

    /// What was paid last, to be changed.
    pub(super) fn last(&mut self, change: impl FnOnce(&mut Draft)) {
        if let Some(draft) = self.drafts.last_mut() {
            change(draft);
        }
    }
}

/// Whether somebody pays anything on that day.
pub(super) fn is_awake(person: &Person, day: i32) -> bool {
    day >= person.since_day && !(person.asleep.0..person.asleep.1).contains(&day)
}

/// Of so many merchants one has a list of a few fixed prices.
const PRICE_LISTS: u32 = 6;

/// A price of a list: just below a round number.
fn listed(chance: &mut Chance, price: f64) -> f64 {
    let step = rounded(price * [0.5, 0.8, 1.0, 1.0, 1.5, 2.0][chance.below(6)], 100);
    (step - 5.0).max(95.0)
}
