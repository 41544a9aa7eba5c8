//! Participants, their accounts, and money put in by the operator: rows.

use serde::{Deserialize, Serialize};

use crate::{
    AccountNumber, Currency, Hash, Money, MoneyError, ParticipantName, Timestamp, TransferId,
};

/// A participant of the scheme, or the hub itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// Its name.
    pub name: ParticipantName,
    /// An inactive participant can neither pay nor be paid.
    pub active: bool,
    /// Whether it stands for another scheme: what goes through it is never expired by our clock.
    pub is_proxy: bool,
    /// The currencies it has accounts in, in order of registration.
    pub currencies: Vec<Currency>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// What an account is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AccountKind {
    /// What the participant owes to (+) or is owed by (-) the others, reservations included.
    /// This is the peer's figure `value`.
    Position,
    /// The participant's cover: negative when it has money in (the peer's sign).
    Settlement,
    /// The counterpart of reservations: minus what the participant's payments have reserved.
    /// `Position + InFlight` is what is committed.
    InFlight,
    /// The hub's side of money in and out.
    HubReconciliation,
    /// The hub's side of settlement and of initial positions.
    HubMultilateralSettlement,
}

/// What names an account inside the ledger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountKey {
    /// Whose it is.
    pub participant: ParticipantName,
    /// Its currency.
    pub currency: Currency,
    /// What it is for.
    pub kind: AccountKind,
}

/// One account. Balances of all accounts of a currency sum to zero at every instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its name inside the ledger.
    pub key: AccountKey,
    /// Its number for the admin API.
    pub number: AccountNumber,
    /// Its balance, signed as [`AccountKind`] says.
    pub balance: Money,
    /// An inactive account refuses new business; what is reserved still ends.
    pub active: bool,
    /// The net debit cap, on position accounts. Without one nothing is admitted.
    pub limit: Option<Limit>,
    /// When its balance last changed.
    pub changed_at: Timestamp,
}

/// A net debit cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Position and reservations may together reach this, and no more.
    pub net_debit_cap: Money,
    /// Percent of the cover past which the participant is warned.
    pub alarm_percentage: u8,
}

/// A participant's figures in one currency, as DESIGN §3 names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What is committed.
    pub position: Money,
    /// What its payments have reserved.
    pub reserved: Money,
    /// The admin API's `value`: position and reserved.
    pub value: Money,
}

impl Standing {
    /// The figures behind a position account and its in-flight account.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`] when the two do not belong together.
    pub fn of(position: &Account, in_flight: &Account) -> Result<Self, MoneyError> {
        Ok(Self {
            position: position.balance.checked_add(in_flight.balance)?,
            reserved: in_flight.balance.negated(),
            value: position.balance,
        })
    }
}

/// Where an account number leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountNumberEntry {
    /// The number.
    pub number: AccountNumber,
    /// The account that has it.
    pub account: AccountKey,
}

/// The counter that account numbers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountNumbers {
    /// The number that the next account gets.
    pub next: AccountNumber,
}

/// Money that the operator recorded as having come in. Idempotent by id and hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundsMovement {
    /// The operator's id for it.
    pub id: TransferId,
    /// The hash of its terms.
    pub hash: Hash,
    /// The settlement account that it went to.
    pub account: AccountKey,
    /// How much.
    pub money: Money,
    /// The operator's reason and outside reference, opaque here.
    pub reason: String,
    /// The operator's reference, opaque here.
    pub external_reference: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}
