//! `causeway frms serve`: a scorer as a process of its own.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use switch_store::SystemClock;

use super::super::{fail, on_runtime, stopped};
use crate::config::Config;
use crate::screening::scorer::Scorer;
use crate::telemetry;

/// Run a scorer: of those of one tenant one answers, the others stand by.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The gateways' configuration file: [screening], [scorer], [nats] and listen.admin count.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Runs it.
pub fn run(arguments: &Arguments) -> ExitCode {
    on_runtime(serve(&arguments.config))
}

async fn serve(path: &Path) -> ExitCode {
    let config = match Config::load(path) {
        Ok(config) => config,
        Err(error) => return fail(&error.to_string()),
    };
    telemetry::start(&config.log);
    let stopped = stopped();
    let scorer = match Scorer::start(config, Arc::new(SystemClock::new())).await {
        Ok(scorer) => scorer,
        Err(error) => return fail(&error.to_string()),
    };
    tracing::info!(admin = %scorer.address, "listening");
    stopped.await;
    scorer.stop().await;
    ExitCode::SUCCESS
}
