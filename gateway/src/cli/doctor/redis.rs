//! Redis: does it answer, is it new enough, may it forget what was just written, does it take writes. A node works
//! without it: what is missing is worth a look, what would work wrongly is wrong.

use super::Finding;
use crate::config::RedisSettings;
use crate::limits::REDIS_OLDEST;
use crate::shared::look::{self, Told};

const ABOUT: &str = "redis";

pub(super) async fn examine(settings: &RedisSettings) -> Vec<Finding> {
    match look::look(settings).await {
        Ok(None) => Vec::new(),
        Ok(Some(told)) => findings(&told),
        Err(reason) => vec![Finding::warn(
            ABOUT,
            format!("cannot be asked: {reason}"),
            "start Redis, or correct [redis]; its user needs INFO for this. Nodes go on without it \
             (docs/operating/redis.md)",
        )],
    }
}

fn findings(told: &Told) -> Vec<Finding> {
    let field = |key: &str| told.get(key).map_or("", String::as_str);
    let name = if field("server_name") == "valkey" { "Valkey" } else { "Redis" };
    let mut findings = vec![release(name, field("redis_version"), field("valkey_version"))];
    let mut look = |is: bool, finding: Finding| {
        if is {
            findings.push(finding);
        }
    };
    let cluster = "a Redis Cluster keeps keys of one operation on different servers";
    look(
        field("cluster_enabled") == "1",
        Finding::wrong(ABOUT, cluster, "name one server, or a primary with a failover"),
    );
    look(
        field("role") == "slave",
        Finding::wrong(ABOUT, "a replica takes no writes", "name the primary in redis.url"),
    );
    let policy = field("maxmemory_policy");
    let evicts = format!("it forgets keys when its memory is full (maxmemory-policy {policy})");
    look(
        !["", "noeviction"].contains(&policy),
        Finding::warn(
            ABOUT,
            evicts,
            "set maxmemory-policy noeviction: rates and lookups are lost unseen",
        ),
    );
    look(
        field("maxmemory") == "0",
        Finding::warn(
            ABOUT,
            "its memory has no bound",
            "set maxmemory: some 500 bytes a lookup in flight",
        ),
    );
    findings
}

/// Valkey calls itself Redis 7 for those who ask for that.
fn release(name: &str, redis: &str, valkey: &str) -> Finding {
    let release = if valkey.is_empty() { redis } else { valkey };
    let mut numbers = redis.split('.').map_while(|part| part.parse::<u32>().ok());
    let is_old = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < REDIS_OLDEST;
    let (major, minor) = REDIS_OLDEST;
    match is_old {
        true => {
            let seen = format!("{name} {release} is older than {major}.{minor}");
            Finding::wrong(ABOUT, seen, "upgrade it")
        }
        false => Finding::ok(ABOUT, format!("{name} {release} answers")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    fn seen(fields: &[(&str, &str)]) -> Vec<(Level, String)> {
        let good = [
            ("redis_version", "7.2.4"),
            ("role", "master"),
            ("maxmemory", "100000000"),
            ("maxmemory_policy", "noeviction"),
            ("cluster_enabled", "0"),
        ];
        let all = good.iter().chain(fields);
        let told = all.map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        findings(&told).into_iter().map(|finding| (finding.level, finding.seen)).collect()
    }

    #[test]
    fn a_server_as_it_should_be_is_in_order() {
        assert_eq!(seen(&[]), [(Level::Ok, "Redis 7.2.4 answers".to_owned())]);
        let valkey = seen(&[("server_name", "valkey"), ("valkey_version", "8.0.1")]);
        assert_eq!(valkey, [(Level::Ok, "Valkey 8.0.1 answers".to_owned())]);
    }

    #[test]
    fn each_flaw_is_named_and_said_how_bad() {
        for (field, level, named) in [
            (("redis_version", "6.0.16"), Level::Wrong, "older than 6.2"),
            (("redis_version", "nonsense"), Level::Wrong, "older than 6.2"),
            (("cluster_enabled", "1"), Level::Wrong, "Cluster"),
            (("role", "slave"), Level::Wrong, "replica"),
            (("maxmemory_policy", "allkeys-lru"), Level::Warn, "allkeys-lru"),
            (("maxmemory", "0"), Level::Warn, "no bound"),
        ] {
            let found = seen(&[field]);
            assert!(found.iter().any(|(l, s)| *l == level && s.contains(named)), "{found:?}");
        }
    }
}
