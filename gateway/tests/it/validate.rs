//! `causeway validate` as it is called: what it prints, and how it exits.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

const BIN: &str = env!("CARGO_BIN_EXE_causeway");

/// A pacs.008.001.08 whose amount is `amount`.
fn pacs008(amount: &str) -> String {
    let agent = |name: &str, bic: &str| {
        format!("<{name}><FinInstnId><BICFI>{bic}</BICFI></FinInstnId></{name}>")
    };
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08\"><FIToFICstmrCdtTrf>\
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-20T10:00:00Z</CreDtTm><NbOfTxs>1</NbOfTxs>\
<SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr>\n\
<CdtTrfTxInf><PmtId><EndToEndId>E1</EndToEndId></PmtId>\n  \
<IntrBkSttlmAmt Ccy=\"EUR\">{amount}</IntrBkSttlmAmt>\n\
<ChrgBr>SLEV</ChrgBr><Dbtr><Nm>Alice</Nm></Dbtr>{}{}<Cdtr><Nm>Bob</Nm></Cdtr></CdtTrfTxInf></FIToFICstmrCdtTrf>\
</Document>",
        agent("DbtrAgt", "BANKDEFF"),
        agent("CdtrAgt", "BANKFRPP")
    )
}

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Runs `causeway validate` in a directory that holds `files`, with `input` as standard input.
fn validate(arguments: &[&str], files: &[(&str, &[u8])], input: &str) -> Ran {
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(directory.path().join(name), content).unwrap();
    }
    let mut command = Command::new(BIN);
    command.arg("validate").args(arguments).current_dir(directory.path());
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn objects(ran: &Ran) -> Vec<Value> {
    ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

const PATH: &str = "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt";

#[test]
fn one_json_object_a_file() {
    let (good, bad) = (pacs008("1"), pacs008("-1"));
    let other =
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><X/></Document>";
    let files: [(&str, &[u8]); 4] = [
        ("good.xml", good.as_bytes()),
        ("bad.xml", bad.as_bytes()),
        ("broken.xml", b"<a>"),
        ("other.xml", other.as_bytes()),
    ];
    let names = ["--format", "json", "good.xml", "bad.xml", "broken.xml", "other.xml"];
    let ran = validate(&names, &files, "");
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    let message = json!(["pacs.008.001.08"]);
    let finding = json!({
        "level": "schema", "path": PATH, "line": 3, "column": 3, "rule": "minInclusive",
        "code": "AM12", "text": "write a number that is at least 0",
    });
    let broken = json!({
        "level": "schema", "path": "/a", "line": 1, "column": 4, "rule": "tags", "code": "FF01",
        "text": "close <a>",
    });
    let camt = json!(["camt.053.001.08"]);
    let expected = [
        json!({"file": "good.xml", "messages": message, "verdict": "valid", "findings": []}),
        json!({"file": "bad.xml", "messages": message, "verdict": "invalid", "findings": [finding]}),
        json!({"file": "broken.xml", "messages": [], "verdict": "invalid", "findings": [broken]}),
        json!({"file": "other.xml", "messages": camt, "verdict": "unsupported", "findings": []}),
    ];
    assert_eq!(objects(&ran), expected);
    let keys = "{\"file\":\"good.xml\",\"messages\":[\"pacs.008.001.08\"],\"verdict\":\"valid\"";
    assert!(ran.out.starts_with(keys), "in the order of CONTRACTS §2: {}", ran.out);
}

#[test]
fn exits_say_what_was_found() {
    let (good, bad, ruled) = (pacs008("1"), pacs008("x"), pacs008("1.001"));
    let files: [(&str, &[u8]); 4] = [
        ("good", good.as_bytes()),
        ("bad", bad.as_bytes()),
        ("ruled", ruled.as_bytes()),
        ("none", b"<a/>"),
    ];
    let table: &[(&[&str], i32, &str)] = &[
        (&["good"], 0, ""),
        (&["good", "good"], 0, ""),
        (&["good", "bad"], 1, ""),
        (&["none"], 1, ""),
        (&["ruled"], 0, ""),
        (&["--rules", "ruled"], 1, ""),
        (&["--rules", "good"], 0, ""),
        (&["--format", "junit", "bad"], 1, ""),
        (&["absent"], 2, "absent cannot be read"),
        (&["good", "absent"], 2, "absent cannot be read"),
        (&["."], 2, ". cannot be read"),
        (&["-", "-"], 2, "name standard input (-) once"),
        (&[], 2, "<FILE>"),
        (&["--format", "yaml", "good"], 2, "text, json, junit"),
        (&["--profile", "x", "good"], 2, "cbpr-plus, fednow, mojaloop, rtp, sct-inst"),
        (&["--profile", "rtp", "good"], 0, ""),
    ];
    for (arguments, code, said) in table {
        let ran = validate(arguments, &files, "");
        assert_eq!(ran.code, Some(*code), "{arguments:?} {}", ran.err);
        assert!(ran.err.contains(said), "{arguments:?}: {}", ran.err);
        assert_eq!(ran.err.is_empty(), said.is_empty(), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn rules_count_when_they_are_to() {
    let text = pacs008("1.001");
    let verdict = |arguments: &[&str]| {
        let ran = validate(arguments, &[], &text);
        let [object] = objects(&ran).try_into().unwrap();
        assert_eq!(object["findings"][0]["level"], "rule");
        assert_eq!(object["file"], "-");
        object["verdict"].clone()
    };
    assert_eq!(verdict(&["--format=json", "-"]), "valid");
    assert_eq!(verdict(&["--format=json", "--rules", "-"]), "invalid");
}

#[test]
fn text_shows_the_place() {
    let expected = format!(
        "-: invalid (pacs.008.001.08)\n\n  schema minInclusive (AM12) 3:3 {PATH}\n  \
3 | <IntrBkSttlmAmt Ccy=\"EUR\">-1</IntrBkSttlmAmt>\n    \
| ^^^^^^^^^^^^^^^\n    = write a number that is at least 0\n\n1 file: 1 invalid\n"
    );
    assert_eq!(validate(&["-"], &[], &pacs008("-1")).out, expected);
    let ruled = validate(&["-"], &[], &pacs008("1.001")).out;
    let end = "\n1 file: 1 valid (1 finding of level rule counts with --rules only)\n";
    assert!(ruled.ends_with(end), "{ruled}");
    let unsupported = validate(&["-"], &[], "<a/>").out;
    assert!(unsupported.contains("no Document or AppHdr"), "{unsupported}");
}

#[test]
fn junit_is_xml_with_a_case_a_file() {
    let (good, bad) = (pacs008("1.001"), pacs008("\"<x/>&#1;\""));
    let files: [(&str, &[u8]); 3] =
        [("a&b.xml", good.as_bytes()), ("bad.xml", bad.as_bytes()), ("none.xml", b"<a/>")];
    let ran = validate(&["--format", "junit", "a&b.xml", "bad.xml", "none.xml"], &files, "");
    let tree = iso20022::xml::parse(ran.out.as_bytes()).unwrap_or_else(|e| panic!("{e:?}"));
    let suite = tree.root().child("testsuite").unwrap();
    let count = |name| tree.root().attribute(name).unwrap_or_default();
    assert_eq!((count("tests"), count("failures")), ("3", "2"));
    let cases: Vec<_> = suite.children_named("testcase").collect();
    let names: Vec<_> = cases.iter().filter_map(|case| case.attribute("name")).collect();
    assert_eq!(names, ["a&b.xml", "bad.xml", "none.xml"]);
    assert!(cases[0].child("system-out").unwrap().text().contains("currencyDigits (AM12)"));
    let kinds: Vec<_> =
        cases.iter().filter_map(|case| case.child("failure")?.attribute("type")).collect();
    assert_eq!(kinds, ["character", "unsupported"]);
}
