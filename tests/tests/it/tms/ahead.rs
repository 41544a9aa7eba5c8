//! Times that are still to come.

use std::time::{SystemTime, UNIX_EPOCH};

use super::iso;
use super::{ENDING, NOON_MS, Payment, Peer, TRANSFER, at};

const HOUR_MS: i64 = 3_600_000;

/// So many hours from now, counted from noon as examples have it.
fn from_noon(hours: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    i64::try_from(now).unwrap() - NOON_MS + hours * HOUR_MS
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_from_the_far_future_is_refused_in_json_and_in_xml() {
    let peer = Peer::start("", "").await;
    for (name, hours, status) in [("zone", 23, 200), ("late", 25, 400), ("far", 24 * 366, 400)] {
        let Some(payment) = Payment::new(name, "ann", "bob", from_noon(hours)) else { return };
        for (message, body) in [(TRANSFER, &payment.transfer), (ENDING, &payment.ending)] {
            let answer = peer.post(message, body).await;
            assert_eq!(answer.status, status, "{message}, {hours} h: {}", answer.body);
            let root = body.as_object().unwrap().keys().find(|name| *name != "TxTp").unwrap();
            let said = format!(
                "body: /{root}/GrpHdr/CreDtTm is more than 24 hours ahead of the hub's time"
            );
            assert!(status == 200 || answer.json()["message"] == said, "{}", answer.body);
        }
        let (id, at) = (format!("x-{name}"), at(from_noon(hours)));
        let transfer = iso::transfer(&id, "DE89370400440532013000", &at);
        for (message, xml) in [(TRANSFER, transfer), (ENDING, iso::ending(&id, "ACSC", &at))] {
            let answer = iso::send(&peer, message, &xml).await;
            assert_eq!(answer.status, status, "{message}, {hours} h: {}", answer.body);
        }
        assert_eq!(peer.report(&format!("{name}-ending")).await.is_some(), status == 200);
    }
}
