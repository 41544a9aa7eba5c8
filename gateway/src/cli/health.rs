//! `causeway health`: is the node on this machine ready? What a container's probe runs where it has no certificate to
//! ask with over the network.

use std::process::ExitCode;
use std::time::Duration;

use super::operator::Operator;
use super::{fail, on_runtime, print};
use crate::limits::HEALTH_ASKED_MS;

/// Ask the node on this machine whether it is ready. Prints its answer; 0 if it is, else 1.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    operator: Operator,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> ExitCode {
    on_runtime(async {
        let limit = Duration::from_millis(HEALTH_ASKED_MS);
        let asked = tokio::time::timeout(limit, arguments.operator.ask("GET /health")).await;
        match asked.unwrap_or_else(|_| Err("no answer in time".to_owned())) {
            Ok((status, body)) => {
                print(&format!("{body}\n"));
                if status == 200 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
            }
            Err(reason) => fail(&reason),
        }
    })
}
