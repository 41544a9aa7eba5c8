//! Labelled payments from a seed: a population that lives, crimes against and among it, and genuine payments that look
//! like these crimes. docs/frms-data.md says what there is and how it is meant to be used.
//!
//! * `chance`, `calendar`, `place`: draws, days, distances; the same on every machine.
//! * `population`: who there is. `draft`: a payment in the making.
//! * `daily`, `monthly`: what people and organisations pay when nothing happens.
//! * `stage`: the words in which episodes are written; `scenarios`: the 31 behaviours; `families`: what looks alike.
//! * `stream`: everything in the order of time. `iso`: as ISO 20022 messages. [`options`]: the command line.
//!
//! Nobody who writes here looks at the bands of the rules: a scenario is what people do.

#![allow(clippy::float_arithmetic, reason = "statistics: money is a whole number of hundredths")]

mod calendar;
mod chance;
mod daily;
mod draft;
mod families;
mod iso;
mod monthly;
pub mod options;
mod place;
mod population;
mod scenarios;
mod stage;
mod stream;

pub use iso::messages;
pub use options::{GenerateOptions, generate};
pub use stream::{Records, records};

/// What to generate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GenerateSettings {
    /// Where all draws begin.
    pub seed: u64,
    /// About how many payments, over all days.
    pub payments: usize,
    /// How many days.
    pub days: i32,
    /// How many of them, at the end, have episodes; before them everything is genuine.
    pub measured_days: i32,
    /// Episodes of each behaviour.
    pub episodes: u32,
}

impl Default for GenerateSettings {
    fn default() -> Self {
        GenerateSettings::new(1, 1_000_000)
    }
}

/// The numbers of the behaviours of frms.md §3.1, in the order of the scenarios.
pub fn behaviours() -> impl Iterator<Item = &'static str> {
    scenarios::SCENARIOS.iter().map(|scenario| scenario.number)
}

/// The families of genuine payments that look alike: the name, and the numbers of the behaviours against which it is
/// meant.
pub fn families() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    families::FAMILIES.iter().map(|family| (family.name, family.against))
}

impl GenerateSettings {
    /// About so many payments from a seed, as it is meant to be: in 420 days, of which the last 60 have episodes.
    pub fn new(seed: u64, payments: usize) -> GenerateSettings {
        let episodes = (payments / PAYMENTS_PER_EPISODE).clamp(EPISODES.0, EPISODES.1) as u32;
        GenerateSettings { seed, payments, days: 420, measured_days: 60, episodes }
    }

    /// The first day with episodes.
    pub fn first_measured_day(&self) -> i32 {
        (self.days - self.measured_days).max(0)
    }

    /// People who live all the time.
    fn residents(&self) -> usize {
        let days = self.days.max(1) as f64;
        (self.payments as f64 / days / PER_RESIDENT_AND_DAY) as usize
    }

    /// Payments that each of them decides on a day, at the median.
    fn rate(&self) -> f64 {
        0.075
    }

    /// The tenant's secret, under which accounts and descriptions are disguised.
    fn secret(&self) -> [u8; 16] {
        (u128::from(self.seed) << 64 | 0x6361_7573_6577_6179).to_be_bytes()
    }
}

/// For so many payments there is an episode of each behaviour, unless settings say otherwise.
const PAYMENTS_PER_EPISODE: usize = 10_000;

/// The least episodes of each behaviour, and the most.
const EPISODES: (usize, usize) = (2, 100);

/// All payments of a day by the people who live then: measured.
const PER_RESIDENT_AND_DAY: f64 = 0.25;
