//! Every bound of this crate, named. Times are milliseconds unless the name says otherwise.

/// A conversion's message arrives within so many milliseconds of its creation, by the seed.
pub const CONVERTED_ARRIVAL_MS: u64 = 1_000;
/// Characters of an identifier in ISO 20022 (Max35Text).
pub const MAX35_CHARS: usize = 35;
/// Characters of `StsRsnInf/AddtlInf` (Max105Text).
pub const ADDITIONAL_INFORMATION_CHARS: usize = 105;
/// Characters of a party's or agent's name in ISO 20022 (Max140Text).
pub const NAME_CHARS: usize = 140;
/// Characters of one `RmtInf/Ustrd` (Max140Text).
pub const REMITTANCE_CHARS: usize = 140;
/// Characters of an account's `Othr/Id` (Max34Text).
pub const OTHER_ACCOUNT_CHARS: usize = 34;
/// Characters of `ErrLctn` and `RsnDesc` of admi.002 (Max350Text).
pub const REJECT_TEXT_CHARS: usize = 350;
/// Characters of a note, a name, an extension's value in FSPIOP.
pub const FSPIOP_TEXT_CHARS: usize = 128;
/// Pieces of remittance text that travel as extensions beside the note (16 in all may be sent).
pub const REMITTANCE_EXTENSIONS: usize = 12;
/// BICs, member ids, account patterns and message versions in a bank's record, each.
pub const RECORD_ITEMS: usize = 64;
/// Grace on top of twice the link before a party asks for a transfer whose expiration is past
/// (security-and-timeouts.md §4.3, row grace).
pub const ASK_GRACE_MS: u64 = 500;
/// The first pause between two questions for a transfer's state; each next one is twice as long.
pub const ASK_PAUSE_FIRST_MS: u64 = 1_000;
/// The longest pause between two questions for a transfer's state.
pub const ASK_PAUSE_MOST_MS: u64 = 60_000;
/// So long after its signed expiration a transfer that the hub does not know can no longer come to
/// be, whatever the clocks: ten times the skew at which a node stops serving (DESIGN §8).
pub const UNKNOWN_IS_FINAL_AFTER_MS: u64 = 5_000;
/// After so many questions without a final answer the operator is told, once.
pub const ASKS_BEFORE_ALARM: u32 = 8;
/// How long a quote of a bank's side stays good where the asker names no expiration.
pub const QUOTE_GOOD_FOR_MS: u64 = 60_000;

/// How far ahead of our clock a bank's creation time may be: a day, for clocks and time zones.
pub const CREATED_AHEAD_MS: i64 = 86_400_000;
