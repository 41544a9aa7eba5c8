//! Rule 616: money that comes back.
//!
//! **Definition.** Along payments in `(t - maxQueryRange, t]`, settled and pending, with an amount
//! within `tolerance` of this one's in the same currency (from 1 on: any): by how many payments has
//! money gone from the creditor's account to the debtor's, so that this one closes a ring; the shortest
//! way, of at most `maxHops` payments. At each account the eight latest are followed.
//!
//! **Parameters.** `maxQueryRange`: three days, `maxHops`: 3, `tolerance`: 1.
//!
//! **Exits.** `.x01`: nothing has come from there.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::Parameter::{MaxHops, MaxQueryRange, Tolerance};
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, nobody};
use crate::{Missing, Seen, Side};

/// The rule.
pub const RULE: Rule = Rule {
    number: "616",
    name: "Money that comes back",
    measures: "payments have led from the creditor to the debtor",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 259_200_000.0), (MaxHops, 3.0), (Tolerance, 1.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "money goes back whence it came"),
        (2.0, "a ring of three"),
        (3.0, "a ring of four"),
    ]),
    exits: &[(1, "nothing has come from there")],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    let Some(debtor) = scene.attempt.debtor else {
        return Measure::Missing(Missing::DebtorAccount);
    };
    let Some(creditor) = scene.attempt.creditor else {
        return Measure::Missing(Missing::CreditorAccount);
    };
    let most = usize::try_from(parameters.whole(MaxHops)).unwrap_or(0).min(HOPS_MAX);
    let (start, goal) = (creditor.account.short(), debtor.account.short());
    // Most payments close no ring: nothing like them has come to the debtor at all.
    let incoming = scene.debtor.map(|account| &account.incoming);
    if followed(scene, incoming, parameters).next().is_none() {
        return Measure::Exit(1);
    }
    let (mut reached, mut visited) = (vec![start], vec![start]);
    for hops in 1..=most {
        let next = reached.iter().flat_map(|account| paid_by(scene, *account, parameters));
        let is_new = |account: &u64| visited.binary_search(account).is_err();
        let mut next: Vec<u64> = next.filter(is_new).collect();
        if next.contains(&goal) {
            return count(hops);
        }
        next.sort_unstable();
        next.dedup();
        next.truncate(REACHED_MAX);
        if next.is_empty() {
            break;
        }
        visited.extend(&next);
        visited.sort_unstable();
        reached = next;
    }
    Measure::Exit(1)
}

/// Longer rings are not looked for.
const HOPS_MAX: usize = 12;
/// Payments that are followed at each account, and accounts that are followed at each step.
const FOLLOWED_MAX: usize = 8;
const REACHED_MAX: usize = 64;

fn paid_by<'a>(
    scene: &Scene<'a>,
    account: u64,
    parameters: &Parameters,
) -> impl Iterator<Item = u64> + use<'a> {
    let side = scene.features.short(account).map(|account| &account.outgoing);
    followed(scene, side, parameters).map(|seen| seen.counterparty).take(FOLLOWED_MAX)
}

/// Payments of a side along which money may have gone.
fn followed<'a>(
    scene: &Scene<'a>,
    side: Option<&'a Side>,
    parameters: &Parameters,
) -> impl Iterator<Item = &'a Seen> + use<'a> {
    let tolerance = parameters.number(Tolerance);
    let alike = scene.alike(tolerance);
    let known = move |seen: &&Seen| seen.counterparty != 0 && (tolerance >= 1.0 || alike(seen));
    scene.others(side, parameters.whole(MaxQueryRange)).filter(known)
}
