//! A node with its listeners.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use switch_store::Clock;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::config::Config;
use crate::doors::{AdminDoor, BankDoor, FspiopDoor, TmsDoor, WorkbenchDoor};
use crate::limits::{LARGE_BODIES_BYTES, STOPPING_MS};
use crate::listen::{Listener, bind, serve};
use crate::node::{Node, StartError};
use crate::tls::Door;

/// A node that serves.
pub struct Gateway {
    /// The node.
    pub node: Arc<Node>,
    /// Where it really listens.
    pub addresses: Addresses,
    stop: watch::Sender<bool>,
    listeners: JoinSet<()>,
}

/// Where a gateway listens, after port 0 has become a real one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// FSPIOP.
    pub fspiop: SocketAddr,
    /// Bank channel.
    pub bank: SocketAddr,
    /// Admin API, health, metrics.
    pub admin: SocketAddr,
    /// The analysts' pages, where they are switched on.
    pub workbench: Option<SocketAddr>,
    /// The open peer's interface, where it is switched on.
    pub tms: Option<SocketAddr>,
}

impl Gateway {
    /// Starts a node and its listeners.
    ///
    /// # Errors
    /// The store, a key or an address cannot be had.
    pub async fn start(config: Config, source: Arc<dyn Clock>) -> Result<Gateway, StartError> {
        let listen = config.listen.clone();
        let limits = config.limits.clone();
        let node = Node::start(config, source).await?;
        let (stop, stopped) = watch::channel(false);
        let bodies = Arc::new(Semaphore::new(LARGE_BODIES_BYTES));
        let tls = node.tls.clone();
        let listener = |door| {
            let (limits, bodies) = (limits.clone(), Arc::clone(&bodies));
            let secure = tls.as_ref().map(|tls| tls.door(door));
            Listener { limits, bodies, secure, stop: stopped.clone() }
        };
        let workbench = node.workbench.as_ref().map(|workbench| workbench.settings().listen);
        let settings = &node.config.screening.tms;
        let tms = settings.enabled.then_some(settings.listen);
        let always = [listen.fspiop, listen.bank, listen.admin].into_iter();
        let mut sockets = bound(always.chain(workbench).chain(tms)).await?.into_iter();
        let mut next = || {
            let nothing = || std::io::Error::other("no socket");
            let what = "listening".to_owned();
            sockets.next().ok_or_else(|| StartError::System { what, source: nothing() })
        };
        let ((fspiop, fspiop_at), (bank, bank_at), (admin, admin_at)) = (next()?, next()?, next()?);
        let mut listeners = JoinSet::new();
        let (for_fspiop, for_bank) = (Arc::clone(&node), Arc::clone(&node));
        listeners.spawn(serve(fspiop, Arc::new(FspiopDoor(for_fspiop)), listener(Door::Fspiop)));
        listeners.spawn(serve(bank, Arc::new(BankDoor(for_bank)), listener(Door::Bank)));
        listeners.spawn(serve(
            admin,
            Arc::new(AdminDoor(Arc::clone(&node))),
            listener(Door::Admin),
        ));
        let (fspiop, bank, admin) = (fspiop_at, bank_at, admin_at);
        let mut addresses = Addresses { fspiop, bank, admin, workbench: None, tms: None };
        if workbench.is_some() {
            let (socket, at) = next()?;
            addresses.workbench = Some(at);
            let door = Arc::new(WorkbenchDoor(Arc::clone(&node)));
            listeners.spawn(serve(
                socket,
                door,
                Listener { secure: None, ..listener(Door::Admin) },
            ));
        }
        if tms.is_some() {
            let (socket, at) = next()?;
            addresses.tms = Some(at);
            let door = Arc::new(TmsDoor(Arc::clone(&node)));
            listeners.spawn(serve(socket, door, listener(Door::Fspiop)));
        }
        Ok(Gateway { node, addresses, stop, listeners })
    }

    /// The scheme of its addresses as URLs: https where TLS is on.
    pub fn scheme(&self) -> &'static str {
        if self.node.tls.is_some() { "https" } else { "http" }
    }

    /// Has balancers look elsewhere, takes no more requests, lets those under way end or for ten seconds
    /// at most, commits what has queued, leaves to other nodes what is still to be sent, and returns.
    pub async fn stop(mut self) {
        let node = Arc::clone(&self.node);
        let is_shared = node.store.is_shared();
        node.standing.drain();
        if is_shared {
            tokio::time::sleep(Duration::from_millis(node.config.limits.drain_ms)).await;
        }
        let _ = self.stop.send(true);
        node.waiters.wake_all();
        while self.listeners.join_next().await.is_some() {}
        if is_shared {
            node.standing.leave();
            quiet(&node).await;
        }
        node.committer.stop().await;
        if let Err(error) = node.store.leave().await {
            tracing::warn!(%error, "others take over what this node holds when its lease has run out");
        }
    }
}

/// A socket for each address, with what port 0 has become.
async fn bound(
    addresses: impl Iterator<Item = SocketAddr>,
) -> Result<Vec<(TcpListener, SocketAddr)>, StartError> {
    let mut sockets = Vec::new();
    for address in addresses {
        let what = format!("listening on {address}");
        let failed = |source| StartError::System { what: what.clone(), source };
        let socket = bind(address).await.map_err(failed)?;
        let local = socket.local_addr().map_err(failed)?;
        sockets.push((socket, local));
    }
    Ok(sockets)
}

/// Returns when what is being sent has been, and what memory alone holds; or after ten seconds.
async fn quiet(node: &Node) {
    let quiet = async {
        while !node.delivery().is_quiet() {
            tokio::time::sleep(Duration::from_millis(QUIET_POLL_MS)).await;
        }
    };
    if tokio::time::timeout(Duration::from_millis(STOPPING_MS), quiet).await.is_err() {
        tracing::warn!("messages were cut off because they did not end in time");
    }
}

/// How often delivery is asked whether something is still under way.
const QUIET_POLL_MS: u64 = 10;
