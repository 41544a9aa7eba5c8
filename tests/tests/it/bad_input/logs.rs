//! Row L01, and: what is logged names routes, statuses and participants, never a party, an account or a person.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use causeway::config::{Log, LogFormat};
use causeway::telemetry;
use causeway_tests::process::Scheme;
use causeway_tests::world::World;
use causeway_toolkit::bank::{BankConduct, Order, Submission};
use causeway_toolkit::dfsp::{Draft, PartyId, PayRequest};
use causeway_toolkit::players::{ALPINE_IBAN, BLUE_NUMBER, CURRENCY, GREEN_NUMBER, HARBOUR_IBAN};
use http::Method;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::wire::{Wire, speak};
use super::{PATIENCE_MS, draft, order, still_pays, transfer, uuid};

/// Everything that this process logs from the first call on, ours to the last detail.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn captured() -> &'static Lines {
        static LINES: OnceLock<Lines> = OnceLock::new();
        LINES.get_or_init(|| {
            let lines = Lines::default();
            let ours: String = OURS.iter().map(|name| format!(",{name}=trace")).collect();
            let writer = lines.clone();
            // As `causeway serve` logs for people; nothing else in this process may log.
            let log = Log { filter: format!("info{ours}"), format: LogFormat::Text };
            telemetry::subscriber(&log, move || writer.clone()).init();
            lines
        })
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The crates that may log.
const OURS: [&str; 6] =
    ["causeway", "causeway_translate", "fspiop", "iso20022", "switch", "switch_store"];

/// What would be lines of the log, in either of its forms, if it came there as it is.
const LINES_OF_ANOTHER: &str =
    "\n{\"level\":\"ERROR\",\"message\":\"FORGED\"}\u{1b}[2K\n2026-01-01T00:00:00Z ERROR FORGED\n";

/// What nobody may read in a log.
const SECRETS: [&str; 10] = [
    GREEN_NUMBER,
    BLUE_NUMBER,
    ALPINE_IBAN,
    HARBOUR_IBAN,
    "27700000000",
    "999000000000",
    "Okafor",
    "Mwale",
    "Wanjiru",
    "BEGIN P",
];

/// Payments and refusals of every kind, all of them about people.
async fn busy(world: &World) {
    let players = &world.players;
    still_pays(world).await;
    let iban = PartyId::new("IBAN", ALPINE_IBAN);
    let mut request = PayRequest::new(iban, CURRENCY, "2");
    request.note = Some(format!("for Wanjiru{LINES_OF_ANOTHER}"));
    players.green.pay(&request).await.unwrap();
    players.alpine.enqueue(BankConduct::rejecting("AC04"));
    players.green.pay(&request).await.unwrap();
    let nobody = PayRequest::new(PartyId::new("MSISDN", "999000000000"), CURRENCY, "2");
    players.green.pay(&nobody).await.unwrap();
    let spoken =
        Order { remittance: Some(format!("rent of Wanjiru{LINES_OF_ANOTHER}")), ..order("3") };
    players.alpine.pay_pain_001(&spoken, Some(20), PATIENCE_MS).await.unwrap();
    let unfit = spoken.pain_001(players.alpine.bic());
    for (from, to) in [("<InstdAmt", "<Wanjiru"), (ALPINE_IBAN, "DE00370400440532013000 Wanjiru")] {
        let xml = unfit.replace(from, to);
        players.alpine.submit(&Submission::new("pain.001", xml)).await.unwrap();
    }
    for target in [
        format!("/transfers/{BLUE_NUMBER}"),
        format!("/parties/PHONE/{BLUE_NUMBER}"),
        format!("/parties/MSISDN/{BLUE_NUMBER}/Wanjiru/x"),
        format!("/people/{BLUE_NUMBER}?name=Wanjiru"),
    ] {
        let wire = Wire::new(&format!("GET {target} HTTP/1.1")).closing();
        speak(world.gateway.addresses.fspiop, &wire.bytes()).await;
        let asked = players.green.sign(Draft::new(Method::GET, "/transfers/x")).unwrap();
        let wire = Wire::of(&asked).line(&format!("GET {target} HTTP/1.1")).closing();
        speak(world.gateway.addresses.fspiop, &wire.bytes()).await;
    }
    let wrong =
        transfer(&uuid(), "1").replace("AYIBgQ", BLUE_NUMBER).replace("\"1\"", "\"Wanjiru\"");
    players.green.send(draft("/transfers", wrong)).await.unwrap();
    let named = transfer(BLUE_NUMBER, "1");
    players.green.send(draft("/transfers", named)).await.unwrap();
    let forged = draft("/transfers", transfer(&uuid(), "1"));
    let forged = forged.header("fspiop-signature", forged_signature());
    players.green.send(forged).await.unwrap();
    let stranger = Draft::new(Method::GET, format!("/parties/MSISDN/{BLUE_NUMBER}"));
    let stranger = stranger.header("fspiop-source", "Wanjiru\u{9}254");
    players.green.send(stranger).await.unwrap();
}

/// A protected header whose names would be lines of the log.
fn forged_signature() -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
    let protected = serde_json::json!({
        "alg": "RS256", "FSPIOP-URI": "/transfers", "FSPIOP-HTTP-Method": "POST",
        "FSPIOP-Source": "greenwallet", "FSPIOP-Destination": "bluewallet",
        "X\nFORGED line of Wanjiru": "x",
    });
    let protected = BASE64.encode(protected.to_string());
    serde_json::json!({ "protectedHeader": protected, "signature": BASE64.encode([7; 256]) })
        .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_hold_nobodys_data() {
    let lines = Lines::captured();
    let world = World::plain("").await;
    busy(&world).await;
    let metrics = world.admin.send(Method::GET, "/metrics", None).await.unwrap().text();
    let text = lines.text() + &metrics;
    for route in
        ["route=\"transfers\"", "route=\"parties\"", "route=\"message\"", "route=\"unknown\""]
    {
        assert!(text.contains(route), "nothing of {route} was logged:\n{text}");
    }
    let leaks: Vec<&str> =
        text.lines().filter(|line| SECRETS.iter().any(|secret| line.contains(secret))).collect();
    assert!(leaks.is_empty(), "{} lines:\n{}", leaks.len(), leaks.join("\n"));
    assert!(!text.contains("FORGED"), "{text}");
    // A line begins with its time: nothing that was sent begins one.
    let logged = lines.text();
    let begins = |line: &&str| line.starts_with("20") && line.get(10..11) == Some("T");
    let odd: Vec<&str> = logged.lines().filter(|line| !begins(line)).collect();
    assert!(odd.is_empty(), "{odd:?}");
}

/// The program itself, as it logs for machines.
#[tokio::test(flavor = "multi_thread")]
async fn l01_nothing_that_is_sent_becomes_a_line_of_the_log() {
    let ours: String = OURS.iter().map(|name| format!(",{name}=trace")).collect();
    let scheme =
        Scheme::start(&format!("[log]\nfilter = \"info{ours}\"\nformat = \"json\"\n")).await;
    let (green, alpine) = (&scheme.players.green, &scheme.players.alpine);
    let iban = PartyId::new("IBAN", ALPINE_IBAN);
    let noted = PayRequest {
        note: Some(LINES_OF_ANOTHER.to_owned()),
        ..PayRequest::new(iban, CURRENCY, "2")
    };
    green.pay(&noted).await.unwrap();
    let (text, named) = (LINES_OF_ANOTHER.to_owned(), format!("Bright Mwale{LINES_OF_ANOTHER}"));
    let spoken = Order { remittance: Some(text), creditor: named, ..order("3") };
    alpine.pay_pain_001(&spoken, Some(20), PATIENCE_MS).await.unwrap();
    let unfit = spoken.pain_001(alpine.bic()).replace("<InstdAmt", "<FORGED&#10;{}");
    alpine.submit(&Submission::new("pain.001", unfit)).await.unwrap();
    let forged = draft("/transfers", transfer(&uuid(), "1"));
    green.send(forged.header("fspiop-signature", forged_signature())).await.unwrap();
    let extension = serde_json::json!({ "key": "FORGED\n{", "value": LINES_OF_ANOTHER });
    let error = serde_json::json!({ "errorInformation": {
        "errorCode": "5104", "errorDescription": LINES_OF_ANOTHER,
        "extensionList": { "extension": [extension] },
    }});
    let put = Draft::new(Method::PUT, format!("/transfers/{}/error", uuid())).to("bluewallet");
    green.send(put.json(&error)).await.unwrap();
    for target in
        ["/parties/MSISDN/1%0a%7b%22FORGED%22:1%7d", "/%0aFORGED", "/transfers/%0d%0aFORGED"]
    {
        green.send(Draft::new(Method::GET, target)).await.unwrap();
    }
    // Lines are written by a thread of their own, in order: what was sent before this is there, too.
    green.send(Draft::new(Method::GET, "/quotes/last")).await.unwrap();
    let mut log = scheme.process.log();
    for _ in 0..PATIENCE_MS / 20 {
        if log.contains("\"route\":\"quotes\",\"status\":400") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        log = scheme.process.log();
    }
    assert!(
        log.contains("\"route\":\"transfers\"") && log.contains("\"route\":\"message\""),
        "{log}"
    );
    for line in log.lines() {
        let read: serde_json::Value = serde_json::from_str(line).expect(line);
        assert!(read["timestamp"].is_string() && read["level"].is_string(), "{line}");
        assert!(!line.contains("FORGED"), "{line}");
    }
}
