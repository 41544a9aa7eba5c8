//! Method and target to one operation of the API, exactly: what is not in the table does not exist.

mod operation;
mod target;

pub use operation::{Method, Operation};
pub use target::{from_first_resource, origin_form};

use crate::amount::Currency;
use crate::error::{ErrorCode, Refusal};
use crate::identifiers::{CorrelationId, PartyIdType, PartyIdentifier, PartySubIdOrType};
use crate::json::Unfit;
use crate::version::{Resource, Rules};
use operation::{PATTERNS, Pattern, Segment};

/// How a party is addressed in a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyPath {
    /// `{Type}`
    pub id_type: PartyIdType,
    /// `{ID}`, percent-decoded.
    pub identifier: PartyIdentifier,
    /// `{SubId}`, percent-decoded.
    pub sub_id: Option<PartySubIdOrType>,
}

/// An operation with its ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// GET /parties/{Type}/{ID}[/{SubId}]
    GetParty(PartyPath),
    /// PUT /parties/{Type}/{ID}[/{SubId}]
    PutParty(PartyPath),
    /// PUT /parties/{Type}/{ID}[/{SubId}]/error
    PutPartyError(PartyPath),
    /// GET /participants/{Type}/{ID}[/{SubId}]?currency=
    GetParticipant(PartyPath, Option<Currency>),
    /// POST /participants/{Type}/{ID}[/{SubId}]
    PostParticipant(PartyPath),
    /// DELETE /participants/{Type}/{ID}[/{SubId}]?currency=
    DeleteParticipant(PartyPath, Option<Currency>),
    /// PUT /participants/{Type}/{ID}[/{SubId}]
    PutParticipant(PartyPath),
    /// PUT /participants/{Type}/{ID}[/{SubId}]/error
    PutParticipantError(PartyPath),
    /// POST /participants
    PostParticipants,
    /// PUT /participants/{ID}
    PutParticipants(CorrelationId),
    /// PUT /participants/{ID}/error
    PutParticipantsError(CorrelationId),
    /// POST /quotes
    PostQuote,
    /// GET /quotes/{ID}
    GetQuote(CorrelationId),
    /// PUT /quotes/{ID}
    PutQuote(CorrelationId),
    /// PUT /quotes/{ID}/error
    PutQuoteError(CorrelationId),
    /// POST /transfers
    PostTransfer,
    /// GET /transfers/{ID}
    GetTransfer(CorrelationId),
    /// PUT /transfers/{ID}
    PutTransfer(CorrelationId),
    /// PUT /transfers/{ID}/error
    PutTransferError(CorrelationId),
    /// PATCH /transfers/{ID}
    PatchTransfer(CorrelationId),
}

/// A target whose operation is known and whose ids are still raw: their form depends on the version,
/// which the headers name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match<'t> {
    operation: Operation,
    ids: Vec<&'t str>,
    query: Option<&'t str>,
}

impl<'t> Match<'t> {
    /// Finds the operation of a request line. The target may be in absolute form; nothing else is
    /// normalised: doubled slashes, dot segments, path parameters and encoded resource names are unknown.
    ///
    /// # Errors
    /// 404 with 3002 for an unknown path, 405 with 3000 and `Allow` for a known one.
    pub fn find(method: &str, target: &'t str) -> Result<Self, Refusal> {
        if matches!(method, "CONNECT" | "TRACE") {
            return Err(not_allowed(Method::ALL.iter().copied()));
        }
        let (segments, query) = target::segments(target).ok_or_else(unknown)?;
        let of_path: Vec<&Pattern> = PATTERNS.iter().filter(|p| p.takes(&segments)).collect();
        let method = Method::parse(method).ok();
        let found = of_path.iter().find(|pattern| Some(pattern.operation.method()) == method);
        match found {
            Some(pattern) => {
                Ok(Self { operation: pattern.operation, ids: pattern.ids(&segments), query })
            }
            None if of_path.is_empty() => Err(unknown()),
            None => Err(not_allowed(of_path.iter().map(|pattern| pattern.operation.method()))),
        }
    }

    /// The operation.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The resource of the path.
    pub fn resource(&self) -> Resource {
        self.operation.resource()
    }

    /// Decodes and parses the ids of the path and the query.
    ///
    /// # Errors
    /// 3101 for a malformed percent encoding, 3100 for an id that is not of the form, an unknown party
    /// id type or currency.
    pub fn route(&self, rules: &Rules<'_>) -> Result<Route, Refusal> {
        Ok(match self.operation {
            Operation::GetParty => Route::GetParty(self.party()?),
            Operation::PutParty => Route::PutParty(self.party()?),
            Operation::PutPartyError => Route::PutPartyError(self.party()?),
            Operation::GetParticipant => {
                Route::GetParticipant(self.party()?, self.currency(rules)?)
            }
            Operation::PostParticipant => Route::PostParticipant(self.party()?),
            Operation::DeleteParticipant => {
                Route::DeleteParticipant(self.party()?, self.currency(rules)?)
            }
            Operation::PutParticipant => Route::PutParticipant(self.party()?),
            Operation::PutParticipantError => Route::PutParticipantError(self.party()?),
            Operation::PostParticipants => Route::PostParticipants,
            Operation::PutParticipants => Route::PutParticipants(self.id(rules)?),
            Operation::PutParticipantsError => Route::PutParticipantsError(self.id(rules)?),
            Operation::PostQuote => Route::PostQuote,
            Operation::GetQuote => Route::GetQuote(self.id(rules)?),
            Operation::PutQuote => Route::PutQuote(self.id(rules)?),
            Operation::PutQuoteError => Route::PutQuoteError(self.id(rules)?),
            Operation::PostTransfer => Route::PostTransfer,
            Operation::GetTransfer => Route::GetTransfer(self.id(rules)?),
            Operation::PutTransfer => Route::PutTransfer(self.id(rules)?),
            Operation::PutTransferError => Route::PutTransferError(self.id(rules)?),
            Operation::PatchTransfer => Route::PatchTransfer(self.id(rules)?),
        })
    }

    fn id(&self, rules: &Rules<'_>) -> Result<CorrelationId, Refusal> {
        self.decoded(0, "ID", |text| rules.correlation_id(text))?.ok_or_else(unknown)
    }

    fn party(&self) -> Result<PartyPath, Refusal> {
        Ok(PartyPath {
            id_type: self.decoded(0, "Type", PartyIdType::parse)?.ok_or_else(unknown)?,
            identifier: self
                .decoded(1, "ID", PartyIdentifier::parse_in_path)?
                .ok_or_else(unknown)?,
            sub_id: self.decoded(2, "SubId", PartySubIdOrType::parse_in_path)?,
        })
    }

    fn currency(&self, rules: &Rules<'_>) -> Result<Option<Currency>, Refusal> {
        let pairs = self.query.into_iter().flat_map(|query| query.split('&'));
        let mut values = pairs.filter_map(|pair| pair.strip_prefix("currency="));
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(malformed("the query must name one currency only"));
        }
        let currency = rules.currencies.parse(value);
        currency.map(Some).map_err(|unfit| in_path("currency", &unfit))
    }

    fn decoded<T>(
        &self,
        at: usize,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Unfit>,
    ) -> Result<Option<T>, Refusal> {
        let Some(raw) = self.ids.get(at) else { return Ok(None) };
        let text = target::percent_decoded(raw)
            .ok_or_else(|| malformed("the path must be percent-encoded UTF-8"))?;
        parse(&text).map(Some).map_err(|unfit| in_path(name, &unfit))
    }
}

impl Pattern {
    fn takes(&self, segments: &[&str]) -> bool {
        self.segments.len() == segments.len()
            && self.segments.iter().zip(segments).all(|(wanted, segment)| wanted.takes(segment))
    }

    fn ids<'t>(&self, segments: &[&'t str]) -> Vec<&'t str> {
        let pairs = self.segments.iter().zip(segments);
        pairs.filter(|(wanted, _)| !wanted.is_literal()).map(|(_, segment)| *segment).collect()
    }
}

impl Segment {
    fn is_literal(&self) -> bool {
        matches!(self, Self::Literal(_))
    }

    /// `PUT /participants/MSISDN/error` is about the party "error", `PUT /participants/{ID}/error` about
    /// a request: a party id type is never a request's id.
    fn takes(&self, segment: &str) -> bool {
        match self {
            Self::Literal(literal) => *literal == segment,
            Self::Id => PartyIdType::parse(segment).is_err(),
            Self::Any => true,
        }
    }
}

fn unknown() -> Refusal {
    Refusal::new(ErrorCode::UnknownUri, "no such resource or path")
}

fn malformed(detail: &'static str) -> Refusal {
    Refusal::new(ErrorCode::MalformedSyntax, detail)
}

fn in_path(name: &str, unfit: &Unfit) -> Refusal {
    Refusal::new(ErrorCode::ValidationError, format!("{name} in the target {unfit}"))
}

fn not_allowed(methods: impl Iterator<Item = Method>) -> Refusal {
    let mut methods: Vec<Method> = methods.collect();
    methods.sort_unstable();
    methods.dedup();
    let names: Vec<&str> = methods.into_iter().map(Method::as_str).collect();
    let mut refusal = Refusal::new(ErrorCode::ClientError, "Method Not Allowed").with_status(405);
    refusal.allow = Some(names.join(", "));
    refusal
}
