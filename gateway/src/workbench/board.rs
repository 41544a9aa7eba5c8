//! Decisions as they come: the latest of them, and whoever wants to be told. The same walk along the
//! stream opens cases and lets the draft see what the live one sees.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use frms::{Attempt, Catalogue, CatalogueChange, Event, OutcomeKind, PaymentId, Point, Verdict};
use tokio::sync::broadcast;

use crate::cases::kept::KeepError;
use crate::cases::{alerted, unjudged};
use crate::limits::{
    ATTEMPTS_AWAITED_MAX, DECISIONS_SHOWN_MAX, SHADOW_AT_ONCE, WORKBENCH_FEEDS_MAX,
};
use crate::node::Node;

/// How often it is looked whether the node is still there, and whether the store is back.
const LOOK_MS: u64 = 1_000;

/// A decision with what it was made from.
#[derive(Debug)]
pub(super) struct Decided {
    /// How many there were before it: what a page has seen of them.
    pub(super) number: u64,
    pub(super) attempt: Arc<Attempt>,
    pub(super) verdict: Arc<Verdict>,
    /// The rules and typologies that counted.
    pub(super) catalogue: Arc<Catalogue>,
}

/// The latest decisions.
pub(super) struct Board {
    latest: Mutex<VecDeque<Arc<Decided>>>,
    told: broadcast::Sender<Arc<Decided>>,
}

impl Default for Board {
    fn default() -> Board {
        let told = broadcast::Sender::new(DECISIONS_SHOWN_MAX);
        Board { latest: Mutex::default(), told }
    }
}

impl Board {
    /// The latest decisions, the newest first.
    pub(super) fn latest(&self) -> Vec<Arc<Decided>> {
        self.lock().iter().cloned().collect()
    }

    /// One of them.
    pub(super) fn find(&self, id: PaymentId, point: Point) -> Option<Arc<Decided>> {
        let fits =
            |decided: &&Arc<Decided>| decided.verdict.id == id && decided.verdict.point == point;
        self.lock().iter().find(fits).cloned()
    }

    /// Those that come from now on; none where too many are told already.
    pub(super) fn subscribe(&self) -> Option<broadcast::Receiver<Arc<Decided>>> {
        (self.told.receiver_count() < WORKBENCH_FEEDS_MAX).then(|| self.told.subscribe())
    }

    fn add(&self, mut decided: Decided) {
        let mut latest = self.lock();
        decided.number = latest.front().map_or(1, |last| last.number.saturating_add(1));
        let decided = Arc::new(decided);
        latest.push_front(Arc::clone(&decided));
        latest.truncate(DECISIONS_SHOWN_MAX);
        drop(latest);
        // Nobody may be looking.
        let _ = self.told.send(decided);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Decided>>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the walk along the stream, where there is a workbench.
pub fn follow(node: &Arc<Node>) {
    if node.workbench.is_some() && node.screening.is_some() {
        tokio::spawn(walk(Arc::downgrade(node)));
    }
}

async fn walk(node: Weak<Node>) {
    let Some(here) = node.upgrade() else { return };
    let Some(screening) = &here.screening else { return };
    if let Err(error) = super::drafts::resume(&here).await {
        tracing::warn!(%error, "the draft cannot be read");
    }
    let mut walk = Walk {
        position: 0,
        catalogue: Arc::clone(screening.first()),
        changed: None,
        attempts: HashMap::new(),
        order: VecDeque::new(),
        later: unjudged::Later::default(),
        waits: false,
    };
    let mut growth = screening.seen().growth();
    drop(here);
    loop {
        growth.borrow_and_update();
        let Some(here) = node.upgrade() else { return };
        let next = walk.step(&here).await;
        drop(here);
        let look = Duration::from_millis(LOOK_MS);
        match next {
            Next::More => tokio::task::yield_now().await,
            Next::Growth => {
                let _ = tokio::time::timeout(look, growth.changed()).await;
            }
            Next::Again => tokio::time::sleep(look).await,
        }
    }
}

/// What the walk waits for.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// Nothing: there may be more.
    More,
    /// More events.
    Growth,
    /// The store: the same event once more.
    Again,
}

struct Walk {
    position: u64,
    catalogue: Arc<Catalogue>,
    /// What made it count.
    changed: Option<Arc<CatalogueChange>>,
    attempts: HashMap<PaymentId, Arc<Attempt>>,
    order: VecDeque<PaymentId>,
    later: unjudged::Later,
    /// Whether it was said that an event waits for the store.
    waits: bool,
}

impl Walk {
    /// Some events.
    async fn step(&mut self, node: &Arc<Node>) -> Next {
        let (Some(workbench), Some(screening)) = (&node.workbench, &node.screening) else {
            return Next::Growth;
        };
        let stream = screening.seen();
        let more = workbench.shadow().as_mut().is_some_and(|shadow| shadow.catch_up(stream));
        let entries = match stream.read(self.position, SHADOW_AT_ONCE) {
            Ok(entries) => entries,
            Err(missed) => {
                tracing::error!(missed = missed.0, "the workbench has missed events");
                self.position = self.position.saturating_add(missed.0);
                return Next::More;
            }
        };
        let is_full = entries.len() == SHADOW_AT_ONCE;
        for entry in entries {
            let taken = self.take(node, screening.first(), &entry.event).await;
            if !self.went(entry.sequence, taken) {
                return Next::Again;
            }
        }
        if more || is_full { Next::More } else { Next::Growth }
    }

    async fn take(
        &mut self,
        node: &Arc<Node>,
        first: &Arc<Catalogue>,
        event: &Event,
    ) -> Result<(), NoCase> {
        match event {
            Event::Attempt(attempt) => self.remember(attempt),
            Event::Catalogue(change) => self.change(change, first),
            Event::Outcome(outcome) if outcome.kind == OutcomeKind::Held => {
                return self.held(node, outcome.id).await;
            }
            Event::Verdict(verdict) => return self.decided(node, verdict).await,
            _ => {}
        }
        Ok(())
    }

    /// Whether an event is done with: one that waits for the store comes again, and what can never be written
    /// is said.
    fn went(&mut self, sequence: u64, taken: Result<(), NoCase>) -> bool {
        match taken {
            Err(NoCase { payment, error }) if error.passes() => {
                if !self.waits {
                    tracing::warn!(%error, %payment, "a case waits for the store");
                }
                self.waits = true;
                return false;
            }
            Err(NoCase { payment, error }) => {
                tracing::error!(%error, %payment, "an alert has no case");
            }
            Ok(()) => {}
        }
        self.waits = false;
        self.position = sequence;
        true
    }

    /// As a scorer does.
    fn change(&mut self, change: &Arc<CatalogueChange>, first: &Arc<Catalogue>) {
        if let Some(catalogue) = change.counting(self.changed.as_deref(), first) {
            (self.catalogue, self.changed) = (catalogue, Some(Arc::clone(change)));
        }
    }

    fn remember(&mut self, attempt: &Arc<Attempt>) {
        if self.attempts.insert(attempt.id, Arc::clone(attempt)).is_none() {
            self.order.push_back(attempt.id);
        }
        if self.order.len() > ATTEMPTS_AWAITED_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.attempts.remove(&oldest);
        }
    }

    async fn decided(&mut self, node: &Arc<Node>, verdict: &Arc<Verdict>) -> Result<(), NoCase> {
        let is_held = self.later.judged(verdict);
        let Some(attempt) = self.attempts.get(&verdict.id).cloned() else { return Ok(()) };
        let mut taken = alerted::take(node, &attempt, verdict).await;
        if is_held && !waits(&taken) {
            let joined = unjudged::join(node, &attempt, verdict).await;
            taken = taken.and(joined);
        }
        if !waits(&taken)
            && let Some(workbench) = &node.workbench
        {
            let (verdict, catalogue) = (Arc::clone(verdict), Arc::clone(&self.catalogue));
            workbench.board.add(Decided { number: 0, attempt, verdict, catalogue });
        }
        taken.map_err(|error| NoCase { payment: verdict.id, error })
    }

    /// A payment is held: a verdict that it was not held by may have come just before.
    async fn held(&mut self, node: &Node, payment: PaymentId) -> Result<(), NoCase> {
        let (Some(verdict), Some(attempt)) =
            (self.later.held(payment), self.attempts.get(&payment))
        else {
            return Ok(());
        };
        let joined = unjudged::join(node, attempt, &verdict).await;
        joined.map_err(|error| NoCase { payment, error })
    }
}

/// What a payment belongs to a case of is not in it.
struct NoCase {
    payment: PaymentId,
    error: KeepError,
}

fn waits(taken: &Result<(), KeepError>) -> bool {
    taken.as_ref().is_err_and(KeepError::passes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use switch_store::{CommitError, StoreError};

    #[test]
    fn an_event_whose_case_waits_for_the_store_comes_again_and_a_case_that_is_none_does_not_stop_it()
     {
        let mut walk = Walk {
            position: 4,
            catalogue: Arc::new(Catalogue::standard().unwrap()),
            changed: None,
            attempts: HashMap::new(),
            order: VecDeque::new(),
            later: unjudged::Later::default(),
            waits: false,
        };
        let mut went = |error: Option<KeepError>| {
            let payment = PaymentId(7);
            let taken = error.map_or(Ok(()), |error| Err(NoCase { payment, error }));
            (walk.went(5, taken), walk.position, walk.waits)
        };
        let reason = || "gone".to_owned();
        for away in [
            KeepError::Read(StoreError::Unavailable { reason: reason() }),
            KeepError::Commit(CommitError::Unavailable),
            KeepError::Commit(CommitError::Busy),
        ] {
            assert_eq!(went(Some(away)), (false, 4, true));
        }
        assert_eq!(went(None), (true, 5, false));
        for never in [CommitError::Internal, CommitError::TooLarge { limit: "x" }] {
            assert_eq!(went(Some(KeepError::Commit(never))), (true, 5, false));
        }
    }
}
