//! Why a signature is not taken: much to the operator, little to the sender.

use std::fmt;

use thiserror::Error;

use crate::error::{ErrorCode, Refusal};

/// A refused signature: HTTP 400. Displays what the sender may know; [`JwsRefusal::fault`] is for logs and operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwsRefusal {
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a signature.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// A header that every signed request has is not there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// Two lines of a header that counts for the signature.
    #[error("{0} is there twice")]
    Twice(String),
    /// `FSPIOP-Timeout` is protected, so that no hop could rewrite it.
    #[error("FSPIOP-Timeout must not be in the protected header")]
    TimeoutProtected,
    /// The FSPIOP-Signature header is not the JSON object of exactly two strings.
    #[error("FSPIOP-Signature is not an object of signature and protectedHeader alone")]
    SignatureShape,
    /// A length that the standard does not allow.
    #[error("{0} is empty or too long")]
    Length(&'static str),
    /// Not base64url without padding in its one canonical form.
    #[error("{0} is not canonical base64url")]
    NotBase64Url(&'static str),
    /// The protected header is not a JSON object of header names to strings, each name once.
    #[error("the protected header is not an object of header names to strings, each name once")]
    ProtectedShape,
    /// A member that JOSE gives a meaning that we do not support: crit, b64, an embedded key and the like.
    #[error("the protected header has the member {0}")]
    Unsupported(String),
    /// No `alg`, or none of RS256, RS384, RS512, ES256.
    #[error("alg is missing or not RS256, RS384, RS512 or ES256")]
    Algorithm,
    /// A name that must be protected is not.
    #[error("{0} is not in the protected header")]
    Unprotected(&'static str),
    /// A protected value that differs from the HTTP header of the name.
    #[error("the protected {0} differs from the HTTP header")]
    HeaderDiffers(String),
    /// The signed URI is not the one that was requested.
    #[error("FSPIOP-URI is not the request target")]
    NotTheTarget,
    /// The signed method is not the one that was requested.
    #[error("FSPIOP-HTTP-Method is not the request method")]
    NotTheMethod,
    /// The source has no key at all, or none at this time.
    #[error("no key of the source is valid")]
    NoKey,
    /// None of the source's keys may be used with the algorithm.
    #[error("alg does not fit any key of the source")]
    KeyMismatch,
    /// The Date is unreadable, or out of the window that the scheme enforces.
    #[error("the Date is missing, unreadable or too far from now")]
    Date,
    /// The signature does not verify over protected header and body.
    #[error("the signature does not verify")]
    Signature,
}

impl JwsRefusal {
    /// 3102 missing, 3101 twice or a protected timeout, 3105 for everything else.
    pub fn code(&self) -> ErrorCode {
        match self.fault {
            Fault::Missing(_) => ErrorCode::MissingElement,
            Fault::Twice(_) | Fault::TimeoutProtected => ErrorCode::MalformedSyntax,
            _ => ErrorCode::InvalidSignature,
        }
    }
}

impl fmt::Display for JwsRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fault {
            Fault::Missing(_) | Fault::TimeoutProtected => self.fault.fmt(f),
            Fault::Twice(_) => f.write_str("a signed header is there twice"),
            // Whether the source is known, its keys or our clock are wrong is nobody's business but ours.
            _ => f.write_str("the FSPIOP-Signature does not verify for this request"),
        }
    }
}

impl std::error::Error for JwsRefusal {}

impl From<Fault> for JwsRefusal {
    fn from(fault: Fault) -> JwsRefusal {
        JwsRefusal { fault }
    }
}

impl From<JwsRefusal> for Refusal {
    fn from(refusal: JwsRefusal) -> Refusal {
        Refusal::new(refusal.code(), refusal.to_string())
    }
}
