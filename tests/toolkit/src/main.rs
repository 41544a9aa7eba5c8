//! The toolkit's command line.

use std::process::ExitCode;

use causeway_toolkit::bench::{self, BenchOptions};
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
}

fn main() -> ExitCode {
    let Command::Bench(options) = Arguments::parse().command;
    match bench::bench(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("causeway-toolkit: {error}");
            ExitCode::FAILURE
        }
    }
}
