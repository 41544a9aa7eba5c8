//! What waits for one destination: a lane a resource, in order, and when each lane's first item is
//! due. Plain data; the actor beside it does the rest.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use switch_store::OutboxId;

use super::Item;
use crate::outbound::Urgency;

/// The lanes of one destination.
#[derive(Debug, Default)]
pub struct Lanes {
    /// The items of each resource; the first one waits or is under way.
    lanes: HashMap<String, VecDeque<Item>>,
    /// When the first item of a waiting lane is due, in milliseconds of hub time.
    due: HashMap<String, i64>,
    by_due: BTreeSet<(i64, String)>,
    /// Waiting requests by the last moment at which sending them makes sense.
    by_latest: BTreeSet<(i64, String)>,
    rows: HashSet<OutboxId>,
    highest: OutboxId,
    held: usize,
}

impl Lanes {
    /// How many items are held.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Whether something waits for its time.
    pub fn waits(&self) -> bool {
        !self.due.is_empty()
    }

    /// Whether this row is held.
    pub fn holds(&self, row: OutboxId) -> bool {
        self.rows.contains(&row)
    }

    /// The highest row that was ever held.
    pub fn highest(&self) -> OutboxId {
        self.highest
    }

    /// Puts an item at the end of its lane. What it makes pointless comes back.
    pub fn push(&mut self, item: Item, now_ms: i64) -> Option<Item> {
        let resource = item.resource.clone();
        let superseded =
            (item.urgency == Urgency::Closing).then(|| self.supersede(&resource)).flatten();
        self.held += 1;
        self.rows.extend(item.row);
        self.highest = self.highest.max(item.row.unwrap_or_default());
        let lane = self.lanes.entry(resource.clone()).or_default();
        lane.push_back(item);
        if lane.len() == 1 {
            self.plan(&resource, now_ms);
        }
        superseded
    }

    /// Takes a waiting request out of its lane because the matter has ended. One that is under way
    /// stays.
    pub fn supersede(&mut self, resource: &str) -> Option<Item> {
        let first = self.lanes.get(resource)?.front()?;
        let waiting = first.urgency == Urgency::Request && self.due.contains_key(resource);
        waiting.then(|| self.finish(resource, i64::MIN)).flatten()
    }

    /// Whether something is due.
    pub fn is_due(&self, now_ms: i64) -> bool {
        self.by_due.first().is_some_and(|(at, _)| *at <= now_ms)
    }

    /// The next item that is due; it counts as under way until [`Lanes::again`] or
    /// [`Lanes::finish`].
    pub fn next_due(&mut self, now_ms: i64) -> Option<Item> {
        let (at, resource) = self.by_due.first()?.clone();
        if at > now_ms {
            return None;
        }
        self.unplan(&resource);
        self.lanes.get(&resource)?.front().cloned()
    }

    /// A waiting request whose last moment has passed; it is taken out.
    pub fn overdue(&mut self, now_ms: i64) -> Option<Item> {
        let (latest, resource) = self.by_latest.first()?.clone();
        if latest >= now_ms {
            return None;
        }
        self.finish(&resource, now_ms)
    }

    /// The item under way comes again at `at_ms`, changed as said. Gives it back as it is now.
    pub fn again(
        &mut self,
        resource: &str,
        at_ms: i64,
        change: impl FnOnce(&mut Item),
    ) -> Option<Item> {
        let first = self.lanes.get_mut(resource)?.front_mut()?;
        change(first);
        let first = first.clone();
        self.plan(resource, at_ms);
        Some(first)
    }

    /// Whether others wait behind the first item of a lane.
    pub fn has_followers(&self, resource: &str) -> bool {
        self.lanes.get(resource).is_some_and(|lane| lane.len() > 1)
    }

    /// Takes the first item out of its lane; the next one is due now.
    pub fn finish(&mut self, resource: &str, now_ms: i64) -> Option<Item> {
        self.unplan(resource);
        let lane = self.lanes.get_mut(resource)?;
        let item = lane.pop_front()?;
        let is_empty = lane.is_empty();
        self.held = self.held.saturating_sub(1);
        if let Some(row) = item.row {
            self.rows.remove(&row);
        }
        match is_empty {
            true => {
                self.lanes.remove(resource);
            }
            false => self.plan(resource, now_ms),
        }
        Some(item)
    }

    /// A waiting lane is due now.
    pub fn hurry(&mut self, resource: &str, now_ms: i64) {
        if self.due.contains_key(resource) {
            self.plan(resource, now_ms);
        }
    }

    /// Every waiting lane is due now: the destination is back.
    pub fn hurry_all(&mut self, now_ms: i64) {
        let later: Vec<String> = self
            .by_due
            .range((now_ms.saturating_add(1), String::new())..)
            .map(|(_, resource)| resource.clone())
            .collect();
        for resource in later {
            self.plan(&resource, now_ms);
        }
    }

    fn plan(&mut self, resource: &str, at_ms: i64) {
        self.unplan(resource);
        self.due.insert(resource.to_owned(), at_ms);
        self.by_due.insert((at_ms, resource.to_owned()));
        let first = self.lanes.get(resource).and_then(VecDeque::front);
        if let Some(latest) = first.and_then(Item::latest_ms) {
            self.by_latest.insert((latest, resource.to_owned()));
        }
    }

    fn unplan(&mut self, resource: &str) {
        if let Some(at) = self.due.remove(resource) {
            self.by_due.remove(&(at, resource.to_owned()));
        }
        let first = self.lanes.get(resource).and_then(VecDeque::front);
        if let Some(latest) = first.and_then(Item::latest_ms) {
            self.by_latest.remove(&(latest, resource.to_owned()));
        }
    }
}
