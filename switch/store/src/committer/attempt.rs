//! One attempt at a batch: load, decide each submission on the outcomes of those before, render.
//! Nothing here outlives the attempt; a failed one is made again from the start.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use switch::{
    Command, Currency, Decision, Key, LockClass, Money, Outcome, Refusal, Rules, Timestamp, decide,
};

use crate::committer::overlay::{Overlay, Share};
use crate::committer::queue::Queued;
use crate::limits::{COMMAND_ROWS_MAX, LATE_LOADS_MAX, QUARANTINE_BYTES_MAX};
use crate::{
    Batch, BatchId, CommitError, Committed, DocumentKey, DocumentWrite, Expected, NewOutboxRow,
    OutboxId, QUARANTINE, Rendered, Store, StoreError, Submission, Transaction,
};

/// A batch that is ready to be committed.
pub(crate) struct Attempt {
    pub(crate) transaction: Box<dyn Transaction>,
    pub(crate) id: BatchId,
    /// `None` when there is nothing to write.
    pub(crate) batch: Option<Batch>,
    /// One per submission, in their order; told once the batch is durable.
    pub(crate) results: Vec<Result<Committed, CommitError>>,
}

struct Deciding<'a> {
    transaction: Box<dyn Transaction>,
    rules: &'a Rules,
    now: Timestamp,
    overlay: Overlay,
    put_aside: u32,
}

/// Why one submission is left out.
enum Left {
    /// Its caller is to know.
    Out(CommitError),
    /// It makes us fail: to be put aside.
    Failing(String),
    /// Not its fault: the whole attempt ends.
    Store(StoreError),
}

/// Decides `group` and prepares its batch, which also removes `acknowledged`.
pub(crate) async fn attempt(
    store: &dyn Store,
    rules: &Rules,
    group: &[Queued],
    acknowledged: &[OutboxId],
) -> Result<Attempt, StoreError> {
    let mut transaction = store.begin().await?;
    load(&mut *transaction, group).await?;
    let (now, id) = (transaction.now(), transaction.id());
    let mut overlay = Overlay::default();
    overlay.removed.extend(acknowledged);
    let mut deciding = Deciding { transaction, rules, now, overlay, put_aside: 0 };
    let mut results = Vec::with_capacity(group.len());
    for queued in group {
        results.push(deciding.submission(&queued.submission).await?);
    }
    let Deciding { transaction, overlay, .. } = deciding;
    let batch = (!overlay.is_empty()).then(|| overlay.into_batch());
    Ok(Attempt { transaction, id, batch, results })
}

/// A batch that puts `submission` aside and does nothing else.
pub(crate) async fn put_aside(
    store: &dyn Store,
    rules: &Rules,
    submission: &Submission,
    reason: &str,
) -> Result<(), StoreError> {
    let transaction = store.begin().await?;
    let now = transaction.now();
    let overlay = Overlay::default();
    let mut deciding = Deciding { transaction, rules, now, overlay, put_aside: 0 };
    deciding.put_aside(submission, reason).await?;
    deciding.transaction.commit(deciding.overlay.into_batch()).await.map(drop)
}

/// The two steps that find nearly every row: what the commands name, then what those rows name.
/// Accounts wait for the second step where it may find some, so that each class of rows is locked
/// once, and sorted.
async fn load(transaction: &mut dyn Transaction, group: &[Queued]) -> Result<(), StoreError> {
    let submissions = group.iter().map(|queued| &queued.submission);
    let commands: Vec<&Command> = submissions.clone().flat_map(|one| &one.commands).collect();
    let keys = commands.iter().flat_map(|command| command.keys()).collect();
    let documents = submissions.flat_map(|one| &one.documents).map(|write| write.key.clone());
    let mut documents: Vec<DocumentKey> = documents.collect();
    documents.sort_unstable();
    documents.dedup();
    let keys = transaction.view().missing(keys);
    let waits = |key: &Key| key.class() == LockClass::Account;
    let (accounts, keys) = match commands.iter().all(|command| command.names_all_keys()) {
        true => (Vec::new(), keys),
        false => keys.into_iter().partition(waits),
    };
    transaction.load(&keys, &documents).await?;
    let view = transaction.view();
    let more = commands.iter().flat_map(|command| view.more_keys(command));
    let more = view.missing(more.chain(accounts).collect());
    if more.is_empty() { Ok(()) } else { transaction.load(&more, &[]).await }
}

impl Deciding<'_> {
    async fn submission(
        &mut self,
        submission: &Submission,
    ) -> Result<Result<Committed, CommitError>, StoreError> {
        let mut share = Share::default();
        match self.decided(submission, &mut share).await {
            Ok((decisions, outbox)) => {
                self.overlay.keep(share, self.transaction.view());
                Ok(Ok(self.committed(submission, decisions, outbox)))
            }
            Err(left) => {
                Overlay::take_back(share, self.transaction.view());
                match left {
                    Left::Out(error) => Ok(Err(error)),
                    Left::Store(error) => Err(error),
                    Left::Failing(reason) => {
                        tracing::error!(reason, "a submission is put aside");
                        self.put_aside(submission, &reason).await?;
                        Ok(Err(CommitError::Internal))
                    }
                }
            }
        }
    }

    /// Decides, renders and checks one submission; what it writes is in `share`.
    async fn decided(
        &mut self,
        submission: &Submission,
        share: &mut Share,
    ) -> Result<(Vec<Decision>, Vec<NewOutboxRow>), Left> {
        for write in &submission.documents {
            self.overlay.write(share, write, &*self.transaction).map_err(Left::Out)?;
        }
        let mut decisions = Vec::with_capacity(submission.commands.len());
        for command in &submission.commands {
            let decision = self.command(command).await?;
            self.overlay.apply(share, &decision, self.transaction.view());
            decisions.push(decision);
        }
        let rendered = self.rendered(submission, &decisions)?;
        crate::submission::within_limits(&rendered.documents, &rendered.outbox)
            .map_err(Left::Out)?;
        let keys: Vec<DocumentKey> = rendered.documents.iter().map(|one| one.key.clone()).collect();
        self.transaction.load(&[], &keys).await.map_err(Left::Store)?;
        for write in &rendered.documents {
            self.overlay.write(share, write, &*self.transaction).map_err(Left::Out)?;
        }
        Ok((decisions, rendered.outbox))
    }

    /// Decides one command. Rows that only the outcomes of this batch made known (a number given
    /// out by the command before, say) are loaded when the decision asks for them.
    async fn command(&mut self, command: &Command) -> Result<Decision, Left> {
        for _ in 0..LATE_LOADS_MAX {
            let (rules, now) = (self.rules, self.now);
            let view = &*self.transaction.view();
            let decision = guarded(|| decide(view, command, rules, now))?;
            let Outcome::Refused(Refusal::RowNotLoaded { key }) = &decision.outcome else {
                balanced(&decision)?;
                return Ok(decision);
            };
            let mut keys: Vec<Key> = view.more_keys(command);
            keys.push(Key::clone(key));
            let keys = self.transaction.view().missing(keys);
            self.transaction.load(&keys, &[]).await.map_err(Left::Store)?;
        }
        Err(Left::Failing("a command asks for ever more rows".into()))
    }

    fn rendered(&self, submission: &Submission, decisions: &[Decision]) -> Result<Rendered, Left> {
        match &submission.render {
            Some(render) => guarded(|| render.render(decisions, self.now))?
                .map_err(|error| Left::Failing(format!("not rendered: {error}"))),
            None => Ok(Rendered::default()),
        }
    }

    fn committed(
        &mut self,
        submission: &Submission,
        decisions: Vec<Decision>,
        rendered: Vec<NewOutboxRow>,
    ) -> Committed {
        let claimant = self.transaction.claimant();
        let new = submission.outbox.iter().cloned().chain(rendered);
        let rows = new.map(|row| row.numbered(self.transaction.next_outbox_id(), claimant));
        let outbox: Vec<_> = rows.collect();
        self.overlay.outbox.extend(outbox.iter().cloned());
        self.overlay.removed.extend(&submission.acknowledges);
        Committed { decisions, now: self.now, outbox }
    }

    /// Keeps a submission that makes us fail for an operator. Its commands are shown as they are:
    /// an operator who may read the store may read them.
    async fn put_aside(&mut self, submission: &Submission, reason: &str) -> Result<(), StoreError> {
        let id = self.transaction.id().0.to_be_bytes();
        let name = [id.as_slice(), &self.put_aside.to_be_bytes()].concat();
        let key = DocumentKey::new(QUARANTINE, Bytes::from(name));
        self.put_aside += 1;
        self.transaction.load(&[], std::slice::from_ref(&key)).await?;
        let mut body = Bytes::from(format!("{reason}\n{:#?}\n", submission.commands));
        body.truncate(QUARANTINE_BYTES_MAX);
        let (expected, body) = (Expected::Any, Some(body));
        let write = DocumentWrite { key, expected, body, deadline: None };
        let mut share = Share::default();
        // `Any` cannot conflict.
        let _written = self.overlay.write(&mut share, &write, &*self.transaction);
        self.overlay.keep(share, self.transaction.view());
        Ok(())
    }
}

/// Runs code that may panic on what a caller sent.
fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, Left> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Left::Failing(format!("panicked: {}", text.unwrap_or_default()))
    })
}

/// Double entry and the bound on rows hold for every decision, or it is not written.
fn balanced(decision: &Decision) -> Result<(), Left> {
    if decision.writes.len() > COMMAND_ROWS_MAX {
        return Err(Left::Failing(format!("{} rows in one command", decision.writes.len())));
    }
    let mut sums: BTreeMap<Currency, Money> = BTreeMap::new();
    for posting in &decision.postings {
        let currency = posting.delta.currency();
        let sum = sums.entry(currency).or_insert(Money::zero(currency));
        let total = sum.checked_add(posting.delta);
        *sum = total.map_err(|error| Left::Failing(format!("postings do not add up: {error}")))?;
    }
    match sums.values().find(|sum| sum.units() != 0) {
        Some(sum) => Err(Left::Failing(format!("postings leave {sum:?}"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use switch::{Account, AccountKey, AccountKind, AccountNumber, ParticipantName, Posting, Row};

    use super::*;

    fn decision(rows: usize, deltas: &[(i128, &str)]) -> Decision {
        let key = |currency| AccountKey {
            participant: ParticipantName::hub(),
            currency,
            kind: AccountKind::Position,
        };
        let xts: Currency = "XTS".parse().unwrap();
        let row = Row::Account(Box::new(Account {
            key: key(xts),
            number: AccountNumber(1),
            balance: Money::zero(xts),
            active: true,
            limit: None,
            changed_at: Timestamp(0),
        }));
        let postings = deltas.iter().map(|(units, currency)| {
            let currency = currency.parse().unwrap();
            Posting { account: key(currency), delta: Money::from_units(*units, currency).unwrap() }
        });
        let postings = postings.collect();
        Decision { writes: vec![row; rows], postings, ..Decision::only(Outcome::Accepted) }
    }

    #[test]
    fn postings_sum_to_zero_in_each_currency_or_nothing_is_written() {
        for good in [
            &[][..],
            &[(5, "XTS"), (-5, "XTS")],
            &[(1, "XTS"), (2, "XXX"), (-1, "XTS"), (-2, "XXX")],
        ] {
            assert!(balanced(&decision(1, good)).is_ok(), "{good:?}");
        }
        for bad in [&[(5, "XTS")][..], &[(5, "XTS"), (-4, "XTS")], &[(5, "XTS"), (-5, "XXX")]] {
            assert!(matches!(balanced(&decision(1, bad)), Err(Left::Failing(_))), "{bad:?}");
        }
    }

    #[test]
    fn a_command_writes_a_thousand_rows_and_no_more() {
        assert!(balanced(&decision(COMMAND_ROWS_MAX, &[])).is_ok());
        assert!(matches!(balanced(&decision(COMMAND_ROWS_MAX + 1, &[])), Err(Left::Failing(_))));
    }
}
