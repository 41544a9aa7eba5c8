//! In which version a message is worded for its receiver, and whether its receiver takes one as it
//! came (docs/versions.md).

use causeway_translate::{FspiopRequest, effect};
use fspiop::error::ErrorInformation;
use fspiop::identifiers::{CorrelationId, IdForm};
use fspiop::json;
use fspiop::route::Method;
use fspiop::transfer::TransfersPut;
use fspiop::version::{Resource, Version, negotiate_content};

use crate::outbound::Forwarded;
use crate::peers::Known;

/// The version for those whose record names none.
pub const OWN_VERSION: Version = Version::V1_1;

impl Known {
    /// The version in which `request` is worded: the one in which its receiver has asked, else the
    /// highest that its record names, else our own; always one that has the message and can spell
    /// its id.
    pub fn version_for(&self, request: &FspiopRequest, asked: Option<Version>) -> Version {
        let spoken = request.destination.as_deref().map(|to| self.spoken(to, request.resource));
        let highest = spoken.and_then(|spoken| spoken.last().copied());
        asked.or(highest).unwrap_or(OWN_VERSION).max(least(request))
    }

    /// Whether `to` takes what was received about `spelling` as it came.
    pub fn takes(&self, to: &str, received: &Forwarded, spelling: &str) -> bool {
        let Some(record) = self.records.get(to) else { return true };
        let (_, target, headers, _) = received.parts();
        let kind = headers.first("content-type");
        let version = kind.and_then(|kind| negotiate_content(kind, Resource::Transfers).ok());
        let takes =
            version.is_none_or(|(_, version)| record.versions.takes(Resource::Transfers, version));
        takes && target.split('/').nth(2) == Some(spelling)
    }

    fn spoken(&self, name: &str, resource: Resource) -> Vec<Version> {
        self.records.get(name).map(|record| record.versions.of(resource)).unwrap_or_default()
    }
}

/// The first version that has the message and can spell its id. There is no need of aliases: nobody
/// hears of an id in a version that cannot spell it.
fn least(request: &FspiopRequest) -> Version {
    let has_id = matches!(request.resource, Resource::Quotes | Resource::Transfers);
    let id = request.target.split('/').nth(2).filter(|_| has_id);
    match (id, request.method) {
        (Some(id), _) if CorrelationId::parse(id, IdForm::Uuid1To5).is_err() => Version::V2_0,
        (_, Method::Patch) => Version::V1_1,
        _ => Version::V1_0,
    }
}

/// A payee's answer in the hub's words, for a payer that does not take it as it came: the fulfilment
/// speaks for itself. `None` if it is no answer, which it was when it was taken.
pub fn reworded(to: &str, spelling: &str, received: &Forwarded) -> Option<FspiopRequest> {
    let (_, target, _, body) = received.parts();
    let body = json::parse_message(body).ok()?;
    if target.ends_with("/error") {
        let error = ErrorInformation::parse(&body).ok()?;
        return Some(effect::transfer_error(to, spelling, &error));
    }
    let put = TransfersPut::parse(&body).ok()?;
    Some(FspiopRequest {
        method: Method::Put,
        target: format!("/transfers/{spelling}"),
        resource: Resource::Transfers,
        body: Some(put.render()),
        destination: Some(to.to_owned()),
        until_ms: None,
    })
}
