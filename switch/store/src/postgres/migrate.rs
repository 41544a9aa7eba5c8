//! The schema, in numbered steps. Each can be taken while nodes of the release before are working.

use std::time::Duration;

use crate::StoreError;
use crate::limits::ROUND_TRIP_MAX_MS;
use crate::postgres::errors;
use crate::postgres::session::{Session, within};

/// One step.
struct Migration {
    version: u32,
    name: &'static str,
    /// Nodes that know the schema from this version on work with it.
    oldest: u32,
    text: &'static str,
}

/// All steps, the first first. Those that were released never change.
const MIGRATIONS: [Migration; 4] = [
    Migration {
        version: 1,
        name: "schema",
        oldest: 1,
        text: include_str!("migrations/0001_schema.sql"),
    },
    Migration {
        version: 2,
        name: "ended_at",
        oldest: 1,
        text: include_str!("migrations/0002_ended_at.sql"),
    },
    Migration {
        version: 3,
        name: "nodes_schema_version",
        oldest: 1,
        text: include_str!("migrations/0003_nodes_schema_version.sql"),
    },
    Migration {
        version: 4,
        name: "archive_ended_at",
        oldest: 1,
        text: include_str!("migrations/0004_archive_ended_at.sql"),
    },
];

/// The version that this release writes.
pub const NEWEST: u32 = 4;

/// How often a step that could not get its lock is tried, so that the nodes at work go first.
const ATTEMPTS_MAX: u32 = 20;
const PAUSE_MS: u64 = 100;

/// How long a step may take, once it has its locks.
const STEP_MAX_MS: u64 = 600_000;

/// Takes the steps up to `version` that were not taken yet; one node at a time does.
///
/// # Errors
/// [`StoreError::Unusable`] when the schema is newer than this release can work with;
/// [`StoreError::Unavailable`] otherwise.
pub(crate) async fn up_to(version: u32, schema: &str, session: &Session) -> Result<(), StoreError> {
    let failed = |error: tokio_postgres::Error| errors::unavailable(&error);
    let client = session.client();
    // Held by the session: it goes with the connection, whatever happens.
    let lock = format!(
        "SET statement_timeout = {STEP_MAX_MS}; SET lock_timeout = {STEP_MAX_MS}; \
         SELECT pg_advisory_lock(hashtextextended('causeway migrations {schema}', 0))"
    );
    within(STEP_MAX_MS, client.batch_execute(&lock)).await?.map_err(failed)?;
    let first = format!(
        "DO $$ BEGIN IF to_regnamespace('{schema}') IS NULL THEN CREATE SCHEMA {schema}; END IF; \
         IF to_regclass('{schema}.migrations') IS NULL THEN CREATE TABLE {schema}.migrations \
         (version integer PRIMARY KEY, name text NOT NULL, oldest integer NOT NULL, \
         applied_at timestamptz NOT NULL DEFAULT clock_timestamp()); END IF; END $$"
    );
    within(ROUND_TRIP_MAX_MS, client.batch_execute(&first)).await?.map_err(failed)?;
    let taken = client.query_one("SELECT max(version), max(oldest) FROM migrations", &[]).await;
    let taken = taken.map_err(failed)?;
    let (newest, oldest): (Option<i32>, Option<i32>) = (taken.get(0), taken.get(1));
    let number = |value: Option<i32>| u32::try_from(value.unwrap_or(0)).unwrap_or(u32::MAX);
    if number(oldest) > version {
        let reason = format!(
            "its schema needs a release that knows version {}, this one knows {version}",
            number(oldest)
        );
        return Err(StoreError::Unusable { reason });
    }
    for migration in MIGRATIONS.iter().filter(|one| one.version > number(newest)) {
        if migration.version <= version {
            step(migration, session).await?;
        }
    }
    Ok(())
}

/// One step, in a transaction of its own. It waits for its locks so briefly that those who wait
/// behind it are not held up, and tries again.
async fn step(migration: &Migration, session: &Session) -> Result<(), StoreError> {
    let Migration { version, name, oldest, text } = migration;
    let text = format!(
        "BEGIN; SET LOCAL lock_timeout = 500; {text}; \
         INSERT INTO migrations (version, name, oldest) VALUES ({version}, '{name}', {oldest}); \
         COMMIT"
    );
    let mut attempt = 1;
    loop {
        let done = within(STEP_MAX_MS, session.client().batch_execute(&text)).await?;
        let Err(error) = done else {
            tracing::info!(version, name, "the database's schema was migrated");
            return Ok(());
        };
        if attempt == ATTEMPTS_MAX || errors::ends_session(&error) {
            return Err(errors::unavailable(&error));
        }
        attempt += 1;
        let undone = within(ROUND_TRIP_MAX_MS, session.client().batch_execute("ROLLBACK")).await?;
        undone.map_err(|error| errors::unavailable(&error))?;
        tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
    }
}
