//! What a bench is asked to do: the command line's words.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Settings of one bench.
#[derive(Debug, Clone, Args)]
pub struct BenchOptions {
    /// How long each run is measured, in seconds, after its warm-up.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=120))]
    pub seconds: u64,
    /// Transactions a second. Without it the highest sustained rate is sought first.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=20_000))]
    pub rate: Option<u64>,
    /// Print the figures as JSON alone; it is the last line in any case.
    #[arg(long)]
    pub json: bool,
    /// The hub's program. Without it: `causeway` beside this program.
    #[arg(long, value_name = "PATH")]
    pub causeway: Option<PathBuf>,
    /// Where the hub's store is made, and removed again. It should be on a disk that syncs.
    #[arg(long, value_name = "DIRECTORY")]
    pub directory: Option<PathBuf>,
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
