//! What a cluster needs beside its programs for some of its faults.

use super::clocks::Clocks;
use super::disk::Disk;
use super::fault::{Act, Part};

/// Which of it there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rig {
    /// PostgreSQL servers have disks of their own, which can be filled.
    pub disks: bool,
    /// Nodes have clocks of their own, which can be set.
    pub clocks: bool,
    /// Messages between participants and nodes go through relays, which can double and shuffle them.
    pub relays: bool,
}

impl Rig {
    /// All that this machine allows, and why it does not allow the rest.
    pub fn of_this_machine() -> (Rig, Vec<String>) {
        let (disks, clocks) = (Disk::why_not(), Clocks::why_not());
        let rig = Rig { disks: disks.is_none(), clocks: clocks.is_none(), relays: true };
        (rig, disks.into_iter().chain(clocks).collect())
    }

    /// Whether a cluster with it can suffer this.
    pub fn allows(self, act: Act, part: Part) -> bool {
        match (act, part) {
            (Act::Fill | Act::Starve, _) => self.disks,
            (Act::Ahead | Act::Behind, _) => self.clocks,
            (_, Part::Wires) => self.relays,
            _ => true,
        }
    }
}
