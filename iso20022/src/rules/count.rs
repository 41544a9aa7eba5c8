use super::at;
use crate::Finding;
use crate::xml::{self, Node};

/// The counts and sums of a group header or of a payment's information (`PmtInf`).
pub(super) fn check(node: Node<'_>, findings: &mut Vec<Finding>) {
    let Some(totals) = Totals::of(node) else { return };
    findings.extend(number_of_transactions(node, &totals));
    findings.extend(control_sum(node, &totals));
    findings.extend(settlement_total(node, &totals));
}

/// What an element's totals are about.
struct Totals<'t> {
    transactions: Vec<Node<'t>>,
    codes: Codes,
}

/// The reasons of wrong numbers and wrong sums.
struct Codes {
    number: &'static str,
    sum: &'static str,
}

impl<'t> Totals<'t> {
    fn of(node: Node<'t>) -> Option<Totals<'t>> {
        let own = |node: Node<'t>| node.children_named("CdtTrfTxInf");
        if node.local() == "PmtInf" {
            let codes = Codes { number: "AM20", sum: "AM17" };
            return Some(Totals { transactions: own(node).collect(), codes });
        }
        let body = node.parent()?;
        let in_payments: Vec<_> = body.children_named("PmtInf").flat_map(own).collect();
        let codes = match in_payments.is_empty() {
            true => Codes { number: "AM18", sum: "AM10" },
            false => Codes { number: "AM19", sum: "AM16" },
        };
        let transactions = own(body).chain(in_payments).collect();
        Some(Totals { transactions, codes })
    }

    /// The sum of what stands at a path in each transaction; none if it is absent from one.
    fn sum(&self, path: &[&str]) -> Option<i128> {
        self.transactions.iter().try_fold(0_i128, |sum, transaction| {
            let amount = path.iter().try_fold(*transaction, |node, name| node.child(name))?;
            sum.checked_add(decimal(amount.text())?)
        })
    }
}

fn number_of_transactions(node: Node<'_>, totals: &Totals<'_>) -> Option<Finding> {
    let stated = node.child("NbOfTxs")?;
    let counted = totals.transactions.len();
    (stated.text().parse() != Ok(counted)).then(|| {
        let text = format!("write {counted}, the number of transactions");
        at(stated, "numberOfTransactions", totals.codes.number, text)
    })
}

/// CtrlSum adds up amounts whatever their currencies: in pain.001 what is instructed, in pacs.008 what
/// is settled, or by some senders what was instructed.
fn control_sum(node: Node<'_>, totals: &Totals<'_>) -> Option<Finding> {
    let stated = node.child("CtrlSum")?;
    let instructed = totals.sum(&["Amt", "InstdAmt"]).or_else(|| mixed(totals));
    let sums = [instructed, totals.sum(&["IntrBkSttlmAmt"]), totals.sum(&["InstdAmt"])];
    let counted = sums.iter().flatten().next()?;
    let agrees = sums.iter().flatten().any(|sum| Some(*sum) == decimal(stated.text()));
    (!agrees).then(|| {
        let text = format!("write {}, the sum of the amounts", written(*counted));
        at(stated, "controlSum", totals.codes.sum, text)
    })
}

/// The instructed amounts of a pain.001, some of which are given as equivalents.
fn mixed(totals: &Totals<'_>) -> Option<i128> {
    totals.transactions.iter().try_fold(0_i128, |sum, transaction| {
        let choice = transaction.child("Amt")?;
        let equivalent = || choice.child("EqvtAmt")?.child("Amt");
        let amount = choice.child("InstdAmt").or_else(equivalent)?;
        sum.checked_add(decimal(amount.text())?)
    })
}

fn settlement_total(node: Node<'_>, totals: &Totals<'_>) -> Option<Finding> {
    let stated = node.child("TtlIntrBkSttlmAmt")?;
    let counted = totals.sum(&["IntrBkSttlmAmt"])?;
    (decimal(stated.text()) != Some(counted)).then(|| {
        let text = format!("write {}, the sum of the settlement amounts", written(counted));
        at(stated, "settlementTotal", "AM10", text)
    })
}

/// Digits after the point of the sums: xs:decimal of DecimalNumber has at most as many.
const SCALE: usize = 17;

/// A number that kept its schema, in units of 10^-17; none if it is beyond an i128.
fn decimal(text: &str) -> Option<i128> {
    let text = text.trim_matches(crate::time::lexical::is_space);
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let fraction = fraction.trim_end_matches('0');
    let padding = SCALE.checked_sub(fraction.len())?;
    let units: i128 = format!("0{whole}{fraction}{:0<padding$}", "").parse().ok()?;
    Some(if text.starts_with('-') { -units } else { units })
}

fn written(units: i128) -> String {
    let digits = format!("{:018}", units.unsigned_abs());
    let (whole, fraction) = digits.split_at(digits.len() - SCALE);
    let sign = if units < 0 { "-" } else { "" };
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        fraction => xml::echo(&format!("{sign}{whole}.{fraction}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals() {
        for (text, expected) in [
            ("0", Some("0")),
            (" 1.50 ", Some("1.5")),
            ("-.25", Some("-0.25")),
            ("+007.", Some("7")),
            ("123456789012345678", Some("123456789012345678")),
            ("0.12345678901234567", Some("0.12345678901234567")),
            ("0.123456789012345678", None),
            ("9999999999999999999999", None),
        ] {
            assert_eq!(decimal(text).map(written).as_deref(), expected, "{text}");
        }
    }
}
