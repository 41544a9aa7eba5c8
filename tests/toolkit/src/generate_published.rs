//! Labelled payments after what other people published of their simulations, AMLSim and Sparkov:
//! data that was made without regard to what this project looks for, to judge results by that were
//! reached on data of its own. What was taken from where and what was chosen:
//! docs/frms-data-published.md.

pub mod amlsim;
pub mod sparkov;

mod draws;
mod plan;

use clap::ValueEnum;

pub use plan::Records;

/// After whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum After {
    /// Money laundering between accounts.
    Amlsim,
    /// Card accounts that are taken over.
    Sparkov,
}

/// All of it, at the usual size: the same seed gives the same records.
pub fn generate(after: After, seed: u64) -> Records {
    match after {
        After::Amlsim => amlsim::records(amlsim::Size::default(), seed),
        After::Sparkov => sparkov::records(sparkov::Size::default(), seed),
    }
}
