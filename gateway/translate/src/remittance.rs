//! ISO 20022 data that FSPIOP has no member for: it travels as extensions of the quote, from an allowed
//! list, and comes out again on the other side.

use fspiop::error::Extension;
use iso20022::Coded;

use crate::codes::is_reason_code;
use crate::limits::{FSPIOP_TEXT_CHARS, MAX35_CHARS, REMITTANCE_CHARS, REMITTANCE_EXTENSIONS};
use crate::party::cut;
use crate::status::Reason;

/// `EndToEndId`, which is to arrive unchanged.
pub(crate) const END_TO_END_ID: &str = "iso20022.endToEndId";
/// `Purp/Cd`
const PURPOSE: &str = "iso20022.purpose";
/// The whole `RmtInf/Ustrd` where the note cannot carry it: lines joined by line feeds, in pieces.
const REMITTANCE: &str = "iso20022.remittance";

/// What goes into a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outward {
    pub(crate) note: Option<String>,
    pub(crate) extensions: Vec<(String, String)>,
}

/// What a credit gets back from a quote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Inward {
    pub(crate) end_to_end_id: Option<String>,
    pub(crate) purpose: Option<String>,
    pub(crate) remittance: Vec<String>,
}

/// The note and the extensions of a quote.
///
/// # Errors
/// Remittance information that is too long to be carried.
pub(crate) fn outward(
    remittance: &[String],
    end_to_end_id: &str,
    purpose: Option<&Coded>,
) -> Result<Outward, Reason> {
    let text = remittance.join("\n");
    let chars: Vec<char> = text.chars().collect();
    if chars.len() > FSPIOP_TEXT_CHARS * REMITTANCE_EXTENSIONS {
        let most = FSPIOP_TEXT_CHARS * REMITTANCE_EXTENSIONS;
        let mend = format!("RmtInf has more than {most} characters: shorten it");
        return Err(Reason::new("NARR", &mend));
    }
    let mut extensions = vec![(END_TO_END_ID.to_owned(), end_to_end_id.to_owned())];
    if let Some(Coded::Code(code)) = purpose {
        extensions.push((PURPOSE.to_owned(), code.clone()));
    }
    if chars.len() > FSPIOP_TEXT_CHARS || remittance.len() > 1 {
        let pieces = chars.chunks(FSPIOP_TEXT_CHARS).enumerate();
        extensions
            .extend(pieces.map(|(at, piece)| {
                (format!("{REMITTANCE}.{:02}", at + 1), piece.iter().collect())
            }));
    }
    let note = cut(&text.replace('\n', " "), FSPIOP_TEXT_CHARS);
    Ok(Outward { note: (!note.is_empty()).then_some(note), extensions })
}

/// What was carried; without extensions, the note is the remittance information.
pub(crate) fn inward(note: Option<&str>, extensions: &[(String, String)]) -> Inward {
    let value = |wanted: &str| {
        extensions.iter().find(|(key, _)| key == wanted).map(|(_, value)| value.clone())
    };
    let mut pieces: Vec<&(String, String)> =
        extensions.iter().filter(|(key, _)| key.starts_with(REMITTANCE)).collect();
    pieces.sort_by_key(|(key, _)| key.as_str());
    let whole: String = pieces.iter().map(|(_, piece)| piece.as_str()).collect();
    let text = if whole.is_empty() { note.unwrap_or_default() } else { &whole };
    Inward {
        end_to_end_id: value(END_TO_END_ID).filter(|id| fits(id, MAX35_CHARS)),
        purpose: value(PURPOSE).filter(|code| is_reason_code(code)),
        remittance: text.split('\n').flat_map(lines).filter(|line| !line.is_empty()).collect(),
    }
}

/// What a payment is for, as far as its note and extensions tell: the whole remittance information where
/// it travels beside the note, its lines with a space between them.
pub fn remittance_text(note: Option<&str>, extensions: &[Extension]) -> Option<String> {
    let pairs = extensions.iter().filter(|extension| extension.key.starts_with(REMITTANCE));
    let pairs: Vec<_> = pairs.map(|pair| (pair.key.clone(), pair.value.clone())).collect();
    let text = inward(note, &pairs).remittance.join(" ");
    (!text.is_empty()).then_some(text)
}

/// What a stranger put into an extension need not fit the element that it came from.
fn fits(text: &str, most: usize) -> bool {
    let chars = text.chars().count();
    (1..=most).contains(&chars) && !text.chars().any(char::is_control)
}

/// Pieces of at most 140 characters.
fn lines(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(REMITTANCE_CHARS).map(|piece| piece.iter().collect()).collect()
}
