//! The toolkit's command line.

use std::process::ExitCode;

use causeway_toolkit::bench::{self, BenchOptions};
use causeway_toolkit::calibrate::{self, CalibrateOptions};
use causeway_toolkit::cluster::run::{self, ClusterRun};
use causeway_toolkit::evaluate::{self, EvaluateOptions};
use causeway_toolkit::generate::{self, GenerateOptions};
use clap::{Parser, Subcommand};

/// Simulated participants and load generator for Causeway.
#[derive(Debug, Parser)]
#[command(name = "causeway-toolkit", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure a hub: full transactions of eight DFSPs against the real program on loopback.
    Bench(BenchOptions),
    /// Find weights and thresholds of our typologies on labelled payments.
    Calibrate(CalibrateOptions),
    /// Say what typologies find in labelled payments.
    Evaluate(EvaluateOptions),
    /// Run several nodes with PostgreSQL, NATS and Redis under load, and do bad things to them.
    Cluster(ClusterRun),
    /// Write labelled payments from a seed: crimes, genuine payments, and genuine ones that look like crimes.
    Generate(GenerateOptions),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Bench(options) => bench::bench(&options),
        Command::Calibrate(options) => calibrate::calibrate(&options),
        Command::Evaluate(options) => evaluate::evaluate(&options),
        Command::Cluster(options) => run::cluster(&options),
        Command::Generate(options) => generate::generate(&options),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("causeway-toolkit: {error}");
            ExitCode::FAILURE
        }
    }
}
