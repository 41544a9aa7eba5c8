use super::pattern::Pattern;
use crate::time::lexical;

/// A built-in type of XML Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    Base64Binary,
    Boolean,
    Date,
    DateTime,
    Decimal,
    GYear,
    GYearMonth,
    String,
    Time,
}

/// A simple type: its base and what restricts it.
#[derive(Debug)]
pub(super) struct Facets {
    pub(super) base: Base,
    /// Characters; bytes of base64Binary.
    pub(super) length: (u32, u32),
    /// Empty: any.
    pub(super) codes: Vec<&'static str>,
    pub(super) pattern: Option<Pattern>,
    pub(super) total_digits: usize,
    pub(super) fraction_digits: usize,
    /// A whole number in digits without leading zeros, so empty for zero.
    pub(super) minimum: Option<&'static str>,
}

/// A facet that a text breaks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BrokenFacet {
    pub(super) rule: &'static str,
    pub(super) text: String,
}

fn broken(rule: &'static str, text: impl Into<String>) -> Option<BrokenFacet> {
    Some(BrokenFacet { rule, text: text.into() })
}

impl Base {
    pub(super) fn parse(name: &str) -> Option<Base> {
        Some(match name {
            "base64Binary" => Base::Base64Binary,
            "boolean" => Base::Boolean,
            "date" => Base::Date,
            "dateTime" => Base::DateTime,
            "decimal" => Base::Decimal,
            "gYear" => Base::GYear,
            "gYearMonth" => Base::GYearMonth,
            "string" => Base::String,
            "time" => Base::Time,
            _ => return None,
        })
    }
}

impl Facets {
    pub(super) fn new(base: Base) -> Facets {
        Facets {
            base,
            length: (0, u32::MAX),
            codes: Vec::new(),
            pattern: None,
            total_digits: usize::MAX,
            fraction_digits: usize::MAX,
            minimum: None,
        }
    }

    /// The ISO external status reason code for a text that breaks this type.
    pub(super) fn code(&self) -> &'static str {
        match self.base {
            Base::Decimal => "AM12",
            Base::Date | Base::DateTime | Base::Time => "DT01",
            _ => "FF01",
        }
    }

    /// The first facet that the text breaks. White space around numbers, booleans and base64 does not
    /// count. Around dates and times it does, though XML Schema would collapse it: the schema
    /// processor that most peers use (libxml2) refuses it, but for what precedes a time of day.
    pub(super) fn broken_by(&self, text: &str) -> Option<BrokenFacet> {
        let text = match self.base {
            Base::Decimal | Base::Boolean | Base::Base64Binary => {
                text.trim_matches(lexical::is_space)
            }
            Base::Time => text.trim_start_matches(lexical::is_space),
            _ => text,
        };
        self.base_broken_by(text).or_else(|| match &self.pattern {
            Some(pattern) if !pattern.matches(text) => {
                broken("pattern", format!("write it in the form {}", pattern.text))
            }
            _ if !self.codes.is_empty() && !self.codes.contains(&text) => {
                broken("enumeration", code_list(&self.codes))
            }
            _ => None,
        })
    }

    fn base_broken_by(&self, text: &str) -> Option<BrokenFacet> {
        let (fits, rule, form) = match self.base {
            Base::String => return self.length_broken_by(text.chars().count()),
            Base::Decimal => return self.decimal_broken_by(text),
            Base::Base64Binary => match base64_length(text) {
                Some(length) => return self.length_broken_by(length),
                None => (false, "base64Binary", "write it in base64"),
            },
            Base::Boolean => {
                let fits = matches!(text, "true" | "false" | "1" | "0");
                (fits, "boolean", "write true or false")
            }
            Base::Date => (lexical::date(text).is_some(), "date", "write a day as 2026-11-20"),
            Base::DateTime => {
                let form = "write a time as 2026-11-20T10:15:30.123+01:00";
                (lexical::date_time(text).is_some(), "dateTime", form)
            }
            Base::Time => {
                (lexical::time(text).is_some(), "time", "write a time of day as 10:15:30.123+01:00")
            }
            Base::GYear => (lexical::year(text).is_some(), "gYear", "write a year as 2026"),
            Base::GYearMonth => {
                (lexical::year_month(text).is_some(), "gYearMonth", "write a month as 2026-11")
            }
        };
        if fits { None } else { broken(rule, form) }
    }

    fn length_broken_by(&self, length: usize) -> Option<BrokenFacet> {
        let (least, most) = (self.length.0 as usize, self.length.1 as usize);
        if length < least && length == 0 {
            broken("minLength", "leave the element out or write something in it")
        } else if length < least {
            broken("minLength", format!("write at least {least} characters; it has {length}"))
        } else if length > most {
            broken("maxLength", format!("shorten it to at most {most} characters; it has {length}"))
        } else {
            None
        }
    }

    fn decimal_broken_by(&self, text: &str) -> Option<BrokenFacet> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !digits(whole) || !digits(fraction) {
            return broken("decimal", "write digits with at most one decimal point");
        }
        let whole = whole.trim_start_matches('0');
        if whole.len() + fraction.len() > DECIMAL_DIGITS_MAX {
            let form =
                format!("write at most {DECIMAL_DIGITS_MAX} digits, zeros at the end included");
            return broken("totalDigits", form);
        }
        let fraction = fraction.trim_end_matches('0');
        let zero = whole.is_empty() && fraction.is_empty();
        let negative = text.starts_with('-') && !zero;
        let below = |least: &&str| negative || (whole.len(), whole) < (least.len(), least);
        if let Some(least) = self.minimum.filter(below) {
            let least = if least.is_empty() { "0" } else { least };
            return broken("minInclusive", format!("write a number that is at least {least}"));
        }
        if fraction.len() > self.fraction_digits {
            let most = self.fraction_digits;
            return broken(
                "fractionDigits",
                format!("write at most {most} digits after the point"),
            );
        }
        if whole.len() + fraction.len() > self.total_digits {
            return broken("totalDigits", format!("write at most {} digits", self.total_digits));
        }
        None
    }
}

fn code_list(codes: &[&str]) -> String {
    match codes {
        [one] => format!("write {one}"),
        few if few.len() <= 8 => format!("write one of {}", few.join(", ")),
        many => format!("write one of the {} codes of the schema, such as {}", many.len(), many[0]),
    }
}

/// Most digits of a number, leading zeros not counted but those at the end: no schema processor need
/// read more than 18, and libxml2 reads so many.
const DECIMAL_DIGITS_MAX: usize = 24;

/// How many bytes a base64 text stands for. Characters outside of the alphabet are passed over
/// (RFC 2045 §6.8); the bits that the last character has to spare are zero.
fn base64_length(text: &str) -> Option<usize> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut known = text.bytes().filter(|b| *b == b'=' || ALPHABET.contains(b)).peekable();
    let mut data = Vec::new();
    while let Some(b) = known.next_if(|b| *b != b'=') {
        data.push(b);
    }
    let padding: Vec<u8> = known.collect();
    let last = data.last().and_then(|last| ALPHABET.iter().position(|b| b == last)).unwrap_or(0);
    let fits = padding.iter().all(|b| *b == b'=')
        && match (padding.len(), data.len() % 4) {
            (0, 0) => true,
            (1, 3) => last.is_multiple_of(4),
            (2, 2) => last.is_multiple_of(16),
            _ => false,
        };
    fits.then_some(data.len() * 3 / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// minimum, text, whether it is at least that
    const ROWS: &[(&str, &str, bool)] = &[
        ("", "0", true),
        ("", "-0.0", true),
        ("", "-0.1", false),
        ("1", "0.9", false),
        ("1", "1", true),
        ("1", "+01.5", true),
        ("1", "-2", false),
        ("12", "9", false),
        ("12", "100", true),
    ];

    #[test]
    fn minimum() {
        for (minimum, text, fits) in ROWS {
            let facets = Facets { minimum: Some(minimum), ..Facets::new(Base::Decimal) };
            assert_eq!(facets.broken_by(text).is_none(), *fits, "{minimum} {text}");
        }
    }

    #[test]
    fn white_space_and_many_digits() {
        for (base, text, fits) in [
            (Base::Decimal, " 1\n", true),
            (Base::Boolean, "\t1 ", true),
            (Base::Date, " 2024-02-29", false),
            (Base::DateTime, "2024-02-29T10:00:00 ", false),
            (Base::Time, " 10:00:00", true),
            (Base::Time, "10:00:00 ", false),
            (Base::GYear, "2024 ", false),
            (Base::Decimal, "1\u{a0}", false),
            (Base::Decimal, "0000000000000000000000000000001", true),
            (Base::Decimal, "1.50000000000000000000000", true),
            (Base::Decimal, "1.500000000000000000000000", false),
            (Base::Decimal, "0.000000000000000000000000", true),
            (Base::Decimal, ".0000000000000000000000000", false),
        ] {
            assert_eq!(Facets::new(base).broken_by(text).is_none(), fits, "{base:?} {text:?}");
        }
    }

    #[test]
    fn base64_counts_bytes() {
        let facets = Facets { length: (1, 4), ..Facets::new(Base::Base64Binary) };
        for (text, rule) in [
            ("AAAA", None),
            ("AA AA AA==", None),
            ("AAAAAAAA", Some("maxLength")),
            ("", Some("minLength")),
            ("AAA", Some("base64Binary")),
            ("AA=A", Some("base64Binary")),
            ("A-A\u{a0}A A", None),
            ("AAA-", Some("base64Binary")),
            ("AAE=", None),
            ("AAB=", Some("base64Binary")),
            ("AA==A", Some("base64Binary")),
            ("AQ==", None),
            ("AB==", Some("base64Binary")),
            ("A===", Some("base64Binary")),
        ] {
            assert_eq!(facets.broken_by(text).map(|broken| broken.rule), rule, "{text}");
        }
    }
}
