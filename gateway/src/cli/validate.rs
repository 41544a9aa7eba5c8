//! `causeway validate`: files held against the published schemas of their messages, and against the
//! rules beyond them (CONTRACTS §2).
//!
//! | file | what it decides |
//! |---|---|
//! | `text` | what a person reads: the source line, a caret, the mend |
//! | `json` | one object a file |
//! | `junit` | a test case a file |

mod json;
mod junit;
mod text;

use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use iso20022::{Inspection, Level, Profile, Verdict, inspect_for};

use super::{UNUSABLE, unusable};

/// Hold ISO 20022 files against their published schemas.
///
/// Exits with 0 if all files are valid, 1 if one is not, 2 if it was called wrongly or a file cannot be
/// read.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// How to report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Findings of level rule (check digits, counts, header agreement) make a file invalid too.
    #[arg(long)]
    rules: bool,
    /// Look for what this scheme wants, too: findings of level rule.
    #[arg(long, value_name = "P", value_parser = profiles())]
    profile: Option<Profile>,
    /// XML files; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a person.
    Text,
    /// One JSON object a file, a line each.
    Json,
    /// JUnit's XML, for a build server.
    Junit,
}

fn profiles() -> impl TypedValueParser<Value = Profile> {
    let names = PossibleValuesParser::new(Profile::ALL.map(Profile::as_str));
    names.try_map(|name| Profile::parse(&name).ok_or("no such profile"))
}

/// A file and what was found in it.
struct Judged {
    /// As it was named.
    file: String,
    bytes: Vec<u8>,
    inspection: Inspection,
    /// The inspection's, with the rules counted if they are to count.
    verdict: Verdict,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> ExitCode {
    let standard_inputs = arguments.files.iter().filter(|file| is_standard_input(file)).count();
    if standard_inputs > 1 {
        return unusable("name standard input (-) once");
    }
    let mut judged = Vec::new();
    let mut unreadable = false;
    for file in &arguments.files {
        match read(file) {
            Ok(bytes) => judged.push(judge(file, bytes, arguments)),
            Err(error) => {
                eprintln!("causeway: {} cannot be read: {error}", file.display());
                unreadable = true;
            }
        }
    }
    // Nobody is left to be told when standard output is closed.
    let _ = print(&judged, arguments);
    match unreadable {
        true => ExitCode::from(UNUSABLE),
        false => ExitCode::from(u8::from(judged.iter().any(|j| j.verdict != Verdict::Valid))),
    }
}

fn is_standard_input(file: &Path) -> bool {
    file.as_os_str() == "-"
}

/// The file's bytes, up to just beyond what is judged at all.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    let most = u64::try_from(iso20022::limits::MESSAGE_BYTES).unwrap_or(u64::MAX);
    let input: Box<dyn Read> = match is_standard_input(file) {
        true => Box::new(io::stdin().lock()),
        false => Box::new(std::fs::File::open(file)?),
    };
    let mut bytes = Vec::new();
    input.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn judge(file: &Path, bytes: Vec<u8>, arguments: &Arguments) -> Judged {
    let inspection = inspect_for(&bytes, arguments.profile);
    let verdict = match inspection.verdict {
        Verdict::Invalid => Verdict::Invalid,
        _ if arguments.rules && !inspection.findings.is_empty() => Verdict::Invalid,
        other => other,
    };
    Judged { file: file.display().to_string(), bytes, inspection, verdict }
}

fn print(judged: &[Judged], arguments: &Arguments) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match arguments.format {
        Format::Json => json::write(&mut out, judged)?,
        Format::Junit => junit::write(&mut out, judged)?,
        Format::Text => {
            let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            let style = text::Style { coloured: out.is_terminal() && !no_colour };
            text::write(&mut out, judged, style)?;
        }
    }
    out.flush()
}

impl Judged {
    /// How many findings of level rule did not make the file invalid.
    fn uncounted(&self) -> usize {
        let counted = self.verdict == Verdict::Invalid && self.inspection.verdict != self.verdict;
        let rules = self.inspection.findings.iter().filter(|f| f.level == Level::Rule).count();
        if counted { 0 } else { rules }
    }
}
