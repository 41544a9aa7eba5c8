//! Where a test's store lives, and the clocks it runs on.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use switch::{Rules, Timestamp};
use switch_store::testing::{Memory, SharedMemory};
use switch_store::{
    Clock, CommitError, CommitLoop, Committed, Committer, DeadlineChange, EmbeddedStore, OutboxRow,
    Progress, Sink, SteadyClock, Store, Submission, SystemClock,
};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::server::Database;

/// The wall clock's time at the start of every test.
pub const START: Timestamp = Timestamp(1_790_000_000_000);

/// Clocks that stand still unless they are moved.
#[derive(Default)]
pub struct TestClock {
    wall_ahead_ms: AtomicI64,
    monotonic_ms: AtomicU64,
}

impl TestClock {
    /// Both clocks move on.
    pub fn advance_ms(&self, ms: u64) {
        self.monotonic_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// The wall clock alone is set.
    pub fn step_wall_ms(&self, ms: i64) {
        self.wall_ahead_ms.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn wall(&self) -> Timestamp {
        let elapsed = i64::try_from(self.monotonic_ms()).unwrap();
        START.plus_ms(elapsed + self.wall_ahead_ms.load(Ordering::SeqCst))
    }

    fn monotonic_ms(&self) -> u64 {
        self.monotonic_ms.load(Ordering::SeqCst)
    }
}

/// Where a store survives being closed.
pub enum Place {
    Disk(TempDir),
    Memory(Memory),
    SharedMemory(SharedMemory),
    Postgres(Database),
}

impl Place {
    pub fn disk() -> Place {
        Place::Disk(tempfile::tempdir().unwrap())
    }

    pub fn memory() -> Place {
        Place::Memory(Memory::new())
    }

    /// The model of what several nodes share.
    pub fn shared_memory() -> Place {
        Place::SharedMemory(SharedMemory::new(Arc::new(TestClock::default())))
    }

    /// A database of its own; `None` where PostgreSQL is not installed.
    pub async fn postgres() -> Option<Place> {
        Database::new().await.map(Place::Postgres)
    }

    /// The store that an earlier one in this place has left, once that one is gone.
    pub async fn open(&self, clock: Arc<SteadyClock>) -> Arc<dyn Store> {
        match self {
            Place::Disk(directory) => {
                Arc::new(EmbeddedStore::open(directory.path(), clock).unwrap())
            }
            Place::Memory(memory) => Arc::new(EmbeddedStore::over(memory.clone(), clock).unwrap()),
            Place::SharedMemory(memory) => Arc::new(memory.node_on(clock).unwrap()),
            Place::Postgres(database) => {
                database.deserted().await;
                Arc::new(database.node(clock).await)
            }
        }
    }

    /// One of several nodes over the same store; `None` where one process has it for itself.
    pub async fn node(&self, clock: Arc<SteadyClock>) -> Option<Arc<dyn Store>> {
        match self {
            Place::Disk(_) | Place::Memory(_) => None,
            Place::SharedMemory(memory) => Some(Arc::new(memory.node_on(clock).unwrap())),
            Place::Postgres(database) => Some(Arc::new(database.node(clock).await)),
        }
    }
}

/// A clock of a test's own, and the hub's clock upon it.
pub fn clocks() -> (Arc<TestClock>, Arc<SteadyClock>) {
    let source = Arc::new(TestClock::default());
    (Arc::clone(&source), SteadyClock::new(source))
}

/// A sink that keeps what it is told.
#[derive(Default)]
pub struct Told {
    pub rows: Mutex<Vec<OutboxRow>>,
    pub deadlines: Mutex<Vec<DeadlineChange>>,
}

impl Sink for Told {
    fn committed(&self, rows: Vec<OutboxRow>, deadlines: Vec<DeadlineChange>) {
        self.rows.lock().unwrap().extend(rows);
        self.deadlines.lock().unwrap().extend(deadlines);
    }
}

/// A committer over a store in memory, stepped by the test.
pub struct Stepped {
    pub memory: Memory,
    pub source: Arc<TestClock>,
    pub store: Arc<dyn Store>,
    pub told: Arc<Told>,
    pub committer: Committer,
    pub work: CommitLoop,
}

impl Stepped {
    pub fn new() -> Stepped {
        Stepped::over(Memory::new())
    }

    pub fn over(memory: Memory) -> Stepped {
        let (source, clock) = clocks();
        let store = EmbeddedStore::over(memory.clone(), Arc::clone(&clock)).unwrap();
        let store: Arc<dyn Store> = Arc::new(store);
        let told = Arc::new(Told::default());
        let (committer, work) = Committer::with_loop(
            Arc::clone(&store),
            Rules::default(),
            Arc::clone(&clock),
            Arc::clone(&told) as Arc<dyn Sink>,
        );
        Stepped { memory, source, store, told, committer, work }
    }

    /// Queues all of `submissions` at once, steps until there is nothing to do, and returns the
    /// answers in their order.
    pub async fn batch(&mut self, submissions: Vec<Submission>) -> Vec<Answer> {
        let waiting = self.queue(submissions).await;
        while self.work.step().await == Progress::Worked {}
        answers(waiting).await
    }

    /// The same for one.
    pub async fn one(&mut self, submission: Submission) -> Answer {
        self.batch(vec![submission]).await.remove(0)
    }

    /// Queues all of `submissions` at once.
    pub async fn queue(&self, submissions: Vec<Submission>) -> Vec<JoinHandle<Answer>> {
        let submit = |submission| {
            let committer = self.committer.clone();
            tokio::spawn(async move { Answer(committer.submit(submission).await) })
        };
        let waiting: Vec<_> = submissions.into_iter().map(submit).collect();
        settle(waiting.len()).await;
        waiting
    }
}

/// What a submitter is answered.
#[derive(Debug)]
pub struct Answer(pub Result<Committed, CommitError>);

impl Answer {
    pub fn committed(self) -> Committed {
        self.0.unwrap()
    }

    pub fn error(self) -> CommitError {
        self.0.unwrap_err()
    }
}

pub async fn answers(waiting: Vec<JoinHandle<Answer>>) -> Vec<Answer> {
    let mut answers = Vec::new();
    settle(waiting.len()).await;
    for one in waiting {
        assert!(one.is_finished(), "an answer is owed");
        answers.push(one.await.unwrap());
    }
    answers
}

/// Lets all of `tasks` run up to where they wait, in their order: the runtime has one thread.
pub async fn settle(tasks: usize) {
    for _ in 0..tasks + 2 {
        tokio::task::yield_now().await;
    }
}

/// The machine's monotonic clock with the wall set to [`START`], so that commands of a fixed
/// expiration stay in time.
pub struct YearOfTest(pub SystemClock);

impl Clock for YearOfTest {
    fn wall(&self) -> Timestamp {
        START.plus_ms(i64::try_from(self.0.monotonic_ms()).unwrap())
    }

    fn monotonic_ms(&self) -> u64 {
        self.0.monotonic_ms()
    }
}

/// The machine's clocks with a wall clock that is wrong.
pub struct Shifted(pub SystemClock, pub i64);

impl Clock for Shifted {
    fn wall(&self) -> Timestamp {
        self.0.wall().plus_ms(self.1)
    }

    fn monotonic_ms(&self) -> u64 {
        self.0.monotonic_ms()
    }
}
