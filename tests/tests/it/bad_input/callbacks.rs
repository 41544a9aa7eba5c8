//! Row C01, through the hub itself: where a callback may not go is asked when its URL is registered, and
//! again when it is called. Rows C01 to C03 at the level of connections are in `tls::egress`.

use causeway::config::Config;
use causeway::serve::Gateway;
use causeway_tests::world::{self, World, config_text, urls};
use causeway_toolkit::dfsp::Draft;
use causeway_toolkit::players::BLUE_NUMBER;
use http::Method;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

use super::{Findings, PATIENCE_MS};

/// Addresses of the machine and of its network, in every way of writing them; and no web addresses.
const INSIDE: [&str; 22] = [
    "http://169.254.169.254/",
    "http://169.254.169.254/latest/meta-data/{{transferId}}",
    "http://localhost/",
    "http://LocalHost.:8080/",
    "http://a.localhost/",
    "http://127.0.0.1:3001/",
    "http://127.1/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://[fe80::1]/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://192.168.1.1/",
    "http://dfsp.example@127.0.0.1/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "ftp://dfsp.example/",
];

async fn refused_calls(gateway: &Gateway) -> u64 {
    let admin = world::admin(gateway);
    let metrics = admin.send(Method::GET, "/metrics", None).await.unwrap().text();
    let line = metrics.lines().find_map(|line| line.strip_prefix("causeway_egress_refused_total "));
    line.unwrap_or_else(|| panic!("{metrics}")).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn c01_a_url_is_judged_when_it_is_registered_and_again_when_it_is_called() {
    let world = World::plain("").await;
    let data = world.data();
    let (green, blue) = (&world.players.green, &world.players.blue);
    let lookup = || Draft::new(Method::GET, format!("/parties/MSISDN/{BLUE_NUMBER}"));
    // While loopback is allowed, the question reaches Blue Wallet and its answer Green Wallet.
    assert_eq!(green.send(lookup()).await.unwrap().response.status, 202);
    let answered = |message: &causeway_toolkit::dfsp::Received| message.target == lookup().target;
    green.await_callback(answered, PATIENCE_MS).await.unwrap();
    assert_eq!(refused_calls(&world.gateway).await, 0);
    world.gateway.stop().await;
    // The same participants at the same addresses, and nothing is allowed any more.
    let text = config_text(data.parent().unwrap(), "").replace("[\"127.0.0.0/8\"]", "[]");
    let config = Config::parse(&text, "the test's configuration").unwrap();
    let gateway = Gateway::start(config, Arc::new(world::MovedClock::default())).await.unwrap();
    green.set_hub(urls(&gateway).fspiop);
    let heard = (green.received().len(), blue.received().len());
    assert_eq!(green.send(lookup()).await.unwrap().response.status, 202);
    for _ in 0..PATIENCE_MS / 10 {
        // The question to Blue Wallet, and that it failed to Green Wallet.
        if refused_calls(&gateway).await >= 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let refused = refused_calls(&gateway).await;
    assert!(refused >= 2, "{refused}");
    assert_eq!((green.received().len(), blue.received().len()), heard);
    let (mut findings, admin) = (Findings::default(), world::admin(&gateway));
    for url in INSIDE {
        let endpoint = json!({ "type": "FSPIOP_CALLBACK_URL", "value": url });
        let record = json!({ "fspId": "alpinebank", "bics": ["ALPNDEFF"], "url": url });
        for (method, path, body) in [
            (Method::POST, "/participants/bluewallet/endpoints", endpoint),
            (Method::PUT, "/participants/alpinebank/bank", record),
        ] {
            let answer = admin.send(method, path, Some(&body)).await.unwrap();
            let said = answer.json().unwrap_or_default();
            let code = said["errorInformation"]["errorCode"].as_str().unwrap_or_default();
            let outcome = format!("{} {code}", answer.status.as_u16());
            findings.expect(&format!("C01 {url} at {path}"), &outcome, "400 3100");
        }
    }
    findings.settle();
    gateway.stop().await;
}
