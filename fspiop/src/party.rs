//! Parties: who pays and who is paid (API Definition, section 6.3).

use crate::amount::Currency;
use crate::error::{Extension, Refusal, read_extension_list, write_extension_list};
use crate::identifiers::{
    FspId, PartyIdType, PartyIdentifier, PartySubIdOrType, long_text, person_name, short_text,
};
use crate::json::{Node, ObjectWriter, Unfit, Value, to_canonical};
use crate::limits;
use crate::time::Date;
use crate::version::Rules;

/// How a party is known, and where (section 7.4.13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyIdInfo {
    /// Kind of identifier.
    pub id_type: PartyIdType,
    /// Identifier.
    pub identifier: PartyIdentifier,
    /// Further part of the identifier, or its type.
    pub sub_id: Option<PartySubIdOrType>,
    /// The party's FSP, if known.
    pub fsp_id: Option<FspId>,
    /// Extensions; only in POST /participants, and in other bodies kept as they are.
    pub extensions: Vec<Extension>,
}

impl PartyIdInfo {
    /// Reads a PartyIdInfo object.
    ///
    /// # Errors
    /// 3101, 3102, 3100, 3103 with the place.
    pub fn read(node: &Node<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            id_type: node.required_text("partyIdType", PartyIdType::parse)?,
            identifier: node.required_text("partyIdentifier", PartyIdentifier::parse)?,
            sub_id: node.optional_text("partySubIdOrType", PartySubIdOrType::parse)?,
            fsp_id: node.optional_text("fspId", FspId::parse)?,
            extensions: node.optional_as("extensionList", read_extension_list)?.unwrap_or_default(),
        })
    }
}

impl From<&PartyIdInfo> for Value {
    fn from(info: &PartyIdInfo) -> Self {
        ObjectWriter::default()
            .with("partyIdType", info.id_type)
            .with("partyIdentifier", &info.identifier)
            .with_optional("partySubIdOrType", info.sub_id.as_ref())
            .with_optional("fspId", info.fsp_id.as_ref())
            .with_optional("extensionList", write_extension_list(&info.extensions))
            .finish()
    }
}

/// A person's name in parts (section 7.4.12); any of them may be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartyComplexName {
    /// First name.
    pub first_name: Option<String>,
    /// Middle name.
    pub middle_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
}

impl PartyComplexName {
    fn read(node: &Node<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            first_name: node.optional_text("firstName", person_name)?,
            middle_name: node.optional_text("middleName", person_name)?,
            last_name: node.optional_text("lastName", person_name)?,
        })
    }
}

impl From<&PartyComplexName> for Value {
    fn from(name: &PartyComplexName) -> Self {
        ObjectWriter::default()
            .with_optional("firstName", name.first_name.as_deref())
            .with_optional("middleName", name.middle_name.as_deref())
            .with_optional("lastName", name.last_name.as_deref())
            .finish()
    }
}

/// Personal information (section 7.4.14).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartyPersonalInfo {
    /// Name in parts.
    pub complex_name: Option<PartyComplexName>,
    /// Date of birth.
    pub date_of_birth: Option<Date>,
    /// What is known of the customer, 1 to 2,048 characters; of 2.0.
    pub kyc_information: Option<String>,
}

impl PartyPersonalInfo {
    fn read(node: &Node<'_>, rules: &Rules<'_>) -> Result<Self, Refusal> {
        let kyc_information = match rules.has_v2_members() {
            true => node.optional_text("kycInformation", long_text)?,
            false => None,
        };
        Ok(Self {
            kyc_information,
            complex_name: node.optional_as("complexName", PartyComplexName::read)?,
            date_of_birth: node.optional_text("dateOfBirth", Date::parse)?,
        })
    }
}

impl From<&PartyPersonalInfo> for Value {
    fn from(info: &PartyPersonalInfo) -> Self {
        ObjectWriter::default()
            .with_optional("complexName", info.complex_name.as_ref())
            .with_optional("dateOfBirth", info.date_of_birth.as_ref())
            .with_optional("kycInformation", info.kyc_information.as_deref())
            .finish()
    }
}

/// A party (section 7.4.11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// How it is known.
    pub id_info: PartyIdInfo,
    /// One to four digits, for merchants.
    pub merchant_classification_code: Option<String>,
    /// Display name.
    pub name: Option<String>,
    /// Personal information.
    pub personal_info: Option<PartyPersonalInfo>,
    /// The currencies in which it can be paid, at most 16; of 2.0. Empty if it does not say.
    pub supported_currencies: Vec<Currency>,
}

impl Party {
    /// A party of which only the identifier is known.
    pub fn of(id_info: PartyIdInfo) -> Self {
        Self {
            id_info,
            merchant_classification_code: None,
            name: None,
            personal_info: None,
            supported_currencies: Vec::new(),
        }
    }

    /// Reads a Party object.
    ///
    /// # Errors
    /// 3101, 3102, 3100, 3103 with the place.
    pub fn read(node: &Node<'_>, rules: &Rules<'_>) -> Result<Self, Refusal> {
        let personal = |node: &Node<'_>| PartyPersonalInfo::read(node, rules);
        let currencies = |list: &Node<'_>| {
            list.list(limits::SUPPORTED_CURRENCIES, |item| {
                item.text(|text| rules.currencies.parse(text))
            })
        };
        Ok(Self {
            id_info: node.required_as("partyIdInfo", PartyIdInfo::read)?,
            merchant_classification_code: node
                .optional_text("merchantClassificationCode", merchant_classification_code)?,
            name: node.optional_text("name", short_text)?,
            personal_info: node.optional_as("personalInfo", personal)?,
            supported_currencies: match rules.has_v2_members() {
                true => node.optional_as("supportedCurrencies", currencies)?.unwrap_or_default(),
                false => Vec::new(),
            },
        })
    }
}

fn merchant_classification_code(text: &str) -> Result<String, Unfit> {
    if (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err(Unfit("must be one to four digits"))
    }
}

impl From<&Party> for Value {
    fn from(party: &Party) -> Self {
        let code = party.merchant_classification_code.as_deref();
        let currencies: Vec<Value> =
            party.supported_currencies.iter().map(|code| Value::from(code.as_str())).collect();
        ObjectWriter::default()
            .with("partyIdInfo", &party.id_info)
            .with_optional("merchantClassificationCode", code)
            .with_optional("name", party.name.as_deref())
            .with_optional("personalInfo", party.personal_info.as_ref())
            .with_optional("supportedCurrencies", Value::array_of(currencies))
            .finish()
    }
}

/// Body of PUT /parties/{Type}/{ID}[/{SubId}] (section 6.3.4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartiesPut {
    /// The party that was looked up.
    pub party: Party,
}

impl PartiesPut {
    /// Reads the body.
    ///
    /// # Errors
    /// 3101, 3102, 3100, 3103 with the place.
    pub fn parse(body: &Value, rules: &Rules<'_>) -> Result<Self, Refusal> {
        let party = |node: &Node<'_>| Party::read(node, rules);
        Ok(Self { party: Node::root(body).required_as("party", party)? })
    }

    /// Canonical JSON.
    pub fn render(&self) -> Vec<u8> {
        to_canonical(&Value::object([("party", Value::from(&self.party))]))
    }
}
