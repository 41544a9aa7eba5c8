//! The open peer's messages at a gateway whose scorer is elsewhere: attempts are asked about, ends go over
//! the stream, and what comes of them is the report.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use super::scheme::{PATIENCE, Scheme, TENANT};
use crate::tms::{ENDING, Payment, Peer, TRANSFER, rules};

/// Within this a server must be there for a gateway that waits two seconds for it.
const IN_TIME: Duration = Duration::from_millis(1_500);

#[tokio::test(flavor = "multi_thread")]
async fn messages_go_to_the_scorer_elsewhere_and_reports_come_back() {
    let directory = tempfile::tempdir().unwrap();
    let read = one_rule(directory.path());
    let Some(scheme) = Scheme::start(1, &format!("{read}[scorer]\n")).await else { return };
    let peer = peer(&scheme, &read).await;
    for (name, status, outcome, alert) in [
        ("n1", "ACCC", ".01", "NALT"),
        ("n2", "RJCT", ".x00", "NALT"),
        ("n3", "ACCC", ".03", "ALRT"),
    ] {
        let payment = Payment::new(name, "ann", "bob", 0).map(|payment| payment.ended(status));
        let Some(payment) = payment else { return };
        // The end first, once: the order of two connections is nobody's promise.
        let order = [(TRANSFER, &payment.transfer), (ENDING, &payment.ending)];
        let order = if name == "n3" { [order[1], order[0]] } else { order };
        for (message, body) in order {
            peer.send(message, body).await;
        }
        let data = peer.report(&format!("{name}-ending")).await.expect(name);
        assert_eq!(rules(&data, 0)[0].1, outcome, "{name}");
        assert_eq!(data["report"]["status"], alert, "{name}");
    }
    let recorded = scheme.settled(6).await;
    let ends = recorded.iter().filter(|one| one.subject.contains(".outcome.")).count();
    assert_eq!(ends, 3, "each end is once on the stream");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_message_after_a_start_is_judged_although_nats_is_slow_to_connect() {
    let directory = tempfile::tempdir().unwrap();
    let read = one_rule(directory.path());
    let Some(scheme) = Scheme::start(1, &format!("{read}[scorer]\n")).await else { return };
    let since = Instant::now();
    for round in 1.. {
        let Some(payment) = Payment::new(&format!("n{round}"), "ann", "bob", 0) else { return };
        scheme.server.stop();
        let began = Instant::now();
        let first = async {
            let peer = peer(&scheme, &read).await;
            peer.try_send(TRANSFER, &payment.transfer).await
        };
        let there = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            scheme.server.go_on();
            // Whether this works or not, it takes as long as the gateway's connection does.
            let _connected = async_nats::connect(scheme.server.url()).await;
            began.elapsed()
        };
        let (sent, took) = tokio::join!(first, there);
        let Err(refused) = sent else { return };
        // A machine that stood still for so long shows nothing: another gateway is asked.
        assert!(took > IN_TIME, "{refused}");
        assert!(since.elapsed() < PATIENCE, "never in time, {refused}:\n{}", scheme.logs());
        scheme.active().await;
    }
}

/// A gateway that asks this scorer.
async fn peer(scheme: &Scheme, read: &str) -> Peer {
    let nats = format!("[nats]\nurl = \"{}\"\n", scheme.server.url());
    let screening = format!("tenant = {TENANT:?}\nscorer = \"nats\"\n{read}");
    Peer::start(&screening, &nats).await
}

/// The settings of a catalogue with one typology.
fn one_rule(directory: &Path) -> String {
    let weights = [(".err", 0), (".x00", 5), (".01", 100), (".02", 200), (".03", 300)];
    let weights = weights.map(|(reference, wght)| json!({ "ref": reference, "wght": wght }));
    let typology = json!({
        "cfg": "901@1.0.0", "workflow": { "alertThreshold": 200 },
        "rules": [{ "id": "901@1.0.0", "cfg": "1.0.0", "termId": "v901", "wghts": weights }],
        "expression": ["Add", "v901"],
    });
    let catalogue = directory.join("catalogue.json");
    std::fs::write(&catalogue, typology.to_string()).unwrap();
    format!("catalogue = {catalogue:?}\nsemantics = \"peer\"\n")
}
