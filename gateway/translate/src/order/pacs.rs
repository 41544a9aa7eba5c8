//! pacs.008 as an order.

use iso20022::pacs008::{CreditTransfer, FiToFiCustomerCreditTransfer};
use iso20022::{ChargeBearer, DateTime, SettlementMethod};

use super::fingerprint::Fingerprint;
use super::open::{Draft, Names, Wanted};
use crate::status::{AgentName, Original, Reason};

/// The order in a pacs.008.
pub(super) fn draft<'m>(message: &'m FiToFiCustomerCreditTransfer, names: Names<'_>) -> Draft<'m> {
    let mut print = Fingerprint::new("pacs.008");
    print.text(Some(message.settlement_method.as_str()));
    print.optional(message.settlement_date.as_ref(), Fingerprint::date);
    let expires = expires(message);
    print.optional(expires.as_ref(), Fingerprint::date_time);
    print.optional(message.payment_type.as_ref(), Fingerprint::payment_type);
    print.each(&message.transactions, terms);
    let only = match message.transactions.as_slice() {
        [only] => Some(only),
        _ => None,
    };
    let instructing = message.instructing_agent.as_ref();
    let instructed = message.instructed_agent.as_ref();
    let own = |transfer: &'m CreditTransfer| transfer.instructing_agent.as_ref();
    let other = |transfer: &'m CreditTransfer| transfer.instructed_agent.as_ref();
    Draft {
        count: message.transactions.len(),
        hash: print.hexadecimal(),
        created: message.created,
        accepted: only.and_then(|transfer| transfer.accepted),
        expires,
        uetr: only.and_then(|transfer| transfer.uetr.as_deref()),
        original: original(message, names, only),
        from: only.and_then(other).or(instructed).map(AgentName::from),
        to: only.and_then(own).or(instructing).map(AgentName::from),
        wanted: only.map(|transfer| wanted(message, transfer)),
    }
}

/// The group's or a transaction's XpryDtTm, whichever comes first.
fn expires(message: &FiToFiCustomerCreditTransfer) -> Option<DateTime> {
    let own = message.transactions.iter().map(|transfer| transfer.expires);
    own.chain([message.expires]).flatten().min_by_key(|expiry| expiry.unix_ms())
}

/// What a status must say again of a pacs.008 with one transaction.
pub(crate) fn original_of(message: &FiToFiCustomerCreditTransfer, names: Names<'_>) -> Original {
    original(message, names, message.transactions.first())
}

fn original(
    message: &FiToFiCustomerCreditTransfer,
    names: Names<'_>,
    only: Option<&CreditTransfer>,
) -> Original {
    Original {
        message_name: names.order.to_owned(),
        answer_name: names.answer.to_owned(),
        message_id: message.message_id.clone(),
        created: message.created.to_string(),
        number_of_transactions: message.number_of_transactions.clone(),
        payment_information_id: None,
        instruction_id: only.and_then(|transfer| transfer.instruction_id.clone()),
        end_to_end_id: only.map(|transfer| transfer.end_to_end_id.clone()),
        transaction_id: only.and_then(|transfer| transfer.transaction_id.clone()),
        uetr: only.and_then(|transfer| transfer.uetr.clone()),
        initiating_party: None,
        debtor_agent: None,
        header: None,
    }
}

fn wanted<'m>(
    message: &'m FiToFiCustomerCreditTransfer,
    transfer: &'m CreditTransfer,
) -> Wanted<'m> {
    let cover = message.settlement_method == SettlementMethod::Cover;
    let mend = "SttlmMtd must be CLRG: the scheme itself settles, a cover would pay twice";
    Wanted {
        amount: &transfer.settlement_amount,
        receive: transfer.charge_bearer == ChargeBearer::Debtor,
        interbank: true,
        debtor: &transfer.debtor,
        debtor_account: transfer.debtor_account.as_ref(),
        creditor: Some(&transfer.creditor),
        creditor_account: transfer.creditor_account.as_ref(),
        creditor_agent: Some(&transfer.creditor_agent),
        end_to_end_id: &transfer.end_to_end_id,
        purpose: transfer.purpose.as_ref(),
        category_purpose: [&transfer.payment_type, &message.payment_type]
            .into_iter()
            .find_map(|kind| kind.as_ref()?.category_purpose.as_ref()),
        remittance: &transfer.remittance,
        objection: cover.then(|| Reason::new("AG03", mend)),
    }
}

fn terms(print: &mut Fingerprint, transfer: &CreditTransfer) {
    print.texts([
        transfer.instruction_id.as_ref(),
        Some(&transfer.end_to_end_id),
        transfer.transaction_id.as_ref(),
        transfer.uetr.as_ref(),
        transfer.clearing_system_reference.as_ref(),
        transfer.exchange_rate.as_ref(),
    ]);
    print.optional(transfer.payment_type.as_ref(), Fingerprint::payment_type);
    print.amount(&transfer.settlement_amount);
    print.optional(transfer.settlement_date.as_ref(), Fingerprint::date);
    print.optional(transfer.accepted.as_ref(), Fingerprint::date_time);
    print.optional(transfer.instructed_amount.as_ref(), Fingerprint::amount);
    print.text(Some(transfer.charge_bearer.as_str()));
    print.each(&transfer.charges, |print, charge| {
        print.amount(&charge.amount);
        print.agent(&charge.agent);
    });
    print.optional(transfer.ultimate_debtor.as_ref(), Fingerprint::party);
    print.optional(transfer.initiating_party.as_ref(), Fingerprint::party);
    print.party(&transfer.debtor);
    print.optional(transfer.debtor_account.as_ref(), Fingerprint::account);
    print.agent(&transfer.debtor_agent);
    print.agent(&transfer.creditor_agent);
    print.party(&transfer.creditor);
    print.optional(transfer.creditor_account.as_ref(), Fingerprint::account);
    print.optional(transfer.ultimate_creditor.as_ref(), Fingerprint::party);
    print.optional(transfer.purpose.as_ref(), Fingerprint::coded);
    print.each(&transfer.remittance, |print, line| print.text(Some(line)));
}
