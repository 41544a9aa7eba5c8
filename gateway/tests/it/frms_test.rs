//! `causeway frms test` as it is called: what it prints, and how it exits.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

const BIN: &str = env!("CARGO_BIN_EXE_causeway");
/// 2026-01-01T00:00:00Z
const NOW: i64 = 1_767_225_600_000;

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Runs it in a directory that holds `catalogue.json` and `events.jsonl`.
fn test(catalogue: &str, events: &str, arguments: &[&str]) -> Ran {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write("catalogue.json", catalogue);
    write("events.jsonl", events);
    run(directory.path(), arguments)
}

fn run(directory: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(BIN);
    let output = command.args(["frms", "test"]).args(arguments).current_dir(directory).output();
    let output = output.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// Alerts from the second payment out of an account on, stops from the third on.
fn burst() -> String {
    let weights = [(".err", 0), (".x00", 0), (".01", 0), (".02", 100), (".03", 200)];
    let weights = weights.map(|(outcome, weight)| json!({ "ref": outcome, "wght": weight }));
    let typology = json!({
        "cfg": "007@1.0.0", "desc": "many payments out of one account",
        "workflow": { "alertThreshold": 100, "interdictionThreshold": 200 },
        "rules": [{ "id": "901@1.0.0", "cfg": "1.0.0", "termId": "v901", "wghts": weights }],
        "expression": ["Add", "v901"],
    });
    json!({ "typologies": [typology] }).to_string()
}

/// A payment out of `account` and its commit.
fn paid(id: u32, account: u32, label: Value) -> [Value; 2] {
    let party = |account: u32| {
        let name = format!("{account:032x}");
        json!({ "account": name, "entity": name })
    };
    let id = format!("{id:032x}");
    let tx = json!({
        "id": id, "hash": "00".repeat(32), "atMs": NOW, "payerFsp": "green", "payeeFsp": "blue",
        "units": "100000", "currency": "EUR", "debtor": party(account), "creditor": party(90 + account),
        "facts": "quote",
    });
    let outcome = json!({ "id": id, "kind": "committed", "atMs": NOW });
    [json!({ "tx": tx, "label": label }), json!({ "outcome": outcome })]
}

/// Three labelled payments out of one account, two genuine ones out of another, one out of a third.
fn events() -> String {
    let fraud = |id| paid(id, 1, json!({ "behaviour": "007", "episode": 1 }));
    let gift = |id| paid(id, 2, json!({ "looksLike": "gifts" }));
    let records = [fraud(1), fraud(2), fraud(3), gift(4), gift(5), paid(6, 3, json!({}))];
    records.iter().flatten().map(|record| format!("{record}\n")).collect()
}

#[test]
fn hits_misses_and_what_would_have_been_stopped_are_counted() {
    let ran = test(&burst(), &events(), &["catalogue.json", "--replay", "events.jsonl", "--json"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let found: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&found["records"], &found["typologyCount"]), (&json!(12), &json!(1)));
    let report = &found["report"];
    for (member, count) in [
        ("payments", 6),
        ("genuine", 3),
        ("alerts", 2),
        ("falseAlerts", 1),
        ("trueAlerted", 2),
        ("falseAlerted", 1),
        ("stopped", 1),
        ("falseStopped", 0),
    ] {
        assert_eq!(report[member], json!(count), "{member}: {report}");
    }
    assert_eq!((&report["value"], &report["valueStopped"]), (&json!(30.0), &json!(10.0)));
    assert_eq!(report["families"]["gifts"], json!([2, 1, 0]));
    assert_eq!(report["rules"]["901@1.0.0 1.0.0"], json!({ "labelled": 2, "genuine": 1 }));
    let stopped = &found["stopped"][0];
    assert_eq!((&stopped["decision"], &stopped["label"]), (&json!("block"), &json!("007")));
    assert!(stopped["id"].as_str().unwrap().ends_with('3'), "{stopped}");
}

#[test]
fn a_person_reads_aligned_tables() {
    let ran = test(&burst(), &events(), &["catalogue.json", "--replay", "events.jsonl"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let row = |start: &str| {
        let line = ran.out.lines().find(|line| line.trim_start().starts_with(start));
        line.unwrap_or_else(|| panic!("no {start} in {}", ran.out)).trim().to_owned()
    };
    let cells = |start: &str| row(start).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(cells("alerts raised")[2..4], ["2", "3333.3"]);
    assert_eq!(cells("007 ")[1..7], ["3", "2", "1", "1", "1", "1"]);
    assert_eq!(cells("901@1.0.0")[2..5], ["2", "1", "33.3"]);
    assert!(ran.out.contains("block (007): Blocked before any money"), "{}", ran.out);
    let header = ran.out.lines().find(|line| line.contains("by own typology")).unwrap();
    let label = ran.out.lines().find(|line| line.starts_with("  007 ")).unwrap();
    assert_eq!(header.find("payments").unwrap() + "payments".len(), label.find(" 3 ").unwrap() + 2);
}

#[test]
fn what_cannot_be_used_is_named_by_its_line_and_the_exit_says_whose_fault_it_is() {
    let call = ["catalogue.json", "--replay", "events.jsonl"];
    let broken = format!("{}\n{{\"tx\":{{}}}}\n", events().trim_end());
    let ran = test(&burst(), &broken, &call);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("events.jsonl:13: "), "{}", ran.err);
    let ran = test(&burst(), &format!("\n{}", "x".repeat(2_000_000)), &call);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("events.jsonl:2: a record has less than"), "{}", ran.err);
    let ran = test(&burst().replace(".03", ".04"), &events(), &call);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("catalogue.json: ") && ran.err.contains("weight"), "{}", ran.err);
    let ran = test(&burst(), "", &["catalogue.json", "--replay", "nothing.jsonl"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("nothing.jsonl"), "{}", ran.err);
    let ran = test(&burst(), "", &["standard", "--replay", "events.jsonl"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "nothing recorded, nothing found");
}
