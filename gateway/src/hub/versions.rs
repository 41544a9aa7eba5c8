//! Participants of several versions in one hub (docs/versions.md): what is passed on as it came, what
//! is refused because its receiver cannot take it.

use std::sync::Arc;

use fspiop::error::{ErrorCode, ErrorInformation, Refusal};
use fspiop::headers::RequestHeaders;
use fspiop::route::{Match, Operation};
use fspiop::version::{Family, Resource, Rules, Version, content_type};
use switch_store::Submission;

use super::{Incoming, error_callback, store_failed};
use crate::effects::lane;
use crate::envelope::Answer;
use crate::node::Node;
use crate::outbound::{Forwarded, Outbound, Urgency};
use crate::peers::PeerRecord;
use crate::pending::Waiting;
use crate::seal;

/// A request comes in a version that its sender's record names: its answers will come in one. What
/// answers a request is taken in any version that is served: it may be about money.
///
/// # Errors
/// 406/3001 with the versions of the record.
pub fn of_sender(
    record: &PeerRecord,
    headers: &RequestHeaders,
    operation: Operation,
) -> Result<(), Refusal> {
    let resource = operation.resource();
    match operation.is_callback() || record.versions.takes(resource, headers.version) {
        true => Ok(()),
        false => {
            let detail = "not a version that your record at the hub names, see extension list";
            Err(record.versions.refusal(resource, detail))
        }
    }
}

/// A request as `to` is sent it: as it came, or, where it has no body and so no signature, in another
/// version that its sender takes and its receiver speaks.
///
/// # Errors
/// 3001 with the versions of the receiver, for the error callback: it could not read the request.
pub fn onward(
    node: &Node,
    incoming: &Incoming<'_>,
    to: &str,
) -> Result<Forwarded, ErrorInformation> {
    let (resource, version) = (incoming.operation.resource(), incoming.headers.version);
    let Some(record) = node.peers.record(to) else { return Ok(incoming.forwarded()) };
    if record.versions.takes(resource, version) {
        return Ok(incoming.forwarded());
    }
    let common = incoming.headers.accept.iter().rev().map(|(_, version)| *version);
    let common = common.filter(|version| record.versions.takes(resource, *version));
    let mut common = common.filter(|version| is_spelt(node, incoming, *version));
    let restated = common.next().and_then(|version| {
        incoming.forwarded().restated(content_type(Family::Fspiop, resource, version))
    });
    restated.ok_or_else(|| not_taken(&record, resource))
}

/// Whether the ids of the path are ids in that version too.
fn is_spelt(node: &Node, incoming: &Incoming<'_>, version: Version) -> bool {
    let rules = Rules::new(version, &node.currencies);
    let found = Match::find(&incoming.envelope.method, incoming.target);
    found.is_ok_and(|found| found.route(&rules).is_ok())
}

fn not_taken(record: &PeerRecord, resource: Resource) -> ErrorInformation {
    let detail = "the other FSP does not take this version, see extension list for its versions";
    record.versions.refusal(resource, detail).to_error_information()
}

/// An answer as who waits for it is sent it: as it came, an error in the hub's words where it does not
/// take it so.
///
/// # Errors
/// 406/3001 with the versions of who waits, 400/3100 for another spelling of the quote's id.
pub fn back(node: &Node, incoming: &Incoming<'_>, waiting: &Waiting) -> Result<Outbound, Refusal> {
    let resource = incoming.operation.resource();
    let record = node.peers.record(&waiting.source).unwrap_or_default();
    let takes = record.versions.takes(resource, incoming.headers.version);
    let path = incoming.target.strip_suffix("/error").unwrap_or(incoming.target);
    let is_same = resource != Resource::Quotes || path == waiting.path;
    if takes && is_same {
        return Ok(Outbound::Forwarded(incoming.forwarded()));
    }
    if incoming.operation.is_error() {
        let error = ErrorInformation::parse(&incoming.json()?)?;
        let request = error_callback(&waiting.source, &waiting.path, &error);
        let version = node.peers.known().version_for(&request, Some(waiting.version));
        return Ok(seal::originated(&request, version, node.now(), &node.keys));
    }
    Err(match takes {
        true => Refusal::new(ErrorCode::ValidationError, "ID must be spelt as in the request"),
        false => {
            let detail =
                "the asker does not take this version, see extension list for its versions";
            record.versions.refusal(resource, detail)
        }
    })
}

/// Refuses a prepare that its payee could not read: before anything is reserved, by a callback that is
/// stored before the 202. `None` if the payee takes it.
///
/// # Errors
/// The store does not answer.
pub async fn refuse_prepare(
    node: &Arc<Node>,
    incoming: &Incoming<'_>,
    post: &fspiop::transfer::TransfersPost,
) -> Result<Option<Answer>, Refusal> {
    let Err(error) = onward(node, incoming, post.payee_fsp.as_str()) else { return Ok(None) };
    let source = incoming.source.as_str();
    let path = format!("/transfers/{}", post.transfer_id.as_str());
    let request = error_callback(source, &path, &error);
    let outbound =
        seal::originated(&request, incoming.headers.reply_version(), node.now(), &node.keys);
    let id = switch::TransferId(post.transfer_id.id().0);
    let row = outbound.row(source, &lane(id), Urgency::Final, None);
    let row = row.map_err(|error| store_failed(&error.into()))?;
    let submission = Submission { outbox: vec![row], ..Submission::default() };
    node.commit(submission).await.map_err(|error| store_failed(&error))?;
    Ok(Some(Answer::empty(202)))
}
