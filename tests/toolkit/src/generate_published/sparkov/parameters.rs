//! What Sparkov publishes: the profile `adults_2550_male_urban` and its `fraud_` twin
//! (<https://github.com/namebrandon/Sparkov_Data_Generation>, `profiles`, MIT), the numbers only. A
//! test holds them against the files themselves.

/// Men of 25 to 50 years in a city.
pub const GENUINE: Profile = Profile {
    daily: (1, 5),
    am_pm: (30, 70),
    categories: [
        Spending::new("gas_transport", 150, 70, 15),
        Spending::new("grocery_net", 80, 50, 20),
        Spending::new("grocery_pos", 150, 60, 20),
        Spending::new("misc_net", 75, 50, 150),
        Spending::new("misc_pos", 100, 60, 150),
        Spending::new("shopping_net", 100, 60, 300),
        Spending::new("shopping_pos", 125, 60, 300),
        Spending::new("entertainment", 110, 60, 75),
        Spending::new("food_dining", 110, 40, 50),
        Spending::new("health_fitness", 100, 60, 50),
        Spending::new("home", 150, 60, 50),
        Spending::new("kids_pets", 110, 60, 50),
        Spending::new("personal_care", 75, 35, 50),
        Spending::new("travel", 45, 60, 600),
    ],
};

/// Whoever has taken the account of one of them over.
pub const TAKEOVER: Profile = Profile {
    daily: (7, 12),
    am_pm: (50, 50),
    categories: [
        Spending::new("gas_transport", 100, 10, 2),
        Spending::new("grocery_net", 25, 10, 2),
        Spending::new("grocery_pos", 300, 300, 20),
        Spending::new("misc_net", 155, 800, 80),
        Spending::new("misc_pos", 25, 8, 1),
        Spending::new("shopping_net", 300, 1000, 100),
        Spending::new("shopping_pos", 100, 800, 80),
        Spending::new("entertainment", 20, 500, 50),
        Spending::new("food_dining", 10, 120, 12),
        Spending::new("health_fitness", 5, 20, 2),
        Spending::new("home", 5, 250, 25),
        Spending::new("kids_pets", 10, 20, 2),
        Spending::new("personal_care", 15, 20, 2),
        Spending::new("travel", 15, 10, 1),
    ],
};

/// How the days of the week compare, from Monday on; both profiles have the same.
pub const WEEKDAYS: [u32; 7] = [80, 90, 100, 100, 125, 150, 150];

/// How the seasons compare: from the first to the last day, as month and day; both profiles have
/// the same.
pub const SEASONS: [Season; 3] = [
    Season { first: (11, 30), last: (12, 31), weight: 200 },
    Season { first: (1, 1), last: (2, 28), weight: 75 },
    Season { first: (5, 24), last: (9, 1), weight: 125 },
];

/// The weight of a day outside of them.
pub const SEASON_USUAL: u32 = 100;

/// Ages of the segment in years.
pub const AGES: (u32, u32) = (25, 50);

/// Of how many customers how many are robbed once: about 98 percent.
pub const ROBBED: (u64, u64) = (99, 101);

/// How many of a thief's payments in a hundred are made at night, before 4 or after 22 o'clock.
pub const AT_NIGHT_PERCENT: u64 = 80;

/// How far from home merchants are, in hundred-thousandths of a degree each way.
pub const MERCHANT_DISTANCE_E5: i32 = 100_000;

/// How somebody pays.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// The fewest and the most payments a day.
    pub daily: (u32, u32),
    /// How the hours before noon and after compare.
    pub am_pm: (u32, u32),
    /// What for.
    pub categories: [Spending; 14],
}

/// What somebody pays for.
#[derive(Clone, Copy, Debug)]
pub struct Spending {
    /// Sparkov's name of the category.
    pub category: &'static str,
    /// How often, compared to the others.
    pub weight: u32,
    /// The mean amount, in whole units of the currency.
    pub mean: u32,
    /// Its standard deviation.
    pub deviation: u32,
}

/// Days of the year.
#[derive(Clone, Copy, Debug)]
pub struct Season {
    /// Month and day.
    pub first: (u32, u32),
    /// Month and day.
    pub last: (u32, u32),
    /// What a day of it counts.
    pub weight: u32,
}

impl Spending {
    const fn new(category: &'static str, weight: u32, mean: u32, deviation: u32) -> Spending {
        Spending { category, weight, mean, deviation }
    }
}
