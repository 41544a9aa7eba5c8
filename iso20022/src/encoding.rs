//! How the bytes of a file become text. Messages are exchanged in UTF-8 and nothing else is read; files
//! are also judged in the encodings that schema processors understand.

use std::borrow::Cow;

/// A text, and the encoding that its bytes were in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text. An encoding other than UTF-8 that its XML declaration named is written as UTF-8 there.
    pub text: Cow<'a, str>,
    /// `UTF-8`, `UTF-16`, `ISO-8859-1`, ...
    pub encoding: &'static str,
}

const BYTE_ORDER_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];
/// An XML declaration is shorter than this, in bytes.
const DECLARATION_BYTES: usize = 256;

/// Reads bytes in the encoding that a byte order mark or the XML declaration names: UTF-8, UTF-16,
/// US-ASCII, ISO-8859-1, ISO-8859-15 or windows-1252. None if they are not in it.
pub fn decode(bytes: &[u8]) -> Option<Decoded<'_>> {
    match bytes {
        [0xFE, 0xFF, rest @ ..] => utf_16(rest, u16::from_be_bytes, "UTF-16BE"),
        [0xFF, 0xFE, rest @ ..] => utf_16(rest, u16::from_le_bytes, "UTF-16LE"),
        [0, b'<', ..] => utf_16(bytes, u16::from_be_bytes, "UTF-16BE"),
        [b'<', 0, ..] => utf_16(bytes, u16::from_le_bytes, "UTF-16LE"),
        _ => by_declaration(bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)),
    }
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16, order: &str) -> Option<Decoded<'static>> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let text: String = char::decode_utf16(units).collect::<Result<_, _>>().ok()?;
    let declared = declared(text.as_bytes());
    let fits = |name: &str| {
        let name = name.to_ascii_uppercase();
        name == "UTF-16" || name == order
    };
    let agrees = declared.is_none_or(|(start, end)| text.get(start..end).is_some_and(fits));
    (rest.is_empty() && agrees)
        .then(|| Decoded { text: Cow::Owned(redeclared(text)), encoding: "UTF-16" })
}

fn by_declaration(bytes: &[u8]) -> Option<Decoded<'_>> {
    let declared = declared(bytes).and_then(|(start, end)| bytes.get(start..end));
    let name = declared.map(<[u8]>::to_ascii_uppercase).unwrap_or_default();
    let (encoding, character): (_, fn(u8) -> Option<char>) = match name.as_slice() {
        b"US-ASCII" | b"ASCII" => ("US-ASCII", |b| b.is_ascii().then_some(char::from(b))),
        b"ISO-8859-1" | b"LATIN1" => ("ISO-8859-1", |b| Some(char::from(b))),
        b"ISO-8859-15" | b"LATIN-9" => ("ISO-8859-15", |b| Some(latin_9(b))),
        b"WINDOWS-1252" | b"CP1252" => ("windows-1252", windows_1252),
        _ => {
            let text = Cow::Borrowed(std::str::from_utf8(bytes).ok()?);
            return Some(Decoded { text, encoding: "UTF-8" });
        }
    };
    let text: String = bytes.iter().map(|b| character(*b)).collect::<Option<_>>()?;
    Some(Decoded { text: Cow::Owned(redeclared(text)), encoding })
}

/// Where the encoding's name stands in the XML declaration that a text begins with.
fn declared(text: &[u8]) -> Option<(usize, usize)> {
    let head = text.get(..DECLARATION_BYTES.min(text.len()))?;
    let end = head.windows(2).position(|pair| pair == b"?>")?;
    let declaration = head.get(..end).filter(|head| head.starts_with(b"<?xml"))?;
    let key = b"encoding";
    let after = key.len() + declaration.windows(key.len()).position(|name| name == key)?;
    let is_quote = |b: &u8| matches!(b, b'"' | b'\'');
    let start = after + 1 + declaration.get(after..)?.iter().position(is_quote)?;
    let quote = declaration.get(start - 1)?;
    let length = declaration.get(start..)?.iter().position(|b| b == quote)?;
    Some((start, start + length))
}

/// The text with UTF-8 declared, each character but the name's at its column.
fn redeclared(mut text: String) -> String {
    if let Some((start, end)) = declared(text.as_bytes())
        && let Some(quote) = text.get(end..end + 1)
    {
        let width = end + 1 - start;
        let written = format!("{:width$}", format!("UTF-8{quote}"));
        text.replace_range(start..=end, &written);
    }
    text
}

/// ISO-8859-15 differs from ISO-8859-1 in eight characters.
fn latin_9(byte: u8) -> char {
    match byte {
        0xA4 => '€',
        0xA6 => 'Š',
        0xA8 => 'š',
        0xB4 => 'Ž',
        0xB8 => 'ž',
        0xBC => 'Œ',
        0xBD => 'œ',
        0xBE => 'Ÿ',
        other => char::from(other),
    }
}

/// windows-1252 has printable characters where ISO-8859-1 has controls, and five gaps.
fn windows_1252(byte: u8) -> Option<char> {
    const HIGH: &str = "€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ";
    match byte {
        0x80..=0x9F => HIGH.chars().nth(usize::from(byte - 0x80)).filter(|c| *c != '\0'),
        other => Some(char::from(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Option<(String, &'static str)> {
        decode(bytes).map(|decoded| (decoded.text.into_owned(), decoded.encoding))
    }

    fn latin(name: &str, byte: u8) -> Option<(String, &'static str)> {
        let mut bytes = format!("<?xml version='1.0' encoding='{name}'?><a>").into_bytes();
        bytes.push(byte);
        text(&bytes).map(|(text, encoding)| (text.split_off_after('>'), encoding))
    }

    trait SplitOffAfter {
        fn split_off_after(&self, c: char) -> String;
    }

    impl SplitOffAfter for String {
        fn split_off_after(&self, c: char) -> String {
            self.rsplit(c).next().unwrap_or_default().to_owned()
        }
    }

    #[test]
    fn single_bytes() {
        for (name, byte, expected) in [
            ("ISO-8859-1", 0xE9, Some(("é", "ISO-8859-1"))),
            ("iso-8859-1", 0xA4, Some(("¤", "ISO-8859-1"))),
            ("ISO-8859-15", 0xA4, Some(("€", "ISO-8859-15"))),
            ("windows-1252", 0x80, Some(("€", "windows-1252"))),
            ("windows-1252", 0x9F, Some(("Ÿ", "windows-1252"))),
            ("windows-1252", 0x81, None),
            ("US-ASCII", b'e', Some(("e", "US-ASCII"))),
            ("US-ASCII", 0xE9, None),
            ("UTF-8", 0xE9, None),
        ] {
            let expected = expected.map(|(text, name)| (text.to_owned(), name));
            assert_eq!(latin(name, byte), expected, "{name} {byte:x}");
        }
    }

    #[test]
    fn declarations_keep_their_width() {
        let (read, _) = text(b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>").unwrap();
        assert_eq!(read, "<?xml version=\"1.0\" encoding=\"UTF-8\"     ?><a/>");
    }

    #[test]
    fn utf_16_by_mark_or_first_character() {
        let source = "<?xml version='1.0' encoding='UTF-16'?><a>é\u{1F4B6}</a>";
        let little: Vec<u8> = source.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = source.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let expected = source.replace("UTF-16'", "UTF-8' ");
        for bytes in [&little, &big, &[&[0xFF, 0xFE], &*little].concat()] {
            assert_eq!(text(bytes), Some((expected.clone(), "UTF-16")));
        }
        assert_eq!(text(&little[..little.len() - 1]), None);
        let wrong = source.replace("UTF-16", "UTF-8");
        let wrong: Vec<u8> = wrong.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(text(&wrong), None);
    }
}
