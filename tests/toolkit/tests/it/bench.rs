//! `causeway-toolkit bench` around the real hub: that its figures are there and its counts are right. How fast the hub
//! is, is for a quiet machine to say.

use causeway_toolkit::cluster::programs::Programs;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const TOOLKIT: &str = env!("CARGO_BIN_EXE_causeway-toolkit");

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
    // Twenty a second for the window: the readings at its ends are not exactly two seconds apart.
    let transactions = report["transactions"].as_u64().expect("a count");
    assert!((35..=50).contains(&transactions), "{report}");
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

/// The last line of a bench that ends well.
fn bench(options: &[&str]) -> Value {
    let mut run = Command::new(TOOLKIT);
    run.args(["bench", "--causeway"]).arg(causeway()).args(options);
    let run = run.output().expect("the toolkit runs");
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{}\n{said}", String::from_utf8_lossy(&run.stdout));
    let last = String::from_utf8_lossy(&run.stdout).trim().lines().last().map(str::to_owned);
    serde_json::from_str(&last.unwrap_or_default()).expect("the last line is JSON")
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
