//! What is over for longer than ids are kept: moved aside in small steps, so that nobody waits.

use switch::{Row, Timestamp};

use crate::StoreError;
use crate::encoding;
use crate::engine::Table;
use crate::limits::{ARCHIVE_REST_MS, BATCHES_KEPT_MS, TIDIED_AT_ONCE_MAX};
use crate::postgres::session::{Parameters, Session};
use crate::postgres::statements::Sql;
use crate::postgres::{Shared, write};

/// How far the archive has got.
#[derive(Default)]
pub(crate) struct Archiving {
    session: Option<Session>,
    /// The transfers up to this key were looked at for ends that nobody noted.
    looked_up_to: Vec<u8>,
    /// Whether there was one since the first key.
    found: bool,
    /// When the next look begins, on the monotonic clock.
    rests_until_ms: u64,
}

/// Everything that is sent.
const STATEMENTS: [Sql; 6] =
    [Sql::Unnoted, Sql::NoteEnds, Sql::Archive, Sql::Forget, Sql::TidyBatches, Sql::TidyNodes];

impl Shared {
    /// One step: at most `limit` transfers.
    pub(crate) async fn archive(
        &self,
        ended_before: Timestamp,
        limit: usize,
    ) -> Result<usize, StoreError> {
        self.at_work()?;
        if self.version < 2 {
            return Ok(0);
        }
        let mut archiving = self.archiving.lock().await;
        let session = self.archivist(&mut archiving).await?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.note_ends(&session, &mut archiving, limit).await?;
        let moved = counted(&session, Sql::Archive, ended_before, limit).await?;
        self.tidy(&session).await?;
        archiving.session = Some(session);
        Ok(moved)
    }

    /// One step: at most `limit` transfers of the archive are removed. Before its index is there,
    /// none: each step would read the whole archive.
    pub(crate) async fn forget(
        &self,
        ended_before: Timestamp,
        limit: usize,
    ) -> Result<usize, StoreError> {
        self.at_work()?;
        if self.version < 4 {
            return Ok(0);
        }
        let mut archiving = self.archiving.lock().await;
        let session = self.archivist(&mut archiving).await?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let gone = counted(&session, Sql::Forget, ended_before, limit).await?;
        archiving.session = Some(session);
        Ok(gone)
    }

    /// The archive's connection, made anew where it has ended.
    async fn archivist(&self, archiving: &mut Archiving) -> Result<Session, StoreError> {
        match archiving.session.take().filter(Session::is_usable) {
            Some(session) => Ok(session),
            None => self.connector.session(STATEMENTS.to_vec()).await,
        }
    }

    /// Nodes of the release before do not note when a transfer ended: this is done for them, in
    /// passes over all transfers, with a long rest after one that found nothing.
    async fn note_ends(
        &self,
        session: &Session,
        archiving: &mut Archiving,
        limit: i64,
    ) -> Result<(), StoreError> {
        let now_ms = self.clock.monotonic_ms();
        if now_ms < archiving.rests_until_ms {
            return Ok(());
        }
        let after = archiving.looked_up_to.clone();
        let parameters: Parameters = vec![Box::new(after), Box::new(limit)];
        let looked = session.answer(Sql::Unnoted, parameters).await?;
        let mut ended: (Vec<Vec<u8>>, Vec<i64>) = Default::default();
        for row in looked.iter().filter(|row| !row.get::<_, bool>(2)) {
            let transfer: Row = encoding::row_from(Table::Transfers, row.get(1))?;
            if let Some(ended_ms) = write::ended_ms(&transfer) {
                ended.0.push(row.get(0));
                ended.1.push(ended_ms);
            }
        }
        if !ended.0.is_empty() {
            archiving.found = true;
            let parameters: Parameters = vec![Box::new(ended.0), Box::new(ended.1)];
            session.answer(Sql::NoteEnds, parameters).await?;
        }
        match looked.last() {
            Some(last) => archiving.looked_up_to = last.get(0),
            None => {
                let found = std::mem::take(&mut archiving.found);
                let rest_ms = if found { 0 } else { ARCHIVE_REST_MS };
                archiving.rests_until_ms = now_ms.saturating_add(rest_ms);
                archiving.looked_up_to.clear();
            }
        }
        Ok(())
    }

    /// Numbers of batches that nobody will ask for any more, and nodes that have left nothing.
    async fn tidy(&self, session: &Session) -> Result<(), StoreError> {
        let before = self.clock.now().plus_ms(-BATCHES_KEPT_MS).0;
        let batches: Parameters = vec![Box::new(before), Box::new(TIDIED_AT_ONCE_MAX)];
        session.answer(Sql::TidyBatches, batches).await?;
        session.answer(Sql::TidyNodes, vec![Box::new(TIDIED_AT_ONCE_MAX)]).await.map(drop)
    }
}

/// How many rows a statement has taken away.
async fn counted(
    session: &Session,
    sql: Sql,
    ended_before: Timestamp,
    limit: i64,
) -> Result<usize, StoreError> {
    let parameters: Parameters = vec![Box::new(ended_before.0), Box::new(limit)];
    let rows = session.answer(sql, parameters).await?;
    let count = rows.first().map_or(0, |row| row.get::<_, i64>(0));
    Ok(usize::try_from(count).unwrap_or_default())
}
