//! What a scorer knows besides the engine: who waits for which verdict, and which verdicts are not
//! known to be on the stream. A verdict follows from the events before it and nothing else, so that
//! every scorer comes to the same one, whether it is the active one or not; the active one says it.

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use frms::{Attempt, Engine, Event, Point, Verdict, VerdictKey};
use tokio::sync::oneshot;

use crate::Entry;
use crate::limits::UNTOLD_MAX;

/// See the module.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) engine: Engine,
    /// The number of the last event that was taken in.
    pub(crate) position: u64,
    waiting: HashMap<VerdictKey, Vec<Waiter>>,
    /// In the order of the stream.
    untold: BTreeMap<(u64, Point), Arc<Verdict>>,
}

/// Who asked, unless it was only to have the attempt on the stream.
type Waiter = Option<oneshot::Sender<Arc<Verdict>>>;

/// What a question leads to.
#[derive(Debug)]
pub(crate) enum Asked {
    /// Nothing is to be done: it is answered, or its answer is under way.
    Known,
    /// The attempt has to be on the stream first.
    New,
}

impl Desk {
    pub(crate) fn new(engine: Engine, position: u64, untold: &[VerdictKey]) -> Desk {
        let known = untold.iter().filter_map(|(id, hash, point)| engine.known(*id, *hash, *point));
        let known: BTreeMap<_, _> = known.map(|verdict| (place(&verdict), verdict)).collect();
        let forgotten = untold.len().saturating_sub(known.len());
        if forgotten > 0 {
            tracing::error!(forgotten, "verdicts could not be told, and are no longer remembered");
        }
        let untold = known;
        Desk { engine, position, waiting: HashMap::new(), untold }
    }

    /// Somebody asks.
    pub(crate) fn ask(&mut self, attempt: &Attempt, waiter: Waiter) -> Asked {
        let key = (attempt.id, attempt.hash, attempt.point);
        if let Some(verdict) = self.engine.known(key.0, key.1, key.2) {
            match self.untold.contains_key(&place(&verdict)) {
                true => self.waiting.entry(key).or_default().push(waiter),
                false => answer(waiter, &verdict),
            }
            return Asked::Known;
        }
        if attempt.point == Point::AfterCommit {
            // It comes of how the payment ends, not of being asked about.
            if waiter.is_some() {
                self.waiting.entry(key).or_default().push(waiter);
            }
            return Asked::Known;
        }
        let waiters = self.waiting.entry(key).or_default();
        waiters.push(waiter);
        if waiters.len() == 1 { Asked::New } else { Asked::Known }
    }

    /// An attempt is on the stream under this number. Where that is behind us it was judged so long ago
    /// that its verdict is forgotten: nothing more comes of it.
    pub(crate) fn written(&mut self, attempt: &Attempt, sequence: u64) {
        let is_known = self.engine.known(attempt.id, attempt.hash, attempt.point).is_some();
        if sequence <= self.position && !is_known {
            self.give_up(attempt);
        }
    }

    /// An attempt could not be written: whoever waits for it is let go.
    pub(crate) fn give_up(&mut self, attempt: &Attempt) {
        self.waiting.remove(&(attempt.id, attempt.hash, attempt.point));
    }

    /// Takes in what the stream says: the verdicts that follow from it.
    pub(crate) fn take(&mut self, entry: &Entry) -> Vec<Arc<Verdict>> {
        self.position = entry.sequence;
        if let Event::Verdict(verdict) = &entry.event {
            self.heard(verdict);
            return Vec::new();
        }
        // What a defect breaks, it breaks for this event: nothing is changed before it is judged.
        let taken =
            catch_unwind(AssertUnwindSafe(|| self.engine.apply(entry.sequence, &entry.event)));
        let verdicts = taken.unwrap_or_else(|_| {
            tracing::error!(sequence = entry.sequence, "screening failed on an event: a defect");
            if let Event::Attempt(attempt) = &entry.event {
                self.give_up(attempt);
            }
            Vec::new()
        });
        let (new, again): (Vec<_>, Vec<_>) =
            verdicts.into_iter().partition(|verdict| verdict.sequence == entry.sequence);
        for verdict in again {
            self.answer(&verdict);
        }
        for verdict in &new {
            self.untold.insert(place(verdict), Arc::clone(verdict));
        }
        while self.untold.len() > UNTOLD_MAX {
            if let Some((_, verdict)) = self.untold.pop_first() {
                tracing::error!(payment = %verdict.id, "a verdict could not be told");
            }
        }
        new
    }

    /// A verdict is on the stream: it may be answered from now on.
    pub(crate) fn told(&mut self, verdict: &Arc<Verdict>) {
        self.untold.remove(&place(verdict));
        self.answer(verdict);
    }

    /// The verdicts that are not known to be on the stream.
    pub(crate) fn untold(&self) -> Vec<Arc<Verdict>> {
        self.untold.values().cloned().collect()
    }

    /// How many they are.
    pub(crate) fn untold_count(&self) -> usize {
        self.untold.len()
    }

    /// Whether a verdict is not known to be on the stream.
    pub(crate) fn is_untold(&self, verdict: &Verdict) -> bool {
        self.untold.contains_key(&place(verdict))
    }

    /// Forgets questions that nobody waits for any more.
    pub(crate) fn forget_impatient(&mut self) {
        let waits = |waiter: &Waiter| waiter.as_ref().is_none_or(|waiter| !waiter.is_closed());
        self.waiting.retain(|_, waiters| waiters.iter().any(waits));
    }

    /// The stream says that this verdict was given. One that is not ours changes nothing: what is
    /// known follows from attempts, outcomes, conditions and rulings alone.
    fn heard(&mut self, said: &Arc<Verdict>) {
        let known = self.engine.known(said.id, said.hash, said.point);
        match known.filter(|known| Arc::ptr_eq(known, said) || is_same(known, said)) {
            Some(known) => self.told(&known),
            None => tracing::warn!(payment = %said.id, "a verdict on the stream is not ours"),
        }
    }

    fn answer(&mut self, verdict: &Arc<Verdict>) {
        if self.untold.contains_key(&place(verdict)) {
            return;
        }
        let waiting = self.waiting.remove(&(verdict.id, verdict.hash, verdict.point));
        for waiter in waiting.into_iter().flatten() {
            answer(waiter, verdict);
        }
    }
}

/// Whether a verdict is the one that was read from the stream: JSON readers round the last bit of a
/// number, so numbers are left out.
fn is_same(known: &Verdict, said: &Verdict) -> bool {
    let rules = known.rules.iter().map(|rule| (&rule.name, &rule.outcome));
    let same_rules = rules.eq(said.rules.iter().map(|rule| (&rule.name, &rule.outcome)));
    let alerts = known.typologies.iter().map(|one| (&one.typology, one.alert, one.raised));
    let said_alerts = said.typologies.iter().map(|one| (&one.typology, one.alert, one.raised));
    known.sequence == said.sequence
        && known.decision == said.decision
        && known.explanation == said.explanation
        && same_rules
        && alerts.eq(said_alerts)
}

/// Its place in the order of the stream: an event leads to one verdict a point at most.
fn place(verdict: &Verdict) -> (u64, Point) {
    (verdict.sequence, verdict.point)
}

fn answer(waiter: Waiter, verdict: &Arc<Verdict>) {
    if let Some(waiter) = waiter {
        // Who asked may have given up.
        let _ = waiter.send(Arc::clone(verdict));
    }
}
