//! Every bound of the switch core, by name.

/// Decimal places that money is kept with (DESIGN §3).
pub const MONEY_SCALE: u32 = 4;
/// Units (the smallest kept part) in one whole of any currency.
pub const MONEY_UNITS_PER_WHOLE: i128 = 10_000;
/// Significant digits of an amount that enters the ledger (FSPIOP Amount, ledger precision).
pub const MONEY_DIGITS_MAX: u32 = 18;
/// A balance may be this many units either way: a million of the largest amounts.
pub const BALANCE_UNITS_MAX: i128 = 10_i128.pow(28);
/// Characters of a participant's name (FSPIOP FspId).
pub const PARTICIPANT_NAME_CHARS_MAX: usize = 32;
/// Characters of a party's kind (`MSISDN`, `IBAN`, ...).
pub const PARTY_KIND_CHARS_MAX: usize = 32;
/// Characters of a party identifier and of a sub-identifier (FSPIOP PartyIdentifier).
pub const PARTY_IDENTIFIER_CHARS_MAX: usize = 128;
/// Participants that may hold one party: one a currency, and one for all others.
pub const PARTY_HOLDERS_MAX: usize = 64;
/// Prefixes of one kind that one scheme may route by.
pub const PARTY_RANGES_MAX: usize = 10_000;
/// Bytes of the reference to a fraud verdict's evidence.
pub const VERDICT_REFERENCE_BYTES_MAX: usize = 128;
/// Percent of a whole: the largest alarm threshold.
pub const ALARM_PERCENTAGE_MAX: u8 = 100;
/// The alarm threshold of a limit that names none.
pub const ALARM_PERCENTAGE_DEFAULT: u8 = 10;
/// How long after its own deadline, and after each question, a forwarded transfer is asked about.
pub const POLL_FORWARDED_MS: i64 = 5_000;
