//! Developer tasks, run as `cargo xtask <task>`; `cargo xtask --help` lists them.
//!
//! * `suite`: the checks that `test` and `ci` run, one after the other;
//! * `transcript`: reads what the test binaries print and counts it;
//! * `report`: the box at the end and the plain last line;
//! * `fuzz`: builds the fuzz targets with coverage and runs them;
//! * `cluster`: builds and starts several nodes with PostgreSQL, NATS and Redis;
//! * `former`: builds the program as it was before the newest step of the database's schema;
//! * `schema_tables`: published ISO 20022 schemas to the tables that `iso20022` checks with.

mod cluster;
mod former;
mod fuzz;
mod report;
mod schema_tables;
mod suite;
mod transcript;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const HELP: &str = "\
Developer tasks of Causeway.

Usage: cargo xtask <task>

Tasks:
  test [-p <crate>]...
          Everything that must pass before a commit: formatting, lints, build, tests; of all
          crates, or of those named. A test that lacks something outside (../shared, a program)
          skips and is counted. With CI=true nothing may skip.
  ci      `test` as the CI machine runs it: CI=true, no debug information, no incremental build.
  fuzz [<target>] [--seconds <n>]
          Runs a fuzz target, or each in turn, for so many seconds (120). Needs a C++ compiler. What
          is found is kept in tests/fuzz/corpus/<target>, where the tests replay it.
  cluster [--release] [--seconds <n>] [--rate <payments a second>] [--at '5s kill node2']...
          Runs three nodes with PostgreSQL (and a standby), NATS and Redis as child processes on
          loopback under load; kills, stops and cuts off by key press or script, and judges at the
          end from the participants' logs. `cluster --help` says everything.
  former  Builds the program of the last commit before the newest step of the database's schema, from
          this clone's history, for the test of a rolling upgrade; `test` does so too.
  schema-tables [<folder>]
          Writes iso20022/src/schema/tables anew from the published schemas in the folder
          (../shared/data/iso20022/xsd/base when none is named).

The last line of `test` and `ci` is `N passed, N failed, N skipped`: the tests, and one for each
other check. The exit code is 0 when nothing failed (and, with CI=true, nothing skipped), else 1;
2 when the task is unknown.
";

/// Where the tables are, from the project's root.
const SCHEMA_TABLES: &str = "iso20022/src/schema/tables";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["test", ref packages @ ..] if are_packages(packages) => suite::run(mode(), packages),
        ["ci"] => suite::run(suite::Mode::AsCi, &[]),
        ["fuzz", ref rest @ ..] => fuzz(rest),
        ["cluster", ref rest @ ..] => usage(&cluster::run(&root(), rest)),
        ["former"] => former(),
        ["schema-tables"] => schema_tables(&root().join("../shared/data/iso20022/xsd/base")),
        ["schema-tables", folder] if !folder.starts_with('-') => schema_tables(Path::new(folder)),
        ["-h" | "--help" | "help"] => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("cargo xtask: no task `{}`\n\n{HELP}", args.join(" "));
            ExitCode::from(2)
        }
    }
}

/// `-p a -p b`, or nothing.
fn are_packages(args: &[&str]) -> bool {
    args.chunks(2).all(|pair| matches!(pair, ["-p", name] if !name.starts_with('-')))
}

/// The environment says whether anything may skip.
fn mode() -> suite::Mode {
    let ci = env::var("CI").is_ok_and(|value| value == "true");
    if ci { suite::Mode::Strict } else { suite::Mode::Lenient }
}

fn former() -> ExitCode {
    let cargo = |args: &[&str]| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(args);
        cargo
    };
    match former::build(&root(), cargo) {
        Ok(program) => {
            println!("{}", program.display());
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("cargo xtask former: {why}");
            ExitCode::FAILURE
        }
    }
}

fn schema_tables(xsd_dir: &Path) -> ExitCode {
    let written = schema_tables::generate(xsd_dir)
        .and_then(|tables| schema_tables::write(&tables, &root().join(SCHEMA_TABLES)));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("cargo xtask schema-tables: {why}");
            ExitCode::FAILURE
        }
    }
}

/// `[<target>] [--seconds <n>]`
fn fuzz(args: &[&str]) -> ExitCode {
    let (target, seconds) = match *args {
        [] => (None, None),
        ["--seconds", seconds] => (None, Some(seconds)),
        [target] => (Some(target), None),
        [target, "--seconds", seconds] => (Some(target), Some(seconds)),
        _ => return usage("fuzz takes a target and --seconds <n>"),
    };
    let Ok(seconds) = seconds.unwrap_or("120").parse() else {
        return usage("--seconds takes a number");
    };
    match fuzz::run(&root(), target, seconds) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => usage(&why),
    }
}

fn usage(why: &str) -> ExitCode {
    eprintln!("cargo xtask: {why}");
    ExitCode::from(2)
}

/// The project's root folder.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::are_packages;

    #[test]
    fn packages_come_in_pairs_with_their_flag() {
        assert!(are_packages(&[]));
        assert!(are_packages(&["-p", "switch", "-p", "fspiop"]));
        assert!(!are_packages(&["switch"]));
        assert!(!are_packages(&["-p"]));
        assert!(!are_packages(&["-p", "-p"]));
    }
}
