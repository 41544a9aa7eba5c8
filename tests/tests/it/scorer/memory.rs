//! What a scorer remembers of a population, in bytes.

use causeway_toolkit::generate::{GenerateSettings, records};
use frms::{Catalogue, Engine};

/// At the median of the generated population.
const ACCOUNT_BYTES_MAX: usize = 2 * 1024;
/// Of a million accounts like these.
const MILLION_BYTES_MAX: usize = 5 * 512 * 1024 * 1024;

/// The resident memory of this process.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4_096
}

#[test]
fn an_account_takes_less_than_two_kibibytes_and_a_million_fit() {
    let payments = std::env::var("CAUSEWAY_SCORER_PAYMENTS").ok();
    let payments = payments.and_then(|number| number.parse().ok()).unwrap_or(30_000);
    let before = resident();
    let mut engine = Engine::new(Catalogue::standard().unwrap());
    for (record, sequence) in records(GenerateSettings::new(3, payments)).zip(1..) {
        engine.apply(sequence, &record.event());
    }
    let features = engine.features();
    let mut each: Vec<usize> = features.bytes_of_each().collect();
    each.sort_unstable();
    let (median, most) = (each[each.len() / 2], each[each.len() - 1]);
    let mean = features.bytes() / features.len();
    eprintln!(
        "{payments} payments, {} accounts: {median} bytes at the median, {mean} on average with \
         all indexes, {most} at most; {} KiB counted, {} KiB more resident with verdicts and all",
        features.len(),
        features.bytes() / 1_024,
        resident().saturating_sub(before) / 1_024,
    );
    assert!(features.len() > 100, "{} accounts", features.len());
    assert!(median < ACCOUNT_BYTES_MAX, "{median} bytes at the median");
    assert!(mean.saturating_mul(1_000_000) < MILLION_BYTES_MAX, "{mean} bytes on average");
}
