use super::xml::{element, escaped};
use crate::{ToolkitError, clock};

/// A payment that a bank is to send. One order, written as pain.001.001.09 or pacs.008.001.08.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// `GrpHdr/MsgId`
    pub message_id: String,
    /// `PmtInf/PmtInfId`, pain.001 only.
    pub payment_information_id: String,
    /// `PmtId/EndToEndId`: the order's name in the bank's log.
    pub end_to_end_id: String,
    /// `PmtId/TxId`, pacs.008 only.
    pub transaction_id: Option<String>,
    /// `PmtId/UETR`
    pub uetr: Option<String>,
    /// ISO 4217 code.
    pub currency: String,
    /// A decimal number, as `12.34`.
    pub amount: String,
    /// The debtor's name.
    pub debtor: String,
    /// The debtor's account.
    pub debtor_account: AccountRef,
    /// The creditor's name.
    pub creditor: String,
    /// The creditor's account.
    pub creditor_account: AccountRef,
    /// The creditor's agent; required in pacs.008.
    pub creditor_agent: Option<AgentRef>,
    /// `DEBT`, `CRED`, `SHAR`, `SLEV`; pacs.008 writes SLEV without.
    pub charge_bearer: Option<String>,
    /// `RmtInf/Ustrd`
    pub remittance: Option<String>,
    /// `CreDtTm`, and `AccptncDtTm` of pacs.008, in milliseconds since the Unix epoch.
    pub created_epoch_ms: i64,
    /// How the document is wrapped.
    pub envelope: Envelope,
}

/// An account, as the message names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountRef {
    /// `Id/IBAN`
    Iban(String),
    /// `Id/Othr/Id`
    Other(String),
    /// `Prxy` with a code such as `TELE`, beside `Id/Othr/Id` with the same text.
    Proxy {
        /// `Prxy/Tp/Cd`
        kind: String,
        /// `Prxy/Id`
        id: String,
    },
}

/// An agent, as the message names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentRef {
    /// `FinInstnId/BICFI`
    Bic(String),
    /// `FinInstnId/ClrSysMmbId/MmbId`
    Member(String),
    /// `FinInstnId/Othr/Id`
    Other(String),
}

/// How a document is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Envelope {
    /// `Document` alone.
    Bare,
    /// `BusinessMessage` with `AppHdr` (head.001.001.02) and `Document`.
    BusinessMessage,
}

impl Order {
    /// An order with fresh ids, made now.
    ///
    /// # Errors
    /// [`ToolkitError::Key`] if the system has no entropy.
    pub fn new(
        currency: impl Into<String>,
        amount: impl Into<String>,
        creditor_account: AccountRef,
    ) -> Result<Self, ToolkitError> {
        let uetr = clock::fresh_uuid()?;
        let short = uetr.replace('-', "");
        let name = |prefix: &str| format!("{prefix}{}", short.get(..24).unwrap_or_default());
        Ok(Self {
            message_id: name("M-"),
            payment_information_id: name("P-"),
            end_to_end_id: name("E-"),
            transaction_id: Some(name("T-")),
            uetr: Some(uetr),
            currency: currency.into(),
            amount: amount.into(),
            debtor: "Amina Okafor".to_owned(),
            debtor_account: AccountRef::Other("1234567890".to_owned()),
            creditor: "Bright Mwale".to_owned(),
            creditor_account,
            creditor_agent: None,
            charge_bearer: None,
            remittance: None,
            created_epoch_ms: clock::now_epoch_ms(),
            envelope: Envelope::Bare,
        })
    }

    /// pain.001.001.09 of the bank with this BIC.
    pub fn pain_001(&self, bic: &str) -> String {
        let _ = (bic, element("a", "b"), escaped("c"));
        unimplemented!()
    }

    /// pacs.008.001.08 of the bank with this BIC.
    ///
    /// # Errors
    /// [`ToolkitError::Message`] without a creditor agent.
    pub fn pacs_008(&self, bic: &str) -> Result<String, ToolkitError> {
        let _ = bic;
        unimplemented!()
    }
}
