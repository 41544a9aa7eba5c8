//! `causeway backup`: has the node on this machine take a backup of its embedded store while it runs.

use std::process::ExitCode;

use super::operator::Operator;
use super::{fail, on_runtime, print};

/// Have the node on this machine back up its embedded store while it runs. Prints where; 0 if it is there, else 1.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    operator: Operator,
}

/// Runs the command: for as long as the node takes.
pub fn run(arguments: &Arguments) -> ExitCode {
    on_runtime(async {
        match arguments.operator.ask("POST /backups").await {
            Ok((201, body)) => {
                print(&format!("{body}\n"));
                ExitCode::SUCCESS
            }
            Ok((status, body)) => fail(&format!("the node answers {status}: {body}")),
            Err(reason) => fail(&reason),
        }
    })
}
