//! Every bound of fraud screening, by name.

/// Payments of one account that are remembered in one direction and layer; the oldest go first, so
/// that a count never exceeds this. A band may not begin above it.
pub const SEEN_PER_SIDE_MAX: usize = 64;
/// Accounts, and entities, that are remembered; with more, one that was idle for long makes room. Never
/// are there more.
pub const ACCOUNTS_MAX: usize = 2_000_000;
/// Accounts that are tidied up with each event.
pub const SWEPT_AT_ONCE: usize = 4;
/// Accounts that are remembered of one entity; no band may begin above it.
pub const ACCOUNTS_PER_ENTITY_MAX: usize = 16;
/// Accounts that one account paid which are remembered.
pub const COUNTERPARTIES_MAX: usize = 128;
/// Accounts that paid one account which are remembered.
pub const PAYERS_MAX: usize = 24;
/// Accounts that one account has ever dealt with which are remembered, each by 16 bits.
pub const RELATIONS_MAX: usize = 512;
/// Entities that are remembered as holders of one account.
pub const HOLDERS_MAX: usize = 4;
/// Days with payments that are remembered of one direction of an account: more than a year.
pub const DAYS_MAX: usize = 400;
/// Largest amounts that are remembered of one direction of an account and currency.
pub const PEAKS_MAX: usize = 16;
/// Places that are remembered of one account.
pub const PLACES_MAX: usize = 32;
/// Attempts without an outcome, and outcomes without an attempt, that are remembered.
pub const OPEN_ATTEMPTS_MAX: usize = 200_000;
/// Verdicts that are remembered for resends: with all rules each takes some 6 KiB. What the hub has
/// stored it answers by itself; these are for payments whose first verdict came too late.
pub const VERDICTS_MAX: usize = 20_000;
/// How far ahead of the hub's time a message from outside may be: one whose sender left out the zone is
/// at most 14 hours ahead. Single payments are remembered so much longer than rules look back.
pub const AHEAD_MAX_MS: i64 = 24 * 60 * 60 * 1_000;
/// The middle one of the times of so many latest events is how late it is on a stream.
pub const CLOCK_EVENTS: usize = 15;
/// The longest window of a rule: older payments are forgotten.
pub const WINDOW_MAX_MS: i64 = 31 * 24 * 60 * 60 * 1_000;
/// Bytes of a snapshot: of as many accounts, attempts and verdicts as there may be.
pub const SNAPSHOT_BYTES_MAX: u64 = 8 * 1024 * 1024 * 1024;
/// Bytes of one piece of a snapshot: an account, an attempt, a verdict.
pub const SNAPSHOT_PIECE_BYTES_MAX: usize = 1024 * 1024;
/// Verdicts in a snapshot that were not known to be on the stream.
pub const SNAPSHOT_UNTOLD_MAX: usize = 65_536;
/// Of them in one piece: some 100 bytes each.
pub const SNAPSHOT_UNTOLD_PER_PIECE: usize = 4_096;
/// Different names of rules, outcomes and typologies in the verdicts of a snapshot.
pub const SNAPSHOT_TEXTS_MAX: usize = 100_000;
/// Conditions in force at once: fewer than a stream retains, so that they can be read from it.
pub const CONDITIONS_MAX: usize = 10_000;
/// Conditions that were taken back and are remembered by name, so that an older change of them that comes
/// late is known to be older.
pub const CONDITIONS_REMOVED_MAX: usize = 10_000;
/// Conditions on one account or entity.
pub const CONDITIONS_PER_SUBJECT_MAX: usize = 64;
/// Characters of a condition's name, reason, identifier, scheme, member id and user.
pub const CONDITION_TEXT_CHARS_MAX: usize = 256;
/// Characters of a currency's code (ISO 4217) in a message of the peer's interface.
pub const CURRENCY_CHARS_MAX: usize = 3;
/// Characters of a payment's category and of a member id in one; ISO 20022 has 35.
pub const TMS_TEXT_CHARS_MAX: usize = 128;
/// Transactions that one explanation names; the rest is counted.
pub const NAMED_IN_EXPLANATION_MAX: usize = 3;
/// Characters of a subject's token; longer participant names are cut.
pub const SUBJECT_TOKEN_CHARS_MAX: usize = 64;
/// Bands of one rule, and typologies and terms of one configuration.
pub const CONFIGURED_MAX: usize = 1_000;
/// Characters of a payment's description that are compared; `Ustrd` has at most 140.
pub const DESCRIPTION_CHARS_MAX: usize = 140;
/// Outgoing payments that are remembered however long ago they were; `maxQueryLimit` may not be above
/// that, since after a commit the payment in question is one of them.
pub const LATEST_KEPT: usize = 5;
/// Single payments are remembered so long at least, whatever the rules look back: what is under way
/// must not be forgotten.
pub const RECENT_MIN_MS: i64 = 24 * 60 * 60 * 1_000;
/// Alerts that are remembered, an account and typology each, so that payments join them.
pub const RAISED_MAX: usize = 200_000;
/// How long payments join an alert instead of raising another one.
pub const RAISED_MS: i64 = 24 * 60 * 60 * 1_000;
/// Levels of a typology's expression.
pub const EXPRESSION_DEPTH_MAX: usize = 32;
/// Parts of a typology's expression.
pub const EXPRESSION_PARTS_MAX: usize = 10_000;
