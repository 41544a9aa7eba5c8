//! A simulated FSPIOP DFSP: payee on its endpoint, payer through [`Dfsp::pay`], anything else through [`Dfsp::send`].
//! It signs all it sends, verifies all it receives, and logs before it acknowledges.

mod conduct;
mod inbox;
mod message;
mod pay;
mod payee;
mod receive;
mod send;
mod signature;
mod version;

pub use conduct::{Acknowledge, Answer, Conduct, Stage};
pub use inbox::{Received, Seen};
pub use message::PartyId;
pub use pay::{HopRecord, PayRequest, PaymentEnd, PaymentOutcome, StageBudgets};
pub use send::{Delivery, Draft, Sent};

use crate::http::{HttpClient, HttpServer};
use crate::ledger_log::{Entry, Journal};
use crate::tls::Credentials;
use crate::{ToolkitError, clock, limits};
use conduct::Conducts;
use fspiop::ilp::Secret;
use fspiop::jws::SigningKey;
use inbox::Inbox;
use payee::PayeeBook;
use signature::{Signer, TrustedKeys};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use version::Versions;

/// How a DFSP is set up.
#[derive(Debug, Clone)]
pub struct DfspOptions {
    /// Its FspId.
    pub name: String,
    /// Signs all it sends.
    pub key: Arc<SigningKey>,
    /// Where it listens; port 0 for any free one.
    pub listen: SocketAddr,
    /// The hub's FSPIOP base URL; it may be given later.
    pub hub: Option<String>,
    /// The FspId that the hub uses.
    pub hub_name: String,
    /// `1.0`, `1.1` or `2.0`: the version of what it begins. It goes on in the other side's.
    pub version: String,
    /// Further versions that it speaks.
    pub also: Vec<String>,
    /// As payee: whether it gives up when `FSPIOP-Timeout` is over.
    pub honours_timeout: bool,
    /// Its certificate; without, it speaks plain HTTP.
    pub credentials: Option<Credentials>,
    /// A file for its log.
    pub log: Option<PathBuf>,
}

impl DfspOptions {
    /// A DFSP with well-behaved answers on any free loopback port.
    pub fn new(name: impl Into<String>, key: Arc<SigningKey>) -> Self {
        Self {
            name: name.into(),
            key,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            hub: None,
            hub_name: "Hub".to_owned(),
            version: "1.1".to_owned(),
            also: Vec::new(),
            honours_timeout: false,
            credentials: None,
            log: None,
        }
    }
}

/// A running DFSP; it stops when it is dropped.
#[derive(Debug)]
pub struct Dfsp {
    core: Arc<Core>,
    server: HttpServer,
}

impl Dfsp {
    /// Starts it.
    ///
    /// # Errors
    /// [`ToolkitError`] if it cannot listen, open its log or use its key.
    pub async fn start(options: DfspOptions) -> Result<Self, ToolkitError> {
        let (listen, credentials) = (options.listen, options.credentials.clone());
        let core = Arc::new(Core::new(options)?);
        let server =
            HttpServer::secure_or_plain(listen, core.clone(), credentials.as_ref()).await?;
        Ok(Self { core, server })
    }

    /// Its FspId.
    pub fn name(&self) -> &str {
        &self.core.name
    }

    /// The versions that it speaks, for its profile.
    pub fn versions(&self) -> Vec<String> {
        self.core.versions.all()
    }

    /// The one base URL for all of its callbacks.
    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// What others verify its signatures with.
    pub fn public_key_pem(&self) -> &str {
        self.core.signer.public_pem()
    }

    /// Where the hub's FSPIOP listener is.
    pub fn set_hub(&self, base_url: impl Into<String>) {
        *locked(&self.core.hub) = Some(base_url.into());
    }

    /// Verifies what `name` sends with this key from now on; several keys of one name are all tried.
    ///
    /// # Errors
    /// [`ToolkitError::Key`] if it is not a public key as PEM.
    pub fn trust(&self, name: &str, public_key_pem: &str) -> Result<(), ToolkitError> {
        self.core.trusted.add(name, public_key_pem)
    }

    /// Makes a party its customer.
    pub fn add_party(&self, party: PartyId, display_name: &str) {
        self.core.payee.add_party(party, display_name);
    }

    /// As payee: its clock is so many milliseconds behind when it says at what time it completed a
    /// transfer. For a hub whose time a test holds: a hub takes no time that has yet to come.
    pub fn set_clock_behind(&self, ms: u32) {
        self.core.clock_behind_ms.store(i64::from(ms), Ordering::Relaxed);
    }

    /// How it answers a stage from now on.
    pub fn set_conduct(&self, stage: Stage, conduct: Conduct) {
        self.core.conducts.set(stage, conduct);
    }

    /// How it answers the next call of a stage that has no conduct queued yet.
    pub fn enqueue(&self, stage: Stage, conduct: Conduct) {
        self.core.conducts.enqueue(stage, conduct);
    }

    /// All that it received, in order.
    pub fn received(&self) -> Vec<Arc<Received>> {
        self.core.inbox.all()
    }

    /// What it received and could not verify, one line each. Empty is good.
    pub fn signature_failures(&self) -> Vec<String> {
        let failed = |message: &Arc<Received>| match &message.seen {
            Seen::Failed(reason) => {
                Some(format!("{} {}: {reason}", message.method, message.target))
            }
            Seen::Verified | Seen::Bodiless => None,
        };
        self.received().iter().filter_map(failed).collect()
    }

    /// Its log so far.
    pub fn entries(&self) -> Vec<Entry> {
        self.core.journal.entries()
    }

    /// Waits for a message that fits, among those received already too.
    ///
    /// # Errors
    /// [`ToolkitError::Silence`] if none comes within `timeout_ms`.
    pub async fn await_callback(
        &self,
        fits: impl Fn(&Received) -> bool,
        timeout_ms: u64,
    ) -> Result<Arc<Received>, ToolkitError> {
        self.core.inbox.wait_for(fits, timeout_ms).await
    }
}

/// What a DFSP's listener and its payments share.
#[derive(Debug)]
pub(crate) struct Core {
    name: String,
    hub_name: String,
    versions: Versions,
    honours_timeout: bool,
    hub: Mutex<Option<String>>,
    signer: Signer,
    trusted: TrustedKeys,
    secret: IlpSecret,
    conducts: Conducts,
    inbox: Inbox,
    payee: PayeeBook,
    clock_behind_ms: AtomicI64,
    journal: Journal,
    client: HttpClient,
}

impl Core {
    fn new(options: DfspOptions) -> Result<Self, ToolkitError> {
        let journal = match &options.log {
            Some(path) => Journal::in_file(&options.name, path)?,
            None => Journal::in_memory(&options.name),
        };
        Ok(Self {
            signer: Signer::new(options.key)?,
            trusted: TrustedKeys::default(),
            secret: IlpSecret(Secret::new(clock::fresh_uuid()?.as_bytes())),
            conducts: Conducts::default(),
            inbox: Inbox::default(),
            payee: PayeeBook::default(),
            clock_behind_ms: AtomicI64::new(0),
            journal,
            client: HttpClient::secure_or_plain(options.credentials.as_ref(), limits::EXCHANGE_MS)?,
            name: options.name,
            hub_name: options.hub_name,
            versions: Versions::new(options.version, options.also),
            honours_timeout: options.honours_timeout,
            hub: Mutex::new(options.hub),
        })
    }
}

struct IlpSecret(Secret);

impl std::fmt::Debug for IlpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IlpSecret")
    }
}

/// A lock whose holder never panics half-way: what it guards stays whole.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
