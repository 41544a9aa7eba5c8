use super::*;
use causeway_toolkit::http::HttpResponse;
use causeway_toolkit::players::CURRENCY;
use std::time::Instant;

/// So few that a slow machine sends more.
const PER_S: u64 = 20;

fn limited() -> String {
    format!("[limits]\nrequests_per_s = {PER_S}\n")
}

/// Sends lookups one after the other: what came of each, and how long all took.
async fn ask(pair: &Pair, count: usize) -> (Vec<HttpResponse>, Duration) {
    let since = Instant::now();
    let mut answers = Vec::new();
    for number in 0..count {
        match number % 2 {
            0 => pair.to_first(pair.green()),
            _ => pair.to_second(pair.green()),
        }
        let asked = lookup(&format!("2556{number:08}"));
        answers.push(pair.green().send(asked).await.unwrap().response);
    }
    (answers, since.elapsed())
}

fn accepted(answers: &[HttpResponse]) -> u64 {
    answers.iter().filter(|answer| answer.status == 202).count() as u64
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_holds_for_all_nodes_together_and_costs_a_fraction_of_an_operation() {
    let Some(redis) = Redis::start().await else { return };
    let pair = Pair::start(&format!("{}{}", redis.settings(), limited())).await;
    silence(pair.blue());
    // What registering has taken is there again.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let count = |redis: &Redis| redis.calls().get("time").copied().unwrap_or(0);
    let before = count(&redis);
    let (answers, took) = ask(&pair, 600).await;
    let (accepted, leases) = (accepted(&answers), count(&redis) - before);
    let took_ms = u64::try_from(took.as_millis()).unwrap();
    let most = PER_S + PER_S * took_ms / 1_000 + 2 * PER_S / 10;
    assert!((PER_S..=most).contains(&accepted), "{accepted} of {most} in {took_ms} ms");
    let refused = answers.iter().find(|answer| answer.status != 202);
    let refused = refused.expect("the machine sends more than 20 a second");
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(refused.json().unwrap()["errorInformation"]["errorCode"], "2005");
    // A tenth of a second's worth at once; and who is told that there is none waits for the next.
    // One of the two gets that, and then both ask in vain: three questions for a token.
    let asked = accepted / (PER_S / 10) + took_ms * PER_S / 1_000 * 3 + 20;
    assert!(leases <= asked, "{leases} leases for {accepted}");
    let limited = metric(&pair.first.admin, "causeway_rate_limited").await
        + metric(&pair.second_admin, "causeway_rate_limited").await;
    assert_eq!(limited, 600 - accepted);
}

#[tokio::test(flavor = "multi_thread")]
async fn far_below_its_rate_a_participant_costs_an_operation_in_fifty_requests() {
    let Some(redis) = Redis::start().await else { return };
    let limited = "[limits]\nrequests_per_s = 100000\n";
    let pair = Pair::start(&format!("{}{limited}", redis.settings())).await;
    silence(pair.blue());
    let leases = |redis: &Redis| redis.calls().get("time").copied().unwrap_or(0);
    let before = leases(&redis);
    let (answers, _) = ask(&pair, 200).await;
    assert_eq!(accepted(&answers), 200);
    // Two nodes, each of which begins with what is left of an earlier lease.
    assert!((2..=6).contains(&(leases(&redis) - before)), "{}", leases(&redis) - before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_participant_has_its_own_rate_and_what_ends_something_is_never_refused() {
    let world = World::plain(&limited()).await;
    let (green, admin) = (&world.players.green, &world.admin);
    silence(&world.players.blue);
    let path = "/participants/greenwallet/rate";
    let rate = |body: Value| async move { admin.send(Method::PUT, path, Some(&body)).await };
    let shown = || async { admin.send(Method::GET, path, None).await.unwrap().json().unwrap() };
    assert_eq!(shown().await, json!({"requestsPerSecond": PER_S, "own": false}));
    assert_eq!(rate(json!({"requestsPerSecond": 2})).await.unwrap().status, 200);
    assert_eq!(shown().await, json!({"requestsPerSecond": 2, "own": true}));
    for wrong in [json!({"requestsPerSecond": -1}), json!({"requestsPerSecond": 1_000_001})] {
        assert_eq!(rate(wrong).await.unwrap().status, 400);
    }
    world.clock.hold();
    let mut statuses = Vec::new();
    for number in 0..6 {
        let asked = green.send(lookup(&format!("2556{number:08}"))).await.unwrap();
        statuses.push(asked.response.status.as_u16());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 202).count(), 2, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 4, "{statuses:?}");
    // Answers, fulfils and questions how a transfer stands.
    let answer = green.send(found_none("255600000000").to(PAYEE)).await.unwrap().response;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let transfer = "/transfers/7a1f0e5a-3c1c-4f5e-9d59-2f1f4fb0b1aa";
    let error = json!({"errorInformation": {"errorCode": "5100", "errorDescription": "no"}});
    let abort = Draft::new(Method::PUT, format!("{transfer}/error")).to(PAYEE).json(&error);
    assert_eq!(green.send(abort).await.unwrap().response.status, 200);
    let inquiry = Draft::new(Method::GET, transfer).to(PAYEE);
    assert_eq!(green.send(inquiry).await.unwrap().response.status, 202);
    let prepare = json!({ "transferId": "7a1f0e5a-3c1c-4f5e-9d59-2f1f4fb0b1aa",
        "payerFsp": PAYER, "payeeFsp": PAYEE, "ilpPacket": "AYIBgQAAAAAAAASw",
        "amount": { "currency": CURRENCY, "amount": "1" },
        "condition": fspiop::ilp::Fulfilment([7; 32]).condition().to_string(),
        "expiration": "2030-01-01T00:00:00.000Z" });
    let prepare = Draft::new(Method::POST, "/transfers").to(PAYEE).json(&prepare);
    assert_eq!(green.send(prepare).await.unwrap().response.status, 429);
    // Back to everybody's.
    assert_eq!(rate(json!({})).await.unwrap().status, 200);
    world.clock.advance(1_000);
    assert_eq!(green.send(lookup("255600000042")).await.unwrap().response.status, 202);
}
