//! What is done. A page is shown again afterwards; a program gets what it changed.

use fspiop::error::Refusal;
use switch::{Outcome, TransferId};
use switch_store::CommitError;

use super::asked::{Asked, Manner};
use super::{Desk, pages, refused, sessions, unknown};
use crate::cases::kept::{self, ChangeError, KeepError};
use crate::cases::{Case, CaseError, Proposal};
use crate::envelope::Answer;
use crate::holds::{self, Verb, Word, WordError};
use crate::hub::{read_failed, store_failed};

impl Desk<'_> {
    /// A POST by somebody who is known.
    pub(super) async fn act(
        &self,
        asked: &Asked<'_>,
        segments: &[&str],
    ) -> Result<Answer, Refusal> {
        let shown = match segments {
            ["logout"] => return Ok(sessions::logout(self.workbench, asked)),
            ["cases", id, verb] => return self.on_case(asked, id, verb).await,
            ["lists"] => self.add_to_list(asked).await.map(|()| "lists")?,
            ["lists", name, "remove"] => self.take_off_list(name).await.map(|()| "lists")?,
            ["draft"] => self.put_draft(asked).await.map(|()| "typologies")?,
            ["draft", "discard"] => self.discard_draft().await.map(|()| "typologies")?,
            ["draft", "test"] => self.test_draft(asked).await.map(|()| "typologies")?,
            ["draft", "promote"] => self.promote_draft(asked).await.map(|()| "typologies")?,
            ["catalogues", number, "rollback"] => {
                self.roll_back(asked, number).await.map(|()| "typologies")?
            }
            _ => return Err(unknown()),
        };
        Ok(match asked.manner {
            Manner::Page => seen(&format!("/workbench/{shown}")),
            Manner::Api => Answer::empty(204),
        })
    }

    async fn on_case(&self, asked: &Asked<'_>, id: &str, verb: &str) -> Result<Answer, Refusal> {
        let found = kept::load(self.node, id).await.map_err(read_failed)?;
        let case = found.ok_or_else(unknown)?.case;
        let change = match verb {
            "verdict" => self.close(asked, &case).await?,
            "confirm" => self.confirm(asked, &case).await?,
            "snooze" => self.snooze(asked, &case).await?,
            "allow" => self.allow(asked, &case).await?,
            "list" => self.list_account(asked, &case).await?,
            _ => self.word(asked, verb)?,
        };
        let case = kept::change(self.node, id, change).await.map_err(not_changed)?;
        Ok(match asked.manner {
            Manner::Page => seen(&format!("/workbench/cases/{id}")),
            Manner::Api => pages::json(&case),
        })
    }

    /// What is done in the case alone.
    fn word(&self, asked: &Asked<'_>, verb: &str) -> Result<Change, Refusal> {
        let (now_ms, by) = (self.node.now().0, self.caller.name.clone());
        Ok(match verb {
            "assign" => {
                let to = asked.field("to").unwrap_or_default().to_owned();
                let users = &self.workbench.settings.users;
                if !to.is_empty() && !users.iter().any(|user| user.name == to) {
                    return Err(refused(400, "to must be a user of the workbench"));
                }
                Box::new(move |case| case.assign(now_ms, &by, &to))
            }
            "note" => {
                let text = asked.text("text")?.to_owned();
                Box::new(move |case| case.note(now_ms, &by, &text))
            }
            "propose" => {
                let verb = asked.field("verb").unwrap_or_default();
                let verb = verb_of(verb).ok_or_else(|| refused(400, "verb is release or block"))?;
                let payment = asked.text("payment")?.to_owned();
                let (verb, reason) = (verb.as_str().to_owned(), asked.text("reason")?.to_owned());
                let proposal = Proposal { payment, verb, reason, by };
                Box::new(move |case| case.propose(now_ms, proposal.clone()))
            }
            "withdraw" => {
                let (role, payment) = (self.caller.role, asked.text("payment")?.to_owned());
                Box::new(move |case| case.withdraw(now_ms, (&by, role), &payment))
            }
            _ => return Err(unknown()),
        })
    }

    /// The second pair of eyes: the operator's word is given in both names.
    async fn confirm(&self, asked: &Asked<'_>, case: &Case) -> Result<Change, Refusal> {
        let payment = asked.text("payment")?.to_owned();
        let (by, role) = (self.caller.name.clone(), self.caller.role);
        let proposal = case.confirmable(&by, role, &payment).map_err(not_taken)?;
        let verb = verb_of(&proposal.verb).ok_or_else(unknown)?;
        // What was on the page may have been withdrawn and proposed otherwise.
        let is_meant = proposal.verb == asked.text("verb")?
            && asked.field("proposedBy").is_none_or(|by| by == proposal.by);
        if !is_meant {
            return Err(refused(409, "something else is proposed by now: look at it again"));
        }
        let id = transfer_id(&payment).ok_or_else(unknown)?;
        let transfer = self.node.transfer(id).await.map_err(read_failed)?.ok_or_else(unknown)?;
        let word = Word {
            verb,
            operator: Some(format!("{}, {by}", proposal.by)),
            reason: Some(proposal.reason.clone()),
        };
        let decided = holds::decide(self.node, &transfer, word).await.map_err(not_decided)?;
        let result = match (&decided.outcome, verb) {
            (Outcome::Accepted | Outcome::Resent, Verb::Release) => "released".to_owned(),
            (Outcome::Accepted | Outcome::Resent, Verb::Block) => "blocked".to_owned(),
            (Outcome::Refused(refusal), _) => format!("not done: {refusal:?}"),
            (Outcome::Late, _) => "not done: its time was over".to_owned(),
            (other, _) => format!("not done: it is not held any more ({other:?})"),
        };
        tracing::info!(payment, verb = verb.as_str(), proposed_by = proposal.by, user = by, result);
        let now_ms = self.node.now().0;
        Ok(done(move |case| case.confirmed(now_ms, &by, &payment, &result)))
    }
}

/// What an action does to its case: it is done to what is there when it is written, and again if somebody
/// else was faster. What it has done elsewhere is done once, before.
pub(super) type Change = Box<dyn Fn(&mut Case) -> Result<(), CaseError> + Send + Sync>;

/// What has been done elsewhere is written down in any case.
pub(super) fn done(write_down: impl Fn(&mut Case) + Send + Sync + 'static) -> Change {
    Box::new(move |case| {
        write_down(case);
        Ok(())
    })
}

/// As screening names payments: 32 hexadecimal digits.
pub(super) fn transfer_id(payment: &str) -> Option<TransferId> {
    let is_hex = payment.len() == 32 && payment.bytes().all(|byte| byte.is_ascii_hexdigit());
    let bits = is_hex.then(|| u128::from_str_radix(payment, 16).ok())?;
    bits.map(TransferId)
}

fn verb_of(text: &str) -> Option<Verb> {
    [Verb::Release, Verb::Block].into_iter().find(|verb| verb.as_str() == text)
}

fn seen(page: &str) -> Answer {
    Answer::empty(303).header("location", page)
}

fn not_taken(error: CaseError) -> Refusal {
    let status = match error {
        CaseError::NoPayment => 404,
        CaseError::SamePerson | CaseError::NotSupervisor => 403,
        _ => 409,
    };
    refused(status, error.to_string())
}

fn not_changed(error: ChangeError) -> Refusal {
    match error {
        ChangeError::Unknown => unknown(),
        ChangeError::NotTaken(error) => not_taken(error),
        ChangeError::Keep(KeepError::Read(error)) => read_failed(error),
        ChangeError::Keep(KeepError::Commit(CommitError::Conflict { .. })) => {
            refused(409, "too many others change this case: try again")
        }
        ChangeError::Keep(KeepError::Commit(error)) => store_failed(&error),
        ChangeError::Keep(KeepError::Written(error)) => {
            tracing::error!(%error, "a case cannot be written");
            refused(500, "")
        }
    }
}

fn not_decided(error: WordError) -> Refusal {
    match error {
        WordError::Read(error) => read_failed(error),
        WordError::Commit(error) => store_failed(&error),
        WordError::NotKept => refused(500, "the held prepare is missing"),
    }
}
