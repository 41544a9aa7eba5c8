//! Which version answers which, and what a version cannot say.

use iso20022::declares;

/// The version of the status message that answers a message (CONTRACTS §1).
pub const ANSWERS: [(&str, &str); 8] = [
    ("pain.001.001.03", "pain.002.001.03"),
    ("pain.001.001.09", "pain.002.001.10"),
    ("pain.001.001.11", "pain.002.001.13"),
    ("pacs.008.001.02", "pacs.002.001.03"),
    ("pacs.008.001.08", "pacs.002.001.10"),
    ("pacs.008.001.10", "pacs.002.001.12"),
    ("pacs.008.001.12", "pacs.002.001.14"),
    ("pacs.008.001.13", "pacs.002.001.15"),
];

/// What a bank gets whose record names no version of pacs.008.
pub const CREDIT: &str = "pacs.008.001.08";

/// The families that are written to banks.
const WRITTEN: [&str; 4] = ["pacs.008", "pacs.002", "pain.002", "admi.002"];

/// Whether this is a message version that is written to banks.
pub fn is_written(version: &str) -> bool {
    WRITTEN.iter().any(|family| version.starts_with(family))
        && iso20022::served_versions().any(|served| served == version)
}

/// The version of the status message that answers a message.
pub fn answer_to(message: &str) -> Option<&'static str> {
    ANSWERS.iter().find(|row| row.0 == message).map(|row| row.1)
}

/// Whether a status of this version can answer that message: it is of the family that does, and can
/// repeat the UETR if the message can have one.
pub fn can_answer(message: &str, status: &str) -> bool {
    let of_family = answer_to(message).is_some_and(|usual| usual.get(..8) == status.get(..8));
    of_family && is_written(status) && (has_uetr(status) || !has_uetr(message))
}

/// Whether a version has an element for the UETR of its, or the original's, transaction.
pub fn has_uetr(version: &str) -> bool {
    [
        "FIToFICstmrCdtTrf/CdtTrfTxInf/PmtId/UETR",
        "CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf/PmtId/UETR",
        "FIToFIPmtStsRpt/TxInfAndSts/OrgnlUETR",
        "CstmrPmtStsRpt/OrgnlPmtInfAndSts/TxInfAndSts/OrgnlUETR",
    ]
    .iter()
    .any(|path| declares(version, path))
}

/// Whether a version of pacs.008 can name an account by its proxy.
pub fn has_proxies(credit: &str) -> bool {
    declares(credit, "FIToFICstmrCdtTrf/CdtTrfTxInf/CdtrAcct/Prxy")
}
