//! How keys and rows are written: postcard behind one byte of format version; opaque bodies follow
//! their header as they are.

use std::borrow::Cow;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use switch::{Key, Row, Timestamp, Transfer, TransferId};

use crate::engine::Table;
use crate::{
    BatchId, Claimant, Deadline, DeadlineSubject, Document, DocumentKey, OutboxId, OutboxRow,
    StoreError,
};

/// The version of everything below. A row of another version is refused, never guessed at.
pub(crate) const FORMAT: u8 = 1;
/// The version of transfers: since 2 they end with the verdict of screening and its reference.
const TRANSFER_FORMAT: u8 = 2;
/// What a transfer of [`FORMAT`] lacks at its end, as postcard writes it: not screened, no reference.
const TRANSFER_NOT_SCREENED: [u8; 2] = [0, 0];

const SUBJECT_TRANSFER: u8 = b't';
const SUBJECT_DOCUMENT: u8 = b'd';

/// What the last batch left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastBatch {
    pub(crate) id: u64,
    pub(crate) now: Timestamp,
    pub(crate) outbox: OutboxId,
}

#[derive(Serialize, Deserialize)]
struct DocumentHeader {
    version: u64,
    deadline: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct OutboxHeader {
    destination: String,
    resource: String,
    deadline: Option<Timestamp>,
    kind: u8,
    claimed_by: Option<Claimant>,
}

impl LastBatch {
    /// Before the first batch.
    pub(crate) const NONE: LastBatch =
        LastBatch { id: 0, now: Timestamp(i64::MIN), outbox: OutboxId(0) };

    pub(crate) fn next(self) -> BatchId {
        BatchId(self.id + 1)
    }
}

/// Where a row is kept.
pub(crate) fn row_place(key: &Key) -> Result<(Table, Vec<u8>), StoreError> {
    Ok(match key {
        Key::FundsMovement(id) => (Table::FundsMovements, id_bytes(*id)),
        Key::AccountNumbers => (Table::AccountNumberCounter, b"next".to_vec()),
        Key::AccountNumber(number) => (Table::AccountNumbers, number.0.to_be_bytes().to_vec()),
        Key::Participant(name) => (Table::Participants, name.as_str().as_bytes().to_vec()),
        Key::Party(id) => (Table::Parties, postcard_bytes(id)?),
        Key::PartyRanges(kind) => (Table::PartyRanges, kind.as_str().as_bytes().to_vec()),
        Key::Transfer(id) => (Table::Transfers, id_bytes(*id)),
        Key::Account(key) => (Table::Accounts, postcard_bytes(key)?),
    })
}

/// A row as it is stored.
pub(crate) fn row_value(row: &Row) -> Result<Vec<u8>, StoreError> {
    match row {
        Row::FundsMovement(row) => encode(row),
        Row::AccountNumbers(row) => encode(row),
        Row::AccountNumber(row) => encode(row),
        Row::Participant(row) => encode(row),
        Row::Party(row) => encode(row),
        Row::PartyRanges(row) => encode(row),
        Row::Transfer(row) => encode_as(TRANSFER_FORMAT, row),
        Row::Account(row) => encode(row),
    }
}

/// The row of `table` that is stored as `value`.
pub(crate) fn row_from(table: Table, value: &[u8]) -> Result<Row, StoreError> {
    Ok(match table {
        Table::FundsMovements => Row::FundsMovement(decode(table, value)?),
        Table::AccountNumberCounter => Row::AccountNumbers(decode(table, value)?),
        Table::AccountNumbers => Row::AccountNumber(decode(table, value)?),
        Table::Participants => Row::Participant(decode(table, value)?),
        Table::Parties => Row::Party(decode(table, value)?),
        Table::PartyRanges => Row::PartyRanges(decode(table, value)?),
        Table::Transfers => Row::Transfer(transfer_from(value)?),
        Table::Accounts => Row::Account(decode(table, value)?),
        Table::Meta | Table::Documents | Table::Outbox | Table::Deadlines => {
            return Err(corrupt(table));
        }
    })
}

/// Format version, then postcard.
pub(crate) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    encode_as(FORMAT, value)
}

fn encode_as<T: Serialize>(format: u8, value: &T) -> Result<Vec<u8>, StoreError> {
    let mut bytes = vec![format];
    bytes.extend(postcard_bytes(value)?);
    Ok(bytes)
}

/// The other way; nothing may be left over.
pub(crate) fn decode<T: DeserializeOwned>(table: Table, value: &[u8]) -> Result<T, StoreError> {
    let (decoded, rest) = decode_front(table, value)?;
    if rest.is_empty() { Ok(decoded) } else { Err(corrupt(table)) }
}

/// All documents of `kind` have keys that begin so.
pub(crate) fn document_prefix(kind: &str) -> Vec<u8> {
    let mut bytes = kind.as_bytes().to_vec();
    bytes.push(0);
    bytes
}

pub(crate) fn document_place(key: &DocumentKey) -> Vec<u8> {
    let mut bytes = document_prefix(&key.kind);
    bytes.extend_from_slice(&key.key);
    bytes
}

pub(crate) fn document_key(place: &[u8]) -> Result<DocumentKey, StoreError> {
    let end = place.iter().position(|byte| *byte == 0).ok_or(corrupt(Table::Documents))?;
    let (kind, key) = place.split_at(end);
    let kind = String::from_utf8(kind.to_vec()).map_err(|_| corrupt(Table::Documents))?;
    Ok(DocumentKey::new(kind, Bytes::copy_from_slice(key.get(1..).unwrap_or_default())))
}

pub(crate) fn document_value(document: &Document) -> Result<Vec<u8>, StoreError> {
    let header = DocumentHeader { version: document.version, deadline: document.deadline };
    let mut bytes = encode(&header)?;
    bytes.extend_from_slice(&document.body);
    Ok(bytes)
}

pub(crate) fn document_from(value: &[u8]) -> Result<Document, StoreError> {
    let (header, body) = decode_front::<DocumentHeader>(Table::Documents, value)?;
    let DocumentHeader { version, deadline } = header;
    Ok(Document { version, deadline, body: Bytes::copy_from_slice(body) })
}

pub(crate) fn outbox_place(id: OutboxId) -> Vec<u8> {
    id.0.to_be_bytes().to_vec()
}

pub(crate) fn outbox_value(row: &OutboxRow) -> Result<Vec<u8>, StoreError> {
    let mut bytes = encode(&OutboxHeader {
        destination: row.destination.clone(),
        resource: row.resource.clone(),
        deadline: row.deadline,
        kind: row.kind,
        claimed_by: row.claimed_by,
    })?;
    bytes.extend_from_slice(&row.body);
    Ok(bytes)
}

/// The row as `reader` sees it: what another run had claimed is free, and may have been sent.
pub(crate) fn outbox_from(
    place: &[u8],
    value: &[u8],
    reader: Claimant,
) -> Result<OutboxRow, StoreError> {
    let id = u64::from_be_bytes(place.try_into().map_err(|_| corrupt(Table::Outbox))?);
    let (header, body) = decode_front::<OutboxHeader>(Table::Outbox, value)?;
    let claimed_by = header.claimed_by.filter(|claimant| *claimant == reader);
    Ok(OutboxRow {
        id: OutboxId(id),
        destination: header.destination,
        resource: header.resource,
        deadline: header.deadline,
        kind: header.kind,
        attempts: u32::from(claimed_by.is_none()),
        claimed_by,
        body: Bytes::copy_from_slice(body),
    })
}

pub(crate) fn deadline_place(subject: &DeadlineSubject) -> Vec<u8> {
    let (tag, rest) = match subject {
        DeadlineSubject::Transfer(id) => (SUBJECT_TRANSFER, id_bytes(*id)),
        DeadlineSubject::Document(key) => (SUBJECT_DOCUMENT, document_place(key)),
    };
    [&[tag], rest.as_slice()].concat()
}

pub(crate) fn deadline_from(place: &[u8], value: &[u8]) -> Result<Deadline, StoreError> {
    let at = decode(Table::Deadlines, value)?;
    let subject = match place.split_first() {
        Some((&SUBJECT_TRANSFER, id)) => {
            let id = id.try_into().map_err(|_| corrupt(Table::Deadlines))?;
            DeadlineSubject::Transfer(TransferId(u128::from_be_bytes(id)))
        }
        Some((&SUBJECT_DOCUMENT, key)) => DeadlineSubject::Document(document_key(key)?),
        _ => return Err(corrupt(Table::Deadlines)),
    };
    Ok(Deadline { at, subject })
}

fn transfer_from(value: &[u8]) -> Result<Box<Transfer>, StoreError> {
    let damaged = || corrupt(Table::Transfers);
    let (format, rest) = value.split_first().ok_or_else(damaged)?;
    let bytes = match *format {
        TRANSFER_FORMAT => Cow::Borrowed(rest),
        FORMAT => Cow::Owned([rest, &TRANSFER_NOT_SCREENED].concat()),
        _ => return Err(damaged()),
    };
    match postcard::take_from_bytes(&bytes) {
        Ok((transfer, [])) => Ok(transfer),
        _ => Err(damaged()),
    }
}

fn decode_front<T: DeserializeOwned>(table: Table, value: &[u8]) -> Result<(T, &[u8]), StoreError> {
    match value.split_first() {
        Some((&FORMAT, rest)) => postcard::take_from_bytes(rest).map_err(|_| corrupt(table)),
        _ => Err(corrupt(table)),
    }
}

fn postcard_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    postcard::to_stdvec(value).map_err(|error| StoreError::Constraint { reason: error.to_string() })
}

fn id_bytes(id: TransferId) -> Vec<u8> {
    id.0.to_be_bytes().to_vec()
}

fn corrupt(table: Table) -> StoreError {
    StoreError::Corrupt { table: table.name() }
}
