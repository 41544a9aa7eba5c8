//! The same verdict as xmllint on every shared sample whose parts are of served versions.

use std::path::{Path, PathBuf};
use std::process::Command;

use iso20022::{RefusedKind, Verdict, inspect, read, served_versions};
use serde_json::Value;

use crate::support::{shared_or_skip, xmllint_or_skip};

/// Every XML file below a directory.
pub fn xml_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            xml_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "xml") {
            found.push(path);
        }
    }
}

/// What the oracle says of each file.
pub fn oracle(files: &[PathBuf]) -> Option<Vec<Value>> {
    let oracle = shared_or_skip("tools/iso-oracle")?;
    let run = Command::new("python3").arg(oracle).args(files).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let lines = String::from_utf8(run.stdout).unwrap();
    Some(lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn samples_get_the_verdict_of_xmllint() {
    let Some(samples) = shared_or_skip("data/iso20022/samples") else { return };
    if !xmllint_or_skip() {
        return;
    }
    let mut files = Vec::new();
    xml_files(&samples, &mut files);
    // Only files that mention a served version need the oracle's time.
    files.retain(|file| {
        let bytes = std::fs::read(file).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        served_versions().any(|name| text.contains(name))
    });
    files.sort();
    let Some(verdicts) = oracle(&files) else { return };
    let (mut compared, mut valid, mut messages_read) = (0, 0, 0);
    let mut differ = Vec::new();
    for (file, verdict) in files.iter().zip(&verdicts) {
        let parts = verdict["parts"].as_array().unwrap();
        let names: Vec<&str> = parts.iter().map(|part| part["message"].as_str().unwrap()).collect();
        if names.is_empty()
            || !names.iter().all(|name| served_versions().any(|served| served == *name))
        {
            continue;
        }
        compared += 1;
        let bytes = std::fs::read(file).unwrap();
        let ours = inspect(&bytes);
        let found: Vec<&str> = ours.messages.iter().map(|name| name.as_str()).collect();
        let word = match ours.verdict {
            Verdict::Valid => "valid",
            Verdict::Invalid => "invalid",
            Verdict::Unsupported => "unsupported",
        };
        if word != verdict["verdict"] || found != names {
            differ.push(format!("{}: {word} {:?}\n  {verdict}", file.display(), ours.findings));
        }
        valid += usize::from(word == "valid");
        match read(&bytes) {
            Ok(inbound) => {
                messages_read += 1;
                assert_eq!(ours.verdict, Verdict::Valid, "{}", file.display());
                assert!(found.contains(&inbound.name.as_str()));
            }
            Err(refused) => {
                let header_alone = names.iter().all(|name| name.starts_with("head"));
                let may = header_alone || word == "invalid" || refused.kind == RefusedKind::Header;
                assert!(may, "{}: {refused:?}", file.display());
            }
        }
    }
    eprintln!("{compared} samples compared, {valid} valid, {messages_read} read");
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    assert!(compared >= 160 && valid >= 125 && messages_read >= 118, "too few samples");
}
