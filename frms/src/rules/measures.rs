//! What several rules measure in the same way.

#![allow(clippy::float_arithmetic, reason = "statistics; no money is counted with them")]

use super::Parameter::{
    EvaluationIntervalTime, MaxQueryRange, MinimumNumberOfTransactions, Threshold, Tolerance,
};
use super::{Measure, Parameters, Scene};
use crate::features::{Layer, first_digit};
use crate::{Amounts, Kind, Missing, Moments, PaymentId, Place, Places, Seen, Side};

pub(super) use crate::features::number;

/// How often Benford's law has each first digit, from 1 to 9: log10(1 + 1/d).
const BENFORD: [f64; 9] = [
    std::f64::consts::LOG10_2,
    0.176_091_259_055_681_24,
    0.124_938_736_608_299_95,
    0.096_910_013_008_056_42,
    0.079_181_246_047_624_82,
    0.066_946_789_630_613_22,
    0.057_991_946_977_686_73,
    0.051_152_522_447_381_29,
    0.045_757_490_560_675_12,
];
/// Ten-thousandths of a currency's whole.
const UNITS: f64 = 10_000.0;
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// A rule's result from a side that may not be known.
pub(super) fn with<'a, S>(
    side: Result<S, Missing>,
    measure: impl FnOnce(S) -> Measure<'a>,
) -> Measure<'a> {
    side.map_or_else(Measure::Missing, measure)
}

/// A number of things.
pub(super) fn count<'a>(things: usize) -> Measure<'a> {
    Measure::Number(f64::from(u32::try_from(things).unwrap_or(u32::MAX)))
}

/// A time.
pub(super) fn milliseconds<'a>(milliseconds: i64) -> Measure<'a> {
    Measure::Number(number(milliseconds))
}

/// An amount in wholes of its currency.
pub(super) fn money(units: i64) -> f64 {
    number(units) / UNITS
}

/// Whether two amounts differ by this part of the second at most.
pub(super) fn within(one: f64, other: f64, tolerance: f64) -> bool {
    (one - other).abs() <= tolerance * other
}

/// Milliseconds of an average month.
pub(super) const MONTH_MS: f64 = 2_629_743_000.0;

/// All that was ever paid, in wholes of the currency.
pub(super) fn money_of(amounts: &Amounts) -> f64 {
    amounts.moments.mean * f64::from(amounts.moments.count) / UNITS
}

/// What was paid in a window in the attempt's currency but for this payment, in wholes.
pub(super) fn sum<'a>(scene: &Scene<'a>, side: Option<&'a Side>, range_ms: i64) -> f64 {
    let currency = scene.currency();
    let others = scene.others(side, range_ms).filter(|seen| seen.currency == currency);
    others.map(|seen| money(seen.units)).sum()
}

/// How many different ones there are.
pub(super) fn distinct<T: Ord>(values: impl Iterator<Item = T>) -> usize {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values.dedup();
    values.len()
}

/// The different counterparties of a side in a window, with this payment's, that were none before it,
/// with amounts like this one's; nobody if this payment's own is not new.
pub(super) fn strangers<'a>(
    scene: &Scene<'a>,
    side: Option<&'a Side>,
    this: Option<u64>,
    parameters: &Parameters,
) -> Vec<u64> {
    let range_ms = parameters.whole(MaxQueryRange);
    let is_new = |one: u64, settled: usize| {
        let ever = side.map_or(0, |side| side.counterparties.count(one));
        usize::try_from(ever).is_ok_and(|ever| ever <= settled)
    };
    let settled = |one: u64| {
        let with = scene.others(side, range_ms).filter(move |seen| seen.counterparty == one);
        with.filter(|seen| seen.layer == Layer::Settled).count()
    };
    let Some(this) = this.filter(|this| is_new(*this, settled(*this))) else { return Vec::new() };
    let alike = scene.alike(parameters.number(Tolerance));
    let other = |seen: &Seen| (seen.counterparty, seen.layer == Layer::Settled, alike(seen));
    let others = scene.others(side, range_ms).map(other);
    let mut met: Vec<(u64, bool, bool)> = others.chain([(this, false, true)]).collect();
    met.sort_unstable();
    let each = met.chunk_by(|one, other| one.0 == other.0).filter(|each| {
        let settled = || each.iter().filter(|(_, settled, _)| *settled).count();
        each.iter().any(|(.., alike)| *alike) && is_new(each[0].0, settled())
    });
    each.map(|each| each[0].0).collect()
}

/// What the counterparties of a side that were none before a window paid or got in it, with this
/// payment if `this` is told, in wholes of its currency; 0 if this payment's own is not new.
pub(super) fn of_strangers<'a>(
    scene: &Scene<'a>,
    side: Option<&'a Side>,
    this: Option<u64>,
    range_ms: i64,
) -> f64 {
    let currency = scene.currency();
    let others = scene.others(side, range_ms).map(|seen| {
        let amount = if seen.currency == currency { money(seen.units) } else { 0.0 };
        (seen.counterparty, seen.layer == Layer::Settled, amount)
    });
    let mut all: Vec<(u64, bool, f64)> =
        others.chain(this.map(|this| (this, false, scene.amount()))).collect();
    all.sort_by_key(|(one, ..)| *one);
    let new = |with: &&[(u64, bool, f64)]| {
        let settled = with.iter().filter(|(_, settled, _)| *settled).count();
        let one = with.first().map_or(0, |(one, ..)| *one);
        let ever = side.map_or(0, |side| side.counterparties.count(one));
        usize::try_from(ever).is_ok_and(|ever| ever <= settled)
    };
    let strangers = all.chunk_by(|one, other| one.0 == other.0).filter(new);
    let (mut sum, mut is_this_new) = (0.0, this.is_none());
    for with in strangers {
        is_this_new |= with.first().map(|(one, ..)| *one) == this;
        sum += with.iter().map(|(.., amount)| amount).sum::<f64>();
    }
    if is_this_new { sum } else { 0.0 }
}

/// A sum over what a side usually paid before the window; `.x01` if that is not known.
pub(super) fn against_usual<'a>(
    scene: &Scene<'a>,
    side: Option<&'a Side>,
    parameters: &Parameters,
    sum: f64,
) -> Measure<'a> {
    let currency = scene.currency();
    let counted = |seen: &&Seen| seen.currency == currency && seen.layer == Layer::Settled;
    let lately = scene.others(side, parameters.whole(MaxQueryRange)).filter(counted);
    let amounts = side.and_then(|side| side.amounts(currency));
    let least = parameters.number(MinimumNumberOfTransactions);
    match amounts.and_then(|amounts| amounts.usual(lately, least)) {
        None => Measure::Exit(1),
        Some(usual) => Measure::Number(sum * UNITS / usual.max(1.0)),
    }
}

/// How many payments of a side in a hundred were of this one's kind, rounded down.
pub(super) fn kind_share<'a>(
    scene: &Scene<'a>,
    side: Option<&'a Side>,
    parameters: &Parameters,
) -> Measure<'a> {
    if scene.attempt.category.is_none() {
        return Measure::Missing(Missing::Category);
    }
    let kinds = side.map(|side| side.kinds).unwrap_or_default();
    let all: f64 = kinds.iter().map(|count| f64::from(*count)).sum();
    if all < parameters.number(MinimumNumberOfTransactions).max(1.0) {
        return Measure::Exit(1);
    }
    let this = kinds.get(Kind::of(scene.attempt) as usize).copied().unwrap_or(0);
    Measure::Number((f64::from(this) * 100.0 / all).floor())
}

/// The payments of a side in a window, over the most on one day before it, in tenths.
pub(super) fn against_busiest<'a>(
    scene: &Scene<'a>,
    side: Option<&'a Side>,
    parameters: &Parameters,
) -> Measure<'a> {
    let range_ms = parameters.whole(MaxQueryRange);
    let from_ms = scene.attempt.at_ms.saturating_sub(range_ms);
    match side.map_or(0, |side| side.days.busiest_before(from_ms)) {
        0 => Measure::Exit(1),
        most => {
            let now = scene.others(side, range_ms).count() + 1;
            let now = u32::try_from(now).unwrap_or(u32::MAX);
            Measure::Number((f64::from(now) * 10.0 / f64::from(most)).floor() / 10.0)
        }
    }
}

/// What is measured at this place, if the places of the debtor's account say where its holder is.
pub(super) fn at_places<'a>(
    scene: &Scene<'a>,
    parameters: &Parameters,
    measure: impl FnOnce(&'a Places, Place) -> Measure<'a>,
) -> Measure<'a> {
    let Some(place) = scene.attempt.place else { return Measure::Missing(Missing::Place) };
    with(scene.outgoing(), |_| {
        let places = scene.debtor.and_then(|account| account.places.as_deref());
        let Some(places) = places else { return Measure::Exit(1) };
        let (steps, far) = places.scatter();
        if f64::from(steps) < parameters.number(MinimumNumberOfTransactions) {
            Measure::Exit(1)
        } else if far > parameters.number(Tolerance) {
            Measure::Exit(3)
        } else {
            measure(places, place)
        }
    })
}

/// The payments of a side with amounts just under a threshold, and this one (rules 611 and 612); 0 if
/// this one's amount is none.
pub(super) fn structured<'a>(
    scene: &Scene<'a>,
    side: Option<&'a Side>,
    parameters: &Parameters,
) -> Measure<'a> {
    match under(parameters)(scene.amount()) {
        false => count(0),
        true => count(just_under(scene, side, parameters).count() + 1),
    }
}

/// The payments of a side but this one with amounts just under a threshold, the newest first.
pub(super) fn just_under<'a>(
    scene: &Scene<'a>,
    side: Option<&'a Side>,
    parameters: &Parameters,
) -> impl Iterator<Item = &'a Seen> + use<'a> {
    let under = under(parameters);
    let others = scene.others(side, parameters.whole(MaxQueryRange));
    others.filter(move |seen| under(money(seen.units)))
}

/// Whether an amount is just under `threshold`: by the part `tolerance` of it at most.
fn under(parameters: &Parameters) -> impl Fn(f64) -> bool + use<> {
    let threshold = parameters.number(Threshold);
    let from = threshold * (1.0 - parameters.number(Tolerance));
    move |amount| from <= amount && amount < threshold
}

/// No payment is behind it.
pub(super) fn nobody(_: &Scene<'_>, _: &Parameters) -> Vec<PaymentId> {
    Vec::new()
}

/// The payments of a side but this one, as contributors.
pub(super) fn named<'a>(
    scene: &Scene<'a>,
    side: Option<&'a Side>,
    range_ms: i64,
) -> Vec<PaymentId> {
    scene.others(side, range_ms).map(Seen::id).collect()
}

/// A value against those before it (rules 010, 011, 020, 048): without any `.x01`; if they are all the
/// same, `.x03` if this one is larger, else `.x04`.
pub(super) fn spread<'a>(value: f64, before: &Moments, scale: f64) -> Measure<'a> {
    let (mean, deviation) = (before.mean / scale, before.deviation() / scale);
    match before.count {
        0 => Measure::Exit(1),
        _ if deviation == 0.0 => Measure::Exit(if value > mean { 3 } else { 4 }),
        _ => Measure::Spread { value, mean, deviation },
    }
}

/// How many payments there are in the newest period, against the periods before it.
pub(super) fn volume<'a>(
    scene: &Scene<'a>,
    side: Option<&'a Side>,
    parameters: &Parameters,
) -> Measure<'a> {
    let days = parameters.whole(EvaluationIntervalTime) / DAY_MS;
    let days = u16::try_from(days.clamp(1, i64::from(u16::MAX))).unwrap_or(u16::MAX);
    let at_ms = scene.attempt.at_ms;
    let periods = side.map(|side| side.days.periods(at_ms, days)).unwrap_or_default();
    let Some((newest, before)) = periods.split_first() else { return Measure::Exit(1) };
    let mut moments = Moments::default();
    before.iter().for_each(|period| moments.add(f64::from(*period)));
    let range_ms = i64::from(days) * DAY_MS;
    let under_way = scene.others(side, range_ms).filter(|seen| seen.layer == Layer::Pending);
    let under_way = u32::try_from(under_way.count()).unwrap_or(u32::MAX);
    spread(f64::from(newest.saturating_add(under_way).saturating_add(1)), &moments, 1.0)
}

/// Chi-squared of first digits, this amount's among them, against Benford's law.
pub(super) fn benford<'a>(
    scene: &Scene<'a>,
    side: Option<&'a Side>,
    parameters: &Parameters,
) -> Measure<'a> {
    let amounts = side.and_then(|side| side.amounts(scene.currency()));
    let mut digits = amounts.map(|amounts| amounts.digits).unwrap_or_default();
    if let Some(digit) = first_digit(scene.attempt.units.bounded()) {
        digits[digit - 1] = digits[digit - 1].saturating_add(1);
    }
    let total: f64 = digits.iter().map(|count| f64::from(*count)).sum();
    if total < parameters.number(MinimumNumberOfTransactions).max(1.0) {
        return Measure::Exit(1);
    }
    let terms = digits.iter().zip(BENFORD).map(|(count, part)| {
        let (found, expected) = (f64::from(*count), part * total);
        (found - expected) * (found - expected) / expected
    });
    Measure::Number(terms.sum())
}

/// Payments that add up to the attempt.
pub(super) struct Mirrored<'a> {
    /// Whether there were any at all, or for want of what it cannot be told.
    any: bool,
    /// Those that do.
    payments: Option<Vec<&'a Seen>>,
}

/// The newest payments of a side whose sum, less a commission, is this amount.
pub(super) fn mirrored<'a>(
    scene: &Scene<'a>,
    side: Option<&'a Side>,
    parameters: &Parameters,
    commission: f64,
) -> Mirrored<'a> {
    let currency = scene.currency();
    let range_ms = parameters.whole(MaxQueryRange);
    let amount = number(scene.attempt.units.bounded());
    let tolerance = parameters.number(Tolerance);
    let mut sum = 0.0;
    let mut taken = Vec::new();
    for seen in scene.others(side, range_ms).filter(|seen| seen.currency == currency) {
        taken.push(seen);
        sum += number(seen.units) * (1.0 - commission);
        if within(sum, amount, tolerance) {
            return Mirrored { any: true, payments: Some(taken) };
        }
    }
    Mirrored { any: !taken.is_empty(), payments: None }
}

impl Mirrored<'_> {
    /// Their number; `.x01` without any payment, `.x03` if none add up.
    pub(super) fn measure<'a>(&self) -> Measure<'a> {
        match &self.payments {
            Some(payments) => count(payments.len()),
            None => Measure::Exit(if self.any { 3 } else { 1 }),
        }
    }

    /// Their names.
    pub(super) fn payments(&self) -> Vec<PaymentId> {
        self.payments.iter().flatten().map(|seen| seen.id()).collect()
    }
}
