//! What others are to be told: facts for a renderer, never bytes.

use serde::{Deserialize, Serialize};

use crate::{
    AccountKey, ExternalState, Fulfilment, Money, ParticipantName, Refusal, ReportedError,
    Timestamp, TransferId,
};

/// One thing to tell one receiver. `Forward*` passes on bytes that somebody else signed: with
/// `resent`, and at a release, those kept with the transfer, otherwise those of the request just
/// decided. All others are made by the hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// The payer's prepare, to the payee (POST /transfers).
    ForwardPrepare {
        /// The payee.
        to: ParticipantName,
        /// The transfer.
        about: About,
    },
    /// Screening holds a prepare: its bytes are kept with the transfer, somebody has to look at it.
    HoldPrepare {
        /// The transfer.
        about: About,
        /// When the hold ends by itself.
        until: Timestamp,
    },
    /// A hold is over: what was kept for it is not needed any more.
    HoldEnded {
        /// The transfer.
        id: TransferId,
        /// How it ended.
        end: HoldEnd,
    },
    /// The payee's fulfil COMMITTED, to the payer (PUT /transfers/{id}).
    ForwardFulfil {
        /// The payer.
        to: ParticipantName,
        /// The transfer.
        about: About,
        /// Told before: use the bytes kept with the transfer.
        resent: bool,
    },
    /// The payee's error, to the payer (PUT /transfers/{id}/error).
    ForwardAbort {
        /// The payer.
        to: ParticipantName,
        /// The transfer.
        about: About,
        /// What the payee reported, for receivers of another dialect.
        error: ReportedError,
        /// Told before: use the bytes kept with the transfer.
        resent: bool,
    },
    /// COMMITTED, to the payer, after a fulfil RESERVED (PUT /transfers/{id}, made by the hub).
    NotifyCommitted {
        /// The payer.
        to: ParticipantName,
        /// The transfer.
        about: About,
        /// What the payee revealed.
        fulfilment: Fulfilment,
        /// When it was committed.
        completed_at: Timestamp,
    },
    /// The last word to a payee that answered RESERVED (PATCH /transfers/{id}).
    ConfirmToPayee {
        /// The payee.
        to: ParticipantName,
        /// The transfer.
        about: About,
        /// The last word.
        confirmation: Confirmation,
        /// When it became final.
        completed_at: Timestamp,
    },
    /// A copy of the payee's own final answer, to the payee, when the scheme says so.
    CopyToPayee {
        /// The payee.
        to: ParticipantName,
        /// The transfer.
        about: About,
        /// COMMITTED or ABORTED.
        state: ExternalState,
        /// What it revealed.
        fulfilment: Option<Fulfilment>,
        /// When it became final.
        completed_at: Timestamp,
    },
    /// The hub's error (PUT /transfers/{id}/error).
    Error {
        /// Whom.
        to: ParticipantName,
        /// The transfer.
        id: TransferId,
        /// Its id as the receiver knows it.
        spelling: String,
        /// Why.
        refusal: Refusal,
    },
    /// The state as asked for, or as already decided (PUT /transfers/{id}, made by the hub).
    StateTo {
        /// Whom.
        to: ParticipantName,
        /// The transfer.
        about: About,
        /// The state.
        state: ExternalState,
        /// What the payee revealed, when COMMITTED.
        fulfilment: Option<Fulfilment>,
        /// When it became final.
        completed_at: Option<Timestamp>,
    },
    /// The prepare need not be delivered any more: its transfer is final.
    SupersedePrepare {
        /// The payee.
        to: ParticipantName,
        /// The transfer.
        id: TransferId,
    },
    /// Ask for the state of a transfer that went through a proxy (GET /transfers/{id}).
    PollForwarded {
        /// The payee, behind its proxy.
        to: ParticipantName,
        /// The transfer.
        about: About,
    },
    /// A payer's position has passed its alarm threshold.
    LimitAlarm {
        /// The position account.
        account: AccountKey,
        /// Position and reservations.
        value: Money,
        /// The cover that the threshold is a part of.
        liquidity: Money,
    },
    /// The operator changed a limit.
    LimitAdjusted {
        /// The position account.
        account: AccountKey,
        /// The new cap.
        net_debit_cap: Money,
    },
    /// A limit was set below the position: nothing is admitted until it has come down.
    PositionAboveLimitAlert {
        /// The position account.
        account: AccountKey,
        /// Position and reservations.
        value: Money,
        /// The new cap.
        net_debit_cap: Money,
    },
    /// The payee says that it has credited what the hub has aborted: somebody must look.
    Reconciliation {
        /// The transfer.
        about: About,
        /// What the payee revealed.
        fulfilment: Fulfilment,
        /// Whether it meets the condition.
        meets_condition: bool,
        /// Whether it came after the transfer had ended.
        late: bool,
    },
}

impl Effect {
    /// The participant that is told; none when it is the operator.
    pub fn to(&self) -> Option<&ParticipantName> {
        match self {
            Self::ForwardPrepare { to, .. } => Some(to),
            Self::ForwardFulfil { to, .. } => Some(to),
            Self::ForwardAbort { to, .. } => Some(to),
            Self::NotifyCommitted { to, .. } => Some(to),
            Self::ConfirmToPayee { to, .. } => Some(to),
            Self::CopyToPayee { to, .. } => Some(to),
            Self::Error { to, .. } => Some(to),
            Self::StateTo { to, .. } => Some(to),
            Self::SupersedePrepare { to, .. } => Some(to),
            Self::PollForwarded { to, .. } => Some(to),
            Self::HoldPrepare { .. } | Self::HoldEnded { .. } => None,
            Self::LimitAlarm { .. } | Self::LimitAdjusted { .. } => None,
            Self::PositionAboveLimitAlert { .. } | Self::Reconciliation { .. } => None,
        }
    }
}

/// How a hold ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HoldEnd {
    /// An operator released it, and it was admitted.
    Released,
    /// An operator released it, and it was refused.
    Refused,
    /// An operator blocked it.
    Blocked,
    /// Its time was over.
    Expired,
}

/// What a renderer needs to know of a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Its id.
    pub id: TransferId,
    /// Its id as the payer wrote it.
    pub spelling: String,
    /// Who pays.
    pub payer: ParticipantName,
    /// Who is paid.
    pub payee: ParticipantName,
    /// How much.
    pub money: Money,
    /// The signed expiration.
    pub expiration: Timestamp,
    /// Our own deadline.
    pub expires_at: Timestamp,
}

/// The last word to a payee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confirmation {
    /// Paid: credit your customer.
    Committed,
    /// Not paid: roll back. A cause goes into the extension list, key `cause`.
    Aborted {
        /// Why, where the payee is to know.
        cause: Option<Refusal>,
    },
}
