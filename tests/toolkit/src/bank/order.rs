use super::xml::{DECLARATION, amount, bic_element, document, element, is_of_2009, optional, wrap};
use crate::{ToolkitError, clock};

/// A payment that a bank is to send. One order, written as a pain.001 or a pacs.008.
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
    /// The version of its pain.001. What a version has no element for (a UETR, a proxy) is left out.
    pub pain_version: String,
    /// The version of its pacs.008; the same holds.
    pub pacs_version: String,
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
            pain_version: "pain.001.001.09".to_owned(),
            pacs_version: "pacs.008.001.08".to_owned(),
        })
    }

    /// pain.001 of the bank with this BIC.
    pub fn pain_001(&self, bic: &str) -> String {
        let version = self.pain_version.as_str();
        let group = [
            element("MsgId", &self.message_id),
            element("CreDtTm", &self.created()),
            element("NbOfTxs", "1"),
            wrap("InitgPty", &element("Nm", &self.debtor)),
        ];
        let date = self.created().chars().take(DATE_CHARS).collect::<String>();
        let payment = [
            element("PmtInfId", &self.payment_information_id),
            element("PmtMtd", "TRF"),
            match is_of_2009(version) {
                true => element("ReqdExctnDt", &date),
                false => wrap("ReqdExctnDt", &element("Dt", &date)),
            },
            wrap("Dbtr", &element("Nm", &self.debtor)),
            wrap("DbtrAcct", &self.debtor_account.xml(version)),
            wrap("DbtrAgt", &AgentRef::Bic(bic.to_owned()).xml(version)),
            optional("ChrgBr", self.charge_bearer.as_deref()),
            wrap("CdtTrfTxInf", &self.initiated(version)),
        ];
        let content = wrap("GrpHdr", &group.concat()) + &wrap("PmtInf", &payment.concat());
        self.document(version, "CstmrCdtTrfInitn", &content, bic)
    }

    /// pacs.008 of the bank with this BIC.
    ///
    /// # Errors
    /// [`ToolkitError::Message`] without a creditor agent.
    pub fn pacs_008(&self, bic: &str) -> Result<String, ToolkitError> {
        let version = self.pacs_version.as_str();
        let agent = self
            .creditor_agent
            .as_ref()
            .ok_or_else(|| ToolkitError::Message("pacs.008 needs a creditor agent".to_owned()))?;
        let group = [
            element("MsgId", &self.message_id),
            element("CreDtTm", &self.created()),
            element("NbOfTxs", "1"),
            wrap("SttlmInf", &element("SttlmMtd", "CLRG")),
            wrap("InstgAgt", &AgentRef::Bic(bic.to_owned()).xml(version)),
        ];
        let transfer = wrap("CdtTrfTxInf", &self.transferred(version, bic, agent));
        let content = wrap("GrpHdr", &group.concat()) + &transfer;
        Ok(self.document(version, "FIToFICstmrCdtTrf", &content, bic))
    }

    fn initiated(&self, version: &str) -> String {
        let amount = amount("InstdAmt", &self.currency, &self.amount);
        let agent = self.creditor_agent.as_ref();
        [
            wrap("PmtId", &self.payment_id(version, false)),
            wrap("Amt", &amount),
            agent.map(|agent| wrap("CdtrAgt", &agent.xml(version))).unwrap_or_default(),
            wrap("Cdtr", &element("Nm", &self.creditor)),
            wrap("CdtrAcct", &self.creditor_account.xml(version)),
            self.remittance_xml(),
        ]
        .concat()
    }

    fn transferred(&self, version: &str, bic: &str, agent: &AgentRef) -> String {
        let accepted = element("AccptncDtTm", &self.created());
        [
            wrap("PmtId", &self.payment_id(version, true)),
            amount("IntrBkSttlmAmt", &self.currency, &self.amount),
            match version {
                "pacs.008.001.13" => wrap("AddtlDtTm", &accepted),
                _ => accepted,
            },
            element("ChrgBr", self.charge_bearer.as_deref().unwrap_or("SLEV")),
            wrap("Dbtr", &element("Nm", &self.debtor)),
            wrap("DbtrAcct", &self.debtor_account.xml(version)),
            wrap("DbtrAgt", &AgentRef::Bic(bic.to_owned()).xml(version)),
            wrap("CdtrAgt", &agent.xml(version)),
            wrap("Cdtr", &element("Nm", &self.creditor)),
            wrap("CdtrAcct", &self.creditor_account.xml(version)),
            self.remittance_xml(),
        ]
        .concat()
    }

    fn payment_id(&self, version: &str, with_transaction_id: bool) -> String {
        let uetr = self.uetr.as_deref().filter(|_| !is_of_2009(version));
        let transaction_id = self.transaction_id.as_deref().filter(|_| with_transaction_id);
        element("EndToEndId", &self.end_to_end_id)
            + &optional("TxId", transaction_id)
            + &optional("UETR", uetr)
    }

    fn remittance_xml(&self) -> String {
        let text = self.remittance.as_deref();
        text.map(|text| wrap("RmtInf", &element("Ustrd", text))).unwrap_or_default()
    }

    fn created(&self) -> String {
        clock::date_time(self.created_epoch_ms)
    }

    fn document(&self, name: &str, root: &str, content: &str, bic: &str) -> String {
        let document = document(name, root, content);
        match self.envelope {
            Envelope::Bare => format!("{DECLARATION}{document}"),
            Envelope::BusinessMessage => {
                let header = self.header(name, bic);
                format!("{DECLARATION}{}", wrap("BusinessMessage", &format!("{header}{document}")))
            }
        }
    }

    fn header(&self, name: &str, bic: &str) -> String {
        let institution = |agent: AgentRef| wrap("FIId", &agent.xml(HEADER));
        let to = self.creditor_agent.clone().unwrap_or_else(|| AgentRef::Bic(bic.to_owned()));
        let content = [
            wrap("Fr", &institution(AgentRef::Bic(bic.to_owned()))),
            wrap("To", &institution(to)),
            element("BizMsgIdr", &self.message_id),
            element("MsgDefIdr", name),
            element("CreDt", &self.created()),
        ];
        let content = content.concat();
        format!("<AppHdr xmlns=\"urn:iso:std:iso:20022:tech:xsd:{HEADER}\">{content}</AppHdr>")
    }
}

impl AccountRef {
    fn xml(&self, version: &str) -> String {
        let other = |id: &str| wrap("Id", &wrap("Othr", &element("Id", id)));
        match self {
            Self::Iban(iban) => wrap("Id", &element("IBAN", iban)),
            Self::Other(id) => other(id),
            Self::Proxy { id, .. } if is_of_2009(version) => other(id),
            Self::Proxy { kind, id } => {
                let proxy = wrap("Tp", &element("Cd", kind)) + &element("Id", id);
                other(id) + &wrap("Prxy", &proxy)
            }
        }
    }
}

impl AgentRef {
    fn xml(&self, version: &str) -> String {
        let institution = match self {
            Self::Bic(bic) => element(bic_element(version), bic),
            Self::Member(id) => wrap("ClrSysMmbId", &element("MmbId", id)),
            Self::Other(id) => wrap("Othr", &element("Id", id)),
        };
        wrap("FinInstnId", &institution)
    }
}

/// The version of the header in a [`Envelope::BusinessMessage`].
const HEADER: &str = "head.001.001.02";
/// The date in an ISO 8601 date and time.
const DATE_CHARS: usize = 10;
