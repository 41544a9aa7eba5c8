//! Reads what `cargo test -- --show-output` prints: counts results, finds skipped tests, and says
//! which lines a person wants to see.

use std::collections::BTreeSet;

/// What a test prints, at the start of a line, when it lacks something from outside and returns.
const SKIPPED: &str = "skipped: ";

/// How many tests ended which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: usize,
    pub failed: usize,
    pub skipped: usize,
}

/// Where in one test binary's output we are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Section {
    /// `test a ... ok`, and whatever stands between two binaries.
    #[default]
    Progress,
    /// What passed tests printed: only their `skipped:` lines matter.
    Successes,
    /// What failed tests printed: all of it matters.
    Failures,
}

/// The output of all test binaries of one `cargo test`, line by line.
#[derive(Debug, Default)]
pub struct Transcript {
    section: Section,
    /// The test whose captured output is being read, until it has said that it skipped.
    speaker: Option<String>,
    /// A binary has said `running N tests` and has not yet said how they ended.
    running: bool,
    binaries: usize,
    tally: Tally,
    /// Tests that said why they skip: the test runner counts them among the passed ones.
    skipped_yet_passed: usize,
    skips: BTreeSet<String>,
    failures: Vec<String>,
}

impl Transcript {
    /// Takes a line of standard output; true when a person should see it.
    pub fn stdout(&mut self, line: &str) -> bool {
        if let Some(result) = Tally::from_result_line(line) {
            self.end_binary(result);
            return true;
        }
        match line {
            "successes:" => {
                self.section = Section::Successes;
                false
            }
            "failures:" => {
                self.section = Section::Failures;
                true
            }
            _ => self.line_within_section(line),
        }
    }

    /// Takes a line of standard error: cargo's own, and what a test printed past the capture.
    pub fn stderr(&mut self, line: &str) {
        if let Some(why) = line.strip_prefix(SKIPPED) {
            self.skip(why, "printed uncaptured");
        }
    }

    /// Ends the transcript. A binary that died without a result, or a cargo that failed although
    /// every result was good (or that printed none at all), is one failure.
    pub fn end(mut self, cargo_succeeded: bool) -> (Tally, Vec<String>, Vec<String>) {
        self.close_unfinished_binary();
        if self.binaries == 0 {
            self.fail("cargo test: no test result was printed");
        } else if !cargo_succeeded && self.tally.failed == 0 {
            self.fail("cargo test: failed outside of a test");
        }
        self.tally.passed = self.tally.passed.saturating_sub(self.skipped_yet_passed);
        self.tally.skipped += self.skipped_yet_passed;
        (self.tally, self.skips.into_iter().collect(), self.failures)
    }

    fn line_within_section(&mut self, line: &str) -> bool {
        match self.section {
            Section::Successes => self.captured(line),
            Section::Failures => true,
            Section::Progress => {
                self.progress(line);
                !line.is_empty()
            }
        }
    }

    fn progress(&mut self, line: &str) {
        if line.starts_with("running ") && (line.ends_with(" tests") || line.ends_with(" test")) {
            self.close_unfinished_binary();
            self.running = true;
        } else if let Some((name, outcome)) = progress_of_one_test(line) {
            if outcome.starts_with("FAILED") {
                self.failures.push(name.to_owned());
            } else if outcome.starts_with("ignored") {
                self.skips.insert(format!("{outcome} ({name})"));
            }
        } else if let Some(why) = line.strip_prefix(SKIPPED) {
            self.skip(why, "printed uncaptured");
        }
    }

    /// A line that a passed test printed. The first reason counts the test as skipped.
    fn captured(&mut self, line: &str) -> bool {
        let heading = line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----"));
        if let Some(name) = heading {
            self.speaker = Some(name.to_owned());
            return false;
        }
        let Some(why) = line.strip_prefix(SKIPPED) else { return false };
        if let Some(name) = self.speaker.take() {
            self.skip(why, &name);
        }
        true
    }

    fn skip(&mut self, why: &str, test: &str) {
        self.skips.insert(format!("{why} ({test})"));
        self.skipped_yet_passed += 1;
    }

    fn fail(&mut self, what: &str) {
        self.failures.push(what.to_owned());
        self.tally.failed += 1;
    }

    fn end_binary(&mut self, result: Tally) {
        self.tally.passed += result.passed;
        self.tally.failed += result.failed;
        self.tally.skipped += result.skipped;
        self.binaries += 1;
        self.running = false;
        self.section = Section::Progress;
        self.speaker = None;
    }

    fn close_unfinished_binary(&mut self) {
        if self.running {
            self.running = false;
            self.binaries += 1;
            self.fail("a test binary: ended without a result");
        }
    }
}

impl Tally {
    /// `test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; ...`
    fn from_result_line(line: &str) -> Option<Self> {
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let count = |what: &str| {
            let part = counts.split("; ").find(|part| part.ends_with(what))?;
            part.strip_suffix(what)?.trim().parse::<usize>().ok()
        };
        Some(Self {
            passed: count("passed")?,
            failed: count("failed")?,
            skipped: count("ignored")?,
        })
    }
}

/// The name and the outcome in `test name ... outcome`.
fn progress_of_one_test(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("test ")?.split_once(" ... ")
}

#[cfg(test)]
mod tests {
    use super::{Tally, Transcript};

    const PASSED_AND_SKIPPED: &str = "\
running 3 tests
test money::adds ... ok
test vectors::all ... ok
test slow ... ignored, takes an hour

successes:

---- vectors::all stdout ----
noise
skipped: ../shared is absent
skipped: a second reason of the same test

successes:
    money::adds
    vectors::all

test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s
";
    const FAILED: &str = "\
running 2 tests
test a ... ok
test b ... FAILED

successes:

successes:
    a

failures:

---- b stdout ----
thread 'b' panicked at src/lib.rs:1:1:
skipped: said before it failed

failures:
    b

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
";

    fn read(text: &str) -> (Transcript, Vec<&str>) {
        let mut transcript = Transcript::default();
        let shown = text.lines().filter(|line| transcript.stdout(line)).collect();
        (transcript, shown)
    }

    #[test]
    fn a_skipped_test_is_no_longer_a_passed_one_and_counts_once() {
        let (transcript, shown) = read(PASSED_AND_SKIPPED);
        let (tally, skips, failures) = transcript.end(true);
        assert_eq!(tally, Tally { passed: 1, failed: 0, skipped: 2 });
        let want = ["../shared is absent (vectors::all)", "ignored, takes an hour (slow)"];
        assert_eq!(skips, want);
        assert!(failures.is_empty());
        assert!(shown.contains(&"skipped: ../shared is absent"));
        assert!(!shown.contains(&"noise"));
    }

    #[test]
    fn a_failed_test_is_shown_whole_and_named() {
        let (transcript, shown) = read(FAILED);
        let (tally, skips, failures) = transcript.end(false);
        assert_eq!(tally, Tally { passed: 1, failed: 1, skipped: 0 });
        assert!(skips.is_empty());
        assert_eq!(failures, ["b"]);
        assert!(shown.contains(&"thread 'b' panicked at src/lib.rs:1:1:"));
    }

    #[test]
    fn results_of_several_binaries_add_up() {
        let both = format!("{PASSED_AND_SKIPPED}{FAILED}");
        let (tally, ..) = read(&both).0.end(false);
        assert_eq!(tally, Tally { passed: 2, failed: 1, skipped: 2 });
    }

    #[test]
    fn a_skip_printed_past_the_capture_counts() {
        let (mut transcript, _) = read(PASSED_AND_SKIPPED);
        transcript.stderr("skipped: nats-server is absent");
        transcript.stderr("   Compiling switch v0.1.0");
        assert_eq!(transcript.end(true).0, Tally { passed: 0, failed: 0, skipped: 3 });
    }

    #[test]
    fn a_binary_that_dies_is_a_failure() {
        let died = format!("\nrunning 7 tests\ntest a ... ok\n{PASSED_AND_SKIPPED}");
        let (tally, _, failures) = read(&died).0.end(false);
        assert_eq!(tally.failed, 1);
        assert_eq!(failures, ["a test binary: ended without a result"]);
        assert_eq!(read("running 1 test\n").0.end(false).0.failed, 1);
    }

    #[test]
    fn a_cargo_that_fails_or_says_nothing_is_a_failure() {
        assert_eq!(read(PASSED_AND_SKIPPED).0.end(false).0.failed, 1);
        assert_eq!(read("").0.end(true).0.failed, 1);
    }
}
