//! The draft beside what is live: a second engine over the same events, and where the two differ.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use frms::{Catalogue, Decision, Engine, Event, PaymentId, Point, Verdict};
use frms_stream::Stream;
use serde::Serialize;

use crate::limits::{ATTEMPTS_AWAITED_MAX, DIFFERENCES_MAX, SHADOW_AT_ONCE};

/// The draft's engine, as far as it has come.
pub(super) struct Shadow {
    engine: Engine,
    /// When the draft was put: Unix milliseconds.
    put_ms: i64,
    position: u64,
    /// What the draft said of payments that the live one has not spoken of yet.
    waiting: HashMap<(PaymentId, Point), Arc<Verdict>>,
    difference: Difference,
}

/// Where draft and live differ.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Difference {
    /// Verdicts that both have given.
    pub(super) compared: u64,
    /// Alerts: by both, by the live one alone, by the draft alone.
    pub(super) alerts: [u64; 3],
    /// Payments stopped, likewise.
    pub(super) stops: [u64; 3],
    /// The latest differences, the newest first.
    pub(super) latest: VecDeque<One>,
}

/// A payment of which they say different things.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct One {
    pub(super) payment: String,
    pub(super) at_ms: i64,
    /// What the draft makes of it, and what the live one does: `nothing`, `alert`, `review`, `block`.
    pub(super) draft: &'static str,
    pub(super) live: &'static str,
    /// Of the stricter one.
    pub(super) explanation: String,
}

impl Shadow {
    /// Before the first event that is still there.
    pub(super) fn new(draft: Catalogue, put_ms: i64) -> Shadow {
        Shadow {
            engine: Engine::new(draft),
            put_ms,
            position: 0,
            waiting: HashMap::new(),
            difference: Difference::default(),
        }
    }

    /// Which draft it is.
    pub(super) fn put_ms(&self) -> i64 {
        self.put_ms
    }

    /// Where they differ so far.
    pub(super) fn difference(&self) -> &Difference {
        &self.difference
    }

    /// Takes in what has been appended; whether there may be more.
    pub(super) fn catch_up(&mut self, stream: &Stream) -> bool {
        match stream.read(self.position, SHADOW_AT_ONCE) {
            Ok(entries) => {
                for entry in &entries {
                    self.position = entry.sequence;
                    self.take(entry.sequence, &entry.event);
                }
                entries.len() == SHADOW_AT_ONCE
            }
            Err(missed) => {
                self.position = self.position.saturating_add(missed.0);
                true
            }
        }
    }

    fn take(&mut self, sequence: u64, event: &Event) {
        match event {
            // The draft stays the draft, whatever is made live.
            Event::Catalogue(_) => {}
            Event::Verdict(live) => {
                if let Some(draft) = self.waiting.remove(&(live.id, live.point)) {
                    self.difference.compare(&draft, live);
                }
            }
            event => {
                if self.waiting.len() >= ATTEMPTS_AWAITED_MAX {
                    self.waiting.clear();
                }
                for verdict in self.engine.apply(sequence, event) {
                    self.waiting.insert((verdict.id, verdict.point), verdict);
                }
            }
        }
    }
}

impl Difference {
    fn compare(&mut self, draft: &Verdict, live: &Verdict) {
        self.compared += 1;
        count(&mut self.alerts, alerts(draft), alerts(live));
        count(&mut self.stops, stops(draft), stops(live));
        let (of_draft, of_live) = (word(draft), word(live));
        if of_draft == of_live {
            return;
        }
        let stricter = if loudness(of_draft) > loudness(of_live) { draft } else { live };
        let explanation = stricter.explanation.clone();
        let (payment, at_ms) = (live.id.to_string(), live.at_ms);
        let one = One { payment, at_ms, draft: of_draft, live: of_live, explanation };
        self.latest.push_front(one);
        self.latest.truncate(DIFFERENCES_MAX);
    }
}

fn count([both, only_live, only_draft]: &mut [u64; 3], draft: bool, live: bool) {
    match (draft, live) {
        (true, true) => *both += 1,
        (false, true) => *only_live += 1,
        (true, false) => *only_draft += 1,
        (false, false) => {}
    }
}

fn stops(verdict: &Verdict) -> bool {
    verdict.point != Point::AfterCommit && verdict.decision != Decision::Allow
}

/// Whether the payment belongs to an alert, raised or joined.
fn alerts(verdict: &Verdict) -> bool {
    let told = verdict.point == Point::AfterCommit || verdict.decision != Decision::Allow;
    told && verdict.typologies.iter().any(|score| score.alert)
}

fn loudness(word: &str) -> Option<usize> {
    ["nothing", "alert", "review", "block"].iter().position(|known| *known == word)
}

fn word(verdict: &Verdict) -> &'static str {
    match (stops(verdict), alerts(verdict)) {
        (true, _) => verdict.decision.as_str(),
        (false, true) => "alert",
        (false, false) => "nothing",
    }
}
