//! After Sparkov: people who pay merchants near home, and whose accounts are taken over for a day.

#![allow(clippy::float_arithmetic, reason = "draws, not money")]

pub mod parameters;

use std::sync::Arc;

use frms::{Label, MP2B, Place};

use self::parameters::{
    AGES, AT_NIGHT_PERCENT, GENUINE, MERCHANT_DISTANCE_E5, Profile, ROBBED, SEASON_USUAL, SEASONS,
    Spending, TAKEOVER, WEEKDAYS,
};
use super::draws::Draws;
use super::plan::{Account, DAY_MS, Plan, Planned, Records};

/// The participants of customers and of merchants, each as likely.
const CUSTOMER_FSPS: [&str; 4] = ["sparkov-a", "sparkov-b", "sparkov-c", "sparkov-d"];
const MERCHANT_FSPS: [&str; 2] = ["sparkov-y", "sparkov-z"];

/// Where customers live, each as likely: the eight largest cities of the United States.
const CITIES: [Place; 8] = [
    place(4_071_300, -7_400_600),
    place(3_405_200, -11_824_400),
    place(4_187_800, -8_763_000),
    place(2_976_000, -9_537_000),
    place(3_344_800, -11_207_400),
    place(3_995_300, -7_516_500),
    place(2_942_400, -9_849_400),
    place(3_271_600, -11_716_100),
];

/// Merchants of each category. They are in every city, and the same everywhere.
const MERCHANTS: usize = 50;

/// The first day, 2019-01-01, a Tuesday, as days after 1970-01-01.
const FIRST_DAY: i64 = 17_897;
const FIRST_WEEKDAY: usize = 1;

/// The most days: until 28 February of the second year, which is a leap year.
const DAYS_MOST: u32 = 365 + 59;

/// The days of the months of the first year from January on.
const MONTHS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Four years in days.
const FOUR_YEARS_DAYS: u32 = 1_461;

const HOUR_MS: u64 = 3_600_000;

/// The streams of draws: what one of them draws more or less changes nothing in the others.
const MERCHANT_DRAWS: u64 = 11;
const CUSTOMER_DRAWS: u64 = 1_000;

/// How large the world is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Customers, of whom about 98 percent are robbed once.
    pub customers: u32,
    /// How long it goes on; no longer than 424 days, until 28 February of the second year.
    pub days: u32,
    /// In how many days at the end accounts are taken over.
    pub takeover_days: u32,
}

impl Default for Size {
    fn default() -> Size {
        Size { customers: 100, days: 400, takeover_days: 60 }
    }
}

/// All of it in the order of time.
pub fn records(size: Size, seed: u64) -> Records {
    let mut plan = Plan::new(seed, MP2B);
    let merchants = Merchants::open(&mut plan, &mut Draws::new(seed, MERCHANT_DRAWS));
    let days = size.days.min(DAYS_MOST);
    let weights = day_weights(days);
    let behaviour: Arc<str> = Arc::from("sparkov takeover");
    let mut episode = 0;
    for number in 0..size.customers {
        let mut draws = Draws::new(seed, CUSTOMER_DRAWS + u64::from(number));
        let last_days = size.takeover_days.min(days).max(1);
        let robbed_on = draws
            .chance(ROBBED)
            .then(|| days.saturating_sub(last_days) + draws.between((0, last_days - 1)));
        let mut customer = Customer::open(number, &merchants, &mut plan, &mut draws);
        customer.live(days, &weights, robbed_on);
        if let Some(day) = robbed_on {
            episode += 1;
            let behaviour = Some(Arc::clone(&behaviour));
            customer.be_robbed(day, Label { behaviour, episode: Some(episode), looks_like: None });
        }
    }
    plan.into_records()
}

/// All merchants: by category, then by number; their places by city.
struct Merchants {
    accounts: Vec<Account>,
    places: Vec<[Place; CITIES.len()]>,
}

impl Merchants {
    fn open(plan: &mut Plan, draws: &mut Draws) -> Merchants {
        let mut merchants = Merchants { accounts: Vec::new(), places: Vec::new() };
        for spending in GENUINE.categories {
            for number in 0..MERCHANTS {
                let fsp = draws.pick(&MERCHANT_FSPS).unwrap_or(MERCHANT_FSPS[0]);
                let id = format!("sparkov-{}-{number}", spending.category);
                merchants.accounts.push(plan.open("BUSINESS", &id, fsp));
                merchants.places.push(CITIES.map(|city| near(city, draws)));
            }
        }
        merchants
    }
}

/// Somebody who pays.
struct Customer<'a> {
    account: Account,
    city: usize,
    /// On the first day.
    age_days: u32,
    merchants: &'a Merchants,
    plan: &'a mut Plan,
    draws: &'a mut Draws,
}

impl<'a> Customer<'a> {
    fn open(
        number: u32,
        merchants: &'a Merchants,
        plan: &'a mut Plan,
        draws: &'a mut Draws,
    ) -> Customer<'a> {
        let fsp = draws.pick(&CUSTOMER_FSPS).unwrap_or(CUSTOMER_FSPS[0]);
        let account = plan.open("ACCOUNT_ID", &format!("sparkov-{number}"), fsp);
        let (youngest, oldest) = AGES;
        // Two years short of the oldest, so that nobody leaves the segment.
        let ages = (youngest * FOUR_YEARS_DAYS / 4 + 1, (oldest - 2) * FOUR_YEARS_DAYS / 4);
        let (city, age_days) = (draws.index(CITIES.len()), draws.between(ages));
        Customer { account, city, age_days, merchants, plan, draws }
    }

    /// As many payments a day as it is this customer's way, on some days more than on others, and
    /// none on the day of the takeover.
    fn live(&mut self, days: u32, day_weights: &[u64], robbed_on: Option<u32>) {
        let habit = Habit::new(&GENUINE);
        let payments = days * self.draws.between(GENUINE.daily);
        for _ in 0..payments {
            let day = self.draws.weighted(day_weights) as u32;
            let hour_ms = habit.time(self.draws);
            if Some(day) != robbed_on {
                self.pay(&habit, day, hour_ms, 0);
            }
        }
    }

    /// A day in somebody else's hands.
    fn be_robbed(&mut self, day: u32, label: Label) {
        let habit = Habit::new(&TAKEOVER);
        let label = self.plan.label(label);
        for _ in 0..self.draws.between(TAKEOVER.daily) {
            let time_ms = match self.draws.chance((AT_NIGHT_PERCENT, 100)) {
                true => habit.time_at_night(self.draws),
                false => habit.time(self.draws),
            };
            self.pay(&habit, day, time_ms, label);
        }
    }

    fn pay(&mut self, habit: &Habit<'_>, day: u32, time_ms: u64, label: u32) {
        let category = self.draws.weighted(&habit.categories);
        let merchant = category * MERCHANTS + self.draws.index(MERCHANTS);
        let place = self.merchants.places.get(merchant).and_then(|places| places.get(self.city));
        let Some(spending) = habit.profile.categories.get(category) else { return };
        let Some(creditor) = self.merchants.accounts.get(merchant) else { return };
        let age_years = (self.age_days + day) * 4 / FOUR_YEARS_DAYS;
        let today_ms = (FIRST_DAY + i64::from(day)) * DAY_MS as i64;
        self.plan.pay(Planned {
            at_ms: today_ms + time_ms as i64,
            cents: cents(spending, self.draws),
            debtor: self.account,
            creditor: *creditor,
            label,
            age_years: u16::try_from(age_years).ok(),
            place: place.copied(),
        });
    }
}

/// A profile, ready for draws.
struct Habit<'a> {
    profile: &'a Profile,
    categories: Vec<u64>,
}

impl Habit<'_> {
    fn new(profile: &Profile) -> Habit<'_> {
        let weights = profile.categories.iter().map(|spending| u64::from(spending.weight));
        Habit { profile, categories: sums(weights) }
    }

    /// Any time before noon or after it.
    fn time(&self, draws: &mut Draws) -> u64 {
        match self.is_before_noon(draws) {
            true => draws.below(12 * HOUR_MS),
            false => 12 * HOUR_MS + draws.below(12 * HOUR_MS),
        }
    }

    /// Any time before 4 or after 22 o'clock.
    fn time_at_night(&self, draws: &mut Draws) -> u64 {
        match self.is_before_noon(draws) {
            true => draws.below(4 * HOUR_MS),
            false => 22 * HOUR_MS + draws.below(2 * HOUR_MS),
        }
    }

    fn is_before_noon(&self, draws: &mut Draws) -> bool {
        let (am, pm) = self.profile.am_pm;
        draws.chance((u64::from(am), u64::from(am + pm)))
    }
}

/// From the gamma distribution; what would be less than 1 is something from 1 to 10.
fn cents(spending: &Spending, draws: &mut Draws) -> u32 {
    let whole = draws.gamma(f64::from(spending.mean), f64::from(spending.deviation));
    match whole < 1.0 {
        true => draws.between((100, 1_000)),
        false => (whole * 100.0 + 0.5) as u32,
    }
}

/// What each day counts, with all before it.
fn day_weights(days: u32) -> Vec<u64> {
    let of_the_year =
        (1..).zip(MONTHS).flat_map(|(month, last)| (1..=last).map(move |day| (month, day)));
    let weekdays = WEEKDAYS.iter().cycle().skip(FIRST_WEEKDAY);
    let weights = of_the_year.collect::<Vec<_>>().into_iter().cycle().zip(weekdays);
    sums(weights.take(days as usize).map(|(date, weekday)| u64::from(season(date) * weekday)))
}

fn season(date: (u32, u32)) -> u32 {
    let season = SEASONS.iter().find(|season| season.first <= date && date <= season.last);
    season.map_or(SEASON_USUAL, |season| season.weight)
}

fn sums(weights: impl Iterator<Item = u64>) -> Vec<u64> {
    let sum = |sum: &mut u64, weight| {
        *sum += weight;
        Some(*sum)
    };
    weights.scan(0, sum).collect()
}

/// Anywhere in the square about a place.
fn near(centre: Place, draws: &mut Draws) -> Place {
    let mut off = || draws.below(2 * MERCHANT_DISTANCE_E5 as u64 + 1) as i32 - MERCHANT_DISTANCE_E5;
    place(centre.latitude_e5 + off(), centre.longitude_e5 + off())
}

const fn place(latitude_e5: i32, longitude_e5: i32) -> Place {
    Place { latitude_e5, longitude_e5 }
}
