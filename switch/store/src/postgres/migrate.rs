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
    ahead: Option<Ahead>,
}

/// What is done before a step, without a transaction, so that those who write go on meanwhile: an index on
/// the partitions of a table. It finds what an attempt that broke off has left.
struct Ahead {
    /// What it needs, in a transaction of its own; may be done again.
    first: &'static str,
    /// The table whose partitions get it. The step's own `CREATE INDEX` then finds them there.
    table: &'static str,
    /// What it is called on a partition, after that one's name.
    suffix: &'static str,
    /// What it covers.
    of: &'static str,
}

/// All steps, the first first. Those that were released never change.
const MIGRATIONS: [Migration; 4] = [
    Migration {
        version: 1,
        name: "schema",
        oldest: 1,
        text: include_str!("migrations/0001_schema.sql"),
        ahead: None,
    },
    Migration {
        version: 2,
        name: "ended_at",
        oldest: 1,
        text: include_str!("migrations/0002_ended_at.sql"),
        ahead: Some(Ahead {
            first: "ALTER TABLE transfers ADD COLUMN IF NOT EXISTS ended_at timestamptz",
            table: "transfers",
            suffix: "ended_at_idx",
            of: "(ended_at) WHERE ended_at IS NOT NULL",
        }),
    },
    Migration {
        version: 3,
        name: "nodes_schema_version",
        oldest: 1,
        text: include_str!("migrations/0003_nodes_schema_version.sql"),
        ahead: None,
    },
    Migration {
        version: 4,
        name: "archive_ended_at",
        oldest: 1,
        text: include_str!("migrations/0004_archive_ended_at.sql"),
        ahead: None,
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
    let patience =
        format!("SET statement_timeout = {STEP_MAX_MS}; SET lock_timeout = {STEP_MAX_MS}");
    within(ROUND_TRIP_MAX_MS, client.batch_execute(&patience)).await?.map_err(failed)?;
    within(STEP_MAX_MS, alone(schema, session)).await??;
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

/// Waits until nobody else migrates. It asks again and again: one that waited inside a statement would be
/// waited for by whoever makes an index beside those who write.
async fn alone(schema: &str, session: &Session) -> Result<(), StoreError> {
    // Held by the session: it goes with the connection, whatever happens.
    let lock = "SELECT pg_try_advisory_lock(hashtextextended('causeway migrations ' || $1, 0))";
    loop {
        let locked = session.client().query_one(lock, &[&schema]).await;
        if locked.map_err(|error| errors::unavailable(&error))?.get(0) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
    }
}

/// Makes the index on each partition that has rows; on an empty one the step makes it at once.
async fn go_ahead(ahead: &Ahead, session: &Session) -> Result<(), StoreError> {
    let Ahead { first, table, suffix, of } = ahead;
    attempted(&format!("BEGIN; SET LOCAL lock_timeout = 500; {first}; COMMIT"), session).await?;
    let partitions = "SELECT c.relname::text FROM pg_inherits i \
                      JOIN pg_class c ON c.oid = i.inhrelid \
                      WHERE i.inhparent = $1::text::regclass ORDER BY 1";
    let failed = |error: tokio_postgres::Error| errors::unavailable(&error);
    for partition in session.client().query(partitions, &[table]).await.map_err(failed)? {
        let partition: String = partition.get(0);
        let index = format!("{partition}_{suffix}");
        let filled = format!("SELECT EXISTS (SELECT 1 FROM {partition})");
        let is_filled: bool =
            session.client().query_one(&filled, &[]).await.map_err(failed)?.get(0);
        let whole = "SELECT EXISTS (SELECT 1 FROM pg_index \
                     WHERE indexrelid = to_regclass($1) AND indisvalid)";
        let is_whole: bool =
            session.client().query_one(whole, &[&index]).await.map_err(failed)?.get(0);
        if is_filled && !is_whole {
            // A half one is dropped with each attempt.
            let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {index}");
            let create = format!("CREATE INDEX CONCURRENTLY {index} ON {partition} {of}");
            in_turn(&[&drop, &create], session).await?;
        }
    }
    Ok(())
}

/// One step, in a transaction of its own.
async fn step(migration: &Migration, session: &Session) -> Result<(), StoreError> {
    let Migration { version, name, oldest, text, ahead } = migration;
    if let Some(ahead) = ahead {
        go_ahead(ahead, session).await?;
    }
    let text = format!(
        "BEGIN; SET LOCAL lock_timeout = 500; {text}; \
         INSERT INTO migrations (version, name, oldest) VALUES ({version}, '{name}', {oldest}); \
         COMMIT"
    );
    attempted(&text, session).await?;
    tracing::info!(version, name, "the database's schema was migrated");
    Ok(())
}

/// Statements outside a transaction, each by itself; all of them again where one failed.
async fn in_turn(statements: &[&str], session: &Session) -> Result<(), StoreError> {
    let mut attempt = 1;
    'all: loop {
        for statement in statements {
            let done = within(STEP_MAX_MS, session.client().batch_execute(statement)).await?;
            let Err(error) = done else { continue };
            if attempt == ATTEMPTS_MAX || errors::ends_session(&error) {
                return Err(errors::unavailable(&error));
            }
            attempt += 1;
            tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
            continue 'all;
        }
        return Ok(());
    }
}

/// Takes a transaction. It waits for its locks so briefly that those who wait behind it are not held up,
/// and tries again.
async fn attempted(text: &str, session: &Session) -> Result<(), StoreError> {
    let mut attempt = 1;
    loop {
        let done = within(STEP_MAX_MS, session.client().batch_execute(text)).await?;
        let Err(error) = done else { return Ok(()) };
        if attempt == ATTEMPTS_MAX || errors::ends_session(&error) {
            return Err(errors::unavailable(&error));
        }
        attempt += 1;
        let undone = within(ROUND_TRIP_MAX_MS, session.client().batch_execute("ROLLBACK")).await?;
        undone.map_err(|error| errors::unavailable(&error))?;
        tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
    }
}
