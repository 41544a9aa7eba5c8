use super::*;
use causeway_tests::process::Scheme;
use causeway_toolkit::cluster::link::{Flow, Link};
use causeway_toolkit::cluster::process::Signal;
use causeway_toolkit::dfsp::{PartyId, PayRequest, PaymentEnd};
use causeway_toolkit::players::{BLUE_NUMBER, CURRENCY};

async fn pay(world: &World) -> PaymentEnd {
    let request = PayRequest::new(PartyId::new("MSISDN", BLUE_NUMBER), CURRENCY, "1");
    world.players.green.pay(&request).await.unwrap().end
}

/// Pays so many at once, which must all be made.
async fn pay_all(world: &Arc<World>, count: usize) {
    let mut payments = tokio::task::JoinSet::new();
    for _ in 0..count {
        let world = Arc::clone(world);
        payments.spawn(async move { pay(&world).await });
    }
    while let Some(end) = payments.join_next().await {
        assert_eq!(end.unwrap(), PaymentEnd::Committed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_go_on_while_redis_is_killed_and_comes_back() {
    let Some(mut redis) = Redis::start().await else { return };
    let limited = "[limits]\nrequests_per_s = 1000\n";
    let world = Arc::new(World::plain(&format!("{}{limited}", redis.settings())).await);
    pay_all(&world, 4).await;
    until_redis_is(&world.admin, "OK").await;
    redis.server.kill();
    pay_all(&world, 8).await;
    until_redis_is(&world.admin, "DOWN").await;
    assert_eq!(metric(&world.admin, "causeway_redis_away").await, 1);
    redis.server.start().await.unwrap();
    until_redis_is(&world.admin, "OK").await;
    assert_eq!(metric(&world.admin, "causeway_redis_away").await, 0);
    let before = redis.scripts();
    pay_all(&world, 4).await;
    assert!(redis.scripts() > before, "it is used again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_stands_still_is_waited_for_once_and_then_no_more() {
    let Some(mut redis) = Redis::start().await else { return };
    let world = Arc::new(World::plain(&redis.settings_of(50)).await);
    pay_all(&world, 4).await;
    until_redis_is(&world.admin, "OK").await;
    redis.server.signal(Signal::Stop);
    pay_all(&world, 12).await;
    until_redis_is(&world.admin, "DOWN").await;
    let failed = metric(&world.admin, "causeway_redis_operations_total").await;
    pay_all(&world, 12).await;
    let later = metric(&world.admin, "causeway_redis_operations_total").await;
    assert_eq!(later, failed, "while it is away nothing is asked of it");
    redis.server.signal(Signal::Continue);
    until_redis_is(&world.admin, "OK").await;
    pay_all(&world, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_starts_without_redis_and_finds_it_later() {
    let Some(mut redis) = Redis::start().await else { return };
    redis.server.kill();
    let world = Arc::new(World::plain(&redis.settings()).await);
    assert_eq!(health(&world.admin).await, (200, Some("DOWN".to_owned())));
    pay_all(&world, 2).await;
    redis.server.start().await.unwrap();
    until_redis_is(&world.admin, "OK").await;
    pay_all(&world, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_takes_no_writes_is_away() {
    let Some(redis) = Redis::start().await else { return };
    let world = Arc::new(World::plain(&redis.settings()).await);
    until_redis_is(&world.admin, "OK").await;
    redis.say("CONFIG SET maxmemory 1");
    until_redis_is(&world.admin, "DOWN").await;
    pay_all(&world, 2).await;
    redis.say("CONFIG SET maxmemory 0");
    until_redis_is(&world.admin, "OK").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_alone_has_no_redis_and_says_nothing_of_it() {
    let world = World::plain("").await;
    assert_eq!(health(&world.admin).await, (200, None));
    assert_eq!(pay(&world).await, PaymentEnd::Committed);
    assert_eq!(metric(&world.admin, "causeway_redis_operations_total").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_that_is_cut_or_silent_is_as_good_as_no_redis() {
    let Some(redis) = Redis::start().await else { return };
    let way = Link::to(redis.server.port()).await.unwrap();
    let settings = redis.settings_of(200);
    let settings = settings.replace(&redis.server.port().to_string(), &way.port().to_string());
    let world = Arc::new(World::plain(&settings).await);
    for flow in [Flow::Cut, Flow::Silent] {
        until_redis_is(&world.admin, "OK").await;
        way.set(flow);
        pay_all(&world, 6).await;
        until_redis_is(&world.admin, "DOWN").await;
        pay_all(&world, 2).await;
        way.set(Flow::Open);
    }
    until_redis_is(&world.admin, "OK").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_once_that_redis_is_away_and_once_that_it_is_back() {
    let Some(mut redis) = Redis::start().await else { return };
    let log = "[log]\nfilter = \"causeway=info\"\nformat = \"text\"\n";
    let scheme = Scheme::start(&format!("{}{log}", redis.settings())).await;
    let said = |line: &str| scheme.process.log().matches(line).count();
    eventually(|| said("Redis is there") == 1, "it is said that it is there").await;
    // It was away before if the first connection took long.
    let away = said("Redis is away");
    redis.server.kill();
    for _ in 0..4 {
        let request = PayRequest::new(PartyId::new("MSISDN", BLUE_NUMBER), CURRENCY, "1");
        let paid = scheme.players.green.pay(&request).await.unwrap();
        assert_eq!(paid.end, PaymentEnd::Committed);
    }
    until_redis_is(&scheme.admin, "DOWN").await;
    redis.server.start().await.unwrap();
    until_redis_is(&scheme.admin, "OK").await;
    eventually(|| said("Redis is there") == 2, "it is said that it is back").await;
    assert_eq!(said("Redis is away"), away + 1);
}
