//! Closing a case: not while money waits in it for a word that nobody would think of any more.

use fspiop::error::Refusal;
use switch::TransferState;

use super::actions::{Change, transfer_id};
use super::asked::Asked;
use super::{Desk, refused};
use crate::cases::{Case, CaseError, Finding, Payment, Word};
use crate::hub::read_failed;

/// How long a payment that is to be held may be about to be: its verdict is told before it is stored.
const SETTLES_MS: i64 = 10_000;

impl Desk<'_> {
    /// POST cases/{id}/verdict {verdict, reason}
    pub(super) async fn close(&self, asked: &Asked<'_>, case: &Case) -> Result<Change, Refusal> {
        let verdict = asked.field("verdict").and_then(Word::read);
        let mend = "verdict is fraud, genuine or unclear";
        let verdict = verdict.ok_or_else(|| refused(400, mend))?;
        let (reason, by) = (asked.text("reason")?.to_owned(), self.caller.name.clone());
        let finding = Finding { verdict, reason, by, at_ms: self.node.now().0 };
        if case.is_open() {
            for payment in case.payments.iter().filter(|payment| payment.may_be_held()) {
                self.not_held(payment).await?;
            }
        }
        let seen = case.payments.len();
        Ok(Box::new(move |case| {
            // What has joined it since was not looked at.
            match case.payments.iter().skip(seen).any(Payment::may_be_held) {
                true => Err(CaseError::Held),
                false => case.close(finding.clone()),
            }
        }))
    }

    async fn not_held(&self, payment: &Payment) -> Result<(), Refusal> {
        let Some(id) = transfer_id(&payment.id) else { return Ok(()) };
        let transfer = self.node.transfer(id).await.map_err(read_failed)?;
        let is_held = match transfer {
            Some(transfer) => transfer.state == TransferState::Held,
            None => self.node.now().0.saturating_sub(payment.at_ms) < SETTLES_MS,
        };
        match is_held {
            true => Err(refused(409, format!("{}: {}", CaseError::Held, payment.id))),
            false => Ok(()),
        }
    }
}
