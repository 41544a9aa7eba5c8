//! Outbox rows and their delivery, as gateway/src/delivery has it: one lane a destination and
//! resource, the next row waits for the former; requests while their deadline allows, final
//! statuses until acknowledged.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use switch::Timestamp;
use switch_store::{NewOutboxRow, OutboxId, OutboxRow};

use crate::sim::network::Message;

/// Pauses between the attempts of a request.
const REQUEST_RETRIES_MS: [i64; 6] = [100, 400, 1_600, 5_000, 15_000, 15_000];
/// Pauses between the attempts of a final status; the last one repeats.
const FINAL_RETRIES_MS: [i64; 6] = [100, 400, 1_600, 5_000, 15_000, 60_000];

/// In whose name a row speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Somebody's message, passed on as it came.
    Forwarded,
    /// The hub's own.
    Originated,
    /// The bank side's, in its bank's name.
    Translated,
    /// XML for a bank.
    Xml,
}

/// What a row holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outbound {
    /// In whose name.
    pub kind: Kind,
    /// What.
    pub message: Message,
    /// What the next hop may take.
    pub budget: Option<HopBudget>,
}

/// How long the next hop may take; each attempt makes its header from it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct HopBudget {
    /// Hub time by which this hop must have its answer.
    pub until_ms: i64,
    /// Link allowance.
    pub link_ms: u64,
    /// Below this nothing is sent.
    pub floor_ms: Option<u64>,
}

/// How long a row is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// While its deadline allows.
    Request,
    /// Until it is acknowledged.
    Final,
}

/// One row, or one thing that lives in memory only, on its way.
#[derive(Debug, Clone)]
pub struct Item {
    pub row: Option<OutboxId>,
    pub destination: String,
    pub resource: String,
    pub urgency: Urgency,
    pub deadline: Option<Timestamp>,
    pub outbound: Outbound,
    pub attempts: u32,
    pub may_have_left: bool,
}

/// What one attempt came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempted {
    Delivered,
    Refused,
    Failed { may_have_left: bool },
    TooLate,
}

/// How an item's way ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Delivered,
    Refused,
    TooLate,
    Superseded,
}

/// Destination and resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Lane(String, String);

/// All that is on its way in one life of the hub.
#[derive(Debug, Default)]
pub struct Delivery {
    lanes: BTreeMap<Lane, VecDeque<Item>>,
    due: BTreeSet<(i64, Lane)>,
}

impl HopBudget {
    /// The header of an attempt now: `Err` when too little is left, `None` to leave it out.
    pub fn down(&self, now_ms: i64) -> Result<Option<u64>, ()> {
        let left = self.until_ms - now_ms - i64::try_from(self.link_ms).unwrap();
        match (u64::try_from(left), self.floor_ms) {
            (left, Some(floor)) if left.unwrap_or(0) < floor => Err(()),
            (Ok(left), _) if left >= 1 => Ok(Some(left)),
            _ => Ok(None),
        }
    }
}

impl Outbound {
    pub fn row(
        &self,
        destination: &str,
        resource: &str,
        urgency: Urgency,
        deadline: Option<Timestamp>,
    ) -> NewOutboxRow {
        NewOutboxRow {
            destination: destination.to_owned(),
            resource: resource.to_owned(),
            deadline,
            kind: if urgency == Urgency::Request { 1 } else { 2 },
            body: Bytes::from(serde_json::to_vec(self).unwrap()),
        }
    }
}

impl Item {
    pub fn of(row: OutboxRow) -> Item {
        Item {
            row: Some(row.id),
            outbound: serde_json::from_slice(&row.body).unwrap(),
            destination: row.destination,
            resource: row.resource,
            urgency: if row.kind == 1 { Urgency::Request } else { Urgency::Final },
            deadline: row.deadline,
            attempts: row.attempts,
            may_have_left: row.attempts > 0,
        }
    }

    fn lane(&self) -> Lane {
        Lane(self.destination.clone(), self.resource.clone())
    }
}

impl Delivery {
    /// Puts an item into its lane; gives back a request that waited for its next attempt and has
    /// been made pointless by it.
    pub fn take(&mut self, item: Item) -> Option<Item> {
        let lane = item.lane();
        let known = |held: &Item| held.row.is_some() && held.row == item.row;
        if self.lanes.get(&lane).is_some_and(|held| held.iter().any(known)) {
            return None;
        }
        let former = self.lanes.entry(lane.clone()).or_default();
        let waits = former.len() == 1
            && former[0].urgency == Urgency::Request
            && self.due.iter().any(|(at, waiting)| *at > i64::MIN && *waiting == lane);
        let superseded = if waits { former.pop_front() } else { None };
        if superseded.is_some() {
            self.due.retain(|(_, waiting)| *waiting != lane);
        }
        former.push_back(item);
        if former.len() == 1 {
            self.due.insert((i64::MIN, lane));
        }
        superseded
    }

    /// What is to be attempted now; what is stored waits unless it may be sent.
    pub fn start_due(&mut self, now_ms: i64, may_send_stored: bool) -> Vec<Item> {
        let due: Vec<(i64, Lane)> =
            self.due.iter().take_while(|(at, _)| *at <= now_ms).cloned().collect();
        let mut started = Vec::new();
        for place in due {
            let first = self.lanes.get(&place.1).and_then(VecDeque::front);
            if first.is_none_or(|item| may_send_stored || item.row.is_none()) {
                started.extend(first.cloned());
                self.due.remove(&place);
            }
        }
        started
    }

    /// When the next attempt is due, on the hub's clock.
    pub fn next_due_ms(&self) -> Option<i64> {
        self.due.first().map(|(at, _)| *at)
    }

    /// An attempt has ended: the item, if its way has ended with it.
    pub fn attempted(
        &mut self,
        item: &Item,
        came_to: Attempted,
        now_ms: i64,
    ) -> Option<(Item, Ending)> {
        match came_to {
            Attempted::Delivered => self.end(item, Ending::Delivered),
            Attempted::TooLate => self.end(item, Ending::TooLate),
            Attempted::Refused if item.urgency == Urgency::Request => {
                self.end(item, Ending::Refused)
            }
            Attempted::Refused => self.again(item, true, now_ms),
            Attempted::Failed { may_have_left } => self.again(item, may_have_left, now_ms),
        }
    }

    fn again(&mut self, item: &Item, may_have_left: bool, now_ms: i64) -> Option<(Item, Ending)> {
        let lane = self.lanes.get_mut(&item.lane())?;
        let followed = lane.len() > 1;
        let kept = lane.front_mut()?;
        let pauses =
            if kept.urgency == Urgency::Request { REQUEST_RETRIES_MS } else { FINAL_RETRIES_MS };
        let at = now_ms + pauses[(kept.attempts as usize).min(pauses.len() - 1)];
        kept.attempts += 1;
        kept.may_have_left |= may_have_left;
        let over = kept.deadline.is_some_and(|deadline| deadline.0 <= at);
        if kept.urgency == Urgency::Request && (over || followed) {
            let how = if over { Ending::TooLate } else { Ending::Superseded };
            return self.end(item, how);
        }
        self.due.insert((at, item.lane()));
        None
    }

    fn end(&mut self, item: &Item, how: Ending) -> Option<(Item, Ending)> {
        let lane = self.lanes.get_mut(&item.lane())?;
        let ended = lane.pop_front()?;
        match lane.is_empty() {
            true => drop(self.lanes.remove(&item.lane())),
            false => drop(self.due.insert((i64::MIN, item.lane()))),
        }
        Some((ended, how))
    }
}
