//! Who there is: people with their means and habits, shops, agents, companies; all from the seed.

use frms::{Party, Place, Pseudonyms};

use super::GenerateSettings;
use super::chance::Chance;
use super::place::{TOWNS, in_town};

/// The participants.
pub(super) const FSPS: [&str; 7] =
    ["arden-mobile", "bluebank", "cowrie", "delta-credit", "estuary", "firth", "granary"];

/// The currencies, one a country.
pub(super) const CURRENCIES: [&str; 3] = ["USD", "EUR", "GBP"];

/// Of a hundred people so many live in each country.
const PER_COUNTRY: [usize; 3] = [60, 25, 15];

/// What somebody lives from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Student,
    Worker,
    Pensioner,
    Merchant,
    Agent,
    Company,
    Utility,
    School,
    Charity,
    Organiser,
    Bureau,
    Lender,
    /// Comes for an episode alone, with an account opened for it.
    Stranger,
}

/// The roles that are not people, and for how many people there is one of each.
const ORGANISATIONS: [(Role, usize); 9] = [
    (Role::Merchant, 25),
    (Role::Agent, 60),
    (Role::Company, 30),
    (Role::Utility, 900),
    (Role::School, 350),
    (Role::Charity, 500),
    (Role::Organiser, 450),
    (Role::Bureau, 500),
    (Role::Lender, 800),
];

/// One of the people, or an organisation.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) role: Role,
    pub(super) country: usize,
    pub(super) town: usize,
    pub(super) home: Place,
    /// 0 for an organisation.
    pub(super) age: u16,
    pub(super) shows_age: bool,
    pub(super) shows_place: bool,
    /// Payments that are decided on a day, on average.
    pub(super) rate: f64,
    /// The median of what is paid, in hundredths; of a merchant, of what is bought.
    pub(super) means: f64,
    pub(super) accounts: Vec<u32>,
    pub(super) friends: Vec<u32>,
    pub(super) shops: Vec<u32>,
    pub(super) employer: Option<u32>,
    /// Paid monthly by the employer, in hundredths.
    pub(super) salary: i64,
    pub(super) landlord: Option<u32>,
    pub(super) rent: i64,
    pub(super) since_day: i32,
    /// Does nothing from the first to before the second day.
    pub(super) asleep: (i32, i32),
    /// Is in another town from the first to before the second day.
    pub(super) trip: (i32, i32, usize),
    /// Plays a part in an episode, or in what looks like one, until this day.
    pub(super) busy_until: i32,
    /// When and where the last payment was made.
    pub(super) seen: Option<(i64, Place)>,
}

/// An account, with a participant, in one currency.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) holder: u32,
    pub(super) currency: usize,
    pub(super) fsp: usize,
    pub(super) party: Party,
    /// The number by which the participant knows it; another account under one number has a sub-identifier.
    pub(super) number: u32,
    pub(super) sub: u32,
    /// The number under which its holder is known.
    pub(super) entity: u32,
    /// Days of the last episode in which it is.
    pub(super) episode: (i32, i32),
}

/// All of them.
pub(super) struct World {
    pub(super) people: Vec<Person>,
    pub(super) accounts: Vec<Account>,
    /// The people of each country that live all the time, a range.
    pub(super) residents: [std::ops::Range<u32>; 3],
    organisations: Vec<[Vec<u32>; ORGANISATIONS.len()]>,
    pseudonyms: Pseudonyms,
}

impl World {
    /// The world of a seed on day 0, and who will come later.
    pub(super) fn new(settings: &GenerateSettings) -> World {
        let mut chance = Chance::of(settings.seed, &[0]);
        let mut world = World {
            people: Vec::new(),
            accounts: Vec::new(),
            residents: [0..0, 0..0, 0..0],
            organisations: vec![std::array::from_fn(|_| Vec::new()); CURRENCIES.len()],
            pseudonyms: Pseudonyms::new(&settings.secret()),
        };
        for (country, share) in PER_COUNTRY.iter().enumerate() {
            let residents = (settings.residents() * share / 100).max(40);
            world.found_organisations(&mut chance, country, residents);
            let first = world.people.len() as u32;
            let range = first..first + residents as u32;
            for index in range.clone() {
                let person = world.resident(&mut chance, settings, (country, &range), index);
                world.settle(&mut chance, person);
            }
            world.residents[country] = range;
        }
        world
    }

    /// The organisations of a role in a country; at least four.
    pub(super) fn organisations(&self, role: Role, country: usize) -> &[u32] {
        let at = ORGANISATIONS.iter().position(|(other, _)| *other == role);
        at.map_or(&[], |at| &self.organisations[country][at])
    }

    /// The first account of somebody.
    pub(super) fn account(&self, person: u32) -> u32 {
        self.people[person as usize].accounts.first().copied().unwrap_or_default()
    }

    pub(super) fn holder(&self, account: u32) -> u32 {
        self.accounts[account as usize].holder
    }

    /// Opens an account; of one person's accounts in a currency with a participant all but the first have a
    /// sub-identifier.
    pub(super) fn open(&mut self, person: u32, currency: usize, fsp: usize) -> u32 {
        let number = self.number_of(person);
        let holder = &self.people[person as usize];
        let there = holder.accounts.iter().map(|account| &self.accounts[*account as usize]);
        let sub = there.filter(|account| account.fsp == fsp).count() as u32;
        let mut party = self.pseudonyms.party(SCHEME, &number_text(number), FSPS[fsp]);
        if sub > 0 {
            let id = account_text(number, sub);
            party.account = self.pseudonyms.account(SCHEME, &id, FSPS[fsp]);
        }
        let account = Account {
            holder: person,
            currency,
            fsp,
            party,
            number,
            sub,
            entity: number,
            episode: (-1, -1),
        };
        self.push_account(account)
    }

    /// The same account under the name of somebody else.
    pub(super) fn alias(&mut self, account: u32, person: u32) -> u32 {
        let mut alias = self.accounts[account as usize].clone();
        alias.holder = person;
        alias.entity = person;
        alias.party.entity = self.pseudonyms.entity(SCHEME, &number_text(person));
        self.push_account(alias)
    }

    /// Somebody who comes for an episode, without an account yet.
    pub(super) fn stranger(&mut self, chance: &mut Chance, country: usize, day: i32) -> u32 {
        let mut person = somebody(chance, Role::Stranger, country);
        person.age = chance.between(18, 64) as u16;
        person.means = chance.log_normal(2_500.0, 0.6);
        person.since_day = day;
        self.people.push(person);
        self.people.len() as u32 - 1
    }

    pub(super) fn disguise(&self, text: &str) -> frms::Disguised {
        self.pseudonyms.disguise(text)
    }

    fn push_account(&mut self, account: Account) -> u32 {
        let index = self.accounts.len() as u32;
        self.people[account.holder as usize].accounts.push(index);
        self.accounts.push(account);
        index
    }

    /// People keep their number.
    fn number_of(&self, person: u32) -> u32 {
        let first = self.people[person as usize].accounts.first();
        first.map_or(person, |account| self.accounts[*account as usize].number)
    }

    fn found_organisations(&mut self, chance: &mut Chance, country: usize, residents: usize) {
        for (at, (role, people)) in ORGANISATIONS.iter().enumerate() {
            for _ in 0..(residents / people).max(4) {
                let organisation = organisation(chance, *role, country);
                let index = self.settle(chance, organisation);
                self.organisations[country][at].push(index);
            }
        }
    }

    /// Adds somebody with one account or two.
    fn settle(&mut self, chance: &mut Chance, person: Person) -> u32 {
        let index = self.people.len() as u32;
        let (country, is_resident) = (person.country, person.age > 0);
        self.people.push(person);
        let fsp = chance.below(FSPS.len());
        self.open(index, country, fsp);
        if is_resident && chance.percent(25) {
            let other = (fsp + 1 + chance.below(FSPS.len() - 1)) % FSPS.len();
            self.open(index, country, other);
        }
        index
    }

    fn resident(
        &self,
        chance: &mut Chance,
        settings: &GenerateSettings,
        (country, all): (usize, &std::ops::Range<u32>),
        index: u32,
    ) -> Person {
        let role = [Role::Student, Role::Worker, Role::Pensioner][chance.weighted(&[14, 66, 20])];
        let mut person = somebody(chance, role, country);
        // Neighbours have neighbouring numbers.
        let along = (index - all.start) as usize * TOWNS[country].len() / all.len().max(1);
        person.town = along.min(TOWNS[country].len() - 1);
        person.home = in_town(chance, country, person.town);
        self.give_means(chance, &mut person);
        self.give_habits(chance, &mut person, all, index);
        person.rate = chance.log_normal(settings.rate(), 0.9);
        if chance.percent(15) {
            person.since_day = chance.between(0, i64::from(settings.days)) as i32;
        }
        if chance.percent(4) {
            let from = chance.between(10, i64::from(settings.days)) as i32;
            person.asleep = (from, from + chance.between(60, 420) as i32);
        }
        person
    }

    fn give_means(&self, chance: &mut Chance, person: &mut Person) {
        let (ages, median) = match person.role {
            Role::Student => ((12, 25), 1_200.0),
            Role::Worker => ((18, 66), 3_000.0),
            _ => ((62, 91), 2_200.0),
        };
        person.age = chance.between(ages.0, ages.1) as u16;
        person.means = chance.log_normal(median, 0.6);
        if person.role == Role::Worker {
            person.employer = chance.one(self.organisations(Role::Company, person.country));
        }
        person.salary = (person.means * chance.real(55.0, 95.0)) as i64 / 100 * 100;
    }

    fn give_habits(
        &self,
        chance: &mut Chance,
        person: &mut Person,
        all: &std::ops::Range<u32>,
        index: u32,
    ) {
        let near = |chance: &mut Chance, reach: i64| {
            let step = chance.between(1, reach) as u32;
            all.start + (index - all.start + step) % all.len().max(1) as u32
        };
        let friends = chance.between(3, 12);
        person.friends = (0..friends)
            .map(|_| if chance.percent(75) { near(chance, 30) } else { near(chance, 1 << 20) })
            .filter(|friend| *friend != index)
            .collect();
        let merchants = self.organisations(Role::Merchant, person.country);
        person.shops = (0..chance.between(8, 24)).filter_map(|_| chance.one(merchants)).collect();
        let town = person.town;
        person.shops.sort_by_key(|shop| self.people[*shop as usize].town != town);
        person.shops.truncate(8);
        if person.role == Role::Worker && chance.percent(45) {
            person.landlord = Some(near(chance, 4_000)).filter(|landlord| *landlord != index);
            person.rent = person.salary * chance.between(20, 40) / 100 / 1_000 * 1_000;
        }
    }
}

/// The scheme of all identifiers.
pub(super) const SCHEME: &str = "MSISDN";

/// A person's number as text.
pub(super) fn number_text(number: u32) -> String {
    format!("2557{number:08}")
}

/// An account's identifier.
pub(super) fn account_text(number: u32, sub: u32) -> String {
    match sub {
        0 => number_text(number),
        sub => format!("{}/{sub}", number_text(number)),
    }
}

fn somebody(chance: &mut Chance, role: Role, country: usize) -> Person {
    let town = chance.below(TOWNS[country].len());
    Person {
        role,
        country,
        town,
        home: in_town(chance, country, town),
        age: 0,
        shows_age: chance.percent(82),
        shows_place: chance.percent(88),
        rate: 0.0,
        means: 0.0,
        accounts: Vec::new(),
        friends: Vec::new(),
        shops: Vec::new(),
        employer: None,
        salary: 0,
        landlord: None,
        rent: 0,
        since_day: 0,
        asleep: (i32::MAX, i32::MAX),
        trip: (i32::MAX, i32::MAX, 0),
        busy_until: -1,
        seen: None,
    }
}

fn organisation(chance: &mut Chance, role: Role, country: usize) -> Person {
    let mut person = somebody(chance, role, country);
    let (median, sigma) = match role {
        Role::Merchant => (2_400.0, 0.9),
        Role::Company => (120_000.0, 0.8),
        Role::Utility => (6_000.0, 0.3),
        Role::School => (45_000.0, 0.5),
        _ => (20_000.0, 0.4),
    };
    person.means = chance.log_normal(median, sigma);
    person.rate = chance.log_normal(0.25, 0.6);
    person
}
