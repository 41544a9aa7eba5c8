//! The checks of `cargo xtask test`, in the order in which a reader wants to hear of a fault.

use crate::former::{self, Missing};
use crate::report::{Outcome, Report};
use crate::transcript::Transcript;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Instant;

/// How strictly and with what settings the checks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// At a desk: what is not installed is skipped.
    Lenient,
    /// `CI=true` came with the environment: nothing may skip.
    Strict,
    /// As strict, with the CI machine's build settings made here.
    AsCi,
}

/// A line of a child's output.
enum Line {
    Stdout(String),
    Stderr(String),
}

/// Runs every check even after a failure, prints the report, and turns it into an exit code.
/// `packages` is empty for the whole workspace, else `-p a -p b`.
pub fn run(mode: Mode, packages: &[&str]) -> ExitCode {
    let start = Instant::now();
    let (all, workspace): (&[&str], &[&str]) =
        if packages.is_empty() { (&["--all"], &["--workspace"]) } else { (packages, packages) };
    let mut report = Report::default();
    let format = [&["fmt", "--check"], all].concat();
    report.add("formatting", tool(mode, "fmt", &format));
    let lints = [&["clippy"], workspace, &["--all-targets", "--", "-D", "warnings"]].concat();
    report.add("lints", tool(mode, "clippy", &lints));
    // The end-to-end tests start the programs themselves.
    report.add("build", step(mode, &[&["build", "--bins"], workspace].concat()));
    if packages.is_empty() || packages.contains(&"causeway-tests") {
        report.add("former", former(mode));
    }
    tests(mode, workspace, &mut report);
    let strict = mode != Mode::Lenient;
    print!("\n{}", report.render(strict, start.elapsed()));
    if report.is_good(strict) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Builds what the test of an upgrade begins with. A clone without the history cannot have it: the test
/// then skips, and says how the history is had.
fn former(mode: Mode) -> Outcome {
    let build = |args: &[&str]| {
        announce(args);
        cargo(mode, args)
    };
    match former::build(&crate::root(), build) {
        Ok(_) => Outcome::Passed,
        Err(Missing::History) if mode == Mode::Lenient => Outcome::Skipped,
        Err(why) => {
            eprintln!("{why}");
            Outcome::Failed
        }
    }
}

/// A check by a part of the toolchain that may be absent at a desk.
fn tool(mode: Mode, name: &str, args: &[&str]) -> Outcome {
    let probe = quiet(cargo(mode, &[name, "--version"])).status();
    match passed(probe) {
        Outcome::Failed if mode == Mode::Lenient => Outcome::Skipped,
        Outcome::Failed => Outcome::Failed,
        _ => step(mode, args),
    }
}

fn step(mode: Mode, args: &[&str]) -> Outcome {
    announce(args);
    passed(cargo(mode, args).status())
}

/// The tests; what they print is filtered as it comes.
fn tests(mode: Mode, workspace: &[&str], report: &mut Report) {
    let args = [&["test", "--no-fail-fast"], workspace, &["--", "--show-output"]].concat();
    announce(&args);
    let mut transcript = Transcript::default();
    let succeeded = stream(&mut cargo(mode, &args), &mut transcript).unwrap_or_else(|error| {
        eprintln!("cargo test: {error}");
        false
    });
    let (tally, skips, failures) = transcript.end(succeeded);
    report.add("tests", Outcome::Counted(tally));
    report.explain(skips, failures);
}

fn stream(command: &mut Command, transcript: &mut Transcript) -> io::Result<bool> {
    if io::stderr().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (sender, lines) = channel();
    let readers = [
        child.stdout.take().map(|pipe| read_lines(pipe, sender.clone(), Line::Stdout)),
        child.stderr.take().map(|pipe| read_lines(pipe, sender, Line::Stderr)),
    ];
    show(&lines, transcript)?;
    for reader in readers.into_iter().flatten() {
        let _ = reader.join();
    }
    Ok(child.wait()?.success())
}

fn show(lines: &Receiver<Line>, transcript: &mut Transcript) -> io::Result<()> {
    for line in lines {
        match line {
            Line::Stdout(text) => {
                if transcript.stdout(&text) {
                    writeln!(io::stdout(), "{text}")?;
                }
            }
            Line::Stderr(text) => {
                transcript.stderr(&text);
                writeln!(io::stderr(), "{text}")?;
            }
        }
    }
    Ok(())
}

fn read_lines(
    pipe: impl Read + Send + 'static,
    sender: Sender<Line>,
    wrap: fn(String) -> Line,
) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        for bytes in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            let text = String::from_utf8_lossy(&bytes).trim_end_matches('\r').to_owned();
            if sender.send(wrap(text)).is_err() {
                return;
            }
        }
    })
}

fn cargo(mode: Mode, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(args).current_dir(crate::root());
    if mode == Mode::AsCi {
        command.envs([
            ("CI", "true"),
            ("CARGO_INCREMENTAL", "0"),
            ("CARGO_PROFILE_DEV_DEBUG", "0"),
        ]);
    }
    command
}

fn quiet(mut command: Command) -> Command {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn announce(args: &[&str]) {
    eprintln!("\n> cargo {}", args.join(" "));
}

fn passed(status: io::Result<std::process::ExitStatus>) -> Outcome {
    if status.is_ok_and(|status| status.success()) { Outcome::Passed } else { Outcome::Failed }
}
