//! Certificates and lists that change while the gateway runs.

use std::path::Path;
use std::time::Duration;

use causeway::serve::Gateway;
use causeway_tests::process::Process;
use causeway_tests::tls::{scheme_ca, settings};
use causeway_tests::world;
use causeway_toolkit::onboard::AdminClient;
use causeway_toolkit::tls::{Leaf, SchemeCa};
use tokio_rustls::rustls::pki_types::CertificateDer;

use super::{PATIENCE_MS, connect, first_words, metric, spoken};

async fn gateway(directory: &Path) -> Gateway {
    let list = directory.join("scheme.crl");
    std::fs::write(&list, scheme_ca().revoked(&[], (2020, 2120)).unwrap()).unwrap();
    let text = settings(directory, "Hub");
    let text = text.replacen("poll_ms", &format!("crls = [{list:?}]\npoll_ms"), 1);
    world::plain_gateway(directory, &text, Default::default()).await
}

async fn reloaded(admin: &AdminClient, outcome: &str, times: u64) {
    let line = format!("causeway_tls_reloads_total{{outcome=\"{outcome}\"}}");
    for _ in 0..PATIENCE_MS / 20 {
        if metric(admin, &line).await >= times {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("not read anew");
}

fn with_serial(serial: u64) -> tokio_rustls::rustls::ClientConfig {
    let leaf = Leaf { serial, ..Leaf::of("greenwallet") };
    scheme_ca().issue(&leaf).unwrap().client().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_revoked_is_out_at_once_with_the_connections_it_has() {
    let directory = tempfile::tempdir().unwrap();
    let gateway = gateway(directory.path()).await;
    let at = gateway.addresses.fspiop;
    let (out, stays) = (with_serial(7), with_serial(8));
    let mut its = connect(at, out.clone()).await.unwrap();
    let mut others = connect(at, stays.clone()).await.unwrap();
    assert!(spoken(&mut its).await.is_ok() && spoken(&mut others).await.is_ok());
    let list = scheme_ca().revoked(&[7], (2020, 2120)).unwrap();
    std::fs::write(directory.path().join("scheme.crl"), list).unwrap();
    reloaded(&world::admin(&gateway), "taken", 1).await;
    let refused = first_words(at, out).await.unwrap_err();
    assert!(refused.contains("CertificateRevoked"), "{refused}");
    assert!(first_words(at, stays).await.is_ok());
    // The connection that it had ends; the answers of before are read first.
    let ended = async {
        while let Ok(text) = spoken(&mut its).await {
            assert!(!text.is_empty());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let ended = tokio::time::timeout(Duration::from_millis(PATIENCE_MS), ended).await;
    assert!(ended.is_ok(), "it lives on");
    assert!(spoken(&mut others).await.is_ok());
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_shown_and_a_bad_file_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let gateway = gateway(directory.path()).await;
    let at = gateway.addresses.fspiop;
    let shown = || async {
        let stream = connect(at, with_serial(9)).await.unwrap();
        let shown: Vec<CertificateDer<'_>> = stream
            .get_ref()
            .1
            .peer_certificates()
            .unwrap()
            .iter()
            .map(|c| c.clone().into_owned())
            .collect();
        shown[0].to_vec()
    };
    let first = shown().await;
    std::fs::write(directory.path().join("gateway.pem"), "no certificate").unwrap();
    reloaded(&world::admin(&gateway), "refused", 1).await;
    assert_eq!(shown().await, first);
    // A key of another certificate.
    let other = SchemeCa::new("other").unwrap().participant("Hub").unwrap();
    std::fs::write(directory.path().join("gateway.pem"), &other.certificate).unwrap();
    reloaded(&world::admin(&gateway), "refused", 2).await;
    assert_eq!(shown().await, first);
    let renewed = scheme_ca().participant("Hub").unwrap();
    renewed.write(directory.path(), "gateway").unwrap();
    reloaded(&world::admin(&gateway), "taken", 1).await;
    assert_eq!(shown().await, renewed.certificate_der().unwrap().to_vec());
    gateway.stop().await;
}

/// In a process of its own: a signal is for all that is in one.
#[tokio::test(flavor = "multi_thread")]
async fn on_sighup_the_files_are_read_anew() {
    let process = Process::start("").await;
    let admin = process.admin();
    assert_eq!(metric(&admin, "causeway_tls_reloads_total{outcome=\"taken\"}").await, 0);
    process.hang_up();
    reloaded(&admin, "taken", 1).await;
}
