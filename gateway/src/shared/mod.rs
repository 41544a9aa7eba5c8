//! What several nodes share and may lose (DESIGN §8): Redis, and what each does without it.
//!
//! Nothing here decides anything about money, and nobody waits for Redis longer than its timeout. No
//! node needs it to go on: docs/operating/redis.md says what is different while it is away.
//!
//! * `link`: the connection, given up at the first failure
//! * `look`: what an operator is told of the server
//! * `questions`: lookups and quotes in flight, so that any node can pass an answer back
//! * `rates`: how many requests a second each participant may send, leased in chunks
//! * `proxies`: which proxy leads to whom, under the keys that peers use

mod link;
pub mod look;
mod proxies;
mod questions;
mod rates;

use std::sync::Arc;

use crate::config::RedisSettings;
use crate::metrics::Metrics;
use crate::node::StartError;

pub use link::{Away, Link, Told};
pub use proxies::{Lookup, ProxyCache};
pub use questions::{Answered, Questions};
pub use rates::{Limited, Rates};

/// The memory of all nodes.
pub struct Shared {
    /// Redis, if one is configured.
    pub link: Option<Arc<Link>>,
    /// Lookups and quotes in flight, if others may have to know of them.
    pub questions: Option<Questions>,
    /// How many requests a second participants may send.
    pub rates: Rates,
}

impl Shared {
    /// Connects to Redis, if one is configured. `several`: other nodes write the same store.
    ///
    /// # Errors
    /// Its password or its CA cannot be read.
    pub async fn start(
        settings: &RedisSettings,
        several: bool,
        metrics: &Metrics,
    ) -> Result<Shared, StartError> {
        let link = Link::start(settings, metrics).await?;
        if several && link.is_none() {
            tracing::warn!(
                "the store is shared and no Redis is configured: with several nodes, lookups and \
                 quotes whose answer comes to another node than they were sent to are lost"
            );
        }
        let questions = link.clone().map(|link| Questions::new(link, several));
        let rates = Rates::new(link.clone(), settings.nodes);
        Ok(Shared { link, questions, rates })
    }
}
