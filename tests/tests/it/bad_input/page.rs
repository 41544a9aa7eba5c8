//! docs/bad-input.md, made from `rows.toml`, and what keeps both true: every row of the list is there,
//! every test that it names is a test, and the page is what the rows say.
//!
//! `CAUSEWAY_WRITE=1 cargo test -p causeway-tests --test it bad_input::page` writes it anew.

use causeway_tests::root;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::ops::RangeInclusive;

const ROWS: &str = include_str!("rows.toml");
const PAGE: &str = "docs/bad-input.md";

/// The list, by letter and number.
const LIST: [(char, RangeInclusive<u8>); 9] = [
    ('X', 1..=16),
    ('H', 1..=9),
    ('H', 11..=15),
    ('J', 1..=15),
    ('S', 1..=11),
    ('C', 1..=3),
    ('R', 1..=5),
    ('R', 7..=7),
    ('L', 1..=1),
];

/// Where a crate's tests are.
const CRATES: [(&str, &str); 5] = [
    ("tests", "tests/tests/it"),
    ("fspiop", "fspiop/tests/it"),
    ("gateway", "gateway/tests/it"),
    ("iso20022", "iso20022/tests/it"),
    ("switch", "switch/tests/it"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    part: Vec<Part>,
    row: Vec<Row>,
    suite: Vec<Suite>,
    later: Vec<Later>,
}

/// Rows of one letter.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    letter: char,
    title: String,
    about: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    input: String,
    answer: String,
    tests: Vec<String>,
}

/// Published cases that are run as a whole.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Suite {
    name: String,
    holds: String,
    tests: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Later {
    id: String,
    why: String,
}

/// A test's name, taken apart.
struct Named<'n> {
    file: String,
    function: &'n str,
}

fn named(test: &str) -> Option<Named<'_>> {
    let (krate, rest) = test.split_once("::")?;
    let (modules, function) = rest.rsplit_once("::")?;
    let (_, folder) = CRATES.iter().find(|(name, _)| *name == krate)?;
    Some(Named { file: format!("{folder}/{}.rs", modules.replace("::", "/")), function })
}

/// Whether a source has a test of this name: the function, and above it the attribute.
fn has_test(source: &str, function: &str) -> bool {
    let starts = [format!("fn {function}("), format!("async fn {function}(")];
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let is_it = |line: &&str| starts.iter().any(|start| line.starts_with(start.as_str()));
    let Some(at) = lines.iter().position(is_it) else { return false };
    let above = lines[..at].iter().rev().take_while(|line| line.starts_with('#'));
    above.into_iter().any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
}

fn book() -> Book {
    toml::from_str(ROWS).expect("rows.toml")
}

impl Book {
    fn page(&self) -> String {
        let mut page = String::from(
            "# Bad input\n\n\
             What hostile or broken input is answered with, and the tests that say so. A row's tests of the crate `tests` speak \
             to the whole gateway over sockets: besides the answer they hold that no position moved, that nothing was passed on, \
             and that the hub still pays. Codes are FSPIOP error codes, or the reasons of ISO status messages. This page is made \
             from [rows.toml](../tests/tests/it/bad_input/rows.toml) by a test, which also holds that each test named here exists.\n",
        );
        for part in &self.part {
            page += &format!("\n## {}: {}\n{}\n\n", part.letter, part.title, part.about);
            page += "| row | input | answer | tests |\n|---|---|---|---|\n";
            for Row { id, input, answer, tests } in self.rows_of(part.letter) {
                page += &format!("| {id} | {input} | {answer} | {} |\n", linked(tests));
            }
        }
        page += "\n## Published suites\n\n| suite | what holds | tests |\n|---|---|---|\n";
        for Suite { name, holds, tests } in &self.suite {
            page += &format!("| {name} | {holds} | {} |\n", linked(tests));
        }
        page += "\n## Later\n\n| row | why not yet |\n|---|---|\n";
        for Later { id, why } in &self.later {
            page += &format!("| {id} | {why} |\n");
        }
        page
    }

    fn rows_of(&self, letter: char) -> impl Iterator<Item = &Row> {
        self.row.iter().filter(move |row| row.id.starts_with(letter))
    }

    fn tests(&self) -> impl Iterator<Item = (&str, &String)> {
        let rows = self.row.iter().flat_map(|row| row.tests.iter().map(|test| (&*row.id, test)));
        let suites = self.suite.iter();
        rows.chain(suites.flat_map(|suite| suite.tests.iter().map(|test| (&*suite.name, test))))
    }
}

/// The tests, each with a link to its file.
fn linked(tests: &[String]) -> String {
    let link = |test: &String| match named(test) {
        Some(Named { file, function }) => {
            let module = test.strip_suffix(function).unwrap_or_default().trim_end_matches("::");
            format!("[{module}](../{file}): `{function}`")
        }
        None => test.clone(),
    };
    tests.iter().map(link).collect::<Vec<_>>().join("<br>")
}

#[test]
fn every_row_of_the_list_is_there_once_and_in_order() {
    let wanted: Vec<String> = LIST
        .into_iter()
        .flat_map(|(letter, numbers)| numbers.map(move |number| format!("{letter}{number:02}")))
        .collect();
    let book = book();
    let found: Vec<&str> = book.row.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(found, wanted);
    let letters: BTreeSet<char> = book.part.iter().map(|part| part.letter).collect();
    assert_eq!(letters, LIST.iter().map(|(letter, _)| *letter).collect());
    for Later { id, .. } in &book.later {
        assert!(!wanted.contains(id), "{id} is there already");
    }
}

#[test]
fn every_row_has_tests_that_exist() {
    let book = book();
    let mut missing = Vec::new();
    for (row, test) in book.tests() {
        let found = named(test).is_some_and(|Named { file, function }| {
            fs::read_to_string(root().join(file)).is_ok_and(|source| has_test(&source, function))
        });
        if !found {
            missing.push(format!("{row}: {test}"));
        }
    }
    assert!(missing.is_empty(), "no such test:\n{}", missing.join("\n"));
    for row in &book.row {
        let whole = row.tests.iter().filter(|test| test.starts_with("tests::"));
        let files = whole.filter_map(|test| Some(root().join(named(test)?.file)));
        let mut sources = files.filter_map(|file| fs::read_to_string(file).ok());
        // A source says which rows it is about, in a function's name or beside the case.
        let names_it = |source: String| source.to_lowercase().contains(&row.id.to_lowercase());
        assert!(sources.any(names_it), "{} has no test of the whole that names it", row.id);
        for text in [&row.input, &row.answer] {
            assert!(!text.is_empty() && !text.contains(['|', '\n']), "{}: {text}", row.id);
        }
    }
}

#[test]
fn the_page_is_what_the_rows_say() {
    let (page, path) = (book().page(), root().join(PAGE));
    if std::env::var_os("CAUSEWAY_WRITE").is_some() {
        fs::write(&path, &page).expect(PAGE);
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    let line = written.lines().zip(page.lines()).position(|(written, made)| written != made);
    assert!(
        written == page,
        "{PAGE} differs from rows.toml at line {:?}: CAUSEWAY_WRITE=1 writes it anew",
        line.map(|line| line + 1)
    );
}

#[test]
fn a_test_is_a_function_with_the_attribute() {
    let source = "#[tokio::test]\n#[ignore]\nasync fn a() {}\n\nfn b() {}\n  #[test]\n  fn c(x in 1) {}\n#[test]\nfn ab() {}";
    for (function, found) in [("a", true), ("b", false), ("c", true), ("d", false), ("ab", true)] {
        assert_eq!(has_test(source, function), found, "{function}");
    }
    assert!(
        named("tests::bad_input::xml::x")
            .is_some_and(|n| n.file == "tests/tests/it/bad_input/xml.rs")
    );
    assert!(named("elsewhere::x::y").is_none() && named("x").is_none());
}
