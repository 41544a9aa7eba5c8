//! The command line.

mod backup;
mod convert;
mod doctor;
mod frms;
mod health;
mod operator;
mod validate;
mod verify_jws;

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use switch_store::SystemClock;

use crate::config::{self, Config};
use crate::serve::Gateway;
use crate::{demo, log_lines, telemetry};

/// An ISO 20022-capable payments gateway with a switch core.
#[derive(Debug, Parser)]
#[command(name = "causeway", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A guided tour on loopback: two banks and two DFSPs pay each other through a hub.
    Demo {
        /// End when the tour is over: 0 if every hop, signature and sum was right, 1 otherwise.
        #[arg(long)]
        once: bool,
        /// Three nodes over PostgreSQL, with NATS and Redis, instead of one on an embedded store. Their programs
        /// must be installed.
        #[arg(long)]
        cluster: bool,
    },
    /// Run a node.
    Serve {
        /// The configuration file; `causeway config` prints one to start from.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Print the default configuration with every key explained.
    Config,
    Doctor(doctor::Arguments),
    Health(health::Arguments),
    Backup(backup::Arguments),
    Validate(validate::Arguments),
    Convert(convert::Arguments),
    Frms(frms::Arguments),
    /// Verify the signatures of FSPIOP requests in files, one request a file.
    VerifyJws(verify_jws::Arguments),
}

/// Runs the program.
pub fn run() -> ExitCode {
    match Arguments::parse().command {
        Command::Demo { once, cluster } => on_runtime(demo::run(once, cluster)),
        Command::Serve { config } => on_runtime(serve(&config)),
        Command::Config => {
            print!("{}", config::DEFAULT);
            ExitCode::SUCCESS
        }
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Health(arguments) => health::run(&arguments),
        Command::Backup(arguments) => backup::run(&arguments),
        Command::Validate(arguments) => validate::run(&arguments),
        Command::Convert(arguments) => convert::run(&arguments),
        Command::Frms(arguments) => frms::run(&arguments),
        Command::VerifyJws(arguments) => verify_jws::run(&arguments),
    }
}

fn on_runtime(command: impl Future<Output = ExitCode>) -> ExitCode {
    let exit = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(command),
        Err(error) => fail(&format!("the runtime cannot be started: {error}")),
    };
    log_lines::flush();
    exit
}

async fn serve(path: &Path) -> ExitCode {
    let config = match Config::load(path) {
        Ok(config) => config,
        Err(error) => return fail(&error.to_string()),
    };
    telemetry::start(&config.log);
    let stopped = stopped();
    let gateway = match Gateway::start(config, Arc::new(SystemClock::new())).await {
        Ok(gateway) => gateway,
        Err(error) => return fail(&error.to_string()),
    };
    let at = gateway.addresses;
    tracing::info!(fspiop = %at.fspiop, bank = %at.bank, admin = %at.admin, "listening");
    let node = Arc::clone(&gateway.node);
    tokio::select! {
        () = stopped => {}
        reason = node.ended() => {
            return fail(&format!("the store has halted, start this node again: {reason}"));
        }
    }
    drop(node);
    tracing::info!("stopping: no new requests, what has queued is committed");
    gateway.stop().await;
    ExitCode::SUCCESS
}

/// Ends when the process is asked to stop; asked from this call on, not from the first poll.
pub fn stopped() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = signal(SignalKind::terminate());
    async move {
        match terminate {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = tokio::signal::ctrl_c() => {}
                }
            }
            Err(_) => {
                let _ = tokio::signal::ctrl_c().await;
            }
        }
    }
}

/// Says what is wrong, on standard error.
fn fail(reason: &str) -> ExitCode {
    eprintln!("causeway: {reason}");
    ExitCode::FAILURE
}

/// The exit code of a tool whose arguments cannot be used, as clap's own.
const UNUSABLE: u8 = 2;

/// Says on standard error why the arguments cannot be used.
fn unusable(reason: &str) -> ExitCode {
    eprintln!("causeway: {reason}");
    ExitCode::from(UNUSABLE)
}

/// A file of at most so many bytes.
fn read_file(path: &Path, most: usize) -> Result<Vec<u8>, String> {
    let unreadable = |error: io::Error| format!("{}: {error}", path.display());
    let mut bytes = Vec::new();
    let bound = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let file = File::open(path).map_err(unreadable)?;
    file.take(bound).read_to_end(&mut bytes).map_err(unreadable)?;
    match bytes.len() > most {
        true => Err(format!("{}: has more than {most} bytes", path.display())),
        false => Ok(bytes),
    }
}

/// Prints what a tool found; a reader that has gone away is no error.
fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}
