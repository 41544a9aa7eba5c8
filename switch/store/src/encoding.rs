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
    Ok(Deadline { at, subject: deadline_subject(place)? })
}

pub(crate) fn deadline_subject(place: &[u8]) -> Result<DeadlineSubject, StoreError> {
    Ok(match place.split_first() {
        Some((&SUBJECT_TRANSFER, id)) => {
            let id = id.try_into().map_err(|_| corrupt(Table::Deadlines))?;
            DeadlineSubject::Transfer(TransferId(u128::from_be_bytes(id)))
        }
        Some((&SUBJECT_DOCUMENT, key)) => DeadlineSubject::Document(document_key(key)?),
        _ => return Err(corrupt(Table::Deadlines)),
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use switch::{
        Cause, Condition, FulfilState, Fulfilment, GroupId, Hash, LateFulfil, Money, PayeeAnswer,
        Refusal, TransferState, Verdict, VerdictReference,
    };

    /// A row as the first version wrote it: format 1, before verdicts were kept.
    const FORMAT_1: &str = concat!(
        "010707013705706179657205706179656590a10f58545301010101010101010101010101010101010101",
        "010101010101010101010101010202020202020202020202020202020202020202020202020202020202",
        "020202904ec03ec03e06d00f01c23e010303030303030303030303030303030303030303030303030303",
        "0303030303030101010404040404040404040404040404040404040404040404040404040404040404f0",
        "2e0100150104040404040404040404040404040404040404040404040404040404040404040100c43e",
    );
    /// The same as it is written now, of a transfer that was held.
    const FORMAT_2: &str = concat!(
        "020707013705706179657205706179656590a10f58545301010101010101010101010101010101010101",
        "010101010101010101010101010202020202020202020202020202020202020202020202020202020202",
        "020202904ec03ec03e07d00f01c23e010303030303030303030303030303030303030303030303030303",
        "0303030303030101010404040404040404040404040404040404040404040404040404040404040404f0",
        "2e0100150104040404040404040404040404040404040404040404040404040404040404040100c43e03",
        "0109766572646963742f37",
    );

    fn transfer() -> Transfer {
        Transfer {
            id: TransferId(7),
            group: GroupId(7),
            spelling: "7".to_owned(),
            payer: "payer".parse().unwrap(),
            payee: "payee".parse().unwrap(),
            money: Money::amount("12.5", "XTS".parse().unwrap()).unwrap(),
            condition: Condition([1; 32]),
            hash: Hash([2; 32]),
            expiration: Timestamp(5_000),
            expires_at: Timestamp(4_000),
            due_at: Timestamp(4_000),
            state: TransferState::ExpiredReserved,
            prepared_at: Timestamp(1_000),
            ended_at: Some(Timestamp(4_001)),
            payee_answer: Some(PayeeAnswer {
                hash: Hash([3; 32]),
                state: Some(FulfilState::Reserved),
                fulfilment: Some(Fulfilment([4; 32])),
                completed_at: Timestamp(3_000),
            }),
            cause: Some(Cause::Hub(Refusal::TransferExpired)),
            late_fulfil: Some(LateFulfil {
                fulfilment: Fulfilment([4; 32]),
                meets_condition: true,
                state: FulfilState::Committed,
                arrived_at: Timestamp(4_002),
            }),
            verdict: Verdict::NotScreened,
            verdict_reference: None,
        }
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn bytes(hex: &str) -> Vec<u8> {
        let pair = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(pair).collect()
    }

    /// What is on disk already must be read by every later version: these bytes never change.
    #[test]
    fn stored_transfers_of_both_formats_are_read() {
        let old = transfer_from(&bytes(FORMAT_1)).unwrap();
        assert_eq!(*old, transfer());
        let reference = VerdictReference::try_from(b"verdict/7".to_vec()).unwrap();
        let state = TransferState::Held;
        let held = Transfer {
            state,
            verdict: Verdict::Hold,
            verdict_reference: Some(reference),
            ..transfer()
        };
        let row = Row::Transfer(Box::new(held.clone()));
        assert_eq!(hex(&row_value(&row).unwrap()), FORMAT_2);
        assert_eq!(*transfer_from(&bytes(FORMAT_2)).unwrap(), held);
    }

    #[test]
    fn a_transfer_of_another_format_or_length_is_refused() {
        let stored = bytes(FORMAT_1);
        let longer = [stored.as_slice(), &[0]].concat();
        let (shorter, unknown) = (&stored[..stored.len() - 1], [&[3], &stored[1..]].concat());
        for damaged in [&[], longer.as_slice(), shorter, unknown.as_slice()] {
            assert!(transfer_from(damaged).is_err(), "{}", hex(damaged));
        }
    }

    /// Enums are stored by the place of their variant: a new one goes to the end of its list.
    #[test]
    fn variants_keep_their_places() {
        fn place(value: &impl Serialize) -> u8 {
            postcard_bytes(value).unwrap()[0]
        }
        use TransferState as S;
        let states = [S::Invalid, S::AbortedRejected, S::Reserved, S::ReservedForwarded];
        let states = states.into_iter().chain([S::Committed, S::AbortedError, S::ExpiredReserved]);
        let states: Vec<u8> =
            states.chain([S::Held, S::ExpiredPrepared]).map(|state| place(&state)).collect();
        assert_eq!(states, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        use Verdict as V;
        let verdicts = [V::NotScreened, V::Allowed, V::Blocked, V::Hold];
        assert_eq!(verdicts.map(|verdict| place(&verdict)), [0, 1, 2, 3]);
        let said = [FulfilState::Committed, FulfilState::Reserved];
        assert_eq!(said.map(|state| place(&state)), [0, 1]);
        let by_hub = Cause::Hub(Refusal::InsufficientLiquidity);
        assert_eq!(postcard_bytes(&by_hub).unwrap(), [0, 15]);
        for (refusal, expected) in REFUSALS {
            assert_eq!(place(refusal), *expected, "{refusal:?}");
        }
    }

    /// The first and the last one of each group, and all that end a transfer of themselves.
    const REFUSALS: &[(Refusal, u8)] = &[
        (Refusal::ModifiedRequest, 0),
        (Refusal::ExpirationPast, 8),
        (Refusal::NoTimeLeft, 9),
        (Refusal::OnUsTransfer, 10),
        (Refusal::InsufficientLiquidity, 15),
        (Refusal::NetDebitCap, 16),
        (Refusal::BlockedByScreening, 18),
        (Refusal::SourceIsNotPayee, 20),
        (Refusal::TransferExpired, 21),
        (Refusal::DestinationIsNotPayer, 22),
        (Refusal::InvalidFulfilment, 24),
        (Refusal::NotReserved, 25),
        (Refusal::NeverSent, 26),
        (Refusal::NotAParty, 28),
        (Refusal::ParticipantInactive, 46),
        (Refusal::BalanceBound, 56),
        (Refusal::LedgerInconsistent, 58),
        (Refusal::NotHeld, 59),
    ];
}
