//! The rows that a batch decides on: what was loaded, overlaid with what was decided.

use std::collections::BTreeMap;

use crate::{
    Account, AccountKey, AccountNumber, AccountNumberEntry, AccountNumbers, Command, Decision,
    FundsMovement, Key, Participant, ParticipantName, Party, PartyId, PartyKind, PartyRanges,
    Refusal, Row, Transfer, TransferId,
};

/// Loaded rows by key; `None` is a row that was looked for and does not exist. What was not
/// loaded is not known, and a decision that needs it is refused as [`Refusal::RowNotLoaded`].
#[derive(Clone, Debug, Default)]
pub struct View {
    rows: BTreeMap<Key, Option<Row>>,
}

impl View {
    /// A view without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts what a store holds under `key`.
    pub fn insert(&mut self, key: Key, row: Option<Row>) {
        self.rows.insert(key, row);
    }

    /// What is known under `key`: nothing, no row, or a row.
    pub fn row(&self, key: &Key) -> Option<Option<&Row>> {
        self.rows.get(key).map(Option::as_ref)
    }

    /// Those of `keys` that are not loaded yet, sorted, each once.
    pub fn missing(&self, mut keys: Vec<Key>) -> Vec<Key> {
        keys.retain(|key| !self.rows.contains_key(key));
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The second and last step of finding a command's rows: those that its first rows name.
    /// Empty when [`Command::keys`] named all.
    pub fn more_keys(&self, command: &Command) -> Vec<Key> {
        crate::command::more_keys(self, command)
    }

    /// Lays a decision's writes over the rows, so that the next command of the batch sees them.
    pub fn apply(&mut self, decision: &Decision) {
        for row in &decision.writes {
            self.rows.insert(row.key(), Some(row.clone()));
        }
    }

    pub(crate) fn loaded(&self, key: Key) -> Result<Option<&Row>, Refusal> {
        match self.rows.get(&key) {
            Some(row) => Ok(row.as_ref()),
            None => Err(Refusal::RowNotLoaded { key: Box::new(key) }),
        }
    }
}

/// One accessor a kind of row: the row, none, or the refusal that it was not loaded.
macro_rules! accessors {
    ($($name:ident($argument:ty) -> $row:ty, $key:ident, $variant:ident;)*) => {
        impl View {
            $(
                #[doc = concat!("The row under [`Key::", stringify!($key), "`].\n\n# Errors\n")]
                #[doc = "[`Refusal::RowNotLoaded`] when nothing is known under that key."]
                pub fn $name(&self, id: &$argument) -> Result<Option<&$row>, Refusal> {
                    match self.loaded(Key::$key(id.clone()))? {
                        Some(Row::$variant(row)) => Ok(Some(row)),
                        _ => Ok(None),
                    }
                }
            )*
        }
    };
}

accessors! {
    funds_movement(TransferId) -> FundsMovement, FundsMovement, FundsMovement;
    account_number(AccountNumber) -> AccountNumberEntry, AccountNumber, AccountNumber;
    participant(ParticipantName) -> Participant, Participant, Participant;
    party(PartyId) -> Party, Party, Party;
    party_ranges(PartyKind) -> PartyRanges, PartyRanges, PartyRanges;
    transfer(TransferId) -> Transfer, Transfer, Transfer;
    account(AccountKey) -> Account, Account, Account;
}

impl View {
    /// The counter that account numbers come from.
    ///
    /// # Errors
    /// [`Refusal::RowNotLoaded`] when nothing is known under that key.
    pub fn account_numbers(&self) -> Result<Option<&AccountNumbers>, Refusal> {
        match self.loaded(Key::AccountNumbers)? {
            Some(Row::AccountNumbers(row)) => Ok(Some(row)),
            _ => Ok(None),
        }
    }
}
