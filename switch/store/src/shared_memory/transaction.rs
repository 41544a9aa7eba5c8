//! One batch in the making, as `postgres::transaction` has it.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use std::task::Poll;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use switch::{Key, Row, Timestamp, View};

use crate::limits::COMMIT_MAX_MS;
use crate::postgres::reads::{Places, places};
use crate::postgres::statements::is_locked;
use crate::shared_memory::commit::{Found, Writes};
use crate::shared_memory::database::Lock;
use crate::shared_memory::node::Shared;
use crate::{
    Batch, BatchId, Claimant, Document, DocumentKey, Notice, OutboxId, StoreError, Transaction,
    Written, encoding,
};

pub(crate) struct SharedTransaction {
    shared: Arc<Shared>,
    id: BatchId,
    /// Whether the server knows of it.
    begun: bool,
    now: OnceLock<Timestamp>,
    database_now: Option<Timestamp>,
    numbers: Range<u64>,
    view: View,
    documents: HashMap<DocumentKey, Option<Document>>,
    found: Found,
}

impl SharedTransaction {
    pub(crate) fn new(shared: Arc<Shared>) -> SharedTransaction {
        SharedTransaction {
            id: shared.next_batch(),
            shared,
            begun: false,
            now: OnceLock::new(),
            database_now: None,
            numbers: 0..0,
            view: View::new(),
            documents: HashMap::new(),
            found: Found::default(),
        }
    }

    async fn read(&mut self, keys: &[Key], documents: &[DocumentKey]) -> Result<(), StoreError> {
        let keys = self.view.missing(keys.to_vec());
        let mut wanted = documents.to_vec();
        wanted.retain(|key| !self.documents.contains_key(key));
        if keys.is_empty() && wanted.is_empty() && self.database_now.is_some() {
            return Ok(());
        }
        self.shared.memory.turn().await;
        self.begin()?;
        let mut classes = places(&keys)?;
        classes.sort_by_key(|(table, _)| !is_locked(*table));
        for key in keys {
            self.found.rows.insert(key.clone(), None);
            self.view.insert(key, None);
        }
        for class in classes {
            self.class(class).await?;
        }
        let mut database = self.shared.memory.database();
        database.touch(self.id)?;
        for key in wanted {
            let stored = database.documents.get(&key);
            self.found.documents.insert(key.clone(), stored.map(|(_, batch)| *batch));
            let document = stored.map(|(document, _)| document.clone());
            self.documents.insert(key, document);
        }
        self.database_now = Some(database.clock.wall());
        self.numbers = database.draw();
        Ok(())
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        let mut database = self.shared.memory.database();
        match std::mem::replace(&mut self.begun, true) {
            true => database.touch(self.id),
            false => database.open(self.id, self.shared.claimant),
        }
    }

    /// The rows of one table: what is there is locked where it is money, and read as it is then. What
    /// comes while it waits is not seen.
    async fn class(&mut self, (table, places): Places) -> Result<(), StoreError> {
        let memory = &self.shared.memory;
        let mut found = places;
        {
            let database = memory.database();
            found.retain(|place| database.rows.contains_key(&(table, place.clone())));
        }
        if is_locked(table) {
            for place in &found {
                let lock = Lock::Row(table, place.clone());
                memory
                    .asked(|database| match database.lock(self.id, lock.clone()) {
                        Ok(true) => Poll::Ready(Ok(())),
                        Ok(false) => Poll::Pending,
                        Err(error) => Poll::Ready(Err(error)),
                    })
                    .await?;
            }
        }
        let database = memory.database();
        for place in found {
            if let Some((value, batch)) = database.rows.get(&(table, place)) {
                let row: Row = encoding::row_from(table, value)?;
                self.found.rows.insert(row.key(), Some(*batch));
                self.view.insert(row.key(), Some(row));
            }
        }
        Ok(())
    }

    async fn write(mut self: Box<Self>, batch: Batch) -> Result<Written, StoreError> {
        self.shared.at_work()?;
        if batch.outbox.iter().any(|row| row.id == OutboxId(0)) {
            let reason = "more outbox rows than a batch has numbers, or none loaded".to_owned();
            return Err(StoreError::Constraint { reason });
        }
        let (is_lazy, now, shared) = (batch.lazy, self.now(), Arc::clone(&self.shared));
        let writes = Writes::new(batch, std::mem::take(&mut self.found), now, shared.claimant)?;
        if !self.begun {
            self.begin()?;
        }
        // What is sent on a connection that is gone may have come for all that its sender knows.
        let sent = shared.memory.database().send(self.id, writes);
        sent.map_err(|_| StoreError::UnknownOutcome)?;
        let sent_ms = shared.clock.monotonic_ms();
        let id = self.id;
        let outcome = shared.memory.asked(|database| {
            let waited_ms = shared.clock.monotonic_ms().saturating_sub(sent_ms);
            match database.outcome(id) {
                Some(outcome) => Poll::Ready(outcome),
                None if waited_ms >= COMMIT_MAX_MS => Poll::Ready(Err(StoreError::UnknownOutcome)),
                None => Poll::Pending,
            }
        });
        let written = outcome.await.map_err(|error| shared.noted(error))?;
        shared.committed(is_lazy);
        shared.tell_holders(&written);
        Ok(written)
    }
}

impl Transaction for SharedTransaction {
    fn load<'a>(
        &'a mut self,
        keys: &'a [Key],
        documents: &'a [DocumentKey],
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let loaded = self.read(keys, documents).await;
            if loaded.is_err() {
                self.shared.memory.database().roll_back(self.id);
            }
            loaded
        }
        .boxed()
    }

    fn view(&mut self) -> &mut View {
        &mut self.view
    }

    fn document(&self, key: &DocumentKey) -> Option<&Document> {
        self.documents.get(key).and_then(Option::as_ref)
    }

    fn now(&self) -> Timestamp {
        *self.now.get_or_init(|| self.shared.batch_time(self.database_now))
    }

    fn id(&self) -> BatchId {
        self.id
    }

    fn next_outbox_id(&mut self) -> OutboxId {
        OutboxId(self.numbers.next().unwrap_or(0))
    }

    fn claimant(&self) -> Claimant {
        self.shared.claimant
    }

    fn commit(self: Box<Self>, batch: Batch) -> BoxFuture<'static, Result<Written, StoreError>> {
        self.write(batch).boxed()
    }
}

impl Drop for SharedTransaction {
    /// What was sent goes on without its client; anything else is rolled back.
    fn drop(&mut self) {
        self.shared.memory.database().let_go(self.id);
    }
}

impl Shared {
    /// Tells the nodes whose the rows are that this one does not deliver.
    fn tell_holders(&self, written: &Written) {
        let holders: std::collections::BTreeSet<Claimant> = {
            let database = self.memory.database();
            let rows = written.handed.iter().filter_map(|id| database.outbox.get(id));
            rows.map(|row| row.holder).collect()
        };
        holders.into_iter().for_each(|holder| self.tell(Notice::Handed(holder)));
    }
}
