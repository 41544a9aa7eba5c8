//! The scorer: one thread that owns the state of screening, follows the stream, and is asked for
//! verdicts. Who asks waits for its budget and no longer; a scorer that hangs keeps nobody's thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use frms::{Attempt, Engine, Event, Verdict};
use thiserror::Error;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

use crate::{Entry, Stream};

/// How many events it reads at once.
const READ_AT_ONCE: usize = 1_024;

/// An attempt that is to be judged.
#[derive(Debug)]
pub struct Request {
    /// What.
    pub attempt: Arc<Attempt>,
    /// Who waits; dropped unanswered, it means that the scorer failed.
    pub reply: Option<oneshot::Sender<Arc<Verdict>>>,
}

/// What waits for a scorer.
pub type Requests = mpsc::Receiver<Request>;

/// Asks a scorer; cheap to copy.
#[derive(Debug, Clone)]
pub struct Client {
    requests: mpsc::Sender<Request>,
}

/// Why there is no verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum Unavailable {
    /// Too many attempts wait for the scorer.
    #[error("too many attempts wait for the scorer")]
    Busy,
    /// It did not answer within the budget.
    #[error("the scorer did not answer within the budget")]
    Late,
    /// It failed on this attempt, or is gone.
    #[error("the scorer failed")]
    Failed,
}

/// A client, and what it asks: for whoever is to answer.
pub fn channel(queue: usize) -> (Client, Requests) {
    let (requests, waiting) = mpsc::channel(queue.max(1));
    (Client { requests }, waiting)
}

/// Starts a scorer on the stream: it takes in what is there first. It ends when its last client does.
///
/// # Errors
/// No thread is to be had.
pub fn start(stream: Arc<Stream>, engine: Engine, requests: Requests) -> std::io::Result<()> {
    let scorer = Scorer { stream, engine, position: 0 };
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let run = move || runtime.block_on(scorer.run(requests));
    std::thread::Builder::new().name("scorer".to_owned()).spawn(run)?;
    Ok(())
}

impl Client {
    /// The verdict on an attempt, if it comes within the budget. The attempt is judged and recorded
    /// even if it does not.
    ///
    /// # Errors
    /// [`Unavailable`], with the reason to count.
    pub async fn screen(
        &self,
        attempt: Arc<Attempt>,
        budget: Duration,
    ) -> Result<Arc<Verdict>, Unavailable> {
        let (reply, verdict) = oneshot::channel();
        self.send(Request { attempt, reply: Some(reply) })?;
        match tokio::time::timeout(budget, verdict).await {
            Ok(Ok(verdict)) => Ok(verdict),
            Ok(Err(_)) => Err(Unavailable::Failed),
            Err(_) => Err(Unavailable::Late),
        }
    }

    /// Has an attempt judged and recorded without waiting for it.
    ///
    /// # Errors
    /// [`Unavailable::Busy`] or [`Unavailable::Failed`]: it will not be.
    pub fn observe(&self, attempt: Arc<Attempt>) -> Result<(), Unavailable> {
        self.send(Request { attempt, reply: None })
    }

    fn send(&self, request: Request) -> Result<(), Unavailable> {
        self.requests.try_send(request).map_err(|error| match error {
            TrySendError::Full(_) => Unavailable::Busy,
            TrySendError::Closed(_) => Unavailable::Failed,
        })
    }
}

struct Scorer {
    stream: Arc<Stream>,
    engine: Engine,
    position: u64,
}

impl Scorer {
    async fn run(mut self, mut requests: Requests) {
        let mut growth = self.stream.growth();
        loop {
            growth.borrow_and_update();
            self.catch_up();
            tokio::select! {
                biased;
                request = requests.recv() => match request {
                    Some(request) => self.answer(request),
                    None => return,
                },
                // The stream is held here, so its sender is there.
                _ = growth.changed() => {}
            }
        }
    }

    fn answer(&mut self, Request { attempt, reply }: Request) {
        // What a rule breaks, it breaks for this attempt: judging changes nothing before it is done,
        // and dropping `reply` tells the asker.
        let judged = catch_unwind(AssertUnwindSafe(|| self.screen(&attempt)));
        match (judged, reply) {
            (Ok(Some(verdict)), Some(reply)) => {
                // Who asked may have given up.
                let _ = reply.send(verdict);
            }
            (Ok(_), _) => {}
            (Err(_), _) => tracing::error!(attempt = %attempt.id, "screening failed: a defect"),
        }
    }

    fn screen(&mut self, attempt: &Arc<Attempt>) -> Option<Arc<Verdict>> {
        let event = Event::Attempt(Arc::clone(attempt));
        let sequence = loop {
            self.catch_up();
            let known = self.engine.known(attempt.id, attempt.hash, attempt.point);
            if known.is_some() {
                return known;
            }
            if let Ok(sequence) = self.stream.append_after(self.position, event.clone()) {
                break sequence;
            }
        };
        self.position = sequence;
        let verdicts = self.engine.apply(sequence, &event);
        self.publish(&verdicts);
        verdicts.into_iter().next()
    }

    fn publish(&self, verdicts: &[Arc<Verdict>]) {
        for verdict in verdicts {
            self.stream.append(Event::Verdict(Arc::clone(verdict)));
            for score in verdict.alerts() {
                let (typology, verdict) = (Arc::clone(&score.typology), Arc::clone(verdict));
                self.stream.append(Event::Alert { typology, verdict });
            }
        }
    }

    /// Takes in one event; what a rule breaks, it breaks for this one.
    fn take(&mut self, entry: &Entry) -> Vec<Arc<Verdict>> {
        let taken =
            catch_unwind(AssertUnwindSafe(|| self.engine.apply(entry.sequence, &entry.event)));
        taken.unwrap_or_else(|_| {
            tracing::error!(sequence = entry.sequence, "screening failed on an event: a defect");
            Vec::new()
        })
    }

    /// Takes in what others have appended.
    fn catch_up(&mut self) {
        loop {
            match self.stream.read(self.position, READ_AT_ONCE) {
                Ok(entries) if entries.is_empty() => return,
                Ok(entries) => {
                    for entry in entries {
                        self.position = entry.sequence;
                        let verdicts = self.take(&entry);
                        self.publish(&verdicts);
                    }
                }
                Err(missed) => {
                    tracing::error!(missed = missed.0, "the scorer has missed events");
                    self.position = self.position.saturating_add(missed.0);
                }
            }
        }
    }
}
