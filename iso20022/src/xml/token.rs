use std::borrow::Cow;

use crate::limits;

/// A rule that a token breaks, where in it, and what to mend.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) rule: &'static str,
    pub(super) at: usize,
    pub(super) text: &'static str,
}

pub(super) fn broken<T>(rule: &'static str, at: usize, text: &'static str) -> Result<T, Broken> {
    Err(Broken { rule, at, text })
}

/// A name split at its colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name<'a> {
    pub(super) prefix: &'a str,
    pub(super) local: &'a str,
}

/// `name="value"` as written.
#[derive(Debug)]
pub(super) struct RawAttribute<'a> {
    pub(super) name: Name<'a>,
    pub(super) value: &'a str,
    pub(super) at: usize,
    pub(super) value_at: usize,
}

pub(super) fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\r')
}

pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(is_space)
}

/// The Char production of XML 1.0, §2.2.
pub(super) fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// Offset of the first character that XML 1.0 does not allow, even in comments.
pub(super) fn first_forbidden(text: &str) -> Option<usize> {
    // Whole blocks are passed over at once: almost none holds such a byte.
    let suspect =
        |b: &u8| (*b < 0x20) & (*b != b'\t') & (*b != b'\n') & (*b != b'\r') | (*b == 0xEF);
    let bytes = text.as_bytes();
    let blocks = bytes.chunks(64).enumerate();
    let suspects = blocks
        .filter(|(_, block)| block.iter().fold(false, |any, b| any | suspect(b)))
        .flat_map(|(at, block)| (at * 64..).zip(block).filter(|(_, b)| suspect(b)));
    suspects.map(|(at, _)| at).find(|at| match bytes.get(*at..*at + 3) {
        // U+FFFE and U+FFFF; other characters begin with the same byte.
        Some([0xEF, second, third]) => *second == 0xBF && matches!(third, 0xBE | 0xBF),
        _ => bytes.get(*at) != Some(&0xEF),
    })
}

/// NameStartChar of XML 1.0 §2.3 without the colon.
fn starts_name(c: char) -> bool {
    matches!(c,
        'A'..='Z' | 'a'..='z' | '_'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}'
        | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

fn continues_name(c: char) -> bool {
    let more = matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}');
    more || matches!(c, '\u{203F}'..='\u{2040}') || starts_name(c)
}

fn is_ncname(name: &str) -> bool {
    let ascii = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    if name.bytes().all(ascii) {
        return name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    }
    let mut chars = name.chars();
    chars.next().is_some_and(starts_name) && chars.all(continues_name)
}

/// Splits and checks a qualified name that stands at `at`.
pub(super) fn name(text: &str, at: usize) -> Result<Name<'_>, Broken> {
    if text.len() > limits::NAME_BYTES {
        return broken("nameLength", at, "shorten the name: it exceeds 256 bytes");
    }
    let (prefix, local) = match text.split_once(':') {
        Some((prefix, local)) if is_ncname(prefix) => (prefix, local),
        Some(_) => return broken("name", at, "write a name that XML allows"),
        None => ("", text),
    };
    if is_ncname(local) {
        Ok(Name { prefix, local })
    } else {
        broken("name", at, "write a name that XML allows")
    }
}

/// The target of a processing instruction: a name without colon, not `xml`.
pub(super) fn instruction_target(content: &str, at: usize) -> Result<(), Broken> {
    let target = content.split(|c: char| c.is_ascii() && is_space(c as u8)).next().unwrap_or("");
    if target.eq_ignore_ascii_case("xml") {
        return broken("declaration", at, "write the XML declaration once, at the very beginning");
    }
    match name(target, at)? {
        Name { prefix: "", .. } => Ok(()),
        _ => broken("name", at, "write a processing instruction's target without a colon"),
    }
}

/// Length of the name that `text` begins with: all before white space, `=` or the end.
fn name_length(text: &str) -> usize {
    text.bytes().position(|b| is_space(b) || b == b'=').unwrap_or(text.len())
}

/// The attributes in `text`, the part of a tag after its name, which begins at `at`.
pub(super) fn attributes(text: &str, at: usize) -> Result<Vec<RawAttribute<'_>>, Broken> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start_matches(|c: char| c.is_ascii() && is_space(c as u8));
        let here = at + text.len() - trimmed.len();
        if trimmed.is_empty() {
            return Ok(found);
        }
        if trimmed.len() == rest.len() {
            return broken("attribute", here, "put white space before the attribute");
        }
        if found.len() == limits::ATTRIBUTES {
            return broken("attributes", here, "write at most 32 attributes on one element");
        }
        let (attribute, after) = attribute(trimmed, here)?;
        found.push(attribute);
        rest = after;
    }
}

fn attribute(text: &str, at: usize) -> Result<(RawAttribute<'_>, &str), Broken> {
    let no_value = || broken("attribute", at, "write the attribute as name=\"value\"");
    let skip_space = |text: &str| text.bytes().take_while(|&b| is_space(b)).count();
    let length = name_length(text);
    let name = name(&text[..length], at)?;
    let mut cursor = length + skip_space(&text[length..]);
    if text.as_bytes().get(cursor) != Some(&b'=') {
        return no_value();
    }
    cursor += 1;
    cursor += skip_space(&text[cursor..]);
    let quote = match text.as_bytes().get(cursor) {
        Some(&quote @ (b'"' | b'\'')) => quote,
        _ => return no_value(),
    };
    cursor += 1;
    let Some(length) = text.as_bytes()[cursor..].iter().position(|&b| b == quote) else {
        return no_value();
    };
    let value = &text[cursor..cursor + length];
    if length > limits::ATTRIBUTE_VALUE_BYTES {
        return broken("attributeLength", at, "shorten the attribute: it exceeds 4096 bytes");
    }
    if value.contains('<') {
        return broken("attribute", at, "write < in an attribute as &lt;");
    }
    let raw = RawAttribute { name, value, at, value_at: at + cursor };
    Ok((raw, &text[cursor + length + 1..]))
}

/// An attribute's value with references resolved and white space made spaces (XML 1.0 §3.3.3), and the
/// number of references.
pub(super) fn attribute_value(raw: &str, at: usize) -> Result<(Cow<'_, str>, usize), Broken> {
    if !raw.bytes().any(|b| matches!(b, b'&' | b'\t' | b'\n' | b'\r')) {
        return Ok((Cow::Borrowed(raw), 0));
    }
    let mut value = String::with_capacity(raw.len());
    let mut references = 0;
    let mut rest = raw;
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        match c {
            '&' => {
                let here = at + raw.len() - rest.len();
                let Some(end) = rest.find(';') else {
                    return broken("reference", here, "write & as &amp;");
                };
                value.push(reference(&rest[1..end], here)?);
                references += 1;
                length = end + 1;
            }
            '\r' if rest.starts_with("\r\n") => {
                value.push(' ');
                length = 2;
            }
            '\t' | '\n' | '\r' => value.push(' '),
            c => value.push(c),
        }
        rest = &rest[length..];
    }
    Ok((Cow::Owned(value), references))
}

/// The character that `&body;` stands for.
pub(super) fn reference(body: &str, at: usize) -> Result<char, Broken> {
    match body {
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "amp" => return Ok('&'),
        "apos" => return Ok('\''),
        "quot" => return Ok('"'),
        _ => {}
    }
    let Some(digits) = body.strip_prefix('#') else {
        return match name(body, at) {
            Ok(_) => broken("entity", at, "write the character itself: no entities are defined"),
            Err(_) => broken("reference", at, "write & as &amp;"),
        };
    };
    let (digits, radix) = match digits.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (digits, 10),
    };
    let code = digits.chars().try_fold(0_u32, |code, digit| {
        Some(code.saturating_mul(radix).saturating_add(digit.to_digit(radix)?))
    });
    match code.filter(|_| !digits.is_empty()) {
        None => broken("reference", at, "write a character reference as &#10; or &#xA;"),
        Some(code) => match char::from_u32(code).filter(|c| is_char(*c)) {
            Some(c) => Ok(c),
            None => broken("character", at, "remove the character reference: XML forbids it"),
        },
    }
}

/// Line ends become `\n` (XML 1.0 §2.11).
pub(super) fn line_ends(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Checks `version="1.0" encoding="UTF-8" standalone="yes"`, the inside of an XML declaration.
pub(super) fn declaration(text: &str, at: usize) -> Result<(), Broken> {
    let form = "write <?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    let mut rest = attributes(text, at)?.into_iter().peekable();
    let mut next = |local: &str| {
        rest.next_if(|found| found.name == Name { prefix: "", local }).map(|found| found.value)
    };
    if next("version") != Some("1.0") {
        return broken("declaration", at, form);
    }
    if next("encoding").is_some_and(|encoding| !encoding.eq_ignore_ascii_case("UTF-8")) {
        return broken("encoding", at, "encode the message in UTF-8 and declare that");
    }
    if !matches!(next("standalone"), None | Some("yes" | "no")) || rest.next().is_some() {
        return broken("declaration", at, form);
    }
    Ok(())
}
