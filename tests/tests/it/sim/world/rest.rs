//! The end of a simulation: everything has come to rest, or what has not is named.

use switch_store::{OutboxId, OutboxRows};

use super::{Parcel, Tally, World, told};
use crate::sim::hub::rows::Item;
use crate::sim::hub::{Hub, at_once};
use crate::sim::invariants::Violation;

impl World {
    pub(super) fn is_at_rest(&self) -> bool {
        let hubs = self.seats.iter().map(|seat| seat.hub.as_ref());
        let busy = hubs.map(|hub| hub.is_none_or(Hub::is_busy));
        let Some(store) = self.sight().filter(|_| !busy.into_iter().any(|busy| busy)) else {
            return false;
        };
        at_once(store.outbox(OutboxRows::All, OutboxId(0), 1)).is_ok() && self.unrest().is_empty()
    }

    /// What is not final yet, not sent yet, or not answered yet.
    pub(super) fn unrest(&self) -> String {
        let Some(store) = self.sight() else { return "the hub is down".to_owned() };
        let mut left = vec![self.invariants.unrest(&*store, &self.dfsps, &self.banks)];
        left.extend(self.parcels.values().map(|parcel| {
            let Parcel { from, message, attempts, .. } = parcel;
            format!("{from:?} says {} after {attempts} attempts", message.target)
        }));
        let rows = at_once(store.outbox(OutboxRows::All, OutboxId(0), usize::MAX));
        let holds = |row: OutboxId| self.ledger.shared().and_then(|shared| shared.holder(row));
        left.extend(rows.unwrap_or_default().into_iter().map(|row| {
            let (id, settled) = (row.id, self.settled.contains(&row.id));
            let item = Item::of(row);
            let (to, what) = (&item.destination, told(&item));
            format!("{id:?} of {:?} to {to}, settled: {settled}: {what}", holds(id))
        }));
        left.retain(|line| !line.is_empty());
        left.join("\n")
    }

    pub(super) fn finish(mut self) -> Result<Tally, Violation> {
        self.check(true)?;
        let store = self.sight().unwrap();
        self.invariants.at_rest(&*store, &self.banks, &mut self.tally)?;
        Ok(self.tally)
    }
}
