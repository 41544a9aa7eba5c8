//! The fuzzer: `cargo xtask fuzz` builds it with coverage and runs it on one target.
#![no_main]

use std::sync::OnceLock;

use causeway_fuzz::{Target, target};

/// The target's name comes by the environment, because the command line is the fuzzer's own.
const CHOICE: &str = "CAUSEWAY_FUZZ_TARGET";

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    static CHOSEN: OnceLock<Option<&Target>> = OnceLock::new();
    let chosen = CHOSEN.get_or_init(|| target(&std::env::var(CHOICE).unwrap_or_default()));
    match chosen {
        Some(target) => (target.run)(bytes),
        None => {
            eprintln!("{CHOICE} names no target");
            std::process::exit(2);
        }
    }
});
