//! What stands before the nodes: addresses that lead to whichever node is ready, as any balancer of connections does.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ::http::Method;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::node::DOORS;
use crate::ToolkitError;
use crate::limits::{CLUSTER_CHECK_EVERY_MS, CLUSTER_CHECK_MS};
use crate::onboard::AdminClient;

/// How a node looks from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It is given connections.
    Ready,
    /// It answers that it is not ready: it keeps the connections that it has.
    Unready,
    /// It does not answer: its connections are reset.
    Gone,
}

/// The balancer; gone with all its connections when dropped.
#[derive(Debug)]
pub struct Balancer {
    addresses: [SocketAddr; DOORS],
    healths: Vec<watch::Receiver<Health>>,
    tasks: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Backend {
    ports: [u16; DOORS],
    health: watch::Receiver<Health>,
}

impl Balancer {
    /// Stands before nodes with these doors, each with its operator, whom it asks for /health.
    ///
    /// # Errors
    /// [`ToolkitError::Io`] if there is no port to listen on.
    pub async fn before(nodes: Vec<([u16; DOORS], AdminClient)>) -> Result<Balancer, ToolkitError> {
        let mut tasks = Vec::new();
        let mut backends = Vec::new();
        for (ports, admin) in nodes {
            let (said, health) = watch::channel(Health::Gone);
            tasks.push(tokio::spawn(check(admin, said)));
            backends.push(Backend { ports, health });
        }
        let healths = backends.iter().map(|backend| backend.health.clone()).collect();
        let backends: Arc<[Backend]> = backends.into();
        let mut addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); DOORS];
        for (door, address) in addresses.iter_mut().enumerate() {
            let failed = |source| ToolkitError::io("listen for a balancer", source);
            let listener = TcpListener::bind(*address).await.map_err(failed)?;
            *address = listener.local_addr().map_err(failed)?;
            tasks.push(tokio::spawn(accept(listener, door, Arc::clone(&backends))));
        }
        Ok(Balancer { addresses, healths, tasks })
    }

    /// Where the doors of all nodes are: FSPIOP, banks, operators.
    pub fn addresses(&self) -> [SocketAddr; DOORS] {
        self.addresses
    }

    /// How the nodes look, in their order.
    pub fn healths(&self) -> Vec<Health> {
        self.healths.iter().map(|health| *health.borrow()).collect()
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Asks for /health until nobody listens any more.
async fn check(admin: AdminClient, health: watch::Sender<Health>) {
    let limit = Duration::from_millis(CLUSTER_CHECK_MS);
    while !health.is_closed() {
        let asked = tokio::time::timeout(limit, admin.send(Method::GET, "/health", None)).await;
        let now = match asked {
            Ok(Ok(answer)) if answer.status.is_success() => Health::Ready,
            Ok(Ok(_)) => Health::Unready,
            Ok(Err(_)) | Err(_) => Health::Gone,
        };
        health.send_if_modified(|before| std::mem::replace(before, now) != now);
        tokio::time::sleep(Duration::from_millis(CLUSTER_CHECK_EVERY_MS)).await;
    }
}

async fn accept(listener: TcpListener, door: usize, backends: Arc<[Backend]>) {
    let mut connections = JoinSet::new();
    let turn = Arc::new(AtomicUsize::new(door));
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                let first = turn.fetch_add(1, Ordering::Relaxed);
                connections.spawn(connect(stream, door, first, Arc::clone(&backends)));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Leads a connection to the next ready node; where there is none, it is reset.
async fn connect(mut near: TcpStream, door: usize, first: usize, backends: Arc<[Backend]>) {
    let count = backends.len();
    for backend in backends.iter().cycle().skip(first % count.max(1)).take(count) {
        if *backend.health.borrow() != Health::Ready {
            continue;
        }
        let port = backend.ports.get(door).copied().unwrap_or_default();
        let Ok(mut far) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else { continue };
        let _best_effort = (near.set_nodelay(true), far.set_nodelay(true));
        let mut health = backend.health.clone();
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
            _ = health.wait_for(|health| *health == Health::Gone) => {
                let _best_effort = (near.set_zero_linger(), far.set_zero_linger());
            }
        }
        return;
    }
    let _best_effort = near.set_zero_linger();
}
