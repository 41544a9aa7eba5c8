//! Developer tasks, run as `cargo xtask <task>`; `cargo xtask --help` lists them.
//!
//! * `suite`: the checks that `test` and `ci` run, one after the other;
//! * `transcript`: reads what the test binaries print and counts it;
//! * `report`: the box at the end and the plain last line.

mod report;
mod suite;
mod transcript;

use std::env;
use std::process::ExitCode;

const HELP: &str = "\
Developer tasks of Causeway.

Usage: cargo xtask <task>

Tasks:
  test    Everything that must pass before a commit: formatting, lints, build, all tests.
          A test that lacks something outside (../shared, a program) skips and is counted.
          With CI=true nothing may skip.
  ci      `test` as the CI machine runs it: CI=true, no debug information, no incremental build.

The last line is `N passed, N failed, N skipped`: the tests, and one for each other check.
The exit code is 0 when nothing failed (and, with CI=true, nothing skipped), else 1;
2 when the task is unknown.
";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["test"] => suite::run(if ci() { suite::Mode::Strict } else { suite::Mode::Lenient }),
        ["ci"] => suite::run(suite::Mode::AsCi),
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

/// Whether the environment says that nothing may skip.
fn ci() -> bool {
    env::var("CI").is_ok_and(|value| value == "true")
}
