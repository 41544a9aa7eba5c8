//! What an event takes in memory. What several events share counts with each of them, so that the sum is
//! never too small.

use std::mem::size_of;

use frms::{
    Attempt, CatalogueChange, Condition, ConditionChange, Event, Flow, Missing, PaymentId,
    RuleResult, Ruling, TypologyScore, Verdict,
};

use crate::Entry;

/// Bytes of an event, about: what an allocator adds is not in it.
pub(crate) fn bytes(event: &Event) -> usize {
    let held = match event {
        Event::Attempt(attempt) => of_attempt(attempt),
        Event::Verdict(verdict) => of_verdict(verdict),
        Event::Alert { typology, verdict } => typology.len() + of_verdict(verdict),
        Event::Outcome(_) | Event::ConditionBook(_) => 0,
        Event::Condition(change) => of_condition(change),
        Event::Ruling(ruling) => of_ruling(ruling),
        Event::Catalogue(change) => {
            size_of::<CatalogueChange>() + change.name.len() + change.json.len()
        }
    };
    size_of::<Entry>() + held
}

fn of_attempt(attempt: &Attempt) -> usize {
    let texts = [&attempt.payer_fsp, &attempt.payee_fsp, &attempt.currency];
    let texts: usize = texts.into_iter().map(String::len).sum();
    let category = attempt.category.as_ref().map_or(0, String::len);
    let description = attempt.description.as_ref().map_or(0, |text| text.0.len());
    size_of::<Attempt>() + texts + category + description
}

fn of_verdict(verdict: &Verdict) -> usize {
    let rules = verdict
        .rules
        .iter()
        .map(|rule| size_of::<RuleResult>() + rule.contributors.len() * size_of::<PaymentId>());
    let flow = verdict.flow.as_ref().map_or(0, |flow: &Flow| condition(&flow.condition));
    size_of::<Verdict>()
        + rules.sum::<usize>()
        + verdict.typologies.len() * size_of::<TypologyScore>()
        + verdict.missing.len() * size_of::<Missing>()
        + verdict.explanation.len()
        + flow
}

fn of_condition(change: &ConditionChange) -> usize {
    let held = change.condition.as_deref().map_or(0, condition);
    size_of::<ConditionChange>() + change.name.len() + held
}

fn condition(condition: &Condition) -> usize {
    let typology = condition.typology.as_ref().map_or(0, |name| name.len());
    size_of::<Condition>() + condition.name.len() + condition.reason.len() + typology
}

fn of_ruling(ruling: &Ruling) -> usize {
    let texts = [ruling.rule.id.len(), ruling.rule.cfg.len(), ruling.outcome.as_str().len()];
    let reason = ruling.reason.as_ref().map_or(0, String::len);
    size_of::<Ruling>() + texts.into_iter().sum::<usize>() + reason
}
