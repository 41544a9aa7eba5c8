//! The page of alerts, held against the program: every line of level ERROR and every figure is there.

use crate::repository::tracked;
use causeway_tests::root;
use std::collections::BTreeSet;
use std::fs;

/// Where lines and figures come from.
const SOURCES: [&str; 3] = ["gateway/src/", "switch/store/src/", "frms/stream/src/"];

fn page() -> String {
    fs::read_to_string(root().join("docs/operating/alerts.md")).unwrap()
}

fn sources() -> Vec<String> {
    let ours = |path: &str| SOURCES.iter().any(|source| path.starts_with(source));
    let files = tracked().into_iter().filter(|file| ours(&file.path) && file.path.ends_with(".rs"));
    files.filter_map(|file| file.text).collect()
}

/// What each `error!` says: its last string.
fn lines(text: &str) -> BTreeSet<String> {
    let calls = text.split("error!(").skip(1);
    calls.filter_map(|rest| last_string(call(rest))).collect()
}

/// Up to the bracket that closes the call.
fn call(rest: &str) -> &str {
    let (mut depth, mut in_string, mut escaped) = (1, false, false);
    for (at, char) in rest.char_indices() {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => in_string = !in_string,
            '(' if !in_string => depth += 1,
            ')' if !in_string => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &rest[..at];
        }
    }
    rest
}

fn last_string(call: &str) -> Option<String> {
    let end = call.rfind('"')?;
    let start = call[..end].rfind('"')?;
    let text = call[start + 1..end].split("\\\n").map(str::trim_start).collect::<String>();
    Some(text).filter(|text| !text.starts_with('{'))
}

/// The names under which figures are registered.
fn figures(text: &str) -> BTreeSet<String> {
    let calls = text.split(".register(").skip(1);
    let names = calls.filter_map(|call| call.trim_start().strip_prefix('"')?.split('"').next());
    names.map(str::to_owned).collect()
}

#[test]
fn every_error_and_every_figure_is_on_the_page() {
    let page = page();
    let mut missing = Vec::new();
    let mut found = 0;
    for text in sources() {
        for line in lines(&text) {
            found += 1;
            if !page.contains(&line) {
                missing.push(line);
            }
        }
        for figure in figures(&text) {
            found += 1;
            if !page.contains(&format!("`causeway_{figure}")) {
                missing.push(format!("causeway_{figure}"));
            }
        }
    }
    assert!(found > 50, "only {found} were found: the search is broken");
    assert!(missing.is_empty(), "docs/operating/alerts.md says nothing of {missing:#?}");
}

#[test]
fn lines_and_figures_are_found() {
    let text = "tracing::error!(account = \"x\", \"it is \\\n    bad\");\nwarn!(\"no\");\nerror!(%error, \"{e}\");\n\
        Err(_) => error!(a = b(), \"worse (2)\"),\nOk(_) => info!(\"good\");";
    assert_eq!(lines(text), BTreeSet::from(["it is bad", "worse (2)"].map(str::to_owned)));
    let text = "registry.register(\"held\", help, x);\nregistry.register(\n  \"late\",\n help);";
    assert_eq!(figures(text), BTreeSet::from(["held".to_owned(), "late".to_owned()]));
}
