//! Every bound of this crate. Sizes are in bytes unless the name says otherwise.

/// Largest request body (API Definition, section 3.2.1).
pub const BODY_BYTES: usize = 5_242_880;
/// Largest header block (API Definition, section 3.2.1).
pub const HEADER_BLOCK_BYTES: usize = 65_536;
/// Most header lines that one request may carry.
pub const HEADER_LINES: usize = 128;
/// Longest request target; an identifier of 128 characters, percent-encoded, fits several times.
pub const TARGET_BYTES: usize = 8_192;
/// Deepest nesting of JSON arrays and objects; the outermost one is at depth 1.
pub const JSON_DEPTH: usize = 32;
/// Most values (scalars, arrays and objects) in one JSON document: it bounds the memory of a parse.
pub const JSON_VALUES: usize = 1_048_576;
/// Digits after the decimal point of an amount.
pub const AMOUNT_SCALE: u32 = 4;
/// Significant digits of an amount.
pub const AMOUNT_DIGITS: usize = 18;
/// Characters of an FSP id.
pub const FSP_ID_CHARS: usize = 32;
/// Characters of names, notes, party identifiers, error descriptions and extension values.
pub const TEXT_CHARS: usize = 128;
/// Characters of what is known of a customer (`kycInformation`).
pub const LONG_TEXT_CHARS: usize = 2_048;
/// Currencies that a party names.
pub const SUPPORTED_CURRENCIES: usize = 16;
/// Characters of an extension's key.
pub const EXTENSION_KEY_CHARS: usize = 32;
/// Extensions in one list.
pub const EXTENSIONS: usize = 16;
/// Parties in one POST /participants.
pub const PARTY_LIST: usize = 10_000;
/// Characters of an ILP packet in its base64url form.
pub const ILP_PACKET_CHARS: usize = 32_768;
/// Media ranges that are read of one Accept header.
pub const ACCEPT_RANGES: usize = 16;
/// Characters of the signature in an FSPIOP-Signature header, as RSA of 8192 bits makes it: the standard's 512 are
/// too few for RSA of 4096 bits, which it allows and which peers use.
pub const JWS_SIGNATURE_CHARS: usize = 1_366;
/// Characters of the protected header in an FSPIOP-Signature header (API Signature, section 2.1).
pub const JWS_PROTECTED_HEADER_CHARS: usize = 32_768;
