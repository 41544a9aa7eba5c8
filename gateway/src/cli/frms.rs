//! `causeway frms`: what concerns fraud screening and needs no node.
//!
//! | command | what it does |
//! |---|---|
//! | `lint` | finds what is wrong with rules, typologies and network maps |
//! | `serve` | runs a scorer |
//! | `test` | says what rules and typologies would have done with recorded events; `report` puts it in tables |

mod report;
mod serve;
mod test;

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use frms::Semantics;
use frms::lint::{Finding, Severity, lint};
use serde::Serialize;

use super::{UNUSABLE, unusable};

/// Files beyond this are no configurations.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Fraud screening beside the gateway.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Lint(Lint),
    Serve(serve::Arguments),
    Test(test::Arguments),
}

/// Find what is wrong with rules, typologies and network maps before anything runs by them.
///
/// Exits with 0 if nothing is found, 1 if something is, 2 if it was called wrongly or a file cannot be
/// read or holds no configuration.
#[derive(Debug, clap::Args)]
struct Lint {
    /// How to report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The same as `--format json`.
    #[arg(long)]
    json: bool,
    /// What the file is to be used with: with the peer's, a rule that is none of ours needs no entry.
    #[arg(long, value_enum, default_value = "strict")]
    semantics: Reading,
    /// JSON files, each a set of configurations in the peer's formats; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// What is made of what the peer's processors pass over in silence.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Reading {
    /// It is an error.
    Strict,
    /// As the peer does: a limit of 0 is no limit, a missing weight makes the typology 0.
    Peer,
}

impl From<Reading> for Semantics {
    fn from(reading: Reading) -> Semantics {
        match reading {
            Reading::Strict => Semantics::Strict,
            Reading::Peer => Semantics::Peer,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a person.
    Text,
    /// One JSON object a file, a line each.
    Json,
}

/// A file and what was found in it.
#[derive(Serialize)]
struct Linted {
    file: String,
    findings: Vec<Finding>,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> ExitCode {
    match &arguments.command {
        Command::Lint(arguments) => run_lint(arguments),
        Command::Serve(arguments) => serve::run(arguments),
        Command::Test(arguments) => test::run(arguments),
    }
}

fn run_lint(arguments: &Lint) -> ExitCode {
    let is_standard_input = |file: &&PathBuf| file.as_os_str() == "-";
    if arguments.files.iter().filter(is_standard_input).count() > 1 {
        return unusable("name standard input (-) once");
    }
    let semantics = arguments.semantics.into();
    let mut linted = Vec::new();
    let mut unreadable = false;
    for file in &arguments.files {
        let name = file.display().to_string();
        let findings = read(file)
            .map_err(|error| error.to_string())
            .and_then(|bytes| lint(&bytes, semantics).map_err(|error| error.to_string()));
        match findings {
            Ok(findings) => linted.push(Linted { file: name, findings }),
            Err(error) => {
                eprintln!("causeway: {name}: {error}");
                unreadable = true;
            }
        }
    }
    let json = arguments.json || arguments.format == Format::Json;
    // Nobody is left to be told when standard output is closed.
    let _ = print(&linted, json);
    match unreadable {
        true => ExitCode::from(UNUSABLE),
        false => ExitCode::from(u8::from(linted.iter().any(|file| !file.findings.is_empty()))),
    }
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    let input: Box<dyn Read> = match file.as_os_str() == "-" {
        true => Box::new(io::stdin().lock()),
        false => Box::new(std::fs::File::open(file)?),
    };
    let mut bytes = Vec::new();
    input.take(FILE_BYTES_MAX.saturating_add(1)).read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()).is_ok_and(|length| length <= FILE_BYTES_MAX) {
        true => Ok(bytes),
        false => Err(io::Error::other(format!("larger than {FILE_BYTES_MAX} bytes"))),
    }
}

fn print(linted: &[Linted], json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for file in linted {
        if json {
            serde_json::to_writer(&mut out, file)?;
            writeln!(out)?;
            continue;
        }
        for finding in &file.findings {
            let severity = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            let Finding { path, code, wrong, mend, .. } = finding;
            let path = if path.is_empty() { "/" } else { path };
            writeln!(out, "{}: {severity}[{code}]: {wrong}", file.file)?;
            writeln!(out, "  at {path}")?;
            writeln!(out, "  mend: {mend}")?;
        }
        let errors = file.findings.iter().filter(|it| it.severity == Severity::Error).count();
        let warnings = file.findings.len() - errors;
        writeln!(out, "{}: {errors} errors, {warnings} warnings", file.file)?;
    }
    out.flush()
}
