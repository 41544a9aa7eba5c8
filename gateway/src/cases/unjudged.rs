//! Payments that are held without a verdict (`on_unavailable = "hold"`): nothing on the stream says
//! that somebody has to look at them. Each has a case of its own, written in the batch that holds it.

use frms::{Attempt, Verdict};
use serde_json::value::RawValue;
use switch_store::{DocumentWrite, Expected};

use super::alerted::payment_of;
use super::{Case, kept};

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

#[cfg(test)]
mod tests {
    use super::*;
    use frms::{Facts, PaymentId, Point, TermsHash, Units};

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
}
