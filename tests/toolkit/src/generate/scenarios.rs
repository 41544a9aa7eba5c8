//! The 31 behaviours (frms.md §3.1): what the criminals do, or the victims. Each draws its own number of people,
//! payments, sums and pauses, relative to what those people have.

mod fraud;
mod laundering;
mod patterns;
mod structuring;

use super::stage::Stage;

/// A behaviour.
pub(super) struct Scenario {
    pub(super) number: &'static str,
    /// It is over within so many days after its start.
    pub(super) span_days: i32,
    pub(super) play: fn(&mut Stage<'_>),
}

const fn scenario(number: &'static str, span_days: i32, play: fn(&mut Stage<'_>)) -> Scenario {
    Scenario { number, span_days, play }
}

/// All of them, in the order of their numbers.
pub(super) const SCENARIOS: [Scenario; 31] = [
    scenario("001", 2, laundering::ring),
    scenario("002", 2, laundering::many_senders),
    scenario("003", 4, fraud::shifting_identity),
    scenario("005", 7, laundering::strange_ratio),
    scenario("010", 11, structuring::just_under),
    scenario("011", 1, laundering::in_and_out_to_many),
    scenario("013", 8, laundering::many_accounts_of_one_provider),
    scenario("024", 12, laundering::inside_a_group),
    scenario("028", 5, fraud::scam_victim),
    scenario("037", 4, fraud::insider),
    scenario("044", 1, fraud::account_takeover),
    scenario("045", 4, fraud::stolen_identity),
    scenario("047", 1, fraud::stolen_wallet),
    scenario("051", 1, structuring::deposits_at_branches),
    scenario("052", 10, patterns::outside_salary),
    scenario("092", 1, patterns::deposit_and_withdrawal),
    scenario("095", 1, patterns::duplicates),
    scenario("098", 2, laundering::many_in_one_out),
    scenario("105", 6, laundering::aliases),
    scenario("107", 3, laundering::own_accounts),
    scenario("121", 8, patterns::dependant),
    scenario("124", 7, structuring::cash_deposits),
    scenario("129", 4, structuring::smurfing),
    scenario("137", 3, structuring::above_threshold),
    scenario("169", 26, patterns::fabricated),
    scenario("179", 1, fraud::impossible_travel),
    scenario("185", 4, patterns::out_of_pattern),
    scenario("191", 2, patterns::cash_after_risk),
    scenario("195", 2, fraud::newly_registered),
    scenario("214", 2, laundering::mule),
    scenario("216", 8, structuring::same_beneficiaries),
];
