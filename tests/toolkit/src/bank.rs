//! A simulated ISO-native bank on the bank channel (CONTRACTS, section 1): it pays by pain.001 or pacs.008, answers
//! pacs.008 with pacs.002, takes every status message, and reads all that it gets with `iso20022::read`.

mod conduct;
mod inbox;
mod order;
mod pay;
mod receive;
mod report;
mod status;
mod xml;

pub use conduct::{BankAnswer, BankConduct};
pub use inbox::BankMessage;
pub use order::{AccountRef, AgentRef, Envelope, Order};
pub use pay::{OrderOutcome, Submission, Told};

use crate::http::{HttpClient, HttpServer};
use crate::ledger_log::{Entry, Journal};
use crate::tls::Credentials;
use crate::{ToolkitError, limits};
use conduct::BankConducts;
use inbox::BankInbox;
use receive::Credits;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How a bank is set up.
#[derive(Debug, Clone)]
pub struct BankOptions {
    /// The FspId that the scheme knows it by: the name in its log.
    pub fsp_id: String,
    /// Its BIC: the agent in all that it writes.
    pub bic: String,
    /// The gateway's bank channel, the part before `/iso20022`; it may be given later.
    pub channel: Option<String>,
    /// Where it listens; port 0 for any free one.
    pub listen: SocketAddr,
    /// Whether it credits when it accepts, rather than when it is told that the payment is settled.
    pub credits_on_own_acceptance: bool,
    /// Its certificate; without, it speaks plain HTTP.
    pub credentials: Option<Credentials>,
    /// A file for its log.
    pub log: Option<PathBuf>,
}

impl BankOptions {
    /// A bank with well-behaved answers on any free loopback port.
    pub fn new(fsp_id: impl Into<String>, bic: impl Into<String>) -> Self {
        Self {
            fsp_id: fsp_id.into(),
            bic: bic.into(),
            channel: None,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            credits_on_own_acceptance: false,
            credentials: None,
            log: None,
        }
    }
}

/// A running bank; it stops when it is dropped.
#[derive(Debug)]
pub struct IsoBank {
    core: Arc<Core>,
    server: HttpServer,
}

impl IsoBank {
    /// Starts it.
    ///
    /// # Errors
    /// [`ToolkitError`] if it cannot listen or open its log.
    pub async fn start(options: BankOptions) -> Result<Self, ToolkitError> {
        let (listen, credentials) = (options.listen, options.credentials.clone());
        let core = Arc::new(Core::new(options)?);
        let server =
            HttpServer::secure_or_plain(listen, core.clone(), credentials.as_ref()).await?;
        Ok(Self { core, server })
    }

    /// Its FspId.
    pub fn fsp_id(&self) -> &str {
        &self.core.fsp_id
    }

    /// Its BIC.
    pub fn bic(&self) -> &str {
        &self.core.bic
    }

    /// The one URL that the gateway posts to.
    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// Where the gateway's bank channel is: what stands before `/iso20022`.
    pub fn set_channel(&self, base_url: impl Into<String>) {
        *locked(&self.core.channel) = Some(base_url.into());
    }

    /// The version of its pacs.002 from now on; without, pacs.002.001.10.
    pub fn set_answer_version(&self, version: &str) {
        version.clone_into(&mut locked(&self.core.answer_version));
    }

    /// How it answers pacs.008 from now on.
    pub fn set_conduct(&self, conduct: BankConduct) {
        self.core.conducts.set(conduct);
    }

    /// How it answers the next pacs.008 that has no conduct queued yet.
    pub fn enqueue(&self, conduct: BankConduct) {
        self.core.conducts.enqueue(conduct);
    }

    /// How it takes the next status message that has no conduct queued yet; otherwise it takes it with 202.
    pub fn enqueue_for_status(&self, conduct: BankConduct) {
        self.core.status_conducts.enqueue(conduct);
    }

    /// All that it received, in order.
    pub fn received(&self) -> Vec<Arc<BankMessage>> {
        self.core.inbox.all()
    }

    /// What it received and could not read, one line each. Empty is good.
    pub fn unreadable(&self) -> Vec<String> {
        let refused = |message: &Arc<BankMessage>| match &message.read {
            Ok(_) => None,
            Err(reason) => Some(format!("{}: {reason}", message.name)),
        };
        self.received().iter().filter_map(refused).collect()
    }

    /// Waits for a message that fits, among those received already too.
    ///
    /// # Errors
    /// [`ToolkitError::Silence`] if none comes within `timeout_ms`.
    pub async fn await_message(
        &self,
        fits: impl Fn(&BankMessage) -> bool,
        timeout_ms: u64,
    ) -> Result<Arc<BankMessage>, ToolkitError> {
        self.core.inbox.wait_for(fits, timeout_ms).await
    }

    /// Its log so far.
    pub fn entries(&self) -> Vec<Entry> {
        self.core.journal.entries()
    }
}

#[derive(Debug)]
pub(crate) struct Core {
    fsp_id: String,
    bic: String,
    credits_on_own_acceptance: bool,
    channel: Mutex<Option<String>>,
    answer_version: Mutex<String>,
    conducts: BankConducts,
    status_conducts: BankConducts,
    inbox: BankInbox,
    credits: Credits,
    /// By end-to-end id: each order that was acknowledged, and where it can be asked for.
    locations: Mutex<BTreeMap<String, (Order, String)>>,
    journal: Journal,
    client: HttpClient,
}

impl Core {
    fn new(options: BankOptions) -> Result<Self, ToolkitError> {
        let journal = match &options.log {
            Some(path) => Journal::in_file(&options.fsp_id, path)?,
            None => Journal::in_memory(&options.fsp_id),
        };
        Ok(Self {
            fsp_id: options.fsp_id,
            bic: options.bic,
            credits_on_own_acceptance: options.credits_on_own_acceptance,
            channel: Mutex::new(options.channel),
            answer_version: Mutex::new("pacs.002.001.10".to_owned()),
            conducts: BankConducts::default(),
            status_conducts: BankConducts::default(),
            inbox: BankInbox::default(),
            credits: Credits::default(),
            locations: Mutex::default(),
            journal,
            client: HttpClient::secure_or_plain(
                options.credentials.as_ref(),
                limits::BANK_EXCHANGE_MS,
            )?,
        })
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
