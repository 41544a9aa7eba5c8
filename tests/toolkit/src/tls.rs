//! A throw-away scheme CA and the certificates that it issues: what participants show, and for tests of refusal
//! everything that a certificate can have wrong.

use crate::ToolkitError;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevokedCertParams, SanType, SerialNumber, date_time_ymd,
};
use std::fs::OpenOptions;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};

/// From when and until when certificates are good, unless a test says otherwise: years.
const VALID_YEARS: (i32, i32) = (2020, 2120);

/// A certification authority with a P-256 key that is nowhere but here.
pub struct SchemeCa {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// What a certificate says.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// The subject's common name.
    pub common_name: String,
    /// DNS names; URIs where they hold `://`.
    pub names: Vec<String>,
    /// Addresses.
    pub addresses: Vec<IpAddr>,
    /// First and last year, as their 1 January.
    pub years: (i32, i32),
    /// For what it may be used: as a client, as a server.
    pub usages: (bool, bool),
    /// Its number at its CA.
    pub serial: u64,
}

/// A certificate with its key, and the CA by which its holder verifies others. All PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The holder's certificate.
    pub certificate: String,
    /// Its private key, PKCS#8.
    pub key: String,
    /// The CA that others' certificates must lead to.
    pub ca: String,
}

impl Leaf {
    /// A participant of this name on this machine, as client and as server.
    pub fn of(name: &str) -> Self {
        Self {
            common_name: name.to_owned(),
            names: vec![name.to_owned()],
            addresses: vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            years: VALID_YEARS,
            usages: (true, true),
            serial: 1_000,
        }
    }

    fn params(&self) -> Result<CertificateParams, ToolkitError> {
        let mut params = params(&self.common_name, self.years);
        let ia5 = |name: &str| name.try_into().map_err(|error| failed(&error));
        for name in &self.names {
            params.subject_alt_names.push(match name.contains("://") {
                true => SanType::URI(ia5(name)?),
                false => SanType::DnsName(ia5(name)?),
            });
        }
        params.subject_alt_names.extend(self.addresses.iter().copied().map(SanType::IpAddress));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let (client, server) = self.usages;
        let usages = [
            (client, ExtendedKeyUsagePurpose::ClientAuth),
            (server, ExtendedKeyUsagePurpose::ServerAuth),
        ];
        params.extended_key_usages =
            usages.into_iter().filter(|(may, _)| *may).map(|(_, usage)| usage).collect();
        params.serial_number = Some(self.serial.into());
        Ok(params)
    }

    /// The same, signed by its own key.
    ///
    /// # Errors
    /// [`ToolkitError::Key`] if there is no entropy, or a name that cannot be in a certificate.
    pub fn self_signed(&self) -> Result<Credentials, ToolkitError> {
        let key = KeyPair::generate().map_err(|error| failed(&error))?;
        let certificate = self.params()?.self_signed(&key).map_err(|error| failed(&error))?.pem();
        Ok(Credentials { ca: certificate.clone(), certificate, key: key.serialize_pem() })
    }
}

impl SchemeCa {
    /// A new one.
    ///
    /// # Errors
    /// [`ToolkitError::Key`] if there is no entropy.
    pub fn new(name: &str) -> Result<Self, ToolkitError> {
        let key = KeyPair::generate().map_err(|error| failed(&error))?;
        let mut params = params(name, VALID_YEARS);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let pem = params.self_signed(&key).map_err(|error| failed(&error))?.pem();
        Ok(Self { pem, issuer: Issuer::new(params, key) })
    }

    /// Its own certificate.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Issues a certificate.
    ///
    /// # Errors
    /// [`ToolkitError::Key`] if there is no entropy, or a name that cannot be in a certificate.
    pub fn issue(&self, leaf: &Leaf) -> Result<Credentials, ToolkitError> {
        let key = KeyPair::generate().map_err(|error| failed(&error))?;
        let certificate =
            leaf.params()?.signed_by(&key, &self.issuer).map_err(|error| failed(&error))?;
        Ok(Credentials {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
            ca: self.pem.clone(),
        })
    }

    /// What a participant of this name has.
    ///
    /// # Errors
    /// As [`SchemeCa::issue`].
    pub fn participant(&self, name: &str) -> Result<Credentials, ToolkitError> {
        self.issue(&Leaf::of(name))
    }

    /// The list of the revoked certificates' numbers, good from and until 1 January of these years.
    ///
    /// # Errors
    /// [`ToolkitError::Key`] if it cannot be signed.
    pub fn revoked(&self, serials: &[u64], years: (i32, i32)) -> Result<String, ToolkitError> {
        let entry = |serial: &u64| RevokedCertParams {
            serial_number: (*serial).into(),
            revocation_time: date_time_ymd(years.0, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(years.0, 1, 1),
            next_update: date_time_ymd(years.1, 1, 1),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: serials.iter().map(entry).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).and_then(|list| list.pem()).map_err(|error| failed(&error))
    }
}

impl std::fmt::Debug for SchemeCa {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SchemeCa")
    }
}

impl Credentials {
    /// The same holder, who verifies others by another CA.
    #[must_use]
    pub fn trusting(mut self, ca: &str) -> Self {
        self.ca = ca.to_owned();
        self
    }

    /// The holder's certificate.
    ///
    /// # Errors
    /// [`ToolkitError::Key`] if it is not PEM.
    pub fn certificate_der(&self) -> Result<CertificateDer<'static>, ToolkitError> {
        CertificateDer::from_pem_slice(self.certificate.as_bytes()).map_err(|error| failed(&error))
    }

    /// Writes `{name}.pem`, `{name}.key` (for its owner alone) and `{name}-ca.pem`.
    ///
    /// # Errors
    /// [`ToolkitError::Io`] if a file cannot be written.
    pub fn write(&self, directory: &Path, name: &str) -> Result<(), ToolkitError> {
        let files = [
            (".pem", &self.certificate, 0o644),
            (".key", &self.key, 0o600),
            ("-ca.pem", &self.ca, 0o644),
        ];
        for (kind, text, mode) in files {
            let path = directory.join(format!("{name}{kind}"));
            let mut file = OpenOptions::new();
            let file = file.write(true).create(true).truncate(true).mode(mode).open(&path);
            file.and_then(|mut file| file.write_all(text.as_bytes()))
                .map_err(|source| ToolkitError::io(format!("write {}", path.display()), source))?;
        }
        Ok(())
    }

    /// For requests: the certificate is shown, the server's is verified.
    ///
    /// # Errors
    /// [`ToolkitError::Key`] if the credentials cannot be used.
    pub fn client(&self) -> Result<ClientConfig, ToolkitError> {
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(&error))?
            .with_root_certificates(self.roots()?);
        builder
            .with_client_auth_cert(vec![self.certificate_der()?], self.private_key()?)
            .map_err(|error| failed(&error))
    }

    /// For a listener: the certificate is shown, the client's is demanded and verified.
    ///
    /// # Errors
    /// [`ToolkitError::Key`] if the credentials cannot be used.
    pub fn server(&self) -> Result<ServerConfig, ToolkitError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(self.roots()?), provider.clone());
        let builder = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(&error))?
            .with_client_cert_verifier(verifier.build().map_err(|error| failed(&error))?);
        builder
            .with_single_cert(vec![self.certificate_der()?], self.private_key()?)
            .map_err(|error| failed(&error))
    }

    fn private_key(&self) -> Result<PrivateKeyDer<'static>, ToolkitError> {
        PrivateKeyDer::from_pem_slice(self.key.as_bytes()).map_err(|error| failed(&error))
    }

    fn roots(&self) -> Result<RootCertStore, ToolkitError> {
        let mut roots = RootCertStore::empty();
        let root =
            CertificateDer::from_pem_slice(self.ca.as_bytes()).map_err(|error| failed(&error))?;
        roots.add(root).map_err(|error| failed(&error))?;
        Ok(roots)
    }
}

fn params(common_name: &str, years: (i32, i32)) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = date_time_ymd(years.0, 1, 1);
    params.not_after = date_time_ymd(years.1, 1, 1);
    params
}

fn failed(error: &dyn std::fmt::Display) -> ToolkitError {
    ToolkitError::Key(error.to_string())
}
