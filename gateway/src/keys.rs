//! The private keys that this process signs with: the hub's, and those of the banks that it speaks
//! for. One PEM file each under the store's directory, made when its party is onboarded, readable by
//! its owner only. A file that has gone is never replaced by a new key, which nobody would trust.

pub mod agreed;

use std::collections::HashMap;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::rand::SystemRandom;
use fspiop::jws::{Draft, SignatureHeaders, SigningKey, sign};
use thiserror::Error;

/// All keys of this process.
pub struct Keys {
    directory: PathBuf,
    parsed: RwLock<HashMap<String, Arc<SigningKey>>>,
}

/// Why a key cannot be had. The operator's to mend.
#[derive(Debug, Error)]
pub enum KeysError {
    /// The file or its directory.
    #[error("the key file {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file's content.
    #[error("the key file {}: {source}", path.display())]
    Key {
        /// Which.
        path: PathBuf,
        /// Why.
        source: fspiop::jws::KeyError,
    },
    /// A party that is known has no key.
    #[error("the key file {} is missing: put it back from a backup, or another RSA key in PEM there \
             and have its public half registered", path.display())]
    Missing {
        /// Which.
        path: PathBuf,
    },
    /// The other nodes sign with another one.
    #[error(
        "the key of {party} here (SHA-256 {ours}) is not the one that the other nodes sign with \
             ({recorded}): point [store] directory of all nodes at the same key files, or copy theirs here"
    )]
    OfAnother {
        /// Whose.
        party: String,
        /// The fingerprint of the key here.
        ours: String,
        /// The fingerprint that was recorded first.
        recorded: String,
    },
    /// Which key the nodes sign with cannot be recorded.
    #[error("which key all nodes sign with cannot be recorded: {reason}")]
    Unrecorded {
        /// Why.
        reason: String,
    },
    /// The library.
    #[error("a key cannot be made or used")]
    Failed,
}

impl Keys {
    /// The keys in `directory`, which need not exist yet.
    pub fn new(directory: PathBuf) -> Keys {
        Keys { directory, parsed: RwLock::default() }
    }

    /// The key of a party.
    ///
    /// # Errors
    /// There is no file, it cannot be read, or it holds no usable key.
    pub fn key(&self, party: &str) -> Result<Arc<SigningKey>, KeysError> {
        self.key_or(party, |path| Err(KeysError::Missing { path: path.to_owned() }))
    }

    /// The key of a party that is being onboarded: made unless there is one already.
    ///
    /// # Errors
    /// The file cannot be read or written, or holds no usable key.
    pub fn make(&self, party: &str) -> Result<Arc<SigningKey>, KeysError> {
        self.key_or(party, make)
    }

    fn key_or(
        &self,
        party: &str,
        otherwise: impl FnOnce(&Path) -> Result<String, KeysError>,
    ) -> Result<Arc<SigningKey>, KeysError> {
        let known = |keys: &HashMap<String, Arc<SigningKey>>| keys.get(party).cloned();
        if let Some(key) = known(&self.parsed.read().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(key);
        }
        // Under the write lock, so that two who ask at once get one key.
        let mut parsed = self.parsed.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = known(&parsed) {
            return Ok(key);
        }
        let path = self.directory.join(file_name(party));
        let pem = match std::fs::read_to_string(&path) {
            Ok(pem) => pem,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => otherwise(&path)?,
            Err(source) => return Err(KeysError::File { path, source }),
        };
        let key = SigningKey::from_pem(&pem).map_err(|source| KeysError::Key { path, source })?;
        let key = Arc::new(key);
        parsed.insert(party.to_owned(), Arc::clone(&key));
        Ok(key)
    }

    /// The public half of a party's key.
    ///
    /// # Errors
    /// As [`Keys::key`].
    pub fn public_pem(&self, party: &str) -> Result<String, KeysError> {
        self.key(party)?.public_key_pem().map_err(|_| KeysError::Failed)
    }

    /// Signs as `party`.
    ///
    /// # Errors
    /// There is no key, or the request names no FSPIOP resource.
    pub fn sign(&self, party: &str, draft: &Draft<'_>) -> Result<SignatureHeaders, KeysError> {
        let key = self.key(party)?;
        sign(draft, &key, &SystemRandom::new()).map_err(|_| KeysError::Failed)
    }
}

/// A new RSA key of 2048 bits: what every deployed SDK verifies.
fn make(path: &Path) -> Result<String, KeysError> {
    let key = SigningKey::generate_rsa_2048().map_err(|_| KeysError::Failed)?;
    let pem = key.private_key_pem().map_err(|_| KeysError::Failed)?;
    let file = |source| KeysError::File { path: path.to_owned(), source };
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).map_err(file)?;
    }
    let mut number = [0; 8];
    aws_lc_rs::rand::fill(&mut number).map_err(|_| KeysError::Failed)?;
    // Written whole under another name first: a crash must not leave half a key. The name is nobody
    // else's: of two that make it at once, over a folder that they share, each links what it wrote.
    let draft = path.with_extension(format!("{:016x}.new", u64::from_be_bytes(number)));
    let mut out = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .map_err(file)?;
    out.write_all(pem.as_bytes()).and_then(|()| out.sync_all()).map_err(file)?;
    // Linked and not renamed: of two nodes that make it at once, the second one takes the first's.
    let linked = std::fs::hard_link(&draft, path);
    let _ = std::fs::remove_file(&draft);
    match linked {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            return std::fs::read_to_string(path).map_err(file);
        }
        Err(error) => return Err(file(error)),
    }
    // The name is the directory's, and is stable when that is.
    if let Some(directory) = path.parent() {
        std::fs::File::open(directory).and_then(|opened| opened.sync_all()).map_err(file)?;
    }
    Ok(pem)
}

/// A file name that no FspId can lead astray with.
fn file_name(party: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    match !party.is_empty() && party.bytes().all(is_plain) {
        true => format!("{party}.pem"),
        false => party.bytes().map(|b| format!("{b:02x}")).chain([".pem".to_owned()]).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_found_again() {
        let directory = tempfile::tempdir().unwrap();
        let keys = Keys::new(directory.path().join("keys"));
        assert!(matches!(keys.public_pem("bank-a"), Err(KeysError::Missing { .. })));
        keys.make("bank-a").unwrap();
        let pem = keys.public_pem("bank-a").unwrap();
        let again = Keys::new(directory.path().join("keys"));
        again.make("bank-a").unwrap();
        assert_eq!(again.public_pem("bank-a").unwrap(), pem);
        keys.make("bank-b").unwrap();
        assert_ne!(keys.public_pem("bank-b").unwrap(), pem);
        std::fs::remove_file(directory.path().join("keys/bank-b.pem")).unwrap();
        let error = Keys::new(directory.path().join("keys")).key("bank-b").err().unwrap();
        assert!(error.to_string().contains("bank-b.pem"), "{error}");
    }

    #[test]
    fn two_who_make_a_key_at_once_have_the_same() {
        let directory = tempfile::tempdir().unwrap();
        let start = std::sync::Barrier::new(2);
        let made = || {
            start.wait();
            Keys::new(directory.path().to_owned()).make("Hub").unwrap().public_key_pem().unwrap()
        };
        let (one, other) = std::thread::scope(|scope| {
            let other = scope.spawn(made);
            (made(), other.join().unwrap())
        });
        assert_eq!(one, other);
        let files = std::fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(files, 1, "no draft is left");
    }

    #[test]
    fn no_name_leaves_the_directory() {
        assert_eq!(file_name("bank-a"), "bank-a.pem");
        assert_eq!(file_name("../x"), "2e2e2f78.pem");
    }
}
