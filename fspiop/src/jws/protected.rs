//! The two JSON texts of a signature: the FSPIOP-Signature header and the protected header inside it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::fault::Fault;
use super::key::Algorithm;
use crate::deadline::TimeoutHeaders;
use crate::json::{self, Value};
use crate::limits::{JWS_PROTECTED_HEADER_CHARS, JWS_SIGNATURE_CHARS};

/// Members that JOSE (RFC 7515, 7516, 7797) gives a meaning that this profile has no use for: extensions that must be
/// understood, keys that the sender brings along, another payload, a compressed one. `alg` is read apart.
const UNSUPPORTED: [&str; 15] = [
    "crit", "b64", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "zip",
    "enc", "epk", "nonce",
];

/// An FSPIOP-Signature header, taken apart.
#[derive(Debug)]
pub(super) struct Envelope {
    /// The protected header as it was signed: base64url text.
    pub(super) protected_text: String,
    pub(super) protected: ProtectedHeader,
    pub(super) signature: Vec<u8>,
}

/// A protected header: the algorithm, and the HTTP headers that the signature covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectedHeader {
    /// `alg`.
    pub algorithm: Algorithm,
    headers: Vec<(String, String)>,
}

impl ProtectedHeader {
    /// The protected value of exactly that name; names in the protected header are case-sensitive.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All protected headers, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The same with its names in order, as it is signed.
    pub(super) fn new(algorithm: Algorithm, headers: Vec<(String, String)>) -> ProtectedHeader {
        ProtectedHeader { algorithm, headers }
    }

    pub(super) fn to_text(&self) -> String {
        let alg = ("alg".to_owned(), Value::from(self.algorithm.as_str()));
        let headers = self.iter().map(|(name, value)| (name.to_owned(), Value::from(value)));
        let object = Value::Object(std::iter::once(alg).chain(headers).collect());
        URL_SAFE_NO_PAD.encode(json::to_canonical(&object))
    }

    fn parse(text: &[u8]) -> Result<ProtectedHeader, Fault> {
        let Ok(Value::Object(members)) = json::parse_message(text) else {
            return Err(Fault::ProtectedShape);
        };
        let mut algorithm = None;
        let mut headers: Vec<(String, String)> = Vec::with_capacity(members.len());
        for (name, value) in members {
            if UNSUPPORTED.contains(&name.as_str()) {
                return Err(Fault::Unsupported(name));
            }
            let Value::String(value) = value else {
                return Err(Fault::ProtectedShape);
            };
            if name == "alg" {
                algorithm = Algorithm::named(&value);
                continue;
            }
            if name.eq_ignore_ascii_case(TimeoutHeaders::TIMEOUT) {
                return Err(Fault::TimeoutProtected);
            }
            // What cannot be an HTTP header's name must not become a line of somebody's log either.
            if !is_header_name(&name) {
                return Err(Fault::ProtectedShape);
            }
            // Two spellings of one HTTP header would let two readers see two protected values.
            if headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                return Err(Fault::ProtectedShape);
            }
            headers.push((name, value));
        }
        let algorithm = algorithm.ok_or(Fault::Algorithm)?;
        Ok(ProtectedHeader { algorithm, headers })
    }
}

impl Envelope {
    /// Takes the header's text apart: exactly the members `signature` and `protectedHeader`, both strings.
    pub(super) fn parse(header: &str) -> Result<Envelope, Fault> {
        let Ok(Value::Object(members)) = json::parse_message(header.as_bytes()) else {
            return Err(Fault::SignatureShape);
        };
        let (mut signature, mut protected_text) = (None, None);
        for (name, value) in members {
            match (name.as_str(), value) {
                ("signature", Value::String(text)) => signature = Some(text),
                ("protectedHeader", Value::String(text)) => protected_text = Some(text),
                _ => return Err(Fault::SignatureShape),
            }
        }
        let (Some(signature), Some(protected_text)) = (signature, protected_text) else {
            return Err(Fault::SignatureShape);
        };
        let signature = decode(&signature, "signature", JWS_SIGNATURE_CHARS)?;
        let protected = decode(&protected_text, "protectedHeader", JWS_PROTECTED_HEADER_CHARS)?;
        Ok(Envelope { protected: ProtectedHeader::parse(&protected)?, protected_text, signature })
    }

    pub(super) fn to_header(protected_text: &str, signature: &[u8]) -> String {
        // Both texts are base64url: there is nothing to escape.
        let signature = URL_SAFE_NO_PAD.encode(signature);
        format!(r#"{{"protectedHeader":"{protected_text}","signature":"{signature}"}}"#)
    }
}

/// A token (RFC 9110 §5.6.2).
fn is_header_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(fits)
}

/// What is signed: `<protected header>.<base64url of the body>`.
pub(super) fn signing_input(protected_text: &str, body: &[u8]) -> Vec<u8> {
    let mut input = String::with_capacity(protected_text.len() + 1 + body.len().div_ceil(3) * 4);
    input.push_str(protected_text);
    input.push('.');
    URL_SAFE_NO_PAD.encode_string(body, &mut input);
    input.into_bytes()
}

fn decode(text: &str, name: &'static str, longest: usize) -> Result<Vec<u8>, Fault> {
    if text.is_empty() || text.len() > longest {
        return Err(Fault::Length(name));
    }
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Fault::NotBase64Url(name))
}
