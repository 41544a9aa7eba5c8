//! Rows J09, J11, J13 and J14 once more: what may not change what a transfer is.

use causeway_tests::world::World;
use causeway_toolkit::dfsp::{Conduct, Dfsp, Draft, Received, Stage};
use causeway_toolkit::players::CURRENCY;
use http::Method;
use serde_json::{Value, json};
use std::sync::Arc;

use super::{Findings, PATIENCE_MS, draft, positions, settled_books, transfer, uuid};

/// Status, and the code of a refusal.
async fn outcome(sender: &Dfsp, draft: Draft) -> String {
    let answer = sender.send(draft).await.unwrap().response;
    let body = answer.json().unwrap_or_default();
    let code = body["errorInformation"]["errorCode"].as_str().unwrap_or_default();
    format!("{} {code}", answer.status.as_u16()).trim_end().to_owned()
}

/// The body with another member.
fn with(body: &str, name: &str, value: Value) -> String {
    let mut body: Value = serde_json::from_str(body).unwrap();
    body[name] = value;
    body.to_string()
}

/// What reached Blue Wallet, other than answers to its own registration.
fn forwarded(world: &World) -> Vec<Arc<Received>> {
    let received = world.players.blue.received();
    received.into_iter().filter(|message| !message.target.starts_with("/participants/")).collect()
}

/// J11: a date like any other, however far away: reserved until then, unless the payee answers.
#[tokio::test(flavor = "multi_thread")]
async fn j11_the_year_9999_is_reserved_until_the_payee_answers() {
    let world = World::start().await;
    let (green, blue) = (&world.players.green, &world.players.blue);
    blue.set_conduct(Stage::Transfer, Conduct::silent());
    let id = uuid();
    let far = transfer(&id, "1.5");
    let far = with(&far, "expiration", json!("9999-12-31T23:59:59.999Z"));
    assert_eq!(outcome(green, draft("/transfers", far)).await, "202");
    blue.await_callback(|message| message.target == "/transfers", PATIENCE_MS).await.unwrap();
    world.clock.advance(u32::MAX);
    assert_eq!(world.books().await, (0, 15_000));
    let error = json!({ "errorInformation": { "errorCode": "5104", "errorDescription": "no" } });
    let put = Draft::new(Method::PUT, format!("/transfers/{id}/error")).to("greenwallet");
    assert_eq!(outcome(blue, put.json(&error)).await, "200");
    assert_eq!(settled_books(&world).await, (0, 0));
}

/// J09: the spelling that is taken is one only, so that no second one can name the same transfer.
#[tokio::test(flavor = "multi_thread")]
async fn j09_another_spelling_of_an_id_is_no_second_transfer() {
    let world = World::start().await;
    let (green, blue) = (&world.players.green, &world.players.blue);
    blue.set_conduct(Stage::Transfer, Conduct::silent());
    let mut findings = Findings::default();
    let id = uuid();
    let upper = id.to_ascii_uppercase();
    let body = transfer(&id, "1.5");
    findings.expect("first", &outcome(green, draft("/transfers", body.clone())).await, "202");
    blue.await_callback(|message| message.target == "/transfers", PATIENCE_MS).await.unwrap();
    let respelt = draft("/transfers", body.replace(&id, &upper));
    findings.expect("J09 POST", &outcome(green, respelt).await, "400 3100");
    let ask = Draft::new(Method::GET, format!("/transfers/{upper}"));
    findings.expect("J09 GET", &outcome(green, ask).await, "400 3100");
    let error = json!({ "errorInformation": { "errorCode": "5104", "errorDescription": "no" } });
    let refuse = |id: &str| {
        Draft::new(Method::PUT, format!("/transfers/{id}/error")).to("greenwallet").json(&error)
    };
    findings.expect("J09 PUT", &outcome(blue, refuse(&upper)).await, "400 3100");
    findings.expect("books", &format!("{:?}", world.books().await), "(0, 15000)");
    findings.expect("forwarded", &forwarded(&world).len().to_string(), "1");
    findings.expect("the right one", &outcome(blue, refuse(&id)).await, "200");
    findings.settle();
    assert_eq!(settled_books(&world).await, (0, 0));
}

fn quote(first_name: &str) -> Value {
    let party = |number: &str, fsp: &str| {
        json!({
            "partyIdInfo": { "partyIdType": "MSISDN", "partyIdentifier": number, "fspId": fsp },
            "personalInfo": { "complexName": { "firstName": first_name, "lastName": "Mwale" } },
        })
    };
    json!({
        "quoteId": uuid(), "transactionId": uuid(), "amountType": "SEND",
        "payer": party("27700000000", "greenwallet"),
        "payee": party("255600000002", "bluewallet"),
        "amount": { "currency": CURRENCY, "amount": "1.5" },
        "transactionType": {
            "scenario": "TRANSFER", "initiator": "PAYER", "initiatorType": "CONSUMER",
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn j13_what_is_no_letter_of_a_name_is_refused() {
    let world = World::start().await;
    let green = &world.players.green;
    for name in ["می\u{200c}خواهم", "Jose\u{301}"] {
        assert_eq!(
            outcome(green, draft("/quotes", quote(name).to_string())).await,
            "202",
            "{name}"
        );
    }
    for name in ["a\u{200b}b", "a\u{202e}b", "\u{feff}a", "a\nb", "<b>", "   ", ""] {
        let answer = outcome(green, draft("/quotes", quote(name).to_string())).await;
        assert_eq!(answer, "400 3100", "{name:?}");
    }
    assert_eq!(super::forwarded_quotes(&world, 2).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn j14_members_that_nobody_knows_pass_and_have_no_effect() {
    let world = World::start().await;
    let (green, blue) = (&world.players.green, &world.players.blue);
    blue.set_conduct(Stage::Transfer, Conduct::silent());
    let id = uuid();
    let plain = transfer(&id, "1.5");
    let more = [
        r#"{"__proto__":{"amount":{"amount":"1500"},"payeeFsp":"alpinebank"},"#,
        r#""constructor":{"prototype":{"isAdmin":true}},"toString":null,"Amount":{"amount":"9"},"#,
        r#""payerFSP":"alpinebank","state":"COMMITTED","#,
    ];
    let body = plain.replacen('{', &more.concat(), 1);
    let body = body.replacen(r#""currency":"#, r#""__proto__":{"currency":"USD"},"currency":"#, 1);
    assert_eq!(outcome(green, draft("/transfers", body.clone())).await, "202");
    let is_it = |message: &Received| message.target == "/transfers";
    let forwarded = blue.await_callback(is_it, PATIENCE_MS).await.unwrap();
    assert_eq!(forwarded.body, body.as_bytes(), "what others do not know is theirs to keep");
    assert_eq!(world.books().await, (0, 15_000));
    assert_eq!(positions(&world).await[2], "1.5");
    // The same transfer without them: a resend, and no other terms.
    assert_eq!(outcome(green, draft("/transfers", plain)).await, "202");
    let error = json!({ "errorInformation": {
        "errorCode": "5104", "errorDescription": "no", "__proto__": { "errorCode": "2001" },
    }, "constructor": 1 });
    let put = Draft::new(Method::PUT, format!("/transfers/{id}/error")).to("greenwallet");
    assert_eq!(outcome(blue, put.json(&error)).await, "200");
    let is_it = |message: &Received| message.object() == format!("/transfers/{id}");
    let told = green.await_callback(is_it, PATIENCE_MS).await.unwrap();
    assert_eq!(told.json()["errorInformation"]["errorCode"], "5104", "and not 3106");
    assert_eq!(settled_books(&world).await, (0, 0));
    assert_eq!(world.players.failures(), Vec::<String>::new());
}
