//! The JWS header, and the requests that it covers.

use std::sync::OnceLock;

use fspiop::jws::{self, Clock, KeyRing, PublicKey, Request};

use crate::request::Text;

/// P-256; nobody has its private half.
const KEY: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEnMMrt9fmS8GjEulqNALx/GwOHBtX
6U3QMK0XN517kOPS7LjBiCbILQLiu49a5ud+rKD9rqA+d3YBB/cZ11D0WA==
-----END PUBLIC KEY-----
";

/// Nothing verifies whose signature nobody can have made, and the refusal tells its sender no more
/// than the code.
pub fn verify(bytes: &[u8]) {
    static RING: OnceLock<KeyRing> = OnceLock::new();
    let ring = RING.get_or_init(|| {
        let mut ring = KeyRing::new();
        if let Ok(key) = PublicKey::from_pem(KEY) {
            ring.add("payerfsp", key);
        }
        ring
    });
    let Some(text) = Text::of(bytes) else { return };
    let Text { method, target, headers, body } = &text;
    let request = Request { method, target, headers, body };
    let clock = Clock { now_ms: 1_800_000_000_000, date_window_ms: None };
    for clock in [None, Some(clock)] {
        let verified = jws::verify(&request, ring, clock);
        assert!(verified.is_err(), "a forged signature was taken: {verified:?}");
    }
}

/// A key ring of any bytes is refused or usable, with each unusable key named.
pub fn keys(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = PublicKey::from_pem(text);
    }
    let Ok(ring) = KeyRing::from_json(bytes) else { return };
    for key in ring.unusable() {
        assert!(!format!("{key:?}").is_empty());
    }
}
