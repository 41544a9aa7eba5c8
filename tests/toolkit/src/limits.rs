//! Every bound of the toolkit.

/// The largest body that a simulated participant reads, in bytes (API Definition, section 3.2).
pub const BODY_BYTES: usize = 5_242_880;

/// How long one HTTP exchange of a simulated participant may take, in milliseconds.
pub const EXCHANGE_MS: u64 = 20_000;

/// How long a raw exchange may take, in milliseconds.
pub const RAW_TOTAL_MS: u64 = 20_000;

/// After how long without a further byte a raw answer counts as complete, in milliseconds.
pub const RAW_QUIET_MS: u64 = 400;

/// The largest raw answer that is kept, in bytes.
pub const RAW_BYTES: usize = 1_048_576;

/// How long a payer waits for a callback when neither it nor the hub named a budget, in milliseconds.
pub const CALLBACK_MS: u64 = 10_000;

/// What a payer waits beyond its budget before it asks: twice the link allowance and 500 ms
/// (security-and-timeouts.md, section 4.3).
pub const GRACE_MS: u64 = 1_000;

/// How often a payer asks by GET for a transfer whose time is over.
pub const STATUS_ASKS: u32 = 10;

/// How long it waits for the answer to each, in milliseconds.
pub const STATUS_ASK_MS: u64 = 1_500;

/// How often a participant sends a callback that is not acknowledged.
pub const CALLBACK_ATTEMPTS: u32 = 20;

/// The pause between two such attempts, in milliseconds.
pub const CALLBACK_PAUSE_MS: u64 = 250;

/// How long a quote of a simulated payee is good, in milliseconds.
pub const QUOTE_VALIDITY_MS: i64 = 60_000;

/// How long the transfer of a simulated payer is good unless it says otherwise, in milliseconds.
pub const TRANSFER_VALIDITY_MS: u64 = 30_000;

/// The most messages that a participant keeps for its tests to look at; older ones are forgotten.
pub const MESSAGES_KEPT: usize = 100_000;

/// Idle connections that a client keeps for each host.
pub const IDLE_CONNECTIONS: usize = 64;

/// How long a bank waits for the HTTP answer to an order: the longest `Prefer: wait` and a little, in milliseconds.
pub const BANK_EXCHANGE_MS: u64 = 130_000;

/// How long the hub of a bench may take to start, in milliseconds.
pub const BENCH_START_MS: u64 = 30_000;

/// Connections of one DFSP of a bench to the hub.
pub const BENCH_CONNECTIONS: usize = 256;

/// How often a payee of a bench sends an answer that is not taken.
pub const BENCH_ANSWER_ATTEMPTS: u32 = 5;

/// Transactions that one run of a bench may need: each takes about 10 KiB.
pub const BENCH_TRANSACTIONS: u64 = 250_000;

/// The most parties that each payee of a bench registers (API Definition: a list has at most 10,000).
pub const BENCH_PARTIES: u64 = 10_000;

/// How long a run of a bench goes on before it is measured, in milliseconds.
pub const BENCH_WARM_UP_MS: u64 = 1_000;

/// How long transactions may take to end when no more are begun, in milliseconds.
pub const BENCH_DRAIN_MS: u64 = 15_000;

/// How long the echo of a bench is measured, in milliseconds.
pub const BENCH_ECHO_MS: u64 = 1_500;

/// Connections to the echo.
pub const BENCH_ECHO_CONNECTIONS: usize = 32;

/// How long each try of the search for the highest sustained rate is measured, in milliseconds.
pub const BENCH_PROBE_MS: u64 = 3_000;

/// The most tries of that search.
pub const BENCH_PROBES: u32 = 9;

/// How long a program of a cluster may take to start, in milliseconds.
pub const CLUSTER_START_MS: u64 = 60_000;

/// How long it may take to end, in milliseconds.
pub const CLUSTER_END_MS: u64 = 20_000;

/// How often somebody who waits for a program of a cluster looks, in milliseconds.
pub const CLUSTER_POLL_MS: u64 = 20;

/// How often the supervisor of a cluster looks for nodes that have ended, in milliseconds.
pub const CLUSTER_SUPERVISE_MS: u64 = 50;

/// How often a balancer asks each node for /health, in milliseconds.
pub const CLUSTER_CHECK_EVERY_MS: u64 = 100;

/// How long a node may take to answer it, in milliseconds.
pub const CLUSTER_CHECK_MS: u64 = 1_500;

/// Room on the disk of a PostgreSQL server that can be filled, in MiB: its log may grow to 1,024 before a checkpoint.
pub const CLUSTER_DISK_MIB: u32 = 2_048;

/// How far a node's clock is set ahead or behind, in seconds.
pub const CLUSTER_CLOCK_S: i64 = 60;

/// Pieces of its log that a PostgreSQL server has in advance, at most.
pub const CLUSTER_LOG_PIECES: u32 = 128;

/// How much later a relay may deliver a request for the second time, in milliseconds: most payments have ended by then.
pub const RELAY_AGAIN_MS: u64 = 3_000;

/// How much later a relay that shuffles passes on the requests that it does not hold back, in milliseconds.
pub const RELAY_JITTER_MS: u64 = 40;

/// How long such a relay holds a request back when fewer than are wanted pass it, in milliseconds.
pub const RELAY_HELD_MS: u64 = 500;

/// How many are to pass it.
pub const RELAY_OVERTAKERS: std::ops::Range<u64> = 1..5;

/// How long the nodes of a trial may take to know what one of them was told, in milliseconds: they look each second.
pub const TRIAL_KNOWN_MS: u64 = 30_000;

/// How long all payments of a trial may take to end once everything is right again, in milliseconds.
pub const TRIAL_SETTLING_MS: u64 = 60_000;

/// The most payments of a load that are under way at once.
pub const LOAD_UNDER_WAY: usize = 100;

/// How often a bank of a load posts an order that is not answered.
pub const LOAD_RESENDS: u32 = 80;

/// The pause between two such posts, in milliseconds.
pub const LOAD_RESEND_PAUSE_MS: u64 = 250;

/// How long it waits for the end of an order, in milliseconds.
pub const LOAD_ORDER_MS: u64 = 30_000;
