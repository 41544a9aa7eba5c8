//! What the rules found on labelled payments: a row a payment, a column a rule.

use std::collections::HashMap;
use std::sync::Arc;

use frms::{Catalogue, Engine, Label, PaymentId, Point, Record};

/// Rows.
#[derive(Default)]
pub struct Samples {
    /// Columns.
    pub width: usize,
    /// Places of outcomes in their rules' lists, row by row.
    pub cells: Vec<u8>,
    /// Whose each row is.
    pub owners: Vec<Owner>,
    /// When each payment was attempted, and its accounts; those of several runs have nothing in common.
    pub payments_of: Vec<(i64, [u64; 2])>,
    /// All payments, also those that were not paid.
    pub payments: u64,
}

/// Whose a payment is: none for a genuine one, else behaviour and episode.
pub type Owner = Option<(Arc<str>, u64)>;

impl Samples {
    /// Takes in a run. `run` keeps the episodes of several runs apart.
    pub fn take(&mut self, run: u64, catalogue: &Catalogue, records: impl Iterator<Item = Record>) {
        self.width = catalogue.rules().len();
        let mut engine = Engine::new(catalogue.clone());
        let mut labels: HashMap<PaymentId, Label> = HashMap::new();
        let mut accounts: HashMap<PaymentId, [u64; 2]> = HashMap::new();
        for (record, sequence) in records.zip(1..) {
            if let Record::Tx { tx, label } = &record {
                self.payments += 1;
                let of = [tx.debtor, tx.creditor];
                let of = of.map(|party| party.map_or(0, |party| party.account.short() ^ run));
                accounts.insert(tx.id, of);
                if label.behaviour.is_some() {
                    labels.insert(tx.id, label.clone());
                }
            }
            for verdict in engine.apply(sequence, &record.event()) {
                if verdict.point != Point::AfterCommit {
                    continue;
                }
                let label = labels.get(&verdict.id);
                let owner = label.and_then(|label| {
                    let episode = u64::from(label.episode.unwrap_or(0)) + run * 1_000_000;
                    Some((Arc::clone(label.behaviour.as_ref()?), episode))
                });
                self.owners.push(owner);
                let of = accounts.remove(&verdict.id).unwrap_or_default();
                self.payments_of.push((verdict.at_ms, of));
                for (rule, result) in catalogue.rules().iter().zip(&verdict.rules) {
                    let mut outcomes = rule.outcomes.iter();
                    let place = outcomes.position(|(known, _)| *known == result.outcome);
                    self.cells.push(u8::try_from(place.unwrap_or(0)).unwrap_or(0));
                }
            }
        }
    }

    /// Adds those of another run.
    pub fn add(&mut self, other: Samples) {
        self.width = other.width;
        self.cells.extend(other.cells);
        self.owners.extend(other.owners);
        self.payments_of.extend(other.payments_of);
        self.payments += other.payments;
    }

    /// A payment's outcomes.
    pub fn row(&self, row: usize) -> &[u8] {
        &self.cells[row * self.width..(row + 1) * self.width]
    }
}
