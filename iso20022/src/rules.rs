//! Rules beyond the schema that hold for every network: check digits, currency digits, counts.

use crate::fields::finding;
use crate::xml::Node;
use crate::{Amount, Currency, Finding, Level, MinorDigits, limits};

/// Findings of level rule in a document that keeps its schema, in document order.
pub(crate) fn check(document: Node<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    walk(document, &mut findings);
    findings
}

fn walk(node: Node<'_>, findings: &mut Vec<Finding>) {
    // Whatever supplementary data holds is not ours to judge.
    if node.local() == "SplmtryData" || findings.len() >= limits::FINDINGS {
        return;
    }
    findings.extend(broken_rule(node));
    node.children().for_each(|child| walk(child, findings));
}

fn broken_rule(node: Node<'_>) -> Option<Finding> {
    let (rule, code, text) = match node.local() {
        "IBAN" if !iban_holds(node.text()) => {
            ("ibanCheckDigits", "AC01", "correct the IBAN: its check digits do not hold".to_owned())
        }
        "LEI" if !mod_97_holds(node.text().bytes()) => {
            ("leiCheckDigits", "FF01", "correct the LEI: its check digits do not hold".to_owned())
        }
        "UETR" | "OrgnlUETR" if !is_uetr(node.text()) => {
            ("uetr", "FF01", "write the UETR as a lower-case UUID of version 4".to_owned())
        }
        "GrpHdr" => return number_of_transactions(node),
        _ => currency_digits(node)?,
    };
    Some(at(node, rule, code, text))
}

fn at(node: Node<'_>, rule: &'static str, code: &'static str, text: String) -> Finding {
    Finding { level: Level::Rule, ..finding(node, rule, code, text) }
}

/// Whether an IBAN's check digits hold (ISO 13616, ISO 7064 MOD 97-10).
pub fn iban_holds(iban: &str) -> bool {
    let Some((head, account)) = iban.split_at_checked(4) else { return false };
    // Check digits 00, 01 and 99 pass the sum but are never issued.
    let issued = !matches!(head.get(2..), Some("00" | "01" | "99"));
    issued && (15..=34).contains(&iban.len()) && mod_97_holds(account.bytes().chain(head.bytes()))
}

/// ISO 7064 MOD 97-10 over letters (A is 10) and digits.
fn mod_97_holds(characters: impl Iterator<Item = u8>) -> bool {
    let rest = characters.map(char::from).try_fold(0_u32, |rest, c| {
        let value = c.to_digit(36)?;
        Some((rest * if value < 10 { 10 } else { 100 } + value) % 97)
    });
    rest == Some(1)
}

/// Whether a UETR is a lower-case UUID of version 4 (ISO 20022 UUIDv4Identifier).
pub fn is_uetr(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            14 => b == b'4',
            19 => matches!(b, b'8' | b'9' | b'a' | b'b'),
            _ => matches!(b, b'0'..=b'9' | b'a'..=b'f'),
        })
}

/// NbOfTxs of a group header must be the number of transactions in the message.
fn number_of_transactions(group: Node<'_>) -> Option<Finding> {
    let stated = group.child("NbOfTxs")?;
    let body = group.parent()?;
    let direct = body.children_named("CdtTrfTxInf").count();
    let in_payments: usize = body
        .children_named("PmtInf")
        .map(|payment| payment.children_named("CdtTrfTxInf").count())
        .sum();
    let counted = direct + in_payments;
    (stated.text().parse() != Ok(counted)).then(|| {
        at(
            stated,
            "numberOfTransactions",
            "AM18",
            format!("write {counted}, the number of transactions"),
        )
    })
}

/// An amount has no more digits after the point than its currency's minor unit.
fn currency_digits(node: Node<'_>) -> Option<(&'static str, &'static str, String)> {
    let currency = Currency::parse(node.attribute("Ccy")?).ok()?;
    let most = match currency.minor_digits() {
        MinorDigits::Digits(digits) => u32::from(digits),
        MinorDigits::NotApplicable => return None,
        MinorDigits::NotListed => {
            return Some(("currency", "AM03", format!("{currency} is not an active currency")));
        }
    };
    let amount = Amount::parse(node.text().trim(), currency).ok()?;
    let unit = 10_i128.pow(crate::SCALE.saturating_sub(most));
    (amount.units() % unit != 0).then(|| {
        let text = format!("write at most {most} digits after the point for {currency}");
        ("currencyDigits", "AM12", text)
    })
}
