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
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, distinct, with};
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
        let mut payers: Vec<u64> = payers(scene, side, parameters).collect();
        payers.sort_unstable();
        payers.dedup();
        let most = payers.iter().map(|payer| beneficiaries(scene, *payer, parameters));
        count(most.max().unwrap_or(0))
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    let side = scene.debtor_incoming().unwrap_or(None);
    let payers = payers(scene, side, parameters);
    let spread = payers.max_by_key(|payer| beneficiaries(scene, *payer, parameters));
    spread.map(|payer| paid(scene, payer, parameters).map(Seen::id).collect()).unwrap_or_default()
}

fn payers<'a>(
    scene: &Scene<'a>,
    side: Option<&'a Side>,
    parameters: &Parameters,
) -> impl Iterator<Item = u64> + use<'a> {
    scene.others(side, parameters.whole(MaxQueryRangeUpstream)).map(|seen| seen.counterparty)
}

/// How many accounts one has paid.
fn beneficiaries(scene: &Scene<'_>, payer: u64, parameters: &Parameters) -> usize {
    distinct(paid(scene, payer, parameters).map(|seen| seen.counterparty))
}

fn paid<'a>(
    scene: &Scene<'a>,
    payer: u64,
    parameters: &Parameters,
) -> impl Iterator<Item = &'a Seen> + use<'a> {
    let side = scene.features.short(payer).map(|account| &account.outgoing);
    scene.others(side, parameters.whole(MaxQueryRangeDownstream))
}
