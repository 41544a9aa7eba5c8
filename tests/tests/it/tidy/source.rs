//! Rust text, lexed as far as the rules need: strings, characters and comments are blanked, so
//! that braces and words that remain are code. Lines and columns stay where they were.

use std::ops::RangeInclusive;

/// A function with a body; lines count from 1 and run from `fn` to the closing brace.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    pub lines: RangeInclusive<usize>,
}

/// The code of a Rust file.
pub struct Code {
    chars: Vec<char>,
}

impl Code {
    pub fn of(text: &str) -> Self {
        let mut chars: Vec<char> = text.chars().collect();
        let mut at = 0;
        while at < chars.len() {
            let end = token_end(&chars, at);
            if end > at + 1 {
                blank(&mut chars[at..end]);
            }
            at = end;
        }
        Self { chars }
    }

    pub fn lines(&self) -> Vec<String> {
        let text: String = self.chars.iter().collect();
        text.lines().map(str::to_owned).collect()
    }

    pub fn functions(&self) -> Vec<Function> {
        let starts = self.words("fn");
        starts.filter_map(|start| self.function(start)).collect()
    }

    /// For each line (index 0 is line 1) whether it is compiled for tests only.
    pub fn test_lines(&self) -> Vec<bool> {
        let mut lines = vec![false; self.lines().len() + 1];
        for (start, end) in self.attributes() {
            let attribute: String = self.chars[start..end].iter().collect();
            let attribute: String = attribute.split_whitespace().collect();
            if attribute.starts_with("#![cfg(test)]") {
                lines.fill(true);
            } else if is_for_tests(&attribute) {
                let last = self.line(self.item_end(end));
                lines[self.line(start) - 1..last].fill(true);
            }
        }
        lines
    }

    /// The names in `#[cfg(test)] mod name;`.
    fn outlined_test_modules(&self) -> Vec<String> {
        let tests = self.attributes().into_iter().filter(|(start, end)| {
            let attribute: String = self.chars[*start..*end].iter().collect();
            is_for_tests(&attribute)
        });
        let items = tests.map(|(_, end)| self.chars[end..=self.item_end(end)].iter().collect());
        let names = items.filter_map(|item: String| {
            let name = item.trim().strip_suffix(';')?.rsplit_once("mod ")?.1.trim().to_owned();
            Some(name)
        });
        names.collect()
    }

    fn function(&self, start: usize) -> Option<Function> {
        let name: String = self.chars[start + 2..]
            .iter()
            .skip_while(|char| char.is_whitespace())
            .take_while(|char| is_word(**char))
            .collect();
        let open = self.item_end_at(start, true);
        if name.is_empty() || self.chars.get(open) != Some(&'{') {
            return None;
        }
        Some(Function { name, lines: self.line(start)..=self.line(self.item_end(start)) })
    }

    /// Where `#[...]` and `#![...]` start and end.
    fn attributes(&self) -> Vec<(usize, usize)> {
        let hashes = (0..self.chars.len()).filter(|&at| self.chars[at] == '#');
        let attributes = hashes.filter_map(|at| {
            let open = if self.chars.get(at + 1) == Some(&'!') { at + 2 } else { at + 1 };
            (self.chars.get(open) == Some(&'[')).then(|| (at, self.closing(open) + 1))
        });
        attributes.collect()
    }

    /// The `;`, or the closing brace, at which the item that starts here ends.
    fn item_end(&self, start: usize) -> usize {
        let end = self.item_end_at(start, true);
        if self.chars.get(end) == Some(&'{') { self.closing(end) } else { end }
    }

    /// The first `;`, `{` or unmatched closing bracket outside of brackets.
    fn item_end_at(&self, start: usize, stop_at_brace: bool) -> usize {
        let mut depth = 0;
        for at in start..self.chars.len() {
            match self.chars[at] {
                '{' | ';' if depth == 0 && stop_at_brace => return at,
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' if depth == 0 => return at,
                ')' | ']' | '}' => depth -= 1,
                _ => {}
            }
        }
        self.chars.len().saturating_sub(1)
    }

    /// The bracket that closes the one at `open`.
    fn closing(&self, open: usize) -> usize {
        self.item_end_at(open + 1, false)
    }

    fn words<'a>(&'a self, word: &'a str) -> impl Iterator<Item = usize> + 'a {
        let letters: Vec<char> = word.chars().collect();
        (0..self.chars.len()).filter(move |&at| {
            let end = at + letters.len();
            self.chars[at..].starts_with(&letters)
                && (at == 0 || !is_word(self.chars[at - 1]))
                && self.chars.get(end).is_some_and(|next| next.is_whitespace())
        })
    }

    fn line(&self, at: usize) -> usize {
        1 + self.chars[..at].iter().filter(|char| **char == '\n').count()
    }
}

/// What the crate `causeway-tests` shares between its tests; `tests/toolkit` is another crate.
const SOURCES_OF_TESTS: &str = "tests/src/";

/// Whether everything in the file is for tests, benches or fuzzing, judged by its folder.
pub fn is_test_path(path: &str) -> bool {
    if path.starts_with(SOURCES_OF_TESTS) {
        return true;
    }
    let within = path.rsplit_once("/src/").map_or(path, |(_, within)| within);
    let folders = within.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders.split('/').any(|name| ["tests", "benches", "fuzz", "examples"].contains(&name))
}

/// The files that `#[cfg(test)] mod name;` in this one stands for.
pub fn outlined_tests(path: &str, text: &str) -> Vec<String> {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let folder = match file {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
        other => format!("{folder}/{}", other.trim_end_matches(".rs")),
    };
    let names = Code::of(text).outlined_test_modules();
    names
        .iter()
        .flat_map(|name| [format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")])
        .collect()
}

fn is_for_tests(attribute: &str) -> bool {
    let inner = attribute.trim_start_matches("#[").trim_end_matches(']');
    let conditional = inner.starts_with("cfg(") && !inner.contains("not(");
    let path = inner.split('(').next().unwrap_or_default();
    path == "test"
        || path.ends_with("::test")
        || (conditional && inner.split(|char| !is_word(char)).any(|word| word == "test"))
}

/// The end of the string, character or comment that starts here; else of this one character.
fn token_end(chars: &[char], at: usize) -> usize {
    let next = chars.get(at + 1).copied();
    match chars[at] {
        '/' if next == Some('/') => find(chars, at, |rest| rest[0] == '\n'),
        '/' if next == Some('*') => comment_end(chars, at),
        '"' => string_end(chars, at),
        'r' if starts_raw_string(chars, at) => raw_string_end(chars, at),
        '\'' if next == Some('\\') => 1 + find(chars, at + 3, |rest| rest[0] == '\''),
        '\'' if chars.get(at + 2) == Some(&'\'') => at + 3,
        _ => at + 1,
    }
    .min(chars.len())
}

fn find(chars: &[char], from: usize, wanted: impl Fn(&[char]) -> bool) -> usize {
    (from..chars.len()).find(|&at| wanted(&chars[at..])).unwrap_or(chars.len())
}

fn comment_end(chars: &[char], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0);
    while at < chars.len() {
        match chars[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn string_end(chars: &[char], start: usize) -> usize {
    let mut at = start + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn starts_raw_string(chars: &[char], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).map(|index| chars[index]);
    let prefixed = matches!(before(1), Some('b' | 'c')) && !before(2).is_some_and(is_word);
    let hashes = chars[at + 1..].iter().take_while(|char| **char == '#').count();
    (prefixed || !before(1).is_some_and(is_word)) && chars.get(at + 1 + hashes) == Some(&'"')
}

fn raw_string_end(chars: &[char], start: usize) -> usize {
    let hashes = chars[start + 1..].iter().take_while(|char| **char == '#').count();
    let mut close = vec!['"'];
    close.resize(hashes + 1, '#');
    find(chars, start + hashes + 2, |rest| rest.starts_with(&close)) + close.len()
}

fn blank(chars: &mut [char]) {
    chars.iter_mut().filter(|char| **char != '\n').for_each(|char| *char = ' ');
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

#[test]
fn strings_characters_and_comments_are_blanked() {
    let rows = [
        (r#"a "}" b"#, "a     b"),
        (r#"a "\"}" b"#, "a       b"),
        (r##"a r#"{"{"# b"##, "a          b"),
        (r##"a br#"{"# b"##, "a b       b"),
        ("a '{' b", "a     b"),
        (r"a '\'' b", "a      b"),
        (r"a '\u{7b}' b", "a          b"),
        ("fn a<'b>(c: &'b str) {}", "fn a<'b>(c: &'b str) {}"),
        ("a // {\nb", "a     \nb"),
        ("a /* { /* { */ { */ b", "a                   b"),
        ("r#fn = 1", "r#fn = 1"),
        ("\"open", "     "),
    ];
    for (text, want) in rows {
        assert_eq!(Code::of(text).chars.iter().collect::<String>(), want, "{text}");
    }
}

#[test]
fn functions_run_from_their_keyword_to_their_closing_brace() {
    let text = "\
#[inline]
pub fn a(b: [u8; 4]) -> Result<(), ()>
where
    u8: Copy,
{
    let call: fn(u8) = |_| {};
    fn inner() {
        let _ = \"}\";
    }
}
trait T {
    fn required(&self);
    fn provided(&self) {}
}
";
    let found = Code::of(text).functions();
    let want = [("a", 2..=10), ("inner", 7..=9), ("provided", 13..=13)];
    let want = want.map(|(name, lines)| Function { name: name.to_owned(), lines });
    assert_eq!(found, want);
}

#[test]
fn test_regions_end_with_their_item() {
    let text = "\
fn product() {}
#[cfg(test)]
#[allow(dead_code)]
mod tests {
    fn helper() {}
}
#[cfg(not(test))]
fn product() {}
#[test]
fn check() {
}
#[cfg(test)]
mod outlined;
fn product() {}
#[cfg(any(test, feature = \"x\"))]
fn either() {
}
#[tokio::test(flavor = \"multi_thread\")]
async fn later() {}
";
    let lines = Code::of(text).test_lines();
    let marked: Vec<usize> = (1..=19).filter(|line| lines[line - 1]).collect();
    assert_eq!(marked, [2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19]);
    assert!(Code::of("#![cfg(test)]\nfn a() {}\n").test_lines()[1]);
}

#[test]
fn test_files_are_known_by_folder_or_by_declaration() {
    assert!(is_test_path("switch/tests/it/main.rs"));
    assert!(is_test_path("tests/tests/it/tidy.rs"));
    assert!(is_test_path("switch/src/transfer/tests/held.rs"));
    assert!(is_test_path("tests/src/lib.rs"));
    assert!(is_test_path("tests/src/world.rs"));
    assert!(!is_test_path("tests/toolkit/src/dfsp.rs"));
    assert!(!is_test_path("contests/src/lib.rs"));
    assert!(!is_test_path("switch/src/tests.rs"));
    let declared = "#[cfg(test)]\nmod tests;\nmod product;\n";
    assert_eq!(outlined_tests("a/src/lib.rs", declared), ["a/src/tests.rs", "a/src/tests/mod.rs"]);
    assert_eq!(outlined_tests("a/src/b.rs", declared)[0], "a/src/b/tests.rs");
}
