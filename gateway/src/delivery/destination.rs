//! The actor of one destination: its lanes (one a resource), its attempts under way, its breaker.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use switch_store::{OutboxId, SteadyClock};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::{Attempted, Breaker, Carrier, Ending, Item};
use crate::limits::{
    DESTINATION_IN_FLIGHT_MAX, DESTINATION_QUEUE_MAX, FINAL_ATTEMPTS_ALERT, FINAL_RETRIES_MS,
    REQUEST_RETRIES_MS,
};
use crate::outbound::Urgency;

/// How often a sleeping actor looks at the clock again: it may be bent, or injected by a test.
const TICK_MS: u64 = 20;

struct Actor {
    name: String,
    carrier: Arc<dyn Carrier>,
    clock: Arc<SteadyClock>,
    /// The items of each resource; the first one is due or under way.
    lanes: HashMap<String, VecDeque<Item>>,
    /// Resources whose first item waits, by the hub time (ms) at which it is due.
    due: BTreeSet<(i64, String)>,
    under_way: JoinSet<(Item, Attempted)>,
    breaker: Breaker,
    /// How many items the lanes hold.
    held: usize,
    /// From this row on, what is to go out waits in the store, because memory holds enough.
    spilled_from: Option<OutboxId>,
    /// The last row that was taken up from the store: what arrives with a number up to it is known.
    taken_up: OutboxId,
    /// The rows in the lanes.
    rows: HashSet<OutboxId>,
}

/// Starts an actor; it ends when its sender is dropped and everything is delivered.
pub(super) fn start(
    name: String,
    carrier: Arc<dyn Carrier>,
    clock: Arc<SteadyClock>,
) -> mpsc::UnboundedSender<Item> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let actor = Actor {
        name,
        carrier,
        clock,
        lanes: HashMap::new(),
        due: BTreeSet::new(),
        under_way: JoinSet::new(),
        breaker: Breaker::default(),
        held: 0,
        spilled_from: None,
        taken_up: OutboxId(0),
        rows: HashSet::new(),
    };
    tokio::spawn(actor.run(receiver));
    sender
}

impl Actor {
    async fn run(mut self, mut items: mpsc::UnboundedReceiver<Item>) {
        loop {
            self.refill().await;
            self.start_due();
            tokio::select! {
                item = items.recv() => match item {
                    Some(item) if self.is_known(&item) || self.is_full(&item) => {}
                    Some(item) => self.take(item).await,
                    None => return,
                },
                Some(done) = self.under_way.join_next(), if !self.under_way.is_empty() => {
                    if let Ok((item, attempted)) = done {
                        self.attempted(item, attempted).await;
                    }
                }
                () = tokio::time::sleep(Duration::from_millis(TICK_MS)), if self.waits() => {}
            }
        }
    }

    /// Whether the item is here already; then an operator wants it tried again now.
    fn is_known(&mut self, item: &Item) -> bool {
        let Some(row) = item.row else { return false };
        let waiting = self.due.iter().find(|(_, resource)| *resource == item.resource).cloned();
        if self.rows.contains(&row)
            && let Some(waiting) = waiting
        {
            self.due.remove(&waiting);
            self.due.insert((i64::MIN, waiting.1));
            self.breaker.try_now();
        }
        self.rows.contains(&row) || row <= self.taken_up
    }

    /// Whether the item has to wait in the store, or cannot wait at all. Once one waits there, all
    /// later ones do, so that none overtakes it.
    fn is_full(&mut self, item: &Item) -> bool {
        let full = self.held >= DESTINATION_QUEUE_MAX;
        match item.row {
            Some(_) if self.spilled_from.is_some() => {}
            Some(row) if full => self.spilled_from = Some(row),
            None if full => tracing::warn!(destination = self.name, "full: a message is dropped"),
            _ => return false,
        }
        true
    }

    /// Takes up what waits in the store once there is room.
    async fn refill(&mut self) {
        let Some(from) = self.spilled_from.filter(|_| self.held <= DESTINATION_QUEUE_MAX / 2)
        else {
            return;
        };
        let room = DESTINATION_QUEUE_MAX / 2;
        let Some(items) = self.carrier.stored(self.name.clone(), from, room).await else { return };
        let last = items.last().and_then(|item| item.row);
        let all = items.len() < room;
        for item in items {
            self.take(item).await;
        }
        // What was committed after the store was read arrives behind us, with higher numbers.
        self.taken_up = last.unwrap_or(self.taken_up);
        self.spilled_from = match last {
            Some(last) if !all => Some(OutboxId(last.0.saturating_add(1))),
            _ => None,
        };
    }

    /// Whether something waits for a time to come, so that the clock has to be looked at.
    fn waits(&self) -> bool {
        let due = !self.due.is_empty() && self.under_way.len() < DESTINATION_IN_FLIGHT_MAX;
        due || self.spilled_from.is_some()
    }

    async fn take(&mut self, item: Item) {
        let resource = item.resource.clone();
        let lane = self.lanes.entry(resource.clone()).or_default();
        let supersedes = lane.len() == 1
            && lane[0].urgency == Urgency::Request
            && self.due.iter().any(|(_, waiting)| *waiting == resource);
        if supersedes && let Some(former) = lane.pop_front() {
            // The former request was not acknowledged and what follows it is newer news.
            self.due.retain(|(_, waiting)| *waiting != resource);
            self.forget(&former);
            self.carrier.ended(former, Ending::Superseded).await;
        }
        let lane = self.lanes.entry(resource.clone()).or_default();
        self.held += 1;
        self.rows.extend(item.row);
        lane.push_back(item);
        if lane.len() == 1 {
            self.due.insert((i64::MIN, resource));
        }
    }

    fn start_due(&mut self) {
        let now_ms = self.clock.now().0;
        while self.under_way.len() < DESTINATION_IN_FLIGHT_MAX {
            let Some((at, resource)) = self.due.first().cloned() else { return };
            if at > now_ms || !self.breaker.admits(now_ms) {
                return;
            }
            self.due.pop_first();
            let Some(item) = self.lanes.get(&resource).and_then(VecDeque::front).cloned() else {
                continue;
            };
            let carrier = Arc::clone(&self.carrier);
            self.under_way.spawn(async move {
                let attempted = carrier.attempt(item.clone()).await;
                (item, attempted)
            });
        }
    }

    async fn attempted(&mut self, item: Item, attempted: Attempted) {
        match attempted {
            Attempted::Delivered => {
                self.breaker.succeeded();
                self.end(item, Ending::Delivered).await;
            }
            Attempted::TooLate => self.end(item, Ending::TooLate).await,
            Attempted::Refused { status, code } if item.urgency == Urgency::Request => {
                self.breaker.succeeded();
                self.end(item, Ending::Refused { status, code }).await;
            }
            Attempted::Refused { status, .. } => {
                self.breaker.succeeded();
                self.again(item, &format!("answered {status}"), true).await;
            }
            Attempted::Failed { reason, may_have_left } => {
                self.breaker.failed(self.clock.now().0);
                self.again(item, &reason, may_have_left).await;
            }
        }
    }

    /// Plans the next attempt, or ends a request whose time would be over by then.
    async fn again(&mut self, item: Item, reason: &str, may_have_left: bool) {
        let now_ms = self.clock.now().0;
        let pauses: &[u64] = match item.urgency {
            Urgency::Request => &REQUEST_RETRIES_MS,
            Urgency::Final => &FINAL_RETRIES_MS,
        };
        let index = usize::try_from(item.attempts).unwrap_or(usize::MAX).min(pauses.len() - 1);
        let pause = i64::try_from(pauses[index]).unwrap_or(i64::MAX);
        let at = now_ms.saturating_add(pause).max(self.breaker.open_until_ms().unwrap_or(0));
        let Some(kept) = self.lanes.get_mut(&item.resource).and_then(VecDeque::front_mut) else {
            return;
        };
        kept.attempts = kept.attempts.saturating_add(1);
        kept.may_have_left |= may_have_left;
        let kept = kept.clone();
        let over = kept.deadline.is_some_and(|deadline| deadline.0 <= at);
        let followed = self.lanes.get(&item.resource).is_some_and(|lane| lane.len() > 1);
        if kept.urgency == Urgency::Request && (over || followed) {
            let how = if over { Ending::TooLate } else { Ending::Superseded };
            return self.end(kept, how).await;
        }
        if kept.urgency == Urgency::Final && kept.attempts == FINAL_ATTEMPTS_ALERT {
            self.carrier.alert(&kept, reason);
        }
        self.due.insert((at, kept.resource));
    }

    /// Takes the first item of its lane out and lets the next one go.
    async fn end(&mut self, item: Item, how: Ending) {
        let resource = item.resource.clone();
        let mut item = item;
        if let Some(lane) = self.lanes.get_mut(&resource) {
            if let Some(kept) = lane.pop_front() {
                item = kept;
            }
            if lane.is_empty() {
                self.lanes.remove(&resource);
            } else {
                self.due.insert((i64::MIN, resource));
            }
        }
        self.forget(&item);
        self.carrier.ended(item, how).await;
    }

    fn forget(&mut self, item: &Item) {
        self.held = self.held.saturating_sub(1);
        if let Some(row) = item.row {
            self.rows.remove(&row);
        }
    }
}
