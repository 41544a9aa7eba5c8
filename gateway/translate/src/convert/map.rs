//! Which value of the message became which member of a request: a table of rules, each a fact of the
//! journeys' translation. A test changes every value of a message and holds what changes in the requests
//! against this table.

use fspiop::json::Value;
use iso20022::Leaf;

use crate::limits::FSPIOP_TEXT_CHARS;

/// One fact of the translation.
#[derive(Debug, Clone, Copy)]
pub struct FieldRule {
    /// Stable name, explained in docs/convert.md.
    pub name: &'static str,
    /// Where the value stands: the path below the message's own element, without positions; `Tx` is the
    /// transaction, `Pmt` pain.001's payment information.
    pub from: &'static str,
    /// Paths of the same kind that win over it where they are there.
    pub unless: &'static [&'static str],
    /// A path that must be there.
    pub given: Option<&'static str>,
    /// Where it goes: the request's resource (`*` for each), then a JSON pointer into it. A step `[key]`
    /// is the item of that key in a list of extensions.
    pub to: &'static [&'static str],
}

/// A value and where it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    /// The value's path, with positions.
    pub from: String,
    /// JSON pointer into the conversion: `/requests/1/body/amount/amount`.
    pub to: String,
    /// The rule's name.
    pub rule: &'static str,
}

/// The rule of remittance information, whose lines are joined and cut into pieces.
const REMITTANCE: &str = "remittance";

const PAYER_FSP: &[&str] = &[
    "*:/headers/FSPIOP-Source",
    "quotes:/body/payer/partyIdInfo/fspId",
    "transfers:/body/payerFsp",
];
const PAYEE_FSP: &[&str] = &[
    "quotes:/headers/FSPIOP-Destination",
    "transfers:/headers/FSPIOP-Destination",
    "quotes:/body/payee/partyIdInfo/fspId",
    "transfers:/body/payeeFsp",
];
const PAYER_ID: &[&str] = &["quotes:/body/payer/partyIdInfo/partyIdentifier"];
/// The kind of a proxy also decides how its number is spelt.
const PAYER_TYPE: &[&str] = &[
    "quotes:/body/payer/partyIdInfo/partyIdType",
    "quotes:/body/payer/partyIdInfo/partyIdentifier",
];
const PAYEE_ID: &[&str] = &["parties:/target", "quotes:/body/payee/partyIdInfo/partyIdentifier"];
const PAYEE_TYPE: &[&str] = &[
    "parties:/target",
    "quotes:/body/payee/partyIdInfo/partyIdType",
    "quotes:/body/payee/partyIdInfo/partyIdentifier",
];
const PAYER_NAME: &[&str] = &["quotes:/body/payer/name"];
const PAYEE_NAME: &[&str] = &["quotes:/body/payee/name"];
const ID: &[&str] =
    &["quotes:/body/quoteId", "quotes:/body/transactionId", "transfers:/body/transferId"];
const AMOUNT: &[&str] = &["quotes:/body/amount/amount", "transfers:/body/amount/amount"];
const CURRENCY: &[&str] = &["quotes:/body/amount/currency", "transfers:/body/amount/currency"];
const AMOUNT_TYPE: &[&str] = &["quotes:/body/amountType"];
const TIMES: &[&str] = &["quotes:/body/expiration", "transfers:/body/expiration"];
const DATE: &[&str] = &["*:/headers/Date"];
const TIMEOUT: &[&str] = &["*:/headers/FSPIOP-Timeout"];
const END_TO_END: &[&str] = &["quotes:/body/extensionList/extension/[iso20022.endToEndId]/value"];
const PURPOSE: &[&str] = &["quotes:/body/extensionList/extension/[iso20022.purpose]/value"];
const NOTE: &[&str] = &["quotes:/body/note"];

const UETR: &str = "Tx/PmtId/UETR";
const ACCEPTED: &str = "Tx/AccptncDtTm";
const INSTRUCTING: &str = "GrpHdr/InstgAgt";

/// A rule without rivals.
const fn plain(name: &'static str, from: &'static str, to: &'static [&'static str]) -> FieldRule {
    FieldRule { name, from, unless: &[], given: None, to }
}

/// A rule with rivals that win.
const fn unless(
    name: &'static str,
    from: &'static str,
    unless: &'static [&'static str],
    to: &'static [&'static str],
) -> FieldRule {
    FieldRule { name, from, unless, given: None, to }
}

/// A rule that holds only where another path is there.
const fn given(
    name: &'static str,
    from: &'static str,
    given: &'static str,
    to: &'static [&'static str],
) -> FieldRule {
    FieldRule { name, from, unless: &[], given: Some(given), to }
}

/// The rules of pain.001.
#[rustfmt::skip]
pub const PAIN_001: &[FieldRule] = &[
    plain("arrival", "GrpHdr/CreDtTm", DATE),
    plain("arrival", "GrpHdr/CreDtTm", TIMES),
    unless("payment-id", "GrpHdr/MsgId", &[UETR], ID),
    unless("payment-id", "Pmt/PmtInfId", &[UETR], ID),
    unless("payment-id", "Tx/PmtId/EndToEndId", &[UETR], ID),
    plain("payment-id", UETR, ID),
    plain("end-to-end-id", "Tx/PmtId/EndToEndId", END_TO_END),
    plain("payer-fsp", "Pmt/DbtrAgt/FinInstnId/BICFI", PAYER_FSP),
    unless("payment-id", "Pmt/DbtrAgt/FinInstnId/BICFI", &[UETR], ID),
    unless("payer-fsp", "Pmt/DbtrAgt/FinInstnId/ClrSysMmbId/MmbId", &["Pmt/DbtrAgt/FinInstnId/BICFI"], PAYER_FSP),
    unless("payment-id", "Pmt/DbtrAgt/FinInstnId/ClrSysMmbId/MmbId", &["Pmt/DbtrAgt/FinInstnId/BICFI", UETR], ID),
    plain("payer-name", "Pmt/Dbtr/Nm", PAYER_NAME),
    plain("payer-account", "Pmt/DbtrAcct/Id/IBAN", PAYER_ID),
    unless("payer-account", "Pmt/DbtrAcct/Prxy/Id", &["Pmt/DbtrAcct/Id/IBAN"], PAYER_ID),
    unless("payer-account", "Pmt/DbtrAcct/Prxy/Tp/Cd", &["Pmt/DbtrAcct/Id/IBAN"], PAYER_TYPE),
    unless("payer-account", "Pmt/DbtrAcct/Id/Othr/Id", &["Pmt/DbtrAcct/Prxy/Id"], PAYER_ID),
    plain("amount", "Tx/Amt/InstdAmt", AMOUNT),
    plain("currency", "Tx/Amt/InstdAmt/@Ccy", CURRENCY),
    plain("amount", "Tx/Amt/EqvtAmt/Amt", AMOUNT),
    plain("currency", "Tx/Amt/EqvtAmt/Amt/@Ccy", CURRENCY),
    plain("amount-type", "Tx/ChrgBr", AMOUNT_TYPE),
    unless("amount-type", "Pmt/ChrgBr", &["Tx/ChrgBr"], AMOUNT_TYPE),
    plain("payee-fsp", "Tx/CdtrAgt/FinInstnId/BICFI", PAYEE_FSP),
    unless("payee-fsp", "Tx/CdtrAgt/FinInstnId/ClrSysMmbId/MmbId", &["Tx/CdtrAgt/FinInstnId/BICFI"], PAYEE_FSP),
    plain("payee-name", "Tx/Cdtr/Nm", PAYEE_NAME),
    plain("payee-account", "Tx/CdtrAcct/Id/IBAN", PAYEE_ID),
    unless("payee-account", "Tx/CdtrAcct/Prxy/Id", &["Tx/CdtrAcct/Id/IBAN"], PAYEE_ID),
    unless("payee-account", "Tx/CdtrAcct/Prxy/Tp/Cd", &["Tx/CdtrAcct/Id/IBAN"], PAYEE_TYPE),
    unless("payee-account", "Tx/CdtrAcct/Id/Othr/Id", &["Tx/CdtrAcct/Prxy/Id"], PAYEE_ID),
    plain("purpose", "Tx/Purp/Cd", PURPOSE),
    plain(REMITTANCE, "Tx/RmtInf/Ustrd", NOTE),
];

/// The rules of pacs.008.
#[rustfmt::skip]
pub const PACS_008: &[FieldRule] = &[
    plain("arrival", "GrpHdr/CreDtTm", DATE),
    unless("arrival", "GrpHdr/CreDtTm", &[ACCEPTED], TIMES),
    given("arrival", "GrpHdr/CreDtTm", ACCEPTED, TIMEOUT),
    plain("time-budget", ACCEPTED, TIMEOUT),
    plain("time-budget", ACCEPTED, TIMES),
    unless("payment-id", "GrpHdr/MsgId", &[UETR], ID),
    unless("payment-id", "Tx/PmtId/EndToEndId", &[UETR], ID),
    plain("payment-id", UETR, ID),
    plain("end-to-end-id", "Tx/PmtId/EndToEndId", END_TO_END),
    plain("payer-fsp", "GrpHdr/InstgAgt/FinInstnId/BICFI", PAYER_FSP),
    unless("payment-id", "GrpHdr/InstgAgt/FinInstnId/BICFI", &[UETR], ID),
    unless("payer-fsp", "GrpHdr/InstgAgt/FinInstnId/ClrSysMmbId/MmbId",
        &["GrpHdr/InstgAgt/FinInstnId/BICFI"], PAYER_FSP),
    unless("payment-id", "GrpHdr/InstgAgt/FinInstnId/ClrSysMmbId/MmbId",
        &["GrpHdr/InstgAgt/FinInstnId/BICFI", UETR], ID),
    unless("payer-fsp", "Tx/InstgAgt/FinInstnId/BICFI", &[INSTRUCTING], PAYER_FSP),
    unless("payer-fsp", "Tx/InstgAgt/FinInstnId/ClrSysMmbId/MmbId",
        &[INSTRUCTING, "Tx/InstgAgt/FinInstnId/BICFI"], PAYER_FSP),
    unless("payer-fsp", "Tx/DbtrAgt/FinInstnId/BICFI", &[INSTRUCTING, "Tx/InstgAgt"], PAYER_FSP),
    unless("payment-id", "Tx/DbtrAgt/FinInstnId/BICFI", &[INSTRUCTING, "Tx/InstgAgt", UETR], ID),
    plain("amount", "Tx/IntrBkSttlmAmt", AMOUNT),
    plain("currency", "Tx/IntrBkSttlmAmt/@Ccy", CURRENCY),
    plain("amount-type", "Tx/ChrgBr", AMOUNT_TYPE),
    plain("payer-name", "Tx/Dbtr/Nm", PAYER_NAME),
    plain("payer-account", "Tx/DbtrAcct/Id/IBAN", PAYER_ID),
    unless("payer-account", "Tx/DbtrAcct/Prxy/Id", &["Tx/DbtrAcct/Id/IBAN"], PAYER_ID),
    unless("payer-account", "Tx/DbtrAcct/Prxy/Tp/Cd", &["Tx/DbtrAcct/Id/IBAN"], PAYER_TYPE),
    unless("payer-account", "Tx/DbtrAcct/Id/Othr/Id", &["Tx/DbtrAcct/Prxy/Id"], PAYER_ID),
    plain("payee-fsp", "Tx/CdtrAgt/FinInstnId/BICFI", PAYEE_FSP),
    unless("payee-fsp", "Tx/CdtrAgt/FinInstnId/ClrSysMmbId/MmbId", &["Tx/CdtrAgt/FinInstnId/BICFI"], PAYEE_FSP),
    plain("payee-name", "Tx/Cdtr/Nm", PAYEE_NAME),
    plain("payee-account", "Tx/CdtrAcct/Id/IBAN", PAYEE_ID),
    unless("payee-account", "Tx/CdtrAcct/Prxy/Id", &["Tx/CdtrAcct/Id/IBAN"], PAYEE_ID),
    unless("payee-account", "Tx/CdtrAcct/Prxy/Tp/Cd", &["Tx/CdtrAcct/Id/IBAN"], PAYEE_TYPE),
    unless("payee-account", "Tx/CdtrAcct/Id/Othr/Id", &["Tx/CdtrAcct/Prxy/Id"], PAYEE_ID),
    plain("purpose", "Tx/Purp/Cd", PURPOSE),
    plain(REMITTANCE, "Tx/RmtInf/Ustrd", NOTE),
];

/// What went where: `requests` as the conversion shows them, `{"method","target","headers","body"}` each.
pub fn map(leaves: &[Leaf], requests: &[Value]) -> Vec<Mapped> {
    let paths: Vec<String> = leaves.iter().map(|leaf| plain_path(&leaf.path)).collect();
    let is_there = |rival: &str| {
        let inside = |path: &String| path.strip_prefix(rival).is_some_and(is_end_of_step);
        paths.iter().any(inside)
    };
    let mut mapped = Vec::new();
    let mut line_at = 0;
    for (leaf, path) in leaves.iter().zip(&paths) {
        let holds = |rule: &&FieldRule| {
            rule.from == path
                && rule.given.is_none_or(&is_there)
                && !rule.unless.iter().any(|rival| is_there(rival))
        };
        for rule in rules_of(&leaf.path).iter().filter(holds) {
            let mut to = Vec::new();
            if rule.name == REMITTANCE {
                let end = line_at + leaf.value.chars().count();
                to.extend(remittance(requests, line_at, end));
                line_at = end + 1;
            } else {
                to.extend(rule.to.iter().flat_map(|target| resolved(target, requests)));
            }
            mapped.extend(to.into_iter().map(|to| Mapped {
                from: leaf.path.clone(),
                to,
                rule: rule.name,
            }));
        }
    }
    mapped
}

fn rules_of(path: &str) -> &'static [FieldRule] {
    match path.split('/').nth(2) {
        Some("CstmrCdtTrfInitn") => PAIN_001,
        Some("FIToFICstmrCdtTrf") => PACS_008,
        _ => &[],
    }
}

/// `/Document/CstmrCdtTrfInitn/PmtInf[1]/CdtTrfTxInf[1]/Amt/@Ccy` to `Tx/Amt/@Ccy`.
fn plain_path(path: &str) -> String {
    let steps = path.split('/').skip(3).map(|step| step.split('[').next().unwrap_or_default());
    let path = steps.collect::<Vec<_>>().join("/");
    for (long, short) in
        [("PmtInf/CdtTrfTxInf/", "Tx/"), ("PmtInf/", "Pmt/"), ("CdtTrfTxInf/", "Tx/")]
    {
        if let Some(rest) = path.strip_prefix(long) {
            return format!("{short}{rest}");
        }
    }
    path
}

/// Whether a path that goes on so ends a step there.
fn is_end_of_step(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

/// The pointers into the conversion that a rule's target is, where there is such a member.
fn resolved(target: &str, requests: &[Value]) -> Vec<String> {
    let Some((resource, pointer)) = target.split_once(':') else { return Vec::new() };
    let of_resource = |request: &Value| {
        let target = request.member("target").and_then(Value::as_str).unwrap_or_default();
        resource == "*" || target.split('/').nth(1) == Some(resource)
    };
    let mut found = Vec::new();
    for (index, request) in requests.iter().enumerate().filter(|(_, r)| of_resource(r)) {
        if let Some(pointer) = pointer_in(request, pointer) {
            found.push(format!("/requests/{index}{pointer}"));
        }
    }
    found
}

/// The pointer with its keys as positions; `None` where it leads nowhere.
fn pointer_in(request: &Value, pointer: &str) -> Option<String> {
    let mut at = request;
    let mut found = String::new();
    for step in pointer.split('/').skip(1) {
        let (next, name) = match at {
            Value::Array(items) => {
                let key = step.strip_prefix('[')?.strip_suffix(']')?;
                let has_key =
                    |item: &Value| item.member("key").and_then(Value::as_str) == Some(key);
                let index = items.iter().position(has_key)?;
                (items.get(index)?, index.to_string())
            }
            _ => (at.member(step)?, step.to_owned()),
        };
        at = next;
        found = format!("{found}/{name}");
    }
    (*at != Value::Null).then_some(found)
}

/// The note, and the pieces that hold a line's characters from `start` to `end`.
fn remittance(requests: &[Value], start: usize, end: usize) -> Vec<String> {
    let note = NOTE.iter().filter(|_| start < FSPIOP_TEXT_CHARS);
    let mut to: Vec<String> = note.flat_map(|target| resolved(target, requests)).collect();
    for piece in start / FSPIOP_TEXT_CHARS..=end.saturating_sub(1).max(start) / FSPIOP_TEXT_CHARS {
        let key = format!("iso20022.remittance.{:02}", piece + 1);
        let target = format!("quotes:/body/extensionList/extension/[{key}]/value");
        to.extend(resolved(&target, requests));
    }
    to
}
