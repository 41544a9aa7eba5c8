//! What a bank's pacs.002 says of the credits that it was sent.

use iso20022::pacs002::PaymentStatusReport;
use iso20022::{Coded, OriginalGroup, StatusCode, StatusReason, TransactionStatus};

use crate::PaymentId;

/// One status of one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankStatus {
    /// The payment, by the ids that we gave it (OrgnlTxId, OrgnlInstrId, OrgnlMsgId) or by its UETR.
    pub payment: Option<PaymentId>,
    /// `OrgnlUETR`: look this up as an alias where `payment` is not known.
    pub uetr: Option<String>,
    /// `OrgnlEndToEndId`
    pub end_to_end_id: Option<String>,
    /// `TxSts`, or `GrpSts` where there are no transactions.
    pub status: StatusCode,
    /// `StsRsnInf/Rsn`
    pub reason: Option<Coded>,
    /// `StsRsnInf/AddtlInf`
    pub text: Option<String>,
}

/// The statuses in a report: one a transaction, or the group's.
pub fn statuses(report: &PaymentStatusReport) -> Vec<BankStatus> {
    let group = report.original_groups.first();
    if report.transactions.is_empty() {
        return report.original_groups.iter().filter_map(of_group).collect();
    }
    report
        .transactions
        .iter()
        .filter_map(|transaction| of_transaction(transaction, group))
        .collect()
}

fn of_group(group: &OriginalGroup) -> Option<BankStatus> {
    let (reason, text) = first_reason(&group.reasons);
    Some(BankStatus {
        payment: PaymentId::of_message_id(&group.message_id),
        uetr: None,
        end_to_end_id: None,
        status: group.status.clone()?,
        reason,
        text,
    })
}

fn of_transaction(
    transaction: &TransactionStatus,
    group: Option<&OriginalGroup>,
) -> Option<BankStatus> {
    let own_group = transaction.original_group.as_ref().or(group);
    let reasons = if transaction.reasons.is_empty() {
        group.map(|group| group.reasons.as_slice()).unwrap_or_default()
    } else {
        &transaction.reasons
    };
    let (reason, text) = first_reason(reasons);
    let of_text = |id: &Option<String>| id.as_deref().and_then(|id| PaymentId::parse(id).ok());
    let payment = of_text(&transaction.original_transaction_id)
        .or_else(|| of_text(&transaction.original_instruction_id))
        .or_else(|| own_group.and_then(|group| PaymentId::of_message_id(&group.message_id)))
        .or_else(|| of_text(&transaction.original_uetr));
    Some(BankStatus {
        payment,
        uetr: transaction.original_uetr.clone(),
        end_to_end_id: transaction.original_end_to_end_id.clone(),
        status: transaction.status.clone().or_else(|| group?.status.clone())?,
        reason,
        text,
    })
}

fn first_reason(reasons: &[StatusReason]) -> (Option<Coded>, Option<String>) {
    let Some(first) = reasons.first() else { return (None, None) };
    (first.reason.clone(), first.additional.first().cloned())
}
