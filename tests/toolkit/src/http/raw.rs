//! Bytes on a socket, for what a well-behaved client cannot send: smuggling, two `Host` lines, half a request.

use crate::{ToolkitError, limits};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// Sends the bytes on a fresh connection and returns all that comes back, until the other side closes, or is quiet
/// for [`limits::RAW_QUIET_MS`] after its first byte, or [`limits::RAW_TOTAL_MS`] are over.
///
/// # Errors
/// [`ToolkitError::Io`] if the connection cannot be made. A reset is the end of the answer, not an error.
pub async fn exchange(address: SocketAddr, bytes: &[u8]) -> Result<Vec<u8>, ToolkitError> {
    exchange_in_parts(address, &[(bytes, 0)]).await
}

/// As [`exchange`], each part followed by a pause in milliseconds.
///
/// # Errors
/// As [`exchange`].
pub async fn exchange_in_parts(
    address: SocketAddr,
    parts: &[(&[u8], u64)],
) -> Result<Vec<u8>, ToolkitError> {
    let connected = TcpStream::connect(address).await;
    let mut stream =
        connected.map_err(|source| ToolkitError::io(format!("connect to {address}"), source))?;
    let _best_effort = stream.set_nodelay(true);
    for (part, pause_ms) in parts {
        // A server may refuse before it has read all: what it said is still to be read.
        if stream.write_all(part).await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(*pause_ms)).await;
    }
    Ok(read_all(&mut stream).await)
}

/// The statuses of the answers in raw bytes, in order: one for each response that was sent.
pub fn statuses(answer: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(answer);
    let lines = text.split("HTTP/1.1 ").skip(1);
    lines.filter_map(|line| line.get(..3)?.parse().ok()).collect()
}

async fn read_all(stream: &mut TcpStream) -> Vec<u8> {
    let (mut answer, mut buffer) = (Vec::new(), [0_u8; 8192]);
    let end = Instant::now() + Duration::from_millis(limits::RAW_TOTAL_MS);
    while answer.len() < limits::RAW_BYTES {
        let left = end.saturating_duration_since(Instant::now());
        let quiet = Duration::from_millis(limits::RAW_QUIET_MS);
        let wait = if answer.is_empty() { left } else { left.min(quiet) };
        match timeout(wait, stream.read(&mut buffer)).await {
            Ok(Ok(length)) if length > 0 => {
                answer.extend_from_slice(buffer.get(..length).unwrap_or_default());
            }
            _ => break,
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::statuses;

    #[test]
    fn every_response_is_counted() {
        let two =
            b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\nHTTP/1.1 400 Bad Request\r\n\r\n";
        assert_eq!(statuses(two), [202, 400]);
        assert_eq!(statuses(b""), [0_u16; 0]);
    }
}
