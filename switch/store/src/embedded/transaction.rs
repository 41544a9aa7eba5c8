//! A batch in the making over an embedded engine. There is one writer, so that nothing is locked:
//! a second one finds at its commit that it is late.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use switch::{Key, Timestamp, View};

use crate::embedded::{LAST_BATCH, Shared};
use crate::encoding::{self, LastBatch};
use crate::engine::{Engine, Operation, Table};
use crate::{
    Batch, BatchId, Claimant, Document, DocumentKey, OutboxId, StoreError, Transaction, Written,
};

pub(crate) struct EmbeddedTransaction<E: Engine> {
    shared: Arc<Shared<E>>,
    before: LastBatch,
    now: Timestamp,
    outbox: OutboxId,
    view: View,
    documents: HashMap<DocumentKey, Option<Document>>,
}

impl<E: Engine> EmbeddedTransaction<E> {
    pub(crate) fn new(shared: Arc<Shared<E>>) -> EmbeddedTransaction<E> {
        let before = shared.hot().last;
        let now = shared.clock.now().max(before.now);
        let (view, documents) = (View::new(), HashMap::new());
        EmbeddedTransaction { shared, before, now, outbox: before.outbox, view, documents }
    }

    fn read(&mut self, keys: &[Key], documents: &[DocumentKey]) -> Result<(), StoreError> {
        for key in keys {
            if self.view.row(key).is_none() {
                self.view.insert(key.clone(), self.shared.row(key)?);
            }
        }
        for key in documents {
            if !self.documents.contains_key(key) {
                self.documents.insert(key.clone(), self.shared.document(key)?);
            }
        }
        Ok(())
    }
}

impl<E: Engine> Transaction for EmbeddedTransaction<E> {
    fn load<'a>(
        &'a mut self,
        keys: &'a [Key],
        documents: &'a [DocumentKey],
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        ready(self.read(keys, documents)).boxed()
    }

    fn view(&mut self) -> &mut View {
        &mut self.view
    }

    fn document(&self, key: &DocumentKey) -> Option<&Document> {
        self.documents.get(key).and_then(Option::as_ref)
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn id(&self) -> BatchId {
        self.before.next()
    }

    fn next_outbox_id(&mut self) -> OutboxId {
        self.outbox = OutboxId(self.outbox.0 + 1);
        self.outbox
    }

    fn claimant(&self) -> Claimant {
        self.shared.claimant
    }

    fn commit(self: Box<Self>, batch: Batch) -> BoxFuture<'static, Result<Written, StoreError>> {
        let last = LastBatch { id: self.before.next().0, now: self.now, outbox: self.outbox };
        async move { self.shared.commit(batch, self.before, last) }.boxed()
    }
}

/// A batch as the engine writes it.
pub(crate) fn operations(batch: &Batch, last: LastBatch) -> Result<Vec<Operation>, StoreError> {
    let mut operations = Vec::new();
    let mut put = |table, key, value| operations.push(Operation { table, key, value });
    for row in &batch.rows {
        let (table, place) = encoding::row_place(&row.key())?;
        put(table, place, Some(encoding::row_value(row)?));
    }
    for (key, document) in &batch.documents {
        let value = document.as_ref().map(encoding::document_value).transpose()?;
        put(Table::Documents, encoding::document_place(key), value);
    }
    for row in &batch.outbox {
        put(Table::Outbox, encoding::outbox_place(row.id), Some(encoding::outbox_value(row)?));
    }
    for id in &batch.removed {
        put(Table::Outbox, encoding::outbox_place(*id), None);
    }
    for change in &batch.deadlines {
        let value = change.at.map(|at| encoding::encode(&at)).transpose()?;
        put(Table::Deadlines, encoding::deadline_place(&change.subject), value);
    }
    put(Table::Meta, LAST_BATCH.to_vec(), Some(encoding::encode(&last)?));
    Ok(operations)
}
