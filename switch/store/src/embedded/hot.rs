//! The state that nearly every batch reads, in memory: participants, accounts, prefixes and
//! counters whole, open transfers and parties up to a bound, the index of deadlines.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::ops::Bound;

use switch::{Key, Row, Timestamp};

use crate::encoding::{self, LastBatch};
use crate::engine::{Instant, Table};
use crate::limits::{CACHED_ROWS_MAX, SCAN_STEP};
use crate::{Batch, Deadline, DeadlineChange, DeadlineSubject, StoreError};

/// Tables that are held whole: what is not in memory is not stored.
const WHOLE: [Table; 5] = [
    Table::AccountNumberCounter,
    Table::AccountNumbers,
    Table::Participants,
    Table::PartyRanges,
    Table::Accounts,
];

pub(crate) struct Hot<I> {
    pub(crate) last: LastBatch,
    /// What the engine held after `last`: what is read there fits what is read here.
    pub(crate) instant: I,
    pub(crate) deadlines: Deadlines,
    whole: BTreeMap<Key, Row>,
    recent: Recent,
}

/// When what is due, both ways round.
#[derive(Default)]
pub(crate) struct Deadlines {
    by_time: BTreeSet<Deadline>,
    by_subject: HashMap<DeadlineSubject, Timestamp>,
}

/// The rows written or read last of the classes that grow.
#[derive(Default)]
struct Recent {
    rows: HashMap<Key, Row>,
    order: VecDeque<Key>,
}

/// What memory knows of a row.
pub(crate) enum Known<'a> {
    /// It is this.
    Row(&'a Row),
    /// It is not stored.
    Absent,
    /// Ask the engine.
    Unknown,
}

impl<I: Instant> Hot<I> {
    /// Reads everything that is held whole.
    pub(crate) fn read(instant: I) -> Result<Hot<I>, StoreError> {
        let last = instant.get(Table::Meta, super::LAST_BATCH)?;
        let last =
            last.map_or(Ok(LastBatch::NONE), |value| encoding::decode(Table::Meta, &value))?;
        let mut whole = BTreeMap::new();
        for table in WHOLE {
            scan(&instant, table, |_, value| {
                let row = encoding::row_from(table, value)?;
                whole.insert(row.key(), row);
                Ok(())
            })?;
        }
        let mut deadlines = Deadlines::default();
        scan(&instant, Table::Deadlines, |place, value| {
            let Deadline { at, subject } = encoding::deadline_from(place, value)?;
            deadlines.apply(&DeadlineChange { subject, at: Some(at) });
            Ok(())
        })?;
        Ok(Hot { last, instant, deadlines, whole, recent: Recent::default() })
    }

    pub(crate) fn row(&self, key: &Key) -> Known<'_> {
        match self.whole.get(key).or_else(|| self.recent.rows.get(key)) {
            Some(row) => Known::Row(row),
            None if is_whole(key) => Known::Absent,
            None => Known::Unknown,
        }
    }

    /// All rows that are held whole, by key.
    pub(crate) fn whole(&self) -> impl Iterator<Item = &Row> {
        self.whole.values()
    }

    /// What is stored now that `batch` is, whose engine holds `instant`.
    pub(crate) fn apply(&mut self, batch: Batch, last: LastBatch, instant: I) {
        (self.last, self.instant) = (last, instant);
        for change in &batch.deadlines {
            self.deadlines.apply(change);
        }
        for row in batch.rows {
            let key = row.key();
            if is_whole(&key) {
                self.whole.insert(key, row);
            } else if is_open(&row) {
                self.recent.insert(key, row);
            } else {
                self.recent.rows.remove(&key);
            }
        }
    }
}

impl Deadlines {
    pub(crate) fn until(&self, until: Timestamp, limit: usize) -> Vec<Deadline> {
        let due = self.by_time.iter().take_while(|deadline| deadline.at <= until);
        due.take(limit).cloned().collect()
    }

    pub(crate) fn of(&self, subjects: &[DeadlineSubject]) -> Vec<Deadline> {
        let found = subjects.iter().filter_map(|subject| {
            let at = *self.by_subject.get(subject)?;
            Some(Deadline { at, subject: subject.clone() })
        });
        found.collect()
    }

    fn apply(&mut self, change: &DeadlineChange) {
        let DeadlineChange { subject, at } = change.clone();
        if let Some(at) = self.by_subject.remove(&subject) {
            self.by_time.remove(&Deadline { at, subject: subject.clone() });
        }
        if let Some(at) = at {
            self.by_subject.insert(subject.clone(), at);
            self.by_time.insert(Deadline { at, subject });
        }
    }
}

impl Recent {
    fn insert(&mut self, key: Key, row: Row) {
        if self.rows.insert(key.clone(), row).is_none() {
            self.order.push_back(key);
        }
        // `order` may name rows that have gone; it is as long as what was inserted, no longer.
        while self.order.len() > CACHED_ROWS_MAX {
            if let Some(oldest) = self.order.pop_front() {
                self.rows.remove(&oldest);
            }
        }
    }
}

/// Calls `each` with every entry of a table.
pub(crate) fn scan(
    instant: &impl Instant,
    table: Table,
    mut each: impl FnMut(&[u8], &[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut after: Option<Vec<u8>> = None;
    loop {
        let from = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let entries = instant.scan(table, from, Bound::Unbounded, SCAN_STEP)?;
        for entry in &entries {
            each(&entry.key, &entry.value)?;
        }
        match entries.into_iter().last() {
            Some(last) => after = Some(last.key),
            None => return Ok(()),
        }
    }
}

fn is_whole(key: &Key) -> bool {
    match key {
        Key::AccountNumbers | Key::AccountNumber(_) | Key::Account(_) => true,
        Key::Participant(_) | Key::PartyRanges(_) => true,
        Key::FundsMovement(_) | Key::Party(_) | Key::Transfer(_) => false,
    }
}

/// Whether the row is likely to be read again soon.
fn is_open(row: &Row) -> bool {
    match row {
        Row::Transfer(transfer) => !transfer.state.is_final(),
        Row::Party(_) => true,
        _ => false,
    }
}
