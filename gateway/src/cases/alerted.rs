//! From the stream to cases: a verdict that alerts opens one, or joins the open one.

use std::sync::Arc;

use frms::{Attempt, Decision, Party, Point, Verdict};
use serde_json::value::RawValue;
use switch_store::{CommitError, Expected};

use super::kept::{self, KeepError, Kept};
use super::{Case, Payment};
use crate::node::Node;

/// What stands for a typology where a list has held the payment.
pub const LISTED: &str = "EFRuP";

/// Takes in a verdict: each typology that alerts, and a list that holds.
///
/// # Errors
/// See [`KeepError`].
pub async fn take(node: &Node, attempt: &Attempt, verdict: &Arc<Verdict>) -> Result<(), KeepError> {
    let told = verdict.point == Point::AfterCommit || verdict.decision != Decision::Allow;
    if !told {
        return Ok(());
    }
    let alerting = verdict.typologies.iter().filter(|score| score.alert);
    let mut found: Vec<(&str, bool)> =
        alerting.map(|score| (&*score.typology, score.raised)).collect();
    let is_held = verdict.decision == Decision::Review && verdict.point != Point::AfterCommit;
    if is_held && found.is_empty() {
        found.push((LISTED, true));
    }
    for (typology, raised) in found {
        let payment = payment(attempt, verdict)?;
        for _ in 0..kept::TRIES {
            match one(node, typology, payment.clone(), raised).await {
                Err(KeepError::Commit(CommitError::Conflict { .. })) => {}
                done => {
                    done?;
                    break;
                }
            }
        }
    }
    Ok(())
}

async fn one(node: &Node, typology: &str, payment: Payment, raised: bool) -> Result<(), KeepError> {
    if let Some(id) = kept::case_of(node, typology, &payment.id).await? {
        // Told again, or told more: a case that is closed stays as it was judged, and who was only counted
        // is counted once.
        let takes_more = |kept: &Kept| {
            kept.case.is_open() && kept.case.payments.iter().any(|known| known.id == payment.id)
        };
        return match kept::load(node, &id).await?.filter(takes_more) {
            Some(kept) => joined(node, kept, payment).await,
            None => Ok(()),
        };
    }
    let accounts: Vec<String> =
        [&payment.debtor, &payment.creditor].into_iter().flatten().cloned().collect();
    let open = kept::open_of(node, typology, &accounts).await?;
    let kept = match open {
        Some(kept) => kept,
        None if raised => {
            let id = kept::id_of(payment.at_ms, &payment.id, typology);
            if kept::load(node, &id).await?.is_some() {
                return Ok(());
            }
            let case = Case::open(id, typology, payment.at_ms);
            Kept { case, expected: Expected::Absent }
        }
        None => return Ok(()),
    };
    joined(node, kept, payment).await
}

async fn joined(node: &Node, mut kept: Kept, payment: Payment) -> Result<(), KeepError> {
    let id = payment.id.clone();
    match kept.case.join(payment) {
        true => kept::save_joined(node, kept, &id).await,
        false => Ok(()),
    }
}

fn payment(attempt: &Attempt, verdict: &Verdict) -> Result<Payment, KeepError> {
    let verdicts = vec![RawValue::from_string(serde_json::to_string(verdict)?)?];
    let explanation = verdict.explanation.clone();
    Ok(Payment { explanation, ..payment_of(attempt, verdict.decision.as_str(), verdicts) })
}

/// What cases show of an attempt.
pub fn payment_of(attempt: &Attempt, decision: &str, verdicts: Vec<Box<RawValue>>) -> Payment {
    let account = |party: Option<Party>| party.map(|party| party.account.to_string());
    Payment {
        id: attempt.id.to_string(),
        at_ms: attempt.at_ms,
        payer_fsp: attempt.payer_fsp.clone(),
        payee_fsp: attempt.payee_fsp.clone(),
        amount: amount(attempt.units.0),
        currency: attempt.currency.clone(),
        debtor: account(attempt.debtor),
        creditor: account(attempt.creditor),
        decision: decision.to_owned(),
        explanation: String::new(),
        verdicts,
    }
}

/// Ten-thousandths as a decimal number, at least two places.
pub fn amount(units: i128) -> String {
    let (sign, units) = (if units < 0 { "-" } else { "" }, units.unsigned_abs());
    let fraction = format!("{:04}", units % 10_000);
    let fraction = fraction.strip_suffix("00").unwrap_or(&fraction);
    format!("{sign}{}.{fraction}", units / 10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_exact() {
        for (units, text) in
            [(100_000, "10.00"), (12_345, "1.2345"), (-5_000, "-0.50"), (0, "0.00")]
        {
            assert_eq!(amount(units), text);
        }
    }
}
