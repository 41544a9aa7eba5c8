//! A transfer: the row that a prepare writes and its one final state.

use serde::{Deserialize, Serialize};

use crate::{
    Condition, FulfilState, Fulfilment, GroupId, Hash, Money, ParticipantName, Refusal, Timestamp,
    TransferId, Verdict, VerdictReference,
};

/// A transfer, from its prepare to its one final state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Its id.
    pub id: TransferId,
    /// What it ends together with.
    pub group: GroupId,
    /// Its id as the payer wrote it.
    pub spelling: String,
    /// Who pays.
    pub payer: ParticipantName,
    /// Who is paid.
    pub payee: ParticipantName,
    /// How much.
    pub money: Money,
    /// What its fulfilment must hash to.
    pub condition: Condition,
    /// The hash of the prepare's terms.
    pub hash: Hash,
    /// The expiration that the payer signed.
    pub expiration: Timestamp,
    /// Our own deadline: from this instant on it can only be expired.
    pub expires_at: Timestamp,
    /// When the index of deadlines calls next: `expires_at`, or the next question to a proxy.
    pub due_at: Timestamp,
    /// Where it stands.
    pub state: TransferState,
    /// When the prepare was decided.
    pub prepared_at: Timestamp,
    /// When it became final.
    pub ended_at: Option<Timestamp>,
    /// What the payee answered, when it did so in time.
    pub payee_answer: Option<PayeeAnswer>,
    /// Why it was aborted.
    pub cause: Option<Cause>,
    /// A fulfil that came too late, kept as evidence.
    pub late_fulfil: Option<LateFulfil>,
    /// What screening said of it: a resend gets the same verdict.
    pub verdict: Verdict,
    /// Where the evidence for the verdict is.
    pub verdict_reference: Option<VerdictReference>,
}

impl Transfer {
    /// Whether only its expiry can end it now.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        match self.state {
            TransferState::Reserved => now >= self.expires_at,
            TransferState::Held => now >= self.due_at,
            _ => false,
        }
    }

    /// Whether it was held and an operator has released it.
    pub fn was_released(&self) -> bool {
        let state = self.state;
        let refused = matches!(state, TransferState::Invalid | TransferState::AbortedRejected);
        let never_left = matches!(state, TransferState::Held | TransferState::ExpiredPrepared);
        self.verdict == Verdict::Hold && !refused && !never_left
    }

    /// Whether it was held and an operator has blocked it.
    pub fn was_blocked(&self) -> bool {
        let by_screening = Some(Cause::Hub(Refusal::BlockedByScreening));
        self.verdict == Verdict::Hold && self.cause == by_screening
    }
}

/// The internal states in use (switch-core.md §1.4; the peer's names). Stored by their place in this
/// list: append only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TransferState {
    /// The prepare was refused by a rule; kept so that a resend gets the same answer.
    Invalid,
    /// The prepare was refused for want of liquidity or by the cap.
    AbortedRejected,
    /// The payer's position is raised, the prepare goes to the payee.
    Reserved,
    /// As reserved, but sent through a proxy: no clock of ours ends it.
    ReservedForwarded,
    /// The payee's position is lowered: paid.
    Committed,
    /// Ended by the payee's error or by a wrong fulfilment.
    AbortedError,
    /// Ended by its deadline, or never sent for want of time.
    ExpiredReserved,
    /// A fraud verdict holds it: nothing is reserved and the payee has not heard of it.
    Held,
    /// Its time was over while it was held.
    ExpiredPrepared,
}

impl TransferState {
    /// The state that others may see.
    pub fn external(self) -> ExternalState {
        match self {
            Self::Held => ExternalState::Received,
            Self::Reserved | Self::ReservedForwarded => ExternalState::Reserved,
            Self::Committed => ExternalState::Committed,
            Self::Invalid | Self::AbortedRejected => ExternalState::Aborted,
            Self::AbortedError | Self::ExpiredReserved => ExternalState::Aborted,
            Self::ExpiredPrepared => ExternalState::Aborted,
        }
    }

    /// Whether nothing can change it any more.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Held | Self::Reserved | Self::ReservedForwarded)
    }
}

/// The states that may leave the hub (FSPIOP TransferState; SETTLED is not used yet).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ExternalState {
    /// `RESERVED`
    Reserved,
    /// `COMMITTED`
    Committed,
    /// `ABORTED`
    Aborted,
    /// `RECEIVED`: held, with nothing reserved.
    Received,
}

/// What the payee answered before the deadline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayeeAnswer {
    /// The hash of the answer (of fulfilment and state, or of the error).
    pub hash: Hash,
    /// What the payee said of its own side; none with an error.
    pub state: Option<FulfilState>,
    /// The fulfilment, right or wrong; none with an error.
    pub fulfilment: Option<Fulfilment>,
    /// The payee's completedTimestamp; without one, the time of the decision.
    pub completed_at: Timestamp,
}

/// Why a transfer was aborted. Stored by place in this list: append only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// The hub refused or ended it.
    Hub(Refusal),
    /// The payee said no.
    Payee(ReportedError),
}

/// An error as a participant reported it: passed on, not judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedError {
    /// The four-digit code.
    pub code: u16,
    /// Its description.
    pub description: String,
    /// Its extension list, key and value.
    pub extensions: Vec<(String, String)>,
}

/// A fulfil that came after the deadline. The best one is kept: a right one before a wrong one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateFulfil {
    /// What the payee revealed.
    pub fulfilment: Fulfilment,
    /// Whether it meets the condition.
    pub meets_condition: bool,
    /// Whether the payee said RESERVED or COMMITTED.
    pub state: FulfilState,
    /// When it was decided.
    pub arrived_at: Timestamp,
}
