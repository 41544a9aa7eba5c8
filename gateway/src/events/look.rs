//! A look at NATS for an operator: the server, and the streams as they are. Nothing is created.

use std::time::Duration;

use async_nats::ServerInfo;
use async_nats::jetstream::Context;
use async_nats::jetstream::context::{ContextBuilder, GetStreamErrorKind};
use async_nats::jetstream::stream::{Config, Info};
use tokio::time::timeout;

use super::Stream;
use super::nats::{differences, is_not_found, options, servers, wanted, with_user_of};
use crate::config::NatsSettings;
use crate::limits::{NATS_CONNECT_MS, STREAM_ACK_MS};

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// The server's release.
    pub release: String,
    /// Whether it is one of a cluster.
    pub is_clustered: bool,
    /// Each stream by its name.
    pub streams: Vec<(String, Found)>,
}

/// A stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// There is none: the first node that connects makes it.
    Absent,
    /// It is kept by so many servers.
    There {
        /// How many, its leader included.
        replicas: usize,
        /// What is otherwise than configured, in words; empty if nothing.
        differences: String,
        /// Those of its servers that are away or behind.
        late: Vec<String>,
    },
    /// JetStream does not answer, or not us.
    Refused(String),
}

/// Asks the first server that answers; `None` where none is configured.
///
/// # Errors
/// Settings that cannot be used; or nobody answers, or lets us in.
pub async fn look(settings: &NatsSettings) -> Result<Option<Looked>, String> {
    if settings.url.is_empty() {
        return Ok(None);
    }
    let servers = servers(settings)?;
    let count = u64::try_from(servers.len()).unwrap_or(u64::MAX);
    let patience = Duration::from_millis(NATS_CONNECT_MS.saturating_mul(count));
    let connecting = with_user_of(&servers, options(settings)?)?.connect(servers);
    let late = |_| format!("no answer for {} ms", patience.as_millis());
    let client = timeout(patience, connecting).await.map_err(late)?;
    let client = client.map_err(|error| error.to_string())?;
    let ServerInfo { version: release, cluster, .. } = client.server_info();
    let context = ContextBuilder::new().timeout(Duration::from_millis(STREAM_ACK_MS)).build(client);
    let mut streams = Vec::new();
    for stream in Stream::ALL {
        let wanted = wanted(stream, settings);
        let found = found(&context, &wanted).await;
        streams.push((wanted.name, found));
    }
    Ok(Some(Looked { release, is_clustered: cluster.is_some(), streams }))
}

async fn found(context: &Context, wanted: &Config) -> Found {
    match context.get_stream(&wanted.name).await {
        Ok(stream) => there(wanted, stream.cached_info()),
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(said) if is_not_found(&said) => Found::Absent,
            _ => Found::Refused(error.to_string()),
        },
    }
}

fn there(wanted: &Config, info: &Info) -> Found {
    let peers = info.cluster.as_ref().map_or(&[][..], |cluster| &cluster.replicas);
    let late = peers.iter().filter(|peer| peer.offline || !peer.current);
    Found::There {
        replicas: info.config.num_replicas.max(1),
        differences: differences(wanted, &info.config),
        late: late.map(|peer| peer.name.clone()).collect(),
    }
}
