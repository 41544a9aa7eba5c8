//! The machines that nodes run on: each with clocks of its own, on at times, frozen at times.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use switch_store::{OutboxId, OutboxRows, Store};

use super::{Happening, Sender, Then, World};
use crate::sim::hub::rows::Item;
use crate::sim::hub::{Clocks, Hub, Wish, at_once};
use crate::sim::invariants::Violation;

/// How often a node looks at what others have left.
const LOOK_MS: u64 = 250;

/// One machine.
pub struct Seat {
    pub clocks: Arc<Clocks>,
    pub hub: Option<Hub>,
    pub step_at: u64,
    pub tick_at: u64,
    pub frozen_until_ms: u64,
}

impl Default for Seat {
    fn default() -> Seat {
        Seat {
            clocks: Arc::default(),
            hub: None,
            step_at: u64::MAX,
            tick_at: u64::MAX,
            frozen_until_ms: 0,
        }
    }
}

impl Seat {
    pub fn is_living(&self, life: u64) -> bool {
        self.hub.as_ref().is_some_and(|hub| hub.life == life)
    }

    /// Whether its process is stopped, and what comes to it waits.
    pub fn is_frozen(&self, now_ms: u64) -> bool {
        self.frozen_until_ms > now_ms
    }

    /// Its process, if that does anything.
    pub fn awake(&mut self, now_ms: u64) -> Option<&mut Hub> {
        let frozen = self.is_frozen(now_ms);
        self.hub.as_mut().filter(|_| !frozen)
    }

    /// What its process wants at once, and what it is to send.
    pub fn wants(&mut self, now_ms: u64) -> Option<(u64, Vec<Wish>, Vec<Item>)> {
        let hub = self.awake(now_ms)?;
        let (wishes, now_ms) = (hub.wishes(), hub.node.now().0);
        let may_send_stored = hub.node.may_send_stored();
        Some((hub.life, wishes, hub.delivery.start_due(now_ms, may_send_stored)))
    }
}

impl World {
    pub(super) fn sets_clocks(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        let machines = self.seats.iter().map(|seat| &seat.clocks);
        for clocks in machines.chain([&self.server]) {
            clocks.now_ms.store(now_ms, Ordering::Relaxed);
        }
    }

    pub(super) fn seat(&mut self, life: u64) -> Option<&mut Seat> {
        self.seats.iter_mut().find(|seat| seat.is_living(life))
    }

    pub(super) fn living(&mut self, life: u64) -> Option<&mut Hub> {
        self.seat(life)?.hub.as_mut()
    }

    pub(super) fn any_seat(&mut self) -> usize {
        usize::try_from(self.chance.below(self.seats.len() as u64)).unwrap()
    }

    /// What happens to a frozen process happens when it wakes.
    pub(super) fn thawed(&mut self, happening: Happening) -> Option<Happening> {
        let row_of = |exchange: &u64| match self.exchanges.get(exchange).map(|one| &one.sender) {
            Some(Sender::Row { life, .. }) => Some(*life),
            _ => None,
        };
        let life = match &happening {
            Happening::Step(life) | Happening::Tick(life) | Happening::Renew(life) => Some(*life),
            Happening::Fellows(life, _) => Some(*life),
            Happening::Arrive { life, .. } => *life,
            Happening::Answer { exchange, .. } | Happening::Patience(exchange) => row_of(exchange),
            _ => None,
        };
        let now_ms = self.now_ms;
        match life.and_then(|life| self.seat(life)).filter(|seat| seat.is_frozen(now_ms)) {
            Some(seat) => {
                let later_ms = seat.frozen_until_ms - now_ms;
                self.put(later_ms, happening);
                None
            }
            None => Some(happening),
        }
    }

    /// A new life at a seat: what a node over a shared server does from time to time begins.
    pub(super) fn takes_seat(&mut self, index: usize, hub: Hub) {
        let life = hub.life;
        if hub.node.member.is_some() {
            self.put(0, Happening::Renew(life));
            self.put(0, Happening::Fellows(life, Then::Again));
        }
        self.seats[index].hub = Some(hub);
    }

    pub(super) fn looks(&mut self, life: u64, then: Then) {
        let Some(hub) = self.living(life) else { return };
        hub.look();
        if then == Then::Again {
            let after_ms = LOOK_MS + self.chance.below(20);
            self.put(after_ms, Happening::Fellows(life, then));
        }
    }

    pub(super) fn renews(&mut self, life: u64) {
        let Some(hub) = self.living(life) else { return };
        if let Some(member) = &hub.node.member {
            // Without an answer the lease runs out.
            let _ = member.renew();
        }
        self.put(switch_store::limits::LEASE_RENEWAL_MS, Happening::Renew(life));
    }

    /// The shared server has something to do.
    pub(super) fn arm_server(&mut self) {
        let busy = self.ledger.shared().is_some_and(|shared| !shared.under_way().is_empty());
        if busy && self.server_at == u64::MAX {
            let after_ms = self.chance.below(4);
            self.server_at = self.now_ms + after_ms;
            self.put(after_ms, Happening::Server);
        }
    }

    /// One commit goes on; what takes effect is looked at.
    pub(super) fn server_goes_on(&mut self) -> Result<(), Violation> {
        self.server_at = u64::MAX;
        let Some(shared) = self.ledger.shared().cloned() else { return Ok(()) };
        let under_way = shared.under_way();
        if under_way.is_empty() {
            return Ok(());
        }
        let commit = self.chance.pick(&under_way);
        if self.endanger_commit(&shared, commit) || !shared.advance(commit) {
            return Ok(());
        }
        self.check(false)
    }

    pub(super) fn cable_in(&mut self, life: u64) {
        let shared = self.ledger.shared().cloned();
        let claimant = self.living(life).and_then(|hub| hub.node.claimant());
        if let (Some(shared), Some(claimant)) = (shared, claimant) {
            shared.set_cut_off(claimant, false);
        }
    }

    /// What sees the store as it stands, whoever lives.
    pub(super) fn sight(&self) -> Option<Arc<dyn Store>> {
        match self.ledger.shared() {
            Some(shared) => Some(Arc::new(shared.observer())),
            None => self.seats[0].hub.as_ref().map(|hub| Arc::clone(&hub.node.store)),
        }
    }

    /// Who sends a stored row holds it, and no earlier one of its lane is still to be sent. What is word
    /// for word the same has no order: two nodes may answer two questions about a transfer that is not
    /// there, which no lock puts in a row.
    pub(super) fn may_send(&self, life: u64, item: &Item) -> Result<(), Violation> {
        let (Some(row), Some(store)) = (item.row, self.sight()) else { return Ok(()) };
        let hub = self.seats.iter().find(|seat| seat.is_living(life));
        let own = hub.and_then(|seat| seat.hub.as_ref()).and_then(|hub| hub.node.claimant());
        let holder = self.ledger.shared().and_then(|shared| shared.holder(row));
        if let (Some(own), Some(holder)) = (own, holder)
            && own != holder
        {
            let how = format!("{row:?} is {holder:?}'s and sent by {own:?}");
            return Err(Violation::of("a row is sent by a node that does not hold it", how));
        }
        let all = at_once(store.outbox(OutboxRows::All, OutboxId(0), usize::MAX));
        let earlier = all.unwrap_or_default().into_iter().find(|other| {
            other.id < row
                && (&other.destination, &other.resource) == (&item.destination, &item.resource)
                && !self.settled.contains(&other.id)
                && Item::of(other.clone()).outbound.message.body != item.outbound.message.body
        });
        match earlier {
            Some(other) => {
                let how = format!("{row:?} before {:?} to {}", other.id, item.destination);
                Err(Violation::of("a row overtakes one of its lane", how))
            }
            None => Ok(()),
        }
    }
}
