//! A tenant's stream as its scorer sees it: events with rising numbers, which all readers get in the
//! same order; and a way to write that only the active scorer has.

use std::sync::Arc;

use frms::Event;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use thiserror::Error;
use tokio::sync::watch;

use crate::limits::READ_AT_ONCE;
use crate::{Entry, Stream};

/// See the module. Two forms: [`InProcess`], and [`crate::JetStream`] between machines.
pub trait Journal: Send {
    /// What comes next; waits for it. Nothing is lost if the waiting is given up. None: it has ended.
    fn read(&mut self) -> impl Future<Output = Option<Read>> + Send;

    /// Sends an event to be appended, if this scorer is the active one then, after what it sent before.
    /// What is given back tells when it is on the stream.
    fn append(&mut self, event: &Event) -> impl Future<Output = Appending> + Send;

    /// Whether this scorer is the active one, as of what it has read.
    fn is_active(&self) -> bool;
}

/// What a reader gets.
#[derive(Debug, PartialEq)]
pub enum Read {
    /// The next events.
    Events(Vec<Entry>),
    /// Another scorer has become the active one, or this one has.
    Term,
    /// So many events were not kept for this reader.
    Missed(u64),
}

/// A write that is under way: the number of the event on the stream, in the end.
pub type Appending = BoxFuture<'static, Result<u64, NotAppended>>;

/// An event is not known to be on the stream: it was not taken from this scorer as it is now, or nobody
/// answered. It may be sent again: the stream knows it by its id for as long as it knows duplicates, and an
/// engine that reads the same event twice counts it once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the stream has not taken it")]
pub struct NotAppended;

/// The stream in this process: whoever scores on it is active.
#[derive(Debug)]
pub struct InProcess {
    stream: Arc<Stream>,
    growth: watch::Receiver<u64>,
    position: u64,
}

impl InProcess {
    /// From the stream's beginning.
    pub fn new(stream: Arc<Stream>) -> InProcess {
        InProcess { growth: stream.growth(), stream, position: 0 }
    }
}

impl Journal for InProcess {
    async fn read(&mut self) -> Option<Read> {
        loop {
            // Marked before the look, so that nothing appended after it is slept through.
            self.growth.borrow_and_update();
            match self.stream.read(self.position, READ_AT_ONCE) {
                Ok(entries) => {
                    if let Some(last) = entries.last() {
                        self.position = last.sequence;
                        return Some(Read::Events(entries));
                    }
                }
                Err(missed) => {
                    self.position = self.position.saturating_add(missed.0);
                    return Some(Read::Missed(missed.0));
                }
            }
            self.growth.changed().await.ok()?;
        }
    }

    async fn append(&mut self, event: &Event) -> Appending {
        ready(Ok(self.stream.append(event.clone()))).boxed()
    }

    fn is_active(&self) -> bool {
        true
    }
}
