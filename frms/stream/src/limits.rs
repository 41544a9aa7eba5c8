//! Every bound of the stream in this process.

/// Events that are kept for readers; the oldest go first.
pub const RETAINED_EVENTS_MAX: usize = 65_536;
/// Attempts that may wait for the scorer; with more it counts as unavailable.
pub const QUEUE_MAX: usize = 4_096;
