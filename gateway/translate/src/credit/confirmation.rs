//! What a bank is told of a credit whose journey is not at hand.

use fspiop::ilp::{Condition, Secret};
use fspiop::transfer::TransfersPatch;
use iso20022::pacs008::FiToFiCustomerCreditTransfer;

use super::{Action, Credit, Event, Stage};
use crate::order::{Names, original_of};
use crate::status::{AgentName, StatusReport};
use crate::{BankRecord, PaymentId};

/// What PATCH /transfers makes of the credit that this pacs.008 opened, once the bank had accepted;
/// `None` where the state is no last word.
pub(crate) fn confirmation(
    sent: &FiToFiCustomerCreditTransfer,
    names: Names<'_>,
    id: PaymentId,
    bank: &BankRecord,
    patch: TransfersPatch,
    now_ms: i64,
) -> Option<StatusReport> {
    let mut credit = Credit {
        id,
        spelling: id.uuid(),
        uetr: id.uetr(),
        bank: bank.fsp_id().to_owned(),
        payer_fsp: String::new(),
        credits_on: bank.credits_on(),
        profile: bank.profile().name.to_owned(),
        ilp_packet: String::new(),
        condition: Condition([0; 32]),
        expiration_ms: now_ms,
        until_ms: now_ms,
        original: original_of(sent, names),
        to: AgentName::from(&bank.agent()),
        stage: Stage::AwaitingConfirmation { ask_at_ms: now_ms, asked: 0 },
        since_ms: now_ms,
        accepted_ms: None,
        answer: None,
        rejected_late: false,
        reconciled: false,
        reason: None,
    };
    let event = Event::Patch(Box::new(patch));
    let actions = credit.step(&event, now_ms, &Secret::new(&[]));
    actions.into_iter().find_map(|action| match action {
        Action::Confirm(report) => Some(*report),
        _ => None,
    })
}
