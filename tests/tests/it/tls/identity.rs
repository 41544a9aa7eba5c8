//! In whose name a certificate speaks.

use causeway::tls::Peer;
use causeway_tests::tls::scheme_ca;
use causeway_tests::world::World;
use causeway_toolkit::bank::{AccountRef, BankOptions, IsoBank, Order, Submission};
use causeway_toolkit::clock;
use causeway_toolkit::dfsp::{Dfsp, DfspOptions, Draft, PartyId, PayRequest, PaymentEnd};
use causeway_toolkit::http::HttpResponse;
use causeway_toolkit::players::{ALPINE_IBAN, BLUE_NUMBER, CURRENCY, GREEN_NUMBER};
use causeway_toolkit::tls::{Credentials, Leaf};
use fspiop::jws::SigningKey;
use http::Method;
use serde_json::{Value, json};
use std::sync::Arc;

use super::{get, metric};
use crate::payments::SideOfOneBank;

/// Status, and the code of a refusal.
fn outcome(answer: &HttpResponse) -> (u16, String) {
    let body = answer.json().unwrap_or_default();
    let code = body["errorInformation"]["errorCode"].as_str().unwrap_or_default().to_owned();
    (answer.status.as_u16(), code)
}

/// Says that it is `name`, and shows another certificate.
async fn impostor(world: &World, name: &str, credentials: Credentials) -> Dfsp {
    let mut options = DfspOptions::new(name, Arc::new(SigningKey::generate_p256().unwrap()));
    options.hub = Some(world.fspiop());
    options.credentials = Some(credentials);
    Dfsp::start(options).await.unwrap()
}

fn lookup() -> Draft {
    Draft::new(Method::GET, format!("/parties/MSISDN/{BLUE_NUMBER}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_is_taken_from_the_sources_own_certificate_only() {
    let world = World::start().await;
    let mallory = world.credentials("mallory").unwrap();
    let green = impostor(&world, "greenwallet", mallory).await;
    let forbidden = (403, "3000".to_owned());
    let delete = Draft::new(Method::DELETE, format!("/participants/MSISDN/{GREEN_NUMBER}"));
    let get_transfer =
        Draft::new(Method::GET, format!("/transfers/{}", clock::fresh_uuid().unwrap()));
    for draft in [lookup(), delete.clone(), get_transfer] {
        // No header makes it somebody else (H12).
        let draft = draft
            .header("x-forwarded-for", "127.0.0.1")
            .header("x-forwarded-client-cert", "URI=greenwallet")
            .header("x-ssl-client-s-dn", "CN=greenwallet")
            .header("ssl-client-cert", "greenwallet")
            .header("forwarded", "for=greenwallet;host=greenwallet");
        let answer = green.send(draft).await.unwrap().response;
        assert_eq!(outcome(&answer), forbidden, "{}", answer.text());
    }
    let line = "causeway_identities_refused_total";
    assert_eq!(metric(&world.admin, line).await, 3);
    // A bank's FSPIOP is said by its side in the gateway, not by its certificate.
    let alpine = world.credentials("alpinebank").unwrap();
    let alpine = impostor(&world, "alpinebank", alpine).await;
    assert_eq!(outcome(&alpine.send(lookup()).await.unwrap().response), forbidden);
    // Green Wallet's party is where it was.
    let request = PayRequest::new(PartyId::new("MSISDN", GREEN_NUMBER), CURRENCY, "1");
    let paid = world.players.blue.pay(&request).await.unwrap();
    assert_eq!(paid.end, PaymentEnd::Committed, "{paid:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_may_name_another_identity() {
    let world = World::start().await;
    let profile = |identity: Value| json!({ "honoursTimeout": false, "acceptsTranslated": true, "tlsIdentity": identity });
    let path = "/participants/greenwallet/profile";
    let identity = "spiffe://scheme.example/green";
    let set = world.admin.send(Method::PUT, path, Some(&profile(json!(identity)))).await.unwrap();
    assert_eq!(set.status, 200, "{}", set.text());
    let named = Leaf { names: vec![identity.to_owned()], ..Leaf::of("whatever") };
    let named = impostor(&world, "greenwallet", scheme_ca().issue(&named).unwrap()).await;
    assert_eq!(named.send(lookup()).await.unwrap().response.status, 202);
    let old = world.players.green.send(lookup()).await.unwrap().response;
    assert_eq!(outcome(&old).0, 403);
    for unfit in [json!(""), json!("a b"), json!("a\r\nb"), json!("x".repeat(257))] {
        let set = world.admin.send(Method::PUT, path, Some(&profile(unfit))).await.unwrap();
        assert_eq!(outcome(&set), (400, "3100".to_owned()));
    }
}

fn order() -> Order {
    let account = AccountRef::Proxy { kind: "TELE".to_owned(), id: format!("+{GREEN_NUMBER}") };
    let mut order = Order::new(CURRENCY, "3", account).unwrap();
    order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_orders_and_asks_for_itself_only() {
    let world = World::start().await;
    let alpine = world.players.alpine.bic();
    let submission = Submission::pain_001(&order(), alpine);
    for name in ["harbourbank", "greenwallet", "mallory"] {
        let channel = Some(world.channel());
        let credentials = world.credentials(name);
        let options = BankOptions { channel, credentials, ..BankOptions::new(name, alpine) };
        let foreign = IsoBank::start(options).await.unwrap();
        let answer = foreign.submit(&submission).await.unwrap();
        assert_eq!(answer.status, 403, "{}", answer.text());
        assert!(answer.text().contains("admi.002.001.01"), "{}", answer.text());
    }
    let taken = world.players.alpine.submit(&submission).await.unwrap();
    assert_eq!(taken.status, 202, "{}", taken.text());
    let location = taken.header("location").unwrap().to_owned();
    let url = format!("{}{location}", world.channel());
    for (name, status) in [("alpinebank", 200), ("harbourbank", 404), ("mallory", 404)] {
        let answer = get(&world.credentials(name).unwrap(), &url).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.text());
    }
}

/// A payee that reaches a bank's side directly could end its order with its own signed PUT.
#[tokio::test(flavor = "multi_thread")]
async fn a_banks_side_elsewhere_listens_to_the_hubs_certificate_only() {
    let world = World::start().await;
    let side = SideOfOneBank::start(&world).await;
    let green = &world.players.green;
    green.set_hub(causeway_tests::world::urls(&side.gateway).fspiop);
    let target = format!("/transfers/{}", clock::fresh_uuid().unwrap());
    let abort = json!({ "errorInformation": { "errorCode": "5100", "errorDescription": "no" } });
    let put = Draft::new(Method::PUT, format!("{target}/error")).to("farbank").json(&abort);
    for draft in [put, lookup().to("farbank")] {
        let answer = green.send(draft).await.unwrap().response;
        assert_eq!(outcome(&answer), (403, "3000".to_owned()), "{}", answer.text());
    }
    let hub = impostor(&world, "greenwallet", world.credentials("Hub").unwrap()).await;
    hub.set_hub(causeway_tests::world::urls(&side.gateway).fspiop);
    assert_eq!(hub.send(lookup().to("farbank")).await.unwrap().response.status, 202);
}

#[test]
fn the_names_of_a_certificate_are_its_alternative_names_and_else_its_common_name() {
    let of = |leaf: Leaf| {
        let credentials = scheme_ca().issue(&leaf).unwrap();
        Peer::of(&credentials.certificate_der().unwrap()).names().unwrap().to_vec()
    };
    let names = vec!["spiffe://scheme/green".to_owned(), "greenwallet".to_owned()];
    assert_eq!(of(Leaf { names: names.clone(), ..Leaf::of("other") }), names);
    let bare = Leaf { names: Vec::new(), addresses: Vec::new(), ..Leaf::of("green wallet") };
    assert_eq!(of(bare), ["green wallet"]);
    let address = Leaf { names: Vec::new(), ..Leaf::of("greenwallet") };
    assert_eq!(of(address), ["greenwallet"], "an address names nobody");
    let wild = Leaf { names: vec!["*.wallets.example".to_owned()], ..Leaf::of("green") };
    assert_eq!(of(wild), ["green"]);
}
