use super::*;
use causeway::metrics::Metrics;
use causeway::pending::{Pending, Question, Waiting};
use causeway::shared::{Answered, Link, Questions};
use causeway::upstream::Upstream;
use causeway_toolkit::clock;
use fspiop::version::Version;
use switch::Timestamp;

/// The most that a lookup may ask for: nothing is given up before a test lets the time pass.
const LOOKUP_MS: u32 = 30_000;

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_to_another_node_is_passed_back_in_two_operations() {
    let Some(redis) = Redis::start().await else { return };
    let pair = Pair::start(&redis.settings()).await;
    pair.to_second(pair.blue());
    silence(pair.blue());
    // The server learns the scripts.
    exchange(&pair, "255600009999").await;
    let (before, exchanges) = (redis.scripts(), 40);
    for number in 0..exchanges {
        exchange(&pair, &format!("25560000{number:04}")).await;
    }
    assert_eq!(redis.scripts() - before, exchanges * 2);
    assert_eq!(redis.keys("causeway:asked:*"), Vec::<String>::new());
    // Nobody is told that there was no answer, and it costs less than one more operation each.
    let node = &pair.first.gateway.node;
    assert!(!node.pending.is_empty(), "the first node has not heard of the answers");
    pair.first.clock.advance(LOOKUP_MS + 1_000);
    eventually(|| node.pending.is_empty(), "all is given up").await;
    tokio::time::sleep(SEVERAL_TICKS).await;
    let checks = redis.scripts() - before - exchanges * 2;
    assert!(checks <= exchanges, "{checks}");
    for number in 0..exchanges {
        let told = told(pair.green(), &format!("25560000{number:04}"));
        assert_eq!(told, [(PAYEE.to_owned(), "3204".to_owned())]);
    }
    let operations = metric(&pair.first.admin, "causeway_redis_operations_total{operation=\"ask\"")
        .await
        + metric(&pair.second_admin, "causeway_redis_operations_total{operation=\"answer\"").await;
    assert_eq!(operations, (exchanges + 1) * 2, "none goes uncounted");
}

/// A lookup taken by the payer's node and answered through the payee's.
async fn exchange(pair: &Pair, number: &str) {
    let asked = lookup(number).header("FSPIOP-Timeout", LOOKUP_MS.to_string());
    assert_eq!(pair.green().send(asked).await.unwrap().response.status, 202);
    until_asked(pair.blue(), number, 1).await;
    let answer = pair.blue().send(found_none(number)).await.unwrap().response;
    assert_eq!(answer.status, 200, "{}", answer.text());
    until_told(pair.green(), number).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quotes_cross_nodes_too() {
    let Some(redis) = Redis::start().await else { return };
    let pair = Pair::start(&redis.settings()).await;
    pair.to_second(pair.blue());
    let party = |number: &str, fsp: &str| {
        json!({ "partyIdInfo": { "partyIdType": "MSISDN", "partyIdentifier": number,
            "fspId": fsp } })
    };
    let id = clock::fresh_uuid().unwrap();
    let body = json!({
        "quoteId": id, "transactionId": clock::fresh_uuid().unwrap(), "amountType": "SEND",
        "amount": { "currency": "EUR", "amount": "5" },
        "payer": party("254700000001", PAYER), "payee": party("255600000002", PAYEE),
        "transactionType": { "scenario": "TRANSFER", "initiator": "PAYER",
            "initiatorType": "CONSUMER" },
    });
    let asked = Draft::new(Method::POST, "/quotes").to(PAYEE).json(&body);
    assert_eq!(pair.green().send(asked).await.unwrap().response.status, 202);
    let target = format!("/quotes/{id}");
    let answer = pair.green().await_callback(|m| m.target == target, PATIENCE_MS).await.unwrap();
    assert_eq!(answer.header("fspiop-source"), Some(PAYEE));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_answers_and_the_asker_is_told_once_whichever_nodes_it_asked() {
    let Some(redis) = Redis::start().await else { return };
    let pair = Pair::start(&redis.settings()).await;
    silence(pair.blue());
    let number = "255600009999";
    let timed = || lookup(number).header("FSPIOP-Timeout", "4000");
    let effective = |response: &causeway_toolkit::http::HttpResponse| {
        response.header("fspiop-timeout-effective").unwrap().parse::<u64>().unwrap()
    };
    let first = pair.green().send(timed()).await.unwrap().response;
    tokio::time::sleep(Duration::from_millis(100)).await;
    pair.to_second(pair.green());
    let resent = pair.green().send(timed()).await.unwrap().response;
    assert_eq!(resent.status, 202, "{}", resent.text());
    let (first, resent) = (effective(&first), effective(&resent));
    assert!(resent <= first - 100, "a resend gets no new clock: {first}, {resent}");
    assert_eq!(redis.keys("causeway:asked:*").len(), 1);
    until_told(pair.green(), number).await;
    let nodes = [&pair.first.gateway.node, &pair.second.node];
    eventually(|| nodes.iter().all(|node| node.pending.is_empty()), "both have given up").await;
    tokio::time::sleep(SEVERAL_TICKS).await;
    assert_eq!(told(pair.green(), number), [("Hub".to_owned(), "2004".to_owned())]);
    assert_eq!(redis.keys("causeway:asked:*"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_answer_of_whom_was_asked_counts_at_any_node_and_once() {
    let Some(redis) = Redis::start().await else { return };
    let pair = Pair::start(&redis.settings()).await;
    silence(pair.blue());
    let number = "255600007777";
    pair.green().send(lookup(number)).await.unwrap();
    until_asked(pair.blue(), number, 1).await;
    pair.to_second(pair.green());
    // The payer answers its own question, in the payee's stead.
    let foreign = pair.green().send(found_none(number)).await.unwrap().response;
    assert_eq!(foreign.status, 200);
    pair.to_second(pair.blue());
    pair.blue().send(found_none(number)).await.unwrap();
    until_told(pair.green(), number).await;
    // The same answer again, at both nodes.
    pair.blue().send(found_none(number)).await.unwrap();
    pair.to_first(pair.blue());
    pair.blue().send(found_none(number)).await.unwrap();
    tokio::time::sleep(SEVERAL_TICKS).await;
    assert_eq!(told(pair.green(), number), [(PAYEE.to_owned(), "3204".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_the_same_twice_at_once_gets_two_answers_through_any_node() {
    let Some(redis) = Redis::start().await else { return };
    let pair = Pair::start(&redis.settings()).await;
    silence(pair.blue());
    let number = "255600008888";
    pair.green().send(lookup(number)).await.unwrap();
    pair.to_second(pair.green());
    pair.green().send(lookup(number)).await.unwrap();
    until_asked(pair.blue(), number, 2).await;
    for _ in 0..3 {
        pair.blue().send(found_none(number)).await.unwrap();
    }
    eventually(|| told(pair.green(), number).len() >= 2, "both answers").await;
    tokio::time::sleep(SEVERAL_TICKS).await;
    assert_eq!(told(pair.green(), number).len(), 2, "and no third");
}

fn waiting(source: &str, asked_of: &str, own_ms: i64) -> Waiting {
    Waiting {
        source: source.to_owned(),
        question: Question::Quote(7),
        path: "/quotes/x".to_owned(),
        version: Version::V2_0,
        asked_of: asked_of.to_owned(),
        own: Timestamp(own_ms),
        asked: Upstream { since: Timestamp(1), until: Timestamp(own_ms + 100) },
        shared: None,
    }
}

/// A node's memory, and what it knows through Redis.
struct Memory {
    pending: Pending,
    questions: Questions,
}

impl Memory {
    async fn of(redis: &Redis, several: bool) -> Memory {
        let settings = redis.settings();
        let config = causeway::config::Config::parse(&settings, "a test").unwrap();
        let link = Link::start(&config.redis, &Metrics::default()).await.unwrap().unwrap();
        // It gives up a first connection that takes long, and tries again later.
        eventually(|| link.is_there(), "it is there").await;
        Memory { pending: Pending::default(), questions: Questions::new(link, several) }
    }

    async fn asked(&self, waiting: &Waiting) -> Option<Timestamp> {
        self.pending.insert(waiting.clone()).unwrap();
        self.questions.asked(&self.pending, waiting, Timestamp(0)).await
    }

    async fn answered(&self, source: &str, from: &str) -> Answered {
        self.questions.answered(&self.pending, source, &Question::Quote(7), from).await
    }

    async fn unanswered_at(&self, now_ms: i64) -> usize {
        self.questions.unanswered(self.pending.expire(Timestamp(now_ms)), true).await.len()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_several_nodes_pass_unknown_answers_on_and_one_node_does_not() {
    let Some(mut redis) = Redis::start().await else { return };
    let (several, alone) = (Memory::of(&redis, true).await, Memory::of(&redis, false).await);
    redis.server.kill();
    for memory in [&several, &alone] {
        assert_eq!(memory.asked(&waiting("payer", "payee", 900)).await, None);
        assert!(matches!(memory.answered("payer", "mallory").await, Answered::Unasked));
        assert!(matches!(memory.answered("payer", "payee").await, Answered::Awaited(_)));
    }
    assert_eq!(several.answered("other", "payee").await, Answered::Unknown);
    assert_eq!(alone.answered("other", "payee").await, Answered::Unasked);
    // Whether another node has passed an answer back, nobody can say: only who is alone knows.
    for (memory, told) in [(&several, 0), (&alone, 1)] {
        memory.asked(&waiting("silent", "payee", 900)).await;
        assert_eq!(memory.unanswered_at(900).await, told);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_has_forgotten_is_not_believed() {
    let Some(mut redis) = Redis::start().await else { return };
    let (first, second) = (Memory::of(&redis, true).await, Memory::of(&redis, true).await);
    first.asked(&waiting("payer", "payee", 900)).await;
    redis.server.kill();
    redis.server.start().await.unwrap();
    let node = second.questions.link();
    eventually(|| node.generation().is_some_and(|at| at > 1), "it is there again").await;
    // The question is gone. The answer may be to one that was: it is passed on.
    assert_eq!(second.answered("payer", "payee").await, Answered::Unknown);
    let node = first.questions.link();
    eventually(|| node.generation().is_some_and(|at| at > 1), "it is there again").await;
    assert!(matches!(first.answered("payer", "payee").await, Answered::Awaited(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_asked_last_answers_and_whoever_gives_up_first_tells() {
    let Some(redis) = Redis::start().await else { return };
    let (first, second) = (Memory::of(&redis, true).await, Memory::of(&redis, true).await);
    assert_eq!(first.asked(&waiting("payer", "former", 900)).await, None);
    let resent = second.asked(&waiting("payer", "payee", 5_000)).await;
    assert_eq!(resent, Some(Timestamp(1_000)), "what was left at first sight");
    assert_eq!(first.answered("payer", "former").await, Answered::Unasked);
    let Answered::Awaited(found) = first.answered("payer", "payee").await else {
        panic!("the payee was asked last");
    };
    assert_eq!((found.own, found.asked.until), (Timestamp(900), Timestamp(1_000)));
    assert_eq!((found.version, found.path.as_str()), (Version::V2_0, "/quotes/x"));
    assert_eq!(first.unanswered_at(900).await + second.unanswered_at(5_000).await, 0);
    first.asked(&waiting("silent", "payee", 900)).await;
    second.asked(&waiting("silent", "payee", 900)).await;
    assert_eq!(second.unanswered_at(900).await + first.unanswered_at(900).await, 1);
}
