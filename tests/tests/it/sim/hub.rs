//! The hub's process: the production committer over the production store, the two doors, delivery
//! and timers, from one start to the next crash. Its tasks are futures that are polled by hand.

pub mod fellows;
pub mod rows;
pub mod side;
pub mod switching;
mod timers;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use causeway_translate::BankRecord;
use fspiop::amount::CurrencyList;
use fspiop::deadline::Profile;
use fspiop::error::ErrorCode;
use switch::{Command, Timestamp};
use switch_store::testing::SharedNode;
use switch_store::{
    Claimant, Clock, CommitLoop, Committer, DeadlineChange, DeadlineSubject, Notice, OutboxId,
    OutboxRow, OutboxRows, Progress, Sink, SteadyClock, Store, StoreError,
};
use tokio::sync::broadcast;

use super::ledger::{Ledger, Opened};
use super::network::Message;
use super::world::{START_MS, Sabotage};
use rows::{Attempted, Delivery, Ending, Item, Kind};
use timers::Timers;

/// The kind of what an operator has to look at.
pub const RECONCILIATION: &str = "reconciliation";

/// The machine's clocks: the wall may step.
#[derive(Debug, Default)]
pub struct Clocks {
    pub now_ms: AtomicU64,
    pub wall_ahead_ms: AtomicI64,
}

/// What does not change in a simulation.
pub struct Scheme {
    pub records: Vec<BankRecord>,
    pub currencies: CurrencyList,
    pub profile: &'static Profile,
    pub sabotage: Option<Sabotage>,
}

/// What the tasks of one life share.
pub struct Node {
    pub scheme: Rc<Scheme>,
    pub clock: Arc<SteadyClock>,
    pub store: Arc<dyn Store>,
    pub committer: Committer,
    /// Its side of a shared server.
    pub member: Option<Arc<SharedNode>>,
    /// Whether it is looking at what others have left.
    pub looking: Cell<bool>,
    pub timers: RefCell<Timers>,
    wishes: RefCell<Vec<Wish>>,
    spawned: RefCell<Vec<Task>>,
    has_acknowledged: Cell<bool>,
}

/// What a task wants the world to do.
#[derive(Debug)]
pub enum Wish {
    /// Answer an exchange.
    Respond { exchange: u64, status: u16, message: Box<Message> },
    /// Deliver something that lives in memory only.
    Send(Box<Item>),
    /// An attempt has come to this.
    Attempted(Box<Item>, Attempted),
    /// Others have taken over what this node held: it must be started again.
    Deposed,
}

/// One life of the process.
pub struct Hub {
    pub life: u64,
    pub node: Rc<Node>,
    pub delivery: Delivery,
    work: Work,
    told: Arc<Told>,
    tasks: Vec<Task>,
    notices: Option<broadcast::Receiver<Notice>>,
}

/// The committer's loop, between two of its steps or within one.
enum Work {
    Rests(Box<CommitLoop>),
    Steps(Step),
    Ended,
}

type Step = Pin<Box<dyn Future<Output = (Box<CommitLoop>, Progress)>>>;

struct Task(Pin<Box<dyn Future<Output = ()>>>);

/// What was committed, between two looks of the hub.
#[derive(Default)]
struct Told {
    rows: Mutex<Vec<OutboxRow>>,
    deadlines: Mutex<Vec<DeadlineChange>>,
}

impl Hub {
    /// Opens the store and takes up what the life before left; what several nodes share is taken up by
    /// looking.
    pub fn start(
        life: u64,
        scheme: &Rc<Scheme>,
        ledger: &Ledger,
        clocks: &Arc<Clocks>,
    ) -> Result<Hub, StoreError> {
        let Opened { store, clock, member } = ledger.open(clocks)?;
        let told = Arc::new(Told::default());
        let sink = Arc::clone(&told) as Arc<dyn Sink>;
        let rules = switch::Rules::default();
        let (committer, work) =
            Committer::with_loop(Arc::clone(&store), rules, Arc::clone(&clock), sink);
        let (mut delivery, mut timers) = (Delivery::default(), Timers::default());
        if member.is_none() {
            let left = at_once(store.outbox(OutboxRows::Unclaimed, OutboxId(0), usize::MAX))?;
            for row in left {
                assert!(delivery.take(Item::of(row)).is_none(), "nothing has been tried yet");
            }
            let forgets = scheme.sabotage == Some(Sabotage::ForgetDeadlines);
            let most = if forgets { 0 } else { usize::MAX };
            for deadline in at_once(store.deadlines(Timestamp(i64::MAX), most))? {
                timers.set(deadline.subject, Some(deadline.at));
            }
        }
        let notices = store.notices();
        let node = Rc::new(Node {
            scheme: Rc::clone(scheme),
            clock,
            store,
            committer,
            member,
            looking: Cell::new(false),
            timers: RefCell::new(timers),
            wishes: RefCell::default(),
            spawned: RefCell::default(),
            has_acknowledged: Cell::new(false),
        });
        let work = Work::Rests(Box::new(work));
        Ok(Hub { life, node, delivery, work, told, tasks: Vec::new(), notices })
    }

    /// Runs a task up to where it waits.
    pub fn spawn(&mut self, task: impl Future<Output = ()> + 'static) {
        self.tasks.push(Task(Box::pin(task)));
        self.poll();
    }

    /// Lets the committer go on with its attempt at a batch, or begin one; tells what it wrote, and lets
    /// those go on that it has answered. The rows are to be delivered.
    pub fn step(&mut self) -> (Poll<Progress>, Vec<OutboxRow>) {
        let progress = self.work.step();
        for change in self.told.deadlines.lock().unwrap().drain(..) {
            self.node.timers.borrow_mut().set(change.subject, change.at);
        }
        let rows = self.told.rows.lock().unwrap().drain(..).collect();
        self.poll();
        (progress, rows)
    }

    /// Starts on what is due.
    pub fn tick(&mut self) {
        let due = self.node.timers.borrow_mut().pop(self.node.now());
        if due.is_empty() {
            return;
        }
        let node = Rc::clone(&self.node);
        match node.member {
            Some(_) => self.spawn(fellows::attend(node, due)),
            None => {
                node.attend(due);
                self.poll();
            }
        }
    }

    /// Looks at what other nodes have left.
    pub fn look(&mut self) {
        if !self.node.looking.get() {
            self.spawn(fellows::look(Rc::clone(&self.node)));
        }
    }

    /// Whether another node has said that there are rows for this one.
    pub fn is_called(&mut self) -> bool {
        let (Some(own), Some(notices)) = (self.node.claimant(), &mut self.notices) else {
            return false;
        };
        let mut called = false;
        while let Ok(notice) = notices.try_recv() {
            called |= notice == Notice::Handed(own);
        }
        called
    }

    /// Somebody may wait for what could not be delivered; then its row goes.
    pub fn ended(&mut self, item: Item, how: Ending) {
        let node = Rc::clone(&self.node);
        self.spawn(async move {
            if how != Ending::Delivered {
                given_up(&node, &item, how).await;
            }
            node.acknowledge(item.row);
        });
    }

    /// Milliseconds until something is due, on the hub's clock.
    pub fn due_in_ms(&self) -> Option<u64> {
        let timers = self.node.timers.borrow().next().map(|at| at.0);
        let next = self.delivery.next_due_ms().into_iter().chain(timers).min()?;
        Some(u64::try_from(next.saturating_sub(self.node.now().0)).unwrap_or(0))
    }

    /// Milliseconds until the committer has something to do that nobody asks for.
    pub fn commit_due_in_ms(&self) -> Option<u64> {
        match &self.work {
            Work::Rests(work) => work.due_in_ms(),
            Work::Steps(_) | Work::Ended => None,
        }
    }

    /// Whether anybody waits for the committer.
    pub fn is_busy(&self) -> bool {
        !self.tasks.is_empty() || matches!(self.work, Work::Steps(_))
    }

    /// Whether something was acknowledged since this was last asked.
    pub fn has_acknowledged(&self) -> bool {
        self.node.has_acknowledged.take()
    }

    /// What the tasks want.
    pub fn wishes(&self) -> Vec<Wish> {
        self.node.wishes.take()
    }

    fn poll(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        loop {
            self.tasks.retain_mut(|task| task.0.as_mut().poll(&mut context).is_pending());
            let spawned = self.node.spawned.take();
            if spawned.is_empty() {
                return;
            }
            for mut task in spawned {
                if task.0.as_mut().poll(&mut context).is_pending() {
                    self.tasks.push(task);
                }
            }
        }
    }
}

impl Work {
    fn step(&mut self) -> Poll<Progress> {
        let mut future: Step = match std::mem::replace(self, Work::Ended) {
            Work::Rests(mut work) => Box::pin(async move {
                let progress = work.step().await;
                (work, progress)
            }),
            Work::Steps(future) => future,
            Work::Ended => return Poll::Ready(Progress::Ended),
        };
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready((work, progress)) => {
                *self = Work::Rests(work);
                Poll::Ready(progress)
            }
            Poll::Pending => {
                *self = Work::Steps(future);
                Poll::Pending
            }
        }
    }
}

impl Node {
    /// Its name as a holder of rows of a shared server.
    pub fn claimant(&self) -> Option<Claimant> {
        self.member.as_ref().map(|member| member.claimant())
    }

    /// Whether what is stored may be sent.
    pub fn may_send_stored(&self) -> bool {
        self.store.holds_lease() || self.scheme.sabotage == Some(Sabotage::SendWithoutLease)
    }

    /// Deals with deadlines that have come, each by itself.
    pub fn attend(self: &Rc<Node>, due: Vec<DeadlineSubject>) {
        let tasks = due.into_iter().map(|subject| Task(Box::pin(Rc::clone(self).due(subject))));
        self.spawned.borrow_mut().extend(tasks);
    }

    async fn due(self: Rc<Node>, subject: DeadlineSubject) {
        let done = match &subject {
            DeadlineSubject::Transfer(id) => {
                switching::end(&self, Command::Expire { id: *id }).await
            }
            DeadlineSubject::Document(key) => side::wake(&self, key).await,
        };
        let mut timers = self.timers.borrow_mut();
        if done.is_err() {
            timers.again(subject.clone(), self.now().plus_ms(1_000));
        }
        timers.done(&subject);
    }

    /// Hub time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn wish(&self, wish: Wish) {
        self.wishes.borrow_mut().push(wish);
    }

    /// The row has arrived: it goes with a later batch.
    pub fn acknowledge(&self, row: Option<OutboxId>) {
        if let Some(row) = row {
            self.committer.acknowledge(row);
            self.has_acknowledged.set(true);
        }
    }
}

impl Scheme {
    /// A bank's record.
    pub fn record(&self, name: &str) -> Option<&BankRecord> {
        self.records.iter().find(|record| record.fsp_id() == name)
    }

    /// Who holds a party: the digit after its first 7 says so, telephones are DFSPs'.
    pub fn holder(&self, identifier: &str) -> Option<String> {
        let digits = identifier.trim_start_matches('+');
        match (digits.strip_prefix("4917"), digits.strip_prefix('7')) {
            (Some(rest), _) => Some(format!("dfsp{}", rest.chars().next()?)),
            (None, Some(rest)) => Some(format!("bank{}", rest.chars().next()?)),
            (None, None) => None,
        }
    }
}

impl Clock for Clocks {
    fn wall(&self) -> Timestamp {
        let elapsed = i64::try_from(self.monotonic_ms()).unwrap();
        Timestamp(START_MS + elapsed + self.wall_ahead_ms.load(Ordering::Relaxed))
    }

    fn monotonic_ms(&self) -> u64 {
        self.now_ms.load(Ordering::Relaxed)
    }
}

impl Sink for Told {
    fn committed(&self, rows: Vec<OutboxRow>, deadlines: Vec<DeadlineChange>) {
        self.rows.lock().unwrap().extend(rows);
        self.deadlines.lock().unwrap().extend(deadlines);
    }
}

/// What a future over the store in memory comes to: nothing in it waits.
pub fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the store in memory does not wait"),
    }
}

async fn given_up(node: &Node, item: &Item, how: Ending) {
    let sabotaged = node.scheme.sabotage == Some(Sabotage::NeverLeft);
    let may_have_left = item.may_have_left && !sabotaged;
    let code = match how {
        Ending::Refused => ErrorCode::TransferExpired,
        _ => ErrorCode::DestinationCommunicationError,
    };
    let message = &item.outbound.message;
    let id = switching::transfer_of(&item.resource);
    let done = match (item.outbound.kind, id) {
        (Kind::Forwarded, Some(id))
            if how == Ending::TooLate && message.method == "POST" && !item.may_have_left =>
        {
            switching::end(node, Command::NeverSent { id }).await
        }
        (Kind::Translated | Kind::Xml, _) => {
            side::undelivered(node, item, may_have_left, code).await
        }
        _ => Ok(()),
    };
    // As in the product: what could not be recorded, its deadline will.
    drop(done);
}
