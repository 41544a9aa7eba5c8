use iso20022::{Inbound, Message, StatusCode, StatusReason, TransactionStatus};

/// A status that a message reports on one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reported {
    /// The status message's own id.
    pub(super) answer_id: String,
    pub(super) end_to_end_id: Option<String>,
    pub(super) transaction_id: Option<String>,
    pub(super) uetr: Option<String>,
    pub(super) original_message_id: Option<String>,
    pub(super) code: String,
    pub(super) reason: Option<String>,
}

impl Reported {
    /// Whether it ends the order.
    pub(super) fn is_final(&self) -> bool {
        self.is_settled() || matches!(self.code.as_str(), "RJCT" | "CANC" | "BLCK")
    }

    /// Whether it says that the money moved.
    pub(super) fn is_settled(&self) -> bool {
        matches!(self.code.as_str(), "ACSC" | "ACCC" | "ACWP")
    }
}

/// The statuses in a pacs.002 or pain.002: one for each transaction, or one for the group; none in other messages.
pub(super) fn reported(inbound: &Inbound) -> Vec<Reported> {
    match &inbound.message {
        Message::PaymentStatusReport(report) => {
            let group = report.original_groups.first();
            let of_group = Level {
                answer_id: &report.message_id,
                original_message_id: group.map(|group| group.message_id.as_str()),
                code: group.and_then(|group| group.status.as_ref()),
                reasons: group.map(|group| group.reasons.as_slice()).unwrap_or_default(),
            };
            of_group.with(&report.transactions)
        }
        Message::CustomerPaymentStatusReport(report) => {
            let group = &report.original_group;
            let of_group = Level {
                answer_id: &report.message_id,
                original_message_id: Some(&group.message_id),
                code: group.status.as_ref(),
                reasons: &group.reasons,
            };
            let payments = report.payments.iter().flat_map(|payment| {
                let code = payment.status.as_ref().or(of_group.code);
                let own = !payment.reasons.is_empty();
                let reasons = if own { payment.reasons.as_slice() } else { of_group.reasons };
                Level { code, reasons, ..of_group }.with(&payment.transactions)
            });
            let found: Vec<Reported> = payments.collect();
            if found.is_empty() { of_group.with(&[]) } else { found }
        }
        _ => Vec::new(),
    }
}

/// What holds for all transactions below, unless they say otherwise.
#[derive(Clone, Copy)]
struct Level<'a> {
    answer_id: &'a str,
    original_message_id: Option<&'a str>,
    code: Option<&'a StatusCode>,
    reasons: &'a [StatusReason],
}

impl Level<'_> {
    fn with(&self, transactions: &[TransactionStatus]) -> Vec<Reported> {
        if transactions.is_empty() {
            let alone = TransactionStatus::default();
            return self.code.map(|_| self.reported(&alone)).into_iter().collect();
        }
        transactions.iter().map(|transaction| self.reported(transaction)).collect()
    }

    fn reported(&self, transaction: &TransactionStatus) -> Reported {
        let own = transaction.original_group.as_ref().map(|group| group.message_id.as_str());
        let code = transaction.status.as_ref().or(self.code);
        let reasons = match transaction.reasons.as_slice() {
            [] => self.reasons,
            reasons => reasons,
        };
        let reason = reasons.iter().find_map(|reason| reason.reason.as_ref());
        Reported {
            answer_id: self.answer_id.to_owned(),
            end_to_end_id: transaction.original_end_to_end_id.clone(),
            transaction_id: transaction.original_transaction_id.clone(),
            uetr: transaction.original_uetr.clone(),
            original_message_id: own.or(self.original_message_id).map(str::to_owned),
            code: code.map(|code| code.as_str().to_owned()).unwrap_or_default(),
            reason: reason.map(|reason| reason.as_str().to_owned()),
        }
    }
}
