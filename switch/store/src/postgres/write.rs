//! A batch as statements: an array a column, sorted by key, table after table in one order.

use std::collections::BTreeSet;

use switch::{Key, Row, Timestamp};

use crate::encoding;
use crate::engine::Table;
use crate::postgres::session::Parameters;
use crate::postgres::statements::{self, ROW_TABLES, Sql};
use crate::postgres::transaction::Found;
use crate::postgres::{Shared, stored};
use crate::{Batch, BatchId, Document, DocumentKey, StoreError};

/// One statement of a commit.
pub(crate) struct Write {
    pub(crate) sql: Sql,
    pub(crate) parameters: Parameters,
}

/// One row on its way.
struct Stored {
    place: Vec<u8>,
    value: Vec<u8>,
    /// When it became final, for transfers.
    ended_ms: Option<i64>,
    /// The batch that wrote what was read; `None` when nobody read it.
    before: Option<i64>,
}

/// One document on its way.
struct StoredDocument<'a> {
    key: &'a DocumentKey,
    document: Option<&'a Document>,
    before: Option<i64>,
}

/// All that a batch writes, in the order in which it is sent.
pub(crate) fn statements(
    batch: &Batch,
    found: &Found,
    id: BatchId,
    now: Timestamp,
    shared: &Shared,
) -> Result<Vec<Write>, StoreError> {
    let mut writes = Vec::new();
    let number = stored(id.0);
    for table in ROW_TABLES {
        rows(table, batch, found, number, shared.version, &mut writes)?;
    }
    documents(batch, found, number, &mut writes);
    deadlines(batch, &mut writes);
    outbox(batch, shared.node(), &mut writes);
    checks(batch, found, &mut writes)?;
    let parameters: Parameters = vec![Box::new(number), Box::new(now.0), Box::new(shared.node())];
    writes.push(Write { sql: Sql::RecordBatch, parameters });
    Ok(writes)
}

fn rows(
    table: Table,
    batch: &Batch,
    found: &Found,
    number: i64,
    version: u32,
    writes: &mut Vec<Write>,
) -> Result<(), StoreError> {
    let mut all = Vec::new();
    for row in &batch.rows {
        let key = row.key();
        let (other, place) = encoding::row_place(&key)?;
        if other == table {
            let (value, ended_ms) = (encoding::row_value(row)?, ended_ms(row));
            all.push(Stored { place, value, ended_ms, before: found.rows.get(&key).copied() });
        }
    }
    all.sort_unstable_by(|a, b| a.place.cmp(&b.place));
    let (unread, read): (Vec<_>, Vec<_>) = all.into_iter().partition(|row| row.before.is_none());
    let (new, old): (Vec<_>, Vec<_>) = read.into_iter().partition(|row| row.before == Some(0));
    for (sql, rows) in
        [(Sql::Insert(table), new), (Sql::Update(table), old), (Sql::Put(table), unread)]
    {
        if rows.is_empty() {
            continue;
        }
        let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let before: Vec<i64> = rows.iter().filter_map(|row| row.before).collect();
        let ended: Vec<Option<i64>> = rows.iter().map(|row| row.ended_ms).collect();
        let (places, values): (Vec<_>, Vec<_>) =
            rows.into_iter().map(|row| (row.place, row.value)).unzip();
        let mut parameters: Parameters = vec![Box::new(places), Box::new(values), Box::new(number)];
        if let Sql::Update(_) = sql {
            parameters.push(Box::new(before));
            parameters.push(Box::new(count));
        }
        if table == Table::Transfers && version >= 2 {
            parameters.push(Box::new(ended));
        }
        writes.push(Write { sql, parameters });
    }
    Ok(())
}

/// When a transfer became final; nothing for other rows.
pub(crate) fn ended_ms(row: &Row) -> Option<i64> {
    match row {
        Row::Transfer(transfer) if transfer.state.is_final() => {
            Some(transfer.ended_at.unwrap_or(transfer.prepared_at).0)
        }
        _ => None,
    }
}

fn documents(batch: &Batch, found: &Found, number: i64, writes: &mut Vec<Write>) {
    let mut all: Vec<StoredDocument<'_>> = batch
        .documents
        .iter()
        .map(|(key, document)| {
            let before = found.documents.get(key).copied();
            StoredDocument { key, document: document.as_ref(), before }
        })
        .collect();
    all.sort_unstable_by_key(|one| one.key);
    let (removed, kept): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.document.is_none());
    let (unread, read): (Vec<_>, Vec<_>) = kept.into_iter().partition(|one| one.before.is_none());
    let (new, old): (Vec<_>, Vec<_>) = read.into_iter().partition(|one| one.before == Some(0));
    for (sql, documents) in
        [(Sql::InsertDocuments, new), (Sql::UpdateDocuments, old), (Sql::PutDocuments, unread)]
    {
        if !documents.is_empty() {
            writes.push(Write { sql, parameters: written(sql, &documents, number) });
        }
    }
    let (known, unknown): (Vec<_>, Vec<_>) =
        removed.into_iter().partition(|one| one.before.is_some_and(|before| before != 0));
    if !known.is_empty() {
        let (mut parameters, before) = (named(&known), befores(&known));
        let count = i64::try_from(before.len()).unwrap_or(i64::MAX);
        parameters.push(Box::new(before));
        parameters.push(Box::new(count));
        writes.push(Write { sql: Sql::RemoveDocuments, parameters });
    }
    if !unknown.is_empty() {
        writes.push(Write { sql: Sql::ForgetDocuments, parameters: named(&unknown) });
    }
}

fn written(sql: Sql, documents: &[StoredDocument<'_>], number: i64) -> Parameters {
    let kept = documents.iter().filter_map(|one| one.document);
    let versions: Vec<i64> = kept.clone().map(|document| stored(document.version)).collect();
    let deadlines: Vec<Option<i64>> =
        kept.clone().map(|document| document.deadline.map(|at| at.0)).collect();
    let bodies: Vec<Vec<u8>> = kept.map(|document| document.body.to_vec()).collect();
    let mut parameters = named(documents);
    parameters.push(Box::new(versions));
    parameters.push(Box::new(deadlines));
    parameters.push(Box::new(bodies));
    parameters.push(Box::new(number));
    if sql == Sql::UpdateDocuments {
        let before = befores(documents);
        let count = i64::try_from(before.len()).unwrap_or(i64::MAX);
        parameters.push(Box::new(before));
        parameters.push(Box::new(count));
    }
    parameters
}

fn named(documents: &[StoredDocument<'_>]) -> Parameters {
    let kinds: Vec<String> = documents.iter().map(|one| one.key.kind.to_string()).collect();
    let keys: Vec<Vec<u8>> = documents.iter().map(|one| one.key.key.to_vec()).collect();
    vec![Box::new(kinds), Box::new(keys)]
}

fn befores(documents: &[StoredDocument<'_>]) -> Vec<i64> {
    documents.iter().map(|one| one.before.unwrap_or(0)).collect()
}

fn deadlines(batch: &Batch, writes: &mut Vec<Write>) {
    let mut changes: Vec<(Vec<u8>, Option<i64>)> = batch
        .deadlines
        .iter()
        .map(|change| (encoding::deadline_place(&change.subject), change.at.map(|at| at.0)))
        .collect();
    changes.sort_unstable();
    let (set, lifted): (Vec<_>, Vec<_>) = changes.into_iter().partition(|(_, at)| at.is_some());
    if !set.is_empty() {
        let (subjects, times): (Vec<Vec<u8>>, Vec<Option<i64>>) = set.into_iter().unzip();
        let parameters: Parameters = vec![Box::new(subjects), Box::new(times)];
        writes.push(Write { sql: Sql::SetDeadlines, parameters });
    }
    if !lifted.is_empty() {
        let subjects: Vec<Vec<u8>> = lifted.into_iter().map(|(subject, _)| subject).collect();
        writes.push(Write { sql: Sql::LiftDeadlines, parameters: vec![Box::new(subjects)] });
    }
}

/// Removals first: a row that is answered by this batch is nobody's predecessor any more.
fn outbox(batch: &Batch, node: i64, writes: &mut Vec<Write>) {
    if !batch.removed.is_empty() {
        let ids: BTreeSet<i64> = batch.removed.iter().map(|id| stored(id.0)).collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        writes.push(Write { sql: Sql::RemoveOutbox, parameters: vec![Box::new(ids)] });
    }
    let rows = &batch.outbox;
    if rows.is_empty() {
        return;
    }
    let ids: Vec<i64> = rows.iter().map(|row| stored(row.id.0)).collect();
    let destinations: Vec<String> = rows.iter().map(|row| row.destination.clone()).collect();
    let resources: Vec<String> = rows.iter().map(|row| row.resource.clone()).collect();
    let deadlines: Vec<Option<i64>> = rows.iter().map(|row| row.deadline.map(|at| at.0)).collect();
    let kinds: Vec<i16> = rows.iter().map(|row| i16::from(row.kind)).collect();
    let bodies: Vec<Vec<u8>> = rows.iter().map(|row| row.body.to_vec()).collect();
    let parameters: Parameters = vec![
        Box::new(ids),
        Box::new(destinations),
        Box::new(resources),
        Box::new(deadlines),
        Box::new(kinds),
        Box::new(bodies),
        Box::new(node),
    ];
    writes.push(Write { sql: Sql::InsertOutbox, parameters });
}

/// What was read without a lock and is not written must still be so.
fn checks(batch: &Batch, found: &Found, writes: &mut Vec<Write>) -> Result<(), StoreError> {
    let written: BTreeSet<Key> = batch.rows.iter().map(Row::key).collect();
    let read = found.rows.iter().filter(|(key, _)| !written.contains(*key));
    let mut read: Vec<(Table, Vec<u8>, i64)> = read
        .map(|(key, before)| encoding::row_place(key).map(|(table, place)| (table, place, *before)))
        .collect::<Result<_, StoreError>>()?;
    read.retain(|(table, ..)| !statements::is_locked(*table));
    for table in ROW_TABLES {
        let rows = read.iter().filter(|(other, ..)| *other == table);
        let (places, before): (Vec<Vec<u8>>, Vec<i64>) =
            rows.map(|(_, place, before)| (place.clone(), *before)).unzip();
        if !places.is_empty() {
            let parameters: Parameters = vec![Box::new(places), Box::new(before)];
            writes.push(Write { sql: Sql::Check(table), parameters });
        }
    }
    let written: BTreeSet<&DocumentKey> = batch.documents.iter().map(|(key, _)| key).collect();
    let read = found.documents.iter().filter(|(key, _)| !written.contains(key));
    let read: Vec<StoredDocument<'_>> = read
        .map(|(key, before)| StoredDocument { key, document: None, before: Some(*before) })
        .collect();
    if !read.is_empty() {
        let (mut parameters, before) = (named(&read), befores(&read));
        parameters.push(Box::new(before));
        writes.push(Write { sql: Sql::CheckDocuments, parameters });
    }
    Ok(())
}
