//! Rule 634: a chain of new relations, debtor.
//!
//! **Definition.** The number of payments in the longest chain that ends with this one: in `(t -
//! maxQueryRange, t]`, settled and pending, each to the account that made the next, not after it,
//! by an account that was new to it, and with an amount like the next one's, as rule 631 says. 0
//! if this payment's creditor is not new to the debtor, or if it is in the way of the debtor's
//! habits to meet somebody new, as rule 631 says. At most six payments are followed, of each
//! account the four latest, and 64 in all. Shops and cash are no relations.
//!
//! **Parameters.** `maxQueryRange`: 30 days, `tolerance`: 0.5, `habit`: 1.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::Parameter::{Habit, MaxQueryRange, Tolerance};
use super::relations::{chosen, debtor_meets, near};
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, with};
use crate::{Account, Missing, PaymentId, Seen};

/// The rule.
pub const RULE: Rule = Rule {
    number: "634",
    name: "Chain of new relations - debtor",
    measures: "payments between new relations have passed on similar amounts",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 2_592_000_000.0), (Tolerance, 0.5), (Habit, 1.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "nothing is passed on"),
        (2.0, "passed on once"),
        (3.0, "passed on twice"),
        (4.0, "passed on three times or more"),
    ]),
    exits: &[],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.outgoing(), |_| match scene.attempt.creditor {
        None => Measure::Missing(Missing::CreditorAccount),
        Some(_) => count(chain(scene, parameters).map_or(0, |before| before.len() + 1)),
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    let before = chain(scene, parameters).unwrap_or_default();
    before.into_iter().map(Seen::id).collect()
}

/// Payments of a chain, and of one account and in all that are followed.
const LENGTH_MAX: usize = 6;
const FOLLOWED_MAX: usize = 4;
const LINKS_MAX: usize = 64;

/// A payment, how many come after it up to this one, and the place of the next one; none if that is
/// this one.
struct Link<'a> {
    seen: &'a Seen,
    after: usize,
    next: Option<usize>,
}

/// The payments before this one, the newest first.
fn chain<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Option<Vec<&'a Seen>> {
    let own = debtor_meets(scene, parameters).filter(|own| own.surprises(parameters))?;
    let mut links: Vec<Link<'a>> = Vec::new();
    follow(scene, parameters, own.account, &own.this, None, &mut links);
    let mut at = 0;
    while let Some(Link { seen, after, .. }) = links.get(at) {
        let (seen, is_short) = (*seen, after + 2 <= LENGTH_MAX);
        if is_short && let Some(account) = scene.features.short(seen.counterparty) {
            follow(scene, parameters, account, seen, Some(at), &mut links);
        }
        at += 1;
    }
    // Of chains of the same length the one found first, which is the newest.
    let first = (0..links.len()).rev().max_by_key(|place| links[*place].after);
    let mut way = Vec::new();
    let mut at = first;
    while let Some(Link { seen, next, .. }) = at.and_then(|at| links.get(at)) {
        way.push(*seen);
        at = *next;
    }
    way.reverse();
    Some(way)
}

/// The payments by which an account got what `next` passes on.
fn follow<'a>(
    scene: &Scene<'a>,
    parameters: &Parameters,
    account: &'a Account,
    next: &Seen,
    place: Option<usize>,
    links: &mut Vec<Link<'a>>,
) {
    let tolerance = parameters.number(Tolerance);
    let passed_on = |seen: &Seen| {
        seen.at_ms <= next.at_ms
            && seen.counterparty != next.counterparty
            && near(seen, next, tolerance)
    };
    let after = place.and_then(|place| links.get(place)).map_or(1, |link| link.after + 1);
    let before = chosen(scene, &account.incoming, parameters, passed_on);
    for seen in before.into_iter().take(FOLLOWED_MAX) {
        if links.len() < LINKS_MAX {
            links.push(Link { seen, after, next: place });
        }
    }
}
