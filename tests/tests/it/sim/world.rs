//! One simulation: a queue of what happens when, and nothing else that moves.

mod danger;
mod plan;
mod rest;
mod seats;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use causeway_translate::record::CreditsOn;
use fspiop::amount::CurrencyList;
use fspiop::deadline::Profile;
use switch_store::{OutboxId, Progress};

use super::bank::{self, Bank, bic};
use super::dfsp::{self, Dfsp, Doing};
use super::hub::rows::{Attempted, Ending, Item, Kind};
use super::hub::{Clocks, Hub, Scheme, Wish, side, switching};
use super::invariants::{Invariants, Violation};
use super::ledger::{Ledger, Model};
use super::network::{Address, Chance, Message, Network};
use danger::Dangers;
use plan::record;
use seats::Seat;

/// When every simulation begins: 2026-11-20T10:00:00Z.
pub const START_MS: i64 = 1_795_168_800_000;
/// Participants of each kind.
const EACH: usize = 3;
/// When what goes wrong stops going wrong.
const CALM_FROM_MS: u64 = 45_000;
/// By then everything has come to rest, or never will.
const END_MS: u64 = 1_800_000;
/// Longest wait for an answer.
const PATIENCE_MS: u64 = 5_000;

/// A bug put into the simulator's glue, to see that the invariants notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// 202 before the batch is synced.
    AcknowledgeEarly,
    /// Rows are removed when they are sent, not when they have arrived.
    ForgetRows,
    /// What was not answered is given up, and said never to have left.
    NeverLeft,
    /// A restart forgets what was due.
    ForgetDeadlines,
    /// A bank is told ACSC when it has accepted.
    ConfirmEarly,
    /// Rows are sent while another node may have taken them over.
    SendWithoutLease,
    /// What others' batches hand over, and what dead nodes leave, is not taken up.
    LeaveTheDead,
}

enum Happening {
    /// At one life of a node, or at whichever node is there.
    Arrive {
        to: Address,
        life: Option<u64>,
        message: Box<Message>,
        exchange: u64,
        row: Option<OutboxId>,
    },
    Answer {
        exchange: u64,
        status: u16,
        body: Vec<u8>,
    },
    Patience(u64),
    Step(u64),
    Tick(u64),
    /// A node looks at what others have left.
    Fellows(u64, Then),
    Renew(u64),
    /// The shared server goes on with one commit.
    Server,
    /// A node reaches the shared server again.
    CableIn(u64),
    Order {
        bank: usize,
        wish: bank::Wish,
    },
    Pay {
        dfsp: usize,
        wish: dfsp::Wish,
    },
    Send(u64),
    Wake(String, u128),
    Restart(usize),
    StoreUp,
    Weather,
    Calm,
    Look,
}

/// Whether something goes on happening.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    Again,
    Once,
}

/// A request that has not been answered.
struct Exchange {
    from: Address,
    to: Address,
    sender: Sender,
}

enum Sender {
    Row { life: u64, item: Box<Item> },
    Parcel(u64),
}

/// What a participant sends until it is acknowledged.
struct Parcel {
    from: Address,
    message: Message,
    attempts: u32,
    until_ms: Option<u64>,
}

/// What a simulation came to.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    pub events: u64,
    pub crashes: u64,
    pub faults: u64,
    pub frozen: u64,
    pub deposed: u64,
    pub committed: u64,
    pub aborted: u64,
    pub settled: u64,
    pub rejected: u64,
}

pub struct World {
    pub now_ms: u64,
    pub tally: Tally,
    seats: Vec<Seat>,
    pub dfsps: Vec<Dfsp>,
    pub banks: Vec<Bank>,
    pub invariants: Invariants,
    traced: bool,
    chance: Chance,
    queue: BTreeMap<(u64, u64), Happening>,
    number: u64,
    network: Network,
    dangers: Dangers,
    ledger: Ledger,
    /// The clocks of a shared server's machine.
    server: Arc<Clocks>,
    server_at: u64,
    scheme: Rc<Scheme>,
    lives: u64,
    exchanges: BTreeMap<u64, Exchange>,
    parcels: BTreeMap<u64, Parcel>,
    /// Rows whose way has ended.
    settled: BTreeSet<OutboxId>,
    violation: Option<Violation>,
}

impl World {
    /// Runs a seed from its first order to the rest at its end.
    pub fn run(
        seed: u64,
        model: Model,
        sabotage: Option<Sabotage>,
        traced: bool,
    ) -> Result<Tally, Violation> {
        let mut world = World::new(seed, model, sabotage, traced);
        world.onboard()?;
        world.plan();
        while let Some(((at, _), happening)) = world.queue.pop_first() {
            if at > END_MS {
                break;
            }
            world.sets_clocks(at);
            world.tally.events += 1;
            if matches!(happening, Happening::Look) && world.is_at_rest() {
                return world.finish();
            }
            if let Some(happening) = world.thawed(happening) {
                world.happens(happening)?;
                world.pump();
            }
            if let Some(violation) = world.violation.take() {
                return Err(violation);
            }
        }
        world.check(true)?;
        Err(Violation::of("it has not come to rest", world.unrest()))
    }

    fn new(seed: u64, model: Model, sabotage: Option<Sabotage>, traced: bool) -> World {
        let mut chance = Chance(seed.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ 0xCA05_E3A1);
        let network = Network::new(&mut chance);
        let skew = chance.pick(&[0, 150, 2_000]);
        let credits_on =
            [CreditsOn::Confirmation, CreditsOn::Confirmation, CreditsOn::OwnAcceptance];
        let banks: Vec<Bank> = (0..EACH)
            .map(|number| Bank::new(number, credits_on[number], chance.around_ms(skew)))
            .collect();
        let dfsps = (0..EACH)
            .map(|number| Dfsp::new(format!("dfsp{number}"), chance.around_ms(skew)))
            .collect();
        let dangers = Dangers::new(&mut chance);
        let instant = chance.one_in(2);
        let scheme = Rc::new(Scheme {
            records: banks.iter().map(|bank| record(bank, instant)).collect(),
            currencies: CurrencyList::shipped(),
            profile: if instant { &Profile::INSTANT_10S } else { &Profile::FSPIOP_DEFAULT },
            sabotage,
        });
        let server = Arc::new(Clocks::default());
        World {
            now_ms: 0,
            tally: Tally::default(),
            seats: (0..model.nodes()).map(|_| Seat::default()).collect(),
            dfsps,
            banks,
            invariants: Invariants::default(),
            traced,
            chance,
            queue: BTreeMap::new(),
            number: 0,
            network,
            dangers,
            ledger: Ledger::new(model, Arc::clone(&server)),
            server,
            server_at: u64::MAX,
            scheme,
            lives: 0,
            exchanges: BTreeMap::new(),
            parcels: BTreeMap::new(),
            settled: BTreeSet::new(),
            violation: None,
        }
    }

    fn happens(&mut self, happening: Happening) -> Result<(), Violation> {
        match happening {
            Happening::Arrive { to, life, message, exchange, row } => {
                self.arrives(&to, life, &message, exchange, row);
            }
            Happening::Answer { exchange, status, body } => self.answered(exchange, status, &body),
            Happening::Patience(exchange) => self.answered(exchange, 0, &[]),
            Happening::Step(life) => return self.step(life),
            Happening::Tick(life) => {
                if let Some(seat) = self.seat(life) {
                    seat.tick_at = u64::MAX;
                    seat.hub.iter_mut().for_each(Hub::tick);
                }
            }
            Happening::Fellows(life, then) => self.looks(life, then),
            Happening::Renew(life) => self.renews(life),
            Happening::Server => return self.server_goes_on(),
            Happening::CableIn(life) => self.cable_in(life),
            Happening::Order { bank, wish } => {
                self.trace(|| format!("{} orders {wish:?}", bic(bank)));
                let doings = self.banks[bank].order(&wish, self.now_ms, &mut self.chance);
                self.does(&Address::Bank(format!("bank{bank}")), doings);
            }
            Happening::Pay { dfsp, wish } => {
                self.trace(|| format!("dfsp{dfsp} pays {wish:?}"));
                let doings = self.dfsps[dfsp].pay(&wish, self.now_ms);
                self.does(&Address::Dfsp(format!("dfsp{dfsp}")), doings);
            }
            Happening::Send(parcel) => self.send(parcel),
            Happening::Wake(dfsp, id) => {
                let doings = self.dfsp(&dfsp).wake(id);
                self.does(&Address::Dfsp(dfsp), doings);
            }
            Happening::Restart(seat) => return self.restart(seat),
            Happening::StoreUp => self.ledger.set_up(),
            Happening::Weather => self.weather(),
            Happening::Calm => self.calm(),
            Happening::Look => self.put(1_000, Happening::Look),
        }
        Ok(())
    }

    /// Lets everything happen that needs no time.
    fn pump(&mut self) {
        for index in 0..self.seats.len() {
            while let Some((life, wishes, due)) = self.seats[index].wants(self.now_ms) {
                if wishes.is_empty() && due.is_empty() {
                    break;
                }
                wishes.into_iter().for_each(|wish| self.grant(life, wish));
                due.into_iter().for_each(|item| self.attempt(life, item));
            }
            self.arm(index);
        }
        self.arm_server();
    }

    fn arm(&mut self, index: usize) {
        let now_ms = self.now_ms;
        let Some(hub) = self.seats[index].awake(now_ms) else { return };
        let (life, busy, acknowledged) = (hub.life, hub.is_busy(), hub.has_acknowledged());
        let (due_in_ms, called) = (hub.due_in_ms(), hub.is_called());
        // A row that may not be sent now is due all the time.
        let soonest_ms = if hub.node.store.holds_lease() { 1 } else { 50 };
        if busy && self.seats[index].step_at == u64::MAX {
            let sync_ms = self.chance.below(4);
            self.seats[index].step_at = now_ms + sync_ms;
            self.put(sync_ms, Happening::Step(life));
        }
        if acknowledged {
            self.put(1_001, Happening::Step(life));
        }
        // A notice may be lost.
        if called && self.chance.one_in(2) {
            self.put(0, Happening::Fellows(life, Then::Once));
        }
        if let Some(due_in_ms) = due_in_ms {
            // A long wait is looked at again before its end: the clock may be bent.
            let due_in_ms = due_in_ms.clamp(soonest_ms, 1_000);
            if now_ms + due_in_ms < self.seats[index].tick_at {
                self.seats[index].tick_at = now_ms + due_in_ms;
                self.put(due_in_ms, Happening::Tick(life));
            }
        }
    }

    fn step(&mut self, life: u64) -> Result<(), Violation> {
        if !self.network.calm {
            self.endanger_store(life);
        }
        let Some(seat) = self.seat(life) else { return Ok(()) };
        let Some(hub) = &mut seat.hub else { return Ok(()) };
        let (progress, rows) = hub.step();
        seat.step_at = u64::MAX;
        for row in rows {
            let item = Item::of(row);
            self.trace(|| format!("    row to {}: {}", item.destination, told(&item)));
            self.deliver(life, item);
        }
        match progress {
            Poll::Pending => {}
            Poll::Ready(Progress::Waiting) => {
                let at = self.now_ms + 20;
                self.seat(life).into_iter().for_each(|seat| seat.step_at = at);
                self.put(20, Happening::Step(life));
            }
            Poll::Ready(Progress::Ended) => self.crash(life),
            Poll::Ready(Progress::Idle) => {
                let due_in_ms = self.living(life).and_then(|hub| hub.commit_due_in_ms());
                due_in_ms.into_iter().for_each(|ms| self.put(ms.max(1), Happening::Step(life)));
            }
            Poll::Ready(Progress::Worked) => {
                // What was acknowledged while it was at it waits for another step.
                self.put(1_001, Happening::Step(life));
                self.check(false)?;
            }
        }
        if !self.network.calm {
            self.endanger_process(life);
        }
        Ok(())
    }

    /// Says `message` to `to`; the answer, or the end of patience, comes to `sender`.
    fn say(
        &mut self,
        (from, to): (Address, Address),
        message: Message,
        sender: Sender,
        patience_ms: u64,
    ) {
        self.number += 1;
        let exchange = self.number;
        let inside = self.network.is_inside(&from, &to);
        let row = match &sender {
            Sender::Row { item, .. } if inside => item.row,
            _ => None,
        };
        // What is said inside a process stays in it.
        let life = match &sender {
            Sender::Row { life, .. } if inside => Some(*life),
            _ => None,
        };
        for after_ms in self.network.copies(&from, &to, self.now_ms, &mut self.chance) {
            let (to, message) = (to.clone(), Box::new(message.clone()));
            self.put(after_ms, Happening::Arrive { to, life, message, exchange, row });
        }
        if !inside {
            self.put(patience_ms, Happening::Patience(exchange));
        }
        self.exchanges.insert(exchange, Exchange { from, to, sender });
    }

    /// Answers a request.
    fn respond(&mut self, exchange: u64, status: u16, body: Vec<u8>) {
        let Some(Exchange { from, to, .. }) = self.exchanges.get(&exchange) else { return };
        let copies = self.network.copies(to, from, self.now_ms, &mut self.chance);
        if let Some(after_ms) = copies.first() {
            self.put(*after_ms, Happening::Answer { exchange, status, body });
        }
    }

    fn arrives(
        &mut self,
        to: &Address,
        life: Option<u64>,
        message: &Message,
        exchange: u64,
        row: Option<OutboxId>,
    ) {
        self.trace(|| {
            let Message { from, method, target, timeout_ms, .. } = message;
            format!("{from} -> {to:?}: {method} {target} {timeout_ms:?} {}", text(&message.body))
        });
        match to {
            Address::Hub | Address::Side(_) => {
                self.arrives_at_hub(to, life, message, exchange, row);
            }
            Address::Dfsp(name) => {
                let now_ms = self.now_ms;
                let dfsp = self.dfsps.iter_mut().find(|dfsp| dfsp.name == *name).unwrap();
                let (status, doings) = dfsp.receive(message, now_ms, &mut self.chance);
                self.does(to, doings);
                self.respond(exchange, status, Vec::new());
            }
            Address::Bank(name) => {
                let now_ms = self.now_ms;
                let bank = self.banks.iter_mut().find(|bank| bank.name == *name).unwrap();
                let (status, doings) = bank.receive(message, now_ms, &mut self.chance);
                let inline = doings.iter().find_map(|doing| match doing {
                    Doing::Inline(body) => Some(body.clone()),
                    _ => None,
                });
                self.does(to, doings);
                self.respond(exchange, status, inline.unwrap_or_default());
            }
        }
    }

    fn arrives_at_hub(
        &mut self,
        to: &Address,
        life: Option<u64>,
        message: &Message,
        exchange: u64,
        row: Option<OutboxId>,
    ) {
        let node = match life {
            Some(life) => self.seats.iter().position(|seat| seat.is_living(life)),
            None => Some(self.any_seat()),
        };
        let Some(node) = node.filter(|node| self.seats[*node].hub.is_some()) else {
            return self.respond(exchange, 0, Vec::new());
        };
        if self.seats[node].is_frozen(self.now_ms) {
            let life = self.seats[node].hub.as_ref().map(|hub| hub.life);
            let (to, message) = (to.clone(), Box::new(message.clone()));
            let later_ms = self.seats[node].frozen_until_ms - self.now_ms;
            return self.put(later_ms, Happening::Arrive { to, life, message, exchange, row });
        }
        self.invariants.arrived(message);
        let Some(hub) = &mut self.seats[node].hub else { return };
        let (node, message) = (Rc::clone(&hub.node), Box::new(message.clone()));
        let early = node.scheme.sabotage == Some(Sabotage::AcknowledgeEarly);
        let side = match to {
            Address::Side(bank) => Some(bank.clone()),
            _ => None,
        };
        hub.spawn(async move {
            if early {
                node.wish(Wish::Respond { exchange, status: 202, message: message.clone() });
            }
            let status = match &side {
                Some(bank) => side::receive(&node, bank, &message, row).await,
                None if message.target.starts_with("/iso20022/") => {
                    side::channel(&node, &message).await
                }
                None => switching::receive(&node, &message).await,
            };
            if !early {
                node.wish(Wish::Respond { exchange, status, message });
            }
        });
    }

    fn answered(&mut self, exchange: u64, status: u16, body: &[u8]) {
        let Some(Exchange { sender, .. }) = self.exchanges.remove(&exchange) else { return };
        match sender {
            Sender::Parcel(parcel) => self.parcel_answered(parcel, status),
            Sender::Row { life, item } => {
                let Some(hub) = self.living(life) else { return };
                let is_xml = item.outbound.kind == Kind::Xml;
                if is_xml && !body.is_empty() {
                    let (node, body) = (Rc::clone(&hub.node), body.to_vec());
                    return hub.spawn(async move {
                        let came_to = inline_answer(&node, &item, &body).await;
                        node.wish(Wish::Attempted(item, came_to));
                    });
                }
                let rash = self.scheme.sabotage == Some(Sabotage::NeverLeft);
                let came_to = match status {
                    0 if rash => Attempted::Refused,
                    200..=299 => Attempted::Delivered,
                    // A bank is asked again whatever it says.
                    400..=499 if !is_xml => Attempted::Refused,
                    _ => Attempted::Failed { may_have_left: true },
                };
                self.attempted(life, *item, came_to);
            }
        }
    }

    fn parcel_answered(&mut self, number: u64, status: u16) {
        let Some(parcel) = self.parcels.get_mut(&number) else { return };
        let over = parcel.until_ms.is_some_and(|until_ms| self.now_ms >= until_ms);
        if over || (200..500).contains(&status) {
            self.parcels.remove(&number);
            return;
        }
        parcel.attempts += 1;
        let pause = 200 << parcel.attempts.min(5);
        let pause = pause + self.chance.below(100);
        self.put(pause, Happening::Send(number));
    }

    /// A participant's parcel is tried once more.
    fn send(&mut self, number: u64) {
        let Some(parcel) = self.parcels.get(&number) else { return };
        let (from, message) = (parcel.from.clone(), parcel.message.clone());
        self.invariants.said(&from, &message, self.now_ms);
        self.say((from, Address::Hub), message, Sender::Parcel(number), PATIENCE_MS);
    }

    fn does(&mut self, from: &Address, doings: Vec<Doing>) {
        for doing in doings {
            match doing {
                Doing::Send { after_ms, message, within_ms } => {
                    self.number += 1;
                    let until_ms = within_ms.map(|within_ms| self.now_ms + after_ms + within_ms);
                    let (from, attempts) = (from.clone(), 0);
                    self.parcels.insert(self.number, Parcel { from, message, attempts, until_ms });
                    self.put(after_ms, Happening::Send(self.number));
                }
                Doing::Wake { after_ms, id } => {
                    let Address::Dfsp(name) = from else { continue };
                    self.put(after_ms, Happening::Wake(name.clone(), id));
                }
                Doing::Inline(body) => self.invariants.said_inline(&body, self.now_ms),
            }
        }
    }

    fn grant(&mut self, life: u64, wish: Wish) {
        match wish {
            Wish::Respond { exchange, status, message } => {
                self.invariants.promised(&message, status);
                self.respond(exchange, status, Vec::new());
            }
            Wish::Send(item) => self.deliver(life, *item),
            Wish::Attempted(item, came_to) => self.attempted(life, *item, came_to),
            Wish::Deposed => self.crash(life),
        }
    }

    fn deliver(&mut self, life: u64, item: Item) {
        let Some(hub) = self.living(life) else { return };
        if let Some(former) = hub.delivery.take(item) {
            self.ended(life, former, Ending::Superseded);
        }
    }

    /// The way of an item has ended.
    fn ended(&mut self, life: u64, item: Item, how: Ending) {
        self.settled.extend(item.row);
        self.living(life).into_iter().for_each(|hub| hub.ended(item.clone(), how));
    }

    fn attempt(&mut self, life: u64, item: Item) {
        self.violation = self.violation.take().or_else(|| self.may_send(life, &item).err());
        let Some(hub) = self.living(life) else { return };
        let now_ms = hub.node.now().0;
        if hub.node.scheme.sabotage == Some(Sabotage::ForgetRows) {
            hub.node.acknowledge(item.row);
        }
        let mut message = item.outbound.message.clone();
        match item.outbound.budget.map(|budget| budget.down(now_ms)) {
            Some(Err(())) => return self.attempted(life, item, Attempted::TooLate),
            Some(Ok(timeout_ms)) => message.timeout_ms = timeout_ms,
            None => message.timeout_ms = None,
        }
        let from = match item.outbound.kind {
            Kind::Translated => Address::Side(message.from.clone()),
            _ => Address::Hub,
        };
        let to = match item.destination.as_str() {
            "hub" => Address::Hub,
            name => match (name.strip_prefix("bank:"), self.scheme.record(name)) {
                (Some(bank), _) => Address::Bank(bank.to_owned()),
                (None, Some(_)) => Address::Side(name.to_owned()),
                (None, None) => Address::Dfsp(name.to_owned()),
            },
        };
        let left_ms = item.deadline.map(|deadline| (deadline.0 - now_ms) / 2);
        let patience_ms = left_ms.map_or(PATIENCE_MS, |left| u64::try_from(left).unwrap_or(0));
        let sender = Sender::Row { life, item: Box::new(item) };
        self.say((from, to), message, sender, patience_ms.clamp(1, PATIENCE_MS));
    }

    fn attempted(&mut self, life: u64, item: Item, came_to: Attempted) {
        let Some(hub) = self.living(life) else { return };
        let now_ms = hub.node.now().0;
        if let Some((item, how)) = hub.delivery.attempted(&item, came_to, now_ms) {
            self.ended(life, item, how);
        }
    }

    fn check(&mut self, whole: bool) -> Result<(), Violation> {
        let Some(store) = self.sight() else { return Ok(()) };
        // While the store does not answer there is nothing to be seen.
        let checked = self.invariants.check(&*store, &self.dfsps, &self.banks, whole);
        checked.unwrap_or(Ok(()))
    }

    fn dfsp(&mut self, name: &str) -> &mut Dfsp {
        self.dfsps.iter_mut().find(|dfsp| dfsp.name == name).unwrap()
    }

    fn put(&mut self, after_ms: u64, happening: Happening) {
        self.number += 1;
        self.queue.insert((self.now_ms + after_ms, self.number), happening);
    }

    fn trace(&self, line: impl FnOnce() -> String) {
        if self.traced {
            eprintln!("{:>8} {}", self.now_ms, line());
        }
    }
}

async fn inline_answer(node: &super::hub::Node, item: &Item, body: &[u8]) -> Attempted {
    let bank = item.destination.trim_start_matches("bank:");
    let Ok(inbound) = iso20022::read(body) else {
        return Attempted::Failed { may_have_left: true };
    };
    let iso20022::Message::PaymentStatusReport(report) = &inbound.message else {
        return Attempted::Failed { may_have_left: true };
    };
    let statuses = causeway_translate::credit::statuses(report);
    match side::bank_statuses(node, bank, statuses).await {
        202 => Attempted::Delivered,
        _ => Attempted::Failed { may_have_left: true },
    }
}

fn told(item: &Item) -> String {
    let message = &item.outbound.message;
    format!("{} {} {}", message.method, message.target, text(&message.body))
}

/// The beginning of a body, for a trace.
fn text(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body).replace('\n', "");
    let at =
        ["<TxSts>", "\"transferState\"", "\"errorCode\""].iter().find_map(|key| text.find(key));
    text.chars().skip(at.unwrap_or(0)).take(60).collect()
}

impl Tally {
    /// Adds another simulation's.
    pub fn add(&mut self, other: &Tally) {
        self.events += other.events;
        self.crashes += other.crashes;
        self.faults += other.faults;
        self.frozen += other.frozen;
        self.deposed += other.deposed;
        self.committed += other.committed;
        self.aborted += other.aborted;
        self.settled += other.settled;
        self.rejected += other.rejected;
    }
}
