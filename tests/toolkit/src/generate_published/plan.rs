//! Payments that are decided on and not yet written out: small, so that all of them are in memory;
//! and how they are read in the order of time.

use std::collections::VecDeque;
use std::sync::Arc;
use std::vec;

use frms::{
    Attempt, Facts, Label, Outcome, OutcomeKind, Party, PaymentId, Place, Pseudonyms, Record,
    TermsHash, Units,
};

use super::draws::Draws;

/// A day in milliseconds.
pub(super) const DAY_MS: u64 = 86_400_000;

/// How long after its attempt a payment is committed, in milliseconds.
pub(super) const COMMITTED_AFTER_MS: i64 = 500;

/// The country of both simulations is the United States.
const CURRENCY: &str = "USD";

/// Units of the ledger in a hundredth of the currency's whole.
const UNITS_A_CENT: i128 = 100;

/// The stream of draws of identifiers.
const IDENTIFIERS: u64 = 0;

/// An account by its number in the plan.
pub(super) type Account = u32;

/// All payments.
pub(super) struct Plan {
    seed: u64,
    category: &'static str,
    pseudonyms: Pseudonyms,
    holders: Vec<Holder>,
    labels: Vec<Label>,
    payments: Vec<Planned>,
}

/// One payment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planned {
    pub(super) at_ms: i64,
    pub(super) cents: u32,
    pub(super) debtor: Account,
    pub(super) creditor: Account,
    /// From [`Plan::label`]; 0 for the ordinary.
    pub(super) label: u32,
    pub(super) age_years: Option<u16>,
    pub(super) place: Option<Place>,
}

struct Holder {
    party: Party,
    fsp: &'static str,
}

impl Plan {
    pub(super) fn new(seed: u64, category: &'static str) -> Plan {
        let pseudonyms = Pseudonyms::new(&seed.to_be_bytes());
        let (holders, payments) = (Vec::new(), Vec::new());
        Plan { seed, category, pseudonyms, holders, labels: vec![Label::default()], payments }
    }

    /// Opens an account. They are numbered from 0.
    pub(super) fn open(&mut self, scheme: &str, id: &str, fsp: &'static str) -> Account {
        self.holders.push(Holder { party: self.pseudonyms.party(scheme, id, fsp), fsp });
        (self.holders.len() - 1) as Account
    }

    /// Keeps a label for many payments.
    pub(super) fn label(&mut self, label: Label) -> u32 {
        self.labels.push(label);
        (self.labels.len() - 1) as u32
    }

    pub(super) fn pay(&mut self, payment: Planned) {
        self.payments.push(payment);
    }

    /// Everything in the order of time; what is tried at the same time, in the order of planning.
    pub(super) fn into_records(mut self) -> Records {
        self.payments.sort_by_key(|payment| payment.at_ms);
        Records {
            payments: self.payments.into_iter(),
            identifiers: Draws::new(self.seed, IDENTIFIERS),
            category: self.category,
            holders: self.holders,
            labels: self.labels,
            waiting: None,
            outcomes: VecDeque::new(),
        }
    }
}

/// Attempts and outcomes in the order of time.
pub struct Records {
    payments: vec::IntoIter<Planned>,
    identifiers: Draws,
    category: &'static str,
    holders: Vec<Holder>,
    labels: Vec<Label>,
    /// The next payment, while outcomes before it are told.
    waiting: Option<Planned>,
    outcomes: VecDeque<Outcome>,
}

impl Iterator for Records {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        self.waiting = self.waiting.take().or_else(|| self.payments.next());
        let due = match (self.outcomes.front(), self.waiting) {
            (Some(outcome), Some(payment)) => outcome.at_ms <= payment.at_ms,
            (outcome, _) => outcome.is_some(),
        };
        if due {
            return self.outcomes.pop_front().map(Record::Outcome);
        }
        let payment = self.waiting.take()?;
        self.attempt(payment)
    }
}

impl Records {
    fn attempt(&mut self, payment: Planned) -> Option<Record> {
        let id = PaymentId(self.sixteen_bytes());
        let debtor = self.holders.get(payment.debtor as usize)?;
        let creditor = self.holders.get(payment.creditor as usize)?;
        let mut tx = Attempt {
            id,
            hash: TermsHash([0; 32]),
            point: frms::Point::BeforeReserve,
            at_ms: payment.at_ms,
            payer_fsp: debtor.fsp.to_owned(),
            payee_fsp: creditor.fsp.to_owned(),
            units: Units(i128::from(payment.cents) * UNITS_A_CENT),
            currency: CURRENCY.to_owned(),
            debtor: Some(debtor.party),
            creditor: Some(creditor.party),
            facts: Facts::Quote,
            category: Some(self.category.to_owned()),
            debtor_age_years: payment.age_years,
            place: payment.place,
            description: None,
        };
        for half in tx.hash.0.chunks_mut(16) {
            half.copy_from_slice(&self.sixteen_bytes().to_be_bytes());
        }
        let at_ms = payment.at_ms + COMMITTED_AFTER_MS;
        self.outcomes.push_back(Outcome { id, kind: OutcomeKind::Committed, at_ms });
        let label = self.labels.get(payment.label as usize).cloned().unwrap_or_default();
        Some(Record::Tx { tx: Arc::new(tx), label })
    }

    fn sixteen_bytes(&mut self) -> u128 {
        u128::from(self.identifiers.bits()) << 64 | u128::from(self.identifiers.bits())
    }
}
