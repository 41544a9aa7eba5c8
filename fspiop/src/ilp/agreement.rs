//! Whether a transfer asks for what its packet sealed (the scheme option `verify_ilp_terms`).

use thiserror::Error;

use super::lock::Condition;
use super::packet::Packet;
use super::seal::{minor_units, text_at};
use crate::amount::{Amount, Money};
use crate::json::Value;

/// What a prepare says, to be held against its packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimed<'a> {
    /// `payerFsp`.
    pub payer_fsp: &'a str,
    /// `payeeFsp`.
    pub payee_fsp: &'a str,
    /// `amount`.
    pub money: Money,
    /// `condition`.
    pub condition: Condition,
}

/// What a prepare says otherwise than its packet. The payer's fault; FSPIOP 3100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Disagreement {
    /// The packet carries no readable terms.
    #[error("the ILP packet carries no readable terms")]
    NoTerms,
    /// Another payer.
    #[error("payerFsp differs from the ILP packet")]
    PayerFsp,
    /// Another payee.
    #[error("payeeFsp differs from the ILP packet")]
    PayeeFsp,
    /// Another amount or currency, in the terms or in the packet's own amount.
    #[error("amount differs from the ILP packet")]
    Amount,
    /// Another condition.
    #[error("condition differs from the ILP packet")]
    Condition,
}

impl Packet {
    /// Holds a transfer against the transaction object inside.
    ///
    /// # Errors
    /// The first [`Disagreement`].
    pub fn agrees_with(&self, claimed: &Claimed<'_>) -> Result<(), Disagreement> {
        let terms = self.terms().map_err(|_| Disagreement::NoTerms)?;
        let says = |path: &[&str], text: &str| text_at(&terms, path, "") == Ok(text);
        if !says(&["payer", "partyIdInfo", "fspId"], claimed.payer_fsp) {
            return Err(Disagreement::PayerFsp);
        }
        if !says(&["payee", "partyIdInfo", "fspId"], claimed.payee_fsp) {
            return Err(Disagreement::PayeeFsp);
        }
        if !says(&["amount", "currency"], claimed.money.currency.as_str())
            || sealed_amount(&terms) != Some(claimed.money.amount)
            || minor_units(&claimed.money) != Ok(self.amount())
        {
            return Err(Disagreement::Amount);
        }
        match self.condition() {
            Some(sealed) if sealed != claimed.condition => Err(Disagreement::Condition),
            _ => Ok(()),
        }
    }
}

fn sealed_amount(terms: &Value) -> Option<Amount> {
    let text = text_at(terms, &["amount", "amount"], "").ok()?;
    Amount::parse(text).ok()
}
