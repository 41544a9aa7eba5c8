//! The same verdict as xmllint on written messages with every element in turn removed, doubled, moved,
//! emptied or given another text.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use iso20022::{Verdict, admi002, inspect, pacs002, pacs008, pain001, pain002};

use crate::messages::{
    admi002_messages, pacs002_messages, pacs008_messages, pain001_messages, pain002_messages,
    versions_of,
};
use crate::support::{shared_or_skip, xmllint_or_skip};

/// Start and end of an element, and of what is inside it. Written texts have tags and text only.
struct Span {
    start: usize,
    inside: (usize, usize),
    end: usize,
}

fn spans(text: &str) -> Vec<Span> {
    let (mut open, mut found) = (Vec::new(), Vec::new());
    let mut at = text.find("?>").unwrap() + 2;
    while let Some(offset) = text[at..].find('<') {
        let start = at + offset;
        at = start + text[start..].find('>').unwrap() + 1;
        if text[start..].starts_with("</") {
            let (outer, inside) = open.pop().unwrap();
            found.push(Span { start: outer, inside: (inside, start), end: at });
        } else {
            open.push((start, at));
        }
    }
    found
}

/// What a simple type may or may not be.
const TEXTS: &[&str] = &[
    "",
    "0",
    "-1",
    "1.123456",
    "1234567890123456789",
    "2024-02-29",
    "2023-02-29",
    "2024-02-29T24:00:00",
    "2024-02-29T23:59:60Z",
    "2024-02-29T10:00:00.5-14:00",
    "true",
    "ABCDEF2LXXX",
    "x &amp; \u{1F4B6}",
];

fn mutations(text: &str) -> Vec<String> {
    let mut mutated = Vec::new();
    // The last one is the root.
    let mut elements = spans(text);
    elements.pop();
    for (index, element) in elements.iter().enumerate() {
        let (before, after) = (&text[..element.start], &text[element.end..]);
        let whole = &text[element.start..element.end];
        mutated.push(format!("{before}{after}"));
        mutated.push(format!("{before}{whole}{whole}{after}"));
        mutated.push(format!("{before}text{whole}{after}"));
        if let Some(next) = elements.iter().find(|next| next.start == element.end) {
            let moved = &text[next.start..next.end];
            mutated.push(format!("{before}{moved}{whole}{}", &text[next.end..]));
        }
        let (inside_start, inside_end) = element.inside;
        // In turn, so that every text meets many types.
        let replaced = TEXTS[index % TEXTS.len()];
        mutated.push(format!("{}{replaced}{}", &text[..inside_start], &text[inside_end..]));
        mutated.push(format!("{}{}", &text[..inside_start], &text[inside_end..]));
    }
    mutated
}

fn xmllint(schema: &Path, files: &[PathBuf]) -> HashMap<String, Verdict> {
    let mut verdicts = HashMap::new();
    for batch in files.chunks(400) {
        let mut command = Command::new("xmllint");
        let run = command.args(["--noout", "--nonet", "--schema"]).arg(schema).args(batch).output();
        for line in String::from_utf8(run.unwrap().stderr).unwrap().lines() {
            if let Some(file) = line.strip_suffix(" validates") {
                verdicts.insert(file.to_owned(), Verdict::Valid);
            } else if let Some(file) = line.strip_suffix(" fails to validate") {
                verdicts.insert(file.to_owned(), Verdict::Invalid);
            }
        }
    }
    verdicts
}

fn same_verdicts(name: &str, texts: &[String]) {
    let family = &name[..8];
    let schema = shared_or_skip(&format!("data/iso20022/xsd/base/{family}/{name}.xsd"));
    let Some(schema) = schema.filter(|_| xmllint_or_skip()) else { return };
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutations").join(name);
    std::fs::create_dir_all(&directory).unwrap();
    let mut files = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        files.push(directory.join(format!("{index}.xml")));
        std::fs::write(&files[index], text).unwrap();
    }
    let theirs = xmllint(&schema, &files);
    assert_eq!(theirs.len(), texts.len());
    let mut counts = (0, 0);
    for (file, text) in files.iter().zip(texts) {
        let ours = inspect(text.as_bytes());
        let theirs = theirs[file.to_str().unwrap()];
        assert_eq!(ours.verdict, theirs, "{}: {:?}", file.display(), ours.findings);
        match theirs {
            Verdict::Valid => counts.0 += 1,
            _ => counts.1 += 1,
        }
    }
    eprintln!("{name}: {} valid, {} invalid", counts.0, counts.1);
    assert!(counts.0 >= 3 && counts.1 >= 10, "{name}: one-sided");
}

fn all_mutations(texts: impl Iterator<Item = String>) -> Vec<String> {
    texts.flat_map(|text| mutations(&text)).collect()
}

#[test]
fn pacs008_mutated_in_every_version() {
    for version in versions_of("pacs.008") {
        let texts = pacs008_messages(version).into_iter().take(3);
        let texts = texts.map(|message| pacs008::write(&message, version).unwrap());
        same_verdicts(version, &all_mutations(texts));
    }
}

#[test]
fn pain001_mutated_in_every_version() {
    for version in versions_of("pain.001") {
        let texts = pain001_messages(version).into_iter();
        let texts = texts.map(|message| pain001::write(&message, version).unwrap());
        same_verdicts(version, &all_mutations(texts));
    }
}

#[test]
fn pacs002_mutated_in_every_version() {
    for version in versions_of("pacs.002") {
        let texts = pacs002_messages(version).into_iter();
        let texts = texts.map(|message| pacs002::write(&message, version).unwrap());
        same_verdicts(version, &all_mutations(texts));
    }
}

#[test]
fn pain002_mutated_in_every_version() {
    for version in versions_of("pain.002") {
        let texts = pain002_messages(version).into_iter();
        let texts = texts.map(|message| pain002::write(&message, version).unwrap());
        same_verdicts(version, &all_mutations(texts));
    }
}

#[test]
fn admi002_mutated() {
    let texts = admi002_messages().into_iter();
    same_verdicts(admi002::VERSION, &all_mutations(texts.map(|m| admi002::write(&m).unwrap())));
}
