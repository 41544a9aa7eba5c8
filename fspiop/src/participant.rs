//! Participants: which FSP serves a party (API Definition, section 6.2).

use crate::amount::Currency;
use crate::error::{
    ErrorInformation, Extension, Refusal, read_extension_list, write_extension_list,
};
use crate::identifiers::{CorrelationId, FspId};
use crate::json::{Node, ObjectWriter, Value, to_canonical};
use crate::limits;
use crate::party::PartyIdInfo;
use crate::version::Rules;

/// Body of POST /participants/{Type}/{ID}[/{SubId}] (section 6.2.2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipantsTypeIdPost {
    /// The FSP that serves the party.
    pub fsp_id: FspId,
    /// In which currency; all if absent.
    pub currency: Option<Currency>,
    /// Extensions.
    pub extensions: Vec<Extension>,
}

impl ParticipantsTypeIdPost {
    /// Reads the body.
    ///
    /// # Errors
    /// 3101, 3102, 3100, 3103 with the place.
    pub fn parse(body: &Value, rules: &Rules<'_>) -> Result<Self, Refusal> {
        let node = Node::root(body);
        Ok(Self {
            fsp_id: node.required_text("fspId", FspId::parse)?,
            currency: node.optional_text("currency", |text| rules.currencies.parse(text))?,
            extensions: node.optional_as("extensionList", read_extension_list)?.unwrap_or_default(),
        })
    }

    /// Canonical JSON.
    pub fn render(&self) -> Vec<u8> {
        let object = ObjectWriter::default()
            .with("fspId", &self.fsp_id)
            .with_optional("currency", self.currency.as_ref().map(Currency::as_str))
            .with_optional("extensionList", write_extension_list(&self.extensions));
        to_canonical(&object.finish())
    }
}

/// Body of PUT /participants/{Type}/{ID}[/{SubId}] (section 6.2.3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipantsPut {
    /// The FSP that serves the party; absent after a DELETE.
    pub fsp_id: Option<FspId>,
}

impl ParticipantsPut {
    /// Reads the body.
    ///
    /// # Errors
    /// 3101, 3100 with the place.
    pub fn parse(body: &Value) -> Result<Self, Refusal> {
        Ok(Self { fsp_id: Node::root(body).optional_text("fspId", FspId::parse)? })
    }

    /// Canonical JSON.
    pub fn render(&self) -> Vec<u8> {
        let object = ObjectWriter::default().with_optional("fspId", self.fsp_id.as_ref());
        to_canonical(&object.finish())
    }
}

/// Body of POST /participants (section 6.2.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipantsPost {
    /// The id of the request, under which the answer comes.
    pub request_id: CorrelationId,
    /// 1 to 10,000 parties.
    pub party_list: Vec<PartyIdInfo>,
    /// In which currency; all if absent.
    pub currency: Option<Currency>,
}

impl ParticipantsPost {
    /// Reads the body.
    ///
    /// # Errors
    /// 3101, 3102, 3100, 3103 with the place.
    pub fn parse(body: &Value, rules: &Rules<'_>) -> Result<Self, Refusal> {
        let node = Node::root(body);
        let read_list = |list: &Node<'_>| list.items(limits::PARTY_LIST, PartyIdInfo::read);
        Ok(Self {
            request_id: node.required_text("requestId", |text| rules.correlation_id(text))?,
            party_list: node.required_as("partyList", read_list)?,
            currency: node.optional_text("currency", |text| rules.currencies.parse(text))?,
        })
    }

    /// Canonical JSON.
    pub fn render(&self) -> Vec<u8> {
        let list = self.party_list.iter().map(Value::from).collect();
        let object = ObjectWriter::default()
            .with("requestId", &self.request_id)
            .with("partyList", Value::Array(list))
            .with_optional("currency", self.currency.as_ref().map(Currency::as_str));
        to_canonical(&object.finish())
    }
}

/// What became of one party of a POST /participants (section 7.4.15).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyResult {
    /// The party.
    pub party_id: PartyIdInfo,
    /// Why it was not taken, if it was not.
    pub error: Option<ErrorInformation>,
}

impl PartyResult {
    fn read(node: &Node<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            party_id: node.required_as("partyId", PartyIdInfo::read)?,
            error: node.optional_as("errorInformation", ErrorInformation::read)?,
        })
    }
}

impl From<&PartyResult> for Value {
    fn from(result: &PartyResult) -> Self {
        ObjectWriter::default()
            .with("partyId", &result.party_id)
            .with_optional(
                "errorInformation",
                result.error.as_ref().map(ErrorInformation::to_value),
            )
            .finish()
    }
}

/// Body of PUT /participants/{ID} (section 6.2.3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipantsIdPut {
    /// One result a party.
    pub party_list: Vec<PartyResult>,
    /// As in the request.
    pub currency: Option<Currency>,
}

impl ParticipantsIdPut {
    /// Reads the body.
    ///
    /// # Errors
    /// 3101, 3102, 3100, 3103 with the place.
    pub fn parse(body: &Value, rules: &Rules<'_>) -> Result<Self, Refusal> {
        let node = Node::root(body);
        let read_list = |list: &Node<'_>| list.items(limits::PARTY_LIST, PartyResult::read);
        Ok(Self {
            party_list: node.required_as("partyList", read_list)?,
            currency: node.optional_text("currency", |text| rules.currencies.parse(text))?,
        })
    }

    /// Canonical JSON.
    pub fn render(&self) -> Vec<u8> {
        let list = self.party_list.iter().map(Value::from).collect();
        let object = ObjectWriter::default()
            .with("partyList", Value::Array(list))
            .with_optional("currency", self.currency.as_ref().map(Currency::as_str));
        to_canonical(&object.finish())
    }
}
