use std::io::{self, Write};

use serde::Serialize;

use super::Judged;

#[derive(Serialize)]
struct File<'j> {
    file: &'j str,
    messages: Vec<&'j str>,
    verdict: &'static str,
    findings: Vec<Finding<'j>>,
}

#[derive(Serialize)]
struct Finding<'j> {
    level: &'static str,
    path: &'j str,
    line: u32,
    column: u32,
    rule: &'static str,
    code: &'static str,
    text: &'j str,
}

/// One object a file, a line each.
pub(super) fn write(out: &mut impl Write, judged: &[Judged]) -> io::Result<()> {
    for one in judged {
        serde_json::to_writer(&mut *out, &file(one))?;
        writeln!(out)?;
    }
    Ok(())
}

fn file(judged: &Judged) -> File<'_> {
    File {
        file: &judged.file,
        messages: judged.inspection.messages.iter().map(|name| name.as_str()).collect(),
        verdict: judged.verdict.as_str(),
        findings: judged.inspection.findings.iter().map(Finding::of).collect(),
    }
}

impl<'j> Finding<'j> {
    fn of(finding: &'j iso20022::Finding) -> Finding<'j> {
        Finding {
            level: finding.level.as_str(),
            path: &finding.path,
            line: finding.line,
            column: finding.column,
            rule: finding.rule,
            code: finding.code,
            text: &finding.text,
        }
    }
}
