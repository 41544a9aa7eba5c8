//! The actor of one destination: its lanes, its attempts under way, its breaker.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use switch_store::{OutboxId, SteadyClock};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::breaker::{Admission, Breaker};
use super::lanes::{Lanes, Which};
use super::pulse::{Ended, Pulse};
use super::{Attempted, Carrier, Ending, Item, Manner};
use crate::limits::{
    DESTINATION_QUEUE_MAX, FINAL_ATTEMPTS_ALERT, REQUEST_RETRIES_MS, RETRY_MIN_MS,
};
use crate::outbound::Urgency;

/// How often a sleeping actor looks at the clock again: it may be bent, or injected by a test.
const TICK_MS: u64 = 20;

/// What an actor is told.
pub(super) enum Message {
    /// Deliver this.
    Item(Item),
    /// This row was left to the store, because too much was on its way here already.
    Left(OutboxId),
    /// The request that waits in this lane is pointless now.
    Supersede(Arc<str>),
    /// An operator wants what is here tried again now.
    Hurry(OutboxId, Arc<str>),
}

/// Where an actor is spoken to.
pub(super) struct Address {
    messages: mpsc::UnboundedSender<Message>,
    /// Messages on their way to the actor.
    queued: Arc<AtomicUsize>,
    pulse: Arc<Pulse>,
}

struct Actor {
    name: Arc<str>,
    manner: Manner,
    carrier: Arc<dyn Carrier>,
    clock: Arc<SteadyClock>,
    lanes: Lanes,
    under_way: JoinSet<(Item, Attempted, Admission)>,
    breaker: Breaker,
    pulse: Arc<Pulse>,
    /// Rows that wait in the store, because memory holds enough. By their numbers and not from one
    /// number on: what another node hands over may have a lower one than all that was seen here.
    spilled: BTreeSet<OutboxId>,
}

/// Starts an actor; it ends when its address is dropped.
pub(super) fn start(
    runtime: &Handle,
    name: Arc<str>,
    carrier: Arc<dyn Carrier>,
    clock: Arc<SteadyClock>,
) -> Address {
    let (messages, receiver) = mpsc::unbounded_channel();
    let queued = Arc::new(AtomicUsize::new(0));
    let pulse = Arc::new(Pulse::default());
    let manner = carrier.manner(&name);
    let actor = Actor {
        name,
        manner,
        carrier,
        clock,
        lanes: Lanes::default(),
        under_way: JoinSet::new(),
        breaker: Breaker::pausing(manner.pause_ms),
        pulse: Arc::clone(&pulse),
        spilled: BTreeSet::new(),
    };
    runtime.spawn(actor.run(receiver, Arc::clone(&queued)));
    Address { messages, queued, pulse }
}

impl Address {
    /// Hands an item over; a stored one is left in the store when too many are on their way.
    pub(super) fn send(&self, item: Item) {
        let full = self.queued.load(Ordering::Relaxed) >= DESTINATION_QUEUE_MAX;
        match item.row {
            Some(row) if full => self.tell(Message::Left(row)),
            None if full => tracing::warn!(destination = &*item.destination, "full: not sent"),
            _ => self.tell(Message::Item(item)),
        }
    }

    /// Whether nothing is under way to the destination, and nothing waits that memory alone holds.
    pub(super) fn is_quiet(&self) -> bool {
        self.queued.load(Ordering::Acquire) == 0 && self.pulse.is_quiet()
    }

    /// Whether the destination answers.
    pub(super) fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    /// The request that waits in this lane is pointless now.
    pub(super) fn supersede(&self, resource: String) {
        self.tell(Message::Supersede(resource.into()));
    }

    /// What waits here is tried again now.
    pub(super) fn hurry(&self, row: OutboxId, resource: String) {
        self.tell(Message::Hurry(row, resource.into()));
    }

    fn tell(&self, message: Message) {
        self.queued.fetch_add(1, Ordering::Relaxed);
        if self.messages.send(message).is_err() {
            tracing::error!("delivery has stopped");
        }
    }
}

impl Actor {
    async fn run(
        mut self,
        mut messages: mpsc::UnboundedReceiver<Message>,
        queued: Arc<AtomicUsize>,
    ) {
        let mut taken = 0;
        loop {
            self.refill().await;
            self.end_overdue();
            self.start_due();
            // An open breaker is another matter: see `Pulse::is_unreachable`.
            let is_full = self.under_way.len() >= self.manner.in_flight_max;
            let since_ms = self.lanes.due_since_ms(self.now_ms()).filter(|_| is_full);
            self.pulse.waiting(since_ms);
            self.pulse.holds_volatile(self.lanes.volatile());
            // Not before it shows above: a node that leaves must not take what has just come for nothing.
            queued.fetch_sub(std::mem::take(&mut taken), Ordering::Release);
            tokio::select! {
                message = messages.recv() => match message {
                    Some(message) => {
                        taken = 1;
                        self.told(message);
                    }
                    None => return,
                },
                Some(Ok((item, attempted, admission))) = self.under_way.join_next(),
                    if !self.under_way.is_empty() => self.attempted(item, attempted, admission),
                () = tokio::time::sleep(Duration::from_millis(TICK_MS)), if self.waits() => {}
            }
        }
    }

    /// Whether something waits for a time to come, so that the clock has to be looked at.
    fn waits(&self) -> bool {
        self.lanes.waits() || !self.spilled.is_empty()
    }

    /// Nothing stored leaves, or is given up, while somebody else may be delivering it.
    fn sendable(&self) -> Which {
        if self.carrier.may_send_stored() { Which::All } else { Which::Volatile }
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().0
    }

    fn told(&mut self, message: Message) {
        match message {
            Message::Item(item) if self.is_known(&item) || self.is_full(&item) => {}
            Message::Item(item) => self.take(item),
            Message::Left(row) if !self.lanes.holds(row) => {
                self.spilled.insert(row);
            }
            Message::Left(_) => {}
            Message::Supersede(resource) => {
                if let Some(item) = self.lanes.supersede(&resource) {
                    self.ended(item, Ending::Superseded);
                }
            }
            // What is stored and not here has arrived, and is about to be removed: it is not sent again.
            Message::Hurry(row, resource) if self.holds(row) => {
                self.breaker.try_now();
                self.lanes.hurry(&resource, self.now_ms());
            }
            Message::Hurry(..) => {}
        }
    }

    /// Whether the item is here already.
    fn is_known(&self, item: &Item) -> bool {
        item.row.is_some_and(|row| self.holds(row))
    }

    fn holds(&self, row: OutboxId) -> bool {
        self.lanes.holds(row) || self.spilled.contains(&row)
    }

    /// Whether the item has to wait in the store, or cannot wait at all. Once one waits there, all
    /// later ones do, so that none overtakes it.
    fn is_full(&mut self, item: &Item) -> bool {
        let full = self.lanes.held() >= DESTINATION_QUEUE_MAX;
        match item.row {
            Some(row) if full || !self.spilled.is_empty() => {
                self.spilled.insert(row);
            }
            None if full => tracing::warn!(destination = &*self.name, "full: not sent"),
            _ => return false,
        }
        true
    }

    /// Takes up what waits in the store once there is room, the lowest numbers first: of one lane the
    /// earlier rows.
    async fn refill(&mut self) {
        let room = DESTINATION_QUEUE_MAX / 2;
        if self.spilled.is_empty() || self.lanes.held() > room {
            return;
        }
        let rows: Vec<OutboxId> = self.spilled.iter().take(room).copied().collect();
        let Some(items) = self.carrier.stored(rows.clone()).await else { return };
        // What was not found has been answered otherwise.
        for row in &rows {
            self.spilled.remove(row);
        }
        for item in items {
            self.take(item);
        }
    }

    fn take(&mut self, item: Item) {
        let resource = Arc::clone(&item.resource);
        let now_ms = self.now_ms();
        if let Some(superseded) = self.lanes.push(item, now_ms) {
            self.ended(superseded, Ending::Superseded);
        }
        // There is news: what it waits behind is tried again now.
        self.lanes.hurry(&resource, now_ms);
    }

    /// Ends the requests whose last moment has passed, whatever the breaker says.
    fn end_overdue(&mut self) {
        let (now_ms, which) = (self.now_ms(), self.sendable());
        while let Some(item) = self.lanes.overdue(now_ms, which) {
            self.ended(item, Ending::TooLate);
        }
    }

    fn start_due(&mut self) {
        let (now_ms, which) = (self.now_ms(), self.sendable());
        while self.under_way.len() < self.manner.in_flight_max && self.lanes.is_due(now_ms, which) {
            let Some(admission) = self.breaker.admit(now_ms) else { return };
            let Some(item) = self.lanes.next_due(now_ms, which) else {
                self.breaker.untried(admission);
                return;
            };
            self.pulse.began(now_ms);
            let carrier = Arc::clone(&self.carrier);
            self.under_way.spawn(async move {
                // A panic ends one attempt and not the lane.
                let attempt = AssertUnwindSafe(carrier.attempt(item.clone())).catch_unwind();
                let panicked = |_| Attempted::Failed {
                    reason: "the attempt broke off".to_owned(),
                    may_have_left: true,
                };
                let attempted = attempt.await.unwrap_or_else(panicked);
                (item, attempted, admission)
            });
        }
    }

    fn attempted(&mut self, item: Item, attempted: Attempted, admission: Admission) {
        let now_ms = self.now_ms();
        match attempted {
            Attempted::TooLate => self.breaker.untried(admission),
            Attempted::Failed { .. } => self.breaker.failed(admission, now_ms),
            Attempted::Delivered | Attempted::Refused { .. } | Attempted::Again { .. } => {
                if self.breaker.succeeded() {
                    self.lanes.hurry_all(now_ms);
                }
            }
        }
        let ended = match attempted {
            Attempted::TooLate => Ended::Unasked,
            Attempted::Failed { .. } => Ended::Unanswered,
            _ => Ended::Answered,
        };
        self.pulse.ended(ended, now_ms, self.breaker.open_until_ms());
        match attempted {
            Attempted::Delivered => self.end(&item.resource, Ending::Delivered),
            Attempted::TooLate => self.end(&item.resource, Ending::TooLate),
            // A final status that was refused has been seen: what comes after it matters more.
            Attempted::Refused { status, code }
                if item.urgency == Urgency::Request || self.lanes.has_followers(&item.resource) =>
            {
                self.end(&item.resource, Ending::Refused { status, code });
            }
            Attempted::Refused { status, .. } => {
                self.again(&item, &format!("answered {status}"), true);
            }
            Attempted::Again { reason } => self.again(&item, &reason, true),
            Attempted::Failed { reason, may_have_left } => {
                self.again(&item, &reason, may_have_left);
            }
        }
    }

    /// Plans the next attempt, or ends a request for which there will be none.
    fn again(&mut self, item: &Item, reason: &str, may_have_left: bool) {
        let now_ms = self.now_ms();
        let paused = now_ms.saturating_add(pause_ms(item, &self.manner));
        let mut at = paused.max(self.breaker.open_until_ms().unwrap_or(i64::MIN));
        let mut over = false;
        if let Some(latest) = item.latest_ms() {
            // The last try is at the last moment, if that is not now.
            over = latest < now_ms.saturating_add(RETRY_MIN_MS);
            at = at.min(latest);
        }
        let kept = self.lanes.again(&item.resource, at, |kept| {
            kept.attempts = kept.attempts.saturating_add(1);
            kept.may_have_left |= may_have_left;
        });
        let Some(kept) = kept else { return };
        if over {
            return self.end(&kept.resource, Ending::TooLate);
        }
        if kept.urgency != Urgency::Request && kept.attempts == FINAL_ATTEMPTS_ALERT {
            self.carrier.alert(&kept, reason);
        }
    }

    /// Takes the first item of its lane out and lets the next one go.
    fn end(&mut self, resource: &Arc<str>, how: Ending) {
        if let Some(item) = self.lanes.finish(resource, self.now_ms()) {
            self.ended(item, how);
        }
    }

    /// What follows may wait for the store; the lanes do not.
    fn ended(&self, item: Item, how: Ending) {
        if how == Ending::Delivered {
            return self.carrier.delivered(&item);
        }
        let carrier = Arc::clone(&self.carrier);
        tokio::spawn(async move { carrier.ended(item, how).await });
    }
}

/// The pause before the next attempt, spread by the row's number so that those of one blip do not
/// come back all at once.
fn pause_ms(item: &Item, manner: &Manner) -> i64 {
    let pauses: &[u64] = match item.urgency {
        Urgency::Request => &REQUEST_RETRIES_MS,
        Urgency::Final | Urgency::Closing => manner.final_retries_ms,
    };
    let index = usize::try_from(item.attempts).unwrap_or(usize::MAX).min(pauses.len() - 1);
    let pause = pauses[index];
    let spread = item.row.map_or(0, |row| row.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32);
    i64::try_from(pause / 2 + spread % (pause / 2 + 1)).unwrap_or(i64::MAX)
}
