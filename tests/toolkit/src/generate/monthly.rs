//! What is paid in periods: salaries, rent, bills, fees, allowances, savings, the cash pools of groups.

use super::calendar::{HOUR, Hours, date, instant, is_weekend};
use super::chance::Chance;
use super::daily::{Life, is_awake};
use super::draft::{
    BILL, CASH, Category, DEPOSIT, Draft, FEES, GIFT, GROUP, RENT, SALARY, SAVINGS,
};
use super::families::tag;
use super::population::{Role, World};
use super::stage::rounded;

/// What the draws of this file are for.
const MONTHLY: u64 = 11;

/// Days of the year on which a school term begins: the fees are due.
const TERMS: [(usize, i32); 3] = [(1, 8), (5, 6), (9, 2)];

/// The payments of a day that are due on it.
pub(super) fn day(world: &mut World, seed: u64, day: i32, drafts: &mut Vec<Draft>) {
    let mut chance = Chance::of(seed, &[MONTHLY, day as u64]);
    let mut due = Due { life: Life { world, chance: &mut chance, day, drafts } };
    for country in 0..due.life.world.residents.len() {
        for person in due.life.world.residents[country].clone() {
            if is_awake(&due.life.world.people[person as usize], day) {
                due.of_person(person);
            }
        }
        due.pool_groups(country);
    }
}

struct Due<'w> {
    life: Life<'w>,
}

impl Due<'_> {
    /// Whether the day of the month is today, or on the weekend that begins tomorrow.
    fn falls(&self, day_of_month: i32) -> bool {
        let today = self.life.day;
        let is = |day: i32| date(day).1 == day_of_month;
        match is_weekend(today) {
            true => false,
            false => is(today) || (1..=2).any(|on| is_weekend(today + on) && is(today + on)),
        }
    }

    fn of_person(&mut self, index: u32) {
        self.salary(index);
        self.rent(index);
        let bill_day = 3 + (index % 24) as i32;
        let role = self.life.world.people[index as usize].role;
        if role != Role::Student && self.falls(bill_day) {
            self.bill(index);
        }
        if index % 4 == 1 && self.falls(27) {
            self.savings(index);
        }
        if role == Role::Student && self.falls(1 + (index % 6) as i32) {
            self.allowance(index);
        }
        self.school(index);
    }

    fn salary(&mut self, index: u32) {
        let person = &self.life.world.people[index as usize];
        let Some(employer) = person.employer else {
            return self.pension(index);
        };
        if !self.falls(PAYDAYS[employer as usize % PAYDAYS.len()]) {
            return;
        }
        // A month has overtime, or unpaid leave.
        let cents =
            person.salary as f64 * [1.0, 1.0, 1.0, 1.04, 1.11, 0.93][self.life.chance.below(6)];
        let at_ms = instant(self.life.chance, self.life.day, Hours::Morning);
        self.life.pay(at_ms, employer, index, cents, Category::Person, SALARY);
        self.life.last(|draft| draft.tag = tag("salary run"));
        if self.life.chance.percent(20) {
            self.cash_of_salary(index, cents, at_ms);
        }
    }

    fn cash_of_salary(&mut self, index: u32, salary: f64, at_ms: i64) {
        let Some(agent) = self.life.agent(index) else { return };
        let at_ms = at_ms + self.life.chance.between(HOUR / 6, 14 * HOUR);
        let cents = rounded(salary * self.life.chance.real(0.3, 0.95), 1_000);
        self.life.pay(at_ms, index, agent, cents, Category::Cash, CASH);
        self.life.last(|draft| draft.tag = tag("payday cash"));
    }

    fn pension(&mut self, index: u32) {
        let person = &self.life.world.people[index as usize];
        let (country, cents) = (person.country, person.salary as f64);
        let payers = self.life.world.organisations(Role::Utility, country);
        let payer = payers.first().copied().filter(|_| person.role == Role::Pensioner);
        let Some(payer) = payer.filter(|_| self.falls(1)) else { return };
        let at_ms = instant(self.life.chance, self.life.day, Hours::Morning);
        self.life.pay(at_ms, payer, index, cents, Category::Person, SALARY);
        self.life.last(|draft| draft.tag = tag("salary run"));
    }

    fn rent(&mut self, index: u32) {
        let person = &self.life.world.people[index as usize];
        let (Some(landlord), cents) = (person.landlord, person.rent as f64) else { return };
        if !self.falls(1 + (landlord % 3) as i32) {
            return;
        }
        let at_ms = instant(self.life.chance, self.life.day, Hours::Morning);
        self.life.pay(at_ms, index, landlord, cents, Category::Person, RENT);
        self.life.last(|draft| draft.tag = tag("rent day"));
    }

    fn bill(&mut self, index: u32) {
        let country = self.life.world.people[index as usize].country;
        let utilities = self.life.world.organisations(Role::Utility, country);
        let nth = index as usize % utilities.len().max(1);
        let Some(utility) = utilities.get(nth).copied() else { return };
        let median = self.life.world.people[utility as usize].means;
        let cents = self.life.chance.log_normal(median, 0.35);
        let at_ms = instant(self.life.chance, self.life.day, Hours::Office);
        self.life.pay(at_ms, index, utility, cents, Category::Business, BILL);
    }

    /// From one own account to the other.
    fn savings(&mut self, index: u32) {
        let person = &self.life.world.people[index as usize];
        let [own, other, ..] = person.accounts[..] else { return };
        let currency = |account: u32| self.life.world.accounts[account as usize].currency;
        if currency(own) != currency(other) {
            return;
        }
        let cents = rounded(person.salary as f64 * self.life.chance.real(0.03, 0.25), 1_000);
        let at_ms = instant(self.life.chance, self.life.day, Hours::Waking);
        let back = self.life.chance.percent(20);
        let accounts = if back { (other, own) } else { (own, other) };
        self.life.transfer(at_ms, accounts, cents, Category::Person, SAVINGS);
        self.life.last(|draft| draft.tag = tag("own savings"));
    }

    /// A parent sends it: the student's first friend who earns.
    fn allowance(&mut self, index: u32) {
        let people = &self.life.world.people;
        let earns = |friend: &&u32| people[**friend as usize].role == Role::Worker;
        let student = &people[index as usize];
        let Some(parent) = student.friends.iter().find(earns).copied() else { return };
        let cents = rounded(student.means * 9.0 * self.life.chance.real(0.7, 1.4), 500);
        let at_ms = instant(self.life.chance, self.life.day, Hours::Waking);
        self.life.pay(at_ms, parent, index, cents, Category::Person, GIFT);
        self.life.last(|draft| draft.tag = tag("student allowance"));
    }

    /// On the first day of a term parents pay the fees at the agents of the town, or from their account.
    fn school(&mut self, index: u32) {
        let today = date(self.life.day);
        let person = &self.life.world.people[index as usize];
        if !TERMS.contains(&today) || index % 9 != 2 || person.role != Role::Worker {
            return;
        }
        let schools = self.life.world.organisations(Role::School, person.country);
        let nth = (index / 9) as usize % schools.len().max(1);
        let Some(school) = schools.get(nth).copied() else { return };
        let cents = rounded(self.life.world.people[school as usize].means, 500);
        let at_ms = instant(self.life.chance, self.life.day, Hours::Office);
        let agent = self.life.agent(index).filter(|_| self.life.chance.percent(55));
        match agent {
            Some(agent) => self.life.pay(at_ms, agent, school, cents, Category::Deposit, DEPOSIT),
            None => self.life.pay(at_ms, index, school, cents, Category::Business, FEES),
        }
        self.life.last(|draft| draft.tag = tag("school fees"));
    }

    /// Groups of five companies: what the four have too much goes to the first, or the first lends it.
    fn pool_groups(&mut self, country: usize) {
        if !self.falls(28) {
            return;
        }
        let companies = self.life.world.organisations(Role::Company, country).to_vec();
        for group in companies.chunks_exact(5).step_by(3) {
            for member in group.iter().skip(1).copied() {
                let median = self.life.world.people[member as usize].means * 3.0;
                let cents = rounded(self.life.chance.log_normal(median, 0.5), 10_000);
                let at_ms = instant(self.life.chance, self.life.day, Hours::Office);
                let down = self.life.chance.percent(25);
                let (from, to) = if down { (group[0], member) } else { (member, group[0]) };
                self.life.pay(at_ms, from, to, cents, Category::Business, GROUP);
                self.life.last(|draft| draft.tag = tag("cash pool"));
            }
        }
    }
}

/// Days of the month on which employers pay.
const PAYDAYS: [i32; 4] = [25, 28, 15, 25];
