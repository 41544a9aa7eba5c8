//! Every bound of the gateway. Sources: DESIGN §9, the API Definition §3.2.1, performance.md §5.

/// Connections that one listener serves at once; more wait in the kernel's queue.
pub const CONNECTIONS_MAX: usize = 4_096;
/// How long connections may take to end when the listeners stop.
pub const STOPPING_MS: u64 = 10_000;
/// Bytes of all request bodies above [`SMALL_BODY_BYTES`] that are held at once, at all listeners.
pub const LARGE_BODIES_BYTES: usize = 256 * 1024 * 1024;
/// Bodies up to this are bounded by the number of connections alone.
pub const SMALL_BODY_BYTES: usize = 64 * 1024;
/// Bytes of a refused body that are still read, so that its sender sees why it was refused.
pub const DISCARDED_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How long the next bytes of such a body are waited for.
pub const DISCARDING_IDLE_MS: u64 = 500;
/// Bytes of an answer that is read from a peer; the rest is not read.
pub const PEER_ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// Rows that may wait for one destination in memory; later ones wait in the store.
pub const DESTINATION_QUEUE_MAX: usize = 10_000;
/// Attempts under way at once to one destination.
pub const DESTINATION_IN_FLIGHT_MAX: usize = 64;
/// Failures in a row after which a destination is left alone for a while.
pub const BREAKER_FAILURES_MAX: u32 = 7;
/// The shortest and the longest time that a destination is left alone.
pub const BREAKER_PAUSE_MS: (u64, u64) = (1_000, 60_000);
/// Waiting times between the attempts of a request, while its deadline allows.
pub const REQUEST_RETRIES_MS: [u64; 6] = [100, 400, 1_600, 5_000, 15_000, 15_000];
/// Less than this before its last moment a request is not tried again.
pub const RETRY_MIN_MS: i64 = 20;
/// Waiting times between the attempts of what is sent until acknowledged; the last one repeats.
pub const FINAL_RETRIES_MS: [u64; 9] =
    [100, 400, 1_600, 5_000, 15_000, 60_000, 300_000, 1_800_000, 7_200_000];
/// Attempts of what is sent until acknowledged after which an operator is called.
pub const FINAL_ATTEMPTS_ALERT: u32 = 8;
/// Time for connecting to a peer.
pub const CONNECT_TIMEOUT_MS: u64 = 1_000;
/// Time for the TLS handshake with a peer.
pub const CONNECT_HANDSHAKE_MS: u64 = 2_000;
/// How often the certificate of a connection that lives is judged again; also after each reload.
pub const CERTIFICATE_CHECK_MS: u64 = 600_000;
/// Bytes that are still read of a connection whose handshake failed, so that the alert arrives.
pub const DISCARDED_HANDSHAKE_BYTES_MAX: usize = 256 * 1024;
/// How often certificate files may be looked at, at most and at least.
pub const TLS_POLL_MS: (u64, u64) = (100, 3_600_000);
/// The longest wait for a peer's answer.
pub const ANSWER_TIMEOUT_MS: u64 = 5_000;
/// The pause before a message's end that the store did not take is recorded again.
pub const GIVEN_UP_AGAIN_MS: u64 = 1_000;
/// Deadlines that are dealt with at one look at the clock; the rest is due at the next one.
pub const DUE_AT_ONCE_MAX: usize = 500;
/// Parties of one POST /participants that are registered in one batch.
pub const PARTIES_AT_ONCE_MAX: usize = 1_000;
/// Lookups and quotes in flight; more are refused with 2005.
pub const PENDING_MAX: usize = 100_000;
/// Bank orders that wait for their answer on the same exchange.
pub const WAITERS_MAX: usize = 10_000;
/// The longest `Prefer: wait`, in seconds (CONTRACTS §1).
pub const PREFER_WAIT_MAX_S: u64 = 120;
/// `completedTimestamp` may be ahead of hub time by this much (switch-core.md §1.6).
pub const COMPLETED_AHEAD_MS: i64 = 200;
/// `completedTimestamp` may be behind hub time by this much.
pub const COMPLETED_BEHIND_MS: i64 = 300_000;
/// How often a journey step is taken again when another one was faster.
pub const STEP_RETRIES_MAX: u32 = 16;
/// Bytes of log lines that wait to be written; more are lost and counted.
pub const LOG_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long lines are gathered before they are written.
pub const LOG_INTERVAL_MS: u64 = 10;
/// How often the predicted wait of a new message is measured.
pub const PROBE_INTERVAL_MS: u64 = 5;
/// How many measurements in a row have to find a wait before it counts: fewer tell of a moment that has passed.
pub const STANDING_PROBES: usize = 3;
/// How long a submission may wait for the sync of the batch before its own: a disk that is slow, and no
/// want of capacity.
pub const SLOW_SYNC_MS: u64 = 250;
/// How long a destination may answer nothing before payments to it are refused at once.
pub const FAILFAST_MS: i64 = 3_000;
/// After so long without a turn this process has stood still: what it did not hear then is nobody's silence.
pub const STANDSTILL_MS: u64 = 1_000;
/// How long a lookup's or quote's answer is tried to be passed on.
pub const ANSWER_CALLBACK_MS: i64 = 60_000;
/// How far a signed message's Date may be from now, in either direction, before the hub notes that it is stale and
/// `verify-jws --at` refuses it (security-and-timeouts.md §1).
pub const DATE_WINDOW_MS: u64 = 300_000;
/// The longest that a policy may have a payment wait for its verdict.
pub const SCREENING_BUDGET_MAX_MS: u64 = 5_000;
/// Bytes of the secret that pseudonyms are made with.
pub const SCREENING_SECRET_BYTES: usize = 32;
/// Quotes of a generation whose parties are remembered until they are answered.
pub const QUOTES_ASKED_MAX: usize = 50_000;
/// Quotes of a generation whose facts are remembered for their transfers, once they are answered.
pub const QUOTES_ANSWERED_MAX: usize = 50_000;
/// The oldest that anybody is: a day of birth before that is a mistake.
pub const AGE_MAX_YEARS: u16 = 130;
/// How long the parties of an answered quote are kept for its transfer: as long as the quote holds,
/// within these bounds.
pub const QUOTED_KEPT_MS: (i64, i64) = (60_000, 600_000);
/// Bytes of one condition as an operator writes it.
pub const CONDITION_BYTES_MAX: usize = 16_384;
/// How often a node over a shared store looks for what others have left or handed to it.
pub const FELLOWS_INTERVAL_MS: u64 = 250;
/// How long a deadline must be over before a node other than the one that set it deals with it.
pub const OVERDUE_MS: i64 = 500;
/// How often records and conditions that another node may have changed are asked about.
pub const REVISION_INTERVAL_MS: u64 = 1_000;
/// How often orders that exchanges wait for are looked up, where another node may end them.
pub const WAITERS_INTERVAL_MS: u64 = 100;
/// Orders that are looked up at once; more are looked up in turn.
pub const WAITERS_AT_ONCE_MAX: usize = 1_000;
/// How far the machine's clock may be from the store's, either way, before the node is not ready.
pub const CLOCK_APART_MAX_MS: u64 = 500;
/// Connections to PostgreSQL that a node may have (docs/operating/postgresql.md).
pub const NODE_CONNECTIONS: i64 = 10;
/// How long a batch may be under way before `/health` says that the store hangs: longer than any answer of a store that
/// is slow or out of reach is waited for.
pub const STORE_HANGS_MS: u64 = 15_000;
/// How long `/health` waits for the store.
pub const HEALTH_PATIENCE_MS: u64 = 1_000;
/// Connecting to Redis, its greeting and a first write together.
pub const REDIS_CONNECT_MS: u64 = 1_000;
/// The oldest release of Redis that has what is used.
pub const REDIS_OLDEST: (u32, u32) = (6, 2);
/// How often Redis is looked at: whether it is still there, or there again.
pub const REDIS_PROBE_INTERVAL_MS: u64 = 500;
/// The shortest and the longest that a request may be configured to wait for Redis.
pub const REDIS_TIMEOUT_MS: (u64, u64) = (1, 5_000);
/// Operations that wait to be written to Redis; more wait for a place among them.
pub const REDIS_QUEUE_MAX: usize = 4_096;
/// Nodes that share one Redis.
pub const NODES_MAX: u32 = 1_000;
/// How long a question is kept in Redis after it was given up, so that its node finds it there.
pub const QUESTION_GRACE_MS: i64 = 10_000;
/// How long after Redis has come back answers may come to questions that it does not know: the
/// longest budget of one.
pub const QUESTIONS_UNKNOWN_MS: u64 = 60_000;
/// Questions that are given up in one operation.
pub const QUESTIONS_AT_ONCE_MAX: usize = 500;
/// Tokens that a node leases of a participant's rate at once (performance.md §4.10).
pub const RATE_LEASE_MAX: u32 = 50;
/// Requests a second that a participant may be allowed.
pub const REQUESTS_PER_S_MAX: u32 = 1_000_000;
/// How long proxies may look for a party (third-party-and-lps.md §5.2).
pub const PROXY_LOOKUP_MS: i64 = 20_000;

/// A certificate that is good for fewer days is pointed out by `causeway doctor`.
pub const CERTIFICATE_DAYS_WARNED: i64 = 30;

/// Free room on the store's disk, in KiB, below which `causeway doctor` says that a node must not start.
pub const DISK_FREE_KIB_NEEDED: u64 = 262_144;

/// Free room, in KiB, below which it asks for more.
pub const DISK_FREE_KIB_WARNED: u64 = 5_242_880;

/// Open files and sockets, below which it asks for more: the bound on connections of all doors, and as many out.
pub const OPEN_FILES_WARNED: u64 = 8_192;
/// Transfers that are archived with one step.
pub const ARCHIVE_STEP_ROWS: usize = 500;
/// How often there is a look for transfers to archive.
pub const ARCHIVE_INTERVAL_MS: u64 = 10_000;
/// Events under way at once to one stream: JetStream acknowledges each by itself.
pub const STREAM_IN_FLIGHT_MAX: usize = 512;
/// Waiting times between the attempts of an event; the last one repeats.
pub const STREAM_RETRIES_MS: [u64; 5] = [50, 100, 250, 500, 1_000];
/// The shortest and the longest time that a stream which does not answer is left alone.
pub const STREAM_PAUSE_MS: (u64, u64) = (250, 2_000);
/// How long a stream's acknowledgement is waited for.
pub const STREAM_ACK_MS: u64 = 3_000;
/// The oldest release of NATS that has what is used.
pub const NATS_OLDEST: (u32, u32) = (2, 10);
/// Time for connecting to a NATS server.
pub const NATS_CONNECT_MS: u64 = 2_000;
/// Between two signs of life of a NATS server; three that are owed end the connection.
pub const NATS_PING_MS: u64 = 2_000;
/// The shortest and the longest wait between attempts to connect to NATS.
pub const NATS_RECONNECT_MS: (u64, u64) = (50, 1_000);
/// Events of the in-process stream that are sent to JetStream before their acknowledgements are
/// waited for.
pub const FORWARDED_AT_ONCE: usize = 256;
/// How often scorers elsewhere are told all conditions: well within the days that a stream keeps.
pub const ANNOUNCED_EVERY_MS: u64 = 24 * 60 * 60 * 1_000;
/// Attempts at changing a condition while other nodes change others.
pub const CONDITION_TRIES_MAX: usize = 20;
/// Servers that may keep each event (JetStream's own bound).
pub const STREAM_REPLICAS_MAX: usize = 5;
/// The shortest and the longest time for which duplicates are known, in seconds. The shortest is far
/// above the longest wait between two attempts ([`STREAM_ACK_MS`] and [`STREAM_PAUSE_MS`]).
pub const STREAM_DUPLICATES_S: (u64, u64) = (60, 86_400);
/// The longest that events are kept, in days.
pub const STREAM_DAYS_MAX: u64 = 3_650;
/// Characters of a stream's name (JetStream advises at most 32).
pub const STREAM_NAME_CHARS_MAX: usize = 32;

/// How long `causeway health` waits for its answer.
pub const HEALTH_ASKED_MS: u64 = 5_000;

/// The most that commands read of a node's answer.
pub const OPERATOR_ANSWER_BYTES_MAX: u64 = 65_536;
/// Bytes of a file with rules and typologies.
pub const CATALOGUE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of one recorded event in a file.
pub const RECORD_BYTES_MAX: usize = 1024 * 1024;
/// How often a scorer may write a snapshot, in seconds: shortest and longest.
pub const SNAPSHOT_S: (u64, u64) = (1, 86_400);
/// How long a scorer waits before it looks for its stream again, in milliseconds.
pub const SCORER_RETRY_MS: u64 = 1_000;
/// Callers of the open peer's interface.
pub const TMS_CALLERS_MAX: usize = 200;
/// Hours for which its messages and reports are kept: the shortest and the longest.
pub const TMS_KEPT_HOURS: (u32, u32) = (1, 720);
/// Characters of a message's id there; ISO 20022 has 35.
pub const TMS_MESSAGE_ID_CHARS_MAX: usize = 128;
/// Users of the workbench.
pub const WORKBENCH_USERS_MAX: usize = 200;
/// Characters of such a user's name.
pub const WORKBENCH_NAME_CHARS_MAX: usize = 64;
/// Sessions of its users at once; the oldest goes first.
pub const WORKBENCH_SESSIONS_MAX: usize = 1_000;
/// How long a session lasts.
pub const WORKBENCH_SESSION_MS: i64 = 12 * 60 * 60 * 1_000;
/// How long somebody waits who has come with a token that nobody has.
pub const WORKBENCH_REFUSED_MS: u64 = 500;
/// Characters of a note or a reason.
pub const WORKBENCH_TEXT_CHARS_MAX: usize = 2_000;
/// Pages that are told of decisions as they come.
pub const WORKBENCH_FEEDS_MAX: usize = 64;
/// Decisions that the live page remembers.
pub const DECISIONS_SHOWN_MAX: usize = 500;
/// Attempts whose end the live page waits for.
pub const ATTEMPTS_AWAITED_MAX: usize = 100_000;
/// Verdicts that are remembered until it is known whether their payments are held.
pub const VERDICTS_RECALLED_MAX: usize = 4_096;
/// Bytes of a catalogue that is to become live: it is one piece of a scorer's snapshot.
pub const DRAFT_BYTES_MAX: usize = 512 * 1024;
/// Payments of a case that are kept with their verdicts; more are counted.
pub const CASE_PAYMENTS_MAX: usize = 200;
/// Bytes of the verdicts of a case's payments: with more it is full, too, long before a document is.
pub const CASE_VERDICT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Accounts by which payments join a case.
pub const CASE_ACCOUNTS_MAX: usize = 64;
/// Steps of a case's history; a case that has more takes no notes.
pub const CASE_HISTORY_MAX: usize = 2_000;
/// Cases of one page.
pub const CASES_PAGE: usize = 50;
/// Cases that are looked through for one page, and for the labels of a backtest.
pub const CASES_SCANNED_MAX: usize = 5_000;
/// Differences between draft and live that are listed.
pub const DIFFERENCES_MAX: usize = 200;
/// Events that the draft takes in before others get the processor.
pub const SHADOW_AT_ONCE: usize = 64;
