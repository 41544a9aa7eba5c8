//! JSON texts.

use fspiop::json::{parse as strict, to_canonical};

/// What we take, any reader of RFC 8259 takes; its canonical form (RFC 8785, in which -0 is 0) is read
/// and is its own.
pub fn parse(bytes: &[u8]) {
    let Ok(value) = strict(bytes) else { return };
    let theirs: Result<serde_json::Value, _> = serde_json::from_slice(bytes);
    assert!(theirs.is_ok(), "taken by us alone: {theirs:?}");
    let written = to_canonical(&value);
    let again = strict(&written).map(|again| to_canonical(&again));
    assert_eq!(again.as_ref(), Ok(&written));
}
