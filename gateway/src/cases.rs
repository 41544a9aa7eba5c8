//! Cases: what analysts work on. An alert opens one, or joins the open one of the same typology and
//! account; everything that happens to it is a step of its history, which only grows. Nothing in here
//! moves money: a held payment goes on or ends by [`crate::holds`], after a second pair of eyes.
//!
//! * `kept`: as documents; `alerted`: from the stream; `unjudged`: held without a verdict
//! * `export`: for others

pub mod alerted;
pub mod export;
pub mod kept;
pub mod unjudged;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use thiserror::Error;

use crate::config::Role;
use crate::limits::{
    CASE_ACCOUNTS_MAX, CASE_HISTORY_MAX, CASE_PAYMENTS_MAX, CASE_VERDICT_BYTES_MAX,
};

/// What one typology found around some accounts, and what people made of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Case {
    /// Its name: newer ones come first in order.
    pub id: String,
    /// The typology; `EFRuP` for payments that a list has held, `no verdict` for those that nobody judged.
    pub typology: String,
    /// When it was opened: Unix milliseconds.
    pub opened_ms: i64,
    /// The accounts by which payments join it, under their pseudonyms.
    pub accounts: Vec<String>,
    /// Whose it is.
    pub assignee: Option<String>,
    /// What it came to; none while it is open.
    pub finding: Option<Finding>,
    /// Its payments, the oldest first.
    pub payments: Vec<Payment>,
    /// Payments that joined it beside these: of a snoozed typology, which opens no further case.
    pub more_payments: u64,
    /// What somebody wants to happen to a held payment, until somebody else agrees.
    pub proposals: Vec<Proposal>,
    /// Everything that happened, the oldest first.
    pub history: Vec<Step>,
}

/// A payment of a case.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    /// The transfer's id, 32 hexadecimal digits.
    pub id: String,
    /// When it was tried: Unix milliseconds.
    pub at_ms: i64,
    /// Who sends the money.
    pub payer_fsp: String,
    /// Who gets it.
    pub payee_fsp: String,
    /// How much, as text.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// The debtor's account, if it is known.
    pub debtor: Option<String>,
    /// The creditor's account, if it is known.
    pub creditor: Option<String>,
    /// What was to be done with it before it was made.
    pub decision: String,
    /// Why, in a sentence.
    pub explanation: String,
    /// Its verdicts, to the letter.
    pub verdicts: Vec<Box<RawValue>>,
}

/// What a case came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What it was.
    pub verdict: Word,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub by: String,
    /// When: Unix milliseconds.
    pub at_ms: i64,
}

/// What a case was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Word {
    /// Fraud.
    Fraud,
    /// A false alarm.
    Genuine,
    /// Nobody can tell.
    Unclear,
}

/// What somebody wants to happen to a held payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Proposal {
    /// The transfer's id.
    pub payment: String,
    /// `release` or `block`.
    pub verb: String,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
}

/// One step of a history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// When: Unix milliseconds.
    pub at_ms: i64,
    /// Who; empty for screening itself.
    pub by: String,
    /// What, as a word.
    pub what: String,
    /// About what: a payment, a condition, a colleague; empty for the case as a whole.
    pub about: String,
    /// In their words.
    pub text: String,
}

/// Why a step cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CaseError {
    /// It is closed.
    #[error("the case is closed")]
    Closed,
    /// No such payment in it.
    #[error("the case has no such payment")]
    NoPayment,
    /// Something is proposed already.
    #[error("something is proposed for this payment already")]
    Proposed,
    /// Nothing is proposed.
    #[error("nothing is proposed for this payment")]
    NotProposed,
    /// One person is not two.
    #[error("somebody else than who proposed it must confirm it")]
    SamePerson,
    /// An analyst cannot confirm.
    #[error("a supervisor must do this")]
    NotSupervisor,
    /// A payment of it waits for a word.
    #[error("a payment of the case is held: release or block it first")]
    Held,
    /// Its history is full.
    #[error("the case's history is full: close it")]
    Full,
}

impl Payment {
    /// Whether it was to be held, for review or because nobody has judged it.
    pub fn may_be_held(&self) -> bool {
        matches!(self.decision.as_str(), "review" | "held")
    }
}

impl Case {
    /// A new one.
    pub fn open(id: String, typology: &str, at_ms: i64) -> Case {
        let mut case = Case {
            id,
            typology: typology.to_owned(),
            opened_ms: at_ms,
            accounts: Vec::new(),
            assignee: None,
            finding: None,
            payments: Vec::new(),
            more_payments: 0,
            proposals: Vec::new(),
            history: Vec::new(),
        };
        case.step(at_ms, "", "opened", "", "");
        case
    }

    /// Whether somebody has still to work on it.
    pub fn is_open(&self) -> bool {
        self.finding.is_none()
    }

    /// Whether one more payment would be part of it, and not only be counted.
    pub fn has_room(&self) -> bool {
        let verdicts = self.payments.iter().flat_map(|payment| &payment.verdicts);
        let bytes: usize = verdicts.map(|verdict| verdict.get().len()).sum();
        self.payments.len() < CASE_PAYMENTS_MAX && bytes < CASE_VERDICT_BYTES_MAX
    }

    /// A payment, or another verdict on one that is there. Whether anything is new.
    pub fn join(&mut self, payment: Payment) -> bool {
        if let Some(known) = self.payments.iter_mut().find(|known| known.id == payment.id) {
            let seen = |verdict: &RawValue| known.verdicts.iter().any(|v| v.get() == verdict.get());
            let new: Vec<_> = payment.verdicts.into_iter().filter(|v| !seen(v)).collect();
            let is_new = !new.is_empty();
            known.verdicts.extend(new);
            return is_new;
        }
        for account in [&payment.debtor, &payment.creditor].into_iter().flatten() {
            if !self.accounts.contains(account) && self.accounts.len() < CASE_ACCOUNTS_MAX {
                self.accounts.push(account.clone());
            }
        }
        if !self.has_room() {
            self.more_payments = self.more_payments.saturating_add(1);
            return true;
        }
        if !self.payments.is_empty() {
            self.step(payment.at_ms, "", "joined", &payment.id, "");
        }
        self.payments.push(payment);
        true
    }

    /// Somebody takes it, or gives it to somebody.
    ///
    /// # Errors
    /// [`CaseError::Closed`], [`CaseError::Full`]
    pub fn assign(&mut self, at_ms: i64, by: &str, to: &str) -> Result<(), CaseError> {
        self.room()?;
        self.assignee = (!to.is_empty()).then(|| to.to_owned());
        self.step(at_ms, by, if to.is_empty() { "unassigned" } else { "assigned" }, to, "");
        Ok(())
    }

    /// Somebody writes something down; on a closed case, too.
    ///
    /// # Errors
    /// [`CaseError::Full`]
    pub fn note(&mut self, at_ms: i64, by: &str, text: &str) -> Result<(), CaseError> {
        if self.history.len() >= CASE_HISTORY_MAX {
            return Err(CaseError::Full);
        }
        self.step(at_ms, by, "noted", "", text);
        Ok(())
    }

    /// Somebody says what it was: that closes it.
    ///
    /// # Errors
    /// [`CaseError::Closed`]
    pub fn close(&mut self, finding: Finding) -> Result<(), CaseError> {
        if !self.is_open() {
            return Err(CaseError::Closed);
        }
        let Finding { at_ms, by, reason, verdict } = &finding;
        self.step(*at_ms, by, verdict.as_str(), "", reason);
        self.proposals.clear();
        self.finding = Some(finding);
        Ok(())
    }

    /// Somebody wants a held payment to go on or to end.
    ///
    /// # Errors
    /// See [`CaseError`].
    pub fn propose(&mut self, at_ms: i64, proposal: Proposal) -> Result<(), CaseError> {
        self.room()?;
        if !self.payments.iter().any(|payment| payment.id == proposal.payment) {
            return Err(CaseError::NoPayment);
        }
        if self.proposals.iter().any(|known| known.payment == proposal.payment) {
            return Err(CaseError::Proposed);
        }
        let Proposal { payment, verb, reason, by } = &proposal;
        self.step(at_ms, by, &format!("proposed {verb}"), payment, reason);
        self.proposals.push(proposal);
        Ok(())
    }

    /// Somebody takes a proposal back, or a supervisor turns it down.
    ///
    /// # Errors
    /// [`CaseError::NotProposed`], [`CaseError::NotSupervisor`]
    pub fn withdraw(
        &mut self,
        at_ms: i64,
        (by, role): (&str, Role),
        payment: &str,
    ) -> Result<(), CaseError> {
        let proposal = self.proposed(payment)?;
        if proposal.by != by && role != Role::Supervisor {
            return Err(CaseError::NotSupervisor);
        }
        let verb = proposal.verb.clone();
        self.proposals.retain(|known| known.payment != payment);
        self.step(at_ms, by, &format!("withdrew {verb}"), payment, "");
        Ok(())
    }

    /// The proposal that this person may confirm.
    ///
    /// # Errors
    /// Nobody confirms their own, and no analyst confirms any.
    pub fn confirmable(&self, by: &str, role: Role, payment: &str) -> Result<&Proposal, CaseError> {
        let proposal = self.proposed(payment)?;
        match (proposal.by == by, role) {
            (true, _) => Err(CaseError::SamePerson),
            (false, Role::Analyst) => Err(CaseError::NotSupervisor),
            (false, Role::Supervisor) => Ok(proposal),
        }
    }

    /// What was proposed has been decided, with this result.
    pub fn confirmed(&mut self, at_ms: i64, by: &str, payment: &str, result: &str) {
        let verb = self.proposed(payment).map(|known| known.verb.clone()).unwrap_or_default();
        self.proposals.retain(|known| known.payment != payment);
        self.step(at_ms, by, &format!("confirmed {verb}"), payment, result);
    }

    /// Something that was done beside the case because of it: a snooze, an allowed pair, a list.
    pub fn step(&mut self, at_ms: i64, by: &str, what: &str, about: &str, text: &str) {
        let [by, what, about, text] = [by, what, about, text].map(str::to_owned);
        self.history.push(Step { at_ms, by, what, about, text });
    }

    fn proposed(&self, payment: &str) -> Result<&Proposal, CaseError> {
        let found = self.proposals.iter().find(|known| known.payment == payment);
        found.ok_or(CaseError::NotProposed)
    }

    fn room(&self) -> Result<(), CaseError> {
        match (self.is_open(), self.history.len() < CASE_HISTORY_MAX) {
            (false, _) => Err(CaseError::Closed),
            (true, false) => Err(CaseError::Full),
            (true, true) => Ok(()),
        }
    }
}

impl Word {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Word::Fraud => "fraud",
            Word::Genuine => "genuine",
            Word::Unclear => "unclear",
        }
    }

    /// As it was written.
    pub fn read(text: &str) -> Option<Word> {
        [Word::Fraud, Word::Genuine, Word::Unclear].into_iter().find(|word| word.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment(id: &str, verdict: &str) -> Payment {
        let text = |text: &str| text.to_owned();
        Payment {
            id: text(id),
            at_ms: 7,
            payer_fsp: text("green"),
            payee_fsp: text("blue"),
            amount: text("10"),
            currency: text("EUR"),
            debtor: Some(text("aa")),
            creditor: Some(text("bb")),
            decision: text("review"),
            explanation: String::new(),
            verdicts: vec![RawValue::from_string(verdict.to_owned()).unwrap()],
        }
    }

    fn case() -> Case {
        let mut case = Case::open("c1".to_owned(), "007@1.0.0", 1);
        assert!(case.join(payment("p1", "1")));
        case
    }

    fn proposal(verb: &str, by: &str) -> Proposal {
        let [payment, verb, reason, by] = ["p1", verb, "called back", by].map(str::to_owned);
        Proposal { payment, verb, reason, by }
    }

    #[test]
    fn who_proposes_may_not_confirm_and_an_analyst_may_not_either() {
        let mut case = case();
        let confirm = |case: &Case, by, role| case.confirmable(by, role, "p1").map(|_| ());
        assert_eq!(confirm(&case, "sue", Role::Supervisor), Err(CaseError::NotProposed));
        case.propose(2, proposal("block", "sue")).unwrap();
        assert_eq!(case.propose(2, proposal("release", "ann")), Err(CaseError::Proposed));
        assert_eq!(confirm(&case, "sue", Role::Supervisor), Err(CaseError::SamePerson));
        assert_eq!(confirm(&case, "ann", Role::Analyst), Err(CaseError::NotSupervisor));
        assert_eq!(confirm(&case, "tom", Role::Supervisor), Ok(()));
        case.confirmed(3, "tom", "p1", "blocked");
        assert_eq!(confirm(&case, "tom", Role::Supervisor), Err(CaseError::NotProposed));
        let steps: Vec<&str> = case.history.iter().map(|step| step.what.as_str()).collect();
        assert_eq!(steps, ["opened", "proposed block", "confirmed block"]);
    }

    #[test]
    fn a_proposal_is_taken_back_by_its_author_or_turned_down_by_a_supervisor() {
        for (by, role, expected) in [
            ("ann", Role::Analyst, Ok(())),
            ("bob", Role::Analyst, Err(CaseError::NotSupervisor)),
            ("sue", Role::Supervisor, Ok(())),
        ] {
            let mut case = case();
            case.propose(2, proposal("release", "ann")).unwrap();
            assert_eq!(case.withdraw(3, (by, role), "p1"), expected, "{by}");
            assert_eq!(case.proposals.len(), usize::from(expected.is_err()));
        }
    }

    #[test]
    fn a_closed_case_takes_notes_and_nothing_else() {
        let mut case = case();
        let finding = Finding {
            verdict: Word::Genuine,
            reason: "a gift".to_owned(),
            by: "ann".to_owned(),
            at_ms: 4,
        };
        case.close(finding.clone()).unwrap();
        assert_eq!(case.close(finding), Err(CaseError::Closed));
        assert_eq!(case.assign(5, "ann", "bob"), Err(CaseError::Closed));
        assert_eq!(case.propose(5, proposal("block", "ann")), Err(CaseError::Closed));
        case.note(6, "bob", "seen").unwrap();
        assert_eq!(case.history.len(), 3);
    }

    #[test]
    fn payments_join_once_and_are_counted_beyond_the_bound() {
        let mut case = case();
        assert!(!case.join(payment("p1", "1")), "the same verdict again");
        assert!(case.join(payment("p1", "2")), "another verdict on it");
        assert_eq!((case.payments.len(), case.payments[0].verdicts.len()), (1, 2));
        for number in 0..CASE_PAYMENTS_MAX {
            assert!(case.join(payment(&format!("q{number}"), "1")));
        }
        assert_eq!((case.payments.len(), case.more_payments), (CASE_PAYMENTS_MAX, 1));
        assert_eq!(case.accounts, ["aa", "bb"]);
    }
}
