//! One node: everything that a message's way passes, put together; and what happens when time
//! passes or a batch is committed.

use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

use fspiop::amount::{Currency, CurrencyList};
use fspiop::deadline::Profile;
use switch::{Command, Key, Timestamp, Transfer, TransferId, View};
use switch_store::{
    Claimant, Clock, CommitError, Committed, Committer, DeadlineChange, DeadlineSubject, Document,
    DocumentKey, OutboxId, OutboxRow, OutboxRows, Sink, SteadyClock, Store, StoreError, Submission,
};
use thiserror::Error;

use crate::admission::{self, Admission};
use crate::carrier::NodeCarrier;
use crate::client::Client;
use crate::config::{Config, ScorerPlace};
use crate::delivery::{Delivery, Item};
use crate::egress::Egress;
use crate::events::Events;
use crate::keys::{self, Keys, KeysError};
use crate::ledger;
use crate::limits::DUE_AT_ONCE_MAX;
use crate::metrics::Metrics;
use crate::peers::Peers;
use crate::pending::Pending;
use crate::screening::Screening;
use crate::shared::Shared;
use crate::sightings::Watch;
use crate::standing::Standing;
use crate::timers::{TICK_MS, Timers};
use crate::tls::{Tls, TlsError};
use crate::waiters::Waiters;
use crate::workbench::Workbench;
use crate::{fellows, holds};

/// The hub's own name among the participants (CONTRACTS §4).
pub const HUB: &str = "Hub";

/// One running node.
pub struct Node {
    /// Its settings.
    pub config: Config,
    /// The table of budgets.
    pub profile: &'static Profile,
    /// The scheme's currencies.
    pub currencies: CurrencyList,
    /// Hub time.
    pub clock: Arc<SteadyClock>,
    /// Money, documents, outbox.
    pub store: Arc<dyn Store>,
    /// The only way to change what is stored.
    pub committer: Committer,
    /// Participants' records and public keys.
    pub peers: Peers,
    /// The keys that this process signs with.
    pub keys: Arc<Keys>,
    /// Certificates, where TLS is on.
    pub tls: Option<Arc<Tls>>,
    /// Connections to peers.
    pub client: Client,
    /// Who is let in when there is too much to do.
    pub admission: Admission,
    /// Lookups and quotes on their way.
    pub pending: Pending,
    /// What this node shares with others.
    pub shared: Shared,
    /// Fraud screening, where it is switched on.
    pub screening: Option<Screening>,
    /// The analysts' pages, where they are switched on.
    pub workbench: Option<Workbench>,
    /// Events for others, where NATS is configured.
    pub events: Option<Events>,
    /// Exchanges that wait for a bank order.
    pub waiters: Waiters,
    /// What it counts.
    pub metrics: Metrics,
    /// Who watches its messages.
    pub watch: Watch,
    /// Whether it is to be given work.
    pub standing: Standing,
    /// By which outbox rows are this node's, where it shares the store with others.
    pub claimant: Option<Claimant>,
    /// What is due when.
    pub timers: Timers,
    /// Held while a backup is taken.
    pub backing_up: Mutex<()>,
    delivery: Delivery,
    /// Held while records are read anew, so that of two readings the later one stays.
    reloading: tokio::sync::Mutex<()>,
}

/// Why a node does not start. The operator's to mend.
#[derive(Debug, Error)]
pub enum StartError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key file.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// A certificate file.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// What is configured for screening, or what it needs.
    #[error("screening: {reason}")]
    Screening {
        /// What to mend.
        reason: String,
    },
    /// NATS, or what it needs.
    #[error("nats: {reason}")]
    Nats {
        /// What to mend.
        reason: String,
    },
    /// A thread, a socket or a directory.
    #[error("{what}: {source}")]
    System {
        /// What was attempted.
        what: String,
        /// Why not.
        source: std::io::Error,
    },
}

/// Hands what was committed to the node that is being built around the committer.
#[derive(Default)]
struct NodeSink {
    node: OnceLock<Weak<Node>>,
}

impl Sink for NodeSink {
    fn committed(&self, rows: Vec<OutboxRow>, deadlines: Vec<DeadlineChange>) {
        if let Some(node) = self.node.get().and_then(Weak::upgrade) {
            node.timers.apply(deadlines);
            node.delivery().rows(rows);
        }
    }
}

impl Node {
    /// Opens the store and starts committer, delivery and timers.
    ///
    /// # Errors
    /// The store, the hub's key or a thread cannot be had.
    pub async fn start(config: Config, machine: Arc<dyn Clock>) -> Result<Arc<Node>, StartError> {
        let metrics = Metrics::default();
        let tls = Tls::start(&config.tls, &metrics)?;
        let egress = Egress::new(config.egress.allow.clone(), tls.is_some());
        let directory = config.store.directory.clone();
        let system = |what: &str| {
            let what = what.to_owned();
            move |source| StartError::System { what, source }
        };
        std::fs::create_dir_all(&directory)
            .map_err(system(&format!("creating {}", directory.display())))?;
        let (store, clock) = ledger::open(&config.store, &directory, machine).await?;
        let sink = Arc::new(NodeSink::default());
        let committer =
            Committer::start(Arc::clone(&store), rules(&config), Arc::clone(&clock), sink.clone())
                .map_err(system("starting the committer"))?;
        let events = Events::start(&config, &metrics).await?;
        let screening = Screening::start(&config, &*store, &committer).await?;
        let is_alone = config.screening.scorer == ScorerPlace::InProcess;
        if screening.is_some() && store.is_shared() && is_alone {
            tracing::warn!(
                "each node screens by the traffic that it has seen itself (docs/screening.md)"
            );
        }
        let claimant = match store.is_shared() {
            true => Some(store.begin().await?.claimant()),
            false => None,
        };
        let shared = Shared::start(&config.redis, store.is_shared(), &metrics).await?;
        let node = Arc::new_cyclic(|node| Node {
            profile: Profile::named(&config.scheme.profile).unwrap_or(&Profile::FSPIOP_DEFAULT),
            currencies: currencies(&config),
            workbench: Workbench::new(&config.workbench),
            keys: Arc::new(Keys::new(directory.join("keys"))),
            admission: Admission::new(config.overload.wait_ms),
            config,
            clock: Arc::clone(&clock),
            store,
            committer,
            peers: Peers::default(),
            client: Client::new(egress, tls.as_deref(), &metrics),
            tls,
            pending: Pending::default(),
            shared,
            screening,
            events,
            waiters: Waiters::default(),
            metrics,
            watch: Watch::default(),
            standing: Standing::default(),
            claimant,
            timers: Timers::default(),
            delivery: Delivery::new(Arc::new(NodeCarrier::new(node.clone())), clock),
            backing_up: Mutex::default(),
            reloading: tokio::sync::Mutex::default(),
        });
        let _ = sink.node.set(Arc::downgrade(&node));
        node.first_key().await?;
        node.reload_peers().await?;
        match node.store.is_shared() {
            true => {
                fellows::start(&node);
                tokio::spawn(ledger::archive(Arc::downgrade(&node)));
            }
            false => node.resume().await?,
        }
        set_going(&node);
        tokio::spawn(admission::probe(Arc::downgrade(&node)));
        Ok(node)
    }

    /// Hub time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Delivery to all destinations.
    pub fn delivery(&self) -> &Delivery {
        &self.delivery
    }

    /// Sends something that lives in memory only.
    pub fn send(&self, item: Item) {
        self.delivery().send(item);
    }

    /// Commits, and answers when it is on stable storage.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub async fn commit(&self, submission: Submission) -> Result<Committed, CommitError> {
        let submission = match &self.events {
            Some(events) => events.witnessed(submission),
            None => submission,
        };
        self.committer.submit(submission).await
    }

    /// Removes a delivered row with a later batch.
    pub fn acknowledge(&self, row: Option<OutboxId>) {
        if let Some(row) = row {
            self.committer.acknowledge(row);
        }
    }

    /// Reads participants' records and keys anew.
    ///
    /// # Errors
    /// The store does not answer, an own key cannot be had, or other nodes sign with another one.
    pub async fn reload_peers(&self) -> Result<(), StartError> {
        let _alone = self.reloading.lock().await;
        let own = |name: &str| match name {
            HUB => self.hub_key(),
            bank => Ok(self.keys.public_pem(bank)?),
        };
        self.peers.reload(&*self.store, own).await?;
        if self.store.is_shared() { self.agree_on_keys().await } else { Ok(()) }
    }

    /// Whoever signs here does so with the key that the other nodes have.
    async fn agree_on_keys(&self) -> Result<(), StartError> {
        let known = self.peers.known();
        let hub = Some(HUB).filter(|_| self.config.hub.url.is_empty());
        for party in known.banks.iter().map(|bank| bank.fsp_id()).chain(hub) {
            let pem = self.keys.public_pem(party)?;
            keys::agreed::agree(&*self.store, &self.committer, party, &pem).await?;
        }
        Ok(())
    }

    /// Deals with deadlines that have come, each by itself.
    pub fn attend(self: &Arc<Node>, due: Vec<DeadlineSubject>) {
        for subject in due {
            tokio::spawn(Arc::clone(self).due(subject));
        }
    }

    /// Returns when this process must be started again, and says why.
    pub async fn ended(&self) -> String {
        tokio::select! {
            reason = self.standing.deposed() => reason,
            () = self.committer.ended() => {
                self.committer.halted().unwrap_or("nothing is committed any more").to_owned()
            }
        }
    }

    /// A hub that nobody knows yet gets its key; one that participants know must have it.
    async fn first_key(&self) -> Result<(), StartError> {
        if self.config.hub.url.is_empty() && self.store.participants().await?.is_empty() {
            self.keys.make(HUB)?;
        }
        Ok(())
    }

    /// The public key that the hub signs with: ours, or that of the hub elsewhere.
    fn hub_key(&self) -> Result<String, StartError> {
        let path = &self.config.hub.public_key;
        if path.as_os_str().is_empty() {
            return Ok(self.keys.public_pem(HUB)?);
        }
        let what = format!("reading {}", path.display());
        std::fs::read_to_string(path).map_err(|source| StartError::System { what, source })
    }

    /// The rows under `keys` as stored, for readers that decide nothing.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn view(&self, keys: &[Key]) -> Result<View, StoreError> {
        self.store.read(keys).await
    }

    /// A transfer as stored.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn transfer(&self, id: TransferId) -> Result<Option<Transfer>, StoreError> {
        self.store.transfer(id).await
    }

    /// A document as stored.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn document(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError> {
        self.store.document(key).await
    }

    /// Takes up what an earlier run left: rows nobody has acknowledged, and deadlines.
    async fn resume(self: &Arc<Node>) -> Result<(), StoreError> {
        const PAGE: usize = 10_000;
        let mut after = OutboxId(0);
        loop {
            let rows = self.store.outbox(OutboxRows::Unclaimed, after, PAGE).await?;
            let Some(last) = rows.last() else { break };
            after = last.id;
            self.delivery().rows(rows);
        }
        self.timers.load(&*self.store).await?;
        let (resumed, open) = (Arc::clone(self), self.timers.documents());
        tokio::spawn(async move { crate::bank::resume(&resumed, open).await });
        Ok(())
    }

    /// Deals with one deadline; it comes again soon if that was not possible now.
    async fn due(self: Arc<Node>, subject: DeadlineSubject) {
        let done = match &subject {
            DeadlineSubject::Transfer(id) => {
                crate::hub::end(&self, Command::Expire { id: *id }).await
            }
            DeadlineSubject::Document(key) if key.kind == crate::screening::facts::QUOTED => {
                crate::screening::forget(&self, key).await
            }
            DeadlineSubject::Document(key) if crate::tms::is_kept(&key.kind) => {
                crate::screening::forget(&self, key).await
            }
            DeadlineSubject::Document(key) if key.kind == holds::HELD => {
                holds::call(&self, key).await
            }
            DeadlineSubject::Document(key) => crate::bank::wake(&self, key).await,
        };
        if let Err(error) = done {
            // What makes the hub fail will do so again: an operator is needed, not another try.
            let pause_ms = if error == CommitError::Internal { 60_000 } else { 1_000 };
            tracing::warn!(%error, pause_ms, "a deadline could not be dealt with; again after");
            self.timers.again(subject.clone(), self.now().plus_ms(pause_ms));
        }
        self.timers.done(&subject);
    }
}

/// Starts the clock, and whoever follows screening's stream.
fn set_going(node: &Arc<Node>) {
    crate::events::follow_screening(node);
    crate::workbench::follow(node);
    tokio::spawn(tick(Arc::downgrade(node)));
}

/// Looks at the clock until the node is gone.
async fn tick(node: Weak<Node>) {
    loop {
        tokio::time::sleep(Duration::from_millis(TICK_MS)).await;
        let Some(node) = node.upgrade() else { return };
        let now = node.now();
        let due = node.timers.due(now, DUE_AT_ONCE_MAX);
        match node.store.is_shared() {
            true if due.is_empty() || node.standing.is_leaving() => {}
            true => drop(tokio::spawn(fellows::attend(Arc::clone(&node), due))),
            false => node.attend(due),
        }
        crate::hub::give_up(&node, node.pending.expire(now));
    }
}

/// The scheme's options as the switch takes them.
pub fn rules(config: &Config) -> switch::Rules {
    switch::Rules {
        enable_on_us_transfers: config.scheme.on_us_transfers,
        abort_on_foreign_fulfil: config.scheme.abort_on_foreign_fulfil,
        send_confirmation_to_payee: config.scheme.confirm_to_payee,
        screening: crate::screening::demand_of(&config.screening),
        ..switch::Rules::default()
    }
}

fn currencies(config: &Config) -> CurrencyList {
    let extra = config.scheme.extra_currencies.iter().filter_map(|code| Currency::parse(code).ok());
    CurrencyList::new(CurrencyList::shipped().iter().chain(extra))
}
