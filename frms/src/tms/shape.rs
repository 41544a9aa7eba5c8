//! What the messages must have, level by level. They are not those of ISO 20022: some members hang off
//! another parent, amounts are a level deeper, and parties are always persons.

use serde_json::Value;

use self::Shape::{List, Object};
use super::TmsError;

/// What a member must be. The name of one that may be absent ends in `?`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    Text,
    Number,
    Whole,
    Object(&'static [(&'static str, Shape)]),
    List(&'static Shape),
}

const TEXT: Shape = Shape::Text;
const NUMBER: Shape = Shape::Number;
const WHOLE: Shape = Shape::Whole;

impl Shape {
    /// Holds a value against this.
    pub(super) fn check(self, value: &Value, at: &mut String) -> Result<(), TmsError> {
        let wrong = |what| Err(TmsError::Type { at: at.clone(), what });
        match (self, value) {
            (Shape::Text, Value::String(_)) | (Shape::Number, Value::Number(_)) => Ok(()),
            (Shape::Whole, Value::Number(number)) if number.is_u64() || number.is_i64() => Ok(()),
            (Shape::Text, _) => wrong("text"),
            (Shape::Number, _) => wrong("a number"),
            (Shape::Whole, _) => wrong("a whole number"),
            (Object(members), Value::Object(values)) => {
                for (name, shape) in members {
                    let optional = name.strip_suffix('?');
                    let name = optional.unwrap_or(name);
                    match values.get(name) {
                        Some(value) => within(at, name, |at| shape.check(value, at))?,
                        None if optional.is_some() => {}
                        None => return Err(TmsError::Missing(format!("{at}/{name}"))),
                    }
                }
                Ok(())
            }
            (Object(_), _) => wrong("an object"),
            (List(shape), Value::Array(values)) => {
                let mut values = values.iter().enumerate();
                values.try_for_each(|(index, value)| {
                    within(at, &index.to_string(), |at| shape.check(value, at))
                })
            }
            (List(_), _) => wrong("an array"),
        }
    }
}

fn within<T>(at: &mut String, name: &str, then: impl FnOnce(&mut String) -> T) -> T {
    let length = at.len();
    at.push('/');
    at.push_str(name);
    let result = then(at);
    at.truncate(length);
    result
}

/// pacs.008.001.10: a transfer.
pub(super) const PACS_008: Shape = Object(&[
    (
        "FIToFICstmrCdtTrf",
        Object(&[
            (
                "GrpHdr",
                Object(&[
                    ("MsgId", TEXT),
                    ("CreDtTm", TEXT),
                    ("NbOfTxs", WHOLE),
                    ("SttlmInf", Object(&[("SttlmMtd", TEXT)])),
                ]),
            ),
            (
                "CdtTrfTxInf",
                Object(&[
                    ("PmtId", Object(&[("InstrId", TEXT), ("EndToEndId", TEXT)])),
                    ("IntrBkSttlmAmt", Object(&[("Amt", MONEY)])),
                    ("InstdAmt", Object(&[("Amt", MONEY)])),
                    ("XchgRate?", TEXT),
                    ("ChrgBr", TEXT),
                    ("ChrgsInf", CHARGE),
                    ("InitgPty", PARTY),
                    ("Dbtr", PARTY),
                    ("DbtrAcct", ACCOUNT),
                    ("DbtrAgt", AGENT),
                    ("CdtrAgt", AGENT),
                    ("Cdtr", PARTY),
                    ("CdtrAcct", ACCOUNT),
                    ("Purp", Object(&[("Cd", TEXT)])),
                ]),
            ),
            ("RgltryRptg", Object(&[("Dtls", Object(&[("Tp", TEXT), ("Cd", TEXT)]))])),
            ("RmtInf", Object(&[("Ustrd", TEXT)])),
            (
                "SplmtryData",
                Object(&[(
                    "Envlp",
                    Object(&[("Doc", Object(&[("InitgPty", INITIATOR), ("Xprtn", TEXT)]))]),
                )]),
            ),
        ]),
    ),
    ("TxTp?", TEXT),
]);

/// pacs.002.001.12: what became of a transfer.
pub(super) const PACS_002: Shape = Object(&[
    (
        "FIToFIPmtSts",
        Object(&[
            ("GrpHdr", Object(&[("MsgId", TEXT), ("CreDtTm", TEXT)])),
            (
                "TxInfAndSts",
                Object(&[
                    ("OrgnlInstrId", TEXT),
                    ("OrgnlEndToEndId", TEXT),
                    ("TxSts", TEXT),
                    ("ChrgsInf", List(&CHARGE)),
                    ("AccptncDtTm", TEXT),
                    ("InstgAgt", AGENT),
                    ("InstdAgt", AGENT),
                ]),
            ),
        ]),
    ),
    ("TxTp?", TEXT),
]);

/// pain.001.001.11: a transfer is asked for.
pub(super) const PAIN_001: Shape = Object(&[
    (
        "CstmrCdtTrfInitn",
        Object(&[
            (
                "GrpHdr",
                Object(&[
                    ("MsgId", TEXT),
                    ("CreDtTm", TEXT),
                    ("NbOfTxs", WHOLE),
                    ("InitgPty", PARTY),
                ]),
            ),
            (
                "PmtInf",
                Object(&[
                    ("PmtInfId", TEXT),
                    ("PmtMtd", TEXT),
                    (
                        "ReqdAdvcTp",
                        Object(&[("DbtAdvc", Object(&[("Cd", TEXT), ("Prtry", TEXT)]))]),
                    ),
                    ("ReqdExctnDt", Object(&[("Dt", TEXT), ("DtTm", TEXT)])),
                    ("Dbtr", PARTY),
                    ("DbtrAcct", ACCOUNT),
                    ("DbtrAgt", AGENT),
                    (
                        "CdtTrfTxInf",
                        Object(&[
                            ("PmtId", Object(&[("EndToEndId", TEXT)])),
                            ("PmtTpInf", Object(&[("CtgyPurp", Object(&[("Prtry", TEXT)]))])),
                            (
                                "Amt",
                                Object(&[
                                    ("InstdAmt", Object(&[("Amt", MONEY)])),
                                    (
                                        "EqvtAmt",
                                        Object(&[
                                            ("Amt", MONEY),
                                            ("CcyOfTrf", TEXT),
                                            (
                                                "XchgRateInf?",
                                                Object(&[
                                                    ("UnitCcy?", TEXT),
                                                    ("XchgRate?", NUMBER),
                                                ]),
                                            ),
                                        ]),
                                    ),
                                ]),
                            ),
                            ("ChrgBr", TEXT),
                            ("CdtrAgt", AGENT),
                            ("Cdtr", PARTY),
                            ("CdtrAcct", ACCOUNT),
                            ("Purp", Object(&[("Cd", TEXT)])),
                            (
                                "RgltryRptg",
                                Object(&[("Dtls", Object(&[("Tp", TEXT), ("Cd", TEXT)]))]),
                            ),
                            ("RmtInf", Object(&[("Ustrd", TEXT)])),
                            (
                                "SplmtryData",
                                Object(&[(
                                    "Envlp",
                                    Object(&[(
                                        "Doc",
                                        Object(&[
                                            ("Dbtr", NAMES),
                                            ("Cdtr", NAMES),
                                            (
                                                "DbtrFinSvcsPrvdrFees",
                                                Object(&[("Ccy", TEXT), ("Amt", NUMBER)]),
                                            ),
                                            ("Xprtn", TEXT),
                                        ]),
                                    )]),
                                )]),
                            ),
                        ]),
                    ),
                ]),
            ),
            (
                "SplmtryData",
                Object(&[(
                    "Envlp",
                    Object(&[(
                        "Doc",
                        Object(&[(
                            "InitgPty",
                            Object(&[
                                ("InitrTp", TEXT),
                                ("Glctn", Object(&[("Lat", TEXT), ("Long", TEXT)])),
                            ]),
                        )]),
                    )]),
                )]),
            ),
        ]),
    ),
    ("TxTp?", TEXT),
]);

/// pain.013.001.09: a quote.
pub(super) const PAIN_013: Shape = Object(&[
    (
        "CdtrPmtActvtnReq",
        Object(&[
            (
                "GrpHdr",
                Object(&[
                    ("MsgId", TEXT),
                    ("CreDtTm", TEXT),
                    ("NbOfTxs", WHOLE),
                    ("InitgPty", PARTY),
                ]),
            ),
            (
                "PmtInf",
                Object(&[
                    ("PmtInfId", TEXT),
                    ("PmtMtd", TEXT),
                    (
                        "ReqdAdvcTp",
                        Object(&[("DbtAdvc", Object(&[("Cd", TEXT), ("Prtry", TEXT)]))]),
                    ),
                    ("ReqdExctnDt", Object(&[("DtTm", TEXT)])),
                    ("XpryDt", Object(&[("DtTm", TEXT)])),
                    ("Dbtr", PARTY),
                    ("DbtrAcct", ACCOUNT),
                    ("DbtrAgt", AGENT),
                    (
                        "CdtTrfTxInf",
                        Object(&[
                            ("PmtId", Object(&[("EndToEndId", TEXT)])),
                            ("PmtTpInf", Object(&[("CtgyPurp", Object(&[("Prtry", TEXT)]))])),
                            (
                                "Amt",
                                Object(&[
                                    ("InstdAmt", Object(&[("Amt", MONEY)])),
                                    ("EqvtAmt", Object(&[("Amt", MONEY), ("CcyOfTrf", TEXT)])),
                                ]),
                            ),
                            ("ChrgBr", TEXT),
                            ("CdtrAgt", AGENT),
                            ("Cdtr", PARTY),
                            ("CdtrAcct", ACCOUNT),
                            ("Purp", Object(&[("Cd", TEXT)])),
                            (
                                "RgltryRptg",
                                Object(&[("Dtls", Object(&[("Tp", TEXT), ("Cd", TEXT)]))]),
                            ),
                            (
                                "SplmtryData",
                                Object(&[(
                                    "Envlp",
                                    Object(&[(
                                        "Doc",
                                        Object(&[
                                            ("PyeeRcvAmt", Object(&[("Amt", MONEY)])),
                                            ("PyeeFinSvcsPrvdrFee", Object(&[("Amt", MONEY)])),
                                            ("PyeeFinSvcsPrvdrComssn", Object(&[("Amt", MONEY)])),
                                        ]),
                                    )]),
                                )]),
                            ),
                        ]),
                    ),
                ]),
            ),
            (
                "SplmtryData",
                Object(&[("Envlp", Object(&[("Doc", Object(&[("InitgPty", INITIATOR)]))]))]),
            ),
        ]),
    ),
    ("TxTp?", TEXT),
]);

/// An amount, a level further down than in the standard.
const MONEY: Shape = Object(&[("Amt", NUMBER), ("Ccy", TEXT)]);

/// A bank or DFSP.
const AGENT: Shape =
    Object(&[("FinInstnId", Object(&[("ClrSysMmbId", Object(&[("MmbId", TEXT)]))]))]);

/// What was charged, and by whom.
const CHARGE: Shape = Object(&[("Amt", MONEY), ("Agt", AGENT)]);

/// An identifier and its scheme.
const OTHER: Shape = Object(&[("Id", TEXT), ("SchmeNm", Object(&[("Prtry", TEXT)]))]);

/// A person.
const PARTY: Shape = Object(&[
    ("Nm", TEXT),
    (
        "Id",
        Object(&[(
            "PrvtId",
            Object(&[
                (
                    "DtAndPlcOfBirth",
                    Object(&[("BirthDt", TEXT), ("CityOfBirth", TEXT), ("CtryOfBirth", TEXT)]),
                ),
                ("Othr", List(&OTHER)),
            ]),
        )]),
    ),
    ("CtctDtls", Object(&[("MobNb", TEXT)])),
]);

/// An account.
const ACCOUNT: Shape = Object(&[("Id", Object(&[("Othr", List(&OTHER))])), ("Nm", TEXT)]);

/// Where a payment was made.
const INITIATOR: Shape = Object(&[("Glctn", Object(&[("Lat", TEXT), ("Long", TEXT)]))]);

/// Names in parts.
const NAMES: Shape =
    Object(&[("FrstNm", TEXT), ("MddlNm", TEXT), ("LastNm", TEXT), ("MrchntClssfctnCd", TEXT)]);
