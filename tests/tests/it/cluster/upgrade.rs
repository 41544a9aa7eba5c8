//! A rolling upgrade of two real builds under load: from the last commit before the newest step of the
//! database's schema, which `cargo xtask former` builds out of the history, to this one.

use super::{Stand, patient};
use causeway_tests::process::program;
use causeway_tests::{root, skip};
use causeway_toolkit::cluster::ClusterOptions;
use causeway_toolkit::cluster::fault::{Act, Part};
use causeway_toolkit::load::Load;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Between the beginnings of two payments, in milliseconds.
const PAUSE_MS: u64 = 50;
/// Payments that are made before, between and after the exchanges of nodes.
const PAID_BETWEEN: u64 = 30;
/// How long they may take, and a node for its end.
const PATIENCE_MS: u64 = 60_000;

const VERSION: &str = "SELECT max(version) FROM causeway.migrations";

/// Which versions of the schema living nodes write for; 0 where they do not say.
const WRITTEN_FOR: &str = "SELECT string_agg(version::text, ' ' ORDER BY version) FROM \
    (SELECT coalesce((to_jsonb(n) ->> 'schema_version')::integer, 0) AS version \
    FROM causeway.nodes n WHERE NOT deposed) AS living";

#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_upgrade_over_a_step_of_the_schema_loses_no_payment() {
    let former = match former() {
        Ok(program) => program,
        Err(why) => return skip(&why),
    };
    let todays = program();
    // What is lost by an upgrade is lost whoever waits; a machine with much else to do loses nothing.
    let mut options = ClusterOptions::new(former);
    patient(&mut options);
    let Some(mut stand) = Stand::of(options).await else { return };
    let before = asked(&mut stand, VERSION);
    let load = Load::patient(Arc::clone(&stand.trial.players), PAUSE_MS, 4);
    let mut seen = Vec::new();
    for number in 1..=stand.trial.cluster.size() {
        paid_more(&load).await;
        seen.push(asked(&mut stand, WRITTEN_FOR));
        exchange(&mut stand, number, &todays).await;
        assert_ne!(asked(&mut stand, VERSION), before, "the first one takes the step");
    }
    paid_more(&load).await;
    seen.push(asked(&mut stand, WRITTEN_FOR));
    let (progress, reasons) = load.finish_with_reasons().await;
    let logs = stand.trial.cluster.logs();
    assert_eq!((progress.paid, progress.unpaid), (progress.begun, 0), "{reasons:?}\n{logs}");
    let committed = u64::try_from(stand.judged("upgrade").await).unwrap();
    assert_eq!(committed, progress.begun);
    eprintln!("living nodes wrote for the versions {seen:?}");
    let both = |seen: &String| seen.split(' ').any(|version| !seen.starts_with(version));
    assert_eq!(seen.iter().map(both).collect::<Vec<_>>(), [false, true, true, false], "{seen:?}");
}

/// Ends a node in good order and starts today's program in its place.
async fn exchange(stand: &mut Stand, number: usize, todays: &Path) {
    let cluster = &mut stand.trial.cluster;
    cluster.act(Act::End, Part::Node(number)).await.unwrap();
    let since = Instant::now();
    while cluster.is_up(Part::Node(number)) {
        assert!(since.elapsed() < Duration::from_millis(PATIENCE_MS), "{}", cluster.logs());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    cluster.node(number).unwrap().install(todays);
    cluster.act(Act::Start, Part::Node(number)).await.unwrap();
    cluster.ready(number).await.unwrap();
}

async fn paid_more(load: &Load) {
    let (wanted, since) = (load.progress().paid + PAID_BETWEEN, Instant::now());
    while load.progress().paid < wanted {
        assert!(since.elapsed() < Duration::from_millis(PATIENCE_MS), "{:?}", load.progress());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn asked(stand: &mut Stand, statement: &str) -> String {
    stand.trial.cluster.database().primary().query("causeway", statement).unwrap()
}

/// The program of the last commit before the newest step, or why there is none.
fn former() -> Result<PathBuf, String> {
    let newest = "log -1 --diff-filter=A --format=%H -- switch/store/src/postgres/migrations";
    let newest = git(newest)?;
    let before = git(&format!("rev-parse --verify --quiet {newest}^"))?;
    let program = root().join("target/former").join(before).join("debug/causeway");
    let unbuilt = || "the program before the newest step of the schema: `cargo xtask former`";
    if program.is_file() { Ok(program) } else { Err(unbuilt().to_owned()) }
}

fn git(args: &str) -> Result<String, String> {
    let mut git = Command::new("git");
    git.current_dir(root()).args(["-c", "safe.directory=*"]).args(args.split(' '));
    let output = git.output().map_err(|why| format!("git: {why}"))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let shallow = "this clone ends before the newest step of the schema: `git fetch --unshallow`";
    if output.status.success() && !text.is_empty() { Ok(text) } else { Err(shallow.to_owned()) }
}
