//! pain.001 as an order.

use iso20022::pain001::{
    CreditTransfer, CustomerCreditTransferInitiation, InstructedAmount, PaymentInformation,
};
use iso20022::{ChargeBearer, Date, DateOrDateTime, DateTime, PaymentMethod};

use super::fingerprint::Fingerprint;
use super::open::{Draft, Names, Wanted};
use crate::status::{AgentName, Original, Reason};

/// The order in a pain.001.
pub(super) fn draft<'m>(
    message: &'m CustomerCreditTransferInitiation,
    names: Names<'_>,
    now_ms: i64,
) -> Draft<'m> {
    // The day is the bank's own, by the offset of its CreDtTm.
    let today = DateTime::utc(now_ms).with_offset(message.created.offset_minutes()).date();
    let mut print = Fingerprint::new("pain.001");
    let pairs: Vec<(&PaymentInformation, &CreditTransfer)> = message
        .payments
        .iter()
        .flat_map(|payment| payment.transactions.iter().map(move |transfer| (payment, transfer)))
        .collect();
    print.each(&pairs, |print, (payment, transfer)| terms(print, payment, transfer));
    let only = match pairs.as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    Draft {
        count: pairs.len(),
        hash: print.hexadecimal(),
        created: message.created,
        accepted: None,
        expires: None,
        uetr: only.and_then(|(_, transfer)| transfer.uetr.as_deref()),
        original: original(message, names, only),
        from: None,
        to: None,
        wanted: only.map(|(payment, transfer)| wanted(payment, transfer, today)),
    }
}

fn original(
    message: &CustomerCreditTransferInitiation,
    names: Names<'_>,
    only: Option<(&PaymentInformation, &CreditTransfer)>,
) -> Original {
    let transfer = only.map(|(_, transfer)| transfer);
    Original {
        message_name: names.order.to_owned(),
        answer_name: names.answer.to_owned(),
        message_id: message.message_id.clone(),
        created: message.created.to_string(),
        number_of_transactions: message.number_of_transactions.clone(),
        payment_information_id: only.map(|(payment, _)| payment.id.clone()),
        instruction_id: transfer.and_then(|transfer| transfer.instruction_id.clone()),
        end_to_end_id: transfer.map(|transfer| transfer.end_to_end_id.clone()),
        transaction_id: None,
        uetr: transfer.and_then(|transfer| transfer.uetr.clone()),
        initiating_party: message.initiating_party.name.clone(),
        debtor_agent: message
            .payments
            .first()
            .map(|payment| AgentName::from(&payment.debtor_agent)),
        header: None,
    }
}

fn wanted<'m>(
    payment: &'m PaymentInformation,
    transfer: &'m CreditTransfer,
    today: Date,
) -> Wanted<'m> {
    let (amount, is_equivalent) = match &transfer.amount {
        InstructedAmount::Instructed(amount) => (amount, false),
        InstructedAmount::Equivalent { amount, .. } => (amount, true),
    };
    let charges = transfer.charge_bearer.or(payment.charge_bearer);
    Wanted {
        amount,
        receive: is_equivalent || charges == Some(ChargeBearer::Debtor),
        interbank: false,
        debtor: &payment.debtor,
        debtor_account: Some(&payment.debtor_account),
        creditor: transfer.creditor.as_ref(),
        creditor_account: transfer.creditor_account.as_ref(),
        creditor_agent: transfer.creditor_agent.as_ref(),
        end_to_end_id: &transfer.end_to_end_id,
        purpose: transfer.purpose.as_ref(),
        category_purpose: [&transfer.payment_type, &payment.payment_type]
            .into_iter()
            .find_map(|kind| kind.as_ref()?.category_purpose.as_ref()),
        remittance: &transfer.remittance,
        objection: objection(payment, transfer, today),
    }
}

/// What this release does not do for customers.
fn objection(
    payment: &PaymentInformation,
    transfer: &CreditTransfer,
    today: Date,
) -> Option<Reason> {
    let day = match payment.requested_execution {
        DateOrDateTime::Date(date) => date,
        DateOrDateTime::DateTime(time) => time.date(),
    };
    if payment.method != PaymentMethod::Transfer {
        return Some(Reason::new("AG03", "PmtMtd must be TRF: only credit transfers are taken"));
    }
    if day > today {
        let mend = "ReqdExctnDt is later than today: send the order on its day";
        return Some(Reason::new("DT01", mend));
    }
    match transfer.amount {
        InstructedAmount::Equivalent { amount, transfer_currency }
            if transfer_currency != amount.currency() =>
        {
            let mend = "CcyOfTrf is another currency than EqvtAmt's: nothing is converted here";
            Some(Reason::new("AM03", mend))
        }
        _ => None,
    }
}

fn terms(print: &mut Fingerprint, payment: &PaymentInformation, transfer: &CreditTransfer) {
    print.text(Some(payment.method.as_str()));
    print.optional(payment.payment_type.as_ref(), Fingerprint::payment_type);
    print.date_or_time(&payment.requested_execution);
    print.party(&payment.debtor);
    print.account(&payment.debtor_account);
    print.agent(&payment.debtor_agent);
    print.optional(payment.ultimate_debtor.as_ref(), Fingerprint::party);
    print.text(transfer.charge_bearer.or(payment.charge_bearer).map(ChargeBearer::as_str));
    print.texts([transfer.instruction_id.as_ref(), Some(&transfer.end_to_end_id)]);
    print.text(transfer.uetr.as_deref());
    print.optional(transfer.payment_type.as_ref(), Fingerprint::payment_type);
    match &transfer.amount {
        InstructedAmount::Instructed(amount) => print.amount(amount),
        InstructedAmount::Equivalent { amount, transfer_currency } => {
            print.amount(amount);
            print.text(Some(transfer_currency.as_str()));
        }
    }
    print.optional(transfer.ultimate_debtor.as_ref(), Fingerprint::party);
    print.optional(transfer.creditor_agent.as_ref(), Fingerprint::agent);
    print.optional(transfer.creditor.as_ref(), Fingerprint::party);
    print.optional(transfer.creditor_account.as_ref(), Fingerprint::account);
    print.optional(transfer.ultimate_creditor.as_ref(), Fingerprint::party);
    print.optional(transfer.purpose.as_ref(), Fingerprint::coded);
    print.each(&transfer.remittance, |print, line| print.text(Some(line)));
}
