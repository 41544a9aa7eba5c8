//! The hub's process: the production committer over the production store, the two doors, delivery
//! and timers, from one start to the next crash. Its tasks are futures that are polled by hand.

pub mod rows;
pub mod side;
pub mod switching;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
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
use switch_store::testing::Memory;
use switch_store::{
    Clock, CommitLoop, Committer, DeadlineChange, DeadlineSubject, EmbeddedStore, OutboxId,
    OutboxRow, OutboxRows, Progress, Sink, SteadyClock, Store, StoreError,
};

use super::network::Message;
use super::world::{START_MS, Sabotage};
use rows::{Attempted, Delivery, Ending, Item, Kind};

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
    wishes: RefCell<Vec<Wish>>,
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
    /// Take a deadline up again later.
    Again(DeadlineSubject),
}

/// One life of the process.
pub struct Hub {
    pub life: u64,
    pub node: Rc<Node>,
    pub delivery: Delivery,
    work: CommitLoop,
    told: Arc<Told>,
    tasks: Vec<Task>,
    timers: Timers,
}

struct Task(Pin<Box<dyn Future<Output = ()>>>);

/// What was committed, between two looks of the hub.
#[derive(Default)]
struct Told {
    rows: Mutex<Vec<OutboxRow>>,
    deadlines: Mutex<Vec<DeadlineChange>>,
}

#[derive(Default)]
struct Timers {
    due: BTreeSet<(Timestamp, DeadlineSubject)>,
    at: BTreeMap<DeadlineSubject, Timestamp>,
}

impl Hub {
    /// Opens the store and takes up what the life before left.
    pub fn start(
        life: u64,
        scheme: &Rc<Scheme>,
        memory: &Memory,
        clocks: &Arc<Clocks>,
    ) -> Result<Hub, StoreError> {
        let source: Arc<dyn Clock> = Arc::clone(clocks) as Arc<dyn Clock>;
        let clock = SteadyClock::new(source);
        let store: Arc<dyn Store> =
            Arc::new(EmbeddedStore::over(memory.clone(), Arc::clone(&clock))?);
        let told = Arc::new(Told::default());
        let sink = Arc::clone(&told) as Arc<dyn Sink>;
        let rules = switch::Rules::default();
        let (committer, work) =
            Committer::with_loop(Arc::clone(&store), rules, Arc::clone(&clock), sink);
        let mut delivery = Delivery::default();
        let left = at_once(store.outbox(OutboxRows::Unclaimed, OutboxId(0), usize::MAX))?;
        for row in left {
            assert!(delivery.take(Item::of(row)).is_none(), "nothing has been tried yet");
        }
        let mut timers = Timers::default();
        let forgets = scheme.sabotage == Some(Sabotage::ForgetDeadlines);
        let most = if forgets { 0 } else { usize::MAX };
        for deadline in at_once(store.deadlines(Timestamp(i64::MAX), most))? {
            timers.set(deadline.subject, Some(deadline.at));
        }
        let scheme = Rc::clone(scheme);
        let (wishes, has_acknowledged) = (RefCell::default(), Cell::new(false));
        let node = Rc::new(Node { scheme, clock, store, committer, wishes, has_acknowledged });
        Ok(Hub { life, node, delivery, work, told, tasks: Vec::new(), timers })
    }

    /// Runs a task up to where it waits.
    pub fn spawn(&mut self, task: impl Future<Output = ()> + 'static) {
        self.tasks.push(Task(Box::pin(task)));
        self.poll();
    }

    /// One attempt of the committer at a batch; tells what it wrote, and lets those go on that it
    /// has answered. The rows are to be delivered.
    pub fn step(&mut self) -> (Progress, Vec<OutboxRow>) {
        let progress = at_once(self.work.step());
        for change in self.told.deadlines.lock().unwrap().drain(..) {
            self.timers.set(change.subject, change.at);
        }
        let rows = self.told.rows.lock().unwrap().drain(..).collect();
        self.poll();
        (progress, rows)
    }

    /// Starts on what is due.
    pub fn tick(&mut self) {
        let now = self.node.now();
        while let Some(subject) = self.timers.pop(now) {
            let node = Rc::clone(&self.node);
            self.spawn(async move {
                let done = match &subject {
                    DeadlineSubject::Transfer(id) => {
                        switching::end(&node, Command::Expire { id: *id }).await
                    }
                    DeadlineSubject::Document(key) => side::wake(&node, key).await,
                };
                if done.is_err() {
                    node.wish(Wish::Again(subject));
                }
            });
        }
    }

    /// Puts a deadline back.
    pub fn again(&mut self, subject: DeadlineSubject) {
        if !self.timers.at.contains_key(&subject) {
            let at = self.node.now().plus_ms(1_000);
            self.timers.set(subject, Some(at));
        }
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
        let timers = self.timers.due.first().map(|(at, _)| at.0);
        let next = self.delivery.next_due_ms().into_iter().chain(timers).min()?;
        Some(u64::try_from(next.saturating_sub(self.node.now().0)).unwrap_or(0))
    }

    /// Whether anybody waits for the committer.
    pub fn is_busy(&self) -> bool {
        !self.tasks.is_empty()
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
        self.tasks.retain_mut(|task| task.0.as_mut().poll(&mut context).is_pending());
    }
}

impl Node {
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

impl Timers {
    fn set(&mut self, subject: DeadlineSubject, at: Option<Timestamp>) {
        if let Some(former) = self.at.remove(&subject) {
            self.due.remove(&(former, subject.clone()));
        }
        if let Some(at) = at {
            self.at.insert(subject.clone(), at);
            self.due.insert((at, subject));
        }
    }

    fn pop(&mut self, now: Timestamp) -> Option<DeadlineSubject> {
        self.due.first().filter(|(at, _)| *at <= now)?;
        let (_, subject) = self.due.pop_first()?;
        self.at.remove(&subject);
        Some(subject)
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
