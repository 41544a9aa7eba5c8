//! Whose certificate it is. The names of a certificate are its URI and DNS subject alternative
//! names; the subject's common name counts only where there are none of these. A name is compared
//! byte by byte; wildcards and addresses name nobody.

use std::sync::Arc;

use tokio_rustls::rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

/// Who is at the other end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// This process: its hub, or its side of a bank.
    Inside,
    /// Somebody on this machine over plain HTTP, who is believed what the message says.
    Loopback,
    /// The holder of a verified certificate, by its names.
    Certificate(Arc<[String]>),
}

impl Peer {
    /// The holder of a verified certificate.
    pub fn of(certificate: &CertificateDer<'_>) -> Peer {
        Peer::Certificate(names(certificate).into())
    }

    /// Whether it may speak for who has this identity.
    pub fn is(&self, identity: &str) -> bool {
        self.names().is_none_or(|names| names.iter().any(|name| name == identity))
    }

    /// The names in its certificate, if it had to show one.
    pub fn names(&self) -> Option<&[String]> {
        match self {
            Peer::Inside | Peer::Loopback => None,
            Peer::Certificate(names) => Some(names),
        }
    }
}

pub(super) fn names(certificate: &CertificateDer<'_>) -> Vec<String> {
    // It was verified: it can be read.
    let Ok(certificate) = EndEntityCert::try_from(certificate) else { return Vec::new() };
    let hosts = certificate.valid_dns_names().filter(|name| !name.contains('*'));
    let alternative: Vec<String> =
        certificate.valid_uri_names().chain(hosts).map(str::to_owned).collect();
    if !alternative.is_empty() {
        return alternative;
    }
    common_name(certificate.subject()).into_iter().collect()
}

pub(super) const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTF8_STRING: u8 = 0x0c;
const PRINTABLE_STRING: u8 = 0x13;
const IA5_STRING: u8 = 0x16;
/// id-at-commonName, 2.5.4.3
const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];

/// The one common name in a subject (RFC 5280 §4.1.2.6); of several none counts.
fn common_name(subject: &[u8]) -> Option<String> {
    let mut found = Vec::new();
    let mut sets = Elements(subject);
    while let Some((SET, set)) = sets.next() {
        let mut pairs = Elements(set);
        while let Some((SEQUENCE, pair)) = pairs.next() {
            let mut pair = Elements(pair);
            if pair.next() != Some((OBJECT_IDENTIFIER, COMMON_NAME.as_slice())) {
                continue;
            }
            let (UTF8_STRING | PRINTABLE_STRING | IA5_STRING, text) = pair.next()? else {
                return None;
            };
            found.push(std::str::from_utf8(text).ok()?.to_owned());
        }
    }
    if found.len() == 1 { found.pop() } else { None }
}

/// The elements of a DER sequence: tag and contents. Ends at what is no element.
pub(super) struct Elements<'d>(pub(super) &'d [u8]);

impl<'d> Iterator for Elements<'d> {
    type Item = (u8, &'d [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (tag, rest) = self.0.split_first()?;
        let (first, rest) = rest.split_first()?;
        // Subjects are short: lengths of one and two bytes.
        let (length, rest) = match *first {
            short @ ..=0x7f => (usize::from(short), rest),
            0x81 => rest.split_first().map(|(length, rest)| (usize::from(*length), rest))?,
            0x82 => {
                let (length, rest) = rest.split_first_chunk::<2>()?;
                (usize::from(u16::from_be_bytes(*length)), rest)
            }
            _ => return None,
        };
        let (contents, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*tag, contents))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn a_name_is_compared_byte_by_byte() {
        let peer = Peer::Certificate(["greenwallet".to_owned()].into());
        assert!(peer.is("greenwallet"));
        assert!(!peer.is("GreenWallet") && !peer.is("greenwallet2") && !peer.is(""));
        assert!(!Peer::Certificate([].into()).is(""));
        assert!(Peer::Loopback.is("anybody") && Peer::Inside.is("anybody"));
    }

    #[test]
    fn a_subject_that_is_odd_names_nobody() {
        let name = |cn: &[u8]| {
            let mut pair =
                vec![0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, u8::try_from(cn.len()).unwrap()];
            pair.extend_from_slice(cn);
            let pair_len = u8::try_from(pair.len()).unwrap();
            [&[0x31, pair_len + 2, 0x30, pair_len], pair.as_slice()].concat()
        };
        assert_eq!(common_name(&name(b"green")).as_deref(), Some("green"));
        assert_eq!(common_name(&[name(b"green"), name(b"blue")].concat()), None);
        assert_eq!(common_name(&name(b"\xff")), None);
        assert_eq!(common_name(&[]), None);
        assert_eq!(common_name(&[0x31, 0x84, 1, 1, 1, 1]), None);
        let whole = name(b"green");
        assert_eq!(common_name(&whole[..whole.len() - 1]), None);
    }
}
