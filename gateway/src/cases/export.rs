//! Cases for others: JSON to the letter, and CSV with a line a rule and typology of each verdict; one line
//! for a payment without any.

use std::fmt::Write as _;

use serde_json::Value;

use super::Case;

const HEADER: &str = "case,typology,finding,payment,atMs,payerFsp,payeeFsp,amount,currency,debtor,\
    creditor,decision,point,sequence,kind,name,outcome,value,score,alert\r\n";

/// A line a result, RFC 4180. A cell that a spreadsheet would take for a formula begins with `'`.
pub fn csv(case: &Case) -> String {
    let mut out = HEADER.to_owned();
    let finding = case.finding.as_ref().map_or("open", |finding| finding.verdict.as_str());
    for payment in &case.payments {
        let at_ms = payment.at_ms.to_string();
        let blank = String::new();
        let common = [
            case.id.as_str(),
            &case.typology,
            finding,
            &payment.id,
            &at_ms,
            &payment.payer_fsp,
            &payment.payee_fsp,
            &payment.amount,
            &payment.currency,
            payment.debtor.as_ref().unwrap_or(&blank),
            payment.creditor.as_ref().unwrap_or(&blank),
        ];
        let verdicts = payment.verdicts.iter().map(|verdict| {
            let verdict: Value = serde_json::from_str(verdict.get()).unwrap_or_default();
            results(&verdict)
        });
        let mut verdicts: Vec<_> = verdicts.collect();
        if verdicts.is_empty() {
            let mut unjudged: [String; 9] = Default::default();
            unjudged[0].clone_from(&payment.decision);
            verdicts.push(vec![unjudged]);
        }
        for rows in verdicts {
            for row in rows {
                let cells = common.iter().map(|cell| (*cell).to_owned()).chain(row);
                let line: Vec<String> = cells.map(|cell| quoted(&cell)).collect();
                // Writing to a String cannot fail.
                let _ = write!(out, "{}\r\n", line.join(","));
            }
        }
    }
    out
}

/// The rest of each line: decision, point, sequence, kind, name, outcome, value, score, alert.
fn results(verdict: &Value) -> Vec<[String; 9]> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let of = |name: &str| text(&verdict[name]);
    let head = || [of("decision"), of("point"), of("sequence")];
    let rows = |name: &str| verdict[name].as_array().cloned().unwrap_or_default();
    let mut results = Vec::new();
    for rule in rows("rules") {
        let [decision, point, sequence] = head();
        let name = format!("{} {}", text(&rule["id"]), text(&rule["cfg"]));
        let (outcome, value) = (text(&rule["subRuleRef"]), text(&rule["indpdntVarbl"]));
        let (kind, none) = ("rule".to_owned(), String::new());
        let row = [decision, point, sequence, kind, name, outcome, value, none.clone(), none];
        results.push(row);
    }
    for typology in rows("typologies") {
        let [decision, point, sequence] = head();
        let (name, kind, none) =
            (text(&typology["typology"]), "typology".to_owned(), String::new());
        let (score, alert) = (text(&typology["score"]), text(&typology["alert"]));
        results.push([decision, point, sequence, kind, name, none.clone(), none, score, alert]);
    }
    results
}

fn quoted(cell: &str) -> String {
    let is_number = cell.parse::<f64>().is_ok();
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number;
    let cell = if is_formula { format!("'{cell}") } else { cell.to_owned() };
    match cell.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formula_runs() {
        for (cell, expected) in [
            ("a", "a"),
            ("-0.5", "-0.5"),
            ("a,\"b\"", "\"a,\"\"b\"\"\""),
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-x", "'-x"),
        ] {
            assert_eq!(quoted(cell), expected);
        }
    }
}
