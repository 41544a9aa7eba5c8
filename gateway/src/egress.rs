//! Where requests may go: a URL that somebody registered must not lead into the hub's own network
//! (server-side request forgery, C01). Decided on the URL when it is registered, and on the address
//! that its name resolves to when a connection is made: that address is the one connected to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use hyper::Uri;
use serde::Deserialize;
use thiserror::Error;

/// The rule.
#[derive(Debug, Clone, Default)]
pub struct Egress {
    allow: Vec<Network>,
    has_tls: bool,
}

/// Addresses with a common prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    address: IpAddr,
    prefix_bits: u8,
}

/// Why a URL is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{}", self.mend())]
pub enum Forbidden {
    /// Neither http nor https.
    Scheme,
    /// https, and we have no certificate.
    NoTls,
    /// http, and the message would leave the machine.
    Plain,
    /// `user@host`.
    UserInformation,
    /// No host.
    Host,
    /// `2130706433`, `0x7f.1`, `0177.0.0.1`.
    OddAddress,
    /// Private, loopback, link-local and so on.
    NotPublic,
}

impl Forbidden {
    /// What is to be mended.
    pub fn mend(self) -> &'static str {
        match self {
            Forbidden::Scheme => "must begin with http:// or https://",
            Forbidden::NoTls => "must begin with http://: TLS is not on",
            Forbidden::Plain => "must begin with https://: http is for loopback addresses only",
            Forbidden::UserInformation => "must not hold a user or password",
            Forbidden::Host => "must name a host",
            Forbidden::OddAddress => "must name a host, or an address in its usual form",
            Forbidden::NotPublic => {
                "leads to an address that is not public, and [egress] does not allow it"
            }
        }
    }
}

/// Where a URL leads, as far as it tells by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// To an address.
    Address(IpAddr),
    /// To whatever the name resolves to.
    Name(String),
}

impl Egress {
    /// Public addresses and `allow`.
    pub fn new(allow: Vec<Network>, has_tls: bool) -> Egress {
        Egress { allow, has_tls }
    }

    /// Whether `url` may be registered. What its name resolves to is seen at each connection.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, url: &str) -> Result<(), Forbidden> {
        // What follows the authority may hold a template's braces.
        let (scheme, rest) = url.split_once("://").ok_or(Forbidden::Scheme)?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let uri = format!("{scheme}://{authority}/").parse().map_err(|_| Forbidden::Host)?;
        match self.host(&uri)? {
            Host::Address(address) => self.reach(&uri, address),
            Host::Name(name) if is_localhost(&name) => {
                self.reach(&uri, IpAddr::V4(Ipv4Addr::LOCALHOST))
            }
            Host::Name(_) if self.has_tls && is_plain(&uri) => Err(Forbidden::Plain),
            Host::Name(_) => Ok(()),
        }
    }

    /// The host of a URL that has no other flaw.
    ///
    /// # Errors
    /// What is wrong with scheme, user information or host.
    pub fn host(&self, uri: &Uri) -> Result<Host, Forbidden> {
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") if self.has_tls => {}
            Some("https") => return Err(Forbidden::NoTls),
            _ => return Err(Forbidden::Scheme),
        }
        let authority = uri.authority().ok_or(Forbidden::Host)?;
        if authority.as_str().contains('@') {
            return Err(Forbidden::UserInformation);
        }
        host(authority.host())
    }

    /// Whether a request for `uri` may go to this address.
    ///
    /// # Errors
    /// Why not.
    pub fn reach(&self, uri: &Uri, address: IpAddr) -> Result<(), Forbidden> {
        let address = address.to_canonical();
        if !is_public(address) && !self.allow.iter().any(|network| network.holds(address)) {
            return Err(Forbidden::NotPublic);
        }
        match self.has_tls && is_plain(uri) && !address.is_loopback() {
            true => Err(Forbidden::Plain),
            false => Ok(()),
        }
    }
}

impl Network {
    /// Whether it is all addresses of its family.
    pub fn holds_everything(self) -> bool {
        self.prefix_bits == 0
    }

    fn holds(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let shift = 32_u32.saturating_sub(u32::from(self.prefix_bits));
                let differing = own.to_bits() ^ other.to_bits();
                differing.checked_shr(shift).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let shift = 128_u32.saturating_sub(u32::from(self.prefix_bits));
                let differing = own.to_bits() ^ other.to_bits();
                differing.checked_shr(shift).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Network, String> {
        let unfit = || format!("{text} is no network such as 10.0.0.0/8");
        let (address, bits) = text.split_once('/').ok_or_else(unfit)?;
        let address: IpAddr = address.parse().map_err(|_| unfit())?;
        let prefix_bits: u8 = bits.parse().map_err(|_| unfit())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        if prefix_bits > most { Err(unfit()) } else { Ok(Network { address, prefix_bits }) }
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Network, String> {
        text.parse()
    }
}

fn is_plain(uri: &Uri) -> bool {
    uri.scheme_str() == Some("http")
}

fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// What resolvers take for an address in an old form is refused: `2130706433`, `0x7f.1`, `017.1`.
fn host(text: &str) -> Result<Host, Forbidden> {
    if let Some(inside) = text.strip_prefix('[') {
        let address = inside.strip_suffix(']').and_then(|inside| inside.parse().ok());
        return address.map(|v6| Host::Address(IpAddr::V6(v6))).ok_or(Forbidden::OddAddress);
    }
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Ok(Host::Address(IpAddr::V4(address)));
    }
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    if name.is_empty() {
        return Err(Forbidden::Host);
    }
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x");
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    match !is_number && name.bytes().all(is_name) {
        true => Ok(Host::Name(name)),
        false => Err(Forbidden::OddAddress),
    }
}

/// Whether anybody on the Internet may have this address (IANA's special-purpose registries).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [first, second, third, _] = v4.octets();
    let special = v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_documentation()
        || first == 0
        || (first == 100 && (64..128).contains(&second))
        || (first == 192 && second == 0 && third == 0)
        || (first == 192 && second == 88 && third == 99)
        || (first == 198 && (18..20).contains(&second))
        || first >= 224;
    !special
}

/// Global unicast only; of it neither documentation nor what carries an IPv4 address inside.
fn is_public_v6(v6: Ipv6Addr) -> bool {
    let [first, second, ..] = v6.segments();
    let global = first & 0xe000 == 0x2000;
    let special = (first == 0x2001 && (second < 0x0200 || second == 0x0db8))
        || first == 0x2002
        || (first == 0x3fff && second < 0x1000);
    global && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    fn egress(allow: &[&str], has_tls: bool) -> Egress {
        Egress::new(allow.iter().map(|network| network.parse().unwrap()).collect(), has_tls)
    }

    #[test]
    fn what_leads_inside_is_refused_however_it_is_written() {
        for (url, why) in [
            ("http://169.254.169.254/latest/meta-data", Forbidden::NotPublic),
            ("http://localhost:8080/", Forbidden::NotPublic),
            ("http://LOCALHOST./", Forbidden::NotPublic),
            ("http://a.localhost/", Forbidden::NotPublic),
            ("http://127.0.0.1", Forbidden::NotPublic),
            ("http://127.9.9.9/", Forbidden::NotPublic),
            ("http://[::1]/", Forbidden::NotPublic),
            ("http://[::]/", Forbidden::NotPublic),
            ("http://[::ffff:127.0.0.1]/", Forbidden::NotPublic),
            ("http://[::ffff:a9fe:a9fe]/", Forbidden::NotPublic),
            ("http://[::127.0.0.1]/", Forbidden::NotPublic),
            ("http://[64:ff9b::7f00:1]/", Forbidden::NotPublic),
            ("http://[2002:7f00:1::]/", Forbidden::NotPublic),
            ("http://[fe80::1]/", Forbidden::NotPublic),
            ("http://[fd00::1]/", Forbidden::NotPublic),
            ("http://[ff02::1]/", Forbidden::NotPublic),
            ("http://0.0.0.0/", Forbidden::NotPublic),
            ("http://10.1.2.3/", Forbidden::NotPublic),
            ("http://172.31.255.1/", Forbidden::NotPublic),
            ("http://192.168.0.1/", Forbidden::NotPublic),
            ("http://100.64.0.1/", Forbidden::NotPublic),
            ("http://255.255.255.255/", Forbidden::NotPublic),
            ("http://2130706433/", Forbidden::OddAddress),
            ("http://0x7f000001/", Forbidden::OddAddress),
            ("http://0x7f.1/", Forbidden::OddAddress),
            ("http://0177.0.0.1/", Forbidden::OddAddress),
            ("http://127.1/", Forbidden::OddAddress),
            ("http://127.0.0.1./", Forbidden::OddAddress),
            ("http://user:secret@dfsp.example/", Forbidden::UserInformation),
            ("http://dfsp.example@127.0.0.1/", Forbidden::UserInformation),
            ("file:///etc/passwd", Forbidden::Scheme),
            ("gopher://dfsp.example/", Forbidden::Scheme),
            ("dfsp.example", Forbidden::Scheme),
            ("https://dfsp.example/", Forbidden::NoTls),
            ("http:///x", Forbidden::Host),
        ] {
            let refused = egress(&[], false).check(url).unwrap_err();
            assert!(refused == why || why == Forbidden::Scheme, "{url}: {refused}");
        }
    }

    #[test]
    fn public_addresses_names_and_allowed_networks_pass() {
        let open = ["127.0.0.0/8", "10.1.0.0/16", "::1/128"];
        for url in [
            "http://127.0.0.1:3000/{{id}}",
            "http://localhost/",
            "http://[::1]:80/",
            "http://[::ffff:127.0.0.1]/",
            "http://10.1.200.3/",
            "http://dfsp.example/fsp",
            "http://93.184.215.14/",
            "http://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
        ] {
            assert_eq!(egress(&open, false).check(url), Ok(()), "{url}");
        }
        let refused = egress(&open, false).check("http://10.2.0.1/");
        assert_eq!(refused, Err(Forbidden::NotPublic));
        assert_eq!(egress(&["0.0.0.0/0"], false).check("http://10.2.0.1/"), Ok(()));
    }

    #[test]
    fn with_tls_plain_http_stays_on_the_machine() {
        let egress = egress(&["127.0.0.0/8", "10.0.0.0/8"], true);
        assert_eq!(egress.check("https://dfsp.example/"), Ok(()));
        assert_eq!(egress.check("https://10.0.0.1/"), Ok(()));
        assert_eq!(egress.check("http://127.0.0.1/"), Ok(()));
        assert_eq!(egress.check("http://10.0.0.1/"), Err(Forbidden::Plain));
        assert_eq!(egress.check("http://dfsp.example/"), Err(Forbidden::Plain));
    }

    #[test]
    fn a_name_counts_by_what_it_resolves_to() {
        let rule = egress(&[], false);
        let uri: Uri = "http://dfsp.example/".parse().unwrap();
        assert_eq!(rule.host(&uri), Ok(Host::Name("dfsp.example".to_owned())));
        assert_eq!(rule.reach(&uri, "127.0.0.1".parse().unwrap()), Err(Forbidden::NotPublic));
        assert_eq!(rule.reach(&uri, "::ffff:10.0.0.1".parse().unwrap()), Err(Forbidden::NotPublic));
        assert_eq!(rule.reach(&uri, "93.184.215.14".parse().unwrap()), Ok(()));
    }

    #[test]
    fn a_network_is_an_address_and_the_bits_that_count() {
        for unfit in ["10.0.0.0", "10.0.0.0/33", "::/129", "dfsp.example/8", "10/8", ""] {
            assert!(unfit.parse::<Network>().is_err(), "{unfit}");
        }
    }
}
