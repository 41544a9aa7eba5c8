//! Three nodes over PostgreSQL with a synchronous standby, NATS and Redis, all real programs: whatever
//! is killed, stopped or cut off, nothing acknowledged is lost and nothing done twice. Judged from the
//! participants' side: their logs, their GETs and the positions that operators see.

mod faults;
mod transaction;
mod upgrade;

use std::time::{SystemTime, UNIX_EPOCH};

use causeway_tests::skip;
use causeway_toolkit::cluster::programs::Programs;
use causeway_toolkit::cluster::{ClusterOptions, Trial};
use tokio::sync::{Mutex, MutexGuard};

/// Clusters are started one after the other: each has a dozen processes.
static ALONE: Mutex<()> = Mutex::const_new(());

/// A trial, and the right to be the only one.
struct Stand {
    trial: Trial,
    _alone: MutexGuard<'static, ()>,
}

impl Stand {
    /// Nodes with every server, or why there are none.
    async fn of(options: ClusterOptions) -> Option<Stand> {
        if let Err(missing) = Programs::find() {
            skip(&missing.to_string());
            return None;
        }
        let alone = ALONE.lock().await;
        let trial = Trial::start(&options).await.unwrap();
        Some(Stand { trial, _alone: alone })
    }

    /// Everything is put right, has ended, and is as it should be; how many payments were committed.
    async fn judged(&mut self, again: &str) -> usize {
        let verdict = match self.trial.judged().await {
            Ok(verdict) => verdict,
            Err(error) => panic!("{again}\n{error}\n{}", self.trial.cluster.logs()),
        };
        eprintln!("{verdict}");
        assert!(verdict.is_clean(), "{again}\n{verdict}\n{}", self.trial.cluster.logs());
        assert_eq!(self.trial.players.failures(), Vec::<String>::new(), "{again}");
        verdict.committed
    }
}

/// Who comes at a bad moment waits rather than being told to come again. So does a payment that has begun:
/// in ten seconds a machine with much else to do may come to its end before what a test is about.
fn patient(options: &mut ClusterOptions) {
    options.settings.push_str("[overload]\nwait_ms = 60000\n");
    options.settings = options.settings.replace("instant-10s", "fspiop-default");
    assert!(options.settings.contains("fspiop-default"));
}

/// `CAUSEWAY_FAULT_SEED`, or one from the clock; and how to have the same again.
fn seed(test: &str) -> (u64, String) {
    let given = std::env::var("CAUSEWAY_FAULT_SEED").ok().and_then(|seed| seed.parse().ok());
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = given.unwrap_or(since.as_micros() as u64);
    let again = format!(
        "again: CAUSEWAY_FAULT_SEED={seed} cargo test -p causeway-tests --test it cluster::{test}"
    );
    eprintln!("{again}");
    (seed, again)
}
