//! What the batch in the making has come to so far, and how one submission's share of it is taken
//! back.

use std::collections::BTreeMap;

use switch::{Decision, Key, Row, Timestamp, View};

use crate::{
    Batch, CommitError, DeadlineChange, DeadlineSubject, Document, DocumentKey, DocumentWrite,
    OutboxRow, Transaction,
};

/// The outcomes of the submissions taken so far.
#[derive(Default)]
pub(crate) struct Overlay {
    rows: BTreeMap<Key, Row>,
    documents: BTreeMap<DocumentKey, Option<Document>>,
    deadlines: BTreeMap<DeadlineSubject, Option<Timestamp>>,
    pub(crate) outbox: Vec<OutboxRow>,
    pub(crate) removed: Vec<crate::OutboxId>,
}

/// One submission's share, until it is known whether it holds.
#[derive(Default)]
pub(crate) struct Share {
    /// Rows as they were before this submission, the first written first.
    undo: Vec<(Key, Option<Row>)>,
    documents: BTreeMap<DocumentKey, Option<Document>>,
    deadlines: BTreeMap<DeadlineSubject, Option<Timestamp>>,
}

impl Overlay {
    /// Lays a document over those before, if what its writer believes is so.
    pub(crate) fn write(
        &self,
        share: &mut Share,
        write: &DocumentWrite,
        stored: &dyn Transaction,
    ) -> Result<(), CommitError> {
        let overlaid = share.documents.get(&write.key).or_else(|| self.documents.get(&write.key));
        let current = overlaid.map_or_else(|| stored.document(&write.key), Option::as_ref);
        if !write.expected.holds(current) {
            return Err(CommitError::Conflict { key: write.key.clone() });
        }
        let document = write.over(current);
        let subject = DeadlineSubject::Document(write.key.clone());
        let at = document.as_ref().and_then(|document| document.deadline);
        if at.is_some() || current.is_some_and(|current| current.deadline.is_some()) {
            share.deadlines.insert(subject, at);
        }
        share.documents.insert(write.key.clone(), document);
        Ok(())
    }

    /// Lays a decision over the rows.
    pub(crate) fn apply(&self, share: &mut Share, decision: &Decision, view: &mut View) {
        for row in &decision.writes {
            let key = row.key();
            let before = view.row(&key).flatten().cloned();
            share.undo.push((key, before));
        }
        view.apply(decision);
        for change in &decision.deadlines {
            self.move_deadline(share, *change);
        }
    }

    /// A deadline is cleared by the time that it had; one set since then stays.
    fn move_deadline(&self, share: &mut Share, change: switch::DeadlineChange) {
        match change {
            switch::DeadlineChange::Set { id, at } => {
                share.deadlines.insert(DeadlineSubject::Transfer(id), Some(at));
            }
            switch::DeadlineChange::Clear { id, at } => {
                let subject = DeadlineSubject::Transfer(id);
                let set = share.deadlines.get(&subject).or_else(|| self.deadlines.get(&subject));
                if set.copied().flatten().is_none_or(|set| set == at) {
                    share.deadlines.insert(subject, None);
                }
            }
        }
    }

    /// The share holds: it is part of the batch.
    pub(crate) fn keep(&mut self, share: Share, view: &View) {
        for (key, _) in share.undo {
            if let Some(Some(row)) = view.row(&key) {
                self.rows.insert(key, row.clone());
            }
        }
        self.documents.extend(share.documents);
        self.deadlines.extend(share.deadlines);
    }

    /// The share does not hold: the rows are as before.
    pub(crate) fn take_back(share: Share, view: &mut View) {
        for (key, before) in share.undo.into_iter().rev() {
            view.insert(key, before);
        }
    }

    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
            && self.documents.is_empty()
            && self.deadlines.is_empty()
            && self.outbox.is_empty()
            && self.removed.is_empty()
    }

    /// All of it, to be written at once.
    pub(crate) fn into_batch(self) -> Batch {
        let deadlines = self.deadlines.into_iter();
        Batch {
            rows: self.rows.into_values().collect(),
            documents: self.documents.into_iter().collect(),
            outbox: self.outbox,
            removed: self.removed,
            deadlines: deadlines.map(|(subject, at)| DeadlineChange { subject, at }).collect(),
            lazy: false,
        }
    }
}
