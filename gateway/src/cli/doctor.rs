//! `causeway doctor`: looks at everything that a node needs before it is started, and says what to mend.

mod addresses;
mod certificates;
mod disk;
mod nats;
mod postgres;
mod redis;
mod settings;
mod store;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use switch_store::{Clock, SystemClock};

use super::{on_runtime, print};
use crate::config::Config;

/// Look at everything that a node needs: settings, certificates, keys, addresses, stores, clocks, PostgreSQL, NATS,
/// Redis. Says for each what is to be mended. Changes nothing. 0 when nothing is wrong, else 1.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The configuration file; without, the defaults are looked at.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print JSON, for machines.
    #[arg(long)]
    json: bool,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// It works, and somebody should look at it.
    Warn,
    /// A node does not start with it, or should not.
    Wrong,
}

/// Something that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about: `certificate`, `store`, ...
    pub about: &'static str,
    /// How it is.
    pub level: Level,
    /// What was seen.
    pub seen: String,
    /// What to do about it; empty where nothing is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mend: String,
}

impl Finding {
    /// It is as it should be.
    pub fn ok(about: &'static str, seen: impl Into<String>) -> Finding {
        Finding { about, level: Level::Ok, seen: seen.into(), mend: String::new() }
    }

    /// Somebody should look at it.
    pub fn warn(about: &'static str, seen: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding { about, level: Level::Warn, seen: seen.into(), mend: mend.into() }
    }

    /// It must be mended.
    pub fn wrong(about: &'static str, seen: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding { about, level: Level::Wrong, seen: seen.into(), mend: mend.into() }
    }
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> ExitCode {
    let origin = arguments.config.as_deref();
    on_runtime(async {
        let findings = examine(origin).await;
        let text = match arguments.json {
            true => json(&findings),
            false => text(origin, &findings),
        };
        print(&text);
        match worst(&findings) {
            Level::Ok | Level::Warn => ExitCode::SUCCESS,
            Level::Wrong => ExitCode::FAILURE,
        }
    })
}

/// Looks at everything. Without usable settings there is nothing else to look at.
async fn examine(path: Option<&Path>) -> Vec<Finding> {
    let loaded = match path {
        Some(path) => Config::load(path),
        None => Config::parse("", "the defaults"),
    };
    let config = match loaded {
        Ok(config) => config,
        Err(error) => {
            let mend = "`causeway config` prints every key with its meaning and default";
            return vec![Finding::wrong("settings", error.to_string(), mend)];
        }
    };
    let mut findings = settings::examine(&config);
    findings.extend(certificates::examine(&config, SystemClock::new().wall()));
    findings.extend(addresses::examine(&config).await);
    findings.extend(store::examine(&config).await);
    findings.extend(nats::examine(&config.nats).await);
    findings.extend(redis::examine(&config.redis).await);
    findings.extend(disk::examine(&config));
    findings
}

fn worst(findings: &[Finding]) -> Level {
    findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Ok)
}

fn count(findings: &[Finding], level: Level) -> usize {
    findings.iter().filter(|finding| finding.level == level).count()
}

fn json(findings: &[Finding]) -> String {
    let document = serde_json::json!({ "worst": worst(findings), "findings": findings });
    format!("{document:#}\n")
}

fn text(origin: Option<&Path>, findings: &[Finding]) -> String {
    let name = origin.map_or("the defaults".to_owned(), |path| path.display().to_string());
    let mut text = format!("causeway doctor: {name}\n\n");
    for finding in findings {
        let level = match finding.level {
            Level::Ok => "ok",
            Level::Warn => "look",
            Level::Wrong => "WRONG",
        };
        text.push_str(&format!("  {level:<6} {:<12} {}\n", finding.about, finding.seen));
        if !finding.mend.is_empty() {
            text.push_str(&format!("  {:<6} {:<12} -> {}\n", "", "", finding.mend));
        }
    }
    let [ok, warn, wrong] = [Level::Ok, Level::Warn, Level::Wrong].map(|l| count(findings, l));
    let verdict = match worst(findings) {
        Level::Ok => "Everything is as it should be.",
        Level::Warn => "A node starts with this; the lines with `look` are worth a minute.",
        Level::Wrong => "Mend what is WRONG before you start a node.",
    };
    text.push_str(&format!("\n{ok} in order, {warn} to look at, {wrong} wrong. {verdict}\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings() -> Vec<Finding> {
        vec![
            Finding::ok("settings", "usable"),
            Finding::warn("store", "3 days of disk", "make room"),
            Finding::wrong("certificate", "hub.pem has expired", "renew it"),
        ]
    }

    #[test]
    fn the_text_says_what_to_mend_and_counts() {
        let text = text(Some(Path::new("my.toml")), &findings());
        for part in
            ["my.toml", "WRONG", "-> renew it", "-> make room", "1 in order, 1 to look at, 1 wrong"]
        {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    #[test]
    fn the_json_names_the_worst() {
        let document: serde_json::Value = serde_json::from_str(&json(&findings())).unwrap();
        assert_eq!(document["worst"], "wrong");
        assert_eq!(document["findings"][1]["mend"], "make room");
        assert!(document["findings"][0].get("mend").is_none());
        assert_eq!(worst(&[]), Level::Ok);
    }

    #[tokio::test]
    async fn settings_that_cannot_be_used_end_it_there() {
        let findings = examine(Some(Path::new("no/such/file.toml"))).await;
        assert_eq!((findings.len(), findings[0].level), (1, Level::Wrong));
    }
}
