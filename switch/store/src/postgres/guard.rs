//! What a server must be set to before money is put on it.

use std::fmt;

use crate::StoreError;
use crate::limits::ROUND_TRIP_MAX_MS;
use crate::postgres::errors;
use crate::postgres::session::{Session, within};

/// Settings that are read, in this order.
const ASKED: &str = "\
    SELECT current_setting('server_version_num')::integer, current_setting('fsync'), \
    current_setting('full_page_writes'), current_setting('synchronous_commit'), \
    current_setting('server_encoding'), pg_is_in_recovery(), \
    current_setting('transaction_read_only'), current_setting('synchronous_standby_names')";

/// The oldest release that has all that is used.
const OLDEST: i32 = 130_000;

/// Something that an operator is to mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flaw {
    /// What is wrong.
    pub seen: &'static str,
    /// What to do about it.
    pub mend: &'static str,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.seen, self.mend)
    }
}

/// What was found.
pub(crate) struct Found {
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
    let found = ask(session).await?;
    match found.refused() {
        Some(flaw) => Err(StoreError::Unusable { reason: flaw.to_string() }),
        None => Ok(found.warnings().iter().map(Flaw::to_string).collect()),
    }
}

/// Reads the settings.
///
/// # Errors
/// [`StoreError::Unavailable`] when there is no answer.
pub(crate) async fn ask(session: &Session) -> Result<Found, StoreError> {
    let row = within(ROUND_TRIP_MAX_MS, session.client().query_one(ASKED, &[])).await?;
    let row = row.map_err(|error| errors::unavailable(&error))?;
    Ok(Found {
        release: row.get(0),
        fsync: row.get(1),
        full_page_writes: row.get(2),
        synchronous_commit: row.get(3),
        encoding: row.get(4),
        in_recovery: row.get(5),
        read_only: row.get(6),
        standbys: row.get(7),
    })
}

impl Found {
    /// The release, such as `15.18`.
    pub(crate) fn release(&self) -> String {
        format!("{}.{}", self.release / 10_000, self.release % 10_000)
    }

    pub(crate) fn refused(&self) -> Option<Flaw> {
        let (seen, mend) = if self.release < OLDEST {
            ("it is older than PostgreSQL 13", "upgrade it")
        } else if self.fsync != "on" {
            ("fsync is off, so that a crash loses payments", "set fsync = on")
        } else if self.full_page_writes != "on" {
            let seen = "full_page_writes is off, so that a crash damages pages";
            (seen, "set full_page_writes = on")
        } else if self.synchronous_commit == "off" {
            ("synchronous_commit is off, so that a crash loses payments", "set it to on")
        } else if self.encoding != "UTF8" {
            ("its encoding is not UTF8", "create the database with ENCODING 'UTF8'")
        } else if self.in_recovery || self.read_only == "on" {
            ("it is a standby or takes no writes", "name the primary, or all hosts")
        } else {
            return None;
        };
        Some(Flaw { seen, mend })
    }

    pub(crate) fn warnings(&self) -> Vec<Flaw> {
        let mut warnings = Vec::new();
        if self.standbys.is_empty() {
            warnings.push(Flaw {
                seen: "PostgreSQL has no synchronous standby, so that what it acknowledged is lost \
                       with its disk",
                mend: "set synchronous_standby_names",
            });
        }
        if ["local", "remote_write"].contains(&self.synchronous_commit.as_str()) {
            warnings.push(Flaw {
                seen: "PostgreSQL's synchronous_commit does not wait for the standby's disk",
                mend: "set it to on",
            });
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
        assert!(safe().refused().is_none() && safe().warnings().is_empty());
        assert_eq!(safe().release(), "15.18");
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
            let refused = found.refused().unwrap().to_string();
            assert!(refused.contains(named), "{refused}");
        }
    }

    #[test]
    fn what_may_lose_money_is_warned_of() {
        let alone = Found { standbys: String::new(), ..safe() };
        assert!(alone.refused().is_none() && alone.warnings().len() == 1);
        for weak in ["local", "remote_write"] {
            let found = Found { synchronous_commit: weak.into(), ..safe() };
            assert!(found.refused().is_none() && found.warnings().len() == 1, "{weak}");
        }
    }
}
