//! Which proxy leads to whom, and which proxies have been asked for a party: under the keys and with the
//! lifetimes of the peer's proxy cache (third-party-and-lps.md §5.2), so that both can use one Redis.
//! The hub has no proxies yet: nothing calls this.

use std::sync::{Arc, LazyLock};

use redis::{RedisResult, Script};
use switch::Timestamp;

use super::{Away, Link};
use crate::limits::PROXY_LOOKUP_MS;

static BEGIN: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("proxies_asked.lua")));
static ENDED: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("proxy_answered.lua")));

/// The cache of proxies.
pub struct ProxyCache {
    link: Arc<Link>,
}

/// A lookup that proxies are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup<'l> {
    /// Who asks.
    pub source: &'l str,
    /// The party's type.
    pub party_type: &'l str,
    /// The party's identifier.
    pub party: &'l str,
}

impl Lookup<'_> {
    /// The set of the proxies that have not answered yet.
    fn key(&self) -> String {
        format!("als:{}:{}:{}", self.source, self.party_type, self.party)
    }

    /// Until when one proxy may answer.
    fn proxy_key(&self, proxy: &str) -> String {
        let Lookup { source, party_type, party } = self;
        format!("getParties:{proxy}:{source}:{party_type}:{party}:expiresAt")
    }
}

impl ProxyCache {
    /// Over this connection.
    pub fn new(link: Arc<Link>) -> ProxyCache {
        ProxyCache { link }
    }

    /// Remembers the proxy that leads to a FSP: until it turns out to be another.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn learn(&self, dfsp: &str, proxy: &str) -> Result<(), Away> {
        let mut command = redis::cmd("SET");
        command.arg(dfsp_key(dfsp)).arg(proxy);
        self.run("proxy-learn", command).await
    }

    /// The proxy that leads to a FSP.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn proxy_of(&self, dfsp: &str) -> Result<Option<String>, Away> {
        let mut command = redis::cmd("GET");
        command.arg(dfsp_key(dfsp));
        self.run("proxy-of", command).await
    }

    /// Forgets the proxy that leads to a FSP.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn forget(&self, dfsp: &str) -> Result<(), Away> {
        let mut command = redis::cmd("DEL");
        command.arg(dfsp_key(dfsp));
        self.run("proxy-forget", command).await
    }

    /// Notes that these proxies are asked for a party; `false` if the same lookup is under way already.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn asked(
        &self,
        lookup: &Lookup<'_>,
        proxies: &[&str],
        now: Timestamp,
    ) -> Result<bool, Away> {
        let key = lookup.key();
        let mut script = BEGIN.key(&key);
        script.key(format!("{key}:expiresAt")).key(format!("{key}:success"));
        script.arg(now.0.saturating_add(PROXY_LOOKUP_MS)).arg(PROXY_LOOKUP_MS.saturating_mul(2));
        for proxy in proxies {
            script.arg(*proxy);
        }
        let run = |mut connection| async move { script.invoke_async(&mut connection).await };
        self.link.run("proxies-asked", run).await.map(|told| told.value)
    }

    /// Notes that a proxy has found the party; `true` for the first one, whose answer is passed back.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn found(&self, lookup: &Lookup<'_>, proxy: &str) -> Result<bool, Away> {
        self.ended(lookup, proxy, "found").await
    }

    /// Notes that a proxy has not found the party; `true` for the last of all, after which the asker is
    /// told that nobody has.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn not_found(&self, lookup: &Lookup<'_>, proxy: &str) -> Result<bool, Away> {
        self.ended(lookup, proxy, "not-found").await
    }

    /// Whether proxies are being asked.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn is_under_way(&self, lookup: &Lookup<'_>) -> Result<bool, Away> {
        let mut command = redis::cmd("EXISTS");
        command.arg(lookup.key());
        self.run("proxies-under-way", command).await
    }

    /// Notes until when one proxy that is known to lead there may answer.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn await_proxy(
        &self,
        lookup: &Lookup<'_>,
        proxy: &str,
        now: Timestamp,
    ) -> Result<(), Away> {
        let mut command = redis::cmd("SET");
        command.arg(lookup.proxy_key(proxy)).arg(now.0.saturating_add(PROXY_LOOKUP_MS));
        command.arg("PX").arg(PROXY_LOOKUP_MS.saturating_mul(2));
        self.run("proxy-await", command).await
    }

    /// Notes that it has; `false` if nobody waited.
    ///
    /// # Errors
    /// Redis is away.
    pub async fn proxy_answered(&self, lookup: &Lookup<'_>, proxy: &str) -> Result<bool, Away> {
        let mut command = redis::cmd("DEL");
        command.arg(lookup.proxy_key(proxy));
        self.run("proxy-answered", command).await
    }

    async fn ended(&self, lookup: &Lookup<'_>, proxy: &str, how: &str) -> Result<bool, Away> {
        let key = lookup.key();
        let mut script = ENDED.key(&key);
        script.key(format!("{key}:expiresAt")).key(format!("{key}:success"));
        script.arg(proxy).arg(how).arg(PROXY_LOOKUP_MS.saturating_mul(2));
        let run = |mut connection| async move { script.invoke_async(&mut connection).await };
        self.link.run("proxies-answered", run).await.map(|told| told.value)
    }

    async fn run<T: redis::FromRedisValue>(
        &self,
        operation: &'static str,
        command: redis::Cmd,
    ) -> Result<T, Away> {
        let run = |mut connection| async move {
            let done: RedisResult<T> = command.query_async(&mut connection).await;
            done
        };
        self.link.run(operation, run).await.map(|told| told.value)
    }
}

fn dfsp_key(dfsp: &str) -> String {
    format!("dfsp:{dfsp}")
}
