//! Style over every tracked file, as a test: no other linter is needed.
//!
//! * `source`: Rust text as code (strings and comments blanked), functions, test regions;
//! * `rust`: the rules for Rust files;
//! * `documents`: the rules for Markdown files;
//! * `files`: the rules for every file.
//!
//! Each rule is a pure function of a path and a text, with a table of good and bad examples.

mod documents;
mod files;
mod rust;
mod source;

use crate::repository::{Tracked, tracked};
use std::collections::BTreeSet;

/// A broken rule: where, and what to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    path: String,
    /// From 1; 0 when the finding is about the whole file.
    line: usize,
    what: String,
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

#[test]
fn rust_files_are_tidy() {
    let sources: Vec<(String, String)> = texts(|path| path.ends_with(".rs")).into_iter().collect();
    let outlined: BTreeSet<String> =
        sources.iter().flat_map(|(path, text)| source::outlined_tests(path, text)).collect();
    none(sources.iter().flat_map(|(path, text)| {
        let is_test = source::is_test_path(path) || outlined.contains(path);
        rust::findings(path, text, is_test)
    }));
}

#[test]
fn markdown_files_are_tidy() {
    let files = tracked();
    let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let texts = texts(|path| path.ends_with(".md"));
    none(texts.iter().flat_map(|(path, text)| documents::findings(path, text, &paths)));
}

#[test]
fn every_page_of_the_book_is_in_its_summary() {
    let pages = texts(|path| path.starts_with("docs/") && path.ends_with(".md"));
    let summary = pages.iter().find(|(path, _)| path == "docs/SUMMARY.md");
    let (_, summary) = summary.expect("docs/SUMMARY.md is tracked");
    none(pages.iter().flat_map(|(path, _)| documents::outside_of_summary(path, summary)));
}

#[test]
fn all_files_are_tidy() {
    none(
        tracked().iter().flat_map(|Tracked { path, bytes, text }| {
            files::findings(path, *bytes, text.as_deref())
        }),
    );
}

fn texts(wanted: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let files = tracked().into_iter().filter(|file| wanted(&file.path));
    let texts: Vec<_> = files.filter_map(|file| Some((file.path, file.text?))).collect();
    assert!(!texts.is_empty(), "no file to look at");
    texts
}

fn none(findings: impl Iterator<Item = Finding>) {
    let lines: Vec<String> =
        findings.map(|found| format!("{}:{}: {}", found.path, found.line, found.what)).collect();
    assert!(lines.is_empty(), "{} findings\n{}", lines.len(), lines.join("\n"));
}
