//! The process is killed (SIGKILL) and started again while money moves. What must hold is judged
//! from outside: by the participants' logs, their GETs and the positions that operators see.

mod full_disk;
mod load;
mod steps;

use std::time::{SystemTime, UNIX_EPOCH};

use causeway_tests::process::Scheme;
use causeway_toolkit::witness::Witness;

/// Journeys and transfers of ten seconds: what a kill leaves open ends soon.
const SETTINGS: &str = "[scheme]\nprofile = \"instant-10s\"\n";

/// How long all may take to end and to be acknowledged, once nobody kills any more.
const SETTLING_MS: u64 = 45_000;

/// Positions sum to zero, nothing is reserved, and the store's accounts say the same.
async fn assert_balanced(scheme: &mut Scheme, witness: &Witness) {
    witness.balanced().await.unwrap();
    let books = scheme.process.books().await;
    assert_eq!((books.sum, books.reserved), (0, 0), "(sum of all accounts, reserved)");
}

/// `KILL_SEED`, or one from the clock.
fn seed() -> u64 {
    let given = std::env::var("KILL_SEED").ok().and_then(|seed| seed.parse().ok());
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    given.unwrap_or(since.as_micros() as u64)
}
