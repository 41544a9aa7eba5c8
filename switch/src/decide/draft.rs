//! A decision in the making: accounts are changed by postings only, and only two at a time.

use std::collections::BTreeMap;

use super::Scene;
use crate::{
    Account, AccountKey, AccountKind, Cause, Currency, DeadlineChange, Decision, Effect, HoldEnd,
    Money, Outcome, ParticipantName, Posting, Refusal, Row, Transfer, TransferState,
};

pub(super) struct Draft<'a> {
    scene: &'a Scene<'a>,
    accounts: BTreeMap<AccountKey, Account>,
    rows: Vec<Row>,
    postings: Vec<Posting>,
    deadlines: Vec<DeadlineChange>,
    pub(super) effects: Vec<Effect>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(scene: &'a Scene<'a>) -> Self {
        let (rows, postings) = (Vec::new(), Vec::new());
        let (deadlines, effects) = (Vec::new(), Vec::new());
        Self { scene, accounts: BTreeMap::new(), rows, postings, deadlines, effects }
    }

    pub(super) fn decided(self, outcome: Outcome) -> Decision {
        let Self { accounts, mut rows, postings, deadlines, effects, .. } = self;
        rows.extend(accounts.into_values().map(|account| Row::Account(Box::new(account))));
        Decision { outcome, writes: rows, postings, effects, deadlines }
    }

    pub(super) fn write(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// The account as this decision leaves it so far, to be changed in place.
    pub(super) fn account(&mut self, key: &AccountKey) -> Result<&mut Account, Refusal> {
        if !self.accounts.contains_key(key) {
            let row = self.scene.view.account(key)?.ok_or(Refusal::LedgerInconsistent)?;
            self.accounts.insert(key.clone(), row.clone());
        }
        self.accounts.get_mut(key).ok_or(Refusal::LedgerInconsistent)
    }

    /// Moves `money`: onto one account with its sign, onto the other with the opposite one.
    pub(super) fn post(
        &mut self,
        onto: AccountKey,
        against: AccountKey,
        money: Money,
    ) -> Result<(), Refusal> {
        self.post_one(onto, money)?;
        self.post_one(against, money.negated())
    }

    /// Raises the payer's position by what the transfer reserves.
    pub(super) fn reserve(&mut self, transfer: &Transfer) -> Result<(), Refusal> {
        let (position, in_flight) = reserved_on(transfer);
        self.deadlines.push(DeadlineChange::Set { id: transfer.id, at: transfer.due_at });
        self.post(position, in_flight, transfer.money)
    }

    /// Ends a reserved transfer unpaid: gives the position back.
    pub(super) fn release(
        &mut self,
        transfer: &mut Transfer,
        state: TransferState,
        cause: Cause,
    ) -> Result<(), Refusal> {
        let (position, in_flight) = reserved_on(transfer);
        self.post(in_flight, position, transfer.money)?;
        transfer.cause = Some(cause);
        self.end(transfer, state);
        Ok(())
    }

    /// Ends a held transfer unpaid: nothing was reserved, and the payee has not heard of it.
    pub(super) fn end_held(
        &mut self,
        transfer: &mut Transfer,
        state: TransferState,
        cause: Cause,
        end: HoldEnd,
    ) {
        self.leave_hold(transfer, end);
        transfer.cause = Some(cause);
        transfer.state = state;
        transfer.ended_at = Some(self.scene.now);
    }

    /// Takes a held transfer out of its hold.
    pub(super) fn leave_hold(&mut self, transfer: &Transfer, end: HoldEnd) {
        let id = transfer.id;
        self.deadlines.push(DeadlineChange::Clear { id, at: transfer.due_at });
        self.effects.push(Effect::HoldEnded { id, end });
    }

    /// Holds a transfer: only its deadline is kept in the index.
    pub(super) fn hold(&mut self, transfer: &Transfer) {
        let id = transfer.id;
        self.deadlines.push(DeadlineChange::Set { id, at: transfer.due_at });
    }

    /// Ends a reserved transfer paid: what was in flight lowers the payee's position.
    pub(super) fn commit(&mut self, transfer: &mut Transfer) -> Result<(), Refusal> {
        let (_, in_flight) = reserved_on(transfer);
        let payee = on(&transfer.payee, transfer.money.currency(), AccountKind::Position);
        self.post(in_flight, payee, transfer.money)?;
        self.end(transfer, TransferState::Committed);
        Ok(())
    }

    /// Moves a transfer's place in the index of deadlines.
    pub(super) fn postpone(&mut self, transfer: &mut Transfer, at: crate::Timestamp) {
        let id = transfer.id;
        self.deadlines.push(DeadlineChange::Clear { id, at: transfer.due_at });
        self.deadlines.push(DeadlineChange::Set { id, at });
        transfer.due_at = at;
    }

    fn end(&mut self, transfer: &mut Transfer, state: TransferState) {
        let id = transfer.id;
        self.deadlines.push(DeadlineChange::Clear { id, at: transfer.due_at });
        self.effects.push(Effect::SupersedePrepare { to: transfer.payee.clone(), id });
        transfer.state = state;
        transfer.ended_at = Some(self.scene.now);
    }

    fn post_one(&mut self, key: AccountKey, delta: Money) -> Result<(), Refusal> {
        let now = self.scene.now;
        let account = self.account(&key)?;
        account.balance = account.balance.checked_add(delta)?;
        account.changed_at = now;
        self.postings.push(Posting { account: key, delta });
        Ok(())
    }
}

pub(super) fn on(owner: &ParticipantName, currency: Currency, kind: AccountKind) -> AccountKey {
    AccountKey { participant: owner.clone(), currency, kind }
}

fn reserved_on(transfer: &Transfer) -> (AccountKey, AccountKey) {
    let (payer, currency) = (&transfer.payer, transfer.money.currency());
    (on(payer, currency, AccountKind::Position), on(payer, currency, AccountKind::InFlight))
}
