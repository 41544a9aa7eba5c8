//! What a server must be set to before money is put on it.

use crate::StoreError;
use crate::postgres::errors;
use crate::postgres::session::Session;

/// Settings that are read, in this order.
const ASKED: &str = "\
    SELECT current_setting('server_version_num')::integer, current_setting('fsync'), \
    current_setting('full_page_writes'), current_setting('synchronous_commit'), \
    current_setting('server_encoding'), pg_is_in_recovery(), \
    current_setting('transaction_read_only'), current_setting('synchronous_standby_names')";

/// The oldest release that has all that is used.
const OLDEST: i32 = 130_000;

/// What was found.
struct Found {
    release: i32,
    fsync: String,
    full_page_writes: String,
    synchronous_commit: String,
    encoding: String,
    in_recovery: bool,
    read_only: String,
    standbys: String,
}

/// What an operator is to know of a server that can be used.
///
/// # Errors
/// [`StoreError::Unusable`] for one that would lose what it has acknowledged, or cannot write.
pub(crate) async fn look(session: &Session) -> Result<Vec<String>, StoreError> {
    let row = session.client().query_one(ASKED, &[]).await;
    let row = row.map_err(|error| errors::unavailable(&error))?;
    let found = Found {
        release: row.get(0),
        fsync: row.get(1),
        full_page_writes: row.get(2),
        synchronous_commit: row.get(3),
        encoding: row.get(4),
        in_recovery: row.get(5),
        read_only: row.get(6),
        standbys: row.get(7),
    };
    found.refused()?;
    Ok(found.warnings())
}

impl Found {
    fn refused(&self) -> Result<(), StoreError> {
        let reason = if self.release < OLDEST {
            "it is older than PostgreSQL 13: upgrade it"
        } else if self.fsync != "on" {
            "fsync is off, so that a crash loses payments: set fsync = on"
        } else if self.full_page_writes != "on" {
            "full_page_writes is off, so that a crash damages pages: set full_page_writes = on"
        } else if self.synchronous_commit == "off" {
            "synchronous_commit is off, so that a crash loses payments: set it to on"
        } else if self.encoding != "UTF8" {
            "its encoding is not UTF8: create the database with ENCODING 'UTF8'"
        } else if self.in_recovery || self.read_only == "on" {
            "it is a standby or takes no writes: name the primary, or all hosts"
        } else {
            return Ok(());
        };
        Err(StoreError::Unusable { reason: reason.to_owned() })
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.standbys.is_empty() {
            let text = "PostgreSQL has no synchronous standby: what it acknowledged is lost with \
                        its disk (set synchronous_standby_names)";
            warnings.push(text.to_owned());
        }
        if ["local", "remote_write"].contains(&self.synchronous_commit.as_str()) {
            let text = "PostgreSQL's synchronous_commit does not wait for the standby's disk: set \
                        it to on";
            warnings.push(text.to_owned());
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn safe() -> Found {
        Found {
            release: 150_018,
            fsync: "on".into(),
            full_page_writes: "on".into(),
            synchronous_commit: "on".into(),
            encoding: "UTF8".into(),
            in_recovery: false,
            read_only: "off".into(),
            standbys: "*".into(),
        }
    }

    #[test]
    fn what_loses_money_is_refused_and_named() {
        assert!(safe().refused().is_ok() && safe().warnings().is_empty());
        let off = || "off".to_owned();
        let unsafe_ones = [
            ("PostgreSQL 13", Found { release: 120_000, ..safe() }),
            ("fsync = on", Found { fsync: off(), ..safe() }),
            ("full_page_writes = on", Found { full_page_writes: off(), ..safe() }),
            ("synchronous_commit", Found { synchronous_commit: off(), ..safe() }),
            ("UTF8", Found { encoding: "SQL_ASCII".into(), ..safe() }),
            ("primary", Found { in_recovery: true, ..safe() }),
            ("primary", Found { read_only: "on".into(), ..safe() }),
        ];
        for (named, found) in unsafe_ones {
            let refused = found.refused().unwrap_err().to_string();
            assert!(refused.contains(named), "{refused}");
        }
    }

    #[test]
    fn what_may_lose_money_is_warned_of() {
        let alone = Found { standbys: String::new(), ..safe() };
        assert!(alone.refused().is_ok() && alone.warnings().len() == 1);
        for weak in ["local", "remote_write"] {
            let found = Found { synchronous_commit: weak.into(), ..safe() };
            assert!(found.refused().is_ok() && found.warnings().len() == 1, "{weak}");
        }
    }
}
