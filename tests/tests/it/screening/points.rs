//! Decision points and what is known there: quotes that are stopped, facts that reach the scorer, and a
//! burst that counters stop.

use std::collections::BTreeMap;

use causeway_toolkit::dfsp::Conduct;
use frms_stream::{Request, channel};
use tokio::task::JoinSet;

use super::*;

const QUOTES: &str = "[screening]\nenabled = true\nbudget_ms = 5000\n\
    [screening.before_quote]\nmode = \"enforce\"\nbudget_ms = 5000\n";

/// A quote of green's for a payment to blue.
fn quote(id: &str, amount: &str) -> Draft {
    let party = |number: &str, fsp: &str| json!({ "partyIdInfo": { "partyIdType": "MSISDN", "partyIdentifier": number, "fspId": fsp } });
    let body = json!({
        "quoteId": id, "transactionId": id, "amountType": "SEND",
        "payer": party(GREEN_NUMBER, "greenwallet"), "payee": party(BLUE_NUMBER, "bluewallet"),
        "amount": { "currency": CURRENCY, "amount": amount },
        "transactionType": { "scenario": "TRANSFER", "initiator": "PAYER", "initiatorType": "CONSUMER" },
    });
    Draft::new(Method::POST, "/quotes").to("bluewallet").json(&body)
}

/// Quotes that have reached blue.
fn quotes(world: &World) -> usize {
    let received = world.players.blue.received();
    received.iter().filter(|m| m.method == Method::POST && m.target == "/quotes").count()
}

fn at(world: &World, point: Point) -> Vec<Arc<Attempt>> {
    attempts(world).into_iter().filter(|attempt| attempt.point == point).collect()
}

async fn quotes_screened(world: &World, outcome: &str) -> u64 {
    let text = world.gateway.node.metrics.text();
    let line = format!("causeway_screening_quotes_total{{outcome=\"{outcome}\"}} ");
    let value = text.lines().find_map(|text| text.strip_prefix(&line));
    value.map_or(0, |value| value.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_quote_asks_nobody_for_terms_and_says_nothing() {
    let world = World::with(QUOTES).await;
    set(&world, "mule-1", &condition("non-overridable-block", "creditor", &entity(BLUE_NUMBER)))
        .await;
    let outcome = pay(&world, "10").await;
    assert_eq!(failed(&outcome), (Stage::Quote, "4000"), "{outcome:?}");
    assert_eq!((quotes(&world), prepares(&world), world.books().await), (0, 0, (0, 0)));
    assert!(at(&world, Point::BeforeReserve).is_empty());
    let told = format!("{outcome:?}").to_lowercase();
    assert!(!["block", "screen", "scam", "mule", "list"].iter().any(|word| told.contains(word)));
    // The operator knows why, by the quote's id.
    let path = format!("/screening/verdicts/{}", outcome.quote_id);
    let verdict = admin(&world, Method::GET, &path, None).await.json().unwrap();
    assert_eq!((&verdict["point"], &verdict["decision"]), (&json!("beforeQuote"), &json!("block")));
    assert!(verdict["explanation"].as_str().unwrap().contains("condition mule-1"));
    assert_eq!(quotes_screened(&world, "block").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_whose_quote_is_stopped_learns_what_it_learns_of_any_stopped_order() {
    let world = World::with(QUOTES).await;
    set(&world, "mule-1", &condition("overridable-block", "both", &entity(GREEN_NUMBER))).await;
    let account = AccountRef::Proxy { kind: "TELE".to_owned(), id: format!("+{GREEN_NUMBER}") };
    let mut order = Order::new(CURRENCY, "25.50", account).unwrap();
    order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
    let outcome = world.players.alpine.pay_pain_001(&order, Some(20), PATIENCE_MS).await.unwrap();
    let ended = (outcome.status.as_deref(), outcome.reason.as_deref());
    assert_eq!(ended, (Some("RJCT"), Some("MS03")), "{}", outcome.xml);
    assert_eq!(
        (at(&world, Point::BeforeQuote).len(), at(&world, Point::BeforeReserve).len()),
        (1, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_that_comes_again_has_the_verdict_that_it_had_and_its_transfer_one_of_its_own() {
    let world = World::with(QUOTES).await;
    set(&world, "mule-1", &condition("non-overridable-block", "creditor", &entity(BLUE_NUMBER)))
        .await;
    let green = &world.players.green;
    let id = clock::fresh_uuid().unwrap();
    let sent = green.sign(quote(&id, "5")).unwrap();
    green.resend(&sent).await.unwrap();
    admin(&world, Method::DELETE, "/screening/conditions/mule-1", None).await;
    assert_eq!(green.resend(&sent).await.unwrap().status, 202);
    assert_eq!((at(&world, Point::BeforeQuote).len(), quotes(&world)), (1, 0));
    // Other terms under the same id are another quote.
    let other = green.send(quote(&id, "6")).await.unwrap().response;
    assert_eq!((other.status.as_u16(), at(&world, Point::BeforeQuote).len()), (202, 2));
    assert_eq!(pay(&world, "1").await.end, PaymentEnd::Committed);
    let points: Vec<_> = verdicts(&world).iter().map(|verdict| verdict.point).collect();
    assert_eq!(points, [Point::BeforeReserve]);
    // A quote moves nothing: the counters know of one payment.
    assert_eq!(verdicts(&world)[0].rule("901").and_then(|rule| rule.value), Some(1.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_to_be_looked_at_passes_or_is_stopped_as_configured() {
    for (on_review, stage) in [("allow", Stage::Transfer), ("block", Stage::Quote)] {
        let world = World::with(&format!(
            "[screening]\nenabled = true\nbudget_ms = 5000\non_review = \"block\"\n\
             [screening.before_quote]\nmode = \"enforce\"\nbudget_ms = 5000\non_review = \"{on_review}\"\n"
        ))
        .await;
        set(&world, "look", &condition("review", "debtor", &entity(GREEN_NUMBER))).await;
        assert_eq!(failed(&pay(&world, "10").await), (stage, "4000"), "{on_review}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_waits_its_budget_and_no_longer() {
    let policy = |policy: &str| {
        format!("{QUOTES}on_unavailable = \"{policy}\"\n")
            .replace("mode = \"enforce\"\nbudget_ms = 5000", "mode = \"enforce\"\nbudget_ms = 30")
    };
    for (on_unavailable, status, passed) in [("open", 202, 1), ("closed", 503, 0)] {
        let world = World::with(&policy(on_unavailable)).await;
        let (client, mut requests) = channel(16);
        screening(&world).ask(client);
        let green = &world.players.green;
        let draft = quote(&clock::fresh_uuid().unwrap(), "5");
        let response = green.send(draft).await.unwrap().response;
        assert_eq!(response.status, status, "{}", response.text());
        let Request { attempt, reply } = requests.recv().await.unwrap();
        assert_eq!(attempt.point, Point::BeforeQuote);
        assert!(reply.unwrap().is_closed(), "nobody waits any more");
        assert_eq!(quotes_screened(&world, "late").await, 1);
        for _ in 0..PATIENCE_MS / 10 {
            if quotes(&world) == passed {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(quotes(&world), passed, "{on_unavailable}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_shadow_mode_a_quote_waits_for_nobody() {
    let world = World::with(&QUOTES.replace("enforce", "shadow")).await;
    set(
        &world,
        "mule-1",
        &condition("non-overridable-block", "creditor", &account(BLUE_NUMBER, "x")),
    )
    .await;
    let (client, mut requests) = channel(16);
    screening(&world).ask(client);
    let draft = quote(&clock::fresh_uuid().unwrap(), "5");
    assert_eq!(world.players.green.send(draft).await.unwrap().response.status, 202);
    assert!(requests.recv().await.unwrap().reply.is_none());
    assert_eq!(quotes_screened(&world, "shadow").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_quote_tells_reaches_the_scorer_and_the_birth_date_stays_behind() {
    let world = World::with(ON).await;
    let mut request = PayRequest::new(PartyId::new("MSISDN", BLUE_NUMBER), CURRENCY, "10");
    request.payer = PartyId::new("MSISDN", GREEN_NUMBER);
    request.note = Some("school fees".to_owned());
    request.quote = json!({
        "transactionType": { "scenario": "PAYMENT" },
        "payer": { "personalInfo": { "dateOfBirth": "1931-01-01" } },
        "geoCode": { "latitude": "-6.165", "longitude": "39.2026" },
    });
    let outcome = world.players.green.pay(&request).await.unwrap();
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
    let attempts = attempts(&world);
    let [attempt] = &attempts[..] else { panic!("{attempts:?}") };
    let year = clock::date_time(world.gateway.node.now().0)[..4].parse::<u16>().unwrap();
    assert_eq!(attempt.category.as_deref(), Some(frms::MP2B));
    assert_eq!(attempt.debtor_age_years, Some(year - 1931));
    let place = frms::Place { latitude_e5: -616_500, longitude_e5: 3_920_260 };
    assert_eq!(attempt.place, Some(place));
    let description = attempt.description.clone().unwrap();
    assert_eq!(description, screening(&world).pseudonyms().disguise("school fees"));
    for event in events(&world) {
        let said = serde_json::to_string(&event).unwrap();
        assert!(!["1931", "school", "39.2026"].iter().any(|text| said.contains(text)), "{said}");
    }
    // One node remembers it; what several of them store is in the tests of its form.
    let kind = causeway::screening::facts::QUOTED;
    assert_eq!(world.gateway.node.store.documents(kind, None, 9).await.unwrap().len(), 0);
    let missing = &verdicts(&world)[0].missing;
    assert!(missing.is_empty(), "{missing:?}");
}

/// One typology that stops whatever is not among the first nine payments of an account in a day.
fn velocity() -> Value {
    let band = |reference: &str, from: Option<u32>, to: Option<u32>| {
        let mut band = json!({ "subRuleRef": reference, "reason": "payments in a day" });
        if let Some(from) = from {
            band["lowerLimit"] = json!(from);
        }
        if let Some(to) = to {
            band["upperLimit"] = json!(to);
        }
        band
    };
    let weight = |reference: &str, weight: u32| json!({ "ref": reference, "wght": weight });
    json!({
        "rules": [{
            "id": "901@1.0.0", "cfg": "1.0.0", "desc": "payments from the account",
            "config": {
                "parameters": { "maxQueryRange": 86_400_000 },
                "bands": [band(".01", None, Some(10)), band(".02", Some(10), None)],
                "exitConditions": [{ "subRuleRef": ".x00", "reason": "not successful" }],
            },
        }],
        "typologies": [{
            "id": "typology-processor", "cfg": "burst@1.0.0", "desc": "A burst of payments from one account",
            "workflow": { "alertThreshold": 100, "interdictionThreshold": 100 },
            "rules": [{
                "id": "901@1.0.0", "cfg": "1.0.0", "termId": "v901",
                "wghts": [weight(".err", 0), weight(".x00", 0), weight(".01", 0), weight(".02", 100)],
            }],
            "expression": ["Add", "v901"],
        }],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_a_hundred_is_stopped_by_counters_that_know_what_is_under_way() {
    const BURST: usize = 100;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("catalogue.json");
    std::fs::write(&file, velocity().to_string()).unwrap();
    let world = Arc::new(World::with(&format!("{ON}catalogue = {file:?}\n")).await);
    // Those that pass stay under way: what ends unpaid no longer counts.
    world.players.blue.set_conduct(Stage::Transfer, Conduct::silent());
    let (packet, now_ms) = (packet(), world.gateway.node.now().0);
    let mut sending = JoinSet::new();
    for _ in 0..BURST {
        let draft = prepare(&clock::fresh_uuid().unwrap(), "5", &packet, now_ms);
        let sent = world.players.green.sign(draft).unwrap();
        let world = Arc::clone(&world);
        sending.spawn(async move { world.players.green.resend(&sent).await.unwrap().status });
    }
    assert_eq!(sending.join_all().await, [202; BURST]);
    let mut states = BTreeMap::new();
    for attempt in attempts(&world) {
        let stored = world.gateway.node.transfer(TransferId(attempt.id.0)).await.unwrap().unwrap();
        *states.entry(format!("{:?}", stored.verdict)).or_insert(0) += 1;
    }
    let expected = BTreeMap::from([("Allowed".to_owned(), 9), ("Blocked".to_owned(), BURST - 9)]);
    assert_eq!(states, expected);
    let stopped = verdicts(&world).into_iter().filter(|v| v.decision == Decision::Block);
    let sentences: Vec<_> = stopped.map(|verdict| verdict.explanation.clone()).collect();
    assert_eq!(sentences.len(), BURST - 9);
    assert!(sentences.iter().all(|said| said.contains("rule 901 found")), "{sentences:?}");
    // One alert tells of all.
    let alerts = events(&world).into_iter().filter(|event| matches!(event, Event::Alert { .. }));
    assert_eq!(alerts.count(), 1);
}
