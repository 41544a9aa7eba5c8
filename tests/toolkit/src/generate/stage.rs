//! The words in which scenarios and families are written: who plays, what they have, what they pay.

use frms::Place;

use super::calendar::{Hours, MINUTE, day_of, instant, midnight};
use super::chance::Chance;
use super::daily::is_awake;
use super::draft::{Category, Draft, Fate, NOTHING, Tag, Words};
use super::place::TOWNS;
use super::population::{CURRENCIES, FSPS, Person, Role, World};

/// Where an episode plays.
pub(super) struct Stage<'w> {
    pub(super) world: &'w mut World,
    pub(super) chance: Chance,
    /// Where most of its people live.
    pub(super) country: usize,
    /// When it is prepared: nothing happens before.
    pub(super) today: i32,
    /// When it begins in earnest.
    pub(super) start: i64,
    tag: Tag,
    players: Vec<u32>,
    drafts: Vec<Draft>,
}

/// How often somebody is looked for at random before one after the other is tried.
const TRIES: usize = 300;

impl<'w> Stage<'w> {
    /// An episode that begins up to `lead_days` after today.
    pub(super) fn new(
        world: &'w mut World,
        mut chance: Chance,
        tag: Tag,
        today: i32,
        lead_days: i32,
    ) -> Stage<'w> {
        let country = chance.weighted(&[60, 25, 15]);
        let day = today + chance.between(0, lead_days.into()) as i32;
        let start = instant(&mut chance, day, Hours::Waking);
        Stage { world, chance, country, today, start, tag, players: vec![], drafts: vec![] }
    }

    /// Ends it: whoever played has no other part before its last day is over.
    pub(super) fn end(self, drafts: &mut Vec<Draft>) {
        let last = self.drafts.iter().map(|draft| draft.at_ms).max().unwrap_or(self.start);
        for player in self.players {
            self.world.people[player as usize].busy_until = day_of(last) + 1;
        }
        drafts.extend(self.drafts);
    }

    /// Begins at another hour of the same day.
    pub(super) fn begin_at(&mut self, hours: Hours) {
        self.start = instant(&mut self.chance, day_of(self.start), hours);
    }

    pub(super) fn few(&mut self, low: i64, high: i64) -> i64 {
        self.chance.between(low, high)
    }

    /// So many minutes, in milliseconds: short ones are as likely as long ones ten times as long.
    pub(super) fn minutes(&mut self, low: i64, high: i64) -> i64 {
        let mut length = self.chance.between(low * MINUTE, high * MINUTE);
        if self.chance.percent(50) {
            length = self.chance.between(low * MINUTE, length);
        }
        length
    }

    pub(super) fn hours(&mut self, low: i64, high: i64) -> i64 {
        self.minutes(low * 60, high * 60)
    }

    /// Somebody who lives here and has no other part, with `wanted`.
    pub(super) fn somebody(&mut self, wanted: impl Fn(&Person) -> bool) -> u32 {
        let range = self.world.residents[self.country].clone();
        let today = self.today;
        let free = |person: &Person| {
            person.busy_until < today
                && person.since_day + 60 < today
                && !(person.asleep.0 <= today + 20 && today < person.asleep.1)
        };
        let tried = (0..TRIES).map(|_| range.start + self.chance.below(range.len()) as u32);
        let found = tried.chain(range.clone()).find(|index| {
            free(&self.world.people[*index as usize]) && wanted(&self.world.people[*index as usize])
        });
        match found {
            Some(index) => self.cast(index),
            None => self.stranger(),
        }
    }

    pub(super) fn anybody(&mut self) -> u32 {
        self.somebody(|_| true)
    }

    /// Somebody with an account opened today.
    pub(super) fn stranger(&mut self) -> u32 {
        let person = self.world.stranger(&mut self.chance, self.country, self.today);
        let fsp = self.chance.below(FSPS.len());
        self.world.open(person, self.country, fsp);
        self.cast(person)
    }

    /// The account of somebody who takes money for others: opened for it, some time before and used a little; that
    /// of a person who lends it; or one that has slept for months and was bought.
    pub(super) fn mule(&mut self) -> u32 {
        let kind = self.chance.below(100);
        let sleeper = if kind < 8 { self.sleeper() } else { None };
        if let Some(person) = sleeper {
            return self.account(person);
        }
        if kind < 45 {
            let person = self.somebody(|person| person.age < 40);
            return self.account(person);
        }
        let person = self.stranger();
        let account = self.account(person);
        if self.chance.percent(60) {
            self.use_a_little(account);
        }
        account
    }

    /// Some small genuine payments before the start, so that the account is not quite new.
    pub(super) fn use_a_little(&mut self, account: u32) {
        let tag = std::mem::replace(&mut self.tag, Tag::Ordinary);
        for _ in 0..self.few(1, 4) {
            let at = self.chance.between(midnight(self.today), self.start - 1);
            let friend = self.bystander();
            let cents = self.chance.log_normal(1_500.0, 0.7);
            match self.chance.percent(50) {
                true => self.pay(at, account, friend, cents, Category::Person, NOTHING),
                false => self.pay(at, friend, account, cents, Category::Person, NOTHING),
            }
        }
        self.tag = tag;
    }

    /// Somebody whose account has slept for three months or longer, and would go on.
    fn sleeper(&mut self) -> Option<u32> {
        let range = self.world.residents[self.country].clone();
        let first = range.start + self.chance.below(range.len()) as u32;
        let after = day_of(self.start);
        let sleeps = |index: &u32| {
            let person = &self.world.people[*index as usize];
            let (from, to) = person.asleep;
            person.busy_until < self.today && from.saturating_add(90) < self.today && after < to
        };
        let found = (first..range.end).chain(range.start..first).find(sleeps)?;
        Some(self.cast(found))
    }

    /// Any account of somebody who lives here: a counterparty without a part.
    pub(super) fn bystander(&mut self) -> u32 {
        let range = self.world.residents[self.country].clone();
        for _ in 0..TRIES {
            let index = range.start + self.chance.below(range.len()) as u32;
            let person = &self.world.people[index as usize];
            if person.busy_until < self.today && is_awake(person, self.today) {
                return self.world.account(index);
            }
        }
        let person = self.stranger();
        self.account(person)
    }

    /// The account of an organisation.
    pub(super) fn organisation(&mut self, role: Role) -> u32 {
        let of = self.world.organisations(role, self.country);
        let one = self.chance.one(of).unwrap_or_default();
        self.account(one)
    }

    pub(super) fn account(&self, person: u32) -> u32 {
        self.world.account(person)
    }

    /// One more account of a person, in the currency of `country`, with some participant or with this one.
    pub(super) fn another_account(
        &mut self,
        person: u32,
        country: usize,
        fsp: Option<usize>,
    ) -> u32 {
        let fsp = fsp.unwrap_or_else(|| self.chance.below(FSPS.len()));
        self.world.open(person, country, fsp)
    }

    pub(super) fn other_country(&mut self) -> usize {
        (self.country + 1 + self.chance.below(CURRENCIES.len() - 1)) % CURRENCIES.len()
    }

    pub(super) fn person(&self, index: u32) -> &Person {
        &self.world.people[index as usize]
    }

    /// What the person pays usually, in hundredths.
    pub(super) fn means(&self, person: u32) -> f64 {
        self.person(person).means
    }

    /// A multiple of what the person pays usually.
    pub(super) fn times(&mut self, person: u32, low: f64, high: f64) -> f64 {
        self.means(person) * self.chance.real(low, high)
    }

    /// A place in another town of the country.
    pub(super) fn far_from(&mut self, place: Place) -> Place {
        let town = self.chance.below(TOWNS[self.country].len());
        let mut far = super::place::in_town(&mut self.chance, self.country, town);
        for town in 0..TOWNS[self.country].len() {
            if super::place::kilometres(far, place) > 150.0 {
                break;
            }
            far = super::place::in_town(&mut self.chance, self.country, town);
        }
        far
    }

    /// A payment; none to oneself.
    pub(super) fn pay(
        &mut self,
        at_ms: i64,
        from: u32,
        to: u32,
        cents: f64,
        category: Category,
        words: Words,
    ) {
        if from == to {
            return;
        }
        let fate = fate(&mut self.chance);
        let number = self.chance.between(100, 99_999) as u32;
        let word = self.chance.below(words.len());
        let words = words.get(word..=word).unwrap_or(words);
        let cents = (cents as i64).max(100);
        let (tag, place) = (self.tag, None);
        self.drafts.push(Draft {
            at_ms,
            from,
            to,
            cents,
            category,
            words,
            number,
            place,
            tag,
            fate,
        });
    }

    /// What was paid last, to be changed.
    pub(super) fn last(&mut self, change: impl FnOnce(&mut Draft)) {
        if let Some(draft) = self.drafts.last_mut() {
            change(draft);
        }
    }

    /// The payment made last, once more.
    pub(super) fn again(&mut self, at_ms: i64) {
        if let Some(draft) = self.drafts.last().cloned() {
            let fate = fate(&mut self.chance);
            self.drafts.push(Draft { at_ms, fate, ..draft });
        }
    }

    /// A genuine payment within the episode.
    pub(super) fn genuinely(&mut self, play: impl FnOnce(&mut Self)) {
        let tag = std::mem::replace(&mut self.tag, Tag::Ordinary);
        play(self);
        self.tag = tag;
    }

    fn cast(&mut self, person: u32) -> u32 {
        self.world.people[person as usize].busy_until = i32::MAX;
        self.players.push(person);
        person
    }
}

/// Some are refused, or end by time.
pub(super) fn fate(chance: &mut Chance) -> Fate {
    [Fate::Committed, Fate::Aborted, Fate::Expired][chance.weighted(&[970, 22, 8])]
}

/// Rounded to a multiple, as people do.
pub(super) fn rounded(cents: f64, to: i64) -> f64 {
    (((cents as i64 + to / 2) / to).max(1) * to) as f64
}

/// The parts into which people split a sum: uneven ones.
pub(super) fn parts(chance: &mut Chance, sum: f64, count: i64) -> Vec<f64> {
    let weights: Vec<f64> = (0..count).map(|_| chance.real(0.5, 1.5)).collect();
    let total: f64 = weights.iter().sum();
    weights.iter().map(|weight| sum * weight / total).collect()
}
