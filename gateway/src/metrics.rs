//! What the node counts, in the text format of Prometheus.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// The counters; cheap to count from anywhere.
#[derive(Debug, Default, Clone)]
pub struct Metrics {
    /// Answers by route and status.
    pub answers: Family<AnswerLabels, Counter>,
    /// Delivery attempts by what they came to.
    pub attempts: Family<AttemptLabels, Counter>,
    /// Payments screened, by what came of it.
    pub screening: Family<ScreeningLabels, Counter>,
    /// Quotes screened, by outcome.
    pub screening_quotes: Family<ScreeningLabels, Counter>,
    /// Messages that were refused for their signature.
    pub signatures_refused: Counter,
    /// Messages that are signed as they should be, but whose Date is far from now.
    pub signatures_stale: Counter,
    /// TLS handshakes that were refused, by door and reason.
    pub handshakes_refused: Family<HandshakeLabels, Counter>,
    /// Readings of the certificate files, by outcome.
    pub tls_reloads: Family<ReloadLabels, Counter>,
    /// Connections that were not made because the egress list forbids their address.
    pub egress_refused: Counter,
    /// Requests in the name of somebody who is not in the certificate.
    pub identities_refused: Counter,
    /// Timeout headers that asked for more than they may.
    pub timeout_violations: Counter,
    /// Messages that a hop seems to have kept for longer than it said.
    pub timeouts_held: Counter,
    /// Final statuses that nobody has acknowledged for long.
    pub unacknowledged: Counter,
    /// Cases that somebody has to look at.
    pub reconciliation_items: Counter,
    /// Requests that were refused because there was too much to do.
    pub overloaded: Counter,
    /// The predicted wait of a new message, in microseconds.
    pub wait_us: Gauge,
    /// Transfers that were held for review, and what became of them.
    pub holds: Family<HoldLabels, Counter>,
    /// Transfers that were held for long without an operator's word.
    pub held_long: Counter,
    /// Transfers that are held now.
    pub held: Gauge,
    /// Events that wait to be published, by stream.
    pub events_waiting: Family<StreamLabels, Gauge>,
    /// Events that a stream has acknowledged.
    pub events_published: Family<StreamLabels, Counter>,
    /// Screening's events that were not kept until NATS took them.
    pub events_lost: Counter,
    /// Lookups and quotes in flight.
    pub pending: Gauge,
    /// Syncs of the store.
    pub syncs: Gauge,
    /// Batches that were decided again because another node was faster.
    pub conflicts: Gauge,
    /// Outbox rows that other nodes handed over or left.
    pub rows_taken_over: Counter,
    /// Deadlines that no other node dealt with in time.
    pub deadlines_taken_over: Counter,
    /// Operations of Redis, by what they are for and what they came to.
    pub redis_operations: Family<RedisLabels, Counter>,
    /// 1 while Redis is configured and away.
    pub redis_away: Gauge,
    /// Answers that were passed on although this node knew of no question.
    pub answers_unknown: Counter,
    /// Requests above their sender's rate.
    pub rate_limited: Counter,
}

/// Labels of [`Metrics::answers`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct AnswerLabels {
    /// The route's name; never holds identifiers.
    pub route: &'static str,
    /// HTTP status.
    pub status: u16,
}

/// Labels of [`Metrics::screening`] and [`Metrics::screening_quotes`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ScreeningLabels {
    /// `allow`, `review`, `block`, `shadow`; without a verdict `late`, `busy` or `failed`.
    pub outcome: &'static str,
}

/// Labels of [`Metrics::events_waiting`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct StreamLabels {
    /// `audit` or `frm`.
    pub stream: &'static str,
}

/// Labels of [`Metrics::attempts`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct AttemptLabels {
    /// `delivered`, `refused`, `failed` or `too-late`.
    pub outcome: &'static str,
}

/// Labels of [`Metrics::handshakes_refused`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct HandshakeLabels {
    /// `fspiop`, `bank` or `admin`.
    pub door: &'static str,
    /// `no-certificate`, `expired`, `revoked` and so on (docs/tls.md).
    pub reason: &'static str,
}

/// Labels of [`Metrics::tls_reloads`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ReloadLabels {
    /// `taken` or `refused`.
    pub outcome: &'static str,
}

/// Labels of [`Metrics::holds`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct HoldLabels {
    /// `held`, then `released`, `refused`, `blocked` or `expired`.
    pub event: &'static str,
}

/// Labels of [`Metrics::redis_operations`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RedisLabels {
    /// `ask`, `answer`, `give-up`, `lease`, `probe` and so on.
    pub operation: &'static str,
    /// `done` or `failed`.
    pub outcome: &'static str,
}

impl Metrics {
    /// Counts an event of a hold.
    pub fn hold(&self, event: &'static str) {
        self.holds.get_or_create(&HoldLabels { event }).inc();
    }

    /// All figures as text.
    pub fn text(&self) -> String {
        let mut registry = Registry::with_prefix("causeway");
        registry.register("answers", "Answers by route and status", self.answers.clone());
        registry.register("attempts", "Delivery attempts by outcome", self.attempts.clone());
        let help = "Payments screened by outcome; late, busy and failed had no verdict";
        registry.register("screening", help, self.screening.clone());
        let help = "Quotes screened by outcome; late, busy and failed had no verdict";
        registry.register("screening_quotes", help, self.screening_quotes.clone());
        let refused = self.signatures_refused.clone();
        registry.register("signatures_refused", "Messages refused for their signature", refused);
        let stale = self.signatures_stale.clone();
        registry.register("signatures_stale", "Signed messages whose Date is far from now", stale);
        self.register_access(&mut registry);
        self.register_fellows(&mut registry);
        self.register_events(&mut registry);
        let violations = self.timeout_violations.clone();
        registry.register("timeout_violations", "Timeout headers that were cut", violations);
        let held = self.timeouts_held.clone();
        let help = "Messages older than the time that their hops have deducted";
        registry.register("timeouts_held", help, held);
        let unacknowledged = self.unacknowledged.clone();
        registry.register(
            "unacknowledged",
            "Final statuses without acknowledgement",
            unacknowledged,
        );
        let items = self.reconciliation_items.clone();
        registry.register("reconciliation_items", "Cases that somebody has to look at", items);
        let overloaded = self.overloaded.clone();
        registry.register("overloaded", "Requests refused for want of capacity", overloaded);
        let wait = self.wait_us.clone();
        registry.register("predicted_wait_us", "Predicted wait of a new message", wait);
        let help = "Transfers held for review and what became of them";
        registry.register("holds", help, self.holds.clone());
        let help = "Transfers held for long without an operator's word";
        registry.register("held_long", help, self.held_long.clone());
        registry.register("held", "Transfers held for review now", self.held.clone());
        registry.register("pending", "Lookups and quotes in flight", self.pending.clone());
        let again = "Batches decided again because another node was faster";
        registry.register("store_conflicts", again, self.conflicts.clone());
        registry.register("store_syncs", "Syncs of the store since its start", self.syncs.clone());
        self.register_shared(&mut registry);
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &registry);
        text
    }

    /// What other nodes left.
    fn register_fellows(&self, registry: &mut Registry) {
        let rows = self.rows_taken_over.clone();
        registry.register("rows_taken_over", "Outbox rows of other nodes taken over", rows);
        let deadlines = self.deadlines_taken_over.clone();
        registry.register("deadlines_taken_over", "Deadlines of other nodes taken over", deadlines);
    }

    /// What several nodes share.
    fn register_shared(&self, registry: &mut Registry) {
        let operations = self.redis_operations.clone();
        registry.register("redis_operations", "Operations of Redis, by outcome", operations);
        let help = "1 while Redis is configured and away";
        registry.register("redis_away", help, self.redis_away.clone());
        let help = "Answers passed on to who was not known to wait, while Redis was away";
        registry.register("answers_unknown", help, self.answers_unknown.clone());
        let help = "Requests refused because their sender has sent more than it may";
        registry.register("rate_limited", help, self.rate_limited.clone());
    }

    /// What goes to NATS.
    fn register_events(&self, registry: &mut Registry) {
        let waiting = self.events_waiting.clone();
        registry.register("events_waiting", "Events that wait for NATS in the outbox", waiting);
        let published = self.events_published.clone();
        registry.register("events_published", "Events that a stream acknowledged", published);
        let help = "Screening's events that were not kept until NATS took them";
        registry.register("events_lost", help, self.events_lost.clone());
    }

    /// Who was kept out, and whom we did not call.
    fn register_access(&self, registry: &mut Registry) {
        let handshakes = self.handshakes_refused.clone();
        registry.register("handshakes_refused", "TLS handshakes refused, by reason", handshakes);
        let reloads = self.tls_reloads.clone();
        registry.register("tls_reloads", "Readings of changed certificate files", reloads);
        let egress = self.egress_refused.clone();
        registry.register("egress_refused", "Connections that the egress list forbids", egress);
        let identities = self.identities_refused.clone();
        let help = "Requests in the name of another than the certificate's";
        registry.register("identities_refused", help, identities);
    }
}
