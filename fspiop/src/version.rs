//! Resources, media types and which versions of them are served.

mod spoken;

pub use spoken::Spoken;

use crate::amount::CurrencyList;
use crate::error::{ErrorCode, Refusal};
use crate::identifiers::{CorrelationId, IdForm, enumeration};
use crate::json::{Unfit, Value};
use crate::limits;
use std::fmt;

enumeration! {
    /// The first segment of a path, third-party resources included.
    Resource, "must be a resource of the API" {
        /// Which FSP serves a party.
        Participants = "participants",
        /// Who a party is.
        Parties = "parties",
        /// Terms of a transfer.
        Quotes = "quotes",
        /// Movements of money.
        Transfers = "transfers",
        /// Requests to pay.
        TransactionRequests = "transactionRequests",
        /// A payer's consent to one transaction.
        Authorizations = "authorizations",
        /// States of transactions.
        Transactions = "transactions",
        /// Terms of many transfers.
        BulkQuotes = "bulkQuotes",
        /// Many transfers at once.
        BulkTransfers = "bulkTransfers",
        /// Terms of a conversion.
        FxQuotes = "fxQuotes",
        /// Conversions.
        FxTransfers = "fxTransfers",
        /// Who offers a service.
        Services = "services",
        /// Accounts that can be linked.
        Accounts = "accounts",
        /// Wishes for a consent.
        ConsentRequests = "consentRequests",
        /// Consents.
        Consents = "consents",
        /// Transactions and their authorizations asked for by a third party.
        ThirdPartyRequests = "thirdpartyRequests",
    }
}

/// A version of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Before the point.
    pub major: u8,
    /// After the point.
    pub minor: u8,
}

impl Version {
    /// FSPIOP 1.0.
    pub const V1_0: Self = Self { major: 1, minor: 0 };
    /// FSPIOP 1.1.
    pub const V1_1: Self = Self { major: 1, minor: 1 };
    /// FSPIOP 2.0.
    pub const V2_0: Self = Self { major: 2, minor: 0 };

    /// Parses `1.1`: digits, a point, digits.
    ///
    /// # Errors
    /// [`Unfit`] for anything else; a version that nobody knows is a version all the same.
    pub fn parse(text: &str) -> Result<Self, Unfit> {
        let parts =
            text.split_once('.').and_then(|(major, minor)| number(major).zip(number(minor)));
        let (major, minor) = parts.ok_or(Unfit("must be a version such as 1.1"))?;
        Ok(Self { major, minor })
    }

    /// Whether who speaks this version takes a message of `other`: minor versions are compatible with
    /// those before them (API Definition, section 3.3.1.2).
    pub fn takes(self, other: Self) -> bool {
        self.major == other.major && self.minor >= other.minor
    }

    /// The forms of ids in this version.
    pub fn id_form(self) -> IdForm {
        if self < Self::V2_0 { IdForm::Uuid1To5 } else { IdForm::Uuid1To7OrUlid }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(text, "{}.{}", self.major, self.minor)
    }
}

/// Plain FSPIOP JSON or its ISO 20022 variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// `application/vnd.interoperability.{resource}+json`
    Fspiop,
    /// `application/vnd.interoperability.iso20022.{resource}+json`
    Iso20022,
}

impl Family {
    fn infix(self) -> &'static str {
        match self {
            Self::Fspiop => "",
            Self::Iso20022 => ".iso20022",
        }
    }
}

/// What one version of the API and one scheme allow; every body and path is read by it.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The version: it decides the forms of ids, and which members there are.
    pub version: Version,
    /// The scheme's currencies.
    pub currencies: &'a CurrencyList,
}

impl<'a> Rules<'a> {
    /// The rules of `version` in a scheme that takes `currencies`.
    pub fn new(version: Version, currencies: &'a CurrencyList) -> Self {
        Self { version, currencies }
    }

    /// Whether the members are there that 2.0 brought. In 1.x they are unknown ones: ignored.
    pub fn has_v2_members(&self) -> bool {
        self.version >= Version::V2_0
    }

    /// Parses a correlation id.
    ///
    /// # Errors
    /// As [`CorrelationId::parse`].
    pub fn correlation_id(&self, text: &str) -> Result<CorrelationId, Unfit> {
        CorrelationId::parse(text, self.version.id_form())
    }
}

/// In which versions a resource is served.
struct Row {
    family: Family,
    resource: Resource,
    versions: &'static [Version],
}

const ALL: &[Version] = &[Version::V1_0, Version::V1_1, Version::V2_0];

/// What is served now, in the order of DESIGN; another version is another entry.
const SERVED: &[Row] = &[
    Row { family: Family::Fspiop, resource: Resource::Participants, versions: ALL },
    Row { family: Family::Fspiop, resource: Resource::Parties, versions: ALL },
    Row { family: Family::Fspiop, resource: Resource::Quotes, versions: ALL },
    Row { family: Family::Fspiop, resource: Resource::Transfers, versions: ALL },
];

/// The versions in which a resource is served, in ascending order; none if it is not.
pub fn served(family: Family, resource: Resource) -> &'static [Version] {
    let row = SERVED.iter().find(|row| row.family == family && row.resource == resource);
    row.map_or(&[], |row| row.versions)
}

/// The `Content-Type` of a resource: `...+json;version=1.1`.
pub fn content_type(family: Family, resource: Resource, version: Version) -> String {
    format!("{};version={version}", media_type(family, resource))
}

/// The `Accept` of a resource: `...+json;version=1`, the major version only, as the API asks.
pub fn accept(family: Family, resource: Resource, version: Version) -> String {
    format!("{};version={}", media_type(family, resource), version.major)
}

/// The `Accept` of who takes every served version of a resource: `...+json;version=1,...+json;version=2`.
pub fn accept_all(family: Family, resource: Resource) -> String {
    let mut majors: Vec<String> =
        served(family, resource).iter().map(|version| accept(family, resource, *version)).collect();
    majors.dedup();
    majors.join(",")
}

fn media_type(family: Family, resource: Resource) -> String {
    format!("application/vnd.interoperability{}.{resource}+json", family.infix())
}

/// The highest served version that an `Accept` header takes. White space around the commas is
/// tolerated; a range without version takes any.
///
/// # Errors
/// As [`accepted_versions`].
pub fn negotiate_accept(header: &str, resource: Resource) -> Result<(Family, Version), Refusal> {
    let accepted = accepted_versions(header, resource)?;
    // There is one, or it would have been refused.
    let highest = accepted.iter().max_by_key(|(_, version)| *version).copied();
    highest.ok_or_else(|| Refusal::new(ErrorCode::MalformedSyntax, "Invalid accept header"))
}

/// The served versions that an `Accept` header takes, ascending; at least one.
///
/// # Errors
/// 3101 if it is malformed or of another resource, 406 with 3001 if it takes no served version.
pub fn accepted_versions(
    header: &str,
    resource: Resource,
) -> Result<Vec<(Family, Version)>, Refusal> {
    let invalid = || Refusal::new(ErrorCode::MalformedSyntax, "Invalid accept header");
    let ranges: Vec<&str> = header.split(',').take(limits::ACCEPT_RANGES + 1).collect();
    if ranges.len() > limits::ACCEPT_RANGES {
        return Err(invalid());
    }
    let ranges: Option<Vec<Range>> = ranges
        .into_iter()
        .map(|range| Range::parse(range.trim_matches([' ', '\t']), resource))
        .collect();
    let ranges = ranges.ok_or_else(invalid)?;
    let families = [Family::Fspiop, Family::Iso20022].into_iter();
    let accepted: Vec<(Family, Version)> = families
        .flat_map(|family| served(family, resource).iter().map(move |version| (family, *version)))
        .filter(|(family, version)| {
            ranges.iter().any(|range| range.family == *family && range.takes(*version))
        })
        .collect();
    if accepted.is_empty() {
        let family = ranges.first().map_or(Family::Fspiop, |range| range.family);
        let detail = "The Client requested an unsupported version, see extension list for supported version(s).";
        return Err(unacceptable(family, resource, detail));
    }
    Ok(accepted)
}

/// The family and version of a `Content-Type`, which must name major and minor.
///
/// # Errors
/// 3101 if it is malformed or of another resource, 406 with 3001 if the version is not served.
pub fn negotiate_content(header: &str, resource: Resource) -> Result<(Family, Version), Refusal> {
    let invalid = || Refusal::new(ErrorCode::MalformedSyntax, "Invalid content-type header");
    let range = Range::parse(header, resource).ok_or_else(invalid)?;
    let (Some(major), Some(minor)) = (range.major, range.minor) else { return Err(invalid()) };
    let version = Version { major, minor };
    if served(range.family, resource).contains(&version) {
        return Ok((range.family, version));
    }
    let detail = "Client supplied a protocol version which is not supported by the server";
    Err(unacceptable(range.family, resource, detail))
}

/// 406 with the served versions as `{major: minor}` extensions.
fn unacceptable(family: Family, resource: Resource, detail: &'static str) -> Refusal {
    listing(served(family, resource), detail)
}

/// 3001 with versions as `{major: minor}` extensions.
fn listing(versions: &[Version], detail: &'static str) -> Refusal {
    let refusal = Refusal::new(ErrorCode::UnacceptableVersion, detail);
    versions.iter().fold(refusal, |refusal, version| {
        refusal.with_extension(version.major.to_string(), version.minor.to_string())
    })
}

/// One media range: `application/vnd.interoperability.quotes+json;version=1.1`.
struct Range {
    family: Family,
    major: Option<u8>,
    minor: Option<u8>,
}

impl Range {
    fn parse(text: &str, resource: Resource) -> Option<Self> {
        let (media, parameter) = match text.split_once(';') {
            Some((media, parameter)) => (one_space_off_end(media), Some(parameter)),
            None => (text, None),
        };
        let families = [Family::Fspiop, Family::Iso20022];
        let family =
            families.into_iter().find(|f| media.eq_ignore_ascii_case(&media_type(*f, resource)))?;
        let Some(parameter) = parameter else {
            return Some(Self { family, major: None, minor: None });
        };
        let version = parameter.strip_prefix(' ').unwrap_or(parameter).strip_prefix("version=")?;
        let (major, minor) = match version.split_once('.') {
            Some((major, minor)) => (major, Some(number(minor)?)),
            None => (version, None),
        };
        Some(Self { family, major: Some(number(major)?), minor })
    }

    fn takes(&self, version: Version) -> bool {
        self.major.is_none_or(|major| major == version.major)
            && self.minor.is_none_or(|minor| minor == version.minor)
    }
}

fn one_space_off_end(text: &str) -> &str {
    text.strip_suffix(' ').unwrap_or(text)
}

/// Digits only; what no version can be (256 and more) is a version that nobody serves.
fn number(digits: &str) -> Option<u8> {
    let is_number = (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u8::MAX))
}
