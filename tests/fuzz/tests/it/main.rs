//! Every input of the corpus, and every sample of the shared data, through its target.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use causeway_fuzz::{TARGETS, Target};
use proptest::prelude::*;

/// Inputs of more than this many bytes are left to the tests of limits.
const INPUT_BYTES_MAX: u64 = 1024 * 1024;

fn corpus(target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let entries = entries.map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn replay(target: &Target, folder: &Path) -> usize {
    let small = |path: &PathBuf| fs::metadata(path).unwrap().len() <= INPUT_BYTES_MAX;
    let inputs: Vec<PathBuf> = files(folder).into_iter().filter(small).collect();
    for path in &inputs {
        let input = fs::read(path).unwrap();
        let run = std::panic::catch_unwind(|| (target.run)(&input));
        assert!(run.is_ok(), "{} on {}", target.name, path.display());
    }
    inputs.len()
}

#[test]
fn what_was_found_once_stays_mended() {
    for target in &TARGETS {
        assert!(replay(target, &corpus(target)) > 0, "{} has no seeds", target.name);
    }
}

#[test]
fn samples_hold_every_property() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !shared.is_dir() {
        assert!(std::env::var("CI").is_err(), "../shared must be there with CI=true");
        eprintln!("skipped: ../shared is not there");
        return;
    }
    for target in &TARGETS {
        for folder in target.seeds() {
            assert!(replay(target, &shared.join(folder)) > 0, "{folder} is empty");
        }
    }
}

#[test]
fn folders_of_the_corpus_are_targets() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(causeway_fuzz::target(&name).is_some(), "{name} is no target");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    /// Where no fuzzer runs, chance at least does: any bytes, and seeds with a few bytes changed.
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        for target in &TARGETS {
            (target.run)(&bytes);
        }
    }

    #[test]
    fn changed_seeds(
        which in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        for target in &TARGETS {
            let seeds = files(&corpus(target));
            let mut input = fs::read(&seeds[which.index(seeds.len())]).unwrap();
            for (at, byte) in &changes {
                if !input.is_empty() {
                    let at = at.index(input.len());
                    input[at] = *byte;
                }
            }
            (target.run)(&input);
        }
    }
}
