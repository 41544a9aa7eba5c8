//! Which certificates and versions are let in.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use causeway_tests::tls::{operator, operators_ca, scheme_ca};
use causeway_tests::world::{self, World};
use causeway_toolkit::tls::{Credentials, Leaf, SchemeCa};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, version};

use super::{PATIENCE_MS, connect, first_words, fspiop, metric, spoken};

const REVOKED: u64 = 66;

/// A world whose CA has revoked the certificate with number [`REVOKED`].
async fn with_list(directory: &std::path::Path) -> World {
    let list = directory.join("scheme.crl");
    std::fs::write(&list, scheme_ca().revoked(&[REVOKED], (2020, 2120)).unwrap()).unwrap();
    let mut world = World::start().await;
    let settings = causeway_tests::tls::settings(directory, "Hub");
    let settings = settings.replacen("poll_ms", &format!("crls = [{list:?}]\npoll_ms"), 1);
    world.gateway = world::plain_gateway(directory, &settings, Default::default()).await;
    world.admin = world::admin(&world.gateway);
    world
}

fn leaf(change: impl FnOnce(&mut Leaf)) -> Credentials {
    let mut leaf = Leaf::of("greenwallet");
    change(&mut leaf);
    scheme_ca().issue(&leaf).unwrap()
}

/// What is wrong with a certificate, the alert that its holder gets, and the metric's reason.
fn refused() -> Vec<(&'static str, Credentials, &'static str, &'static str)> {
    let other = SchemeCa::new("Test Scheme CA").unwrap();
    let trusting = |credentials: Credentials| credentials.trusting(scheme_ca().pem());
    vec![
        ("revoked", leaf(|leaf| leaf.serial = REVOKED), "CertificateRevoked", "revoked"),
        ("expired", leaf(|leaf| leaf.years = (2019, 2020)), "CertificateExpired", "expired"),
        ("not yet", leaf(|leaf| leaf.years = (2100, 2110)), "CertificateExpired", "not-yet-valid"),
        ("server only", leaf(|leaf| leaf.usages = (false, true)), "", "wrong-use"),
        (
            "self-signed",
            trusting(Leaf::of("greenwallet").self_signed().unwrap()),
            "UnknownCA",
            "unknown-issuer",
        ),
        (
            "other CA of the same name",
            trusting(other.participant("greenwallet").unwrap()),
            "",
            "bad-certificate",
        ),
        (
            "operators' CA",
            trusting(operators_ca().participant("greenwallet").unwrap()),
            "UnknownCA",
            "unknown-issuer",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn s08_a_certificate_that_is_not_good_is_refused_with_its_alert() {
    let directory = tempfile::tempdir().unwrap();
    let world = with_list(directory.path()).await;
    let good = leaf(|leaf| leaf.serial = REVOKED + 1);
    let words = first_words(fspiop(&world), good.client().unwrap()).await;
    assert_eq!(words.as_deref(), Ok("HTTP/1.1 404"), "a good one is let in");
    for (name, credentials, alert, reason) in refused() {
        let line =
            format!("causeway_handshakes_refused_total{{door=\"fspiop\",reason=\"{reason}\"}}");
        let before = metric(&world.admin, &line).await;
        let words = first_words(fspiop(&world), credentials.client().unwrap()).await;
        let words = words.expect_err(name);
        assert!(words.contains("alert") && words.contains(alert), "{name}: {words}");
        assert_eq!(counted(&world, &line, before).await, before + 1, "{name}: {line}");
    }
}

/// A count once it has moved on: the door counts after its alert has left.
async fn counted(world: &World, line: &str, before: u64) -> u64 {
    for _ in 0..PATIENCE_MS / 10 {
        let now = metric(&world.admin, line).await;
        if now != before {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    before
}

fn without_certificate(
    versions: &[&'static tokio_rustls::rustls::SupportedProtocolVersion],
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let operator = operator();
    use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject};
    roots.add(CertificateDer::from_pem_slice(operator.ca.as_bytes()).unwrap()).unwrap();
    ClientConfig::builder_with_protocol_versions(versions)
        .with_root_certificates(roots)
        .with_no_client_auth()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_door_demands_a_certificate_of_its_own_ca() {
    let world = World::start().await;
    let at = world.gateway.addresses;
    for door in [at.fspiop, at.bank, at.admin] {
        for versions in [&[&version::TLS13], &[&version::TLS12]] {
            let words = first_words(door, without_certificate(versions)).await.unwrap_err();
            assert!(words.contains("alert"), "{words}");
        }
        // Plain HTTP.
        let heard = causeway_toolkit::http::raw::exchange(door, b"GET /health HTTP/1.1\r\n\r\n");
        let heard = heard.await.unwrap();
        assert!(!heard.starts_with(b"HTTP"), "{heard:?}");
    }
    let green = world.credentials("greenwallet").unwrap();
    let words = first_words(at.admin, green.client().unwrap()).await.unwrap_err();
    assert!(words.contains("UnknownCA"), "a participant is no operator: {words}");
    let words = first_words(at.admin, operator().client().unwrap()).await;
    assert_eq!(words.as_deref(), Ok("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_resumed_and_nothing_comes_early() {
    let world = World::start().await;
    let mut client = world.credentials("greenwallet").unwrap().client().unwrap();
    client.enable_early_data = true;
    let client = std::sync::Arc::new(client);
    for _ in 0..3 {
        let mut stream = connect(fspiop(&world), (*client).clone()).await.unwrap();
        assert!(!stream.get_ref().1.is_early_data_accepted());
        assert_eq!(spoken(&mut stream).await.as_deref(), Ok("HTTP/1.1 404"));
        let kind = stream.get_ref().1.handshake_kind().unwrap();
        assert_eq!(kind, tokio_rustls::rustls::HandshakeKind::Full);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_finish_the_handshake_is_cut() {
    // It holds for all that is sent before, and for connections that are idle: not too short.
    let mut world = World::with("[limits]\nheader_timeout_ms = 3000\n").await;
    let mut silent = TcpStream::connect(fspiop(&world)).await.unwrap();
    silent.write_all(&[0x16, 0x03, 0x01]).await.unwrap();
    let mut heard = Vec::new();
    let read = silent.read_to_end(&mut heard);
    let read = tokio::time::timeout(Duration::from_millis(PATIENCE_MS), read).await;
    assert!(read.is_ok(), "it stays open");
    // The operator's own connection has been idle for as long, and is cut as well.
    world.admin = world::admin(&world.gateway);
    let line = "causeway_handshakes_refused_total{door=\"fspiop\",reason=\"timeout\"}";
    assert_eq!(counted(&world, line, 0).await, 1);
}

/// `openssl s_client` with a participant's certificate, and what it says; `None` without openssl.
fn s_client(
    at: SocketAddr,
    folder: &std::path::Path,
    arguments: &[&str],
) -> Option<(bool, String)> {
    let run = Command::new("openssl")
        .args(["s_client", "-connect", &at.to_string(), "-CAfile", "green-ca.pem"])
        .args(["-cert", "green.pem", "-key", "green.key", "-verify_return_error"])
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output();
    match run {
        Ok(run) => {
            let said = [run.stdout, run.stderr].concat();
            Some((run.status.success(), String::from_utf8_lossy(&said).into_owned()))
        }
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "openssl: {error}");
            eprintln!("skipped: openssl is not there: {error}");
            None
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s09_old_versions_and_static_rsa_are_refused_as_openssl_sees_it() {
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    world.credentials("greenwallet").unwrap().write(folder.path(), "green").unwrap();
    let legacy = "DEFAULT:@SECLEVEL=0";
    for (arguments, taken) in [
        (vec!["-tls1_3"], true),
        (vec!["-tls1_2"], true),
        (vec!["-tls1_1", "-cipher", legacy], false),
        (vec!["-tls1", "-cipher", legacy], false),
        (vec!["-tls1_2", "-cipher", "kRSA:@SECLEVEL=0"], false),
        (vec!["-tls1_2", "-cipher", "ECDHE+SHA1:@SECLEVEL=0"], false),
        (vec!["-tls1_2", "-cipher", "DHE"], false),
    ] {
        let at = fspiop(&world);
        let folder = folder.path().to_owned();
        let run = arguments.clone();
        let said = tokio::task::spawn_blocking(move || s_client(at, &folder, &run)).await.unwrap();
        let Some((agreed, said)) = said else { return };
        assert_eq!(agreed, taken, "{arguments:?}: {said}");
        if taken {
            assert!(said.contains("Verify return code: 0 (ok)"), "{said}");
            assert!(
                said.contains("Secure Renegotiation IS supported") || arguments[0] == "-tls1_3"
            );
            assert!(!said.contains("Session-ID: 0"), "{said}");
        }
    }
}
