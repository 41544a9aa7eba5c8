//! Whose outbox rows are whose: what others' batches have handed to this node, and what nodes that
//! are no more have left.

use std::collections::{BTreeSet, VecDeque};

use crate::limits::{GIVEN_REMEMBERED, TAKEN_OVER_MAX};
use crate::postgres::session::{Parameters, Session};
use crate::postgres::statements::Sql;
use crate::postgres::{Shared, number, reads, stored};
use crate::{Claimant, Notice, OutboxId, OutboxRow, StoreError};

/// What was given out last: its marks are removed with the next call, so that an answer that is
/// lost loses no row, and one that is repeated doubles none.
#[derive(Default)]
pub(crate) struct Given {
    session: Option<Session>,
    ids: Vec<i64>,
    /// What was given out before: whoever asks for the end of an old commit is not told of it again.
    recent: VecDeque<i64>,
}

impl Given {
    fn remember(&mut self) {
        self.recent.extend(&self.ids);
        let beyond = self.recent.len().saturating_sub(GIVEN_REMEMBERED);
        self.recent.drain(..beyond);
    }
}

impl Shared {
    pub(crate) async fn take_over(&self) -> Result<Vec<OutboxRow>, StoreError> {
        self.at_work()?;
        let mut given = self.given.lock().await;
        let session = match given.session.take().filter(Session::is_usable) {
            Some(session) => session,
            None => self.readers.alone().await?,
        };
        // A session that failed is closed, and its transaction with it.
        let rows = self.taken(&session, &mut given.ids).await?;
        given.session = Some(session);
        given.remember();
        Ok(rows)
    }

    pub(crate) async fn ours(&self, rows: &[OutboxId]) -> Result<Vec<OutboxId>, StoreError> {
        // Held, so that nothing is given out between the answer and its reading.
        let given = self.given.lock().await;
        let ids: Vec<i64> = rows.iter().map(|id| stored(id.0)).collect();
        let parameters: Parameters = vec![Box::new(ids), Box::new(self.node())];
        let kept = self.ask(Sql::Ours, parameters).await?;
        let kept = kept.iter().map(|row| row.get::<_, i64>(0));
        let ours = kept.filter(|id| !given.ids.contains(id) && !given.recent.contains(id));
        Ok(ours.map(|id| OutboxId(number(id))).collect())
    }

    async fn taken(
        &self,
        session: &Session,
        given: &mut Vec<i64>,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let node = self.node();
        if given.is_empty() {
            let found = session.answer(Sql::AnythingToTake, vec![Box::new(node)]).await?;
            if !found.first().is_some_and(|row| row.get(0)) {
                return Ok(Vec::new());
            }
        }
        let limit = TAKEN_OVER_MAX;
        let last: Vec<i64> = given.clone();
        let asked = vec![
            session.order("BEGIN"),
            session.ask(Sql::ClearHanded, vec![Box::new(last.clone()), Box::new(node)])?,
            session.ask(Sql::TakeLeft, vec![Box::new(node), Box::new(limit)])?,
            session.ask(Sql::HandOn, vec![Box::new(node)])?,
            session.ask(Sql::Handed, vec![Box::new(node), Box::new(limit), Box::new(last)])?,
            session.order("COMMIT"),
        ];
        let answers = session.answers(asked).await?;
        let rows = answers.get(4).map(Vec::as_slice).unwrap_or_default();
        let rows: Vec<OutboxRow> = rows.iter().map(reads::outbox_row).collect();
        *given = rows.iter().map(|row| stored(row.id.0)).collect();
        let on: BTreeSet<i64> =
            answers.get(3).into_iter().flatten().map(|row| row.get(0)).collect();
        for holder in on {
            self.tell(Notice::Handed(Claimant(number(holder))));
        }
        Ok(rows)
    }
}
