//! The doors: FSPIOP, banks, operators, analysts, the open peer's clients. Each turns an envelope into an answer.

use std::sync::Arc;

use fspiop::error::{ErrorCode, Refusal};
use switch::Timestamp;

use crate::envelope::{Answer, Envelope};
use crate::listen::{Door, TransportRefusal};
use crate::metrics::AnswerLabels;
use crate::node::Node;
use crate::{admin, bank, hub, telemetry, tms, workbench};

/// DFSPs.
pub struct FspiopDoor(pub Arc<Node>);
/// ISO-native banks.
pub struct BankDoor(pub Arc<Node>);
/// Operators.
pub struct AdminDoor(pub Arc<Node>);
/// Analysts.
pub struct WorkbenchDoor(pub Arc<Node>);
/// Whoever sends the open peer's messages.
pub struct TmsDoor(pub Arc<Node>);

impl Door for FspiopDoor {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn answer(&self, envelope: Envelope) -> Answer {
        let logged = Logged::of("fspiop", &envelope);
        let has_hub = self.0.config.hub.url.is_empty();
        let answer = match has_hub {
            true => hub::receive(&self.0, envelope).await,
            false => bank::receive_remote(&self.0, envelope).await,
        };
        logged.finish(&self.0, answer)
    }

    fn refuse(&self, refusal: TransportRefusal) -> Answer {
        hub::refused(&transport(refusal)).on("transport")
    }
}

impl Door for BankDoor {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn answer(&self, envelope: Envelope) -> Answer {
        let logged = Logged::of("bank", &envelope);
        let path = envelope.target.split('?').next().unwrap_or_default();
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let answer = match (envelope.method.as_str(), segments.as_slice()) {
            ("GET", ["iso20022", "orders", id]) => {
                bank::status(&self.0, id, &envelope.peer).await.on("status")
            }
            ("POST", ["iso20022", family]) => {
                bank::post(&self.0, family, &envelope).await.on("message")
            }
            (_, ["iso20022", "orders", _]) => not_allowed(&self.0, "GET"),
            (_, ["iso20022", _]) => not_allowed(&self.0, "POST"),
            _ => bank::admi002(&self.0, 404, None, "FF01", "post messages to /iso20022/{message}"),
        };
        logged.finish(&self.0, answer)
    }

    fn refuse(&self, refusal: TransportRefusal) -> Answer {
        let worded = transport(refusal);
        let status = if refusal == TransportRefusal::BodyTooLarge { 413 } else { worded.status };
        bank::admi002(&self.0, status, None, "FF01", &worded.detail).on("transport")
    }
}

impl Door for AdminDoor {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn answer(&self, envelope: Envelope) -> Answer {
        let logged = Logged::of("admin", &envelope);
        logged.finish(&self.0, admin::receive(&self.0, envelope).await)
    }

    fn refuse(&self, refusal: TransportRefusal) -> Answer {
        hub::refused(&transport(refusal)).on("transport")
    }
}

impl Door for WorkbenchDoor {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn answer(&self, envelope: Envelope) -> Answer {
        let logged = Logged::of("workbench", &envelope);
        logged.finish(&self.0, workbench::receive(&self.0, envelope).await)
    }

    fn refuse(&self, refusal: TransportRefusal) -> Answer {
        hub::refused(&transport(refusal)).on("transport")
    }
}

impl Door for TmsDoor {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn answer(&self, envelope: Envelope) -> Answer {
        let logged = Logged::of("tms", &envelope);
        logged.finish(&self.0, tms::receive(&self.0, envelope).await)
    }

    fn refuse(&self, refusal: TransportRefusal) -> Answer {
        tms::transport(refusal).on("transport")
    }
}

/// What a log line about an exchange needs once the envelope is gone.
struct Logged {
    door: &'static str,
    envelope: Envelope,
}

impl Logged {
    fn of(door: &'static str, envelope: &Envelope) -> Logged {
        // Bodies are shared, not copied; the log does not look at them.
        Logged { door, envelope: envelope.clone() }
    }

    fn finish(self, node: &Node, answer: Answer) -> Answer {
        let elapsed_ms = node.now().0.saturating_sub(self.envelope.arrival.0);
        node.watch.came(self.door, &self.envelope, &answer);
        telemetry::exchange(self.door, &self.envelope, &answer, elapsed_ms);
        let labels = AnswerLabels { route: answer.route, status: answer.status };
        node.metrics.answers.get_or_create(&labels).inc();
        answer
    }
}

fn not_allowed(node: &Node, allow: &'static str) -> Answer {
    let mend = format!("use {allow} here");
    bank::admi002(node, 405, None, "FF01", &mend).header("allow", allow)
}

/// The transport's refusals in FSPIOP's words (CONTRACTS §3).
pub(crate) fn transport(refusal: TransportRefusal) -> Refusal {
    let (code, status, mend) = match refusal {
        TransportRefusal::Host => {
            (ErrorCode::MalformedSyntax, 400, "a request needs exactly one Host header")
        }
        TransportRefusal::HeaderText => {
            (ErrorCode::MalformedSyntax, 400, "header values must be text in UTF-8")
        }
        TransportRefusal::Busy => (ErrorCode::ServerBusy, 503, "too many large bodies at once"),
        TransportRefusal::HeadersTooLarge => {
            (ErrorCode::TooLargePayload, 431, "headers must not exceed 65536 bytes")
        }
        TransportRefusal::BodyTooLarge => {
            (ErrorCode::TooLargePayload, 400, "a body must not exceed 5242880 bytes")
        }
        TransportRefusal::BodyIncomplete => {
            (ErrorCode::MalformedSyntax, 408, "the body did not arrive")
        }
        TransportRefusal::ContentCoding => {
            (ErrorCode::ValidationError, 415, "send the body without a content coding")
        }
    };
    Refusal::new(code, mend).with_status(status)
}
