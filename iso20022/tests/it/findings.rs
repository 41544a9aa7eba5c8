//! Hand-made faults: where each is found, by which rule, and what the finding says.

use iso20022::{Finding, Level, RefusedKind, inspect, limits, read};

use crate::support::pacs008;

fn findings(text: &str) -> Vec<Finding> {
    let schema = |finding: &Finding| finding.level == Level::Schema;
    inspect(text.as_bytes()).findings.into_iter().filter(schema).collect()
}

const TX: &str = "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]";
const HEADER: &str = "/Document/FIToFICstmrCdtTrf/GrpHdr";

/// what to replace, by what, the one finding: path, rule, code, the text it points at
#[rustfmt::skip]
const ROWS: &[(&str, &str, &str, &str, &str, &str)] = &[
    ("<MsgId>M1</MsgId>", "", "{H}/MsgId", "missing", "FF01", "<CreDtTm>"),
    ("<MsgId>M1", "<MsgId>", "{H}/MsgId", "minLength", "FF01", "<MsgId>"),
    ("<MsgId>M1", "<MsgId>123456789012345678901234567890123456", "{H}/MsgId", "maxLength", "FF01", "<MsgId>"),
    ("2026-11-20T10:00:00Z", "2026-02-30T10:00:00Z", "{H}/CreDtTm", "dateTime", "DT01", "<CreDtTm>"),
    ("CLRG", "CLEAR", "{H}/SttlmInf/SttlmMtd", "enumeration", "FF01", "<SttlmMtd>"),
    ("<NbOfTxs>1", "<NbOfTxs>one", "{H}/NbOfTxs", "pattern", "FF01", "<NbOfTxs>"),
    (" Ccy=\"EUR\"", "", "{T}/IntrBkSttlmAmt/@Ccy", "missingAttribute", "FF01", "<IntrBkSttlmAmt"),
    ("\"EUR\"", "\"Eur\"", "{T}/IntrBkSttlmAmt/@Ccy", "pattern", "AM03", "<IntrBkSttlmAmt"),
    ("\"EUR\"", "\"EUR\" x=\"1\"", "{T}/IntrBkSttlmAmt", "attribute", "FF01", "<IntrBkSttlmAmt"),
    (">100<", ">-100<", "{T}/IntrBkSttlmAmt", "minInclusive", "AM12", "<IntrBkSttlmAmt"),
    (">100<", ">1.123456<", "{T}/IntrBkSttlmAmt", "fractionDigits", "AM12", "<IntrBkSttlmAmt"),
    (">100<", ">1234567890123456789<", "{T}/IntrBkSttlmAmt", "totalDigits", "AM12", "<IntrBkSttlmAmt"),
    (">100<", ">NaN<", "{T}/IntrBkSttlmAmt", "decimal", "AM12", "<IntrBkSttlmAmt"),
    (">100<", ">1e2<", "{T}/IntrBkSttlmAmt", "decimal", "AM12", "<IntrBkSttlmAmt"),
    (">100<", "><b/><", "{T}/IntrBkSttlmAmt", "child", "FF01", "<b/>"),
    ("<ChrgBr>SLEV</ChrgBr>", "", "{T}/ChrgBr", "missing", "FF01", "<Dbtr>"),
    ("<ChrgBr>", "x<ChrgBr>", "{T}", "text", "FF01", "<CdtTrfTxInf>"),
    ("<Dbtr>", "<Foo/><Dbtr>", "{T}/Foo", "unexpected", "FF01", "<Foo/>"),
    ("<Dbtr>", "<IntrBkSttlmDt>2026-11-20</IntrBkSttlmDt><Dbtr>",
     "{T}/IntrBkSttlmDt", "unexpected", "FF01", "<IntrBkSttlmDt>"),
    ("<Nm>Alice</Nm>", "<Nm>A</Nm><Nm>B</Nm>", "{T}/Dbtr/Nm", "unexpected", "FF01", "<Nm>B</Nm><"),
    ("<Nm>Alice</Nm>", "<Id/>", "{T}/Dbtr/Id/OrgId", "missing", "FF01", "<Id/>"),
    ("<Nm>Alice</Nm>", "<Nm xmlns=\"\">Alice</Nm>", "{T}/Dbtr/Nm", "unexpected", "FF01", "<Nm xmlns"),
    ("<Nm>Alice</Nm>", "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"x\"/>",
     "{T}/Dbtr/include", "unexpected", "FF01", "<xi:"),
    ("BANKDEFF", "BANKDEF", "{T}/DbtrAgt/FinInstnId/BICFI", "pattern", "FF01", "<BICFI>BANKDEF<"),
    ("<Dbtr>", "<Dbtr xsi:nil=\"true\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">",
     "{T}/Dbtr", "attribute", "FF01", "<Dbtr xsi"),
    ("</FIToFICstmrCdtTrf>", "</FIToFICstmrCdtTrf><More/>", "/Document/More", "unexpected", "FF01", "<More/>"),
];

/// Line and column of a text's first occurrence.
fn position_of(text: &str, part: &str) -> (u32, u32) {
    let before = &text[..text.find(part).unwrap_or_else(|| panic!("no {part}"))];
    let line = before.split('\n').count();
    let column = before.split('\n').next_back().unwrap().chars().count() + 1;
    (line.try_into().unwrap(), column.try_into().unwrap())
}

#[test]
fn each_fault_is_found_where_it_is() {
    assert_eq!(findings(&pacs008("100")), []);
    for (from, to, path, rule, code, pointed_at) in ROWS {
        let text = pacs008("100").replace(from, to);
        let found = findings(&text);
        let path = path.replace("{T}", TX).replace("{H}", HEADER);
        let [finding] = found.as_slice() else { panic!("{from} -> {to}: {found:?}") };
        let ours =
            (finding.path.as_str(), finding.rule, finding.code, finding.line, finding.column);
        let (line, column) = position_of(&text, pointed_at);
        assert_eq!(ours, (path.as_str(), *rule, *code, line, column), "{from} -> {to}");
        let refused = read(text.as_bytes()).unwrap_err();
        assert_eq!((refused.kind, &refused.findings), (RefusedKind::NotSchema, &found));
    }
}

#[test]
fn several_faults_are_found_at_once() {
    let text = pacs008("-1").replace("CLRG", "x").replace("BANKFRPP", "y");
    let paths: Vec<String> = findings(&text).into_iter().map(|finding| finding.path).collect();
    let expected = [
        format!("{HEADER}/SttlmInf/SttlmMtd"),
        format!("{TX}/IntrBkSttlmAmt"),
        format!("{TX}/CdtrAgt/FinInstnId/BICFI"),
    ];
    assert_eq!(paths, expected);
}

#[test]
fn repeated_elements_are_counted() {
    let one = pacs008("100");
    let start = one.find("<CdtTrfTxInf>").unwrap();
    let end = one.find("</FIToFICstmrCdtTrf>").unwrap();
    let bad = one[start..end].replace("SLEV", "WRONG");
    let text = format!(
        "{}{}{bad}{}{bad}{}",
        &one[..start],
        &one[start..end],
        &one[start..end],
        &one[end..]
    );
    let paths: Vec<String> = findings(&text).into_iter().map(|finding| finding.path).collect();
    let path = |index: u32| format!("/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[{index}]/ChrgBr");
    assert_eq!(paths, [path(2), path(4)]);
}

#[test]
fn findings_are_bounded_and_echo_little() {
    let one = pacs008("100");
    let start = one.find("<CdtTrfTxInf>").unwrap();
    let end = one.find("</FIToFICstmrCdtTrf>").unwrap();
    let bad = one[start..end].replace("SLEV", &"W".repeat(10_000));
    let text = format!("{}{}{}", &one[..start], bad.repeat(limits::FINDINGS + 50), &one[end..]);
    let found = findings(&text);
    assert_eq!(found.len(), limits::FINDINGS);
    assert!(found.iter().all(|finding| finding.text.len() < 200 && !finding.text.contains("WW")));
    let long = "L".repeat(limits::NAME_BYTES);
    let text = pacs008("100").replace("<Dbtr>", &format!("<{long}/><Dbtr>"));
    let found = findings(&text);
    assert!(found[0].text.chars().count() < 150 && found[0].path.chars().count() < 150);
}

#[test]
fn a_fault_of_form_names_the_open_elements() {
    let text = pacs008("100").replace("<Nm>Bob</Nm>", "<Nm>Bob</Name>");
    let refused = read(text.as_bytes()).unwrap_err();
    assert_eq!(refused.kind, RefusedKind::NotWellFormed);
    let finding = &refused.findings[0];
    assert_eq!(finding.path, "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/Cdtr/Nm");
    assert_eq!((finding.rule, finding.line, finding.column), ("tags", 3, 242));
    assert_eq!(finding.text, "close <Nm> before anything around it");
    // What came before the fault still tells which message it was.
    assert_eq!(refused.message_id.as_deref(), Some("M1"));
    assert_eq!(refused.name.unwrap().as_str(), "pacs.008.001.08");
}

#[test]
fn columns_count_characters() {
    let text = pacs008("-1").replace("<PmtId>", "<!-- é\u{1F4B6} -->\r\n<PmtId>");
    let text = text.replace("\n<IntrBkSttlmAmt", "\n<!-- é\u{1F4B6} --><IntrBkSttlmAmt");
    let found = findings(&text);
    assert_eq!((found[0].line, found[0].column), (4, 12));
}

#[test]
fn a_path_is_never_longer_than_err_lctn() {
    let name = "n".repeat(limits::NAME_BYTES);
    let text = format!("{}&x;", format!("<{name}>").repeat(60));
    let refused = read(text.as_bytes()).unwrap_err();
    assert_eq!(refused.findings[0].path.chars().count(), limits::PATH_CHARS);
}
