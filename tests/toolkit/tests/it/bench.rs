//! `causeway-toolkit bench` around the real hub: that its figures are there and its counts are right. How fast the hub
//! is, is for a quiet machine to say.

use causeway_toolkit::cluster::programs::Programs;
use serde_json::Value;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::Command;

const TOOLKIT: &str = env!("CARGO_BIN_EXE_causeway-toolkit");
/// The most runs of a bench while the machine is too busy for its figures.
const RUNS: u32 = 3;
/// What twenty transactions a second come to when the window's readings are a little late.
const AROUND_20: RangeInclusive<f64> = 15.0..=25.0;

#[test]
fn a_low_rate_is_carried_without_error_and_the_books_agree() {
    let options = ["--seconds", "2", "--rate", "20", "--arrivals", "constant", "--json"];
    let report = bench(&options);
    for figure in ["completed_per_s", "offered_per_s", "hub_cpu_s_per_1000", "rss_mb"] {
        assert!(report[figure].as_f64().is_some_and(|figure| figure > 0.0), "{figure}: {report}");
    }
    for figure in ["echo_exchanges_per_s", "sync_probe_us", "toolkit_cpu_s_per_1000"] {
        assert!(report[figure].as_f64().is_some(), "{figure}: {report}");
    }
    for stage in ["lookup", "quote", "transfer"] {
        let of = |quantile: &str| report["stages"][stage][quantile].as_f64().expect("a duration");
        assert!(of("p50_ms") > 0.0 && of("p50_ms") <= of("p99_ms"), "{report}");
        assert!(of("p99_ms") <= of("p999_ms"), "{report}");
    }
    assert_eq!(report["errors"], 0, "{report}");
    assert_eq!(report["valid"], true, "{report}");
    assert_eq!((&report["signature"], &report["store"]), (&"RS256".into(), &"embedded".into()));
    // Twenty a second, however far apart the readings at the window's ends are.
    for rate in ["offered_per_s", "completed_per_s"] {
        assert!(is_around_20(&report, rate), "{rate}: {report}");
    }
    assert!(report["transactions"].as_u64().is_some_and(|count| count > 0), "{report}");
    // A prepare and a fulfil are durable before they are told: two syncs, fewer only if they share them.
    let syncs = report["syncs_per_transaction"].as_f64().expect("a ratio");
    assert!(syncs > 0.0 && syncs < 3.0, "{report}");
}

#[test]
fn a_hub_over_postgresql_is_measured_in_the_same_way() {
    if let Err(missing) = Programs::find() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "may not skip: {missing}");
        return eprintln!("skipped: {missing}");
    }
    let report = bench(&["--seconds", "2", "--rate", "20", "--store", "postgres", "--json"]);
    assert_eq!((&report["valid"], &report["errors"]), (&true.into(), &0.into()), "{report}");
    assert_eq!(report["store"], "postgres");
    assert!(report["syncs_per_transaction"].as_f64().is_some_and(|syncs| syncs > 0.0), "{report}");
}

#[test]
fn what_screening_costs_is_measured_beside_a_hub_without_it() {
    let catalogue = concat!(env!("CARGO_MANIFEST_DIR"), "/../../frms/catalogues/behaviours.json");
    let options = ["--seconds", "1", "--rate", "20", "--screening", catalogue, "--json"];
    let report = bench(&options);
    assert_eq!((&report["valid"], &report["errors"]), (&true.into(), &0.into()), "{report}");
    let screening = &report["screening"];
    let file: Value = serde_json::from_slice(&std::fs::read(catalogue).unwrap()).unwrap();
    let typologies = file["typologies"].as_array().expect("typologies").len();
    assert_eq!((&screening["typologies"], &screening["rate"]), (&typologies.into(), &20.into()));
    for hub in ["without", "with"] {
        let hub = &screening[hub];
        assert_eq!(hub["errors"], 0, "{report}");
        assert!(hub["hub_cpu_s_per_1000"].as_f64().is_some_and(|figure| figure > 0.0), "{report}");
    }
    assert!(screening["cpu_ratio"].as_f64().is_some_and(|ratio| ratio > 0.0), "{report}");
    // Each payment is asked about, those of the warm-up too, and none is stopped; on a busy machine one may
    // have gone on without its verdict.
    let verdicts = screening["verdicts"].as_object().expect("counts");
    assert!(verdicts.keys().all(|what| ["allow", "late"].contains(&what.as_str())), "{report}");
    let asked: u64 = verdicts.values().filter_map(Value::as_u64).sum();
    let paid = screening["with"]["transactions"].as_u64().expect("a count");
    assert!(paid > 0 && asked >= paid, "{report}");
}

#[test]
fn a_hub_that_does_not_start_is_said_and_not_measured() {
    let run = Command::new(TOOLKIT).args(["bench", "--causeway", "/bin/false"]).output();
    let run = run.expect("the toolkit runs");
    assert!(!run.status.success() && run.stdout.is_empty());
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(said.contains("the hub ended"), "{said}");
}

/// The report of a bench at 20 transactions a second. It is run again while a stall of the machine
/// shows in its figures: requests are sent once, so that a hub that stands still refuses some.
fn bench(options: &[&str]) -> Value {
    let mut report = run(options);
    for _ in 1..RUNS {
        if !is_disturbed(&report) {
            break;
        }
        eprintln!("once more: {report}");
        report = run(options);
    }
    report
}

/// Whether a stall shows: something failed, the readings are too late, or the books are wrong where
/// the report itself says that it is void. Books that are wrong without such an excuse stay wrong.
fn is_disturbed(report: &Value) -> bool {
    let screening = &report["screening"];
    let runs = [report, &screening["without"], &screening["with"]];
    let failed = runs.iter().any(|run| run["errors"].as_u64().is_some_and(|errors| errors > 0));
    let failed = failed || report["failures"].as_object().is_some_and(|all| !all.is_empty());
    let late = !is_around_20(report, "completed_per_s");
    failed || late || (report["valid"] == false && report["void"] == true)
}

fn is_around_20(report: &Value, rate: &str) -> bool {
    report[rate].as_f64().is_some_and(|rate| AROUND_20.contains(&rate))
}

/// The last line of one bench.
fn run(options: &[&str]) -> Value {
    let mut run = Command::new(TOOLKIT);
    run.args(["bench", "--causeway"]).arg(causeway()).args(options);
    let run = run.output().expect("the toolkit runs");
    let (told, said) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    let last = told.trim().lines().last().unwrap_or_default();
    let report: Option<Value> = serde_json::from_str(last).ok();
    let Some(report) = report else { panic!("the last line is no JSON:\n{told}\n{said}") };
    assert_eq!(run.status.success(), report["valid"] == true, "{told}\n{said}");
    report
}

/// The hub's program of the same sources, beside the toolkit: cargo is asked unless it is the younger of the two.
fn causeway() -> PathBuf {
    let toolkit = Path::new(TOOLKIT);
    let program = toolkit.with_file_name("causeway");
    let age = |path: &Path| std::fs::metadata(path).and_then(|file| file.modified()).ok();
    if age(&program) < age(toolkit) {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let mut build = Command::new(cargo);
        build.current_dir(env!("CARGO_MANIFEST_DIR")).args(["build", "--quiet", "-p", "causeway"]);
        if toolkit.parent().is_some_and(|folder| folder.ends_with("release")) {
            build.arg("--release");
        }
        assert!(build.status().is_ok_and(|status| status.success()), "building causeway");
    }
    program
}
