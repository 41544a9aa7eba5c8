//! Sparkov: customers pay as their segment does, and as a thief does on one day.

use std::collections::{BTreeMap, BTreeSet};

use causeway_toolkit::generate_published::sparkov::parameters::{GENUINE, TAKEOVER};
use causeway_toolkit::generate_published::{After, generate};

use super::{DAY_MS, FIRST_SPARKOV_MS, Paid, payments};

const HOUR_MS: i64 = 3_600_000;

fn day(paid: &Paid) -> i64 {
    (paid.at_ms - FIRST_SPARKOV_MS).div_euclid(DAY_MS)
}

fn is_at_night(paid: &Paid) -> bool {
    let hour = paid.at_ms.rem_euclid(DAY_MS) / HOUR_MS;
    !(4..22).contains(&hour)
}

#[test]
fn each_takeover_is_a_day_of_its_own_near_the_end() {
    let all: Vec<Paid> = payments(generate(After::Sparkov, 1)).collect();
    let mut takeovers: BTreeMap<u32, Vec<&Paid>> = BTreeMap::new();
    for paid in all.iter().filter(|paid| paid.label.behaviour.is_some()) {
        assert_eq!(paid.label.behaviour.as_deref(), Some("sparkov takeover"));
        takeovers.entry(paid.label.episode.unwrap()).or_default().push(paid);
    }
    assert!((90..=100).contains(&takeovers.len()), "{} of 100 customers", takeovers.len());
    let mut robbed = BTreeSet::new();
    for (number, paid) in &takeovers {
        let (victim, on) = (paid[0].from, day(paid[0]));
        assert!((7..=12).contains(&paid.len()), "{number}: {}", paid.len());
        assert!((340..400).contains(&on), "{number}: {on}");
        assert!(paid.iter().all(|paid| (paid.from, day(paid)) == (victim, on)), "{number}");
        assert!(robbed.insert(victim), "{number}: robbed twice");
        let genuine =
            all.iter().filter(|paid| paid.from == victim && paid.label.behaviour.is_none());
        let days: BTreeSet<i64> = genuine.map(day).collect();
        assert!(!days.contains(&on), "{number}: nobody else pays on that day");
        assert!(days.first().is_some_and(|first| *first < 30), "{number}: a history");
    }
    let stolen: Vec<&&Paid> = takeovers.values().flatten().collect();
    let at_night = stolen.iter().filter(|paid| is_at_night(paid)).count() * 100 / stolen.len();
    // Of every five, four at night, and of the fifth another quarter.
    assert!((80..=90).contains(&at_night), "{at_night} percent at night");
    let mean = stolen.iter().map(|paid| paid.cents).sum::<i128>() / stolen.len() as i128;
    assert!((42_000..=60_000).contains(&mean), "cents of a stolen payment: {mean}");
    let share = stolen.len() * 1_000 / all.len();
    assert!((4..=13).contains(&share), "{share} of 1000 payments");
}

/// The mean amount of a profile over its categories, in cents.
fn mean_cents(profile: &causeway_toolkit::generate_published::sparkov::parameters::Profile) -> u32 {
    let weights: u32 = profile.categories.iter().map(|spending| spending.weight).sum();
    let sum: u32 = profile.categories.iter().map(|one| one.weight * one.mean).sum();
    sum * 100 / weights
}

#[test]
fn customers_pay_as_their_segment_does() {
    assert!(mean_cents(&TAKEOVER) > 8 * mean_cents(&GENUINE), "what a thief buys is dear");
    let mut by_weekday = [0_u32; 7];
    let (mut holidays, mut spring, mut morning, mut count) = (0_u32, 0_u32, 0_u32, 0_u32);
    let (mut sum, mut customers) = (0, BTreeMap::<u128, (u32, BTreeSet<u16>)>::new());
    let mut merchants = BTreeSet::new();
    for paid in payments(generate(After::Sparkov, 2)).filter(|paid| paid.label.behaviour.is_none())
    {
        assert_eq!(paid.category.as_deref(), Some("MP2B"));
        assert!((0..400).contains(&day(&paid)) && paid.cents >= 100);
        let customer = customers.entry(paid.from).or_default();
        customer.0 += 1;
        customer.1.insert(paid.age_years.unwrap());
        merchants.insert(paid.to);
        // Whole weeks, from a Tuesday on, so that each day of the week is there as often.
        by_weekday[usize::try_from((day(&paid) + 1) % 7).unwrap()] += u32::from(day(&paid) < 399);
        holidays += u32::from((333..=363).contains(&day(&paid)));
        spring += u32::from((62..=92).contains(&day(&paid)));
        morning += u32::from(paid.at_ms.rem_euclid(DAY_MS) < 12 * HOUR_MS);
        (sum, count) = (sum + paid.cents, count + 1);
    }
    assert_eq!(customers.len(), 100);
    for (payments, ages) in customers.values() {
        assert!((380..=2_000).contains(payments), "{payments} payments in 400 days");
        assert!(ages.iter().all(|age| (25..=50).contains(age)) && ages.len() >= 2, "{ages:?}");
    }
    assert!((690..=700).contains(&merchants.len()), "{} of 700 merchants", merchants.len());
    let per_cent = |part: u32, of: u32| part * 100 / of;
    assert!((180..=194).contains(&per_cent(by_weekday[5], by_weekday[0])), "{by_weekday:?}");
    assert!((190..=210).contains(&per_cent(holidays, spring)), "{holidays} {spring}");
    assert!((29..=31).contains(&per_cent(morning, count)), "{morning} of {count} before noon");
    // A little more than the means of the categories, since nothing is below 1.
    let mean = u32::try_from(sum / i128::from(count)).unwrap();
    let (least, most) = (mean_cents(&GENUINE), mean_cents(&GENUINE) + 500);
    assert!((least..=most).contains(&mean), "{mean}, not {least} to {most}");
}

#[test]
fn a_customer_pays_in_one_city_and_a_merchant_is_where_it_is() {
    let mut of_customer: BTreeMap<u128, Vec<frms::Place>> = BTreeMap::new();
    let mut of_merchant: BTreeMap<u128, BTreeSet<frms::Place>> = BTreeMap::new();
    for paid in payments(generate(After::Sparkov, 3)) {
        of_customer.entry(paid.from).or_default().push(paid.place.unwrap());
        of_merchant.entry(paid.to).or_default().insert(paid.place.unwrap());
    }
    for places in of_customer.values() {
        let span = |of: fn(&frms::Place) -> i32| {
            let (least, most) = (places.iter().map(of).min(), places.iter().map(of).max());
            most.unwrap() - least.unwrap()
        };
        let (north, east) = (span(|place| place.latitude_e5), span(|place| place.longitude_e5));
        assert!((150_000..=200_000).contains(&north), "{north}");
        assert!((150_000..=200_000).contains(&east), "{east}");
    }
    assert!(of_merchant.values().all(|places| places.len() <= 8), "one place in a city");
}
