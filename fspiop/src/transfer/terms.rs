//! The fixed binary form of terms: each part behind its length, so that no two terms share a form.

use crate::error::Extension;
use aws_lc_rs::digest;

/// The form's version; another form would be another hash, and old duplicates would not be known.
const FORM: u8 = 1;

/// Writes terms.
pub(super) struct TermsWriter(Vec<u8>);

impl TermsWriter {
    /// Begins the terms of a kind of message.
    pub(super) fn new(kind: &str) -> Self {
        Self(vec![FORM]).bytes(kind.as_bytes())
    }

    /// Adds a part: eight bytes of length, then the bytes.
    pub(super) fn bytes(mut self, part: &[u8]) -> Self {
        self.0.extend_from_slice(&(part.len() as u64).to_be_bytes());
        self.0.extend_from_slice(part);
        self
    }

    /// Adds an extension list in its order, behind its count.
    pub(super) fn extensions(self, extensions: &[Extension]) -> Self {
        let counted = self.bytes(&(extensions.len() as u64).to_be_bytes());
        extensions.iter().fold(counted, |terms, extension| {
            terms.bytes(extension.key.as_bytes()).bytes(extension.value.as_bytes())
        })
    }

    /// The form.
    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// SHA-256.
pub(super) fn sha256(terms: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, terms).as_ref());
    hash
}
