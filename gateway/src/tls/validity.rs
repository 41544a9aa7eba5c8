//! What `causeway doctor` wants to know of certificates before anybody connects.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use switch::Timestamp;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::ServerCertVerifier;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use super::identity::{Elements, SEQUENCE, names};
use super::{TlsError, files};
use crate::config::{self, TlsFiles};

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Whether all files can be used together, as at a start.
///
/// # Errors
/// The first one that cannot be read or used, keys that fit no certificate included.
pub fn check(config: &config::Tls) -> Result<(), TlsError> {
    files::materials(config).map(drop)
}

/// From when and until when the first certificate of a file is good.
///
/// # Errors
/// The file cannot be read, or is no certificate.
pub fn validity(path: &Path) -> Result<(Timestamp, Timestamp), TlsError> {
    let chain = files::certificates(path)?;
    let times = chain.first().and_then(|certificate| times(certificate));
    times.ok_or_else(|| files::refused(path, &"holds a certificate whose validity cannot be read"))
}

/// Whether the certificate leads to the CA of the same files, for the name that it bears.
///
/// # Errors
/// Why not.
pub fn leads_to_ca(files: &TlsFiles, now: Timestamp) -> Result<(), TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let refused = |reason: &dyn std::fmt::Display| files::refused(&files.certificate, &reason);
    let verifier = WebPkiServerVerifier::builder_with_provider(files::roots(files)?, provider);
    let verifier = verifier.build().map_err(|error| refused(&error))?;
    let chain = files::certificates(&files.certificate)?;
    let (first, rest) = chain.split_first().ok_or_else(|| refused(&"is empty"))?;
    let name = names(first).into_iter().find_map(|name| ServerName::try_from(name).ok());
    let name = name.ok_or_else(|| refused(&"bears no host name"))?;
    let now = Duration::from_millis(u64::try_from(now.0).unwrap_or(0));
    let now = UnixTime::since_unix_epoch(now);
    let verified = verifier.verify_server_cert(first, rest, &name, &[], now);
    verified.map(drop).map_err(|error| refused(&error))
}

/// What asks the door of these files, whose certificate leads to `ca`; and the name that it bears. `own` is what is
/// shown to it: a certificate and its key.
///
/// # Errors
/// A file that cannot be read or used.
pub fn asking(
    door: &TlsFiles,
    ca: &Path,
    own: Option<(&Path, &Path)>,
) -> Result<(Arc<ClientConfig>, ServerName<'static>), TlsError> {
    let refused = |reason: &dyn std::fmt::Display| files::refused(&door.certificate, &reason);
    let chain = files::certificates(&door.certificate)?;
    let named = chain.first().map(names).unwrap_or_default();
    let name = named.into_iter().find_map(|name| ServerName::try_from(name).ok());
    let name = name.ok_or_else(|| refused(&"bears no host name"))?;
    let roots = files::roots(&TlsFiles { ca: ca.to_owned(), ..door.clone() })?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| refused(&error))?
        .with_root_certificates(roots);
    let client = match own {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => builder
            .with_client_auth_cert(files::certificates(certificate)?, files::key(key)?)
            .map_err(|error| files::refused(certificate, &error))?,
    };
    Ok((Arc::new(client), name))
}

/// `Certificate.tbsCertificate.validity` (RFC 5280, section 4.1).
fn times(certificate: &CertificateDer<'_>) -> Option<(Timestamp, Timestamp)> {
    let (SEQUENCE, certificate) = Elements(certificate).next()? else { return None };
    let (SEQUENCE, body) = Elements(certificate).next()? else { return None };
    // version [0] and serialNumber come before; signature and issuer are sequences, as validity is.
    let is_sequence = |(tag, _): &(u8, &[u8])| *tag == SEQUENCE;
    let mut fields = Elements(body).skip_while(|(tag, _)| *tag != INTEGER).filter(is_sequence);
    let (_, validity) = fields.nth(2)?;
    let mut times = Elements(validity).map(|(tag, text)| instant(tag, text));
    Some((times.next()??, times.next()??))
}

/// `YYMMDDHHMMSSZ` until 2049, else `YYYYMMDDHHMMSSZ` (RFC 5280, section 4.1.2.5).
fn instant(tag: u8, text: &[u8]) -> Option<Timestamp> {
    let digits = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (year, rest) = match tag {
        UTC_TIME => digits.split_at_checked(2)?,
        GENERALIZED_TIME => digits.split_at_checked(4)?,
        _ => return None,
    };
    let year: i16 = year.parse().ok()?;
    let year = match tag {
        UTC_TIME if year < 50 => year + 2_000,
        UTC_TIME => year + 1_900,
        _ => year,
    };
    let part = |at: usize| rest.get(at..at + 2)?.parse::<i8>().ok();
    let time = DateTime::new(year, part(0)?, part(2)?, part(4)?, part(6)?, part(8)?, 0).ok()?;
    let zoned = time.to_zoned(TimeZone::UTC).ok()?;
    Some(Timestamp(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_time_are_read() {
        let at = |tag, text: &str| instant(tag, text.as_bytes()).map(|at| at.0);
        assert_eq!(at(UTC_TIME, "700101000001Z"), Some(1_000));
        assert_eq!(at(UTC_TIME, "491231235959Z"), at(GENERALIZED_TIME, "20491231235959Z"));
        assert_eq!(at(GENERALIZED_TIME, "19700102000000Z"), Some(86_400_000));
        for wrong in ["700101000001", "701301000000Z", "7001010000Z", "x00101000001Z"] {
            assert_eq!(at(UTC_TIME, wrong), None, "{wrong}");
        }
        assert_eq!(at(INTEGER, "700101000001Z"), None);
    }
}
