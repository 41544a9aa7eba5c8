//! Every reason to say no, flat, with whose fault it is and whether a retry helps.
//!
//! Wire codes are one table in causeway-translate; the code meant is named at each variant.
//!
//! **Precedence** is the order of checks, which is the order of variants in each group below.

use serde::{Deserialize, Serialize};

use crate::{Currency, Key, MoneyError, ParticipantName};

/// One reason to say no. The text names the member, the rule and the mend. Stored with the transfers
/// that it ended, by its place in this list: append only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    // Prepare (switch-core.md §1.5), in order.
    /// 3106: the id was used before for other terms.
    #[error("transferId was used before with other terms: use a new id")]
    ModifiedRequest,
    /// 3100: the sender is not the payer.
    #[error("FSPIOP-Source header should match Payer")]
    SourceIsNotPayer,
    /// 3100: an amount of nothing.
    #[error("amount must be more than 0")]
    AmountIsZero,
    /// 3100: an amount below nothing; only reachable from inside.
    #[error("amount must not be negative")]
    AmountIsNegative,
    /// 3100: no such payer.
    #[error("Participant {name} not found (payerFsp)")]
    PayerUnknown {
        /// The name given.
        name: ParticipantName,
    },
    /// 3100: the payer was stopped by the operator.
    #[error("Participant {name} is inactive (payerFsp)")]
    PayerInactive {
        /// The name given.
        name: ParticipantName,
    },
    /// 3100: no such payee.
    #[error("Participant {name} not found (payeeFsp)")]
    PayeeUnknown {
        /// The name given.
        name: ParticipantName,
    },
    /// 3100: the payee was stopped by the operator.
    #[error("Participant {name} is inactive (payeeFsp)")]
    PayeeInactive {
        /// The name given.
        name: ParticipantName,
    },
    /// 3100: the signed expiration has passed.
    #[error("expiration is already in the past: send the transfer again with a later one")]
    ExpirationPast,
    /// 3303: too little time is left to send it on.
    #[error("too little time is left to send the transfer on: give it more")]
    NoTimeLeft,
    /// 3100: a participant would pay itself.
    #[error("Payer FSP and Payee FSP should be different, on-us transfers are not enabled")]
    OnUsTransfer,
    /// 3100: the payer has no accounts in the currency.
    #[error("Participant {name} {currency} account not found (payerFsp)")]
    PayerAccountUnknown {
        /// The payer.
        name: ParticipantName,
        /// The currency.
        currency: Currency,
    },
    /// 3100: the payer's position account was stopped.
    #[error("Participant {name} {currency} account is inactive (payerFsp)")]
    PayerAccountInactive {
        /// The payer.
        name: ParticipantName,
        /// The currency.
        currency: Currency,
    },
    /// 3100: the payee has no accounts in the currency.
    #[error("Participant {name} {currency} account not found (payeeFsp)")]
    PayeeAccountUnknown {
        /// The payee.
        name: ParticipantName,
        /// The currency.
        currency: Currency,
    },
    /// 3100: the payee's position account was stopped.
    #[error("Participant {name} {currency} account is inactive (payeeFsp)")]
    PayeeAccountInactive {
        /// The payee.
        name: ParticipantName,
        /// The currency.
        currency: Currency,
    },
    /// 4001: the payer's cover is too small.
    #[error("the cover would be passed")]
    InsufficientLiquidity,
    /// 4200: the payer's net debit cap is too small.
    #[error("the net debit cap would be passed")]
    NetDebitCap,
    /// 2001: a scheme that screens got a prepare without a verdict.
    #[error("the transfer has not been screened")]
    NotScreened,
    /// 4000: screening or an operator said no. The text is the code's own, and the code the generic
    /// one: that it was screening, whom it is about and why is the operator's business alone.
    #[error("Generic Payer error")]
    BlockedByScreening,

    // Fulfil and abort (switch-core.md §1.6), in order.
    /// 2001: an answer to a transfer that nobody knows.
    #[error("transfer not found")]
    AnsweredTransferUnknown,
    /// 3100: an answer from another than the payee.
    #[error("fspiop-source does not match payee fsp on the Fulfil callback response")]
    SourceIsNotPayee,
    /// 3303: the deadline has passed; this comes before all that follows.
    #[error("Transfer expired")]
    TransferExpired,
    /// 3100: the payee's answer names another than the payer.
    #[error("fspiop-destination does not match payer fsp on the Fulfil callback response")]
    DestinationIsNotPayer,
    /// 3106: answered before, otherwise.
    #[error("the transfer was answered before with another fulfilment or state")]
    ModifiedAnswer,
    /// 3100: SHA-256 of the fulfilment is not the condition.
    #[error("invalid fulfilment")]
    InvalidFulfilment,
    /// 3100: the transfer has already ended otherwise.
    #[error("non-RESERVED transfer state")]
    NotReserved,
    /// 3303: it ended because there was no time left to send it.
    #[error("Transfer expired before it could be sent")]
    NeverSent,

    // Inquire.
    /// 3208: nobody knows the transfer.
    #[error("Transfer ID not found")]
    TransferUnknown,
    /// 3000: the asker is neither payer nor payee.
    #[error("only a party to the transfer may ask for it")]
    NotAParty,

    // Operator.
    /// 3200: no such participant.
    #[error("Participant {name} not found")]
    ParticipantUnknown {
        /// The name given.
        name: ParticipantName,
    },
    /// 3100: the hub is no participant that can be created, limited or stopped.
    #[error("the hub's name is reserved")]
    HubIsReserved,
    /// 3003: only hub account kinds can be opened on the hub.
    #[error("Endpoint is reserved for creation of Hub account types only.")]
    NotAHubAccountKind,
    /// 3003: the hub's account exists.
    #[error("Hub account has already been registered.")]
    HubAccountExists,
    /// 3003: the hub's reconciliation account is missing.
    #[error("Hub reconciliation account for the specified currency does not exist")]
    HubReconciliationMissing,
    /// 3003: the hub's settlement account is missing.
    #[error("Hub multilateral net settlement account for the specified currency does not exist")]
    HubMultilateralSettlementMissing,
    /// 3000: the participant has accounts in that currency.
    #[error("Participant currency has already been registered")]
    CurrencyRegistered,
    /// 2001: no such account.
    #[error("Account not found")]
    AccountUnknown,
    /// 2001: the account is another's, or in another currency.
    #[error("The account does not match participant or currency specified")]
    AccountMismatch,
    /// 2001: only position accounts can be opened and stopped.
    #[error("Only position account update is permitted")]
    NotAPositionAccount,
    /// 2001: initial position and limit are set once.
    #[error("Participant Limit or Initial Position already set")]
    LimitAlreadySet,
    /// 2001: a limit can be replaced once it has been set.
    #[error("Participant Limit or Initial Position not set yet")]
    LimitNotSet,
    /// 3100: a limit below nothing.
    #[error("limit.value must not be negative")]
    LimitIsNegative,
    /// 3100: a percentage past 100.
    #[error("limit.alarmPercentage must be 0 to 100")]
    AlarmPercentage,
    /// 3100: position and limit in two currencies.
    #[error("initialPosition and limit must be in one currency")]
    CurrencyMismatch,
    /// 2001: the account was stopped.
    #[error("Account is currently set inactive")]
    AccountInactive,
    /// 2001: funds go to settlement accounts only.
    #[error("Account is not SETTLEMENT type")]
    NotASettlementAccount,
    /// 2001: the participant was stopped.
    #[error("Participant is currently set inactive")]
    ParticipantInactive,

    // Directory.
    /// 3003: another participant holds the party.
    #[error("the party is registered with another participant")]
    PartyTaken,
    /// 3003: too many registrations of one party, or too many prefixes of one kind.
    #[error("the directory holds no more of these")]
    DirectoryFull,
    /// 3003: another participant has the prefix.
    #[error("the prefix leads to another participant")]
    PrefixTaken,
    /// 3003: a prefix is too long.
    #[error("a prefix has at most 128 characters")]
    Prefix,
    /// 3040: the asker holds no such registration.
    #[error("the party is not registered with this participant")]
    PartyNotRegistered,
    /// 3204: nobody holds the party.
    #[error("Party not found")]
    PartyNotFound,
    /// 3200: the asker is unknown or inactive.
    #[error("Participant {name} not found or inactive (FSPIOP-Source)")]
    RequesterUnknown {
        /// The name given.
        name: ParticipantName,
    },
    /// 3201: the participant asked for is unknown or inactive.
    #[error("Participant {name} not found or inactive (FSPIOP-Destination)")]
    DestinationUnknown {
        /// The name given.
        name: ParticipantName,
    },
    /// 3202: a quote's payer is unknown or inactive.
    #[error("Payer FSP {name} not found or inactive")]
    QuotePayerUnknown {
        /// The name given.
        name: ParticipantName,
    },

    // Us.
    /// 3100: a balance would leave its bound.
    #[error("the amount would take a balance past the ledger's bound")]
    BalanceBound,
    /// 2001: the store did not load a row that the command needs.
    #[error("internal error: a row was not loaded")]
    RowNotLoaded {
        /// What is missing; for the log, not for the answer.
        key: Box<Key>,
    },
    /// 2001: rows contradict each other.
    #[error("internal error: the ledger's rows contradict each other")]
    LedgerInconsistent,

    // Operator, of held transfers.
    /// 3000: the transfer is not held, so that there is nothing to release or block.
    #[error("the transfer is not held")]
    NotHeld,
}

/// Whose fault a refusal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Who sent the command.
    Caller,
    /// Who was to receive it.
    Callee,
    /// Nobody: a rule or a limit of the scheme.
    Scheme,
    /// The hub.
    Us,
}

/// Whether sending again helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The same message gets the same answer.
    Never,
    /// A new message, mended or with a new id, may pass.
    Mended,
    /// The same wish may pass later, when balances or states have changed.
    Later,
}

impl Refusal {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::PayeeUnknown { .. } | Self::PayeeInactive { .. } => Fault::Callee,
            Self::PayeeAccountUnknown { .. } | Self::PayeeAccountInactive { .. } => Fault::Callee,
            Self::DestinationUnknown { .. } => Fault::Callee,
            Self::NetDebitCap | Self::BlockedByScreening | Self::OnUsTransfer => Fault::Scheme,
            Self::DirectoryFull | Self::BalanceBound => Fault::Scheme,
            Self::NotScreened | Self::RowNotLoaded { .. } | Self::LedgerInconsistent => Fault::Us,
            _ => Fault::Caller,
        }
    }

    /// Whether sending again helps.
    pub fn retry(&self) -> Retry {
        match self {
            Self::InsufficientLiquidity | Self::NetDebitCap => Retry::Later,
            Self::PayerInactive { .. } | Self::PayeeInactive { .. } => Retry::Later,
            Self::PayerAccountInactive { .. } | Self::PayeeAccountInactive { .. } => Retry::Later,
            Self::AccountInactive | Self::ParticipantInactive => Retry::Later,
            Self::NotScreened | Self::RowNotLoaded { .. } => Retry::Later,
            Self::LedgerInconsistent | Self::BlockedByScreening => Retry::Never,
            Self::TransferExpired | Self::ModifiedAnswer | Self::NotReserved => Retry::Never,
            Self::NotAParty | Self::HubAccountExists | Self::CurrencyRegistered => Retry::Never,
            Self::LimitAlreadySet | Self::NotHeld => Retry::Never,
            _ => Retry::Mended,
        }
    }
}

impl From<MoneyError> for Refusal {
    fn from(error: MoneyError) -> Self {
        match error {
            MoneyError::Overflow | MoneyError::Digits => Self::BalanceBound,
            _ => Self::LedgerInconsistent,
        }
    }
}
