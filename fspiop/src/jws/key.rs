//! A public key, parsed once for each algorithm that it may be used with.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::PublicEncryptingKey;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, VerificationAlgorithm,
};
use thiserror::Error;

use super::pem;

/// A signature algorithm that FSPIOP schemes use. None, HMAC and PSS are not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// ECDSA on P-256 with SHA-256. Not in API Signature v1.1, but in every deployed SDK.
    Es256,
}

/// A participant's public key with the algorithms it may be used with and the time it is valid.
///
/// The algorithm is chosen by the key and never by the message: RSA of 2048 bits and more takes RS256, RS384 and
/// RS512, P-256 takes ES256.
pub struct PublicKey {
    parsed: Vec<(Algorithm, ParsedPublicKey)>,
    valid_from_ms: Option<i64>,
    valid_until_ms: Option<i64>,
}

/// Why a key is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    /// No PEM block with base64 inside.
    #[error("not a PEM text")]
    NotPem,
    /// RSA below 2048 bits or above 8192.
    #[error("an RSA key must have 2048 to 8192 bits")]
    RsaSize,
    /// Neither RSA nor P-256, or damaged.
    #[error("neither an RSA nor a P-256 key")]
    Unsupported,
}

impl Algorithm {
    /// As `alg` names it (RFC 7518, section 3.1).
    pub fn as_str(self) -> &'static str {
        match self {
            Algorithm::Rs256 => "RS256",
            Algorithm::Rs384 => "RS384",
            Algorithm::Rs512 => "RS512",
            Algorithm::Es256 => "ES256",
        }
    }

    /// The algorithm of that exact name.
    pub fn named(alg: &str) -> Option<Algorithm> {
        [Algorithm::Rs256, Algorithm::Rs384, Algorithm::Rs512, Algorithm::Es256]
            .into_iter()
            .find(|algorithm| algorithm.as_str() == alg)
    }
}

impl PublicKey {
    /// Reads a PEM text: SubjectPublicKeyInfo, or PKCS#1 for RSA. The label is not looked at.
    pub fn from_pem(text: &str) -> Result<PublicKey, KeyError> {
        let blocks = pem::blocks(text);
        let mut error = KeyError::NotPem;
        for der in &blocks {
            match PublicKey::from_der(der) {
                Ok(key) => return Ok(key),
                Err(found) => error = found,
            }
        }
        Err(error)
    }

    /// Reads DER: SubjectPublicKeyInfo, or PKCS#1 for RSA.
    pub fn from_der(der: &[u8]) -> Result<PublicKey, KeyError> {
        let rsa: [(_, &'static dyn VerificationAlgorithm); 3] = [
            (Algorithm::Rs256, &RSA_PKCS1_2048_8192_SHA256),
            (Algorithm::Rs384, &RSA_PKCS1_2048_8192_SHA384),
            (Algorithm::Rs512, &RSA_PKCS1_2048_8192_SHA512),
        ];
        let p256: [(_, &'static dyn VerificationAlgorithm); 1] =
            [(Algorithm::Es256, &ECDSA_P256_SHA256_FIXED)];
        if let Some(parsed) = parse_for(der, &rsa) {
            return if is_large_enough(&parsed) {
                Ok(PublicKey::of(parsed))
            } else {
                Err(KeyError::RsaSize)
            };
        }
        parse_for(der, &p256).map(PublicKey::of).ok_or(KeyError::Unsupported)
    }

    /// Allows fewer algorithms, where the scheme does.
    #[must_use]
    pub fn only(mut self, allowed: &[Algorithm]) -> PublicKey {
        self.parsed.retain(|(algorithm, _)| allowed.contains(algorithm));
        self
    }

    /// Bounds the time in which it is valid: milliseconds since 1970, first and last included.
    #[must_use]
    pub fn valid(self, from_ms: Option<i64>, until_ms: Option<i64>) -> PublicKey {
        PublicKey { valid_from_ms: from_ms, valid_until_ms: until_ms, ..self }
    }

    /// The algorithms it may be used with.
    pub fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        self.parsed.iter().map(|(algorithm, _)| *algorithm)
    }

    /// Whether it is valid then.
    pub fn is_valid_at(&self, now_ms: i64) -> bool {
        self.valid_from_ms.is_none_or(|from_ms| from_ms <= now_ms)
            && self.valid_until_ms.is_none_or(|until_ms| now_ms <= until_ms)
    }

    /// Whether `signature` is this key's over `input`; `None` where the key may not be used with the algorithm.
    pub fn verifies(&self, algorithm: Algorithm, input: &[u8], signature: &[u8]) -> Option<bool> {
        let (_, key) = self.parsed.iter().find(|(allowed, _)| *allowed == algorithm)?;
        Some(key.verify_sig(input, signature).is_ok())
    }

    fn of(parsed: Vec<(Algorithm, ParsedPublicKey)>) -> PublicKey {
        PublicKey { parsed, valid_from_ms: None, valid_until_ms: None }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey")
            .field("algorithms", &self.algorithms().collect::<Vec<_>>())
            .field("valid_from_ms", &self.valid_from_ms)
            .field("valid_until_ms", &self.valid_until_ms)
            .finish()
    }
}

fn parse_for(
    der: &[u8],
    algorithms: &[(Algorithm, &'static dyn VerificationAlgorithm)],
) -> Option<Vec<(Algorithm, ParsedPublicKey)>> {
    let parse = |(name, algorithm): &(Algorithm, &'static dyn VerificationAlgorithm)| {
        ParsedPublicKey::new(*algorithm, der).ok().map(|key| (*name, key))
    };
    algorithms.iter().map(parse).collect()
}

/// aws-lc-rs would refuse a small key only at its first signature; a key ring must say so when it is loaded.
fn is_large_enough(parsed: &[(Algorithm, ParsedPublicKey)]) -> bool {
    parsed.first().is_some_and(|(_, key)| {
        let der: Result<PublicKeyX509Der<'_>, _> = key.as_der();
        der.is_ok_and(|der| PublicEncryptingKey::from_der(der.as_ref()).is_ok())
    })
}
