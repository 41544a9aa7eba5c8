//! Rules beyond the schema that hold for every network.
//!
//! | file | what it decides |
//! |---|---|
//! | `identifier` | IBAN, LEI, BIC, UETR, country codes: lengths, check digits, lists |
//! | `count` | NbOfTxs, CtrlSum, TtlIntrBkSttlmAmt against what the message holds |
//! | `unique` | ids that one message has twice |
//! | `header` | a business header against its document |

mod count;
pub(crate) mod header;
mod identifier;
mod unique;

use crate::envelope::Part;
use crate::fields::finding;
use crate::xml::Node;
use crate::{Amount, Currency, Finding, Level, MinorDigits, limits};

pub use identifier::{iban_holds, is_uetr};

/// Findings of level rule in a header or document that keeps its schema, in document order.
pub(crate) fn check(part: &Part<'_>) -> Vec<Finding> {
    let mut findings = part.body().map(unique::check).unwrap_or_default();
    walk(part.node, &mut findings);
    findings.sort_by_key(|finding| (finding.line, finding.column));
    findings.truncate(limits::FINDINGS);
    findings
}

fn walk(node: Node<'_>, findings: &mut Vec<Finding>) {
    // Whatever supplementary data holds is not ours to judge.
    if node.local() == "SplmtryData" || findings.len() >= 2 * limits::FINDINGS {
        return;
    }
    match node.local() {
        "GrpHdr" | "PmtInf" => count::check(node, findings),
        _ => findings.extend(identifier::check(node).or_else(|| amount(node))),
    }
    node.children().for_each(|child| walk(child, findings));
}

/// A finding of level rule at an element.
pub(crate) fn at(
    node: Node<'_>,
    rule: &'static str,
    code: &'static str,
    text: impl Into<String>,
) -> Finding {
    Finding { level: Level::Rule, ..finding(node, rule, code, text) }
}

/// A finding of level rule at an attribute.
pub(crate) fn at_attribute(
    node: Node<'_>,
    name: &str,
    rule: &'static str,
    code: &'static str,
    text: impl Into<String>,
) -> Finding {
    let found = at(node, rule, code, text);
    Finding { path: crate::xml::bounded_path(format!("{}/@{name}", found.path)), ..found }
}

/// A finding of level rule about an element that is not there.
pub(crate) fn missing(node: Node<'_>, name: &str, rule: &'static str, text: String) -> Finding {
    let found = at(node, rule, "CH21", text);
    Finding { path: crate::xml::bounded_path(format!("{}/{name}", found.path)), ..found }
}

/// An amount is in an active currency, with no more digits after the point than its minor unit has,
/// and what is to be paid is more than nothing.
fn amount(node: Node<'_>) -> Option<Finding> {
    let currency = Currency::parse(node.attribute("Ccy")?).ok()?;
    let text = node.text().trim_matches(crate::time::lexical::is_space);
    let units = Amount::parse(text, currency).ok().map(|amount| amount.units());
    let most = match currency.minor_digits() {
        MinorDigits::Digits(digits) => u32::from(digits),
        MinorDigits::NotApplicable => crate::SCALE,
        MinorDigits::NotListed => {
            let text = format!("write an active currency: ISO 4217 does not list {currency}");
            return Some(at_attribute(node, "Ccy", "currency", "AM03", text));
        }
    };
    let unit = 10_i128.pow(crate::SCALE.saturating_sub(most));
    if units.is_some_and(|units| units % unit != 0) {
        let text = match most {
            0 => format!("write no digits after the point: {currency} has none"),
            most => format!("write at most {most} digits after the point for {currency}"),
        };
        return Some(at(node, "currencyDigits", "AM12", text));
    }
    let is_paid = matches!(node.local(), "InstdAmt" | "IntrBkSttlmAmt");
    let is_own = node.parent().is_some_and(|outer| outer.local() != "OrgnlTxRef");
    (units == Some(0) && is_paid && is_own)
        .then(|| at(node, "zeroAmount", "AM01", "write an amount of more than zero"))
}
