//! One batch in the making: every load and the commit are one round trip each.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use switch::{Key, Timestamp, View};
use tokio::runtime::Handle;
use tokio_postgres::Row as Fetched;

use crate::engine::Table;
use crate::limits::{COMMIT_MAX_MS, OUTBOX_NUMBERS_STEP};
use crate::postgres::session::{Asked, Session, pipeline, within};
use crate::postgres::statements::{self, Sql};
use crate::postgres::write::{self, Write};
use crate::postgres::{Shared, errors, number, reads};
use crate::{
    Batch, BatchId, Claimant, Document, DocumentKey, Notice, OutboxId, StoreError, Transaction,
    Written,
};

pub(crate) struct PostgresTransaction {
    shared: Arc<Shared>,
    /// Taken out when it goes back to the others.
    session: Option<Session>,
    /// Whether a transaction is open on the session, or may be.
    begun: bool,
    id: BatchId,
    now: OnceLock<Timestamp>,
    database_now: Option<i64>,
    numbers: Range<u64>,
    view: View,
    documents: HashMap<DocumentKey, Option<Document>>,
    found: Found,
}

/// The batches that wrote what was loaded; 0 for what is not there.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) rows: BTreeMap<Key, i64>,
    pub(crate) documents: BTreeMap<DocumentKey, i64>,
}

/// What a statement of a load is about.
enum Loaded {
    Rows(Table),
    Documents,
    Draw,
    Nothing,
}

impl PostgresTransaction {
    pub(crate) fn new(shared: Arc<Shared>, session: Session) -> PostgresTransaction {
        let id = shared.next_batch();
        PostgresTransaction {
            shared,
            session: Some(session),
            begun: false,
            id,
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
        // The first load draws the time and the numbers, even if it loads nothing.
        if keys.is_empty() && wanted.is_empty() && self.database_now.is_some() {
            return Ok(());
        }
        let begin = !std::mem::replace(&mut self.begun, true);
        let Some(session) = &self.session else { return Err(over()) };
        let (abouts, asked) = load(session, begin, &keys, &wanted)?;
        let answers = session.answers(asked).await?;
        for key in keys {
            self.found.rows.insert(key.clone(), 0);
            self.view.insert(key, None);
        }
        for key in wanted {
            self.found.documents.insert(key.clone(), 0);
            self.documents.insert(key, None);
        }
        for (about, fetched) in abouts.into_iter().zip(answers) {
            self.take(&about, &fetched)?;
        }
        Ok(())
    }

    fn take(&mut self, about: &Loaded, fetched: &[Fetched]) -> Result<(), StoreError> {
        for one in fetched {
            match about {
                Loaded::Nothing => {}
                Loaded::Rows(table) => {
                    let (row, batch) = reads::row(*table, one)?;
                    self.found.rows.insert(row.key(), batch);
                    self.view.insert(row.key(), Some(row));
                }
                Loaded::Documents => {
                    let (key, document, batch) = reads::document(one);
                    self.found.documents.insert(key.clone(), batch);
                    self.documents.insert(key, Some(document));
                }
                Loaded::Draw => {
                    let first = number(one.get(1));
                    self.database_now = Some(one.get(0));
                    self.numbers = first..first.saturating_add(OUTBOX_NUMBERS_STEP);
                }
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
        let now = self.now();
        let writes = write::statements(&batch, &self.found, self.id, now, &self.shared)?;
        let begin = !std::mem::replace(&mut self.begun, true);
        let Some(session) = self.session.take() else { return Err(over()) };
        if !session.is_usable() {
            return Err(StoreError::Unavailable { reason: "the connection was lost".into() });
        }
        let written = send(&session, begin, batch.lazy, writes).await;
        self.begun = false;
        match written {
            Ok(handed) => {
                self.shared.writers.give_back(session);
                self.shared.syncs.fetch_add(u64::from(!batch.lazy), Ordering::Relaxed);
                Ok(self.told(&handed))
            }
            Err(error) => {
                // A commit that was refused has rolled back; of one that is unknown nobody knows.
                if error != StoreError::UnknownOutcome {
                    self.shared.writers.give_back(session);
                }
                Err(self.shared.noted(error))
            }
        }
    }

    /// Whose the rows are that this node does not deliver at once.
    fn told(&self, handed: &[Fetched]) -> Written {
        let mut holders: Vec<i64> = handed.iter().map(|row| row.get(1)).collect();
        holders.sort_unstable();
        holders.dedup();
        for holder in holders {
            self.shared.tell(Notice::Handed(Claimant(number(holder))));
        }
        let ids = handed.iter().map(|row| OutboxId(number(row.get(0))));
        Written { handed: ids.collect() }
    }
}

fn over() -> StoreError {
    StoreError::Unavailable { reason: "the transaction is over".into() }
}

/// The statements of one load: locks by class and key, then what is read without, then the time.
fn load<'a>(
    session: &'a Session,
    begin: bool,
    keys: &[Key],
    documents: &[DocumentKey],
) -> Result<(Vec<Loaded>, Vec<Asked<'a>>), StoreError> {
    let mut asked: Vec<(Loaded, Asked<'a>)> = Vec::new();
    if begin {
        asked.push((Loaded::Nothing, session.order("BEGIN")));
    }
    let mut places = reads::places(keys)?;
    places.sort_by_key(|(table, _)| !statements::is_locked(*table));
    for (table, places) in places {
        let locked = statements::is_locked(table);
        let sql = if locked { Sql::Lock(table) } else { Sql::Read(table) };
        asked.push((Loaded::Rows(table), session.ask(sql, vec![Box::new(places)])?));
    }
    if !documents.is_empty() {
        let (kinds, keys) = reads::names(documents);
        let question = session.ask(Sql::ReadDocuments, vec![Box::new(kinds), Box::new(keys)])?;
        asked.push((Loaded::Documents, question));
    }
    asked.push((Loaded::Draw, session.ask(Sql::Draw, Vec::new())?));
    Ok(asked.into_iter().unzip())
}

/// Sends the batch and its commit, and returns the outbox rows that are not this node's to send.
async fn send(
    session: &Session,
    begin: bool,
    lazy: bool,
    writes: Vec<Write>,
) -> Result<Vec<Fetched>, StoreError> {
    let mut asked = Vec::new();
    if begin {
        asked.push(session.order("BEGIN"));
    }
    if lazy {
        asked.push(session.order("SET LOCAL synchronous_commit = off"));
    }
    let before = asked.len();
    let outbox = writes.iter().position(|write| write.sql == Sql::InsertOutbox);
    for write in writes {
        asked.push(session.ask(write.sql, write.parameters)?);
    }
    asked.push(session.order("COMMIT"));
    let last = asked.len() - 1;
    let Ok(answers) = within(COMMIT_MAX_MS, pipeline(asked)).await else {
        session.spend();
        return Err(StoreError::UnknownOutcome);
    };
    let mut handed = Vec::new();
    for (index, answer) in answers.into_iter().enumerate() {
        match answer {
            Ok(rows) if outbox.is_some_and(|outbox| outbox + before == index) => handed = rows,
            Ok(_) => {}
            Err(error) => {
                if errors::ends_session(&error) {
                    session.spend();
                }
                // Only an answer to something before the commit says that there was none.
                let refused = errors::is_answer(&error) && index < last;
                tracing::debug!(%error, refused, "a commit failed");
                return Err(if refused {
                    errors::refused(&error)
                } else {
                    session.spend();
                    StoreError::UnknownOutcome
                });
            }
        }
    }
    Ok(handed)
}

impl Transaction for PostgresTransaction {
    fn load<'a>(
        &'a mut self,
        keys: &'a [Key],
        documents: &'a [DocumentKey],
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.read(keys, documents).boxed()
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

    /// 0 when the batch has run out of numbers: it is refused at its commit.
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

impl Drop for PostgresTransaction {
    /// What was locked is let go at once, not when the server notices.
    fn drop(&mut self) {
        let Some(session) = self.session.take() else { return };
        if !self.begun {
            return self.shared.writers.give_back(session);
        }
        let shared = Arc::clone(&self.shared);
        let runtime = Handle::try_current().unwrap_or_else(|_| shared.runtime.clone());
        runtime.spawn(async move {
            if session.answers(vec![session.order("ROLLBACK")]).await.is_ok() {
                shared.writers.give_back(session);
            }
        });
    }
}
