//! `causeway frms test`: rules and typologies held against recorded events before anybody relies on them.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use ::frms::{Backtest, Catalogue, Decision, Label, Point, Record, Report, Verdict};
use serde::Serialize;

use super::super::{print, read_file, unusable};
use super::{Reading, report};
use crate::limits::{CATALOGUE_BYTES_MAX, RECORD_BYTES_MAX};

/// Say what rules and typologies would have done with recorded events.
///
/// Exits with 0 if all events were taken, 1 if the typologies or a record cannot be used, 2 if it was
/// called wrongly or a file cannot be read.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Rules and typologies, {"rules": [...], "typologies": [...]}; `standard` for our own.
    #[arg(value_name = "TYPOLOGIES")]
    typologies: PathBuf,
    /// Recorded events, a JSON object a line; `-` is standard input.
    #[arg(long, value_name = "EVENTS")]
    replay: PathBuf,
    /// What is made of a limit of 0 or a missing weight: an error, or what the peer makes of it.
    #[arg(long, value_enum, default_value = "strict")]
    semantics: Reading,
    /// One JSON object instead of tables.
    #[arg(long)]
    json: bool,
    /// How many of the payments that would have been stopped are listed.
    #[arg(long, value_name = "N", default_value_t = 20)]
    list: usize,
}

/// A run and what it was of.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Outcome {
    /// The catalogue's file.
    pub(super) typologies: String,
    /// How many of each it has.
    pub(super) rule_count: usize,
    pub(super) typology_count: usize,
    /// The file of events, and how many it has.
    pub(super) replay: String,
    pub(super) records: u64,
    pub(super) report: Report,
    /// The first of those that would have been stopped.
    pub(super) stopped: Vec<Stopped>,
}

/// A payment that would have been stopped.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stopped {
    pub(super) id: String,
    pub(super) decision: Decision,
    /// What it was, if that is known.
    pub(super) label: Option<Arc<str>>,
    pub(super) explanation: String,
}

/// Why there is no report.
enum Fault {
    /// What was given means nothing.
    Wrong(String),
    /// It cannot be read.
    Unreadable(String),
}

/// Runs the command.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    match outcome(arguments) {
        Ok(outcome) if arguments.json => match serde_json::to_string(&outcome) {
            Ok(json) => {
                print(&format!("{json}\n"));
                ExitCode::SUCCESS
            }
            Err(error) => super::super::fail(&error.to_string()),
        },
        Ok(outcome) => {
            print(&report::text(&outcome));
            ExitCode::SUCCESS
        }
        Err(Fault::Wrong(reason)) => super::super::fail(&reason),
        Err(Fault::Unreadable(reason)) => unusable(&reason),
    }
}

fn outcome(arguments: &Arguments) -> Result<Outcome, Fault> {
    let catalogue = catalogue(&arguments.typologies, arguments.semantics)?;
    let (rule_count, typology_count) = (catalogue.rules().len(), catalogue.typologies().len());
    let mut replay = Replay {
        backtest: Backtest::new(catalogue),
        records: 0,
        stopped: Vec::new(),
        most: arguments.list,
    };
    let path = &arguments.replay;
    let unreadable = |error: io::Error| Fault::Unreadable(format!("{}: {error}", path.display()));
    let input: Box<dyn Read> = match path.as_os_str() == "-" {
        true => Box::new(io::stdin().lock()),
        false => Box::new(File::open(path).map_err(unreadable)?),
    };
    replay.read(path, BufReader::with_capacity(1 << 16, input))?;
    Ok(Outcome {
        typologies: arguments.typologies.display().to_string(),
        rule_count,
        typology_count,
        replay: path.display().to_string(),
        records: replay.records,
        stopped: replay.stopped,
        report: replay.backtest.finish(),
    })
}

fn catalogue(path: &Path, semantics: Reading) -> Result<Catalogue, Fault> {
    let read = match path.as_os_str() == "standard" {
        true => Catalogue::standard(),
        false => {
            let bytes = read_file(path, CATALOGUE_BYTES_MAX).map_err(Fault::Unreadable)?;
            Catalogue::read(&bytes, semantics.into())
        }
    };
    read.map_err(|error| Fault::Wrong(format!("{}: {error}", path.display())))
}

struct Replay {
    backtest: Backtest,
    records: u64,
    stopped: Vec<Stopped>,
    most: usize,
}

impl Replay {
    fn read(&mut self, path: &Path, mut input: impl BufRead) -> Result<(), Fault> {
        let mut line = Vec::new();
        let bound = u64::try_from(RECORD_BYTES_MAX).unwrap_or(u64::MAX);
        for number in 1_u64.. {
            let at = |reason: &str| format!("{}:{number}: {reason}", path.display());
            line.clear();
            let read = input.by_ref().take(bound).read_until(b'\n', &mut line);
            match read.map_err(|error| Fault::Unreadable(at(&error.to_string())))? {
                0 => return Ok(()),
                bytes if bytes >= RECORD_BYTES_MAX => {
                    let reason = format!("a record has less than {RECORD_BYTES_MAX} bytes");
                    return Err(Fault::Wrong(at(&reason)));
                }
                _ if line.trim_ascii().is_empty() => {}
                _ => {
                    let record = serde_json::from_slice(&line);
                    let record = record.map_err(|error| Fault::Wrong(at(&error.to_string())));
                    self.take(&record?);
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, record: &Record) {
        self.records += 1;
        for verdict in self.backtest.take(record) {
            let stops = verdict.decision != Decision::Allow && verdict.point != Point::AfterCommit;
            if stops && self.stopped.len() < self.most {
                self.stopped.push(Stopped::of(&verdict, record));
            }
        }
    }
}

impl Stopped {
    fn of(verdict: &Verdict, record: &Record) -> Stopped {
        let label = match record {
            Record::Tx { label: Label { behaviour, .. }, .. } => behaviour.clone(),
            _ => None,
        };
        let explanation = verdict.explanation.clone();
        Stopped { id: verdict.id.to_string(), decision: verdict.decision, label, explanation }
    }
}
