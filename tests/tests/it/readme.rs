//! The README is run: each line of its console blocks, by the program of this build.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use causeway_tests::process::program;
use causeway_tests::{root, skip};
use causeway_toolkit::cluster::programs::Programs;

/// The lines after `$ ` in the console blocks of a page.
fn console_lines(page: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut in_block = false;
    for line in page.lines() {
        match line.trim() {
            "```console" => in_block = true,
            "```" => in_block = false,
            _ if in_block => lines.extend(line.strip_prefix("$ ")),
            _ => {}
        }
    }
    lines
}

fn run_line(line: &str, folder: &Path) {
    match line {
        "cargo run --release -- demo" => demo(&[]),
        // It is what runs this test.
        "cargo xtask test" => {
            let alias = std::fs::read_to_string(root().join(".cargo/config.toml")).unwrap();
            assert!(alias.contains("xtask = \"run --quiet --package xtask --\""), "{alias}");
        }
        "cargo run --release -- config > causeway.toml" => {
            let printed = Command::new(program()).arg("config").output().unwrap();
            assert!(printed.status.success());
            std::fs::write(folder.join("causeway.toml"), printed.stdout).unwrap();
        }
        "cargo run --release -- serve --config causeway.toml" => serve(folder),
        other => panic!("README has a line that nobody runs: {other}"),
    }
}

/// The tour, ended when it is over.
fn demo(more: &[&str]) {
    let run = Command::new(program()).args(["demo", "--once"]).args(more).output().unwrap();
    let (said, complained) =
        (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{said}\n{complained}");
    assert_eq!(complained, "");
    assert!(said.contains("[ok] double entry: the sum is zero"), "{said}");
    assert!(!said.contains("WRONG"), "{said}");
}

/// A node with the printed configuration, on free ports, until it is asked to stop.
fn serve(folder: &Path) {
    let file = folder.join("causeway.toml");
    let printed = std::fs::read_to_string(&file).unwrap();
    let free = ["3000", "3001", "3100"].iter().fold(printed, |text, port| {
        text.replace(&format!("\"127.0.0.1:{port}\""), "\"127.0.0.1:0\"")
    });
    std::fs::write(&file, free).unwrap();
    let mut child = Command::new(program())
        .args(["serve", "--config", "causeway.toml"])
        .current_dir(folder)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let listening = log.find(|line| line.contains("listening"));
    assert!(listening.is_some(), "it does not listen");
    let stopped = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    let rest: Vec<String> = log.collect();
    assert!(child.wait().unwrap().success(), "{rest:?}");
    assert!(folder.join("causeway-data").is_dir());
}

#[test]
fn the_demo_runs_on_three_nodes() {
    match Programs::find() {
        Ok(_) => demo(&["--cluster"]),
        Err(missing) => skip(&missing.to_string()),
    }
}

#[test]
fn every_console_line_runs() {
    let page = std::fs::read_to_string(root().join("README.md")).unwrap();
    let lines = console_lines(&page);
    assert!(lines.len() >= 4, "{lines:?}");
    let folder = tempfile::tempdir().unwrap();
    for line in lines {
        run_line(line, folder.path());
    }
}

#[test]
fn lines_are_found_in_console_blocks_only() {
    let page = "$ no\n```console\n$ one\noutput\n$ two\n```\n```\n$ no\n```\n";
    assert_eq!(console_lines(page), ["one", "two"]);
}
