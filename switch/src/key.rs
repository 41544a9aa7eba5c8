//! What names a row, in the order in which rows are locked.

use serde::{Deserialize, Serialize};

use crate::{
    Account, AccountKey, AccountNumber, AccountNumberEntry, AccountNumbers, FundsMovement,
    Participant, ParticipantName, Party, PartyId, PartyKind, PartyRanges, Transfer, TransferId,
};

/// The classes of rows, in locking order (DESIGN §3): each class is locked once, in this order,
/// and sorted inside. `Group` and `Window` have no rows yet: a transfer without currency
/// conversion is its own group, and settlement windows come with settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockClass {
    /// Ids that are claimed by the first who brings them.
    Id,
    /// All that ends together.
    Group,
    /// What changes seldom: participants and the directory.
    Document,
    /// Transfers.
    Transfer,
    /// Settlement windows.
    Window,
    /// Accounts.
    Account,
}

/// What names a row. The order of variants is the locking order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Key {
    /// A movement of funds by the operator.
    FundsMovement(TransferId),
    /// The counter that account numbers come from.
    AccountNumbers,
    /// Where an account number leads.
    AccountNumber(AccountNumber),
    /// A participant.
    Participant(ParticipantName),
    /// A registered party.
    Party(PartyId),
    /// The prefixes of a kind.
    PartyRanges(PartyKind),
    /// A transfer.
    Transfer(TransferId),
    /// An account.
    Account(AccountKey),
}

impl Key {
    /// The class that it is locked with.
    pub fn class(&self) -> LockClass {
        match self {
            Self::FundsMovement(_) => LockClass::Id,
            Self::AccountNumbers | Self::AccountNumber(_) => LockClass::Document,
            Self::Participant(_) | Self::Party(_) | Self::PartyRanges(_) => LockClass::Document,
            Self::Transfer(_) => LockClass::Transfer,
            Self::Account(_) => LockClass::Account,
        }
    }
}

/// A whole row, as a store keeps it under its [`Key`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Row {
    /// See [`Key::FundsMovement`].
    FundsMovement(Box<FundsMovement>),
    /// See [`Key::AccountNumbers`].
    AccountNumbers(AccountNumbers),
    /// See [`Key::AccountNumber`].
    AccountNumber(AccountNumberEntry),
    /// See [`Key::Participant`].
    Participant(Participant),
    /// See [`Key::Party`].
    Party(Party),
    /// See [`Key::PartyRanges`].
    PartyRanges(PartyRanges),
    /// See [`Key::Transfer`].
    Transfer(Box<Transfer>),
    /// See [`Key::Account`].
    Account(Box<Account>),
}

impl Row {
    /// What it is kept under.
    pub fn key(&self) -> Key {
        match self {
            Self::FundsMovement(row) => Key::FundsMovement(row.id),
            Self::AccountNumbers(_) => Key::AccountNumbers,
            Self::AccountNumber(row) => Key::AccountNumber(row.number),
            Self::Participant(row) => Key::Participant(row.name.clone()),
            Self::Party(row) => Key::Party(row.id.clone()),
            Self::PartyRanges(row) => Key::PartyRanges(row.kind.clone()),
            Self::Transfer(row) => Key::Transfer(row.id),
            Self::Account(row) => Key::Account(row.key.clone()),
        }
    }
}
