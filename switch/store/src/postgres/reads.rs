//! Reads that decide nothing. They take no locks, and wait for none.

use bytes::Bytes;
use switch::{Account, Key, Participant, Row, Timestamp, Transfer, TransferId, View};
use tokio_postgres::Row as Fetched;

use crate::encoding;
use crate::engine::Table;
use crate::postgres::session::{Asked, Parameters};
use crate::postgres::statements::{ROW_TABLES, Sql};
use crate::postgres::{Shared, number, stored};
use crate::{
    BatchId, Claimant, Deadline, DeadlineSubject, Document, DocumentKey, OutboxId, OutboxRow,
    OutboxRows, StoreError,
};

/// The keys of one table's rows, sorted.
pub(crate) type Places = (Table, Vec<Vec<u8>>);

/// Keys by table, in the order of the tables.
pub(crate) fn places(keys: &[Key]) -> Result<Vec<Places>, StoreError> {
    let mut places: Vec<Places> = ROW_TABLES.into_iter().map(|table| (table, Vec::new())).collect();
    for key in keys {
        let (table, place) = encoding::row_place(key)?;
        if let Some((_, places)) = places.iter_mut().find(|(other, _)| *other == table) {
            places.push(place);
        }
    }
    places.retain(|(_, places)| !places.is_empty());
    for (_, places) in &mut places {
        places.sort_unstable();
        places.dedup();
    }
    Ok(places)
}

/// Documents' names in two columns, sorted.
pub(crate) fn names(keys: &[DocumentKey]) -> (Vec<String>, Vec<Vec<u8>>) {
    let mut sorted: Vec<&DocumentKey> = keys.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.into_iter().map(|key| (key.kind.to_string(), key.key.to_vec())).unzip()
}

/// A row and the batch that wrote it.
pub(crate) fn row(table: Table, fetched: &Fetched) -> Result<(Row, i64), StoreError> {
    Ok((encoding::row_from(table, fetched.get(1))?, fetched.get(2)))
}

/// A document and the batch that wrote it.
pub(crate) fn document(fetched: &Fetched) -> (DocumentKey, Document, i64) {
    let (kind, key): (String, &[u8]) = (fetched.get(0), fetched.get(1));
    let body: &[u8] = fetched.get(4);
    let document = Document {
        version: number(fetched.get(2)),
        deadline: fetched.get::<_, Option<i64>>(3).map(Timestamp),
        body: Bytes::copy_from_slice(body),
    };
    (DocumentKey::new(kind, Bytes::copy_from_slice(key)), document, fetched.get(5))
}

/// What an outbox row is to a reader: free where its holder is no more, and then perhaps sent.
pub(crate) fn outbox_row(fetched: &Fetched) -> OutboxRow {
    let (free, attempts): (bool, i32) = (fetched.get(8), fetched.get(5));
    let attempts = u32::try_from(attempts).unwrap_or_default();
    let (kind, body): (i16, &[u8]) = (fetched.get(4), fetched.get(7));
    OutboxRow {
        id: OutboxId(number(fetched.get(0))),
        destination: fetched.get(1),
        resource: fetched.get(2),
        deadline: fetched.get::<_, Option<i64>>(3).map(Timestamp),
        kind: u8::try_from(kind).unwrap_or_default(),
        attempts: attempts.saturating_add(u32::from(free)),
        claimed_by: (!free).then(|| Claimant(number(fetched.get(6)))),
        body: Bytes::copy_from_slice(body),
    }
}

impl Shared {
    /// One statement to one of the reading connections.
    pub(crate) async fn ask(
        &self,
        sql: Sql,
        parameters: Parameters,
    ) -> Result<Vec<Fetched>, StoreError> {
        self.at_work()?;
        self.readers.any().await?.answer(sql, parameters).await
    }

    pub(crate) async fn view(&self, keys: &[Key]) -> Result<View, StoreError> {
        self.at_work()?;
        let session = self.readers.any().await?;
        let places = places(keys)?;
        let tables: Vec<Table> = places.iter().map(|(table, _)| *table).collect();
        let asked: Result<Vec<Asked<'_>>, StoreError> = places
            .into_iter()
            .map(|(table, keys)| session.ask(Sql::Read(table), vec![Box::new(keys)]))
            .collect();
        let answers = session.answers(asked?).await?;
        let mut view = View::new();
        for key in keys {
            view.insert(key.clone(), None);
        }
        for (table, fetched) in tables.into_iter().zip(answers) {
            for one in &fetched {
                let (row, _) = row(table, one)?;
                view.insert(row.key(), Some(row));
            }
        }
        Ok(view)
    }

    pub(crate) async fn transfer(&self, id: TransferId) -> Result<Option<Transfer>, StoreError> {
        let key = Key::Transfer(id);
        let (_, place) = encoding::row_place(&key)?;
        let places = vec![place.clone()];
        let mut found = self.ask(Sql::Read(Table::Transfers), vec![Box::new(places)]).await?;
        let mut value = found.pop().map(|row| row.get::<_, Vec<u8>>(1));
        if value.is_none() && self.version >= 2 {
            let mut archived = self.ask(Sql::Archived, vec![Box::new(place)]).await?;
            value = archived.pop().map(|row| row.get(0));
        }
        let row = value.map(|value| encoding::row_from(Table::Transfers, &value)).transpose()?;
        Ok(match row {
            Some(Row::Transfer(transfer)) => Some(*transfer),
            _ => None,
        })
    }

    pub(crate) async fn participants(&self) -> Result<Vec<Participant>, StoreError> {
        let rows = self.all(Table::Participants).await?;
        let participants = rows.into_iter().filter_map(|row| match row {
            Row::Participant(participant) => Some(participant),
            _ => None,
        });
        Ok(participants.collect())
    }

    pub(crate) async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let rows = self.all(Table::Accounts).await?;
        let accounts = rows.into_iter().filter_map(|row| match row {
            Row::Account(account) => Some(*account),
            _ => None,
        });
        Ok(accounts.collect())
    }

    async fn all(&self, table: Table) -> Result<Vec<Row>, StoreError> {
        let fetched = self.ask(Sql::All(table), Vec::new()).await?;
        let rows = fetched.iter().map(|row| encoding::row_from(table, row.get(0)));
        let mut rows = rows.collect::<Result<Vec<Row>, StoreError>>()?;
        rows.sort_by_cached_key(Row::key);
        Ok(rows)
    }

    pub(crate) async fn document(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError> {
        let (kinds, keys) = names(std::slice::from_ref(key));
        let parameters: Parameters = vec![Box::new(kinds), Box::new(keys)];
        let found = self.ask(Sql::ReadDocuments, parameters).await?;
        Ok(found.first().map(|fetched| document(fetched).1))
    }

    pub(crate) async fn documents(
        &self,
        kind: &str,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<(DocumentKey, Document)>, StoreError> {
        let after = after.map(<[u8]>::to_vec);
        let parameters: Parameters =
            vec![Box::new(kind.to_owned()), Box::new(after), Box::new(rows(limit))];
        let found = self.ask(Sql::ListDocuments, parameters).await?;
        let documents = found.iter().map(|fetched| {
            let (key, document, _) = document(fetched);
            (key, document)
        });
        Ok(documents.collect())
    }

    pub(crate) async fn revision(&self, kind: &str) -> Result<u64, StoreError> {
        let found = self.ask(Sql::Revision, vec![Box::new(kind.to_owned())]).await?;
        let revision = found.first().map_or(0, |row| row.get::<_, i64>(0));
        Ok(u64::from_ne_bytes(revision.to_ne_bytes()))
    }

    pub(crate) async fn deadlines(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Deadline>, StoreError> {
        let parameters: Parameters = vec![Box::new(until.0), Box::new(rows(limit))];
        let found = self.ask(Sql::Deadlines, parameters).await?;
        found.iter().map(deadline).collect()
    }

    pub(crate) async fn still_due(
        &self,
        subjects: &[DeadlineSubject],
    ) -> Result<Vec<Deadline>, StoreError> {
        let places: Vec<Vec<u8>> = subjects.iter().map(encoding::deadline_place).collect();
        let found = self.ask(Sql::StillDue, vec![Box::new(places)]).await?;
        found.iter().map(deadline).collect()
    }

    pub(crate) async fn outbox(
        &self,
        which: OutboxRows,
        after: OutboxId,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let sql = match which {
            OutboxRows::All => Sql::Outbox,
            OutboxRows::Unclaimed => Sql::UnclaimedOutbox,
        };
        let parameters: Parameters = vec![Box::new(stored(after.0)), Box::new(rows(limit))];
        let found = self.ask(sql, parameters).await?;
        Ok(found.iter().map(outbox_row).collect())
    }

    /// Whether a batch took effect; one that did not never will.
    pub(crate) async fn took_effect(&self, id: BatchId) -> Result<bool, StoreError> {
        let parameters: Parameters = vec![Box::new(stored(id.0)), Box::new(self.node())];
        match self.ask(Sql::ResolveBatch, parameters).await?.first() {
            Some(row) => Ok(!row.get::<_, bool>(0)),
            None => {
                let reason = "another node has taken over what this one held".to_owned();
                Err(self.noted(StoreError::Halted { reason }))
            }
        }
    }
}

fn deadline(fetched: &Fetched) -> Result<Deadline, StoreError> {
    let subject = encoding::deadline_subject(fetched.get(0))?;
    Ok(Deadline { at: Timestamp(fetched.get(1)), subject })
}

fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
