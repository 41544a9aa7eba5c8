//! Answers in the peer's shapes: `{"message","data"}` where a message is taken in, and errors that hold
//! both what its schema promises (`data.error`) and what it sends (`statusCode`, `error`, `message`).

use serde_json::{Value, json};

use super::Fault;
use super::received::Received;
use crate::envelope::{Answer, Envelope};
use crate::listen::TransportRefusal;

const JSON: &str = "application/json; charset=utf-8";

/// `{"status":"UP"}`
pub(super) fn health() -> Answer {
    Answer::with_body(200, JSON, json!({ "status": "UP" }).to_string())
}

/// The message was taken in.
pub(super) fn valid(received: &Received) -> Answer {
    let data = &received.data;
    let body = format!("{{\"message\":\"Transaction is valid\",\"data\":{data}}}");
    Answer::with_body(200, JSON, body)
}

/// The reports of a message: one, or a list of those of its payments; nothing if there is none.
pub(super) fn reports(mut found: Vec<Value>) -> Answer {
    let data = match found.len() {
        0 => return Answer::empty(204),
        1 => found.remove(0),
        _ => Value::Array(found),
    };
    let body = json!({ "message": "Report was found", "data": data });
    Answer::with_body(200, JSON, body.to_string())
}

/// What is wrong, with the peer's status.
pub(super) fn refused(fault: &Fault, envelope: &Envelope) -> Answer {
    match fault {
        Fault::Unknown => {
            let path = envelope.target.split('?').next().unwrap_or_default();
            let path: String = path.chars().take(ECHO_CHARS).collect();
            error(404, "Not Found", &format!("Route {}:{path} not found", envelope.method))
        }
        Fault::Unauthorized => {
            error(401, "Unauthorized", "Unauthorized").header("www-authenticate", "Bearer")
        }
        Fault::Message(reason) => error(400, "Bad Request", reason),
        Fault::Media => {
            let mend = "send Content-Type: application/json, or application/xml";
            error(415, "Unsupported Media Type", mend)
        }
        Fault::Ours(reason) => {
            let reason = format!("Failed to process execution request. \n{reason}");
            error(500, "Internal Server Error", &reason)
        }
    }
}

/// Characters of a path that an answer repeats.
const ECHO_CHARS: usize = 200;

/// The transport's refusals.
pub(crate) fn transport(refusal: TransportRefusal) -> Answer {
    let worded = crate::doors::transport(refusal);
    let (status, phrase) = match refusal {
        TransportRefusal::BodyTooLarge => (413, "Payload Too Large"),
        TransportRefusal::ContentCoding => (415, "Unsupported Media Type"),
        TransportRefusal::HeadersTooLarge => (431, "Request Header Fields Too Large"),
        TransportRefusal::BodyIncomplete => (408, "Request Timeout"),
        TransportRefusal::Busy => (503, "Service Unavailable"),
        TransportRefusal::Host | TransportRefusal::HeaderText => (400, "Bad Request"),
    };
    error(status, phrase, &worded.detail)
}

fn error(status: u16, phrase: &str, message: &str) -> Answer {
    let body = json!({
        "statusCode": status,
        "error": phrase,
        "message": message,
        "data": { "error": message },
    });
    Answer::with_body(status, JSON, body.to_string())
}
