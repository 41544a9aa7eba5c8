//! Rule 633: a ring of new relations.
//!
//! **Definition.** Along payments in `(t - maxQueryRange, t]`, settled and pending, whose creditor
//! was new to their debtor when they were made, whatever their order: by how many payments, this
//! one among them, does money come from the creditor's account back to it; the shortest way, of at
//! most `maxHops` payments before this one. Both accounts have never dealt with each other before,
//! and for neither that is in the way of its habits, as rule 631 says. Of each account the eight
//! latest new relations are followed, and sixteen accounts at each step. Shops and cash are no
//! relations.
//!
//! **Parameters.** `maxQueryRange`: 30 days, `maxHops`: 11, `habit`: 3.
//!
//! **Exits.** `.x01`: no ring is closed.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::Parameter::{Habit, MaxHops, MaxQueryRange};
use super::relations::{Meeting, creditor_meets, debtor_meets, newcomers};
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count};
use crate::{Missing, PaymentId, Seen};

/// The rule.
pub const RULE: Rule = Rule {
    number: "633",
    name: "Ring of new relations",
    measures: "payments between new relations have closed a ring",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 2_592_000_000.0), (MaxHops, 11.0), (Habit, 3.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "there and back"),
        (3.0, "a ring of three new relations"),
        (4.0, "a ring of four new relations"),
        (5.0, "a ring of five new relations or more"),
    ]),
    exits: &[(1, "no ring is closed")],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    match (scene.attempt.debtor, scene.attempt.creditor) {
        (None, _) => Measure::Missing(Missing::DebtorAccount),
        (_, None) => Measure::Missing(Missing::CreditorAccount),
        _ => ring(scene, parameters).map_or(Measure::Exit(1), |way| count(way.len() + 1)),
    }
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    let way = ring(scene, parameters).unwrap_or_default();
    way.into_iter().map(Seen::id).collect()
}

/// Longer rings are not looked for.
const HOPS_MAX: usize = 12;
/// Payments that are followed at each account, and accounts that are followed at each step.
const FOLLOWED_MAX: usize = 8;
const REACHED_MAX: usize = 16;

/// An account on the way.
struct Reached<'a> {
    account: u64,
    /// The payment that led there, and the place of the account that it came from.
    by: Option<(&'a Seen, usize)>,
}

/// The payments that lead from the creditor's account to the debtor's, the last one first.
fn ring<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Option<Vec<&'a Seen>> {
    let surprises = |meeting: &Meeting<'_>| meeting.surprises(parameters);
    let goal = creditor_meets(scene, parameters).filter(surprises)?.this.counterparty;
    let start = debtor_meets(scene, parameters).filter(surprises)?.this.counterparty;
    let most = usize::try_from(parameters.whole(MaxHops)).unwrap_or(0).min(HOPS_MAX);
    let mut reached = vec![Reached { account: start, by: None }];
    let mut step = 0..1;
    for _ in 0..most {
        for from in step.clone() {
            let Some(account) = scene.features.short(reached[from].account) else { continue };
            let next = newcomers(scene, &account.outgoing, parameters, start);
            for seen in next.into_iter().take(FOLLOWED_MAX) {
                let is_known = reached.iter().any(|known| known.account == seen.counterparty);
                let has_room = reached.len() < step.end + REACHED_MAX;
                if seen.counterparty == goal {
                    return Some(way(&reached, seen, from));
                }
                if !is_known && has_room {
                    reached.push(Reached { account: seen.counterparty, by: Some((seen, from)) });
                }
            }
        }
        step = step.end..reached.len();
    }
    None
}

fn way<'a>(reached: &[Reached<'a>], last: &'a Seen, from: usize) -> Vec<&'a Seen> {
    let mut way = vec![last];
    let mut at = from;
    while let Some((seen, from)) = reached.get(at).and_then(|reached| reached.by) {
        way.push(seen);
        at = from;
    }
    way
}
