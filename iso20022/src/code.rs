//! Closed code lists of the served messages.

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$code_doc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$code_doc])* $variant),* }

        impl $name {
            /// The code as the messages write it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// The code of this text, if it is one.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

codes! {
    /// ChargeBearerType1Code: who bears the charges.
    ChargeBearer {
        /// Borne by the debtor.
        Debtor = "DEBT",
        /// Borne by the creditor.
        Creditor = "CRED",
        /// Shared.
        Shared = "SHAR",
        /// Following the service level.
        ServiceLevel = "SLEV",
    }
}

codes! {
    /// SettlementMethod1Code.
    SettlementMethod {
        /// By the instructed agent.
        InstructedAgent = "INDA",
        /// By the instructing agent.
        InstructingAgent = "INGA",
        /// By a cover payment.
        Cover = "COVE",
        /// Through a clearing system.
        Clearing = "CLRG",
    }
}

codes! {
    /// PaymentMethod3Code of pain.001.
    PaymentMethod {
        /// Cheque.
        Cheque = "CHK",
        /// Credit transfer.
        Transfer = "TRF",
        /// Credit transfer with advice.
        TransferAdvice = "TRA",
    }
}

/// ExternalPaymentTransactionStatus1Code and ...GroupStatus1Code: an open list, of which those that
/// a bridge acts on are named.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum StatusCode {
    /// `ACCC`: settled on the creditor's account.
    AcceptedCreditSettlementCompleted,
    /// `ACCP`: the customer profile was accepted.
    AcceptedCustomerProfile,
    /// `ACSC`: settled on the debtor's account.
    AcceptedSettlementCompleted,
    /// `ACSP`: settlement in process.
    AcceptedSettlementInProcess,
    /// `ACTC`: syntax and semantics were accepted.
    AcceptedTechnicalValidation,
    /// `ACWC`: accepted with a change.
    AcceptedWithChange,
    /// `ACWP`: accepted without posting yet.
    AcceptedWithoutPosting,
    /// `BLCK`: blocked.
    Blocked,
    /// `CANC`: cancelled.
    Cancelled,
    /// `PART`: some transactions of the group are accepted.
    Partial,
    /// `PDNG`: pending.
    Pending,
    /// `RCVD`: received.
    Received,
    /// `RJCT`: rejected.
    Rejected,
    /// Any other code.
    Other(String),
}

impl StatusCode {
    /// The code as the messages write it.
    pub fn as_str(&self) -> &str {
        match self {
            StatusCode::AcceptedCreditSettlementCompleted => "ACCC",
            StatusCode::AcceptedCustomerProfile => "ACCP",
            StatusCode::AcceptedSettlementCompleted => "ACSC",
            StatusCode::AcceptedSettlementInProcess => "ACSP",
            StatusCode::AcceptedTechnicalValidation => "ACTC",
            StatusCode::AcceptedWithChange => "ACWC",
            StatusCode::AcceptedWithoutPosting => "ACWP",
            StatusCode::Blocked => "BLCK",
            StatusCode::Cancelled => "CANC",
            StatusCode::Partial => "PART",
            StatusCode::Pending => "PDNG",
            StatusCode::Received => "RCVD",
            StatusCode::Rejected => "RJCT",
            StatusCode::Other(code) => code,
        }
    }

    /// The code of this text.
    pub fn parse(text: &str) -> StatusCode {
        match text {
            "ACCC" => StatusCode::AcceptedCreditSettlementCompleted,
            "ACCP" => StatusCode::AcceptedCustomerProfile,
            "ACSC" => StatusCode::AcceptedSettlementCompleted,
            "ACSP" => StatusCode::AcceptedSettlementInProcess,
            "ACTC" => StatusCode::AcceptedTechnicalValidation,
            "ACWC" => StatusCode::AcceptedWithChange,
            "ACWP" => StatusCode::AcceptedWithoutPosting,
            "BLCK" => StatusCode::Blocked,
            "CANC" => StatusCode::Cancelled,
            "PART" => StatusCode::Partial,
            "PDNG" => StatusCode::Pending,
            "RCVD" => StatusCode::Received,
            "RJCT" => StatusCode::Rejected,
            other => StatusCode::Other(other.to_owned()),
        }
    }
}
