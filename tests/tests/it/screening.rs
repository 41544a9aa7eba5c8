//! Fraud screening end to end: real sockets and store, the hub's own scorer, conditions set by the
//! operator. Budgets are long here, so that no slow machine turns a verdict into none.

mod defects;
mod points;

use std::sync::Arc;
use std::time::Duration;

use causeway::screening::Screening;
use causeway_tests::world::World;
use causeway_toolkit::bank::{AccountRef, Order};
use causeway_toolkit::clock;
use causeway_toolkit::dfsp::{Draft, PartyId, PayRequest, PaymentEnd, PaymentOutcome, Stage};
use causeway_toolkit::http::HttpResponse;
use causeway_toolkit::players::{ALPINE_IBAN, BLUE_NUMBER, CURRENCY, GREEN_NUMBER};
use frms::{Attempt, Decision, Event, Facts, OutcomeKind, Point, Verdict};
use http::Method;
use serde_json::{Value, json};
use switch::{TransferId, TransferState};

const PATIENCE_MS: u64 = 20_000;
const ON: &str = "[screening]\nenabled = true\nbudget_ms = 5000\n";

fn screening(world: &World) -> &Screening {
    world.gateway.node.screening.as_ref().unwrap()
}

/// A condition in the peer's format.
fn condition(kind: &str, side: &str, subject: &Value) -> Value {
    let mut body = json!({
        "evtTp": ["pacs.008.001.10"], "condTp": kind, "prsptv": side, "condRsn": "reported scam",
        "incptnDtTm": "2020-01-01T00:00:00.000Z", "usr": "analyst", "forceCret": true,
    });
    for (name, value) in subject.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn entity(number: &str) -> Value {
    json!({ "ntty": { "id": number, "schmeNm": { "prtry": "MSISDN" } } })
}

fn account(number: &str, agent: &str) -> Value {
    json!({ "acct": { "id": number, "schmeNm": { "prtry": "MSISDN" },
        "agt": { "finInstnId": { "clrSysMmbId": { "mmbId": agent } } } } })
}

async fn admin(world: &World, method: Method, path: &str, body: Option<&Value>) -> HttpResponse {
    world.admin.send(method, path, body).await.unwrap()
}

async fn set(world: &World, name: &str, body: &Value) {
    let path = format!("/screening/conditions/{name}");
    let answer = admin(world, Method::PUT, &path, Some(body)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// Green pays blue.
async fn pay(world: &World, amount: &str) -> PaymentOutcome {
    let mut request = PayRequest::new(PartyId::new("MSISDN", BLUE_NUMBER), CURRENCY, amount);
    request.payer = PartyId::new("MSISDN", GREEN_NUMBER);
    world.players.green.pay(&request).await.unwrap()
}

fn failed(outcome: &PaymentOutcome) -> (Stage, &str) {
    match &outcome.end {
        PaymentEnd::Failed { stage, code, .. } => (*stage, code.as_str()),
        other => panic!("{other:?}"),
    }
}

fn refused(outcome: &PaymentOutcome) -> (Stage, u16, &str) {
    match &outcome.end {
        PaymentEnd::Refused { stage, status, code } => (*stage, *status, code.as_str()),
        other => panic!("{other:?}"),
    }
}

async fn position(world: &World, name: &str) -> String {
    world.admin.position(name, CURRENCY).await.unwrap().to_string()
}

fn transfer_id(outcome: &PaymentOutcome) -> TransferId {
    id_of(&outcome.transfer_id)
}

fn id_of(text: &str) -> TransferId {
    TransferId(u128::from_str_radix(&text.replace('-', ""), 16).unwrap())
}

fn events(world: &World) -> Vec<Event> {
    let entries = screening(world).stream().read(0, usize::MAX).unwrap();
    entries.into_iter().map(|entry| entry.event).collect()
}

fn attempts(world: &World) -> Vec<Arc<Attempt>> {
    let attempt = |event| if let Event::Attempt(attempt) = event { Some(attempt) } else { None };
    events(world).into_iter().filter_map(attempt).collect()
}

/// The verdicts before a reservation.
fn verdicts(world: &World) -> Vec<Arc<Verdict>> {
    let all = all_verdicts(world).into_iter();
    all.filter(|verdict| verdict.point == Point::BeforeReserve).collect()
}

fn all_verdicts(world: &World) -> Vec<Arc<Verdict>> {
    let verdict = |event| if let Event::Verdict(verdict) = event { Some(verdict) } else { None };
    events(world).into_iter().filter_map(verdict).collect()
}

fn outcomes(world: &World) -> Vec<OutcomeKind> {
    let kind = |event| if let Event::Outcome(outcome) = event { Some(outcome.kind) } else { None };
    events(world).into_iter().filter_map(kind).collect()
}

/// What became of payments, once so much is known: it is published after the payer was told.
async fn until_outcomes(world: &World, expected: &[OutcomeKind]) {
    for _ in 0..PATIENCE_MS / 10 {
        if outcomes(world).len() >= expected.len() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(outcomes(world), expected);
}

/// Prepares that have reached blue.
fn prepares(world: &World) -> usize {
    let received = world.players.blue.received();
    received.iter().filter(|m| m.method == Method::POST && m.target == "/transfers").count()
}

async fn until_held(world: &World) -> switch::Transfer {
    let node = &world.gateway.node;
    for _ in 0..PATIENCE_MS / 10 {
        if let Some(attempt) = attempts(world).last() {
            let stored = node.transfer(TransferId(attempt.id.0)).await.unwrap();
            if let Some(held) = stored.filter(|stored| stored.state == TransferState::Held) {
                return held;
            }
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nothing is held")
}

/// Green pays blue, which somebody is to look at, and says this.
async fn reviewed(world: &World, verb: &str) -> PaymentOutcome {
    set(world, "look", &condition("review", "debtor", &account(GREEN_NUMBER, "greenwallet"))).await;
    let say = async {
        let held = until_held(world).await;
        assert_eq!((prepares(world), world.books().await), (0, (0, 0)));
        assert_eq!(position(world, "greenwallet").await, "0");
        assert!(held.verdict_reference.is_some());
        let path = format!("/transfers/{}/{verb}", held.spelling);
        let body = json!({ "operator": "ann", "reason": "customer called back" });
        let answer = admin(world, Method::POST, &path, Some(&body)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    let (outcome, ()) = tokio::join!(pay(world, "10"), say);
    outcome
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payee_on_the_block_list_is_not_paid_and_no_money_is_reserved() {
    let world = World::with(ON).await;
    set(&world, "mule-1", &condition("non-overridable-block", "creditor", &entity(BLUE_NUMBER)))
        .await;
    let outcome = pay(&world, "10").await;
    assert_eq!(failed(&outcome), (Stage::Transfer, "4000"), "{outcome:?}");
    assert_eq!((prepares(&world), world.books().await), (0, (0, 0)));
    assert_eq!(position(&world, "greenwallet").await, "0");
    let attempts = attempts(&world);
    assert_eq!((attempts.len(), attempts[0].facts), (1, Facts::Quote));
    assert_eq!(outcomes(&world), [OutcomeKind::Blocked]);
    let path = format!("/screening/verdicts/{}", outcome.transfer_id);
    let verdict = admin(&world, Method::GET, &path, None).await.json().unwrap();
    let sentence = verdict["explanation"].as_str().unwrap();
    let expected = "Blocked before any money was reserved: the creditor is on the block list, \
        condition mule-1, for the reason \"reported scam\" (stream sequence 2).";
    assert_eq!(sentence, expected);
    let told = format!("{outcome:?}").to_lowercase();
    assert!(!["block", "screen", "scam", "mule", "list"].iter().any(|word| told.contains(word)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_learns_that_its_order_is_rejected_and_not_why() {
    let world = World::with(ON).await;
    set(&world, "mule-1", &condition("overridable-block", "both", &entity(GREEN_NUMBER))).await;
    let account = AccountRef::Proxy { kind: "TELE".to_owned(), id: format!("+{GREEN_NUMBER}") };
    let mut order = Order::new(CURRENCY, "25.50", account).unwrap();
    order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
    let bank = &world.players.alpine;
    let outcome = bank.pay_pain_001(&order, Some(20), PATIENCE_MS).await.unwrap();
    let ended = (outcome.status.as_deref(), outcome.reason.as_deref());
    assert_eq!(ended, (Some("RJCT"), Some("MS03")), "{}", outcome.xml);
    let xml = outcome.xml.to_lowercase();
    assert!(!["block", "screen", "scam", "fraud"].iter().any(|word| xml.contains(word)), "{xml}");
    assert_eq!((position(&world, "alpinebank").await.as_str(), world.books().await), ("0", (0, 0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn in_shadow_mode_a_block_is_recorded_and_published_and_not_applied() {
    let world = World::with(&format!("{ON}mode = \"shadow\"\n")).await;
    let mut watcher = screening(&world).stream().subscribe("frm.default.verdict.block");
    set(&world, "mule-1", &condition("non-overridable-block", "creditor", &entity(BLUE_NUMBER)))
        .await;
    let outcome = pay(&world, "10").await;
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
    let seen = tokio::time::timeout(Duration::from_millis(PATIENCE_MS), watcher.next()).await;
    let Event::Verdict(verdict) = seen.unwrap().unwrap().event else { panic!("no verdict") };
    assert_eq!((verdict.decision, verdict.id.0), (Decision::Block, transfer_id(&outcome).0));
    until_outcomes(&world, &[OutcomeKind::Committed]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_count_what_was_paid_and_the_stream_replays_to_the_same_verdicts() {
    let world = World::with(ON).await;
    for _ in 0..3 {
        assert_eq!(pay(&world, "1").await.end, PaymentEnd::Committed);
    }
    let found = verdicts(&world);
    let values: Vec<_> = found.iter().map(|verdict| verdict.rules[0].value).collect();
    assert_eq!(values, [Some(1.0), Some(2.0), Some(3.0)]);
    assert!(found[2].typologies[0].alert && found[2].decision == Decision::Allow);
    assert!(found[2].explanation.contains("rule 901 found 3 payments"));
    until_outcomes(&world, &[OutcomeKind::Committed; 3]).await;
    for _ in 0..PATIENCE_MS / 10 {
        if all_verdicts(&world).len() == 6 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let found = all_verdicts(&world);
    assert_eq!(found.len(), 6, "before each reservation and after each commit");
    let mut engine = frms::Engine::new(frms::Catalogue::standard().unwrap());
    let entries = screening(&world).stream().read(0, usize::MAX).unwrap();
    let replay = entries.iter().flat_map(|entry| engine.apply(entry.sequence, &entry.event));
    assert_eq!(replay.collect::<Vec<_>>(), found);
}

/// A prepare of green's to blue that follows no quote.
fn prepare(id: &str, amount: &str, packet: &str, now_ms: i64) -> Draft {
    let condition = fspiop::ilp::Fulfilment([7; 32]).condition().to_string();
    let body = json!({
        "transferId": id, "payerFsp": "greenwallet", "payeeFsp": "bluewallet",
        "amount": { "currency": CURRENCY, "amount": amount }, "ilpPacket": packet,
        "condition": condition, "expiration": clock::date_time(now_ms + 60_000),
    });
    Draft::new(Method::POST, "/transfers").to("bluewallet").json(&body)
}

/// A packet that tells who pays whom.
fn packet() -> String {
    let party = |number: &str, fsp: &str| json!({ "partyIdInfo": { "partyIdType": "MSISDN", "partyIdentifier": number, "fspId": fsp } });
    let request = json!({
        "quoteId": clock::fresh_uuid().unwrap(), "transactionId": clock::fresh_uuid().unwrap(),
        "payer": party(GREEN_NUMBER, "greenwallet"), "payee": party(BLUE_NUMBER, "bluewallet"),
        "transactionType": { "scenario": "TRANSFER", "initiator": "PAYER", "initiatorType": "CONSUMER" },
    });
    let response = json!({
        "transferAmount": { "currency": CURRENCY, "amount": "5" },
        "expiration": "2030-01-01T00:00:00.000Z",
    });
    let value = |json: &Value| fspiop::json::parse(json.to_string().as_bytes()).unwrap();
    let terms = fspiop::ilp::Terms::of_quote(&value(&request), &value(&response));
    let secret = fspiop::ilp::Secret::new(b"secret");
    secret.seal(fspiop::ilp::Version::V1, &terms).unwrap().packet
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_quote_the_packet_tells_and_without_a_packet_nobody() {
    let world = World::with(ON).await;
    let block = condition("non-overridable-block", "creditor", &account(BLUE_NUMBER, "bluewallet"));
    set(&world, "mule-1", &block).await;
    let now_ms = world.gateway.node.now().0;
    for (packet, facts, decision) in [
        (packet(), Facts::IlpPacket, Decision::Block),
        ("bm8gcGFja2V0".to_owned(), Facts::Unknown, Decision::Allow),
    ] {
        let draft = prepare(&clock::fresh_uuid().unwrap(), "5", &packet, now_ms);
        let answer = world.players.green.send(draft).await.unwrap().response;
        assert_eq!(answer.status, 202, "{}", answer.text());
        assert_eq!(attempts(&world).last().unwrap().facts, facts);
        let verdict = verdicts(&world).last().cloned().unwrap();
        assert_eq!(
            (verdict.decision, verdict.missing.is_empty()),
            (decision, decision == Decision::Block)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resend_gets_the_same_verdict_and_what_is_refused_anyway_is_not_screened() {
    let world = World::with(ON).await;
    let block = condition("non-overridable-block", "creditor", &entity(BLUE_NUMBER));
    set(&world, "mule-1", &block).await;
    let (green, now_ms) = (&world.players.green, world.gateway.node.now().0);
    let id = clock::fresh_uuid().unwrap();
    let sent = green.sign(prepare(&id, "5", &packet(), now_ms)).unwrap();
    green.resend(&sent).await.unwrap();
    // What holds later does not matter to a payment that was decided.
    admin(&world, Method::DELETE, "/screening/conditions/mule-1", None).await;
    for _ in 0..2 {
        assert_eq!(green.resend(&sent).await.unwrap().status, 202);
    }
    let stored = world.gateway.node.transfer(id_of(&id)).await.unwrap().unwrap();
    assert_eq!(stored.verdict, switch::Verdict::Blocked);
    assert_eq!(attempts(&world).len(), 1);
    let too_much = prepare(&clock::fresh_uuid().unwrap(), "99999999", &packet(), now_ms);
    assert_eq!(green.send(too_much).await.unwrap().response.status, 202);
    assert_eq!((attempts(&world).len(), outcomes(&world)), (1, vec![OutcomeKind::Blocked]));
}

/// Both of two prepares that come at once under one id may be judged; what is kept is why the transfer stands as
/// it does.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_prepares_at_once_the_verdict_of_the_one_that_counts_is_kept() {
    let world = World::with(ON).await;
    let block = condition("non-overridable-block", "creditor", &entity(BLUE_NUMBER));
    set(&world, "mule-1", &block).await;
    let (green, now_ms) = (&world.players.green, world.gateway.node.now().0);
    let mut judged_twice = 0;
    for _ in 0..30 {
        let id = clock::fresh_uuid().unwrap();
        let send = |amount| green.send(prepare(&id, amount, &packet(), now_ms));
        let (one, other) = tokio::join!(send("5"), send("6"));
        assert!([one, other].into_iter().all(|sent| sent.unwrap().response.status == 202));
        let attempts: Vec<_> =
            attempts(&world).into_iter().filter(|attempt| attempt.id.0 == id_of(&id).0).collect();
        judged_twice += usize::from(attempts.len() == 2);
        let stored = world.gateway.node.transfer(id_of(&id)).await.unwrap().unwrap();
        let counts = attempts.iter().find(|attempt| attempt.hash.0 == stored.hash.0).unwrap();
        let path = format!("/screening/verdicts/{id}");
        let kept = admin(&world, Method::GET, &path, None).await.json().unwrap();
        assert_eq!(kept["hash"], serde_json::to_value(counts.hash).unwrap());
    }
    assert!(judged_twice > 0, "none was judged twice");
}

/// A rule that nobody answers, or one with a defect: the payment's verdict lacks something.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_without_a_result_leaves_open_the_policy_decides() {
    let weights = [(".err", 0), (".01", 0), (".02", 400)]
        .map(|(outcome, weight)| json!({ "ref": outcome, "wght": weight }));
    let catalogue = json!({ "typologies": [{
        "cfg": "night@1.0.0", "desc": "payments at night",
        "workflow": { "alertThreshold": 300, "interdictionThreshold": 400 },
        "rules": [{ "id": "X01@1.0.0", "cfg": "1.0.0", "termId": "x01", "wghts": weights }],
        "expression": ["Add", "x01"],
    }] });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("catalogue.json");
    std::fs::write(&file, catalogue.to_string()).unwrap();
    for (policy, is_paid) in [("open", true), ("closed", false)] {
        let world = World::with(&format!(
            "{ON}catalogue = {file:?}\nsemantics = \"peer\"\non_unavailable = \"{policy}\"\n"
        ))
        .await;
        let outcome = pay(&world, "10").await;
        match is_paid {
            true => assert_eq!(outcome.end, PaymentEnd::Committed, "{policy}"),
            // For now: nothing is stored, and the same request may come again.
            false => assert_eq!(refused(&outcome), (Stage::Transfer, 503, "2003"), "{policy}"),
        }
        assert_eq!(prepares(&world), usize::from(is_paid));
        let verdict = verdicts(&world).remove(0);
        assert_eq!((verdict.decision, verdict.is_incomplete()), (Decision::Allow, true));
        let metrics = admin(&world, Method::GET, "/metrics", None).await.text();
        let counted = metrics.lines().any(|line| line.contains("outcome=\"incomplete\""));
        assert!(counted, "{metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_are_listed_replaced_refused_and_taken_back() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("conditions.json");
    let of_file = condition("override", "both", &entity("1"));
    std::fs::write(&file, json!({ "vip": of_file }).to_string()).unwrap();
    let world = World::with(&format!("{ON}conditions = {file:?}\n")).await;
    let good = condition("review", "debtor", &entity(GREEN_NUMBER));
    set(&world, "a%20b", &good).await;
    let list = admin(&world, Method::GET, "/screening/conditions", None).await.json().unwrap();
    let expected = json!([
        { "name": "a b", "origin": "api", "condition": good },
        { "name": "vip", "origin": "file", "condition": of_file },
    ]);
    assert_eq!(list, expected);
    let mut wrong = good.clone();
    wrong["condTp"] = json!("refuse");
    let answer = admin(&world, Method::PUT, "/screening/conditions/x", Some(&wrong)).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    let answer = admin(&world, Method::PUT, "/screening/conditions/vip", Some(&good)).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    let path = "/screening/conditions/a%20b";
    assert_eq!(admin(&world, Method::GET, path, None).await.status, 200);
    assert_eq!(admin(&world, Method::DELETE, path, None).await.status, 204);
    assert_eq!(admin(&world, Method::DELETE, path, None).await.status, 404);
    assert_eq!(admin(&world, Method::DELETE, "/screening/conditions/vip", None).await.status, 400);
    let none = "/screening/verdicts/00000000-0000-4000-8000-000000000000";
    assert_eq!(admin(&world, Method::GET, none, None).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_without_screening_keeps_nothing_of_quotes_and_says_so() {
    let world = World::start().await;
    assert_eq!(pay(&world, "1").await.end, PaymentEnd::Committed);
    let answer = admin(&world, Method::GET, "/screening/conditions", None).await;
    assert_eq!(answer.status, 404, "{}", answer.text());
    let kind = causeway::screening::facts::QUOTED;
    assert_eq!(world.gateway.node.store.documents(kind, None, 9).await.unwrap().len(), 0);
    assert!(world.gateway.node.screening.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_payment_that_is_released_is_paid() {
    let world = World::with(ON).await;
    let outcome = reviewed(&world, "release").await;
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
    assert_eq!((position(&world, "greenwallet").await.as_str(), prepares(&world)), ("10", 1));
    let expected = [OutcomeKind::Held, OutcomeKind::Released, OutcomeKind::Committed];
    until_outcomes(&world, &expected).await;
    assert_eq!(verdicts(&world).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_payment_that_is_blocked_is_not_paid() {
    let world = World::with(ON).await;
    let outcome = reviewed(&world, "block").await;
    assert_eq!(failed(&outcome), (Stage::Transfer, "4000"), "{outcome:?}");
    assert_eq!((position(&world, "greenwallet").await.as_str(), prepares(&world)), ("0", 0));
    until_outcomes(&world, &[OutcomeKind::Held, OutcomeKind::Blocked]).await;
}
