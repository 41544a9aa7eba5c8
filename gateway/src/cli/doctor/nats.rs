//! NATS: does it answer, is it new enough, is JetStream there, are the streams as configured and kept by all of their
//! servers. A node works without it: its events wait.

use super::Finding;
use crate::config::NatsSettings;
use crate::events::look::{self, Found, Looked};
use crate::limits::NATS_OLDEST;

const ABOUT: &str = "nats";
const DOCS: &str = "docs/operating/nats.md";

pub(super) async fn examine(settings: &NatsSettings) -> Vec<Finding> {
    match look::look(settings).await {
        Ok(None) => Vec::new(),
        Ok(Some(looked)) => findings(&looked, settings.replicas),
        Err(reason) => vec![Finding::warn(
            ABOUT,
            format!("cannot be asked: {reason}"),
            format!("start NATS, or correct [nats]; until then events wait in the outbox ({DOCS})"),
        )],
    }
}

fn findings(looked: &Looked, replicas: usize) -> Vec<Finding> {
    let mut findings = vec![release(&looked.release)];
    for (name, found) in &looked.streams {
        findings.push(match found {
            Found::Absent if replicas > 1 && !looked.is_clustered => Finding::wrong(
                ABOUT,
                format!("stream {name} cannot be made: nats.replicas is {replicas}, and this server is in no cluster"),
                format!("make a cluster of {replicas} servers, or set nats.replicas = 1"),
            ),
            Found::Absent => {
                Finding::ok(ABOUT, format!("stream {name} is made by the first node that connects"))
            }
            Found::There { replicas, differences, late } => there(name, *replicas, differences, late),
            Found::Refused(reason) => Finding::wrong(
                ABOUT,
                format!("JetStream does not answer for stream {name}: {reason}"),
                format!(
                    "switch JetStream on (jetstream {{ store_dir: ... }}), for this account too, and let the user \
                     publish to $JS.API.STREAM.> ({DOCS})"
                ),
            ),
        });
    }
    findings
}

fn there(name: &str, replicas: usize, differences: &str, late: &[String]) -> Finding {
    if !late.is_empty() {
        let seen = format!("stream {name}: {} of its servers are away or behind", late.join(", "));
        return Finding::warn(ABOUT, seen, "start them, or see why they are slow");
    }
    if !differences.is_empty() {
        let seen = format!("stream {name} is not as configured: {differences}");
        let mend = "change it with `nats stream edit`, or the configuration; nodes leave it so";
        return Finding::warn(ABOUT, seen, mend);
    }
    let servers = if replicas == 1 { "one server" } else { "servers that are all there" };
    Finding::ok(ABOUT, format!("stream {name} is as configured, kept by {servers}"))
}

fn release(release: &str) -> Finding {
    let mut numbers = release.split('.').map_while(|part| part.parse::<u32>().ok());
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    let (major, minor) = NATS_OLDEST;
    match found < NATS_OLDEST {
        true => {
            let seen = format!("release {release} is older than {major}.{minor}");
            Finding::wrong(ABOUT, seen, "upgrade the servers, one after the other")
        }
        false => Finding::ok(ABOUT, format!("release {release} answers")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    fn seen(release: &str, is_clustered: bool, found: Found) -> Vec<(Level, String)> {
        let streams = vec![("AUDIT".to_owned(), found)];
        let looked = Looked { release: release.to_owned(), is_clustered, streams };
        findings(&looked, 3).into_iter().map(|finding| (finding.level, finding.seen)).collect()
    }

    fn kept(differences: &str, late: &[&str]) -> Found {
        let late = late.iter().map(|name| (*name).to_owned()).collect();
        Found::There { replicas: 3, differences: differences.to_owned(), late }
    }

    #[test]
    fn each_state_of_a_stream_is_judged() {
        for (is_clustered, found, level, named) in [
            (true, Found::Absent, Level::Ok, "first node"),
            (false, Found::Absent, Level::Wrong, "in no cluster"),
            (true, kept("", &[]), Level::Ok, "all there"),
            (true, kept("replicas is 1, not 3", &[]), Level::Warn, "replicas is 1"),
            (true, kept("", &["n2"]), Level::Warn, "n2"),
            (true, Found::Refused("no responders".into()), Level::Wrong, "no responders"),
        ] {
            let found = seen("2.10.0", is_clustered, found);
            assert_eq!(found[0], (Level::Ok, "release 2.10.0 answers".to_owned()));
            assert!(found[1].0 == level && found[1].1.contains(named), "{found:?}");
        }
    }

    #[test]
    fn releases_are_compared_as_numbers() {
        for (release, level) in
            [("2.9.25", Level::Wrong), ("2.10.0", Level::Ok), ("3.0.1", Level::Ok)]
        {
            assert_eq!(seen(release, true, Found::Absent)[0].0, level, "{release}");
        }
    }
}
