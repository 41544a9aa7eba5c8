//! The connections of a node: those that write, one a transaction, and those that read, shared.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::StoreError;
use crate::limits::READERS;
use crate::postgres::guard;
use crate::postgres::session::{Connector, Session};
use crate::postgres::statements;

/// Connections that wait for the next transaction.
pub(crate) struct Writers {
    connector: Arc<Connector>,
    idle: Mutex<Vec<Session>>,
}

/// Connections on which everybody's reads follow each other without waiting.
pub(crate) struct Readers {
    connector: Arc<Connector>,
    version: u32,
    sessions: [tokio::sync::Mutex<Option<Arc<Session>>>; READERS],
    next: AtomicUsize,
}

impl Writers {
    pub(crate) fn new(connector: Arc<Connector>) -> Writers {
        Writers { connector, idle: Mutex::default() }
    }

    /// A connection that nobody else uses.
    pub(crate) async fn take(&self) -> Result<Session, StoreError> {
        while let Some(session) = self.pop() {
            if session.is_usable() {
                return Ok(session);
            }
        }
        let session = self.connector.session(statements::of_writers()).await?;
        usable(&session).await?;
        Ok(session)
    }

    /// Gives a connection back that is in no transaction.
    pub(crate) fn give_back(&self, session: Session) {
        if session.is_usable() {
            self.idle().push(session);
        }
    }

    fn pop(&self) -> Option<Session> {
        self.idle().pop()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Readers {
    pub(crate) fn new(connector: Arc<Connector>, version: u32) -> Readers {
        let (sessions, next) = (Default::default(), AtomicUsize::new(0));
        Readers { connector, version, sessions, next }
    }

    /// One of the connections, made anew where it was lost.
    pub(crate) async fn any(&self) -> Result<Arc<Session>, StoreError> {
        let next = self.next.fetch_add(1, Ordering::Relaxed) % READERS;
        let Some(place) = self.sessions.get(next) else {
            return Err(StoreError::Unavailable { reason: "no connection to read".into() });
        };
        let mut place = place.lock().await;
        if let Some(session) = place.as_ref().filter(|session| session.is_usable()) {
            return Ok(Arc::clone(session));
        }
        let made = self.connector.session(statements::of_readers(self.version)).await?;
        let made = Arc::new(made);
        *place = Some(Arc::clone(&made));
        Ok(made)
    }

    /// A connection that nobody else uses, for what needs a transaction.
    pub(crate) async fn alone(&self) -> Result<Session, StoreError> {
        let made = self.connector.session(statements::of_readers(self.version)).await?;
        usable(&made).await?;
        Ok(made)
    }
}

/// After a failover the server may be another: what was refused at the start is refused again.
async fn usable(session: &Session) -> Result<(), StoreError> {
    match guard::look(session).await {
        Err(StoreError::Unusable { reason }) => Err(StoreError::Unavailable { reason }),
        looked => looked.map(drop),
    }
}
