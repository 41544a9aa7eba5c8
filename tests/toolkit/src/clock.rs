//! The wall clock and fresh identifiers of the simulated participants.

use crate::ToolkitError;
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since the Unix epoch.
pub fn now_epoch_ms() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}

/// An instant as the API writes it: `2026-11-20T10:15:30.123Z`.
pub fn date_time(epoch_ms: i64) -> String {
    let instant = fspiop::time::DateTime::from_epoch_ms(epoch_ms);
    instant.map(|instant| instant.as_str().to_owned()).unwrap_or_default()
}

/// The `Date` header of now.
pub fn http_date() -> String {
    httpdate::fmt_http_date(SystemTime::now())
}

/// A fresh UUIDv4 in lower case.
///
/// # Errors
/// [`ToolkitError::Key`] if the system has no entropy.
pub fn fresh_uuid() -> Result<String, ToolkitError> {
    let mut bytes = [0_u8; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| ToolkitError::Key("no entropy".to_owned()))?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex(&bytes);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    Ok(format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)))
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 in lower-case hexadecimal: how logs name a message's bytes.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_identifier_is_a_version_4_uuid() {
        let uuid = fresh_uuid().unwrap();
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&uuid.as_bytes()[19]));
        assert_ne!(uuid, fresh_uuid().unwrap());
    }

    #[test]
    fn a_digest_is_in_hexadecimal() {
        assert!(sha256_hex(b"").starts_with("e3b0c44298fc1c14"));
    }
}
