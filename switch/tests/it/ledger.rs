//! A store in memory that does what a committer does, and checks what every batch must hold.

use std::collections::{BTreeMap, BTreeSet};

use switch::{
    Account, AccountKind, Command, Currency, DeadlineChange, Decision, Key, Row, Rules, Timestamp,
    Transfer, TransferId, TransferState, View, decide,
};

#[derive(Clone, Default)]
pub struct Ledger {
    pub rules: Rules,
    pub rows: BTreeMap<Key, Row>,
    pub deadlines: BTreeSet<(Timestamp, TransferId)>,
}

impl Ledger {
    /// Decides a batch: loads in the two steps that the crate promises to be enough, decides each
    /// command on the overlay, writes once, checks.
    pub fn batch(&mut self, commands: &[(Timestamp, Command)]) -> Vec<Decision> {
        let decisions = self.decide(commands);
        for decision in &decisions {
            self.write(decision);
        }
        self.check();
        decisions
    }

    /// As [`Ledger::batch`], but nothing is kept: the store died before the write.
    pub fn decide(&self, commands: &[(Timestamp, Command)]) -> Vec<Decision> {
        let mut view = View::new();
        self.load(&mut view, commands.iter().flat_map(|(_, command)| command.keys()).collect());
        let more = commands.iter().flat_map(|(_, command)| view.more_keys(command)).collect();
        self.load(&mut view, more);
        let mut decisions = Vec::new();
        for (now, command) in commands {
            let decision = decide(&view, command, &self.rules, *now);
            check_decision(&view, &decision);
            view.apply(&decision);
            decisions.push(decision);
        }
        decisions
    }

    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.rows.values().filter_map(|row| match row {
            Row::Account(account) => Some(&**account),
            _ => None,
        })
    }

    pub fn transfers(&self) -> impl Iterator<Item = &Transfer> {
        self.rows.values().filter_map(|row| match row {
            Row::Transfer(transfer) => Some(&**transfer),
            _ => None,
        })
    }

    fn load(&self, view: &mut View, keys: Vec<Key>) {
        for key in view.missing(keys) {
            let row = self.rows.get(&key).cloned();
            view.insert(key, row);
        }
    }

    fn write(&mut self, decision: &Decision) {
        for row in &decision.writes {
            let before = self.rows.insert(row.key(), row.clone());
            check_one_final_state(before.as_ref(), row);
        }
        for change in &decision.deadlines {
            match *change {
                DeadlineChange::Set { id, at } => assert!(self.deadlines.insert((at, id))),
                DeadlineChange::Clear { id, at } => assert!(self.deadlines.remove(&(at, id))),
            }
        }
    }

    /// What holds between any two batches.
    pub fn check(&self) {
        let mut sums: BTreeMap<Currency, i128> = BTreeMap::new();
        let mut in_flight: BTreeMap<_, i128> = BTreeMap::new();
        for account in self.accounts() {
            *sums.entry(account.key.currency).or_default() += account.balance.units();
            if account.key.kind == AccountKind::InFlight {
                let owner = (account.key.currency, &account.key.participant);
                in_flight.insert(owner, -account.balance.units());
            }
        }
        assert!(sums.values().all(|sum| *sum == 0), "accounts do not sum to zero: {sums:?}");
        let mut open = 0;
        for transfer in self.transfers().filter(|transfer| !transfer.state.is_final()) {
            let owner = (transfer.money.currency(), &transfer.payer);
            // What is held reserves nothing.
            if transfer.state != TransferState::Held {
                *in_flight.entry(owner).or_default() -= transfer.money.units();
            }
            assert!(self.deadlines.contains(&(transfer.due_at, transfer.id)), "no deadline");
            open += 1;
        }
        assert!(in_flight.values().all(|left| *left == 0), "in flight is not what is reserved");
        assert_eq!(open, self.deadlines.len(), "a final transfer has a deadline");
    }
}

/// Postings sum to zero per currency and explain every change of a balance; no key twice.
fn check_decision(view: &View, decision: &Decision) {
    let mut sums: BTreeMap<Currency, i128> = BTreeMap::new();
    let mut moved: BTreeMap<_, i128> = BTreeMap::new();
    for posting in &decision.postings {
        *sums.entry(posting.delta.currency()).or_default() += posting.delta.units();
        *moved.entry(posting.account.clone()).or_default() += posting.delta.units();
    }
    assert!(sums.values().all(|sum| *sum == 0), "postings do not sum to zero: {decision:?}");
    let mut keys = BTreeSet::new();
    for row in &decision.writes {
        assert!(keys.insert(row.key()), "written twice: {:?}", row.key());
        assert!(view.row(&row.key()).is_some() || is_new_number(row), "not loaded: {row:?}");
        if let Row::Transfer(transfer) = row {
            let before = view.transfer(&transfer.id).unwrap();
            assert_ne!(before, Some(&**transfer), "written unchanged");
        }
        if let Row::Account(account) = row {
            let before = view.account(&account.key).unwrap();
            let before = before.map_or(0, |account| account.balance.units());
            let delta = moved.remove(&account.key).unwrap_or_default();
            assert_eq!(account.balance.units() - before, delta, "unexplained: {account:?}");
        }
    }
    assert!(moved.is_empty(), "posted and not written: {moved:?}");
}

/// Numbers come from the counter, so their rows cannot be there yet.
fn is_new_number(row: &Row) -> bool {
    matches!(row, Row::AccountNumber(_))
}

fn check_one_final_state(before: Option<&Row>, after: &Row) {
    let (Some(Row::Transfer(before)), Row::Transfer(after)) = (before, after) else { return };
    if before.state.is_final() {
        assert_eq!(before.state, after.state, "a final state changed");
        assert_eq!(before.cause, after.cause, "a cause changed");
        assert_eq!(before.ended_at, after.ended_at, "an end moved");
    }
}
