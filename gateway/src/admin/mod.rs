//! The admin API (CONTRACTS §4): participants, accounts, limits, funds, endpoints, keys; and what
//! operators watch. The paths and shapes are those of data/openapi/admin/central-ledger-admin.json.
//!
//! * `participants`, `accounts`, `limits`: the ledger's side
//! * `endpoints`, `records`, `banks`: what is known of a participant beside the ledger
//! * `screening`: conditions, and why a payment was stopped
//! * `holds`: transfers on review
//! * `backups`: of the embedded store
//! * `operations`: cases, the outbox, health, metrics
//! * `request`, `ledger`, `bounds`: how a request is read, how the ledger is asked

mod accounts;
mod backups;
mod banks;
mod bounds;
mod endpoints;
mod holds;
mod ledger;
mod limits;
mod operations;
mod participants;
mod records;
mod request;
mod screening;

use std::sync::Arc;

use fspiop::error::{ErrorCode, Refusal};

use crate::envelope::{Answer, Envelope};
use crate::holds::Verb;
use crate::hub;
use crate::node::Node;
use request::Request;

pub(crate) use ledger::{date_time, kind_name as account_kind};
pub(crate) use request::decoded;
pub(crate) use screening::room;

/// Answers one request of an operator.
pub async fn receive(node: &Arc<Node>, envelope: Envelope) -> Answer {
    let request = Request::of(&envelope);
    let segments = request.segments();
    let Some(place) = Place::find(&segments) else {
        let unknown = Refusal::new(ErrorCode::UnknownUri, "no such path in the admin API");
        return hub::refused(&unknown).on("admin-unknown");
    };
    let answered = answer(node, &request, &place).await;
    answered.unwrap_or_else(|refusal| hub::refused(&refusal)).on(place.label())
}

async fn answer(
    node: &Arc<Node>,
    request: &Request<'_>,
    place: &Place<'_>,
) -> Result<Answer, Refusal> {
    match (request.method(), place) {
        ("GET", Place::Participants) => participants::list(node, request).await,
        ("POST", Place::Participants) => participants::create(node, request).await,
        ("GET", Place::Participant(name)) => participants::show(node, name).await,
        ("PUT", Place::Participant(name)) => participants::set_active(node, request, name).await,
        ("GET", Place::Accounts(name)) => accounts::list(node, name).await,
        ("POST", Place::Accounts(name)) => accounts::create(node, request, name).await,
        ("PUT", Place::Account(name, id)) => accounts::set_active(node, request, name, id).await,
        ("POST", Place::Account(name, id)) => accounts::record_funds(node, request, name, id).await,
        ("GET", Place::AllLimits) => limits::list_all(node, request).await,
        ("GET", Place::Limits(name)) => limits::list(node, request, name).await,
        ("PUT", Place::Limits(name)) => limits::replace(node, request, name).await,
        ("POST", Place::InitialLimits(name)) => limits::set_initial(node, request, name).await,
        ("GET", Place::Positions(name)) => limits::positions(node, request, name).await,
        ("GET", Place::Endpoints(name)) => endpoints::list(node, request, name).await,
        ("POST", Place::Endpoints(name)) => endpoints::set(node, request, name).await,
        ("PUT", Place::Profile(name)) => records::set_profile(node, request, name).await,
        ("GET", Place::Rate(name)) => records::show_rate(node, name).await,
        ("PUT", Place::Rate(name)) => records::set_rate(node, request, name).await,
        ("PUT", Place::Keys(name)) => records::set_keys(node, request, name).await,
        ("PUT", Place::Bank(name)) => banks::set(node, request, name).await,
        ("GET", Place::Conditions) => screening::list(node),
        ("GET", Place::Condition(name)) => screening::show(node, name),
        ("PUT", Place::Condition(name)) => screening::set(node, request, name).await,
        ("DELETE", Place::Condition(name)) => screening::remove(node, name).await,
        ("GET", Place::Verdict(id)) => screening::verdict(node, id).await,
        ("GET", Place::Transfers) => holds::list(node, request).await,
        ("POST", Place::Release(id)) => holds::decide(node, request, id, Verb::Release).await,
        ("POST", Place::Block(id)) => holds::decide(node, request, id, Verb::Block).await,
        ("GET", Place::Reconciliation) => operations::reconciliation(node, request).await,
        ("GET", Place::Outbox) => operations::outbox(node, request).await,
        ("POST", Place::Retry(id)) => operations::retry(node, id).await,
        ("POST", Place::Backups) => backups::take(node).await,
        ("GET", Place::Health) => operations::health(node).await,
        ("GET", Place::Metrics) => Ok(operations::metrics(node).await),
        _ => Err(not_allowed(place)),
    }
}

/// What a path names.
#[derive(Debug, PartialEq, Eq)]
enum Place<'s> {
    Participants,
    Participant(&'s str),
    Accounts(&'s str),
    Account(&'s str, &'s str),
    AllLimits,
    Limits(&'s str),
    InitialLimits(&'s str),
    Positions(&'s str),
    Endpoints(&'s str),
    Profile(&'s str),
    Rate(&'s str),
    Keys(&'s str),
    Bank(&'s str),
    Conditions,
    Condition(&'s str),
    Verdict(&'s str),
    Transfers,
    Release(&'s str),
    Block(&'s str),
    Reconciliation,
    Outbox,
    Retry(&'s str),
    Backups,
    Health,
    Metrics,
}

impl<'s> Place<'s> {
    fn find(segments: &'s [String]) -> Option<Place<'s>> {
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        Some(match *segments.as_slice() {
            ["participants"] => Place::Participants,
            ["participants", "limits"] => Place::AllLimits,
            ["participants", name] => Place::Participant(name),
            ["participants", name, "accounts"] => Place::Accounts(name),
            ["participants", name, "accounts", id] => Place::Account(name, id),
            ["participants", name, "limits"] => Place::Limits(name),
            ["participants", name, "initialPositionAndLimits"] => Place::InitialLimits(name),
            ["participants", name, "positions"] => Place::Positions(name),
            ["participants", name, "endpoints"] => Place::Endpoints(name),
            ["participants", name, "profile"] => Place::Profile(name),
            ["participants", name, "rate"] => Place::Rate(name),
            ["participants", name, "keys"] => Place::Keys(name),
            ["participants", name, "bank"] => Place::Bank(name),
            ["screening", "conditions"] => Place::Conditions,
            ["screening", "conditions", name] => Place::Condition(name),
            ["screening", "verdicts", id] => Place::Verdict(id),
            ["transfers"] => Place::Transfers,
            ["transfers", id, "release"] => Place::Release(id),
            ["transfers", id, "block"] => Place::Block(id),
            ["reconciliation"] => Place::Reconciliation,
            ["outbox"] => Place::Outbox,
            ["outbox", id, "retry"] => Place::Retry(id),
            ["backups"] => Place::Backups,
            ["health"] => Place::Health,
            ["metrics"] => Place::Metrics,
            _ => return None,
        })
    }

    /// The methods that it takes.
    fn allow(&self) -> &'static str {
        match self {
            Place::Participants | Place::Accounts(_) | Place::Endpoints(_) => "GET, POST",
            Place::Participant(_) | Place::Limits(_) | Place::Rate(_) => "GET, PUT",
            Place::Account(..) => "POST, PUT",
            Place::InitialLimits(_) | Place::Retry(_) | Place::Backups => "POST",
            Place::Release(_) | Place::Block(_) => "POST",
            Place::Transfers => "GET",
            Place::Profile(_) | Place::Keys(_) | Place::Bank(_) => "PUT",
            Place::Condition(_) => "DELETE, GET, PUT",
            Place::Conditions | Place::Verdict(_) => "GET",
            Place::AllLimits | Place::Positions(_) => "GET",
            Place::Reconciliation | Place::Outbox | Place::Health | Place::Metrics => "GET",
        }
    }

    /// The route's name for logs and metrics.
    fn label(&self) -> &'static str {
        match self {
            Place::Participants | Place::Participant(_) => "admin-participants",
            Place::Accounts(_) | Place::Account(..) => "admin-accounts",
            Place::AllLimits | Place::Limits(_) | Place::InitialLimits(_) => "admin-limits",
            Place::Positions(_) => "admin-positions",
            Place::Endpoints(_) => "admin-endpoints",
            Place::Profile(_) => "admin-profile",
            Place::Rate(_) => "admin-rate",
            Place::Keys(_) => "admin-keys",
            Place::Bank(_) => "admin-bank",
            Place::Conditions | Place::Condition(_) | Place::Verdict(_) => "admin-screening",
            Place::Transfers | Place::Release(_) | Place::Block(_) => "admin-transfers",
            Place::Reconciliation => "admin-reconciliation",
            Place::Outbox | Place::Retry(_) => "admin-outbox",
            Place::Backups => "admin-backups",
            Place::Health => "health",
            Place::Metrics => "metrics",
        }
    }
}

fn not_allowed(place: &Place<'_>) -> Refusal {
    let mut refusal = Refusal::new(ErrorCode::ClientError, "Method Not Allowed").with_status(405);
    refusal.allow = Some(place.allow().to_owned());
    refusal
}

/// 200, 201 with a JSON body; 500 (2001) where that cannot be written, which is a fault of ours.
fn json(status: u16, body: &impl serde::Serialize) -> Answer {
    match serde_json::to_vec(body) {
        Ok(body) => Answer::with_body(status, "application/json", body),
        Err(error) => {
            tracing::error!(%error, "an answer cannot be written");
            hub::refused(&Refusal::new(ErrorCode::InternalServerError, ""))
        }
    }
}

/// The line that says who was changed and how, once the change is on stable storage.
fn audit(operation: &'static str, participant: &str) {
    tracing::info!(operation, participant, "an operator's change took effect");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(path: &str) -> Vec<String> {
        path.split('/').skip(1).map(str::to_owned).collect()
    }

    #[test]
    fn what_cannot_be_written_is_an_error_and_no_empty_answer() {
        // JSON's names are text.
        let unwritable = std::collections::BTreeMap::from([((1, 2), "x")]);
        let answer = json(200, &unwritable);
        assert_eq!(answer.status, 500);
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body["errorInformation"]["errorCode"], "2001");
        assert_eq!(json(201, &[1]).status, 201);
    }

    #[test]
    fn a_path_leads_to_its_place_or_nowhere() {
        let path = segments("/participants/limits");
        assert_eq!(Place::find(&path), Some(Place::AllLimits));
        let path = segments("/participants/pinkdfsp/accounts/7");
        assert_eq!(Place::find(&path), Some(Place::Account("pinkdfsp", "7")));
        for path in ["/", "/participants/", "/participants//accounts", "/outbox/7", "/x"] {
            let path = segments(path);
            let empty = path.iter().any(String::is_empty);
            assert!(empty || Place::find(&path).is_none(), "{path:?}");
        }
    }
}
