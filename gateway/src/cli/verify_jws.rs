//! `causeway verify-jws`: is each of these requests, byte for byte, what its source signed?
//!
//! The verifier is the hub's own (`fspiop::jws::verify`). A participant is told little when a signature
//! is refused; here sits the one who holds the message and wants to mend it, and is told all.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use fspiop::error::ErrorCode;
use fspiop::jws::{self, Clock, Fault, JwsRefusal, KeyRing};
use fspiop::raw_request::{FILE_BYTES, RawRequest};

use super::{print, read_file, unusable};
use crate::limits::DATE_WINDOW_MS;
use crate::peers::unix_ms;

/// Bytes of a key ring file.
const KEY_RING_BYTES: usize = 16 * 1024 * 1024;

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The participants' public keys: {"keys":{"<FSP id>":{"publicKeyPem":"...","validFrom":"...",
    /// "validUntil":"..."}}}; an array of such objects for several keys of one participant.
    #[arg(long, value_name = "KEYRING.json")]
    keys: PathBuf,
    /// Judge at this time (RFC 3339): the Date within 300 s, and which keys are valid. Without it
    /// neither counts.
    #[arg(long, value_name = "RFC3339", value_parser = instant)]
    at: Option<i64>,
    /// Raw HTTP/1.1 requests, one a file; lines of the head end with CRLF or LF.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Prints a line for each file: 0 if all verify, 1 if not, 2 if that cannot be told.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let ring = match key_ring(&arguments.keys) {
        Ok(ring) => ring,
        Err(reason) => return unusable(&reason),
    };
    let clock = arguments.at.map(|now_ms| Clock { now_ms, date_window_ms: Some(DATE_WINDOW_MS) });
    let mut files = Vec::with_capacity(arguments.files.len());
    for path in &arguments.files {
        match read_file(path, FILE_BYTES) {
            Ok(bytes) => files.push((path, bytes)),
            Err(reason) => return unusable(&reason),
        }
    }
    let mut all_verify = true;
    for (path, bytes) in files {
        let verdict = verdict(&bytes, &ring, clock);
        all_verify &= verdict.is_ok();
        let line = verdict.unwrap_or_else(|reason| reason);
        print(&format!("{}: {line}\n", path.display()));
    }
    if all_verify { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn instant(text: &str) -> Result<i64, &'static str> {
    unix_ms(text).ok_or("must be an instant such as 2026-05-23T21:12:31Z")
}

fn key_ring(path: &Path) -> Result<KeyRing, String> {
    let text = read_file(path, KEY_RING_BYTES)?;
    KeyRing::from_json(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// One line either way.
fn verdict(file: &[u8], ring: &KeyRing, clock: Option<Clock>) -> Result<String, String> {
    let read = RawRequest::parse(file)
        .map_err(|error| format!("{} {error}", ErrorCode::MalformedSyntax))?;
    let request = jws::Request {
        method: &read.method,
        target: &read.target,
        headers: &read.headers,
        body: &read.body,
    };
    match jws::verify(&request, ring, clock) {
        Ok(verified) => {
            let algorithm = verified.protected.algorithm.as_str();
            Ok(format!("valid: signed by {} with {algorithm}", verified.source))
        }
        Err(refusal) => {
            let source = read.headers.first(jws::SOURCE).unwrap_or_default();
            Err(line(&refusal, source, ring))
        }
    }
}

/// Code, place, mend.
fn line(refusal: &JwsRefusal, source: &str, ring: &KeyRing) -> String {
    let (place, mend) = match &refusal.fault {
        Fault::NoKey => (jws::SOURCE.to_owned(), no_key(source, ring)),
        fault => {
            let (place, mend) = mend(fault);
            (place, mend.to_owned())
        }
    };
    format!("{} {place}: {mend}", refusal.code())
}

/// Why the source has no key: known, unknown, unusable or not valid then.
fn no_key(source: &str, ring: &KeyRing) -> String {
    let unusable = ring.unusable().iter().find(|key| key.fsp_id == source);
    match (ring.of(source), unusable) {
        ([], Some(key)) => format!("the key of {source} is not taken: {}", key.error),
        ([], None) => format!("the key ring has no key of {source}; names count case and all"),
        _ => format!("no key of {source} is valid at the time given with --at"),
    }
}

/// Where the fault is, and what its sender does about it.
fn mend(fault: &Fault) -> (String, &'static str) {
    (place(fault), advice(fault))
}

fn place(fault: &Fault) -> String {
    match fault {
        Fault::Missing(name) => (*name).to_owned(),
        Fault::Twice(name) => name.clone(),
        Fault::TimeoutProtected => "protected FSPIOP-Timeout".to_owned(),
        Fault::SignatureShape => jws::SIGNATURE.to_owned(),
        Fault::Length(name) | Fault::NotBase64Url(name) => format!("{} {name}", jws::SIGNATURE),
        Fault::ProtectedShape => "protectedHeader".to_owned(),
        Fault::Unsupported(name) | Fault::HeaderDiffers(name) => format!("protected {name}"),
        Fault::Unprotected(name) => format!("protected {name}"),
        Fault::Algorithm | Fault::KeyMismatch => "protected alg".to_owned(),
        Fault::NotTheTarget => jws::URI.to_owned(),
        Fault::NotTheMethod => jws::HTTP_METHOD.to_owned(),
        Fault::NoKey => jws::SOURCE.to_owned(),
        Fault::Date => "Date".to_owned(),
        Fault::Signature => format!("{} signature", jws::SIGNATURE),
    }
}

fn advice(fault: &Fault) -> &'static str {
    match fault {
        Fault::Missing(_) => "it is missing, and every signed request has it",
        Fault::Twice(_) => "it must be sent only once",
        Fault::TimeoutProtected => "leave it out: each hop writes it anew",
        Fault::SignatureShape => {
            "it must be a JSON object of the strings signature and protectedHeader, and nothing else"
        }
        Fault::Length(_) => "it is empty or too long",
        Fault::NotBase64Url(_) => "it must be base64url without padding, in its one canonical form",
        Fault::ProtectedShape => {
            "decoded, it must be a JSON object of HTTP header names to strings, each name once"
        }
        Fault::Unsupported(_) => {
            "leave it out: no JOSE extensions and no keys are taken from a message"
        }
        Fault::Algorithm => "it must be RS256, RS384, RS512 or ES256",
        Fault::Unprotected(_) => "it must be in the protected header, in this spelling",
        Fault::HeaderDiffers(_) => "it must be what the HTTP header says, to the letter",
        Fault::NotTheTarget => {
            "it must be the request target's path and query from its first segment that is a resource"
        }
        Fault::NotTheMethod => "it must be the method of the request line",
        Fault::NoKey => "it has no key",
        Fault::KeyMismatch => {
            "it must fit the source's key: RS256, RS384, RS512 for RSA, ES256 for P-256"
        }
        Fault::Date => "it must be an IMF-fixdate within 300 s of the time given with --at",
        Fault::Signature => {
            "it is not the source's over these bytes: \
             sign the protected header as sent, a dot, and the body as sent"
        }
    }
}
