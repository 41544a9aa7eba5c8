//! The scorer: one thread that owns the state of screening, follows the stream, and is asked for
//! verdicts. An attempt is appended, read back in its place among all other events, judged there, and
//! answered once its verdict is on the stream. Who asks waits for its budget and no longer; a scorer
//! that hangs keeps nobody's thread.

use std::sync::Arc;
use std::time::Duration;

use frms::{Attempt, Engine, Event, Verdict, VerdictKey};
use futures_util::future::{BoxFuture, FutureExt, join_all};
use futures_util::stream::{FuturesUnordered, StreamExt};
use thiserror::Error;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::MissedTickBehavior;

use crate::desk::{Asked, Desk};
use crate::elsewhere::Processors;
use crate::journal::{Appending, InProcess, Journal, NotAppended, Read};
use crate::limits::{RETRIES_MAX, TICK_MS};
use crate::snapshots::Snapshots;
use crate::standing::Standing;
use crate::{Entry, Stream};

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

/// What a scorer begins with, and what it is given to work with.
pub struct Beginning {
    /// The state.
    pub engine: Engine,
    /// The number of the last event in it.
    pub position: u64,
    /// Verdicts in it that may not be on the stream.
    pub untold: Vec<VerdictKey>,
    /// Who is asked for the results of rules that are not ours.
    pub processors: Option<Processors>,
    /// Where its state is kept at times.
    pub snapshots: Option<Snapshots>,
    /// What it shows of itself.
    pub standing: Arc<Standing>,
}

impl Beginning {
    /// With this state, at the beginning of the stream.
    pub fn of(engine: Engine) -> Beginning {
        Beginning {
            engine,
            position: 0,
            untold: Vec::new(),
            processors: None,
            snapshots: None,
            standing: Arc::default(),
        }
    }
}

/// Starts a scorer on the stream of this process: it takes in what is there first. It ends when its
/// last client does.
///
/// # Errors
/// No thread is to be had.
pub fn start(stream: Arc<Stream>, engine: Engine, requests: Requests) -> std::io::Result<()> {
    start_on(InProcess::new(stream), Beginning::of(engine), requests)
}

/// Starts a scorer on any stream.
///
/// # Errors
/// No thread is to be had.
pub fn start_on<J: Journal + 'static>(
    journal: J,
    beginning: Beginning,
    requests: Requests,
) -> std::io::Result<()> {
    let Beginning { engine, position, untold, processors, snapshots, standing } = beginning;
    let desk = Desk::new(engine, position, &untold);
    let under_way = FuturesUnordered::new();
    let scorer =
        Scorer { journal, desk, under_way, again: Vec::new(), processors, snapshots, standing };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
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

    pub(crate) fn send(&self, request: Request) -> Result<(), Unavailable> {
        self.requests.try_send(request).map_err(|error| match error {
            TrySendError::Full(_) => Unavailable::Busy,
            TrySendError::Closed(_) => Unavailable::Failed,
        })
    }
}

struct Scorer<J> {
    journal: J,
    desk: Desk,
    under_way: FuturesUnordered<BoxFuture<'static, Done>>,
    /// What the stream has refused, with how often it did: it may have been in between two terms.
    again: Vec<(Work, u8)>,
    processors: Option<Processors>,
    snapshots: Option<Snapshots>,
    standing: Arc<Standing>,
}

/// What has to be on the stream.
#[derive(Debug, Clone)]
enum Work {
    /// A question, with what was said of it elsewhere.
    Attempt(Arc<Attempt>, Vec<Event>),
    /// An answer.
    Verdict(Arc<Verdict>),
}

enum Done {
    /// What rule processors elsewhere said.
    Ruled(Arc<Attempt>, Vec<Event>),
    /// A write has come to an end.
    Written(Work, u8, Result<u64, NotAppended>),
}

impl<J: Journal> Scorer<J> {
    async fn run(mut self, mut requests: Requests) {
        let mut ticks = tokio::time::interval(Duration::from_millis(TICK_MS));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.standing.set_active(self.journal.is_active());
        loop {
            self.standing.turn();
            tokio::select! {
                biased;
                // First: it is seldom due, and would never come behind what is always there.
                _ = ticks.tick() => self.tick().await,
                Some(done) = self.under_way.next() => self.done(done).await,
                read = self.journal.read() => match read {
                    Some(read) => self.take(read).await,
                    None => return,
                },
                request = requests.recv() => match request {
                    Some(request) => self.ask(request).await,
                    None => return,
                },
            }
        }
    }

    async fn ask(&mut self, Request { attempt, reply }: Request) {
        if let Asked::Known = self.desk.ask(&attempt, reply) {
            return;
        }
        let processors = self.processors.as_ref();
        let catalogue = self.desk.engine.catalogue();
        match processors.and_then(|all| all.ask(catalogue, Arc::clone(&attempt))) {
            Some(asked) => {
                let ruled = asked.map(|rulings| Done::Ruled(attempt, rulings));
                self.under_way.push(ruled.boxed());
            }
            None => self.write(Work::Attempt(attempt, Vec::new()), 0).await,
        }
    }

    async fn take(&mut self, read: Read) {
        match read {
            Read::Events(entries) => {
                for entry in &entries {
                    self.take_one(entry).await;
                }
            }
            Read::Term => self.change_role().await,
            Read::Missed(missed) => {
                tracing::error!(missed, "the scorer has missed events");
                self.standing.missed(missed);
            }
        }
    }

    async fn take_one(&mut self, entry: &Entry) {
        let verdicts = self.desk.take(entry);
        self.standing.taken(entry.sequence, &verdicts);
        if self.journal.is_active() {
            for verdict in verdicts {
                self.write(Work::Verdict(verdict), 0).await;
            }
        }
    }

    /// Who has become active says what the one before it did not come to say.
    async fn change_role(&mut self) {
        let is_active = self.journal.is_active();
        if self.standing.set_active(is_active) == is_active {
            return;
        }
        tracing::info!(is_active, position = self.desk.position, "the scorer's role has changed");
        for (work, _) in std::mem::take(&mut self.again) {
            self.let_go(&work);
        }
        if is_active {
            for verdict in self.desk.untold() {
                self.write(Work::Verdict(verdict), 0).await;
            }
        }
    }

    async fn done(&mut self, done: Done) {
        match done {
            Done::Ruled(attempt, rulings) => self.write(Work::Attempt(attempt, rulings), 0).await,
            Done::Written(Work::Verdict(verdict), _, Ok(_)) => self.desk.told(&verdict),
            Done::Written(Work::Attempt(attempt, _), _, Ok(sequence)) => {
                self.desk.written(&attempt, sequence);
            }
            Done::Written(work, tries, Err(NotAppended)) => {
                self.standing.refused();
                match self.journal.is_active() {
                    true => self.again.push((work, tries)),
                    // Who is deposed leaves it to the next one, which knows of it if it is asked.
                    false => self.let_go(&work),
                }
            }
        }
    }

    /// Nothing more is done about it here. A verdict stays untold; whoever waits for an attempt must not
    /// wait for ever, nor be taken for somebody whose attempt is under way.
    fn let_go(&mut self, work: &Work) {
        if let Work::Attempt(attempt, _) = work {
            self.desk.give_up(attempt);
        }
    }

    async fn tick(&mut self) {
        self.desk.forget_impatient();
        self.standing.untold(self.desk.untold_count());
        for (work, tries) in std::mem::take(&mut self.again) {
            match work {
                work if !self.journal.is_active() => self.let_go(&work),
                Work::Verdict(verdict) if self.desk.is_untold(&verdict) => {
                    self.write(Work::Verdict(verdict), tries).await;
                }
                Work::Verdict(_) => {}
                Work::Attempt(attempt, _) if tries >= RETRIES_MAX => self.desk.give_up(&attempt),
                work @ Work::Attempt(..) => self.write(work, tries.saturating_add(1)).await,
            }
        }
        if let Some(snapshots) = &mut self.snapshots {
            snapshots.keep(&self.desk, self.journal.is_active(), &self.standing);
        }
    }

    /// Appends what belongs together, in order; what makes the rest valid comes last.
    async fn write(&mut self, work: Work, tries: u8) {
        let mut appending: Vec<Appending> = Vec::new();
        self.standing.turn();
        match &work {
            Work::Attempt(attempt, rulings) => {
                for ruling in rulings {
                    appending.push(self.journal.append(ruling).await);
                }
                appending.push(self.journal.append(&Event::Attempt(Arc::clone(attempt))).await);
            }
            Work::Verdict(verdict) => {
                for score in verdict.alerts() {
                    let (typology, verdict) = (Arc::clone(&score.typology), Arc::clone(verdict));
                    let alert = Event::Alert { typology, verdict };
                    appending.push(self.journal.append(&alert).await);
                }
                appending.push(self.journal.append(&Event::Verdict(Arc::clone(verdict))).await);
            }
        }
        let written = join_all(appending).map(move |results| {
            let written: Result<Vec<u64>, _> = results.into_iter().collect();
            Done::Written(work, tries, written.map(|all| all.last().copied().unwrap_or(0)))
        });
        self.under_way.push(written.boxed());
    }
}
