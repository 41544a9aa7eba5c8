//! Rules, conditions and typologies as tables: a row an event, the last column what came of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

mod bad_input;
mod bands;
mod catalogue;
mod conditions;
mod decisions;
mod documents;
mod lint;
mod mapped;
mod oracle;
mod order;
mod peer;
mod quiet;
mod record;
mod replay;
mod room;
mod rules;
mod scores;
mod snapshot;
mod snapshot_untold;
mod times;
mod tms;

use std::sync::Arc;

use frms::{
    Attempt, Engine, Event, Facts, Outcome, OutcomeKind, PaymentId, Pseudonyms, TermsHash, Units,
    Verdict,
};

/// Says why a test does nothing; where everything must be there, that is a failure.
pub(crate) fn skip(why: &str) {
    assert!(std::env::var_os("CI").is_none(), "{why}");
    eprintln!("skipped: {why}");
}

/// A file of the folder beside the project's.
pub(crate) fn shared(path: &str) -> Option<Vec<u8>> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(path);
    let bytes = std::fs::read(&path);
    if let Err(error) = &bytes {
        skip(&format!("{}: {error}", path.display()));
    }
    bytes.ok()
}

/// A day, the window of rules 901 and 902.
pub(crate) const DAY_MS: i64 = 86_400_000;

pub(crate) fn pseudonyms() -> Pseudonyms {
    Pseudonyms::new(b"a secret")
}

/// An attempt of `debtor` to pay `creditor`, each known by name at a DFSP of its own; `-` is nobody.
pub(crate) fn attempt(id: u128, at_ms: i64, debtor: &str, creditor: &str) -> Attempt {
    let known = pseudonyms();
    let party = |name: &str, agent| (name != "-").then(|| known.party("MSISDN", name, agent));
    Attempt {
        id: PaymentId(id),
        hash: TermsHash([0; 32]),
        point: frms::Point::BeforeReserve,
        at_ms,
        payer_fsp: "green".to_owned(),
        payee_fsp: "blue".to_owned(),
        units: Units(10_000),
        currency: "EUR".to_owned(),
        debtor: party(debtor, "green"),
        creditor: party(creditor, "blue"),
        facts: Facts::Quote,
        category: None,
        debtor_age_years: None,
        place: None,
        description: None,
    }
}

pub(crate) fn outcome(id: u128, kind: OutcomeKind, at_ms: i64) -> Event {
    Event::Outcome(Outcome { id: PaymentId(id), kind, at_ms })
}

/// An engine with the numbers that a stream would give.
pub(crate) struct Screening {
    pub(crate) engine: Engine,
    pub(crate) events: Vec<Event>,
}

impl Screening {
    pub(crate) fn new() -> Screening {
        Screening::of(frms::Catalogue::standard().unwrap())
    }

    pub(crate) fn of(catalogue: frms::Catalogue) -> Screening {
        Screening { engine: Engine::new(catalogue), events: Vec::new() }
    }

    /// Takes an event, and gives its first verdict.
    pub(crate) fn take(&mut self, event: Event) -> Option<Arc<Verdict>> {
        self.take_all(event).into_iter().next()
    }

    pub(crate) fn take_all(&mut self, event: Event) -> Vec<Arc<Verdict>> {
        self.events.push(event.clone());
        self.engine.apply(u64::try_from(self.events.len()).unwrap(), &event)
    }

    pub(crate) fn attempt(&mut self, attempt: Attempt) -> Arc<Verdict> {
        self.take(Event::Attempt(Arc::new(attempt))).unwrap()
    }
}
