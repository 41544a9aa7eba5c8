//! The headers of what the hub sends: callbacks and requests, before they are signed.

use crate::headers::HeaderList;
use crate::identifiers::FspId;
use crate::version::{Family, Resource, Version, accept, accept_all, content_type};

/// What an outgoing message is, for its media types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaKind {
    /// Plain FSPIOP or the ISO 20022 variant.
    pub family: Family,
    /// The resource.
    pub resource: Resource,
    /// The version of the body.
    pub version: Version,
}

impl MediaKind {
    /// A plain FSPIOP message.
    pub fn fspiop(resource: Resource, version: Version) -> Self {
        Self { family: Family::Fspiop, resource, version }
    }
}

/// The headers of a callback (PUT, PATCH): Content-Type, Date, FSPIOP-Source, FSPIOP-Destination; a
/// callback has no Accept. `date` is an IMF-fixdate, see [`crate::time::format_http_date`].
pub fn callback_headers(
    source: &FspId,
    destination: &FspId,
    media: MediaKind,
    date: &str,
) -> HeaderList {
    HeaderList::new()
        .with("Content-Type", content_type(media.family, media.resource, media.version))
        .with("Date", date)
        .with("FSPIOP-Source", source.as_str())
        .with("FSPIOP-Destination", destination.as_str())
}

/// The headers of a request (GET, POST, DELETE): those of a callback and Accept; a destination that is
/// not known is left out, and may then answer in any version.
pub fn request_headers(
    source: &FspId,
    destination: Option<&FspId>,
    media: MediaKind,
    date: &str,
) -> HeaderList {
    let accept = match destination {
        Some(_) => accept(media.family, media.resource, media.version),
        None => accept_all(media.family, media.resource),
    };
    let headers = HeaderList::new()
        .with("Content-Type", content_type(media.family, media.resource, media.version))
        .with("Accept", accept)
        .with("Date", date)
        .with("FSPIOP-Source", source.as_str());
    match destination {
        Some(destination) => headers.with("FSPIOP-Destination", destination.as_str()),
        None => headers,
    }
}
