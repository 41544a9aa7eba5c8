//! Delivery: one actor a destination, so that a dead or slow one leaves the others alone. Rows of
//! one resource go out in their order; requests are sent again while their deadline allows, final
//! statuses until they are acknowledged.

mod awake;
mod breaker;
mod destination;
mod lanes;
mod pulse;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use fspiop::error::ErrorCode;
use switch::Timestamp;
use switch_store::{OutboxId, OutboxRow, SteadyClock};
use tokio::runtime::Handle;

use crate::limits::{BREAKER_PAUSE_MS, DESTINATION_IN_FLIGHT_MAX, FINAL_RETRIES_MS};
use crate::outbound::{HopBudget, Outbound, Urgency};
use awake::Awake;
use destination::Address;

/// One message on its way.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its row in the outbox; none for lookups and quotes, which live in memory only (DESIGN §2).
    pub row: Option<OutboxId>,
    /// Who is to have it.
    pub destination: Arc<str>,
    /// What it is about; items of one resource keep their order.
    pub resource: Arc<str>,
    /// How long it is tried.
    pub urgency: Urgency,
    /// When a request stops to make sense.
    pub deadline: Option<Timestamp>,
    /// The message.
    pub outbound: Arc<Outbound>,
    /// Attempts made so far, those of an earlier run included.
    pub attempts: u32,
    /// Whether the other side may have seen it.
    pub may_have_left: bool,
}

/// What one attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempted {
    /// Acknowledged (2xx) or taken in by an in-process peer.
    Delivered,
    /// Refused: sending the same again will not help.
    Refused {
        /// HTTP status.
        status: u16,
        /// FSPIOP error code, if the answer carried one.
        code: Option<ErrorCode>,
    },
    /// Answered, but not taken; it may be later. The other side is well.
    Again {
        /// For the log; never holds message content.
        reason: String,
    },
    /// No answer, or one that asks to try again.
    Failed {
        /// For the log; never holds message content.
        reason: String,
        /// Whether the other side may have seen it.
        may_have_left: bool,
    },
    /// Less is left than an answer takes: not sent.
    TooLate,
}

/// How an item's way ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The other side has it.
    Delivered,
    /// The other side refused it.
    Refused {
        /// HTTP status.
        status: u16,
        /// FSPIOP error code, if the answer carried one.
        code: Option<ErrorCode>,
    },
    /// Its time was over first.
    TooLate,
    /// A later row about the same resource made it pointless.
    Superseded,
}

/// How a destination is dealt with: a participant, unless the carrier says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manner {
    /// Attempts under way at once.
    pub in_flight_max: usize,
    /// Waiting times between the attempts of what is sent until acknowledged.
    pub final_retries_ms: &'static [u64],
    /// The shortest and the longest time for which it is left alone after failures.
    pub pause_ms: (u64, u64),
}

impl Default for Manner {
    fn default() -> Manner {
        Manner {
            in_flight_max: DESTINATION_IN_FLIGHT_MAX,
            final_retries_ms: &FINAL_RETRIES_MS,
            pause_ms: BREAKER_PAUSE_MS,
        }
    }
}

/// What delivery needs of the node.
pub trait Carrier: Send + Sync + 'static {
    /// Makes one attempt.
    fn attempt(&self, item: Item) -> Pin<Box<dyn Future<Output = Attempted> + Send + '_>>;
    /// Whether what is stored may be sent now, or given up: not while this node's claim to it is in
    /// doubt. What lives in memory only may go at any time.
    fn may_send_stored(&self) -> bool {
        true
    }
    /// Those of `rows`, which rise, that are still stored, in their order; `None` when the store does
    /// not answer.
    fn stored(
        &self,
        rows: Vec<OutboxId>,
    ) -> Pin<Box<dyn Future<Output = Option<Vec<Item>>> + Send + '_>>;
    /// How a destination is dealt with.
    fn manner(&self, _destination: &str) -> Manner {
        Manner::default()
    }
    /// Learns that a stored item is this node's to deliver. Must not wait.
    fn taken(&self, _item: &Item) {}
    /// Learns that an item is delivered; removes its row. Must not wait.
    fn delivered(&self, item: &Item);
    /// Learns how an item ended that was not delivered; removes its row.
    fn ended(&self, item: Item, how: Ending) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
    /// Calls an operator about an item that has not been acknowledged for long.
    fn alert(&self, item: &Item, reason: &str);
}

/// The handle: hands items to their destination's actor.
pub struct Delivery {
    carrier: Arc<dyn Carrier>,
    clock: Arc<SteadyClock>,
    /// Where actors run: not on the thread that hands them the first message, which is often the
    /// committer's, and stands still while a batch syncs.
    runtime: Handle,
    actors: Mutex<HashMap<Arc<str>, Address>>,
    awake: Awake,
}

impl Delivery {
    /// A delivery with no destinations yet, on the runtime that it is made on.
    pub fn new(carrier: Arc<dyn Carrier>, clock: Arc<SteadyClock>) -> Delivery {
        let (runtime, actors) = (Handle::current(), Mutex::default());
        Delivery { carrier, clock, runtime, actors, awake: Awake::new() }
    }

    /// Sends rows that have become this node's, in their order.
    pub fn rows(&self, rows: Vec<OutboxRow>) {
        for item in rows.into_iter().filter_map(readable) {
            self.carrier.taken(&item);
            self.send(item);
        }
    }

    /// An operator wants a row tried again now: it is, if it waits here, with those before it in its lane.
    pub fn hurry(&self, row: OutboxRow) {
        let actors = self.actors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(actor) = actors.get(row.destination.as_str()) {
            actor.hurry(row.id, row.resource);
        }
    }

    /// Sends one item.
    pub fn send(&self, item: Item) {
        let mut actors = self.actors.lock().unwrap_or_else(PoisonError::into_inner);
        let actor = actors.entry(Arc::clone(&item.destination)).or_insert_with(|| {
            let name = Arc::clone(&item.destination);
            let (carrier, clock) = (Arc::clone(&self.carrier), Arc::clone(&self.clock));
            destination::start(&self.runtime, name, carrier, clock)
        });
        actor.send(item);
    }

    /// Whether nothing is under way, and nothing waits that memory alone holds.
    pub fn is_quiet(&self) -> bool {
        let actors = self.actors.lock().unwrap_or_else(PoisonError::into_inner);
        actors.values().all(Address::is_quiet)
    }

    /// This process runs: called all the time.
    pub fn beat(&self) {
        self.awake.beat(self.clock.now().0);
    }

    /// Whether `destination` has answered nothing for so long that a payment to it would only
    /// reserve somebody's money until it expires.
    pub fn is_unreachable(&self, destination: &str) -> bool {
        let actors = self.actors.lock().unwrap_or_else(PoisonError::into_inner);
        let now_ms = self.clock.now().0;
        let since_ms = self.awake.since_ms(now_ms);
        let actor = actors.get(destination);
        actor.is_some_and(|actor| actor.pulse().is_unreachable(now_ms, since_ms))
    }

    /// How long a message for `destination` would wait here before it is sent.
    pub fn wait_ms(&self, destination: &str) -> u64 {
        let actors = self.actors.lock().unwrap_or_else(PoisonError::into_inner);
        let actor = actors.get(destination);
        actor.map_or(0, |actor| actor.pulse().wait_ms(self.clock.now().0))
    }

    /// The request that waits for `destination` in this lane is pointless now.
    pub fn supersede(&self, destination: &str, resource: String) {
        let actors = self.actors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(actor) = actors.get(destination) {
            actor.supersede(resource);
        }
    }
}

fn readable(row: OutboxRow) -> Option<Item> {
    let id = row.id.0;
    let item = Item::of_row(row);
    if item.is_none() {
        tracing::error!(row = id, "an outbox row cannot be read; left there");
    }
    item
}

impl Item {
    /// The last moment (hub time, ms) at which sending a request makes sense: enough must be left
    /// for the way, and for the floor where its sender named a budget. None for final statuses.
    pub fn latest_ms(&self) -> Option<i64> {
        let deadline = self.deadline.filter(|_| self.urgency == Urgency::Request)?;
        let budget = self.outbound.budget();
        let by_floor = budget.and_then(HopBudget::latest_ms).unwrap_or(i64::MAX);
        Some(by_floor.min(deadline.0.saturating_sub(1)))
    }

    /// The item of a stored row; none if another version wrote it.
    pub fn of_row(row: OutboxRow) -> Option<Item> {
        let outbound = Outbound::of(&row)?;
        Some(Item::of(row, outbound))
    }

    fn of(row: OutboxRow, outbound: Outbound) -> Item {
        Item {
            row: Some(row.id),
            destination: row.destination.into(),
            resource: row.resource.into(),
            urgency: Urgency::of(row.kind),
            deadline: row.deadline,
            outbound: Arc::new(outbound),
            attempts: row.attempts,
            may_have_left: row.attempts > 0,
        }
    }
}
