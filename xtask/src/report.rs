//! What a run of checks came to: a box to read and one plain line to parse.

use crate::transcript::Tally;
use std::fmt::Write as _;
use std::time::Duration;

/// How one check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    Failed,
    /// What it needs is not there.
    Skipped,
    /// Many results of its own: the tests.
    Counted(Tally),
}

/// All checks of a run, in order.
#[derive(Debug, Default)]
pub struct Report {
    checks: Vec<(&'static str, Outcome)>,
    skips: Vec<String>,
    failures: Vec<String>,
}

impl Report {
    /// Adds a check.
    pub fn add(&mut self, name: &'static str, outcome: Outcome) {
        self.checks.push((name, outcome));
    }

    /// Adds why something was skipped, and what failed.
    pub fn explain(&mut self, skips: Vec<String>, failures: Vec<String>) {
        self.skips.extend(skips);
        self.failures.extend(failures);
    }

    /// The tests, and one for each other check.
    pub fn total(&self) -> Tally {
        self.checks.iter().fold(Tally::default(), |sum, (_, outcome)| {
            let one = outcome.tally();
            Tally {
                passed: sum.passed + one.passed,
                failed: sum.failed + one.failed,
                skipped: sum.skipped + one.skipped,
            }
        })
    }

    /// Nothing failed and, when `strict`, nothing was skipped.
    pub fn is_good(&self, strict: bool) -> bool {
        let total = self.total();
        total.failed == 0 && (total.skipped == 0 || !strict)
    }

    /// The box, then the plain last line.
    pub fn render(&self, strict: bool, elapsed: Duration) -> String {
        let mut lines: Vec<String> = self.checks.iter().map(check_line).collect();
        lines.push(String::new());
        lines.extend(self.skips.iter().map(|skip| format!("skipped: {skip}")));
        lines.extend(self.failures.iter().map(|failure| format!("failed: {failure}")));
        if !self.skips.is_empty() || !self.failures.is_empty() {
            lines.push(String::new());
        }
        lines.push(format!("{} {}", self.verdict(strict), spelled(elapsed)));
        let mut out = boxed(&lines);
        let _ = writeln!(out, "{}", counted(self.total()));
        out
    }

    fn verdict(&self, strict: bool) -> &'static str {
        let total = self.total();
        match (total.failed, total.skipped) {
            (0, 0) => "Everything passed.",
            (0, _) if strict => "NOT GOOD: with CI=true nothing may skip.",
            (0, _) => "Nothing failed; something was skipped.",
            _ => "FAILED.",
        }
    }
}

impl Outcome {
    fn tally(self) -> Tally {
        match self {
            Self::Passed => Tally { passed: 1, ..Tally::default() },
            Self::Failed => Tally { failed: 1, ..Tally::default() },
            Self::Skipped => Tally { skipped: 1, ..Tally::default() },
            Self::Counted(tally) => tally,
        }
    }
}

fn check_line((name, outcome): &(&str, Outcome)) -> String {
    let said = match outcome {
        Outcome::Passed => "passed".to_owned(),
        Outcome::Failed => "FAILED".to_owned(),
        Outcome::Skipped => "skipped: what it needs is not there".to_owned(),
        Outcome::Counted(tally) => counted(*tally),
    };
    format!("{name:<12}{said}")
}

fn counted(tally: Tally) -> String {
    format!("{} passed, {} failed, {} skipped", tally.passed, tally.failed, tally.skipped)
}

fn spelled(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    format!("{} min {} s", seconds / 60, seconds % 60)
}

fn boxed(lines: &[String]) -> String {
    let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let rule = format!("+{}+\n", "-".repeat(width + 2));
    let mut out = rule.clone();
    for line in lines {
        let _ = writeln!(out, "| {line:<width$} |");
    }
    out + &rule
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Report};
    use crate::transcript::Tally;
    use std::time::Duration;

    fn report(lints: Outcome, tests: Tally) -> Report {
        let mut report = Report::default();
        report.add("formatting", Outcome::Passed);
        report.add("lints", lints);
        report.add("tests", Outcome::Counted(tests));
        report
    }

    #[test]
    fn the_box_lines_up_and_the_last_line_is_plain() {
        let mut report = report(Outcome::Passed, Tally { passed: 40, failed: 0, skipped: 1 });
        report.explain(vec!["../shared is absent (a)".to_owned()], Vec::new());
        let want = "\
+---------------------------------------------------+
| formatting  passed                                |
| lints       passed                                |
| tests       40 passed, 0 failed, 1 skipped        |
|                                                   |
| skipped: ../shared is absent (a)                  |
|                                                   |
| Nothing failed; something was skipped. 2 min 10 s |
+---------------------------------------------------+
42 passed, 0 failed, 1 skipped
";
        assert_eq!(report.render(false, Duration::from_secs(130)), want);
    }

    #[test]
    fn good_means_no_failure_and_when_strict_no_skip() {
        let clean = Tally { passed: 9, ..Tally::default() };
        let rows = [
            // lints          tests                          lenient strict
            (Outcome::Passed, clean, true, true),
            (Outcome::Skipped, clean, true, false),
            (Outcome::Failed, clean, false, false),
            (Outcome::Passed, Tally { skipped: 1, ..clean }, true, false),
            (Outcome::Passed, Tally { failed: 1, ..clean }, false, false),
        ];
        for (lints, tests, lenient, strict) in rows {
            let report = report(lints, tests);
            assert_eq!(report.is_good(false), lenient, "{lints:?} {tests:?}");
            assert_eq!(report.is_good(true), strict, "{lints:?} {tests:?}");
        }
    }
}
