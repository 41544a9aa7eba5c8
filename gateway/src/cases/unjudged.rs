//! Payments that are held without a verdict (`on_unavailable = "hold"`): nothing on the stream says
//! that somebody has to look at them. Each has a case of its own, written in the batch that holds it.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use frms::{Attempt, PaymentId, Point, Verdict};
use serde_json::value::RawValue;
use switch_store::{CommitError, DocumentWrite, Expected};

use super::alerted::payment_of;
use super::kept::KeepError;
use super::{Case, Payment, kept};
use crate::limits::{ATTEMPTS_AWAITED_MAX, VERDICTS_RECALLED_MAX};
use crate::node::Node;

/// What stands for a typology where nobody has judged the payment.
pub const UNJUDGED: &str = "no verdict";

/// The case of a payment that is held because of `why`; with what was found, where that is not all there
/// is to find.
///
/// # Errors
/// It cannot be written.
pub fn case(
    attempt: &Attempt,
    found: Option<&Verdict>,
    why: &str,
) -> Result<Option<DocumentWrite>, serde_json::Error> {
    let verdicts = match found {
        Some(verdict) => vec![RawValue::from_string(serde_json::to_string(verdict)?)?],
        None => Vec::new(),
    };
    let mut payment = payment_of(attempt, "held", verdicts);
    payment.explanation =
        format!("Held without a verdict: {why}. Nothing is known against it, or for it.");
    let id = kept::id_of(attempt.at_ms, &payment.id, UNJUDGED);
    let mut case = Case::open(id, UNJUDGED, attempt.at_ms);
    case.join(payment);
    // A hold comes about once, so that nobody else writes this case before it is there.
    kept::written(case, Expected::Any)
}

/// Verdicts and holds as the stream has them, in either order: a verdict that comes too late may come before
/// the hold is on stable storage, or after it.
#[derive(Default)]
pub struct Later {
    verdicts: VecDeque<Arc<Verdict>>,
    held: HashSet<PaymentId>,
    order: VecDeque<PaymentId>,
}

impl Later {
    /// A verdict has come: whether its payment is held, or was.
    pub fn judged(&mut self, verdict: &Arc<Verdict>) -> bool {
        let is_told = self.verdicts.back().is_some_and(|last| Arc::ptr_eq(last, verdict));
        if verdict.point == Point::BeforeReserve && !is_told {
            self.verdicts.push_back(Arc::clone(verdict));
        }
        if self.verdicts.len() > VERDICTS_RECALLED_MAX {
            self.verdicts.pop_front();
        }
        self.held.contains(&verdict.id)
    }

    /// A payment is held: the verdict that came before.
    pub fn held(&mut self, id: PaymentId) -> Option<Arc<Verdict>> {
        if self.held.insert(id) {
            self.order.push_back(id);
        }
        if self.order.len() > ATTEMPTS_AWAITED_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.held.remove(&oldest);
        }
        self.verdicts.iter().rev().find(|verdict| verdict.id == id).cloned()
    }
}

/// A verdict on a payment that is held, or was: it joins the payment's case if that is one without a verdict,
/// and open.
///
/// # Errors
/// See [`KeepError`].
pub async fn join(node: &Node, attempt: &Attempt, verdict: &Verdict) -> Result<(), KeepError> {
    let id = kept::id_of(attempt.at_ms, &attempt.id.to_string(), UNJUDGED);
    let mut tries = 1;
    loop {
        let found = kept::load(node, &id).await?.filter(|kept| kept.case.is_open());
        let Some(mut kept) = found else { return Ok(()) };
        if !joined(&mut kept.case, node.now().0, verdict)? {
            return Ok(());
        }
        match kept::save(node, kept).await {
            Err(KeepError::Commit(CommitError::Conflict { .. })) if tries < kept::TRIES => {
                tries += 1;
            }
            saved => return saved,
        }
    }
}

/// Whether it is new.
fn joined(case: &mut Case, now_ms: i64, verdict: &Verdict) -> Result<bool, serde_json::Error> {
    let id = verdict.id.to_string();
    let told = RawValue::from_string(serde_json::to_string(verdict)?)?;
    let Some(known) = case.payments.iter().find(|known| known.id == id).cloned() else {
        return Ok(false);
    };
    if !case.join(Payment { verdicts: vec![told], ..known }) {
        return Ok(false);
    }
    let (decision, said) = (verdict.decision.as_str(), &verdict.explanation);
    let is_after = verdict.point == Point::AfterCommit;
    let when = if is_after { " after the commit" } else { "" };
    case.step(now_ms, "", &format!("judged {decision}{when}"), &id, said);
    if let Some(known) = case.payments.iter_mut().find(|known| known.id == id && !is_after) {
        let later = format!(" Its verdict came later: {decision}. {said}");
        known.explanation.push_str(later.trim_end());
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::alerted;
    use frms::{Decision, Facts, TermsHash, Units};

    fn attempt() -> Attempt {
        Attempt {
            id: PaymentId(7),
            hash: TermsHash([7; 32]),
            point: Point::BeforeReserve,
            at_ms: 1_000,
            payer_fsp: "green".to_owned(),
            payee_fsp: "blue".to_owned(),
            units: Units(105_000),
            currency: "EUR".to_owned(),
            debtor: None,
            creditor: None,
            facts: Facts::Quote,
            category: None,
            debtor_age_years: None,
            place: None,
            description: None,
        }
    }

    #[test]
    fn its_case_says_what_is_held_and_why() {
        let write = case(&attempt(), None, "the scorer did not answer in time").unwrap().unwrap();
        assert_eq!(write.key.kind, kept::CASE);
        let body: serde_json::Value = serde_json::from_slice(&write.body.unwrap()).unwrap();
        let case = &body["case"];
        assert_eq!((&case["typology"], case["finding"].is_null()), (&UNJUDGED.into(), true));
        let payment = &case["payments"][0];
        assert_eq!((&payment["amount"], &payment["decision"]), (&"10.50".into(), &"held".into()));
        let said = payment["explanation"].as_str().unwrap();
        assert!(said.contains("did not answer in time"), "{said}");
    }

    fn verdict(point: Point, decision: Decision) -> Arc<Verdict> {
        let explanation = "The debtor is on the block list.".to_owned();
        Arc::new(Verdict { explanation, ..alerted::tests::verdict(point, decision, &[]) })
    }

    #[test]
    fn a_later_verdict_is_in_its_case_once_and_seen() {
        let attempt = attempt();
        let mut case = Case::open("c1".to_owned(), UNJUDGED, 1);
        case.join(payment_of(&attempt, "held", Vec::new()));
        let block = verdict(Point::BeforeReserve, Decision::Block);
        assert!(joined(&mut case, 2_000, &block).unwrap());
        assert!(!joined(&mut case, 2_001, &block).unwrap(), "told again");
        let after = verdict(Point::AfterCommit, Decision::Block);
        assert!(joined(&mut case, 3_000, &after).unwrap());
        let payment = &case.payments[0];
        assert_eq!((payment.verdicts.len(), payment.decision.as_str()), (2, "held"));
        assert_eq!(
            payment.explanation.trim_start(),
            "Its verdict came later: block. The debtor is on the block list."
        );
        let steps: Vec<(i64, &str)> =
            case.history.iter().map(|step| (step.at_ms, step.what.as_str())).collect();
        let expected =
            [(1, "opened"), (2_000, "judged block"), (3_000, "judged block after the commit")];
        assert_eq!(steps, expected);
        let other = Verdict { id: PaymentId(8), ..Verdict::clone(&block) };
        assert!(!joined(&mut case, 4_000, &other).unwrap());
    }

    #[test]
    fn a_hold_finds_the_verdict_before_it_and_a_verdict_the_hold_before_it() {
        let block = verdict(Point::BeforeReserve, Decision::Block);
        let mut before = Later::default();
        assert!(!before.judged(&block));
        assert_eq!(before.held(PaymentId(7)), Some(Arc::clone(&block)));
        assert_eq!(before.held(PaymentId(8)), None);
        let mut after = Later::default();
        assert_eq!(after.held(PaymentId(7)), None);
        assert!(after.judged(&block));
        for _ in 0..2 * VERDICTS_RECALLED_MAX {
            after.judged(&verdict(Point::BeforeReserve, Decision::Allow));
        }
        assert_eq!(after.verdicts.len(), VERDICTS_RECALLED_MAX);
    }
}
