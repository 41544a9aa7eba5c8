//! The rules for every tracked file.

use super::Finding;

const MAX_BYTES: u64 = 1024 * 1024;

/// Where one machine keeps its files. Spelled in two parts, for this file is looked at too.
const LOCAL_PATHS: [&str; 3] =
    [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

/// Inputs that were found by fuzzing: bytes, even where they are text.
const BYTES: &str = "tests/fuzz/corpus/";

/// Notes to oneself: they belong into the issue list.
const NOTES: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("HA", "CK")];

/// Where packages may come from, by lockfile: the key's line, and how its value must start.
const SOURCES: [(&str, &str, &str); 2] = [
    ("Cargo.lock", "source = \"", "registry+https://github.com/rust-lang/crates.io-index\""),
    ("package-lock.json", "\"resolved\": \"", "https://registry.npmjs.org/"),
];

/// What is wrong with a file, whatever it is; `text` is none when it is not text.
pub fn findings(path: &str, bytes: u64, text: Option<&str>) -> Vec<Finding> {
    let mut found = Vec::new();
    if bytes > MAX_BYTES {
        found.push(Finding::new(path, 0, format!("{bytes} bytes, at most {MAX_BYTES}")));
    }
    let text = text.filter(|_| !path.starts_with(BYTES)).unwrap_or_default();
    for (line, number) in text.lines().zip(1..) {
        let faults = whitespace(path, line).into_iter().chain(local_path(line));
        let faults = faults.chain(note(path, line)).chain(source(path, line));
        found.extend(faults.map(|what| Finding::new(path, number, what)));
    }
    found
}

fn whitespace(path: &str, line: &str) -> Option<String> {
    if path == "LICENSE" || path.ends_with("-lock.json") {
        return None;
    }
    if line.contains('\t') {
        return Some("a tab".to_owned());
    }
    line.ends_with([' ', '\r']).then(|| "whitespace at its end".to_owned())
}

fn local_path(line: &str) -> Option<String> {
    let found = LOCAL_PATHS.iter().find(|local| {
        line.match_indices(*local).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            before.is_none_or(|char| !char.is_alphanumeric() && !"._-/}*".contains(char))
        })
    })?;
    Some(format!("a path of one machine: {found}"))
}

fn note(path: &str, line: &str) -> Option<String> {
    if !path.ends_with(".rs") && !path.ends_with(".toml") && !path.ends_with(".sh") {
        return None;
    }
    let mut words = line.split(|char: char| !char.is_alphanumeric() && char != '_');
    words.find(|word| NOTES.contains(word)).map(|word| format!("{word} belongs into an issue"))
}

fn source(path: &str, line: &str) -> Option<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (_, key, allowed) = SOURCES.iter().find(|(lock, ..)| *lock == name)?;
    let value = line.trim_start().strip_prefix(key)?;
    (!value.starts_with(allowed)).then(|| format!("a package from elsewhere: {value}"))
}

#[cfg(test)]
mod tests {
    use super::{LOCAL_PATHS, MAX_BYTES, NOTES, findings};

    fn count(path: &str, text: &str) -> usize {
        findings(path, 0, Some(text)).len()
    }

    #[test]
    fn lines_end_cleanly_and_have_no_tabs() {
        assert_eq!(count("a.rs", "a\nb\n"), 0);
        assert_eq!(count("a.rs", "a \nb\n"), 1);
        assert_eq!(count("a.md", "a\tb\n"), 1);
        assert_eq!(count("a.md", "a\r\n"), 0, "lines() takes the carriage return");
        assert_eq!(count("tests/fuzz/corpus/json/deep", "a\tb \n"), 0, "bytes");
    }

    #[test]
    fn files_are_at_most_a_mebibyte() {
        assert!(findings("a.bin", MAX_BYTES, None).is_empty());
        assert_eq!(findings("a.bin", MAX_BYTES + 1, None).len(), 1);
    }

    #[test]
    fn paths_of_one_machine_are_refused() {
        for local in LOCAL_PATHS {
            assert_eq!(count("a.rs", &format!("open(\"{local}a\")")), 1, "{local}");
            assert_eq!(count("a.md", &format!("{local}a")), 1, "{local}");
            assert_eq!(count("a.md", &format!("docs{local}a and ..{local}a")), 0, "{local}");
        }
    }

    #[test]
    fn notes_to_oneself_are_refused() {
        for note in NOTES {
            assert_eq!(count("a.rs", &format!("// {note}: later")), 1, "{note}");
            assert_eq!(count("a.rs", &format!("// {note}S are {note}_NOT")), 0, "{note}");
        }
    }

    #[test]
    fn packages_come_from_the_public_registries() {
        let cargo = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
        assert_eq!(count("Cargo.lock", cargo), 0);
        assert_eq!(count("Cargo.lock", "source = \"registry+https://mirror.example/index\""), 1);
        let npm = "      \"resolved\": \"https://registry.npmjs.org/a/-/a-1.tgz\",";
        assert_eq!(count("tests/interop/package-lock.json", npm), 0);
        let mirror = npm.replace("registry.npmjs.org", "mirror.example");
        assert_eq!(count("tests/interop/package-lock.json", &mirror), 1);
    }
}
