//! Payments between accounts that had never dealt with each other before (rules 631 to 636). What
//! tells them apart from ordinary ones is the account's habit: who meets somebody new every week does
//! nothing out of the way when it does so once more.

#![allow(clippy::float_arithmetic, reason = "statistics; no money is counted with them")]

use super::Parameter::{Habit, MaxQueryRange, Tolerance};
use super::{Parameters, Scene, number};
use crate::{Account, News, Party, PaymentId, Seen, Side};

/// Payments of a fan have to be made on so many days, or each on one of its own: what is collected at
/// a wedding is collected in a day.
const DAYS_MIN: usize = 3;
const DAY_MS: i64 = 86_400_000;

/// A habit of this part of the number found is no habit of meeting so many: it is a few at once that is
/// out of the way, even for those who meet somebody new now and then.
const HABIT_IN_FAN: f64 = 0.4;

/// A payment as one of its accounts sees it, with an account that is new to it.
#[derive(Clone, Copy)]
pub(super) struct Meeting<'a> {
    /// The account.
    pub(super) account: &'a Account,
    /// The payment.
    pub(super) this: Seen,
    habit: f64,
}

/// The debtor's account, if the creditor's is new to it and it has habits.
pub(super) fn debtor_meets<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Option<Meeting<'a>> {
    let (account, other) = (scene.debtor?, scene.attempt.creditor?);
    meeting(scene, parameters, account, scene.attempt.debtor?, other)
}

/// The creditor's account, if the debtor's is new to it and it has habits.
pub(super) fn creditor_meets<'a>(
    scene: &Scene<'a>,
    parameters: &Parameters,
) -> Option<Meeting<'a>> {
    let (account, other) = (scene.creditor?, scene.attempt.debtor?);
    meeting(scene, parameters, account, scene.attempt.creditor?, other)
}

impl Meeting<'_> {
    /// Whether it is none of the account's habits.
    pub(super) fn surprises(&self, parameters: &Parameters) -> bool {
        self.habit <= parameters.number(Habit)
    }

    /// The payment's amount.
    pub(super) fn units(&self) -> f64 {
        number(self.this.units)
    }

    /// Whether so many in all are none of the account's habits.
    pub(super) fn surprises_with(&self, parameters: &Parameters, found: usize) -> bool {
        let found = f64::from(u32::try_from(found).unwrap_or(u32::MAX));
        self.habit <= parameters.number(Habit).max(found * HABIT_IN_FAN)
    }
}

fn meeting<'a>(
    scene: &Scene<'a>,
    parameters: &Parameters,
    account: &'a Account,
    own: Party,
    other: Party,
) -> Option<Meeting<'a>> {
    let this = Seen::of(scene.attempt, other.account.short());
    let this = account.marked(this);
    if own.account == other.account || !this.news.is_new() {
        return None;
    }
    let habit = habit(scene, parameters, account, this.news)?;
    Some(Meeting { account, this, habit })
}

/// How many new ones an account met in 30 days before the first of those that are new lately: these
/// are what is looked for.
fn habit(scene: &Scene<'_>, parameters: &Parameters, account: &Account, this: News) -> Option<f64> {
    let range_ms = parameters.whole(MaxQueryRange);
    let sides = [&account.outgoing, &account.incoming].into_iter();
    let lately = sides.flat_map(|side| scene.others(Some(side), range_ms)).map(|seen| seen.news);
    lately.chain([this]).filter_map(News::habit).min_by(f64::total_cmp)
}

/// Of payments with new relations those that are none of the other account's habits either.
pub(super) fn mutual<'a>(
    scene: &Scene<'a>,
    parameters: &Parameters,
    mut payments: Vec<&'a Seen>,
) -> Vec<&'a Seen> {
    payments.retain(|seen| {
        let other = scene.features.short(seen.counterparty);
        let habit = other.and_then(|other| habit(scene, parameters, other, News::NONE));
        habit.is_some_and(|habit| habit <= parameters.number(Habit))
    });
    payments
}

/// The latest payment of a side with each account that was new then, but for one account.
pub(super) fn newcomers<'a>(
    scene: &Scene<'a>,
    side: &'a Side,
    parameters: &Parameters,
    but: u64,
) -> Vec<&'a Seen> {
    chosen(scene, side, parameters, |seen| seen.counterparty != but)
}

/// Of [`newcomers`] those with amounts like this payment's that are out of the other account's way as
/// well, if they paid, or were paid, on enough days.
pub(super) fn fan<'a>(
    scene: &Scene<'a>,
    side: &'a Side,
    parameters: &Parameters,
    this: &Seen,
) -> Vec<&'a Seen> {
    let tolerance = parameters.number(Tolerance);
    let belongs =
        |seen: &Seen| seen.counterparty != this.counterparty && near(seen, this, tolerance);
    let others = mutual(scene, parameters, chosen(scene, side, parameters, belongs));
    match days(others.iter().copied().chain([this])) >= DAYS_MIN.min(others.len() + 1) {
        true => others,
        false => Vec::new(),
    }
}

/// What an account got from new relations and what it paid to others of them, but for this payment.
pub(super) struct Passage<'a> {
    pub(super) came: Vec<&'a Seen>,
    pub(super) left: Vec<&'a Seen>,
}

impl Passage<'_> {
    /// All of it, the newest first.
    pub(super) fn contributors(self) -> Vec<PaymentId> {
        let mut all: Vec<&Seen> = self.came.into_iter().chain(self.left).collect();
        all.sort_by_key(|seen| std::cmp::Reverse(seen.at_ms));
        all.into_iter().map(Seen::id).collect()
    }
}

/// What an account passes on of what new relations paid, if most of it and no more is passed on, on
/// enough days. This payment adds to what came in and to what went out.
pub(super) fn passed_on<'a>(
    scene: &Scene<'a>,
    parameters: &Parameters,
    own: &Meeting<'a>,
    (added_in, added_out): (f64, f64),
) -> Option<Passage<'a>> {
    let belongs = |seen: &Seen| {
        seen.currency == own.this.currency && seen.counterparty != own.this.counterparty
    };
    let of = |side| mutual(scene, parameters, chosen(scene, side, parameters, belongs));
    let (came, left) = (of(&own.account.incoming), of(&own.account.outgoing));
    let sum = |all: &[&Seen]| all.iter().map(|seen| number(seen.units)).sum::<f64>();
    let (inflow, outflow) = (sum(&came) + added_in, sum(&left) + added_out);
    let least = inflow * (1.0 - parameters.number(Tolerance));
    let passes = inflow > 0.0 && least <= outflow && outflow <= inflow;
    let surprises = own.surprises_with(parameters, came.len() + left.len() + 1);
    let on_days = days(came.iter().chain(&left).copied().chain([&own.this]));
    (passes && surprises && on_days >= DAYS_MIN).then_some(Passage { came, left })
}

/// The latest payment of a side with each account that was new then, of those that are wanted.
pub(super) fn chosen<'a>(
    scene: &Scene<'a>,
    side: &'a Side,
    parameters: &Parameters,
    wanted: impl Fn(&Seen) -> bool,
) -> Vec<&'a Seen> {
    let mut chosen: Vec<&Seen> = Vec::new();
    for seen in scene.others(Some(side), parameters.whole(MaxQueryRange)) {
        let known = |other: &&Seen| other.counterparty == seen.counterparty;
        if seen.news.is_new() && wanted(seen) && !chosen.iter().any(known) {
            chosen.push(seen);
        }
    }
    chosen
}

/// Whether two amounts in the same currency are alike: the smaller one lacks no more than this part of
/// the larger one.
pub(super) fn near(one: &Seen, other: &Seen, tolerance: f64) -> bool {
    let (one_units, other_units) = (number(one.units), number(other.units));
    one.currency == other.currency
        && (one_units - other_units).abs() <= tolerance * one_units.max(other_units)
}

/// On how many days (UTC) payments were made.
pub(super) fn days<'a>(payments: impl Iterator<Item = &'a Seen>) -> usize {
    super::distinct(payments.map(|seen| seen.at_ms.div_euclid(DAY_MS)))
}
