use super::xml::{DECLARATION, bic_element, document, element, is_of_2009, optional, wrap};
use crate::clock;
use iso20022::pacs008::FiToFiCustomerCreditTransfer;

/// What a pacs.002 says of a pacs.008.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judgement<'a> {
    /// With this code.
    Accepted(&'a str),
    /// RJCT with this reason.
    Rejected(&'a str),
}

/// A pacs.002 of this version for all transactions of a pacs.008, from the bank with this BIC. The same original and
/// judgement give the same message id, so that an answer given again is known as such.
pub(super) fn pacs_002(
    original: &FiToFiCustomerCreditTransfer,
    original_name: &str,
    bic: &str,
    judgement: Judgement<'_>,
    version: &str,
) -> String {
    let digest = clock::sha256_hex(format!("{bic} {judgement:?} {original:?}").as_bytes());
    let agent = wrap("FinInstnId", &element(bic_element(version), bic));
    let group = [
        element("MsgId", &format!("S-{}", digest.get(..24).unwrap_or_default())),
        element("CreDtTm", &clock::date_time(clock::now_epoch_ms())),
        wrap("InstgAgt", &agent),
    ];
    let original_group =
        element("OrgnlMsgId", &original.message_id) + &element("OrgnlMsgNmId", original_name);
    let (code, reason) = match judgement {
        Judgement::Accepted(code) => (code, None),
        Judgement::Rejected(reason) => ("RJCT", Some(reason)),
    };
    let reason = reason.map(|reason| wrap("StsRsnInf", &wrap("Rsn", &element("Cd", reason))));
    let transactions = original.transactions.iter().map(|transaction| {
        let content = [
            optional("OrgnlInstrId", transaction.instruction_id.as_deref()),
            element("OrgnlEndToEndId", &transaction.end_to_end_id),
            optional("OrgnlTxId", transaction.transaction_id.as_deref()),
            optional("OrgnlUETR", transaction.uetr.as_deref().filter(|_| !is_of_2009(version))),
            element("TxSts", code),
            reason.clone().unwrap_or_default(),
        ];
        wrap("TxInfAndSts", &content.concat())
    });
    let content = wrap("GrpHdr", &group.concat())
        + &wrap("OrgnlGrpInfAndSts", &original_group)
        + &transactions.collect::<String>();
    format!("{DECLARATION}{}", document(version, "FIToFIPmtStsRpt", &content))
}
