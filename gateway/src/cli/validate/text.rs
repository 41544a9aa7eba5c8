use std::borrow::Cow;
use std::io::{self, Write};

use iso20022::encoding;
use iso20022::{Finding, Level, Verdict};

use super::Judged;

/// Most characters of a source line that are shown.
const LINE_CHARS: usize = 96;
/// Characters shown before the place, in a line that is longer than that.
const LINE_CHARS_BEFORE: usize = 32;

/// Whether to colour.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) coloured: bool,
}

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31;1";
const GREEN: &str = "32;1";
const YELLOW: &str = "33;1";

impl Style {
    fn paint(self, colour: &str, text: impl std::fmt::Display) -> String {
        match self.coloured {
            true => format!("\u{1b}[{colour}m{text}\u{1b}[0m"),
            false => text.to_string(),
        }
    }

    fn verdict(self, verdict: Verdict) -> String {
        let colour = match verdict {
            Verdict::Valid => GREEN,
            Verdict::Invalid => RED,
            Verdict::Unsupported => YELLOW,
        };
        self.paint(colour, verdict.as_str())
    }
}

/// Each file with its findings, and a summary.
pub(super) fn write(out: &mut impl Write, judged: &[Judged], style: Style) -> io::Result<()> {
    for one in judged {
        file(out, one, style)?;
    }
    summary(out, judged, style)
}

fn file(out: &mut impl Write, judged: &Judged, style: Style) -> io::Result<()> {
    let names: Vec<&str> = judged.inspection.messages.iter().map(|name| name.as_str()).collect();
    let (name, verdict) = (printable(&judged.file), style.verdict(judged.verdict));
    match names.as_slice() {
        [] => writeln!(out, "{}: {verdict}", style.paint(BOLD, name))?,
        names => writeln!(out, "{}: {verdict} ({})", style.paint(BOLD, name), names.join(", "))?,
    }
    for line in unserved(judged) {
        writeln!(out, "  {line}")?;
    }
    if judged.inspection.findings.is_empty() {
        return Ok(());
    }
    let source = source(&judged.bytes);
    let lines: Vec<&str> = source.split('\n').collect();
    for found in &judged.inspection.findings {
        writeln!(out)?;
        finding(out, found, &lines, style)?;
    }
    writeln!(out)
}

/// What was not judged, and why.
pub(super) fn unserved(judged: &Judged) -> impl Iterator<Item = String> {
    let inspection = &judged.inspection;
    let nothing = inspection.verdict == Verdict::Unsupported && inspection.messages.is_empty();
    let none = "there is no Document or AppHdr in an ISO 20022 namespace";
    let unserved = |name: &_| format!("{name} has no schema here and was not checked");
    let nothing = nothing.then(|| none.to_owned()).into_iter();
    nothing.chain(inspection.unserved.iter().map(unserved))
}

fn source(bytes: &[u8]) -> Cow<'_, str> {
    match encoding::decode(bytes) {
        Some(decoded) => decoded.text,
        None => String::from_utf8_lossy(bytes),
    }
}

/// The place, its line with a caret, and the mend.
fn finding(
    out: &mut impl Write,
    finding: &Finding,
    lines: &[&str],
    style: Style,
) -> io::Result<()> {
    let Finding { level, path, line, column, rule, code, text } = finding;
    let colour = if *level == Level::Schema { RED } else { YELLOW };
    let level = style.paint(colour, level.as_str());
    writeln!(out, "  {level} {} ({code}) {line}:{column} {path}", style.paint(BOLD, rule))?;
    let number = line.to_string();
    let blank = " ".repeat(number.len());
    let source = lines.get(line.saturating_sub(1) as usize).copied().unwrap_or_default();
    let Excerpt { shown, before, width } = Excerpt::of(source, *column as usize, path);
    if !shown.is_empty() {
        let bar = style.paint(DIM, "|");
        let caret = style.paint(colour, "^".repeat(width));
        writeln!(out, "  {} {bar} {shown}", style.paint(DIM, number))?;
        writeln!(out, "  {blank} {bar} {}{caret}", " ".repeat(before))?;
    }
    writeln!(out, "  {blank} = {text}")
}

/// The part of a source line around a place.
struct Excerpt {
    shown: String,
    /// Characters before the place.
    before: usize,
    /// Characters of the place.
    width: usize,
}

impl Excerpt {
    fn of(line: &str, column: usize, path: &str) -> Excerpt {
        let chars: Vec<char> = line.trim_end().chars().collect();
        let (at, width) = place(&chars, column.saturating_sub(1), path);
        let indent = chars.iter().take_while(|c| c.is_whitespace()).count().min(at);
        let fits = chars.len() - indent <= LINE_CHARS;
        let start = if fits { indent } else { at.saturating_sub(LINE_CHARS_BEFORE).max(indent) };
        let end = chars.len().min(start + LINE_CHARS);
        let cut = |cut: bool| if cut { "…" } else { "" };
        let (head, tail) = (cut(start > indent), cut(end < chars.len()));
        let inner: String = chars[start.min(end)..end].iter().collect();
        Excerpt {
            shown: format!("{head}{}{tail}", printable(&inner)),
            before: at.saturating_sub(start) + head.chars().count(),
            width: width.min(end.saturating_sub(at)).max(1),
        }
    }
}

/// Where the caret goes, and its width: the attribute that the path names, else the start tag's name.
fn place(chars: &[char], at: usize, path: &str) -> (usize, usize) {
    let at = at.min(chars.len());
    let rest = &chars[at..];
    let tag_end = rest.iter().position(|c| *c == '>').unwrap_or(rest.len());
    if let Some((_, attribute)) = path.rsplit_once("/@") {
        let wanted: Vec<char> = attribute.chars().chain(['=']).collect();
        let found = rest[..tag_end].windows(wanted.len()).position(|window| window == wanted);
        if let Some(found) = found {
            let value = &rest[found..tag_end];
            let quotes = value.iter().enumerate().filter(|(_, c)| matches!(c, '"' | '\''));
            let width = quotes.map(|(index, _)| index + 1).nth(1).unwrap_or(wanted.len());
            return (at + found, width);
        }
    }
    let ends_name = |c: &char| c.is_whitespace() || matches!(c, '>' | '/');
    let name = rest.iter().skip(1).position(ends_name).map_or(rest.len(), |end| end + 1);
    (at, if rest.first() == Some(&'<') { name } else { 1 })
}

/// A file says nothing to the terminal: controls and what turns the text's direction become spaces.
fn printable(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
            || c == '\u{FEFF}'
    };
    text.chars().map(|c| if hidden(c) { ' ' } else { c }).collect()
}

fn summary(out: &mut impl Write, judged: &[Judged], style: Style) -> io::Result<()> {
    let of = |verdict: Verdict| judged.iter().filter(|one| one.verdict == verdict).count();
    let verdicts = [Verdict::Valid, Verdict::Invalid, Verdict::Unsupported];
    let counts: Vec<String> = verdicts
        .into_iter()
        .map(|verdict| (of(verdict), verdict))
        .filter(|(count, _)| *count > 0)
        .map(|(count, verdict)| format!("{count} {}", style.verdict(verdict)))
        .collect();
    let files = if judged.len() == 1 { "file" } else { "files" };
    write!(out, "{} {files}: {}", judged.len(), counts.join(", "))?;
    let uncounted: usize = judged.iter().map(Judged::uncounted).sum();
    match uncounted {
        0 => writeln!(out),
        1 => writeln!(out, " (1 finding of level rule counts with --rules only)"),
        more => writeln!(out, " ({more} findings of level rule count with --rules only)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caret(line: &str, column: usize, path: &str) -> String {
        let Excerpt { shown, before, width } = Excerpt::of(line, column, path);
        shown.chars().skip(before).take(width).collect()
    }

    #[test]
    fn the_caret_stands_under_the_place() {
        let long = format!("{}<Nm>x</Nm>{}", "<a>é</a>".repeat(40), "<b/>".repeat(40));
        for (line, column, path, marked) in [
            ("  <MsgId>x</MsgId>", 3, "/Document/MsgId", "<MsgId"),
            ("  <A/>", 3, "/A", "<A"),
            ("<Amt Ccy=\"EUX\">1</Amt>", 1, "/Amt/@Ccy", "Ccy=\"EUX\""),
            ("<Amt>1</Amt>", 1, "/Amt/@Ccy", "<Amt"),
            ("<Amt xCcy='EUX' Ccy>1</Amt>", 1, "/Amt/@Ccy", "Ccy='EUX'"),
            ("text & more", 6, "/", "&"),
            (&long, 321, "/Nm", "<Nm"),
        ] {
            assert_eq!(caret(line, column, path), marked, "{line}");
        }
        assert!(Excerpt::of(&long, 321, "/Nm").shown.chars().count() <= LINE_CHARS + 2);
        assert_eq!(Excerpt::of("", 1, "/").shown, "");
        assert_eq!(Excerpt::of("ab", 99, "/").width, 1);
    }

    #[test]
    fn a_file_says_nothing_to_the_terminal() {
        assert_eq!(printable("a\u{1b}[31m\u{202E}b\t"), "a [31m b ");
    }
}
