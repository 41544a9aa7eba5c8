//! Every bound of the stream and of its scorers.

/// Events that the stream in this process keeps for readers; the oldest go first.
pub const RETAINED_EVENTS_MAX: usize = 65_536;
/// Bytes of memory that those take at most; the oldest go first, and the newest stays whatever it takes.
/// With all rules a payment takes some 12 KiB, with the standard ones 2. All conditions that may be in
/// force ([`frms::limits::CONDITIONS_MAX`]) and a catalogue fit.
pub const RETAINED_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Attempts that may wait for the scorer; with more it counts as unavailable.
pub const QUEUE_MAX: usize = 4_096;
/// Events that are read at once.
pub const READ_AT_ONCE: usize = 256;
/// Verdicts that are not known to be on the stream; with more the oldest is given up, and said so.
/// Snapshots hold as many.
pub const UNTOLD_MAX: usize = frms::limits::SNAPSHOT_UNTOLD_MAX;
/// How often a write that the stream has refused is tried again.
pub const RETRIES_MAX: u8 = 50;
/// How often the scorer looks after what has not worked, in milliseconds.
pub const TICK_MS: u64 = 100;
/// Bytes of an event on JetStream; what is larger is none of ours.
pub const EVENT_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of an attempt that a gateway asks about.
pub const ATTEMPT_BYTES_MAX: usize = 16 * 1024;
/// How often the active scorer says that it is there, in milliseconds.
pub const ALIVE_MS: u64 = 200;
/// After how long a silence a standby takes over, in milliseconds.
pub const LEASE_MS: u64 = 1_000;
/// Tokens of a term's subject behind its name: with one more, twice as many writes may be under way to
/// the stream at once. These are 64: at two milliseconds each, 32,000 a second.
pub const LANE_TOKENS: u32 = 6;
/// How often the active scorer writes its term anew, so that it never ages out of the stream.
pub const RENEW_MS: u64 = 60 * 60 * 1_000;
/// After how long without a turn of its thread a scorer counts as one that hangs, in milliseconds: then
/// it does not say that it is there, and does not take over. Less than the silence that is waited for:
/// who has hung through all of it knows.
pub const HANGS_MS: u64 = 800;
/// How many events a standby may be behind and still take over.
pub const BEHIND_MAX: u64 = 1_000;
/// How long a write may take to be acknowledged, in milliseconds.
pub const ACK_MS: u64 = 2_000;
/// How long is waited before a stream that cannot be read is opened again, in milliseconds.
pub const REOPEN_MS: u64 = 250;
/// How often a reader that nobody wakes looks by itself, in milliseconds.
pub const LOOK_MS: u64 = 250;
/// How long a reader may know of events that it does not get before it opens the stream anew, in
/// milliseconds.
pub const STUCK_MS: u64 = 1_500;
/// Of so many parts of the time snapshots take one at most, however large the state is.
pub const SNAPSHOT_SHARE: u32 = 20;
/// After how long a snapshot that somebody has not finished writing is removed, in seconds.
pub const UNFINISHED_S: u64 = 600;
/// How long a gateway's question may be under way at all, in milliseconds: no budget is longer.
pub const ASK_MS: u64 = 60_000;
/// Bytes of a rule processor's answer.
pub const RULING_BYTES_MAX: usize = 4 * 1024;
/// Characters of a rule processor's reason; the rest is cut.
pub const REASON_CHARS_MAX: usize = 256;
