//! The same verdict as the oracle on the shared samples, envelopes and all, with elements removed,
//! doubled, moved, renamed and given other texts and attributes.

use std::path::{Path, PathBuf};

use iso20022::{Verdict, inspect, served_versions};

use crate::samples::{oracle, xml_files};
use crate::support::{shared_or_skip, xmllint_or_skip};

/// Mutants made of each sample. The oracle takes about 30 ms a message.
const MUTANTS_A_SAMPLE: usize = 2;
/// Samples longer than this, in bytes, are left out for the oracle's sake.
const SAMPLE_BYTES_MAX: usize = 40_000;

const TEXTS: &[&str] = &[
    "",
    "0",
    "-0.0",
    " 1.5 ",
    "1.50000000000000000000000",
    "1.500000000000000000000000",
    "1234567890123456789",
    "2024-02-29",
    " 2024-02-29",
    "2023-02-29",
    "2024-02-29+14:00",
    "12024-02-29",
    "2024-02-29T24:00:00",
    "2024-02-29T24:00:00.1",
    "2024-02-29T23:59:60Z",
    "2024-02-29T10:00:00.5-14:00",
    "2024-02-29T10:00:00 ",
    "TRUE",
    "1<!-- -->0",
    "<![CDATA[EUR]]>",
    "&#9;",
    "ABCDEF2LXXX",
    "ABCDEF2LXX",
    "7a562c67-ca16-48ba-b074-65581be6f066",
    "7a562c67-ca16-58ba-b074-65581be6f066",
    "x &amp; \u{1F4B6}",
    "ééééééééééééééééééééééééééééééééééé",
    "éééééééééééééééééééééééééééééééééééé",
];

const ATTRIBUTES: &[&str] = &[
    " x=\"1\"",
    " xml:lang=\"en\"",
    " Ccy=\"EUR\"",
    " Ccy=\" EUR\"",
    " xmlns=\"\"",
    " xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:nil=\"false\"",
    " xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:type=\"Max35Text\"",
    " xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:schemaLocation=\"urn:a b.xsd\"",
];

const ELEMENTS: &[&str] = &[
    "<Xx/>",
    "<SplmtryData><Envlp/></SplmtryData>",
    "<SplmtryData><Envlp><a xmlns=\"urn:x\"><b y=\"1\">t</b></a></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><a/><b/></Envlp></SplmtryData>",
    "<SplmtryData><PlcAndNm/><Envlp>t<a/></Envlp></SplmtryData>",
    "&#160;",
];

/// A small generator of numbers, so that a seed gives the same mutants on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }

    fn of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

#[derive(Clone, Copy)]
struct Span {
    start: usize,
    name_end: usize,
    inside: (usize, usize),
    end: usize,
}

/// The elements that have a start and an end tag, comments and CDATA passed over.
fn spans(text: &str) -> Vec<Span> {
    let (mut open, mut found, mut at) = (Vec::new(), Vec::new(), 0);
    while let Some(offset) = text[at..].find('<') {
        let start = at + offset;
        let rest = &text[start..];
        let close = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")];
        let close = close.iter().find(|(opens, _)| rest.starts_with(opens));
        let end = close.map_or(">", |(_, closes)| closes);
        at = start + rest.find(end).unwrap() + end.len();
        if close.is_some() || text[..at].ends_with("/>") {
            continue;
        }
        if rest.starts_with("</") {
            let (outer, inside) = open.pop().unwrap();
            let name = |c: char| c.is_whitespace() || c == '>';
            let name_end = outer + text[outer..].find(name).unwrap();
            found.push(Span { start: outer, name_end, inside: (inside, start), end: at });
        } else {
            open.push((start, at));
        }
    }
    found
}

fn mutant(text: &str, spans: &[Span], dice: &mut Dice) -> String {
    let Span { start, name_end, inside: (first, last), end } = dice.of(spans);
    let (before, whole, after) = (&text[..start], &text[start..end], &text[end..]);
    match dice.below(9) {
        0 => format!("{before}{after}"),
        1 => format!("{before}{whole}{whole}{after}"),
        2 => {
            let other = dice.of(spans);
            match other.start >= end {
                true => format!(
                    "{before}{}{}{whole}{}",
                    &text[other.start..other.end],
                    &text[end..other.start],
                    &text[other.end..]
                ),
                false => format!("{before}{after}"),
            }
        }
        3 => {
            let other = dice.of(spans);
            let (old, new) = (&text[start + 1..name_end], &text[other.start + 1..other.name_end]);
            let tail = &whole[1 + old.len()..whole.len() - old.len() - 1];
            format!("{before}<{new}{tail}{new}>{after}")
        }
        4 => format!("{}{}{}", &text[..name_end], dice.of(ATTRIBUTES), &text[name_end..]),
        5 => {
            let place = dice.of(&[start, first, last, end]);
            format!("{}{}{}", &text[..place], dice.of(ELEMENTS), &text[place..])
        }
        _ => {
            let leaf = |span: &&Span| !text[span.inside.0..span.inside.1].contains('<');
            let leaves: Vec<Span> = spans.iter().filter(leaf).copied().collect();
            let (first, last) = dice.of(&leaves).inside;
            format!("{}{}{}", &text[..first], dice.of(TEXTS), &text[last..])
        }
    }
}

/// The mutants of every sample that names served versions alone.
fn mutants(samples: &Path, directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    xml_files(samples, &mut files);
    files.sort();
    let (mut dice, mut written) = (Dice(0x2002_2026), Vec::new());
    for file in files {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let messages = inspect(text.as_bytes()).messages;
        let is_served = |name: &str| served_versions().any(|served| served == name);
        let served = messages.iter().all(|name| is_served(name.as_str()));
        if messages.is_empty() || !served || text.len() > SAMPLE_BYTES_MAX {
            continue;
        }
        let spans = spans(&text);
        for _ in 0..MUTANTS_A_SAMPLE {
            let path = directory.join(format!("{}.xml", written.len()));
            std::fs::write(&path, mutant(&text, &spans, &mut dice)).unwrap();
            written.push(path);
        }
    }
    written
}

#[test]
fn mutated_samples_get_the_verdict_of_the_oracle() {
    let Some(samples) = shared_or_skip("data/iso20022/samples") else { return };
    if !xmllint_or_skip() {
        return;
    }
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sample-mutations");
    std::fs::create_dir_all(&directory).unwrap();
    let files = mutants(&samples, &directory);
    let Some(verdicts) = oracle(&files) else { return };
    assert_eq!(verdicts.len(), files.len());
    let (mut differ, mut valid) = (Vec::new(), 0);
    for (file, verdict) in files.iter().zip(&verdicts) {
        let ours = inspect(&std::fs::read(file).unwrap());
        let theirs = match verdict["verdict"].as_str().unwrap() {
            "valid" => Verdict::Valid,
            "unsupported" => Verdict::Unsupported,
            _ => Verdict::Invalid,
        };
        valid += usize::from(theirs == Verdict::Valid);
        if ours.verdict != theirs {
            differ.push(format!("{}: {:?}\n  {verdict}", file.display(), ours.findings));
        }
    }
    eprintln!("{} mutants compared, {valid} valid", files.len());
    assert!(differ.is_empty(), "{} differ\n{}", differ.len(), differ.join("\n"));
    assert!(valid >= 50 && files.len() - valid >= 150, "one-sided: {valid} of {}", files.len());
}
