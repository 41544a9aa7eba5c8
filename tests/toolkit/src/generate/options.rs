//! `causeway-toolkit generate`.

use std::fs::File;
use std::io::{BufWriter, Write, stdout};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use frms::Record;

use super::{GenerateSettings, messages, records};
use crate::ToolkitError;
use crate::generate_published::{self, After};

/// What to generate, and where to.
#[derive(Debug, Args)]
pub struct GenerateOptions {
    /// Where all draws begin: the same seed gives the same bytes. 1 to 9 are for calibration, others for judging.
    #[arg(long)]
    pub seed: u64,
    /// About how many payments.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(10_000..=50_000_000))]
    pub payments: u32,
    /// How many days.
    #[arg(long, default_value_t = 420, value_parser = clap::value_parser!(i32).range(120..=2_000))]
    pub days: i32,
    /// How many days at the end have episodes; all before them is genuine.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(i32).range(45..=365))]
    pub measured_days: i32,
    /// Episodes of each behaviour; else one for each 10,000 payments, at most 100.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub episodes: Option<u32>,
    /// As what.
    #[arg(long = "as", value_enum, default_value_t = Shape::Events)]
    pub shape: Shape,
    /// A file instead of standard output.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// With `--as iso`: a file for the labels, which the messages cannot carry.
    #[arg(long)]
    pub labels: Option<PathBuf>,
    /// After what others published, at its usual size, instead of our own (docs/frms-data-published.md).
    #[arg(long, value_enum, conflicts_with_all = OWN)]
    pub after: Option<After>,
}

/// What only our own data have.
const OWN: [&str; 6] = ["payments", "days", "measured_days", "episodes", "shape", "labels"];

/// In which form payments are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// A JSON object a line: `frms::Record`.
    Events,
    /// A pacs.008 or pacs.002 a line.
    Iso,
}

/// Writes what was asked for.
///
/// # Errors
/// [`ToolkitError`] if it cannot be written, or the days are too few.
pub fn generate(options: &GenerateOptions) -> Result<bool, ToolkitError> {
    if let Some(after) = options.after {
        let mut out = writer(options.out.as_deref())?;
        write_events(generate_published::generate(after, options.seed), &mut out)?;
        out.flush().map_err(write_failed)?;
        return Ok(true);
    }
    if options.days <= options.measured_days {
        let text = "--days has to be more than --measured-days: accounts need a history";
        return Err(ToolkitError::Message(text.to_owned()));
    }
    let usual = GenerateSettings::new(options.seed, options.payments as usize);
    let settings = GenerateSettings {
        days: options.days,
        measured_days: options.measured_days,
        episodes: options.episodes.unwrap_or(usual.episodes),
        ..usual
    };
    let mut out = writer(options.out.as_deref())?;
    match options.shape {
        Shape::Events => write_events(records(settings), &mut out)?,
        Shape::Iso => write_messages(settings, &mut out, options.labels.as_deref())?,
    }
    out.flush().map_err(write_failed)?;
    Ok(true)
}

/// Writes records, a JSON object a line.
///
/// # Errors
/// [`ToolkitError`] if they cannot be written.
pub fn write_events(
    records: impl Iterator<Item = Record>,
    out: &mut impl Write,
) -> Result<(), ToolkitError> {
    for record in records {
        write_line(out, &record)?;
    }
    Ok(())
}

fn write_messages(
    settings: GenerateSettings,
    out: &mut impl Write,
    labels: Option<&Path>,
) -> Result<(), ToolkitError> {
    let mut labels = labels.map(|path| writer(Some(path))).transpose()?;
    for message in messages(settings) {
        let message = message?;
        writeln!(out, "{}", message.xml).map_err(write_failed)?;
        if let (Some(labels), Some(label)) = (&mut labels, &message.label) {
            write_line(labels, &serde_json::json!({ "id": message.id, "label": label }))?;
        }
    }
    labels.map_or(Ok(()), |mut labels| labels.flush()).map_err(write_failed)
}

fn write_line(out: &mut impl Write, value: &impl serde::Serialize) -> Result<(), ToolkitError> {
    let line = serde_json::to_string(value);
    let line = line.map_err(|error| ToolkitError::Message(error.to_string()))?;
    writeln!(out, "{line}").map_err(write_failed)
}

fn writer(path: Option<&Path>) -> Result<Box<dyn Write>, ToolkitError> {
    let Some(path) = path else { return Ok(Box::new(BufWriter::new(stdout().lock()))) };
    let file = File::create(path);
    let file =
        file.map_err(|source| ToolkitError::io(format!("write {}", path.display()), source))?;
    Ok(Box::new(BufWriter::new(file)))
}

fn write_failed(source: std::io::Error) -> ToolkitError {
    ToolkitError::io("write the payments", source)
}
