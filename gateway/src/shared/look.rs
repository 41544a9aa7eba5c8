//! A look at Redis for an operator: what the server says of itself.

use std::collections::BTreeMap;

use redis::{RedisError, RedisResult};

use super::link::{self, Opened};
use crate::config::RedisSettings;

/// What `INFO` says, a field a key.
pub type Told = BTreeMap<String, String>;

/// Asks the server, within the time that a node gives to a new connection; `None` where none is configured.
///
/// # Errors
/// Why there is no answer.
pub async fn look(settings: &RedisSettings) -> Result<Option<Told>, String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let Some(target) = settings.target().map_err(|error| said(&error))? else { return Ok(None) };
    let (target, tls) = link::reached(settings, target).map_err(|error| said(&error))?;
    let asked = async {
        let Opened { mut connection, driver } = link::open(&target, tls).await?;
        let info: RedisResult<String> = redis::cmd("INFO").query_async(&mut connection).await;
        driver.abort();
        info
    };
    let info = link::in_time(asked).await;
    info.map(|text| Some(fields(&text))).map_err(|error: RedisError| said(&error))
}

/// `key:value` lines between headings.
fn fields(info: &str) -> Told {
    let lines = info.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.trim_end().split_once(':'));
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::fields;

    #[test]
    fn fields_are_read_between_headings() {
        let told = fields("# Server\r\nredis_version:7.0.15\r\n\r\n# Memory\r\nmaxmemory:0\r\n");
        assert_eq!(told.len(), 2);
        assert_eq!((told["redis_version"].as_str(), told["maxmemory"].as_str()), ("7.0.15", "0"));
    }
}
