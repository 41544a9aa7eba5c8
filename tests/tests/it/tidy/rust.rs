//! The rules for Rust files.

use super::Finding;
use super::source::{Code, Function};

const MAX_FUNCTION_LINES: usize = 70;
const MAX_FILE_LINES: usize = 700;
const MAX_COLUMNS: usize = 120;

/// What product code returns an error instead of.
const PANICS: [&str; 7] =
    [".unwrap()", ".expect(", "panic!", "todo!", "unimplemented!", "unreachable!", "dbg!"];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 6] = ["common", "helper", "helpers", "misc", "util", "utils"];

/// What is wrong with a Rust file. Everything in it is test code when `is_test`.
pub fn findings(path: &str, text: &str, is_test: bool) -> Vec<Finding> {
    let code = Code::of(text);
    let mut found = Vec::new();
    if !is_generated(path, text) {
        found.extend(too_long(path, text, &code));
    }
    if !is_test {
        found.extend(panics(path, &code));
        if !is_generated(path, text) {
            found.extend(too_wide(path, text, &code));
        }
    }
    found.extend(badly_named(path));
    found.extend(without_module_docs(path, text));
    found
}

fn is_generated(path: &str, text: &str) -> bool {
    path.contains("/schema/tables/") || text.starts_with("// @generated")
}

fn too_long(path: &str, text: &str, code: &Code) -> Vec<Finding> {
    let mut found = Vec::new();
    let length = text.lines().count();
    if length > MAX_FILE_LINES {
        found.push(Finding::new(path, 0, format!("{length} lines, at most {MAX_FILE_LINES}")));
    }
    let lines = code.lines();
    for Function { name, lines: range } in code.functions() {
        let length = range.end() - range.start() + 1;
        let body = &lines[range.start() - 1..*range.end()];
        if length > MAX_FUNCTION_LINES && !is_table_of_arms(body) {
            let what = format!("fn {name} has {length} lines, at most {MAX_FUNCTION_LINES}");
            found.push(Finding::new(path, *range.start(), what));
        }
    }
    found
}

/// A function that is one long match, an arm a line, is read as a table, whatever its length.
fn is_table_of_arms(body: &[String]) -> bool {
    let arms = body.iter().map(|line| line.trim()).filter(|line| {
        let whole = line.contains("=>") && line.ends_with(',');
        whole || (line.starts_with('|') && !line.ends_with('{'))
    });
    arms.count() * 10 >= body.len() * 9
}

/// Tests are spared: a row of their tables is as wide as its facts.
fn too_wide(path: &str, text: &str, code: &Code) -> Vec<Finding> {
    let is_test = code.test_lines();
    let product = text.lines().zip(1..).filter(|(_, number): &(_, usize)| !is_test[number - 1]);
    let wide = product.filter(|(line, _)| line.chars().count() > MAX_COLUMNS);
    wide.map(|(_, line)| Finding::new(path, line, format!("over {MAX_COLUMNS} columns"))).collect()
}

fn panics(path: &str, code: &Code) -> Vec<Finding> {
    let is_test = code.test_lines();
    let mut found = Vec::new();
    for (line, number) in code.lines().iter().zip(1..) {
        for banned in PANICS {
            if !is_test[number - 1] && has(line, banned) {
                found.push(Finding::new(path, number, format!("{banned} outside of tests")));
            }
        }
    }
    found
}

/// Whether the line has the call, and not only as the end of a longer name.
fn has(line: &str, call: &str) -> bool {
    line.match_indices(call).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        call.starts_with('.') || !before.is_some_and(|char| char.is_alphanumeric() || char == '_')
    })
}

fn badly_named(path: &str) -> Option<Finding> {
    let part = path.split('/').map(|part| part.trim_end_matches(".rs"));
    let empty = part.into_iter().find(|part| EMPTY_NAMES.contains(part))?;
    Some(Finding::new(path, 0, format!("`{empty}` does not say what is inside")))
}

fn without_module_docs(path: &str, text: &str) -> Option<Finding> {
    let wanted = path.ends_with("src/lib.rs") || path.ends_with("src/main.rs");
    let what = "does not open with `//!`";
    (wanted && !text.starts_with("//!")).then(|| Finding::new(path, 1, what))
}

#[cfg(test)]
mod tests {
    use super::findings;

    const TABLES: &str = "iso20022/src/schema/tables/pacs.rs";

    fn count(text: &str) -> usize {
        findings("a/src/b.rs", text, false).len()
    }

    fn function(lines: usize, line: &str) -> String {
        format!("fn a() {{\n{}}}\n", line.repeat(lines - 2))
    }

    #[test]
    fn panics_are_found_in_product_code_only() {
        let bad = ["a.unwrap();", "a.expect(b);", "panic!();", "todo!()", "std::unimplemented!()"];
        for call in bad.iter().chain(&["unreachable!()", "dbg!(a)", "a\n    .unwrap()"]) {
            let text = format!("fn a() {{\n{call}\n}}\n");
            assert_eq!(count(&text), 1, "{call}");
            assert!(findings("a/tests/it/b.rs", &text, true).is_empty(), "{call}");
            assert_eq!(count(&format!("#[cfg(test)]\nmod tests {{\n{text}}}\n")), 0, "{call}");
            assert_eq!(count(&format!("/// `{call}`\n// {call}").replace("\n    ", "")), 0);
            assert_eq!(count(&format!("#[cfg(test)]\nmod tests {{}}\n{text}")), 1, "{call}");
        }
        for call in
            ["a.unwrap_or(b)", "a.expect_err(b)", "my_panic!()", "\"panic!\"", "catch_unwind()"]
        {
            assert_eq!(count(&format!("fn a() {{ {call} }}\n")), 0, "{call}");
        }
    }

    #[test]
    fn functions_have_at_most_70_lines() {
        assert_eq!(count(&function(70, "    b();\n")), 0);
        assert_eq!(count(&function(71, "    b();\n")), 1);
        assert_eq!(count(&format!("// @generated\n{}", function(71, "    b();\n"))), 0);
    }

    #[test]
    fn only_a_table_of_arms_may_be_longer() {
        let table =
            |lines| format!("    match a {{\n{}    }}\n", "        1 => \"b\",\n".repeat(lines));
        assert_eq!(count(&format!("fn a() {{\n{}}}\n", table(100))), 0);
        let rest = "    b();\n".repeat(30);
        assert_eq!(count(&format!("fn a() {{\n{}{rest}}}\n", table(100))), 1);
        let blocks = "        1 => {\n            b();\n        }\n".repeat(30);
        assert_eq!(count(&format!("fn a() {{\n    match a {{\n{blocks}    }}\n}}\n")), 1);
    }

    #[test]
    fn files_have_at_most_700_lines() {
        assert_eq!(count(&"// a\n".repeat(700)), 0);
        assert_eq!(count(&"// a\n".repeat(701)), 1);
        assert_eq!(findings("a/tests/it/b.rs", &"// a\n".repeat(701), true).len(), 1);
        assert!(findings(TABLES, &"// a\n".repeat(701), false).is_empty());
    }

    #[test]
    fn product_code_has_at_most_120_columns() {
        assert_eq!(count(&format!("//{}", "é".repeat(118))), 0);
        for wide in [
            format!("//{}\n", "é".repeat(119)),
            format!("const A: &str = \"{}\";\n", "b".repeat(102)),
            format!("const A: &str = \"\n{}\";\n", "b".repeat(119)),
            format!("fn a() {{\n{}b();\n}}\n", " ".repeat(117)),
        ] {
            let tests = format!("#[cfg(test)]\nmod tests {{\n{wide}}}\n");
            assert_eq!(count(&wide), 1, "{wide}");
            assert_eq!(count(&tests), 0, "{wide}");
            assert_eq!(count(&format!("{tests}{wide}")), 1, "{wide}");
            assert_eq!(count(&format!("{wide}{tests}")), 1, "{wide}");
            assert!(findings("a/tests/it/b.rs", &wide, true).is_empty(), "{wide}");
            assert!(findings(TABLES, &wide, false).is_empty(), "{wide}");
            assert_eq!(count(&format!("// @generated\n{wide}")), 0, "{wide}");
        }
    }

    #[test]
    fn names_say_something_and_crates_explain_themselves() {
        let count = |path: &str, text: &str| findings(path, text, false).len();
        assert_eq!(count("a/src/utils.rs", ""), 1);
        assert_eq!(count("common/src/b.rs", ""), 1);
        assert_eq!(count("a/src/lib.rs", "mod b;\n"), 1);
        assert_eq!(count("a/src/lib.rs", "//! A.\nmod b;\n"), 0);
    }
}
