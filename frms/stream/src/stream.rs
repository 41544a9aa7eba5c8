//! The stream: events with numbers from 1, the newest [`RETAINED_EVENTS_MAX`] of them kept, in
//! [`RETAINED_BYTES_MAX`] of memory: the oldest go first.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use frms::Event;
use thiserror::Error;
use tokio::sync::watch;

use crate::limits::{RETAINED_BYTES_MAX, RETAINED_EVENTS_MAX};
use crate::weight;

/// One tenant's stream.
#[derive(Debug)]
pub struct Stream {
    tenant: String,
    log: Mutex<Log>,
    last: watch::Sender<u64>,
}

/// An event with its number.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its number; without gaps.
    pub sequence: u64,
    /// The event.
    pub event: Event,
}

/// Somebody else has appended since: read first, then try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the stream is at {last} already")]
pub struct Behind {
    /// The number of the last event.
    pub last: u64,
}

/// A reader was too slow: so many events were not kept for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0} events of the stream were not kept for a slow reader")]
pub struct Missed(pub u64);

#[derive(Debug)]
struct Log {
    /// Each with what it takes.
    entries: VecDeque<(Entry, usize)>,
    last: u64,
    bytes: usize,
    most: usize,
    most_bytes: usize,
}

/// A reader of the subjects that fit a pattern.
#[derive(Debug)]
pub struct Subscription {
    stream: Arc<Stream>,
    changed: watch::Receiver<u64>,
    pattern: String,
    position: u64,
}

impl Stream {
    /// An empty one.
    pub fn new(tenant: impl Into<String>) -> Arc<Stream> {
        Stream::keeping(tenant, RETAINED_EVENTS_MAX, RETAINED_BYTES_MAX)
    }

    /// An empty one that keeps so many events in so many bytes, at most [`RETAINED_EVENTS_MAX`] and
    /// [`RETAINED_BYTES_MAX`]. The newest event is kept whatever it takes.
    pub fn keeping(tenant: impl Into<String>, most: usize, most_bytes: usize) -> Arc<Stream> {
        let most = most.clamp(1, RETAINED_EVENTS_MAX);
        let most_bytes = most_bytes.min(RETAINED_BYTES_MAX);
        let entries = VecDeque::new();
        let log = Mutex::new(Log { entries, last: 0, bytes: 0, most, most_bytes });
        Arc::new(Stream { tenant: tenant.into(), log, last: watch::Sender::new(0) })
    }

    /// Whose it is: a scheme.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The number of the last event; 0 before the first.
    pub fn last(&self) -> u64 {
        self.lock().last
    }

    /// Bytes of memory that the events which it keeps take, about.
    pub fn retained_bytes(&self) -> usize {
        self.lock().bytes
    }

    /// Appends, and returns the event's number. Never waits for a reader.
    pub fn append(&self, event: Event) -> u64 {
        let mut log = self.lock();
        let sequence = log.push(event);
        drop(log);
        self.tell(sequence);
        sequence
    }

    /// Appends if the event with the number `last` still is the last one: what its writer has read
    /// is then all there is.
    ///
    /// # Errors
    /// [`Behind`] if it is not.
    pub fn append_after(&self, last: u64, event: Event) -> Result<u64, Behind> {
        let mut log = self.lock();
        if log.last != last {
            return Err(Behind { last: log.last });
        }
        let sequence = log.push(event);
        drop(log);
        self.tell(sequence);
        Ok(sequence)
    }

    /// At most `most` events with numbers above `position`.
    ///
    /// # Errors
    /// [`Missed`] if the next one is no longer kept.
    pub fn read(&self, position: u64, most: usize) -> Result<Vec<Entry>, Missed> {
        let log = self.lock();
        let Some((first, _)) = log.entries.front() else { return Ok(Vec::new()) };
        let missed = first.sequence.saturating_sub(position.saturating_add(1));
        if missed > 0 {
            return Err(Missed(missed));
        }
        let skip = position.saturating_add(1).saturating_sub(first.sequence);
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let entries = log.entries.iter().skip(skip).take(most);
        Ok(entries.map(|(entry, _)| entry.clone()).collect())
    }

    /// Reads what is appended from now on under subjects that fit `pattern`.
    pub fn subscribe(self: &Arc<Stream>, pattern: &str) -> Subscription {
        Subscription {
            stream: Arc::clone(self),
            changed: self.last.subscribe(),
            pattern: pattern.to_owned(),
            position: self.last(),
        }
    }

    /// Tells when something is appended: the value is the number of the last event.
    pub fn growth(&self) -> watch::Receiver<u64> {
        self.last.subscribe()
    }

    fn tell(&self, sequence: u64) {
        // Two writers may come here in the other order.
        self.last.send_if_modified(|last| {
            let newer = sequence > *last;
            *last = sequence.max(*last);
            newer
        });
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// The subject under which it is published.
    pub fn subject(&self, tenant: &str) -> String {
        self.event.subject(tenant)
    }
}

impl Log {
    fn push(&mut self, event: Event) -> u64 {
        self.last = self.last.saturating_add(1);
        let bytes = weight::bytes(&event);
        self.entries.push_back((Entry { sequence: self.last, event }, bytes));
        self.bytes = self.bytes.saturating_add(bytes);
        while self.entries.len() > self.most || self.bytes > self.most_bytes {
            if self.entries.len() <= 1 {
                break;
            }
            if let Some((_, bytes)) = self.entries.pop_front() {
                self.bytes = self.bytes.saturating_sub(bytes);
            }
        }
        self.last
    }
}

impl Subscription {
    /// The next event that fits; waits for it.
    ///
    /// # Errors
    /// [`Missed`] once, when events were not kept: reading goes on with the oldest that is.
    pub async fn next(&mut self) -> Result<Entry, Missed> {
        loop {
            // Marked before the look, so that nothing appended after it is slept through.
            self.changed.borrow_and_update();
            match self.stream.read(self.position, 1) {
                Ok(entries) => match entries.into_iter().next() {
                    Some(entry) => {
                        self.position = entry.sequence;
                        if frms::matches(&self.pattern, &entry.subject(self.stream.tenant())) {
                            return Ok(entry);
                        }
                    }
                    None => {
                        // The stream is held by this reader, so its sender is there.
                        let _ = self.changed.changed().await;
                    }
                },
                Err(missed) => {
                    self.position = self.position.saturating_add(missed.0);
                    return Err(missed);
                }
            }
        }
    }
}
