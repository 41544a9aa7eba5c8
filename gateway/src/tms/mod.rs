//! The open peer's HTTP interface (docs/tms.md): its messages, as its JSON or as ISO 20022 XML, go to
//! the scorer that payments are judged by, and its reports can be asked for. It moves no money.
//!
//! * `admit`: who asks; `answers`: in the peer's shapes
//! * `received`: one message, read; `xml`: those of ISO 20022
//! * `evaluate`: a message taken in, and what came of it; `kept`: on stable storage

mod admit;
mod answers;
mod evaluate;
mod kept;
mod received;
mod xml;

use std::sync::Arc;

use frms::tms::TmsMessage;

use crate::admin::decoded;
use crate::config::TmsSettings;
use crate::envelope::{Answer, Envelope};
use crate::node::Node;
use crate::screening::Screening;
use received::Received;

pub(crate) use answers::transport;
pub use kept::is_kept;

/// Why a request is not answered as it hoped.
#[derive(Debug)]
enum Fault {
    /// No such path, or not with this method.
    Unknown,
    /// Nobody who may.
    Unauthorized,
    /// What the sender has to mend.
    Message(String),
    /// A body of another kind.
    Media,
    /// Ours, for now: the same message may come again.
    Ours(String),
}

/// Answers one request.
pub async fn receive(node: &Arc<Node>, envelope: Envelope) -> Answer {
    let (path, query) = envelope.target.split_once('?').unwrap_or((&envelope.target, ""));
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match (envelope.method.as_str(), segments.as_slice()) {
        ("GET", [""] | ["health"]) => answers::health().on("health"),
        ("POST", ["v1", "evaluate", "iso20022", name]) => {
            let answer = evaluate(node, &envelope, name).await;
            answer.unwrap_or_else(|fault| answers::refused(&fault, &envelope)).on("tms-evaluate")
        }
        ("GET", ["v1", "admin", "reports", "getreportbymsgid"]) => {
            let answer = report(node, &envelope, query).await;
            answer.unwrap_or_else(|fault| answers::refused(&fault, &envelope)).on("tms-report")
        }
        _ => answers::refused(&Fault::Unknown, &envelope).on("tms-unknown"),
    }
}

/// POST /v1/evaluate/iso20022/{message}
async fn evaluate(node: &Arc<Node>, envelope: &Envelope, name: &str) -> Result<Answer, Fault> {
    let message = TmsMessage::named(name).ok_or(Fault::Unknown)?;
    let (screening, _) = admitted(node, envelope)?;
    let received = Received::read(message, envelope, screening)?;
    let taken = evaluate::take(node, screening, &received, envelope.arrival).await?;
    let answer = answers::valid(&received);
    Ok(match taken {
        Some(decision) => answer.header("causeway-decision", decision.as_str()),
        None => answer,
    })
}

/// GET /v1/admin/reports/getreportbymsgid?msgid=
async fn report(node: &Arc<Node>, envelope: &Envelope, query: &str) -> Result<Answer, Fault> {
    let (screening, _) = admitted(node, envelope)?;
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let id = pairs.into_iter().find(|(name, _)| *name == "msgid");
    let id = id.map(|(_, value)| decoded(value, true)).filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| Fault::Message("querystring must have msgid".to_owned()))?;
    let found = evaluate::reports(node, screening, &id).await?;
    Ok(answers::reports(found))
}

/// What there is for somebody who may ask.
fn admitted<'n>(
    node: &'n Node,
    envelope: &Envelope,
) -> Result<(&'n Screening, &'n TmsSettings), Fault> {
    let screening = node.screening.as_ref().ok_or(Fault::Unknown)?;
    let settings = &node.config.screening;
    admit::admit(settings, envelope.headers.first("authorization"))?;
    Ok((screening, &settings.tms))
}
