//! Every bound of this crate. Sources: DESIGN.md §3 and §9, performance.md §4.8.

/// Commands that may wait for the committer; more are refused with
/// [`CommitError::Busy`](crate::CommitError::Busy).
pub const QUEUED_COMMANDS_MAX: usize = 8_192;
/// Bytes of documents, outbox rows and commands that may wait for the committer.
pub const QUEUED_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The part of both, in percent, that prepares may fill: what ends a payment always finds room.
pub const QUEUED_PREPARES_PERCENT: usize = 75;
/// Submissions decided in one batch.
pub const BATCH_SUBMISSIONS_MAX: usize = 1_024;
/// Commands decided in one batch.
pub const BATCH_COMMANDS_MAX: usize = 4_096;
/// Bytes of submissions taken into one batch.
pub const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Rows that one command may touch (DESIGN.md §3, groups).
pub const COMMAND_ROWS_MAX: usize = 1_000;
/// Acknowledgements written with one batch.
pub const BATCH_ACKNOWLEDGEMENTS_MAX: usize = 8_192;
/// How long an acknowledgement waits for a batch to ride in before one is made for it.
pub const ACKNOWLEDGEMENT_INTERVAL_MS: u64 = 1_000;
/// How long a removal that forced no sync may stand without one behind it, where nodes share a server:
/// longer than PostgreSQL keeps it in memory (three times `wal_writer_delay`, 200 ms unless set).
pub const REMOVALS_CONFIRMED_MS: u64 = 5_000;
/// Pause before a store that did not answer is asked again.
pub const RETRY_PAUSE_MS: u64 = 20;
/// How often one batch is loaded and decided again at once after a conflict in the store, before
/// it waits for [`RETRY_PAUSE_MS`] as if the store were unavailable.
pub const CONFLICT_RETRIES_MAX: u32 = 8;
/// How long after the last batch that found no room the store counts as full, if nothing has been written since: what
/// waits is tried again far sooner, and where nothing waits only new work shows whether there is room.
pub const FULL_REMEMBERED_MS: u64 = 3_000;
/// How long a submission without a deadline of its own is retried.
pub const RETRY_DEFAULT_MS: i64 = 30_000;
/// Bytes of one document's body.
pub const DOCUMENT_BODY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes of a document's key.
pub const DOCUMENT_KEY_BYTES_MAX: usize = 256;
/// Bytes of one outbox row's body.
pub const OUTBOX_BODY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Open transfers and parties kept in memory by the embedded store; others are read from the
/// storage engine.
pub const CACHED_ROWS_MAX: usize = 50_000;
/// Bytes of the storage engine's block cache.
pub const BLOCK_CACHE_BYTES: u64 = 32 * 1024 * 1024;
/// Bytes of that of a copy that is being written, which nobody reads.
pub const COPY_CACHE_BYTES: u64 = 1024 * 1024;
/// Rows read from the storage engine in one step of a scan.
pub const SCAN_STEP: usize = 1_024;
/// How far the hub's clock may be bent towards the wall clock: parts per million of elapsed time.
/// 500 ppm is what adjtime(3) uses; a ten-second budget moves by at most 5 ms.
pub const CLOCK_SLEW_PPM: u64 = 500;
/// What a command counts for in [`QUEUED_BYTES_MAX`], bodies apart.
pub const COMMAND_BYTES: usize = 1_024;
/// How often one command may name rows that were not loaded in the batch's two steps.
pub const LATE_LOADS_MAX: usize = 4;
/// Bytes of one keyspace that wait in memory to be written out; twelve keyspaces, of which five
/// fill up under load.
pub const MEMTABLE_BYTES: u64 = 8 * 1024 * 1024;
/// Bytes of journals kept: what an opening after a kill may have to read again.
pub const JOURNAL_BYTES: u64 = 128 * 1024 * 1024;
/// Bytes kept of what a submission that was put aside had asked for.
pub const QUARANTINE_BYTES_MAX: usize = 1024 * 1024;
/// How long PostgreSQL may let this node's session wait for a lock, run one statement, or hold a
/// transaction while the node is silent; and how long sent bytes may go unacknowledged.
pub const SESSION_TIMEOUT_MS: u64 = 1_800;
/// How long a connection to PostgreSQL may take to be made, each host of the URL.
pub const CONNECT_TIMEOUT_MS: u64 = 2_000;
/// How long this node waits for the answers to what it has sent, a commit apart.
pub const ROUND_TRIP_MAX_MS: u64 = 2_500;
/// How long it waits for a commit, whose end it then has to ask for.
pub const COMMIT_MAX_MS: u64 = 5_000;
/// How often a node renews its lease.
pub const LEASE_RENEWAL_MS: u64 = 300;
/// How long a lease holds from when its renewal was sent.
pub const LEASE_MS: u64 = 1_000;
/// How long others must have seen a lease stand still before they depose its node: longer than it
/// holds by what a message may be on its way.
pub const LEASE_LOST_MS: u64 = 1_200;
/// The longest pause between two looks at the leases that still counts as having seen throughout.
pub const LEASE_BLIND_MS: u64 = 700;
/// Connections that only read.
pub const READERS: usize = 3;
/// Numbers of outbox rows that one batch may give out: the step of the sequence.
pub const OUTBOX_NUMBERS_STEP: u64 = 100_000;
/// Rows given out by one call of [`Store::take_over`](crate::Store::take_over).
pub const TAKEN_OVER_MAX: i64 = 1_000;
/// Notices from other nodes that a receiver may be behind.
pub const NOTICES_KEPT: usize = 4_096;
/// Bytes of one notice: PostgreSQL takes less than 8,000.
pub const NOTICE_BYTES_MAX: usize = 7_900;
/// A reading of the database's time that took longer than this says too little.
pub const TIME_READING_MAX_MS: u64 = 100;
/// How often a node that starts reads the database's time for one that did not take long.
pub const TIME_READINGS_MAX: u32 = 10;
/// How long the numbers of batches are kept.
pub const BATCHES_KEPT_MS: i64 = 60 * 60 * 1_000;
/// Notices told with one statement.
pub const NOTICES_TOLD_MAX: usize = 256;
/// Batches' numbers, or nodes, that are tidied away with one step of the archive.
pub const TIDIED_AT_ONCE_MAX: i64 = 5_000;
/// How long the archive rests when all transfers had their ends noted.
pub const ARCHIVE_REST_MS: u64 = 6 * 60 * 60 * 1_000;
/// Outbox rows that a node remembers to have been given out, to itself.
pub const GIVEN_REMEMBERED: usize = 16_384;
/// How often a server's settings are looked at again.
pub const WARNINGS_INTERVAL_MS: u64 = 10_000;
