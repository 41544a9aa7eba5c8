//! `causeway-toolkit cluster`: a cluster under load that a person, or a script, does bad things to.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;

use super::assembly::{Cluster, ClusterOptions};
use super::fault::{Act, Part, Step, script};
use super::keys::{HELP, Keyboard, Presses, Wish};
use super::rig::Rig;
use super::trial::Trial;
use crate::ToolkitError;
use crate::clock;
use crate::load::{Load, Progress};

/// Settings of one run.
#[derive(Debug, Clone, Args)]
pub struct ClusterRun {
    /// How many nodes.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=9))]
    nodes: u8,
    /// Payments begun a second.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    rate: u16,
    /// End after so many seconds; without, at the press of q or at Ctrl-C.
    #[arg(long)]
    seconds: Option<u64>,
    /// What is to happen: lines such as `5s kill node2`.
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// One line of a script; may be given several times.
    #[arg(long, value_name = "STEP")]
    at: Vec<Step>,
    /// PostgreSQL without a standby.
    #[arg(long)]
    no_standby: bool,
    /// Disks that can be filled, clocks that can be set, messages that can be doubled and shuffled, as far as this
    /// machine allows: needs root and a C compiler.
    #[arg(long)]
    rigged: bool,
    /// Which payments, and of how much; without, from the clock.
    #[arg(long)]
    seed: Option<u64>,
    /// The nodes' program; without, `causeway` beside this one.
    #[arg(long, value_name = "PATH")]
    causeway: Option<PathBuf>,
}

/// Runs it; whether nothing was lost and nothing done twice.
///
/// # Errors
/// [`ToolkitError`] if it could not be run or judged.
pub fn cluster(run: &ClusterRun) -> Result<bool, ToolkitError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|source| ToolkitError::io("start the runtime", source))?;
    runtime.block_on(play(run))
}

async fn play(run: &ClusterRun) -> Result<bool, ToolkitError> {
    let steps = steps(run)?;
    let causeway = match &run.causeway {
        Some(program) => program.clone(),
        None => beside_this_program()?,
    };
    let standby = !run.no_standby;
    let nodes = usize::from(run.nodes);
    let rig = if run.rigged { rig() } else { Rig::default() };
    let seed = run.seed.unwrap_or_else(|| clock::now_epoch_ms().unsigned_abs());
    let options = ClusterOptions { nodes, standby, rig, seed, ..ClusterOptions::new(causeway) };
    println!("starting PostgreSQL, NATS, Redis and {nodes} nodes ...");
    let mut trial = tokio::select! {
        trial = Trial::start(&options) => trial?,
        _ = tokio::signal::ctrl_c() => return Ok(true),
    };
    println!("everything is in {}; participants connect to", trial.cluster.folder().display());
    println!(
        "  {} (FSPIOP)  {} (banks)\n{HELP}\n",
        trial.cluster.urls().fspiop,
        trial.cluster.urls().channel
    );
    println!("seed {seed}, {} payments a second\n", run.rate);
    let load = Load::start(trial.players.clone(), 1_000 / u64::from(run.rate), seed);
    watch(&mut trial, &load, steps, run.seconds).await;
    println!("\nno more payments; everything is put right, and all that is under way ends ...");
    trial.recover().await?;
    let (progress, reasons) = load.finish_with_reasons().await;
    println!("{}", line(&progress));
    for (reason, count) in reasons {
        println!("  not paid, {count}x: {reason}");
    }
    let verdict = trial.judged().await?;
    println!("the participants' logs, their questions and the positions say: {verdict}");
    Ok(verdict.is_clean())
}

fn rig() -> Rig {
    let (rig, missing) = Rig::of_this_machine();
    missing.iter().for_each(|why| println!("{why}"));
    rig
}

fn steps(run: &ClusterRun) -> Result<Vec<Step>, ToolkitError> {
    let mut steps = run.at.clone();
    if let Some(path) = &run.script {
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|source| ToolkitError::io(path.display().to_string(), source))?;
        steps.extend(script(&text).map_err(|error| ToolkitError::Message(error.to_string()))?);
    }
    steps.sort_by_key(|step| step.at_ms);
    Ok(steps)
}

/// Lets happen what is wished for, and says each second how it stands, until the end.
async fn watch(trial: &mut Trial, load: &Load, steps: Vec<Step>, seconds: Option<u64>) {
    let since = Instant::now();
    let mut keyboard = Keyboard::listen();
    let mut presses = Presses::default();
    let mut steps = steps.into_iter().peekable();
    let mut tick = tokio::time::interval(Duration::from_millis(TICK_MS));
    let mut ticks = 0_u64;
    loop {
        let wish = tokio::select! {
            _ = tokio::signal::ctrl_c() => Some(Wish::Quit),
            Some(key) = keyboard.pressed.recv() => presses.press(key),
            _ = tick.tick() => None,
        };
        let elapsed_ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        let over = seconds.is_some_and(|seconds| elapsed_ms >= seconds * 1_000);
        if over || wish == Some(Wish::Quit) {
            return;
        }
        if let Some(wish) = wish {
            grant(trial, wish).await;
        }
        while let Some(step) = steps.next_if(|step| step.at_ms <= elapsed_ms) {
            grant(trial, Wish::Do(step.act, step.part)).await;
        }
        if elapsed_ms / 1_000 >= ticks {
            ticks = elapsed_ms / 1_000 + 1;
            let parts = parts(&mut trial.cluster);
            println!("{:>4} s  {}  {parts}", elapsed_ms / 1_000, line(&load.progress()));
        }
    }
}

/// How often is looked whether something is to happen, in milliseconds.
const TICK_MS: u64 = 50;

async fn grant(trial: &mut Trial, wish: Wish) {
    let (act, part) = match wish {
        Wish::Do(act, part) => (act, part),
        Wish::Toggle(part) if trial.cluster.is_up(part) => (Act::Kill, part),
        Wish::Toggle(part) => (Act::Start, part),
        Wish::Quit => return,
    };
    println!("        > {act} {part}");
    if let Err(error) = trial.act(act, part).await {
        println!("        > {act} {part}: {error}");
    }
}

fn line(progress: &Progress) -> String {
    let Progress { begun, paid, unpaid } = progress;
    let open = begun.saturating_sub(paid + unpaid);
    format!("begun {begun:>6}  paid {paid:>6}  unpaid {unpaid:>4}  under way {open:>3}")
}

/// How the parts are.
fn parts(cluster: &mut Cluster) -> String {
    let mut words = Vec::new();
    for number in 1..=cluster.size() {
        let restarts = cluster.node(number).map_or(0, |node| node.restarts());
        let health = cluster.condition(Part::Node(number)).word();
        let again = if restarts > 0 { format!(" (restarted {restarts}x)") } else { String::new() };
        words.push(format!("node{number} {health}{again}"));
    }
    for part in [Part::Postgres, Part::Nats, Part::Redis] {
        words.push(format!("{part} {}", cluster.condition(part).word()));
    }
    words.join("  ")
}

fn beside_this_program() -> Result<PathBuf, ToolkitError> {
    let own = std::env::current_exe();
    let own = own.map_err(|source| ToolkitError::io("find this program", source))?;
    let program = own.with_file_name("causeway");
    match program.is_file() {
        true => Ok(program),
        false => Err(ToolkitError::Message(
            "no causeway beside this program: `cargo xtask cluster` builds it, or --causeway PATH"
                .to_owned(),
        )),
    }
}
