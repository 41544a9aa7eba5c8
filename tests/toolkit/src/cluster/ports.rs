//! Ports that a program can be given before it listens, and have again after it was killed.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::ToolkitError;

/// Below the range that Linux takes outgoing ports from: no connection can sit on one between a kill and the next
/// start.
const PORTS: std::ops::Range<u16> = 12_000..32_000;

/// How many have been looked at by this process: two callers are never given the same.
static TRIED: AtomicU32 = AtomicU32::new(0);

/// A loopback port that is free now.
///
/// # Errors
/// [`ToolkitError::Message`] if there is none.
pub fn free_port() -> Result<u16, ToolkitError> {
    let count = u32::from(PORTS.end - PORTS.start);
    // Where to begin differs from process to process.
    let seed = std::process::id().wrapping_mul(7_919);
    for _ in 0..count {
        let step = TRIED.fetch_add(1, Ordering::Relaxed);
        let offset = seed.wrapping_add(step.wrapping_mul(31)) % count;
        let port = PORTS.start + u16::try_from(offset).unwrap_or_default();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(ToolkitError::Message("no free ports".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::free_port;

    #[test]
    fn nobody_is_given_a_port_twice() {
        let mut ports: Vec<u16> = (0..50).map(|_| free_port().unwrap()).collect();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 50);
    }
}
