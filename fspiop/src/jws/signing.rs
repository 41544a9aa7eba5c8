//! Outgoing: private keys, and the headers that a signed request needs.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SecureRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair,
};
use thiserror::Error;

use super::key::{Algorithm, KeyError};
use super::protected::{Envelope, ProtectedHeader, signing_input};
use super::target::signed_uri;
use super::{DESTINATION, HTTP_METHOD, SOURCE, URI, pem};
use crate::deadline::TimeoutHeaders;

/// A private key, parsed once.
pub struct SigningKey {
    pair: Pair,
    algorithm: Algorithm,
}

enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

/// A request that is to be signed. What it says must go out unchanged.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The path and query; a base path before the resource is not signed.
    pub target: &'a str,
    /// FSPIOP-Source: whose key signs.
    pub source: &'a str,
    /// FSPIOP-Destination, if it is known.
    pub destination: Option<&'a str>,
    /// The HTTP Date, as it will be sent.
    pub date: Option<&'a str>,
    /// Further headers that are to be protected, for instance FSPIOP-Timeout-Origin.
    pub also: &'a [(&'a str, &'a str)],
    /// The body's bytes. RFC 8785 text ([`crate::json::to_canonical`]) is what every deployed SDK verifies.
    pub body: &'a [u8],
}

/// The three headers that signing adds to those of the [`Draft`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureHeaders {
    /// FSPIOP-Signature.
    pub signature: String,
    /// FSPIOP-URI.
    pub uri: String,
    /// FSPIOP-HTTP-Method.
    pub method: String,
}

/// Why a request cannot be signed. Our own fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignError {
    /// No segment of the target is an FSPIOP resource.
    #[error("the target names no FSPIOP resource")]
    Target,
    /// `FSPIOP-Timeout` is rewritten at every hop.
    #[error("FSPIOP-Timeout must not be protected")]
    TimeoutProtected,
    /// The cryptographic library failed.
    #[error("the key did not sign")]
    Failed,
}

impl SigningKey {
    /// Reads a private key in PEM: PKCS#8, or PKCS#1 for RSA, or SEC 1 for P-256. The label is not looked at: what a
    /// key signs with, the key says. RSA signs with RS256, see [`SigningKey::with`].
    pub fn from_pem(text: &str) -> Result<SigningKey, KeyError> {
        let blocks = pem::blocks(text);
        // `openssl ecparam` puts a block of parameters before the key.
        blocks.iter().find_map(|der| SigningKey::from_der(der)).ok_or(match blocks.as_slice() {
            [] => KeyError::NotPem,
            _ => KeyError::Unsupported,
        })
    }

    /// Signs with RS384 or RS512 instead; an algorithm that does not fit the key is refused.
    pub fn with(self, algorithm: Algorithm) -> Result<SigningKey, KeyError> {
        match (&self.pair, algorithm) {
            (Pair::Rsa(_), Algorithm::Es256) => Err(KeyError::Unsupported),
            (Pair::P256(_), Algorithm::Rs256 | Algorithm::Rs384 | Algorithm::Rs512) => {
                Err(KeyError::Unsupported)
            }
            _ => Ok(SigningKey { algorithm, ..self }),
        }
    }

    /// Makes a throw-away RSA key of 2048 bits, for tests and demonstrations.
    ///
    /// Entropy, the library's own: for callers outside the pure crates only. It takes some tenths of a second.
    pub fn generate_rsa_2048() -> Result<SigningKey, SignError> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| SignError::Failed)?;
        Ok(SigningKey { pair: Pair::Rsa(pair), algorithm: Algorithm::Rs256 })
    }

    /// Makes a throw-away P-256 key, for tests and demonstrations.
    ///
    /// Entropy, the library's own: for callers outside the pure crates only.
    pub fn generate_p256() -> Result<SigningKey, SignError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .map_err(|_| SignError::Failed)?;
        Ok(SigningKey { pair: Pair::P256(pair), algorithm: Algorithm::Es256 })
    }

    /// What it signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether the same bytes always get the same signature: RSA, not ECDSA. A message that is sent again must carry
    /// the signature it had, so one of ECDSA must be kept with it.
    pub fn is_deterministic(&self) -> bool {
        matches!(self.pair, Pair::Rsa(_))
    }

    /// The public half: SubjectPublicKeyInfo in PEM.
    pub fn public_key_pem(&self) -> Result<String, SignError> {
        let der: Result<PublicKeyX509Der<'_>, _> = match &self.pair {
            Pair::Rsa(pair) => pair.public_key().as_der(),
            Pair::P256(pair) => pair.public_key().as_der(),
        };
        Ok(pem::write("PUBLIC KEY", der.map_err(|_| SignError::Failed)?.as_ref()))
    }

    /// The private half: PKCS#8 in PEM, for the file that [`SigningKey::from_pem`] reads again.
    pub fn private_key_pem(&self) -> Result<String, SignError> {
        let der = match &self.pair {
            Pair::Rsa(pair) => {
                AsDer::<Pkcs8V1Der<'_>>::as_der(pair).map(|der| der.as_ref().to_vec())
            }
            Pair::P256(pair) => pair.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
        };
        Ok(pem::write("PRIVATE KEY", &der.map_err(|_| SignError::Failed)?))
    }

    fn from_der(der: &[u8]) -> Option<SigningKey> {
        if let Ok(pair) = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)) {
            return Some(SigningKey { pair: Pair::Rsa(pair), algorithm: Algorithm::Rs256 });
        }
        let pair =
            EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, der).ok()?;
        Some(SigningKey { pair: Pair::P256(pair), algorithm: Algorithm::Es256 })
    }

    fn sign(&self, input: &[u8], random: &dyn SecureRandom) -> Result<Vec<u8>, SignError> {
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(self.padding(), random, input, &mut signature)
                    .map_err(|_| SignError::Failed)?;
                Ok(signature)
            }
            Pair::P256(pair) => {
                let signature = pair.sign(random, input).map_err(|_| SignError::Failed)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }

    fn padding(&self) -> &'static dyn RsaEncoding {
        match self.algorithm {
            Algorithm::Rs256 | Algorithm::Es256 => &RSA_PKCS1_SHA256,
            Algorithm::Rs384 => &RSA_PKCS1_SHA384,
            Algorithm::Rs512 => &RSA_PKCS1_SHA512,
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.algorithm.as_str())
    }
}

/// Signs a request.
///
/// `random` is the caller's, as chance comes into a pure crate only from outside; RSA does not use it, and the present
/// library draws ECDSA's from its own source all the same.
pub fn sign(
    draft: &Draft<'_>,
    key: &SigningKey,
    random: &dyn SecureRandom,
) -> Result<SignatureHeaders, SignError> {
    let uri = signed_uri(draft.target).ok_or(SignError::Target)?;
    let is_timeout = |name: &str| name.eq_ignore_ascii_case(TimeoutHeaders::TIMEOUT);
    if draft.also.iter().any(|(name, _)| is_timeout(name)) {
        return Err(SignError::TimeoutProtected);
    }
    let always =
        [(URI, Some(uri)), (HTTP_METHOD, Some(draft.method)), (SOURCE, Some(draft.source))];
    let headers = always
        .into_iter()
        .chain([(DESTINATION, draft.destination), ("Date", draft.date)])
        .chain(draft.also.iter().map(|(name, value)| (*name, Some(*value))))
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    let protected_text = ProtectedHeader::new(key.algorithm, headers.collect()).to_text();
    let signature = key.sign(&signing_input(&protected_text, draft.body), random)?;
    Ok(SignatureHeaders {
        signature: Envelope::to_header(&protected_text, &signature),
        uri: uri.to_owned(),
        method: draft.method.to_owned(),
    })
}
