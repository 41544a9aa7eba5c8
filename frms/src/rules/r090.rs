//! Rule 090: upstream transaction divergence, debtor.
//!
//! **Definition.** Of the accounts that paid the debtor's in `(t - maxQueryRangeUpstream, t]`, the
//! one that paid most others: how many accounts it paid in `(t - maxQueryRangeDownstream, t]`, the
//! debtor's among them. Money was spread, and goes on from here.
//!
//! **Parameters.** `maxQueryRangeUpstream`: one day, `maxQueryRangeDownstream`: one day.
//!
//! The peer's query is not public: this definition is ours (docs/frms-rules.md).
//!
//! Source: frms.md §3, row 090.

use super::Parameter::{MaxQueryRangeDownstream, MaxQueryRangeUpstream};
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, with};
use crate::PaymentId;
use crate::{Seen, Side};

/// The rule.
pub const RULE: Rule = Rule {
    number: "090",
    name: "Upstream transaction divergence - debtor",
    measures: "accounts paid by one that paid the debtor",
    unit: Unit::Count,
    parameters: &[(MaxQueryRangeUpstream, 86_400_000.0), (MaxQueryRangeDownstream, 86_400_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "those who paid the debtor paid few others"),
        (3.0, "one who paid the debtor paid many others"),
    ]),
    exits: &[],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.debtor_incoming(), |side| {
        let most =
            payers(scene, side, parameters).map(|payer| beneficiaries(scene, payer, parameters));
        count(most.map(|(number, _)| number).max().unwrap_or(0))
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    let side = scene.debtor_incoming().unwrap_or(None);
    let spread =
        payers(scene, side, parameters).map(|payer| beneficiaries(scene, payer, parameters));
    spread.max_by_key(|(number, _)| *number).map(|(_, payments)| payments).unwrap_or_default()
}

fn payers<'a>(
    scene: &Scene<'a>,
    side: Option<&'a Side>,
    parameters: &Parameters,
) -> impl Iterator<Item = u64> + use<'a> {
    scene.others(side, parameters.whole(MaxQueryRangeUpstream)).map(|seen| seen.counterparty)
}

/// How many accounts one has paid, and by which payments.
fn beneficiaries(
    scene: &Scene<'_>,
    payer: u64,
    parameters: &Parameters,
) -> (usize, Vec<PaymentId>) {
    let side = scene.features.short(payer).map(|account| &account.outgoing);
    let paid = || scene.others(side, parameters.whole(MaxQueryRangeDownstream));
    let mut accounts: Vec<u64> = paid().map(|seen| seen.counterparty).collect();
    accounts.sort_unstable();
    accounts.dedup();
    (accounts.len(), paid().map(Seen::id).collect())
}
