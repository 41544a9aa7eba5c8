use std::io::{self, Write};

use iso20022::{Finding, Verdict};

use super::{Judged, text};

/// A test suite with a case a file. What made a file fail is one failure; what did not is its output.
pub(super) fn write(out: &mut impl Write, judged: &[Judged]) -> io::Result<()> {
    let failed = judged.iter().filter(|one| one.verdict != Verdict::Valid).count();
    let counts = format!("tests=\"{}\" failures=\"{failed}\" errors=\"0\"", judged.len());
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"causeway validate\" {counts}>")?;
    writeln!(out, "  <testsuite name=\"causeway validate\" {counts} skipped=\"0\">")?;
    for one in judged {
        case(out, one)?;
    }
    writeln!(out, "  </testsuite>")?;
    writeln!(out, "</testsuites>")
}

fn case(out: &mut impl Write, judged: &Judged) -> io::Result<()> {
    let names: Vec<&str> = judged.inspection.messages.iter().map(|name| name.as_str()).collect();
    let (file, class) = (escaped(&judged.file), escaped(&names.join(" ")));
    let body: String = judged.inspection.findings.iter().map(line).collect();
    let body = body + &text::unserved(judged).map(|line| line + "\n").collect::<String>();
    let body = escaped(&body);
    write!(out, "    <testcase name=\"{file}\" classname=\"{class}\"")?;
    match judged.verdict {
        Verdict::Valid if body.is_empty() => return writeln!(out, "/>"),
        Verdict::Valid => writeln!(out, ">\n      <system-out>{body}</system-out>")?,
        verdict => {
            let first = judged.inspection.findings.first();
            let message = first.map_or_else(|| verdict.as_str().to_owned(), ToString::to_string);
            let kind = first.map_or(verdict.as_str(), |finding| finding.rule);
            let message = escaped(&message);
            writeln!(
                out,
                ">\n      <failure type=\"{kind}\" message=\"{message}\">{body}</failure>"
            )?;
        }
    }
    writeln!(out, "    </testcase>")
}

fn line(finding: &Finding) -> String {
    let Finding { level, path, line, column, rule, code, text } = finding;
    format!("{line}:{column}: {} {rule} ({code}) {path}: {text}\n", level.as_str())
}

/// Text and attribute values; what XML 1.0 cannot carry becomes U+FFFD.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push('\n'),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_xml_cannot_carry_is_replaced() {
        assert_eq!(
            escaped("<a b=\"&\">\u{1}\u{FFFF}é\n"),
            "&lt;a b=&quot;&amp;&quot;&gt;\u{FFFD}\u{FFFD}é\n"
        );
    }
}
