//! A bank's participant record (CONTRACTS §1): who the bank is, what it serves, how it is written to.

use std::collections::BTreeMap;

use fspiop::deadline::Profile;
use fspiop::identifiers::{FspId, PartyIdType};
use iso20022::{Agent, HeaderParty, Inbound, Message};
use serde::{Deserialize, Serialize};

use crate::limits::RECORD_ITEMS;
use crate::party::PartyKey;
use crate::versions;

/// What the operator says of an ISO 20022 bank. Read with serde; every member has been checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Fields")]
pub struct BankRecord {
    fsp_id: String,
    bics: Vec<String>,
    member_ids: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_identity: Option<String>,
    url: String,
    messages: Vec<String>,
    accounts: Vec<AccountPattern>,
    credits_on: CreditsOn,
    honours_timeout: bool,
    profile: String,
    answer_versions: BTreeMap<String, String>,
    interim_statuses: bool,
}

/// Which accounts a bank serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AccountPattern {
    /// IBANs that begin so: `DE893704`.
    IbanPrefix(String),
    /// Proxies of this ISO type: `TELE`, `EMAL`; any other is an FSPIOP ALIAS.
    ProxyType(String),
    /// Other account numbers that begin so; empty: all.
    AccountPrefix(String),
}

/// When a bank books a credit for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CreditsOn {
    /// When the confirmation (pacs.002 ACSC) has come.
    Confirmation,
    /// When it accepts: an abort then needs reconciliation.
    OwnAcceptance,
}

/// The record's JSON. Unknown members are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Fields {
    fsp_id: String,
    #[serde(default)]
    bics: Vec<String>,
    #[serde(default)]
    member_ids: Vec<String>,
    tls_identity: Option<String>,
    url: String,
    #[serde(default)]
    messages: Vec<String>,
    #[serde(default)]
    accounts: Vec<AccountPattern>,
    #[serde(default = "confirmation")]
    credits_on: CreditsOn,
    #[serde(default)]
    honours_timeout: bool,
    #[serde(default = "default_profile")]
    profile: String,
    #[serde(default)]
    answer_versions: BTreeMap<String, String>,
    #[serde(default)]
    interim_statuses: bool,
}

/// Why a record is no record. The operator's to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Not an FSP id.
    #[error("fspId must be 1 to 32 characters of an HTTP token")]
    FspId,
    /// Neither a BIC nor a member id.
    #[error("a bank needs at least one of bics and memberIds")]
    Nameless,
    /// Not 8 or 11 capital letters and digits.
    #[error("bics: {0} is no BIC")]
    Bic(String),
    /// Not 1 to 35 characters.
    #[error("memberIds must have 1 to 35 characters")]
    MemberId,
    /// Not http or https.
    #[error("url must begin with http:// or https://")]
    Url,
    /// A version that is not written here.
    #[error("{0} is no message version that is written to banks")]
    Version(String),
    /// A status that cannot answer: of another family, or without the original's UETR.
    #[error("{status} cannot answer {message}: it is of another family or has no OrgnlUETR")]
    Answer {
        /// The version that is to be answered.
        message: String,
        /// The version that was to answer it.
        status: String,
    },
    /// Proxies, to a bank whose pacs.008 has no element for them.
    #[error("accounts: {0} cannot name a proxy; have a later version of pacs.008 in messages")]
    Proxy(String),
    /// Not a profile that is shipped.
    #[error("profile: {0} is not known")]
    Profile(String),
    /// Too many of something.
    #[error("{0} has too many items")]
    TooMany(&'static str),
}

/// Why a sender may not send what it sent (403 with admi.002).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotEntitled {
    /// The TLS identity belongs to no bank.
    #[error("the TLS certificate belongs to no bank of this scheme")]
    UnknownIdentity,
    /// The header's `Fr` is another institution.
    #[error("the header's Fr is not the sender: put your own BIC or member id there")]
    From,
    /// `InstgAgt` is another institution.
    #[error("InstgAgt is not the sender: put your own BIC or member id there")]
    InstructingAgent,
    /// pain.001's `DbtrAgt` is another institution.
    #[error("DbtrAgt is not the sender: only orders on your own accounts are taken")]
    DebtorAgent,
    /// Nothing in the message names a bank of the scheme.
    #[error("nothing in the message names a bank of this scheme as its sender")]
    Unnamed,
}

impl BankRecord {
    /// A bank of which nothing is known but what a message calls it: it serves all accounts. For
    /// conversions without a scheme's records.
    pub(crate) fn assumed(fsp_id: &str, agent: &Agent) -> Option<Self> {
        let member = agent.clearing_member.as_ref();
        Some(Self {
            fsp_id: FspId::parse(fsp_id).ok()?.as_str().to_owned(),
            bics: agent.bicfi.iter().cloned().collect(),
            member_ids: member.map(|member| member.member_id.clone()).into_iter().collect(),
            tls_identity: None,
            url: String::new(),
            messages: Vec::new(),
            accounts: vec![AccountPattern::AccountPrefix(String::new())],
            credits_on: CreditsOn::Confirmation,
            honours_timeout: false,
            profile: default_profile(),
            answer_versions: BTreeMap::new(),
            interim_statuses: false,
        })
    }

    /// The bank's participant id.
    pub fn fsp_id(&self) -> &str {
        &self.fsp_id
    }

    /// The name in a certificate that speaks for it; its participant id unless the record says otherwise.
    pub fn tls_identity(&self) -> &str {
        self.tls_identity.as_deref().unwrap_or(&self.fsp_id)
    }

    /// Where it is written to.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// When it books a credit.
    pub fn credits_on(&self) -> CreditsOn {
        self.credits_on
    }

    /// Whether it gives up within `FSPIOP-Timeout`; never with `ownAcceptance`.
    pub fn honours_timeout(&self) -> bool {
        self.honours_timeout && self.credits_on == CreditsOn::Confirmation
    }

    /// Its timeout profile.
    pub fn profile(&self) -> &'static Profile {
        Profile::named(&self.profile).unwrap_or(&Profile::FSPIOP_DEFAULT)
    }

    /// Whether it asked for interim statuses (ACTC, ACSP).
    pub fn interim_statuses(&self) -> bool {
        self.interim_statuses
    }

    /// The account patterns.
    pub fn accounts(&self) -> &[AccountPattern] {
        &self.accounts
    }

    /// The bank as an agent of a message: its first BIC and member id.
    pub fn agent(&self) -> Agent {
        Agent {
            bicfi: self.bics.first().cloned(),
            clearing_member: self.member_ids.first().map(|member_id| iso20022::ClearingMember {
                system: None,
                member_id: member_id.clone(),
            }),
            ..Agent::default()
        }
    }

    /// The version of the status message that answers the bank's `message`: `answerVersions` beats the
    /// table. None for what is no order.
    pub fn answer_version(&self, message: &str) -> Option<&str> {
        let own = self.answer_versions.get(message).map(String::as_str);
        own.or_else(|| versions::answer_to(message))
    }

    /// The version of the pacs.008 that is written to the bank: the first in `messages`.
    pub fn credit_version(&self) -> &str {
        self.written("pacs.008").unwrap_or(versions::CREDIT)
    }

    /// The version of the pacs.002 that confirms such a pacs.008: `answerVersions` beats a pacs.002 in
    /// `messages`, and that beats the table.
    pub fn confirmation_version(&self) -> &str {
        let credit = self.credit_version();
        let own = self.answer_versions.get(credit).map(String::as_str);
        own.or_else(|| self.written("pacs.002"))
            .or_else(|| versions::answer_to(credit))
            .unwrap_or_default()
    }

    fn written(&self, family: &str) -> Option<&str> {
        self.messages.iter().map(String::as_str).find(|version| version.starts_with(family))
    }

    /// Whether the bank holds the account of this party.
    pub fn serves(&self, party: &PartyKey) -> bool {
        self.accounts.iter().any(|pattern| pattern.takes(party))
    }

    /// Whether an agent of a message is this bank: every identification given that we know must fit,
    /// and at least one must be known.
    pub fn is(&self, agent: &Agent) -> bool {
        let member = agent.clearing_member.as_ref().map(|member| member.member_id.as_str());
        let other = agent.other.as_ref().map(|other| other.id.as_str());
        self.is_named(agent.bicfi.as_deref(), member, other)
    }

    /// Whether a header's `Fr` or `To` is this bank.
    pub fn is_header_party(&self, party: &HeaderParty) -> bool {
        let other = party.other.as_ref().map(|other| other.id.as_str());
        self.is_named(party.bic.as_deref(), party.member_id.as_deref(), other)
    }

    /// Whether this bank may send what it sent: `Fr`, `InstgAgt` and pain.001's `DbtrAgt`, where they
    /// are given, are this bank.
    ///
    /// # Errors
    /// The first that is another institution.
    pub fn entitled(&self, inbound: &Inbound) -> Result<(), NotEntitled> {
        let claims = Claims::of(inbound);
        if claims.from.is_some_and(|party| !self.is_header_party(party)) {
            return Err(NotEntitled::From);
        }
        if claims.instructing.iter().any(|agent| !self.is(agent)) {
            return Err(NotEntitled::InstructingAgent);
        }
        if claims.debtor.iter().any(|agent| !self.is(agent)) {
            return Err(NotEntitled::DebtorAgent);
        }
        Ok(())
    }

    fn is_named(&self, bic: Option<&str>, member: Option<&str>, other: Option<&str>) -> bool {
        let bic = bic.map(|bic| self.bics.iter().any(|known| same_bic(known, bic)));
        let member = member.map(|id| self.member_ids.iter().any(|known| known == id));
        let other = other.map(|id| id == self.fsp_id || self.member_ids.iter().any(|k| k == id));
        let strong = [bic, member];
        match strong.iter().flatten().count() {
            0 => other == Some(true),
            _ => strong.iter().flatten().all(|fits| *fits),
        }
    }
}

/// Finds the bank that sent a message and checks that it may.
///
/// `tls_names`: those of the verified certificate, which may speak for several banks; `None` where
/// TLS is not on (loopback only): then what the message names is the identity. `Ok(None)`: nothing is
/// named and there is no TLS, which only a status message may do; its original's bank is the sender.
///
/// # Errors
/// [`NotEntitled`]: answer 403 with admi.002.
pub fn sender<'r>(
    records: impl IntoIterator<Item = &'r BankRecord>,
    inbound: &Inbound,
    tls_names: Option<&[String]>,
) -> Result<Option<&'r BankRecord>, NotEntitled> {
    let mut records = records.into_iter();
    let claims = Claims::of(inbound);
    let found = match tls_names {
        Some(names) => {
            let is_named = |record: &&BankRecord| names.iter().any(|n| n == record.tls_identity());
            let own: Vec<&BankRecord> = records.filter(is_named).collect();
            let claimed = own.iter().find(|record| claims.names(record)).or(own.first());
            claimed.copied().ok_or(NotEntitled::UnknownIdentity)?
        }
        None if claims.is_empty() => return Ok(None),
        None => records.find(|record| claims.names(record)).ok_or(NotEntitled::Unnamed)?,
    };
    found.entitled(inbound).map(|()| Some(found))
}

/// Whom a message names as its sender.
struct Claims<'m> {
    from: Option<&'m HeaderParty>,
    instructing: Vec<&'m Agent>,
    debtor: Vec<&'m Agent>,
    /// pacs.008 without header and InstgAgt: the debtor agent is all there is.
    fallback: Option<&'m Agent>,
}

impl<'m> Claims<'m> {
    fn of(inbound: &'m Inbound) -> Self {
        let from = inbound.header.as_ref().map(|header| &header.from);
        let mut claims = Self { from, instructing: Vec::new(), debtor: Vec::new(), fallback: None };
        match &inbound.message {
            Message::CustomerCreditTransferInitiation(order) => {
                claims.debtor =
                    order.payments.iter().map(|payment| &payment.debtor_agent).collect();
            }
            Message::FiToFiCustomerCreditTransfer(order) => {
                let items = order.transactions.iter().filter_map(|t| t.instructing_agent.as_ref());
                claims.instructing = order.instructing_agent.iter().chain(items).collect();
                claims.fallback = order.transactions.first().map(|t| &t.debtor_agent);
            }
            Message::PaymentStatusReport(report) => {
                // A transaction's own InstgAgt is often the original's: only the group's counts.
                claims.instructing = report.instructing_agent.iter().collect();
            }
            Message::CustomerPaymentStatusReport(_) | Message::MessageReject(_) => {}
        }
        claims
    }

    fn is_empty(&self) -> bool {
        let agents = self.instructing.len() + self.debtor.len();
        self.from.is_none() && agents == 0 && self.fallback.is_none()
    }

    fn names(&self, record: &BankRecord) -> bool {
        let first = self.instructing.first().or(self.debtor.first()).copied();
        match (self.from, first) {
            (Some(party), _) => record.is_header_party(party),
            (None, Some(agent)) => record.is(agent),
            (None, None) => self.fallback.is_some_and(|agent| record.is(agent)),
        }
    }
}

impl AccountPattern {
    fn takes(&self, party: &PartyKey) -> bool {
        let named = |kind: PartyIdType| party.id_type == kind;
        match self {
            Self::IbanPrefix(prefix) => {
                named(PartyIdType::Iban) && party.identifier.starts_with(prefix.as_str())
            }
            Self::ProxyType(kind) => match kind.as_str() {
                "TELE" => named(PartyIdType::Msisdn),
                "EMAL" => named(PartyIdType::Email),
                _ => named(PartyIdType::Alias),
            },
            Self::AccountPrefix(prefix) => {
                named(PartyIdType::AccountId) && party.identifier.starts_with(prefix.as_str())
            }
        }
    }
}

impl TryFrom<Fields> for BankRecord {
    type Error = RecordError;

    fn try_from(fields: Fields) -> Result<Self, RecordError> {
        FspId::parse(&fields.fsp_id).map_err(|_| RecordError::FspId)?;
        bounded("bics", fields.bics.len())?;
        bounded("memberIds", fields.member_ids.len())?;
        bounded("messages", fields.messages.len())?;
        bounded("accounts", fields.accounts.len())?;
        bounded("answerVersions", fields.answer_versions.len())?;
        if fields.bics.is_empty() && fields.member_ids.is_empty() {
            return Err(RecordError::Nameless);
        }
        if let Some(bic) = fields.bics.iter().find(|bic| !is_bic(bic)) {
            return Err(RecordError::Bic(bic.clone()));
        }
        if fields.member_ids.iter().any(|id| !(1..=35).contains(&id.chars().count())) {
            return Err(RecordError::MemberId);
        }
        if !["http://", "https://"].iter().any(|scheme| fields.url.starts_with(scheme)) {
            return Err(RecordError::Url);
        }
        let written = fields.messages.iter().chain(fields.answer_versions.values());
        if let Some(version) = written.into_iter().find(|name| !versions::is_written(name)) {
            return Err(RecordError::Version(version.clone()));
        }
        if Profile::named(&fields.profile).is_none() {
            return Err(RecordError::Profile(fields.profile));
        }
        Self::of(fields).with_fitting_versions()
    }
}

impl BankRecord {
    /// The record, if its versions can say to the bank what it must be told.
    fn with_fitting_versions(self) -> Result<Self, RecordError> {
        let confirmed = (self.credit_version(), self.confirmation_version());
        let own = self.answer_versions.iter().map(|(m, s)| (m.as_str(), s.as_str()));
        let unfit = own.chain([confirmed]).find(|(m, s)| !versions::can_answer(m, s));
        if let Some((message, status)) = unfit {
            let (message, status) = (message.to_owned(), status.to_owned());
            return Err(RecordError::Answer { message, status });
        }
        let proxies = |pattern: &AccountPattern| matches!(pattern, AccountPattern::ProxyType(_));
        if self.accounts.iter().any(proxies) && !versions::has_proxies(self.credit_version()) {
            return Err(RecordError::Proxy(self.credit_version().to_owned()));
        }
        Ok(self)
    }

    fn of(fields: Fields) -> Self {
        Self {
            fsp_id: fields.fsp_id,
            bics: fields.bics,
            member_ids: fields.member_ids,
            tls_identity: fields.tls_identity,
            url: fields.url,
            messages: fields.messages,
            accounts: fields.accounts,
            credits_on: fields.credits_on,
            honours_timeout: fields.honours_timeout,
            profile: fields.profile,
            answer_versions: fields.answer_versions,
            interim_statuses: fields.interim_statuses,
        }
    }
}

fn confirmation() -> CreditsOn {
    CreditsOn::Confirmation
}

fn default_profile() -> String {
    Profile::FSPIOP_DEFAULT.name.to_owned()
}

fn bounded(name: &'static str, count: usize) -> Result<(), RecordError> {
    if count > RECORD_ITEMS { Err(RecordError::TooMany(name)) } else { Ok(()) }
}

/// BICFIDec2014Identifier: `[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?`
fn is_bic(text: &str) -> bool {
    let country = text.get(4..6).unwrap_or_default();
    matches!(text.len(), 8 | 11)
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && country.bytes().all(|b| b.is_ascii_uppercase())
}

/// An 8-character BIC and the same with `XXX` are the same head office; a bank's record without branch
/// takes all its branches.
fn same_bic(known: &str, given: &str) -> bool {
    let known = known.strip_suffix("XXX").filter(|head| head.len() == 8).unwrap_or(known);
    match known.len() {
        8 => given.get(..8) == Some(known),
        _ => given == known,
    }
}
