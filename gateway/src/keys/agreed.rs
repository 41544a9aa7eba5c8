//! That all nodes over one store sign with the same keys: the first one to sign for a party records the
//! fingerprint of its public key, and a node with another key does not start.

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use switch_store::{
    CommitError, Committer, DocumentKey, DocumentWrite, Expected, Store, Submission,
};

use super::KeysError;
use crate::node::StartError;

/// The kind of fingerprints; the key is the party's name.
pub const OWN_KEY: &str = "own-key";

/// Records the key of `party`, or compares it with what is recorded.
///
/// # Errors
/// Another node signs with another key, or the store does not answer.
pub async fn agree(
    store: &dyn Store,
    committer: &Committer,
    party: &str,
    public_pem: &str,
) -> Result<(), StartError> {
    let key = DocumentKey::new(OWN_KEY, party.to_owned());
    let ours = fingerprint(public_pem);
    loop {
        if let Some(recorded) = store.document(&key).await? {
            return same(party, &recorded.body, &ours);
        }
        let body = Some(Bytes::from(ours.clone()));
        let write =
            DocumentWrite { key: key.clone(), expected: Expected::Absent, body, deadline: None };
        let submission = Submission { documents: vec![write], ..Submission::default() };
        match committer.submit(submission).await {
            Ok(_) => return Ok(()),
            // Another node was faster.
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(KeysError::Unrecorded { reason: error.to_string() }.into()),
        }
    }
}

fn same(party: &str, recorded: &[u8], ours: &str) -> Result<(), StartError> {
    if recorded == ours.as_bytes() {
        return Ok(());
    }
    let (party, ours) = (party.to_owned(), ours.to_owned());
    let recorded = String::from_utf8_lossy(recorded).into_owned();
    Err(KeysError::OfAnother { party, ours, recorded }.into())
}

/// SHA-256 of the key itself, in hexadecimal digits; how its PEM is broken into lines does not matter.
fn fingerprint(public_pem: &str) -> String {
    let lines = public_pem.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
    let text: String = lines.collect();
    digest(&SHA256, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_keys_and_not_its_files() {
        let pem = "-----BEGIN PUBLIC KEY-----\nAAAA\nBBBB\n-----END PUBLIC KEY-----\n";
        let same_key = "-----BEGIN PUBLIC KEY-----\r\nAAAABBBB\r\n-----END PUBLIC KEY-----";
        assert_eq!(fingerprint(pem), fingerprint(same_key));
        assert_ne!(fingerprint(pem), fingerprint(&pem.replace('B', "C")));
        assert_eq!(fingerprint(pem).len(), 64);
    }

    #[test]
    fn another_key_is_refused_with_its_party_and_both_fingerprints() {
        assert!(same("Hub", b"aa", "aa").is_ok());
        let error = same("Hub", b"aa", "bb").unwrap_err().to_string();
        assert!(error.contains("Hub") && error.contains("aa") && error.contains("bb"), "{error}");
    }
}
