//! Rule 617: common source, creditor.
//!
//! **Definition.** Of the accounts that paid the creditor's in `(t - maxQueryRange, t]`, this
//! debtor's among them: the largest number that one and the same account had paid before in that
//! time. Money was spread and is gathered again. The sixteen latest payers, and the eight latest
//! payments to each, are looked at.
//!
//! **Parameters.** `maxQueryRange`: three days.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::Parameter::MaxQueryRange;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, named, with};
use crate::PaymentId;

/// The rule.
pub const RULE: Rule = Rule {
    number: "617",
    name: "Common source - creditor",
    measures: "payers of the creditor have a source in common",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 259_200_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the creditor's payers have no source in common"),
        (2.0, "two payers have a source in common"),
        (3.0, "three payers or more have a source in common"),
    ]),
    exits: &[],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    let range_ms = parameters.whole(MaxQueryRange);
    with(scene.incoming(), |side| {
        let this = scene.attempt.debtor.map(|debtor| debtor.account.short());
        let others = scene.others(side, range_ms).map(|seen| seen.counterparty);
        let mut payers: Vec<u64> = Vec::with_capacity(PAYERS_MAX);
        for payer in this.into_iter().chain(others) {
            if payers.len() < PAYERS_MAX && !payers.contains(&payer) {
                payers.push(payer);
            }
        }
        let mut sources = Vec::new();
        for payer in payers {
            sources.extend(sources_of(scene, payer, range_ms));
        }
        sources.sort_unstable();
        let same = sources.chunk_by(|one, other| one == other).map(<[u64]>::len);
        count(same.max().unwrap_or(0))
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    named(scene, scene.incoming().unwrap_or(None), parameters.whole(MaxQueryRange))
}

/// Payers, and sources of each, that are looked at.
const PAYERS_MAX: usize = 16;
const SOURCES_MAX: usize = 8;

/// Different accounts that paid one.
fn sources_of(scene: &Scene<'_>, payer: u64, range_ms: i64) -> Vec<u64> {
    let side = scene.features.short(payer).map(|account| &account.incoming);
    let sources = scene.others(side, range_ms).map(|seen| seen.counterparty);
    let mut sources: Vec<u64> = sources.filter(|source| *source != 0).take(SOURCES_MAX).collect();
    sources.sort_unstable();
    sources.dedup();
    sources
}
