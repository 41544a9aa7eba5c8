//! The eight DFSPs at play: what each callback is followed by. One thread, no locks, no JSON: a message's resource and
//! the number in its id say which transaction it belongs to.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;

use super::members::{MEMBERS, party_of};
use super::script::{Script, Step, number_of};
use super::wire::{Message, Pool, Receiver, serve};
use crate::ToolkitError;
use crate::limits::{BENCH_ANSWER_ATTEMPTS, CALLBACK_PAUSE_MS};

/// All members with their connections, and the run that they are in.
pub(super) struct Play {
    pools: Vec<Pool>,
    run: RefCell<Run>,
    tally: RefCell<Tally>,
    open: Cell<usize>,
    /// Members from this one on answer nothing.
    silent_from: Cell<usize>,
    /// Transactions to members from this one on are not measured.
    left_out_from: Cell<usize>,
}

/// What has happened in all runs of a bench: what the books are held against.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    /// POST /transfers that the hub took.
    pub(super) prepares: u64,
    /// PUT /transfers that the hub took.
    pub(super) fulfils: u64,
    /// Transactions whose payer heard COMMITTED.
    pub(super) commits: u64,
    /// Messages about a transfer to its payee after its fulfil.
    pub(super) confirmations: u64,
    /// Messages that came twice.
    pub(super) duplicates: u64,
    /// What each member has paid, less what it has received.
    pub(super) positions: [i64; MEMBERS],
    /// What went wrong and how often.
    pub(super) failures: BTreeMap<String, u64>,
}

struct Run {
    first: u64,
    began: Instant,
    scripts: Rc<Vec<Script>>,
    states: Vec<State>,
    /// By payee and party: the transaction that looks it up.
    looked_up: Vec<Vec<usize>>,
}

/// Where a transaction stands; times in microseconds since the run began, 0 for not yet.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct State {
    pub(super) sent_us: u64,
    pub(super) party_us: u64,
    pub(super) terms_us: u64,
    pub(super) committed_us: u64,
    pub(super) failed: bool,
    /// How many of the payee's three requests have come.
    pub(super) asked: u8,
    /// Whether its payee answers nothing: nobody waits for its end.
    pub(super) is_silent: bool,
    /// Whether it is offered and not measured.
    pub(super) is_left_out: bool,
}

impl Play {
    /// Opens the members' listeners and connections.
    ///
    /// # Errors
    /// [`ToolkitError::Io`] without a port.
    pub(super) async fn start(
        hub: SocketAddr,
    ) -> Result<(Rc<Play>, Vec<SocketAddr>), ToolkitError> {
        let pools = (0..MEMBERS).map(|_| Pool::new(hub)).collect();
        let play = Rc::new(Play {
            pools,
            run: RefCell::new(Run::none()),
            tally: RefCell::default(),
            open: Cell::new(0),
            silent_from: Cell::new(MEMBERS),
            left_out_from: Cell::new(MEMBERS),
        });
        let mut addresses = Vec::new();
        for member in 0..MEMBERS {
            let failed = |source| ToolkitError::io("listen", source);
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
            addresses.push(listener.local_addr().map_err(failed)?);
            tokio::task::spawn_local(serve(listener, member, Rc::clone(&play)));
        }
        Ok((play, addresses))
    }

    /// Takes up the scripts of a run: transaction 0 has the number `first`.
    pub(super) fn load(&self, first: u64, scripts: Vec<Script>, began: Instant) {
        let parties = scripts.iter().map(|script| script.party as usize + 1).max().unwrap_or(0);
        let (silent_from, left_out_from) = (self.silent_from.get(), self.left_out_from.get());
        let state = |script: &Script| State {
            is_silent: script.payee >= silent_from,
            is_left_out: script.payee >= left_out_from,
            ..State::default()
        };
        let states: Vec<State> = scripts.iter().map(state).collect();
        self.open.set(states.iter().filter(|state| !state.is_silent).count());
        self.run.replace(Run {
            first,
            began,
            states,
            scripts: Rc::new(scripts),
            looked_up: vec![vec![usize::MAX; parties]; MEMBERS],
        });
    }

    /// From now on the last `count` members take everything and answer nothing.
    pub(super) fn silence(&self, count: usize) {
        self.silent_from.set(MEMBERS.saturating_sub(count));
    }

    /// From now on transactions to the last `count` members are not measured, whether these answer or not.
    pub(super) fn leave_out(&self, count: usize) {
        self.left_out_from.set(MEMBERS.saturating_sub(count));
    }

    /// Begins a transaction.
    pub(super) fn begin(self: &Rc<Self>, transaction: usize) {
        let mut run = self.run.borrow_mut();
        let now_us = run.now_us();
        let Some((payee, party)) =
            run.scripts.get(transaction).map(|script| (script.payee, script.party as usize))
        else {
            return;
        };
        if let Some(entry) = run.looked_up.get_mut(payee).and_then(|list| list.get_mut(party)) {
            *entry = transaction;
        }
        if let Some(state) = run.states.get_mut(transaction) {
            state.sent_us = now_us;
        }
        drop(run);
        self.send(transaction, Step::Lookup);
    }

    /// Transactions that have not ended.
    pub(super) fn open(&self) -> usize {
        self.open.get()
    }

    /// How each transaction of the run stands.
    pub(super) fn states(&self) -> Vec<State> {
        self.run.borrow().states.clone()
    }

    /// What has happened so far.
    pub(super) fn tally(&self) -> Tally {
        self.tally.borrow().clone()
    }

    /// Sends a message of a script in a task of its own.
    fn send(self: &Rc<Self>, transaction: usize, step: Step) {
        let play = Rc::clone(self);
        let scripts = Rc::clone(&self.run.borrow().scripts);
        tokio::task::spawn_local(async move {
            let Some(script) = scripts.get(transaction) else { return };
            let by_payer = matches!(step, Step::Lookup | Step::Quote | Step::Prepare);
            let member = if by_payer { script.payer } else { script.payee };
            let attempts = if by_payer { 1 } else { BENCH_ANSWER_ATTEMPTS };
            match play.deliver(member, script, step, attempts).await {
                Ok(()) => play.delivered(step),
                Err(reason) => play.fail(transaction, step, &reason),
            }
        });
    }

    /// Answers are sent until they are taken, as they would be; requests once.
    async fn deliver(
        &self,
        member: usize,
        script: &Script,
        step: Step,
        attempts: u32,
    ) -> Result<(), String> {
        let (pool, bytes) =
            self.pools.get(member).zip(script.messages.get(step as usize)).ok_or("")?;
        let mut left = attempts;
        loop {
            let (reason, again) = match pool.exchange(bytes).await {
                Ok(200..=299) => return Ok(()),
                Ok(status) => (status.to_string(), status >= 500),
                Err(error) => (error.kind().to_string(), true),
            };
            left = left.saturating_sub(1);
            if left == 0 || !again {
                return Err(reason);
            }
            tokio::time::sleep(Duration::from_millis(CALLBACK_PAUSE_MS)).await;
        }
    }

    fn delivered(&self, step: Step) {
        let mut tally = self.tally.borrow_mut();
        match step {
            Step::Prepare => tally.prepares += 1,
            Step::Fulfil => tally.fulfils += 1,
            Step::Lookup | Step::Party | Step::Quote | Step::Terms => {}
        }
    }

    fn fail(&self, transaction: usize, step: Step, reason: &str) {
        let mut run = self.run.borrow_mut();
        let Some(state) = run.states.get_mut(transaction) else { return };
        if !state.failed && !state.is_silent && state.committed_us == 0 {
            state.failed = true;
            self.open.set(self.open.get().saturating_sub(1));
            let what = format!("{}: {reason}", step.name());
            *self.tally.borrow_mut().failures.entry(what).or_default() += 1;
        }
    }

    /// One of the payee's requests has come: 202, and the prepared answer.
    fn asked(self: &Rc<Self>, transaction: usize, step: Step) {
        let asked = step as u8 / 2 + 1;
        let mut run = self.run.borrow_mut();
        let Some(state) = run.states.get_mut(transaction) else { return };
        if state.asked >= asked {
            self.tally.borrow_mut().duplicates += 1;
            return;
        }
        state.asked = asked;
        drop(run);
        self.send(transaction, step);
    }

    /// One of the payer's callbacks has come: 200, and the next request.
    fn answered(self: &Rc<Self>, transaction: usize, step: Step, request: &Message<'_>) {
        if request.target().ends_with("/error") {
            let code = after(request.body, "\"errorCode\":\"", 4).unwrap_or("?");
            return self.fail(transaction, step, &format!("error {code}"));
        }
        let mut run = self.run.borrow_mut();
        let now_us = run.now_us().max(1);
        let Some(state) = run.states.get_mut(transaction) else { return };
        let at = match step {
            Step::Party => &mut state.party_us,
            Step::Terms => &mut state.terms_us,
            _ => &mut state.committed_us,
        };
        if *at > 0 {
            self.tally.borrow_mut().duplicates += 1;
            return;
        }
        *at = now_us;
        drop(run);
        match step {
            Step::Party => self.send(transaction, Step::Quote),
            Step::Terms => self.send(transaction, Step::Prepare),
            _ => self.committed(transaction),
        }
    }

    fn committed(&self, transaction: usize) {
        let run = self.run.borrow();
        let Some(script) = run.scripts.get(transaction) else { return };
        let mut tally = self.tally.borrow_mut();
        tally.commits += 1;
        tally.positions[script.payer] += 1;
        tally.positions[script.payee] -= 1;
        // What failed before is closed already: its money moved all the same.
        if run.states.get(transaction).is_some_and(|state| !state.failed) {
            self.open.set(self.open.get().saturating_sub(1));
        }
    }

    /// The transaction that looks a party up.
    fn by_party(&self, target: &str) -> Option<usize> {
        let (payee, party) = party_of(target.split('/').nth(3)?)?;
        let run = self.run.borrow();
        run.looked_up.get(payee)?.get(party).copied().filter(|found| *found != usize::MAX)
    }

    /// The transaction of this run that an id belongs to.
    fn by_id(&self, id: &str) -> Option<usize> {
        let offset = number_of(id)?.checked_sub(self.run.borrow().first)?;
        usize::try_from(offset).ok()
    }

    fn is_payee(&self, transaction: usize, member: usize) -> bool {
        self.run.borrow().scripts.get(transaction).is_some_and(|script| script.payee == member)
    }

    /// What is due after a request; nothing for one that is of no transaction of this run.
    fn follow(self: &Rc<Self>, member: usize, request: &Message<'_>) -> Option<()> {
        let target = request.target();
        let mut segments = target.split('/').skip(1);
        let resource = segments.next()?;
        match (request.method(), resource) {
            ("GET", "parties") => self.asked(self.by_party(target)?, Step::Party),
            ("PUT", "parties") => self.answered(self.by_party(target)?, Step::Party, request),
            ("POST", "quotes") => {
                self.asked(self.by_id(after(request.body, "\"quoteId\":\"", 36)?)?, Step::Terms);
            }
            ("PUT", "quotes") => {
                self.answered(self.by_id(segments.next()?)?, Step::Terms, request);
            }
            ("POST", "transfers") => {
                let id = after(request.body, "\"transferId\":\"", 36)?;
                self.asked(self.by_id(id)?, Step::Fulfil);
            }
            ("PUT" | "PATCH", "transfers") => {
                let transaction = self.by_id(segments.next()?)?;
                if self.is_payee(transaction, member) {
                    self.tally.borrow_mut().confirmations += 1;
                } else {
                    self.answered(transaction, Step::Fulfil, request);
                }
            }
            _ => {}
        }
        Some(())
    }
}

impl Receiver for Play {
    fn receive(self: &Rc<Self>, member: usize, request: &Message<'_>) -> Option<u16> {
        if member >= self.silent_from.get() {
            return None;
        }
        let _of_no_transaction = self.follow(member, request);
        Some(if request.method().starts_with('P') && request.method() != "POST" {
            200
        } else {
            202
        })
    }
}

impl Run {
    fn none() -> Run {
        let (states, looked_up) = (Vec::new(), Vec::new());
        Run { first: 0, began: Instant::now(), scripts: Rc::default(), states, looked_up }
    }

    fn now_us(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// The `length` characters after a text in a body.
fn after<'a>(body: &'a [u8], text: &str, length: usize) -> Option<&'a str> {
    let body = std::str::from_utf8(body).ok()?;
    let from = body.find(text)? + text.len();
    body.get(from..from + length)
}
