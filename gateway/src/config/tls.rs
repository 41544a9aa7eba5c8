//! The settings of TLS: which files, for whom.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use super::ConfigError;
use crate::limits::TLS_POLL_MS;

/// Files for all listeners and the client, and what one of them has of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// Our certificate and what leads from it to the CA.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// The scheme's CA.
    pub ca: PathBuf,
    /// Its revocation lists.
    pub crls: Vec<PathBuf>,
    /// Whether a list whose next update is overdue makes every certificate unusable.
    pub refuse_stale_crls: bool,
    /// How often the files are looked at.
    pub poll_ms: u64,
    /// Whether operators must show a certificate.
    pub admin_mutual: bool,
    fspiop: TlsFiles,
    bank: TlsFiles,
    admin: TlsFiles,
    client: TlsFiles,
}

/// The files of one listener or of the client. Empty ones are those of all.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// Our certificate and what leads from it to the CA.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// The CA that the other side's certificate must lead to.
    pub ca: PathBuf,
    /// Its revocation lists.
    pub crls: Vec<PathBuf>,
}

impl Tls {
    /// Whether there is TLS.
    pub fn is_on(&self) -> bool {
        !self.certificate.as_os_str().is_empty()
    }

    /// For the FSPIOP listener.
    pub fn fspiop(&self) -> TlsFiles {
        self.shared().with(&self.fspiop)
    }

    /// For the bank channel.
    pub fn bank(&self) -> TlsFiles {
        self.shared().with(&self.bank)
    }

    /// For the admin API.
    pub fn admin(&self) -> TlsFiles {
        self.shared().with(&self.admin)
    }

    /// For requests to peers.
    pub fn client(&self) -> TlsFiles {
        self.shared().with(&self.client)
    }

    fn shared(&self) -> TlsFiles {
        TlsFiles {
            certificate: self.certificate.clone(),
            key: self.key.clone(),
            ca: self.ca.clone(),
            crls: self.crls.clone(),
        }
    }

    /// # Errors
    /// A file that must be named is not, or everybody of the scheme would be an operator.
    pub(super) fn usable(self, admin: SocketAddr) -> Result<Tls, ConfigError> {
        let unusable = |key, reason: &str| ConfigError::Unusable { key, reason: reason.to_owned() };
        let empty = |path: &PathBuf| path.as_os_str().is_empty();
        if !self.is_on() {
            return Ok(self);
        }
        if empty(&self.key) {
            return Err(unusable("tls.key", "the certificate's private key is needed"));
        }
        if empty(&self.ca) {
            return Err(unusable("tls.ca", "the scheme's CA is needed: who may connect?"));
        }
        if self.admin_mutual && (empty(&self.admin.ca) || self.admin.ca == self.ca) {
            let reason = "operators need a CA of their own: any participant of the scheme's CA \
                          would be one";
            return Err(unusable("tls.admin.ca", reason));
        }
        if !self.admin_mutual && !admin.ip().is_loopback() {
            let reason = "operators without certificates connect on loopback only";
            return Err(unusable("tls.admin_mutual", reason));
        }
        if !(TLS_POLL_MS.0..=TLS_POLL_MS.1).contains(&self.poll_ms) {
            return Err(unusable("tls.poll_ms", "must be from 100 to 3600000"));
        }
        Ok(self)
    }
}

impl TlsFiles {
    /// These, with what `own` names instead. A certificate goes with its key, a CA with its lists.
    fn with(self, own: &TlsFiles) -> TlsFiles {
        let own_certificate = !own.certificate.as_os_str().is_empty();
        let own_ca = !own.ca.as_os_str().is_empty();
        let (certificate, key) = match own_certificate {
            true => (own.certificate.clone(), own.key.clone()),
            false => (self.certificate, self.key),
        };
        let (ca, crls) = match own_ca {
            true => (own.ca.clone(), own.crls.clone()),
            false => (self.ca, self.crls),
        };
        TlsFiles { certificate, key, ca, crls }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, ConfigError};
    use std::path::Path;

    const ON: &str = "[tls]\ncertificate = \"hub.pem\"\nkey = \"hub.key\"\nca = \"scheme.pem\"\n\
                      crls = [\"scheme.crl\"]\n";

    fn with(more: &str) -> Result<Config, ConfigError> {
        Config::parse(&format!("{ON}{more}"), "my.toml")
    }

    #[test]
    fn a_listener_has_its_own_files_or_those_of_all() {
        let config = with("[tls.admin]\nca = \"ops.pem\"\n").unwrap();
        let (bank, admin) = (config.tls.bank(), config.tls.admin());
        assert_eq!(bank.crls, [Path::new("scheme.crl")]);
        assert_eq!(admin.ca, Path::new("ops.pem"));
        assert!(admin.crls.is_empty(), "a CA goes with its own lists");
        assert_eq!(admin.key, Path::new("hub.key"));
    }

    #[test]
    fn what_tls_needs_is_named_when_it_is_missing() {
        let key = |error: ConfigError| match error {
            ConfigError::Unusable { key, .. } => key,
            other => panic!("{other}"),
        };
        assert_eq!(key(with("").unwrap_err()), "tls.admin.ca");
        let same = "[tls.admin]\nca = \"scheme.pem\"\n";
        assert_eq!(key(with(same).unwrap_err()), "tls.admin.ca");
        let open = "admin_mutual = false\n[listen]\nadmin = \"0.0.0.0:3001\"\n";
        assert_eq!(key(with(open).unwrap_err()), "tls.admin_mutual");
        let often = "poll_ms = 1\n[tls.admin]\nca = \"ops.pem\"\n";
        assert_eq!(key(with(often).unwrap_err()), "tls.poll_ms");
        for (missing, named) in [("key", "tls.key"), ("ca", "tls.ca")] {
            let text = ON.replace(&format!("\n{missing} = "), &format!("\n# {missing} = "));
            assert_eq!(key(Config::parse(&text, "my.toml").unwrap_err()), named);
        }
    }

    #[test]
    fn with_tls_all_addresses_and_https_may_be_used() {
        let text = "[tls.admin]\nca = \"ops.pem\"\n[listen]\nfspiop = \"0.0.0.0:1\"\n\
                    bank = \"0.0.0.0:2\"\nadmin = \"0.0.0.0:3\"\n\
                    [hub]\nurl = \"https://hub.example\"\npublic_key = \"hub.pub\"\n";
        with(text).unwrap();
    }
}
