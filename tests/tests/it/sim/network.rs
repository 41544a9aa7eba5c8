//! What is said between two machines, and what the network between them does to it: lost, late,
//! twice, out of order; and one generator for all that is left to chance.

use serde::{Deserialize, Serialize};

/// Chance from a seed (splitmix64). The only source of it in a simulation.
#[derive(Debug, Clone)]
pub struct Chance(pub u64);

impl Chance {
    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }

    /// A number from `from` up to and with `to`.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to - from + 1)
    }

    /// Milliseconds around 0, at most `most` either way.
    pub fn around_ms(&mut self, most: u64) -> i64 {
        let drawn = i64::try_from(self.below(2 * most + 1)).unwrap();
        drawn - i64::try_from(most).unwrap()
    }

    /// Once in `count` times; never for 0.
    pub fn one_in(&mut self, count: u64) -> bool {
        count > 0 && self.below(count) == 0
    }

    /// One of `from`.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }
}

/// A machine, or a part of the hub's process that an outbox row may be for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// The switch.
    Hub,
    /// The hub's side of an ISO bank: FSPIOP in the bank's name.
    Side(String),
    /// A DFSP.
    Dfsp(String),
    /// An ISO bank.
    Bank(String),
}

/// A request on its way: FSPIOP or XML.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks (FSPIOP-Source; the bank, with XML).
    pub from: String,
    /// The method.
    pub method: String,
    /// Path.
    pub target: String,
    /// FSPIOP-Destination.
    pub destination: Option<String>,
    /// JSON or XML.
    pub body: Vec<u8>,
    /// FSPIOP-Timeout of this attempt.
    pub timeout_ms: Option<u64>,
    /// The payment that it is about, where its sender knows: for the invariants alone.
    pub about: Option<u128>,
}

/// How bad the network is.
#[derive(Debug, Clone)]
pub struct Network {
    /// Nothing is lost or late any more.
    pub calm: bool,
    /// Hub and bank side are two machines.
    pub split: bool,
    lost_one_in: u64,
    twice_one_in: u64,
    late_one_in: u64,
    usual_ms: u64,
    late_ms: u64,
    /// Who is cut off, and until when.
    cut_off: Vec<(Address, u64)>,
}

impl Network {
    /// The weather of a seed.
    pub fn new(chance: &mut Chance) -> Network {
        Network {
            calm: false,
            split: chance.one_in(3),
            lost_one_in: chance.pick(&[0, 30, 10, 4]),
            twice_one_in: chance.pick(&[0, 20, 5]),
            late_one_in: chance.pick(&[0, 20, 6]),
            usual_ms: chance.pick(&[2, 20, 120]),
            late_ms: chance.pick(&[800, 4_000, 15_000]),
            cut_off: Vec::new(),
        }
    }

    /// Nobody reaches `address` until then.
    pub fn cut_off(&mut self, address: Address, until_ms: u64) {
        self.cut_off.push((address, until_ms));
    }

    /// Whether both are in one process: what is said there is neither late nor lost, but by a crash.
    pub fn is_inside(&self, from: &Address, to: &Address) -> bool {
        let inside = |one: &Address| matches!(one, Address::Hub | Address::Side(_));
        !self.split && inside(from) && inside(to)
    }

    /// After how many milliseconds each copy arrives; none if it is lost.
    pub fn copies(
        &self,
        from: &Address,
        to: &Address,
        now_ms: u64,
        chance: &mut Chance,
    ) -> Vec<u64> {
        if self.is_inside(from, to) {
            return vec![0];
        }
        if self.calm {
            return vec![1];
        }
        let cut = |address: &Address| {
            self.cut_off.iter().any(|(cut, until_ms)| cut == address && *until_ms > now_ms)
        };
        if cut(from) || cut(to) || chance.one_in(self.lost_one_in) {
            return Vec::new();
        }
        let count = if chance.one_in(self.twice_one_in) { 2 } else { 1 };
        (0..count).map(|_| self.delay_ms(chance)).collect()
    }

    fn delay_ms(&self, chance: &mut Chance) -> u64 {
        let late = chance.one_in(self.late_one_in);
        1 + chance.below(if late { self.late_ms } else { self.usual_ms })
    }
}
