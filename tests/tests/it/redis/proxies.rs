use super::*;
use causeway::config::Config;
use causeway::metrics::Metrics;
use causeway::shared::{Away, Link, Lookup, ProxyCache};
use switch::Timestamp;

const LOOKUP: Lookup<'static> =
    Lookup { source: "greenwallet", party_type: "MSISDN", party: "255600000002" };

async fn cache(redis: &Redis) -> ProxyCache {
    let config = Config::parse(&redis.settings(), "a test").unwrap();
    let link = Link::start(&config.redis, &Metrics::default()).await.unwrap().unwrap();
    // It gives up a first connection that takes long, and tries again later.
    eventually(|| link.is_there(), "it is there").await;
    ProxyCache::new(link)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_that_leads_to_a_fsp_is_found_under_the_peers_key() {
    let Some(redis) = Redis::start().await else { return };
    let cache = cache(&redis).await;
    assert_eq!(cache.proxy_of("farwallet").await, Ok(None));
    cache.learn("farwallet", "proxy-ab").await.unwrap();
    assert!(redis.say("GET dfsp:farwallet").contains("proxy-ab"));
    redis.say("SET dfsp:other proxy-cd");
    assert_eq!(cache.proxy_of("other").await, Ok(Some("proxy-cd".to_owned())));
    cache.forget("farwallet").await.unwrap();
    assert_eq!(cache.proxy_of("farwallet").await, Ok(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_proxy_that_finds_the_party_answers_and_the_last_that_does_not() {
    let Some(redis) = Redis::start().await else { return };
    let cache = cache(&redis).await;
    let key = "als:greenwallet:MSISDN:255600000002";
    let now = Timestamp(1_000);
    assert_eq!(cache.asked(&LOOKUP, &[], now).await, Ok(false), "nobody to ask");
    assert_eq!(cache.asked(&LOOKUP, &["a", "b", "c"], now).await, Ok(true));
    assert_eq!(cache.asked(&LOOKUP, &["a"], now).await, Ok(false), "it is under way");
    assert_eq!(cache.is_under_way(&LOOKUP).await, Ok(true));
    assert!(redis.say(&format!("SCARD {key}")).starts_with(":3"));
    assert!(redis.say(&format!("GET {key}:expiresAt")).contains("21000"));
    assert_eq!(cache.not_found(&LOOKUP, "a").await, Ok(false));
    assert_eq!(cache.not_found(&LOOKUP, "a").await, Ok(false), "it has answered already");
    assert_eq!(cache.found(&LOOKUP, "b").await, Ok(true));
    assert_eq!(redis.keys(&format!("{key}:success")).len(), 1);
    assert_eq!(cache.not_found(&LOOKUP, "c").await, Ok(false), "another has found it");
    assert_eq!(redis.keys("als:*"), Vec::<String>::new());
    assert_eq!(cache.is_under_way(&LOOKUP).await, Ok(false));
    assert_eq!(cache.asked(&LOOKUP, &["a", "b"], now).await, Ok(true));
    assert_eq!(cache.not_found(&LOOKUP, "b").await, Ok(false));
    assert_eq!(cache.not_found(&LOOKUP, "a").await, Ok(true), "nobody has found it");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_proxy_is_awaited_under_the_peers_key_and_all_expires() {
    let Some(mut redis) = Redis::start().await else { return };
    let cache = cache(&redis).await;
    let key = "getParties:proxy-ab:greenwallet:MSISDN:255600000002:expiresAt";
    cache.await_proxy(&LOOKUP, "proxy-ab", Timestamp(1_000)).await.unwrap();
    assert!(redis.say(&format!("GET {key}")).contains("21000"));
    assert_eq!(cache.proxy_answered(&LOOKUP, "proxy-ab").await, Ok(true));
    assert_eq!(cache.proxy_answered(&LOOKUP, "proxy-ab").await, Ok(false));
    cache.await_proxy(&LOOKUP, "proxy-ab", Timestamp(1_000)).await.unwrap();
    cache.asked(&LOOKUP, &["a"], Timestamp(1_000)).await.unwrap();
    for key in redis.keys("*greenwallet*") {
        assert!(!redis.say(&format!("PTTL {key}")).starts_with(":-1"), "{key} stays for ever");
    }
    redis.server.kill();
    assert_eq!(cache.proxy_of("farwallet").await, Err(Away));
}
