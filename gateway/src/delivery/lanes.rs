//! What waits for one destination: a lane a resource, in order, and when each lane's first item is
//! due. Plain data; the actor beside it does the rest.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use switch_store::OutboxId;

use super::Item;
use crate::outbound::Urgency;

/// The lanes of one destination.
#[derive(Debug, Default)]
pub struct Lanes {
    lanes: HashMap<Arc<str>, Lane>,
    /// Waiting lanes by when their first item is due.
    by_due: BTreeSet<(i64, Arc<str>)>,
    /// Waiting requests by the last moment at which sending them makes sense.
    by_latest: BTreeSet<(i64, Arc<str>)>,
    rows: HashSet<OutboxId>,
    held: usize,
}

/// Which items are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All.
    All,
    /// Those that live in memory only.
    Volatile,
}

/// The items of one resource; the first one waits or is under way.
#[derive(Debug, Default)]
struct Lane {
    items: VecDeque<Item>,
    /// When the first one is due, in milliseconds of hub time, if it waits.
    due_ms: Option<i64>,
}

impl Lanes {
    /// How many items are held.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Whether something waits for its time.
    pub fn waits(&self) -> bool {
        !self.by_due.is_empty()
    }

    /// Whether this row is held.
    pub fn holds(&self, row: OutboxId) -> bool {
        self.rows.contains(&row)
    }

    /// How many of them are stored nowhere else.
    pub fn volatile(&self) -> usize {
        self.held.saturating_sub(self.rows.len())
    }

    /// Puts an item at the end of its lane. What it makes pointless comes back.
    pub fn push(&mut self, item: Item, now_ms: i64) -> Option<Item> {
        let resource = Arc::clone(&item.resource);
        let superseded =
            (item.urgency == Urgency::Closing).then(|| self.supersede(&resource)).flatten();
        self.held += 1;
        self.rows.extend(item.row);
        let lane = self.lanes.entry(Arc::clone(&resource)).or_default();
        lane.items.push_back(item);
        if lane.items.len() == 1 {
            self.plan(&resource, now_ms);
        }
        superseded
    }

    /// Takes a waiting request out of its lane because the matter has ended. One that is under way
    /// stays.
    pub fn supersede(&mut self, resource: &Arc<str>) -> Option<Item> {
        let lane = self.lanes.get(resource)?;
        let first = lane.items.front()?;
        let waiting = first.urgency == Urgency::Request && lane.due_ms.is_some();
        waiting.then(|| self.finish(resource, i64::MIN)).flatten()
    }

    /// Whether something of this is due.
    pub fn is_due(&self, now_ms: i64, which: Which) -> bool {
        self.first_until(&self.by_due, now_ms, which).is_some()
    }

    /// Since when the first of those that are due has been.
    pub fn due_since_ms(&self, now_ms: i64) -> Option<i64> {
        self.by_due.first().map(|(at, _)| *at).filter(|at| *at <= now_ms)
    }

    /// The next item of this that is due; it counts as under way until [`Lanes::again`] or
    /// [`Lanes::finish`].
    pub fn next_due(&mut self, now_ms: i64, which: Which) -> Option<Item> {
        let resource = self.first_until(&self.by_due, now_ms, which)?;
        self.unplan(&resource);
        self.lanes.get(&resource)?.items.front().cloned()
    }

    /// A waiting request of this whose last moment has passed; it is taken out.
    pub fn overdue(&mut self, now_ms: i64, which: Which) -> Option<Item> {
        let resource = self.first_until(&self.by_latest, now_ms.saturating_sub(1), which)?;
        self.finish(&resource, now_ms)
    }

    /// The item under way comes again at `at_ms`, changed as said. Gives it back as it is now.
    pub fn again(
        &mut self,
        resource: &Arc<str>,
        at_ms: i64,
        change: impl FnOnce(&mut Item),
    ) -> Option<Item> {
        let first = self.lanes.get_mut(resource)?.items.front_mut()?;
        change(first);
        let first = first.clone();
        self.plan(resource, at_ms);
        Some(first)
    }

    /// Whether others wait behind the first item of a lane.
    pub fn has_followers(&self, resource: &str) -> bool {
        self.lanes.get(resource).is_some_and(|lane| lane.items.len() > 1)
    }

    /// Takes the first item out of its lane; the next one is due now.
    pub fn finish(&mut self, resource: &Arc<str>, now_ms: i64) -> Option<Item> {
        self.unplan(resource);
        let lane = self.lanes.get_mut(resource)?;
        let item = lane.items.pop_front()?;
        let is_empty = lane.items.is_empty();
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
    pub fn hurry(&mut self, resource: &Arc<str>, now_ms: i64) {
        let due_ms = self.lanes.get(resource).and_then(|lane| lane.due_ms);
        if due_ms.is_some_and(|due_ms| due_ms > now_ms) {
            self.plan(resource, now_ms);
        }
    }

    /// Every waiting lane is due now: the destination is back.
    pub fn hurry_all(&mut self, now_ms: i64) {
        let from = (now_ms.saturating_add(1), Arc::from(""));
        let later = self.by_due.range(from..).map(|(_, resource)| Arc::clone(resource));
        let later: Vec<Arc<str>> = later.collect();
        for resource in later {
            self.plan(&resource, now_ms);
        }
    }

    fn first_until(
        &self,
        times: &BTreeSet<(i64, Arc<str>)>,
        until_ms: i64,
        which: Which,
    ) -> Option<Arc<str>> {
        let first = |resource: &&Arc<str>| self.lanes.get(*resource)?.items.front();
        let fits = |resource: &&Arc<str>| match which {
            Which::All => true,
            Which::Volatile => first(resource).is_some_and(|item| item.row.is_none()),
        };
        let times = times.iter().take_while(|(at, _)| *at <= until_ms);
        times.map(|(_, resource)| resource).find(fits).map(Arc::clone)
    }

    fn plan(&mut self, resource: &Arc<str>, at_ms: i64) {
        self.unplan(resource);
        let Some(lane) = self.lanes.get_mut(resource) else { return };
        lane.due_ms = Some(at_ms);
        let latest = lane.items.front().and_then(Item::latest_ms);
        self.by_due.insert((at_ms, Arc::clone(resource)));
        if let Some(latest) = latest {
            self.by_latest.insert((latest, Arc::clone(resource)));
        }
    }

    fn unplan(&mut self, resource: &Arc<str>) {
        let Some(lane) = self.lanes.get_mut(resource) else { return };
        let Some(at) = lane.due_ms.take() else { return };
        let latest = lane.items.front().and_then(Item::latest_ms);
        self.by_due.remove(&(at, Arc::clone(resource)));
        if let Some(latest) = latest {
            self.by_latest.remove(&(latest, Arc::clone(resource)));
        }
    }
}
