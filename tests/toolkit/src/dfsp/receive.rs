use super::conduct::{Acknowledge, Conduct};
use super::inbox::{Received, Seen};
use super::message::text;
use super::{Core, Stage};
use crate::ToolkitError;
use crate::http::{Exchange, Handler, Reply};
use crate::ledger_log::Outcome;
use ::http::{Method, StatusCode};
use std::sync::Arc;
use std::time::Duration;

impl Handler for Core {
    async fn handle(self: Arc<Self>, exchange: Exchange) -> Reply {
        let Some(stage) = stage(&exchange) else {
            return Reply::status(StatusCode::NOT_FOUND);
        };
        let conduct = self.conducts.next(stage);
        if let Some(failure) = failure(&conduct) {
            return failure;
        }
        let message = Arc::new(self.read(exchange));
        if let Seen::Failed(_) = message.seen {
            self.inbox.add(&message);
            return Reply::status(StatusCode::BAD_REQUEST);
        }
        // What cannot be logged must not be acknowledged.
        if self.note(stage, &message).is_err() {
            return Reply::status(StatusCode::INTERNAL_SERVER_ERROR);
        }
        self.inbox.add(&message);
        let acknowledge = conduct.acknowledge;
        let accepted = accepted(&message.method);
        if matches!(stage, Stage::Party | Stage::Quote | Stage::Transfer) {
            tokio::spawn(self.answer_stage(stage, message, conduct));
        }
        acknowledged(acknowledge, accepted).await
    }
}

impl Core {
    fn read(&self, exchange: Exchange) -> Received {
        let seen = self.trusted.check(&exchange);
        let mut received = Received {
            method: exchange.method,
            target: exchange.target,
            headers: exchange.headers,
            body: exchange.body,
            arrived: exchange.arrived,
            arrived_epoch_ms: exchange.arrived_epoch_ms,
            seen,
        };
        if let Some(version) = received.version().filter(|version| !self.versions.take(version)) {
            received.seen = Seen::Failed(format!("version {version} is none of its own"));
        }
        received
    }

    /// Logs what the message says, before it is acknowledged.
    fn note(&self, stage: Stage, message: &Received) -> Result<(), ToolkitError> {
        match stage {
            Stage::Transfer => self.note_transfer(message),
            Stage::Patch | Stage::Callback => self.note_outcome(message),
            Stage::Party | Stage::Quote => Ok(()),
        }
    }

    fn note_outcome(&self, message: &Received) -> Result<(), ToolkitError> {
        let Some(id) = message.object().strip_prefix("/transfers/") else { return Ok(()) };
        let Some(outcome) = outcome(message) else { return Ok(()) };
        let by = if message.method == Method::PATCH { "patch" } else { "callback" };
        if self.payee.knows(id) {
            self.learn_as_payee(id, outcome, by)
        } else {
            self.learn_as_payer(id, outcome, by)
        }
    }
}

/// What a callback for a transfer says of its end: nothing where it is under way, or where an error is about the
/// question and not about the transfer.
pub(super) fn outcome(message: &Received) -> Option<Outcome> {
    let body = message.json();
    if message.is_error() {
        let code = text(&body, "/errorInformation/errorCode");
        return (!OF_THE_QUESTION.contains(&code)).then_some(Outcome::Aborted);
    }
    match text(&body, "/transferState") {
        "COMMITTED" => Some(Outcome::Committed),
        "ABORTED" => Some(Outcome::Aborted),
        _ => None,
    }
}

/// Transfer id not found: the answer to a GET for what the hub never accepted.
pub(super) const UNKNOWN_TRANSFER: &str = "3208";

/// Not a party to it, other terms under a known id, not known.
const OF_THE_QUESTION: [&str; 3] = ["3000", "3106", UNKNOWN_TRANSFER];

fn stage(exchange: &Exchange) -> Option<Stage> {
    let resource = exchange.target.split(['/', '?']).nth(1)?;
    match (exchange.method.as_str(), resource) {
        ("GET", "parties") => Some(Stage::Party),
        ("POST", "quotes") => Some(Stage::Quote),
        ("POST", "transfers") => Some(Stage::Transfer),
        ("PATCH", "transfers") => Some(Stage::Patch),
        ("PUT", "parties" | "participants" | "quotes" | "transfers") => Some(Stage::Callback),
        _ => None,
    }
}

fn failure(conduct: &Conduct) -> Option<Reply> {
    match conduct.acknowledge {
        Acknowledge::Status(status) => {
            let status = StatusCode::from_u16(status);
            Some(Reply::status(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)))
        }
        Acknowledge::Close => Some(Reply::Close),
        Acknowledge::Reset => Some(Reply::Reset),
        Acknowledge::Accept | Acknowledge::DropAfter | Acknowledge::Late(_) => None,
    }
}

fn accepted(method: &Method) -> StatusCode {
    match method.as_str() {
        "PUT" | "PATCH" => StatusCode::OK,
        _ => StatusCode::ACCEPTED,
    }
}

async fn acknowledged(acknowledge: Acknowledge, status: StatusCode) -> Reply {
    match acknowledge {
        Acknowledge::DropAfter => Reply::Close,
        Acknowledge::Late(ms) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            Reply::status(status)
        }
        _ => Reply::status(status),
    }
}
