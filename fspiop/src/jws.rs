//! FSPIOP's JWS profile: a detached signature over the bytes of a request's body and over what its protected header
//! lists of the request (API Signature v1.1), read strictly.
//!
//! [`verify`] works on raw bytes, never on parsed JSON, and compares with the request as it really came, so that
//! neither a re-serialised body nor a signature of another request passes. [`sign`] makes what [`verify`] and the
//! deployed SDKs take.
//!
//! Both rest on aws-lc-rs directly. jsonwebtoken's low-level verify, though it would do, copies and parses the public
//! key at each call; here a key is parsed once, when it enters the [`KeyRing`], for each algorithm that it may be used
//! with, which is also the allow-list. jsonwebtoken stays as the second opinion in the tests.
//!
//! * [`KeyRing`], [`PublicKey`], [`Algorithm`]: whose keys verify what, and when
//! * [`verify`], [`Request`], [`Clock`], [`Verified`]: incoming
//! * [`SigningKey`], [`sign`], [`Draft`], [`SignatureHeaders`]: outgoing
//! * [`JwsRefusal`], [`Fault`]: what the sender is told, and what the operator is

mod fault;
mod key;
mod key_ring;
mod pem;
mod protected;
mod signing;
mod target;
mod verify;

pub use fault::{Fault, JwsRefusal};
pub use key::{Algorithm, KeyError, PublicKey};
pub use key_ring::{KeyRing, KeyRingError, UnusableKey};
pub use protected::ProtectedHeader;
pub use signing::{Draft, SignError, SignatureHeaders, SigningKey, sign};
pub use target::signed_uri;
pub use verify::{Clock, Request, Verified, verify};

/// The header that carries signature and protected header.
pub const SIGNATURE: &str = "FSPIOP-Signature";
/// The header with the signed path and query, from the resource on.
pub const URI: &str = "FSPIOP-URI";
/// The header with the signed method.
pub const HTTP_METHOD: &str = "FSPIOP-HTTP-Method";
/// The header with the sender.
pub const SOURCE: &str = "FSPIOP-Source";
/// The header with the receiver.
pub const DESTINATION: &str = "FSPIOP-Destination";
/// The header with the encrypted fields; if there, it must be protected.
pub const ENCRYPTION: &str = "FSPIOP-Encryption";
