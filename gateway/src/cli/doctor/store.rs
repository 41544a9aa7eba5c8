//! The embedded store: is it there, may we write to it, can it be opened. Or the database.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use switch_store::{EmbeddedStore, SteadyClock, Store, StoreError, SystemClock};

use super::{Finding, postgres};
use crate::config::Config;

const ABOUT: &str = "store";

pub(super) async fn examine(config: &Config) -> Vec<Finding> {
    match config.store.url.is_empty() {
        true => vec![embedded(&config.store.directory).await],
        false => postgres::examine(&config.store).await,
    }
}

/// The store in a directory. One that is not there is not made.
async fn embedded(directory: &Path) -> Finding {
    let ledger = directory.join("ledger");
    if !ledger.exists() {
        return fresh(directory);
    }
    let clock = SteadyClock::new(Arc::new(SystemClock::new()));
    let store = match EmbeddedStore::open(&ledger, clock) {
        Ok(store) => store,
        Err(StoreError::Locked { .. }) => {
            let seen = format!("{} is held by a running node", ledger.display());
            return Finding::ok(ABOUT, seen);
        }
        Err(error) => {
            let mend = "restore it from a backup, or run the version that wrote it \
                        (docs/operating/backup-and-restore.md)";
            return Finding::wrong(ABOUT, error.to_string(), mend);
        }
    };
    match store.accounts().await {
        Ok(accounts) => {
            let sum: i128 = accounts.iter().map(|account| account.balance.units()).sum();
            balanced(accounts.len(), sum)
        }
        Err(error) => Finding::wrong(ABOUT, error.to_string(), "restore it from a backup"),
    }
}

fn balanced(accounts: usize, sum: i128) -> Finding {
    match sum {
        0 => Finding::ok(ABOUT, format!("can be opened; its {accounts} accounts sum to zero")),
        sum => Finding::wrong(
            ABOUT,
            format!("its accounts sum to {sum} ten-thousandths instead of zero"),
            "do not start a node on it: keep a copy, and restore a backup",
        ),
    }
}

fn fresh(directory: &Path) -> Finding {
    let whole = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
    let above = whole.ancestors().find(|above| above.exists());
    // Whether something can be written is known only by writing.
    let probe = above.map(|above| above.join(format!(".causeway-doctor-{}", std::process::id())));
    let written = probe.as_ref().is_some_and(|probe| fs::write(probe, b"").is_ok());
    if let Some(probe) = probe {
        let _was_not_there = fs::remove_file(probe);
    }
    match written {
        true => Finding::ok(ABOUT, format!("{} is made at the first start", whole.display())),
        false => Finding::wrong(
            ABOUT,
            format!("{} is not there, and cannot be made", whole.display()),
            "set store.directory to where this user may write, or give it to this user",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[tokio::test]
    async fn a_store_is_fresh_usable_or_held() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        assert!(embedded(&data).await.seen.contains("first start"));
        assert!(!data.exists(), "looking changes nothing");
        fs::create_dir_all(&data).unwrap();
        let clock = SteadyClock::new(Arc::new(SystemClock::new()));
        let open = EmbeddedStore::open(&data.join("ledger"), clock).unwrap();
        assert!(embedded(&data).await.seen.contains("running node"));
        drop(open);
        assert!(embedded(&data).await.seen.contains("sum to zero"));
    }

    #[test]
    fn what_does_not_balance_is_wrong() {
        assert_eq!(balanced(4, 0).level, Level::Ok);
        assert_eq!(balanced(4, -1).level, Level::Wrong);
    }
}
