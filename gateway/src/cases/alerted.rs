//! From the stream to cases: a verdict that alerts opens one, or joins the open one.

use std::sync::Arc;

use frms::{Attempt, Decision, Party, Point, TypologyScore, Verdict};
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
    let mut taken = Ok(());
    for (typology, opens) in found(verdict) {
        let payment = payment(attempt, verdict)?;
        match insisting(node, typology, &payment, opens).await {
            Err(error) if error.passes() => return Err(error),
            // One that can never be written takes nothing from the others.
            done => taken = taken.and(done),
        }
    }
    taken
}

async fn insisting(
    node: &Node,
    typology: &str,
    payment: &Payment,
    opens: bool,
) -> Result<(), KeepError> {
    let mut tries = 1;
    loop {
        match one(node, typology, payment.clone(), opens).await {
            Err(KeepError::Commit(CommitError::Conflict { .. })) if tries < kept::TRIES => {
                tries += 1;
            }
            done => return done,
        }
    }
}

/// What this verdict belongs to cases of, and whether it opens one where none is open: whatever is held,
/// and whatever alerts. That an alert is not raised anew says nothing here: the case of the one before may
/// be closed. What is snoozed joins the open case and opens none, unless it stops the payment.
fn found(verdict: &Verdict) -> Vec<(&str, bool)> {
    let is_after = verdict.point == Point::AfterCommit;
    if !is_after && verdict.decision == Decision::Allow {
        return Vec::new();
    }
    let is_held = !is_after && verdict.decision == Decision::Review;
    let opens = |score: &TypologyScore| {
        let holds = is_held && score.interdicts;
        !score.snoozed || holds || score.raised && !is_after
    };
    let alerting = verdict.typologies.iter().filter(|score| score.alert);
    let mut found: Vec<_> = alerting.map(|score| (&*score.typology, opens(score))).collect();
    if is_held && !verdict.typologies.iter().any(|score| score.interdicts) {
        found.push((LISTED, true));
    }
    found
}

async fn one(node: &Node, typology: &str, payment: Payment, opens: bool) -> Result<(), KeepError> {
    if let Some(id) = kept::case_of(node, typology, &payment.id).await? {
        // Told again, or told more: a case that is closed stays as it was judged, and who was only counted
        // is counted once.
        let takes_more = |kept: &Kept| {
            kept.case.is_open() && kept.case.payments.iter().any(|known| known.id == payment.id)
        };
        let Some(mut kept) = kept::load(node, &id).await?.filter(takes_more) else { return Ok(()) };
        return match kept.case.join(payment) {
            true => kept::save(node, kept).await,
            false => Ok(()),
        };
    }
    let accounts: Vec<String> =
        [&payment.debtor, &payment.creditor].into_iter().flatten().cloned().collect();
    // A full case only counts, which is not enough for what somebody has to look at.
    let fits = |case: &Case| case.is_open() && (case.has_room() || !opens);
    let mut kept = match kept::led_to(node, typology, &accounts, fits).await? {
        Some(kept) => kept,
        None if opens => {
            let id = kept::id_of(payment.at_ms, &payment.id, typology);
            if kept::load(node, &id).await?.is_some() {
                return Ok(());
            }
            let case = Case::open(id, typology, payment.at_ms);
            Kept { case, expected: Expected::Absent }
        }
        None => return Ok(()),
    };
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
pub(super) mod tests {
    use super::*;

    const ALERT: (bool, bool, bool) = (false, false, false);
    const RAISED: (bool, bool, bool) = (true, false, false);
    const SNOOZED: (bool, bool, bool) = (false, false, true);

    /// Of a typology that has alerted: raised, interdicts, snoozed.
    pub(in crate::cases) fn verdict(
        point: Point,
        decision: Decision,
        scores: &[(bool, bool, bool)],
    ) -> Verdict {
        let score = |(number, (raised, interdicts, snoozed)): (usize, &(bool, bool, bool))| {
            let (raised, interdicts, snoozed) = (*raised, *interdicts, *snoozed);
            let typology = format!("t{number}").into();
            TypologyScore { typology, score: 1.0, alert: true, raised, interdicts, snoozed }
        };
        Verdict {
            id: frms::PaymentId(7),
            hash: frms::TermsHash([7; 32]),
            point,
            sequence: 1,
            at_ms: 1_000,
            decision,
            flow: None,
            rules: Vec::new(),
            typologies: scores.iter().enumerate().map(score).collect(),
            missing: Vec::new(),
            explanation: String::new(),
        }
    }

    #[test]
    fn what_is_held_opens_a_case_whether_or_not_its_alert_is_raised_anew_or_snoozed() {
        let is = |scores: &[(bool, bool, bool)], cases: &[(&str, bool)]| {
            assert_eq!(
                found(&verdict(Point::BeforeReserve, Decision::Review, scores)),
                cases,
                "{scores:?}"
            );
        };
        for held in [(true, true, false), (false, true, false), (false, true, true)] {
            is(&[held], &[("t0", true)]);
        }
        // A list holds it: what typologies say beside that holds nothing.
        is(&[], &[(LISTED, true)]);
        is(&[SNOOZED], &[("t0", false), (LISTED, true)]);
        is(&[ALERT], &[("t0", true), (LISTED, true)]);
        is(&[SNOOZED, (false, true, false)], &[("t0", false), ("t1", true)]);
    }

    #[test]
    fn what_alerts_opens_a_case_once_it_is_paid_unless_it_is_snoozed() {
        let is = |point, decision, scores: &[(bool, bool, bool)], cases: &[(&str, bool)]| {
            assert_eq!(found(&verdict(point, decision, scores)), cases, "{scores:?}");
        };
        is(Point::AfterCommit, Decision::Allow, &[RAISED], &[("t0", true)]);
        is(Point::AfterCommit, Decision::Allow, &[ALERT], &[("t0", true)]);
        is(Point::AfterCommit, Decision::Allow, &[SNOOZED], &[("t0", false)]);
        is(Point::AfterCommit, Decision::Review, &[(true, true, true)], &[("t0", false)]);
        is(Point::AfterCommit, Decision::Review, &[], &[]);
        is(Point::BeforeReserve, Decision::Allow, &[ALERT], &[]);
        is(Point::BeforeReserve, Decision::Block, &[(true, true, true)], &[("t0", true)]);
    }

    #[test]
    fn an_amount_is_exact() {
        for (units, text) in
            [(100_000, "10.00"), (12_345, "1.2345"), (-5_000, "-0.50"), (0, "0.00")]
        {
            assert_eq!(amount(units), text);
        }
    }
}
