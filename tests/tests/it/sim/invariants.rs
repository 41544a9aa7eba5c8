//! What always holds, and what holds once everything has come to rest.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use causeway_translate::PaymentId;
use causeway_translate::credit::{self, Credit};
use causeway_translate::order::{Order, Stage};
use causeway_translate::record::CreditsOn;
use switch::{AccountKind, Cause, Timestamp, Transfer, TransferId, TransferState};
use switch_store::{CommitError, DocumentKey, QUARANTINE, Store, StoreError};

use super::bank::{self, Bank};
use super::dfsp::Dfsp;
use super::hub::{RECONCILIATION, at_once, side};
use super::network::{Address, Message};
use super::world::Tally;

/// What was broken, and how.
#[derive(Debug, Clone)]
pub struct Violation {
    what: &'static str,
    how: String,
}

/// The store does not answer: there is nothing to be seen.
pub struct Unseen;

/// How a transfer ended.
#[derive(Debug, Clone, PartialEq)]
struct End {
    state: TransferState,
    cause: Option<Cause>,
    ended_at: Option<Timestamp>,
    payer: String,
    payee: String,
    units: i128,
}

/// What everybody has said so far.
#[derive(Debug, Default)]
pub struct Invariants {
    /// Transfers that the hub may know.
    ids: BTreeSet<u128>,
    ends: BTreeMap<u128, End>,
    /// When each payee first said yes.
    yes_ms: BTreeMap<u128, u64>,
    /// Acknowledged: the transfer is known.
    prepared: BTreeSet<u128>,
    /// Acknowledged: the transfer is final.
    answered: BTreeSet<u128>,
    /// Acknowledged: the order is known.
    ordered: BTreeSet<u128>,
    /// Acknowledged: the credit has its answer.
    stated: BTreeSet<u128>,
}

impl Invariants {
    /// A request has come to the hub.
    pub fn arrived(&mut self, message: &Message) {
        if let ("/transfers", Some(id)) = (message.target.as_str(), message.about) {
            self.ids.insert(id);
        }
    }

    /// A participant sends this to the hub.
    pub fn said(&mut self, from: &Address, message: &Message, now_ms: u64) {
        let Some(id) = message.about else { return };
        let yes = match from {
            Address::Bank(_) => {
                message.target.ends_with("pacs.002") && bank::accepts(&message.body)
            }
            _ => message.target.starts_with("/transfers/") && !message.target.ends_with("/error"),
        };
        if yes {
            self.yes_ms.entry(id).or_insert(now_ms);
        }
    }

    /// A bank says this in its answer to a pacs.008.
    pub fn said_inline(&mut self, body: &[u8], now_ms: u64) {
        if bank::accepts(body) {
            self.yes_ms.entry(bank::original_of(body)).or_insert(now_ms);
        }
    }

    /// The hub answers a request: what it promises by that must hold from now on.
    pub fn promised(&mut self, message: &Message, status: u16) {
        let (Some(id), 200..=299) = (message.about, status) else { return };
        match message.target.as_str() {
            "/transfers" => drop(self.prepared.insert(id)),
            "/iso20022/pacs.008" | "/iso20022/pain.001" => drop(self.ordered.insert(id)),
            "/iso20022/pacs.002" => drop(self.stated.insert(id)),
            target if target.starts_with("/transfers/") && message.method == "PUT" => {
                self.answered.insert(id);
            }
            _ => {}
        }
    }

    /// What holds after every step; with `whole`, all that was ever final is read again.
    pub fn check(
        &mut self,
        store: &dyn Store,
        dfsps: &[Dfsp],
        banks: &[Bank],
        whole: bool,
    ) -> Result<Result<(), Violation>, Unseen> {
        let mut reserved: BTreeMap<String, i128> = BTreeMap::new();
        for id in self.ids.clone() {
            let known = self.ends.get(&id).cloned();
            if known.is_some() && !whole {
                continue;
            }
            let Some(transfer) = at_once(store.transfer(TransferId(id)))? else {
                if known.is_some() || self.prepared.contains(&id) {
                    return violated("what was acknowledged is lost", id, &known);
                }
                continue;
            };
            if !transfer.state.is_final() {
                let payer = transfer.payer.as_str().to_owned();
                *reserved.entry(payer).or_default() += transfer.money.units();
            }
            if let Err(violation) = self.seen(id, known, &transfer) {
                return Ok(Err(violation));
            }
        }
        let checked = self.accounts(store, reserved)?.and_then(|()| self.told(dfsps, banks));
        if checked.is_err() || !whole {
            return Ok(checked);
        }
        self.journeys(store)
    }

    fn seen(&mut self, id: u128, known: Option<End>, transfer: &Transfer) -> Result<(), Violation> {
        let end = End::of(transfer);
        match known {
            Some(known) if known != end => {
                return Err(violation("a final state changed", id, &(known, end)));
            }
            Some(_) => return Ok(()),
            None => {}
        }
        if !transfer.state.is_final() {
            return match self.answered.contains(&id) {
                true => Err(violation("an acknowledged answer is lost", id, transfer)),
                false => Ok(()),
            };
        }
        if transfer.state == TransferState::Committed {
            let in_time = transfer
                .ended_at
                .is_some_and(|at| at < transfer.expires_at && at < transfer.expiration);
            if !in_time || !self.yes_ms.contains_key(&id) {
                return Err(violation("committed without a fulfilment in time", id, transfer));
            }
        }
        self.ends.insert(id, end);
        Ok(())
    }

    /// Double entry, and in flight is what is reserved.
    fn accounts(
        &self,
        store: &dyn Store,
        mut reserved: BTreeMap<String, i128>,
    ) -> Result<Result<(), Violation>, Unseen> {
        let accounts = at_once(store.accounts())?;
        let sum: i128 = accounts.iter().map(|account| account.balance.units()).sum();
        if sum != 0 {
            return violated("accounts do not sum to zero", 0, &sum);
        }
        let positions = self.positions();
        for account in &accounts {
            if account
                .limit
                .is_some_and(|limit| account.balance.units() > limit.net_debit_cap.units())
            {
                return violated("a position is above its limit", 0, account);
            }
            let owner = account.key.participant.as_str();
            let held = reserved.get(owner).copied().unwrap_or_default();
            if account.key.kind == AccountKind::InFlight {
                if account.balance.units() != -held {
                    return violated("in flight is not what is reserved", 0, &(account, held));
                }
                reserved.remove(owner);
            }
            if account.key.kind == AccountKind::Position {
                let committed = positions.get(owner).copied().unwrap_or_default();
                let all = self.reserved_by(store, owner)?;
                if account.balance.units() != committed + all {
                    return violated(
                        "a position is not what was committed",
                        0,
                        &(account, committed),
                    );
                }
            }
        }
        match reserved.is_empty() {
            true => Ok(Ok(())),
            false => violated("reserved without an account", 0, &reserved),
        }
    }

    fn reserved_by(&self, store: &dyn Store, owner: &str) -> Result<i128, Unseen> {
        let mut sum = 0;
        for id in self.ids.iter().filter(|id| !self.ends.contains_key(id)) {
            let transfer = at_once(store.transfer(TransferId(*id)))?;
            let ours = transfer.filter(|one| one.payer.as_str() == owner && !one.state.is_final());
            sum += ours.map_or(0, |transfer| transfer.money.units());
        }
        Ok(sum)
    }

    /// What each participant has paid more than it was paid.
    fn positions(&self) -> BTreeMap<&str, i128> {
        let mut sums: BTreeMap<&str, i128> = BTreeMap::new();
        for end in self.ends.values().filter(|end| end.state == TransferState::Committed) {
            *sums.entry(&end.payer).or_default() += end.units;
            *sums.entry(&end.payee).or_default() -= end.units;
        }
        sums
    }

    /// What participants believe for good is so in the ledger.
    fn told(&self, dfsps: &[Dfsp], banks: &[Bank]) -> Result<(), Violation> {
        for (id, paid) in dfsps.iter().flat_map(|dfsp| &dfsp.told) {
            if self.is_committed(*id) != *paid {
                return Err(violation("a DFSP was told otherwise", *id, paid));
            }
        }
        for (id, words) in banks.iter().flat_map(|bank| &bank.orders) {
            if words.len() > 1 {
                return Err(violation("an order ended twice", *id, words));
            }
            if words.contains("RJCT") && self.is_committed(*id) {
                return Err(violation("an order that was paid is RJCT", *id, words));
            }
            if words.contains("ACSC") && !self.is_committed(*id) {
                return Err(violation("an order that was not paid is ACSC", *id, words));
            }
        }
        for bank in banks.iter().filter(|bank| bank.credits_on == CreditsOn::Confirmation) {
            if let Some(id) = bank.credited.iter().find(|id| !self.is_committed(**id)) {
                return Err(violation("a bank has credited what was not paid", *id, &bank.name));
            }
        }
        for (id, word) in banks.iter().flat_map(|bank| &bank.confirmed) {
            if word == "RJCT" && self.is_committed(*id) {
                return Err(violation("a credit that was paid is RJCT", *id, word));
            }
        }
        Ok(())
    }

    /// The documents agree with the ledger and with what was acknowledged.
    fn journeys(&self, store: &dyn Store) -> Result<Result<(), Violation>, Unseen> {
        for id in &self.ordered {
            let order = at_once(side::load::<Order>(store, side::ORDER, payment(*id)))?;
            let Some((order, _)) = order else {
                return violated("an acknowledged order is lost", *id, &());
            };
            let wrong = match order.stage() {
                Stage::Settled => !self.is_committed(*id),
                Stage::Rejected => self.is_committed(*id),
                _ => false,
            };
            if wrong {
                return violated("an order ended otherwise than its transfer", *id, &order.stage());
            }
        }
        for id in &self.stated {
            let credit = at_once(side::load::<Credit>(store, side::CREDIT, payment(*id)))?;
            let stage = credit.map(|(credit, _)| credit.stage());
            if stage.is_none() {
                return violated("an acknowledged status is lost", *id, &stage);
            }
        }
        let aside = at_once(store.documents(QUARANTINE, None, 1))?;
        match aside.first() {
            Some((_, document)) => {
                violated("a submission was put aside", 0, &String::from_utf8_lossy(&document.body))
            }
            None => Ok(Ok(())),
        }
    }

    fn is_committed(&self, id: u128) -> bool {
        self.ends.get(&id).is_some_and(|end| end.state == TransferState::Committed)
    }

    /// What is not final yet.
    pub fn unrest(&self, store: &dyn Store, dfsps: &[Dfsp], banks: &[Bank]) -> String {
        let mut left = Vec::new();
        for (id, end) in &self.ends {
            left.extend(self.payer_knows(*id, end, dfsps).err().map(|unrest| unrest.to_string()));
        }
        for id in self.ids.iter().filter(|id| !self.ends.contains_key(id)) {
            if let Ok(Some(transfer)) = at_once(store.transfer(TransferId(*id))) {
                left.push(format!("{transfer:?}"));
            }
        }
        for id in banks.iter().flat_map(|bank| bank.orders.keys()) {
            match at_once(side::load::<Order>(store, side::ORDER, payment(*id))) {
                Ok(Some((order, _))) if order.is_final() => {}
                other => left.push(format!("order {id:x}: {other:?}")),
            }
        }
        for id in &self.ids {
            if let Ok(Some((credit, _))) =
                at_once(side::load::<Credit>(store, side::CREDIT, payment(*id)))
                && !credit.is_final()
            {
                left.push(format!("credit {id:x}: {:?}", credit.stage()));
            }
        }
        left.join("\n")
    }

    /// What holds once everything has come to rest: everybody knows how everything ended.
    pub fn at_rest(
        &self,
        store: &dyn Store,
        banks: &[Bank],
        tally: &mut Tally,
    ) -> Result<(), Violation> {
        let accounts = at_once(store.accounts());
        let accounts = accounts.map_err(|error| violation("the store is gone", 0, &error))?;
        let in_flight = accounts.iter().find(|account| {
            account.key.kind == AccountKind::InFlight && account.balance.units() != 0
        });
        if let Some(account) = in_flight {
            return Err(violation("money is left in flight", 0, account));
        }
        for (id, words) in banks.iter().flat_map(|bank| &bank.orders) {
            let expected = if self.is_committed(*id) { "ACSC" } else { "RJCT" };
            if !words.contains(expected) {
                return Err(violation("a bank was not told the end of its order", *id, words));
            }
            tally.settled += u64::from(expected == "ACSC");
            tally.rejected += u64::from(expected == "RJCT");
        }
        for (id, end) in &self.ends {
            let committed = end.state == TransferState::Committed;
            tally.committed += u64::from(committed);
            tally.aborted += u64::from(!committed);
            self.payee_bank_knows(*id, end, store, banks)?;
        }
        Ok(())
    }

    fn payer_knows(&self, id: u128, end: &End, dfsps: &[Dfsp]) -> Result<(), Violation> {
        let Some(payer) = dfsps.iter().find(|dfsp| dfsp.name == end.payer) else { return Ok(()) };
        let paid = end.state == TransferState::Committed;
        match payer.told.contains(&(id, paid)) {
            true => Ok(()),
            false => Err(violation("a payer was not told the end", id, end)),
        }
    }

    fn payee_bank_knows(
        &self,
        id: u128,
        end: &End,
        store: &dyn Store,
        banks: &[Bank],
    ) -> Result<(), Violation> {
        let Some(payee) = banks.iter().find(|bank| bank.name == end.payee) else { return Ok(()) };
        let committed = end.state == TransferState::Committed;
        if committed && !payee.credited.contains(&id) {
            return Err(violation("a payee's bank was not told that it is paid", id, end));
        }
        let in_vain = !committed && payee.credited.contains(&id);
        let key = DocumentKey::new(RECONCILIATION, payment(id).uuid());
        let case = at_once(store.document(&key));
        let credit = at_once(side::load::<Credit>(store, side::CREDIT, payment(id)));
        let rejected = matches!(&credit, Ok(Some((credit, _)))
            if credit.stage() == credit::Stage::Aborted);
        match in_vain && rejected && !matches!(case, Ok(Some(_))) {
            true => Err(violation("a bank has credited in vain and nobody looks", id, end)),
            false => Ok(()),
        }
    }
}

impl End {
    fn of(transfer: &Transfer) -> End {
        End {
            state: transfer.state,
            cause: transfer.cause.clone(),
            ended_at: transfer.ended_at,
            payer: transfer.payer.as_str().to_owned(),
            payee: transfer.payee.as_str().to_owned(),
            units: transfer.money.units(),
        }
    }
}

impl Violation {
    pub fn of(what: &'static str, how: String) -> Violation {
        Violation { what, how }
    }

    /// The rule that was broken.
    pub fn what(&self) -> &'static str {
        self.what
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.how)
    }
}

impl From<StoreError> for Unseen {
    fn from(_: StoreError) -> Unseen {
        Unseen
    }
}

impl From<CommitError> for Unseen {
    fn from(_: CommitError) -> Unseen {
        Unseen
    }
}

fn payment(id: u128) -> PaymentId {
    PaymentId::from(TransferId(id))
}

fn violation(what: &'static str, id: u128, how: &dyn fmt::Debug) -> Violation {
    Violation { what, how: format!("{id:032x} {how:?}") }
}

fn violated<T>(
    what: &'static str,
    id: u128,
    how: &dyn fmt::Debug,
) -> Result<Result<T, Violation>, Unseen> {
    Ok(Err(violation(what, id, how)))
}
