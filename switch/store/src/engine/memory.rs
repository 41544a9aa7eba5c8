//! The engine of tests and of the simulator: two ordered maps, one as written and one as synced,
//! and faults on demand.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::StoreError;
use crate::engine::{Durability, Engine, Entry, Instant, Operation, Table};

/// What is to go wrong, once, at the next write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is written and the store says so.
    Refused,
    /// Nothing is written for want of room, and the store says so.
    Full,
    /// Nothing is written, but the store cannot say.
    LostBefore,
    /// All is written and synced, but the store cannot say.
    LostAfter,
    /// Nothing is written: another writer was faster.
    Overtaken,
    /// Nothing is written, and the engine stops for good.
    Halts,
}

/// An engine in memory. Clones share their contents, so that a test keeps one to break it, and
/// opens a store over another after a [`Memory::crash`].
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<State>>);

/// An engine that hangs.
#[derive(Debug)]
pub struct Hanging<'m> {
    _state: MutexGuard<'m, State>,
}

#[derive(Debug, Default)]
struct State {
    written: Tables,
    synced: Tables,
    unsynced: Vec<Operation>,
    faults: VecDeque<Fault>,
    rejects: Option<Vec<u8>>,
    down: bool,
    syncs: u64,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Tables(BTreeMap<Table, BTreeMap<Vec<u8>, Vec<u8>>>);

impl Memory {
    /// An empty engine.
    #[must_use]
    pub fn new() -> Memory {
        Memory::default()
    }

    /// The next write meets `fault`; several queue up.
    pub fn fail_next(&self, fault: Fault) {
        self.state().faults.push_back(fault);
    }

    /// While down, every read and write is refused as unavailable.
    pub fn set_down(&self, down: bool) {
        self.state().down = down;
    }

    /// Every read and write hangs until what is returned is dropped: a disk that does not answer.
    #[must_use]
    pub fn hang(&self) -> Hanging<'_> {
        Hanging { _state: self.state() }
    }

    /// Every batch with a value that contains `bytes` breaks a constraint; `None` ends it.
    pub fn reject_values_with(&self, bytes: Option<&[u8]>) {
        self.state().rejects = bytes.map(<[u8]>::to_vec);
    }

    /// Loses everything that was not synced, as a power cut does.
    pub fn crash(&self) {
        let mut state = self.state();
        state.written = state.synced.clone();
        state.unsynced.clear();
        state.faults.clear();
        state.down = false;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn available(&self) -> Result<(), StoreError> {
        if self.down {
            return Err(StoreError::Unavailable { reason: "the engine is down".into() });
        }
        Ok(())
    }

    fn rejected(&self, operations: &[Operation]) -> bool {
        let Some(bytes) = self.rejects.as_deref().filter(|bytes| !bytes.is_empty()) else {
            return false;
        };
        // What was put aside may hold what is rejected: an operator has to see it.
        let values = operations.iter().filter(|operation| operation.table != Table::Documents);
        values
            .filter_map(|operation| operation.value.as_deref())
            .any(|value| value.windows(bytes.len()).any(|window| window == bytes))
    }

    fn apply(&mut self, operations: Vec<Operation>, durability: Durability) {
        self.written.apply(&operations);
        self.unsynced.extend(operations);
        if durability == Durability::Synced {
            let unsynced = std::mem::take(&mut self.unsynced);
            self.synced.apply(&unsynced);
            self.syncs += 1;
        }
    }
}

impl Tables {
    fn apply(&mut self, operations: &[Operation]) {
        for operation in operations {
            let table = self.0.entry(operation.table).or_default();
            match &operation.value {
                Some(value) => table.insert(operation.key.clone(), value.clone()),
                None => table.remove(&operation.key),
            };
        }
    }
}

/// Its present: who uses it reads and writes by turns.
impl Instant for Memory {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let state = self.state();
        state.available()?;
        Ok(state.written.0.get(&table).and_then(|rows| rows.get(key)).cloned())
    }

    fn scan(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        until: Bound<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let state = self.state();
        state.available()?;
        let Some(rows) = state.written.0.get(&table) else {
            return Ok(Vec::new());
        };
        let found = rows.range::<[u8], _>((from, until)).take(limit);
        Ok(found.map(|(key, value)| Entry { key: key.clone(), value: value.clone() }).collect())
    }
}

impl Engine for Memory {
    type Instant = Memory;

    fn instant(&self) -> Memory {
        self.clone()
    }

    fn write(&self, operations: Vec<Operation>, durability: Durability) -> Result<(), StoreError> {
        let mut state = self.state();
        state.available()?;
        operations.iter().try_for_each(Operation::has_a_key)?;
        if state.rejected(&operations) {
            return Err(StoreError::Constraint { reason: "a rejected value".into() });
        }
        match state.faults.pop_front() {
            None => state.apply(operations, durability),
            Some(Fault::Refused) => {
                return Err(StoreError::Unavailable { reason: "refused by a fault".into() });
            }
            Some(Fault::Full) => {
                return Err(StoreError::Full { reason: "filled by a fault".into() });
            }
            Some(Fault::Overtaken) => {
                return Err(StoreError::Conflict { reason: "overtaken by a fault".into() });
            }
            Some(Fault::Halts) => {
                return Err(StoreError::Halted { reason: "halted by a fault".into() });
            }
            Some(Fault::LostBefore) => return Err(StoreError::UnknownOutcome),
            Some(Fault::LostAfter) => {
                state.apply(operations, Durability::Synced);
                return Err(StoreError::UnknownOutcome);
            }
        }
        Ok(())
    }

    fn syncs(&self) -> u64 {
        self.state().syncs
    }
}
