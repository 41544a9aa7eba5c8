//! Where the hub's rows are: on one node's own engine, or on a server that several nodes share.

use std::sync::Arc;

use switch_store::testing::{Memory, SharedMemory, SharedNode};
use switch_store::{Clock, EmbeddedStore, SteadyClock, Store, StoreError};

use super::hub::Clocks;

/// Which store the hub runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// One node over an embedded engine.
    One,
    /// Three nodes over one server.
    Shared,
}

/// What survives the processes.
#[derive(Clone)]
pub enum Ledger {
    Own(Memory),
    Shared(SharedMemory),
}

/// A store that one life of a node has opened.
pub struct Opened {
    pub store: Arc<dyn Store>,
    pub clock: Arc<SteadyClock>,
    /// The node's side of a shared server.
    pub member: Option<Arc<SharedNode>>,
}

impl Model {
    /// How many nodes.
    pub fn nodes(self) -> usize {
        match self {
            Model::One => 1,
            Model::Shared => 3,
        }
    }
}

impl Ledger {
    /// An empty one; a server has a clock of its own.
    pub fn new(model: Model, server: Arc<Clocks>) -> Ledger {
        match model {
            Model::One => Ledger::Own(Memory::new()),
            Model::Shared => Ledger::Shared(SharedMemory::new(server)),
        }
    }

    /// A new life of a node on a machine with these clocks.
    pub fn open(&self, clocks: &Arc<Clocks>) -> Result<Opened, StoreError> {
        let machine: Arc<dyn Clock> = Arc::clone(clocks) as Arc<dyn Clock>;
        match self {
            Ledger::Own(memory) => {
                let clock = SteadyClock::new(machine);
                let store = EmbeddedStore::over(memory.clone(), Arc::clone(&clock))?;
                Ok(Opened { store: Arc::new(store), clock, member: None })
            }
            Ledger::Shared(memory) => {
                let member = Arc::new(memory.node(machine)?);
                let (store, clock) = (Arc::clone(&member) as Arc<dyn Store>, member.clock());
                Ok(Opened { store, clock, member: Some(member) })
            }
        }
    }

    /// The server, if several nodes share it.
    pub fn shared(&self) -> Option<&SharedMemory> {
        match self {
            Ledger::Own(_) => None,
            Ledger::Shared(memory) => Some(memory),
        }
    }

    /// The store answers again.
    pub fn set_up(&self) {
        match self {
            Ledger::Own(memory) => memory.set_down(false),
            Ledger::Shared(memory) => memory.set_down(false),
        }
    }
}
