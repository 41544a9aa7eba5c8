//! The rules for Markdown files: one title, first; links within the project lead somewhere.
//!
//! The place for one more rule: the `$ ` lines of README's ```console blocks run, and print what
//! the page says. It belongs in a module of its own beside this one, as it starts the product.

use super::Finding;
use std::collections::BTreeSet;

/// What is wrong with a Markdown file, given the paths of all tracked files.
pub fn findings(path: &str, text: &str, tracked: &BTreeSet<&str>) -> Vec<Finding> {
    let prose = outside_of_fences(text);
    let mut found = titles(path, &prose);
    for (line, content) in &prose {
        for target in targets(content) {
            if !resolves(path, target, tracked) {
                found.push(Finding::new(path, *line, format!("link to nowhere: {target}")));
            }
        }
    }
    found
}

/// A page of the book that its table of contents does not name.
pub fn outside_of_summary(path: &str, summary: &str) -> Option<Finding> {
    let page = path.strip_prefix("docs/")?;
    let named = page == "SUMMARY.md" || summary.contains(&format!("]({page})"));
    (!named).then(|| Finding::new(path, 0, "is not in docs/SUMMARY.md"))
}

fn outside_of_fences(text: &str) -> Vec<(usize, &str)> {
    let mut inside = false;
    let lines = text.lines().zip(1..).filter(|(line, _)| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !inside && !fence
    });
    lines.map(|(line, number)| (number, line)).collect()
}

fn titles(path: &str, prose: &[(usize, &str)]) -> Vec<Finding> {
    let first = prose.iter().find(|(_, line)| !line.trim().is_empty());
    let mut found = Vec::new();
    if !first.is_some_and(|(_, line)| line.starts_with("# ")) {
        found.push(Finding::new(path, 1, "does not open with a `# ` title"));
    }
    let titles = prose.iter().filter(|(_, line)| line.starts_with("# "));
    found.extend(titles.skip(1).map(|(line, _)| Finding::new(path, *line, "a second title")));
    found
}

/// The targets of `[text](target)`, code spans excepted.
fn targets(line: &str) -> Vec<&str> {
    let pieces = line.split('`').step_by(2);
    let links = pieces.flat_map(|piece| piece.split("](").skip(1));
    links.filter_map(|rest| rest.split([')', ' ']).next()).collect()
}

fn resolves(path: &str, target: &str, tracked: &BTreeSet<&str>) -> bool {
    let outside = ["https://", "http://", "mailto:", "#"];
    if outside.iter().any(|start| target.starts_with(start)) {
        return true;
    }
    let target = target.split('#').next().unwrap_or(target);
    let Some(wanted) = joined(path, target) else { return false };
    let folder = format!("{wanted}/");
    tracked.contains(wanted.as_str()) || tracked.iter().any(|path| path.starts_with(&folder))
}

/// The target's path from the root; none when it leaves the project.
fn joined(path: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in target.trim_end_matches('/').split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::{findings, outside_of_summary};
    use std::collections::BTreeSet;

    fn count(text: &str) -> usize {
        let tracked = BTreeSet::from(["README.md", "docs/a.md", "docs/decisions/0001-b.md"]);
        findings("docs/a.md", text, &tracked).len()
    }

    #[test]
    fn a_page_has_one_title_and_it_is_first() {
        assert_eq!(count("# A\n\n## B\n"), 0);
        assert_eq!(count("\n# A\n\n```sh\n# comment\n```\n"), 0);
        assert_eq!(count("A\n\n# B\n"), 1);
        assert_eq!(count("# A\n\n# B\n"), 1);
        assert_eq!(count(""), 1);
    }

    #[test]
    fn links_lead_somewhere() {
        let good = [
            "../README.md",
            "a.md#part",
            "#part",
            "https://a.example/b",
            "decisions/",
            "./decisions/0001-b.md",
        ];
        for target in good {
            assert_eq!(count(&format!("# A\n[b]({target})\n")), 0, "{target}");
        }
        for target in ["b.md", "../a.md", "../../README.md", "decision", "/README.md.x"] {
            assert_eq!(count(&format!("# A\n[b]({target}) [c](a.md)\n")), 1, "{target}");
        }
        assert_eq!(count("# A\n`[b](nowhere.md)`\n"), 0);
        assert_eq!(count("# A\n```\n[b](nowhere.md)\n```\n"), 0);
    }

    #[test]
    fn the_summary_names_every_page() {
        let summary = "# Summary\n- [A](a.md)\n";
        assert_eq!(outside_of_summary("docs/a.md", summary), None);
        assert_eq!(outside_of_summary("docs/SUMMARY.md", summary), None);
        assert!(outside_of_summary("docs/b/a.md", summary).is_some());
    }
}
