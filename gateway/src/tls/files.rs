//! From PEM files to configurations of rustls.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::client::{Resumption, WebPkiServerVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{
    CertificateDer, CertificateRevocationListDer, PrivateKeyDer,
};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{
    ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion, version,
};

use super::{DoorMaterials, Materials, TlsError};
use crate::config::{self, TlsFiles};

/// Nothing older. What these two offer has forward secrecy in all suites.
const VERSIONS: [&SupportedProtocolVersion; 2] = [&version::TLS13, &version::TLS12];

/// Reads everything.
///
/// # Errors
/// The first file that cannot be read or used.
pub fn materials(config: &config::Tls) -> Result<Materials, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let door = |files: &TlsFiles, mutual| {
        let verifier = match mutual {
            true => client_verifier(files, config.refuse_stale_crls, &provider)?,
            false => WebPkiClientVerifier::no_client_auth(),
        };
        let server = server(files, Arc::clone(&verifier), &provider)?;
        Ok(DoorMaterials { server, verifier })
    };
    Ok(Materials {
        doors: [
            door(&config.fspiop(), true)?,
            door(&config.bank(), true)?,
            door(&config.admin(), config.admin_mutual)?,
        ],
        client: client(&config.client(), config.refuse_stale_crls, &provider)?,
    })
}

fn server(
    files: &TlsFiles,
    verifier: Arc<dyn ClientCertVerifier>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<ServerConfig>, TlsError> {
    let refused = |error: tokio_rustls::rustls::Error| refused(&files.certificate, &error);
    let (chain, key) = (certificates(&files.certificate)?, key(&files.key)?);
    let mut server = ServerConfig::builder_with_provider(Arc::clone(provider))
        .with_protocol_versions(&VERSIONS)
        .map_err(refused)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .map_err(refused)?;
    // No resumption: every handshake shows its certificate anew, so that whoever is revoked is out.
    server.session_storage = Arc::new(tokio_rustls::rustls::server::NoServerSessionStorage {});
    server.send_tls13_tickets = 0;
    // No early data: it can be replayed.
    server.max_early_data_size = 0;
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(server))
}

fn client(
    files: &TlsFiles,
    refuse_stale_crls: bool,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<ClientConfig>, TlsError> {
    let builder = WebPkiServerVerifier::builder_with_provider(roots(files)?, Arc::clone(provider))
        .with_crls(crls(files)?);
    let builder = if refuse_stale_crls { builder.enforce_revocation_expiration() } else { builder };
    let verifier = builder.build().map_err(|error| refused(&files.ca, &error))?;
    let refused = |error: tokio_rustls::rustls::Error| refused(&files.certificate, &error);
    let mut client = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_protocol_versions(&VERSIONS)
        .map_err(refused)?
        .with_webpki_verifier(verifier)
        .with_client_auth_cert(certificates(&files.certificate)?, key(&files.key)?)
        .map_err(refused)?;
    client.resumption = Resumption::disabled();
    client.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(client))
}

/// What connects to a server of ours that asks for no certificate: its own must lead to `ca`.
///
/// # Errors
/// The file cannot be read or used.
pub fn trusting(ca: &Path) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    for root in certificates(ca)? {
        roots.add(root).map_err(|error| refused(ca, &error))?;
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&VERSIONS)
        .map_err(|error| refused(ca, &error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(client))
}

fn client_verifier(
    files: &TlsFiles,
    refuse_stale_crls: bool,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let builder = WebPkiClientVerifier::builder_with_provider(roots(files)?, Arc::clone(provider))
        .with_crls(crls(files)?);
    let builder = if refuse_stale_crls { builder.enforce_revocation_expiration() } else { builder };
    builder.build().map_err(|error| refused(&files.ca, &error))
}

pub(super) fn roots(files: &TlsFiles) -> Result<Arc<RootCertStore>, TlsError> {
    let mut roots = RootCertStore::empty();
    for root in certificates(&files.ca)? {
        roots.add(root).map_err(|error| refused(&files.ca, &error))?;
    }
    Ok(Arc::new(roots))
}

fn crls(files: &TlsFiles) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
    let mut all = Vec::new();
    for path in &files.crls {
        let found = CertificateRevocationListDer::pem_file_iter(path)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| refused(path, &error))?;
        all.extend(some(path, found, "holds no revocation list (X509 CRL) in PEM")?);
    }
    Ok(all)
}

pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| refused(path, &error))?;
    some(path, found, "holds no certificate in PEM")
}

pub(super) fn key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| refused(path, &error))
}

fn some<T>(path: &Path, found: Vec<T>, otherwise: &str) -> Result<Vec<T>, TlsError> {
    if found.is_empty() { Err(refused(path, &otherwise)) } else { Ok(found) }
}

/// None of these errors shows what is in the file.
pub(super) fn refused(path: &Path, reason: &impl std::fmt::Display) -> TlsError {
    TlsError { path: path.to_owned(), reason: reason.to_string() }
}
