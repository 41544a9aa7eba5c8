//! The import table of the house, held against `cargo metadata`: direct dependencies, those of
//! tests excepted. A new edge is a change of this table, and that is reviewed hardest.

use crate::repository::tracked;
use causeway_tests::root;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// `pure` stands for the five pure crates, `all` for every row above. The last column names
/// the groups of [`GROUPS`] and crates of ours; a crate without a row fails the test.
const TABLE: &str = "
| crate              | may import, of ours     | never                              |
|--------------------|-------------------------|------------------------------------|
| iso20022           | -                       | runtime http sockets entropy files |
| fspiop             | -                       | runtime http sockets entropy files |
| switch             | -                       | runtime http sockets entropy files |
| frms               | -                       | runtime http sockets entropy files |
| third-party        | fspiop                  | runtime http sockets entropy files |
| causeway-translate | pure                    | runtime http sockets entropy files |
| switch-store       | switch                  | http fspiop                        |
| frms-stream        | frms                    | http fspiop switch                 |
| causeway-toolkit   | pure                    | causeway switch-store frms-stream  |
| causeway           | all                     | -                                  |
| causeway-tests     | all                     | -                                  |
| causeway-fuzz      | pure causeway-translate | runtime http sockets entropy files |
| xtask              | -                       | runtime http sockets               |
";

const PURE: [&str; 5] = ["iso20022", "fspiop", "switch", "frms", "third-party"];

/// What the words of the last column stand for. Clocks are not crates: clippy keeps them out,
/// see `clippy_keeps_clocks_out_of_the_pure_crates`.
const GROUPS: [(&str, &[&str]); 5] = [
    ("runtime", &["tokio", "tokio-util", "async-std", "smol", "futures-executor", "rayon"]),
    ("http", &["hyper", "hyper-util", "reqwest", "ureq", "axum", "tower-http", "http-body-util"]),
    (
        "sockets",
        &["mio", "socket2", "rustls", "tokio-rustls", "async-nats", "redis", "tokio-postgres"],
    ),
    ("entropy", &["rand", "rand_core", "getrandom", "fastrand", "oorandom", "nanorand"]),
    ("files", &["fjall", "redb", "rusqlite", "tempfile", "memmap2", "walkdir"]),
];

struct Row {
    may: BTreeSet<String>,
    never: BTreeSet<String>,
}

type Edges = BTreeMap<String, BTreeSet<String>>;

#[test]
fn crates_import_only_what_the_table_allows() {
    let found = violations(&rows(TABLE), &edges());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_check_refuses_each_kind_of_violation() {
    let refused = |krate: &str, imports: &[&str]| {
        let imports = imports.iter().map(|&name| name.to_owned()).collect();
        violations(&rows(TABLE), &Edges::from([(krate.to_owned(), imports)])).len()
    };
    assert_eq!(refused("switch", &["serde", "thiserror"]), 0);
    assert_eq!(refused("causeway-translate", &["switch", "fspiop", "third-party"]), 0);
    assert_eq!(refused("causeway-tests", &["causeway", "switch-store", "tokio"]), 0);
    assert_eq!(refused("switch", &["tokio"]), 1, "a runtime in a pure crate");
    assert_eq!(refused("fspiop", &["rand", "hyper"]), 2, "entropy and HTTP in a pure crate");
    assert_eq!(refused("iso20022", &["fspiop"]), 1, "one vocabulary in another");
    assert_eq!(refused("switch-store", &["switch", "fspiop"]), 2, "not allowed, and forbidden");
    assert_eq!(refused("causeway-toolkit", &["switch-store"]), 2, "a store in the toolkit");
    assert_eq!(refused("causeway", &["causeway-tests"]), 1, "upwards");
    assert_eq!(refused("utils", &[]), 1, "a crate without a row");
}

#[test]
fn every_crate_inherits_versions_and_lints() {
    let found: Vec<String> = manifests().iter().flat_map(|(path, text)| own(path, text)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_inheritance_check_refuses_each_kind_of_own_setting() {
    let good = "[package]\nname = \"a\"\nversion.workspace = true\nedition.workspace = true\n\
        rust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n\
        [dependencies]\nserde = { workspace = true, features = [\"rc\"] }\n\
        [lints]\nworkspace = true\n";
    assert_eq!(own("a", good), Vec::<String>::new());
    assert_eq!(own("a", &good.replace("edition.workspace = true", "edition = \"2021\"")).len(), 1);
    assert_eq!(own("a", &good.replace("[lints]\nworkspace = true\n", "")).len(), 1);
    let pinned = good.replace("serde = { workspace = true", "serde = { version = \"1\"");
    assert_eq!(own("a", &pinned).len(), 1);
    let dev = format!("{good}[dev-dependencies]\nproptest = \"1\"\n");
    assert_eq!(own("a", &dev).len(), 1);
}

#[test]
fn clippy_keeps_clocks_out_of_the_pure_crates() {
    for (path, text) in manifests() {
        let name = name_in(&text);
        if !PURE.contains(&name.as_str()) && name != "causeway-translate" {
            continue;
        }
        let settings = root().join(path).with_file_name("clippy.toml");
        let settings = fs::read_to_string(&settings).unwrap_or_default();
        for clock in ["std::time::SystemTime::now", "std::time::Instant::now"] {
            assert!(settings.contains(clock), "{name}: its clippy.toml does not disallow {clock}");
        }
    }
}

/// The toolkit is in the product for `causeway demo` alone.
#[test]
fn only_the_demo_imports_the_toolkit() {
    let word = "causeway_toolkit";
    let strays: Vec<String> = tracked()
        .into_iter()
        .filter(|file| file.path.starts_with("gateway/src/") && !file.path.contains("demo"))
        .filter(|file| file.text.as_ref().is_some_and(|text| text.contains(word)))
        .map(|file| file.path)
        .collect();
    assert!(strays.is_empty(), "they import {word}: {strays:?}");
}

fn violations(rows: &BTreeMap<String, Row>, edges: &Edges) -> Vec<String> {
    edges
        .iter()
        .flat_map(|(krate, imports)| match rows.get(krate) {
            Some(row) => violations_of_one(krate, row, imports, rows),
            None => vec![format!("{krate} has no row in the table")],
        })
        .collect()
}

fn violations_of_one(
    krate: &str,
    row: &Row,
    imports: &BTreeSet<String>,
    rows: &BTreeMap<String, Row>,
) -> Vec<String> {
    let uninvited = imports
        .iter()
        .filter(|name| rows.contains_key(*name) && !row.may.contains(*name))
        .map(|name| format!("{krate} may not import {name}"));
    let forbidden =
        imports.intersection(&row.never).map(|name| format!("{krate} must never import {name}"));
    uninvited.chain(forbidden).collect()
}

fn rows(table: &str) -> BTreeMap<String, Row> {
    let mut rows = BTreeMap::new();
    for line in table.trim().lines().skip(2) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [krate, may, never] = cells[..] else { panic!("not three cells: {line}") };
        let above: BTreeSet<String> = rows.keys().cloned().collect();
        let row = Row {
            may: words(may).flat_map(|word| allowed(word, &above)).collect(),
            never: words(never).flat_map(group).collect(),
        };
        rows.insert(krate.to_owned(), row);
    }
    rows
}

fn words(cell: &str) -> impl Iterator<Item = &str> {
    cell.split_whitespace().filter(|word| *word != "-")
}

fn allowed(word: &str, above: &BTreeSet<String>) -> Vec<String> {
    match word {
        "all" => above.iter().cloned().collect(),
        "pure" => PURE.map(str::to_owned).to_vec(),
        name => vec![name.to_owned()],
    }
}

fn group(word: &str) -> Vec<String> {
    let names = GROUPS.iter().find(|(name, _)| *name == word).map(|(_, names)| *names);
    names.unwrap_or(&[word]).iter().map(|&name| name.to_owned()).collect()
}

/// Each workspace crate with the crates that it depends on directly, not only in its tests.
fn edges() -> Edges {
    let packages = metadata();
    let packages = packages["packages"].as_array().expect("packages");
    let edges = packages.iter().map(|package| {
        let dependencies = package["dependencies"].as_array().expect("dependencies");
        let imports = dependencies.iter().filter(|dependency| dependency["kind"] != "dev");
        let names = imports.map(|dependency| dependency["name"].as_str().unwrap().to_owned());
        (package["name"].as_str().unwrap().to_owned(), names.collect())
    });
    edges.collect()
}

fn manifests() -> Vec<(PathBuf, String)> {
    let packages = metadata();
    let packages = packages["packages"].as_array().expect("packages").clone();
    let paths =
        packages.iter().map(|package| PathBuf::from(package["manifest_path"].as_str().unwrap()));
    paths.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

fn metadata() -> serde_json::Value {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root()).args(["metadata", "--format-version", "1", "--no-deps", "--offline"]);
    let output = cargo.output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON")
}

fn name_in(manifest: &str) -> String {
    let manifest: toml::Table = manifest.parse().expect("a manifest is TOML");
    manifest["package"]["name"].as_str().unwrap().to_owned()
}

/// What a manifest sets by itself although the workspace does.
fn own(path: impl Into<PathBuf>, text: &str) -> Vec<String> {
    let path = path.into();
    let manifest: toml::Table = text.parse().expect("a manifest is TOML");
    let mut found = Vec::new();
    for key in ["version", "edition", "rust-version", "license", "publish"] {
        if !inherits(manifest["package"].get(key)) {
            found.push(format!("{}: package.{key} is not the workspace's", path.display()));
        }
    }
    if !inherits(manifest.get("lints")) {
        found.push(format!("{}: lints are not the workspace's", path.display()));
    }
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let table = manifest.get(section).and_then(toml::Value::as_table);
        for (name, value) in table.into_iter().flatten() {
            // A crate's tests may import it by its own name to switch a feature on.
            let is_itself = value.get("path").and_then(toml::Value::as_str) == Some(".");
            if !inherits(Some(value)) && !is_itself {
                found.push(format!("{}: {name} has its own version", path.display()));
            }
        }
    }
    found
}

fn inherits(value: Option<&toml::Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(toml::Value::as_bool) == Some(true)
}
