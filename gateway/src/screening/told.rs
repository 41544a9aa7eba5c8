//! What a policy makes of a verdict, and what the payer is told. One code for whatever screening stops,
//! at each decision point: the generic one, MS03 to banks. It says neither that it was screening, nor
//! about whom, nor why; an operator reads that under `/screening/verdicts`.

use std::sync::Arc;

use frms::{Decision, Point, Verdict};
use frms_stream::Unavailable;
use fspiop::error::ErrorCode;

use crate::config::{OnReview, OnUnavailable};

/// What becomes of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It goes on.
    Pass,
    /// It waits for somebody's word.
    Hold,
    /// It ends.
    Block,
    /// It is refused for now: nothing is stored, the same request may come again.
    Later,
}

/// What was decided, or why nothing was: nobody knows what a result that is not there would have said of
/// a payment that nothing else stops.
pub fn decided(verdict: &Result<Arc<Verdict>, Unavailable>) -> Result<Decision, String> {
    match verdict {
        Ok(verdict) if is_incomplete(verdict) => Err("a rule has no result".to_owned()),
        Ok(verdict) => Ok(verdict.decision),
        Err(why) => Err(why.to_string()),
    }
}

/// As it is counted.
pub fn said(verdict: &Verdict) -> &'static str {
    if is_incomplete(verdict) { "incomplete" } else { verdict.decision.as_str() }
}

fn is_incomplete(verdict: &Verdict) -> bool {
    verdict.decision == Decision::Allow && verdict.is_incomplete()
}

/// What becomes of a payment with this verdict, or with none.
pub fn effect(
    decision: Option<Decision>,
    on_review: OnReview,
    on_unavailable: OnUnavailable,
) -> Effect {
    match (decision, on_review, on_unavailable) {
        (Some(Decision::Allow), _, _) => Effect::Pass,
        (Some(Decision::Review), OnReview::Allow, _) => Effect::Pass,
        (Some(Decision::Review), OnReview::Hold, _) => Effect::Hold,
        (Some(Decision::Review), OnReview::Block, _) => Effect::Block,
        (Some(Decision::Block), _, _) => Effect::Block,
        (None, _, OnUnavailable::Open) => Effect::Pass,
        (None, _, OnUnavailable::Hold) => Effect::Hold,
        (None, _, OnUnavailable::Closed) => Effect::Later,
    }
}

/// The FSPIOP code that the payer gets; none where it is told nothing yet, or nothing can be stopped.
pub fn code(point: Point, effect: Effect) -> Option<ErrorCode> {
    match (point, effect) {
        (Point::AfterCommit, _) => None,
        (_, Effect::Pass | Effect::Hold) => None,
        (_, Effect::Block) => Some(ErrorCode::PayerError),
        (_, Effect::Later) => Some(ErrorCode::ServiceUnavailable),
    }
}

#[cfg(test)]
mod tests {
    use causeway_translate::codes::{error_of_refusal, iso_reason};
    use fspiop::error::ErrorInformation;

    use super::*;

    /// Decision, policy for it, what becomes of the payment; then the FSPIOP code and ISO reason before
    /// a quote, a reservation and an authorization, and after a commit.
    const TABLE: &str = "
        allow  hold   open   Pass   -         -         -         -
        allow  block  closed Pass   -         -         -         -
        allow  allow  hold   Pass   -         -         -         -
        review hold   open   Hold   -         -         -         -
        review hold   closed Hold   -         -         -         -
        review block  open   Block  4000/MS03 4000/MS03 4000/MS03 -
        review block  hold   Block  4000/MS03 4000/MS03 4000/MS03 -
        review allow  open   Pass   -         -         -         -
        review allow  closed Pass   -         -         -         -
        block  hold   open   Block  4000/MS03 4000/MS03 4000/MS03 -
        block  block  hold   Block  4000/MS03 4000/MS03 4000/MS03 -
        block  allow  closed Block  4000/MS03 4000/MS03 4000/MS03 -
        none   hold   open   Pass   -         -         -         -
        none   block  hold   Hold   -         -         -         -
        none   hold   closed Later  2003/ED06 2003/ED06 2003/ED06 -
        none   allow  closed Later  2003/ED06 2003/ED06 2003/ED06 -";

    const POINTS: [Point; 4] =
        [Point::BeforeQuote, Point::BeforeReserve, Point::BeforeAuthorization, Point::AfterCommit];

    fn said(point: Point, effect: Effect) -> String {
        let said = |code: ErrorCode| format!("{}/{}", code.number(), iso_reason(code));
        code(point, effect).map_or("-".to_owned(), said)
    }

    #[test]
    fn each_decision_at_each_point_has_its_code() {
        let mut rows = 0;
        for row in TABLE.lines().filter(|row| !row.trim().is_empty()) {
            let [decision, review, unavailable, expected, codes @ ..] =
                &row.split_whitespace().collect::<Vec<_>>()[..]
            else {
                panic!("{row}")
            };
            let decision = match *decision {
                "allow" => Some(Decision::Allow),
                "review" => Some(Decision::Review),
                "block" => Some(Decision::Block),
                _ => None,
            };
            let on_review = match *review {
                "hold" => OnReview::Hold,
                "block" => OnReview::Block,
                _ => OnReview::Allow,
            };
            let on_unavailable = match *unavailable {
                "open" => OnUnavailable::Open,
                "closed" => OnUnavailable::Closed,
                _ => OnUnavailable::Hold,
            };
            let effect = effect(decision, on_review, on_unavailable);
            assert_eq!(format!("{effect:?}"), *expected, "{row}");
            assert_eq!(POINTS.map(|point| said(point, effect)), codes, "{row}");
            rows += 1;
        }
        assert_eq!(rows, 16);
    }

    #[test]
    fn a_stopped_quote_and_a_stopped_transfer_are_told_in_the_same_bytes() {
        let stopped = code(Point::BeforeQuote, Effect::Block).map(ErrorInformation::of).unwrap();
        let refused = error_of_refusal(&switch::Refusal::BlockedByScreening);
        assert_eq!(stopped.render(), refused.render());
        let text = String::from_utf8(stopped.render()).unwrap().to_lowercase();
        let telling = ["block", "screen", "fraud", "scam", "list", "suspi", "review", "rule"];
        assert!(!telling.iter().any(|word| text.contains(word)), "{text}");
    }
}
