//! What a bench is asked to do: the command line's words.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};

/// Settings of one bench.
#[derive(Debug, Clone, Args)]
pub struct BenchOptions {
    /// How long each run is measured, in seconds, after its warm-up.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=120))]
    pub seconds: u64,
    /// Transactions a second; or `2x`: twice the highest sustained rate, after a run at that. Without it the highest
    /// sustained rate is sought and measured.
    #[arg(long)]
    pub rate: Option<Rate>,
    /// How many of the four payees take everything and answer nothing, at a second hub that has its turn with a third
    /// whose payees all answer, at the same rate.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=3))]
    pub blackhole: u64,
    /// Two further hubs at the same rate in turns, one of which screens with this catalogue, its thresholds of
    /// interdiction taken out so that nothing is stopped; without a file with the shipped one.
    #[arg(long, value_name = "CATALOGUE", num_args = 0..=1, default_missing_value = "")]
    pub screening: Option<PathBuf>,
    /// Print the figures as JSON alone; it is the last line in any case.
    #[arg(long)]
    pub json: bool,
    /// The hub's program. Without it: `causeway` beside this program.
    #[arg(long, value_name = "PATH")]
    pub causeway: Option<PathBuf>,
    /// Where the hub's store is made, and removed again. It should be on a disk that syncs.
    #[arg(long, value_name = "DIRECTORY")]
    pub directory: Option<PathBuf>,
    /// Where the hub keeps money: in its own store, or in a PostgreSQL of the bench's own.
    #[arg(long, value_enum, default_value_t = Keeper::Embedded)]
    pub store: Keeper,
    /// When transactions are due.
    #[arg(long, value_enum, default_value_t = Arrivals::Poisson)]
    pub arrivals: Arrivals,
    /// What the DFSPs sign with.
    #[arg(long, value_enum, default_value_t = Signature::Rs256)]
    pub signature: Signature,
    /// Leave the hub's `confirm_to_payee` on: a further message for each transfer, signed by the hub.
    #[arg(long)]
    pub confirm_to_payee: bool,
    /// The hub's `log.filter`. Without it: the shipped one.
    #[arg(long, value_name = "FILTER")]
    pub log: Option<String>,
}

/// How many transactions are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// So many a second.
    PerSecond(u64),
    /// So many times the sustained rate.
    Times(u64),
}

/// Not a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rate is a number of transactions a second, 1 to 20000, or 2x to 10x the sustained one")]
pub struct NotARate;

impl FromStr for Rate {
    type Err = NotARate;

    fn from_str(text: &str) -> Result<Rate, NotARate> {
        let (digits, is_times) = text.strip_suffix('x').map_or((text, false), |text| (text, true));
        match (digits.parse().map_err(|_| NotARate)?, is_times) {
            (times @ 2..=10, true) => Ok(Rate::Times(times)),
            (per_second @ 1..=20_000, false) => Ok(Rate::PerSecond(per_second)),
            _ => Err(NotARate),
        }
    }
}

/// Where the hub keeps money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Keeper {
    /// The embedded store.
    Embedded,
    /// PostgreSQL, on the same machine and without a standby.
    Postgres,
}

impl Keeper {
    /// As the option names it.
    pub fn name(self) -> &'static str {
        match self {
            Keeper::Embedded => "embedded",
            Keeper::Postgres => "postgres",
        }
    }
}

/// When transactions are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Arrivals {
    /// Evenly spaced.
    Constant,
    /// With exponentially distributed gaps, as of many payers who know nothing of each other.
    Poisson,
}

/// What the DFSPs sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Signature {
    /// RSA of 2048 bits.
    Rs256,
    /// ECDSA on P-256.
    Es256,
}

impl Signature {
    /// As the JOSE header names it.
    pub fn name(self) -> &'static str {
        match self {
            Signature::Rs256 => "RS256",
            Signature::Es256 => "ES256",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_or_a_multiple() {
        assert_eq!("750".parse(), Ok(Rate::PerSecond(750)));
        assert_eq!("2x".parse(), Ok(Rate::Times(2)));
        for text in ["0", "1x", "11x", "20001", "x", "", "-1", "1.5x", "2 x"] {
            assert_eq!(text.parse::<Rate>(), Err(NotARate), "{text}");
        }
    }
}
