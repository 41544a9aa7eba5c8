//! What is remembered of each account, in two layers (DESIGN §7): what was paid, and what is being
//! attempted. Only accounts that have paid or been paid within the longest window are here.

use std::collections::{HashMap, VecDeque};

use crate::limits::{SEEN_MAX, SEEN_PER_SIDE_MAX};
use crate::{AccountKey, Attempt, PaymentId};

/// The memory of all accounts of a tenant.
#[derive(Debug)]
pub struct History {
    accounts: HashMap<AccountKey, Account>,
    /// Every payment once an account, about in the order of time.
    ages: VecDeque<(i64, AccountKey)>,
    window_ms: i64,
}

/// One account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// As debtor.
    pub outgoing: Side,
    /// As creditor.
    pub incoming: Side,
}

/// One direction of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Side {
    settled: VecDeque<Seen>,
    pending: VecDeque<Seen>,
}

/// A payment, as an account remembers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The payment.
    pub id: PaymentId,
    /// When: at its commit if it is settled, at its screening if it is pending.
    pub at_ms: i64,
}

/// Which of the two layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Committed.
    Settled,
    /// Screened, and not ended yet.
    Pending,
}

impl Side {
    /// What happened after `from_ms`. There is no other end: what the stream has already said
    /// counts, even if its time is a little past that of an attempt which had to queue.
    pub fn after(&self, from_ms: i64) -> impl Iterator<Item = (Layer, &Seen)> {
        let settled = self.settled.iter().map(|seen| (Layer::Settled, seen));
        let pending = self.pending.iter().map(|seen| (Layer::Pending, seen));
        settled.chain(pending).filter(move |(_, seen)| from_ms < seen.at_ms)
    }

    fn add(&mut self, layer: Layer, seen: Seen) -> bool {
        self.pending.retain(|pending| pending.id != seen.id);
        if self.settled.iter().any(|settled| settled.id == seen.id) {
            return false;
        }
        let list = match layer {
            Layer::Settled => &mut self.settled,
            Layer::Pending => &mut self.pending,
        };
        list.push_back(seen);
        if list.len() > SEEN_PER_SIDE_MAX {
            list.pop_front();
        }
        true
    }

    fn drop_pending(&mut self, id: PaymentId) {
        self.pending.retain(|pending| pending.id != id);
    }

    fn forget_until(&mut self, at_ms: i64) {
        self.settled.retain(|seen| seen.at_ms > at_ms);
        self.pending.retain(|seen| seen.at_ms > at_ms);
    }

    fn is_empty(&self) -> bool {
        self.settled.is_empty() && self.pending.is_empty()
    }
}

impl History {
    /// A memory that reaches back so far.
    pub fn new(window_ms: i64) -> History {
        History { accounts: HashMap::new(), ages: VecDeque::new(), window_ms }
    }

    /// What is remembered of an account.
    pub fn account(&self, key: AccountKey) -> Option<&Account> {
        self.accounts.get(&key)
    }

    /// How many accounts are remembered.
    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// An attempt is under way.
    pub fn attempted(&mut self, attempt: &Attempt) {
        self.add(attempt, Layer::Pending, attempt.at_ms);
    }

    /// An attempt was paid.
    pub fn settled(&mut self, attempt: &Attempt, at_ms: i64) {
        self.add(attempt, Layer::Settled, at_ms);
    }

    /// An attempt came to nothing.
    pub fn ended(&mut self, attempt: &Attempt) {
        if let Some(account) = attempt.debtor.and_then(|debtor| self.of(debtor.account)) {
            account.outgoing.drop_pending(attempt.id);
        }
        if let Some(account) = attempt.creditor.and_then(|creditor| self.of(creditor.account)) {
            account.incoming.drop_pending(attempt.id);
        }
    }

    /// Forgets what is outside of the window, seen from `now_ms`.
    pub fn forget(&mut self, now_ms: i64) {
        let until_ms = now_ms.saturating_sub(self.window_ms);
        while let Some((at_ms, key)) = self.ages.front().copied() {
            if at_ms > until_ms && self.ages.len() <= SEEN_MAX {
                break;
            }
            self.ages.pop_front();
            self.forget_of(key, at_ms);
        }
    }

    fn of(&mut self, key: AccountKey) -> Option<&mut Account> {
        self.accounts.get_mut(&key)
    }

    fn add(&mut self, attempt: &Attempt, layer: Layer, at_ms: i64) {
        let seen = Seen { id: attempt.id, at_ms };
        if let Some(debtor) = attempt.debtor {
            let account = self.accounts.entry(debtor.account).or_default();
            if account.outgoing.add(layer, seen) {
                self.ages.push_back((at_ms, debtor.account));
            }
        }
        if let Some(creditor) = attempt.creditor {
            let account = self.accounts.entry(creditor.account).or_default();
            if account.incoming.add(layer, seen) {
                self.ages.push_back((at_ms, creditor.account));
            }
        }
    }

    fn forget_of(&mut self, key: AccountKey, at_ms: i64) {
        let Some(account) = self.accounts.get_mut(&key) else { return };
        account.outgoing.forget_until(at_ms);
        account.incoming.forget_until(at_ms);
        if account.outgoing.is_empty() && account.incoming.is_empty() {
            self.accounts.remove(&key);
        }
    }
}
