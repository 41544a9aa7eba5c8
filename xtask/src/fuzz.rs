//! Coverage-guided fuzzing on the stable toolchain: the compiler's own coverage pass and the fuzzer
//! library that comes as a crate. Sanitizers need another toolchain; there is no unsafe code of ours
//! for them to watch, and overflow checks are on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What makes the compiler count edges and comparisons, as the fuzzer library wants them.
const COVERAGE: [&str; 6] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg=fuzzing",
];

/// The longest input, in bytes.
const INPUT_BYTES_MAX: u32 = 65_536;
/// Memory, in MiB, that counts as a finding.
const MEMORY_MIB_MAX: u32 = 1_024;
/// Seconds for one input that count as a finding.
const INPUT_SECONDS_MAX: u32 = 10;

/// Runs `target`, or all, for `seconds` each. Whether nothing was found.
pub fn run(root: &Path, target: Option<&str>, seconds: u32) -> Result<bool, String> {
    let corpus = root.join("tests/fuzz/corpus");
    let known = folders(&corpus)?;
    let targets = match target {
        None => known,
        Some(name) if known.iter().any(|known| known == name) => vec![name.to_owned()],
        Some(name) => return Err(format!("no fuzz target `{name}`: {}", known.join(", "))),
    };
    let program = build(root)?;
    let mut clean = true;
    for target in targets {
        eprintln!("fuzz: {target} for {seconds} s");
        clean &= one(root, &program, &target, seconds)?;
    }
    Ok(clean)
}

fn folders(corpus: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(corpus).map_err(|why| format!("{}: {why}", corpus.display()))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.collect();
    names.sort();
    Ok(names)
}

fn build(root: &Path) -> Result<PathBuf, String> {
    let triple = host()?;
    let flags =
        format!("{} -Ccodegen-units=1 -Coverflow-checks -Cdebug-assertions", COVERAGE.join(" "));
    let folder = root.join("target/fuzz");
    // With a target named, the flags are not those of build scripts.
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "-p", "causeway-fuzz", "--features", "libfuzzer"])
        .args(["--target", &triple, "--target-dir"])
        .arg(&folder)
        .env("RUSTFLAGS", flags)
        .current_dir(root)
        .status();
    match built {
        Ok(status) if status.success() => {
            Ok(folder.join(triple).join("release").join("causeway-fuzz"))
        }
        Ok(status) => Err(format!("the fuzzer was not built: {status}")),
        Err(why) => Err(format!("cargo cannot be run: {why}")),
    }
}

fn host() -> Result<String, String> {
    let asked = Command::new("rustc").arg("-vV").output().map_err(|why| why.to_string())?;
    let text = String::from_utf8_lossy(&asked.stdout).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned).ok_or_else(|| "rustc does not name its host".to_owned())
}

/// New inputs go to a folder under target; findings to the corpus.
fn one(root: &Path, program: &Path, target: &str, seconds: u32) -> Result<bool, String> {
    let grown = root.join("target/fuzz/corpus").join(target);
    fs::create_dir_all(&grown).map_err(|why| format!("{}: {why}", grown.display()))?;
    let kept = root.join("tests/fuzz/corpus").join(target);
    let mut command = Command::new(program);
    command.env("CAUSEWAY_FUZZ_TARGET", target);
    command.arg(format!("-max_total_time={seconds}"));
    command.arg(format!("-max_len={INPUT_BYTES_MAX}"));
    command.arg(format!("-rss_limit_mb={MEMORY_MIB_MAX}"));
    command.arg(format!("-timeout={INPUT_SECONDS_MAX}"));
    command.arg(format!("-artifact_prefix={}/", kept.display()));
    command.args(["-print_final_stats=1", "-verbosity=0"]);
    command.arg(&grown).arg(&kept);
    command.args(seeds(root, target));
    let status = command.status().map_err(|why| format!("{}: {why}", program.display()))?;
    Ok(status.success())
}

/// Folders of the shared data whose files are seeds, by the file that the tests read as well.
fn seeds(root: &Path, target: &str) -> Vec<PathBuf> {
    let listed = fs::read_to_string(root.join("tests/fuzz/seeds.txt")).unwrap_or_default();
    let pairs = listed.lines().filter_map(|line| line.split_once(' '));
    let folders = pairs.filter(|(name, _)| *name == target);
    let folders = folders.map(|(_, folder)| root.join("../shared/data").join(folder));
    folders.filter(|folder| folder.is_dir()).collect()
}
