//! `causeway convert`: what a bank's message becomes in FSPIOP, and what an FSPIOP answer becomes for the
//! bank. The translation is the node's own (`causeway_translate::convert`); here are files and JSON.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use causeway_translate::convert::{self, Answering, Conversion, Converted, NotConverted, Setting};
use fspiop::amount::CurrencyList;
use fspiop::headers::HeaderList;
use fspiop::identifiers::FspId;
use fspiop::json::{ObjectWriter, Value, to_canonical};
use fspiop::outbound::{MediaKind, callback_headers, request_headers};
use fspiop::raw_request::{FILE_BYTES, RawRequest};
use fspiop::route::Method;
use fspiop::time::format_http_date;
use fspiop::version::Version;
use iso20022::{Finding, Inbound, Message};
use serde::Serialize;

use super::{print, read_file, unusable};

/// The version in which conversions are worded.
const VERSION: Version = Version::V1_1;
/// Stands for a name that the message does not tell, until the JSON says `null`.
const UNTOLD: &str = "untold";

/// Convert an ISO 20022 message to the FSPIOP requests that it becomes, or an FSPIOP answer back.
///
/// Exits with 0 if there is a conversion, 1 if the message is refused or not one of those that are
/// converted, 2 if it was called wrongly or a file cannot be read.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A pain.001, pacs.008 or pacs.002.
    #[arg(value_name = "FILE", required_unless_present = "back", conflicts_with = "back")]
    file: Option<PathBuf>,
    /// A raw HTTP/1.1 request: PUT /parties, /quotes or /transfers, their errors, PATCH /transfers.
    #[arg(long, value_name = "REQUEST.http", requires = "original")]
    back: Option<PathBuf>,
    /// The message that the request answers: pain.001 or pacs.008.
    #[arg(long = "with", value_name = "ORIGINAL.xml", requires = "back", id = "original")]
    original: Option<PathBuf>,
    /// Stands for chance: the same number, the same result.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

/// What is printed.
#[derive(Debug, Default, Serialize)]
struct Printed {
    requests: Vec<Request>,
    map: Vec<Mapped>,
    findings: Vec<Found>,
}

#[derive(Debug, Serialize)]
struct Request {
    method: serde_json::Value,
    target: serde_json::Value,
    headers: serde_json::Value,
    body: serde_json::Value,
}

#[derive(Debug, Serialize)]
struct Mapped {
    from: String,
    to: String,
    rule: &'static str,
}

/// As `validate` prints findings; without a place where there is none.
#[derive(Debug, Serialize)]
struct Found {
    level: &'static str,
    path: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
    rule: String,
    code: String,
    text: String,
}

/// Prints a conversion: 0 if there is one, 1 if not, 2 if the arguments cannot be used.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let currencies = CurrencyList::shipped();
    let setting = Setting { currencies: &currencies, seed: arguments.seed };
    let done = match (&arguments.file, &arguments.back, &arguments.original) {
        (Some(file), ..) => forward(file, &setting),
        (None, Some(request), Some(original)) => back(request, original, &setting),
        _ => return unusable("name a FILE, or --back and --with"),
    };
    match done {
        Ok(Ok(text)) => {
            print(&text);
            ExitCode::SUCCESS
        }
        Ok(Err(findings)) => {
            print(&json(&Printed { findings, ..Printed::default() }));
            ExitCode::FAILURE
        }
        Err(reason) => unusable(&reason),
    }
}

/// What is printed, or the findings against it; outside, why a file cannot be read.
type Done = Result<Result<String, Vec<Found>>, String>;

fn forward(file: &Path, setting: &Setting<'_>) -> Done {
    let bytes = read_file(file, iso20022::limits::MESSAGE_BYTES)?;
    Ok(read(&bytes).and_then(|inbound| {
        let conversion = match inbound.message {
            Message::PaymentStatusReport(_) => convert::answer(&inbound, setting),
            _ => convert::requests(&inbound, setting),
        };
        let conversion = conversion.map_err(|refused| vec![Found::of(refused)])?;
        Ok(json(&printed(&conversion, &bytes)))
    }))
}

fn back(request: &Path, original: &Path, setting: &Setting<'_>) -> Done {
    let request = read_file(request, FILE_BYTES)?;
    let original = read_file(original, iso20022::limits::MESSAGE_BYTES)?;
    let request = match RawRequest::parse(&request) {
        Ok(request) => request,
        Err(error) => return Ok(Err(vec![Found::at_fault("request", "3101", error.to_string())])),
    };
    Ok(read(&original).and_then(|inbound| {
        let answering = Answering {
            method: &request.method,
            target: &request.target,
            headers: &request.headers,
            body: &request.body,
        };
        let report = convert::status(&inbound, &answering, setting);
        let xml = report.map_err(|refused| vec![Found::of(refused)])?.xml();
        let unwritable = |error: iso20022::WriteError| {
            vec![Found::at_fault("unwritable", "NARR", error.to_string())]
        };
        Ok(xml.map_err(unwritable)?.trim_end().to_owned() + "\n")
    }))
}

fn read(bytes: &[u8]) -> Result<Inbound, Vec<Found>> {
    iso20022::read(bytes).map_err(|refused| {
        let unsupported = refused.kind == iso20022::RefusedKind::UnsupportedVersion;
        let found = |finding: &Finding| Found::of_finding(finding, unsupported);
        refused.findings.iter().map(found).collect()
    })
}

fn printed(conversion: &Conversion, message: &[u8]) -> Printed {
    let shown: Vec<Value> =
        conversion.requests.iter().map(|request| shown(request, conversion.now_ms)).collect();
    let mapped = convert::map(&iso20022::leaves(message), &shown);
    Printed {
        requests: shown.iter().map(Request::of).collect(),
        map: mapped
            .into_iter()
            .map(|mapped| Mapped { from: mapped.from, to: mapped.to, rule: mapped.rule })
            .collect(),
        findings: Vec::new(),
    }
}

/// `{"method","target","headers","body"}`, the headers as they are sent but for the signature's.
fn shown(request: &Converted, now_ms: i64) -> Value {
    let headers = headers(request, now_ms);
    let header = |(name, value): (&str, &str)| {
        let value = if value == UNTOLD { Value::Null } else { Value::from(value) };
        (name.to_owned(), value)
    };
    ObjectWriter::default()
        .with("method", request.method.as_str())
        .with("target", request.target.as_str())
        .with("headers", Value::Object(headers.iter().map(header).collect()))
        .with("body", request.body.clone().unwrap_or(Value::Null))
        .finish()
}

fn headers(request: &Converted, now_ms: i64) -> HeaderList {
    let media = MediaKind::fspiop(request.resource, VERSION);
    let date = format_http_date(now_ms).unwrap_or_default();
    let name = |name: Option<&str>| FspId::parse(name.unwrap_or(UNTOLD)).ok();
    let destination =
        request.destination.as_ref().and_then(|destination| name(destination.as_deref()));
    let Some(source) = name(request.source.as_deref()) else { return HeaderList::new() };
    let headers = match (request.method, &destination) {
        (Method::Put | Method::Patch, Some(destination)) => {
            callback_headers(&source, destination, media, &date)
        }
        _ => request_headers(&source, destination.as_ref(), media, &date),
    };
    match request.timeout_ms {
        Some(ms) => headers.with("FSPIOP-Timeout", ms.to_string()),
        None => headers,
    }
}

impl Request {
    fn of(shown: &Value) -> Request {
        let member = |name| shown.member(name).map(plain).unwrap_or_default();
        Request {
            method: member("method"),
            target: member("target"),
            headers: member("headers"),
            body: member("body"),
        }
    }
}

/// The same value for the printer.
fn plain(value: &Value) -> serde_json::Value {
    serde_json::from_slice(&to_canonical(value)).unwrap_or_default()
}

impl Found {
    fn of(refused: NotConverted) -> Found {
        Found::at_fault(refused.rule, &refused.code, refused.text)
    }

    fn at_fault(rule: &str, code: &str, text: String) -> Found {
        Found {
            level: "rule",
            path: None,
            line: None,
            column: None,
            rule: rule.to_owned(),
            code: code.to_owned(),
            text,
        }
    }

    fn of_finding(finding: &Finding, unsupported: bool) -> Found {
        Found {
            level: finding.level.as_str(),
            path: Some(finding.path.clone()),
            line: Some(finding.line),
            column: Some(finding.column),
            rule: if unsupported { "unsupported" } else { finding.rule }.to_owned(),
            code: finding.code.to_owned(),
            text: finding.text.clone(),
        }
    }
}

fn json(printed: &Printed) -> String {
    serde_json::to_string_pretty(printed).unwrap_or_default() + "\n"
}
