//! What AMLSim publishes: its parameter set "1K" (<https://github.com/IBM/AMLSim>, `paramFiles/1K`,
//! Apache-2.0), the numbers only. A test holds them against the files themselves.

/// How many accounts have so many payers and so many payees (`degree.csv`, its columns as AMLSim
/// reads them: accounts, in-degree, out-degree).
#[rustfmt::skip]
pub const DEGREES: [(u32, u32, u32); 54] = [
    (0, 1, 0), (1, 3, 2), (2, 18, 10), (3, 37, 50), (4, 68, 81), (5, 114, 92), (6, 123, 141),
    (7, 128, 122), (8, 123, 107), (9, 79, 86), (10, 54, 56), (11, 42, 50), (12, 29, 27),
    (13, 23, 27), (14, 23, 18), (15, 19, 18), (16, 13, 10), (17, 9, 4), (18, 9, 9), (19, 6, 8),
    (20, 5, 5), (21, 4, 4), (22, 6, 4), (23, 1, 6), (24, 4, 3), (25, 6, 6), (26, 10, 4), (27, 4, 6),
    (28, 2, 2), (29, 0, 4), (30, 3, 7), (31, 2, 0), (32, 0, 1), (33, 2, 4), (34, 2, 0), (35, 1, 1),
    (36, 3, 3), (37, 1, 0), (38, 4, 0), (39, 2, 3), (40, 0, 1), (42, 0, 3), (44, 1, 1), (45, 1, 1),
    (46, 4, 2), (50, 2, 2), (52, 1, 0), (53, 0, 1), (54, 1, 2), (55, 2, 0), (58, 0, 1), (61, 1, 1),
    (63, 1, 1), (3, 0, 1),
];

/// What accounts do in the ordinary way (`normalModels.csv`).
pub const MODELS: [Model; 6] = [
    Model::new(ModelKind::Single, 500, 1, 1),
    Model::new(ModelKind::FanOut, 500, 5, 20),
    Model::new(ModelKind::FanIn, 500, 5, 20),
    Model::new(ModelKind::Forward, 500, 3, 3),
    Model::new(ModelKind::Mutual, 500, 2, 2),
    Model::new(ModelKind::Periodical, 500, 2, 2),
];

/// What launderers do. The set "1K" has the first three (`alertPatterns.csv`); AMLSim knows the
/// other five, of which there are as many as of a fan.
pub const PATTERNS: [Pattern; 8] = [
    Pattern::new(Shape::FanIn, 3),
    Pattern::new(Shape::FanOut, 3),
    Pattern::new(Shape::Cycle, 4),
    Pattern::new(Shape::Bipartite, 3),
    Pattern::new(Shape::Stack, 3),
    Pattern::new(Shape::ScatterGather, 3),
    Pattern::new(Shape::GatherScatter, 3),
    Pattern::new(Shape::Random, 3),
];

/// How many of [`PATTERNS`] are in `alertPatterns.csv`.
pub const PATTERNS_PUBLISHED: usize = 3;

/// How long it goes on, in steps of a day (`conf.json`, `general.total_steps`).
pub const DAYS: u32 = 720;

/// Its first day, 2017-01-01, as days after 1970-01-01 (`general.base_date`).
pub const FIRST_DAY: i64 = 17_167;

/// What an ordinary payment amounts to, in whole units of the currency (`default.min_amount` and
/// `max_amount`).
pub const AMOUNTS: (u32, u32) = (100, 1_000);

/// What of its receipts an account keeps that passes them on, in percent (`default.margin_ratio`).
pub const MARGIN_PERCENT: u32 = 10;

/// With how many payers or payees an account is a hub (`graph_generator.degree_threshold`).
pub const HUB_DEGREE: usize = 10;

/// An ordinary behaviour.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Which.
    pub kind: ModelKind,
    /// How many groups of accounts behave so.
    pub count: u32,
    /// The fewest and the most accounts of a group, its main one included.
    pub accounts: (u32, u32),
    /// The shortest and the longest time that the payments of a group take, in days.
    pub period_days: (u32, u32),
}

/// The ordinary behaviours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelKind {
    /// Pays one other once.
    Single,
    /// Pays many.
    FanOut,
    /// Is paid by many.
    FanIn,
    /// Is paid and pays.
    Forward,
    /// Pays, and is paid back.
    Mutual,
    /// Pays the same one again and again.
    Periodical,
}

/// A pattern of laundering.
#[derive(Clone, Copy, Debug)]
pub struct Pattern {
    /// Which.
    pub shape: Shape,
    /// How many there are among the accounts of [`DEGREES`].
    pub count: u32,
    /// The fewest and the most accounts of one.
    pub accounts: (u32, u32),
    /// What a first payment amounts to, in whole units of the currency.
    pub amounts: (u32, u32),
    /// The shortest and the longest time that it takes, in days.
    pub period_days: (u32, u32),
}

/// The patterns of laundering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// All others pay the main account.
    FanIn,
    /// The main account pays all others.
    FanOut,
    /// Each pays the next, and the last one the first.
    Cycle,
    /// Each of one half pays each of the other.
    Bipartite,
    /// Each of the first third pays each of the second, and each of these each of the last.
    Stack,
    /// One pays all others but one, and these pay that one.
    ScatterGather,
    /// One half pays the main account, which pays the other half.
    GatherScatter,
    /// Whoever was paid pays one of the others.
    Random,
}

impl ModelKind {
    /// AMLSim's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::FanOut => "fan_out",
            Self::FanIn => "fan_in",
            Self::Forward => "forward",
            Self::Mutual => "mutual",
            Self::Periodical => "periodical",
        }
    }
}

impl Shape {
    /// AMLSim's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::FanIn => "fan_in",
            Self::FanOut => "fan_out",
            Self::Cycle => "cycle",
            Self::Bipartite => "bipartite",
            Self::Stack => "stack",
            Self::ScatterGather => "scatter_gather",
            Self::GatherScatter => "gather_scatter",
            Self::Random => "random",
        }
    }
}

impl Model {
    /// All rows have the same periods.
    const fn new(kind: ModelKind, count: u32, least: u32, most: u32) -> Model {
        Model { kind, count, accounts: (least, most), period_days: (5, 20) }
    }
}

impl Pattern {
    /// All rows are alike but for their count.
    const fn new(shape: Shape, count: u32) -> Pattern {
        Pattern { shape, count, accounts: (5, 10), amounts: (100, 200), period_days: (5, 20) }
    }
}
