//! A look at a server and its schema that changes nothing, for an operator before a node is started.

use std::sync::Arc;

use switch::Timestamp;
use tokio_postgres::Row;

use crate::limits::ROUND_TRIP_MAX_MS;
use crate::postgres::guard::{self, Flaw};
use crate::postgres::session::{Connector, Session, within};
use crate::postgres::{PostgresStore, errors, migrate};
use crate::{Clock, PostgresSettings, StoreError};

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// The server's release, such as `15.18`.
    pub release: String,
    /// Why a node would refuse the server.
    pub refused: Option<Flaw>,
    /// What a node would warn of.
    pub warnings: Vec<Flaw>,
    /// Who follows the server, where commits wait for a standby.
    pub standbys: Standbys,
    /// Connections that it has room for, and those that there are.
    pub connections: (i64, i64),
    /// The tables.
    pub schema: SchemaFound,
    /// The schema's version that this release writes for.
    pub newest: u32,
    /// How far this machine's wall clock is ahead of the server's, in milliseconds.
    pub machine_ahead_ms: i64,
    /// How long that reading took, by which it may be wrong.
    pub reading_ms: u64,
}

/// Whom commits wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standbys {
    /// Nobody.
    NotAwaited,
    /// Somebody who follows, as far as this role may see.
    There,
    /// Somebody, and nobody follows: no commit ends.
    Missing,
}

/// The state of the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaFound {
    /// There is none yet; whether the role may make it, or its tables.
    Absent {
        /// By the role of the URL.
        may_be_made: bool,
    },
    /// There is one.
    There {
        /// Its version.
        version: u32,
        /// The oldest version that a release must know to work with it.
        oldest: u32,
        /// Living nodes with the version that each writes for; 0 where its release does not say.
        nodes: Vec<u32>,
    },
}

impl PostgresStore {
    /// Looks at the server and the schema. `machine` are this machine's clocks. Each step is bounded in time, as a
    /// node's are.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] for settings that cannot be used; [`StoreError::Unavailable`] when there is no answer,
    /// or nobody who takes writes.
    pub async fn examine(
        settings: &PostgresSettings,
        machine: Arc<dyn Clock>,
    ) -> Result<Examined, StoreError> {
        let session = Connector::new(settings)?.bare().await?;
        let server = guard::ask(&session).await?;
        let (machine_ahead_ms, reading_ms) = clock(&session, &*machine).await?;
        let row = one(&session, CONNECTIONS, &[]).await?;
        Ok(Examined {
            release: server.release(),
            refused: server.refused(),
            warnings: server.warnings(),
            standbys: standbys(&session).await?,
            connections: (row.get(0), row.get(1)),
            schema: schema(&session, &settings.schema).await?,
            newest: migrate::NEWEST,
            machine_ahead_ms,
            reading_ms,
        })
    }
}

const CONNECTIONS: &str = "\
    SELECT current_setting('max_connections')::bigint \
    - current_setting('superuser_reserved_connections')::bigint, \
    (SELECT sum(numbackends)::bigint FROM pg_stat_database)";

/// Who follows is seen by everybody, in which state by roles that may read statistics.
const STANDBYS: &str = "\
    SELECT current_setting('synchronous_standby_names') <> '', count(*), \
    count(*) FILTER (WHERE sync_state IN ('sync', 'quorum')), \
    pg_has_role('pg_read_all_stats', 'USAGE') FROM pg_stat_replication";

async fn standbys(session: &Session) -> Result<Standbys, StoreError> {
    let row = one(session, STANDBYS, &[]).await?;
    let (awaited, all, synchronous, seen): (bool, i64, i64, bool) =
        (row.get(0), row.get(1), row.get(2), row.get(3));
    Ok(match awaited {
        false => Standbys::NotAwaited,
        true if all == 0 || (seen && synchronous == 0) => Standbys::Missing,
        true => Standbys::There,
    })
}

const TIME: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";

async fn clock(session: &Session, machine: &dyn Clock) -> Result<(i64, u64), StoreError> {
    let (sent, sent_ms) = (machine.wall(), machine.monotonic_ms());
    let said = Timestamp(one(session, TIME, &[]).await?.get(0));
    let reading_ms = machine.monotonic_ms().saturating_sub(sent_ms);
    let middle = sent.plus_ms(i64::try_from(reading_ms / 2).unwrap_or(i64::MAX));
    Ok((middle.0.saturating_sub(said.0), reading_ms))
}

const IS_THERE: &str = "\
    SELECT to_regclass($1 || '.migrations') IS NOT NULL, CASE WHEN to_regnamespace($1) IS NULL \
    THEN has_database_privilege(current_database(), 'CREATE') \
    ELSE has_schema_privilege($1, 'CREATE') END";
const VERSIONS: &str = "SELECT coalesce(max(version), 0), coalesce(max(oldest), 0) FROM migrations";
/// A column that is not there yet is read as one that is empty.
const NODES: &str = "\
    SELECT coalesce((to_jsonb(n) ->> 'schema_version')::integer, 0) FROM nodes n \
    WHERE NOT deposed AND lease_until > clock_timestamp() ORDER BY claimant";

async fn schema(session: &Session, name: &str) -> Result<SchemaFound, StoreError> {
    let row = one(session, IS_THERE, &[&name]).await?;
    let (is_there, may_be_made): (bool, bool) = (row.get(0), row.get(1));
    if !is_there {
        return Ok(SchemaFound::Absent { may_be_made });
    }
    let versions = one(session, VERSIONS, &[]).await?;
    let number = |row: &Row, at| u32::try_from(row.get::<_, i32>(at)).unwrap_or_default();
    let (version, oldest) = (number(&versions, 0), number(&versions, 1));
    // Steps are taken in their order: the first one makes `nodes`.
    let nodes = match version {
        0 => Vec::new(),
        _ => asked(session, NODES, &[]).await?,
    };
    let nodes = nodes.iter().map(|row| number(row, 0)).collect();
    Ok(SchemaFound::There { version, oldest, nodes })
}

async fn asked(
    session: &Session,
    text: &str,
    parameters: &[&&str],
) -> Result<Vec<Row>, StoreError> {
    let parameters: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> =
        parameters.iter().map(|one| *one as _).collect();
    let rows = within(ROUND_TRIP_MAX_MS, session.client().query(text, &parameters)).await?;
    rows.map_err(|error| errors::unavailable(&error))
}

async fn one(session: &Session, text: &str, parameters: &[&&str]) -> Result<Row, StoreError> {
    let nothing = || StoreError::Unavailable { reason: "an answer without a row".to_owned() };
    asked(session, text, parameters).await?.pop().ok_or_else(nothing)
}
