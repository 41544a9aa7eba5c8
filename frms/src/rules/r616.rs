//! Rule 616: money that comes back.
//!
//! **Definition.** Along payments in `(t - maxQueryRange, t]`, settled and pending: by how many
//! payments has money gone from the creditor's account to the debtor's, so that this one closes a
//! ring; 1 to 3, the shortest way. At each account the eight latest counterparties are followed.
//!
//! **Parameters.** `maxQueryRange`: three days.
//!
//! **Exits.** `.x01`: nothing has come from there.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::Parameter::MaxQueryRange;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, nobody};
use crate::Missing;

/// The rule.
pub const RULE: Rule = Rule {
    number: "616",
    name: "Money that comes back",
    measures: "payments have led from the creditor to the debtor",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 259_200_000.0)],
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
    let range_ms = parameters.whole(MaxQueryRange);
    let (start, goal) = (creditor.account.short(), debtor.account.short());
    let mut reached = vec![start];
    for hops in 1..=HOPS_MAX {
        let mut next = Vec::new();
        for account in &reached {
            let paid = paid_by(scene, *account, range_ms);
            next.extend(paid);
        }
        if next.contains(&goal) {
            return count(hops);
        }
        next.truncate(REACHED_MAX);
        reached = next;
    }
    Measure::Exit(1)
}

/// Rings of more than four are not looked for.
const HOPS_MAX: usize = 3;
/// Counterparties that are followed at each account, and accounts that are followed at each step.
const FOLLOWED_MAX: usize = 8;
const REACHED_MAX: usize = 64;

fn paid_by<'a>(
    scene: &Scene<'a>,
    account: u64,
    range_ms: i64,
) -> impl Iterator<Item = u64> + use<'a> {
    let side = scene.features.short(account).map(|account| &account.outgoing);
    let others = scene.others(side, range_ms).map(|seen| seen.counterparty);
    others.filter(|counterparty| *counterparty != 0).take(FOLLOWED_MAX)
}
