//! The other nodes over the same store, as gateway/src/fellows.rs has it: what they hand over or leave
//! behind is taken up.

use std::rc::Rc;

use switch_store::{CommitError, Deadline, DeadlineSubject, StoreError, Submission};

use super::rows::Item;
use super::{Node, Wish};
use crate::sim::world::Sabotage;

const OVERDUE_MS: i64 = 500;
const DUE_AT_ONCE_MAX: usize = 256;

/// One look at what others have left.
pub async fn look(node: Rc<Node>) {
    node.looking.set(true);
    let looked = match rows(&node).await {
        Ok(()) => deadlines(&node).await,
        Err(error) => Err(error),
    };
    node.looking.set(false);
    if let Err(StoreError::Halted { .. }) = looked {
        node.wish(Wish::Deposed);
    }
}

/// Deals with those of this node's deadlines that still stand.
pub async fn attend(node: Rc<Node>, due: Vec<DeadlineSubject>) {
    let now = node.now();
    let standing = node.store.still_due(&due).await;
    let mut timers = node.timers.borrow_mut();
    let Ok(standing) = standing else {
        let at = now.plus_ms(1_000);
        return due.into_iter().for_each(|subject| timers.again(subject, at));
    };
    let (due, later): (Vec<Deadline>, _) =
        standing.into_iter().partition(|deadline| deadline.at <= now);
    for Deadline { at, subject } in later {
        timers.again(subject, at);
    }
    let taken = timers.take(due);
    drop(timers);
    node.attend(taken);
}

async fn rows(node: &Rc<Node>) -> Result<(), StoreError> {
    if node.scheme.sabotage == Some(Sabotage::LeaveTheDead) {
        return Ok(());
    }
    let rows = node.store.take_over().await?;
    if rows.is_empty() {
        return Ok(());
    }
    // An earlier row of the lane may have been committed here and not have reached delivery yet.
    while let Err(error) = node.committer.submit(Submission::default()).await {
        if error == CommitError::Halted {
            return Ok(());
        }
    }
    rows.into_iter().for_each(|row| node.wish(Wish::Send(Box::new(Item::of(row)))));
    Ok(())
}

async fn deadlines(node: &Rc<Node>) -> Result<(), StoreError> {
    if node.scheme.sabotage == Some(Sabotage::ForgetDeadlines) {
        return Ok(());
    }
    let until = node.now().plus_ms(-OVERDUE_MS);
    let overdue = node.store.deadlines(until, DUE_AT_ONCE_MAX).await?;
    let taken = node.timers.borrow_mut().take(overdue);
    node.attend(taken);
    Ok(())
}
