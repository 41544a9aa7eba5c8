//! PostgreSQL: does it answer, would a node refuse it, is somebody there whom commits wait for, the schema, the clock.
//! A node that connects takes the schema's steps; this looks only.

use std::sync::Arc;

use switch_store::{
    Examined, PostgresSettings, PostgresStore, SchemaFound, Standbys, StoreError, SystemClock,
};

use super::Finding;
use crate::config::StoreSettings;
use crate::ledger;
use crate::limits::{CLOCK_APART_MAX_MS, NODE_CONNECTIONS};

const ABOUT: &str = "postgresql";
const CLOCK: &str = "clock";
const DOCS: &str = "docs/operating/postgresql.md";

pub(super) async fn examine(settings: &StoreSettings) -> Vec<Finding> {
    let settings: PostgresSettings = ledger::shared(settings);
    match PostgresStore::examine(&settings, Arc::new(SystemClock::new())).await {
        Ok(examined) => findings(&examined),
        Err(StoreError::Unusable { reason }) => {
            let mend = format!("correct store.url, store.ca or store.schema ({DOCS})");
            vec![Finding::wrong(ABOUT, reason, mend)]
        }
        Err(error) => vec![Finding::wrong(
            ABOUT,
            error.to_string(),
            "start PostgreSQL, or correct store.url; see that it listens there, and that pg_hba.conf lets this role in",
        )],
    }
}

fn findings(examined: &Examined) -> Vec<Finding> {
    let release = &examined.release;
    let mut findings = vec![match examined.refused {
        Some(flaw) => Finding::wrong(ABOUT, format!("release {release}: {}", flaw.seen), flaw.mend),
        None => Finding::ok(ABOUT, format!("release {release}, with settings that lose nothing")),
    }];
    let warned = examined.warnings.iter().map(|flaw| Finding::warn(ABOUT, flaw.seen, flaw.mend));
    findings.extend(warned);
    findings.extend(standbys(examined.standbys));
    findings.push(schema(&examined.schema, examined.newest));
    findings.extend(connections(examined.connections));
    findings.push(clock(examined.machine_ahead_ms, examined.reading_ms));
    findings
}

fn standbys(standbys: Standbys) -> Option<Finding> {
    match standbys {
        Standbys::NotAwaited => None,
        Standbys::There => Some(Finding::ok(ABOUT, "commits wait for a standby, and one follows")),
        Standbys::Missing => Some(Finding::wrong(
            ABOUT,
            "commits wait for a standby, and none follows: no payment ends",
            "start the standby that synchronous_standby_names names, or take it out of there",
        )),
    }
}

fn schema(schema: &SchemaFound, newest: u32) -> Finding {
    let (version, oldest, nodes) = match schema {
        SchemaFound::Absent { may_be_made: true } => {
            return Finding::ok(ABOUT, "the schema is made at the first start");
        }
        SchemaFound::Absent { may_be_made: false } => {
            let seen = "there is no schema, and this role may not make it";
            let mend = "make the schema of store.schema and give it to the role: CREATE SCHEMA ... AUTHORIZATION ...";
            return Finding::wrong(ABOUT, seen, mend);
        }
        SchemaFound::There { version, oldest, nodes } => (*version, *oldest, nodes),
    };
    if oldest > newest {
        let seen = format!("its schema needs a release that knows version {oldest}, not {newest}");
        return Finding::wrong(ABOUT, seen, "install the release that the other nodes have");
    }
    let behind = nodes.iter().filter(|writes_for| **writes_for < newest).count();
    let living = match (nodes.len(), behind) {
        (all, 0) => format!("nodes that live: {all}"),
        (all, behind) => format!("nodes that live: {all}, of a former release: {behind}"),
    };
    let seen = match version {
        _ if version < newest => {
            format!(
                "schema of version {version}, which the next start brings to {newest}; {living}"
            )
        }
        _ => format!("schema of version {version}; {living}"),
    };
    Finding::ok(ABOUT, seen)
}

fn connections((room, used): (i64, i64)) -> Option<Finding> {
    (room - used < NODE_CONNECTIONS).then(|| {
        let seen = format!("{used} of {room} connections are in use");
        let mend = format!("raise max_connections: each node takes up to {NODE_CONNECTIONS}");
        Finding::warn(ABOUT, seen, mend)
    })
}

/// A reading that took long says little: what it may be wrong by is taken off.
fn clock(ahead_ms: i64, reading_ms: u64) -> Finding {
    let (apart_ms, way) = match ahead_ms {
        0.. => (ahead_ms.unsigned_abs(), "ahead of"),
        _ => (ahead_ms.unsigned_abs(), "behind"),
    };
    match apart_ms.saturating_sub(reading_ms / 2) {
        0..=CLOCK_APART_MAX_MS => {
            Finding::ok(CLOCK, format!("this machine's is {apart_ms} ms {way} the database's"))
        }
        _ => Finding::wrong(
            CLOCK,
            format!("this machine's clock is {apart_ms} ms {way} the database's"),
            format!(
                "set both by NTP (chrony): a node whose clock is {CLOCK_APART_MAX_MS} ms away is not ready"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn a_schema_is_absent_older_mixed_or_too_new() {
        let there = |version, oldest, nodes: &[u32]| SchemaFound::There {
            version,
            oldest,
            nodes: nodes.to_vec(),
        };
        for (found, level, seen) in [
            (SchemaFound::Absent { may_be_made: true }, Level::Ok, "first start"),
            (SchemaFound::Absent { may_be_made: false }, Level::Wrong, "may not make"),
            (there(3, 1, &[]), Level::Ok, "next start brings to 4; nodes that live: 0"),
            (there(4, 1, &[0, 4, 3]), Level::Ok, "nodes that live: 3, of a former release: 2"),
            (there(4, 1, &[4, 4]), Level::Ok, "version 4; nodes that live: 2"),
            (there(6, 5, &[]), Level::Wrong, "version 5, not 4"),
            (there(6, 4, &[]), Level::Ok, "version 6"),
        ] {
            let finding = schema(&found, 4);
            assert!(finding.level == level && finding.seen.contains(seen), "{finding:?}");
        }
    }

    #[test]
    fn a_clock_is_judged_by_no_more_than_was_read() {
        for (ahead_ms, reading_ms, level) in [
            (0, 0, Level::Ok),
            (500, 0, Level::Ok),
            (501, 0, Level::Wrong),
            (-501, 0, Level::Wrong),
            (-700, 400, Level::Ok),
            (60_000, 400, Level::Wrong),
        ] {
            assert_eq!(clock(ahead_ms, reading_ms).level, level, "{ahead_ms} in {reading_ms}");
        }
    }

    #[test]
    fn room_for_one_node_is_asked_for() {
        assert!(connections((100, 100 - NODE_CONNECTIONS)).is_none());
        assert_eq!(connections((100, 95)).unwrap().level, Level::Warn);
        assert!(standbys(Standbys::NotAwaited).is_none());
        assert_eq!(standbys(Standbys::Missing).unwrap().level, Level::Wrong);
    }
}
